<?php
/**
 * The double's mail, and what it saves of one.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

class MW_WP_Form_Mail {

	public $to;
	public $cc;
	public $bcc;
	public $subject;
	public $body;
	public $attachments = array();

	public function send() {
		if ( ! $this->to ) {
			return apply_filters( 'mwform_is_mail_sended', false );
		}
		return apply_filters( 'mwform_is_mail_sended', wp_mail( $this->to, $this->subject, $this->body ) );
	}

	public function parse( MW_WP_Form_Data $data ) {
		foreach ( array( 'subject', 'body' ) as $part ) {
			$this->$part = self::filled( (string) $this->$part, $data );
		}
	}

	public static function filled( $text, MW_WP_Form_Data $data ) {
		return preg_replace_callback(
			'/{(.+?)}/u',
			static function ( $match ) use ( $data ) {
				return (string) $data->get( $match[1] );
			},
			$text
		);
	}

	// The title is the subject; each {name} of the body becomes a meta.
	public function save( MW_WP_Form_Setting $setting, MW_WP_Form_Data $data ) {
		$id = wp_insert_post(
			array(
				'post_title'  => self::filled( (string) $this->subject, $data ),
				'post_status' => 'publish',
				'post_type'   => MWF_Config::DBDATA . $setting->get( 'post_id' ),
			)
		);
		preg_match_all( '/{(.+?)}/u', (string) $this->body, $names );
		$skip = apply_filters( 'mwform_no_save_keys_' . $data->get_form_key(), array() );
		foreach ( array_diff( $names[1], $skip ) as $name ) {
			update_post_meta( $id, $name, (string) $data->get( $name ) );
		}
		update_post_meta( $id, '_mw-wp-form_data', array( 'response_status' => 'not-supported' ) );
	}
}

class MW_WP_Form_Mail_Service {

	private $key;
	private $data;
	private $setting;
	private $admin;
	private $reply;

	public function __construct( MW_WP_Form_Mail $mail, $form_key, MW_WP_Form_Setting $setting ) {
		$this->key     = $form_key;
		$this->data    = MW_WP_Form_Data::connect( $form_key );
		$this->setting = $setting;

		$this->admin          = clone $mail;
		$this->admin->to      = $setting->get( 'mail_to' ) ? $setting->get( 'mail_to' ) : get_bloginfo( 'admin_email' );
		$this->admin->subject = $setting->get( 'admin_mail_subject' );
		$this->admin->body    = $setting->get( 'admin_mail_content' );
		$this->admin          = $this->ask( 'mwform_admin_mail_raw_', $this->admin );

		$this->reply          = clone $mail;
		$this->reply->to      = $this->data->get_post_value_by_key( $setting->get( 'automatic_reply_email' ) );
		$this->reply->subject = $setting->get( 'mail_subject' );
		$this->reply->body    = $setting->get( 'mail_content' );
		$this->reply          = $this->ask( 'mwform_auto_mail_raw_', $this->reply );
	}

	private function ask( $filter, $mail ) {
		return apply_filters( $filter . $this->key, $mail, $this->data->gets(), clone $this->data );
	}

	public function send_admin_mail() {
		$mail = clone $this->admin;
		$mail->parse( $this->data );
		$save = $this->setting->get( 'usedb' ) ? clone $this->admin : null;
		$mail = $this->ask( 'mwform_admin_mail_', $this->ask( 'mwform_mail_', $mail ) );
		do_action( 'mwform_before_send_admin_mail_' . $this->key, clone $mail, clone $this->data );
		$sent = $mail->send();
		if ( ! $mail->to && $this->setting->get( 'usedb' ) ) {
			$sent = true;
		}
		if ( $save && $sent ) {
			$save->save( $this->setting, $this->data );
		}
		return $sent;
	}

	public function send_reply_mail() {
		$mail = clone $this->reply;
		$mail->parse( $this->data );
		$mail = $this->ask( 'mwform_auto_mail_', $mail );
		do_action( 'mwform_before_send_reply_mail_' . $this->key, clone $mail, clone $this->data );
		return $mail->send();
	}
}
