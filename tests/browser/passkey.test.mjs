// Passkeys in a real browser, with Chromium's virtual authenticator: added, signed in and confirmed with,
// taken away; without one the password's way stays. axe on each page that has them.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { axeEverywhere } from './axe.mjs';
import { startBrowser, startHouse } from './house.mjs';

const PASSWORD = 'mizu-no-oto/kawazu';
let [house, browser, context] = [];

before(async () => {
  house = await startHouse((form) => form, { host: 'localhost' });
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await house?.stop();
});
afterEach(async () => { await context?.close(); });

/** Somebody new, signed in with a password; `touch` says whether their authenticator answers, which it does by itself. */
async function somebody(lang) {
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: lang });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error') page.complaints.push(message.text()); });
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: false,
    },
  });
  const touch = (enabled) => cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
  const credentials = async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
  const address = `${lang}-${Math.random().toString(36).slice(2)}@example.jp`;
  const { link } = JSON.parse(house.run('staff', 'add', address, '--role', 'owner', '--lang', lang, '--json'));
  await page.goto(link);
  await page.locator('#new').fill(PASSWORD);
  await page.locator('#again').fill(PASSWORD);
  await page.locator('button.main').click();
  await page.waitForURL(/\/console\/inbox$/);
  return { page, touch, credentials, address, base: new URL(link).origin };
}

async function addPasskey(page, base, touch, name) {
  await page.goto(`${base}/console/account`);
  await page.locator('a[href$="/account/passkeys"]').click();
  await page.locator('#name').fill(name);
  await touch(true);
  await page.locator('form[data-passkey] button').click();
  await page.waitForURL(/done=passkey-added/);
  await touch(false);
}

for (const lang of ['en', 'ja']) {
  test(`a passkey is added, signs in, confirms and is taken away: ${lang}`, async () => {
    const { page, touch, credentials, base } = await somebody(lang);
    await addPasskey(page, base, touch, '<Laptop>');
    assert.equal((await credentials()).length, 1);
    assert.ok(await page.getByText('<Laptop>').first().isVisible());
    assert.deepEqual(await axeEverywhere(page, [390, 1280]), []);
    await page.locator('form[action$="/sign-out"] button').click();
    await page.goto(`${base}/console/staff`);
    assert.match(page.url(), /sign-in\?next=/);
    const button = page.locator('form[data-passkey] button');
    await button.waitFor();
    assert.deepEqual(await axeEverywhere(page, [390, 1280]), []);
    await touch(true);
    // Either the browser's own offer is taken up, which the authenticator does by itself, or the button.
    await button.click().catch(() => {});
    await page.waitForURL(`${base}/console/staff`);
    await touch(false);
    assert.match(await page.locator('main').textContent(), lang === 'ja' ? /パスキー1個/ : /passkeys: 1/);
    await page.goto(`${base}/console/confirm?next=/console/account/passkeys`);
    assert.deepEqual(await axeEverywhere(page, [390, 1280]), []);
    await touch(true);
    await page.locator('form[data-passkey] button').click();
    await page.waitForURL(/account\/passkeys$/);
    await touch(false);
    assert.deepEqual(await axeEverywhere(page, [390, 1280]), []);
    await page.goto(`${base}/console/account`);
    await page.locator('a[href*="/account/passkeys/"]').click();
    assert.deepEqual(await axeEverywhere(page, [390, 1280]), []);
    await page.locator('#name').fill('Desk');
    await page.locator('button[value=name]').click();
    await page.waitForURL(/done=passkey-named/);
    await page.locator('a[href*="/account/passkeys/"]').click();
    await page.locator('button[value=remove]').click();
    await page.waitForURL(/done=passkey-removed/);
    assert.equal(await page.locator('a[href*="/account/passkeys/"]').count(), 0);
    await page.locator('form[action$="/sign-out"] button').click();
    await page.goto(`${base}/console/sign-in`);
    await touch(true);
    await page.locator('form[data-passkey] button').click().catch(() => {});
    await page.locator('.notice[role=alert]:visible').first().waitFor();
    assert.match(page.url(), /sign-in\/passkey$/, 'it lets nobody in any more, and is not offered again at once');
    assert.deepEqual(page.complaints.filter((text) => !text.includes('422')), []);
  });
}

test('an authenticator that answers no is no error, and the same key is not added twice', async () => {
  const { page, touch, base } = await somebody('en');
  await addPasskey(page, base, touch, 'One');
  await page.goto(`${base}/console/account/passkeys`);
  await touch(true);
  await page.locator('form[data-passkey] button').click();
  await page.locator('[data-failed]:visible').waitFor();
  assert.match(page.url(), /account\/passkeys$/, 'the authenticator has one for this account');
  assert.deepEqual(await axeEverywhere(page, [390, 1280]), []);
});

test('without JavaScript and through a tunnel the password is the way', async () => {
  const { page, touch, address, base } = await somebody('en');
  await addPasskey(page, base, touch, 'One');
  const tunnel = base.replace('localhost', '127.0.0.1');
  for (const [javaScriptEnabled, origin] of [[false, base], [true, tunnel]]) {
    const plain = await browser.newContext({ javaScriptEnabled, locale: 'en' });
    const page = await plain.newPage();
    await page.goto(`${origin}/console/sign-in`);
    assert.equal(await page.locator('form[data-passkey]').isVisible(), false);
    await page.locator('#address').fill(address);
    await page.locator('#password').fill(PASSWORD);
    await page.locator('button.main').click();
    await page.waitForURL(/\/console\/inbox$|\/console$/);
    await page.goto(`${origin}/console/account/passkeys`);
    assert.ok(await page.locator('[data-without]').isVisible());
    assert.equal(await page.locator('form[data-passkey]').isVisible(), false);
    await plain.close();
  }
});
