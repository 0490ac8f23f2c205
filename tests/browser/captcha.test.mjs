// A captcha of somebody else's on our page and on another site's, under the pages' real policies.
// The provider's script is one of our own, handed to the browser in its place; what it does is what
// theirs does: it fills the element of its class and puts an answer into the form.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { LEAD, fillContact, startBrowser, startHouse, startSite } from './house.mjs';

const SCRIPTS = 'https://challenges.cloudflare.com/**';
const WIDGET = `for (const spot of document.querySelectorAll('.cf-turnstile')) {
  const answer = Object.assign(document.createElement('input'), { type: 'hidden', name: 'cf-turnstile-response', value: 'right-' + crypto.randomUUID() });
  spot.append(answer, 'solved for ' + spot.dataset.sitekey + ' in ' + spot.dataset.language);
}`;

const asked = [];
const pages = {};
let provider;
let folder;
let site;
let house;
let browser;
let context;

before(async () => {
  provider = createServer((request, response) => {
    let body = '';
    request.on('data', (text) => { body += text; });
    request.on('end', () => {
      asked.push(Object.fromEntries(new URLSearchParams(body)));
      response.end(JSON.stringify({ success: /^right-/.test(asked.at(-1).response) }));
    });
  });
  await new Promise((done) => provider.listen(0, '127.0.0.1', done));
  folder = mkdtempSync(join(tmpdir(), 'leadseal-captcha-'));
  const secret = join(folder, 'secret');
  writeFileSync(secret, 'the-secret-key\n', { mode: 0o600 });
  site = await startSite(pages);
  const captcha = `captcha = { provider = "turnstile", site_key = "0x4AAAAAAAexample", secret_file = "${secret}", verify_url = "http://127.0.0.1:${provider.address().port}/" }`;
  house = await startHouse((form) => form.replace('retention_days', `${captcha}\nallowed_origins = ["${site.origin}"]\nretention_days`));
  const policy = `default-src 'none'; script-src ${house.public} https://challenges.cloudflare.com; connect-src ${house.public}; style-src ${house.public}; form-action ${house.public}`;
  pages['/contact'] = { body: `<!doctype html><title>Ours</title><main><script src="${house.public}/embed.js" data-form="contact" data-lang="en" async></script></main>`, policy };
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await house?.stop();
  await site?.stop();
  await new Promise((done) => { provider.close(done); provider.closeAllConnections(); });
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => { await context?.close(); });

async function visitor(script, options = {}) {
  context = await browser.newContext({ locale: 'en-US', ...options });
  await context.route(SCRIPTS, (route) => (script ? route.fulfill({ contentType: 'text/javascript', body: script }) : route.abort()));
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', (message) => { if (message.type() === 'error') page.complaints.push(message.text()); });
  return page;
}

const leads = () => house.run('leads', 'list', '--json').split('\n').filter(Boolean).length;
const waiting = () => house.run('quarantine', 'list');

describe('a captcha', () => {
  for (const [name, address] of [['on our page', () => `${house.public}/f/contact?lang=en`], ['on another site, placed by the script', () => `${site.origin}/contact`]]) {
    test(`${name}: its script runs, its answer is sent and verified`, async () => {
      const page = await visitor(WIDGET);
      await page.goto(address());
      await page.getByText('solved for 0x4AAAAAAAexample in en').waitFor();
      asked.length = 0;
      await fillContact(page, { email: `${name.length}@example.co.jp`, message: `${LEAD.message} ${name}` });
      await page.getByRole('button', { name: /send/i }).click();
      await page.getByText(/ls_[a-z2-7]{20,}/).first().waitFor();
      const [question, ...more] = asked;
      assert.deepEqual([more, Object.keys(question)], [[], ['secret', 'response', 'sitekey']], 'nothing of the visitor');
      assert.deepEqual([question.secret, question.sitekey], ['the-secret-key', '0x4AAAAAAAexample']);
      assert.deepEqual(page.complaints, []);
    });
  }

  test('that does not load: the visitor is told, and what was typed stays', async () => {
    const page = await visitor(null);
    await page.goto(`${house.public}/f/contact?lang=en`);
    await fillContact(page);
    await page.getByRole('button', { name: /send/i }).click();
    await page.getByRole('alert').getByText('The check below is still to be done').waitFor();
    assert.equal(await page.locator('[name=email]').inputValue(), LEAD.email);
  });

  test('without JavaScript: the button once more, and the submission waits for somebody', async () => {
    const page = await visitor(null, { javaScriptEnabled: false });
    await page.goto(`${house.public}/f/contact?lang=en`);
    assert.match(await page.locator('.ls-captcha').innerText(), /Without JavaScript/);
    const before = leads();
    await fillContact(page);
    await page.getByRole('button', { name: /send/i }).click();
    await page.getByText('press the button once more').waitFor();
    // A second press counts from two seconds on: nobody reads faster.
    await page.waitForTimeout(2100);
    await page.getByRole('button', { name: /send/i }).click();
    await page.waitForURL(/thanks/);
    for (const end = Date.now() + 10_000; !waiting().includes('captcha-missing'); await new Promise((again) => setTimeout(again, 100))) {
      assert.ok(Date.now() < end, waiting());
    }
    assert.equal(leads(), before, 'nobody was told');
  });
});
