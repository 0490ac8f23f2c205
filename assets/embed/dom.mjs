// The few things done with the page's elements. Words go in as text, never as markup.

export const make = (tag, traits, ...children) => {
  const element = Object.assign(document.createElement(tag), traits);
  element.append(...children);
  return element;
};

/** A button that posts nothing. */
export const button = (words, onclick, className = '') => make('button', { type: 'button', onclick, className }, words);

/** Puts the keyboard and the screen reader at a place that is no control. */
export const focusOn = (element) => {
  element.tabIndex = -1;
  element.focus();
};

/** What an address of ours answers; nothing when it does not. */
export const ask = (url) => fetch(url).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);

export const fill = (template, holes) => template.replace(/{(\w+)}/g, (all, name) => holes[name] ?? all);
