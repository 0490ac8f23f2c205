<?php
/**
 * The double's module for Flamingo, which belongs to Contact Form 7 and not to Flamingo.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

add_action( 'wpcf7_submit', 'wpcf7_flamingo_submit', 10, 2 );

function wpcf7_flamingo_submit( $contact_form, $result ) {
	if ( ! class_exists( 'Flamingo_Contact' ) || $contact_form->in_demo_mode() ) {
		return;
	}
	$statuses   = (array) apply_filters( 'wpcf7_flamingo_submit_if', array( 'spam', 'mail_sent', 'mail_failed' ) );
	$submission = WPCF7_Submission::get_instance();
	$posted     = $submission ? $submission->get_posted_data() : array();
	if ( ! in_array( $result['status'] ?? '', $statuses, true ) || array() === $posted || $submission->get_meta( 'do_not_store' ) ) {
		return;
	}
	$value = array();
	foreach ( array( 'email', 'name', 'subject' ) as $field ) {
		$value[ $field ] = apply_filters( 'wpcf7_flamingo_get_value', wpcf7_mail_replace_tags( "[your-$field]" ), $field, $contact_form );
	}
	$meta = array();
	foreach ( array( 'remote_ip', 'user_agent', 'url', 'site_title', 'user_login', 'user_email' ) as $name ) {
		$meta[ $name ] = apply_filters( 'wpcf7_special_mail_tags', null, "_$name", false, new WPCF7_MailTag( "[_$name]", "_$name", '' ) );
	}
	if ( 'mail_sent' === $result['status'] ) {
		Flamingo_Contact::add(
			array(
				'email'          => $value['email'],
				'name'           => $value['name'],
				'last_contacted' => gmdate( 'Y-m-d H:i:s', $submission->get_meta( 'timestamp' ) ),
			)
		);
	}
	$message = Flamingo_Inbound_Message::add(
		apply_filters(
			'wpcf7_flamingo_inbound_message_parameters',
			array(
				'channel'          => 'contact-form-7',
				'status'           => $submission->get_status(),
				'subject'          => $value['subject'],
				'from'             => trim( sprintf( '%s <%s>', $value['name'], $value['email'] ) ),
				'from_name'        => $value['name'],
				'from_email'       => $value['email'],
				'fields'           => $posted,
				'meta'             => $meta,
				'akismet'          => $submission->pull( 'akismet' ),
				'recaptcha'        => $submission->pull( 'recaptcha' ),
				'spam'             => 'spam' === $result['status'],
				'consent'          => $submission->collect_consent(),
				'timestamp'        => $submission->get_meta( 'timestamp' ),
				'posted_data_hash' => $submission->get_posted_data_hash(),
			)
		)
	);
	do_action( 'wpcf7_after_flamingo', $result + array( 'flamingo_inbound_id' => $message ) );
}
