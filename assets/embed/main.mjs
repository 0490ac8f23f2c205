// Puts forms where a page asks for them and takes those in hand that stand there already. Forms
// written by hand are left alone.

import { make } from './dom.mjs';
import { enhance } from './form.mjs';

const script = document.currentScript;
const base = script.src.replace(/\/(assets\/)?embed[^/]*$/, '');
const origin = new URL(base || location.href).origin;

/** A form, fetched and put at a place. */
const place = async (at, { form, lang = '', layout = '', draft }) => {
  const answer = await fetch(`${base}/f/${form}/fragment?lang=${lang}&layout=${layout}`).catch(() => ({}));
  if (!answer.ok) return;
  // Parsed so that the script of a captcha runs, which a form may bring with it.
  const page = document.createRange().createContextualFragment(await answer.text());
  const root = page.querySelector('.leadseal');
  const { href } = page.querySelector('link');
  if (![...document.styleSheets].some((sheet) => sheet.href === href)) {
    // The form comes with its style, not before it.
    await new Promise((done) => {
      document.head.append(make('link', { rel: 'stylesheet', href, onload: done, onerror: done }));
    });
  }
  if (draft) root.dataset.draft = draft;
  at(root);
  enhance(root);
};

const { dataset } = script;
if (dataset.form) place((root) => script.after(root), dataset);

if (!customElements.get('leadseal-form')) {
  customElements.define('leadseal-form', class extends HTMLElement {
    connectedCallback() {
      const wishes = Object.fromEntries([...this.attributes].map(({ name, value }) => [name, value]));
      if (!this.querySelector('.leadseal')) place((root) => this.replaceChildren(root), wishes);
    }
  });
}

/** In a frame: tells the page around how high the form is. Nothing else is said. */
const tellHeight = () => {
  const main = document.querySelector('main');
  const tell = () => parent.postMessage({ leadseal: 'height', height: Math.ceil(main.getBoundingClientRect().bottom) }, '*');
  new ResizeObserver(tell).observe(main);
};

addEventListener('message', ({ data, origin: from, source }) => {
  if (from !== origin || data?.leadseal !== 'height') return;
  const frame = [...document.querySelectorAll('iframe')].find(({ contentWindow }) => contentWindow === source);
  if (frame) frame.height = data.height;
});

const start = () => {
  document.querySelectorAll('[data-leadseal]').forEach(enhance);
  if (parent !== window && document.documentElement.matches('.ls-framed')) tellHeight();
};
if (document.readyState === 'loading') addEventListener('DOMContentLoaded', start);
else start();
