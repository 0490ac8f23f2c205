<?php
/**
 * Plugin Name: Contact Form 7 (a double for tests)
 * Description: Stands in for Contact Form 7 (6 series) where the plugin itself can't be had: the same hooks in the same order with the same arguments, the same names, the same places to keep things. Not the plugin, and none of its code.
 * Version:     6.0-double
 * License:     GPL-2.0-or-later
 *
 * The order is that of includes/submission.php and modules/flamingo.php in the 5 and the 6
 * series, as class-leadseal-bridge-cf7.php writes it down.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

define( 'WPCF7_VERSION', '6.0' );

require __DIR__ . '/form.php';
require __DIR__ . '/submission.php';
require __DIR__ . '/flamingo.php';

add_action(
	'init',
	static function () {
		register_post_type( 'wpcf7_contact_form', array( 'public' => false ) );
		add_shortcode( 'contact-form-7', 'wpcf7_double_shortcode' );
	}
);

add_action(
	'rest_api_init',
	static function () {
		register_rest_route(
			'contact-form-7/v1',
			'/contact-forms/(?P<id>\d+)/feedback',
			array(
				'methods'             => 'POST',
				'permission_callback' => '__return_true',
				'callback'            => 'wpcf7_double_feedback',
			)
		);
	}
);

// Without the script the page itself takes the post, before anything is printed.
add_action(
	'parse_request',
	static function () {
		if ( isset( $_POST['_wpcf7'] ) && ! WPCF7_Submission::is_restful() ) {
			$form = WPCF7_ContactForm::get_instance( (int) $_POST['_wpcf7'] );
			if ( $form ) {
				$form->submit();
			}
		}
	},
	20
);

function wpcf7_double_feedback( WP_REST_Request $request ) {
	if ( 0 !== strpos( (string) $request->get_header( 'Content-Type' ), 'multipart/form-data' ) ) {
		return new WP_Error( 'wpcf7_unsupported_media_type', 'multipart only', array( 'status' => 415 ) );
	}
	$form = WPCF7_ContactForm::get_instance( (int) $request->get_param( 'id' ) );
	if ( ! $form ) {
		return new WP_Error( 'wpcf7_not_found', 'no such form', array( 'status' => 404 ) );
	}
	$result  = $form->submit();
	$invalid = array();
	foreach ( (array) ( $result['invalid_fields'] ?? array() ) as $name => $field ) {
		$invalid[] = array(
			'field'   => $name,
			'message' => $field['reason'],
			'idref'   => $field['idref'],
		);
	}
	$result['invalid_fields'] = $invalid;
	return rest_ensure_response( apply_filters( 'wpcf7_feedback_response', $result, $result ) );
}

function wpcf7_double_shortcode( $atts ) {
	$form = WPCF7_ContactForm::get_instance( (int) ( $atts['id'] ?? 0 ) );
	if ( ! $form ) {
		return '[contact-form-7 404]';
	}
	wp_enqueue_script( 'contact-form-7', plugins_url( 'feedback.js', __FILE__ ), array(), '1', true );
	wp_localize_script( 'contact-form-7', 'wpcf7', array( 'api' => rest_url( 'contact-form-7/v1' ) ) );
	do_action( 'wpcf7_enqueue_scripts' );
	return $form->form_html();
}
