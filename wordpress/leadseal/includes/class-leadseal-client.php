<?php
/**
 * Calls to Leadseal from this server.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Signs, sends and understands. Every answer feeds the breaker, but only pages ask it first: a
 * visitor's answers in a bridge are always worth a try.
 */
final class Leadseal_Client {

	const TIMEOUT = 5;
	/** Lists of forms are the longest answers. */
	const LARGEST = 2097152;

	/**
	 * Who this key is and whether Leadseal takes submissions.
	 *
	 * @param array $opts As for `get`.
	 * @return array|WP_Error
	 */
	public static function status( array $opts = array() ) {
		return self::get( '/site/v1/status', $opts );
	}

	/**
	 * The forms of this site.
	 *
	 * @param array $opts As for `get`.
	 * @return array|WP_Error A list of forms.
	 */
	public static function forms( array $opts = array() ) {
		$answer = self::get( '/site/v1/forms', $opts );
		if ( is_wp_error( $answer ) ) {
			return $answer;
		}
		return isset( $answer['forms'] ) && is_array( $answer['forms'] ) ? $answer['forms'] : Leadseal_Advice::not_leadseal();
	}

	/**
	 * Hands over what a visitor sent through another plugin's form.
	 *
	 * @param string $form Id of the form.
	 * @param array  $lead The body after the site API: `answers`, `lang`, `page` and so on.
	 * @param string $id   Of this submission; the same again for a second try.
	 * @return array|WP_Error
	 */
	public static function submit( string $form, array $lead, string $id ) {
		return self::post( '/site/v1/forms/' . rawurlencode( $form ) . '/leads', $lead, array( 'id' => $id ) );
	}

	/**
	 * Asks for what is held about a person, or for its erasure.
	 *
	 * @param string $kind  `access` or `erase`.
	 * @param string $email Of the person.
	 * @param string $lang  `ja` or `en`, for the mail.
	 * @return array|WP_Error
	 */
	public static function request( string $kind, string $email, string $lang ) {
		return self::post(
			'/site/v1/requests',
			array(
				'kind'  => $kind,
				'email' => $email,
				'lang'  => $lang,
			)
		);
	}

	/**
	 * A signed question.
	 *
	 * @param string $path From `/site/v1/` on.
	 * @param array  $opts `id`, `timeout` in seconds; `address` and `key` to try others than the set ones.
	 * @return array|WP_Error
	 */
	public static function get( string $path, array $opts = array() ) {
		return self::call( 'GET', $path, '', $opts );
	}

	/**
	 * A signed message.
	 *
	 * @param string $path From `/site/v1/` on.
	 * @param array  $body Sent as JSON.
	 * @param array  $opts As for `get`.
	 * @return array|WP_Error
	 */
	public static function post( string $path, array $body, array $opts = array() ) {
		$json = wp_json_encode( $body, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES );
		if ( false === $json ) {
			return new WP_Error( 'leadseal_refused', __( 'The answers could not be written as JSON: their encoding is not UTF-8.', 'leadseal' ) );
		}
		return self::call( 'POST', $path, $json, $opts );
	}

	/**
	 * One request to Leadseal's address, signed or not, without following redirects.
	 *
	 * @param string $method  `GET` or `POST`.
	 * @param string $url     Whole address.
	 * @param array  $args    For `wp_remote_request`.
	 * @param bool   $counts  Whether failing says something about the address that is set.
	 * @return array|WP_Error WordPress's answer array, of any status that came from Leadseal itself.
	 */
	public static function http( string $method, string $url, array $args, bool $counts = true ) {
		$args += array(
			'method'              => $method,
			'timeout'             => self::TIMEOUT,
			'redirection'         => 0,
			'limit_response_size' => self::LARGEST,
			'user-agent'          => 'leadseal-wordpress/' . LEADSEAL_VERSION,
		);
		/**
		 * Changes how Leadseal is called: a proxy, another certificate file, a longer time.
		 *
		 * @param array  $args For `wp_remote_request`.
		 * @param string $url  Where to.
		 */
		$args   = (array) apply_filters( 'leadseal_http_args', $args, $url );
		$answer = wp_remote_request( $url, $args );
		if ( is_wp_error( $answer ) ) {
			$error = Leadseal_Advice::unreachable( $answer, $url );
		} else {
			$status = (int) wp_remote_retrieve_response_code( $answer );
			$error  = $status >= 500 && ! self::is_problem( $answer ) ? Leadseal_Advice::bad_gateway( $status ) : null;
		}
		if ( $counts ) {
			$error ? Leadseal_Breaker::failed() : Leadseal_Breaker::succeeded();
		}
		return $error ?? $answer;
	}

	/**
	 * Signs a call, sends it and reads the answer.
	 *
	 * @param string $method `GET` or `POST`.
	 * @param string $path   From `/site/v1/` on, with its query.
	 * @param string $body   Of the request.
	 * @param array  $opts   As for `get`.
	 * @return array|WP_Error
	 */
	private static function call( string $method, string $path, string $body, array $opts ) {
		$address = $opts['address'] ?? Leadseal_Settings::address();
		$key     = $opts['key'] ?? Leadseal_Settings::site_key();
		if ( '' === $address || ! Leadseal_Settings::is_key( $key ) ) {
			return Leadseal_Advice::not_connected();
		}
		$id   = (string) ( $opts['id'] ?? wp_generate_uuid4() );
		$args = array( 'headers' => self::headers( $key, $id, time(), $method, $path, $body ) );
		if ( 'GET' !== $method ) {
			$args['body'] = $body;
		}
		if ( isset( $opts['timeout'] ) ) {
			$args['timeout'] = $opts['timeout'];
		}
		$answer = self::http( $method, $address . $path, $args, ! isset( $opts['address'] ) );
		return is_wp_error( $answer ) ? $answer : self::understand( $answer );
	}

	/**
	 * The headers of a signed call.
	 *
	 * @param string $key    Site key.
	 * @param string $id     Of the call.
	 * @param int    $time   Now.
	 * @param string $method `GET` or `POST`.
	 * @param string $path   With query.
	 * @param string $body   Of the request.
	 */
	private static function headers( string $key, string $id, int $time, string $method, string $path, string $body ): array {
		preg_match( Leadseal_Settings::KEY_SHAPE, $key, $parts );
		// The alphabet of URLs, and not to hide anything.
		// phpcs:disable WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_decode, WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_encode
		$secret    = base64_decode( strtr( $parts[2], '-_', '+/' ) );
		$signature = base64_encode( hash_hmac( 'sha256', "$id.$time.$method $path.$body", $secret, true ) );
		// phpcs:enable
		$headers = array(
			'accept'            => 'application/json',
			'leadseal-key'      => $parts[1],
			'webhook-id'        => $id,
			'webhook-timestamp' => (string) $time,
			'webhook-signature' => 'v1,' . $signature,
		);
		if ( 'GET' !== $method ) {
			$headers['content-type'] = 'application/json';
		}
		return $headers;
	}

	/**
	 * The meaning of an answer.
	 *
	 * @param array $answer Of WordPress's HTTP functions.
	 * @return array|WP_Error
	 */
	private static function understand( array $answer ) {
		$status = (int) wp_remote_retrieve_response_code( $answer );
		$body   = json_decode( wp_remote_retrieve_body( $answer ), true );
		if ( $status >= 200 && $status < 300 ) {
			return is_array( $body ) ? $body : Leadseal_Advice::not_leadseal();
		}
		if ( $status >= 300 && $status < 400 ) {
			return Leadseal_Advice::redirected( (string) wp_remote_retrieve_header( $answer, 'location' ) );
		}
		$body = self::is_problem( $answer ) && is_array( $body ) ? $body : array();
		$type = is_string( $body['type'] ?? null ) ? preg_replace( '/[^a-z-]/', '', (string) preg_replace( '~\A.*[/:#]~s', '', $body['type'] ) ) : '';
		return Leadseal_Advice::refused( $status, $type, $body );
	}

	/**
	 * Whether an answer is a problem that Leadseal itself reports.
	 *
	 * @param array $answer Of WordPress's HTTP functions.
	 */
	private static function is_problem( array $answer ): bool {
		return 0 === strpos( (string) wp_remote_retrieve_header( $answer, 'content-type' ), 'application/problem+json' );
	}
}
