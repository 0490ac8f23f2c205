// Has PHP 7.4 read every file of the plugin: `php74.mjs FOLDER FUNCTIONS.json`. The file is compiled
// as far as its guard, which ends it, so nothing of WordPress is needed. Refuses functions of PHP's own
// that came later, unless WordPress brings them.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { getPHPLoaderModule } from '@php-wasm/node-7-4';
import { PHP, loadPHPRuntime } from '@php-wasm/universal';

/** What WordPress 6.1 has for a PHP that has not. */
const BROUGHT = ['str_contains', 'str_starts_with', 'str_ends_with', 'array_key_first', 'array_key_last', 'is_countable', 'hash_equals'];

const [folder, list] = process.argv.slice(2);
const php = new PHP(await loadPHPRuntime(await getPHPLoaderModule(), {}));
const run = async (code) => (await php.run({ code })).text;

const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.php')).sort();
let wrong = 0;
for (const name of files) {
  php.writeFile('/file.php', readFileSync(join(folder, name)));
  // The parser first, which says where; then the compiler.
  const said = await run(`<?php
    try { token_get_all( file_get_contents( '/file.php' ), TOKEN_PARSE ); } catch ( ParseError $e ) { echo $e->getMessage(), ' on line ', $e->getLine(); exit; }
    register_shutdown_function( function () { $e = error_get_last(); if ( $e && ( $e['type'] & ( E_COMPILE_ERROR | E_PARSE ) ) ) { echo $e['message'], ' on line ', $e['line']; } } );
    ini_set( 'display_errors', '0' );
    ob_start( function () { return ''; } );
    try { include '/file.php'; } catch ( Throwable $e ) {}
  `);
  if (said.trim()) {
    console.error(`${join(folder, name)}: PHP 7.4: ${said.trim()}`);
    wrong += 1;
  }
}
const used = JSON.parse(readFileSync(list, 'utf8'));
php.writeFile('/used.json', JSON.stringify(Object.keys(used)));
const lacking = JSON.parse(await run("<?php echo json_encode( array_values( array_filter( json_decode( file_get_contents( '/used.json' ) ), function ( $name ) { return ! function_exists( $name ); } ) ) );"));
for (const name of lacking.filter((found) => !BROUGHT.includes(found))) {
  console.error(`${used[name]}: PHP 7.4 has no ${name}()`);
  wrong += 1;
}
console.error(`PHP ${await run('<?php echo PHP_VERSION;')} read ${files.length} files, ${Object.keys(used).length} functions: ${wrong} complaints`);
process.exit(wrong ? 1 : 0);
