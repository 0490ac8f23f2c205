// Takes the pictures of docs/images that show WordPress: settings, the first steps, the editor, pages in
// a block theme and a classic theme, bridges, Site Health. `scripts/screenshots` runs it:
// `screenshots.mjs FOLDER [VERSION]`. Refuses to show an address or key of a real installation.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, eventually, quote, startBrowser, startPair } from './house.mjs';

const [out, version = '6.8'] = process.argv.slice(2);
if (!out) {
  console.error('Usage: screenshots.mjs FOLDER [VERSION]');
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } };
const TITLES = { ja: 'お問い合わせ', en: 'Contact' };
const LEAD_IN = {
  ja: '<!-- wp:paragraph --><p>製品や導入についてのご質問は、こちらのフォームからお送りください。</p><!-- /wp:paragraph -->',
  en: '<!-- wp:paragraph --><p>Questions about our products and how to begin? Send them with this form.</p><!-- /wp:paragraph -->',
};

const browser = await startBrowser();
try {
  for (const lang of ['ja', 'en']) await shoot(lang);
} finally {
  await browser.close();
}

async function shoot(lang) {
  const pair = await startPair({ version, lang: lang === 'ja' ? 'ja' : '', connect: false });
  const { wordpress, leadseal, key } = pair;
  const picture = (page, name, options = {}) => page.screenshot({ path: join(out, `wordpress-${name}-${lang}-${options.size ?? 'desktop'}.png`), fullPage: options.fullPage ?? true });
  try {
    wordpress.php(`update_option( 'blogname', ${lang === 'ja' ? "'サンプル株式会社'" : "'Sample Inc.'"} ); update_option( 'blogdescription', '' );`);
    const context = await browser.newContext({ viewport: SIZES.desktop, locale: lang, reducedMotion: 'reduce' });
    const admin = await context.newPage();
    await wordpress.login(admin);
    await steps(admin, { lang, wordpress, leadseal, key, picture });
    await visitors(lang, wordpress, picture);
    await editor(admin, lang, wordpress, picture);
    await bridges(admin, lang, wordpress, picture);
    await health(admin, wordpress, picture);
    await context.close();
    await away(lang, wordpress, leadseal, picture);
  } finally {
    await pair.stop();
  }
}

/** Connecting, choosing a form, the page with it; then the settings as they stand. */
async function steps(admin, { lang, wordpress, leadseal, key, picture }) {
  const go = (page) => admin.goto(`${wordpress.url}/wp-admin/admin.php?page=${page}`);
  await go('leadseal-start');
  await admin.locator('#leadseal-start-address').fill(leadseal.public);
  await admin.locator('#leadseal-start-key').fill(key);
  await picture(admin, 'connect', { fullPage: false });
  await admin.locator('#submit').click();
  await admin.locator('[name=form][value=contact]').check();
  await admin.locator('#leadseal-start-title').fill(TITLES[lang]);
  await picture(admin, 'pick', { fullPage: false });
  await admin.locator('#submit').click();
  await admin.waitForURL(/made=\d+/);
  await picture(admin, 'page', { fullPage: false });
  await go('leadseal');
  await admin.locator('#leadseal-fallback').fill(lang === 'ja' ? 'お急ぎの方はお電話ください：03-1234-5678（平日9時〜17時）' : 'In a hurry? Call 03-1234-5678 (weekdays, 9 to 17).');
  await admin.locator('#submit').click();
  await admin.locator('.leadseal-findings').first().waitFor();
  await picture(admin, 'settings');
}

/** The form as visitors meet it, by theme and size. */
async function visitors(lang, wordpress, picture) {
  for (const theme of ['block', 'classic']) {
    wordpress.theme(theme);
    const { url } = wordpress.publish(TITLES[lang], `${LEAD_IN[lang]}<!-- wp:leadseal/form {"form":"contact","lang":"${lang}"} /-->`);
    await fetch(url); // the first view fetches the form
    for (const [size, viewport] of Object.entries(SIZES)) {
      const context = await browser.newContext({ viewport, locale: lang, reducedMotion: 'reduce' });
      const page = await context.newPage();
      await page.goto(url, { waitUntil: 'networkidle' });
      await page.locator('.ls-form').waitFor();
      await picture(page, `${theme}-theme`, { size });
      await context.close();
    }
  }
  wordpress.theme('block');
}

/** The block among others, with its settings beside it. */
async function editor(admin, lang, wordpress, picture) {
  const { id } = wordpress.publish(TITLES[lang], `${LEAD_IN[lang]}<!-- wp:leadseal/form {"form":"contact","lang":"${lang}"} /-->`);
  await admin.goto(`${wordpress.url}/wp-admin/post.php?post=${id}&action=edit`);
  const canvas = await admin.locator('iframe[name=editor-canvas]').waitFor({ timeout: 15_000 }).then(() => admin.frameLocator('iframe[name=editor-canvas]'), () => admin);
  await canvas.locator('.wp-block-leadseal-form .ls-form [name=email]').waitFor();
  await admin.evaluate(() => {
    const { select, dispatch } = window.wp.data;
    dispatch('core/block-editor').selectBlock(select('core/block-editor').getBlocks().find(({ name }) => name === 'leadseal/form').clientId);
  });
  await admin.locator('.block-editor-block-inspector select').first().waitFor();
  await eventually(() => canvas.locator('.wp-block-leadseal-form .ls-form [name=email]').evaluate((at) => at.getBoundingClientRect().height >= 40), 'the preview in its own style');
  await picture(admin, 'editor', { fullPage: false });
}

/** A plugin that keeps what it is sent, and its bridge. */
async function bridges(admin, lang, wordpress, picture) {
  for (const folder of ['contact-form-7', 'flamingo']) wordpress.install(join(ROOT, 'tests/wordpress/doubles', folder));
  const tags = lang === 'ja'
    ? '<label> お名前 [text* your-name] </label> <label> 会社名 [text your-company] </label> <label> メールアドレス [email* your-email] </label> <label> お問い合わせ内容 [textarea* your-message] </label> [acceptance agree] 個人情報の取り扱いに同意します。 [/acceptance] [submit "送信"]'
    : '<label> Your name [text* your-name] </label> <label> Company [text your-company] </label> <label> E-mail [email* your-email] </label> <label> Message [textarea* your-message] </label> [acceptance agree] I agree to the privacy policy. [/acceptance] [submit "Send"]';
  wordpress.php(`$id = wp_insert_post( array( 'post_type' => 'wpcf7_contact_form', 'post_status' => 'publish', 'post_title' => ${quote(TITLES[lang])} ) ); update_post_meta( $id, '_form', wp_slash( ${quote(tags)} ) ); update_post_meta( $id, '_locale', ${quote(lang)} );`);
  await admin.goto(`${wordpress.url}/wp-admin/admin.php?page=leadseal-bridges`);
  await admin.locator('a.row-title').first().waitFor();
  await picture(admin, 'bridges', { fullPage: false });
  await admin.locator('a.row-title').first().click();
  await admin.locator('.wrap select').first().selectOption('contact');
  await admin.locator('.wrap select + button, .wrap select + .button, .wrap select ~ input[type=submit]').first().click();
  await eventually(async () => await admin.locator('.wrap select').count() > 3, 'the fields beside each other');
  await picture(admin, 'bridge');
}

/** Site Health once its tests have answered. */
async function health(admin, wordpress, picture) {
  await admin.goto(`${wordpress.url}/wp-admin/site-health.php`);
  await admin.locator('.site-health-progress-wrapper:not(.loading)').waitFor({ timeout: 60_000 });
  const own = admin.locator('.health-check-accordion-trigger:has(.badge:has-text("Leadseal"))');
  if (await own.count()) await own.first().click();
  await admin.evaluate(() => window.scrollTo(0, 0));
  await picture(admin, 'health');
}

/** What visitors see while Leadseal can't be reached. */
async function away(lang, wordpress, leadseal, picture) {
  const { url } = wordpress.publish(TITLES[lang], `${LEAD_IN[lang]}<!-- wp:leadseal/form {"form":"newsletter","lang":"${lang}"} /-->`);
  await leadseal.halt();
  const context = await browser.newContext({ viewport: SIZES.phone, locale: lang, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('.leadseal-fallback').waitFor();
  await picture(page, 'away', { size: 'phone' });
  await context.close();
}
