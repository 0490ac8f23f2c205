// Measures what a form costs a page in PHP: `timing.mjs REQUESTS`. Two pages that differ in the form
// alone are asked for in turn, by visitors who are not logged in; PHP itself takes the time, from the
// request's start until the page is sent, and until the worker is free again (what is asked of Leadseal
// after the page costs a worker, not a visitor). Prints medians, and fails when the form costs more
// than 5 ms of the page. To be run on a machine that does nothing else; CPU time, which is printed too,
// is little moved by others.

import { createServer } from 'node:net';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../browser/house.mjs';
import { VERSIONS, eventually, startPair } from './house.mjs';

const MOST = 5;
const REQUESTS = Number(process.argv[2] ?? 200);
if (!Number.isInteger(REQUESTS) || REQUESTS < 2) {
  console.error('REQUESTS is a number, 2 or more');
  process.exit(2);
}

const CLOCK = `<?php
// Times each page: until it is sent, and until everything is done.
$leadseal_sent = null;
$leadseal_cpu  = function () { $used = getrusage(); return ( $used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec'] ) * 1e3 + ( $used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec'] ) / 1e3; };
$leadseal_from = $leadseal_cpu();
ob_start( function ( $page ) use ( &$leadseal_sent ) { $leadseal_sent = microtime( true ); return $page; } );
register_shutdown_function( function () use ( &$leadseal_sent, $leadseal_cpu, $leadseal_from ) {
	// Asked for at shutdown, so that it runs after all that was asked for before.
	register_shutdown_function( function () use ( &$leadseal_sent, $leadseal_cpu, $leadseal_from ) {
		$start = $_SERVER['REQUEST_TIME_FLOAT'];
		$which = isset( $_GET['timed'] ) ? $_GET['timed'] : 'other';
		$line  = sprintf( "%s %.3f %.3f %.3f\\n", preg_replace( '/\\W/', '', $which ), ( ( $leadseal_sent ?: microtime( true ) ) - $start ) * 1000, ( microtime( true ) - $start ) * 1000, $leadseal_cpu() - $leadseal_from );
		file_put_contents( dirname( __DIR__, 3 ) . '/logs/timing.log', $line, FILE_APPEND | LOCK_EX );
	} );
} );
`;

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Asks for both pages in turn; gives the median times of each. */
async function measure(wordpress, pages, expects) {
  const log = join(wordpress.logs, 'timing.log');
  const ask = async (kind) => {
    const page = await (await fetch(`${pages[kind].url}?timed=${kind}`)).text();
    if (kind === 'with' && !expects.test(page)) throw new Error(`the page does not show ${expects}\n${page.slice(-3000)}`);
  };
  for (let i = 0; i < 10; i += 1) for (const kind of ['with', 'without']) await ask(kind);
  rmSync(log, { force: true });
  for (let i = 0; i < REQUESTS; i += 1) for (const kind of i % 2 ? ['with', 'without'] : ['without', 'with']) await ask(kind);
  // The last worker may still be at what comes after its page.
  const read = () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean).map((line) => line.split(' ')) : []);
  const lines = await eventually(() => { const found = read(); return found.length >= 2 * REQUESTS && found; }, 'the time of every request', 20);
  const times = (kind, column) => lines.filter(([which]) => which === kind).map((line) => Number(line[column]));
  const of = (kind) => ({ count: times(kind, 1).length, page: median(times(kind, 1)), all: median(times(kind, 2)), cpu: median(times(kind, 3)), slowest: Math.max(...times(kind, 1)) });
  return { with: of('with'), without: of('without') };
}

const failures = [];
console.log(`load of the machine before: ${loadavg()[0].toFixed(2)}`);
for (const version of VERSIONS) {
  const pair = await startPair({ version });
  const { wordpress, leadseal } = pair;
  try {
    wordpress.mustUse('timing.php', CLOCK);
    const text = '<!-- wp:paragraph --><p>お気軽にお問い合わせください。</p><!-- /wp:paragraph -->';
    const pages = {
      with: wordpress.publish('With', `${text}<!-- wp:leadseal/form {"form":"contact","lang":"ja"} /-->`),
      without: wordpress.publish('Without', text),
    };
    const report = (state, { with: form, without }) => {
      const [page, all] = [form.page - without.page, form.all - without.all];
      console.log(`WordPress ${wordpress.version}, ${state}: the form costs ${page.toFixed(2)} ms of the page (median ${form.page.toFixed(2)} with, ${without.page.toFixed(2)} without, over ${form.count} requests each; slowest with ${form.slowest.toFixed(0)}); ${all.toFixed(2)} ms until the worker is free, ${(form.cpu - without.cpu).toFixed(2)} ms of CPU`);
      if (page > MOST) failures.push(`${wordpress.version}, ${state}: ${page.toFixed(2)} ms`);
    };
    report('Leadseal up', await measure(wordpress, pages, /<form[^>]*ls-form/));
    await leadseal.halt();
    report('Leadseal down, last good form', await measure(wordpress, pages, /<form[^>]*ls-form/));
    // Worse than down: something takes the connection and never says a word.
    const silent = createServer(() => {});
    await new Promise((done) => silent.listen(Number(new URL(leadseal.public).port), '127.0.0.1', done));
    wordpress.php("delete_option( 'leadseal_checked' ); Leadseal_Breaker::reset();");
    report('Leadseal silent, last good form', await measure(wordpress, pages, /<form[^>]*ls-form/));
    silent.close();
    wordpress.connect({ address: `http://127.0.0.1:${await freePort()}`, key: pair.key });
    wordpress.php('Leadseal_Breaker::reset();');
    report('Leadseal down, no form known', await measure(wordpress, pages, /leadseal-fallback/));
  } finally {
    await pair.stop();
  }
}
console.log(failures.length ? `FAILED, over ${MOST} ms: ${failures.join('; ')}` : `all within ${MOST} ms`);
process.exit(failures.length ? 1 : 0);
