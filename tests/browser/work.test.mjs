// The inbox and a lead at work in a real browser: a list kept by keyboard, a reminder, a lead that comes in while
// the list is looked at, a reply that shows the address alone; read by axe-core in both languages and colour schemes.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { axeEverywhere } from './axe.mjs';
import { fillContact, startConsole, tabTo } from './house.mjs';

let desk;

before(async () => { desk = await startConsole('--lang', 'en'); });
after(() => desk?.stop());

const at = (path) => desk.at(path);
const inConsole = (options, work) => desk.visit(options, work);

/** A visitor sends an enquiry. */
async function sendLead(email) {
  const context = await desk.browser.newContext();
  const page = await context.newPage();
  await page.goto(`${desk.demo.public}/f/contact?lang=en`);
  await fillContact(page, { email });
  await page.locator('form button[type=submit]').click();
  await page.waitForURL((url) => !url.pathname.endsWith('/f/contact'));
  await context.close();
}

const count = async (page, name) => Number(await page.locator('.views a', { hasText: name }).locator('.count').textContent());

describe('at work', () => {
  test('a list is kept, renamed and let go by keyboard alone', () => inConsole({}, async (page) => {
    await page.goto(at('inbox?view=all&form=contact'));
    await tabTo(page, '.keep summary');
    await page.keyboard.press('Enter');
    await tabTo(page, '#view-name');
    await page.keyboard.type('Contact form');
    await page.keyboard.press('Enter');
    await page.waitForURL(/done=view-saved/);
    await page.goto(at('inbox'));
    await page.locator('.views .kept a').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/view=all&form=contact/);
    assert.equal(await page.locator('.views [aria-current=page]').textContent(), 'Contact form');
    await tabTo(page, '.keep summary');
    await page.keyboard.press('Enter');
    await tabTo(page, '#view-name');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('Enquiries');
    await page.keyboard.press('Enter');
    await page.waitForURL(/done=view-renamed/);
    assert.equal(await page.locator('.views .kept').textContent(), 'Enquiries');
    await page.locator('.keep summary').click();
    await page.locator('button[value=remove]').click();
    await page.waitForURL(/done=view-removed/);
    assert.equal(await page.locator('.views .kept').count(), 0);
  }));

  test('a reminder is set without JavaScript, stands in its list and is done there', () => inConsole({ javaScriptEnabled: false }, async (page) => {
    await page.goto(at('inbox?view=all'));
    const number = await page.locator('tr[data-lead] .number').first().textContent();
    await page.locator('a.open').first().click();
    await page.locator('.quick button').first().click();
    await page.locator('[role=status]').filter({ hasText: 'The reminder was set' }).waitFor();
    await page.locator('#remind-date').fill('2001-01-01');
    await page.locator('button[value=own]').click();
    await page.getByRole('alert').waitFor();
    assert.equal(await page.locator('#remind-date').inputValue(), '2001-01-01', 'what was typed is there');
    await page.goto(at('inbox?view=reminders'));
    assert.equal(await page.locator('tr[data-lead]').count(), 1);
    await page.getByRole('button', { name: `Done: ${number}` }).click();
    await page.locator('.empty').waitFor();
  }));

  test('Enter in the time of a reminder sets that time', () => inConsole({}, async (page) => {
    await page.goto(at('inbox?view=all'));
    await page.locator('a.open').nth(1).click();
    const day = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
    await page.locator('#remind-date').fill(day);
    await page.locator('#remind-time').fill('16:45');
    await page.locator('#remind-time').press('Enter');
    await page.waitForURL(/done=reminder/);
    await page.getByText('16:45').first().waitFor();
    await page.getByRole('button', { name: /^Done/ }).click();
    await page.waitForURL(/done=reminder-done/);
  }));

  test('a lead that comes in is told of, and no row moves before it is wanted', () => inConsole({}, async (page) => {
    await page.goto(at('inbox?view=new'));
    const before = await count(page, 'New');
    await page.keyboard.press('j');
    const rows = () => page.locator('tr[data-lead]').evaluateAll((all) => all.map((row) => row.dataset.lead));
    const [there, focused] = [await rows(), await page.evaluate(() => document.activeElement.href)];
    await sendLead('live.one@example.co.jp');
    await page.locator('#news', { hasText: 'new leads: 1' }).waitFor();
    assert.equal(await count(page, 'New'), before + 1, 'the count is up to date at once');
    assert.deepEqual(await rows(), there, 'no row has moved');
    assert.equal(await page.evaluate(() => document.activeElement.href), focused, 'nor has the focus');
    await page.locator('#news button').click();
    assert.equal((await rows()).length, there.length + 1);
    assert.equal(await page.locator('#news').textContent().then((text) => text.includes('new leads')), false);
    await page.keyboard.press('j');
    assert.equal(await page.evaluate(() => document.activeElement.closest('tr')?.dataset.lead), (await rows())[1], 'keys work on in the new list');
  }));

  test('what a colleague does to a row is seen in its place', () => inConsole({}, async (page, context) => {
    await page.goto(at('inbox?view=all'));
    const row = page.locator('tr[data-lead]').last();
    const lead = await row.getAttribute('data-lead');
    // The same account in another window: what counts is that the list was not loaded again.
    const other = await context.newPage();
    await other.goto(at(`leads/${lead}`));
    await other.locator('#stage').selectOption('nurturing');
    await other.locator('form:has(#stage) button').click();
    await other.waitForURL(/done=stage/);
    await page.bringToFront();
    await page.locator(`tr[data-lead=${lead}] .stage.nurturing`).waitFor();
  }));

  test('a session that was ended elsewhere stops the list, which says so', () => inConsole({ storageState: undefined }, async (page) => {
    // Its own session: a link of the demo works once, so it is made of the present one by signing out.
    await page.context().addCookies(desk.state.cookies);
    await page.goto(at('inbox'));
    await page.context().clearCookies();
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await page.locator('#news', { hasText: 'Live update has stopped' }).waitFor();
  }));

  test('a reply shows the address alone, gives it to the mail program, and is masked again', () => inConsole({}, async (page) => {
    await page.goto(at('inbox?view=all'));
    await page.keyboard.press('j');
    await page.keyboard.press('r');
    await page.waitForURL(/#reply/);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'reply');
    await page.keyboard.press('Enter');
    const way = page.locator('.way');
    await way.waitFor();
    const address = await page.locator('#way').textContent();
    assert.match(address, /@example\.(co\.)?jp$/);
    const href = await way.locator('a').getAttribute('href');
    assert.ok(href.startsWith(`mailto:${address}?subject=Re%3A%20`) && !href.includes('body='));
    assert.equal(await page.locator('[data-mask]').count(), 1, 'no other value is open');
    await page.evaluate(() => dispatchEvent(new Event('pagehide')));
    assert.ok(!(await page.content()).includes(address));
  }));
});

describe('axe finds nothing wrong', () => {
  for (const lang of ['ja', 'en']) {
    test(lang, () => inConsole({}, async (page) => {
      await page.goto(at('inbox'));
      const other = page.locator(`form.switch button[lang=${lang}]`);
      if (await other.count() > 0) await Promise.all([page.waitForEvent('load'), other.click()]);
      await page.goto(at('inbox?view=all&source=direct'));
      if (await page.locator('.views .kept').count() === 0) {
        await page.locator('.keep summary').click();
        await page.locator('#view-name').fill('展示会 2026');
        await page.locator('#view-name').press('Enter');
        await page.waitForURL(/done=view-saved/);
      }
      const lead = await page.goto(at('inbox?view=all')).then(() => page.locator('a.open').first().getAttribute('href'));
      await page.goto(new URL(lead, desk.demo.signIn).href);
      if (await page.locator('form[action$="reminder/done"]').count() === 0) {
        await page.locator('.quick button').first().click();
        await page.waitForURL(/done=reminder/);
      }
      for (const path of ['inbox?view=all&source=direct', 'inbox?view=all&form=contact', 'inbox?view=reminders', lead, 'reply']) {
        if (path === 'reply') {
          await page.locator('#reply').click();
          await page.locator('.way').waitFor();
        } else {
          await page.goto(new URL(path, at('')).href);
          for (const closed of await page.locator('.keep:not([open]) summary').all()) await closed.click();
        }
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
