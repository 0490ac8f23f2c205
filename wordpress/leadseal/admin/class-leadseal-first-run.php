<?php
/**
 * Leadseal › Place a form: connect, pick a form, a page with it.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Three steps that also serve later, whenever another form needs a page.
 */
final class Leadseal_First_Run {

	const SLUG = 'leadseal-start';

	/**
	 * Hooks the page in.
	 */
	public static function boot(): void {
		add_action( 'admin_menu', array( __CLASS__, 'menu' ), 11 );
		add_action( 'admin_post_leadseal_connect', array( __CLASS__, 'connect' ) );
		add_action( 'admin_post_leadseal_make_page', array( __CLASS__, 'make_page' ) );
		add_action( 'admin_notices', array( __CLASS__, 'invite' ) );
	}

	/**
	 * Adds the page to the menu.
	 */
	public static function menu(): void {
		add_submenu_page( Leadseal_Settings_Page::SLUG, __( 'Place a form', 'leadseal' ), __( 'Place a form', 'leadseal' ), 'manage_options', self::SLUG, array( __CLASS__, 'page' ) );
	}

	/**
	 * On the list of plugins, says what to do next after switching the plugin on.
	 */
	public static function invite(): void {
		$screen = get_current_screen();
		if ( ! $screen || 'plugins' !== $screen->id || Leadseal_Settings::is_connected() || ! current_user_can( 'manage_options' ) ) {
			return;
		}
		printf(
			'<div class="notice notice-info"><p>%1$s <a class="button button-primary" href="%2$s">%3$s</a></p></div>',
			esc_html__( 'Leadseal is ready to be connected. Three steps lead to a page with a form.', 'leadseal' ),
			esc_url( self::url() ),
			esc_html__( 'Start', 'leadseal' )
		);
	}

	/**
	 * Prints the step that comes next, or the one that is asked for.
	 */
	public static function page(): void {
		if ( ! current_user_can( 'manage_options' ) ) {
			return;
		}
		// Only chooses what is shown; both forms carry nonces of their own.
		// phpcs:disable WordPress.Security.NonceVerification.Recommended
		$page  = isset( $_GET['made'] ) ? get_post( absint( $_GET['made'] ) ) : null;
		$tried = isset( $_GET['tried'] );
		$asked = isset( $_GET['step'] ) ? absint( $_GET['step'] ) : 0;
		$error = isset( $_GET['problem'] ) ? sanitize_key( $_GET['problem'] ) : '';
		// phpcs:enable
		$step = Leadseal_Settings::is_connected() && 1 !== $asked ? 2 : 1;
		if ( $page && current_user_can( 'edit_post', $page->ID ) ) {
			$step = 3;
		}
		echo '<div class="wrap leadseal-admin"><h1>' . esc_html__( 'Place a form', 'leadseal' ) . '</h1>';
		self::print_steps( $step );
		echo '<div class="leadseal-card">';
		if ( 3 === $step ) {
			self::print_made( $page );
		} elseif ( 2 === $step ) {
			self::print_forms( $error );
		} else {
			self::print_connect( $tried );
		}
		echo '</div></div>';
	}

	/**
	 * Step 1, sent: saves and tries.
	 */
	public static function connect(): void {
		self::guard( 'leadseal_connect' );
		// phpcs:disable WordPress.Security.NonceVerification.Missing -- checked by guard().
		if ( ! defined( 'LEADSEAL_URL' ) && isset( $_POST['address'] ) ) {
			update_option( Leadseal_Settings::OPTION, Leadseal_Settings::clean( array( 'address' => sanitize_text_field( wp_unslash( $_POST['address'] ) ) ) ) );
		}
		if ( ! defined( 'LEADSEAL_SITE_KEY' ) && isset( $_POST['key'] ) ) {
			update_option( Leadseal_Settings::KEY_OPTION, Leadseal_Settings::clean_key( sanitize_text_field( wp_unslash( $_POST['key'] ) ) ), false );
		}
		// phpcs:enable
		// Where `settings_errors` looks on the page that comes next.
		set_transient( 'settings_errors', get_settings_errors(), 30 ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- WordPress's own name.
		$next = array( 'step' => 2 );
		if ( ! Leadseal_Check::passed( Leadseal_Check::run() ) ) {
			$next = array(
				'step'  => 1,
				'tried' => 1,
			);
		}
		self::go( $next + array( 'settings-updated' => 1 ) );
	}

	/**
	 * Step 2, sent: makes a draft with the form in it.
	 */
	public static function make_page(): void {
		self::guard( 'leadseal_make_page' );
		if ( ! current_user_can( 'edit_pages' ) ) {
			self::go( array( 'problem' => 'pages' ) );
		}
		// phpcs:disable WordPress.Security.NonceVerification.Missing -- checked by guard().
		$sent  = array(
			'form'   => isset( $_POST['form'] ) ? sanitize_key( $_POST['form'] ) : '',
			'lang'   => isset( $_POST['lang'] ) ? sanitize_key( $_POST['lang'] ) : '',
			'layout' => isset( $_POST['layout'] ) ? sanitize_key( $_POST['layout'] ) : '',
		);
		$title = isset( $_POST['title'] ) ? sanitize_text_field( wp_unslash( $_POST['title'] ) ) : '';
		// phpcs:enable
		$form = Leadseal_Forms::get( $sent['form'] );
		if ( null === $form ) {
			self::go( array( 'problem' => 'form' ) );
		}
		$place = Leadseal_Fragment::place( $sent );
		// What is left to the site and the form is left out, so that it follows them.
		$attributes = array_filter(
			array(
				'form'   => $place['form'],
				'lang'   => '' === $sent['lang'] ? '' : $place['lang'],
				'layout' => $place['layout'],
			)
		);
		$id = wp_insert_post(
			wp_slash(
				array(
					'post_type'    => 'page',
					'post_status'  => 'draft',
					'post_title'   => '' !== $title ? $title : Leadseal_Forms::title( $form, $place['lang'] ),
					'post_content' => self::content( $attributes ),
				)
			)
		);
		if ( ! $id || is_wp_error( $id ) ) {
			self::go( array( 'problem' => 'draft' ) );
		}
		// So that the first look at the page does not wait.
		Leadseal_Fragment::refresh( $place );
		self::go( array( 'made' => $id ) );
	}

	/**
	 * The address of this page.
	 *
	 * @param array $args For the query.
	 */
	public static function url( array $args = array() ): string {
		return add_query_arg( array( 'page' => self::SLUG ) + $args, admin_url( 'admin.php' ) );
	}

	/**
	 * What the new page holds: the block, or the shortcode where blocks are switched off.
	 *
	 * @param array $attributes Of the block.
	 */
	private static function content( array $attributes ): string {
		if ( use_block_editor_for_post_type( 'page' ) ) {
			return get_comment_delimited_block_content( 'leadseal/form', $attributes, '' );
		}
		$words = '';
		foreach ( $attributes as $name => $value ) {
			$words .= sprintf( ' %s="%s"', $name, $value );
		}
		return "[leadseal$words]";
	}

	/**
	 * Where one is.
	 *
	 * @param int $now Step.
	 */
	private static function print_steps( int $now ): void {
		$steps = array( __( 'Connect', 'leadseal' ), __( 'Pick a form', 'leadseal' ), __( 'A page with it', 'leadseal' ) );
		echo '<ol class="leadseal-steps">';
		foreach ( $steps as $at => $words ) {
			$class = $at + 1 < $now ? 'is-done' : '';
			printf( '<li class="%1$s"%2$s>%3$s</li>', esc_attr( $class ), $at + 1 === $now ? ' aria-current="step"' : '', esc_html( $words ) );
		}
		echo '</ol>';
	}

	/**
	 * Step 1.
	 *
	 * @param bool $tried Whether to say how it went.
	 */
	private static function print_connect( bool $tried ): void {
		echo '<h2>' . esc_html__( 'Connect this site to your Leadseal', 'leadseal' ) . '</h2>';
		settings_errors( Leadseal_Settings::OPTION );
		if ( $tried ) {
			Leadseal_Settings_Page::print_findings( Leadseal_Check::run() );
			if ( Leadseal_Forms::all() ) {
				echo '<p><a href="' . esc_url( self::url( array( 'step' => 2 ) ) ) . '">' . esc_html__( 'Go on and mend this later', 'leadseal' ) . '</a></p>';
			}
		}
		echo '<form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '"><input type="hidden" name="action" value="leadseal_connect">';
		wp_nonce_field( 'leadseal_connect' );
		self::row(
			'address',
			__( 'Leadseal’s address', 'leadseal' ),
			'url',
			Leadseal_Settings::address(),
			defined( 'LEADSEAL_URL' ) ? __( 'Set in wp-config.php.', 'leadseal' ) : __( 'The one that visitors’ browsers send forms to, such as https://forms.example.com.', 'leadseal' ),
			defined( 'LEADSEAL_URL' )
		);
		$id = Leadseal_Settings::key_id();
		if ( defined( 'LEADSEAL_SITE_KEY' ) ) {
			$about = __( 'Set in wp-config.php.', 'leadseal' );
		} elseif ( '' !== $id ) {
			/* translators: %s: id of a site key. */
			$about = sprintf( __( 'Key %s is set. Leave this empty to keep it.', 'leadseal' ), $id );
		} else {
			$about = __( 'Run “leadseal site-key new SITE” on the Leadseal server and paste the line that it prints here. It is shown only once.', 'leadseal' );
		}
		self::row( 'key', __( 'Site key', 'leadseal' ), 'password', '', $about, defined( 'LEADSEAL_SITE_KEY' ) );
		submit_button( __( 'Connect', 'leadseal' ) );
		echo '</form>';
	}

	/**
	 * Step 2.
	 *
	 * @param string $error What went wrong before.
	 */
	private static function print_forms( string $error ): void {
		$forms = Leadseal_Forms::offered();
		if ( ! Leadseal_Forms::are_known() ) {
			$forms = Leadseal_Forms::refresh();
			$forms = is_wp_error( $forms ) ? $forms : Leadseal_Forms::offered();
		}
		echo '<h2>' . esc_html__( 'Which form shall the page have?', 'leadseal' ) . '</h2>';
		self::print_problem( $error );
		if ( is_wp_error( $forms ) || ! $forms ) {
			echo '<p>' . esc_html( is_wp_error( $forms ) ? $forms->get_error_message() : __( 'There is no form to choose from. Add one in Leadseal, or tick one under Leadseal › Settings.', 'leadseal' ) ) . '</p>';
			echo '<p><a class="button" href="' . esc_url( self::url( array( 'step' => 1 ) ) ) . '">' . esc_html__( 'Back to the connection', 'leadseal' ) . '</a></p>';
			return;
		}
		echo '<form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '"><input type="hidden" name="action" value="leadseal_make_page">';
		wp_nonce_field( 'leadseal_make_page' );
		echo '<fieldset><legend class="screen-reader-text">' . esc_html__( 'Form', 'leadseal' ) . '</legend>';
		$first = true;
		foreach ( $forms as $id => $form ) {
			self::print_form( $id, $form, $first );
			$first = false;
		}
		echo '</fieldset>';
		self::row( 'title', __( 'Title of the page', 'leadseal' ), 'text', '', __( 'Empty: the form’s own title.', 'leadseal' ), false );
		self::choice( 'lang', __( 'Language', 'leadseal' ), Leadseal_Widget::languages() );
		self::choice( 'layout', __( 'Layout', 'leadseal' ), Leadseal_Widget::layouts() );
		submit_button( __( 'Create a page with it', 'leadseal' ) );
		echo '<p class="description">' . esc_html__( 'The page is a draft until you publish it.', 'leadseal' ) . '</p></form>';
	}

	/**
	 * One form to choose.
	 *
	 * @param string $id     Of the form.
	 * @param array  $form   As in the list.
	 * @param bool   $chosen Whether it is ticked.
	 */
	private static function print_form( string $id, array $form, bool $chosen ): void {
		echo '<div class="leadseal-choice">';
		printf( '<label><input type="radio" name="form" value="%1$s" required%2$s> %3$s</label>', esc_attr( $id ), checked( $chosen, true, false ), esc_html( Leadseal_Forms::title( $form ) ) );
		if ( ! empty( $form['url'] ) && is_string( $form['url'] ) ) {
			printf(
				'<a href="%1$s" target="_blank" rel="noopener">%2$s<span class="screen-reader-text"> %3$s</span></a>',
				esc_url( $form['url'] ),
				esc_html__( 'Look at it', 'leadseal' ),
				esc_html__( '(opens in a new tab)', 'leadseal' )
			);
		}
		if ( ! Leadseal_Forms::allows_this_site( $form ) ) {
			/* translators: %s: origin of this site. */
			echo '<span class="leadseal-warn">' . esc_html( sprintf( __( 'Add “%s” to its allowed_origins in Leadseal before you publish.', 'leadseal' ), Leadseal_Settings::origin() ) ) . '</span>';
		}
		echo '</div>';
	}

	/**
	 * Step 3.
	 *
	 * @param WP_Post $page The draft.
	 */
	private static function print_made( WP_Post $page ): void {
		/* translators: %s: title of a page. */
		echo '<h2>' . esc_html( sprintf( __( '“%s” is there, as a draft', 'leadseal' ), get_the_title( $page ) ) ) . '</h2>';
		echo '<p>' . esc_html__( 'Look at it, add what else the page should say, and publish it. Then send the form once yourself: the enquiry must arrive in Leadseal, and nothing of it is in WordPress.', 'leadseal' ) . '</p>';
		printf(
			'<p><a class="button button-primary" href="%1$s">%2$s</a> <a class="button" href="%3$s">%4$s</a> <a class="button" href="%5$s">%6$s</a></p>',
			esc_url( (string) get_edit_post_link( $page->ID, 'raw' ) ),
			esc_html__( 'Edit the page', 'leadseal' ),
			esc_url( (string) get_preview_post_link( $page ) ),
			esc_html__( 'View the page', 'leadseal' ),
			esc_url( self::url() ),
			esc_html__( 'Another form', 'leadseal' )
		);
	}

	/**
	 * Says why no page was made.
	 *
	 * @param string $error Its word.
	 */
	private static function print_problem( string $error ): void {
		$words = array(
			'form'  => __( 'This form is not there any more. Choose another one.', 'leadseal' ),
			'pages' => __( 'Your account may not create pages.', 'leadseal' ),
			'draft' => __( 'WordPress could not save the draft. Site Health may say why.', 'leadseal' ),
		);
		if ( isset( $words[ $error ] ) ) {
			echo '<div class="notice notice-error inline"><p>' . esc_html( $words[ $error ] ) . '</p></div>';
		}
	}

	/**
	 * An input with its label and a sentence.
	 *
	 * @param string $name  Of the input.
	 * @param string $label For people.
	 * @param string $type  Of the input.
	 * @param string $value To start with.
	 * @param string $about A sentence.
	 * @param bool   $fixed Whether it can't be changed here.
	 */
	private static function row( string $name, string $label, string $type, string $value, string $about, bool $fixed ): void {
		printf(
			'<div class="leadseal-row"><label for="leadseal-start-%1$s">%2$s</label><input type="%3$s" id="leadseal-start-%1$s" name="%1$s" value="%4$s" autocomplete="%5$s" aria-describedby="leadseal-start-%1$s-about"%6$s><p class="description" id="leadseal-start-%1$s-about">%7$s</p></div>',
			esc_attr( $name ),
			esc_html( $label ),
			esc_attr( $type ),
			esc_attr( $value ),
			'password' === $type ? 'new-password' : 'off',
			disabled( $fixed, true, false ),
			esc_html( $about )
		);
	}

	/**
	 * A list with its label.
	 *
	 * @param string $name    Of the input.
	 * @param string $label   For people.
	 * @param array  $choices Value to words.
	 */
	private static function choice( string $name, string $label, array $choices ): void {
		printf( '<div class="leadseal-row"><label for="leadseal-start-%1$s">%2$s</label><select id="leadseal-start-%1$s" name="%1$s">', esc_attr( $name ), esc_html( $label ) );
		foreach ( $choices as $value => $words ) {
			printf( '<option value="%1$s">%2$s</option>', esc_attr( $value ), esc_html( $words ) );
		}
		echo '</select></div>';
	}

	/**
	 * Lets only administrators who came from the page itself go on.
	 *
	 * @param string $action Of the nonce.
	 */
	private static function guard( string $action ): void {
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'Only administrators may do this.', 'leadseal' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( $action );
	}

	/**
	 * Goes back to the page.
	 *
	 * @param array $args For its query.
	 */
	private static function go( array $args ): void {
		wp_safe_redirect( self::url( $args ) );
		exit;
	}
}
