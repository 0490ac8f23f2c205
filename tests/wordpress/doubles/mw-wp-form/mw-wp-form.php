<?php
/**
 * Plugin Name: MW WP Form (a double for tests)
 * Description: Stands in for MW WP Form 4.4.5 and 5.0 where the plugin itself can't be had: the same pages, hooks, order, arguments, names and places to keep things. Not the plugin, and none of its code.
 * Version:     5.0-double
 * License:     GPL-2.0-or-later
 *
 * The order is that of classes/controllers/class.main.php and classes/services/class.mail.php, as
 * class-leadseal-bridge-mwwpform.php writes it down.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

class MWF_Config {
	const NAME           = 'mw-wp-form';
	const DBDATA         = 'mwf_';
	const UPLOAD_FILES   = 'mwf_files';
	const CONFIRM_BUTTON = 'submitConfirm';
	const BACK_BUTTON    = 'submitBack';
	const SEND_ERROR     = 'mw-wp-form-send-error';
	const TOKEN_NAME     = 'mw_wp_form_token';
}

require __DIR__ . '/data.php';
require __DIR__ . '/mail.php';
require __DIR__ . '/pages.php';

add_action(
	'init',
	static function () {
		register_post_type( MWF_Config::NAME, array( 'public' => false ) );
		foreach ( get_posts( array( 'post_type' => MWF_Config::NAME, 'posts_per_page' => -1 ) ) as $form ) {
			register_post_type( MWF_Config::DBDATA . $form->ID, array( 'public' => false ) );
		}
	}
);
if ( ! is_admin() ) {
	add_action( 'template_redirect', array( 'MW_WP_Form_Main_Controller', 'run' ), 10000 );
}
