<?php
/**
 * Runs code inside the test site: `run.php DIR -r CODE`, `run.php DIR FILE [ARGUMENT…]`, or code on
 * standard input. Refuses to hide an error: what goes wrong is on standard error, and the status is 1.
 */

if ( 'cli' !== PHP_SAPI ) {
	exit( 1 );
}
ini_set( 'display_errors', 'stderr' );
array_shift( $argv );
$leadseal_site = json_decode( (string) @file_get_contents( $argv[0] . '/site.json' ), true );

$_SERVER['HTTP_HOST']       = $leadseal_site ? parse_url( $leadseal_site['url'], PHP_URL_HOST ) . ':' . parse_url( $leadseal_site['url'], PHP_URL_PORT ) : '127.0.0.1';
$_SERVER['SERVER_NAME']     = '127.0.0.1';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['REQUEST_METHOD']  = 'GET';
$_SERVER['REQUEST_URI']     = '/';
$_SERVER['REMOTE_ADDR']     = '127.0.0.1';

// The installation itself runs before there is a site to load.
if ( isset( $argv[1] ) && 'install.php' === basename( $argv[1] ) && ! $leadseal_site ) {
	define( 'WP_INSTALLING', true );
}
require $argv[0] . '/wordpress/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
// WordPress logs errors to its own file; a person who runs code wants to see them.
ini_set( 'display_errors', 'stderr' );
// An old WordPress on a new PHP has much to say of itself; debug.log has it.
error_reporting( E_ALL & ~E_DEPRECATED & ~E_USER_DEPRECATED );
set_exception_handler(
	function ( $error ) {
		fwrite( STDERR, get_class( $error ) . ': ' . $error->getMessage() . "\n" . $error->getTraceAsString() . "\n" );
		exit( 1 );
	}
);

array_shift( $argv );
if ( isset( $argv[0], $argv[1] ) && '-r' === $argv[0] ) {
	eval( $argv[1] );
} elseif ( isset( $argv[0] ) ) {
	require $argv[0];
} else {
	eval( preg_replace( '/^<\?php/', '', stream_get_contents( STDIN ), 1 ) );
}
