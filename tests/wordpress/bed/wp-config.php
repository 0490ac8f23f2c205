<?php
// The test site's configuration. WordPress is told where it is by the port it was started on.
define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:@DIR@/run/mariadb.sock' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );

define( 'AUTH_KEY', '@SECRET@1' );
define( 'SECURE_AUTH_KEY', '@SECRET@2' );
define( 'LOGGED_IN_KEY', '@SECRET@3' );
define( 'NONCE_KEY', '@SECRET@4' );
define( 'AUTH_SALT', '@SECRET@5' );
define( 'SECURE_AUTH_SALT', '@SECRET@6' );
define( 'LOGGED_IN_SALT', '@SECRET@7' );
define( 'NONCE_SALT', '@SECRET@8' );

define( 'WP_HOME', 'http://127.0.0.1:@PORT@' );
define( 'WP_SITEURL', 'http://127.0.0.1:@PORT@' );

define( 'WP_DEBUG', true );
define( 'WP_DEBUG_LOG', '@DIR@/logs/debug.log' );
define( 'WP_DEBUG_DISPLAY', false );
define( 'FS_METHOD', 'direct' );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
// Nothing but this machine is asked for anything.
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_ACCESSIBLE_HOSTS', '127.0.0.1,localhost' );
// Where mail goes: "127.0.0.1:PORT", or '' for files.
define( 'LEADSEAL_TEST_SMTP', '@SMTP@' );

// What a test adds.
if ( is_readable( __DIR__ . '/wp-config-test.php' ) ) {
	require __DIR__ . '/wp-config-test.php';
}

$table_prefix = 'wp_';

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
