// The plugin's pieces on each WordPress: markup, settings, breaker, client, uninstall. What is looked
// at stands in pieces.php, which runs inside the site.

import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { VERSIONS, startWordPress } from './house.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const PIECES = join(HERE, 'pieces.php');
const NETWORK = join(HERE, 'network.php');

for (const version of VERSIONS) {
  test(`the plugin's pieces on WordPress ${version}`, async () => {
    const wordpress = await startWordPress({ version });
    try {
      const { status, stdout, stderr } = wordpress.phpFile(PIECES);
      const wrong = stdout.split('\n').filter((line) => !line.startsWith('ok ')).join('\n');
      assert.equal(status, 0, `${wrong}\n${stderr}`);
      assert.ok(stdout.split('\n').filter((line) => line.startsWith('ok ')).length >= 15, stdout);
    } finally {
      await wordpress.stop();
    }
  });
}

test('each site of a network has settings of its own, and deleting the plugin clears them all', async () => {
  const wordpress = await startWordPress({ version: VERSIONS.at(-1) });
  try {
    const made = wordpress.phpFile(NETWORK, 'make');
    assert.equal(made.status, 0, made.stderr);
    const { status, stdout, stderr } = wordpress.phpFile(NETWORK, 'look');
    assert.equal(status, 0, stderr);
    const { addresses, before, off, after } = JSON.parse(stdout);
    assert.deepEqual(addresses, ['https://1.example', 'https://2.example']);
    for (const site of before) for (const [what, count] of Object.entries(site)) assert.ok(count > 0, `no ${what} to delete`);
    assert.deepEqual(off, [0, 0], 'nothing is planned once it is switched off');
    for (const site of after) assert.deepEqual(site, { options: 0, events: 0, people: 0 });
  } finally {
    await wordpress.stop();
  }
});
