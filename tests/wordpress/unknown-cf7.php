<?php
/**
 * The bridge to a Contact Form 7 whose values are kept elsewhere than expected: run inside a site by
 * bridges.test.mjs; prints what happened as JSON.
 *
 * @package Leadseal
 */

class WPCF7_ContactForm {

	public function id() {
		return 7;
	}

	public function locale() {
		return 'ja';
	}

	public function scan_form_tags() {
		return array();
	}

	public function message( $status ) {
		return "words of $status";
	}
}

class WPCF7_Submission {

	public $status   = 'init';
	public $response = '';
	private $elsewhere;

	private static $instance;

	public function __construct( array $values ) {
		$this->elsewhere = $values;
		self::$instance  = $this;
	}

	public static function get_instance() {
		return self::$instance;
	}

	public static function is_restful() {
		return true;
	}

	public function get_posted_data() {
		return $this->elsewhere;
	}

	public function get_meta( $name ) {
		return null;
	}

	public function uploaded_files() {
		return array();
	}

	public function set_status( $status ) {
		$this->status = $status;
	}

	public function set_response( $response ) {
		$this->response = $response;
	}
}

// Leadseal, as far as this matters: a form, and an answer to whatever is posted.
$leadseal_answer = array( 200, '{"receipt":"ls_abcdefgh","token":"ls_abcdefgh","status":"accepted"}' );
add_filter(
	'pre_http_request',
	static function () use ( &$leadseal_answer ) {
		return array(
			'headers'  => array( 'content-type' => 200 === $leadseal_answer[0] ? 'application/json' : 'application/problem+json' ),
			'response' => array( 'code' => $leadseal_answer[0] ),
			'body'     => $leadseal_answer[1],
			'cookies'  => array(),
		);
	}
);
add_filter(
	'pre_option_leadseal_settings',
	static function () {
		return array( 'address' => 'http://127.0.0.1:1' );
	}
);
add_filter(
	'pre_option_leadseal_site_key',
	static function () {
		return 'lsk_abcdefgh_' . str_repeat( 'A', 43 );
	}
);
Leadseal_Forms::keep(
	array(
		array(
			'id'        => 'contact',
			'languages' => array( 'ja' ),
			'fields'    => array(
				array(
					'id'    => 'message',
					'kind'  => 'textarea',
					'label' => array( 'ja' => '内容' ),
				),
			),
		),
	)
);
Leadseal_Bridges::set(
	'cf7',
	'7',
	array(
		'on'   => true,
		'form' => 'contact',
		'map'  => array( 'your-message' => 'message' ),
		'mail' => true,
	)
);

$others = 0;
$run    = static function () use ( &$others ): array {
	$others = 0;
	foreach ( array( 'wpcf7_before_send_mail', 'wpcf7_submit' ) as $hook ) {
		add_action(
			$hook,
			static function () use ( &$others ) {
				++$others;
			}
		);
	}
	$bridge = new Leadseal_Bridge_Cf7();
	add_action( 'wpcf7_before_send_mail', array( $bridge, 'before_send_mail' ), PHP_INT_MIN, 3 );
	add_action( 'wpcf7_submit', array( $bridge, 'conceal' ), PHP_INT_MIN, 1 );
	$abort      = false;
	$form       = new WPCF7_ContactForm();
	$submission = new WPCF7_Submission( array( 'your-message' => '見本です' ) );
	do_action_ref_array( 'wpcf7_before_send_mail', array( $form, &$abort, $submission ) );
	do_action( 'wpcf7_submit', $form, array( 'status' => $submission->status ) );
	return array( $abort, $submission->status, $submission->response, $others );
};

$told            = array( 'accepted' => $run() );
$leadseal_answer  = array( 503, '{"type":"urn:leadseal:problem:unavailable"}' );
$told['refused']  = $run();
echo wp_json_encode( $told, JSON_UNESCAPED_UNICODE );

delete_option( Leadseal_Bridges::OPTION );
delete_option( Leadseal_Forwarder::TROUBLE );
