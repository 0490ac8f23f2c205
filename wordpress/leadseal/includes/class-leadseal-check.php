<?php
/**
 * “Test connection”: what works between this site and Leadseal, and what to do about the rest.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Asks Leadseal what a page and a bridge will need of it.
 */
final class Leadseal_Check {

	/** Seconds of difference between the clocks that deserve a word. Leadseal refuses calls from 300 on. */
	const NOTABLE_SKEW = 60;

	/**
	 * Looks at everything in turn and stops where the rest would only fail as well.
	 *
	 * @param string|null $address To try; the set one when left out.
	 * @param string|null $key     To try; the set one when left out.
	 * @return array<int,array{state:string,words:string}> `state` is `good`, `warn` or `bad`.
	 */
	public static function run( ?string $address = null, ?string $key = null ): array {
		$address = $address ?? Leadseal_Settings::address();
		$key     = $key ?? Leadseal_Settings::site_key();
		if ( '' === $address ) {
			return array( self::bad( __( 'Enter Leadseal’s address first: the one that visitors’ browsers send forms to, such as https://forms.example.com.', 'leadseal' ) ) );
		}
		if ( ! Leadseal_Settings::is_key( $key ) ) {
			return array( self::bad( __( 'Enter a site key first. On the Leadseal server, “leadseal site-key new SITE” prints one; it starts with lsk_.', 'leadseal' ) ) );
		}
		$opts   = array(
			'address' => $address,
			'key'     => $key,
		);
		$is_set = Leadseal_Settings::address() === $address && Leadseal_Settings::site_key() === $key;
		if ( $is_set ) {
			$opts = array();
		}
		$status = Leadseal_Client::status( $opts );
		if ( is_wp_error( $status ) ) {
			return array( self::bad( $status->get_error_message() ) );
		}
		if ( ! isset( $status['site'] ) ) {
			return array( self::bad( Leadseal_Advice::not_leadseal()->get_error_message() ) );
		}
		$found = array_merge( self::who( $status ), self::clocks( $status ), self::accepting( $status ) );
		$forms = Leadseal_Client::forms( $opts );
		if ( is_wp_error( $forms ) ) {
			$found[] = self::bad( $forms->get_error_message() );
			return $found;
		}
		if ( $is_set ) {
			Leadseal_Forms::keep( $forms );
		}
		return array_merge( $found, self::transport( $address ), self::origins( $forms, (string) $status['site'] ) );
	}

	/**
	 * Whether none of the findings is bad.
	 *
	 * @param array $found Of `run`.
	 */
	public static function passed( array $found ): bool {
		return ! in_array( 'bad', array_column( $found, 'state' ), true );
	}

	/**
	 * Whose key it is.
	 *
	 * @param array $status Leadseal's answer.
	 */
	private static function who( array $status ): array {
		$site = Leadseal_Forms::text( $status['site_name'] ?? '' );
		return array(
			self::good(
				sprintf(
					/* translators: 1: version of Leadseal; 2: name of a site in Leadseal; 3: its id; 4: id of a site key. */
					__( 'Connected to Leadseal %1$s as site “%2$s” (%3$s) with key %4$s.', 'leadseal' ),
					(string) ( $status['version'] ?? '' ),
					'' !== $site ? $site : (string) $status['site'],
					(string) $status['site'],
					(string) ( $status['key']['id'] ?? '' )
				)
			),
		);
	}

	/**
	 * Whether the clocks agree.
	 *
	 * @param array $status Leadseal's answer.
	 */
	private static function clocks( array $status ): array {
		$theirs = strtotime( (string) ( $status['server_time'] ?? '' ) );
		$skew   = $theirs ? time() - $theirs : 0;
		if ( abs( $skew ) < self::NOTABLE_SKEW ) {
			return array();
		}
		return array(
			self::warn(
				/* translators: %d: seconds. */
				sprintf( __( 'The clocks of this server and of Leadseal differ by %d seconds. From 300 seconds on Leadseal refuses every call: switch on time synchronisation (NTP) on both.', 'leadseal' ), abs( $skew ) )
			),
		);
	}

	/**
	 * Whether submissions are taken at the moment.
	 *
	 * @param array $status Leadseal's answer.
	 */
	private static function accepting( array $status ): array {
		if ( false !== ( $status['accepting'] ?? true ) ) {
			return array();
		}
		return array( self::bad( __( 'Leadseal answers, but can take no submissions: its disk is full or can’t be written. Its log says more.', 'leadseal' ) ) );
	}

	/**
	 * Whether what visitors type is encrypted on its way.
	 *
	 * @param string $address Of Leadseal.
	 */
	private static function transport( string $address ): array {
		if ( 0 === strpos( $address, 'https://' ) || 0 !== strpos( home_url(), 'https://' ) ) {
			return array();
		}
		return array( self::warn( __( 'This site uses https, but Leadseal’s address is http. If visitors’ browsers are to use that address too, they will refuse to load the form: give Leadseal a certificate.', 'leadseal' ) ) );
	}

	/**
	 * Whether pages of this site may show the forms.
	 *
	 * @param array  $forms As Leadseal sent them.
	 * @param string $site  Id of the site in Leadseal.
	 */
	private static function origins( array $forms, string $site ): array {
		if ( ! $forms ) {
			/* translators: %s: id of a site in Leadseal. */
			return array( self::bad( sprintf( __( 'The site “%s” has no form in Leadseal yet. Add one to its configuration.', 'leadseal' ), $site ) ) );
		}
		$closed = array();
		foreach ( $forms as $form ) {
			if ( is_array( $form ) && ! Leadseal_Forms::allows_this_site( $form ) ) {
				$closed[] = (string) ( $form['id'] ?? '' );
			}
		}
		$origin = Leadseal_Settings::origin();
		if ( count( $closed ) === count( $forms ) ) {
			return array(
				self::bad(
					/* translators: 1: origin of this WordPress, such as https://www.example.com; 2: id of a site in Leadseal. */
					sprintf( __( 'No form allows pages of %1$s. Add “%1$s” to allowed_origins of the forms in Leadseal. If “%2$s” is not the site you meant, use that site’s own key.', 'leadseal' ), $origin, $site )
				),
			);
		}
		$found = array(
			self::good(
				/* translators: %d: number of forms. */
				sprintf( _n( '%d form can be placed on this site.', '%d forms can be placed on this site.', count( $forms ) - count( $closed ), 'leadseal' ), count( $forms ) - count( $closed ) )
			),
		);
		if ( $closed ) {
			/* translators: 1: ids of forms; 2: origin of this WordPress. */
			$found[] = self::warn( sprintf( __( 'Not yet: %1$s. Add “%2$s” to allowed_origins of these forms in Leadseal.', 'leadseal' ), implode( ', ', $closed ), $origin ) );
		}
		return $found;
	}

	/**
	 * A finding that is as it should be.
	 *
	 * @param string $words For the admin.
	 */
	private static function good( string $words ): array {
		return array(
			'state' => 'good',
			'words' => $words,
		);
	}

	/**
	 * A finding that will need looking after.
	 *
	 * @param string $words For the admin.
	 */
	private static function warn( string $words ): array {
		return array(
			'state' => 'warn',
			'words' => $words,
		);
	}

	/**
	 * A finding that keeps forms from working.
	 *
	 * @param string $words For the admin.
	 */
	private static function bad( string $words ): array {
		return array(
			'state' => 'bad',
			'words' => $words,
		);
	}
}
