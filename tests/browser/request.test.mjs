// The page on which people carry out their requests about their own data: from the mail to the receipt, in a
// real browser, without JavaScript.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { axeEverywhere } from './axe.mjs';
import { LEAD, requestLink, startBrowser, startDemo } from './house.mjs';

const WIDTHS = [320, 1440];
/** Where pictures go, when they are wanted. */
const PICTURES = process.env.REQUEST_PICTURES;

let demo;
let browser;
const complaints = [];

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
  if (PICTURES) mkdirSync(PICTURES, { recursive: true });
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

async function visitor(options) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', ...options });
  context.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
  return context;
}

/** Sends an enquiry, asks about it, and gives the link of the mail. */
async function linkFor(kind, lang) {
  const context = await visitor({});
  const link = await requestLink(demo, await context.newPage(), kind, lang, `request.${kind}.${lang}@example.co.jp`);
  await context.close();
  return link;
}

async function looksRight(page, name) {
  assert.deepEqual(await axeEverywhere(page, WIDTHS), [], name);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, `${name} at ${width} px scrolls sideways`);
    if (!PICTURES) continue;
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(PICTURES, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
  }
}

for (const lang of ['ja', 'en']) {
  describe(`a request (${lang})`, () => {
    test('to see what is held is answered once', async () => {
      const context = await visitor({ locale: lang, acceptDownloads: true });
      const page = await context.newPage();
      const link = await linkFor('access', lang);
      await page.goto(link);
      await looksRight(page, `request-ask-${lang}`);
      await page.keyboard.press('Tab');
      while (await page.evaluate(() => document.activeElement.tagName) !== 'BUTTON') await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.locator('section').waitFor();
      const shown = await page.locator('main').innerText();
      for (const value of ['髙﨑 美咲', '株式会社サンプル商事', LEAD.message, '+819012345678']) assert.ok(shown.includes(value), value);
      const [download] = await Promise.all([page.waitForEvent('download'), page.locator('a[download]').click()]);
      assert.equal(download.suggestedFilename(), 'personal-data.json');
      const file = JSON.parse(readFileSync(await download.path(), 'utf8'));
      assert.equal(file.enquiries[0].values.message.value, LEAD.message);
      await looksRight(page, `request-held-${lang}`);
      await page.goBack();
      assert.equal(await page.locator('button').count(), 0, 'Back leads to a link that is used up');
      await looksRight(page, `request-used-${lang}`);
      await context.close();
    });

    test('to be erased is carried out without JavaScript', async () => {
      const link = await linkFor('erase', lang);
      const looking = await visitor({ locale: lang });
      const asked = await looking.newPage();
      await asked.goto(link);
      await looksRight(asked, `request-erase-${lang}`);
      const plain = await visitor({ javaScriptEnabled: false, locale: lang });
      const page = await plain.newPage();
      await page.goto(link);
      await page.locator('button').click();
      await page.locator('dl').waitFor();
      const receipt = await page.content();
      assert.match(receipt, lang === 'ja' ? /消去が完了しました/ : /Your data have been erased/);
      assert.match(receipt, lang === 'ja' ? /1件/ : /<dd>1<\/dd>/);
      // The same page where axe may run: its sheet comes from the same place.
      await asked.route(link, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: receipt }));
      await asked.goto(link);
      await looksRight(asked, `request-erased-${lang}`);
      await asked.unroute(link);
      await asked.reload();
      assert.equal(await asked.locator('button').count(), 0, 'the link is used up');
      await plain.close();
      await looking.close();
    });
  });
}

test('the browser complains about nothing', () => {
  assert.deepEqual(complaints.filter((text) => !text.includes('404')), []);
});
