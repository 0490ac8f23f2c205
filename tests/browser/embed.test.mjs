// The script: each way to put a form on another site under a strict policy, and what the form does
// there for its visitor.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, afterEach, before, describe, test } from 'node:test';
import { LEAD, fillContact, startBrowser, startHouse, startSite } from './house.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const pages = {};
let [site, house, inline, stepped, browser, context] = [];

const listed = (form) => form.replace('retention_days', `allowed_origins = ["${site.origin}"]\nretention_days`);
const policy = (at) =>
  `default-src 'none'; script-src ${at.public}; connect-src ${at.public}; style-src ${at.public}; frame-src ${at.public}; form-action ${at.public}`;
const around = (body) => `<!doctype html><html lang="ja"><meta name="viewport" content="width=device-width"><title>Site</title><main><h1>x</h1>${body}</main>`;

before(async () => {
  site = await startSite(pages);
  house = await startHouse(listed);
  inline = await startHouse((form) => listed(form).replace('retention_days', 'confirm = "inline"\nretention_days'));
  const begins = (form, id, ja, en) => form.replace(`[[field]]\nid = "${id}"`, `$&\nstep = { ja = "${ja}", en = "${en}" }`);
  const budget = '\n[[field]]\nid = "budget"\ntype = "text"\nlabel = { ja = "ご予算", en = "Budget" }\nshown_if = { field = "inquiry_type", is = ["estimate"] }\n';
  stepped = await startHouse((form) => begins(begins(listed(form), 'inquiry_type', 'ご用件', 'Your enquiry'), 'email', 'ご連絡先', 'Contact').replace('\n[[field]]\nid = "company"', `${budget}$&`));
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await Promise.all([house, inline, stepped, site].map((each) => each?.stop()));
});
afterEach(async () => { await context?.close(); });

async function visitor() {
  context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
  context.setDefaultTimeout(5000);
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (message) => {
    // Chromium tells of every answer that is no success; what a visitor is told is asserted.
    if (message.type() === 'error' && !/favicon|Failed to load resource/.test(message.text())) page.complaints.push(message.text());
  });
  return page;
}

/** Opens a page of the other site that has `body`. */
async function open(body, at = house, query = '') {
  pages['/page'] = { body: around(body), policy: policy(at) };
  const page = await visitor();
  await page.goto(`${site.origin}/page${query}`);
  return page;
}

const embedded = (at = house, more = '') => `<script src="${at.public}/embed.js" data-form="contact" data-lang="ja" ${more} async></script>`;
const ready = (page) => page.locator('.leadseal[data-ready=yes]').waitFor();
const send = (page) => page.locator('.leadseal .ls-send button[type=submit]').click();
const focused = (page) => page.evaluate(() => document.activeElement.className);

describe('ways to put a form on another site', () => {
  const ways = {
    'a script': () => embedded(),
    'an element': () => `<leadseal-form form="contact" lang="ja"></leadseal-form><script src="${house.public}/embed.js" async></script>`,
    'a fragment': async () => (await fetch(`${house.public}/f/contact/fragment?lang=ja`)).text(),
  };
  for (const [name, body] of Object.entries(ways)) {
    test(`${name}: sends in place and thanks with the receipt`, async () => {
      const page = await open(await body());
      await ready(page);
      await fillContact(page, { email: `${Object.keys(ways).indexOf(name)}@example.co.jp` });
      const post = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/f/contact'));
      await send(page);
      const sent = (await post).postDataJSON();
      await page.locator('.ls-done').waitFor();
      assert.match(await page.locator('.ls-done').innerText(), /ls_[a-z2-7]{33}/);
      assert.equal(await focused(page), 'ls-done', 'the thanks have the focus');
      assert.equal(page.url(), `${site.origin}/page`);
      assert.deepEqual([sent.tel, sent.kana_family, sent.name_family], ['090-1234-5678', 'タカサキ', '髙﨑']);
      assert.deepEqual(page.complaints, []);
    });
  }

  test('a frame is as high as its form', async () => {
    const page = await open(`<iframe title="お問い合わせ" src="${house.public}/f/contact/frame?lang=ja" width="600" height="100"></iframe><script src="${house.public}/embed.js" async></script>`);
    const frame = page.frame({ url: /contact\/frame/ });
    await page.waitForFunction(() => document.querySelector('iframe').height > 600);
    const [inside, window] = await frame.evaluate(() => [document.querySelector('main').getBoundingClientRect().bottom, innerHeight]);
    assert.ok(window >= inside && window < inside + 60, `${window} for ${inside}`);
    assert.deepEqual(page.complaints, []);
  });

  test('a height from elsewhere is not believed', async () => {
    const page = await open(`<iframe title="x" src="${house.public}/f/contact/frame?lang=ja" height="100"></iframe><script src="${house.public}/embed.js" async></script>`);
    await page.waitForFunction(() => document.querySelector('iframe').height > 600);
    const before = await page.locator('iframe').getAttribute('height');
    await page.evaluate(() => new Promise((done) => {
      addEventListener('message', () => setTimeout(done), { once: true });
      postMessage({ leadseal: 'height', height: 7 }, '*');
    }));
    assert.equal(await page.locator('iframe').getAttribute('height'), before);
  });

  test('a form written by hand is left alone', async () => {
    const page = await open(`<form action="${house.public}/f/contact" method="post"><input name="email" aria-label="x"></form><script src="${house.public}/embed.js" async></script>`);
    await page.waitForFunction(() => customElements.get('leadseal-form'));
    const before = await page.locator('form').innerHTML();
    await page.locator('[name=email]').fill('ｔａｒｏ');
    await page.locator('[name=email]').blur();
    assert.equal(await page.locator('[name=email]').inputValue(), 'ｔａｒｏ');
    assert.equal(await page.locator('form').innerHTML(), before);
  });
});

describe('what a visitor is told', () => {
  test('nothing while typing, the server’s sentence on leaving, and no more once it is right', async () => {
    const page = await open(embedded());
    await ready(page);
    const email = page.locator('[name=email]');
    await email.pressSequentially('taro');
    assert.equal(await page.locator('.ls-fault').count(), 0);
    await email.press('Tab');
    const said = await page.locator('.ls-fault').innerText();
    const schema = await (await fetch(`${house.public}/f/contact/schema.json?lang=ja`)).json();
    assert.equal(said, schema.words.faults.email.email);
    assert.equal(await email.getAttribute('aria-invalid'), 'true');
    await email.fill('taro@example.co.jp');
    assert.equal(await page.locator('.ls-fault').count(), 0);
    assert.equal(await email.getAttribute('aria-invalid'), null);
  });

  test('all that is wrong, in a summary that has the focus, as the server’s own page says it', async () => {
    const page = await open(embedded());
    await ready(page);
    await send(page);
    await page.locator('.ls-alert').waitFor();
    assert.match(await focused(page), /ls-alert/);
    const early = await page.locator('.ls-alert').innerText();
    assert.match(await page.title(), /^エラー/);
    await page.locator('.ls-alert a').first().click();
    assert.equal(await page.evaluate(() => document.activeElement.name), 'inquiry_type');
    const answer = await fetch(`${house.public}/f/contact?lang=ja`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'text/html', Origin: site.origin },
      body: '_lang=ja',
    });
    const own = await visitor();
    await own.setContent(await answer.text());
    assert.equal(early, await own.locator('.ls-alert').innerText());
    assert.deepEqual(page.complaints, []);
  });

  test('what only the server knows, at its field, with every value kept', async () => {
    const page = await open(embedded());
    await ready(page);
    await fillContact(page, { message: 'カード番号は 4111 1111 1111 1111 です' });
    await send(page);
    await page.locator('[data-field=message] .ls-fault').waitFor();
    assert.match(await page.locator('[data-field=message] .ls-fault').innerText(), /クレジットカード/);
    assert.equal(await page.locator('[name=company]').inputValue(), LEAD.company);
  });

  test('is read well by axe with its faults', async () => {
    const page = await open(embedded());
    await ready(page);
    await send(page);
    await page.evaluate(AXE);
    const { violations } = await page.evaluate((runOnly) => window.axe.run('.leadseal', { runOnly }), RULES);
    assert.deepEqual(violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`), []);
  });

  test('a likely slip in a mail domain, which a press corrects', async () => {
    const page = await open(embedded());
    await ready(page);
    await page.locator('[name=email]').fill('Taro@gmial.com');
    await page.locator('[name=email]').blur();
    await page.locator('.ls-meant button').click();
    assert.equal(await page.locator('[name=email]').inputValue(), 'Taro@gmail.com');
    assert.equal(await page.locator('.ls-meant').count(), 0);
  });
});

describe('a form that is sent', () => {
  test('twice pressed is one post', async () => {
    const page = await open(embedded());
    await ready(page);
    await fillContact(page, { email: 'twice@example.co.jp' });
    let posts = 0;
    page.on('request', (request) => { posts += request.method() === 'POST' && request.url().endsWith('/f/contact'); });
    await page.locator('.ls-send button').evaluate((button) => { button.click(); button.click(); });
    await page.locator('.ls-done').waitFor();
    assert.equal(posts, 1);
  });

  test('the site’s own scripts learn of the success and nothing of the visitor', async () => {
    const page = await open(embedded());
    await page.evaluate(() => {
      window.dataLayer = [];
      window.heard = [];
      document.addEventListener('leadseal', ({ detail }) => window.heard.push(detail));
    });
    await ready(page);
    await fillContact(page, { email: 'layer@example.co.jp' });
    await send(page);
    await page.locator('.ls-done').waitFor();
    const { dataLayer, heard } = await page.evaluate(() => ({ dataLayer: window.dataLayer, heard: window.heard }));
    assert.deepEqual(dataLayer, [{ event: 'leadseal_submit', form: 'contact' }]);
    assert.ok(heard.some(({ event }) => event === 'submit'));
    for (const detail of heard) assert.deepEqual(Object.keys(detail), ['event', 'form']);
  });

  test('carries the campaign of the page it stands on', async () => {
    const page = await open(embedded(), house, '?utm_source=news&utm_medium=email');
    await ready(page);
    await fillContact(page, { email: 'campaign@example.co.jp' });
    const post = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/f/contact'));
    await send(page);
    const { utm_source: from, landing_page: landing } = (await post).postDataJSON();
    assert.deepEqual([from, landing], ['news', `${site.origin}/page`]);
  });

  test('a server that can’t be reached loses nothing', async () => {
    const page = await open(embedded());
    await ready(page);
    await fillContact(page, { email: 'offline@example.co.jp' });
    await context.setOffline(true);
    await send(page);
    await page.locator('.ls-alert').waitFor();
    assert.equal(await page.locator('[name=email]').inputValue(), 'offline@example.co.jp');
    await context.setOffline(false);
    await send(page);
    await page.locator('.ls-done').waitFor();
  });

  test('what was typed is there after a reload, consent is not, and nothing is after the success', async () => {
    const page = await open(embedded());
    await ready(page);
    await fillContact(page, { email: 'draft@example.co.jp' });
    await page.reload();
    await ready(page);
    assert.equal(await page.locator('[name=email]').inputValue(), 'draft@example.co.jp');
    assert.equal(await page.locator('[name=privacy]').isChecked(), false);
    await page.locator('[name=privacy]').check();
    await send(page);
    await page.locator('.ls-done').waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    assert.deepEqual(await context.cookies(), []);
  });

  test('a draft is not kept where the page says so', async () => {
    const page = await open(embedded(house, 'data-draft="off"'));
    await ready(page);
    await fillContact(page);
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  });
});

describe('forms of several parts', () => {
  test('the answers are shown before they are sent', async () => {
    const page = await open(embedded(inline), inline);
    await ready(page);
    await fillContact(page);
    await send(page);
    const review = page.locator('.ls-confirm');
    await review.waitFor();
    for (const value of [LEAD.company, LEAD.email, 'タカサキ ミサキ']) assert.ok((await review.innerText()).includes(value), value);
    await review.locator('.ls-back').click();
    assert.equal(await page.locator('[name=message]').inputValue(), LEAD.message);
    await send(page);
    await review.locator('button').first().click();
    await page.locator('.ls-done').waitFor();
    assert.deepEqual(page.complaints, []);
  });

  test('one step after the other, each right before the next, and no field that does not apply', async () => {
    const page = await open(embedded(stepped), stepped);
    await ready(page);
    const [budget, email, next] = [page.locator('[name=budget]'), page.locator('[name=email]'), page.locator('.ls-turn button').first()];
    assert.equal(await email.isVisible(), false);
    assert.equal(await budget.isVisible(), false);
    assert.match(await page.locator('.ls-progress').innerText(), /2段階中1段階目/);
    await next.click();
    await page.locator('.ls-alert').waitFor();
    assert.equal(await email.isVisible(), false, 'a step that is wrong is not left');
    await page.locator('[name=inquiry_type]').selectOption('estimate');
    assert.equal(await budget.isVisible(), true);
    await page.locator('[name=inquiry_type]').selectOption('product');
    assert.equal(await budget.isVisible(), false);
    await page.locator('[name=name_family]').fill(LEAD.name_family);
    await page.locator('[name=name_given]').fill(LEAD.name_given);
    await page.locator('[name=name_given]').press('Enter');
    assert.equal(await email.isVisible(), true, 'Enter goes on');
    assert.match(await focused(page), /ls-step-title/);
    await email.fill('steps@example.co.jp');
    await page.locator('[name=message]').fill(LEAD.message);
    await page.locator('[name=privacy]').check();
    await send(page);
    await page.locator('.ls-done').waitFor();
    assert.deepEqual(page.complaints, []);
  });
});
