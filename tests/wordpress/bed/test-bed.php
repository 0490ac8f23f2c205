<?php
/**
 * What the test bed adds to its WordPress: mail that goes to the test. Refuses to change anything else.
 *
 * Plugin Name: Leadseal test bed
 */

defined( 'ABSPATH' ) || exit;

// wordpress@127.0.0.1 is no address that a mailer takes.
add_filter(
	'wp_mail_from',
	function () {
		return 'wordpress@example.jp';
	}
);

add_action(
	'phpmailer_init',
	function ( $mailer ) {
		if ( ! defined( 'LEADSEAL_TEST_SMTP' ) || '' === LEADSEAL_TEST_SMTP ) {
			return;
		}
		list( $host, $port ) = explode( ':', LEADSEAL_TEST_SMTP );
		$mailer->isSMTP();
		$mailer->Host        = $host;
		$mailer->Port        = (int) $port;
		$mailer->SMTPAuth    = false;
		$mailer->SMTPAutoTLS = false;
	}
);
