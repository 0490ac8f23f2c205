<?php
/**
 * The plugin on a network of sites: `network.php make` turns the site into one, `network.php look` has two
 * sites with settings of their own, deletes the plugin and prints what each still holds.
 */

global $wpdb;
$where = wp_parse_url( home_url(), PHP_URL_HOST ) . ':' . wp_parse_url( home_url(), PHP_URL_PORT );

if ( 'make' === end( $argv ) ) {
	define( 'WP_INSTALLING_NETWORK', true );
	require_once ABSPATH . 'wp-admin/includes/upgrade.php';
	foreach ( $wpdb->tables( 'ms_global' ) as $table => $name ) {
		$wpdb->$table = $name;
	}
	install_network();
	$made = populate_network( 1, $where, 'admin@example.jp', 'Network', '/', false );
	if ( is_wp_error( $made ) ) {
		throw new Exception( $made->get_error_message() );
	}
	file_put_contents(
		ABSPATH . 'wp-config-test.php',
		"<?php\ndefine( 'MULTISITE', true );\ndefine( 'SUBDOMAIN_INSTALL', false );\ndefine( 'DOMAIN_CURRENT_SITE', '$where' );\n"
		. "define( 'PATH_CURRENT_SITE', '/' );\ndefine( 'SITE_ID_CURRENT_SITE', 1 );\ndefine( 'BLOG_ID_CURRENT_SITE', 1 );\n"
	);
	return;
}

$left = static function ( int $site ) use ( $wpdb ): array {
	switch_to_blog( $site );
	wp_cache_flush();
	$found = array(
		'options' => (int) $wpdb->get_var( "SELECT count(*) FROM $wpdb->options WHERE option_name LIKE '%leadseal%' AND option_name <> 'cron'" ),
		'events'  => substr_count( (string) $wpdb->get_var( "SELECT option_value FROM $wpdb->options WHERE option_name = 'cron'" ), 'leadseal' ),
		'people'  => (int) $wpdb->get_var( "SELECT count(*) FROM $wpdb->usermeta WHERE meta_key LIKE '%leadseal%'" ),
	);
	restore_current_blog();
	return $found;
};

$second = wpmu_create_blog( $where, '/two/', 'Two', 1 );
activate_plugin( 'leadseal/leadseal.php', '', true );
$addresses = array();
foreach ( array( 1, $second ) as $site ) {
	switch_to_blog( $site );
	Leadseal_Plugin::schedule();
	update_option( 'leadseal_settings', array( 'address' => "https://$site.example" ) );
	$addresses[] = Leadseal_Settings::address();
	restore_current_blog();
}
update_user_meta( 1, 'leadseal_notice_seen', 1 );
$before = array( $left( 1 ), $left( $second ) );

deactivate_plugins( 'leadseal/leadseal.php', false, true );
$off = array( $left( 1 )['events'], $left( $second )['events'] );
define( 'WP_UNINSTALL_PLUGIN', 'leadseal/leadseal.php' );
require LEADSEAL_DIR . 'uninstall.php';
echo wp_json_encode(
	array(
		'addresses' => $addresses,
		'before'    => $before,
		'off'       => $off,
		'after'     => array( $left( 1 ), $left( $second ) ),
	)
);
