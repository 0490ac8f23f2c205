// Takes the pictures of docs/images: form, errors, thanks, confirm screen, steps, the two mails, requests of people
// about their own data, what staff see of leads, their accounts and the mails about those, on a phone and a desktop,
// in Japanese and English.
// `scripts/screenshots` runs it.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LEAD, fillContact, requestLink, startBrowser, startDemo, startHouse, startSite } from './house.mjs';

const out = process.argv[2];
mkdirSync(out, { recursive: true });
const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

const browser = await startBrowser();
try {
  for (const lang of ['ja', 'en']) {
    // Staff read one language, whatever a visitor's is; so each language has a house of its own.
    const demo = await startDemo('--lang', lang);
    try {
      for (const [size, viewport] of Object.entries(SIZES)) await shootVisit(demo, lang, size, viewport);
      for (const [size, viewport] of Object.entries(SIZES)) await shootRequests(demo, lang, size, viewport);
    } finally {
      await demo.stop();
    }
  }
  await shootConsole();
  await shootStaff();
  await shootStaffMails();
  await shootVariants();
  await shootElsewhere();
} finally {
  await browser.close();
}

/** What staff see of the made-up leads: inbox, a lead, the lead revealed, search, dashboard, export. */
async function shootConsole() {
  for (const lang of ['ja', 'en']) {
    const demo = await startDemo('with-leads', '--lang', lang);
    try {
      const context = await browser.newContext({ viewport: SIZES.desktop, reducedMotion: 'reduce', locale: lang });
      const page = await context.newPage();
      await page.goto(demo.signIn);
      await page.locator('main form button').first().click();
      await page.waitForURL(/inbox/);
      for (const [size, viewport] of Object.entries(SIZES)) {
        await page.setViewportSize(viewport);
        const shoot = (name, whole = true) => page.screenshot({ path: join(out, `${name}-${lang}-${size}.png`), fullPage: whole });
        await page.goto(new URL('/console/inbox?view=all', demo.signIn).href);
        // Two months of leads are a long list: what the window shows is the picture.
        await shoot('inbox', false);
        await page.locator('a.open').nth(7).click();
        await page.waitForURL(/leads/);
        await shoot('lead');
        await page.locator('#reason').selectOption('reply');
        await page.locator('button[value=all]').click();
        await page.locator('[data-mask]').first().waitFor();
        await shoot('revealed');
        await page.goto(new URL('/console/search', demo.signIn).href);
        await shoot('search');
        await page.goto(new URL('/console/dashboard', demo.signIn).href);
        await shoot('dashboard');
        await page.goto(new URL('/console/export?view=all', demo.signIn).href);
        await shoot('export');
        await page.goto(new URL('/console/export/clear?view=all&preset=salesforce&reason=handover&format=csv-cp932', demo.signIn).href);
        await Promise.all([page.waitForEvent('download'), page.locator('form[data-export] button').click()]);
        await page.locator('.outcome.complete').waitFor();
        await page.goto(await page.locator('[data-state]').getAttribute('data-state').then((path) => new URL(path, demo.signIn).href));
        await shoot('export-done');
      }
      await shootDesk(page, demo, lang);
      await context.close();
    } finally {
      await demo.stop();
    }
  }
}

/** The privacy desk, a request that waits, retention, and what the audit has of it all. */
async function shootDesk(page, demo, lang) {
  const at = (path) => new URL(`/console/${path}`, demo.signIn).href;
  const pages = { privacy: at('privacy'), retention: at('privacy/retention'), audit: at('audit') };
  for (const [kind, local] of [['erase', 'saori'], ['access', 'tanaka'], ['erase', 'k.sato']]) {
    await page.goto(at('privacy/new'));
    await page.locator(`input[value=${kind}]`).check();
    await page.locator('#address').fill(`${local}@example.co.jp`);
    await page.locator('main button').click();
    await page.waitForURL(/privacy\/ls_/);
    pages['privacy-erase'] = page.url();
    if (local === 'saori') {
      await page.goto(`${page.url()}/carry-out`);
      await page.locator('[name=sure]').check();
      await page.locator('main button').click();
      await page.waitForURL(/done$/);
    }
  }
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const [name, address] of Object.entries(pages)) {
      await page.goto(address);
      // The list of the audit is long: its beginning shows what it is.
      const clip = name === 'audit' ? { x: 0, y: 0, width: viewport.width, height: 1300 } : undefined;
      await page.screenshot({ path: join(out, `${name}-${lang}-${size}.png`), fullPage: true, clip });
    }
  }
}

/** Signing in, one's account with a passkey, and the accounts of staff. */
async function shootStaff() {
  for (const lang of ['ja', 'en']) {
    const house = await startHouse((form) => form, { host: 'localhost' });
    const people = lang === 'ja' ? ['佐藤 花子', '鈴木 一郎', '田中 恵'] : ['Hana Sato', 'Ichiro Suzuki', 'Megumi Tanaka'];
    const add = (address, name, role) => JSON.parse(house.run('staff', 'add', address, '--name', name, '--role', role, '--lang', lang, '--json')).link;
    try {
      const context = await browser.newContext({ viewport: SIZES.desktop, reducedMotion: 'reduce', locale: lang });
      const page = await context.newPage();
      const link = add('hana@example.jp', people[0], 'owner');
      add('ichiro@example.jp', people[1], 'rep');
      add('megumi@example.jp', people[2], 'auditor');
      const shots = async (name) => {
        for (const [size, viewport] of Object.entries(SIZES)) {
          await page.setViewportSize(viewport);
          await page.screenshot({ path: join(out, `${name}-${lang}-${size}.png`), fullPage: true });
        }
      };
      await page.goto(new URL('/console/sign-in', link).href);
      await page.locator('form[data-passkey] button').waitFor();
      await shots('sign-in');
      await page.goto(link);
      await page.locator('#new').fill('mizu-no-oto/kawazu');
      await page.locator('#again').fill('mizu-no-oto/kawazu');
      await page.locator('button.main').click();
      await page.waitForURL(/inbox/);
      const cdp = await context.newCDPSession(page);
      await cdp.send('WebAuthn.enable', { enableUI: false });
      await cdp.send('WebAuthn.addVirtualAuthenticator', {
        options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
      });
      await page.goto(new URL('/console/account/passkeys', link).href);
      await page.locator('#name').fill(lang === 'ja' ? '会社のノートPC' : 'Office laptop');
      await page.locator('form[data-passkey] button').click();
      await page.waitForURL(/done=/);
      await page.goto(new URL('/console/account', link).href);
      await shots('account');
      await page.goto(new URL('/console/staff', link).href);
      await shots('staff');
      await context.close();
    } finally {
      await house.stop();
    }
  }
}

/** The mails to staff: an invitation, and word of a new browser. */
async function shootStaffMails() {
  for (const lang of ['ja', 'en']) {
    const demo = await startDemo('--lang', lang);
    try {
      const context = await browser.newContext({ viewport: SIZES.desktop, reducedMotion: 'reduce', locale: lang });
      const page = await context.newPage();
      await page.goto(demo.signIn);
      await page.locator('main form button').first().click();
      await page.waitForURL(/inbox/);
      await page.goto(new URL('/console/staff/new', demo.signIn).href);
      await page.locator('#name').fill(lang === 'ja' ? '鈴木 一郎' : 'Ichiro Suzuki');
      await page.locator('#address').fill('ichiro@example.jp');
      await page.locator('button.main').click();
      const link = await page.locator('pre code').textContent();
      await page.context().clearCookies();
      await page.goto(link.trim());
      await page.locator('#new').fill('mizu-no-oto/kawazu');
      await page.locator('#again').fill('mizu-no-oto/kawazu');
      const invited = await newestMail(demo, 'ichiro@example.jp', 1);
      await page.locator('button.main').click();
      await page.waitForURL(/inbox/);
      await page.context().clearCookies();
      await page.goto(new URL('/console/sign-in', demo.signIn).href);
      await page.locator('#address').fill('ichiro@example.jp');
      await page.locator('#password').fill('mizu-no-oto/kawazu');
      await page.locator('button.main').click();
      await page.waitForURL(/inbox/);
      const told = await newestMail(demo, 'ichiro@example.jp', 2);
      for (const [name, address] of [['mail-invitation', invited], ['mail-new-device', told]]) {
        for (const [size, viewport] of Object.entries(SIZES)) {
          await page.setViewportSize(viewport);
          await page.goto(address);
          await page.getByRole('link', { name: 'Raw' }).waitFor();
          await page.screenshot({ path: join(out, `${name}-${lang}-${size}.png`), fullPage: true });
        }
      }
      await context.close();
    } finally {
      await demo.stop();
    }
  }
}

/** The address of the page of the newest mail to somebody, once so many have come to them. */
async function newestMail(demo, address, count) {
  for (const end = Date.now() + 10_000; Date.now() < end; await new Promise((done) => setTimeout(done, 50))) {
    const list = await (await fetch(demo.mail)).text();
    const numbers = [...new Set([...list.matchAll(/\/mail\/(\d+)/g)].map((found) => Number(found[1])))].sort((a, b) => b - a);
    const to = [];
    for (const number of numbers) {
      if ((await (await fetch(`${demo.mail}/${number}/raw`)).text()).includes(`To: ${address}`)) to.push(number);
    }
    if (to.length >= count) return `${demo.mail}/${to[0]}`;
  }
  throw new Error(`no mail came to ${address}`);
}

/** What the ready forms do not have: a confirm screen, and steps in two columns in the dark. */
async function shootVariants() {
  const house = await startHouse((form) => form
    .replace('retention_days', 'confirm = "page"\nlayout = "two-column"\nretention_days')
    .replace('id = "inquiry_type"', 'id = "inquiry_type"\nstep = { ja = "ご用件", en = "Your enquiry" }')
    .replace('id = "company"', 'id = "company"\nstep = { ja = "お客様について", en = "About you" }')
    .replace('id = "message"', 'id = "message"\nstep = { ja = "内容", en = "Details" }'));
  try {
    for (const [lang, size, colorScheme] of [['ja', 'phone', 'light'], ['ja', 'desktop', 'light'], ['en', 'desktop', 'dark']]) {
      const context = await browser.newContext({ viewport: SIZES[size], colorScheme, reducedMotion: 'reduce', locale: lang });
      const page = await context.newPage();
      const shoot = (name) => page.screenshot({ path: join(out, `${name}-${lang}-${size}.png`), fullPage: true });
      await page.goto(`${house.public}/f/contact?lang=${lang}`);
      await shoot('steps');
      await fillSteps(page);
      await page.locator('.ls-send button[type=submit]').click();
      await page.locator('.ls-review').waitFor();
      await shoot('confirm');
      await context.close();
    }
  } finally {
    await house.stop();
  }
}

/** Fills the contact form in, going on to the next step where a field is not there yet. */
async function fillSteps(page) {
  const reach = async (name) => {
    const field = page.locator(`[name=${name}]`);
    if (!(await field.isVisible())) await page.locator('.ls-turn button').first().click();
    return field;
  };
  await (await reach('inquiry_type')).selectOption('estimate');
  for (const [name, value] of Object.entries(LEAD)) await (await reach(name)).fill(value);
  await (await reach('privacy')).check();
}

/** On another site; an address to choose; the ready form for events, with an error. */
async function shootElsewhere() {
  const pages = {};
  const site = await startSite(pages);
  const house = await startHouse((form) => form.replace('retention_days', `allowed_origins = ["${site.origin}"]\nretention_days`), { everyForm: true });
  try {
    for (const [lang, size] of [['ja', 'phone'], ['ja', 'desktop'], ['en', 'desktop']]) {
      const context = await browser.newContext({ viewport: SIZES[size], reducedMotion: 'reduce', locale: lang });
      const page = await context.newPage();
      const shoot = (name) => page.screenshot({ path: join(out, `${name}-${lang}-${size}.png`), fullPage: true });
      const ready = () => page.locator('.leadseal[data-ready=yes]').waitFor();
      pages['/'] = { body: around(lang, house.public), policy: `default-src 'none'; style-src 'nonce-n' ${house.public}; script-src ${house.public}; connect-src ${house.public}` };
      await page.goto(site.origin);
      await ready();
      await shoot('embedded');
      await page.goto(`${house.public}/f/document-request?lang=${lang}`);
      await ready();
      await page.locator('[name=delivery][value=paper]').check();
      await page.locator('[name=postal_code]').fill('498-0000');
      await page.locator('[name=postal_code]').blur();
      await page.locator('.ls-choices button').first().waitFor();
      await shoot('address');
      await page.goto(`${house.public}/f/event-registration?lang=${lang}`);
      await ready();
      await page.locator('.ls-send button').click();
      await page.getByRole('alert').waitFor();
      await shoot('event');
      await context.close();
    }
  } finally {
    await house.stop();
    await site.stop();
  }
}

/** A plain page of a company, with its own type and colours, and the form in it. */
function around(lang, base) {
  const words = lang === 'ja' ? ['サンプル株式会社', 'お問い合わせ', '製品についてのご質問をお寄せください。'] : ['Sample Inc.', 'Contact', 'Ask us about our products.'];
  return `<!doctype html><html lang="${lang}"><meta name="viewport" content="width=device-width"><title>${words[0]}</title>
    <style nonce="n">body{margin:0;font:17px/1.8 "Noto Serif CJK JP",serif;background:#fff;color:#222}header{background:#223;color:#fff;padding:1.2rem 2rem}main{max-width:42rem;margin:2.5rem auto;padding:0 1.25rem}</style>
    <header>${words[0]}</header><main><h1>${words[1]}</h1><p>${words[2]}</p>
    <script src="${base}/embed.js" data-form="contact" data-lang="${lang}" async></script></main>`;
}

/** One visitor's way, and the two mails it makes. */
async function shootVisit(demo, lang, size, viewport) {
  const context = await browser.newContext({ viewport, deviceScaleFactor: 1, reducedMotion: 'reduce', locale: lang });
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
  await openMail(page, demo, 'Auto-reply');
  await shoot('reply');
  await openMail(page, demo, 'Notification');
  await shoot('mail');
  await context.close();
}

/** A person sees what is held of them, and has it erased. */
async function shootRequests(demo, lang, size, viewport) {
  const context = await browser.newContext({ viewport, deviceScaleFactor: 1, reducedMotion: 'reduce', locale: lang });
  const page = await context.newPage();
  const shoot = (name) => page.screenshot({ path: join(out, `${name}-${lang}-${size}.png`), fullPage: true });
  for (const [kind, picture] of [['access', 'held'], ['erase', 'erased']]) {
    await page.goto(await requestLink(demo, page, kind, lang, `misaki.${kind}.${size}@example.co.jp`));
    await shoot(`request-${kind}`);
    await page.locator('main button').click();
    await page.locator('main dl').first().waitFor();
    await shoot(`request-${picture}`);
  }
  await context.close();
}

/** The newest mail of a kind, once it has come. */
async function openMail(page, demo, kind) {
  const newest = page.locator('ol.mails li:nth-child(-n+2) a', { hasText: kind });
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    await page.goto(demo.mail);
    if (await newest.count() > 0) {
      await newest.first().click();
      await page.getByRole('link', { name: 'Raw' }).waitFor();
      return;
    }
  }
  throw new Error(`no ${kind} came`);
}
