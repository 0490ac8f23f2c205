// Takes the pictures of docs/images: form, errors, thanks, the notification and the auto-reply, on a
// phone and a desktop, in Japanese and English. `scripts/screenshots` runs it.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fillContact, startBrowser, startDemo } from './house.mjs';

const out = process.argv[2];
mkdirSync(out, { recursive: true });
const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

const demo = await startDemo();
const browser = await startBrowser();
try {
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const lang of ['ja', 'en']) {
      const context = await browser.newContext({ viewport, deviceScaleFactor: 1, reducedMotion: 'reduce' });
      const page = await context.newPage();
      const shoot = (name) => page.screenshot({ path: join(out, `${name}-${lang}-${size}.png`), fullPage: true });

      await page.goto(`${demo.public}/f/contact?lang=${lang}`);
      await shoot('form');
      await fillContact(page, { email: 'misaki.takasaki', name_family: '', name_given: '' });
      await page.locator('form button[type=submit]').click();
      await page.getByRole('alert').waitFor();
      await shoot('errors');
      await page.locator('[name=name_family]').fill('髙﨑');
      await page.locator('[name=name_given]').fill('美咲');
      await page.locator('[name=email]').fill(`misaki.takasaki@${lang}-${size}.example.co.jp`);
      await page.locator('form button[type=submit]').click();
      await page.waitForURL((url) => !url.pathname.endsWith('/f/contact'));
      await shoot('thanks');
      // Staff read Japanese whatever the visitor's language is, so the notification is shot once.
      if (lang === 'ja') await shootMail(page, 'Notification', () => shoot('mail'));
      await shootMail(page, 'Auto-reply', () => shoot('reply'));
      await context.close();
    }
  }
} finally {
  await browser.close();
  await demo.stop();
}

/** The newest mail of a kind, once it has come. */
async function shootMail(page, kind, shoot) {
  const newest = page.locator('ol.mails li:nth-child(-n+2) a', { hasText: kind });
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    await page.goto(demo.mail);
    if (await newest.count() > 0) {
      await newest.first().click();
      await page.getByRole('link', { name: 'Raw' }).waitFor();
      await shoot();
      return;
    }
  }
  throw new Error(`no ${kind} came`);
}
