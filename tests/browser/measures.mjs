// Measures every ready form as visitors get it, prints one table, and fails beyond the limits: bytes,
// movement of the page, requests to others, accessibility, validity of the HTML.
//
// Each form is walked through twice in each language: with JavaScript for what a browser does, and
// without for the server's own markup in every state. Refuses to know how a form is built: it fills in
// whatever inputs it finds.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startBrowser, startHouse } from './house.mjs';

const MOST_PAGE_BYTES = 30 * 1024;
const MOST_SCRIPT_BYTES = 6 * 1024;
const LANGS = ['ja', 'en'];
const WIDTHS = [320, 1440];
const SCHEMES = ['light', 'dark'];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const { resolve } = createRequire(import.meta.url);
const AXE = readFileSync(resolve('axe-core/axe.min.js'), 'utf8');
const VALIDATOR = resolve('vnu-jar/build/dist/vnu.jar');

const failures = [];
const fail = (what) => { failures.push(what); };
const zipped = (bytes) => gzipSync(bytes).length;

/** Answers every question of the form with something it takes. */
async function fillIn(page) {
  await page.evaluate(() => {
    const text = (input) => {
      const hints = `${input.name} ${input.autocomplete}`;
      if (input.type === 'email') return 'misaki.takasaki@example.co.jp';
      if (input.type === 'tel') return '0312345678';
      if (input.type === 'url') return 'https://www.example.co.jp/';
      if (/postal/.test(hints)) return '100-0001';
      if (/kana/.test(hints)) return 'タカサキ';
      if (/date/.test(input.type)) return input.min || '2027-04-01';
      if (input.inputMode === 'numeric' || input.inputMode === 'decimal') return input.min || '10';
      return 'サンプル';
    };
    const trapped = (input) => input.closest('.ls-trap') || input.type === 'hidden' || input.type === 'submit';
    for (const input of [...document.querySelector('.ls-form').elements].filter((found) => !trapped(found))) {
      if (input.tagName === 'SELECT') input.selectedIndex = 1;
      else if (input.type === 'checkbox') input.checked = true;
      else if (input.type === 'radio') input.checked ||= !document.querySelector(`[name="${input.name}"]:checked`);
      else if (input.tagName === 'INPUT' || input.tagName === 'TEXTAREA') input.value = text(input);
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }
  });
}

/** Goes through a form's states; `look(state)` is called in each. */
async function walk(page, address, look) {
  const send = () => page.locator('.ls-form .ls-send button').first().click();
  await page.goto(address, { waitUntil: 'load' });
  await look('empty');
  await send();
  await page.locator('.ls-alert').waitFor();
  await look('errors');
  await page.goto(address, { waitUntil: 'load' });
  await fillIn(page);
  await send();
  await page.locator('button[name=_step][value=send]').waitFor();
  await look('confirm');
  await page.locator('button[name=_step][value=send]').click();
  await page.waitForURL((url) => url.pathname.endsWith('/thanks'));
  await look('thanks');
}

/** How far the page has moved by itself since it was opened. */
const movement = (page) => page.evaluate(() => new Promise((told) => {
  let sum = 0;
  const add = (entries) => entries.forEach(({ value, hadRecentInput }) => { sum += hadRecentInput ? 0 : value; });
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ type: 'layout-shift', buffered: true });
  // Shifts are reported with the frames: two frames on, those of the load are there.
  requestAnimationFrame(() => requestAnimationFrame(() => { add(observer.takeRecords()); told(sum); }));
}));

async function axe(page, where) {
  let found = 0;
  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      const { violations } = await page.evaluate((runOnly) => window.axe.run(document, { runOnly }), RULES);
      for (const { id, nodes } of violations) {
        found += 1;
        fail(`${where}, ${width} px, ${colorScheme}: axe ${id}: ${nodes.map(({ html }) => html).join(' | ').slice(0, 300)}`);
      }
    }
  }
  return found;
}

/** With JavaScript: bytes, movement, requests to others, axe. */
async function inABrowser(browser, house, id, lang) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const row = { html: 0, css: 0, js: 0, other: 0, moved: 0, foreign: 0, axe: 0 };
  let loading = true;
  const bodies = [];
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (!protocol.startsWith('http') || origin === house.public) return;
    row.foreign += 1;
    fail(`${id} ${lang}: asks ${origin}`);
  });
  page.on('response', (response) => {
    if (!loading) return;
    const kind = { document: 'html', stylesheet: 'css', script: 'js' }[response.request().resourceType()] ?? 'other';
    bodies.push(response.body().then((body) => { row[kind] += zipped(body); }, () => {}));
  });
  await walk(page, `${house.public}/f/${id}?lang=${lang}`, async (state) => {
    const moved = await movement(page);
    if (moved > 0) fail(`${id} ${lang} ${state}: the page moves by ${moved.toFixed(3)}`);
    row.moved += moved;
    if (loading) {
      await page.waitForLoadState('networkidle');
      loading = false;
      await Promise.all(bodies);
    }
    await page.evaluate(AXE);
    row.axe += await axe(page, `${id} ${lang} ${state}`);
    await page.setViewportSize({ width: 1440, height: 900 });
  });
  await context.close();
  row.total = row.html + row.css + row.js + row.other;
  if (row.total > MOST_PAGE_BYTES) fail(`${id} ${lang}: ${row.total} bytes in all, ${MOST_PAGE_BYTES} at most`);
  return row;
}

/** Without JavaScript: the markup that the server sends in each state, by file name. */
async function markup(browser, house, id, lang) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const pages = {};
  let sent;
  page.on('response', (response) => { if (response.request().isNavigationRequest()) sent = response; });
  await walk(page, `${house.public}/f/${id}?lang=${lang}`, async (state) => {
    pages[`${id}-${lang}-${state}`] = await sent.text();
  });
  await context.close();
  const get = async (path) => (await fetch(`${house.public}/f/${id}/${path}?lang=${lang}`)).text();
  pages[`${id}-${lang}-frame`] = await get('frame');
  const around = (inner) => `<!doctype html>\n<html lang="${lang}">\n<head><title>A page</title></head>\n<body>\n${inner}\n</body>\n</html>\n`;
  pages[`${id}-${lang}-fragment`] = around(await get('fragment'));
  return pages;
}

/** What the validator says of pages, by form and language. */
function validate(pages) {
  const dir = mkdtempSync(join(tmpdir(), 'leadseal-html-'));
  const found = {};
  try {
    const files = Object.entries(pages).map(([name, text]) => {
      const file = join(dir, `${name}.html`);
      writeFileSync(file, text);
      return file;
    });
    const arguments_ = ['-jar', VALIDATOR, '--format', 'json', '--stdout', '--exit-zero-always', ...files];
    const { messages } = JSON.parse(execFileSync('java', arguments_, { encoding: 'utf8', maxBuffer: 1 << 26 }));
    for (const { type, subType, url, message, lastLine, extract } of messages) {
      // Advice (an empty heading level, a trailing slash) is no mistake.
      if (type === 'info' && subType !== 'warning') continue;
      const name = basename(url ?? '', '.html');
      const [form] = name.match(/^.*-(ja|en)(?=-)/) ?? [''];
      found[form] = (found[form] ?? 0) + 1;
      fail(`${name}:${lastLine}: HTML: ${message} ${(extract ?? '').replaceAll('\n', ' ').slice(0, 120)}`);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return found;
}

function print(rows) {
  const heading = ['form', 'lang', 'html', 'css', 'js', 'other', 'total', 'moved', 'foreign', 'axe', 'invalid'];
  const cells = rows.map((row) => heading.map((name) => (name === 'moved' ? row.moved.toFixed(3) : String(row[name]))));
  const widths = heading.map((name, n) => Math.max(name.length, ...cells.map((row) => row[n].length)));
  for (const line of [heading, ...cells]) console.log(line.map((cell, n) => cell.padEnd(widths[n])).join('  ').trimEnd());
}

const confirmed = (form) => form.includes('\nconfirm =') ? form : form.replace('[form]\n', '[form]\nconfirm = "page"\n');
const house = await startHouse(confirmed, { everyForm: true });
const browser = await startBrowser();
try {
  const rows = [];
  const pages = {};
  for (const id of house.forms) {
    for (const lang of LANGS) {
      rows.push({ form: id, lang, ...await inABrowser(browser, house, id, lang) });
      Object.assign(pages, await markup(browser, house, id, lang));
    }
  }
  const invalid = validate(pages);
  for (const row of rows) row.invalid = invalid[`${row.form}-${row.lang}`] ?? 0;
  const script = zipped(Buffer.from(await (await fetch(`${house.public}/embed.js`)).arrayBuffer()));
  if (script > MOST_SCRIPT_BYTES) fail(`embed.js: ${script} bytes, ${MOST_SCRIPT_BYTES} at most`);
  print(rows);
  console.log(`\nBytes after gzip; a page's limit is ${MOST_PAGE_BYTES} in all. embed.js: ${script} of ${MOST_SCRIPT_BYTES}.`);
  console.log(`${Object.keys(pages).length} pages were validated; axe read each state at ${WIDTHS.join(' and ')} px, light and dark.`);
} finally {
  await browser.close();
  await house.stop();
}
if (failures.length > 0) {
  console.log(`\n${failures.length} beyond the limits:`);
  for (const failure of failures) console.log(`  ${failure}`);
  process.exitCode = 1;
}
