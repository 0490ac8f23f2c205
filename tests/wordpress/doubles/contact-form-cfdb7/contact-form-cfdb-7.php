<?php
/**
 * Plugin Name: Contact Form CFDB7 (a double for tests)
 * Description: Stands in for Contact Form CFDB7 1.2.4 where the plugin itself can't be had: the same table, hook, priority and filter. Not the plugin, and none of its code.
 * Version:     1.2.4-double
 * License:     GPL-2.0-or-later
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

register_activation_hook(
	__FILE__,
	static function () {
		global $wpdb;
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		dbDelta(
			"CREATE TABLE {$wpdb->prefix}db7_forms (
				form_id bigint(20) NOT NULL AUTO_INCREMENT,
				form_post_id bigint(20) NOT NULL,
				form_value longtext NOT NULL,
				form_date datetime DEFAULT '0000-00-00 00:00:00' NOT NULL,
				PRIMARY KEY  (form_id)
			) {$wpdb->get_charset_collate()};"
		);
		wp_mkdir_p( wp_upload_dir()['basedir'] . '/cfdb7_uploads' );
	}
);

add_action( 'wpcf7_before_send_mail', 'cfdb7_before_send_mail' );

// It asks neither whether the submission was aborted nor whether it may be stored.
function cfdb7_before_send_mail( $contact_form ) {
	global $wpdb;
	$submission = WPCF7_Submission::get_instance();
	if ( ! $submission ) {
		return;
	}
	$now  = time();
	$data = array( 'cfdb7_status' => 'unread' );
	foreach ( $submission->get_posted_data() as $name => $value ) {
		$data[ $name ] = is_array( $value ) ? $value : str_replace( array( '"', "'", '/', '\\' ), array( '&quot;', '&#039;', '&#047;', '&#092;' ), $value );
	}
	foreach ( $submission->uploaded_files() as $name => $paths ) {
		foreach ( (array) $paths as $path ) {
			copy( $path, wp_upload_dir()['basedir'] . "/cfdb7_uploads/$now-" . basename( $path ) );
			$data[ "{$name}cfdb7_file" ] = "$now-" . basename( $path );
		}
	}
	$data = apply_filters( 'cfdb7_before_save_data', $data );
	do_action( 'cfdb7_before_save', $data );
	$wpdb->insert(
		"{$wpdb->prefix}db7_forms",
		array(
			'form_post_id' => $contact_form->id(),
			'form_value'   => serialize( $data ),
			'form_date'    => current_time( 'Y-m-d H:i:s' ),
		)
	);
	do_action( 'cfdb7_after_save_data', $wpdb->insert_id );
}
