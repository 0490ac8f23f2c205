<?php
/**
 * The commands `wp leadseal …`.
 *
 * Owns what they print and their exit status; what they tell comes from the client, the check, and
 * the scan. Prints counts and names of tables, never a value and never the site key.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Looks after this site's connection to Leadseal, and counts visitors' data in its database.
 *
 * ## EXAMPLES
 *
 *     # Is everything all right? The exit status says so, for monitoring.
 *     $ wp leadseal status
 *
 *     # Try every form with made-up answers; nothing is stored.
 *     $ wp leadseal test
 *
 *     # Count what looks like personal data in this site's database.
 *     $ wp leadseal scan --everywhere
 */
final class Leadseal_Cli {

	/**
	 * Registers the commands.
	 */
	public static function boot(): void {
		WP_CLI::add_command( 'leadseal', __CLASS__ );
	}

	/**
	 * Shows where Leadseal is and whether it answers.
	 *
	 * The exit status is 1 when it can't be reached, refuses the key, or takes no submissions.
	 *
	 * ## OPTIONS
	 *
	 * [--format=<format>]
	 * : How to print.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 * ---
	 *
	 * ## EXAMPLES
	 *
	 *     $ wp leadseal status --format=json
	 *
	 * @param string[] $args  Arguments.
	 * @param array    $assoc Options.
	 */
	public function status( $args, $assoc ): void {
		list( $answer, $skew ) = Leadseal_Health::status();

		$failed = is_wp_error( $answer );
		$status = array(
			'address'      => Leadseal_Settings::address(),
			'key'          => Leadseal_Settings::key_id(),
			'state'        => $failed ? $answer->get_error_code() : ( false === ( $answer['accepting'] ?? true ) ? 'not_accepting' : 'ok' ),
			'site'         => $failed ? '' : (string) ( $answer['site'] ?? '' ),
			'version'      => $failed ? '' : (string) ( $answer['version'] ?? '' ),
			'forms'        => $failed ? count( Leadseal_Forms::all() ) : (int) ( $answer['forms'] ?? 0 ),
			'clock_ahead'  => $skew,
			'paused'       => Leadseal_Breaker::is_open(),
			'plugin'       => LEADSEAL_VERSION,
			'origin'       => Leadseal_Settings::origin(),
		);
		if ( 'json' === self::format( $assoc ) ) {
			WP_CLI::line( wp_json_encode( $status, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE ) );
		} else {
			$rows = array();
			foreach ( $status as $name => $value ) {
				$rows[] = array(
					'name'  => $name,
					'value' => is_bool( $value ) ? ( $value ? 'yes' : 'no' ) : (string) $value,
				);
			}
			WP_CLI\Utils\format_items( 'table', $rows, array( 'name', 'value' ) );
		}
		if ( $failed ) {
			WP_CLI::error( $answer->get_error_message() );
		}
		if ( 'ok' !== $status['state'] ) {
			WP_CLI::error( __( 'Leadseal answers, but can take no submissions: its disk is full or can’t be written. Its log says more.', 'leadseal' ) );
		}
		if ( 'json' !== self::format( $assoc ) ) {
			WP_CLI::success( __( 'Leadseal answers and knows this site’s key.', 'leadseal' ) );
		}
	}

	/**
	 * Tries the connection and sends made-up answers to forms; nothing is stored anywhere.
	 *
	 * The exit status is 1 when something would keep a visitor's submission from arriving.
	 *
	 * ## OPTIONS
	 *
	 * [<form>...]
	 * : Ids of forms. Default: every form that this site offers.
	 *
	 * [--lang=<lang>]
	 * : Language of the answers.
	 * ---
	 * default: ja
	 * options:
	 *   - ja
	 *   - en
	 * ---
	 *
	 * [--format=<format>]
	 * : How to print.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 * ---
	 *
	 * ## EXAMPLES
	 *
	 *     $ wp leadseal test contact
	 *
	 * @param string[] $args  Arguments.
	 * @param array    $assoc Options.
	 */
	public function test( $args, $assoc ): void {
		$rows = array();
		foreach ( Leadseal_Check::run() as $finding ) {
			$rows[] = array(
				'what'   => 'connection',
				'state'  => $finding['state'],
				'answer' => $finding['words'],
			);
		}
		// Without a connection, each form would only repeat the same sentence.
		if ( ! is_wp_error( Leadseal_Health::status()[0] ) ) {
			foreach ( $args ? $args : array_keys( Leadseal_Forms::offered() ) as $form ) {
				$rows[] = self::try_form( (string) $form, (string) ( $assoc['lang'] ?? 'ja' ) );
			}
		}
		WP_CLI\Utils\format_items( self::format( $assoc ), $rows, array( 'what', 'state', 'answer' ) );
		if ( in_array( 'bad', array_column( $rows, 'state' ), true ) ) {
			WP_CLI::halt( 1 );
		}
	}

	/**
	 * Lists the forms that this site has in Leadseal.
	 *
	 * Asks Leadseal for the list; when it does not answer, shows the one kept here, with a warning.
	 *
	 * ## OPTIONS
	 *
	 * [--format=<format>]
	 * : How to print.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 * ---
	 *
	 * ## EXAMPLES
	 *
	 *     $ wp leadseal forms
	 *
	 * @param string[] $args  Arguments.
	 * @param array    $assoc Options.
	 */
	public function forms( $args, $assoc ): void {
		$forms = Leadseal_Forms::refresh();
		if ( is_wp_error( $forms ) ) {
			if ( ! Leadseal_Forms::are_known() ) {
				WP_CLI::error( $forms->get_error_message() );
			}
			WP_CLI::warning( $forms->get_error_message() . ' ' . __( 'This is the list as it was last fetched.', 'leadseal' ) );
			$forms = Leadseal_Forms::all();
		}
		$offered = Leadseal_Forms::offered();
		$rows    = array();
		foreach ( $forms as $id => $form ) {
			$days   = $form['retention_days'] ?? null;
			$rows[] = array(
				'id'             => (string) $id,
				'title'          => Leadseal_Forms::text( $form['title'] ?? '' ),
				'languages'      => implode( ' ', array_filter( (array) ( $form['languages'] ?? array() ), 'is_string' ) ),
				'fields'         => count( (array) ( $form['fields'] ?? array() ) ),
				'retention_days' => null === $days ? '' : (int) $days,
				'offered'        => isset( $offered[ $id ] ) ? 'yes' : 'no',
				'from_here'      => Leadseal_Forms::allows_this_site( $form ) ? 'yes' : 'no',
			);
		}
		WP_CLI\Utils\format_items( self::format( $assoc ), $rows, array( 'id', 'title', 'languages', 'fields', 'retention_days', 'offered', 'from_here' ) );
	}

	/**
	 * Counts rows of this site's database that look like personal data.
	 *
	 * Looks for e-mail addresses and telephone numbers (Japanese ones in every way of writing) where
	 * form plugins, shops, mail logs and WordPress keep them. The database counts; no value is read,
	 * shown or stored. Names of people can't be found that way: rows of a form plugin's table are
	 * worth a look even where neither was found.
	 *
	 * The exit status is 1 when something was found, other than in accounts; 2 when the scan could
	 * not look at everything.
	 *
	 * ## OPTIONS
	 *
	 * [--everywhere]
	 * : Look at all post meta, options, transients and tables of this site, too.
	 *
	 * [--groups=<groups>]
	 * : Only these, with commas between: forms, shop, mail, comments, accounts, elsewhere.
	 *
	 * [--rows=<number>]
	 * : Most rows per place. Default: all.
	 *
	 * [--all]
	 * : List places in which nothing was found, too.
	 *
	 * [--no-fail]
	 * : Exit with 0 whatever was found.
	 *
	 * [--format=<format>]
	 * : How to print.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 * ---
	 *
	 * ## EXAMPLES
	 *
	 *     # In a nightly job: fails when a plugin has begun to store submissions.
	 *     $ wp leadseal scan --groups=forms,mail
	 *
	 *     # Before a hand-over: everything, as JSON.
	 *     $ wp leadseal scan --everywhere --no-fail --format=json
	 *
	 * @param string[] $args  Arguments.
	 * @param array    $assoc Options.
	 */
	public function scan( $args, $assoc ): void {
		$json   = 'json' === self::format( $assoc );
		$bar    = $json ? null : WP_CLI\Utils\make_progress_bar( __( 'Counting', 'leadseal' ), 100 );
		$result = Leadseal_Scan::run(
			array(
				'everywhere' => (bool) WP_CLI\Utils\get_flag_value( $assoc, 'everywhere', false ),
				'groups'     => self::groups( $assoc ),
				'rows'       => max( 0, (int) ( $assoc['rows'] ?? 0 ) ),
				'progress'   => self::ticker( $bar ),
			)
		);
		if ( $bar ) {
			$bar->finish();
		}

		$found = Leadseal_Scan::found( $result );
		if ( $json ) {
			WP_CLI::line( wp_json_encode( array( 'found' => count( $found ) ) + $result, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE ) );
		} else {
			self::print_places( $result, (bool) WP_CLI\Utils\get_flag_value( $assoc, 'all', false ) );
			self::sum_up( $result, count( $found ) );
		}
		if ( WP_CLI\Utils\get_flag_value( $assoc, 'fail', true ) ) {
			if ( $found ) {
				WP_CLI::halt( 1 );
			}
			if ( ! $result['complete'] ) {
				WP_CLI::halt( 2 );
			}
		}
	}

	/**
	 * The groups asked for.
	 *
	 * @param array $assoc Options.
	 */
	private static function groups( array $assoc ): array {
		$groups  = array_filter( array_map( 'trim', explode( ',', (string) ( $assoc['groups'] ?? '' ) ) ), 'strlen' );
		$unknown = array_diff( $groups, Leadseal_Scan_Places::GROUPS );
		if ( $unknown ) {
			/* translators: 1: words that were given, 2: words that can be given. */
			WP_CLI::error( sprintf( __( 'There is no group %1$s. Groups are: %2$s.', 'leadseal' ), implode( ', ', $unknown ), implode( ', ', Leadseal_Scan_Places::GROUPS ) ) );
		}
		return $groups;
	}

	/**
	 * Moves a progress bar.
	 *
	 * @param object|null $bar Of WP-CLI.
	 */
	private static function ticker( $bar ): ?callable {
		if ( ! $bar ) {
			return null;
		}
		$shown = 0;
		return function ( $part ) use ( $bar, &$shown ) {
			$now = (int) floor( 100 * $part );
			if ( $now > $shown ) {
				$bar->tick( $now - $shown );
				$shown = $now;
			}
		};
	}

	/**
	 * Prints what was counted.
	 *
	 * @param array $result Of the scan.
	 * @param bool  $all    Also where nothing was found.
	 */
	private static function print_places( array $result, bool $all ): void {
		$rows = array();
		foreach ( $result['places'] as $place ) {
			if ( ! $all && ! $place['email'] && ! $place['phone'] && $place['complete'] ) {
				continue;
			}
			arsort( $place['names'] );
			$rows[] = array(
				'group'  => $place['group'],
				'source' => $place['source'],
				'column' => $place['table'] . '.' . $place['column'],
				'rows'   => $place['rows'],
				'email'  => $place['email'],
				'phone'  => $place['phone'],
				'names'  => implode( ' ', array_slice( array_keys( $place['names'] ), 0, 4 ) ),
				'state'  => $place['failed'] ? 'failed' : ( $place['complete'] ? 'done' : 'partly' ),
			);
		}
		if ( $rows ) {
			WP_CLI\Utils\format_items( 'table', $rows, array( 'group', 'source', 'column', 'rows', 'email', 'phone', 'names', 'state' ) );
		}
	}

	/**
	 * Says in a sentence what it comes to.
	 *
	 * @param array $result Of the scan.
	 * @param int   $found  Number of columns with something found.
	 */
	private static function sum_up( array $result, int $found ): void {
		if ( ! $result['complete'] ) {
			WP_CLI::warning( __( 'Not every row was looked at: a limit was reached, or the database refused. The column “state” says where.', 'leadseal' ) );
		}
		if ( $found > 0 ) {
			/* translators: 1: number of columns, 2: seconds. */
			WP_CLI::warning( sprintf( _n( 'Something like personal data stands in %1$d column (%2$s s).', 'Something like personal data stands in %1$d columns (%2$s s).', $found, 'leadseal' ), $found, $result['seconds'] ) );
			return;
		}
		/* translators: %s: seconds. */
		WP_CLI::success( sprintf( __( 'Nothing that looks like visitors’ personal data was found (%s s).', 'leadseal' ), $result['seconds'] ) );
	}

	/**
	 * Sends made-up answers to a form.
	 *
	 * @param string $id   Of the form.
	 * @param string $lang Language.
	 */
	private static function try_form( string $id, string $lang ): array {
		$row  = array(
			'what'   => 'form ' . $id,
			'state'  => 'good',
			'answer' => __( 'The made-up answers were valid; nothing was stored.', 'leadseal' ),
		);
		$form = Leadseal_Forms::get( $id );
		if ( null === $form ) {
			$row['state']  = 'bad';
			$row['answer'] = __( 'This site has no such form in Leadseal. “wp leadseal forms” lists them.', 'leadseal' );
			return $row;
		}
		$languages = array_filter( (array) ( $form['languages'] ?? array() ), 'is_string' );
		$lang      = in_array( $lang, $languages, true ) || ! $languages ? $lang : (string) reset( $languages );

		$same   = array();
		$fields = array();
		foreach ( array_filter( (array) ( $form['fields'] ?? array() ), 'is_array' ) as $field ) {
			$same[ $field['id'] ]   = $field['id'];
			$fields[ $field['id'] ] = array( 'options' => array() );
		}
		$values = Leadseal_Mapping::made_up( $same, $fields, $form );
		$answer = Leadseal_Client::submit(
			$id,
			array(
				'lang'    => $lang,
				'answers' => (object) Leadseal_Mapping::answers( $same, array(), $values, $form, $lang ),
				'source'  => 'wp-cli',
				'test'    => true,
			),
			wp_generate_uuid4()
		);
		if ( is_wp_error( $answer ) ) {
			$row['state']  = 'leadseal_invalid' === $answer->get_error_code() ? 'warn' : 'bad';
			$row['answer'] = $answer->get_error_message();
			$data          = $answer->get_error_data();
			if ( 'warn' === $row['state'] && is_array( $data ) && isset( $data['errors'] ) ) {
				/* translators: %s: ids of fields. */
				$row['answer'] = sprintf( __( 'Leadseal works, but the made-up answers do not fit the rules of: %s.', 'leadseal' ), implode( ', ', array_column( $data['errors'], 'field' ) ) );
			}
		}
		return $row;
	}

	/**
	 * The format asked for.
	 *
	 * @param array $assoc Options.
	 */
	private static function format( array $assoc ): string {
		return 'json' === ( $assoc['format'] ?? 'table' ) ? 'json' : 'table';
	}
}
