<?php
/**
 * Counts what looks like personal data in the database of this site.
 *
 * Owns the patterns and the walk over the places of Leadseal_Scan_Places. The database does the
 * matching and only numbers leave it: no value is fetched, shown, logged or stored.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

require_once __DIR__ . '/class-leadseal-scan-places.php';

/**
 * One scan.
 */
final class Leadseal_Scan {

	/**
	 * Rows looked at per query.
	 */
	const BATCH = 500;

	/**
	 * Names of meta keys or options told per column.
	 */
	const NAMES = 20;

	/**
	 * Options as given to run(), with their defaults.
	 *
	 * @var array
	 */
	private $opts;

	/**
	 * Existing tables, name => true.
	 *
	 * @var array
	 */
	private $tables = array();

	/**
	 * When to stop, by microtime(), or 0.
	 *
	 * @var float
	 */
	private $until;

	/**
	 * Counts rows that hold something like an e-mail address or a telephone number.
	 *
	 * @param array $opts {
	 *     What to look at and for how long.
	 *
	 *     @type bool     $everywhere Also post meta, options, transients and unknown tables. Default false.
	 *     @type string[] $groups     Only these groups of Leadseal_Scan_Places::GROUPS. Default all.
	 *     @type int      $rows       Most rows per place, 0 for all. Default 0.
	 *     @type float    $seconds    Longest time in all, 0 for no limit. Default 0.
	 *     @type callable $progress   Called with a part from 0 to 1 and the name of the place.
	 * }
	 * @return array {
	 *     Counts only.
	 *
	 *     @type bool    $complete   Whether every row was looked at.
	 *     @type bool    $everywhere As asked.
	 *     @type float   $seconds    How long it took.
	 *     @type array   $totals     email, phone of visitors' data: all groups but 'accounts'.
	 *     @type array[] $places     group, source, table, column, rows, email, phone, names, complete, failed.
	 * }
	 */
	public static function run( array $opts = array() ): array {
		$scan = new self( $opts );
		return $scan->go();
	}

	/**
	 * The columns whose rows hold visitors' data, from what run() gave.
	 *
	 * @param array $result What run() gave.
	 * @return array[] Its places with something found, without the group 'accounts'.
	 */
	public static function found( array $result ): array {
		return array_values(
			array_filter(
				$result['places'],
				function ( $place ) {
					return 'accounts' !== $place['group'] && $place['email'] + $place['phone'] > 0;
				}
			)
		);
	}

	/**
	 * A regular expression for e-mail addresses that MariaDB and every MySQL understand.
	 *
	 * Full-width, percent- and entity-encoded @ count too: forms keep what people type.
	 *
	 * @return string POSIX regular expression.
	 */
	public static function email_pattern() {
		return '[A-Za-z0-9._%+-](@|%40|&#0?64;)[A-Za-z0-9-]+([.][A-Za-z0-9-]+)*[.][A-Za-z]{2,}'
			. '|(＠|[\\\\]uff20)[^ @]{1,200}([.]|．|[\\\\]uff0e)[^ ]';
	}

	/**
	 * A regular expression for telephone numbers: Japanese ones in all ways of writing (half and
	 * full width, hyphens of every kind, brackets, none) and international ones with a plus.
	 *
	 * @return string POSIX regular expression.
	 */
	public static function phone_pattern() {
		$zero  = '(0|０|[\\\\]uff10)';
		$digit = '([0-9]|０|１|２|３|４|５|６|７|８|９|[\\\\]uff1[0-9])';
		$not_0 = '([1-9]|１|２|３|４|５|６|７|８|９|[\\\\]uff1[1-9])';
		$part  = '([-. ()]|－|ー|‐|‑|–|―|−|（|）|　|[\\\\]u(ff0d|30fc|2010|2011|2013|2015|2212|ff08|ff09|3000))';
		$sep   = $part . '{1,2}';

		$forms = array(
			"$zero$digit$sep$digit{4}$sep$digit{4}",
			"$zero$digit{2}$sep$digit{3,4}$sep$digit{4}",
			"$zero$digit{3}$sep$digit{2,3}$sep$digit{3,4}",
			"$zero$digit{4}$sep$digit$sep$digit{4}",
			"$zero$not_0$digit?$sep$digit{8}",
			"$zero$not_0$digit{8,9}",
			"([+]|＋|[\\\\]uff0b)$not_0($part{0,2}$digit){8,14}",
		);
		// Before it may stand an escaped character of JSON, which ends in a letter or a digit.
		return '(^|[^0-9A-Za-z]|[\\\\][nrt]|[\\\\]u[0-9A-Fa-f]{4})[(]?(' . implode( '|', $forms ) . ')([^0-9A-Za-z]|$)';
	}

	/**
	 * Takes the options.
	 *
	 * @param array $opts As for run().
	 */
	private function __construct( array $opts ) {
		$this->opts  = $opts + array(
			'everywhere' => false,
			'groups'     => array(),
			'rows'       => 0,
			'seconds'    => 0,
			'progress'   => null,
		);
		// To ask for that group is to ask for everything.
		$this->opts['everywhere'] = $this->opts['everywhere'] || in_array( 'elsewhere', $this->opts['groups'], true );

		$this->until = $this->opts['seconds'] > 0 ? microtime( true ) + $this->opts['seconds'] : 0;
	}

	/**
	 * Looks at every place and sums up.
	 */
	private function go() {
		global $wpdb;

		$began = microtime( true );
		// A failed query would print or log its text; failures are told in the result instead.
		$shown = $wpdb->suppress_errors( true );
		foreach ( $wpdb->get_col( $wpdb->prepare( 'SHOW TABLES LIKE %s', $wpdb->esc_like( $wpdb->base_prefix ) . '%' ) ) as $table ) {
			$this->tables[ $table ] = true;
		}

		$places = $this->places();
		$rows   = array();
		foreach ( $places as $at => $place ) {
			$this->tell( $at / count( $places ), $place );
			$rows = array_merge( $rows, $this->look( $place, $at, count( $places ) ) );
		}
		if ( $places ) {
			$this->tell( 1, end( $places ) );
		}
		$wpdb->suppress_errors( $shown );

		$result = array(
			'complete'   => true,
			'everywhere' => (bool) $this->opts['everywhere'],
			'seconds'    => round( microtime( true ) - $began, 2 ),
			'totals'     => array(
				'email' => 0,
				'phone' => 0,
			),
			'places'     => $rows,
		);
		foreach ( $rows as $row ) {
			$result['complete'] = $result['complete'] && $row['complete'];
			if ( 'accounts' !== $row['group'] ) {
				foreach ( array_keys( $result['totals'] ) as $what ) {
					$result['totals'][ $what ] += $row[ $what ];
				}
			}
		}
		return $result;
	}

	/**
	 * The places that exist here, with their tables' full names and the columns that are there.
	 */
	private function places() {
		global $wpdb;

		$places = Leadseal_Scan_Places::known();
		if ( $this->opts['everywhere'] ) {
			$places = array_merge( $places, Leadseal_Scan_Places::elsewhere( array_keys( $this->tables ), array( $this, 'text_columns' ) ) );
		}

		$here = array();
		foreach ( $places as $place ) {
			if ( $this->opts['groups'] && ! in_array( $place['group'], $this->opts['groups'], true ) ) {
				continue;
			}
			$shared         = in_array( $place['table'], array( 'users', 'usermeta' ), true );
			$place['table'] = ( $shared ? $wpdb->base_prefix : $wpdb->prefix ) . $place['table'];
			if ( ! isset( $this->tables[ $place['table'] ] ) ) {
				continue;
			}
			$there            = array_keys( $this->columns( $place['table'] ) );
			$place['columns'] = array_values( array_intersect( $place['columns'], $there ) );
			if ( ! in_array( $place['key'], $there, true ) ) {
				$place['key'] = '';
			}
			if ( $place['columns'] ) {
				$here[] = $place;
			}
		}
		usort(
			$here,
			function ( $a, $b ) {
				return array_search( $a['group'], Leadseal_Scan_Places::GROUPS, true ) <=> array_search( $b['group'], Leadseal_Scan_Places::GROUPS, true );
			}
		);
		return $here;
	}

	/**
	 * The columns of a table.
	 *
	 * @param string $table Full name.
	 * @return array Name => array( type, key ).
	 */
	private function columns( $table ) {
		global $wpdb;

		$columns = array();
		// phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- SHOW TABLES gave the name.
		foreach ( (array) $wpdb->get_results( 'SHOW COLUMNS FROM ' . self::name( $table ) ) as $column ) {
			$columns[ $column->Field ] = array( strtolower( $column->Type ), $column->Key ); // phpcs:ignore WordPress.NamingConventions.ValidVariableName
		}
		return $columns;
	}

	/**
	 * The text columns and the numeric primary key of a table.
	 *
	 * @param string $table Full name.
	 * @return array List of columns; key or ''.
	 */
	public function text_columns( $table ) {
		$text = array();
		$keys = array();
		foreach ( $this->columns( $table ) as $name => $column ) {
			if ( preg_match( '/^(tinytext|text|mediumtext|longtext|varchar|char|json|blob|mediumblob|longblob)/', $column[0] ) ) {
				$text[] = $name;
			}
			if ( 'PRI' === $column[1] ) {
				$keys[ $name ] = $column[0];
			}
		}
		$key = 1 === count( $keys ) && preg_match( '/^(tiny|small|medium|big)?int/', (string) reset( $keys ) ) ? (string) key( $keys ) : '';
		return array( $text, $key );
	}

	/**
	 * Walks one place.
	 *
	 * @param array $place Place of places().
	 * @param int   $at    Its number.
	 * @param int   $of    Number of places.
	 * @return array[] One row of the result per column; none when the place is empty.
	 */
	private function look( array $place, $at, $of ) {
		$rows = array();
		foreach ( $place['columns'] as $column ) {
			$rows[ $column ] = array(
				'group'    => $place['group'],
				'source'   => $place['source'],
				'table'    => $place['table'],
				'column'   => $column,
				'rows'     => 0,
				'email'    => 0,
				'phone'    => 0,
				'names'    => array(),
				'complete' => true,
				'failed'   => false,
			);
		}

		$last   = 0;
		$seen   = 0;
		$whole  = true;
		$failed = false;
		$max    = '' === $place['key'] ? 0 : $this->last_key( $place );
		$more   = true;
		while ( $more ) {
			if ( $this->is_over( $seen ) ) {
				$whole = false;
				break;
			}
			if ( '' === $place['key'] ) {
				$limit = $this->opts['rows'] > 0 ? $this->opts['rows'] : self::BATCH * 200;
				$from  = '( SELECT * FROM ' . self::name( $place['table'] ) . " LIMIT $limit ) t";
				$where = '1 = 1';
				$more  = false;
			} else {
				$keys = $this->next_keys( $place, $last );
				if ( ! $keys ) {
					break;
				}
				$last  = end( $keys );
				$more  = count( $keys ) === self::BATCH;
				$from  = self::name( $place['table'] ) . ' t';
				$where = self::walked_by( $place ) . ' IN ( ' . implode( ', ', array_map( 'intval', $keys ) ) . ' )';
			}
			$counted = $this->count( $place, $from, $where, $rows );
			if ( null === $counted ) {
				$whole  = false;
				$failed = true;
				break;
			}
			$seen += $counted;
			$whole = '' !== $place['key'] || $counted < $limit;
			$this->tell( ( $at + ( $max > 0 ? min( 1, $last / $max ) : 1 ) ) / $of, $place );
		}
		foreach ( array_keys( $rows ) as $column ) {
			$rows[ $column ]['complete'] = $whole;
			$rows[ $column ]['failed']   = $failed;
		}
		return $seen > 0 || ! $whole ? array_values( $rows ) : array();
	}

	/**
	 * Whether time or rows are used up.
	 */
	private function is_over( $seen ) {
		return ( $this->until > 0 && microtime( true ) > $this->until )
			|| ( $this->opts['rows'] > 0 && $seen >= $this->opts['rows'] );
	}

	/**
	 * Whether the rows of a place are walked by their posts.
	 */
	private static function is_of_posts( array $place ) {
		return isset( $place['types'] ) || isset( $place['type_like'] );
	}

	/**
	 * The column that holds the keys of next_keys().
	 */
	private static function walked_by( array $place ) {
		global $wpdb;

		return self::is_of_posts( $place ) && $wpdb->posts !== $place['table'] ? 't.post_id' : 't.' . self::name( $place['key'] );
	}

	/**
	 * Table, key and condition by which a place is walked.
	 */
	private static function walk( array $place ) {
		global $wpdb;

		if ( ! self::is_of_posts( $place ) ) {
			return array( $place['table'], $place['key'], isset( $place['where'] ) ? $place['where'] : '1 = 1' );
		}
		$types = isset( $place['type_like'] )
			? "post_type LIKE '" . $place['type_like'] . "'"
			: 'post_type IN ( ' . Leadseal_Scan_Places::quoted( $place['types'] ) . ' )';
		return array( $wpdb->posts, 'ID', $types );
	}

	/**
	 * The keys of the next batch.
	 */
	private function next_keys( array $place, $after ) {
		global $wpdb;

		list( $table, $key, $where ) = self::walk( $place );
		$table                       = self::name( $table );
		$key                         = self::name( $key );
		// phpcs:ignore WordPress.DB.PreparedSQL -- names are quoted, the condition is of constants.
		return $wpdb->get_col( "SELECT $key FROM $table WHERE $key > " . (int) $after . " AND $where ORDER BY $key LIMIT " . self::BATCH );
	}

	/**
	 * The greatest key, for the progress.
	 */
	private function last_key( array $place ) {
		global $wpdb;

		list( $table, $key ) = self::walk( $place );
		// phpcs:ignore WordPress.DB.PreparedSQL -- names are quoted.
		return (int) $wpdb->get_var( 'SELECT MAX( ' . self::name( $key ) . ' ) FROM ' . self::name( $table ) );
	}

	/**
	 * Counts one batch into the rows.
	 *
	 * @param array  $place Place.
	 * @param string $from  Table or subquery, called t.
	 * @param string $where Condition.
	 * @param array  $rows  Result rows by column, changed.
	 * @return int|null Number of rows, or null when the database refused.
	 */
	private function count( array $place, $from, $where, array &$rows ) {
		global $wpdb;

		$by     = isset( $place['by'] ) ? 't.' . self::name( $place['by'] ) : "''";
		$select = array( "$by AS name", 'COUNT(*) AS n' );
		$args   = array();
		foreach ( array_keys( $rows ) as $at => $column ) {
			// Nobody's data: the addresses that stand for Leadseal's tokens, and WordPress's sample comment.
			$value    = 'REPLACE( REPLACE( CONVERT( t.' . self::name( $column ) . " USING utf8mb4 ), '@leadseal.invalid', '' ), '@wordpress.example', '' )";
			$select[] = "SUM( COALESCE( $value REGEXP %s, 0 ) ) AS e$at";
			$select[] = "SUM( COALESCE( $value REGEXP %s, 0 ) ) AS p$at";
			$args[]   = self::email_pattern();
			$args[]   = self::phone_pattern();
		}
		$filter = isset( $place['filter'] ) ? ' AND ' . $place['filter'] : '';
		$sql    = $wpdb->prepare( 'SELECT ' . implode( ', ', $select ), $args ) . " FROM $from WHERE $where$filter GROUP BY name"; // phpcs:ignore WordPress.DB.PreparedSQL -- names are quoted, conditions are constants.
		$found  = $wpdb->get_results( $sql, ARRAY_A ); // phpcs:ignore WordPress.DB.PreparedSQL -- prepared above.
		if ( '' !== $wpdb->last_error || ! is_array( $found ) ) {
			return null;
		}

		$seen = 0;
		foreach ( $found as $one ) {
			$seen += (int) $one['n'];
			foreach ( array_keys( $rows ) as $at => $column ) {
				$rows[ $column ]['rows']  += (int) $one['n'];
				$rows[ $column ]['email'] += (int) $one[ "e$at" ];
				$rows[ $column ]['phone'] += (int) $one[ "p$at" ];
				if ( isset( $place['by'] ) && $one[ "e$at" ] + $one[ "p$at" ] > 0 ) {
					self::note( $rows[ $column ]['names'], (string) $one['name'], max( (int) $one[ "e$at" ], (int) $one[ "p$at" ] ) );
				}
			}
		}
		return $seen;
	}

	/**
	 * Adds to the counts by name. A name that could itself carry a value is not told.
	 */
	private static function note( array &$names, $name, $count ) {
		if ( ! preg_match( '/^[A-Za-z0-9_.:-]{1,64}$/', $name ) || preg_match( '/[0-9]{6}/', $name ) ) {
			$name = '…';
		}
		if ( ! isset( $names[ $name ] ) && count( $names ) >= self::NAMES ) {
			$name = '…';
		}
		$names[ $name ] = ( isset( $names[ $name ] ) ? $names[ $name ] : 0 ) + $count;
	}

	/**
	 * Tells how far the scan is.
	 */
	private function tell( $part, array $place ) {
		if ( is_callable( $this->opts['progress'] ) ) {
			call_user_func( $this->opts['progress'], $part, $place['table'] );
		}
	}

	/**
	 * A table or column as SQL.
	 */
	private static function name( $name ) {
		return '`' . str_replace( '`', '``', $name ) . '`';
	}
}
