// One form in the page, from the first focus to the thanks. Without its schema it stays as the
// server wrote it, and works.

import { ask, button, fill, focusOn, make } from './dom.mjs';
import { keep } from './draft.mjs';
import { postal, suggest } from './help.mjs';
import { model } from './model.mjs';
import { tidy } from './rules.mjs';
import { count, sender } from './send.mjs';
import { stepping } from './steps.mjs';

const SINGLE = /text$|email|tel|url/;

const tell = (event, form) => {
  document.dispatchEvent(new CustomEvent('leadseal', { detail: { event, form } }));
  if (event === 'submit') window.dataLayer?.push({ event: 'leadseal_submit', form });
};

const prepare = (root, form, schema) => {
  const words = schema.words.page;
  const title = document.title;
  const fields = model(root, form, schema);
  const server = sender(form, fields, schema);
  const draft = keep(root, form, fields);
  const status = make('p', { className: 'ls-status', role: 'status' });
  root.append(status);
  const say = (name) => { status.textContent = name ? words[name] : ''; };
  const fillAddress = postal(fields, schema, say);
  const touched = new Set();
  let [started, sent, busy, lastField] = [false, false, false, undefined];
  const counted = (event, field) => {
    count(schema.action, event, field);
    tell(event, schema.form);
  };

  const alarm = (heading, lines, wrong = []) => {
    root.querySelector('.ls-alert')?.remove();
    const alert = make('div', { className: 'ls-alert', role: 'alert' }, make('h2', {}, heading), ...lines.map((line) => make('p', {}, line)));
    if (wrong.length) {
      const links = wrong.map(({ input, detail }) => {
        const [control] = fields.controls(input);
        const link = make('a', { href: `#${control?.id}` }, detail);
        link.onclick = (event) => {
          event.preventDefault();
          steps.reveal(control);
          control?.focus();
        };
        return make('li', {}, link);
      });
      alert.append(make('ul', {}, ...links));
    }
    root.prepend(alert);
    document.title = fill(words.error_title, { title });
    focusOn(alert);
  };

  const complain = (wrong) => {
    for (const { field } of wrong) counted('error', field);
    steps.reveal(fields.controls(wrong[0].input)[0]);
    alarm(wrong[1] ? fill(words.summary, { count: wrong.length }) : words.summary_one, [], wrong);
  };

  const passes = (within) => {
    for (const field of fields.fields) field.inputs.forEach((name) => clean(field, name));
    const wrong = fields.check(within);
    root.querySelector('.ls-alert')?.remove();
    document.title = title;
    if (wrong.length) complain(wrong);
    return !wrong.length;
  };

  const clean = (field, name) => {
    for (const control of fields.controls(name)) {
      if (SINGLE.test(control.type)) control.value = tidy(field.type, control.value);
    }
  };

  const steps = stepping(root, form, words, passes);

  /** What is sent need not be kept in the tab: the server has it, or shows it again. */
  const leave = () => {
    sent = true;
    draft.clear();
  };

  const thank = (answer) => {
    leave();
    counted('submit');
    const own = answer.redirect || new URL(schema.action).origin === location.origin;
    if (own && answer.thanks) return location.assign(answer.thanks);
    const done = make('div', { className: 'ls-done' }, make('h2', {}, answer.title), make('p', {}, answer.message));
    if (answer.receipt) done.append(make('p', {}, `${words.receipt} `, make('code', {}, answer.receipt)));
    root.replaceChildren(done);
    focusOn(done);
  };

  const natively = () => {
    leave();
    HTMLFormElement.prototype.submit.call(form);
  };

  const refused = ({ errors, title: heading, detail }) => {
    const wrong = (errors ?? []).filter(({ input }) => fields.controls(input).length);
    for (const { input, detail: says } of wrong) fields.mark(input, says);
    if (wrong.length) complain(wrong);
    else alarm(heading ?? words.failed_title, [detail ?? words.failed, words.kept]);
  };

  const send = async () => {
    if (busy) return;
    busy = true;
    const buttons = root.querySelectorAll('button');
    const mark = (on) => buttons.forEach((each) => { each.ariaDisabled = on; });
    mark('true');
    say('sending');
    try {
      await server.refresh();
      const answer = await server.post();
      say();
      review?.remove();
      form.hidden = false;
      if (answer.ok) thank(answer);
      else refused(answer);
    } catch {
      say();
      // Something between us and the server refuses scripts; a form's own post may still pass.
      if (navigator.onLine) natively();
      else alarm(words.failed_title, [words.failed, words.kept]);
    }
    mark(null);
    busy = false;
  };

  let review;
  const confirm = () => {
    review?.remove();
    const said = (field) => {
      if (field.type === 'consent') return fields.text(field.id) ? words.agreed : words.not_agreed;
      const chosen = field.inputs.flatMap(fields.controls).map((control) => {
        if (/radio|checkbox/.test(control.type)) return control.checked && control.labels[0].textContent;
        return control.value && (control.selectedOptions?.[0].text ?? control.value);
      });
      return chosen.filter(Boolean).join(field.type === 'checkboxes' ? words.and : ' ') || words.blank;
    };
    const rows = fields.fields
      .filter((field) => fields.isShown(field))
      .map((field) => make('div', {}, make('dt', {}, field.at.querySelector('.ls-label').firstChild.textContent), make('dd', {}, said(field))));
    const heading = make('h2', { className: 'ls-step-title' }, words.confirm);
    const edit = () => {
      review.remove();
      form.hidden = false;
      fields.controls(fields.fields[0].inputs[0])[0]?.focus();
    };
    review = make(
      'div',
      { className: 'ls-confirm' },
      heading,
      make('p', { className: 'ls-notice' }, words.not_sent),
      make('dl', { className: 'ls-review' }, ...rows),
      make('div', { className: 'ls-buttons' }, button(words.send, send), button(words.edit, edit, 'ls-back')),
    );
    form.hidden = true;
    form.after(review);
    focusOn(heading);
  };

  form.addEventListener('focusin', ({ target }) => {
    lastField = fields.ofControl(target)?.id ?? lastField;
    if (started || !lastField) return;
    started = true;
    counted('start');
    server.refresh();
  });
  form.addEventListener('input', ({ target }) => {
    const field = fields.ofControl(target);
    if (!field) return;
    touched.add(target.name);
    fields.update();
    draft.save();
    for (const name of field.inputs) if (fields.isWrong(name) && !fields.judge(field, name)) fields.mark(name);
    if (field.type === 'postal_code') fillAddress(target);
  });
  form.addEventListener('focusout', ({ target, relatedTarget }) => {
    const field = fields.ofControl(target);
    // A button is being pressed: a sentence that appears now would move it away from under the finger.
    if (!field || !touched.has(target.name) || relatedTarget?.matches('button') || relatedTarget?.name === target.name) return;
    clean(field, target.name);
    const wrong = fields.judge(field, target.name);
    fields.mark(target.name, wrong);
    if (wrong) counted('error', field.id);
    if (field.type === 'email') suggest(target, words);
  });
  form.addEventListener('submit', (event) => {
    const { confirm: way } = root.dataset;
    event.preventDefault();
    if (!steps.last()) steps.next();
    else if (!passes(root)) return;
    else if (way === 'page') server.refresh().then(natively);
    else if (way === 'inline') confirm();
    else send();
  });
  addEventListener('pagehide', () => { if (started && !sent) count(schema.action, 'left', lastField); });
  new IntersectionObserver(([{ isIntersecting }], observer) => {
    if (!isIntersecting) return;
    observer.disconnect();
    counted('view');
  }).observe(root);

  // A page that one server writes for all visitors knows nothing of this one's campaign.
  if (!form.elements._key) {
    const query = new URLSearchParams(location.search);
    const page = { landing_page: location.origin + location.pathname, referrer: document.referrer.split(/[?#]/)[0] };
    for (const name of schema.attribution) {
      const value = query.get(name) ?? page[name];
      if (value) server.hidden(name, value.slice(0, 200));
    }
  }
  draft.restore();
  fields.update();
};

/** Takes a form of ours in hand, once. */
export const enhance = async (root) => {
  const form = root.querySelector('form.ls-form');
  if (!form || root.dataset.ready) return;
  root.dataset.ready = 'no';
  const schema = await ask(root.dataset.schema);
  if (!schema?.words) return;
  prepare(root, form, schema);
  root.dataset.ready = 'yes';
};
