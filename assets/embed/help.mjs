// Help while typing: an address from its postal code, a likely slip in a mail domain.

import { ask, button, fill, make } from './dom.mjs';
import { postalDigits } from './rules.mjs';

const DOMAINS =
  'gmail.com yahoo.co.jp docomo.ne.jp icloud.com hotmail.com'.split(' ');

/** The number of single changes between two words. */
const distance = (a, b) => {
  let row = [...Array(b.length + 1).keys()];
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, right] of [...b].entries()) next.push(Math.min(row[j + 1] + 1, next[j] + 1, row[j] + (left !== right)));
    row = next;
  }
  return row.pop();
};

/** The address that was probably meant. */
export const meant = (address) => {
  const [, local, domain] = /^(.+)@(.+)$/.exec(address.toLowerCase()) ?? [];
  if (!domain || DOMAINS.includes(domain)) return;
  const near = DOMAINS.find((known) => known[0] === domain[0] && distance(known, domain) <= (known.length < 9 ? 1 : 2));
  return near && `${address.slice(0, local.length)}@${near}`;
};

/** Asks under an e-mail field whether another address was meant; a press takes it. */
export const suggest = (control, words) => {
  const at = control.parentNode;
  at.parentNode.querySelector('.ls-meant')?.remove();
  const address = meant(control.value);
  if (!address) return;
  const take = () => {
    control.value = address;
    control.focus();
    hint.remove();
    control.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const hint = make('p', { className: 'ls-meant' }, button(fill(words.meant, { address }), take, 'ls-back'));
  at.after(hint);
};

/** Fills prefecture and address in from the postal code, where the visitor has not. */
export const postal = (form, schema, say) => {
  const filled = new Map();
  let last;
  const set = (type, value) => {
    const field = form.fields.find((field) => field.type === type);
    const [control] = field ? form.controls(field.id) : [];
    if (!control || (control.value && control.value !== filled.get(control))) return;
    control.value = value;
    filled.set(control, control.value);
    control.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const take = ([prefecture, city, town, office]) => {
    const own = form.fields.some(({ type }) => type === 'prefecture');
    set('prefecture', prefecture);
    set('address', (own ? '' : prefecture) + city + town);
    if (office) set('company', office);
    say('filled');
  };
  const offer = (control, choices) => {
    const list = make('div', { className: 'ls-choices' }, make('p', {}, schema.words.page.choose));
    for (const choice of choices) {
      list.append(
        button(choice.join(''), () => {
          take(choice);
          list.remove();
          control.focus();
        }, 'ls-back'),
      );
    }
    control.parentNode.after(list);
    say('choose');
  };
  return async (control) => {
    const digits = postalDigits(control.value);
    if (!schema.postal || digits === last) return;
    last = digits;
    control.parentNode.parentNode.querySelector('.ls-choices')?.remove();
    if (!digits) return;
    const part = await ask(`${schema.postal}${digits.slice(0, 3)}.json`);
    const choices = part?.[digits] ?? [];
    if (digits !== last) return;
    if (choices.length === 1) take(choices[0]);
    if (choices.length > 1) offer(control, choices);
  };
};
