<?php
/**
 * A small double of WP-CLI, which is not to be had from the package sources that the tests use.
 *
 * Runs the plugin's real commands: `DIR/php tests/wordpress/support/wp-cli.php leadseal scan --all`.
 * It has what `Leadseal_Cli` calls, and as WP-CLI does it takes options from the commands' comments:
 * an unknown option or a value that is not on the list is refused, defaults are filled in,
 * `help leadseal [COMMAND]` prints the comment. It refuses to be more than that.
 */

namespace WP_CLI\Utils {

	/** Prints rows as WP-CLI does: a drawn table, or a JSON list with the given fields only. */
	function format_items( $format, $items, $fields ) {
		$rows = array();
		foreach ( $items as $item ) {
			$row = array();
			foreach ( (array) $fields as $field ) {
				$row[ $field ] = ( (array) $item )[ $field ] ?? null;
			}
			$rows[] = $row;
		}
		if ( 'json' === $format ) {
			echo json_encode( $rows, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ), "\n";
			return;
		}
		$widths = array();
		foreach ( array_merge( array( array_combine( $fields, $fields ) ), $rows ) as $row ) {
			foreach ( $row as $field => $value ) {
				$widths[ $field ] = max( $widths[ $field ] ?? 0, mb_strwidth( (string) $value ) );
			}
		}
		$line = '+';
		foreach ( $widths as $width ) {
			$line .= str_repeat( '-', $width + 2 ) . '+';
		}
		$print = function ( $row ) use ( $widths ) {
			foreach ( $widths as $field => $width ) {
				echo '| ', $row[ $field ], str_repeat( ' ', $width - mb_strwidth( (string) $row[ $field ] ) + 1 );
			}
			echo "|\n";
		};
		echo $line, "\n";
		$print( array_combine( $fields, $fields ) );
		echo $line, "\n";
		array_map( $print, $rows );
		echo $line, "\n";
	}

	/** A bar that tells on standard error how far it came, so that a test can look at it. */
	function make_progress_bar( $message, $count ) {
		return new class( $message, $count ) {
			private $message;
			private $count;
			private $done = 0;

			public function __construct( $message, $count ) {
				$this->message = $message;
				$this->count   = $count;
			}

			public function tick( $by = 1 ) {
				$this->done += $by;
			}

			public function finish() {
				fwrite( STDERR, "{$this->message} {$this->done}/{$this->count}\n" );
			}
		};
	}

	/** An option, or what stands for it when it was not given. */
	function get_flag_value( $assoc, $flag, $fallback = null ) {
		return $assoc[ $flag ] ?? $fallback;
	}
}

namespace {

	/** The part of WP-CLI's class that the plugin calls. */
	final class WP_CLI {

		/** Name => class. */
		private static $commands = array();

		public static function add_command( $name, $of ) {
			self::$commands[ $name ] = $of;
		}

		public static function line( $text = '' ) {
			echo $text, "\n";
		}

		public static function success( $text ) {
			echo "Success: $text\n";
		}

		public static function warning( $text ) {
			fwrite( STDERR, "Warning: $text\n" );
		}

		public static function error( $text, $exit = true ) {
			fwrite( STDERR, "Error: $text\n" );
			if ( $exit ) {
				self::halt( 1 );
			}
		}

		public static function halt( $status ) {
			exit( $status );
		}

		/** Runs a command line. */
		public static function run( array $words ) {
			$help = 'help' === ( $words[0] ?? '' );
			if ( $help ) {
				array_shift( $words );
			}
			$name = array_shift( $words );
			if ( ! isset( self::$commands[ $name ] ) ) {
				self::error( "'$name' is not a registered wp command." );
			}
			$class = new ReflectionClass( self::$commands[ $name ] );
			$verbs = array();
			foreach ( $class->getMethods( ReflectionMethod::IS_PUBLIC ) as $method ) {
				if ( ! $method->isStatic() && 0 !== strpos( $method->getName(), '__' ) ) {
					$verbs[ $method->getName() ] = $method;
				}
			}
			$verb = array_shift( $words );
			if ( null === $verb || ! isset( $verbs[ $verb ] ) ) {
				self::line( self::comment( $class->getDocComment() ) );
				foreach ( $verbs as $one => $method ) {
					self::line( "  $one  " . strtok( self::comment( $method->getDocComment() ), "\n" ) );
				}
				self::halt( $help && null === $verb ? 0 : 1 );
			}
			$comment = self::comment( $verbs[ $verb ]->getDocComment() );
			if ( $help ) {
				self::line( $comment );
				self::halt( 0 );
			}
			list( $args, $assoc ) = self::taken( self::known( $comment ), $words );
			$verbs[ $verb ]->invoke( $class->newInstance(), $args, $assoc );
		}

		/** A comment without its stars and tags. */
		private static function comment( $comment ) {
			$text = preg_replace( array( '~^/\*\*\s*~', '~\s*\*/$~', '~^[ \t]*\* ?~m', '~^@.*$~m' ), '', (string) $comment );
			return trim( $text );
		}

		/** The options that a comment names: name => array( default, list of values, whether it takes one ). */
		private static function known( $comment ) {
			$known = array( '' => false );
			foreach ( preg_split( '/\n\n/', $comment ) as $block ) {
				if ( preg_match( '/^\[?<[a-z]+>\]?(\.\.\.)?\]?/', $block ) ) {
					$known[''] = true;
				}
				if ( preg_match( '/^\[--(no-)?([a-z-]+)(=<[a-z]+>)?\]\n: /', $block, $found ) ) {
					preg_match( '/^default: (.+)$/m', $block, $default );
					preg_match_all( '/^  - (.+)$/m', $block, $values );
					$known[ $found[2] ] = array( $default[1] ?? null, $values[1], ! empty( $found[3] ) );
				}
			}
			return $known;
		}

		/** Arguments and options out of words. */
		private static function taken( array $known, array $words ) {
			$args  = array();
			$assoc = array();
			foreach ( $words as $word ) {
				if ( ! preg_match( '/^--(no-)?([a-z-]+)(?:=(.*))?$/s', $word, $found ) ) {
					$args[] = $word;
					continue;
				}
				if ( '' === $found[2] || ! isset( $known[ $found[2] ] ) ) {
					self::error( "Parameter errors:\n unknown --{$found[2]} parameter" );
				}
				list( , $values, $takes ) = $known[ $found[2] ];
				if ( $takes !== isset( $found[3] ) ) {
					self::error( "Parameter errors:\n --{$found[2]} parameter " . ( $takes ? 'needs a value' : 'takes no value' ) );
				}
				if ( $values && ! in_array( $found[3], $values, true ) ) {
					self::error( "Parameter errors:\n Invalid value specified for '{$found[2]}'" );
				}
				$assoc[ $found[2] ] = $found[3] ?? ( 'no-' !== $found[1] );
			}
			if ( $args && ! $known[''] ) {
				self::error( 'Too many positional arguments: ' . implode( ' ', $args ) );
			}
			foreach ( $known as $name => $option ) {
				if ( is_array( $option ) && null !== $option[0] && ! isset( $assoc[ $name ] ) ) {
					$assoc[ $name ] = $option[0];
				}
			}
			return array( $args, $assoc );
		}
	}

	Leadseal_Cli::boot();
	WP_CLI::run( array_slice( $argv, 1 ) );
}
