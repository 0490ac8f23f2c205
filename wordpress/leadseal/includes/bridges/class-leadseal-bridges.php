<?php
/**
 * The bridges there are, and what the owner has set for each form.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Registry of bridges and their settings. One option, `leadseal_bridges`: by bridge, by form.
 */
final class Leadseal_Bridges {

	const OPTION = 'leadseal_bridges';

	/** What is set for a form whose bridge was never touched. */
	const DEFAULTS = array(
		'on'      => false,
		'form'    => '',
		'map'     => array(),
		'fixed'   => array(),
		'storage' => 'off',
		'mail'    => false,
	);

	/**
	 * The bridges by id, once made.
	 *
	 * @var array<string,Leadseal_Bridge>|null
	 */
	private static $all = null;

	/**
	 * Lets every bridge hook into its plugin.
	 */
	public static function boot(): void {
		add_action(
			'plugins_loaded',
			static function (): void {
				foreach ( self::all() as $bridge ) {
					$bridge->boot();
				}
			},
			20
		);
	}

	/**
	 * Every bridge by id.
	 *
	 * @return array<string,Leadseal_Bridge>
	 */
	public static function all(): array {
		if ( null === self::$all ) {
			/**
			 * Adds bridges to more form plugins.
			 *
			 * @param Leadseal_Bridge[] $bridges Those that come with the plugin.
			 */
			$bridges   = apply_filters( 'leadseal_bridges', array( new Leadseal_Bridge_Cf7(), new Leadseal_Bridge_Mwwpform() ) );
			self::$all = array();
			foreach ( (array) $bridges as $bridge ) {
				if ( $bridge instanceof Leadseal_Bridge ) {
					self::$all[ $bridge->id() ] = $bridge;
				}
			}
		}
		return self::$all;
	}

	/**
	 * What is set for a form.
	 *
	 * @param string $bridge The bridge's id.
	 * @param string $form   The plugin's form.
	 * @return array{on:bool,form:string,map:array<string,string>,fixed:array<string,string>,storage:string,mail:bool}
	 */
	public static function settings( string $bridge, string $form ): array {
		$all = get_option( self::OPTION, array() );
		$set = is_array( $all ) && isset( $all[ $bridge ][ $form ] ) && is_array( $all[ $bridge ][ $form ] ) ? $all[ $bridge ][ $form ] : array();
		return self::clean( $set );
	}

	/**
	 * Whether a form's submissions go to Leadseal. Once an owner has switched the bridge on, it stays
	 * on when Leadseal can't be reached or its key is gone: the visitor is told, and nothing is stored.
	 *
	 * @param string $bridge The bridge's id.
	 * @param string $form   The plugin's form.
	 */
	public static function is_on( string $bridge, string $form ): bool {
		return self::settings( $bridge, $form )['on'];
	}

	/**
	 * The forms of a bridge that are on.
	 *
	 * @param string $bridge The bridge's id.
	 * @return string[]
	 */
	public static function forms_on( string $bridge ): array {
		$all = get_option( self::OPTION, array() );
		$on  = array();
		foreach ( is_array( $all ) && isset( $all[ $bridge ] ) ? (array) $all[ $bridge ] : array() as $form => $set ) {
			if ( is_array( $set ) && self::clean( $set )['on'] ) {
				$on[] = (string) $form;
			}
		}
		return $on;
	}

	/**
	 * Sets a form's bridge.
	 *
	 * @param string $bridge The bridge's id.
	 * @param string $form   The plugin's form.
	 * @param array  $set    As `settings()` gives it.
	 */
	public static function set( string $bridge, string $form, array $set ): void {
		$all                     = get_option( self::OPTION, array() );
		$all                     = is_array( $all ) ? $all : array();
		$all[ $bridge ]          = isset( $all[ $bridge ] ) && is_array( $all[ $bridge ] ) ? $all[ $bridge ] : array();
		$all[ $bridge ][ $form ] = self::clean( $set );
		// Autoloaded: every page view asks which forms are bridged.
		update_option( self::OPTION, $all, true );
	}

	/**
	 * Puts the script that tells the page, the referrer and one press from another on a page. Works
	 * without it, less exactly.
	 */
	public static function enqueue(): void {
		wp_enqueue_script( 'leadseal-bridge', plugins_url( 'assets/bridge.js', LEADSEAL_FILE ), array(), LEADSEAL_VERSION, true );
	}

	/**
	 * The words that stand before a field in a form's template, as its label.
	 *
	 * @param string $before Everything of the template before the field.
	 */
	public static function label_before( string $before ): string {
		// What belongs to the fields before: their tags, and whatever their label's end closes.
		$before = (string) preg_replace( '~.*(\[/?[a-z_]+[^\]]*\]|</(label|tr|p|li|dd|div|fieldset)>)~isu', '', $before );
		$lines  = preg_split( '/\R/u', trim( wp_strip_all_tags( $before ) ) );
		$lines  = array_values( array_filter( array_map( 'trim', (array) $lines ), 'strlen' ) );
		$label  = end( $lines );
		return false === $label ? '' : mb_substr( $label, 0, 80 );
	}

	/**
	 * Settings of the right shape.
	 *
	 * @param array $set Any.
	 */
	private static function clean( array $set ): array {
		$set  = array_merge( self::DEFAULTS, array_intersect_key( $set, self::DEFAULTS ) );
		$form = Leadseal_Forms::is_id( $set['form'] ) ? $set['form'] : '';
		$map  = array();
		foreach ( (array) $set['map'] as $name => $target ) {
			if ( is_string( $target ) && preg_match( '/\A([a-z][a-z0-9_]{0,79})?\z/', $target ) ) {
				$map[ (string) $name ] = $target;
			}
		}
		$fixed = array();
		foreach ( (array) $set['fixed'] as $target => $value ) {
			if ( is_string( $value ) && '' !== $value && preg_match( '/\A[a-z][a-z0-9_]{0,79}\z/', (string) $target ) ) {
				$fixed[ (string) $target ] = $value;
			}
		}
		return array(
			'on'      => true === $set['on'] && '' !== $form,
			'form'    => $form,
			'map'     => $map,
			'fixed'   => $fixed,
			'storage' => 'tokens' === $set['storage'] ? 'tokens' : 'off',
			'mail'    => true === $set['mail'],
		);
	}
}
