import { readFileSync, writeFileSync, readdirSync } from 'node:fs';
import { startBrowser, startHouse } from './house.mjs';
const N = Number(process.env.N ?? 12000);
const house = await startHouse((form) => form, { limits: '100000', extra: '[screening]\nenabled = false\n' });
const find = () => readdirSync('/proc').find((p) => /^\d+$/.test(p) && (() => { try { return readFileSync(`/proc/${p}/cmdline`, 'utf8').includes(house.dir); } catch { return false; } })());
let pid = find();
const hwm = () => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)[1]) / 1024;
const rss = () => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024;
let sent = 0;
const t0 = Date.now();
await Promise.all(Array.from({ length: 24 }, async () => {
  while (sent < N) {
    const n = (sent += 1);
    const body = JSON.stringify({ inquiry_type: 'product', name_family: '髙﨑', name_given: '美咲', company: '株式会社山田', email: `p${n}@example.co.jp`, tel: '090-1234-5678', message: '資料をお願いします。'.repeat(20), privacy: true });
    const answer = await fetch(`${house.public}/f/contact`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    if (answer.status !== 200) console.log(answer.status, (await answer.text()).slice(0, 200)); else await answer.arrayBuffer();
  }
}));
console.log('posted', N, (Date.now() - t0) / 1000, 's');
import { execFileSync } from 'node:child_process';
import { copyFileSync, renameSync } from 'node:fs';
const db = `${house.dir}/leadseal-data/leads.db`;
const count = () => Number(execFileSync('python3', ['-c', `import sqlite3;print(sqlite3.connect('file:${db}?mode=ro',uri=True).execute('select count(*) from leads').fetchone()[0])`], { encoding: 'utf8' }));
for (let last = -1; ;) { const n = count(); if (n >= N || n === last) { console.log('stored', n); break; } last = n; await new Promise((r) => setTimeout(r, 5000)); }
await house.halt();
const { readFileSync: rf } = await import('node:fs');
const sql = rf('/tmp/wt/export/src/desk/store/schema.rs', 'utf8').match(/VERSION_11: &str = "([^"]*)"/)[1];
writeFileSync('/tmp/export-v11.sql', sql);
execFileSync('python3', ['-c', `import sqlite3;c=sqlite3.connect('${db}');c.executescript(open('/tmp/export-v11.sql').read());print(c.execute('pragma user_version').fetchone());c.commit()`], { stdio: 'inherit' });
copyFileSync('/tmp/export-leadseal-debug', '/tmp/export-leadseal.new'); renameSync('/tmp/export-leadseal.new', '/tmp/export-leadseal');
await house.restart();
pid = find();
const link = JSON.parse(house.run('staff', 'add', 'o@example.jp', '--json', '--role', 'owner')).link;
const browser = await startBrowser();
const page = await (await browser.newContext()).newPage();
await page.goto(link);
await page.locator('#new').fill('mizu-no-oto/kawazu'); await page.locator('#again').fill('mizu-no-oto/kawazu');
await page.locator('button.main').click();
await page.waitForURL(/inbox/);
const base = new URL(link).origin;
const cookies = (await page.context().cookies()).map((c) => `${c.name}=${c.value}`).join('; ');
await browser.close();
const get = async (path) => (await fetch(base + path, { headers: { cookie: cookies } })).text();
async function run(query) {
  const text = await get(`/console/export/clear?${query}`);
  const hidden = (name) => text.match(new RegExp(`name="${name}" value="([^"]*)"`))[1].replaceAll('&#38;', '&');
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const idle = rss();
  const start = Date.now();
  const answer = await fetch(`${base}/console/export/clear`, { method: 'POST', headers: { cookie: cookies, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ _csrf: hidden('_csrf'), id: hidden('id'), choice: hidden('choice') }) });
  let bytes = 0;
  for await (const piece of answer.body) bytes += piece.length;
  const took = (Date.now() - start) / 1000;
  const state = (await get(`/console/export/${hidden('id')}`)).match(/class="outcome [^"]*">([^<]*)/)?.[1];
  console.log(query, answer.status, bytes, 'bytes', took, 's', 'idle', idle.toFixed(1), 'peak', hwm().toFixed(1), '+', (hwm() - idle).toFixed(1), 'MiB', state);
}
const soon = new Date(Date.now()+86400000).toISOString().slice(0,10);
for (const format of ['csv', 'jsonl', 'xlsx', 'csv']) await run(`view=all&values=revealed&reason=audit&format=${format}`);
await house.stop();
