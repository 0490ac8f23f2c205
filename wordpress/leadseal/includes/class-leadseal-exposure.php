<?php
/**
 * What the internet sees of this site that helps somebody break in.
 *
 * Owns the Site Health tests of login names, login page, XML-RPC and updates. It really asks the
 * site, without being logged in, as a stranger would. It shows no login name and changes nothing.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Tests of exposure.
 */
final class Leadseal_Exposure {

	/** Authors looked at. */
	const AUTHORS = 3;

	/**
	 * Whether login names can be read off the site.
	 */
	public static function test_authors(): array {
		$ways  = array();
		$asked = 0;
		foreach ( self::authors() as $user ) {
			$answer = self::ask( add_query_arg( 'author', $user->ID, home_url( '/' ) ) );
			$asked += null === $answer ? 0 : 1;
			if ( null !== $answer && self::tells( $user, $answer ) ) {
				$ways['redirect'] = __( 'The address /?author=1 leads to one that contains the login name.', 'leadseal' );
			}
		}
		$rest = self::ask( add_query_arg( 'per_page', 100, rest_url( 'wp/v2/users' ) ) );
		if ( null !== $rest && self::lists_logins( $rest ) ) {
			$ways['rest'] = __( 'The REST address /wp/v2/users lists login names.', 'leadseal' );
		}
		$map = self::ask( home_url( '/wp-sitemap-users-1.xml' ) );
		foreach ( null !== $map && 200 === $map['code'] ? self::authors() : array() as $user ) {
			if ( false !== strpos( $map['body'], '/author/' . self::slug_of_login( $user ) . '/' ) ) {
				$ways['sitemap'] = __( 'The sitemap of authors (wp-sitemap-users-1.xml) lists login names.', 'leadseal' );
			}
		}

		if ( $ways ) {
			return Leadseal_Health::result(
				'authors',
				'recommended',
				__( 'Login names can be read off this site', 'leadseal' ),
				array(
					__( 'Who knows a login name needs only the password. On this site it can be found like this:', 'leadseal' ),
					array_values( $ways ),
					__( 'With the plugin Edit Author Slug, give each author an address that is not the login name; that settles all of these. SiteGuard WP Plugin can block /?author= besides.', 'leadseal' ),
				),
				array( self::search( 'Edit Author Slug' ) => __( 'Find Edit Author Slug', 'leadseal' ) )
			);
		}
		if ( 0 === $asked && self::authors() ) {
			return self::not_asked( 'authors', __( 'Whether login names can be read could not be checked', 'leadseal' ) );
		}
		return Leadseal_Health::result( 'authors', 'good', __( 'Login names can’t be read off this site', 'leadseal' ), array( __( 'Neither /?author=1 nor the REST list of users nor the sitemap tells a login name.', 'leadseal' ) ) );
	}

	/**
	 * Whether the login page is where every robot looks for it.
	 */
	public static function test_login(): array {
		$answer = self::ask( site_url( 'wp-login.php', 'login' ) );
		if ( null === $answer ) {
			return self::not_asked( 'login', __( 'Where the login page is could not be checked', 'leadseal' ) );
		}
		if ( 200 === $answer['code'] && preg_match( '/<input[^>]+name=["\']log["\']/', $answer['body'] ) ) {
			return Leadseal_Health::result(
				'login',
				'recommended',
				__( 'The login page is at its usual address', 'leadseal' ),
				array(
					__( 'Robots try passwords at wp-login.php all day long. Give the page another address, and have repeated failures locked.', 'leadseal' ),
					__( 'SiteGuard WP Plugin does both, and tells you of logins by mail. Many hosts offer the same in their control panel (limits by country or network, a second password): one of them is enough.', 'leadseal' ),
				),
				array( self::search( 'SiteGuard WP Plugin' ) => __( 'Find SiteGuard WP Plugin', 'leadseal' ) )
			);
		}
		return Leadseal_Health::result( 'login', 'good', __( 'The login page is not at its usual address', 'leadseal' ), array( __( 'wp-login.php shows strangers no login form: it has moved, or something stands in front of it.', 'leadseal' ) ) );
	}

	/**
	 * Whether XML-RPC takes logins.
	 */
	public static function test_xmlrpc(): array {
		$answer = self::ask( site_url( 'xmlrpc.php' ), '<?xml version="1.0"?><methodCall><methodName>system.listMethods</methodName><params></params></methodCall>' );
		if ( null === $answer ) {
			return self::not_asked( 'xmlrpc', __( 'Whether XML-RPC is open could not be checked', 'leadseal' ) );
		}
		$listed   = 200 === $answer['code'] && false !== strpos( $answer['body'], '<methodResponse>' );
		$logins   = $listed && false !== strpos( $answer['body'], 'wp.getUsersBlogs' ) && apply_filters( 'xmlrpc_enabled', true ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- WordPress's own.
		$pingback = $listed && false !== strpos( $answer['body'], 'pingback.ping' );
		if ( ! $logins && ! $pingback ) {
			return Leadseal_Health::result( 'xmlrpc', 'good', __( 'XML-RPC is closed', 'leadseal' ), array( __( 'xmlrpc.php takes neither logins nor pingbacks.', 'leadseal' ) ) );
		}
		$open = array();
		if ( $logins ) {
			$open[] = __( 'It takes logins: hundreds of passwords can be tried in one call, past what guards the login page.', 'leadseal' );
		}
		if ( $pingback ) {
			$open[] = __( 'It takes pingbacks: others can have this server call addresses of their choice.', 'leadseal' );
		}
		return Leadseal_Health::result(
			'xmlrpc',
			'recommended',
			__( 'XML-RPC is open', 'leadseal' ),
			array(
				__( 'Hardly any site needs xmlrpc.php today.', 'leadseal' ),
				$open,
				__( 'SiteGuard WP Plugin can switch it off, or pingbacks alone; many hosts can in their control panel. Jetpack and the older mobile app need it: for them, switch off pingbacks only.', 'leadseal' ),
			),
			array( self::search( 'SiteGuard WP Plugin' ) => __( 'Find SiteGuard WP Plugin', 'leadseal' ) )
		);
	}

	/**
	 * Whether updates wait. Counts what WordPress last found, and asks nobody.
	 */
	public static function test_updates(): array {
		$core  = get_site_transient( 'update_core' );
		$first = is_object( $core ) && ! empty( $core->updates ) ? reset( $core->updates ) : null;
		$wait  = array();
		if ( is_object( $first ) && isset( $first->response ) && 'upgrade' === $first->response ) {
			$wait[] = __( 'WordPress itself', 'leadseal' );
		}
		$plugins = self::waiting( 'update_plugins' );
		if ( $plugins > 0 ) {
			/* translators: %s: number. */
			$wait[] = sprintf( _n( '%s plugin', '%s plugins', $plugins, 'leadseal' ), number_format_i18n( $plugins ) );
		}
		$themes = self::waiting( 'update_themes' );
		if ( $themes > 0 ) {
			/* translators: %s: number. */
			$wait[] = sprintf( _n( '%s theme', '%s themes', $themes, 'leadseal' ), number_format_i18n( $themes ) );
		}
		if ( null === $first && ! $wait ) {
			return Leadseal_Health::result( 'updates', 'recommended', __( 'WordPress does not know whether updates wait', 'leadseal' ), array( __( 'It has not looked for updates yet, or could not ask wordpress.org. Open the page of updates once; when that fails too, the server or a setting keeps it from asking.', 'leadseal' ) ), self::updates_link() );
		}
		if ( ! $wait ) {
			return Leadseal_Health::result( 'updates', 'good', __( 'No update waits', 'leadseal' ), array( __( 'WordPress, plugins and themes are at the newest version that WordPress knows of. Keep an eye on vulnerability news, too, and keep the devices up to date from which people log in.', 'leadseal' ) ) );
		}
		return Leadseal_Health::result(
			'updates',
			'critical',
			__( 'Updates wait', 'leadseal' ),
			array(
				__( 'Most WordPress sites are broken into through holes for which there was an update. Waiting:', 'leadseal' ),
				$wait,
				__( 'Make a backup, update, and switch on automatic updates where you can. Remove plugins and themes that you do not use.', 'leadseal' ),
			),
			self::updates_link()
		);
	}

	/**
	 * How many updates a transient of WordPress holds.
	 *
	 * @param string $name Of the site transient.
	 */
	private static function waiting( string $name ): int {
		$found = get_site_transient( $name );
		return is_object( $found ) && ! empty( $found->response ) ? count( (array) $found->response ) : 0;
	}

	/**
	 * Link to the page of updates.
	 */
	private static function updates_link(): array {
		return array( self_admin_url( 'update-core.php' ) => __( 'Go to the updates', 'leadseal' ) );
	}

	/**
	 * Address at which a plugin can be installed.
	 *
	 * @param string $name Of the plugin.
	 */
	private static function search( string $name ): string {
		return add_query_arg(
			array(
				's'    => rawurlencode( $name ),
				'tab'  => 'search',
				'type' => 'term',
			),
			self_admin_url( 'plugin-install.php' )
		);
	}

	/**
	 * The result when this server can't call itself.
	 *
	 * @param string $test  Name.
	 * @param string $label Heading.
	 */
	private static function not_asked( string $test, string $label ): array {
		return Leadseal_Health::result( $test, 'recommended', $label, array( __( 'This server could not call its own address, as WordPress also does for its scheduled work. Look for the test “loopback request” on this page.', 'leadseal' ) ) );
	}

	/**
	 * Asks this site something, as a stranger.
	 *
	 * @param string      $address Of this site.
	 * @param string|null $body    To post as XML; null to get.
	 * @return array|null code, location, body; null when there was no answer.
	 */
	private static function ask( string $address, ?string $body = null ): ?array {
		$args = array(
			'method'      => null === $body ? 'GET' : 'POST',
			'timeout'     => 5,
			'redirection' => 0,
			'cookies'     => array(),
			'headers'     => array( 'cache-control' => 'no-cache' ),
			/** This filter is documented in wp-includes/class-wp-http-streams.php */
			'sslverify'   => apply_filters( 'https_local_ssl_verify', false ), // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- WordPress's own.
		);
		if ( null !== $body ) {
			$args['body']                    = $body;
			$args['headers']['content-type'] = 'text/xml';
		}
		$answer = wp_remote_request( $address, $args );
		if ( is_wp_error( $answer ) ) {
			return null;
		}
		$location = wp_remote_retrieve_header( $answer, 'location' );
		return array(
			'code'     => (int) wp_remote_retrieve_response_code( $answer ),
			'location' => (string) ( is_array( $location ) ? end( $location ) : $location ),
			'body'     => (string) wp_remote_retrieve_body( $answer ),
		);
	}

	/**
	 * A few people who have written something, the first administrator among them.
	 *
	 * @return WP_User[]
	 */
	private static function authors(): array {
		$first   = get_users(
			array(
				'number'  => 1,
				'orderby' => 'ID',
			)
		);
		$writers = get_users(
			array(
				'number'              => self::AUTHORS,
				'orderby'             => 'ID',
				'has_published_posts' => true,
			)
		);
		$users   = array();
		foreach ( array_merge( $first, $writers ) as $user ) {
			$users[ $user->ID ] = $user;
		}
		return array_slice( array_values( $users ), 0, self::AUTHORS );
	}

	/**
	 * What WordPress makes of a login name in an address.
	 *
	 * @param WP_User $user Whose.
	 */
	private static function slug_of_login( WP_User $user ): string {
		return sanitize_title( $user->user_login );
	}

	/**
	 * Whether an answer to /?author= contains the login name: in the address it leads to, or in the
	 * page's own marks where addresses are plain.
	 *
	 * @param WP_User $user   Of that number.
	 * @param array   $answer Of ask().
	 */
	private static function tells( WP_User $user, array $answer ): bool {
		$slug = self::slug_of_login( $user );
		if ( '' === $slug ) {
			return false;
		}
		if ( $answer['code'] >= 300 && $answer['code'] < 400 ) {
			$path = (string) wp_parse_url( $answer['location'], PHP_URL_PATH );
			return in_array( $slug, explode( '/', strtolower( rawurldecode( $path ) ) ), true );
		}
		return 200 === $answer['code'] && 1 === preg_match( '/<body[^>]*\sclass=["\'][^"\']*\bauthor-' . preg_quote( $slug, '/' ) . '(?=[\s"\'])/', $answer['body'] );
	}

	/**
	 * Whether the REST list of users names logins.
	 *
	 * @param array $answer Of ask().
	 */
	private static function lists_logins( array $answer ): bool {
		$listed = 200 === $answer['code'] ? json_decode( $answer['body'], true ) : null;
		foreach ( is_array( $listed ) ? $listed : array() as $one ) {
			$user = is_array( $one ) && isset( $one['id'] ) ? get_userdata( (int) $one['id'] ) : false;
			if ( $user && isset( $one['slug'] ) && self::slug_of_login( $user ) === $one['slug'] ) {
				return true;
			}
		}
		return false;
	}
}
