<?php
/**
 * Lists PHP's own functions that the plugin calls, with a place for each, as JSON on standard output:
 * `functions.php FOLDER`. An older PHP is then asked which of them it has not.
 */

$extensions = array( 'Core', 'standard', 'date', 'pcre', 'json', 'hash', 'ctype', 'SPL', 'filter' );
$found      = array();
$files      = new RecursiveIteratorIterator( new RecursiveDirectoryIterator( $argv[1], FilesystemIterator::SKIP_DOTS ) );
foreach ( $files as $file ) {
	if ( 'php' !== $file->getExtension() ) {
		continue;
	}
	$tokens = array_values(
		array_filter(
			PhpToken::tokenize( file_get_contents( $file ) ),
			function ( $token ) {
				return ! $token->is( array( T_WHITESPACE, T_COMMENT, T_DOC_COMMENT ) );
			}
		)
	);
	foreach ( $tokens as $at => $token ) {
		$before = $tokens[ $at - 1 ] ?? null;
		$after  = $tokens[ $at + 1 ] ?? null;
		if ( ! $token->is( T_STRING ) || ! $after || '(' !== $after->text || ! function_exists( $token->text ) ) {
			continue;
		}
		if ( $before && $before->is( array( T_OBJECT_OPERATOR, T_DOUBLE_COLON, T_FUNCTION, T_NEW ) ) ) {
			continue;
		}
		$function = new ReflectionFunction( $token->text );
		if ( in_array( $function->getExtensionName(), $extensions, true ) ) {
			$found[ strtolower( $token->text ) ] = $file . ':' . $token->line;
		}
	}
}
ksort( $found );
echo json_encode( $found, JSON_UNESCAPED_SLASHES ), "\n";
