<?php
/**
 * The double's forms and their tags.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

// "What is read|what is posted on", as in a list of departments with their addresses.
class WPCF7_Pipes {

	private $pipes = array();

	public function __construct( array $texts ) {
		foreach ( $texts as $text ) {
			$ends          = explode( '|', $text, 2 );
			$this->pipes[] = array( $ends[0], $ends[1] ?? $ends[0] );
		}
	}

	public function zero() {
		return array() === $this->pipes;
	}

	public function do_pipe( $input ) {
		foreach ( $this->pipes as list( $before, $after ) ) {
			if ( $before === $input ) {
				return $after;
			}
		}
		return $input;
	}

	public function collect_befores() {
		return array_column( $this->pipes, 0 );
	}
}

class WPCF7_FormTag {

	public $type     = '';
	public $basetype = '';
	public $name     = '';
	public $options  = array();
	public $values   = array();
	public $pipes    = null;
	public $content  = '';

	public function is_required() {
		return '*' === substr( $this->type, -1 );
	}

	public function has_option( $option ) {
		foreach ( $this->options as $given ) {
			if ( $given === $option || 0 === strpos( $given, $option . ':' ) ) {
				return true;
			}
		}
		return false;
	}

	public function get_id_option() {
		foreach ( $this->options as $given ) {
			if ( 0 === strpos( $given, 'id:' ) ) {
				return substr( $given, 3 );
			}
		}
		return false;
	}
}

class WPCF7_ContactForm {

	const POST_TYPE = 'wpcf7_contact_form';

	private static $current = null;
	private $post;

	private function __construct( WP_Post $post ) {
		$this->post = $post;
	}

	public static function get_instance( $id ) {
		$post = get_post( $id );
		if ( ! $post || self::POST_TYPE !== $post->post_type ) {
			return false;
		}
		self::$current = new self( $post );
		return self::$current;
	}

	public static function get_current() {
		return self::$current;
	}

	public static function find( $args = array() ) {
		$args['post_type'] = self::POST_TYPE;
		$posts             = get_posts( $args );
		return array_map(
			static function ( $post ) {
				return new self( $post );
			},
			$posts
		);
	}

	public function id() {
		return $this->post->ID;
	}

	public function name() {
		return $this->post->post_name;
	}

	public function title() {
		return $this->post->post_title;
	}

	public function locale() {
		return (string) get_post_meta( $this->post->ID, '_locale', true );
	}

	public function prop( $name ) {
		return get_post_meta( $this->post->ID, '_' . $name, true );
	}

	public function pref( $name ) {
		return preg_match( '/^' . preg_quote( $name, '/' ) . ':\s*(.+)$/m', (string) $this->prop( 'additional_settings' ), $found ) ? trim( $found[1] ) : null;
	}

	public function is_true( $name ) {
		return in_array( $this->pref( $name ), array( 'on', 'true' ), true );
	}

	public function in_demo_mode() {
		return $this->is_true( 'demo_mode' );
	}

	public function message( $status ) {
		$messages = array(
			'mail_sent_ok'     => 'Thank you for your message. It has been sent.',
			'mail_sent_ng'     => 'There was an error trying to send your message.',
			'validation_error' => 'One or more fields have an error.',
			'spam'             => 'There was an error trying to send your message (spam).',
			'accept_terms'     => 'You must accept the terms.',
		);
		return $messages[ $status ];
	}

	public function scan_form_tags( $cond = array() ) {
		$found = array();
		// Either a tag alone, or one that closes around its words.
		$pattern = '/\[([a-z]+\*?)\s+([A-Za-z0-9_.:-]+)((?:\s+(?:"[^"]*"|[^\s"\]]+))*)\s*\](?:([^\[]*)\[\/\1\])?/u';
		preg_match_all( $pattern, (string) $this->prop( 'form' ), $matches, PREG_SET_ORDER );
		foreach ( $matches as $match ) {
			$tag           = new WPCF7_FormTag();
			$tag->type     = $match[1];
			$tag->basetype = rtrim( $match[1], '*' );
			$tag->name     = 'submit' === $tag->basetype ? '' : $match[2];
			$tag->content  = $match[4] ?? '';
			preg_match_all( '/"([^"]*)"|(\S+)/u', $match[3], $words, PREG_SET_ORDER );
			foreach ( $words as $word ) {
				if ( isset( $word[2] ) && '' !== $word[2] ) {
					$tag->options[] = $word[2];
				} else {
					$tag->values[] = $word[1];
				}
			}
			$tag->pipes  = new WPCF7_Pipes( $tag->values );
			$tag->values = $tag->pipes->collect_befores();
			if ( ! isset( $cond['name'] ) || $cond['name'] === $tag->name ) {
				$found[] = $tag;
			}
		}
		return $found;
	}

	public function submit( $args = array() ) {
		$submission = WPCF7_Submission::get_instance( $this, wp_parse_args( $args, array( 'skip_mail' => $this->in_demo_mode() || $this->is_true( 'skip_mail' ) ) ) );
		$result     = array_merge( array( 'contact_form_id' => $this->id() ), $submission->get_result() );
		do_action( 'wpcf7_submit', $this, $result );
		return $result;
	}

	public function form_html() {
		$submission = WPCF7_Submission::get_instance();
		$html       = preg_replace_callback(
			'/\[([a-z]+)\*?\s+([A-Za-z0-9_.:-]+)?[^\]]*\](?:([^\[]*)\[\/\1\*?\])?/u',
			array( $this, 'control' ),
			(string) $this->prop( 'form' )
		);
		$hidden     = array(
			'_wpcf7'                => $this->id(),
			'_wpcf7_version'        => WPCF7_VERSION,
			'_wpcf7_locale'         => $this->locale(),
			'_wpcf7_unit_tag'       => 'wpcf7-f' . $this->id() . '-o1',
			'_wpcf7_container_post' => get_the_ID(),
		);
		$inputs     = '';
		foreach ( apply_filters( 'wpcf7_form_hidden_fields', $hidden ) as $name => $value ) {
			$inputs .= sprintf( '<input type="hidden" name="%s" value="%s">', esc_attr( $name ), esc_attr( $value ) );
		}
		$status = $submission ? $submission->get_status() : 'init';
		$words  = $submission ? $submission->get_response() : '';
		return sprintf( '<div class="wpcf7"><form method="post" class="wpcf7-form %s" enctype="multipart/form-data" novalidate data-id="%d" action="%s">%s%s<div class="wpcf7-response-output" role="alert">%s</div></form></div>', esc_attr( $status ), $this->id(), esc_url( get_permalink() ), $inputs, $html, esc_html( $words ) );
	}

	private function control( array $match ) {
		if ( 'submit' === $match[1] ) {
			return '<button type="submit" class="wpcf7-submit">Send</button>';
		}
		$tags = $this->scan_form_tags( array( 'name' => $match[2] ) );
		$tag  = $tags[0];
		$name = esc_attr( $tag->name );
		// Filled in again after a failure without the script; empty after a success.
		$submission = WPCF7_Submission::get_instance();
		$again      = $submission && ! $submission->is( 'mail_sent' ) && isset( $_POST[ $tag->name ] ) ? wp_unslash( $_POST[ $tag->name ] ) : '';
		$error      = $submission ? $submission->get_invalid_field( $tag->name ) : false;
		$tip        = $error ? '<span class="wpcf7-not-valid-tip">' . esc_html( $error['reason'] ) . '</span>' : '';
		switch ( $tag->basetype ) {
			case 'textarea':
				$control = "<textarea name=\"$name\">" . esc_textarea( is_string( $again ) ? $again : '' ) . '</textarea>';
				break;
			case 'select':
				$control = "<select name=\"$name\">";
				foreach ( $tag->values as $value ) {
					$control .= '<option' . selected( $again, $value, false ) . '>' . esc_html( $value ) . '</option>';
				}
				$control .= '</select>';
				break;
			case 'checkbox':
			case 'radio':
				$control = '';
				foreach ( $tag->values as $value ) {
					$control .= sprintf( '<label><input type="%s" name="%s" value="%s"> %s</label>', $tag->basetype, $name . ( 'checkbox' === $tag->basetype ? '[]' : '' ), esc_attr( $value ), esc_html( $value ) );
				}
				break;
			case 'acceptance':
				$control = "<label><input type=\"checkbox\" name=\"$name\" value=\"1\"> " . esc_html( $tag->content ) . '</label>';
				break;
			case 'file':
				$control = "<input type=\"file\" name=\"$name\">";
				break;
			default:
				$control = sprintf( '<input type="%s" name="%s" value="%s">', esc_attr( $tag->basetype ), $name, esc_attr( is_string( $again ) ? $again : '' ) );
		}
		return "<span class=\"wpcf7-form-control-wrap\" data-name=\"$name\">$control$tip</span>";
	}
}
