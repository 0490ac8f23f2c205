<?php
/**
 * Leadseal › Bridges.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * The page on which the forms of other plugins are joined to forms of Leadseal. It shows what is asked
 * for, never what was typed.
 */
final class Leadseal_Bridges_Page {

	const SLUG  = 'leadseal-bridges';
	const SAVE  = 'leadseal_bridge_save';
	const TRIAL = 'leadseal_bridge_trial_';

	/**
	 * Hooks the page into the admin.
	 */
	public static function boot(): void {
		add_action( 'admin_menu', array( __CLASS__, 'menu' ), 20 );
		add_action( 'admin_post_' . self::SAVE, array( __CLASS__, 'save' ) );
		add_action( 'admin_enqueue_scripts', array( __CLASS__, 'assets' ) );
	}

	/**
	 * Loads the page's style.
	 *
	 * @param string $hook Of the page.
	 */
	public static function assets( $hook ): void {
		if ( false !== strpos( (string) $hook, self::SLUG ) ) {
			wp_enqueue_style( 'leadseal-bridges', plugins_url( 'assets/bridges.css', LEADSEAL_FILE ), array(), LEADSEAL_VERSION );
		}
	}

	/**
	 * Adds it to the menu.
	 */
	public static function menu(): void {
		add_submenu_page( Leadseal_Settings_Page::SLUG, __( 'Bridges to other form plugins', 'leadseal' ), __( 'Bridges', 'leadseal' ), 'manage_options', self::SLUG, array( __CLASS__, 'page' ) );
	}

	/**
	 * Prints the list, or one form's bridge.
	 */
	public static function page(): void {
		if ( ! current_user_can( 'manage_options' ) ) {
			return;
		}
		// Only chooses what is shown.
		// phpcs:disable WordPress.Security.NonceVerification.Recommended
		$bridge = self::bridge( isset( $_GET['bridge'] ) ? sanitize_key( wp_unslash( $_GET['bridge'] ) ) : '' );
		$form   = isset( $_GET['form'] ) ? sanitize_key( wp_unslash( $_GET['form'] ) ) : '';
		// phpcs:enable
		$forms = $bridge ? $bridge->forms() : array();
		echo '<div class="wrap leadseal-admin leadseal-bridges">';
		if ( $bridge && isset( $forms[ $form ] ) ) {
			self::print_bridge( $bridge, $form, $forms[ $form ] );
		} else {
			self::print_list();
		}
		echo '</div>';
	}

	/**
	 * Takes what the page sends, and tries it if asked to.
	 */
	public static function save(): void {
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'You may not change this.', 'leadseal' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( self::SAVE );
		$bridge = self::bridge( isset( $_POST['bridge'] ) ? sanitize_key( wp_unslash( $_POST['bridge'] ) ) : '' );
		$form   = isset( $_POST['form_id'] ) ? sanitize_key( wp_unslash( $_POST['form_id'] ) ) : '';
		if ( ! $bridge || ! isset( $bridge->forms()[ $form ] ) ) {
			wp_die( esc_html__( 'This form is not there any more. Go back and choose another.', 'leadseal' ), '', array( 'response' => 404 ) );
		}
		$fields = $bridge->fields( $form );
		$old    = Leadseal_Bridges::settings( $bridge->id(), $form );
		$new    = self::read( $fields, $old );
		if ( $new['on'] && array() !== self::obstacles( $fields, $new ) ) {
			$new['on'] = false;
			$said      = 'refused';
		} else {
			$said = 'saved';
		}
		Leadseal_Bridges::set( $bridge->id(), $form, $new );
		if ( isset( $_POST['trial'] ) ) {
			$answer = Leadseal_Forwarder::trial( $bridge, $form, Leadseal_Settings::lang() );
			set_transient( self::TRIAL . get_current_user_id(), self::told( $answer, $new['map'] ), 5 * MINUTE_IN_SECONDS );
		}
		wp_safe_redirect( add_query_arg( 'said', $said, self::url( $bridge->id(), $form ) ) );
		exit;
	}

	/**
	 * What stands in the way of switching a bridge on.
	 *
	 * @param array $fields   The plugin's fields.
	 * @param array $settings Of the bridge.
	 * @return string[] Sentences for the admin.
	 */
	public static function obstacles( array $fields, array $settings ): array {
		$obstacles = array();
		$asked     = Leadseal_Forms::get( $settings['form'] );
		if ( null === $asked ) {
			return array( __( 'Choose a form of Leadseal first.', 'leadseal' ) );
		}
		foreach ( $fields as $field ) {
			if ( 'file' === $field['type'] && $field['required'] ) {
				/* translators: %s: name of a field */
				$obstacles[] = sprintf( __( 'The field “%s” demands a file, and files are not passed on to Leadseal. Make it optional or remove it from the form.', 'leadseal' ), $field['name'] );
			}
		}
		foreach ( Leadseal_Mapping::missing( $settings['map'], $settings['fixed'], $asked, self::lang() ) as $target => $label ) {
			/* translators: 1: label of a field, 2: its id */
			$obstacles[] = sprintf( __( 'Leadseal demands “%1$s” (%2$s), and nothing gives it. Choose a field for it below, or make it optional in Leadseal.', 'leadseal' ), $label, $target );
		}
		return $obstacles;
	}

	/**
	 * The address of the page.
	 *
	 * @param string $bridge The bridge's id; '' for the list.
	 * @param string $form   The plugin's form.
	 */
	public static function url( string $bridge = '', string $form = '' ): string {
		$args = array( 'page' => self::SLUG );
		if ( '' !== $bridge ) {
			$args['bridge'] = $bridge;
			$args['form']   = $form;
		}
		return add_query_arg( $args, admin_url( 'admin.php' ) );
	}

	/**
	 * The settings that were sent.
	 *
	 * @param array $fields The plugin's fields.
	 * @param array $old    What was set before.
	 */
	private static function read( array $fields, array $old ): array {
		// The nonce has been checked by `save()`.
		// phpcs:disable WordPress.Security.NonceVerification.Missing
		$leadseal = isset( $_POST['leadseal_form'] ) ? sanitize_key( wp_unslash( $_POST['leadseal_form'] ) ) : '';
		$asked    = Leadseal_Forms::get( $leadseal );
		$new      = array(
			'on'      => isset( $_POST['on'] ),
			'form'    => $leadseal,
			'map'     => array(),
			'fixed'   => array(),
			'storage' => isset( $_POST['storage'] ) && 'tokens' === $_POST['storage'] ? 'tokens' : 'off',
			'mail'    => isset( $_POST['mail'] ),
		);
		if ( null === $asked ) {
			return $new;
		}
		if ( $leadseal !== $old['form'] ) {
			// Another form asks for other things: guess anew, and leave the switch for a second look.
			$new['map'] = Leadseal_Mapping::guess( $fields, $asked );
			$new['on']  = false;
			return $new;
		}
		$targets = Leadseal_Mapping::targets( $asked );
		foreach ( array_keys( $fields ) as $place => $name ) {
			$target                     = isset( $_POST['map'][ $place ] ) ? sanitize_key( wp_unslash( $_POST['map'][ $place ] ) ) : '';
			$new['map'][ (string) $name ] = isset( $targets[ $target ] ) ? $target : '';
		}
		foreach ( array_keys( $targets ) as $target ) {
			$value = isset( $_POST['fixed'][ $target ] ) ? sanitize_text_field( wp_unslash( $_POST['fixed'][ $target ] ) ) : '';
			if ( in_array( $value, array_column( self::options( $targets[ $target ]['field'] ), 'value' ), true ) ) {
				$new['fixed'][ $target ] = $value;
			}
		}
		// phpcs:enable
		return $new;
	}

	/**
	 * What a trial told, to be shown after the redirect.
	 *
	 * @param array|WP_Error $answer Leadseal's.
	 * @param array          $map    The mapping.
	 * @return array{good:bool,words:string,fields:array<string,string>}
	 */
	private static function told( $answer, array $map ): array {
		if ( ! is_wp_error( $answer ) ) {
			return array(
				'good'   => true,
				'words'  => __( 'Leadseal takes a made-up submission of this form. Nothing was stored.', 'leadseal' ),
				'fields' => array(),
			);
		}
		$data   = $answer->get_error_data();
		$fields = array();
		foreach ( 'leadseal_invalid' === $answer->get_error_code() && is_array( $data ) ? (array) ( $data['errors'] ?? array() ) : array() as $problem ) {
			$id            = (string) ( $problem['input'] ?? $problem['field'] ?? '' );
			$sources       = Leadseal_Mapping::sources( $map, $id );
			$where         = array() === $sources ? $id : implode( ', ', $sources ) . ' → ' . $id;
			$fields[ $where ] = (string) ( $problem['message'] ?? '' );
		}
		return array(
			'good'   => false,
			'words'  => array() === $fields ? $answer->get_error_message() : __( 'Leadseal would refuse a made-up submission of this form:', 'leadseal' ),
			'fields' => $fields,
		);
	}

	/**
	 * Prints the list of forms.
	 */
	private static function print_list(): void {
		echo '<h1>' . esc_html__( 'Bridges to other form plugins', 'leadseal' ) . '</h1>';
		echo '<p class="leadseal-lead">' . esc_html__( 'Keep the forms you have: what visitors send goes to Leadseal, and nothing of it stays in WordPress.', 'leadseal' ) . '</p>';
		self::print_connection();
		self::print_trouble();
		$rows = 0;
		foreach ( Leadseal_Bridges::all() as $bridge ) {
			if ( ! $bridge->is_present() ) {
				continue;
			}
			foreach ( $bridge->forms() as $form => $title ) {
				if ( 0 === $rows++ ) {
					printf(
						'<table class="widefat striped leadseal-bridge-list"><thead><tr><th scope="col">%s</th><th scope="col">%s</th><th scope="col">%s</th><th scope="col">%s</th></tr></thead><tbody>',
						esc_html__( 'Form', 'leadseal' ),
						esc_html__( 'Plugin', 'leadseal' ),
						esc_html__( 'Goes to', 'leadseal' ),
						esc_html__( 'In WordPress', 'leadseal' )
					);
				}
				self::print_row( $bridge, (string) $form, $title );
			}
		}
		if ( $rows > 0 ) {
			echo '</tbody></table>';
			return;
		}
		echo '<div class="leadseal-empty"><p>' . esc_html__( 'There is no form to bridge: neither Contact Form 7 nor MW WP Form is active with a form on this site.', 'leadseal' ) . '</p><p>' . esc_html__( 'You need no bridge for forms that you place with the Leadseal block or shortcode.', 'leadseal' ) . '</p></div>';
	}

	/**
	 * Prints one form of the list.
	 *
	 * @param Leadseal_Bridge $bridge Whose form it is.
	 * @param string          $form   The form.
	 * @param string          $title  Its title.
	 */
	private static function print_row( Leadseal_Bridge $bridge, string $form, string $title ): void {
		$set   = Leadseal_Bridges::settings( $bridge->id(), $form );
		$asked = Leadseal_Forms::get( $set['form'] );
		if ( ! $set['on'] ) {
			$goes = '<span class="leadseal-off">' . esc_html__( 'Not bridged', 'leadseal' ) . '</span>';
			$kept = implode( ' ', $bridge->keepers( $form ) );
		} else {
			$goes = '<strong>' . esc_html( null === $asked ? $set['form'] : Leadseal_Forms::title( $asked ) ) . '</strong>';
			$kept = 'tokens' === $set['storage'] ? __( 'Tokens in place of answers', 'leadseal' ) : __( 'Nothing', 'leadseal' );
		}
		printf(
			'<tr><td><a class="row-title" href="%s">%s</a></td><td>%s</td><td>%s</td><td>%s</td></tr>',
			esc_url( self::url( $bridge->id(), $form ) ),
			esc_html( '' === $title ? '#' . $form : $title ),
			esc_html( $bridge->name() ),
			wp_kses_post( $goes ),
			esc_html( '' === $kept ? __( 'No plugin that keeps messages was found.', 'leadseal' ) : $kept )
		);
	}

	/**
	 * Prints one form's bridge.
	 *
	 * @param Leadseal_Bridge $bridge Whose form it is.
	 * @param string          $form   The form.
	 * @param string          $title  Its title.
	 */
	private static function print_bridge( Leadseal_Bridge $bridge, string $form, string $title ): void {
		$fields = $bridge->fields( $form );
		$set    = Leadseal_Bridges::settings( $bridge->id(), $form );
		$asked  = Leadseal_Forms::get( $set['form'] );
		printf( '<p><a href="%s">← %s</a></p><h1>%s</h1>', esc_url( self::url() ), esc_html__( 'All bridges', 'leadseal' ), esc_html( $bridge->name() . ': ' . $title ) );
		self::print_said( $fields, $set );
		self::print_connection();
		self::print_trouble( $bridge->id(), $form );
		printf( '<form method="post" action="%s">', esc_url( admin_url( 'admin-post.php' ) ) );
		wp_nonce_field( self::SAVE );
		printf(
			'<input type="hidden" name="action" value="%s"><input type="hidden" name="bridge" value="%s"><input type="hidden" name="form_id" value="%s">',
			esc_attr( self::SAVE ),
			esc_attr( $bridge->id() ),
			esc_attr( $form )
		);
		self::print_choice( $set );
		if ( null !== $asked ) {
			self::print_mapping( $fields, $set, $asked );
			self::print_fixed( $set, $asked );
			self::print_options( $bridge, $form, $set );
			echo '<p class="submit">';
			submit_button( __( 'Save', 'leadseal' ), 'primary', 'save', false );
			echo ' ';
			submit_button( __( 'Save and test', 'leadseal' ), 'secondary', 'trial', false );
			echo '</p><p class="description">' . esc_html__( 'The test sends made-up answers that Leadseal checks and does not store.', 'leadseal' ) . '</p>';
		}
		echo '</form>';
	}

	/**
	 * Prints the choice of a Leadseal form.
	 *
	 * @param array $set Of the bridge.
	 */
	private static function print_choice( array $set ): void {
		$forms = Leadseal_Forms::all();
		echo '<table class="form-table" role="presentation"><tr><th scope="row"><label for="leadseal-form">' . esc_html__( 'Form of Leadseal', 'leadseal' ) . '</label></th><td>';
		if ( array() === $forms ) {
			echo '<p>' . esc_html__( 'No forms are known yet. Connect this site under Leadseal › Settings first.', 'leadseal' ) . '</p></td></tr></table>';
			return;
		}
		echo '<select id="leadseal-form" name="leadseal_form"><option value="">' . esc_html__( '— Choose —', 'leadseal' ) . '</option>';
		foreach ( $forms as $id => $form ) {
			printf( '<option value="%s"%s>%s</option>', esc_attr( $id ), selected( $set['form'], $id, false ), esc_html( Leadseal_Forms::title( $form ) . ' (' . $id . ')' ) );
		}
		echo '</select> ';
		submit_button( '' === $set['form'] ? __( 'Use this form', 'leadseal' ) : __( 'Change form', 'leadseal' ), 'secondary', 'choose', false );
		echo '<p class="description">' . esc_html__( 'Choosing another form guesses the fields below anew.', 'leadseal' ) . '</p></td></tr></table>';
	}

	/**
	 * Prints which field goes where.
	 *
	 * @param array $fields The plugin's fields.
	 * @param array $set    Of the bridge.
	 * @param array $asked  The Leadseal form.
	 */
	private static function print_mapping( array $fields, array $set, array $asked ): void {
		echo '<h2>' . esc_html__( 'Which field goes where', 'leadseal' ) . '</h2>';
		printf( '<table class="widefat striped leadseal-mapping"><thead><tr><th scope="col">%s</th><th scope="col">%s</th></tr></thead><tbody>', esc_html__( 'Field of the form', 'leadseal' ), esc_html__( 'Field of Leadseal', 'leadseal' ) );
		$place = -1;
		foreach ( $fields as $name => $field ) {
			++$place;
			printf(
				'<tr><td><label for="leadseal-map-%1$d"><strong>%2$s</strong></label> <span class="leadseal-required">%3$s</span><br><code>%4$s</code> %5$s</td><td>',
				(int) $place,
				esc_html( '' === $field['label'] ? $field['name'] : $field['label'] ),
				esc_html( $field['required'] ? __( 'required', 'leadseal' ) : '' ),
				esc_html( $field['name'] ),
				esc_html( self::type( $field['type'] ) )
			);
			if ( 'file' === $field['type'] ) {
				echo esc_html__( 'Files are not passed on. A visitor who attaches one is asked to remove it.', 'leadseal' );
			} else {
				self::print_targets( $place, $set['map'][ $name ] ?? '', $asked );
			}
			echo '</td></tr>';
		}
		echo '</tbody></table>';
	}

	/**
	 * Prints the list box of a field.
	 *
	 * @param int    $place  Of the field.
	 * @param string $chosen Its target.
	 * @param array  $asked  The Leadseal form.
	 */
	private static function print_targets( int $place, string $chosen, array $asked ): void {
		printf( '<select id="leadseal-map-%1$d" name="map[%1$d]"><option value="">%2$s</option>', (int) $place, esc_html__( '— Leave out —', 'leadseal' ) );
		$parts = array(
			'family' => __( 'family name', 'leadseal' ),
			'given'  => __( 'given name', 'leadseal' ),
		);
		foreach ( Leadseal_Mapping::targets( $asked ) as $target => $what ) {
			$label = Leadseal_Mapping::label( $what['field'], self::lang() );
			if ( '' !== $what['part'] ) {
				$label .= ': ' . $parts[ $what['part'] ];
			} elseif ( Leadseal_Mapping::is_split( $what['field'] ) ) {
				$label .= ' ' . __( '(whole, cut at the space)', 'leadseal' );
			}
			$label .= empty( $what['field']['required'] ) ? '' : ' *';
			printf( '<option value="%s"%s>%s</option>', esc_attr( $target ), selected( $chosen, $target, false ), esc_html( $label ) );
		}
		echo '</select>';
	}

	/**
	 * Prints what may be answered the same for everyone: list boxes that the form has no field for.
	 *
	 * @param array $set   Of the bridge.
	 * @param array $asked The Leadseal form.
	 */
	private static function print_fixed( array $set, array $asked ): void {
		$free = array();
		foreach ( (array) $asked['fields'] as $field ) {
			if ( array() !== self::options( $field ) && ! in_array( $field['id'], $set['map'], true ) ) {
				$free[] = $field;
			}
		}
		if ( array() === $free ) {
			return;
		}
		echo '<h2>' . esc_html__( 'Always the same answer', 'leadseal' ) . '</h2><table class="form-table" role="presentation">';
		foreach ( $free as $field ) {
			printf( '<tr><th scope="row"><label for="leadseal-fixed-%1$s">%2$s%3$s</label></th><td><select id="leadseal-fixed-%1$s" name="fixed[%1$s]"><option value="">%4$s</option>', esc_attr( $field['id'] ), esc_html( Leadseal_Mapping::label( $field, self::lang() ) ), empty( $field['required'] ) ? '' : ' *', esc_html__( '— None —', 'leadseal' ) );
			foreach ( self::options( $field ) as $option ) {
				printf( '<option value="%s"%s>%s</option>', esc_attr( $option['value'] ), selected( $set['fixed'][ $field['id'] ] ?? '', $option['value'], false ), esc_html( Leadseal_Forms::text( $option['label'] ?? '', self::lang() ) ) );
			}
			echo '</select></td></tr>';
		}
		echo '</table>';
	}

	/**
	 * Prints storage, mail and the switch.
	 *
	 * @param Leadseal_Bridge $bridge Whose form it is.
	 * @param string          $form   The form.
	 * @param array           $set    Of the bridge.
	 */
	private static function print_options( Leadseal_Bridge $bridge, string $form, array $set ): void {
		echo '<h2>' . esc_html__( 'What stays in WordPress', 'leadseal' ) . '</h2><table class="form-table" role="presentation"><tr><th scope="row">' . esc_html__( 'Storage', 'leadseal' ) . '</th><td><fieldset><legend class="screen-reader-text">' . esc_html__( 'Storage', 'leadseal' ) . '</legend>';
		$choices = array(
			'off'    => __( 'Nothing is stored', 'leadseal' ),
			'tokens' => __( 'Tokens are stored in place of answers, for plugins that count or list messages', 'leadseal' ),
		);
		foreach ( $choices as $value => $words ) {
			printf( '<label><input type="radio" name="storage" value="%s"%s> %s</label><br>', esc_attr( $value ), checked( $set['storage'], $value, false ), esc_html( $words ) );
		}
		foreach ( $bridge->keepers( $form ) as $keeper ) {
			echo '<p class="description">' . esc_html( $keeper ) . ' ' . esc_html__( 'With the bridge on, it gets none of the answers.', 'leadseal' ) . '</p>';
		}
		echo '</fieldset></td></tr><tr><th scope="row">' . esc_html__( 'Mail', 'leadseal' ) . '</th><td>';
		/* translators: %s: name of a plugin */
		printf( '<label><input type="checkbox" name="mail"%s> %s</label>', checked( $set['mail'], true, false ), esc_html( sprintf( __( 'Let %s send its own mail too', 'leadseal' ), $bridge->name() ) ) );
		echo '<p class="description">' . esc_html__( 'Leadseal notifies your people and answers the visitor by itself. The plugin’s own mail carries the answers in clear (with tokens: the tokens, and no automatic reply), and a plugin that logs mail would keep them.', 'leadseal' ) . '</p></td></tr>';
		echo '<tr><th scope="row">' . esc_html__( 'Bridge', 'leadseal' ) . '</th><td>';
		printf( '<label><input type="checkbox" name="on"%s> <strong>%s</strong></label>', checked( $set['on'], true, false ), esc_html__( 'Send this form’s submissions to Leadseal', 'leadseal' ) );
		echo '<p class="description">' . esc_html__( 'If Leadseal can’t be reached, visitors are told that nothing was sent and keep what they typed; nothing is stored.', 'leadseal' ) . '</p></td></tr></table>';
	}

	/**
	 * Prints what came of saving and of a trial.
	 *
	 * @param array $fields The plugin's fields.
	 * @param array $set    Of the bridge.
	 */
	private static function print_said( array $fields, array $set ): void {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended
		$said      = isset( $_GET['said'] ) ? sanitize_key( wp_unslash( $_GET['said'] ) ) : '';
		$obstacles = '' === $set['form'] ? array() : self::obstacles( $fields, $set );
		if ( 'saved' === $said ) {
			self::notice( 'success', $set['on'] ? __( 'Saved. Submissions of this form go to Leadseal.', 'leadseal' ) : __( 'Saved. The bridge is off.', 'leadseal' ), array() );
		} elseif ( 'refused' === $said ) {
			self::notice( 'error', __( 'The rest was saved, but the bridge can’t be switched on yet:', 'leadseal' ), $obstacles );
		}
		if ( 'refused' !== $said && array() !== $obstacles ) {
			self::notice( $set['on'] ? 'error' : 'warning', $set['on'] ? __( 'Submissions of this form will be refused:', 'leadseal' ) : __( 'Before the bridge can be switched on:', 'leadseal' ), $obstacles );
		}
		$trial = get_transient( self::TRIAL . get_current_user_id() );
		if ( is_array( $trial ) && '' !== $said ) {
			delete_transient( self::TRIAL . get_current_user_id() );
			$lines = array();
			foreach ( $trial['fields'] as $where => $words ) {
				$lines[] = $where . ': ' . $words;
			}
			self::notice( $trial['good'] ? 'success' : 'error', $trial['words'], $lines );
		}
	}

	/**
	 * Prints that nothing works without a connection.
	 */
	private static function print_connection(): void {
		if ( ! Leadseal_Settings::is_connected() ) {
			self::notice( 'warning', __( 'This site is not connected to Leadseal. Enter address and site key under Leadseal › Settings; until then, bridged forms refuse what visitors send.', 'leadseal' ), array() );
		}
	}

	/**
	 * Prints the last trouble of the last week.
	 *
	 * @param string $of   Only this bridge's; '' for any.
	 * @param string $form Only this form's.
	 */
	private static function print_trouble( string $of = '', string $form = '' ): void {
		$trouble = Leadseal_Forwarder::trouble();
		if ( null === $trouble || $trouble['at'] < time() - WEEK_IN_SECONDS ) {
			return;
		}
		if ( '' !== $of && array( $of, $form ) !== array( (string) $trouble['bridge'], (string) $trouble['form'] ) ) {
			return;
		}
		$bridge = self::bridge( (string) $trouble['bridge'] );
		$title  = $bridge ? ( $bridge->forms()[ $trouble['form'] ] ?? '#' . $trouble['form'] ) : $trouble['bridge'];
		$causes = array(
			'leadseal_unreachable'   => __( 'Leadseal could not be reached.', 'leadseal' ),
			'leadseal_not_connected' => __( 'This site is not connected to Leadseal.', 'leadseal' ),
			'leadseal_unknown_key'   => __( 'Leadseal does not know this site’s key.', 'leadseal' ),
			'leadseal_bad_signature' => __( 'The site key is not the right one.', 'leadseal' ),
			'leadseal_clock'         => __( 'The clock of this server is wrong.', 'leadseal' ),
			'leadseal_error'         => __( 'PHP failed in the bridge. Update the plugins, and tell us the version of the form plugin.', 'leadseal' ),
			'leadseal_not_found'     => __( 'Leadseal has no such form for this site.', 'leadseal' ),
			/* translators: %s: ids of fields */
			'leadseal_invalid'       => sprintf( __( 'Leadseal demanded what no field of the form gives: %s.', 'leadseal' ), implode( ', ', (array) ( $trouble['fields'] ?? array() ) ) ),
		);
		/* translators: 1: title of a form, 2: time span such as "5 minutes", 3: a sentence */
		$words = sprintf( __( 'A submission of “%1$s” was refused %2$s ago and nothing of it was kept. %3$s', 'leadseal' ), $title, human_time_diff( $trouble['at'] ), $causes[ $trouble['code'] ] ?? __( 'Leadseal refused it.', 'leadseal' ) );
		self::notice( 'error', $words, array() );
	}

	/**
	 * Prints a notice.
	 *
	 * @param string   $kind  `success`, `warning` or `error`.
	 * @param string   $words A sentence.
	 * @param string[] $lines More of them, as a list.
	 */
	private static function notice( string $kind, string $words, array $lines ): void {
		printf( '<div class="notice notice-%s inline"><p>%s</p>', esc_attr( $kind ), esc_html( $words ) );
		if ( array() !== $lines ) {
			echo '<ul class="ul-disc">';
			foreach ( $lines as $line ) {
				echo '<li>' . esc_html( $line ) . '</li>';
			}
			echo '</ul>';
		}
		echo '</div>';
	}

	/**
	 * The options of a field of Leadseal that may be chosen for everyone. A consent is not among them:
	 * only the visitor can give it.
	 *
	 * @param array $field A field of a Leadseal form.
	 */
	private static function options( array $field ): array {
		return 'consent' === ( $field['kind'] ?? '' ) ? array() : array_values( array_filter( (array) ( $field['options'] ?? array() ), 'is_array' ) );
	}

	/**
	 * A type of field for people.
	 *
	 * @param string $type As a bridge gives it.
	 */
	private static function type( string $type ): string {
		$types = array(
			'text'       => __( 'text', 'leadseal' ),
			'email'      => __( 'e-mail address', 'leadseal' ),
			'tel'        => __( 'telephone number', 'leadseal' ),
			'url'        => __( 'web address', 'leadseal' ),
			'number'     => __( 'number', 'leadseal' ),
			'date'       => __( 'date', 'leadseal' ),
			'textarea'   => __( 'long text', 'leadseal' ),
			'select'     => __( 'list box', 'leadseal' ),
			'radio'      => __( 'choice', 'leadseal' ),
			'checkboxes' => __( 'boxes to tick', 'leadseal' ),
			'consent'    => __( 'consent', 'leadseal' ),
			'postal'     => __( 'postal code', 'leadseal' ),
			'file'       => __( 'file', 'leadseal' ),
		);
		return $types[ $type ] ?? $type;
	}

	/**
	 * A bridge whose plugin is active.
	 *
	 * @param string $id The bridge's id.
	 */
	private static function bridge( string $id ): ?Leadseal_Bridge {
		$bridge = Leadseal_Bridges::all()[ $id ] ?? null;
		return $bridge && $bridge->is_present() ? $bridge : null;
	}

	/**
	 * The admin's language, for labels.
	 */
	private static function lang(): string {
		return 0 === strpos( determine_locale(), 'ja' ) ? 'ja' : 'en';
	}
}
