<?php
/**
 * Lets one of many page views do a piece of work.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Short locks that end by themselves, also when the request that took one dies.
 */
final class Leadseal_Lock {

	/**
	 * Takes a lock; false when somebody holds it.
	 *
	 * @param string $name    What is to be done.
	 * @param int    $seconds How long the lock lasts unless it is given back.
	 */
	public static function take( string $name, int $seconds ): bool {
		global $wpdb;
		if ( wp_using_ext_object_cache() ) {
			return wp_cache_add( $name, 1, 'leadseal', $seconds );
		}
		$option = 'leadseal_lock_' . $name;
		$now    = time();
		// The options API looks before it writes, so two requests could both take the lock; the
		// database's unique index decides instead, as for WordPress's own upgrade lock.
		// phpcs:disable WordPress.DB.DirectDatabaseQuery
		$taken = $wpdb->query(
			$wpdb->prepare( "INSERT IGNORE INTO `$wpdb->options` ( `option_name`, `option_value`, `autoload` ) VALUES ( %s, %s, 'no' )", $option, $now + $seconds )
		);
		if ( $taken ) {
			return true;
		}
		$taken = $wpdb->query(
			$wpdb->prepare( "UPDATE `$wpdb->options` SET `option_value` = %s WHERE `option_name` = %s AND CAST( `option_value` AS UNSIGNED ) <= %d", $now + $seconds, $option, $now )
		);
		// phpcs:enable
		return (bool) $taken;
	}

	/**
	 * Gives a lock back before its time.
	 *
	 * @param string $name What was to be done.
	 */
	public static function give_back( string $name ): void {
		global $wpdb;
		if ( wp_using_ext_object_cache() ) {
			wp_cache_delete( $name, 'leadseal' );
			return;
		}
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery
		$wpdb->delete( $wpdb->options, array( 'option_name' => 'leadseal_lock_' . $name ) );
	}
}
