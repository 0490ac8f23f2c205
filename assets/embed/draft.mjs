// What was typed, kept in this tab over an accidental reload. Consent is never kept: it is given
// anew. Off with data-draft="off".

export const keep = (root, form, fields) => {
  const name = `leadseal:${root.dataset.leadseal}`;
  const off = root.dataset.draft === 'off';
  const store = (act) => {
    try {
      return off ? undefined : act(sessionStorage);
    } catch {
      return undefined; // storage is closed or full
    }
  };
  const inputs = fields.fields.filter(({ type }) => type !== 'consent').flatMap((field) => field.inputs);
  return {
    save: () => store((at) => at.setItem(name, JSON.stringify(inputs.map((input) => [input, fields.values(input)])))),
    clear: () => store((at) => at.removeItem(name)),
    restore() {
      const kept = store((at) => JSON.parse(at.getItem(name))) ?? [];
      // What the server put back after a refusal is newer.
      if (root.querySelector('.ls-fault')) return;
      for (const [input, values] of kept) {
        for (const control of fields.controls(input)) {
          if (/radio|checkbox/.test(control.type)) control.checked = values.includes(control.value);
          else control.value = values[0] ?? '';
        }
      }
    },
  };
};
