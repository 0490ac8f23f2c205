// The console in a real browser: signing in by keyboard alone, one's account, a second factor,
// colleagues; axe on every page, in both languages, light and dark, on a phone and a desk.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { after, afterEach, before, test } from 'node:test';
import { startBrowser, startHouse } from './house.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const PASSWORD = 'mizu-no-oto/kawazu';
let [house, browser, context] = [];

before(async () => {
  house = await startHouse((form) => form);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await house?.stop();
});
afterEach(async () => { await context?.close(); });

async function somebody(options = {}) {
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error') page.complaints.push(message.text()); });
  return page;
}

/** The link of a new account. */
const invite = (address, ...rest) => JSON.parse(house.run('staff', 'add', address, '--json', ...rest)).link;

/** Chooses a password by a link and is signed in. */
async function chooses(page, link) {
  await page.goto(link);
  await page.locator('#new').fill(PASSWORD);
  await page.locator('#again').fill(PASSWORD);
  await page.locator('button.main').click();
  await page.waitForURL(/\/console\/inbox$/);
}

async function violations(page) {
  await page.addScriptTag({ path: AXE }).catch(async () => {
    // The page's policy lets no script of another origin in; the test may.
    await page.evaluate((await import('node:fs')).readFileSync(AXE, 'utf8'));
  });
  const { violations: found } = await page.evaluate(() => globalThis.axe.run());
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(' ')}`);
}

/** The code an authenticator app shows for a secret as it is written for typing. */
function codeOf(written, at = Date.now()) {
  const symbols = [...written.replaceAll(' ', '').toLowerCase()].map((symbol) => 'abcdefghijklmnopqrstuvwxyz234567'.indexOf(symbol));
  const bits = symbols.map((value) => value.toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const tag = createHmac('sha1', key).update(step).digest();
  return String((tag.readUInt32BE(tag[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

test('a new owner chooses a password and signs in again, by keyboard alone', async () => {
  const page = await somebody();
  await page.goto(invite('keys@example.jp', '--role', 'owner', '--lang', 'en'));
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.className);
  const tabTo = async (what) => {
    for (let presses = 0; presses < 20; presses += 1) {
      await page.keyboard.press('Tab');
      if (await focused() === what) return;
    }
    assert.fail(`Tab never reached ${what}`);
  };
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'skip', 'first a way past the head of the page');
  await tabTo('new');
  await page.keyboard.type('password1234');
  await tabTo('again');
  await page.keyboard.type('password1234');
  await page.keyboard.press('Enter');
  await page.locator('[role=alert]').waitFor();
  assert.match(await page.title(), /^Error/);
  await tabTo('new');
  await page.keyboard.type(PASSWORD);
  await tabTo('again');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/console\/inbox$/);
  await page.getByRole('button', { name: 'Sign out' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  const asked = `${new URL(page.url()).origin}/console/staff`;
  await page.goto(asked);
  assert.match(page.url(), /\/console\/sign-in\?next=/);
  await tabTo('address');
  await page.keyboard.type('keys@example.jp');
  await page.keyboard.press('Tab');
  await page.keyboard.type('wrong');
  await page.keyboard.press('Enter');
  await page.locator('[role=alert]').waitFor();
  assert.equal(await page.locator('#address').inputValue(), 'keys@example.jp');
  await tabTo('password');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL(asked);
  assert.deepEqual(page.complaints.filter((text) => !text.includes('422')), []);
});

test('a second factor is set up from the picture, asked for, and replaced by a recovery code', async () => {
  const page = await somebody();
  await chooses(page, invite('factor@example.jp', '--lang', 'en'));
  await page.getByRole('link', { name: 'Account', exact: true }).click();
  await page.getByRole('link', { name: 'Turn on' }).click();
  const box = await page.locator('.qr svg').boundingBox();
  assert.ok(box.width >= 200 && Math.abs(box.width - box.height) < 2, JSON.stringify(box));
  await page.locator('#code').fill(codeOf(await page.locator('.steps code').textContent()));
  await page.getByRole('button', { name: 'Turn on' }).click();
  const codes = await page.locator('.codes code').allTextContents();
  assert.equal(codes.length, 10);
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await page.locator('#address').fill('factor@example.jp');
  await page.locator('#password').fill(PASSWORD);
  await page.locator('button.main').click();
  await page.waitForURL(/sign-in\/code/);
  assert.deepEqual(await violations(page), []);
  await page.locator('#code').fill(codes[0].toUpperCase());
  await page.locator('button.main').click();
  await page.waitForURL(/\/console\/inbox$/);
  await page.getByRole('link', { name: 'Account', exact: true }).click();
  await page.waitForURL(/\/console\/account$/);
  assert.match(await page.locator('main').textContent(), /Recovery codes left: 9/);
});

for (const [lang, colorScheme, width] of [['ja', 'light', 390], ['en', 'dark', 1280], ['ja', 'dark', 1280], ['en', 'light', 390]]) {
  test(`every page is accessible: ${lang}, ${colorScheme}, ${width} px`, async () => {
    const page = await somebody({ viewport: { width, height: 844 }, colorScheme, locale: lang });
    const address = `${lang}-${colorScheme}@example.jp`;
    const link = invite(address, '--role', 'owner', '--lang', lang);
    const base = new URL(link).origin;
    const seen = async (name) => {
      assert.deepEqual(await violations(page), [], `${name} ${page.url()}`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${name} is too wide`);
      assert.equal(await page.evaluate(() => document.documentElement.lang), lang, name);
    };
    for (const path of ['/console/sign-in', '/console/sign-in/link/gone']) {
      await page.goto(base + path);
      await seen(path);
    }
    await page.goto(link);
    await seen('link');
    await chooses(page, link);
    const one = JSON.parse(house.run('staff', 'list', '--json').split('\n').find((line) => !line.includes(address))).id;
    for (const path of ['account', 'account/second-factor', 'staff', 'staff/new', `staff/${one}`, 'confirm', 'nothing']) {
      await page.goto(`${base}/console/${path}`);
      await seen(path);
    }
    await page.goto(`${base}/console/account`);
    await page.locator('#current').fill('wrong');
    await page.locator('#new').fill('x');
    await page.locator('#again').fill('x');
    await page.locator('form button.main').click();
    await page.locator('[role=alert]').waitFor();
    await seen('account with trouble');
    await page.locator('form.switch button').click();
    await page.waitForFunction((before) => document.documentElement.lang !== before, lang);
  });
}
