// What an answer looks like in its normal form, and what can be wrong with it: the server's rules,
// never stricter. Pure: knows no page.

const UNSEEN = /\p{Cf}/gu;
const DASH = /[ー\u2010-\u2015\u2212〜~]/g;

const folded = (text) => text.replace(UNSEEN, '').normalize('NFKC').replace(UNSEEN, '').trim();
const dashed = (text) => folded(text).replace(DASH, '-');

/** Half-width kana to full-width; every other character stays as its owner writes it. */
const widened = (text) => text.replace(/[\uff61-\uff9d][\uff61-\uff9f]*/g, (kana) => kana.normalize('NFKC')).trim();

const katakana = (text) =>
  folded(text).replace(/[\u3041-\u3096]/g, (kana) => String.fromCharCode(kana.charCodeAt() + 96));

export const postalDigits = (text) => {
  const digits = dashed(text).replace(/^〒+|[ -]/g, '');
  return /^\d{7}$/.test(digits) && digits;
};

/** The normal form of an answer as far as a visitor should see it on leaving the field. */
export const tidy = (type, text) => {
  const digits = type === 'postal_code' && postalDigits(text);
  if (digits) return `${digits.slice(0, 3)}-${digits.slice(3)}`;
  if (type === 'kana') return katakana(text);
  if (/^(tel|postal_code)$/.test(type)) return dashed(text);
  if (/^(email|url|number|date)$/.test(type)) return folded(text).replace(/\u2212/g, '-');
  return /^(name|text|company)$/.test(type) ? widened(text) : text;
};

export const isBlank = (text) => !text.replace(UNSEEN, '').trim();

const isWebAddress = (text) => {
  const bare = !text.includes(':') && text.includes('.') && !text.includes(' ');
  try {
    return /^https?:[^.]+\./.test(new URL(bare ? `https://${text}` : text));
  } catch {
    return false;
  }
};

const dateOf = (text) => {
  const [year, month, day] = text.split(/\D+/);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCDate() === +day && date.toISOString().slice(0, 10);
};

const isOfType = {
  email: (text) => /^[\w.!#$%&'*+/=?^`{|}~-]+@[^\s@.]+(\.[^\s@.]+)+$/.test(text.replace(/。/g, '.')),
  tel: (text) => /^\+?[-\d()./ ]+$/.test(text) && text.replace(/\D/g, '').length > 5,
  postal_code: postalDigits,
  url: isWebAddress,
  number: (text) => /^[-+\d.,]+$/.test(text) && !isNaN(text.replace(/,/g, '')),
  date: dateOf,
  // Hyphens and marks that stand alone become kana on the server.
  kana: (text) => /^[\u3041-\u30ff\u31f0-\u31ff \u2010-\u2212-]*$/.test(text),
};

/** A pattern is judged here only where both engines read it alike. */
const breaksPattern = (pattern, text) => {
  if (!pattern || /\\[a-z]|\(\?|&&|\[\[/i.test(pattern)) return false;
  try {
    return !new RegExp(`^(?:${pattern})$`, 'u').test(text);
  } catch {
    return false;
  }
};

/** The code of what is wrong with a text that is not blank, as the server names it. */
export const fault = (type, rules, raw) => {
  const text = tidy(type, raw).trim();
  if (isOfType[type] && !isOfType[type](text)) return type;
  const number = type === 'number' ? +text.replace(/,/g, '') : NaN;
  if (number < rules.min) return 'below_min';
  if (number > rules.max) return 'above_max';
  const date = type === 'date' && dateOf(text);
  if (date < rules.min_date) return 'before_min';
  if (date > rules.max_date) return 'after_max';
  const counted = !isOfType[type] || type === 'kana';
  if (counted && Intl.Segmenter) {
    const count = [...new Intl.Segmenter().segment(text)].length;
    if (count < rules.min_length) return 'too_short';
    if (count > rules.max_length) return 'too_long';
  }
  return counted && breaksPattern(rules.pattern, text) ? 'pattern' : null;
};
