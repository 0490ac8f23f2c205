// Site Health and `wp leadseal`: the right states for a site that is well and for each way in which it
// is not, what the scan counts, and that it shows no value. WP-CLI is a double (support/wp-cli.php);
// the commands, the database and Leadseal are real.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, VERSIONS, quote, startBrowser, startLeadseal, startPair } from './house.mjs';

const CLI = join(ROOT, 'tests', 'wordpress', 'support', 'wp-cli.php');

/** What was planted, and must be counted and never shown. */
const PLANTED = { email: 'himitsu.hanako@example.co.jp', phone: '０９０－７７７７－８８８８', other: 'kakushi.jiro@example.ne.jp' };

/** Runs `wp leadseal …`; gives status, stdout, stderr. */
const wp = (wordpress, ...words) => wordpress.phpFile(CLI, 'leadseal', ...words);
const wpJson = (wordpress, ...words) => JSON.parse(wp(wordpress, ...words, '--format=json').stdout);

/** The results of our Site Health tests by name, or of those named, as WordPress itself runs them in its scheduled check. */
const health = (wordpress, ...names) => JSON.parse(wordpress.php(`
  wp_set_current_user( 1 );
  $names = ${names.length ? `array( ${names.map(quote).join(', ')} )` : 'null'};
  $all   = array();
  foreach ( apply_filters( 'site_status_tests', array( 'direct' => array(), 'async' => array() ) ) as $kind => $tests ) {
    foreach ( $tests as $name => $test ) {
      $name = 0 === strpos( $name, 'leadseal_' ) ? substr( $name, 9 ) : '';
      if ( '' !== $name && ( null === $names || in_array( $name, $names, true ) ) ) {
        $all[ $name ] = call_user_func( 'direct' === $kind ? $test['test'] : $test['async_direct_test'] );
      }
    }
  }
  echo wp_json_encode( $all );`));
const states = (results) => Object.fromEntries(Object.entries(results).map(([name, { status }]) => [name, status]));

/** A plugin's directory with a main file that does nothing: only its being active is looked at. */
const pretend = (wordpress, name) => wordpress.php(`
  mkdir( WP_PLUGIN_DIR . ${quote(`/${name}`)} );
  file_put_contents( WP_PLUGIN_DIR . ${quote(`/${name}/${name}.php`)}, "<?php\\n/* Plugin Name: ${name} */\\n" );
  wp_clean_plugins_cache();
  $done = activate_plugin( ${quote(`${name}/${name}.php`)} );
  if ( is_wp_error( $done ) ) { throw new Exception( $done->get_error_message() ); }`);

for (const version of VERSIONS) {
  describe(`WordPress ${version}`, () => {
    let pair;
    before(async () => { pair = await startPair({ version, lang: 'en' }); });
    after(() => pair?.stop());

    test('a site that is well: every test of the connection is good, and the commands say so', () => {
      const { wordpress, leadseal, key } = pair;
      const results = health(wordpress);
      assert.deepEqual(
        { ...states(results), updates: '' },
        { reachable: 'good', key: 'good', clock: 'good', origins: 'good', storing: 'good', found: 'good', authors: 'recommended', login: 'recommended', xmlrpc: 'recommended', updates: '' },
      );
      for (const result of Object.values(results)) {
        assert.equal(result.badge.label, 'Leadseal');
        assert.ok(!JSON.stringify(result).includes(key.slice(13)), 'the key is not shown');
      }

      const status = wpJson(wordpress, 'status');
      assert.equal(status.state, 'ok');
      assert.equal(status.address, leadseal.public);
      assert.equal(status.key, key.slice(4, 12));
      assert.equal(status.site, 'main');
      assert.equal(status.forms, 4);
      assert.ok(Math.abs(status.clock_ahead) <= 1);
      const shown = wp(wordpress, 'status');
      assert.equal(shown.status, 0, shown.stderr);
      assert.match(shown.stdout, /\| site +\| main +\|/);
      assert.ok(!shown.stdout.includes(key.slice(13)));

      const forms = wpJson(wordpress, 'forms');
      assert.deepEqual(forms.map(({ id }) => id).sort(), ['contact', 'document-request', 'event-registration', 'newsletter']);
      for (const form of forms) assert.equal(form.from_here, 'yes');

      const tried = wp(wordpress, 'test', '--format=json');
      assert.equal(tried.status, 0, tried.stdout + tried.stderr);
      const answers = JSON.parse(tried.stdout);
      for (const { what, state, answer } of answers) assert.equal(state, 'good', `${what}: ${answer}`);
      assert.equal(answers.filter(({ what }) => what.startsWith('form ')).length, 4);
      assert.equal(JSON.parse(wp(wordpress, 'test', 'no-such', '--format=json').stdout).at(-1).state, 'bad');
      assert.equal(leadseal.run('leads', 'list', '--json').split('\n').filter(Boolean).length, 0, 'nothing was stored');
    });

    test('Site Health shows it in the browser; the section under Info holds no secret', async () => {
      const { wordpress, key } = pair;
      const browser = await startBrowser();
      try {
        const page = await browser.newPage({ locale: 'en' });
        await wordpress.login(page);
        await page.goto(`${wordpress.url}/wp-admin/site-health.php`);
        const heading = (list, words) => page.locator(`${list} .health-check-accordion-heading`, { hasText: words });
        await heading('#health-check-issues-recommended', 'Login names can be read off this site').waitFor({ timeout: 60_000 });
        await heading('#health-check-issues-recommended', 'XML-RPC is open').waitFor({ timeout: 60_000 });
        await page.locator('.site-health-view-passed').click();
        for (const words of ['Leadseal answers', 'Leadseal knows this site’s key', 'The clocks of this server and Leadseal agree', 'Every form may be sent from this site', 'No plugin stores submissions', 'No submissions lie']) {
          await heading('#health-check-site-status-good', words).first().waitFor({ timeout: 60_000 });
        }
        const login = heading('#health-check-issues-recommended', 'The login page is at its usual address');
        await login.locator('button').click();
        const panel = page.locator('.health-check-accordion-panel:visible');
        await panel.getByText('SiteGuard WP Plugin does both').waitFor();
        assert.match(await panel.locator('.actions a').getAttribute('href'), /plugin-install\.php\?s=SiteGuard/);

        await page.goto(`${wordpress.url}/wp-admin/site-health.php?tab=debug`);
        const info = await page.locator('#health-check-accordion-block-leadseal').innerHTML();
        assert.ok(info.includes(key.slice(4, 12)) && !info.includes(key.slice(13)), 'id of the key, and not the key');

        wordpress.php("update_user_meta( 1, 'locale', 'ja' );");
        await page.goto(`${wordpress.url}/wp-admin/site-health.php`);
        await heading('#health-check-issues-recommended', 'ログイン名が外部から分かる状態です').waitFor({ timeout: 60_000 });
        wordpress.php("delete_user_meta( 1, 'locale' );");

        const stranger = await browser.newContext();
        const asked = await stranger.request.get(`${wordpress.url}/?rest_route=/leadseal/v1/health/found`);
        assert.equal(asked.status(), 401, 'the tests are for administrators');
      } finally {
        await browser.close();
      }
    });

    test('what is exposed is really asked for: it is good once it is closed', () => {
      const { wordpress } = pair;
      assert.match(health(wordpress, 'authors').authors.description, /REST.*sitemap/s);
      wordpress.php("global $wpdb; $wpdb->update( $wpdb->users, array( 'user_nicename' => 'hensyubu' ), array( 'ID' => 1 ) ); clean_user_cache( 1 );");
      wordpress.mustUse('closed.php', `<?php
        add_filter( 'xmlrpc_methods', function ( $methods ) { unset( $methods['pingback.ping'] ); return $methods; } );
        add_filter( 'xmlrpc_enabled', '__return_false' );
        add_action( 'login_init', function () { wp_die( 'moved', '', array( 'response' => 404 ) ); } );`);
      const closed = states(health(wordpress, 'authors', 'login', 'xmlrpc'));
      assert.deepEqual([closed.authors, closed.login, closed.xmlrpc], ['good', 'good', 'good']);
      wordpress.mustUse('closed.php', '<?php');
    });

    test('updates that wait are counted', () => {
      const { wordpress } = pair;
      wordpress.php(`
        set_site_transient( 'update_core', (object) array( 'updates' => array( (object) array( 'response' => 'latest' ) ), 'last_checked' => time() ) );
        set_site_transient( 'update_plugins', (object) array( 'response' => array(), 'last_checked' => time() ) );
        set_site_transient( 'update_themes', (object) array( 'response' => array(), 'last_checked' => time() ) );`);
      assert.equal(health(wordpress, 'updates').updates.status, 'good');
      wordpress.php("set_site_transient( 'update_plugins', (object) array( 'response' => array( 'a/a.php' => 1, 'b/b.php' => 1 ), 'last_checked' => time() ) );");
      const waiting = health(wordpress, 'updates').updates;
      assert.equal(waiting.status, 'critical');
      assert.match(waiting.description, /2 plugins/);
      wordpress.php("delete_site_transient( 'update_plugins' ); delete_site_transient( 'update_core' );");
      assert.equal(health(wordpress, 'updates').updates.status, 'recommended', 'nobody looked yet');
    });

    test('plugins that store are named, with the way out', () => {
      const { wordpress } = pair;
      pretend(wordpress, 'ninja-forms');
      pretend(wordpress, 'fluent-smtp');
      const { status, description } = health(wordpress, 'storing').storing;
      assert.equal(status, 'recommended');
      assert.match(description, /Ninja Forms keeps submissions: put a Leadseal form/);
      assert.match(description, /FluentSMTP can keep the mails/);
      wordpress.php("deactivate_plugins( array( 'ninja-forms/ninja-forms.php', 'fluent-smtp/fluent-smtp.php' ) );");
    });

    // What Leadseal says of clocks and origins is the same to every WordPress.
    test('another clock, another site', { skip: version !== VERSIONS[0] }, async () => {
      const { wordpress, leadseal, key } = pair;
      const late = await startLeadseal([wordpress.url], { clock: '-10m' });
      try {
        wordpress.connect({ address: late.public, key: late.siteKey() });
        const { status, stderr } = wp(wordpress, 'status');
        assert.equal(status, 1);
        assert.match(stderr, /^Error: This server’s clock is \d+ seconds ahead/);
        const found = health(wordpress, 'clock').clock;
        assert.equal(found.status, 'critical');
        assert.match(found.label, /\b(59\d|60\d) seconds apart/);
      } finally {
        await late.stop();
      }

      const strange = await startLeadseal(['https://elsewhere.example.jp']);
      try {
        wordpress.connect({ address: strange.public, key: strange.siteKey() });
        const found = health(wordpress, 'origins').origins;
        assert.equal(found.status, 'critical');
        assert.ok(found.description.includes(`allowed_origins = [&quot;${wordpress.url}&quot;]`), found.description);
        assert.deepEqual(wpJson(wordpress, 'forms').map(({ from_here: may }) => may), ['no', 'no', 'no', 'no']);
        assert.equal(wp(wordpress, 'test').status, 1);
      } finally {
        await strange.stop();
      }
      wordpress.connect({ address: leadseal.public, key });
    });

    test('each way of not being well has its state, its sentence and its exit status', async () => {
      const { wordpress, leadseal, key } = pair;
      const failing = (state) => {
        const { status, stdout, stderr } = wp(wordpress, 'status', '--format=json');
        assert.equal(status, 1);
        assert.equal(JSON.parse(stdout).state, state);
        assert.match(stderr, /^Error: ./);
        return stderr;
      };

      wordpress.connect({ address: leadseal.public, key: `lsk_${key.slice(4, 12)}_${'A'.repeat(43)}` });
      failing('leadseal_bad_signature');
      wordpress.connect({ address: leadseal.public, key: `lsk_aaaaaaaa_${'A'.repeat(43)}` });
      failing('leadseal_unknown_key');
      const unknown = states(health(wordpress, 'reachable', 'key'));
      assert.deepEqual([unknown.reachable, unknown.key], ['good', 'critical']);

      wordpress.connect({ address: leadseal.public, key });
      assert.equal(wp(wordpress, 'forms').status, 0);
      await leadseal.halt();
      assert.match(failing('leadseal_unreachable'), /refused the connection/);
      const away = states(health(wordpress, 'reachable', 'key', 'clock'));
      assert.deepEqual([away.reachable, away.key, away.clock], ['critical', 'recommended', 'recommended']);
      const kept = wp(wordpress, 'forms', '--format=json');
      assert.equal(kept.status, 0, 'the list that is kept is shown');
      assert.match(kept.stderr, /last fetched/);
      assert.equal(JSON.parse(kept.stdout).length, 4);
      await leadseal.restart();

      wordpress.connect({});
      failing('leadseal_not_connected');
      const alone = states(health(wordpress, 'reachable', 'key'));
      assert.equal(alone.reachable, 'recommended');
      assert.equal(alone.key, undefined, 'a key that is not there is not tested');
      wordpress.connect({ address: leadseal.public, key });
    });

    test('options that there are not are refused; help explains', () => {
      const { wordpress } = pair;
      const wrong = wp(wordpress, 'scan', '--groups=forms,nix');
      assert.equal(wrong.status, 1);
      assert.match(wrong.stderr, /There is no group nix/);
      assert.equal(wp(wordpress, 'scan', '--format=xml').status, 1);
      assert.match(wordpress.phpFile(CLI, 'help', 'leadseal', 'scan').stdout, /--no-fail/);
    });

    test('the patterns know how people write', () => {
      const { wordpress } = pair;
      const phones = ['03-1234-5678', '(03) 1234-5678', '03（1234）5678', '０３－１２３４－５６７８', '09012345678', '電話は090‐1234‐5678です', '0120-123-456', '0467-12-3456', '04992-1-2345', '+81 90-1234-5678', '+1 (415) 555-2671', 's:11:"09012345678";', '"\\u96fb\\u8a71090-1234-5678\\u3067"', '"\\uff10\\uff13-\\uff11\\uff12\\uff13\\uff14-\\uff15\\uff16\\uff17\\uff18"', '電話\\n090-1234-5678', '090ー1234ー5678'];
      const noPhones = ['2026-11-25 08:31:09', '1700000000', '0.12345678 1700000000', '01-02-2026', '498-0000', 'ls_0123456789abcdefghjkmnpqrs', '0000012345', '978-4-12-345678-4', '192.168.0.1', '550e8400-e29b-41d4-a716-446655440000', '2026-11-25T08:00:00+09:00'];
      const emails = ['taro@example.jp', 's:15:"taro@example.jp"', 'a.b+c@mail.example.co.jp', 'ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ', 'taro%40example.jp', 'taro&#64;example.jp', '"taro\\uff20example.jp"'];
      const noEmails = ['@media screen{.a}', 'セミナー＠東京', 'a @ b', 'user@localhost'];
      const matched = wordpress.ask(`array_map( function ( $one ) { global $wpdb; return (int) $wpdb->get_var( $wpdb->prepare( 'SELECT CONVERT( %s USING utf8mb4 ) REGEXP %s', $one[0], 'e' === $one[1] ? Leadseal_Scan::email_pattern() : Leadseal_Scan::phone_pattern() ) ); }, json_decode( ${quote(JSON.stringify([...[...phones, ...noPhones].map((text) => [text, 'p']), ...[...emails, ...noEmails].map((text) => [text, 'e'])]))} ) )`);
      const texts = [...phones, ...noPhones, ...emails, ...noEmails];
      const wanted = [...phones.map(() => 1), ...noPhones.map(() => 0), ...emails.map(() => 1), ...noEmails.map(() => 0)];
      assert.deepEqual(texts.filter((_, at) => matched[at] !== wanted[at]), []);
    });

    test('a scan finds what was planted, counts it right, and shows none of it', () => {
      const { wordpress } = pair;
      assert.equal(wp(wordpress, 'scan', '--everywhere').status, 0, 'a fresh site is clean');
      wordpress.php(`
        global $wpdb;
        $wpdb->query( "CREATE TABLE {$wpdb->prefix}db7_forms ( form_id bigint NOT NULL AUTO_INCREMENT, form_post_id bigint, form_value longtext, form_date datetime, PRIMARY KEY (form_id) )" );
        $wpdb->query( "CREATE TABLE {$wpdb->prefix}unheard_of ( id int NOT NULL AUTO_INCREMENT, words text, PRIMARY KEY (id) )" );
        $wpdb->query( "CREATE TABLE {$wpdb->prefix}no_key ( words text )" );
        // Of 1,203 rows every third holds an address and every seventh a number: more than two batches.
        for ( $i = 0; $i < 1203; $i++ ) {
          $value = array( 'message' => 'こんにちは' ) + ( 0 === $i % 3 ? array( 'your-email' => ${quote(PLANTED.email)} ) : array() ) + ( 0 === $i % 7 ? array( 'tel' => ${quote(PLANTED.phone)} ) : array( 'tel' => 'ls_7h2k' ) );
          $rows[] = $wpdb->prepare( '( 5, %s, NOW() )', serialize( $value ) );
        }
        $wpdb->query( "INSERT INTO {$wpdb->prefix}db7_forms ( form_post_id, form_value, form_date ) VALUES " . implode( ',', $rows ) );
        for ( $i = 0; $i < 3; $i++ ) {
          $id = wp_insert_post( array( 'post_type' => 'flamingo_inbound', 'post_status' => 'publish', 'post_title' => '件名', 'post_content' => ${quote(PLANTED.email)} ) );
          add_post_meta( $id, '_field_your-email', ${quote(PLANTED.email)} );
          add_post_meta( $id, '_field_token', 'ls_7h2k@leadseal.invalid' );
        }
        $id = wp_insert_post( array( 'post_type' => 'mwf_12', 'post_status' => 'publish', 'post_title' => 'お問い合わせ' ) );
        add_post_meta( $id, 'mail', ${quote(PLANTED.other)} );
        set_transient( ${quote('a1'.repeat(20))}, array( 'tel' => ${quote(PLANTED.phone)} ), 1440 );
        update_option( 'some_plugin_entries', array( ${quote(PLANTED.other)} ) );
        update_option( ${quote(PLANTED.other)}, ${quote(PLANTED.other)} );
        $page = wp_insert_post( array( 'post_type' => 'page', 'post_status' => 'publish', 'post_title' => 'p', 'post_content' => 'info@example.jp' ) );
        add_post_meta( $page, 'enquiry', ${quote(PLANTED.phone)} );
        $wpdb->insert( $wpdb->prefix . 'unheard_of', array( 'words' => ${quote(PLANTED.email)} ) );
        $wpdb->insert( $wpdb->prefix . 'no_key', array( 'words' => ${quote(PLANTED.phone)} ) );`);

      const known = wp(wordpress, 'scan', '--format=json');
      assert.equal(known.status, 1);
      const counted = (result, table, column, source) => {
        const [place] = result.places.filter((one) => one.table === table && one.column === column && (!source || one.source.startsWith(source)));
        return place && [place.rows, place.email, place.phone];
      };
      const result = JSON.parse(known.stdout);
      assert.equal(result.complete, true);
      assert.deepEqual(counted(result, 'wp_db7_forms', 'form_value'), [1203, 401, 172]);
      assert.deepEqual(counted(result, 'wp_posts', 'post_content', 'Flamingo'), [3, 3, 0]);
      assert.deepEqual(counted(result, 'wp_postmeta', 'meta_value', 'Flamingo'), [6, 3, 0]);
      assert.deepEqual(counted(result, 'wp_postmeta', 'meta_value', 'MW WP Form'), [1, 1, 0]);
      assert.deepEqual(counted(result, 'wp_options', 'option_value', 'MW WP Form'), [1, 0, 1]);
      assert.equal(counted(result, 'wp_unheard_of', 'words'), undefined, 'only with --everywhere');
      assert.deepEqual(result.places.find(({ table, source }) => table === 'wp_postmeta' && source === 'Flamingo').names, { '_field_your-email': 3 });

      const everywhere = JSON.parse(wp(wordpress, 'scan', '--everywhere', '--format=json').stdout);
      assert.deepEqual(counted(everywhere, 'wp_unheard_of', 'words'), [1, 1, 0]);
      assert.deepEqual(counted(everywhere, 'wp_no_key', 'words'), [1, 0, 1]);
      const inMeta = everywhere.places.find(({ source }) => source === 'post meta');
      assert.deepEqual([inMeta.email, inMeta.phone, inMeta.names], [0, 1, { enquiry: 1 }]);
      const inOptions = everywhere.places.find(({ source }) => source === 'options');
      assert.deepEqual([inOptions.email, inOptions.names], [2, { some_plugin_entries: 1, '…': 1 }], 'a name that could be a value is not told');

      const shown = wp(wordpress, 'scan', '--everywhere');
      assert.equal(shown.status, 1);
      assert.match(shown.stderr, /Counting 100\/100/);
      assert.match(shown.stdout, /\| forms +\| CFDB7 +\| wp_db7_forms\.form_value +\| 1203 +\| 401 +\| 172 /);
      assert.equal(wp(wordpress, 'scan', '--no-fail').status, 0);
      assert.equal(wp(wordpress, 'scan', '--groups=mail').status, 0);
      const partly = wp(wordpress, 'scan', '--rows=500', '--format=json');
      assert.equal(JSON.parse(partly.stdout).complete, false);
      assert.deepEqual(counted(JSON.parse(partly.stdout), 'wp_db7_forms', 'form_value').slice(0, 1), [500]);

      const found = health(wordpress, 'found').found;
      assert.equal(found.status, 'critical');
      assert.match(found.description, /CFDB7, wp_db7_forms\.form_value: 401 rows with email addresses, 172 with telephone numbers/);
      for (const text of [known.stdout, shown.stdout, shown.stderr, JSON.stringify(everywhere), found.description]) {
        for (const value of Object.values(PLANTED)) assert.ok(!text.includes(value), 'no value is shown');
      }
      // WordPress itself complains that wordpress.org can't be asked from here.
      assert.deepEqual(wordpress.complaints().filter((line) => !line.includes('WordPress.org')), []);
      for (const name of readdirSync(wordpress.logs)) {
        const log = readFileSync(join(wordpress.logs, name), 'utf8');
        for (const value of Object.values(PLANTED)) assert.ok(!log.includes(value), `no value is in ${name}`);
      }
    });
  });
}
