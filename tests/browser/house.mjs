// Starts `leadseal demo` and a browser for it. Refuses to know what is tested.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { chromium } from 'playwright-core';

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

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Runs the demo until `stop`; gives the addresses it prints. */
export async function startDemo(...options) {
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
    async stop() {
      child.removeAllListeners('exit');
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** A quiet Chromium: no first run, no updates, no calls home. */
export async function startBrowser() {
  const executablePath = process.env.CHROMIUM ?? BROWSERS.find((path) => existsSync(path));
  const args = ['--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  return chromium.launch({ executablePath, args });
}

/** Fills the contact form with the pointer's speed: straight into the inputs. */
export async function fillContact(page, changes = {}) {
  await page.locator('[name=inquiry_type]').selectOption('estimate');
  for (const [name, value] of Object.entries({ ...LEAD, ...changes })) {
    await page.locator(`[name=${name}]`).fill(value);
  }
  await page.locator('[name=privacy]').check();
}
