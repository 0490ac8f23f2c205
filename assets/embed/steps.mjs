// A form in steps: one at a time, each right before the next.

import { button, fill, focusOn, make } from './dom.mjs';

export const stepping = (root, form, words, check) => {
  const steps = [...form.querySelectorAll('.ls-step')];
  if (steps.length < 2) return { last: () => true, reveal() {} };
  let now = 0;
  const send = form.querySelector('.ls-send');
  const progress = make('p', { className: 'ls-progress' });
  const next = () => check(steps[now]) && turn(now + 1);
  const [back, on] = [button(words.back, () => turn(now - 1), 'ls-back'), button(words.next, next)];
  const show = (to) => {
    now = to;
    steps.forEach((step, at) => { step.hidden = at !== to; });
    back.hidden = !to;
    on.hidden = to === steps.length - 1;
    send.hidden = !on.hidden;
    progress.textContent = fill(words.step, { step: to + 1, steps: steps.length });
    steps[to].prepend(progress);
  };
  const turn = (to) => {
    show(to);
    focusOn(steps[to].querySelector('.ls-step-title'));
  };
  send.before(make('div', { className: 'ls-buttons ls-turn' }, on, back));
  show(Math.max(0, steps.findIndex((step) => step.querySelector('.ls-fault'))));
  return {
    last: () => now === steps.length - 1,
    next,
    reveal(control) {
      const at = steps.findIndex((step) => step.contains(control));
      if (at >= 0 && at !== now) show(at);
    },
  };
};
