// The dashboard in a real browser: read by axe-core in both languages and colour schemes, its tables equal
// to its charts, without JavaScript and by keyboard.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { axeEverywhere } from './axe.mjs';
import { startConsole } from './house.mjs';

let desk;

before(async () => { desk = await startConsole(); });
after(() => desk?.stop());

const at = (path) => desk.at(path);

const onDashboard = (options, query, work) => desk.visit(options, async (page) => {
  await page.goto(at(`dashboard${query}`));
  await work(page);
});

/** Figures of a table's column, by row. */
const column = (chart, n) => chart.locator('tbody tr').evaluateAll(
  (rows, cell) => rows.map((row) => Number(row.cells[cell].textContent.replaceAll(',', ''))), n);

describe('the dashboard', () => {
  test('each table says what its chart shows', () => onDashboard({}, '?span=30', async (page) => {
    const days = page.locator('#by-day');
    const counts = await column(days, 1);
    assert.equal(counts.length, 30, 'a day without leads has its row');
    const heights = await days.locator('rect.bar[x]').evaluateAll((bars) => bars.map((bar) => [bar.getBBox().x, bar.getBBox().height]));
    const width = await days.locator('.plot svg').evaluate((svg) => svg.clientWidth);
    const seen = counts.map((_, n) => heights.find(([x]) => Math.floor((x / width) * 30) === n)?.[1] ?? 0);
    const tallest = Math.max(...seen) / Math.max(...counts);
    for (const [n, count] of counts.entries()) assert.ok(Math.abs(seen[n] - count * tallest) < 1, `day ${n}: ${count} is ${seen[n]} px high`);

    const leads = Number(await page.locator('.tiles .figure').first().textContent());
    assert.equal(counts.reduce((sum, count) => sum + count, 0), leads);
    for (const id of ['#by-form', '#by-source', '#answers']) {
      const chart = page.locator(id);
      const figures = await column(chart, 1);
      assert.equal(figures.reduce((sum, count) => sum + count, 0), leads, id);
      const words = await chart.locator('.plot text').allTextContents();
      assert.deepEqual(words.filter((_, n) => n % 2 === 1).map(Number), figures, id);
    }
    for (const chart of await page.locator('.plot svg').all()) {
      assert.ok((await chart.locator('> title').textContent()).length > 3);
      assert.ok((await chart.locator('> desc').textContent()).length > 10);
    }
  }));

  test('without JavaScript and by keyboard: another span, a form, a table, a stage’s leads', () => onDashboard(
    { javaScriptEnabled: false }, '', async (page) => {
      await page.locator('.views a').nth(3).press('Enter');
      await page.waitForURL(/span=weeks/);
      await page.locator('.filters summary').press('Enter');
      await page.locator('#filter-form').selectOption('contact');
      await page.locator('.filters button').press('Enter');
      await page.waitForURL(/span=weeks.*form=contact/);
      assert.equal(await page.locator('#by-form tbody tr').count(), 1);
      await page.locator('#stages summary').press('Enter');
      const link = page.locator('#stages tbody tr', { has: page.locator('a[href*="stage=qualified"]') });
      const count = Number(await link.locator('td').textContent());
      await link.locator('a').press('Enter');
      await page.waitForURL(/inbox/);
      assert.equal(await page.locator('tr[data-lead]').count(), count);
    }));

  for (const lang of ['ja', 'en']) {
    test(`axe-core finds nothing, and nothing is too wide (${lang})`, () => onDashboard({ reducedMotion: 'reduce' }, '', async (page) => {
      if (await page.locator('html').getAttribute('lang') !== lang) {
        await page.locator('form.switch button').click();
        await page.waitForLoadState();
      }
      for (const query of ['', '?span=7', '?span=weeks&form=contact', '?span=365&site=nowhere']) {
        await page.goto(at(`dashboard${query}`));
        assert.equal(await page.locator('html').getAttribute('lang'), lang);
        await page.evaluate(() => { for (const details of document.querySelectorAll('details')) details.open = true; });
        assert.deepEqual(await axeEverywhere(page, [390, 1280]), [], query);
        for (const width of [390, 1280]) {
          await page.setViewportSize({ width, height: 900 });
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(wide <= 0, `${query} is ${wide} px too wide at ${width}`);
        }
      }
    }));
  }
});
