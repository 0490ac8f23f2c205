// The console's leads in a real browser: ten triaged by keyboard alone, a reveal that masks itself,
// without JavaScript, read by axe-core in both languages and colour schemes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { startConsole } from './house.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let desk;

before(async () => { desk = await startConsole(); });
after(() => desk?.stop());

const at = (path) => desk.at(path);
const inConsole = (options, work) => desk.visit(options, work);

const tokens = (page) => page.locator('tr[data-lead]').evaluateAll((rows) => rows.map((row) => row.dataset.lead));

describe('a lead at work', () => {
  test('a revealed value needs a reason, and is masked again when the tab is left', () => inConsole({}, async (page) => {
    await page.goto(at('inbox?view=all'));
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/leads\/ls_/);
    assert.ok(!(await page.content()).includes('@example.co.jp'));
    await page.locator('button[value=all]').click();
    assert.equal(await page.locator('#reason:invalid').count(), 1, 'the browser asks for a reason first');
    await page.locator('#reason').selectOption('reply');
    await page.locator('button[value=all]').click();
    const opened = page.locator('[data-mask]', { hasText: '@example.co.jp' });
    await opened.waitFor();
    await page.evaluate(() => dispatchEvent(new Event('pagehide')));
    assert.equal(await opened.count(), 0);
    assert.ok(!(await page.content()).includes('@example.co.jp'));
  }));

  test('without JavaScript: taken, noted, revealed, moved on', () => inConsole({ javaScriptEnabled: false }, async (page) => {
    await page.goto(at('inbox?view=all'));
    await page.locator('tr[data-lead] a.open').last().click();
    await page.locator('#note').fill('折り返し電話の約束');
    await page.locator('#note ~ *, form:has(#note) button').last().click();
    await page.locator('[role=status]').waitFor();
    assert.ok(!(await page.content()).includes('折り返し電話'), 'notes are closed');
    await page.locator('#reason').selectOption('reply');
    await page.locator('button[value=notes]').click();
    await page.getByText('折り返し電話の約束').waitFor();
    await page.locator('#stage').selectOption('connected');
    await page.locator('form:has(#stage) button').click();
    await page.locator('[role=status]').waitFor();
  }));

  test('ten leads are triaged by keyboard alone', () => inConsole({}, async (page) => {
    await page.goto(at('inbox?view=all'));
    const all = (await tokens(page)).slice(0, 10);
    assert.equal(all.length, 10);
    for (const [place, token] of all.entries()) {
      await page.goto(at('inbox?view=all'));
      for (let n = 0; n <= place; n += 1) await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.waitForURL((url) => url.pathname.endsWith(token));
      if (await page.locator('button.take').count() > 0) {
        await page.keyboard.press('a');
        await page.waitForURL(/done=owner/);
      }
      await page.keyboard.press('s');
      // The place of a stage in its list, from the first.
      await page.keyboard.press('Home');
      for (let n = 0; n < 4; n += 1) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL(/done=stage/);
      await page.keyboard.press('u');
      await page.waitForURL(/inbox/);
    }
    await page.goto(at('inbox?view=all&stage=qualified'));
    const done = await tokens(page);
    assert.ok(all.every((token) => done.includes(token)), 'all ten are qualified');
    await page.keyboard.press('?');
    assert.ok(await page.locator('dialog#keys').isVisible());
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.waitForURL(/search/);
  }));
});

describe('axe finds nothing wrong', () => {
  for (const lang of ['ja', 'en']) {
    test(lang, () => inConsole({}, async (page) => {
      await page.goto(at('inbox'));
      const other = page.locator(`form.switch button[lang=${lang}]`);
      if (await other.count() > 0) await Promise.all([page.waitForEvent('load'), other.click()]);
      await page.goto(at('inbox?view=all'));
      const lead = await page.locator('a.open').first().getAttribute('href');
      for (const path of [at('inbox?view=all&since=2020-01-01'), at('inbox?view=all&tag=none'), new URL(lead, desk.demo.signIn).href, at('search')]) {
        for (const [width, colorScheme] of [[390, 'light'], [1280, 'light'], [390, 'dark'], [1280, 'dark']]) {
          await page.setViewportSize({ width, height: 900 });
          await page.emulateMedia({ colorScheme });
          await page.goto(path);
          assert.equal(await page.locator('html').getAttribute('lang'), lang);
          await page.evaluate(AXE);
          const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
          const wrong = found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`);
          assert.deepEqual(wrong, [], `${path} ${width} ${colorScheme}`);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(wide <= 0, `${path} is ${wide} px too wide at ${width}`);
        }
      }
    }));
  }
});
