// A form's fields as they stand in the page: what is answered, shown, needed and wrong.

import { make } from './dom.mjs';
import { fault, isBlank, tidy } from './rules.mjs';

export const model = (root, form, schema) => {
  const { faults: sentences } = schema.words;
  const fields = schema.fields.filter((field) => {
    field.at = [...root.querySelectorAll('[data-field]')].find(({ dataset }) => dataset.field === field.id);
    return field.at;
  });
  const byId = (id) => fields.find((field) => field.id === id);
  const controls = (name) => [...form.elements].filter((control) => control.name === name);
  const ofControl = (control) => fields.find(({ inputs }) => inputs.includes(control.name));

  /** The answers of one input. */
  const values = (name) =>
    controls(name)
      .filter(({ type, checked }) => checked || !/radio|checkbox/.test(type))
      .map(({ value }) => value);
  const text = (name) => values(name)[0] ?? '';

  const isShown = ({ shown_if: when }, depth = 9) => !when || (depth > 0 && holds(when, depth - 1));
  const holds = ({ field: id, any_of: wanted }, depth) => {
    const field = byId(id);
    if (!field || !isShown(field, depth)) return false;
    const given = field.inputs.flatMap(values).map((value) => tidy(field.type, value)).filter((value) => !isBlank(value));
    return given.some((value) => !wanted.length || wanted.includes(value));
  };

  /** Hides what does not apply; it is then not posted either. */
  const update = () => {
    for (const field of fields) {
      if (!field.shown_if) continue;
      field.at.hidden = !isShown(field);
      for (const name of field.inputs) for (const control of controls(name)) control.disabled = field.at.hidden;
    }
  };

  /** The sentence for what is wrong with an input, if anything is. */
  const judge = (field, name) => {
    if (!isShown(field)) return;
    const says = sentences[name];
    const [given, { rules }] = [values(name), field];
    if (given.every(isBlank)) {
      const needed = field.required || (field.required_if && holds(field.required_if, 9));
      return needed ? says.required ?? says.choice_required ?? says.consent_required : undefined;
    }
    if (given.length < rules.min_choices) return says.too_few_choices;
    if (given.length > rules.max_choices) return says.too_many_choices;
    return field.choices || field.consent ? undefined : says[fault(field.type, rules, given[0])];
  };

  const scope = (name) => {
    const [control] = controls(name);
    return control && (control.closest('.ls-part') ?? control.closest('.ls-field'));
  };

  const isWrong = (name) => Boolean(scope(name)?.querySelector('.ls-fault'));

  /** Shows what is wrong with an input, or takes it away. */
  const mark = (name, words) => {
    const at = scope(name);
    if (!at) return;
    const own = controls(name);
    const holder = at.querySelector('.ls-options') ? at : own[0];
    let described = holder.getAttribute('aria-describedby') ?? '';
    for (const old of at.querySelectorAll('.ls-fault')) {
      described = described.replace(old.id, '');
      old.remove();
    }
    if (words) {
      const id = `${own[0].id}.fault`;
      at.querySelector('.ls-input, .ls-options, .ls-option').before(make('p', { className: 'ls-fault', id }, words));
      described += ` ${id}`;
    }
    holder.setAttribute('aria-describedby', described.trim());
    for (const control of own) control.ariaInvalid = words ? 'true' : null;
    const field = at.closest('.ls-field');
    field.classList.toggle('ls-wrong', Boolean(field.querySelector('.ls-fault')));
  };

  /** Judges the inputs within a place; gives those that are wrong. */
  const check = (within = root) => {
    const wrong = [];
    for (const field of fields.filter(({ at }) => within.contains(at))) {
      for (const name of field.inputs) {
        const words = judge(field, name);
        mark(name, words);
        if (words) wrong.push({ input: name, field: field.id, detail: words });
      }
    }
    return wrong;
  };

  return { fields, controls, ofControl, values, text, isShown, update, judge, isWrong, mark, check };
};
