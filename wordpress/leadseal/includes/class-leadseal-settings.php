<?php
/**
 * What the owner has set, from wp-config.php or the settings page.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Reads and cleans the settings. Constants win over what is stored, so that an agency can keep the
 * key out of the database altogether.
 */
final class Leadseal_Settings {

	const OPTION     = 'leadseal_settings';
	const KEY_OPTION = 'leadseal_site_key';

	/** What a site key looks like: `lsk_`, its id, its secret. */
	const KEY_SHAPE = '/\Alsk_([a-z2-7]{8})_([A-Za-z0-9_-]{43})\z/';

	/**
	 * The address of Leadseal without a slash at its end; '' when none is set.
	 */
	public static function address(): string {
		$address = defined( 'LEADSEAL_URL' ) ? (string) LEADSEAL_URL : (string) self::get( 'address', '' );
		return self::clean_address( $address );
	}

	/**
	 * The site key; '' when none is set or it can't be one.
	 */
	public static function site_key(): string {
		$key = defined( 'LEADSEAL_SITE_KEY' ) ? (string) LEADSEAL_SITE_KEY : (string) get_option( self::KEY_OPTION, '' );
		$key = trim( $key );
		return self::is_key( $key ) ? $key : '';
	}

	/**
	 * The part of a key that may be shown. It opens nothing.
	 *
	 * @param string|null $key A site key; the set one when left out.
	 */
	public static function key_id( ?string $key = null ): string {
		return preg_match( self::KEY_SHAPE, $key ?? self::site_key(), $parts ) ? $parts[1] : '';
	}

	/**
	 * Whether something has the shape of a site key.
	 *
	 * @param string $key What was given.
	 */
	public static function is_key( string $key ): bool {
		return 1 === preg_match( self::KEY_SHAPE, $key );
	}

	/**
	 * Whether Leadseal can be asked for anything that needs the key.
	 */
	public static function is_connected(): bool {
		return '' !== self::address() && '' !== self::site_key();
	}

	/**
	 * The owner's words for visitors while Leadseal can't be reached; '' when none are set.
	 */
	public static function fallback(): string {
		return (string) self::get( 'fallback', '' );
	}

	/**
	 * One setting.
	 *
	 * @param string $name    `address`, `fallback`, `lang` or `offered`.
	 * @param mixed  $default What to return when it is not set.
	 * @return mixed
	 */
	public static function get( string $name, $default = null ) {
		$settings = get_option( self::OPTION, array() );
		return is_array( $settings ) && isset( $settings[ $name ] ) ? $settings[ $name ] : $default;
	}

	/**
	 * The language of a form whose place names none.
	 */
	public static function lang(): string {
		$lang = (string) self::get( 'lang', 'auto' );
		if ( 'ja' === $lang || 'en' === $lang ) {
			return $lang;
		}
		return 0 === strpos( determine_locale(), 'ja' ) ? 'ja' : 'en';
	}

	/**
	 * The origin of this site's pages, as a browser sends it.
	 */
	public static function origin(): string {
		return self::origin_of( home_url() );
	}

	/**
	 * The origin of an address; '' when it has none.
	 *
	 * @param string $url An http or https address.
	 */
	public static function origin_of( string $url ): string {
		$parts = wp_parse_url( $url );
		if ( empty( $parts['scheme'] ) || empty( $parts['host'] ) ) {
			return '';
		}
		$scheme = strtolower( $parts['scheme'] );
		$usual  = array(
			'http'  => 80,
			'https' => 443,
		);
		$port   = isset( $parts['port'] ) && ( $usual[ $scheme ] ?? 0 ) !== $parts['port'] ? ':' . $parts['port'] : '';
		return $scheme . '://' . strtolower( $parts['host'] ) . $port;
	}

	/**
	 * An address as it is kept: http or https, no query, no slash at its end; '' when it can't be one.
	 *
	 * @param string $address What was given.
	 */
	public static function clean_address( string $address ): string {
		$address = trim( $address );
		if ( '' === $address || strlen( $address ) > 300 ) {
			return '';
		}
		if ( ! preg_match( '~\A[a-z][a-z0-9+.-]*://~i', $address ) ) {
			$address = 'https://' . $address;
		}
		$parts = wp_parse_url( $address );
		if ( ! $parts || empty( $parts['host'] ) || ! preg_match( '/\Ahttps?\z/i', $parts['scheme'] ?? '' ) ) {
			return '';
		}
		if ( isset( $parts['user'] ) || isset( $parts['pass'] ) || ! preg_match( '/\A(\[[0-9a-f:.]+\]|[^\s\/?#@\\\\<>"\'\[\]]+)\z/i', $parts['host'] ) ) {
			return '';
		}
		$port = isset( $parts['port'] ) ? ':' . $parts['port'] : '';
		$path = isset( $parts['path'] ) ? rtrim( $parts['path'], '/' ) : '';
		return esc_url_raw( strtolower( $parts['scheme'] ) . '://' . strtolower( $parts['host'] ) . $port . $path, array( 'http', 'https' ) );
	}

	/**
	 * Settings as they may be stored; what can't be understood keeps its old value.
	 *
	 * @param mixed $input What the settings page sent.
	 */
	public static function clean( $input ): array {
		$old   = get_option( self::OPTION, array() );
		$old   = is_array( $old ) ? $old : array();
		$input = is_array( $input ) ? $input : array();
		$new   = $old;

		if ( isset( $input['address'] ) && is_string( $input['address'] ) ) {
			$address = self::clean_address( $input['address'] );
			if ( '' !== $address || '' === trim( $input['address'] ) ) {
				$new['address'] = $address;
			} else {
				self::complain( 'leadseal_address', __( 'The address was not changed: it must look like https://forms.example.com, without a user name, question mark or spaces.', 'leadseal' ) );
			}
		}
		if ( isset( $input['fallback'] ) && is_string( $input['fallback'] ) ) {
			$new['fallback'] = trim( wp_kses_post( $input['fallback'] ) );
		}
		if ( isset( $input['lang'] ) && in_array( $input['lang'], array( 'auto', 'ja', 'en' ), true ) ) {
			$new['lang'] = $input['lang'];
		}
		if ( isset( $input['withheld'] ) && is_array( $input['withheld'] ) ) {
			$new['withheld'] = array_values( array_filter( array_map( 'strval', $input['withheld'] ), array( 'Leadseal_Forms', 'is_id' ) ) );
		} elseif ( isset( $input['listed'] ) && is_array( $input['listed'] ) ) {
			// The page sends the forms it showed and those that are ticked; what it did not show keeps its state.
			$listed          = array_filter( array_map( 'strval', $input['listed'] ), array( 'Leadseal_Forms', 'is_id' ) );
			$ticked          = isset( $input['offered'] ) && is_array( $input['offered'] ) ? array_map( 'strval', $input['offered'] ) : array();
			$unseen          = array_diff( (array) ( $old['withheld'] ?? array() ), $listed );
			$new['withheld'] = array_values( array_merge( $unseen, array_diff( $listed, $ticked ) ) );
		}
		return $new;
	}

	/**
	 * A site key as it may be stored. An empty input keeps the key, since the page never shows it.
	 *
	 * @param mixed $input A key, or from the settings page `new` and `forget`.
	 */
	public static function clean_key( $input ): string {
		$old = (string) get_option( self::KEY_OPTION, '' );
		if ( is_array( $input ) ) {
			if ( ! empty( $input['forget'] ) ) {
				return '';
			}
			$input = $input['new'] ?? '';
		}
		$key = is_string( $input ) ? trim( $input ) : '';
		if ( '' === $key || $key === $old ) {
			return $old;
		}
		if ( self::is_key( $key ) ) {
			return $key;
		}
		self::complain( 'leadseal_site_key', __( 'The site key was not changed: a key starts with lsk_ and has 56 characters. Copy the whole line that “leadseal site-key new” printed.', 'leadseal' ) );
		return $old;
	}

	/**
	 * Tells the settings page what was not taken.
	 *
	 * @param string $code    Of the setting.
	 * @param string $message For the admin.
	 */
	private static function complain( string $code, string $message ): void {
		if ( ! function_exists( 'add_settings_error' ) ) {
			return;
		}
		// WordPress may clean twice in one request; one sentence is enough.
		foreach ( get_settings_errors( self::OPTION ) as $error ) {
			if ( $code === $error['code'] ) {
				return;
			}
		}
		add_settings_error( self::OPTION, $code, $message );
	}
}
