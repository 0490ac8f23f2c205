<?php
/**
 * The double's submission: what is asked in which order, and where values are in the meantime.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

class WPCF7_Validation {

	private $invalid = array();

	public function invalidate( $tag, $reason ) {
		$this->invalid[ $tag->name ] = array(
			'reason' => $reason,
			'idref'  => $tag->get_id_option() ? $tag->get_id_option() : null,
		);
	}

	public function is_valid() {
		return array() === $this->invalid;
	}

	public function get_invalid_fields() {
		return $this->invalid;
	}
}

class WPCF7_Submission {

	private static $instance;

	private $contact_form;
	private $status           = 'init';
	private $posted_data      = array();
	private $posted_data_hash = null;
	private $uploaded_files   = array();
	private $skip_mail        = false;
	private $response         = '';
	private $invalid_fields   = array();
	private $meta             = array();
	private $pocket           = array();

	public static function get_instance( $contact_form = null, $args = array() ) {
		if ( $contact_form instanceof WPCF7_ContactForm && empty( self::$instance ) ) {
			self::$instance            = new self( $contact_form );
			self::$instance->skip_mail = ! empty( $args['skip_mail'] );
			self::$instance->proceed();
		}
		return self::$instance ? self::$instance : null;
	}

	public static function is_restful() {
		return defined( 'REST_REQUEST' ) && REST_REQUEST;
	}

	private function __construct( WPCF7_ContactForm $contact_form ) {
		$this->contact_form = $contact_form;
	}

	public function __destruct() {
		foreach ( $this->uploaded_files as $paths ) {
			foreach ( $paths as $path ) {
				wp_delete_file( $path );
				rmdir( dirname( $path ) );
			}
		}
	}

	private function proceed() {
		switch_to_locale( $this->contact_form->locale() );
		$this->set_up();
		if ( ! $this->validate() ) {
			$this->end( 'validation_failed', 'validation_error' );
		} elseif ( ! apply_filters( 'wpcf7_acceptance', $this->accepted(), $this ) ) {
			$this->end( 'acceptance_missing', 'accept_terms' );
		} elseif ( apply_filters( 'wpcf7_spam', false, $this ) ) {
			$this->end( 'spam', 'spam' );
		} else {
			$this->take_files();
			$this->send();
		}
		restore_previous_locale();
	}

	private function send() {
		$abort = false;
		do_action_ref_array( 'wpcf7_before_send_mail', array( $this->contact_form, &$abort, $this ) );
		if ( $abort ) {
			if ( $this->is( 'init' ) ) {
				$this->set_status( 'aborted' );
			}
			if ( '' === $this->response ) {
				$this->set_response( 'Sending mail has been aborted.' );
			}
		} elseif ( $this->mail() ) {
			$this->end( 'mail_sent', 'mail_sent_ok' );
			do_action( 'wpcf7_mail_sent', $this->contact_form );
		} else {
			$this->end( 'mail_failed', 'mail_sent_ng' );
			do_action( 'wpcf7_mail_failed', $this->contact_form );
		}
	}

	private function end( $status, $message ) {
		$this->set_status( $status );
		$this->set_response( $this->contact_form->message( $message ) );
	}

	private function set_up() {
		$this->meta = array(
			'timestamp'         => time(),
			'remote_ip'         => apply_filters( 'wpcf7_remote_ip_addr', $_SERVER['REMOTE_ADDR'] ?? '' ),
			'remote_port'       => $_SERVER['REMOTE_PORT'] ?? '',
			'user_agent'        => substr( $_SERVER['HTTP_USER_AGENT'] ?? '', 0, 254 ),
			'url'               => self::is_restful() ? sanitize_url( $_SERVER['HTTP_REFERER'] ?? '' ) : home_url( add_query_arg( array() ) ),
			'unit_tag'          => sanitize_text_field( $_POST['_wpcf7_unit_tag'] ?? '' ),
			'container_post_id' => absint( $_POST['_wpcf7_container_post'] ?? 0 ),
			'current_user_id'   => get_current_user_id(),
			'do_not_store'      => $this->contact_form->is_true( 'do_not_store' ),
		);
		$posted     = array();
		foreach ( wp_unslash( $_POST ) as $name => $value ) {
			if ( '_' !== substr( $name, 0, 1 ) ) {
				$posted[ $name ] = $value;
			}
		}
		foreach ( $this->contact_form->scan_form_tags() as $tag ) {
			if ( '' === $tag->name ) {
				continue;
			}
			$typed                = $posted[ $tag->name ] ?? '';
			$value                = in_array( $tag->basetype, array( 'select', 'radio', 'checkbox' ), true ) ? array_map( array( $tag->pipes, 'do_pipe' ), (array) $typed ) : $typed;
			$posted[ $tag->name ] = apply_filters( "wpcf7_posted_data_{$tag->type}", $value, $typed, $tag );
		}
		$this->posted_data      = apply_filters( 'wpcf7_posted_data', $posted );
		$this->posted_data_hash = wp_hash( wp_json_encode( array( ceil( time() / 1800 ), $this->meta['remote_ip'], $this->posted_data ) ), 'wpcf7_submission' );
		// As its Akismet module leaves it behind.
		$this->push(
			'akismet',
			array(
				'comment' => array(
					'comment_author_email' => (string) ( $this->posted_data['your-email'] ?? '' ),
					'user_ip'              => $this->meta['remote_ip'],
				),
			)
		);
	}

	private function validate() {
		$result = new WPCF7_Validation();
		$tags   = $this->contact_form->scan_form_tags();
		foreach ( $tags as $tag ) {
			$value = $_POST[ $tag->name ] ?? '';
			if ( $tag->is_required() && ( '' === $value || array() === $value ) ) {
				$result->invalidate( $tag, 'Please fill out this field.' );
			} elseif ( 'email' === $tag->basetype && '' !== $value && ! is_email( wp_unslash( $value ) ) ) {
				$result->invalidate( $tag, 'Please enter an email address.' );
			}
			$result = apply_filters( "wpcf7_validate_{$tag->type}", $result, $tag );
		}
		$result               = apply_filters( 'wpcf7_validate', $result, $tags );
		$this->invalid_fields = $result->get_invalid_fields();
		return $result->is_valid();
	}

	private function accepted() {
		foreach ( $this->contact_form->scan_form_tags() as $tag ) {
			if ( 'acceptance' === $tag->basetype && ! $tag->has_option( 'optional' ) && empty( $_POST[ $tag->name ] ) ) {
				return false;
			}
		}
		return true;
	}

	private function take_files() {
		foreach ( $_FILES as $name => $file ) {
			if ( UPLOAD_ERR_OK !== $file['error'] ) {
				continue;
			}
			$folder = wp_upload_dir()['basedir'] . '/wpcf7_uploads/' . wp_generate_password( 8, false );
			wp_mkdir_p( $folder );
			move_uploaded_file( $file['tmp_name'], "$folder/" . sanitize_file_name( $file['name'] ) );
			$this->uploaded_files[ $name ] = array( "$folder/" . sanitize_file_name( $file['name'] ) );
			$this->posted_data[ $name ]    = md5_file( "$folder/" . sanitize_file_name( $file['name'] ) );
		}
	}

	private function mail() {
		if ( apply_filters( 'wpcf7_skip_mail', $this->skip_mail, $this->contact_form ) ) {
			return true;
		}
		if ( ! $this->send_one( $this->contact_form->prop( 'mail' ) ) ) {
			return false;
		}
		$second = $this->contact_form->prop( 'mail_2' );
		if ( is_array( $second ) && ! empty( $second['active'] ) ) {
			$this->send_one( $second );
		}
		return true;
	}

	private function send_one( $template ) {
		$template = apply_filters( 'wpcf7_mail_components', array_map( 'wpcf7_mail_replace_tags', $template ), $this->contact_form, null );
		return wp_mail( $template['recipient'], $template['subject'], $template['body'], array( 'Reply-To: ' . ( $template['reply_to'] ?? 'nobody@example.org' ) ) );
	}

	public function get_status() {
		return $this->status;
	}

	public function set_status( $status ) {
		$this->status = $status;
		return true;
	}

	public function is( $status ) {
		return $this->status === $status;
	}

	public function get_response() {
		return $this->response;
	}

	public function set_response( $response ) {
		$this->response = $response;
		return true;
	}

	public function get_contact_form() {
		return $this->contact_form;
	}

	public function get_invalid_field( $name ) {
		return $this->invalid_fields[ $name ] ?? false;
	}

	public function get_invalid_fields() {
		return $this->invalid_fields;
	}

	public function get_meta( $name ) {
		return $this->meta[ $name ] ?? null;
	}

	public function get_posted_data( $name = '' ) {
		return '' === $name ? $this->posted_data : ( $this->posted_data[ $name ] ?? null );
	}

	public function get_posted_data_hash() {
		return $this->posted_data_hash;
	}

	public function uploaded_files() {
		return $this->uploaded_files;
	}

	public function collect_consent() {
		return array();
	}

	public function get_spam_log() {
		return array();
	}

	public function push( $name, $value ) {
		$this->pocket[ $name ] = $value;
	}

	public function pull( $name ) {
		return $this->pocket[ $name ] ?? null;
	}

	public function get_result() {
		$result = array(
			'status'  => $this->status,
			'message' => $this->response,
		);
		if ( $this->is( 'validation_failed' ) ) {
			$result['invalid_fields'] = $this->invalid_fields;
		}
		$early                      = in_array( $this->status, array( 'init', 'validation_failed', 'acceptance_missing', 'spam' ), true );
		$result['posted_data_hash'] = $early ? '' : $this->posted_data_hash;
		return apply_filters( 'wpcf7_submission_result', $result, $this );
	}
}

class WPCF7_MailTag {

	private $name;

	public function __construct( $tag, $name, $values ) {
		$this->name = $name;
	}

	public function tag_name() {
		return $this->name;
	}
}

function wpcf7_mail_replace_tags( $content ) {
	return preg_replace_callback(
		'/\[([A-Za-z_][A-Za-z0-9_.:-]*)\]/',
		static function ( $match ) {
			$value = WPCF7_Submission::get_instance()->get_posted_data( $match[1] );
			if ( null !== $value ) {
				return is_array( $value ) ? implode( ', ', $value ) : $value;
			}
			$special = apply_filters( 'wpcf7_special_mail_tags', null, $match[1], false, new WPCF7_MailTag( $match[0], $match[1], '' ) );
			return null === $special ? $match[0] : $special;
		},
		(string) $content
	);
}

add_filter(
	'wpcf7_special_mail_tags',
	static function ( $output, $name ) {
		$submission = WPCF7_Submission::get_instance();
		$user       = $submission && $submission->get_meta( 'current_user_id' ) ? get_userdata( $submission->get_meta( 'current_user_id' ) ) : null;
		$known      = array(
			'_remote_ip'  => $submission ? $submission->get_meta( 'remote_ip' ) : '',
			'_user_agent' => $submission ? $submission->get_meta( 'user_agent' ) : '',
			'_url'        => $submission ? $submission->get_meta( 'url' ) : '',
			'_user_email' => $user ? $user->user_email : '',
			'_user_login' => $user ? $user->user_login : '',
			'_site_title' => get_bloginfo( 'name' ),
		);
		return $known[ $name ] ?? $output;
	},
	10,
	2
);
