<?php
/**
 * Leadseal › Settings.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * The page on which a site is connected. It never prints the site key, only the key's id.
 */
final class Leadseal_Settings_Page {

	const SLUG  = 'leadseal';
	const GROUP = 'leadseal';
	const NONCE = 'leadseal_admin';

	/**
	 * Hooks the page into the admin.
	 */
	public static function boot(): void {
		add_action( 'admin_menu', array( __CLASS__, 'menu' ) );
		add_action( 'admin_init', array( __CLASS__, 'register' ) );
		add_action( 'admin_enqueue_scripts', array( __CLASS__, 'assets' ) );
		add_action( 'wp_ajax_leadseal_test', array( __CLASS__, 'test' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( LEADSEAL_FILE ), array( __CLASS__, 'links' ) );
	}

	/**
	 * Adds the menu.
	 */
	public static function menu(): void {
		add_menu_page( 'Leadseal', 'Leadseal', 'manage_options', self::SLUG, array( __CLASS__, 'page' ), 'dashicons-email-alt', 58 );
		add_submenu_page( self::SLUG, __( 'Leadseal settings', 'leadseal' ), __( 'Settings', 'leadseal' ), 'manage_options', self::SLUG, array( __CLASS__, 'page' ) );
	}

	/**
	 * Registers the settings and their fields.
	 */
	public static function register(): void {
		if ( false === get_option( Leadseal_Settings::KEY_OPTION ) ) {
			// Before WordPress saves it with the others, so that the key is not loaded with every page.
			add_option( Leadseal_Settings::KEY_OPTION, '', '', 'no' );
		}
		Leadseal_Plugin::schedule();
		register_setting(
			self::GROUP,
			Leadseal_Settings::OPTION,
			array(
				'type'              => 'array',
				'sanitize_callback' => array( 'Leadseal_Settings', 'clean' ),
				'show_in_rest'      => false,
			)
		);
		register_setting(
			self::GROUP,
			Leadseal_Settings::KEY_OPTION,
			array(
				'sanitize_callback' => array( 'Leadseal_Settings', 'clean_key' ),
				'show_in_rest'      => false,
			)
		);
		add_settings_section( 'connect', __( 'Connection', 'leadseal' ), array( __CLASS__, 'about_connection' ), self::SLUG );
		self::field( 'connect', 'address', __( 'Address', 'leadseal' ) );
		self::field( 'connect', 'site_key', __( 'Site key', 'leadseal' ) );
		self::field( 'connect', 'test', __( 'Test', 'leadseal' ) );
		add_settings_section( 'forms', __( 'Forms', 'leadseal' ), '__return_null', self::SLUG );
		self::field( 'forms', 'offered', __( 'Offered in the editor', 'leadseal' ) );
		self::field( 'forms', 'lang', __( 'Language', 'leadseal' ) );
		add_settings_section( 'outage', __( 'When Leadseal can’t be reached', 'leadseal' ), array( __CLASS__, 'about_outage' ), self::SLUG );
		self::field( 'outage', 'fallback', __( 'Words for visitors', 'leadseal' ) );
	}

	/**
	 * Adds a field whose label belongs to its input.
	 *
	 * @param string $section Of the page.
	 * @param string $name    Of the field and of the method that prints it.
	 * @param string $title   For the admin.
	 */
	private static function field( string $section, string $name, string $title ): void {
		$args = in_array( $name, array( 'test', 'offered' ), true ) ? array() : array( 'label_for' => 'leadseal-' . $name );
		add_settings_field( 'leadseal_' . $name, $title, array( __CLASS__, 'print_' . $name ), self::SLUG, $section, $args );
	}

	/**
	 * Loads script and style on this plugin's own pages.
	 *
	 * @param string $hook Of the page.
	 */
	public static function assets( $hook ): void {
		if ( false === strpos( (string) $hook, 'leadseal' ) ) {
			return;
		}
		wp_enqueue_style( 'leadseal-admin', plugins_url( 'assets/admin.css', LEADSEAL_FILE ), array(), LEADSEAL_VERSION );
		wp_enqueue_script( 'leadseal-admin', plugins_url( 'assets/admin.js', LEADSEAL_FILE ), array(), LEADSEAL_VERSION, true );
		wp_add_inline_script(
			'leadseal-admin',
			'window.leadsealAdmin = ' . wp_json_encode(
				array(
					'ajax'   => admin_url( 'admin-ajax.php' ),
					'nonce'  => wp_create_nonce( self::NONCE ),
					'asking' => __( 'Asking Leadseal…', 'leadseal' ),
					'failed' => __( 'WordPress itself did not answer. Reload this page and try again.', 'leadseal' ),
				),
				JSON_HEX_TAG | JSON_HEX_AMP
			) . ';',
			'before'
		);
	}

	/**
	 * A link from the list of plugins.
	 *
	 * @param array $links Of the plugin's row.
	 */
	public static function links( $links ): array {
		$page = Leadseal_Settings::is_connected() ? self::SLUG : Leadseal_First_Run::SLUG;
		$word = Leadseal_Settings::is_connected() ? __( 'Settings', 'leadseal' ) : __( 'Connect', 'leadseal' );
		array_unshift( $links, '<a href="' . esc_url( admin_url( 'admin.php?page=' . $page ) ) . '">' . esc_html( $word ) . '</a>' );
		return $links;
	}

	/**
	 * Prints the page.
	 */
	public static function page(): void {
		if ( ! current_user_can( 'manage_options' ) ) {
			return;
		}
		echo '<div class="wrap leadseal-admin"><h1>' . esc_html__( 'Leadseal settings', 'leadseal' ) . '</h1>';
		settings_errors( Leadseal_Settings::OPTION );
		self::saved();
		if ( ! Leadseal_Settings::is_connected() ) {
			printf(
				'<div class="notice notice-info inline"><p>%1$s <a class="button button-primary" href="%2$s">%3$s</a></p></div>',
				esc_html__( 'First time here? Three steps lead to a page with a form.', 'leadseal' ),
				esc_url( admin_url( 'admin.php?page=' . Leadseal_First_Run::SLUG ) ),
				esc_html__( 'Start', 'leadseal' )
			);
		}
		echo '<form method="post" action="options.php">';
		settings_fields( self::GROUP );
		do_settings_sections( self::SLUG );
		submit_button();
		echo '</form></div>';
	}

	/**
	 * After saving, says at once whether the connection works; also without JavaScript.
	 */
	private static function saved(): void {
		// Only decides whether Leadseal is asked; WordPress has checked the nonce and saved by now.
		if ( empty( $_GET['settings-updated'] ) ) { // phpcs:ignore WordPress.Security.NonceVerification.Recommended
			return;
		}
		$found = '' === Leadseal_Settings::address() && '' === Leadseal_Settings::site_key() ? array() : Leadseal_Check::run();
		echo '<div class="notice inline notice-' . ( Leadseal_Check::passed( $found ) ? 'success' : 'warning' ) . '"><p>' . esc_html__( 'Settings saved.', 'leadseal' ) . '</p>';
		self::print_findings( $found );
		echo '</div>';
	}

	/**
	 * Prints what a test found.
	 *
	 * @param array $found Of `Leadseal_Check::run`.
	 */
	public static function print_findings( array $found ): void {
		if ( ! $found ) {
			return;
		}
		$marks = array(
			'good' => array( 'yes-alt', __( 'Good:', 'leadseal' ) ),
			'warn' => array( 'warning', __( 'Note:', 'leadseal' ) ),
			'bad'  => array( 'dismiss', __( 'Problem:', 'leadseal' ) ),
		);
		echo '<ul class="leadseal-findings">';
		foreach ( $found as $finding ) {
			list( $icon, $word ) = $marks[ $finding['state'] ];
			printf(
				'<li class="leadseal-%1$s"><span class="dashicons dashicons-%2$s" aria-hidden="true"></span><span><span class="screen-reader-text">%3$s</span> %4$s</span></li>',
				esc_attr( $finding['state'] ),
				esc_attr( $icon ),
				esc_html( $word ),
				esc_html( $finding['words'] )
			);
		}
		echo '</ul>';
	}

	/**
	 * Answers the button: tries what stands in the inputs, without saving it.
	 */
	public static function test(): void {
		if ( ! check_ajax_referer( self::NONCE, 'nonce', false ) ) {
			wp_send_json_error( self::sentence( __( 'This page has been open for too long. Reload it and try again.', 'leadseal' ) ), 403 );
		}
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_send_json_error( self::sentence( __( 'Only administrators may do this.', 'leadseal' ) ), 403 );
		}
		$address = isset( $_POST['address'] ) && ! defined( 'LEADSEAL_URL' ) ? sanitize_text_field( wp_unslash( $_POST['address'] ) ) : null;
		$key     = isset( $_POST['key'] ) && ! defined( 'LEADSEAL_SITE_KEY' ) ? sanitize_text_field( wp_unslash( $_POST['key'] ) ) : '';
		if ( '' !== $key && ! Leadseal_Settings::is_key( $key ) ) {
			wp_send_json_success( self::sentence( __( 'What you entered is no site key. A key starts with lsk_ and has 56 characters.', 'leadseal' ) ) );
		}
		ob_start();
		self::print_findings( Leadseal_Check::run( null === $address ? null : Leadseal_Settings::clean_address( $address ), '' === $key ? null : $key ) );
		wp_send_json_success( array( 'html' => ob_get_clean() ) );
	}

	/**
	 * One problem as the button's answer.
	 *
	 * @param string $words For the admin.
	 */
	private static function sentence( string $words ): array {
		ob_start();
		self::print_findings(
			array(
				array(
					'state' => 'bad',
					'words' => $words,
				),
			)
		);
		return array( 'html' => ob_get_clean() );
	}

	/**
	 * What connecting means.
	 */
	public static function about_connection(): void {
		echo '<p>' . esc_html__( 'Forms on your pages send straight to Leadseal. With the site key this server lists the forms, checks the connection and hands over what bridged plugins collect.', 'leadseal' ) . '</p>';
	}

	/**
	 * What visitors see without Leadseal.
	 */
	public static function about_outage(): void {
		echo '<p>' . esc_html__( 'Pages stay fast: they show the last good form, with these words above it once Leadseal has failed three times.', 'leadseal' ) . '</p>';
	}

	/**
	 * The address.
	 */
	public static function print_address(): void {
		$fixed = defined( 'LEADSEAL_URL' );
		printf(
			'<input type="url" id="leadseal-address" name="%1$s" value="%2$s" class="regular-text code" placeholder="https://forms.example.com" autocomplete="off" aria-describedby="leadseal-address-about"%3$s><p class="description" id="leadseal-address-about">%4$s</p>',
			esc_attr( Leadseal_Settings::OPTION . '[address]' ),
			esc_attr( $fixed ? Leadseal_Settings::address() : (string) Leadseal_Settings::get( 'address', '' ) ),
			disabled( $fixed, true, false ),
			$fixed
				? esc_html( self::fixed( 'LEADSEAL_URL' ) )
				: esc_html__( 'Leadseal’s public address, with its path if it runs under one.', 'leadseal' )
		);
	}

	/**
	 * The key: an input that is always empty.
	 */
	public static function print_site_key(): void {
		$fixed = defined( 'LEADSEAL_SITE_KEY' );
		$id    = Leadseal_Settings::key_id();
		printf(
			'<input type="password" id="leadseal-site_key" name="%1$s" value="" class="regular-text code" placeholder="%2$s" autocomplete="new-password" spellcheck="false" aria-describedby="leadseal-key-about"%3$s><p class="description" id="leadseal-key-about">',
			esc_attr( Leadseal_Settings::KEY_OPTION . '[new]' ),
			esc_attr( '' === $id ? 'lsk_…' : '••••••••••••••••' ),
			disabled( $fixed, true, false )
		);
		if ( '' !== $id ) {
			/* translators: %s: id of a site key. */
			echo esc_html( sprintf( __( 'Key %s is set.', 'leadseal' ), $id ) ) . ' ';
		}
		if ( $fixed ) {
			echo esc_html( self::fixed( 'LEADSEAL_SITE_KEY' ) );
			if ( '' === $id ) {
				echo ' ' . esc_html__( 'What stands there is no site key: it must start with lsk_ and have 56 characters.', 'leadseal' );
			}
		} elseif ( '' !== $id ) {
			echo esc_html__( 'Leave this empty to keep it, or enter another key to replace it.', 'leadseal' );
			printf( '</p><p><label><input type="checkbox" name="%1$s" value="1"> %2$s</label>', esc_attr( Leadseal_Settings::KEY_OPTION . '[forget]' ), esc_html__( 'Forget the key', 'leadseal' ) );
		} else {
			echo esc_html__( 'On the Leadseal server, “leadseal site-key new SITE” prints one, once. To keep it out of the database, put it into wp-config.php as LEADSEAL_SITE_KEY.', 'leadseal' );
		}
		echo '</p>';
	}

	/**
	 * The test button.
	 */
	public static function print_test(): void {
		echo '<button type="button" class="button hide-if-no-js" id="leadseal-test">' . esc_html__( 'Test connection', 'leadseal' ) . '</button>';
		echo '<p class="description hide-if-js">' . esc_html__( 'Saving tests the connection.', 'leadseal' ) . '</p>';
		echo '<div id="leadseal-test-result" role="status" aria-live="polite"></div>';
	}

	/**
	 * The forms, to be ticked.
	 */
	public static function print_offered(): void {
		$forms   = Leadseal_Forms::all();
		$offered = Leadseal_Forms::offered();
		if ( ! $forms ) {
			echo '<p class="description">' . esc_html__( 'Leadseal’s forms appear here once the connection works.', 'leadseal' ) . '</p>';
			return;
		}
		echo '<fieldset><legend class="screen-reader-text">' . esc_html__( 'Offered in the editor', 'leadseal' ) . '</legend>';
		foreach ( $forms as $id => $form ) {
			printf(
				'<input type="hidden" name="%1$s[listed][]" value="%2$s"><label><input type="checkbox" name="%1$s[offered][]" value="%2$s"%3$s> %4$s <code>%2$s</code></label>',
				esc_attr( Leadseal_Settings::OPTION ),
				esc_attr( $id ),
				checked( isset( $offered[ $id ] ), true, false ),
				esc_html( Leadseal_Forms::title( $form ) )
			);
			if ( ! Leadseal_Forms::allows_this_site( $form ) ) {
				/* translators: %s: origin of this site. */
				echo ' <span class="leadseal-warn">' . esc_html( sprintf( __( '— add “%s” to its allowed_origins in Leadseal', 'leadseal' ), Leadseal_Settings::origin() ) ) . '</span>';
			}
			echo '<br>';
		}
		echo '</fieldset><p class="description">' . esc_html__( 'Forms that are placed already stay where they are.', 'leadseal' ) . '</p>';
	}

	/**
	 * The language of forms whose place names none.
	 */
	public static function print_lang(): void {
		$chosen  = (string) Leadseal_Settings::get( 'lang', 'auto' );
		$choices = array(
			'auto' => __( 'The page’s own', 'leadseal' ),
			'ja'   => '日本語',
			'en'   => 'English',
		);
		echo '<select id="leadseal-lang" name="' . esc_attr( Leadseal_Settings::OPTION . '[lang]' ) . '">';
		foreach ( $choices as $value => $words ) {
			printf( '<option value="%1$s"%2$s>%3$s</option>', esc_attr( $value ), selected( $chosen, $value, false ), esc_html( $words ) );
		}
		echo '</select>';
	}

	/**
	 * The fallback.
	 */
	public static function print_fallback(): void {
		printf(
			'<textarea id="leadseal-fallback" name="%1$s" rows="4" class="large-text" aria-describedby="leadseal-fallback-about">%2$s</textarea><p class="description" id="leadseal-fallback-about">%3$s</p>',
			esc_attr( Leadseal_Settings::OPTION . '[fallback]' ),
			esc_textarea( Leadseal_Settings::fallback() ),
			esc_html__( 'Your telephone number or e-mail address, for instance: “Please call 03-1234-5678 (weekdays 9–17)”. Links may be written in HTML. When this is empty, a general sentence is shown.', 'leadseal' )
		);
	}

	/**
	 * Why an input can't be changed here.
	 *
	 * @param string $name Of the constant.
	 */
	private static function fixed( string $name ): string {
		/* translators: %s: name of a constant. */
		return sprintf( __( 'Set by %s in wp-config.php; change it there.', 'leadseal' ), $name );
	}
}
