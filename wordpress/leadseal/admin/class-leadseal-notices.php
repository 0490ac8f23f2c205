<?php
/**
 * Tells administrators that Leadseal can't be reached.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * One notice per outage, put away for good with its cross. It reads what the breaker remembers and
 * asks nobody.
 */
final class Leadseal_Notices {

	/** User meta: the beginning of the outage whose notice was put away. */
	const META = 'leadseal_notice_seen';

	/**
	 * Hooks the notice in.
	 */
	public static function boot(): void {
		add_action( 'admin_notices', array( __CLASS__, 'outage' ) );
		add_action( 'wp_ajax_leadseal_put_away', array( __CLASS__, 'put_away' ) );
	}

	/**
	 * Prints the notice.
	 */
	public static function outage(): void {
		if ( ! Leadseal_Breaker::has_tripped() || ! current_user_can( 'manage_options' ) ) {
			return;
		}
		$since = Leadseal_Breaker::since();
		if ( (int) get_user_meta( get_current_user_id(), self::META, true ) === $since ) {
			return;
		}
		wp_enqueue_script( 'leadseal-notice', plugins_url( 'assets/notice.js', LEADSEAL_FILE ), array(), LEADSEAL_VERSION, true );
		printf(
			'<div class="notice notice-error is-dismissible" id="leadseal-outage" data-ajax="%1$s" data-nonce="%2$s" data-since="%3$d"><p>%4$s <a href="%5$s">%6$s</a></p></div>',
			esc_url( admin_url( 'admin-ajax.php' ) ),
			esc_attr( wp_create_nonce( 'leadseal_put_away' ) ),
			(int) $since,
			esc_html(
				sprintf(
					/* translators: %s: a duration such as “5 minutes”. */
					__( 'Leadseal has not been reachable for %s. Pages show the last good form with your fallback words above it, and bridged forms tell visitors to try again.', 'leadseal' ),
					human_time_diff( $since )
				)
			),
			esc_url( admin_url( 'admin.php?page=' . Leadseal_Settings_Page::SLUG . '#leadseal-test' ) ),
			esc_html__( 'See what is wrong', 'leadseal' )
		);
	}

	/**
	 * Remembers that somebody has seen it.
	 */
	public static function put_away(): void {
		check_ajax_referer( 'leadseal_put_away', 'nonce' );
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( '', '', array( 'response' => 403 ) );
		}
		update_user_meta( get_current_user_id(), self::META, isset( $_POST['since'] ) ? absint( $_POST['since'] ) : 0 );
		wp_die( '', '', array( 'response' => 204 ) );
	}
}
