// A real WordPress beside a real Leadseal, a browser's way into both, and the scan of all that
// WordPress wrote. Refuses to know what is tested.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startHouse } from '../browser/house.mjs';
import { readMail, startSmtp } from './smtp.mjs';

export { LEAD, fillContact, startBrowser } from '../browser/house.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '..', '..');
const SCRIPT = join(ROOT, 'scripts', 'wordpress');

/** The versions that everything is shown on; `LEADSEAL_WORDPRESS_VERSIONS=6.8` takes fewer. */
export const VERSIONS = (process.env.LEADSEAL_WORDPRESS_VERSIONS ?? '6.1 6.8').split(/[\s,]+/).filter(Boolean);

/** What is still up when a test dies, also by a signal, is brought down with it. */
const running = new Set();
process.on('exit', () => {
  for (const dir of running) {
    spawnSync(SCRIPT, ['down', dir], { stdio: 'ignore' });
    rmSync(dirname(dir), { recursive: true, force: true });
  }
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(signal, () => process.exit(1));

/** Waits until `look` gives something; fails with what it was waiting for. */
export async function eventually(look, what = 'it', seconds = 30) {
  for (const end = Date.now() + seconds * 1000; ; await new Promise((again) => setTimeout(again, 100))) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what} did not happen within ${seconds} s`);
  }
}

/** A string as PHP writes it. */
export const quote = (text) => `'${String(text).replace(/[\\']/g, '\\$&')}'`;

/**
 * Brings a fresh site up. `plugin`: 'link' (wordpress/leadseal as it stands), 'zip' (the built ZIP,
 * active) or 'none'; `theme`: 'block' or 'classic'; `smtp`: the port that its mail goes to, else `mails()`.
 */
export async function startWordPress({ version = '6.8', port, plugin = 'link', theme = 'block', lang = 'ja', smtp } = {}) {
  const parent = mkdtempSync(join(tmpdir(), 'ls-wp-'));
  chmodSync(parent, 0o711); // the servers may run as another user
  const dir = join(parent, 'site');
  const options = ['--version', version, '--port', String(port ?? await freePort()), '--plugin', plugin, '--theme', theme, '--lang', lang];
  const env = { ...process.env, LEADSEAL_TEST_SMTP: smtp ? `127.0.0.1:${smtp}` : '' };
  // Into files, not pipes: the servers keep what they inherit open.
  running.add(dir);
  const started = spawnSync('bash', ['-c', '"$0" "$@" >"$LOG" 2>&1', SCRIPT, 'up', dir, ...options], { env: { ...env, LOG: join(parent, 'up.log') }, timeout: 60_000 });
  const said = readFileSync(join(parent, 'up.log'), 'utf8');
  if (started.status !== 0) throw new Error(`scripts/wordpress up ended with ${started.status}\n${said}`);
  if (said.includes('could not be activated')) throw new Error(said);
  const site = JSON.parse(readFileSync(join(dir, 'site.json'), 'utf8'));
  const wordpress = {
    ...site,
    /** The version that was asked for ("6.1"); `version` is the whole one. */
    asked: version,
    /** Logs a page of the browser in as the administrator. */
    async login(page, user = site.admin, password = site.password) {
      await page.goto(`${site.url}/wp-login.php`);
      await page.locator('#user_login').fill(user);
      await page.locator('#user_pass').fill(password);
      await page.locator('#wp-submit').click();
      await page.waitForURL(/wp-admin/);
    },
    /** Runs PHP inside the site; gives what it prints. An error in it is an error here. */
    php: (code, ...args) => execFileSync(site.php, ['-r', code, ...args], { encoding: 'utf8', timeout: 60_000 }),
    /** Runs a PHP file inside the site; gives status, stdout and stderr. */
    phpFile(file, ...args) {
      const { status, stdout, stderr } = spawnSync(site.php, [file, ...args], { encoding: 'utf8', timeout: 60_000 });
      return { status, stdout, stderr };
    },
    /** The value of a PHP expression. */
    ask: (expression) => JSON.parse(wordpress.php(`echo wp_json_encode( ${expression} );`)),
    /** Connects the plugin by constants, which win over its settings. */
    connect({ address, key }) {
      const lines = { LEADSEAL_URL: address, LEADSEAL_SITE_KEY: key };
      const defines = Object.entries(lines).filter(([, value]) => value).map(([name, value]) => `define( '${name}', ${quote(value)} );`);
      writeFileSync(join(site.root, 'wp-config-test.php'), `<?php\n${defines.join('\n')}\n`);
    },
    /** Puts a plugin's directory into the site and activates it. */
    install(folder, main) {
      const name = folder.replace(/\/$/, '').split('/').pop();
      cpSync(folder, join(site.root, 'wp-content/plugins', name), { recursive: true });
      wordpress.php(`$done = activate_plugin( ${quote(`${name}/${main ?? `${name}.php`}`)} ); if ( is_wp_error( $done ) ) { throw new Exception( $done->get_error_message() ); }`);
    },
    /** Puts a file of PHP among the plugins that are always on. */
    mustUse: (name, code) => writeFileSync(join(site.root, 'wp-content/mu-plugins', name), code),
    /** Publishes a page; gives its id and address. */
    publish(title, content, more = '') {
      const code = `$id = wp_insert_post( array( 'post_type' => 'page', 'post_status' => 'publish', 'post_title' => ${quote(title)}, 'post_content' => wp_slash( ${quote(content)} ), ${more} ), true ); if ( is_wp_error( $id ) ) { throw new Exception( $id->get_error_message() ); } echo wp_json_encode( array( 'id' => $id, 'url' => get_permalink( $id ) ) );`;
      return JSON.parse(wordpress.php(code));
    },
    /** Changes to a theme: 'block' or 'classic', or by name. */
    theme(name) {
      const block = version === '6.1' ? 'twentytwentythree' : 'twentytwentyfive';
      wordpress.php(`switch_theme( ${quote({ block, classic: 'twentytwentyone' }[name] ?? name)} );`);
    },
    /** What WordPress mailed into files, decoded. */
    mails: () => readdirSync(site.mail).filter((name) => name.endsWith('.eml')).map((name) => {
      const raw = readFileSync(join(site.mail, name), 'utf8');
      return { raw, to: /^to:\s*(.*)/im.exec(raw)?.[1], ...readMail(raw) };
    }),
    /** What PHP and WordPress complained of, without what an old WordPress says of a new PHP. */
    complaints: () => readFileSync(join(site.logs, 'debug.log'), 'utf8').split('\n')
      .filter((line) => line && (!/PHP Deprecated/.test(line) || /plugins\/leadseal/.test(line))),
    /** Writes the whole database as SQL; gives the file. */
    dump() {
      const file = join(dir, 'dump.sql');
      execFileSync('bash', ['-c', 'mariadb-dump --no-defaults -uroot --socket="$0" --databases wordpress --skip-extended-insert >"$1"', site.socket, file]);
      return file;
    },
    /** Ends the servers and leaves the files. */
    down() {
      execFileSync(SCRIPT, ['down', dir], { stdio: ['ignore', 'ignore', 'pipe'] });
      running.delete(dir);
    },
    /** Starts them again on the same port. */
    again() {
      running.add(dir);
      execFileSync('bash', ['-c', '"$0" again "$1" >"$2" 2>&1', SCRIPT, dir, join(parent, 'up.log')]);
    },
    /** Ends it and removes every file. */
    stop() {
      if (running.has(dir)) wordpress.down();
      rmSync(parent, { recursive: true, force: true });
    },
  };
  return wordpress;
}

/** Every file below a directory that was made or changed since a time. Follows no link. */
function written(folder, since) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return written(path, since);
    return entry.isFile() && lstatSync(path).ctimeMs >= since ? [path] : [];
  });
}

/** Scans one place beside all others; a finding is no failure, anything else is. Arguments: how many words name the canaries, those, the places. */
const SCAN_TWO = `
count=$1; shift
canaries=("\${@:1:count}"); shift "$count"
first=$1; shift
second=$(mktemp)
"$0" "\${canaries[@]}" "$@" >"$second" & pid=$!
one=0; "$0" "\${canaries[@]}" "$first" || one=$?
two=0; wait "$pid" || two=$?
cat "$second"; rm -f "$second"
[ "$one" -le 1 ] && [ "$two" -le 1 ]
`;

/**
 * Looks for values in all that WordPress and its servers wrote: a full dump, then, with the servers
 * ended, the raw database files with the redo log, uploads and every other file below WordPress that is
 * newer than the site, debug log, logs of php-fpm, nginx and MariaDB, temporary files. `values`: {name: value}, eight bytes or more.
 * Gives the findings as lines. The site is up again afterwards unless `again` is false. Mail that
 * WordPress sent is looked at only with `mail`: a plugin that is told to mail answers does so.
 */
export function scanAll(wordpress, values, { again = true, mail = false } = {}) {
  const scanner = join(dirname(process.env.LEADSEAL), 'examples', 'scan');
  if (!existsSync(scanner)) throw new Error(`${scanner} is missing: cargo build --example scan`);
  const places = [wordpress.dump(), join(wordpress.dir, 'db'), wordpress.logs, join(wordpress.dir, 'run')];
  if (mail) places.push(wordpress.mail);
  wordpress.down();
  places.push(...written(wordpress.root, statSync(join(wordpress.dir, 'site.json')).mtimeMs));
  const canaries = Object.entries(values).flatMap(([name, value]) => ['--canary', `${name}=${value}`]);
  // Two at a time, the large files apart: a scan is all CPU.
  const large = places.splice(1, 1);
  const found = execFileSync('bash', ['-c', SCAN_TWO, scanner, String(canaries.length), ...canaries, large[0], ...places], { encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 26 });
  if (again) wordpress.again();
  return found.split('\n').filter(Boolean);
}

/** Leads of a Leadseal as its operator exports them, with every value revealed. */
export const exported = (leadseal) =>
  leadseal.run('export', '--format', 'jsonl', '--reveal', '--reason', 'audit').split('\n').filter(Boolean).map((line) => JSON.parse(line));

/**
 * A Leadseal whose forms may be shown by `origins`, with a relay for its mail and a key for its site.
 * `change` rewrites each form file further; `clock` has it live in another time, as libfaketime writes it.
 */
export async function startLeadseal(origins, { change = (form) => form, clock, extra = '' } = {}) {
  const sink = await startSmtp();
  const listed = `allowed_origins = [${origins.map((origin) => `"${origin}"`).join(', ')}]\nretention_days`;
  const mail = `[mail]\nhost = "127.0.0.1"\nport = ${sink.port}\nsecurity = "plain"\n`;
  const house = await startHouse((form) => change(form.replace('retention_days', listed)), { everyForm: true, clock, extra: mail + extra });
  return {
    ...house,
    sink,
    async stop() {
      await house.stop();
      await sink.stop();
    },
  };
}

/** Both, made for each other: WordPress (options as of startWordPress) connected to a Leadseal by a key. */
export async function startPair({ connect = true, leadseal: house = {}, ...options } = {}) {
  const port = await freePort();
  const leadseal = await startLeadseal([`http://127.0.0.1:${port}`], house);
  try {
    const wordpress = await startWordPress({ ...options, port });
    const key = leadseal.siteKey();
    if (connect) wordpress.connect({ address: leadseal.public, key });
    return {
      wordpress,
      leadseal,
      key,
      async stop() {
        wordpress.stop();
        await leadseal.stop();
      },
    };
  } catch (error) {
    await leadseal.stop();
    throw error;
  }
}

export { ROOT };
