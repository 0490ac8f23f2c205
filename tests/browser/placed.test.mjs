// The form where others put it, and the confirm screen: in a frame and as a fragment on another
// site under a strict policy, with and without JavaScript, read by axe-core.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, afterEach, before, describe, test } from 'node:test';
import { LEAD, fillContact, startBrowser, startHouse, startSite } from './house.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What a careless theme does to every input, list and paragraph of its site. */
const THEME = `
  * { letter-spacing: 0.3em; }
  input, select, textarea { width: 90px; height: 12px; border: 0; background: pink; appearance: none; }
  .content input[type="text"] { padding: 0; font-size: 9px; }
  label, legend { display: inline; float: right; text-transform: uppercase; }
  ul { list-style: none; } p { margin: 3em; } button { background: lime; color: yellow; border-radius: 99px; }
`;

const pages = {};
let site;
let house;
let thanking;
let browser;
let context;

before(async () => {
  site = await startSite(pages);
  const confirmed = (form) => form.replace('retention_days', `confirm = "page"\nallowed_origins = ["${site.origin}"]\nretention_days`);
  house = await startHouse(confirmed);
  thanking = await startHouse((form) => confirmed(form).replace('confirm = "page"', `thanks.url = "${site.origin}/thanks"`));
  pages['/thanks'] = { body: '<!doctype html><title>Own</title><h1>Our own page</h1>', policy: "default-src 'none'" };
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await house?.stop();
  await thanking?.stop();
  await site?.stop();
});
afterEach(async () => { await context?.close(); });

async function visitor(options = {}) {
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', (message) => { if (message.type() === 'error') page.complaints.push(message.text()); });
  return page;
}

async function axe(page) {
  const found = [];
  for (const width of [320, 1440]) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, 'no scrolling sideways');
      await page.evaluate(AXE);
      const { violations } = await page.evaluate((runOnly) => window.axe.run(document, { runOnly }), RULES);
      for (const { id, nodes } of violations) found.push(`${width} ${colorScheme} ${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
    }
  }
  return found;
}

/** Fills in the form of a page or frame and goes to its confirm page. */
async function toConfirm(place, changes = {}) {
  await fillContact(place, changes);
  await place.locator('form.ls-form button[type=submit]').click();
  await place.locator('.ls-review').waitFor();
}

describe('the confirm page', () => {
  for (const lang of ['ja', 'en']) {
    for (const javaScriptEnabled of [true, false]) {
      test(`keeps every value on the way back (${lang}, script ${javaScriptEnabled ? 'on' : 'off'})`, async () => {
        const page = await visitor({ javaScriptEnabled });
        await page.goto(`${house.public}/f/contact?lang=${lang}`);
        await toConfirm(page);
        const words = await page.locator('main').innerText();
        assert.match(words, lang === 'ja' ? /まだ送信されていません/ : /Nothing has been sent yet/);
        const shown = javaScriptEnabled ? { ...LEAD, tel: '090-1234-5678', kana_family: 'タカサキ', kana_given: 'ミサキ' } : LEAD;
        for (const value of [LEAD.company, LEAD.email, LEAD.message, shown.tel]) assert.ok(words.includes(value), value);
        await page.locator('button[value=edit]').click();
        await page.locator('[name=message]').waitFor();
        for (const [name, value] of Object.entries(shown)) assert.equal(await page.locator(`[name=${name}]`).inputValue(), value);
        assert.equal(await page.locator('[name=privacy]').isChecked(), true);
        await page.locator('[name=message]').fill('別の内容');
        await page.locator('form.ls-form button[type=submit]').click();
        assert.ok((await page.locator('.ls-review').innerText()).includes('別の内容'));
        await page.locator('button[value=send]').click();
        await page.waitForURL(/thanks/);
        assert.match(await page.locator('main').innerText(), /ls_[a-z2-7]{33}/);
        assert.deepEqual(page.complaints, []);
      });
    }

    test(`is read well by axe, small and large, light and dark (${lang})`, async () => {
      const page = await visitor();
      await page.goto(`${house.public}/f/contact?lang=${lang}`);
      assert.deepEqual(await axe(page), [], 'the form');
      await toConfirm(page);
      assert.deepEqual(await axe(page), [], 'the confirm page');
    });
  }

  test('is passed by keyboard alone', async () => {
    const page = await visitor();
    await page.goto(`${house.public}/f/contact?lang=ja`);
    await toConfirm(page);
    for (let presses = 0; presses < 10; presses += 1) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement.value) === 'send') break;
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(/thanks/);
  });
});

describe('on another site', () => {
  test('a frame is shown under a strict policy, through to the thanks', async () => {
    pages['/framed'] = {
      body: `<!doctype html><html lang="ja"><title>x</title><h1>x</h1><iframe title="お問い合わせ" src="${house.public}/f/contact/frame?lang=ja" width="400" height="2000"></iframe>`,
      policy: `default-src 'none'; frame-src ${house.public}`,
    };
    const page = await visitor();
    await page.goto(`${site.origin}/framed`);
    const frame = page.frame({ url: /contact\/frame/ });
    await frame.locator('[name=message]').waitFor();
    await toConfirm(frame, { email: 'framed@example.co.jp' });
    await frame.locator('button[value=send]').click();
    await frame.waitForURL(/thanks/);
    assert.match(await frame.locator('main').innerText(), /受け付けました/);
    assert.deepEqual(page.complaints, []);
  });

  test('a site that the form does not list can not frame it', async () => {
    const stranger = await startSite({ '/': { body: `<!doctype html><iframe src="${house.public}/f/contact/frame"></iframe>`, policy: `default-src 'none'; frame-src ${house.public}` } });
    const page = await visitor();
    await page.goto(stranger.origin);
    await page.waitForLoadState('networkidle');
    const inside = await page.frames()[1].locator('form').count().catch(() => 0);
    await stranger.stop();
    assert.equal(inside, 0);
    assert.match(page.complaints.join(), /frame-ancestors/);
  });

  test('a fragment looks and works as at home, whatever the theme', async () => {
    const fragment = await (await fetch(`${thanking.public}/f/contact/fragment?lang=ja`)).text();
    pages['/page'] = {
      body: `<!doctype html><html lang="ja"><meta name="viewport" content="width=device-width"><title>x</title><style nonce="t">${THEME}</style><main class="content"><h1>x</h1><input id="own">${fragment}</main>`,
      policy: `default-src 'none'; style-src 'nonce-t' ${thanking.public}; script-src ${thanking.public}; connect-src ${thanking.public}; form-action ${thanking.public} ${site.origin}`,
    };
    const page = await visitor();
    await page.goto(`${site.origin}/page`);
    const look = (selector) => page.locator(selector).first().evaluate((at) => {
      const { backgroundColor, width, letterSpacing, height, textTransform } = getComputedStyle(at);
      return { backgroundColor, width: parseFloat(width), height: parseFloat(height), letterSpacing, textTransform };
    });
    const [email, button, label, own] = [await look('[name=email]'), await look('.leadseal button'), await look('.leadseal .ls-label'), await look('#own')];
    assert.ok(email.width > 300 && email.height >= 44, JSON.stringify(email));
    assert.equal(button.backgroundColor, 'rgb(11, 110, 79)', 'the site’s accent');
    assert.equal(label.textTransform, 'none');
    assert.equal(own.backgroundColor, 'rgb(255, 192, 203)', 'the page’s own input is as its theme has it');
    await fillContact(page, { email: 'fragment@example.co.jp' });
    await page.locator('form.ls-form button[type=submit]').click();
    await page.waitForURL((url) => url.pathname === '/thanks');
    assert.equal(page.url(), `${site.origin}/thanks?leadseal=contact`);
    assert.deepEqual(page.complaints.filter((words) => !words.includes('favicon')), []);
  });

  test('a success on our own page leads to the site’s, and tells it nothing of the visitor', async () => {
    const page = await visitor({ javaScriptEnabled: false });
    await page.goto(`${thanking.public}/f/contact?lang=ja`);
    await fillContact(page, { email: 'thanks@example.co.jp' });
    await page.locator('form.ls-form button[type=submit]').click();
    await page.waitForURL((url) => url.pathname === '/thanks');
    assert.equal(page.url(), `${site.origin}/thanks?leadseal=contact`);
  });
});
