// Starts `leadseal demo` and a browser for it. Refuses to know what is tested.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const FAKETIME = ['x86_64', 'aarch64'].map((kind) => `/usr/lib/${kind}-linux-gnu/faketime/libfaketime.so.1`);
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A lead as the tests type it: full-width digits, half-width kana, a name that NFKC would spoil. */
export const LEAD = {
  company: '株式会社サンプル商事',
  name_family: '髙﨑',
  name_given: '美咲',
  kana_family: 'ﾀｶｻｷ',
  kana_given: 'ﾐｻｷ',
  email: 'misaki.takasaki@example.co.jp',
  tel: '０９０－１２３４－５６７８',
  message: '導入の費用について教えてください。',
};

/** A port of loopback that nobody listens on. */
export async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Runs the demo until `stop`, with made-up leads if `with-leads` is among the options; gives the addresses it prints. */
export async function startDemo(...wanted) {
  const filled = wanted.includes('with-leads');
  const options = [...(filled ? [] : ['--empty']), ...wanted.filter((option) => option !== 'with-leads')];
  const program = process.env.LEADSEAL;
  if (!program) throw new Error('LEADSEAL must name the built command (tests/browser/run sets it)');
  const child = spawn(program, ['demo', '--port', String(await freePort()), ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  let complaints = '';
  child.stderr.on('data', (text) => { complaints += text; });
  const urls = await new Promise((ready, fail) => {
    const late = setTimeout(() => fail(new Error(`the demo is not up after 60 s\n${printed}\n${complaints}`)), 60_000);
    child.on('exit', (code) => fail(new Error(`the demo ended with ${code}\n${complaints}`)));
    child.stdout.on('data', (text) => {
      printed += text;
      const found = printed.match(/https?:\/\/[^\s]+/g) ?? [];
      if (found.some((url) => url.includes('/mail')) && found.some((url) => url.includes('/f/')) && printed.includes('Ctrl-C')) {
        clearTimeout(late);
        ready(found);
      }
    });
  });
  return {
    public: new URL(urls.find((url) => url.includes('/f/'))).origin,
    mail: urls.find((url) => url.includes('/mail')),
    siteKey: printed.match(/lsk_[a-z2-7]{8}_[A-Za-z0-9_-]{43}/)?.[0],
    signIn: urls.find((url) => url.includes('/sign-in/link/')),
    async stop() {
      child.removeAllListeners('exit');
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/**
 * Runs an installation whose contact form, or each of whose forms, `change` has rewritten, until `stop`.
 * `extra` is added to its configuration; `host` is what staff call the machine.
 */
export async function startHouse(change, { everyForm = false, limits = '10000', clock, extra = '', host = '127.0.0.1' } = {}) {
  const program = process.env.LEADSEAL;
  const dir = mkdtempSync(join(tmpdir(), 'leadseal-browser-'));
  const [ports, config, folder] = [[await freePort(), await freePort()], join(dir, 'leadseal.toml'), join(dir, 'forms')];
  execFileSync(program, ['init', '--dir', dir], { stdio: 'ignore' });
  const own = (section, port, name = '127.0.0.1') => `[${section}]\nlisten = "127.0.0.1:${port}"\nurl = "http://${name}:${port}"\n`;
  // Tests post and look far more often than people do.
  const often = `[limits]\nposts_per_minute = ${limits}\nviews_per_minute = 10000\n`;
  const sites = '[sites.main]\nname = { ja = "サンプル株式会社", en = "Sample Inc." }\nmail_from = "noreply@example.jp"\naccent = "#0b6e4f"\n';
  writeFileSync(config, own('public', ports[0]) + own('private', ports[1], host) + sites + often + extra);
  const files = everyForm ? readdirSync(folder).filter((name) => name.endsWith('.toml')) : ['contact.toml'];
  for (const file of files) writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));
  const address = `http://127.0.0.1:${ports[0]}`;
  let stop = await launch(program, config, address, clock);
  return {
    public: address,
    dir,
    forms: files.map((file) => file.replace(/\.toml$/, '')),
    /** What a command prints. */
    run: (...args) => execFileSync(program, ['--config', config, ...args], { encoding: 'utf8' }),
    /** A key by which a site's own server signs its calls. */
    siteKey: (site = 'main') => JSON.parse(execFileSync(program, ['--config', config, 'site-key', 'new', site, '--json'], { encoding: 'utf8' })).key,
    /** Stops it and leaves its files, until `restart`. */
    halt: () => stop(),
    /** Stops it and starts it again, with the right clock unless told another. */
    async restart({ clock: other } = {}) {
      await stop();
      stop = await launch(program, config, address, other);
    },
    async stop() {
      await stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Starts the server, by a clock that is so much off, and waits until it answers; gives what stops it. */
async function launch(program, config, address, clock) {
  const faketime = FAKETIME.find((path) => existsSync(path));
  if (clock && !faketime) throw new Error('libfaketime is missing: apt-get install libfaketime');
  const env = clock ? { ...process.env, LD_PRELOAD: faketime, FAKETIME: clock } : process.env;
  const child = spawn(program, ['--config', config, 'serve'], { stdio: ['ignore', 'ignore', 'pipe'], env });
  let complaints = '';
  child.stderr.on('data', (text) => { complaints += text; });
  for (const end = Date.now() + 30_000; ; await new Promise((again) => setTimeout(again, 50))) {
    if (child.exitCode !== null || Date.now() > end) throw new Error(`the server is not up\n${complaints}`);
    if (await fetch(`${address}/readyz`).then(({ ok }) => ok, () => false)) break;
  }
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await ended;
  };
}

/** A call of a site's own server, signed with its key as docs/site-api.md says. */
export async function signedPost(address, siteKey, path, body) {
  const [, id, secret] = siteKey.match(/^lsk_([a-z2-7]{8})_(.{43})$/);
  const [call, time, text] = [randomUUID(), String(Math.floor(Date.now() / 1000)), JSON.stringify(body)];
  const signature = createHmac('sha256', Buffer.from(secret, 'base64url')).update(`${call}.${time}.POST ${path}.${text}`).digest('base64');
  return fetch(address + path, {
    method: 'POST',
    headers: { 'leadseal-key': id, 'webhook-id': call, 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` },
    body: text,
  });
}

/** Sends an enquiry from an address of the demo, asks about it as the site's server does, and gives the mailed link.
 * One request from each address. */
export async function requestLink(demo, page, kind, lang, email) {
  await page.goto(`${demo.public}/f/contact?lang=${lang}`);
  await fillContact(page, { email });
  await page.locator('form button[type=submit]').click();
  await page.waitForURL((url) => !url.pathname.endsWith('/f/contact'));
  // Once the visitor is answered, the lead is stored.
  await mailTo(demo, email, /[^]/);
  const answer = await signedPost(demo.public, demo.siteKey, '/site/v1/requests', { kind, email, lang });
  if (answer.status !== 202) throw new Error(`the request was answered with ${answer.status}`);
  return mailTo(demo, email, /http:[^"]*\/r\/[A-Za-z0-9_-]{43}/);
}

/** What a pattern finds in a mail to an address, once there is one. */
async function mailTo(demo, email, pattern) {
  for (let tries = 0; tries < 200; tries += 1) {
    const list = await (await fetch(demo.mail)).text();
    for (const number of new Set([...list.matchAll(/\/mail\/(\d+)/g)].map((found) => found[1]))) {
      const raw = await (await fetch(`${demo.mail}/${number}/raw`)).text();
      const found = raw.includes(`To: ${email}`) && (await (await fetch(`${demo.mail}/${number}/html`)).text()).match(pattern);
      if (found) return found[0];
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`no such mail came to ${email}`);
}

/** Another web site: pages by path, each with its policy. */
export async function startSite(pages) {
  const server = createHttpServer((request, response) => {
    const { body, policy } = pages[new URL(request.url, 'http://x').pathname] ?? { body: 'not here', policy: "default-src 'none'" };
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy });
    response.end(body);
  });
  const port = await freePort();
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  return { origin: `http://127.0.0.1:${port}`, stop: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }) };
}

/** A quiet Chromium: no first run, no updates, no calls home. */
export async function startBrowser() {
  const executablePath = process.env.CHROMIUM ?? BROWSERS.find((path) => existsSync(path));
  const args = ['--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  return chromium.launch({ executablePath, args });
}

/** A demo with made-up leads, and somebody who is signed in at its console. */
export async function startConsole(...wanted) {
  const [browser, demo] = [await startBrowser(), await startDemo('with-leads', ...wanted)];
  const first = await browser.newContext();
  const page = await first.newPage();
  await page.goto(demo.signIn);
  await page.locator('main form button').first().click();
  await page.waitForURL(/\/console\/inbox/);
  const storageState = await first.storageState();
  await first.close();

  /** Works on a page of theirs. No script may fail on it. */
  async function visit(options, work) {
    const viewport = { width: 1280, height: 900 };
    const context = await browser.newContext({ storageState, acceptDownloads: true, viewport, ...options });
    context.setDefaultTimeout(20_000);
    const theirs = await context.newPage();
    const complaints = [];
    theirs.on('pageerror', (error) => complaints.push(String(error)));
    try {
      await work(theirs, context);
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
    }
  }

  return {
    browser, demo, visit, state: storageState,
    at: (path) => new URL(`/console/${path}`, demo.signIn).href,
    async stop() {
      await browser.close();
      await demo.stop();
    },
  };
}

/** Goes on with Tab to an element, as somebody without a pointer does. */
export async function tabTo(page, selector) {
  for (let presses = 0; presses < 80; presses += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`no Tab leads to ${selector}`);
}

/** Fills the contact form with the pointer's speed: straight into the inputs. */
export async function fillContact(page, changes = {}) {
  await page.locator('[name=inquiry_type]').selectOption('estimate');
  for (const [name, value] of Object.entries({ ...LEAD, ...changes })) {
    await page.locator(`[name=${name}]`).fill(value);
  }
  await page.locator('[name=privacy]').check();
}
