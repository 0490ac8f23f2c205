<?php
/**
 * Starts the plugin and does work after a page has been sent.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Hooks the parts into WordPress.
 */
final class Leadseal_Plugin {

	const HOURLY = 'leadseal_hourly';

	/**
	 * What is to be done after the page, by a name that keeps each from being done twice.
	 *
	 * @var array<string,array{0:string,1:array}>
	 */
	private static $waiting = array();

	/**
	 * Called once, when the plugin's main file is loaded.
	 */
	public static function boot(): void {
		// Before WordPress makes the widgets, at 1.
		add_action( 'init', array( __CLASS__, 'words' ), 0 );
		add_action( 'leadseal_refresh_forms', array( __CLASS__, 'refresh_forms' ) );
		add_action( 'leadseal_refresh_fragment', array( 'Leadseal_Fragment', 'refresh_later' ), 10, 3 );
		add_action( self::HOURLY, array( __CLASS__, 'hourly' ) );
		add_action( 'update_option_' . Leadseal_Settings::OPTION, array( __CLASS__, 'settings_changed' ), 10, 2 );
		add_filter( 'script_loader_tag', array( __CLASS__, 'async' ), 10, 2 );
		register_activation_hook( LEADSEAL_FILE, array( __CLASS__, 'activated' ) );
		register_deactivation_hook( LEADSEAL_FILE, array( __CLASS__, 'deactivated' ) );

		$parts = array( 'Leadseal_Block', 'Leadseal_Bridges', 'Leadseal_Privacy', 'Leadseal_Health' );
		if ( is_admin() ) {
			array_push( $parts, 'Leadseal_Settings_Page', 'Leadseal_First_Run', 'Leadseal_Notices', 'Leadseal_Bridges_Page' );
		}
		if ( defined( 'WP_CLI' ) && WP_CLI ) {
			$parts[] = 'Leadseal_Cli';
		}
		foreach ( $parts as $part ) {
			if ( class_exists( $part ) ) {
				$part::boot();
			}
		}
	}

	/**
	 * Loads the catalogue that comes with the plugin.
	 */
	public static function words(): void {
		load_plugin_textdomain( 'leadseal', false, dirname( plugin_basename( LEADSEAL_FILE ) ) . '/languages' );
	}

	/**
	 * Runs an action once the visitor has the page; where the server can't do that, by WP-Cron.
	 *
	 * @param string $hook Action.
	 * @param array  $args For it.
	 */
	public static function later( string $hook, array $args = array() ): void {
		if ( did_action( 'shutdown' ) ) {
			do_action_ref_array( $hook, $args ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- the hooks are this plugin's.
			return;
		}
		if ( ! self::$waiting ) {
			add_action( 'shutdown', array( __CLASS__, 'after_response' ), PHP_INT_MAX );
		}
		self::$waiting[ $hook . ' ' . implode( ' ', $args ) ] = array( $hook, $args );
	}

	/**
	 * Does what waited for the page to be sent.
	 */
	public static function after_response(): void {
		$waiting       = self::$waiting;
		self::$waiting = array();
		if ( ! self::finish_response() ) {
			foreach ( $waiting as list( $hook, $args ) ) {
				if ( ! wp_next_scheduled( $hook, $args ) ) {
					wp_schedule_single_event( time(), $hook, $args );
				}
			}
			return;
		}
		foreach ( $waiting as list( $hook, $args ) ) {
			do_action_ref_array( $hook, $args ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- the hooks are this plugin's.
		}
	}

	/**
	 * The list of forms, asked for by one request at a time.
	 */
	public static function refresh_forms(): void {
		if ( Leadseal_Settings::is_connected() && Leadseal_Lock::take( 'forms', 30 ) ) {
			Leadseal_Forms::refresh();
		}
	}

	/**
	 * Keeps list and markup fresh on sites whose pages all come from a cache.
	 */
	public static function hourly(): void {
		self::refresh_forms();
		Leadseal_Fragment::refresh_all();
	}

	/**
	 * What was kept of another Leadseal is of no use.
	 *
	 * @param mixed $old Settings before.
	 * @param mixed $new Settings now.
	 */
	public static function settings_changed( $old, $new ): void {
		if ( ( $old['address'] ?? '' ) !== ( $new['address'] ?? '' ) ) {
			Leadseal_Fragment::forget();
			Leadseal_Breaker::reset();
			delete_option( Leadseal_Forms::OPTION );
		}
	}

	/**
	 * Lets a page go on while the form's script loads; WordPress knows the word itself from 6.3 on.
	 *
	 * @param string $tag    Script element.
	 * @param string $handle Of the script.
	 */
	public static function async( $tag, $handle ) {
		return 'leadseal-form' === $handle && false === strpos( $tag, ' async' ) ? str_replace( ' src=', ' async src=', $tag ) : $tag;
	}

	/**
	 * The plugin was switched on for this site.
	 */
	public static function activated(): void {
		self::schedule();
	}

	/**
	 * The plugin was switched off: nothing of it may run any more.
	 *
	 * @param bool $everywhere Whether for all sites of a network.
	 */
	public static function deactivated( $everywhere = false ): void {
		$sites = $everywhere && is_multisite() ? get_sites(
			array(
				'fields' => 'ids',
				'number' => 0,
			)
		) : array( get_current_blog_id() );
		foreach ( $sites as $site ) {
			if ( is_multisite() ) {
				switch_to_blog( $site );
			}
			foreach ( array( self::HOURLY, 'leadseal_refresh_forms', 'leadseal_refresh_fragment' ) as $hook ) {
				wp_unschedule_hook( $hook );
			}
			if ( is_multisite() ) {
				restore_current_blog();
			}
		}
	}

	/**
	 * Makes sure that the hourly look is planned and that what every page reads is loaded with the
	 * other options, also on the sites of a network.
	 */
	public static function schedule(): void {
		Leadseal_Breaker::ready();
		if ( ! wp_next_scheduled( self::HOURLY ) ) {
			wp_schedule_event( time() + HOUR_IN_SECONDS, 'hourly', self::HOURLY );
		}
	}

	/**
	 * Sends the page off while PHP goes on; false where that can't be done.
	 */
	private static function finish_response(): bool {
		if ( wp_doing_cron() || 'cli' === PHP_SAPI ) {
			return true;
		}
		$finish = function_exists( 'fastcgi_finish_request' ) ? 'fastcgi_finish_request' : ( function_exists( 'litespeed_finish_request' ) ? 'litespeed_finish_request' : '' );
		if ( '' === $finish ) {
			return false;
		}
		if ( PHP_SESSION_ACTIVE === session_status() ) {
			// Another plugin's session would keep the visitor's next page waiting.
			session_write_close();
		}
		ignore_user_abort( true );
		$finish();
		return true;
	}
}
