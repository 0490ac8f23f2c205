<?php
/**
 * Turns what went wrong between this site and Leadseal into a sentence that says what to do.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Errors for an admin. None of them repeats what a visitor typed or what a peer wrote.
 */
final class Leadseal_Advice {

	/**
	 * No address or no key yet.
	 */
	public static function not_connected(): WP_Error {
		return new WP_Error( 'leadseal_not_connected', __( 'This site is not connected to Leadseal yet. Enter the address and the site key under Leadseal › Settings.', 'leadseal' ) );
	}

	/**
	 * No answer came at all.
	 *
	 * @param WP_Error $error   Of WordPress's HTTP functions.
	 * @param string   $address Of Leadseal.
	 */
	public static function unreachable( WP_Error $error, string $address ): WP_Error {
		$said = $error->get_error_message();
		$host = (string) wp_parse_url( $address, PHP_URL_HOST );
		$why  = 'http_request_not_executed' === $error->get_error_code() ? 'blocked' : self::kind( $said );
		return new WP_Error( 'leadseal_unreachable', self::sentence( $why, $host ), array( 'why' => $why ) );
	}

	/**
	 * An answer came, but from a proxy or a broken server.
	 *
	 * @param int $status Of the answer.
	 */
	public static function bad_gateway( int $status ): WP_Error {
		return new WP_Error(
			'leadseal_unreachable',
			/* translators: %d: HTTP status, such as 502. */
			sprintf( __( 'The server in front of Leadseal answered %d, which means that Leadseal itself is not running or is not reached by it. Start Leadseal, or correct the proxy’s settings.', 'leadseal' ), $status ),
			array( 'why' => 'gateway' )
		);
	}

	/**
	 * The server has the time, and it isn't ours.
	 *
	 * @param int $skew Seconds that this site's clock is ahead; negative when it is behind.
	 */
	public static function clock( int $skew ): WP_Error {
		return new WP_Error(
			'leadseal_clock',
			sprintf(
				$skew < 0
					/* translators: %d: seconds. */
					? __( 'This server’s clock is %d seconds behind Leadseal’s, so Leadseal refuses its calls. Switch on time synchronisation (NTP) here, or ask your host to.', 'leadseal' )
					/* translators: %d: seconds. */
					: __( 'This server’s clock is %d seconds ahead of Leadseal’s, so Leadseal refuses its calls. Switch on time synchronisation (NTP) on both, or ask your host to.', 'leadseal' ),
				abs( $skew )
			),
			array( 'skew_seconds' => $skew )
		);
	}

	/**
	 * An answer that is no success.
	 *
	 * @param int    $status  Of the answer.
	 * @param string $type    The last part of the problem's type; '' when the answer is no problem of Leadseal's.
	 * @param array  $problem The answer's body.
	 */
	public static function refused( int $status, string $type, array $problem ): WP_Error {
		switch ( $type ) {
			case 'unknown-key':
				return new WP_Error( 'leadseal_unknown_key', __( 'Leadseal does not know this site key. It may have been revoked, or it belongs to another Leadseal. Make a new one with “leadseal site-key new” and enter it here.', 'leadseal' ) );
			case 'bad-signature':
				return new WP_Error( 'leadseal_bad_signature', __( 'Leadseal knows the id of this site key, but not its secret. Copy the whole key again, without a character missing. A proxy that changes the path or the body of a request has the same effect.', 'leadseal' ) );
			case 'unsigned':
				return new WP_Error( 'leadseal_bad_signature', __( 'The signature did not arrive. A proxy or firewall between this site and Leadseal removes the headers webhook-id, webhook-timestamp, webhook-signature or leadseal-key; let them pass.', 'leadseal' ) );
			case 'clock-skew':
				$theirs = strtotime( (string) ( $problem['server_time'] ?? '' ) );
				return self::clock( $theirs ? time() - $theirs : (int) ( $problem['skew_seconds'] ?? 0 ) );
			case 'not-found':
				return new WP_Error( 'leadseal_not_found', __( 'This site has no such form in Leadseal. It may have been renamed or removed, or the site key belongs to another site.', 'leadseal' ) );
			case 'invalid':
				return new WP_Error( 'leadseal_invalid', __( 'Leadseal did not accept some of the answers.', 'leadseal' ), array( 'errors' => self::field_errors( $problem ) ) );
			case 'rate-limited':
				return new WP_Error( 'leadseal_busy', __( 'Leadseal was asked too often in a short time. Try again in a minute.', 'leadseal' ) );
			case 'unavailable':
				return new WP_Error( 'leadseal_busy', __( 'Leadseal can take no submissions at the moment: its disk is full or can’t be written. Its log says more.', 'leadseal' ) );
			case 'too-large':
				return new WP_Error( 'leadseal_refused', __( 'The answers together are larger than Leadseal takes.', 'leadseal' ), array( 'status' => $status ) );
		}
		if ( 404 === $status && '' === $type ) {
			return new WP_Error( 'leadseal_refused', __( 'There is no Leadseal at this address, or one without the interface for WordPress. Check the address, with its path if Leadseal runs under one, and update Leadseal.', 'leadseal' ), array( 'status' => $status ) );
		}
		if ( in_array( $status, array( 401, 403 ), true ) && '' === $type ) {
			return new WP_Error(
				'leadseal_refused',
				/* translators: %d: HTTP status, such as 403. */
				sprintf( __( 'Something in front of Leadseal answered %d: a password, a firewall or a list of allowed addresses. Let this server through.', 'leadseal' ), $status ),
				array( 'status' => $status )
			);
		}
		return new WP_Error(
			'leadseal_refused',
			/* translators: 1: HTTP status, such as 400; 2: a word that names the problem. */
			sprintf( __( 'Leadseal refused the call (%1$d %2$s). Update the plugin and Leadseal to versions that belong together.', 'leadseal' ), $status, $type ),
			array( 'status' => $status )
		);
	}

	/**
	 * The address answers with a redirect, which a signed call can't follow.
	 *
	 * @param string $target Where it leads to.
	 */
	public static function redirected( string $target ): WP_Error {
		$origin = Leadseal_Settings::origin_of( $target );
		return new WP_Error(
			'leadseal_refused',
			'' === $origin
				? __( 'The address redirects to another one. Enter the address that it leads to.', 'leadseal' )
				/* translators: %s: an address. */
				: sprintf( __( 'The address redirects to %s. Enter that address instead; often it is only https in place of http.', 'leadseal' ), $origin ),
			array( 'why' => 'redirect' )
		);
	}

	/**
	 * The answer is a success that Leadseal would not give.
	 */
	public static function not_leadseal(): WP_Error {
		return new WP_Error( 'leadseal_refused', __( 'What answers at this address is not Leadseal. Check the address.', 'leadseal' ), array( 'why' => 'not-leadseal' ) );
	}

	/**
	 * What kind of trouble WordPress's HTTP functions describe, by curl's numbers or PHP's words.
	 *
	 * @param string $said Their message.
	 */
	private static function kind( string $said ): string {
		$number = preg_match( '/cURL error (\d+)/', $said, $found ) ? (int) $found[1] : 0;
		if ( in_array( $number, array( 5, 6 ), true ) || false !== stripos( $said, 'getaddrinfo' ) ) {
			return 'dns';
		}
		if ( in_array( $number, array( 35, 51, 53, 54, 58, 59, 60, 66, 77, 80, 82, 83, 90, 91 ), true ) || preg_match( '/\b(ssl|tls|certificate)\b/i', $said ) ) {
			return 'tls';
		}
		if ( 28 === $number || false !== stripos( $said, 'timed out' ) ) {
			return 'timeout';
		}
		if ( 7 === $number || false !== stripos( $said, 'refused' ) ) {
			return 'refused';
		}
		return 'broken';
	}

	/**
	 * What to do about it.
	 *
	 * @param string $why  What kind of trouble.
	 * @param string $host Of Leadseal.
	 */
	private static function sentence( string $why, string $host ): string {
		switch ( $why ) {
			case 'blocked':
				/* translators: %s: a host name. */
				return sprintf( __( 'This WordPress does not let plugins call other servers (WP_HTTP_BLOCK_EXTERNAL). Add %s to WP_ACCESSIBLE_HOSTS in wp-config.php.', 'leadseal' ), $host );
			case 'dns':
				/* translators: %s: a host name. */
				return sprintf( __( 'The name %s was not found. Check the spelling, and that its DNS entry exists and is known to this server.', 'leadseal' ), $host );
			case 'tls':
				/* translators: %s: a host name. */
				return sprintf( __( 'No secure connection to %s could be made. Its certificate has expired, is for another name, or its issuer is not known to this server; renew it, or correct the address.', 'leadseal' ), $host );
			case 'timeout':
				/* translators: %s: a host name. */
				return sprintf( __( '%s did not answer in time. Check that Leadseal runs, and that a firewall lets this server reach it.', 'leadseal' ), $host );
			case 'refused':
				/* translators: %s: a host name. */
				return sprintf( __( '%s refused the connection. Start Leadseal, and check the port in the address and the firewall.', 'leadseal' ), $host );
			default:
				/* translators: %s: a host name. */
				return sprintf( __( 'The connection to %s broke off. Check that the address is Leadseal’s public one (http or https, and the port), and that Leadseal runs.', 'leadseal' ), $host );
		}
	}

	/**
	 * The errors of a refused submission, in the shape that the bridges take.
	 *
	 * @param array $problem The answer's body.
	 */
	private static function field_errors( array $problem ): array {
		$errors = array();
		foreach ( is_array( $problem['errors'] ?? null ) ? $problem['errors'] : array() as $error ) {
			if ( is_array( $error ) ) {
				$errors[] = array(
					'field'   => sanitize_text_field( (string) ( $error['field'] ?? '' ) ),
					'input'   => sanitize_text_field( (string) ( $error['input'] ?? $error['field'] ?? '' ) ),
					'code'    => sanitize_text_field( (string) ( $error['code'] ?? '' ) ),
					'message' => sanitize_text_field( (string) ( $error['message'] ?? '' ) ),
				);
			}
		}
		return $errors;
	}
}
