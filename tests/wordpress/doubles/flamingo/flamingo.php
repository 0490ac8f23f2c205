<?php
/**
 * Plugin Name: Flamingo (a double for tests)
 * Description: Stands in for Flamingo 2 where the plugin itself can't be had: the same posts, meta and names. Not the plugin, and none of its code.
 * Version:     2.0-double
 * License:     GPL-2.0-or-later
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

add_action(
	'init',
	static function () {
		register_post_type( 'flamingo_inbound', array( 'public' => false ) );
		register_post_type( 'flamingo_contact', array( 'public' => false ) );
		register_post_status( 'flamingo-spam', array( 'public' => false ) );
	}
);

class Flamingo_Contact {

	public static function add( $args ) {
		$args = apply_filters( 'flamingo_add_contact', $args );
		if ( empty( $args['email'] ) || ! is_email( $args['email'] ) ) {
			return null;
		}
		$id = wp_insert_post(
			array(
				'post_type'    => 'flamingo_contact',
				'post_status'  => 'publish',
				'post_title'   => $args['email'],
				'post_content' => $args['email'] . "\n" . $args['name'],
			)
		);
		foreach ( array( 'email', 'name', 'last_contacted' ) as $key ) {
			update_post_meta( $id, "_$key", $args[ $key ] );
		}
		return $id;
	}
}

class Flamingo_Inbound_Message {

	public static function add( $args ) {
		$texts = array();
		array_walk_recursive(
			$args['fields'],
			static function ( $value ) use ( &$texts ) {
				$texts[] = $value;
			}
		);
		$id = wp_insert_post(
			array(
				'post_type'    => 'flamingo_inbound',
				'post_status'  => $args['spam'] ? 'flamingo-spam' : 'publish',
				'post_title'   => '' === $args['subject'] ? '(No Title)' : $args['subject'],
				'post_content' => implode( "\n", array_filter( $texts ) ),
			)
		);
		foreach ( array( 'subject', 'from', 'from_name', 'from_email', 'meta', 'akismet', 'recaptcha', 'consent' ) as $key ) {
			update_post_meta( $id, "_$key", $args[ $key ] );
		}
		foreach ( $args['fields'] as $key => $value ) {
			update_post_meta( $id, sanitize_key( "_field_$key" ), $value );
		}
		update_post_meta( $id, '_fields', array_fill_keys( array_keys( $args['fields'] ), null ) );
		update_post_meta( $id, '_hash', $args['posted_data_hash'] );
		return $id;
	}
}
