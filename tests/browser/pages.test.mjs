// The pages in a real browser: by keyboard, without JavaScript, with errors, read by axe-core.

import assert from 'node:assert/strict';
import { after, before, beforeEach, afterEach, describe, test } from 'node:test';
import { axeEverywhere } from './axe.mjs';
import { LEAD, fillContact, startBrowser, startDemo } from './house.mjs';

const WIDTHS = [390, 1280];

let demo;
let browser;
let context;
let page;
const foreign = [];
const complaints = [];

/** A fresh visitor. Every request and every complaint of the browser is noted. */
async function visitor(options = {}) {
  const fresh = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  fresh.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== demo.public && origin !== new URL(demo.mail).origin) foreign.push(request.url());
  });
  fresh.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
  fresh.on('weberror', (error) => complaints.push(String(error.error())));
  return fresh;
}

const form = (id, lang) => `${demo.public}/f/${id}?lang=${lang}`;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});
beforeEach(async () => {
  complaints.length = 0;
  context = await visitor();
  page = await context.newPage();
});
afterEach(async () => { await context.close(); });

/** What has the focus: its name, else its role or tag. */
const focused = () => page.evaluate(() => {
  const at = document.activeElement;
  return at.getAttribute('name') ?? at.getAttribute('role') ?? at.getAttribute('type') ?? at.tagName.toLowerCase();
});

/** Presses Tab until `name` has the focus. */
async function tabTo(name) {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    if (await focused() === name) return;
  }
  assert.fail(`Tab never reached ${name}`);
}

/** Sends the contact form with a wrong address and without a name. */
async function sendWrong(lang) {
  await page.goto(form('contact', lang));
  await fillContact(page, { email: 'misaki.takasaki', name_family: '', name_given: '' });
  await page.locator('form button[type=submit]').click();
  await page.getByRole('alert').waitFor();
}

async function sendRight(lang, id = 'contact') {
  await page.goto(form(id, lang));
  await fillContact(page, { email: `visitor.${Math.random().toString(36).slice(2)}@example.co.jp` });
  await page.locator('form button[type=submit]').click();
  await page.waitForURL((url) => !url.pathname.endsWith(`/f/${id}`));
}

describe('the form', () => {
  test('is filled in and sent by keyboard alone', async () => {
    await page.goto(form('contact', 'ja'));
    await tabTo('inquiry_type');
    await page.keyboard.press('ArrowDown');
    for (const [name, value] of Object.entries(LEAD)) {
      await tabTo(name);
      await page.keyboard.insertText(value);
    }
    await tabTo('privacy');
    await page.keyboard.press('Space');
    await tabTo('submit');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => !url.pathname.endsWith('/f/contact'));
    assert.match(await page.locator('h1').innerText(), /受け付けました/);
    assert.match(await page.locator('main').innerText(), /ls_[a-z2-7]{33}/);
  });

  test('shows where the focus is', async () => {
    await page.goto(form('contact', 'en'));
    for (const name of ['inquiry_type', 'name_family', 'privacy', 'submit']) {
      await tabTo(name);
      const seen = await page.evaluate(() => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
        return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || boxShadow !== 'none';
      });
      assert.ok(seen, `no visible focus on ${name}`);
    }
  });

  test('tells browsers how to fill it in', async () => {
    await page.goto(form('contact', 'ja'));
    for (const [name, token] of [['name_family', 'family-name'], ['name_given', 'given-name'], ['email', 'email'], ['company', 'organization']]) {
      assert.equal(await page.locator(`[name=${name}]`).getAttribute('autocomplete'), token);
    }
    assert.match(await page.locator('[name=tel]').getAttribute('autocomplete'), /^tel/);
    assert.equal(await page.locator('[name=privacy]').isChecked(), false, 'consent is never ticked beforehand');
  });

  test('keeps the trap for robots away from people', async () => {
    await page.goto(form('contact', 'ja'));
    const trap = page.locator('[name=website]');
    assert.equal(await trap.getAttribute('tabindex'), '-1');
    assert.equal(await trap.evaluate((at) => at.closest('[aria-hidden=true]') !== null), true);
    const seen = await trap.evaluate((at) => new Promise((tell) => {
      new IntersectionObserver(([entry]) => tell(entry.intersectionRatio)).observe(at);
    }));
    assert.ok(seen < 0.02, `${seen} of the trap is seen`);
  });

  for (const lang of ['ja', 'en']) {
    test(`fits 320 px without scrolling sideways (${lang})`, async () => {
      await page.setViewportSize({ width: 320, height: 700 });
      for (const id of ['contact', 'document-request', 'event-registration', 'newsletter']) {
        await page.goto(form(id, lang));
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, id);
        const [brand, languages] = [await page.locator('.brand').boundingBox(), await page.locator('.languages').boundingBox()];
        assert.ok(languages.y < brand.y + brand.height, 'the language switch stays beside the name');
      }
      await sendWrong(lang);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, 'with errors');
      await sendRight(lang);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, 'thanks');
    });
  }

  test('keeps a receipt number on one line at 390 px', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await sendRight('ja');
    const lines = await page.locator('.receipt-number code').evaluate((code) => code.getClientRects().length);
    assert.equal(lines, 1);
  });

  test('makes targets large enough to hit', async () => {
    await page.setViewportSize({ width: 390, height: 900 });
    await page.goto(form('document-request', 'ja'));
    const small = await page.evaluate(() => [...document.querySelectorAll('form input, form select, form button, form textarea')]
      .filter((at) => at.type !== 'hidden' && !at.closest('[aria-hidden=true], [hidden]'))
      .map((at) => ({ name: at.name || at.type, target: at.labels?.[0] && /checkbox|radio/.test(at.type) ? at.labels[0] : at }))
      .filter(({ target }) => { const { width, height } = target.getBoundingClientRect(); return width < 24 || height < 24; })
      .map(({ name }) => name));
    assert.deepEqual(small, []);
  });
});

describe('errors', () => {
  for (const lang of ['ja', 'en']) {
    test(`are summed up, focused and linked (${lang})`, async () => {
      await page.goto(form('contact', lang));
      const title = await page.title();
      await sendWrong(lang);
      assert.equal(await focused(), 'alert', 'the summary has the focus');
      assert.notEqual(await page.title(), title);
      assert.ok((await page.title()).endsWith(title), 'the title keeps its end and gains a beginning');
      const links = page.getByRole('alert').getByRole('link');
      const words = await links.allInnerTexts();
      assert.ok(words.length >= 2, `an entry for each problem: ${words}`);
      for (let at = 0; at < words.length; at += 1) {
        await links.nth(at).focus();
        await page.keyboard.press('Enter');
        const target = await page.evaluate(() => {
          const field = document.activeElement;
          const described = (field.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.innerText);
          const group = (field.closest('fieldset')?.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.innerText);
          return { invalid: field.getAttribute('aria-invalid'), near: [...described, ...group], tag: field.tagName };
        });
        assert.match(target.tag, /INPUT|SELECT|TEXTAREA/);
        assert.equal(target.invalid, 'true', words[at]);
        assert.ok(target.near.includes(words[at]), `the same words beside the field: ${words[at]} / ${target.near}`);
      }
    });
  }

  test('keep what was typed', async () => {
    await sendWrong('ja');
    for (const name of ['company', 'kana_family', 'tel', 'message']) {
      // The script brings a reading and a number to their normal form.
      assert.equal(await page.locator(`[name=${name}]`).inputValue(), { kana_family: 'タカサキ', tel: '090-1234-5678' }[name] ?? LEAD[name]);
    }
    assert.equal(await page.locator('[name=email]').inputValue(), 'misaki.takasaki');
    assert.equal(await page.locator('[name=inquiry_type]').inputValue(), 'estimate');
    assert.equal(await page.locator('[name=privacy]').isChecked(), true);
    await page.locator('[name=email]').fill('misaki.corrected@example.co.jp');
    await page.locator('[name=name_family]').fill('髙﨑');
    await page.locator('[name=name_given]').fill('美咲');
    await page.locator('form button[type=submit]').click();
    await page.waitForURL((url) => !url.pathname.endsWith('/f/contact'));
  });
});

describe('without JavaScript', () => {
  beforeEach(async () => {
    await context.close();
    context = await visitor({ javaScriptEnabled: false });
    page = await context.newPage();
  });

  test('errors and thanks are the same', async () => {
    await page.goto(form('contact', 'en'));
    await fillContact(page, { email: 'no-address' });
    await page.locator('form button[type=submit]').click();
    assert.equal(await page.getByRole('alert').getByRole('link').count(), 1);
    assert.equal(await page.locator('[name=message]').inputValue(), LEAD.message);
    await page.locator('[name=email]').fill('without.script@example.co.jp');
    await page.locator('form button[type=submit]').click();
    assert.match(await page.locator('h1').innerText(), /Thank you/);
  });

  test('the document request takes every kind of field', async () => {
    await page.goto(form('document-request', 'ja'));
    await page.locator('[name=documents][value=pricing]').check();
    await page.locator('[name=documents][value=security]').check();
    await page.locator('[name=delivery][value=paper]').check();
    await page.locator('[name=industry]').selectOption('manufacturing');
    await page.locator('[name=employees]').selectOption('50-99');
    await page.locator('[name=prefecture]').selectOption({ index: 13 });
    const { message, ...lead } = LEAD;
    const typed = { ...lead, email: 'paper@example.co.jp', postal_code: '１００－０００１', address: '千代田区千代田１－１', message };
    for (const [name, value] of Object.entries(typed)) await page.locator(`[name=${name}]`).fill(value);
    await page.locator('[name=privacy]').check();
    await page.locator('form button[type=submit]').click();
    assert.match(await page.locator('h1').innerText(), /受け付けました/);
  });
});

describe('the mail', () => {
  test('is there within a second, masked', async () => {
    const mask = 'm***@t***.co.jp';
    const email = 'masked.misaki@torikago-shoji.co.jp';
    await page.goto(form('contact', 'ja'));
    await fillContact(page, { email });
    // The browser's part of the wait is not Leadseal's: the clock starts with the answer.
    const accepted = page.waitForResponse((answer) => answer.request().method() === 'POST').then(() => performance.now());
    await page.locator('form button[type=submit]').click();
    const found = await mailWith(mask, 10_000);
    const took = performance.now() - await accepted;
    assert.ok(found, `no mail with ${mask}`);
    assert.ok(took < 1000, `the mail took ${Math.round(took)} ms`);

    await page.goto(found);
    const shown = (await Promise.all(page.frames().map((frame) => frame.content()))).join('');
    assert.ok(shown.includes(mask), 'the mail can be read in the browser');
    for (const secret of [email, '髙﨑', '美咲', 'タカサキ', LEAD.company, LEAD.message, '090-1234-5678', '+819012345678']) {
      assert.ok(!shown.includes(secret), `the notification shows ${secret}`);
    }
  });
});

/** The address of a mail that shows `mask`, or nothing after `patience` milliseconds. */
async function mailWith(mask, patience) {
  const read = new Set();
  for (const end = performance.now() + patience; performance.now() < end;) {
    const list = await (await fetch(demo.mail)).text();
    const links = [...list.matchAll(/href="(\/mail\/\d+)"/g)].map(([, path]) => new URL(path, demo.mail).href);
    for (const link of links.filter((one) => !read.has(one))) {
      read.add(link);
      if ((await (await fetch(link)).text()).includes(mask)) return link;
    }
    await new Promise((again) => setTimeout(again, 20));
  }
  return null;
}

describe('axe finds nothing wrong', () => {
  for (const lang of ['ja', 'en']) {
    test(`on the forms (${lang})`, async () => {
      for (const id of ['contact', 'document-request', 'event-registration', 'newsletter']) {
        await page.goto(form(id, lang));
        assert.deepEqual(await axeEverywhere(page, WIDTHS), [], id);
      }
    });
    test(`on the form with errors (${lang})`, async () => {
      await sendWrong(lang);
      assert.deepEqual(await axeEverywhere(page, WIDTHS), []);
    });
    test(`on the thank-you page (${lang})`, async () => {
      await sendRight(lang);
      assert.deepEqual(await axeEverywhere(page, WIDTHS), []);
    });
  }
  test('on the demo’s mail list', async () => {
    await page.goto(demo.mail);
    assert.deepEqual(await axeEverywhere(page, WIDTHS), []);
  });
});

describe('the browser', () => {
  test('was sent to no other origin', () => { assert.deepEqual(foreign, []); });

  test('complains about nothing on the pages', async () => {
    await sendRight('ja');
    await page.goto(form('document-request', 'en'));
    assert.deepEqual(complaints, []);
  });

  test('is given no cookie', async () => {
    await sendRight('en');
    assert.deepEqual(await context.cookies(), []);
  });
});
