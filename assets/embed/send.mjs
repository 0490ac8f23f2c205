// Speaks with the server: fresh tokens, one post however often it is tried, the proof of work
// where the server asks for one, and the counts of visits, which say nothing about a visitor.

import { ask, make } from './dom.mjs';

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, 0)).join('');

/** The number that solves a challenge, found in slices so that the page stays alive. */
const solve = async ({ algorithm, challenge, salt, maxnumber, signature }) => {
  const encoder = new TextEncoder();
  const hashed = async (number) => [number, hex(await crypto.subtle.digest(algorithm, encoder.encode(salt + number)))];
  for (let from = 0; from <= maxnumber; from += 500) {
    const slice = await Promise.all([...Array(500).keys()].map((step) => hashed(from + step)));
    const found = slice.find(([, hash]) => hash === challenge);
    if (found) return btoa(JSON.stringify({ algorithm, challenge, number: found[0], salt, signature }));
  }
  throw 0;
};

const OLD = 6e5;

export const sender = (form, fields, schema) => {
  const { action } = schema;
  let tokenAt = form.elements._key ? Date.now() : 0;
  let [last, key] = ['', form.elements._key?.value];

  const hidden = (name, value) => {
    if (!form.elements[name]) form.prepend(make('input', { type: 'hidden', name }));
    form.elements[name].value = value;
  };

  /** A token of this visit: a page from a cache holds an old one. */
  const refresh = async () => {
    if (Date.now() - tokenAt < OLD) return;
    tokenAt = Date.now();
    const answer = await ask(`${action}/token`);
    if (answer) hidden('_token', answer.token);
  };

  const body = () => {
    const post = {};
    for (const [name, value] of new FormData(form)) {
      const field = fields.ofControl({ name });
      // Ours, and what a captcha's script adds.
      const known = field || /^_|-response$/.test(name) || name === schema.honeypot || schema.attribution.includes(name);
      if (!known || name === '_key' || value === '') continue;
      if (field?.type === 'checkboxes') (post[name] ??= []).push(value);
      else post[name] = value;
    }
    return post;
  };

  const post = async (proof) => {
    const answers = body();
    const filled = JSON.stringify({ ...answers, _token: 0 });
    if (last && last !== filled) key = 0;
    last = filled;
    key ||= hex(crypto.getRandomValues(new Uint8Array(16)));
    hidden('_key', key);
    const answer = await fetch(action, {
      method: 'POST',
      headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...answers, _key: key, _proof: proof }),
    });
    const told = await answer.json().catch(() => ({}));
    // Where the page can not (no https), this fails, and the form is posted as without a script.
    if (told.challenge && !proof) return post(await solve(told.challenge));
    return { ok: answer.ok, ...told };
  };

  return { refresh, hidden, post };
};

/** Counts a step of the visit. */
export const count = (action, event, field) =>
  navigator.sendBeacon(
    `${action}/seen`,
    // The kind of campaign only; the server knows a few and takes the rest for none.
    JSON.stringify({ event, field, page: location.pathname, source: new URLSearchParams(location.search).get('utm_medium') ?? 'none' }),
  );
