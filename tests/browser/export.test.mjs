// Exports in a real browser: a list taken from the inbox to a file by keyboard alone, the file read back; a choice
// that outlives a mistake; without JavaScript; read by axe-core in both languages and colour schemes.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { axeEverywhere } from './axe.mjs';
import { startConsole, tabTo } from './house.mjs';

let desk;

before(async () => { desk = await startConsole(); });
after(() => desk?.stop());

const at = (path) => desk.at(path);
const inConsole = (options, work) => desk.visit(options, work);

/** Presses a button's key and gives the file that comes: its name and bytes. */
async function download(page, press) {
  const [file] = await Promise.all([page.waitForEvent('download'), press()]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

describe('a file', () => {
  test('comes from a list of the inbox in clear, by keyboard alone, and is told by its digest', () => inConsole({}, async (page) => {
    await page.goto(at('inbox?view=all'));
    const listed = await page.locator('tr[data-lead]').evaluateAll((rows) => rows.map((row) => row.dataset.lead));
    await tabTo(page, 'a[href*="/export?view=all"]');
    await page.keyboard.press('Enter');
    await page.waitForURL(/export\?view=all/);
    await tabTo(page, 'input[name=values]');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await tabTo(page, '#format');
    await page.keyboard.press('End');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    assert.ok(await page.locator('input[value=revealed]').isChecked(), 'the choice is kept');
    assert.equal(await page.locator('#format').inputValue(), 'jsonl');
    await tabTo(page, '#reason');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await tabTo(page, 'form.export button.main');
    await page.keyboard.press('Enter');
    await page.waitForURL(/export\/clear/);
    await tabTo(page, 'form[data-export] button');
    const { name, bytes } = await download(page, () => page.keyboard.press('Enter'));
    assert.match(name, /^leads-\d{4}-\d\d-\d\d-[a-z2-7]{8}\.jsonl$/);
    const leads = bytes.toString('utf8').trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(leads.map((lead) => lead.token).sort(), listed.sort());
    assert.ok(leads.every((lead) => lead.fields.email?.includes('@example.')), 'values are in clear');
    const outcome = page.locator('.outcome.complete');
    await outcome.waitFor();
    const digest = createHash('sha256').update(bytes).digest('hex');
    assert.ok((await page.locator('[data-state] code').textContent()).includes(digest));
    assert.equal(await page.locator('[data-said]').textContent(), await outcome.textContent());
    assert.ok(!(await page.content()).includes('@example.'), 'no page shows what the file holds');
  }));

  test('comes without JavaScript, and its page says what became of it', () => inConsole({ javaScriptEnabled: false }, async (page) => {
    await page.goto(at('export?view=all'));
    await page.locator('#format').selectOption('csv-excel');
    await page.locator('form.export button.main').click();
    await page.waitForURL(/export\/review/);
    const { name, bytes } = await download(page, () => page.locator('form[data-export] button').click());
    assert.match(name, /\.csv$/);
    assert.equal(bytes.subarray(0, 3).toString('hex'), 'efbbbf');
    assert.ok(!bytes.toString('utf8').includes('@example.'), 'values are masked');
    await page.locator('noscript a').click();
    await page.locator('.outcome.complete').waitFor();
    await page.goto(at('export'));
    assert.ok(await page.locator('.cards li').count() > 0);
  }));

  test('for a program holds those it can take, and says how many it left out', () => inConsole({}, async (page) => {
    await page.goto(at('export?view=all'));
    await page.locator('input[name=preset][value=hubspot]').check();
    await page.locator('#reason').selectOption('handover');
    await page.locator('form.export button.main').click();
    await page.waitForURL(/export\/clear/);
    const { name, bytes } = await download(page, () => page.locator('form[data-export] button').click());
    assert.match(name, /^hubspot-/);
    assert.ok(bytes.toString('utf8').startsWith('Email,First name,Last name'));
    await page.locator('.outcome').waitFor();
    await page.goto(at('export?view=all'));
    await page.locator('input[name=preset][value=meta]').check();
    await page.locator('#reason').selectOption('handover');
    await page.locator('form.export button.main').click();
    await page.waitForURL(/export\/clear/);
    await download(page, () => page.locator('form[data-export] button').click());
    await page.locator('[data-state] .notes li').first().waitFor();
    assert.match(await page.locator('[data-state] .notes').textContent(), /広告|advertising/);
  }));
});

describe('axe finds nothing wrong', () => {
  for (const lang of ['ja', 'en']) {
    test(lang, () => inConsole({}, async (page) => {
      await page.goto(at('export'));
      const other = page.locator(`form.switch button[lang=${lang}]`);
      if (await other.count() > 0) await Promise.all([page.waitForEvent('load'), other.click()]);
      await page.goto(at('export'));
      const record = await page.locator('.cards a').first().getAttribute('href');
      for (const path of [
        at('export?view=all&form=contact'),
        at('export/clear?view=all&values=revealed'),
        at('export/clear?view=all&preset=mailchimp&reason=handover&format=csv'),
        at('export/review?view=all&tag=none'),
        new URL(record, desk.demo.signIn).href,
      ]) {
        await page.goto(path);
        assert.equal(await page.locator('html').getAttribute('lang'), lang);
        assert.deepEqual(await axeEverywhere(page, [390, 1280]), [], path);
        for (const width of [390, 1280]) {
          await page.setViewportSize({ width, height: 900 });
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(wide <= 0, `${path} is ${wide} px too wide at ${width}`);
        }
      }
    }));
  }
});
