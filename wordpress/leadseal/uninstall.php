<?php
/**
 * Leaves nothing of the plugin behind when it is deleted.
 *
 * @package Leadseal
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

/**
 * Names in a column that begin as this plugin's do.
 *
 * @param string $table  Of WordPress.
 * @param string $column Holding names.
 * @param array  $starts How they begin.
 */
function leadseal_uninstall_names( string $table, string $column, array $starts ): array {
	global $wpdb;
	$names = array();
	foreach ( $starts as $start ) {
		// phpcs:ignore WordPress.DB -- table and column are WordPress's own, written in this file; there is no cache of names.
		$names = array_merge( $names, $wpdb->get_col( $wpdb->prepare( "SELECT DISTINCT `$column` FROM `$table` WHERE `$column` LIKE %s", $wpdb->esc_like( $start ) . '%' ) ) );
	}
	return $names;
}

/**
 * Removes options, transients and planned events of the current site.
 */
function leadseal_uninstall_site(): void {
	global $wpdb;
	$starts = array( 'leadseal_', 'widget_leadseal_', '_transient_leadseal_', '_transient_timeout_leadseal_', '_site_transient_leadseal_', '_site_transient_timeout_leadseal_' );
	foreach ( leadseal_uninstall_names( $wpdb->options, 'option_name', $starts ) as $name ) {
		delete_option( $name );
	}
	foreach ( (array) _get_cron_array() as $hooks ) {
		foreach ( array_keys( (array) $hooks ) as $hook ) {
			if ( 0 === strpos( (string) $hook, 'leadseal_' ) ) {
				wp_unschedule_hook( $hook );
			}
		}
	}
	// A widget that is gone would otherwise stay listed in its sidebar.
	$sidebars = get_option( 'sidebars_widgets' );
	if ( is_array( $sidebars ) ) {
		foreach ( $sidebars as $sidebar => $widgets ) {
			if ( is_array( $widgets ) ) {
				$sidebars[ $sidebar ] = array_values( preg_grep( '/\Aleadseal_/', $widgets, PREG_GREP_INVERT ) );
			}
		}
		update_option( 'sidebars_widgets', $sidebars ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- WordPress's own name.
	}
	foreach ( leadseal_uninstall_names( $wpdb->postmeta, 'meta_key', array( 'leadseal_', '_leadseal_' ) ) as $name ) {
		delete_post_meta_by_key( $name );
	}
}

/**
 * Removes what belongs to people and to the network.
 */
function leadseal_uninstall_shared(): void {
	global $wpdb;
	foreach ( leadseal_uninstall_names( $wpdb->usermeta, 'meta_key', array( 'leadseal_', $wpdb->base_prefix . 'leadseal_' ) ) as $name ) {
		delete_metadata( 'user', 0, $name, '', true );
	}
	if ( is_multisite() ) {
		foreach ( leadseal_uninstall_names( $wpdb->sitemeta, 'meta_key', array( 'leadseal_', '_site_transient_leadseal_', '_site_transient_timeout_leadseal_' ) ) as $name ) {
			delete_site_option( $name );
		}
	}
}

if ( is_multisite() ) {
	$leadseal_at = 0;
	do {
		$leadseal_sites = get_sites(
			array(
				'fields' => 'ids',
				'number' => 100,
				'offset' => $leadseal_at,
			)
		);
		foreach ( $leadseal_sites as $leadseal_site ) {
			switch_to_blog( $leadseal_site );
			leadseal_uninstall_site();
			restore_current_blog();
		}
		$leadseal_at += 100;
	} while ( $leadseal_sites );
} else {
	leadseal_uninstall_site();
}
leadseal_uninstall_shared();
