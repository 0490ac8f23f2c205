<?php
/**
 * Where a submission came from.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Page, referrer, campaign and address of the request that is being answered, without a cookie. A
 * small script on pages with a bridged form fills in hidden inputs (`assets/bridge.js`); without it
 * the request's own `Referer` tells the page. Believes no address of another site, keeps nothing.
 */
final class Leadseal_Visit {

	/** Made by the script for each filling in of a form, so that a double press is one lead. */
	const PRESS = '_leadseal_press';
	/** The page's address, with its query. */
	const PAGE = '_leadseal_page';
	/** Where the visitor came from. */
	const REFERRER = '_leadseal_referrer';

	/** What campaigns leave in an address. */
	const CAMPAIGN = array( 'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'gclid', 'yclid', 'fbclid' );

	/** The longest value that is carried along, in bytes. */
	const LONGEST = 500;

	/**
	 * The hidden inputs of this request; taken out of it, so that nothing else keeps them.
	 *
	 * @return array{press:string,page:string,referrer:string}
	 */
	public static function take(): array {
		static $taken = null;
		if ( null !== $taken ) {
			return $taken;
		}
		$taken = array();
		foreach ( array( self::PRESS, self::PAGE, self::REFERRER ) as $name ) {
			// phpcs:ignore WordPress.Security.NonceVerification, WordPress.Security.ValidatedSanitizedInput -- public forms carry no nonce, since pages are cached; cleaned in the next line
			$value = isset( $_POST[ $name ] ) && is_string( $_POST[ $name ] ) ? wp_unslash( $_POST[ $name ] ) : '';
			$value = self::PRESS === $name ? preg_replace( '/[^A-Za-z0-9_-]/', '', $value ) : esc_url_raw( $value, array( 'http', 'https' ) );

			$taken[ substr( $name, strlen( '_leadseal_' ) ) ] = strlen( $value ) > 2000 ? '' : $value;
			unset( $_POST[ $name ], $_REQUEST[ $name ] );
		}
		return $taken;
	}

	/**
	 * What Leadseal is told about the visit.
	 *
	 * @param string $container The address of the page that holds the form, as the plugin knows it; '' if it doesn't.
	 * @return array<string,mixed> `page`, `referrer`, `campaign`, `visitor_address`: those that are known.
	 */
	public static function about( string $container ): array {
		$hidden = self::take();
		$page   = '';
		foreach ( array( $hidden['page'], (string) wp_get_raw_referer(), $container ) as $candidate ) {
			if ( self::is_own( $candidate ) ) {
				$page = $candidate;
				break;
			}
		}
		$about = array(
			'page'            => self::bare( $page ),
			'referrer'        => self::is_own( $hidden['referrer'] ) ? '' : self::bare( $hidden['referrer'] ),
			'campaign'        => self::campaign( $page ),
			'visitor_address' => self::address(),
		);
		return array_filter( $about );
	}

	/**
	 * What a campaign left in the page's address.
	 *
	 * @param string $page An address.
	 * @return array<string,string>
	 */
	private static function campaign( string $page ): array {
		$query = array();
		wp_parse_str( (string) wp_parse_url( $page, PHP_URL_QUERY ), $query );
		$campaign = array();
		foreach ( self::CAMPAIGN as $name ) {
			if ( isset( $query[ $name ] ) && is_string( $query[ $name ] ) ) {
				$value = trim( wp_check_invalid_utf8( $query[ $name ] ) );
				if ( '' !== $value && strlen( $value ) <= self::LONGEST ) {
					$campaign[ $name ] = $value;
				}
			}
		}
		return $campaign;
	}

	/**
	 * The visitor's network address. It counts for limits and is kept nowhere.
	 */
	private static function address(): string {
		// phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- checked to be an address, below
		$address = isset( $_SERVER['REMOTE_ADDR'] ) ? (string) wp_unslash( $_SERVER['REMOTE_ADDR'] ) : '';
		/**
		 * Changes the visitor's address. Behind a proxy that PHP does not know of, return the one that
		 * the proxy vouches for; '' sends none.
		 *
		 * @param string $address As PHP has it.
		 */
		$address = (string) apply_filters( 'leadseal_visitor_address', $address );
		return false === filter_var( $address, FILTER_VALIDATE_IP ) ? '' : $address;
	}

	/**
	 * Whether an address is one of this site's pages.
	 *
	 * @param string $url Any.
	 */
	private static function is_own( string $url ): bool {
		$origin = Leadseal_Settings::origin_of( $url );
		return '' !== $origin && Leadseal_Settings::origin() === $origin;
	}

	/**
	 * An address without its query, since anything may stand there.
	 *
	 * @param string $url Any.
	 */
	private static function bare( string $url ): string {
		$bare = (string) preg_replace( '/[?#].*\z/s', '', $url );
		return strlen( $bare ) > self::LONGEST ? '' : $bare;
	}
}
