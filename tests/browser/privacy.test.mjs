// The audit and the privacy desk in a real browser: a request written down, looked at and erased by keyboard
// alone, an answer saved as a file, without JavaScript; axe on every page in both languages and colour schemes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { axeEverywhere } from './axe.mjs';
import { startConsole, tabTo } from './house.mjs';

let desk;

before(async () => { desk = await startConsole(); });
after(() => desk?.stop());

const at = (path) => desk.at(path);
const inConsole = (options, work) => desk.visit(options, work);

/** Writes a request down with the pointer; gives its page. */
async function writtenDown(page, kind, address) {
  await page.goto(at('privacy/new'));
  await page.locator(`input[value=${kind}]`).check();
  await page.locator('#address').fill(address);
  await page.locator('main button').click();
  await page.waitForURL(/privacy\/ls_/);
  return page.url();
}

describe('people’s requests', () => {
  test('somebody is erased by keyboard alone, and the audit has it', () => inConsole({}, async (page) => {
    const address = 'k.sato@example.co.jp';
    const listed = async () => {
      await page.goto(at('inbox?view=all'));
      return page.locator('tr[data-lead]').count();
    };
    const before = await listed();
    await page.goto(at('privacy/new'));
    await tabTo(page, 'input[value=access]');
    await page.keyboard.press('ArrowDown');
    await tabTo(page, '#address');
    await page.keyboard.type(address);
    await page.keyboard.press('Enter');
    await page.waitForURL(/privacy\/ls_/);
    assert.ok(!page.url().includes('sato') && !(await page.content()).includes(address), 'the address is shown nowhere');
    assert.equal(await page.locator('.enquiries > li').count(), 2, 'both enquiries of the person');
    await tabTo(page, 'a.danger');
    await page.keyboard.press('Enter');
    await page.waitForURL(/carry-out$/);
    await tabTo(page, 'button.danger');
    await page.keyboard.press('Enter');
    assert.match(page.url(), /carry-out$/, 'without a tick the browser sends nothing, and puts the focus on it');
    await page.keyboard.press('Space');
    await tabTo(page, 'button.danger');
    await page.keyboard.press('Enter');
    await page.waitForURL(/done$/);
    await page.locator('[role=status]').waitFor();
    await tabTo(page, 'a[href*="audit?on="]');
    await page.keyboard.press('Enter');
    await page.waitForURL(/audit\?on=/);
    assert.equal(await page.locator('.trail > li').count(), 2, 'written down, and carried out');
    await page.goto(at('audit?what=lead-erased'));
    assert.equal(await page.locator('.trail > li').count(), 2);
    assert.equal(await listed(), before - 2);
  }));

  test('an answer is given as a file, without JavaScript too', () => inConsole({ javaScriptEnabled: false, acceptDownloads: true }, async (page) => {
    await writtenDown(page, 'access', 'm.suzuki@example.co.jp');
    await page.locator('a[href$=carry-out]').click();
    await page.locator('main button').click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('a[download]').click()]);
    const file = JSON.parse(readFileSync(await download.path(), 'utf8'));
    assert.equal(file.enquiries[0].values.email.value, 'm.suzuki@example.co.jp');
    assert.equal(file.enquiries[0].added_by_staff.owner, 'staff');
    assert.ok(!(await page.locator('main').innerText()).includes('suzuki'), 'no value is shown');
  }));
});

describe('the audit', () => {
  test('has each reveal, search, export and erasure, in a chain that is whole', () => inConsole({}, async (page) => {
    await page.goto(at('inbox?view=all'));
    await page.locator('a.open').first().click();
    await page.locator('#reason').selectOption('reply');
    await page.locator('button[value=all]').click();
    await page.locator('[data-mask]').first().waitFor();
    await page.goto(at('search'));
    await page.locator('#value').fill('k.sato@example.co.jp');
    await page.locator('main form button').click();
    await page.locator('#found').waitFor();
    await page.goto(at('export/review?view=all&values=masked&format=csv'));
    await Promise.all([page.waitForEvent('download'), page.locator('form[data-export] button').click()]);
    await page.locator('.outcome.complete').waitFor();
    await writtenDown(page, 'erase', 'n.takasaki@example.co.jp');
    await page.locator('a[href$=carry-out]').click();
    await page.locator('[name=sure]').check();
    await page.locator('main button').click();
    await page.waitForURL(/done$/);
    for (const what of ['lead-revealed', 'leads-searched', 'export-masked', 'export-ended', 'lead-erased']) {
      await page.goto(at(`audit?what=${what}`));
      assert.ok(await page.locator('.trail > li').count() >= 1, what);
    }
    await page.goto(at('audit'));
    await page.locator('form[action$="/audit/verify"] button').click();
    const entries = Number((await page.locator('.trail > li').first().textContent()).match(/(?:no\.|No\.) ?(\d+)/)[1]);
    const heading = page.locator('#chain-title', { hasText: String(entries) });
    while (await heading.count() === 0) await page.reload();
    assert.match(await heading.textContent(), /whole|正常/);
    assert.equal(await page.locator('.standing.broken').count(), 0);
  }));
});

describe('axe finds nothing wrong', () => {
  const people = { ja: ['tanaka', 'd.ito'], en: ['megumi', 'saori'] };
  for (const lang of ['ja', 'en']) {
    test(lang, () => inConsole({}, async (page) => {
      await page.goto(at('audit'));
      const other = page.locator(`form.switch button[lang=${lang}]`);
      if (await other.count() > 0) await Promise.all([page.waitForEvent('load'), other.click()]);
      const [erase, access] = [
        await writtenDown(page, 'erase', `${people[lang][0]}@example.co.jp`),
        await writtenDown(page, 'access', `${people[lang][1]}@example.co.jp`),
      ];
      const look = async (name) => {
        assert.equal(await page.locator('html').getAttribute('lang'), lang);
        assert.deepEqual(await axeEverywhere(page, [390, 1280]), [], name);
        for (const width of [390, 1280]) {
          await page.setViewportSize({ width, height: 900 });
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(wide <= 0, `${name} is ${wide} px too wide at ${width}`);
        }
      };
      for (const path of [at('audit'), at('audit?what=leads&since=2020-01-01'), at('audit?until=2020-01-01'), at('privacy'), at('privacy/new'), erase,
        `${erase}/carry-out`, access, `${access}/carry-out`, at('privacy/retention'), at('privacy/retention/run')]) {
        await page.goto(path);
        if (path === at('audit')) await page.locator('.raw summary').first().click();
        await look(path);
      }
      await page.goto(`${access}/carry-out`);
      await page.locator('main button').click();
      await page.locator('a[download]').waitFor();
      await look('the file');
      await page.goto(`${erase}/carry-out`);
      await page.locator('[name=sure]').check();
      await page.locator('main button').click();
      await page.waitForURL(/done$/);
      await look('the receipt');
      await page.goto(at('privacy/retention/run'));
      await page.locator('[name=sure]').check();
      await page.locator('main button').click();
      await page.waitForURL(/done=all/);
      await look('retention carried out');
    }));
  }
});
