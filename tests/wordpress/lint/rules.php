<?php
/**
 * Rules of the plugin that stand in no standard on every machine: `rules.php FOLDER`. One complaint a
 * line, and status 1 when there is any. Reads tokens, not meaning: what it can't see through is written
 * so that it can, or carries `// phpcs:ignore RULE -- reason` on its line or the one above.
 */

/** The names that everything global of the plugin starts with. */
const LEADSEAL_PREFIX = '/^_?leadseal/i';

/** Functions whose result may be printed as it is. */
const LEADSEAL_SAFE_OUTPUT = array(
	'esc_html', 'esc_attr', 'esc_url', 'esc_js', 'esc_textarea', 'esc_html__', 'esc_attr__', 'esc_html_x', 'esc_attr_x',
	'esc_xml', 'wp_kses', 'wp_kses_post', 'wp_kses_data', 'absint', 'intval', 'wp_json_encode', 'number_format_i18n',
	'get_submit_button', 'wp_nonce_field', 'checked', 'selected', 'disabled', 'get_block_wrapper_attributes',
	'wp_create_nonce', 'paginate_links',
);

/** Functions of translation: which argument is the text, and which the domain (from 0). */
const LEADSEAL_WORDS = array(
	'__' => 1, '_e' => 1, 'esc_html__' => 1, 'esc_html_e' => 1, 'esc_attr__' => 1, 'esc_attr_e' => 1,
	'_x' => 2, '_ex' => 2, 'esc_html_x' => 2, 'esc_attr_x' => 2, '_n' => 3, '_nx' => 4, '_n_noop' => 2, '_nx_noop' => 3,
);

/** What is not to be called, and what instead. */
const LEADSEAL_FORBIDDEN = array(
	'eval'              => 'nothing: code is written down',
	'extract'           => 'named variables',
	'create_function'   => 'a closure',
	'unserialize'       => 'json_decode()',
	'wp_redirect'       => 'wp_safe_redirect()',
	'curl_init'         => 'wp_remote_request()',
	'fsockopen'         => 'wp_remote_request()',
	'error_log'         => 'nothing: what is logged may hold what a visitor typed',
	'var_dump'          => 'nothing',
	'print_r'           => 'nothing',
	'var_export'        => 'nothing',
	'debug_backtrace'   => 'nothing',
	'query_posts'       => 'WP_Query',
	'session_start'     => 'nothing: the plugin sets no cookie',
	'setcookie'         => 'nothing: the plugin sets no cookie',
	'rand'              => 'wp_rand() or random_bytes()',
	'mt_rand'           => 'wp_rand() or random_bytes()',
	'date'              => 'gmdate() or wp_date()',
	'strip_tags'        => 'wp_strip_all_tags()',
	'json_encode'       => 'wp_json_encode()',
	'parse_url'         => 'wp_parse_url()',
);

/** One file of the plugin, and what is wrong with it. */
final class Leadseal_Rules {

	/** @var string */
	private $path;

	/** @var PhpToken[] The tokens that mean something. */
	private $tokens;

	/** @var string[] The lines, for what they ask to be let through. */
	private $lines;

	/** @var string[] */
	public $complaints = array();

	public function __construct( string $path ) {
		$this->path   = $path;
		$code         = file_get_contents( $path );
		$this->lines  = explode( "\n", $code );
		$this->tokens = array_values(
			array_filter(
				PhpToken::tokenize( $code ),
				function ( $token ) {
					return ! $token->is( array( T_WHITESPACE, T_COMMENT, T_DOC_COMMENT ) );
				}
			)
		);
	}

	public function check(): void {
		$this->guard();
		$this->names();
		foreach ( $this->tokens as $at => $token ) {
			$this->words( $at );
			$this->forbidden( $at );
			$this->hooks( $at );
			$this->options( $at );
			$this->queries( $at );
			$this->output( $at );
			$this->input( $at );
		}
		$this->handlers();
	}

	private function complain( int $line, string $rule, string $what ): void {
		foreach ( array( $line - 1, $line - 2 ) as $near ) {
			if ( isset( $this->lines[ $near ] ) && preg_match( '/phpcs:ignore\s+[\w., ]*' . preg_quote( $rule, '/' ) . '[\w., ]*--\s*\S{4,}/', $this->lines[ $near ] ) ) {
				return;
			}
		}
		$this->complaints[] = "{$this->path}:$line: $what ($rule)";
	}

	/** Nobody runs a file of the plugin by asking for it. */
	private function guard(): void {
		$code = implode( "\n", $this->lines );
		if ( basename( $this->path ) === 'index.php' && count( $this->tokens ) <= 1 ) {
			return;
		}
		if ( ! preg_match( "/^defined\(\s*'(ABSPATH|WP_UNINSTALL_PLUGIN)'\s*\) \|\| exit/m", $code ) ) {
			$this->complain( 1, 'Leadseal.Guard', "no `defined( 'ABSPATH' ) || exit;`" );
		}
	}

	/** Global names carry the prefix. */
	private function names(): void {
		$depth = 0;
		foreach ( $this->tokens as $at => $token ) {
			if ( '{' === $token->text || $token->is( array( T_CURLY_OPEN, T_DOLLAR_OPEN_CURLY_BRACES ) ) ) {
				++$depth;
			} elseif ( '}' === $token->text ) {
				--$depth;
			}
			$next = $this->tokens[ $at + 1 ] ?? null;
			$back = $this->tokens[ $at - 1 ] ?? null;
			if ( 0 === $depth && $next && $next->is( T_STRING ) && $token->is( array( T_CLASS, T_INTERFACE, T_TRAIT, T_FUNCTION, T_CONST ) )
				&& ! ( $back && $back->is( array( T_DOUBLE_COLON, T_NEW ) ) ) && ! preg_match( LEADSEAL_PREFIX, $next->text ) ) {
				$this->complain( $token->line, 'WordPress.NamingConventions.PrefixAllGlobals', "{$next->text} does not start with leadseal" );
			}
			if ( $this->calls( $at, 'define' ) && ( $name = $this->literal( $at + 2 ) ) && ! preg_match( LEADSEAL_PREFIX, $name )
				&& ! in_array( $name, array( 'DONOTCACHEPAGE' ), true ) ) {
				$this->complain( $token->line, 'WordPress.NamingConventions.PrefixAllGlobals', "$name does not start with LEADSEAL" );
			}
		}
	}

	private function words( int $at ): void {
		$name = $this->tokens[ $at ]->text;
		if ( ! isset( LEADSEAL_WORDS[ $name ] ) || ! $this->calls( $at, $name ) ) {
			return;
		}
		$arguments = $this->arguments( $at + 1 );
		$domain    = $arguments[ LEADSEAL_WORDS[ $name ] ] ?? array();
		if ( 1 !== count( $domain ) || "'leadseal'" !== $domain[0]->text ) {
			$this->complain( $this->tokens[ $at ]->line, 'WordPress.WP.I18n', "$name() without the text domain 'leadseal'" );
		}
		if ( 1 !== count( $arguments[0] ?? array() ) || ! $arguments[0][0]->is( T_CONSTANT_ENCAPSED_STRING ) ) {
			$this->complain( $this->tokens[ $at ]->line, 'WordPress.WP.I18n', "$name() of something that is no literal: translators never see it" );
		}
	}

	private function forbidden( int $at ): void {
		$name = strtolower( $this->tokens[ $at ]->text );
		if ( isset( LEADSEAL_FORBIDDEN[ $name ] ) && ( $this->calls( $at, $name ) || $this->tokens[ $at ]->is( T_EVAL ) ) ) {
			$this->complain( $this->tokens[ $at ]->line, 'Leadseal.Forbidden', "$name(): use " . LEADSEAL_FORBIDDEN[ $name ] );
		}
		if ( '`' === $name ) {
			$this->complain( $this->tokens[ $at ]->line, 'Leadseal.Forbidden', 'a shell command' );
		}
	}

	/** Hooks of the plugin's own carry the prefix; those of others are only listened to. */
	private function hooks( int $at ): void {
		foreach ( array( 'do_action', 'apply_filters', 'do_action_ref_array', 'apply_filters_ref_array', 'wp_schedule_event', 'wp_schedule_single_event' ) as $name ) {
			if ( ! $this->calls( $at, $name ) ) {
				continue;
			}
			$arguments = $this->arguments( $at + 1 );
			$hook      = $arguments[ array( 'wp_schedule_event' => 2, 'wp_schedule_single_event' => 1 )[ $name ] ?? 0 ] ?? array();
			$literal   = 1 === count( $hook ) && $hook[0]->is( T_CONSTANT_ENCAPSED_STRING ) ? trim( $hook[0]->text, "'\"" ) : null;
			if ( null !== $literal && ! preg_match( LEADSEAL_PREFIX, $literal ) ) {
				$this->complain( $this->tokens[ $at ]->line, 'WordPress.NamingConventions.PrefixAllGlobals', "the hook $literal does not start with leadseal" );
			}
		}
	}

	/** What the plugin writes is found again by its prefix when it is uninstalled. */
	private function options( int $at ): void {
		foreach ( array( 'add_option' => 0, 'update_option' => 0, 'delete_option' => 0, 'set_transient' => 0, 'add_site_option' => 0, 'update_site_option' => 0, 'update_user_meta' => 1, 'add_user_meta' => 1, 'update_post_meta' => 1, 'add_post_meta' => 1 ) as $name => $which ) {
			if ( ! $this->calls( $at, $name ) ) {
				continue;
			}
			$key = $this->arguments( $at + 1 )[ $which ] ?? array();
			if ( 1 === count( $key ) && $key[0]->is( T_CONSTANT_ENCAPSED_STRING ) && ! preg_match( LEADSEAL_PREFIX, trim( $key[0]->text, "'\"" ) ) ) {
				$this->complain( $this->tokens[ $at ]->line, 'WordPress.NamingConventions.PrefixAllGlobals', "$name( {$key[0]->text} ) without the prefix leadseal_" );
			}
		}
	}

	/** SQL with a variable in it goes through prepare(). */
	private function queries( int $at ): void {
		$token = $this->tokens[ $at ];
		if ( ! $token->is( T_STRING ) || ! in_array( $token->text, array( 'query', 'get_var', 'get_row', 'get_col', 'get_results' ), true )
			|| '$wpdb' !== ( $this->tokens[ $at - 2 ]->text ?? '' ) ) {
			return;
		}
		$first = $this->arguments( $at + 1 )[0] ?? array();
		foreach ( $first as $place => $part ) {
			if ( 'prepare' === $part->text ) {
				return;
			}
			// $wpdb->posts and {$wpdb->posts} are names of tables.
			if ( $part->is( T_VARIABLE ) && '$wpdb' !== $part->text ) {
				$this->complain( $token->line, 'WordPress.DB.PreparedSQL', "{$part->text} in SQL without \$wpdb->prepare()" );
				return;
			}
		}
	}

	/** What is printed is escaped where it is printed. */
	private function output( int $at ): void {
		$token = $this->tokens[ $at ];
		if ( ! $token->is( array( T_ECHO, T_OPEN_TAG_WITH_ECHO, T_PRINT ) ) && ! $this->calls( $at, 'printf' ) ) {
			return;
		}
		if ( $this->calls( $at, 'printf' ) ) {
			$parts = $this->arguments( $at + 1 );
		} else {
			$parts = $this->pieces( $at + 1 );
		}
		foreach ( $parts as $part ) {
			if ( $part && ! $this->harmless( $part ) ) {
				$this->complain( $token->line, 'WordPress.Security.EscapeOutput', 'prints ' . $this->show( $part ) . ' unescaped' );
			}
		}
	}

	/** @param PhpToken[] $part */
	private function harmless( array $part ): bool {
		// In brackets, or a choice between two: each of them.
		if ( '(' === $part[0]->text && ')' === end( $part )->text ) {
			$part = array_slice( $part, 1, -1 );
		}
		$depth = 0;
		foreach ( $part as $place => $token ) {
			$depth += in_array( $token->text, array( '(', '[' ), true ) ? 1 : ( in_array( $token->text, array( ')', ']' ), true ) ? -1 : 0 );
			if ( 0 === $depth && '?' === $token->text ) {
				$rest  = array_slice( $part, $place + 1 );
				$inner = 0;
				foreach ( $rest as $where => $after ) {
					$inner += in_array( $after->text, array( '(', '[' ), true ) ? 1 : ( in_array( $after->text, array( ')', ']' ), true ) ? -1 : 0 );
					if ( 0 === $inner && ':' === $after->text ) {
						$yes = array_slice( $rest, 0, $where );
						$no  = array_slice( $rest, $where + 1 );
						return $yes && $no && $this->harmless( $yes ) && $this->harmless( $no );
					}
				}
			}
		}
		$first = $part[0];
		if ( $first->is( array( T_CONSTANT_ENCAPSED_STRING, T_LNUMBER, T_INT_CAST, T_DOUBLE_CAST, T_NS_SEPARATOR ) ) && ( 1 === count( $part ) || $first->is( array( T_INT_CAST, T_DOUBLE_CAST ) ) ) ) {
			return true;
		}
		if ( $first->is( T_STRING ) && in_array( $first->text, LEADSEAL_SAFE_OUTPUT, true ) ) {
			return true;
		}
		// sprintf( esc_html__( … ), esc_html( … ) ): each argument.
		if ( $first->is( T_STRING ) && in_array( $first->text, array( 'sprintf', 'implode' ), true ) ) {
			$place = array_search( $first, $this->tokens, true );
			foreach ( $this->arguments( $place + 1 ) as $argument ) {
				if ( $argument && ! $this->harmless( $argument ) ) {
					return false;
				}
			}
			return true;
		}
		return false;
	}

	/** What comes from outside is looked at, unslashed or cleaned in the statement that reads it. */
	private function input( int $at ): void {
		$token = $this->tokens[ $at ];
		if ( ! $token->is( T_VARIABLE ) || ! in_array( $token->text, array( '$_POST', '$_GET', '$_REQUEST', '$_COOKIE', '$_SERVER', '$_FILES' ), true ) ) {
			return;
		}
		$words = array();
		for ( $i = $at - 1; $i >= 0 && ! in_array( $this->tokens[ $i ]->text, array( ';', '{', '}' ), true ); $i-- ) {
			$words[] = strtolower( $this->tokens[ $i ]->text );
		}
		$seen = array( 'isset', 'empty', 'absint', 'sanitize_key', 'sanitize_text_field', 'sanitize_textarea_field', 'sanitize_email', 'wp_unslash', 'esc_url_raw', 'wp_verify_nonce', 'array_key_exists', 'unset', 'sanitize_url' );
		if ( ! array_intersect( $words, $seen ) ) {
			$this->complain( $token->line, 'WordPress.Security.ValidatedSanitizedInput', "{$token->text} is taken as it comes" );
		}
	}

	/** A handler that an administrator's browser calls asks who calls, and whether they meant it. */
	private function handlers(): void {
		$code = implode( "\n", $this->lines );
		if ( ! preg_match( "/'(wp_ajax_|admin_post_)leadseal/", $code ) ) {
			return;
		}
		if ( preg_match( "/'(wp_ajax_nopriv_|admin_post_nopriv_)/", $code ) ) {
			$this->complain( 1, 'WordPress.Security.NonceVerification', 'a handler for people who are not logged in' );
		}
		if ( ! preg_match( '/check_(ajax|admin)_referer\(/', $code ) || ! preg_match( '/current_user_can\(/', $code ) ) {
			$this->complain( 1, 'WordPress.Security.NonceVerification', 'a handler without check_ajax_referer()/check_admin_referer() and current_user_can()' );
		}
	}

	/** Whether a call of a function of that name starts here. */
	private function calls( int $at, string $name ): bool {
		$back = $this->tokens[ $at - 1 ] ?? null;
		return 0 === strcasecmp( ltrim( $this->tokens[ $at ]->text, '\\' ), $name )
			&& '(' === ( $this->tokens[ $at + 1 ]->text ?? '' )
			&& ! ( $back && $back->is( array( T_OBJECT_OPERATOR, T_NULLSAFE_OBJECT_OPERATOR, T_DOUBLE_COLON, T_FUNCTION, T_NEW ) ) );
	}

	private function literal( int $at ): ?string {
		$token = $this->tokens[ $at ] ?? null;
		return $token && $token->is( T_CONSTANT_ENCAPSED_STRING ) ? trim( $token->text, "'\"" ) : null;
	}

	/** The arguments of the call whose bracket opens here, as lists of tokens. */
	private function arguments( int $open ): array {
		$arguments = array( array() );
		$depth     = 0;
		for ( $i = $open; isset( $this->tokens[ $i ] ); $i++ ) {
			$text = $this->tokens[ $i ]->text;
			if ( in_array( $text, array( '(', '[', '{' ), true ) && 0 < $depth++ ) {
				$arguments[ count( $arguments ) - 1 ][] = $this->tokens[ $i ];
			} elseif ( in_array( $text, array( ')', ']', '}' ), true ) ) {
				if ( 0 === --$depth ) {
					break;
				}
				$arguments[ count( $arguments ) - 1 ][] = $this->tokens[ $i ];
			} elseif ( ',' === $text && 1 === $depth ) {
				$arguments[] = array();
			} elseif ( 0 < $depth && '(' !== $text ) {
				$arguments[ count( $arguments ) - 1 ][] = $this->tokens[ $i ];
			}
		}
		return $arguments;
	}

	/** What an echo prints, piece by piece: between its commas and dots. */
	private function pieces( int $at ): array {
		$pieces = array( array() );
		$depth  = 0;
		for ( ; isset( $this->tokens[ $at ] ); $at++ ) {
			$token = $this->tokens[ $at ];
			if ( 0 === $depth && ( ';' === $token->text || $token->is( T_CLOSE_TAG ) ) ) {
				break;
			}
			$depth += in_array( $token->text, array( '(', '[', '{' ), true ) ? 1 : ( in_array( $token->text, array( ')', ']', '}' ), true ) ? -1 : 0 );
			if ( 0 === $depth && in_array( $token->text, array( ',', '.' ), true ) ) {
				$pieces[] = array();
			} else {
				$pieces[ count( $pieces ) - 1 ][] = $token;
			}
		}
		return $pieces;
	}

	/** @param PhpToken[] $part */
	private function show( array $part ): string {
		return substr( implode( '', array_map( function ( $token ) { return $token->text; }, $part ) ), 0, 60 );
	}
}

$files = new RecursiveIteratorIterator( new RecursiveDirectoryIterator( $argv[1], FilesystemIterator::SKIP_DOTS ) );
$count = 0;
$found = array();
foreach ( $files as $file ) {
	if ( 'php' !== $file->getExtension() ) {
		continue;
	}
	$rules = new Leadseal_Rules( (string) $file );
	$rules->check();
	$found = array_merge( $found, $rules->complaints );
	++$count;
}
sort( $found );
fwrite( STDERR, implode( "\n", $found ) . ( $found ? "\n" : '' ) . "$count files against the plugin's rules: " . count( $found ) . " complaints\n" );
exit( $found ? 1 : 0 );
