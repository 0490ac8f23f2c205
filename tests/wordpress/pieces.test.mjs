// The plugin's pieces on each WordPress: markup, settings, breaker, client, uninstall. What is looked
// at stands in pieces.php, which runs inside the site.

import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { VERSIONS, startWordPress } from './house.mjs';

const PIECES = join(dirname(fileURLToPath(import.meta.url)), 'pieces.php');

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
