<?php
/**
 * Tools › Site Health: whether this site and its Leadseal get on, and whether visitors' data lies here.
 *
 * Owns the list of tests, the tests of the connection and of storage, and the section under "Info".
 * What the internet sees of the site is Leadseal_Exposure's. Shows counts and advice, never a value,
 * a login name or the site key.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

require_once __DIR__ . '/class-leadseal-exposure.php';

/**
 * Tests and debug information.
 */
final class Leadseal_Health {

	/** REST namespace of the tests that take a while. */
	const REST = 'leadseal/v1';

	/** Longest scan while somebody looks at the page, in seconds, and most rows per place. */
	const SCAN_SECONDS = 6;
	const SCAN_ROWS    = 20000;

	/**
	 * Plugins that keep what visitors send: directory => name, and the plugin
	 * whose bridge keeps everything from it, 'mail' for a log of mails, or ''. Jetpack is asked for its module.
	 */
	const STORING = array(
		'flamingo'             => array( 'Flamingo', 'contact-form-7' ),
		'contact-form-cfdb7'   => array( 'Contact Form 7 Database Addon – CFDB7', 'contact-form-7' ),
		'mw-wp-form'           => array( 'MW WP Form', 'mw-wp-form' ),
		'wpforms'              => array( 'WPForms', '' ),
		'gravityforms'         => array( 'Gravity Forms', '' ),
		'ninja-forms'          => array( 'Ninja Forms', '' ),
		'formidable'           => array( 'Formidable Forms', '' ),
		'fluentform'           => array( 'Fluent Forms', '' ),
		'elementor-pro'        => array( 'Elementor Pro', '' ),
		'forminator'           => array( 'Forminator', '' ),
		'fluent-smtp'          => array( 'FluentSMTP', 'mail' ),
		'wp-mail-smtp-pro'     => array( 'WP Mail SMTP Pro', 'mail' ),
		'email-log'            => array( 'Email Log', 'mail' ),
		'wp-mail-logging'      => array( 'WP Mail Logging', 'mail' ),
	);

	/**
	 * What Leadseal said, asked once per request: array( answer or error, seconds this clock is ahead ).
	 *
	 * @var array|null
	 */
	private static $said = null;

	/**
	 * Hooks in.
	 */
	public static function boot(): void {
		add_filter( 'site_status_tests', array( __CLASS__, 'add_tests' ) );
		add_filter( 'debug_information', array( __CLASS__, 'add_info' ) );
		add_action( 'rest_api_init', array( __CLASS__, 'add_routes' ) );
	}

	/**
	 * The tests that ask somebody, and take a while: name => array( label, callback ).
	 */
	private static function slow_tests(): array {
		$tests = array(
			'reachable' => array( __( 'Connection to Leadseal', 'leadseal' ), array( __CLASS__, 'test_reachable' ) ),
		);
		if ( Leadseal_Settings::is_connected() ) {
			$tests['key']     = array( __( 'Site key for Leadseal', 'leadseal' ), array( __CLASS__, 'test_key' ) );
			$tests['clock']   = array( __( 'Clocks of this server and Leadseal', 'leadseal' ), array( __CLASS__, 'test_clock' ) );
			$tests['origins'] = array( __( 'Forms that this site may send', 'leadseal' ), array( __CLASS__, 'test_origins' ) );
		}
		return $tests + array(
			'found'   => array( __( 'Visitors’ data in the database', 'leadseal' ), array( __CLASS__, 'test_found' ) ),
			'authors' => array( __( 'Login names in public', 'leadseal' ), array( 'Leadseal_Exposure', 'test_authors' ) ),
			'login'   => array( __( 'Address of the login page', 'leadseal' ), array( 'Leadseal_Exposure', 'test_login' ) ),
			'xmlrpc'  => array( __( 'XML-RPC', 'leadseal' ), array( 'Leadseal_Exposure', 'test_xmlrpc' ) ),
		);
	}

	/**
	 * Adds the tests.
	 *
	 * @param array $tests Of WordPress.
	 */
	public static function add_tests( $tests ): array {
		$tests = (array) $tests;
		foreach ( self::slow_tests() as $name => $test ) {
			$tests['async'][ 'leadseal_' . $name ] = array(
				'label'             => $test[0],
				// In the language of who looks, and not in the site's.
				'test'              => add_query_arg( '_locale', 'user', rest_url( self::REST . '/health/' . $name ) ),
				'has_rest'          => true,
				'async_direct_test' => $test[1],
			);
		}
		$tests['direct']['leadseal_storing'] = array(
			'label' => __( 'Plugins that store submissions', 'leadseal' ),
			'test'  => array( __CLASS__, 'test_storing' ),
		);
		$tests['direct']['leadseal_updates'] = array(
			'label' => __( 'Updates that wait', 'leadseal' ),
			'test'  => array( 'Leadseal_Exposure', 'test_updates' ),
		);
		return $tests;
	}

	/**
	 * The addresses at which Site Health runs the slow tests.
	 */
	public static function add_routes(): void {
		register_rest_route(
			self::REST,
			'/health/(?P<test>[a-z]+)',
			array(
				'methods'             => 'GET',
				'callback'            => array( __CLASS__, 'answer' ),
				'permission_callback' => function () {
					return current_user_can( 'view_site_health_checks' );
				},
			)
		);
	}

	/**
	 * Runs one test for the Site Health page.
	 *
	 * @param WP_REST_Request $request Names the test.
	 * @return WP_REST_Response|WP_Error
	 */
	public static function answer( WP_REST_Request $request ) {
		$tests = self::slow_tests();
		$name  = (string) $request['test'];
		if ( ! isset( $tests[ $name ] ) ) {
			return new WP_Error( 'leadseal_no_such_test', __( 'There is no such test.', 'leadseal' ), array( 'status' => 404 ) );
		}
		return rest_ensure_response( call_user_func( $tests[ $name ][1] ) );
	}

	/**
	 * A result as Site Health takes it.
	 *
	 * @param string $test    Name.
	 * @param string $status  `good`, `recommended` or `critical`.
	 * @param string $label   What was found, as a heading.
	 * @param array  $texts   Paragraphs of plain text; an array among them is a list.
	 * @param array  $actions Address => words of a link.
	 */
	public static function result( string $test, string $status, string $label, array $texts, array $actions = array() ): array {
		$html = '';
		foreach ( $texts as $text ) {
			$html .= is_array( $text )
				? '<ul><li>' . implode( '</li><li>', array_map( 'esc_html', $text ) ) . '</li></ul>'
				: '<p>' . esc_html( $text ) . '</p>';
		}
		$links = '';
		foreach ( $actions as $address => $words ) {
			$links .= sprintf( '<p><a href="%s">%s</a></p>', esc_url( $address ), esc_html( $words ) );
		}
		return array(
			'label'       => $label,
			'status'      => $status,
			'badge'       => array(
				'label' => 'Leadseal',
				'color' => 'blue',
			),
			'description' => $html,
			'actions'     => $links,
			'test'        => 'leadseal_' . $test,
		);
	}

	/**
	 * Link to the settings page.
	 */
	private static function settings_link(): array {
		return array( admin_url( 'admin.php?page=leadseal' ) => __( 'Open Leadseal’s settings', 'leadseal' ) );
	}

	/**
	 * Asks Leadseal who this site is, once.
	 *
	 * @return array The answer or a WP_Error; seconds that this server's clock is ahead, null when not told.
	 */
	public static function status(): array {
		if ( null === self::$said ) {
			$began  = microtime( true );
			$answer = Leadseal_Client::status();
			$ended  = microtime( true );
			$skew   = null;
			if ( is_wp_error( $answer ) ) {
				$data = $answer->get_error_data();
				$skew = is_array( $data ) && isset( $data['skew_seconds'] ) ? (int) $data['skew_seconds'] : null;
			} elseif ( isset( $answer['server_time'] ) && false !== strtotime( (string) $answer['server_time'] ) ) {
				// Its answer was written somewhere between, and tells whole seconds.
				$theirs = strtotime( (string) $answer['server_time'] );
				$skew   = $began > $theirs + 1 ? (int) round( $began - $theirs - 1 ) : ( $ended < $theirs ? -(int) round( $theirs - $ended ) : 0 );
			}
			self::$said = array( $answer, $skew );
		}
		return self::$said;
	}

	/**
	 * Whether Leadseal answers.
	 */
	public static function test_reachable(): array {
		if ( ! Leadseal_Settings::is_connected() ) {
			return self::result( 'reachable', 'recommended', __( 'This site is not connected to Leadseal yet', 'leadseal' ), array( Leadseal_Advice::not_connected()->get_error_message() ), self::settings_link() );
		}
		list( $answer ) = self::status();
		$told           = is_wp_error( $answer ) && in_array( $answer->get_error_code(), array( 'leadseal_unreachable', 'leadseal_refused', 'leadseal_busy' ), true );
		if ( $told ) {
			return self::result(
				'reachable',
				'critical',
				'leadseal_busy' === $answer->get_error_code() ? __( 'Leadseal takes no calls at the moment', 'leadseal' ) : __( 'Leadseal can’t be reached', 'leadseal' ),
				array(
					$answer->get_error_message(),
					__( 'Meanwhile visitors see your fallback words in place of a form that is not there, and a bridged form tells them that sending failed. Nothing they typed is stored on this site.', 'leadseal' ),
				),
				self::settings_link()
			);
		}
		if ( ! is_wp_error( $answer ) && isset( $answer['accepting'] ) && ! $answer['accepting'] ) {
			return self::result( 'reachable', 'critical', __( 'Leadseal answers, but takes no submissions', 'leadseal' ), array( __( 'Its disk is full or can’t be written. Its log and “leadseal doctor” say more.', 'leadseal' ) ) );
		}
		/* translators: %s: host name. */
		return self::result( 'reachable', 'good', __( 'Leadseal answers', 'leadseal' ), array( sprintf( __( 'This server reaches Leadseal at %s.', 'leadseal' ), (string) wp_parse_url( Leadseal_Settings::address(), PHP_URL_HOST ) ) ) );
	}

	/**
	 * Whether the key is known there.
	 */
	public static function test_key(): array {
		list( $answer ) = self::status();
		if ( ! is_wp_error( $answer ) ) {
			$name = is_array( $answer['key'] ?? null ) ? (string) ( $answer['key']['name'] ?? '' ) : '';
			return self::result(
				'key',
				'good',
				__( 'Leadseal knows this site’s key', 'leadseal' ),
				array(
					'' === $name
						/* translators: 1: id of the key, 2: id of the site. */
						? sprintf( __( 'Key %1$s belongs to the site “%2$s”.', 'leadseal' ), Leadseal_Settings::key_id(), (string) ( $answer['site'] ?? '' ) )
						/* translators: 1: id of the key, 2: id of the site, 3: name of the key. */
						: sprintf( __( 'Key %1$s (%3$s) belongs to the site “%2$s”.', 'leadseal' ), Leadseal_Settings::key_id(), (string) ( $answer['site'] ?? '' ), $name ),
				)
			);
		}
		if ( in_array( $answer->get_error_code(), array( 'leadseal_unknown_key', 'leadseal_bad_signature' ), true ) ) {
			return self::result( 'key', 'critical', __( 'Leadseal does not accept this site’s key', 'leadseal' ), array( $answer->get_error_message() ), self::settings_link() );
		}
		return self::result( 'key', 'recommended', __( 'This site’s key could not be checked', 'leadseal' ), array( __( 'Leadseal did not say whether it knows the key. First see to the connection or the clock.', 'leadseal' ) ) );
	}

	/**
	 * Whether the clocks agree.
	 */
	public static function test_clock(): array {
		list( $answer, $skew ) = self::status();
		if ( null === $skew ) {
			return self::result( 'clock', 'recommended', __( 'The clocks could not be compared', 'leadseal' ), array( __( 'Leadseal did not tell its time. First see to the connection and the key.', 'leadseal' ) ) );
		}
		$apart = abs( $skew );
		if ( is_wp_error( $answer ) ) {
			/* translators: %d: seconds. */
			return self::result( 'clock', 'critical', sprintf( __( 'The clocks are %d seconds apart', 'leadseal' ), $apart ), array( $answer->get_error_message() ) );
		}
		if ( $apart > Leadseal_Check::NOTABLE_SKEW ) {
			return self::result(
				'clock',
				'recommended',
				/* translators: %d: seconds. */
				sprintf( __( 'The clocks are %d seconds apart', 'leadseal' ), $apart ),
				array( __( 'Beyond 300 seconds Leadseal refuses this site’s calls. Switch on time synchronisation (NTP) on both servers, or ask your host to.', 'leadseal' ) )
			);
		}
		return self::result( 'clock', 'good', __( 'The clocks of this server and Leadseal agree', 'leadseal' ), array( __( 'Signed calls carry the time, so both servers’ clocks must be right.', 'leadseal' ) ) );
	}

	/**
	 * Whether browsers may post from this site's pages.
	 */
	public static function test_origins(): array {
		$forms = Leadseal_Forms::refresh();
		if ( is_wp_error( $forms ) ) {
			return self::result( 'origins', 'recommended', __( 'The list of forms could not be fetched', 'leadseal' ), array( $forms->get_error_message() ) );
		}
		$offered = Leadseal_Forms::offered();
		if ( ! $offered ) {
			return self::result( 'origins', 'recommended', __( 'No form is offered on this site', 'leadseal' ), array( __( 'Leadseal has no form for this site, or all are switched off in the settings. Make one as a file in its folder “forms”, and run “leadseal check”.', 'leadseal' ) ), self::settings_link() );
		}
		$origin  = Leadseal_Settings::origin();
		$refused = array();
		foreach ( $offered as $id => $form ) {
			if ( ! Leadseal_Forms::allows_this_site( $form ) ) {
				$refused[] = (string) $id;
			}
		}
		if ( $refused ) {
			return self::result(
				'origins',
				'critical',
				__( 'Leadseal refuses forms sent from this site', 'leadseal' ),
				array(
					__( 'Visitors’ browsers send straight to Leadseal, which takes that only from sites it was told of. These forms do not name this one:', 'leadseal' ),
					$refused,
					/* translators: %s: a line for a form file. */
					sprintf( __( 'In each form’s file on the Leadseal server, add to [form]: %s', 'leadseal' ), 'allowed_origins = ["' . $origin . '"]' ),
					__( 'A form that is only used through a bridge does not need it; take it off the list in the settings.', 'leadseal' ),
				),
				self::settings_link()
			);
		}
		/* translators: %s: an address such as https://www.example.com. */
		return self::result( 'origins', 'good', __( 'Every form may be sent from this site', 'leadseal' ), array( sprintf( __( 'Each form that is offered here names %s among its allowed origins.', 'leadseal' ), $origin ) ) );
	}

	/**
	 * Whether plugins are active that keep what visitors send.
	 */
	public static function test_storing(): array {
		$storing = self::storing();
		if ( ! $storing ) {
			return self::result( 'storing', 'good', __( 'No plugin stores submissions on this site', 'leadseal' ), array( __( 'None of the form and mail plugins known to keep what visitors send is active, or bridges keep everything from them.', 'leadseal' ) ) );
		}
		return self::result(
			'storing',
			'recommended',
			__( 'Plugins on this site store what visitors send', 'leadseal' ),
			array(
				__( 'What they keep lies in this site’s database in clear, for everybody who gets at it: by a hole in any plugin, a backup, or a stolen password.', 'leadseal' ),
				$storing,
			),
			array(
				admin_url( 'admin.php?page=leadseal-bridges' ) => __( 'Set up bridges', 'leadseal' ),
				admin_url( 'plugins.php' ) => __( 'Look at the plugins', 'leadseal' ),
			)
		);
	}

	/**
	 * Sentences about the active plugins that store, with what to do about each.
	 *
	 * @return string[]
	 */
	public static function storing(): array {
		$sentences = array();
		$active    = self::active();
		$storing   = array_intersect_key( self::STORING, $active );
		if ( isset( $active['jetpack'] ) && in_array( 'contact-form', (array) get_option( 'jetpack_active_modules', array() ), true ) ) {
			$storing['jetpack'] = array( 'Jetpack', '' );
		}
		foreach ( $storing as $plugin ) {
			list( $name, $by ) = $plugin;
			if ( 'mail' === $by ) {
				/* translators: %s: name of a plugin. */
				$sentences[] = sprintf( __( '%s can keep the mails that this site sends, with all they contain: switch its log of mails off, or have it keep no text. With a bridge, also switch off the form plugin’s own mail.', 'leadseal' ), $name );
			} elseif ( '' === $by ) {
				/* translators: %s: name of a plugin. */
				$sentences[] = sprintf( __( '%s keeps submissions: put a Leadseal form in place of its forms, or switch its storage of entries off where it allows that.', 'leadseal' ), $name );
			} else {
				$open = self::forms_without_bridge( $by );
				if ( $open > 0 ) {
					/* translators: 1: name of a plugin, 2: number of forms. */
					$sentences[] = sprintf( _n( '%1$s keeps submissions: switch on the bridge for %2$d form, and it gets nothing more to keep.', '%1$s keeps submissions: switch on the bridge for %2$d forms, and it gets nothing more to keep.', $open, 'leadseal' ), $name, $open );
				}
			}
		}
		return $sentences;
	}

	/**
	 * How many forms of a plugin have no bridge on.
	 *
	 * @param string $source Directory of the plugin whose forms they are.
	 */
	private static function forms_without_bridge( string $source ): int {
		foreach ( Leadseal_Bridges::all() as $bridge ) {
			if ( $source === $bridge->source() ) {
				return $bridge->is_present() ? count( array_diff( array_map( 'strval', array_keys( $bridge->forms() ) ), Leadseal_Bridges::forms_on( $bridge->id() ) ) ) : 0;
			}
		}
		return 0;
	}

	/**
	 * Directories of the active plugins, as keys.
	 */
	private static function active(): array {
		$files = (array) get_option( 'active_plugins', array() );
		if ( is_multisite() ) {
			$files = array_merge( $files, array_keys( (array) get_site_option( 'active_sitewide_plugins', array() ) ) );
		}
		return array_flip( array_map( 'dirname', array_filter( $files, 'is_string' ) ) );
	}

	/**
	 * Whether visitors' data is found where form plugins keep it.
	 */
	public static function test_found(): array {
		$result = Leadseal_Scan::run(
			array(
				'groups'  => array( 'forms', 'mail', 'shop', 'comments' ),
				'rows'    => self::SCAN_ROWS,
				'seconds' => self::SCAN_SECONDS,
			)
		);
		$forms  = array();
		$others = array();
		foreach ( Leadseal_Scan::found( $result ) as $place ) {
			/* translators: 1: name of a plugin, 2: table.column, 3: number, 4: number. */
			$line = sprintf( __( '%1$s, %2$s: %3$s rows with email addresses, %4$s with telephone numbers', 'leadseal' ), $place['source'], $place['table'] . '.' . $place['column'], number_format_i18n( $place['email'] ), number_format_i18n( $place['phone'] ) );
			if ( 'forms' === $place['group'] || 'mail' === $place['group'] ) {
				$forms[] = $line;
			} else {
				$others[] = $line;
			}
		}
		$texts = array();
		if ( $forms ) {
			$texts[] = __( 'The database was only counted; no value was read out.', 'leadseal' );
			$texts[] = $forms;
			$texts[] = __( 'First stop more from coming, with a Leadseal form or a bridge. Then export what you still need, delete the entries in the plugin that made them, and think of the backups that hold them too.', 'leadseal' );
		} else {
			$texts[] = __( 'Nothing that looks like an email address or a telephone number is in the places where form and mail plugins keep what visitors send.', 'leadseal' );
		}
		if ( $others ) {
			$texts[] = __( 'As is to be expected, there is some in comments or orders:', 'leadseal' );
			$texts[] = $others;
		}
		if ( ! $result['complete'] ) {
			$texts[] = __( 'There was more than could be looked at here. “wp leadseal scan” looks at everything.', 'leadseal' );
		}
		return self::result(
			'found',
			$forms ? 'critical' : 'good',
			$forms ? __( 'Visitors’ personal data lies in this site’s database', 'leadseal' ) : __( 'No submissions lie in this site’s database', 'leadseal' ),
			$texts,
			$forms ? array( admin_url( 'admin.php?page=leadseal-bridges' ) => __( 'Set up bridges', 'leadseal' ) ) : array()
		);
	}

	/**
	 * Adds the section under "Info", which people copy into forums: nothing secret, no form's words.
	 *
	 * @param array $info Of WordPress.
	 */
	public static function add_info( $info ): array {
		$info   = (array) $info;
		$yes    = __( 'Yes', 'leadseal' );
		$no     = __( 'No', 'leadseal' );
		$from   = function ( $constant ) {
			return defined( $constant ) ? __( 'wp-config.php', 'leadseal' ) : __( 'settings page', 'leadseal' );
		};
		$bridged = 0;
		foreach ( Leadseal_Bridges::all() as $bridge ) {
			$bridged += count( Leadseal_Bridges::forms_on( $bridge->id() ) );
		}
		$values = array(
			'version'   => array( __( 'Plugin version', 'leadseal' ), LEADSEAL_VERSION ),
			'address'   => array( __( 'Address of Leadseal', 'leadseal' ), Leadseal_Settings::address() ),
			'set_in'    => array( __( 'Address and key are set in', 'leadseal' ), $from( 'LEADSEAL_URL' ) . ', ' . $from( 'LEADSEAL_SITE_KEY' ) ),
			'key'       => array( __( 'Id of the site key', 'leadseal' ), '' === Leadseal_Settings::key_id() ? $no : Leadseal_Settings::key_id() ),
			'connected' => array( __( 'Connected', 'leadseal' ), Leadseal_Settings::is_connected() ? $yes : $no ),
			'paused'    => array( __( 'Calls are paused after failures', 'leadseal' ), Leadseal_Breaker::is_open() ? $yes : $no ),
			'forms'     => array( __( 'Forms known', 'leadseal' ), (string) count( Leadseal_Forms::all() ) ),
			'bridged'   => array( __( 'Bridged forms', 'leadseal' ), (string) $bridged ),
			'origin'    => array( __( 'Origin of this site', 'leadseal' ), Leadseal_Settings::origin() ),
			'storing'   => array( __( 'Plugins that store submissions', 'leadseal' ), (string) count( self::storing() ) ),
		);
		$fields = array();
		foreach ( $values as $name => $value ) {
			$fields[ $name ] = array(
				'label' => $value[0],
				'value' => $value[1],
			);
		}
		$info['leadseal'] = array(
			'label'  => 'Leadseal',
			'fields' => $fields,
		);
		return $info;
	}
}
