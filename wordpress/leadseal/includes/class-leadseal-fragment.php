<?php
/**
 * A form in a page: the one renderer of block, shortcode and widget.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Keeps the last good markup of each form, language and layout in an option and shows it at once;
 * what is older than a minute is asked for anew after the page has been sent. Only the very first
 * view of a form waits for Leadseal, two seconds at most and never while the breaker is open.
 */
final class Leadseal_Fragment {

	/** Markup by place; autoload off. */
	const PREFIX = 'leadseal_fragment_';
	/** When each was last asked for, apart from the markup so that “unchanged” writes little. */
	const CHECKED = 'leadseal_checked';
	const FRESH   = 60;
	const LAYOUTS = array( 'stacked', 'two-column', 'compact' );

	/** Seconds until a try that failed may be repeated. */
	const PAUSE = 10;

	/**
	 * How often each form has been drawn for this page.
	 *
	 * @var array<string,int>
	 */
	private static $drawn = array();

	/**
	 * The HTML of a form for where a page wants it.
	 *
	 * @param array $args `form`, and if wished `lang` and `layout`.
	 */
	public static function render( array $args ): string {
		$place = self::place( $args );
		if ( '' === $place['form'] ) {
			return self::hint( __( 'No form is chosen here yet.', 'leadseal' ) );
		}
		if ( '' === Leadseal_Settings::address() ) {
			return self::instead( $place, __( 'Leadseal’s address is not set. Visitors see the words above.', 'leadseal' ) );
		}
		if ( is_feed() ) {
			return self::for_feed( $place );
		}
		$kept = self::kept( $place );
		if ( null !== $kept && self::age( $place ) > self::fresh() && ! Leadseal_Breaker::is_open() ) {
			Leadseal_Plugin::later( 'leadseal_refresh_fragment', array( $place['form'], $place['lang'], $place['layout'] ) );
		}
		if ( null === $kept && Leadseal_Forms::are_known() && null === Leadseal_Forms::get( $place['form'] ) ) {
			Leadseal_Plugin::later( 'leadseal_refresh_forms' );
			/* translators: %s: id of a form. */
			return self::instead( $place, sprintf( __( 'This site has no form “%s” in Leadseal. Visitors see the words above. Choose another form, or see in Leadseal whether it was renamed.', 'leadseal' ), $place['form'] ) );
		}
		$kept = $kept ?? self::first( $place );
		if ( null === $kept ) {
			return self::instead( $place, __( 'Leadseal could not be asked for this form. Visitors see the words above. Leadseal › Settings says what is wrong.', 'leadseal' ) );
		}
		return self::show( $place, $kept );
	}

	/**
	 * Asks Leadseal for a form's markup and keeps it.
	 *
	 * @param array $place   Form, language and layout.
	 * @param int   $timeout Seconds.
	 * @return true|WP_Error
	 */
	public static function refresh( array $place, int $timeout = Leadseal_Client::TIMEOUT ) {
		$place  = self::place( $place );
		$kept   = self::kept( $place );
		// Another version of the plugin may have written the markup another way.
		$etag   = LEADSEAL_VERSION === ( $kept['by'] ?? '' ) ? $kept['etag'] : '';
		$answer = self::ask( $place, $etag, $timeout );
		if ( is_wp_error( $answer ) ) {
			return $answer;
		}
		$status = (int) wp_remote_retrieve_response_code( $answer );
		if ( 304 === $status && $kept ) {
			self::checked( $place );
			return true;
		}
		if ( $status >= 300 && $status < 400 ) {
			return Leadseal_Advice::redirected( (string) wp_remote_retrieve_header( $answer, 'location' ) );
		}
		if ( 404 === $status ) {
			// Whoever sends the form now meets the same answer, so it is shown no more.
			delete_option( self::option( $place ) );
			Leadseal_Plugin::later( 'leadseal_refresh_forms' );
		}
		if ( 200 !== $status ) {
			return Leadseal_Advice::refused( $status, 404 === $status ? 'not-found' : '', array() );
		}
		$parts = Leadseal_Markup::read( wp_remote_retrieve_body( $answer ), $place['form'] );
		if ( null === $parts ) {
			return Leadseal_Advice::not_leadseal();
		}
		$parts['address'] = Leadseal_Settings::address();
		$parts['by']      = LEADSEAL_VERSION;
		$parts['etag']    = substr( (string) wp_remote_retrieve_header( $answer, 'etag' ), 0, 100 );
		update_option( self::option( $place ), $parts + $place, false );
		self::checked( $place );
		return true;
	}

	/**
	 * Asks for a form's markup after the page was sent, unless another request does.
	 *
	 * @param string $form   Id.
	 * @param string $lang   Language.
	 * @param string $layout Layout; '' for the form's own.
	 */
	public static function refresh_later( $form, $lang = '', $layout = '' ): void {
		$place = self::place( compact( 'form', 'lang', 'layout' ) );
		$lock  = self::name( $place );
		if ( '' === $place['form'] || Leadseal_Breaker::is_open() || ! Leadseal_Lock::take( $lock, self::PAUSE ) ) {
			return;
		}
		if ( true === self::refresh( $place ) ) {
			Leadseal_Lock::give_back( $lock );
		}
	}

	/**
	 * Asks anew for every form that pages show, so that a site whose pages all come from a cache
	 * notices a change or an outage too.
	 */
	public static function refresh_all(): void {
		foreach ( array_keys( (array) get_option( self::CHECKED, array() ) ) as $name ) {
			$kept = get_option( self::PREFIX . $name );
			if ( is_array( $kept ) && isset( $kept['form'] ) ) {
				self::refresh_later( $kept['form'], $kept['lang'], $kept['layout'] );
			}
		}
	}

	/**
	 * Forgets all markup, since it came from another Leadseal.
	 */
	public static function forget(): void {
		foreach ( array_keys( (array) get_option( self::CHECKED, array() ) ) as $name ) {
			delete_option( self::PREFIX . $name );
		}
		delete_option( self::CHECKED );
	}

	/**
	 * The form, language and layout that are meant; what can't be one is left out.
	 *
	 * @param array $args Of the block, shortcode or widget.
	 * @return array{form:string,lang:string,layout:string}
	 */
	public static function place( array $args ): array {
		$form   = strtolower( trim( (string) ( $args['form'] ?? '' ) ) );
		$lang   = (string) ( $args['lang'] ?? '' );
		$layout = (string) ( $args['layout'] ?? '' );
		return array(
			'form'   => Leadseal_Forms::is_id( $form ) ? $form : '',
			'lang'   => in_array( $lang, array( 'ja', 'en' ), true ) ? $lang : Leadseal_Settings::lang(),
			'layout' => in_array( $layout, self::LAYOUTS, true ) ? $layout : '',
		);
	}

	/**
	 * The words for visitors who can't be shown a form, as HTML.
	 *
	 * @param string $lang Of the page.
	 */
	public static function fallback( string $lang ): string {
		$own = Leadseal_Settings::fallback();
		if ( '' === $own ) {
			// In the language of the form, which may not be the site's; so not from the catalogue.
			$own = 'ja' === $lang
				? 'ただいまフォームをご利用いただけません。お手数をおかけしますが、お電話またはメールでお問い合わせください。'
				: 'The form can’t be used right now. Please get in touch by telephone or e-mail.';
		}
		return '<div class="leadseal-fallback" role="note" lang="' . esc_attr( $lang ) . '">' . wpautop( wp_kses_post( $own ) ) . '</div>';
	}

	/**
	 * The first markup of a form, for which a visitor waits a little; after trouble nobody waits.
	 *
	 * @param array $place Form, language and layout.
	 */
	private static function first( array $place ): ?array {
		$lock = self::name( $place );
		if ( Leadseal_Breaker::has_tripped() ) {
			Leadseal_Plugin::later( 'leadseal_refresh_fragment', array( $place['form'], $place['lang'], $place['layout'] ) );
			return null;
		}
		if ( ! Leadseal_Lock::take( $lock, self::PAUSE ) ) {
			return null;
		}
		if ( true !== self::refresh( $place, 2 ) ) {
			return null;
		}
		Leadseal_Lock::give_back( $lock );
		return self::kept( $place );
	}

	/**
	 * One request for a fragment.
	 *
	 * @param array  $place   Form, language and layout.
	 * @param string $etag    Of the markup that is kept.
	 * @param int    $timeout Seconds.
	 * @return array|WP_Error
	 */
	private static function ask( array $place, string $etag, int $timeout ) {
		$query   = array_filter(
			array(
				'lang'   => $place['lang'],
				'layout' => $place['layout'],
			)
		);
		$headers = array( 'accept' => 'text/html' );
		if ( '' !== $etag ) {
			$headers['if-none-match'] = $etag;
		}
		return Leadseal_Client::http(
			'GET',
			Leadseal_Settings::address() . '/f/' . rawurlencode( $place['form'] ) . '/fragment?' . http_build_query( $query, '', '&' ),
			array(
				'headers'             => $headers,
				'timeout'             => $timeout,
				'limit_response_size' => Leadseal_Markup::LARGEST + 1,
			)
		);
	}

	/**
	 * A form that we have, with the fallback above it while Leadseal is away.
	 *
	 * @param array $place Form, language and layout.
	 * @param array $kept  Its markup.
	 */
	private static function show( array $place, array $kept ): string {
		$html = self::sheet( $kept ) . self::numbered( $place['form'], $kept['html'] );
		self::script( $kept );
		if ( Leadseal_Breaker::has_tripped() ) {
			self::no_cache();
			$html = self::own_sheet() . self::fallback( $place['lang'] ) . $html;
		}
		return '<div class="leadseal-place">' . $html . '</div>';
	}

	/**
	 * Markup whose ids are its own, also when a page has the same form twice (in its text and in a
	 * sidebar): a label must not lead to the other one's input.
	 *
	 * @param string $form Id of the form.
	 * @param string $html Its markup.
	 */
	private static function numbered( string $form, string $html ): string {
		self::$drawn[ $form ] = ( self::$drawn[ $form ] ?? 0 ) + 1;
		$number               = self::$drawn[ $form ];
		if ( 1 === $number ) {
			return $html;
		}
		return (string) preg_replace_callback(
			'~\s(?:id|for|list|href|aria-[a-z]+)="[^"]*"~',
			static function ( array $found ) use ( $form, $number ): string {
				return str_replace( "ls-$form-", "ls-$form-$number-", $found[0] );
			},
			$html
		);
	}

	/**
	 * What stands in a form's place when there is none to show.
	 *
	 * @param array  $place Form, language and layout.
	 * @param string $why   For those who can do something about it.
	 */
	private static function instead( array $place, string $why ): string {
		self::no_cache();
		return '<div class="leadseal-place">' . self::own_sheet() . self::fallback( $place['lang'] ) . self::hint( $why ) . '</div>';
	}

	/**
	 * A form can't work in a feed reader; a link to the page can.
	 *
	 * @param array $place Form, language and layout.
	 */
	private static function for_feed( array $place ): string {
		$words = 'ja' === $place['lang'] ? 'フォームはこのページでご利用いただけます' : 'The form is on this page';
		return '<p><a href="' . esc_url( (string) get_permalink() ) . '">' . esc_html( $words ) . '</a></p>';
	}

	/**
	 * A sentence that only those see who can mend what it says.
	 *
	 * @param string $words For them.
	 */
	private static function hint( string $words ): string {
		if ( ! current_user_can( 'edit_posts' ) ) {
			return '';
		}
		return '<p class="leadseal-hint"><strong>Leadseal:</strong> ' . esc_html( $words ) . '</p>';
	}

	/**
	 * Keeps page caches from remembering an outage for longer than it lasts.
	 */
	public static function no_cache(): void {
		if ( ! defined( 'DONOTCACHEPAGE' ) ) {
			define( 'DONOTCACHEPAGE', true ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- the name that page caches look for.
		}
		do_action( 'litespeed_control_set_nocache', 'leadseal' ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- LiteSpeed Cache's.
		if ( ! headers_sent() ) {
			nocache_headers();
		}
	}

	/**
	 * The form's style sheet: in the head where the head is still to come, else beside the form.
	 *
	 * A link beside the form is repeated rather than left out after the first time: themes and SEO
	 * plugins draw content that they then throw away.
	 *
	 * @param array $kept Markup.
	 */
	private static function sheet( array $kept ): string {
		$handle = 'leadseal-form-' . substr( md5( $kept['sheet'] ), 0, 8 );
		if ( ! wp_style_is( $handle, 'registered' ) ) {
			// The address names the content already.
			wp_register_style( $handle, $kept['sheet'], array(), null ); // phpcs:ignore WordPress.WP.EnqueuedResourceParameters
		}
		return self::linked( $handle, $kept['sheet'] );
	}

	/**
	 * The plugin's own few rules for the fallback.
	 */
	private static function own_sheet(): string {
		$url = plugins_url( 'assets/fallback.css', LEADSEAL_FILE );
		if ( ! wp_style_is( 'leadseal-fallback', 'registered' ) ) {
			wp_register_style( 'leadseal-fallback', $url, array(), LEADSEAL_VERSION );
		}
		return self::linked( 'leadseal-fallback', add_query_arg( 'ver', LEADSEAL_VERSION, $url ) );
	}

	/**
	 * Puts a sheet into the head, or returns a link to it.
	 *
	 * @param string $handle Of the registered sheet.
	 * @param string $url    Its address.
	 */
	private static function linked( string $handle, string $url ): string {
		$drawn_apart = wp_is_json_request() || wp_doing_ajax() || is_admin() || ( defined( 'REST_REQUEST' ) && REST_REQUEST );
		if ( ! $drawn_apart && ! did_action( 'wp_head' ) ) {
			wp_enqueue_style( $handle );
			return '';
		}
		if ( wp_style_is( $handle, 'done' ) ) {
			return '';
		}
		// phpcs:ignore WordPress.WP.EnqueuedResources -- the head is out already, and a sheet at the page's end makes the form flash up unstyled.
		return '<link rel="stylesheet" href="' . esc_url( $url ) . '">';
	}

	/**
	 * The script that helps while typing; once per page, and no page needs it.
	 *
	 * @param array $kept Markup.
	 */
	private static function script( array $kept ): void {
		wp_enqueue_script( 'leadseal-form', $kept['script'], array(), null, true ); // phpcs:ignore WordPress.WP.EnqueuedResourceParameters -- the address names the content already.
		if ( '' !== ( $kept['captcha'] ?? '' ) ) {
			wp_enqueue_script( 'leadseal-captcha', $kept['captcha'], array(), null, true ); // phpcs:ignore WordPress.WP.EnqueuedResourceParameters -- its provider's, without versions.
		}
	}

	/**
	 * The markup that is kept for a place, if it came from the address that is set.
	 *
	 * @param array $place Form, language and layout.
	 */
	private static function kept( array $place ): ?array {
		$kept = get_option( self::option( $place ) );
		return is_array( $kept ) && ( $kept['address'] ?? '' ) === Leadseal_Settings::address() ? $kept : null;
	}

	/**
	 * Seconds since Leadseal last said that the markup is right.
	 *
	 * @param array $place Form, language and layout.
	 */
	private static function age( array $place ): int {
		$checked = get_option( self::CHECKED, array() );
		return time() - (int) ( is_array( $checked ) ? $checked[ self::name( $place ) ] ?? 0 : 0 );
	}

	/**
	 * Notes that it is right now.
	 *
	 * @param array $place Form, language and layout.
	 */
	private static function checked( array $place ): void {
		$checked                         = get_option( self::CHECKED, array() );
		$checked                         = is_array( $checked ) ? $checked : array();
		$checked[ self::name( $place ) ] = time();
		update_option( self::CHECKED, $checked, false );
	}

	/**
	 * How old markup may be before it is asked for anew.
	 */
	private static function fresh(): int {
		/**
		 * Changes how many seconds a form's markup is shown before Leadseal is asked for news.
		 *
		 * @param int $seconds 60 unless changed.
		 */
		return (int) apply_filters( 'leadseal_fragment_age', self::FRESH );
	}

	/**
	 * A short name for a place.
	 *
	 * @param array $place Form, language and layout.
	 */
	private static function name( array $place ): string {
		return $place['form'] . '.' . $place['lang'] . ( '' === $place['layout'] ? '' : '.' . $place['layout'] );
	}

	/**
	 * The option that keeps a place's markup.
	 *
	 * @param array $place Form, language and layout.
	 */
	private static function option( array $place ): string {
		return self::PREFIX . self::name( $place );
	}
}
