<?php
/**
 * What MW WP Form keeps between its pages, sealed.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * MW WP Form redirects after each post and carries the values over in a transient, for 1440 seconds
 * and also where nothing is to be stored. A transient is a row of the options table; its bytes stay
 * in the table's file and in the database's logs after it has been deleted. So what is put into it
 * is sealed (XSalsa20-Poly1305) under a key that only the visitor's browser has, in a session cookie
 * beside the session cookies that MW WP Form sets itself. The database never has the key.
 *
 * Checked against 4.0.0 and 4.4.5 with what became 5.0 (classes/models/class.session.php, class.data.php): a session is a
 * transient whose name is the value of the cookie `mw-wp-form_session_{key}`; `-meta` and
 * `-validation-error` are sessions of their own; all are written on `shutdown`.
 */
final class Leadseal_Mwwpform_Session {

	/** The cookie with the visitor's key. */
	const COOKIE = 'leadseal_form_key';

	/** The sessions of a form, by what follows its key. Only the first has values. */
	const SESSIONS = array( '', '-meta', '-validation-error' );

	/** What a sealed session starts with. */
	const MARK = 'leadseal1:';

	/**
	 * The key of this request; null when there is none and none can be made.
	 *
	 * @var string|null
	 */
	private static $key = null;

	/**
	 * Seals the sessions of a form from now on, and opens those that are sealed. A post without a
	 * session gets one here, so that its name is known before the plugin writes to it.
	 *
	 * @param string $form_key The plugin's key of the form.
	 * @param bool   $is_post  Whether values came with the request.
	 */
	public static function seal( string $form_key, bool $is_post ): void {
		self::$key = self::key( $is_post );
		foreach ( self::SESSIONS as $suffix ) {
			$cookie = 'mw-wp-form_session_' . $form_key . $suffix;
			// phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- hexadecimal digits only, below
			$session = isset( $_COOKIE[ $cookie ] ) && is_string( $_COOKIE[ $cookie ] ) ? $_COOKIE[ $cookie ] : '';
			if ( ! preg_match( '/\A[0-9a-f]{40}\z/', $session ) ) {
				// Anything else would name a transient of somebody else's choice.
				unset( $_COOKIE[ $cookie ] );
				if ( ! $is_post ) {
					continue;
				}
				$session = bin2hex( random_bytes( 20 ) );
				self::set_cookie( $cookie, $session );
			}
			add_filter( 'pre_set_transient_' . $session, array( __CLASS__, 'close' ), PHP_INT_MAX );
			add_filter( 'transient_' . $session, array( __CLASS__, 'open' ), PHP_INT_MIN );
		}
	}

	/**
	 * A session as it is written: sealed, or empty where there is no key.
	 *
	 * @param mixed $values What the plugin keeps.
	 * @return mixed
	 */
	public static function close( $values ) {
		if ( ! is_array( $values ) || array() === $values ) {
			return $values;
		}
		if ( null === self::$key ) {
			return array();
		}
		// Texts and lists of texts, as they came with the request.
		$plain = (string) wp_json_encode( $values, JSON_INVALID_UTF8_SUBSTITUTE );
		$nonce = random_bytes( SODIUM_CRYPTO_SECRETBOX_NONCEBYTES );
		// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_encode
		return self::MARK . base64_encode( $nonce . sodium_crypto_secretbox( $plain, $nonce, self::$key ) );
	}

	/**
	 * A session as the plugin reads it; empty where it can't be opened.
	 *
	 * @param mixed $kept What is in the database.
	 * @return mixed
	 */
	public static function open( $kept ) {
		if ( ! is_string( $kept ) || 0 !== strpos( $kept, self::MARK ) ) {
			return $kept;
		}
		// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_decode
		$sealed = base64_decode( substr( $kept, strlen( self::MARK ) ), true );
		if ( null === self::$key || false === $sealed || strlen( $sealed ) < SODIUM_CRYPTO_SECRETBOX_NONCEBYTES + SODIUM_CRYPTO_SECRETBOX_MACBYTES ) {
			return array();
		}
		$nonce = substr( $sealed, 0, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES );
		$plain = sodium_crypto_secretbox_open( substr( $sealed, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES ), $nonce, self::$key );
		$values = false === $plain ? null : json_decode( $plain, true );
		return is_array( $values ) ? $values : array();
	}

	/**
	 * The visitor's key.
	 *
	 * @param bool $make Whether to make one where there is none.
	 */
	private static function key( bool $make ): ?string {
		// phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- hexadecimal digits only, below
		$cookie = isset( $_COOKIE[ self::COOKIE ] ) && is_string( $_COOKIE[ self::COOKIE ] ) ? sanitize_key( $_COOKIE[ self::COOKIE ] ) : '';
		if ( preg_match( '/\A[0-9a-f]{64}\z/', $cookie ) ) {
			return (string) hex2bin( $cookie );
		}
		if ( ! $make || headers_sent() ) {
			return null;
		}
		$key = random_bytes( SODIUM_CRYPTO_SECRETBOX_KEYBYTES );
		self::set_cookie( self::COOKIE, bin2hex( $key ) );
		return $key;
	}

	/**
	 * Sets a cookie for the browser's session, and for the rest of this request.
	 *
	 * @param string $name  Of the cookie.
	 * @param string $value Of the cookie.
	 */
	private static function set_cookie( string $name, string $value ): void {
		$_COOKIE[ $name ] = $value; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- written, not read
		if ( headers_sent() ) {
			return;
		}
		// phpcs:ignore Leadseal.Forbidden -- only on a post of a bridged form that sets session cookies itself; see the class
		setcookie(
			$name,
			$value,
			array(
				'path'     => defined( 'COOKIEPATH' ) && COOKIEPATH ? COOKIEPATH : '/',
				'domain'   => defined( 'COOKIE_DOMAIN' ) ? (string) COOKIE_DOMAIN : '',
				'secure'   => is_ssl(),
				'httponly' => true,
				'samesite' => 'Lax',
			)
		);
	}
}
