<?php
/**
 * The forms that this site has in Leadseal.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * A list kept in an option, so that neither pages nor the editor wait for Leadseal.
 */
final class Leadseal_Forms {

	const OPTION = 'leadseal_forms';
	/** Seconds after which the list is asked for anew when an admin looks at it. */
	const FRESH = 300;

	/**
	 * Every form, as Leadseal describes it, by id; empty while none are known.
	 */
	public static function all(): array {
		$kept = self::kept();
		if ( $kept['fetched'] + self::FRESH < time() && ( is_admin() || wp_is_json_request() ) && Leadseal_Settings::is_connected() ) {
			Leadseal_Plugin::later( 'leadseal_refresh_forms' );
		}
		return $kept['forms'];
	}

	/**
	 * One form; null when this site has none of that id or the list is not known.
	 *
	 * @param string $id Of the form.
	 */
	public static function get( string $id ): ?array {
		return self::kept()['forms'][ $id ] ?? null;
	}

	/**
	 * Whether the list has ever been fetched from the address that is set.
	 */
	public static function are_known(): bool {
		return self::kept()['fetched'] > 0;
	}

	/**
	 * The forms that editors may choose from.
	 */
	public static function offered(): array {
		return array_diff_key( self::all(), array_flip( (array) Leadseal_Settings::get( 'withheld', array() ) ) );
	}

	/**
	 * Asks Leadseal for the list now.
	 *
	 * @return array|WP_Error The forms by id.
	 */
	public static function refresh() {
		$forms = Leadseal_Client::forms();
		if ( is_wp_error( $forms ) ) {
			return $forms;
		}
		return self::keep( $forms );
	}

	/**
	 * Keeps a list that has been fetched.
	 *
	 * @param array $forms As Leadseal sent them.
	 */
	public static function keep( array $forms ): array {
		$by_id = array();
		foreach ( $forms as $form ) {
			if ( is_array( $form ) && isset( $form['id'] ) && self::is_id( (string) $form['id'] ) ) {
				$by_id[ $form['id'] ] = $form;
			}
		}
		update_option(
			self::OPTION,
			array(
				'address' => Leadseal_Settings::address(),
				'key'     => Leadseal_Settings::key_id(),
				'fetched' => time(),
				'forms'   => $by_id,
			),
			false
		);
		return $by_id;
	}

	/**
	 * Whether something can be a form's id.
	 *
	 * @param mixed $id What was given.
	 */
	public static function is_id( $id ): bool {
		return is_string( $id ) && 1 === preg_match( '/\A[a-z][a-z0-9_-]{0,39}\z/', $id );
	}

	/**
	 * A text of Leadseal's in the asked language, else in any that there is.
	 *
	 * @param mixed  $texts `{"ja": …, "en": …}` or one text for all.
	 * @param string $lang  `ja` or `en`; the admin's when left out.
	 */
	public static function text( $texts, string $lang = '' ): string {
		if ( is_string( $texts ) ) {
			return $texts;
		}
		if ( ! is_array( $texts ) || ! $texts ) {
			return '';
		}
		$lang = '' !== $lang ? $lang : ( 0 === strpos( determine_locale(), 'ja' ) ? 'ja' : 'en' );
		return (string) ( $texts[ $lang ] ?? reset( $texts ) );
	}

	/**
	 * A form's title for people; its id when it has none.
	 *
	 * @param array  $form As in the list.
	 * @param string $lang As for `text`.
	 */
	public static function title( array $form, string $lang = '' ): string {
		$title = self::text( $form['title'] ?? '', $lang );
		return '' !== $title ? $title : (string) ( $form['id'] ?? '' );
	}

	/**
	 * Whether a page of this site may show and send a form: its origin is among the form's.
	 *
	 * @param array $form As in the list.
	 */
	public static function allows_this_site( array $form ): bool {
		$allowed = array_map( array( 'Leadseal_Settings', 'origin_of' ), array_filter( (array) ( $form['allowed_origins'] ?? array() ), 'is_string' ) );
		return in_array( Leadseal_Settings::origin(), $allowed, true );
	}

	/**
	 * What is kept, if it belongs to the address and key that are set.
	 *
	 * @return array{fetched:int,forms:array}
	 */
	private static function kept(): array {
		$kept = get_option( self::OPTION );
		if ( ! is_array( $kept ) || ( $kept['address'] ?? '' ) !== Leadseal_Settings::address() || ( $kept['key'] ?? '' ) !== Leadseal_Settings::key_id() ) {
			return array(
				'fetched' => 0,
				'forms'   => array(),
			);
		}
		return array(
			'fetched' => (int) ( $kept['fetched'] ?? 0 ),
			'forms'   => (array) ( $kept['forms'] ?? array() ),
		);
	}
}
