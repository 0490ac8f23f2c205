<?php
/**
 * The double's values, where they are between its pages, its settings and its validation.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

class MW_WP_Form_Session {

	private $session_id;

	public function __construct( $name ) {
		$cookie = MWF_Config::NAME . '_session_' . $name;
		if ( isset( $_COOKIE[ $cookie ] ) ) {
			$this->session_id = $_COOKIE[ $cookie ];
			return;
		}
		$this->session_id = sha1( wp_create_nonce( $cookie ) . uniqid() );
		if ( ! headers_sent() ) {
			setcookie( $cookie, $this->session_id, 0, COOKIEPATH, COOKIE_DOMAIN, is_ssl(), true );
		}
	}

	public function gets() {
		$kept = get_transient( $this->session_id );
		return is_array( $kept ) ? $kept : array();
	}

	public function save( array $data ) {
		set_transient( $this->session_id, array_merge( $this->gets(), $data ), 1440 );
	}

	public function clear_values() {
		delete_transient( $this->session_id );
	}
}

class MW_WP_Form_Data {

	protected static $instances = array();
	protected $sessions;
	protected $variables;
	protected $meta;
	protected $validation_errors;

	private function __construct( $form_key, array $post, array $files ) {
		$this->sessions = array();
		foreach ( array( '', '-meta', '-validation-error' ) as $suffix ) {
			$this->sessions[] = new MW_WP_Form_Session( $form_key . $suffix );
		}
		$this->variables         = $this->sessions[0]->gets();
		$this->meta              = $this->sessions[1]->gets();
		$this->validation_errors = $this->sessions[2]->gets();
		$this->meta['form_key']  = $form_key;
		foreach ( stripslashes_deep( $post ) as $name => $value ) {
			$this->set( $name, $value );
		}
		foreach ( $files as $name => $file ) {
			$this->set( $name, UPLOAD_ERR_OK === $file['error'] ? $file['name'] : '' );
		}
		add_action( 'shutdown', array( $this, '_save_to_session' ) );
	}

	public function _save_to_session() {
		foreach ( array( $this->variables, $this->meta, $this->validation_errors ) as $place => $values ) {
			$this->sessions[ $place ]->clear_values();
			$this->sessions[ $place ]->save( $values );
		}
	}

	public static function connect( $form_key, $post = null, $files = null ) {
		if ( ! isset( self::$instances[ $form_key ] ) || null !== $post ) {
			self::$instances[ $form_key ] = new self( $form_key, (array) $post, (array) $files );
		}
		return self::$instances[ $form_key ];
	}

	public function get_form_key() {
		return $this->meta['form_key'] ?? null;
	}

	public function get_post_condition() {
		if ( $this->get_post_value_by_key( MWF_Config::BACK_BUTTON ) ) {
			return 'back';
		}
		if ( $this->get_post_value_by_key( MWF_Config::CONFIRM_BUTTON ) ) {
			return 'confirm';
		}
		return $this->get_post_value_by_key( MWF_Config::TOKEN_NAME ) ? 'complete' : 'input';
	}

	public function gets() {
		return $this->variables;
	}

	public function set( $name, $value ) {
		$this->variables[ $name ] = $value;
	}

	public function clear_value( $name ) {
		unset( $this->variables[ $name ] );
	}

	public function clear_values() {
		$this->variables         = array();
		$this->meta              = array();
		$this->validation_errors = array();
	}

	public function get_post_value_by_key( $name ) {
		return $this->variables[ $name ] ?? null;
	}

	public function get( $name ) {
		$value = $this->get_post_value_by_key( $name );
		if ( is_array( $value ) && isset( $value['data'], $value['separator'] ) ) {
			return implode( $value['separator'], (array) $value['data'] );
		}
		return is_array( $value ) ? null : $value;
	}

	public function set_view_flg( $view ) {
		$this->meta['view_flg'] = $view;
	}

	public function get_view_flg() {
		return $this->meta['view_flg'] ?? null;
	}

	public function set_send_error() {
		$this->meta[ MWF_Config::SEND_ERROR ] = true;
	}

	public function get_send_error() {
		return $this->meta[ MWF_Config::SEND_ERROR ] ?? null;
	}

	public function set_validation_error( $name, $rule, $message ) {
		$this->validation_errors[ $name ][ $rule ] = $message;
	}

	public function get_validation_error( $name ) {
		return $this->validation_errors[ $name ] ?? array();
	}

	public function get_validation_errors() {
		return $this->validation_errors;
	}
}

class MW_WP_Form_Setting {

	protected $post_id;
	protected $usedb                 = false;
	protected $mail_to               = '';
	protected $mail_subject          = '';
	protected $mail_content          = '';
	protected $admin_mail_subject    = '';
	protected $admin_mail_content    = '';
	protected $automatic_reply_email = '';
	protected $complete_message      = '';
	protected $input_url             = '';
	protected $confirmation_url      = '';
	protected $complete_url          = '';
	protected $validation            = array();

	public function __construct( $post_id ) {
		if ( MWF_Config::NAME !== get_post_type( $post_id ) ) {
			return;
		}
		$this->post_id = $post_id;
		foreach ( (array) get_post_meta( $post_id, MWF_Config::NAME, true ) as $name => $value ) {
			if ( property_exists( $this, $name ) ) {
				$this->$name = $value;
			}
		}
	}

	public function get( $name ) {
		return $this->$name ?? null;
	}

	// Up to 4.4: a post whose form has changed since its page is not taken.
	public function generate_form_verify_token() {
		return sha1( serialize( get_object_vars( $this ) ) );
	}
}

class MW_WP_Form_Validation {

	private $data;
	private $rules = array();

	public function __construct( $form_key ) {
		$this->data = MW_WP_Form_Data::connect( $form_key );
		$setting    = new MW_WP_Form_Setting( (int) substr( $form_key, strlen( MWF_Config::NAME ) + 1 ) );
		foreach ( (array) $setting->get( 'validation' ) as $rule ) {
			$this->rules[] = $rule;
		}
		apply_filters( "mwform_validation_$form_key", $this, $this->data->gets(), clone $this->data );
	}

	public function is_valid() {
		foreach ( $this->rules as $rule ) {
			$value = (string) $this->data->get( $rule['target'] );
			if ( ! empty( $rule['noempty'] ) && '' === $value ) {
				$this->data->set_validation_error( $rule['target'], 'noempty', 'Please enter.' );
			} elseif ( ! empty( $rule['mail'] ) && '' !== $value && ! is_email( $value ) ) {
				$this->data->set_validation_error( $rule['target'], 'mail', 'Not an e-mail address.' );
			}
		}
		return array() === $this->data->get_validation_errors();
	}
}
