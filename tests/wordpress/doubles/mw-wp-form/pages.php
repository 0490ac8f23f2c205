<?php
/**
 * The double's pages: input, confirm and complete, each post ending in a redirect.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

class MW_WP_Form_Redirected {

	private $key;
	private $view = 'input';
	private $url  = '';

	public function __construct( $form_key, $setting, $is_valid, $post_condition ) {
		$this->key = $form_key;
		$pages     = array(
			'confirm'  => 'confirmation_url',
			'complete' => 'complete_url',
		);
		if ( $is_valid && isset( $pages[ $post_condition ] ) ) {
			$this->view = $post_condition;
			$this->url  = (string) $setting->get( $pages[ $post_condition ] );
		} else {
			$this->url = (string) $setting->get( 'input_url' );
		}
	}

	public function get_view_flg() {
		return $this->view;
	}

	public function redirect() {
		$url = '' === $this->url ? home_url( $_SERVER['REQUEST_URI'] ) : home_url( $this->url );
		$url = apply_filters( 'mwform_redirect_url_' . $this->key, $url, MW_WP_Form_Data::connect( $this->key ) );
		do_action( 'mwform_before_redirect_' . $this->key );
		wp_safe_redirect( wp_validate_redirect( $url, home_url() ) );
		exit;
	}
}

class MW_WP_Form_Main_Controller {

	public static function run() {
		if ( empty( $_POST['mw-wp-form-form-id'] ) ) {
			add_shortcode( 'mwform_formkey', array( __CLASS__, 'show' ) );
			return;
		}
		$form_id = (int) $_POST['mw-wp-form-form-id'];
		$key     = MWF_Config::NAME . '-' . $form_id;
		do_action( 'mwform_start_main_process', $key );
		$setting    = new MW_WP_Form_Setting( $form_id );
		$data       = MW_WP_Form_Data::connect( $key, $_POST, $_FILES );
		$condition  = $data->get_post_condition();
		$validation = new MW_WP_Form_Validation( $key );
		$redirected = new MW_WP_Form_Redirected( $key, $setting, $validation->is_valid(), $condition );
		if ( $setting->generate_form_verify_token() !== ( $_POST['mw-wp-form-form-verify-token'] ?? '' ) ) {
			$redirected->redirect();
		}
		if ( in_array( $condition, array( 'confirm', 'complete' ), true ) ) {
			self::keep_files( $form_id );
		}
		$data->set_view_flg( $redirected->get_view_flg() );
		if ( 'complete' === $redirected->get_view_flg() ) {
			if ( self::send( $key, $setting, $data ) ) {
				do_action( "mwform_after_send_$key", clone $data );
			} else {
				$data->set_send_error();
			}
		}
		$redirected->redirect();
	}

	private static function keep_files( $form_id ) {
		foreach ( $_FILES as $name => $file ) {
			if ( UPLOAD_ERR_OK === $file['error'] ) {
				$folder = wp_upload_dir()['basedir'] . "/mw-wp-form_uploads/$form_id";
				wp_mkdir_p( $folder );
				move_uploaded_file( $file['tmp_name'], "$folder/" . sanitize_file_name( $file['name'] ) );
			}
		}
	}

	private static function send( $key, MW_WP_Form_Setting $setting, MW_WP_Form_Data $data ) {
		$service = new MW_WP_Form_Mail_Service( new MW_WP_Form_Mail(), $key, $setting );
		if ( ! $service->send_admin_mail() ) {
			error_log( 'Failed to send admin mail.' );
			return false;
		}
		$to = $data->get_post_value_by_key( $setting->get( 'automatic_reply_email' ) );
		if ( $setting->get( 'automatic_reply_email' ) && is_email( (string) $to ) && ! $service->send_reply_mail() ) {
			error_log( 'Failed to send auto reply mail.' );
		}
		return true;
	}

	public static function show( $atts ) {
		$form = get_post( (int) $atts['key'] );
		$key  = MWF_Config::NAME . '-' . $form->ID;
		$data = MW_WP_Form_Data::connect( $key );
		add_action( 'wp_footer', array( $data, 'clear_values' ) );
		do_action( "mwform_enqueue_scripts_$key" );
		$view = $data->get_view_flg() ? $data->get_view_flg() : 'input';
		if ( $data->get_send_error() ) {
			return '<div class="mw_wp_form mw_wp_form_send_error">There was an error trying to send your message.</div>';
		}
		if ( 'complete' === $view ) {
			$setting = new MW_WP_Form_Setting( $form->ID );
			return '<div class="mw_wp_form mw_wp_form_complete">' . esc_html( $setting->get( 'complete_message' ) ) . '</div>';
		}
		$content = apply_filters( "mwform_post_content_raw_$key", $form->post_content, $data );
		$content = apply_filters( "mwform_post_content_$key", $content, $data );
		$content = preg_replace_callback(
			'/\[mwform_([a-zA-Z]+)\s*([^\]]*)\]/u',
			static function ( $tag ) use ( $data, $view ) {
				return self::control( $tag[1], (array) shortcode_parse_atts( $tag[2] ), $data, $view );
			},
			$content
		);
		return sprintf( '<div class="mw_wp_form mw_wp_form_%s"><form method="post" action="" enctype="multipart/form-data">%s%s<input type="hidden" name="mw-wp-form-form-id" value="%d"><input type="hidden" name="mw-wp-form-form-verify-token" value="%s"></form></div>', esc_attr( $view ), $content, wp_nonce_field( $key, MWF_Config::TOKEN_NAME, true, false ), $form->ID, ( new MW_WP_Form_Setting( $form->ID ) )->generate_form_verify_token() );
	}

	private static function control( $type, array $atts, MW_WP_Form_Data $data, $view ) {
		if ( 'submitButton' === $type ) {
			return 'confirm' === $view
				? '<button type="submit" name="submitBack" value="1">Back</button> <button type="submit">Send</button>'
				: '<button type="submit" name="submitConfirm" value="1">Confirm</button>';
		}
		$name  = $atts['name'];
		$value = (string) $data->get( $name );
		if ( 'confirm' === $view ) {
			$hidden = 'checkbox' === $type
				? sprintf( '<input type="hidden" name="%1$s[data]" value="%2$s"><input type="hidden" name="%1$s[separator]" value=",">', esc_attr( $name ), esc_attr( $value ) )
				: sprintf( '<input type="hidden" name="%s" value="%s">', esc_attr( $name ), esc_attr( $value ) );
			return '<span>' . esc_html( $value ) . '</span>' . $hidden;
		}
		$error = '';
		foreach ( $data->get_validation_error( $name ) as $message ) {
			$error .= '<span class="error">' . esc_html( $message ) . '</span>';
		}
		$html = '';
		foreach ( array_filter( explode( ',', $atts['children'] ?? '' ) ) as $child ) {
			$html .= 'select' === $type
				? sprintf( '<option%s>%s</option>', selected( $value, $child, false ), esc_html( $child ) )
				: sprintf( '<label><input type="checkbox" name="%s[data][]" value="%s"%s> %s</label>', esc_attr( $name ), esc_attr( $child ), checked( in_array( $child, explode( ',', $value ), true ), true, false ), esc_html( $child ) );
		}
		if ( 'select' === $type ) {
			return '<select name="' . esc_attr( $name ) . "\">$html</select>$error";
		}
		if ( 'checkbox' === $type ) {
			return $html . '<input type="hidden" name="' . esc_attr( $name ) . "[separator]\" value=\",\">$error";
		}
		if ( 'textarea' === $type ) {
			return sprintf( '<textarea name="%s">%s</textarea>%s', esc_attr( $name ), esc_textarea( $value ), $error );
		}
		$kind = 'file' === $type ? 'file' : ( 'hidden' === $type ? 'hidden' : 'text' );
		return sprintf( '<input type="%s" name="%s" value="%s">%s', $kind, esc_attr( $name ), 'file' === $kind ? '' : esc_attr( $value ), $error );
	}
}
