import { readFileSync, writeFileSync, readdirSync } from 'node:fs';
import { startBrowser, startHouse } from './house.mjs';
const N = Number(process.env.N ?? 12000);
const house = await startHouse((form) => form, { limits: '100000', extra: '[screening]\nenabled = false\n' });
const pid = readdirSync('/proc').find((p) => /^\d+$/.test(p) && (() => { try { return readFileSync(`/proc/${p}/cmdline`, 'utf8').includes(house.dir); } catch { return false; } })());
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
for (let last = -1; ;) { const c = Number(house.run('stats', '--json').match(/"leads":\s*(\d+)/)?.[1] ?? NaN); const n = house.run('leads', 'list', '--json', '--limit', '100000').trim().split('\n').length; if (n >= N || n === last) { console.log('stored', n); break; } last = n; await new Promise((r) => setTimeout(r, 5000)); }
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
for (const format of ['csv', 'csv', 'csv-cp932', 'jsonl', 'xlsx', 'csv']) await run(`view=all&values=revealed&reason=audit&format=${format}`);
await run('view=all&preset=hubspot&reason=handover&format=csv');
await house.stop();
