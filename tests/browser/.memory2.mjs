import { readFileSync, writeFileSync } from 'node:fs';
import { spawn, execFileSync } from 'node:child_process';
import { startBrowser } from './house.mjs';
const dir = '/tmp/leadseal-browser-CHzdjf'; const program = '/tmp/export-leadseal-debug'; const config = `${dir}/leadseal.toml`;
const toml = readFileSync(config, 'utf8'); const ports = [...toml.matchAll(/127\.0\.0\.1:(\d+)"/g)].map((m) => m[1]);
console.log(ports);
const child = spawn(program, ['--config', config, 'serve'], { stdio: ['ignore', 'ignore', 'ignore'] });
const pid = child.pid;
const link = JSON.parse(execFileSync(program, ['--config', config, 'staff', 'add', `o${pid}@example.jp`, '--json', '--role', 'owner'], { encoding: 'utf8' })).link;
const base = new URL(link).origin;
for (let i = 0; i < 100; i += 1) { if (await fetch(base + '/healthz').then((r) => r.ok, () => false)) break; await new Promise((r) => setTimeout(r, 200)); }
const hwm = () => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)[1]) / 1024;
const rss = () => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024;
const browser = await startBrowser();
const page = await (await browser.newContext()).newPage();
page.setDefaultTimeout(60000);
await page.goto(link);
await page.locator('#new').fill('mizu-no-oto/kawazu'); await page.locator('#again').fill('mizu-no-oto/kawazu');
await page.locator('button.main').click();
await page.waitForURL(/inbox/);
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
  let bytes = 0; let at10 = 0;
  for await (const piece of answer.body) { bytes += piece.length; if (!at10 && bytes > 2e6) at10 = hwm(); }
  const took = (Date.now() - start) / 1000;
  const state = (await get(`/console/export/${hidden('id')}`)).match(/class="outcome [^"]*">([^<]*)/)?.[1];
  console.log(query, answer.status, bytes, 'bytes', took, 's', 'idle', idle.toFixed(1), 'peak at 2 MB', at10.toFixed(1), 'peak', hwm().toFixed(1), '+', (hwm() - idle).toFixed(1), 'MiB', state);
}
for (const format of ['csv', 'jsonl', 'xlsx', 'csv']) await run(`view=all&values=revealed&reason=audit&format=${format}`);
child.kill('SIGTERM');
