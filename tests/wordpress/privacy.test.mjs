// WordPress's own tools for personal data, used as an administrator and a visitor use them: request,
// confirmation by mail, export as ZIP, erasure. The ZIP holds a sentence and a receipt, and no value;
// the person gets Leadseal's one-time link by mail and does the rest there.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { LEAD, VERSIONS, eventually, exported, scanAll, startBrowser, startPair } from './house.mjs';

/** What the visitor typed, in the name of which WordPress is asked later. The address itself is known to WordPress then. */
const { email: ADDRESS, ...REST } = LEAD;
/** The scanner needs eight bytes to tell a value from noise. */
const SECRETS = Object.fromEntries(Object.entries(REST).filter(([, value]) => Buffer.byteLength(value) >= 8));

/** Sends a lead straight to Leadseal, as a page's script does. */
async function send(leadseal) {
  const { name_family: family, name_given: given, kana_family: kf, kana_given: kg, ...rest } = LEAD;
  const answer = await fetch(`${leadseal.public}/f/contact`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ ...rest, name_family: family, name_given: given, kana_family: kf, kana_given: kg, inquiry_type: 'estimate', privacy: '1' }),
  });
  assert.equal(answer.status, 200, await answer.text());
  await eventually(() => exported(leadseal).some((lead) => JSON.stringify(lead).includes(ADDRESS)), 'the lead at the desk');
}

/** The links by which the visitor confirms, in the mails that WordPress wrote. */
const CONFIRM = /http\S+action=confirmaction\S+/;
const links = (mails) => mails.map(({ to, text }) => to?.includes(ADDRESS) && CONFIRM.exec(text)?.[0]).filter(Boolean);

for (const version of VERSIONS) {
  describe(`WordPress ${version}`, () => {
    let pair;
    let browser;
    let admin;
    before(async () => {
      // Japanese on the older one, English on the newer: the policy's and the mails' language is the site's.
      pair = await startPair({ version, lang: version === '6.1' ? 'ja' : '' });
      browser = await startBrowser();
      admin = await browser.newPage();
      admin.setDefaultTimeout(20_000);
      await pair.wordpress.login(admin);
    });
    after(async () => {
      await browser?.close();
      await pair?.stop();
    });

    /** Requests as an administrator, confirms as the visitor; gives the row's selector on the tool's page. */
    async function confirmed(tool) {
      const { wordpress } = pair;
      const before = links(wordpress.mails());
      await admin.goto(`${wordpress.url}/wp-admin/${tool}.php`);
      await admin.locator('#username_or_email_for_privacy_request').fill(ADDRESS);
      await admin.locator('.wp-privacy-request-form #submit').click();
      await admin.locator('.notice-success, .updated').first().waitFor();
      const kind = tool.startsWith('export') ? 'export_personal_data' : 'remove_personal_data';
      const link = await eventually(() => links(wordpress.mails()).find((one) => !before.includes(one)), 'the mail that asks to confirm');
      const visitor = await browser.newContext();
      const page = await visitor.newPage();
      await page.goto(link.replace(/&amp;/g, '&'));
      await visitor.close();
      const status = wordpress.ask(`array_map( function ( $post ) { return array( $post->post_name, $post->post_status ); }, get_posts( array( 'post_type' => 'user_request', 'post_status' => 'any', 'numberposts' => 1 ) ) )`);
      assert.deepEqual(status, [[kind, 'request-confirmed']]);
      await admin.goto(`${wordpress.url}/wp-admin/${tool}.php`);
    }

    /** Presses the tool's button in the newest row. WordPress shows it when the row is pointed at. */
    const press = (handle) => admin.locator(handle).first().evaluate((button) => button.click());
    const results = () => admin.locator('.request-results').first();

    test('the suggested policy tells the forms, in the site’s language', async () => {
      const { wordpress, leadseal } = pair;
      wordpress.php('Leadseal_Forms::refresh();');
      await admin.goto(`${wordpress.url}/wp-admin/options-privacy.php?tab=policyguide`);
      const text = await admin.locator('.privacy-text-section, .policy-text, .privacy-settings-accordion-panel', { hasText: 'Leadseal' }).last().textContent();
      const host = new URL(leadseal.public).hostname;
      const wanted = version === '6.1'
        ? ['フォームから送信される情報', '「お問い合わせ」', 'メールアドレス（必須）', '送信から365日間', '製品・サービスやイベントのご案内', host]
        : ['What you send through our forms', '“Contact us”', 'Email address (required)', '365 days from sending', 'news about our products', host];
      for (const words of wanted) assert.ok(text.includes(words), `${words} in\n${text}`);
      const general = wordpress.ask("array( Leadseal_Policy::text( 'ja', '', array() ), Leadseal_Policy::text( 'en', '', array() ) )");
      assert.match(general[0], /当社が管理するサーバーで処理し/);
      assert.match(general[1], /kept on a server that we run\./);
    });

    test('while Leadseal is away, the tools say so and the request stays open', async () => {
      const { wordpress, leadseal } = pair;
      await send(leadseal);
      await leadseal.halt();

      await confirmed('export-personal-data');
      await press('.export-personal-data-handle');
      await results().waitFor({ timeout: 60_000 });
      assert.match(await results().textContent(), /127\.0\.0\.1/);
      assert.ok(!(await results().textContent()).includes('[object'), 'a sentence and not an object');

      await confirmed('erase-personal-data');
      await press('.remove-personal-data-handle');
      await results().getByText('127.0.0.1').waitFor({ timeout: 60_000 });

      await leadseal.restart();
      const open = wordpress.ask("array_map( function ( $post ) { return $post->post_status; }, get_posts( array( 'post_type' => 'user_request', 'post_status' => 'any', 'numberposts' => 9 ) ) )");
      assert.deepEqual(open, ['request-confirmed', 'request-confirmed'], 'nobody was told that it is done');
    });

    test('the export: a ZIP with a sentence and a receipt, a mail with a link to what is held', async () => {
      const { wordpress, leadseal } = pair;
      await admin.goto(`${wordpress.url}/wp-admin/export-personal-data.php`);
      const download = admin.waitForEvent('download', { timeout: 60_000 });
      await press('.export-personal-data-handle');
      const zip = await (await download).path();
      const html = execFileSync('unzip', ['-p', zip], { encoding: 'utf8' });
      assert.match(html, version === '6.1' ? /一度限りのリンクを、Leadseal からこのアドレスに送りました/ : /Leadseal has sent a one-time link to this address/);
      assert.match(html, /<td>ls_[a-z2-7]{20,}<\/td>/, 'the receipt');
      for (const value of Object.values(SECRETS)) assert.ok(!html.includes(value), 'no value');

      const mail = await eventually(() => leadseal.sink.messages.find(({ to, text }) => String(to).includes(ADDRESS) && /\/r\/\S+/.test(text)), 'Leadseal’s mail');
      const visitor = await browser.newPage();
      await visitor.goto(/https?:\/\/\S+\/r\/[^\s"<>]+/.exec(mail.text)[0]);
      assert.ok(!(await visitor.content()).includes(SECRETS.message), 'a link that is only looked at shows nothing');
      await visitor.locator('form [type=submit]').first().click();
      await visitor.getByText(SECRETS.message).first().waitFor();
      await visitor.close();
    });

    test('the erasure: a sentence for the administrator, a mail with a link, gone when its owner confirms', async () => {
      const { wordpress, leadseal } = pair;
      const seen = leadseal.sink.messages.length;
      await admin.goto(`${wordpress.url}/wp-admin/erase-personal-data.php`);
      await press('.remove-personal-data-handle');
      await results().waitFor({ timeout: 60_000 });
      const sentence = await results().textContent();
      assert.match(sentence, version === '6.1' ? /持ち主がリンク先で確認すると.*受付番号: ls_/s : /owner of the address confirms there.*Receipt: ls_/s);
      for (const value of Object.values(SECRETS)) assert.ok(!sentence.includes(value));
      assert.ok(exported(leadseal).some((lead) => JSON.stringify(lead).includes(ADDRESS)), 'not before the owner of the address confirms');
      const second = version === '6.1' ? /別途お送りするメール/ : /You receive a second mail about it/;
      assert.ok(wordpress.mails().some(({ to, text }) => to?.includes(ADDRESS) && second.test(text)), 'WordPress’s own mail says what is still to do');

      const mail = await eventually(() => leadseal.sink.messages.slice(seen).find(({ to, text }) => String(to).includes(ADDRESS) && /\/r\/\S+/.test(text)), 'Leadseal’s second mail');
      const visitor = await browser.newPage();
      await visitor.goto(/https?:\/\/\S+\/r\/[^\s"<>]+/.exec(mail.text)[0]);
      await visitor.locator('form [type=submit]').first().click();
      await eventually(() => !exported(leadseal).some((lead) => JSON.stringify(lead).includes(ADDRESS)), 'the erasure');
      await visitor.close();
    });

    test('a site that is not connected offers neither; nothing of a visitor was written anywhere', () => {
      const { wordpress } = pair;
      // The ZIP under uploads, which is compressed, was looked into above. Once is enough: it takes a while.
      if (version === VERSIONS[0]) assert.deepEqual(scanAll(wordpress, SECRETS), []);
      wordpress.connect({});
      assert.deepEqual(wordpress.ask("array( isset( apply_filters( 'wp_privacy_personal_data_exporters', array() )['leadseal'] ), isset( apply_filters( 'wp_privacy_personal_data_erasers', array() )['leadseal'] ) )"), [false, false]);
    });
  });
}
