<?php
/**
 * WordPress's own tools for personal data: export, erasure, and the suggested policy text.
 *
 * Owns the two callbacks that hand a confirmed request over to Leadseal. Refuses to fetch values:
 * WordPress writes what an exporter returns into a ZIP under uploads, so only a sentence and a
 * receipt stand there. Leadseal mails the person a one-time link instead.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Exporter, eraser and policy text.
 */
final class Leadseal_Privacy {

	const NAME = 'leadseal';

	/**
	 * Hooks in.
	 */
	public static function boot(): void {
		add_filter( 'wp_privacy_personal_data_exporters', array( __CLASS__, 'add_exporter' ), 90 );
		// Last, so that a Leadseal that can't be reached keeps no other eraser from its work.
		add_filter( 'wp_privacy_personal_data_erasers', array( __CLASS__, 'add_eraser' ), PHP_INT_MAX );
		add_filter( 'user_erasure_fulfillment_email_content', array( __CLASS__, 'tell_of_second_mail' ) );
		add_action( 'admin_init', array( __CLASS__, 'suggest_policy' ) );
		add_action( 'admin_enqueue_scripts', array( __CLASS__, 'enqueue' ) );
	}

	/**
	 * Adds the exporter, once this site is connected.
	 *
	 * @param array $exporters Of WordPress.
	 */
	public static function add_exporter( $exporters ): array {
		$exporters = (array) $exporters;
		if ( Leadseal_Settings::is_connected() ) {
			$exporters[ self::NAME ] = array(
				'exporter_friendly_name' => __( 'Forms (Leadseal)', 'leadseal' ),
				'callback'               => array( __CLASS__, 'export' ),
			);
		}
		return $exporters;
	}

	/**
	 * Adds the eraser, once this site is connected.
	 *
	 * @param array $erasers Of WordPress.
	 */
	public static function add_eraser( $erasers ): array {
		$erasers = (array) $erasers;
		if ( Leadseal_Settings::is_connected() ) {
			$erasers[ self::NAME ] = array(
				'eraser_friendly_name' => __( 'Forms (Leadseal)', 'leadseal' ),
				'callback'             => array( __CLASS__, 'erase' ),
			);
		}
		return $erasers;
	}

	/**
	 * Has Leadseal mail the person a link to what it holds.
	 *
	 * @param string $email Address of a request that its owner has confirmed.
	 * @param int    $page  Always 1, since this is done at once.
	 * @return array|WP_Error
	 */
	public static function export( $email, $page = 1 ) {
		$nothing = array(
			'data' => array(),
			'done' => true,
		);
		if ( (int) $page > 1 ) {
			return $nothing;
		}
		$answer = Leadseal_Client::request( 'access', (string) $email, self::lang() );
		if ( is_wp_error( $answer ) ) {
			return self::failed( $answer );
		}
		$data = array(
			array(
				'name'  => __( 'What was sent through this site’s forms', 'leadseal' ),
				'value' => sprintf(
					/* translators: 1: host name, 2: number of days. */
					_n(
						'Is kept sealed by Leadseal at %1$s, not on this site. Leadseal has sent a one-time link to this address; through it, what is held there can be seen and downloaded. The link works for %2$d day. If nothing is held, the mail says so.',
						'Is kept sealed by Leadseal at %1$s, not on this site. Leadseal has sent a one-time link to this address; through it, what is held there can be seen and downloaded. The link works for %2$d days. If nothing is held, the mail says so.',
						self::days( $answer ),
						'leadseal'
					),
					self::host(),
					self::days( $answer )
				),
			),
		);
		if ( '' !== self::receipt( $answer ) ) {
			$data[] = array(
				'name'  => __( 'Receipt of this request', 'leadseal' ),
				'value' => self::receipt( $answer ),
			);
		}
		$nothing['data'][] = array(
			'group_id'          => self::NAME,
			'group_label'       => __( 'Forms (Leadseal)', 'leadseal' ),
			'group_description' => __( 'What you have sent through the forms of this site.', 'leadseal' ),
			'item_id'           => 'leadseal-request',
			'data'              => $data,
		);
		return $nothing;
	}

	/**
	 * Has Leadseal ask the person to confirm the erasure.
	 *
	 * A failure is an error and not "retained": WordPress would mark the request as completed and
	 * write to the person that everything is erased. This way it stays open and can be tried again.
	 *
	 * @param string $email Address of a request that its owner has confirmed.
	 * @param int    $page  Always 1, since this is done at once.
	 * @return array|WP_Error
	 */
	public static function erase( $email, $page = 1 ) {
		$result = array(
			'items_removed'  => false,
			'items_retained' => false,
			'messages'       => array(),
			'done'           => true,
		);
		if ( (int) $page > 1 ) {
			return $result;
		}
		$answer = Leadseal_Client::request( 'erase', (string) $email, self::lang() );
		if ( is_wp_error( $answer ) ) {
			return self::failed( $answer );
		}
		$message = sprintf(
			/* translators: 1: host name, 2: number of days. */
			_n(
				'Leadseal (%1$s) has sent a one-time link to this address. What it holds is erased as soon as the owner of the address confirms there; the link works for %2$d day. If nothing is held, the mail says so.',
				'Leadseal (%1$s) has sent a one-time link to this address. What it holds is erased as soon as the owner of the address confirms there; the link works for %2$d days. If nothing is held, the mail says so.',
				self::days( $answer ),
				'leadseal'
			),
			self::host(),
			self::days( $answer )
		);
		if ( '' !== self::receipt( $answer ) ) {
			/* translators: %s: receipt number. */
			$message .= ' ' . sprintf( __( 'Receipt: %s.', 'leadseal' ), self::receipt( $answer ) );
		}
		// Until the person confirms, it is there: "retained" is the truth that WordPress has a word for.
		$result['items_retained'] = true;
		$result['messages'][]     = esc_html( $message );
		return $result;
	}

	/**
	 * WordPress mails "your request has been completed" after the erasers; adds what is still to do.
	 *
	 * @param string $content Text of the mail.
	 */
	public static function tell_of_second_mail( $content ): string {
		$content = (string) $content;
		if ( ! Leadseal_Settings::is_connected() ) {
			return $content;
		}
		return $content . "\n\n" . __( 'What you have sent through our forms is kept apart from this site. You receive a second mail about it, with a link: please press the button there to have that erased too.', 'leadseal' );
	}

	/**
	 * Suggests a text for the privacy policy, in the site's language whoever looks at it.
	 */
	public static function suggest_policy(): void {
		if ( ! function_exists( 'wp_add_privacy_policy_content' ) ) {
			return;
		}
		require_once __DIR__ . '/class-leadseal-policy.php';
		$forms = Leadseal_Settings::is_connected() ? Leadseal_Forms::all() : array();
		$text  = Leadseal_Policy::text( self::lang(), self::host(), $forms );
		/**
		 * Filters the suggested text.
		 *
		 * @param string $text HTML.
		 * @param string $lang `ja` or `en`.
		 */
		wp_add_privacy_policy_content( 'Leadseal', wp_kses_post( (string) apply_filters( 'leadseal_policy_text', $text, self::lang() ) ) );
	}

	/**
	 * On the two pages of WordPress's tools, shows why Leadseal did not take a request.
	 *
	 * @param string $page File name of the admin page.
	 */
	public static function enqueue( $page ): void {
		if ( 'export-personal-data.php' === $page || 'erase-personal-data.php' === $page ) {
			wp_enqueue_script( 'leadseal-privacy-tools', plugins_url( 'assets/privacy-tools.js', LEADSEAL_FILE ), array( 'jquery', 'privacy-tools' ), LEADSEAL_VERSION, true );
		}
	}

	/**
	 * An error as the tools show it.
	 *
	 * @param WP_Error $error Of the client; its sentence holds nothing of a visitor.
	 */
	private static function failed( WP_Error $error ): WP_Error {
		return new WP_Error(
			$error->get_error_code(),
			/* translators: %s: a sentence that says what is wrong and what to do. */
			sprintf( __( 'Leadseal has not taken this request, so nothing of it was done there: %s Then try again here; the request stays open.', 'leadseal' ), $error->get_error_message() )
		);
	}

	/**
	 * The language of what Leadseal writes to the person: the site's, not that of the admin who clicks.
	 */
	private static function lang(): string {
		$lang = (string) Leadseal_Settings::get( 'lang', 'auto' );
		if ( 'ja' === $lang || 'en' === $lang ) {
			return $lang;
		}
		return 0 === strpos( get_locale(), 'ja' ) ? 'ja' : 'en';
	}

	/**
	 * Where Leadseal is.
	 */
	private static function host(): string {
		return (string) wp_parse_url( Leadseal_Settings::address(), PHP_URL_HOST );
	}

	/**
	 * The receipt of an answer; '' when it has none that looks like one.
	 *
	 * @param array $answer Of Leadseal.
	 */
	private static function receipt( array $answer ): string {
		$receipt = isset( $answer['receipt'] ) && is_string( $answer['receipt'] ) ? $answer['receipt'] : '';
		return preg_match( '/\A[A-Za-z0-9_-]{4,64}\z/', $receipt ) ? $receipt : '';
	}

	/**
	 * How long the link works.
	 *
	 * @param array $answer Of Leadseal.
	 */
	private static function days( array $answer ): int {
		return isset( $answer['expires_in_days'] ) && is_int( $answer['expires_in_days'] ) ? max( 1, $answer['expires_in_days'] ) : 7;
	}
}
