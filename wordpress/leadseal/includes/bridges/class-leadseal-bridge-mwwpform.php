<?php
/**
 * The bridge to MW WP Form.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * A form of MW WP Form goes through input, confirm and complete pages, each post ending in a
 * redirect. Once the last post is valid, `mwform_admin_mail_raw_{key}` is asked before any mail is
 * written and before anything is saved; there it is handed over.
 *
 * The order, checked against 4.0.0 and 4.4.5 with what became 5.0 (classes/controllers/class.main.php,
 * `_template_redirect()` and `_send()`; classes/services/class.mail.php; classes/models/class.mail.php,
 * class.data.php, class.setting.php; classes/services/class.exec-shortcode.php):
 *
 *     template_redirect 10000
 *         mwform_validation_{key}( MW_WP_Form_Validation, array values, MW_WP_Form_Data clone )   filter
 *         mwform_admin_mail_raw_{key}( MW_WP_Form_Mail, array values, MW_WP_Form_Data clone )     filter
 *         mwform_auto_mail_raw_{key}( … )
 *         mwform_mail_{key}( … ), mwform_admin_mail_{key}( … )   the values are in the mail from here on
 *         saving, if `usedb` is set and the mail was sent
 *         mwform_auto_mail_{key}( … )
 *         mwform_is_mail_sended( bool )            filter, also for a mail without a recipient
 *         mwform_after_send_{key}( MW_WP_Form_Data clone )       action
 *     shutdown: the values go into a transient (see `Leadseal_Mwwpform_Session`)
 *     next page: mwform_post_content_{key}( string, MW_WP_Form_Data )   filter; mwform_enqueue_scripts_{key}
 *
 * Storage `off`: the form's own setting `usedb` reads as off on the front end, so that nothing is
 * saved; the stored setting is not touched. `tokens`: what is saved are tokens.
 */
final class Leadseal_Bridge_Mwwpform implements Leadseal_Bridge {

	const POST_TYPE = 'mw-wp-form';

	/** Field types of its shortcodes. */
	const TYPES = array(
		'text'        => 'text',
		'email'       => 'email',
		'url'         => 'url',
		'tel'         => 'tel',
		'zip'         => 'postal',
		'number'      => 'number',
		'range'       => 'number',
		'datepicker'  => 'date',
		'monthpicker' => 'text',
		'textarea'    => 'textarea',
		'select'      => 'select',
		'radio'       => 'radio',
		'checkbox'    => 'checkboxes',
		'hidden'      => 'text',
		'file'        => 'file',
		'image'       => 'file',
	);

	/** The key under which a complaint about the whole form goes through the plugin's session. */
	const WHOLE_FORM = 'leadseal';

	/**
	 * The settings of the form whose submission was accepted in this request.
	 *
	 * @var array|null
	 */
	private $accepted = null;

	/**
	 * Fields of this request that came with a file.
	 *
	 * @var string[]
	 */
	private $files = array();

	/**
	 * The bridge's id.
	 */
	public function id(): string {
		return 'mwwpform';
	}

	/**
	 * The plugin's name.
	 */
	public function name(): string {
		return 'MW WP Form';
	}

	/**
	 * What a lead says it came from.
	 */
	public function source(): string {
		return 'mw-wp-form';
	}

	/**
	 * Whether the plugin is active.
	 */
	public function is_present(): bool {
		return class_exists( 'MW_WP_Form_Data' ) && class_exists( 'MW_WP_Form_Setting' );
	}

	/**
	 * Its forms.
	 */
	public function forms(): array {
		$forms = array();
		$posts = get_posts(
			array(
				'post_type'      => self::POST_TYPE,
				'post_status'    => 'publish',
				'posts_per_page' => -1,
				'orderby'        => 'ID',
				'order'          => 'ASC',
			)
		);
		foreach ( $this->is_present() ? $posts : array() as $post ) {
			$forms[ (string) $post->ID ] = $post->post_title;
		}
		return $forms;
	}

	/**
	 * A form's fields.
	 *
	 * @param string $form The form's id.
	 */
	public function fields( string $form ): array {
		$post = get_post( (int) $form );
		if ( ! $post || self::POST_TYPE !== $post->post_type ) {
			return array();
		}
		preg_match_all( '/\[mwform_([a-z]+)\s+([^\]]*)\]/u', $post->post_content, $tags, PREG_SET_ORDER | PREG_OFFSET_CAPTURE );
		$required = $this->required( (int) $form );
		$fields   = array();
		foreach ( $tags as $tag ) {
			$type = self::TYPES[ $tag[1][0] ] ?? '';
			$atts = shortcode_parse_atts( $tag[2][0] );
			$name = is_array( $atts ) && isset( $atts['name'] ) ? (string) $atts['name'] : '';
			if ( '' === $type || '' === $name ) {
				continue;
			}
			$fields[ $name ] = array(
				'name'     => $name,
				'type'     => $type,
				'label'    => Leadseal_Bridges::label_before( substr( $post->post_content, 0, $tag[0][1] ) ),
				'required' => in_array( $name, $required, true ),
				'options'  => in_array( $type, array( 'select', 'radio', 'checkboxes' ), true ) ? self::options( (string) ( $atts['children'] ?? '' ) ) : array(),
			);
		}
		return $fields;
	}

	/**
	 * What would keep submissions.
	 *
	 * @param string $form The form's id.
	 */
	public function keepers( string $form ): array {
		$keepers = array( __( 'MW WP Form keeps what is being filled in for 24 minutes in the options table.', 'leadseal' ) );
		$setting = get_post_meta( (int) $form, self::POST_TYPE, true );
		if ( is_array( $setting ) && ! empty( $setting['usedb'] ) ) {
			$keepers[] = __( 'MW WP Form keeps each message of this form in the posts table (“save inquiry data in database” is on).', 'leadseal' );
		}
		return $keepers;
	}

	/**
	 * Hooks into the plugin, form by form, as its own hooks are.
	 */
	public function boot(): void {
		$forms = Leadseal_Bridges::forms_on( $this->id() );
		if ( array() === $forms ) {
			return;
		}
		add_action( 'template_redirect', array( $this, 'prepare' ), 9999 );
		add_filter( 'mwform_is_mail_sended', array( $this, 'is_mail_sent' ), PHP_INT_MAX );
		foreach ( $forms as $form ) {
			$key = self::key( $form );
			add_filter( "mwform_validation_{$key}", array( $this, 'refuse_files' ), PHP_INT_MAX, 1 );
			add_filter( "mwform_admin_mail_raw_{$key}", array( $this, 'hand_over' ), PHP_INT_MIN, 1 );
			add_filter( "mwform_admin_mail_{$key}", array( $this, 'admin_mail' ), PHP_INT_MAX, 1 );
			add_filter( "mwform_auto_mail_{$key}", array( $this, 'auto_mail' ), PHP_INT_MAX, 1 );
			add_action( "mwform_after_send_{$key}", array( $this, 'mail_is_over' ), PHP_INT_MIN, 1 );
			add_filter( "mwform_post_content_{$key}", array( $this, 'complain' ), PHP_INT_MAX, 2 );
			add_action( "mwform_enqueue_scripts_{$key}", array( 'Leadseal_Bridges', 'enqueue' ), 10, 0 );
		}
	}

	/**
	 * Before the plugin looks at the request: seals its sessions, takes files and our own inputs out.
	 */
	public function prepare(): void {
		// Only here, on pages for visitors: nothing that edits or saves a form reads a changed setting. On
		// every such page, since the plugin compares a digest of the setting between page and post.
		add_filter( 'get_post_metadata', array( $this, 'usedb_off' ), PHP_INT_MAX, 3 );
		$posted = self::posted_form();
		foreach ( Leadseal_Bridges::forms_on( $this->id() ) as $form ) {
			Leadseal_Mwwpform_Session::seal( self::key( $form ), $posted === $form );
		}
		if ( '' === $posted || ! Leadseal_Bridges::is_on( $this->id(), $posted ) ) {
			return;
		}
		Leadseal_Visit::take();
		// phpcs:ignore WordPress.Security.NonceVerification, WordPress.Security.ValidatedSanitizedInput -- only whether there is a file is looked at
		foreach ( $_FILES as $name => $file ) {
			if ( ! empty( $file['name'] ) ) {
				$this->files[] = (string) $name;
			}
			// Else it would be moved into the uploads folder on the way to the confirm page.
			unset( $_FILES[ $name ] );
		}
	}

	/**
	 * Tells the visitor that files can't be sent.
	 *
	 * @param MW_WP_Form_Validation $validation Of the form.
	 */
	public function refuse_files( $validation ) {
		foreach ( $this->files as $name ) {
			self::data( self::posted_form() )->set_validation_error( $name, self::WHOLE_FORM, Leadseal_Bridge_Words::say( 'file', self::lang() ) );
		}
		return $validation;
	}

	/**
	 * Hands a valid submission over, before any mail is written and before anything is saved.
	 *
	 * @param MW_WP_Form_Mail $mail The admin's mail, as a template.
	 */
	public function hand_over( $mail ) {
		$form = self::posted_form();
		if ( null !== $this->accepted || '' === $form || current_filter() !== 'mwform_admin_mail_raw_' . self::key( $form ) ) {
			return $mail;
		}
		$data    = self::data( $form );
		$outcome = Leadseal_Forwarder::send( $this, $form, $this->values( $form, $data ), self::lang(), (string) get_permalink() );
		if ( ! $outcome->is_accepted() ) {
			$this->send_back( $form, $data, $outcome );
		}
		$this->accepted = Leadseal_Bridges::settings( $this->id(), $form );
		if ( ! $this->accepted['mail'] || 'tokens' === $this->accepted['storage'] ) {
			$this->hide( $form, $data, $outcome );
		}
		return $mail;
	}

	/**
	 * The mail to the owner: without a recipient it is not sent.
	 *
	 * @param MW_WP_Form_Mail $mail Ready to send.
	 */
	public function admin_mail( $mail ) {
		return null !== $this->accepted && ! $this->accepted['mail'] ? self::to_nobody( $mail ) : $mail;
	}

	/**
	 * The automatic reply; a token is nobody's address.
	 *
	 * @param MW_WP_Form_Mail $mail Ready to send.
	 */
	public function auto_mail( $mail ) {
		$none = null !== $this->accepted && ( ! $this->accepted['mail'] || 'tokens' === $this->accepted['storage'] );
		return $none ? self::to_nobody( $mail ) : $mail;
	}

	/**
	 * A mail that was left out on purpose is no failure.
	 *
	 * @param bool $sent What the plugin says.
	 */
	public function is_mail_sent( $sent ) {
		return null !== $this->accepted && ! $this->accepted['mail'] ? true : $sent;
	}

	/**
	 * Takes the values out once the plugin's own mail is on its way: out of what others are handed
	 * here, and out of what is carried to the next page.
	 *
	 * @param MW_WP_Form_Data $copy What others are handed.
	 */
	public function mail_is_over( $copy ): void {
		if ( null !== $this->accepted && $this->accepted['mail'] && 'off' === $this->accepted['storage'] ) {
			$form = self::posted_form();
			$this->hide( $form, $copy, null );
			$this->hide( $form, self::data( $form ), null );
		}
	}

	/**
	 * Shows above the form what is wrong with the whole of it.
	 *
	 * @param string               $content The form's template.
	 * @param MW_WP_Form_Data|null $data    Its data.
	 */
	public function complain( $content, $data = null ) {
		$words = is_object( $data ) && method_exists( $data, 'get_validation_error' ) ? $data->get_validation_error( self::WHOLE_FORM ) : array();
		foreach ( is_array( $words ) ? $words : array() as $sentence ) {
			$content = '<p class="leadseal-bridge-error" role="alert">' . esc_html( (string) $sentence ) . '</p>' . $content;
		}
		return $content;
	}

	/**
	 * To visitors a form whose storage is off reads as one that saves nothing.
	 *
	 * @param mixed  $value     What another filter gives.
	 * @param int    $object_id The post.
	 * @param string $meta_key  Of the meta.
	 */
	public function usedb_off( $value, $object_id, $meta_key ) {
		static $reading = false;
		if ( $reading || self::POST_TYPE !== $meta_key ) {
			return $value;
		}
		$form = (string) $object_id;
		if ( ! Leadseal_Bridges::is_on( $this->id(), $form ) || 'off' !== Leadseal_Bridges::settings( $this->id(), $form )['storage'] ) {
			return $value;
		}
		$reading = true;
		$setting = get_post_meta( (int) $object_id, self::POST_TYPE, true );
		$reading = false;
		if ( ! is_array( $setting ) ) {
			return $value;
		}
		$setting['usedb'] = false;
		// WordPress takes the first of a list for the one value.
		return array( $setting );
	}

	/**
	 * What was typed, by field.
	 *
	 * @param string          $form The form's id.
	 * @param MW_WP_Form_Data $data Its data.
	 */
	private function values( string $form, $data ): array {
		$values = array();
		foreach ( $this->fields( $form ) as $name => $field ) {
			$value = $data->get_post_value_by_key( $name );
			if ( is_array( $value ) && array_key_exists( 'data', $value ) ) {
				// A list from the input page, a text joined by its separator from the confirm page.
				$separator = isset( $value['separator'] ) && is_string( $value['separator'] ) ? $value['separator'] : ',';
				$value     = is_array( $value['data'] ) ? array_values( $value['data'] ) : explode( $separator, (string) $value['data'] );
			}
			if ( null !== $value ) {
				$values[ $name ] = $value;
			}
		}
		return $values;
	}

	/**
	 * Puts tokens or nothing in the values' place.
	 *
	 * @param string                $form    The form's id.
	 * @param MW_WP_Form_Data       $data    Its data.
	 * @param Leadseal_Outcome|null $outcome Its outcome; null leaves nothing.
	 */
	private function hide( string $form, $data, ?Leadseal_Outcome $outcome ): void {
		$fields = $this->fields( $form );
		$tokens = null !== $outcome && 'tokens' === $this->accepted['storage'];
		foreach ( array_keys( (array) $data->gets() ) as $name ) {
			$value = $data->get_post_value_by_key( $name );
			if ( self::is_own_input( (string) $name ) ) {
				continue;
			}
			$none = null === $value || '' === $value || array() === $value;
			$data->set( $name, $tokens && ! $none && isset( $fields[ $name ] ) ? $outcome->stand_in( $fields[ $name ]['type'] ) : '' );
		}
		// The lists of what a value may be; a token is none of them and would read as empty.
		$data->clear_value( '__children' );
		foreach ( array_keys( $fields ) as $name ) {
			unset( $_POST[ $name ], $_REQUEST[ $name ] );
		}
	}

	/**
	 * Sends the visitor back to the form, with what was typed (sealed in the session) and what is wrong.
	 *
	 * @param string           $form    The form's id.
	 * @param MW_WP_Form_Data  $data    Its data.
	 * @param Leadseal_Outcome $outcome Its outcome.
	 */
	private function send_back( string $form, $data, Leadseal_Outcome $outcome ): void {
		$data->set_validation_error( self::WHOLE_FORM, self::WHOLE_FORM, $outcome->message );
		foreach ( $outcome->fields as $name => $sentence ) {
			$data->set_validation_error( $name, self::WHOLE_FORM, $sentence );
		}
		$data->set_view_flg( 'input' );
		$redirected = new MW_WP_Form_Redirected( self::key( $form ), new MW_WP_Form_Setting( (int) $form ), false, 'complete' );
		$redirected->redirect();
		// It ends the request unless somebody changed where it leads.
		wp_safe_redirect( (string) get_permalink() );
		exit;
	}

	/**
	 * Fields that the form demands, after its validation rules.
	 *
	 * @param int $form The form's id.
	 * @return string[]
	 */
	private function required( int $form ): array {
		$setting  = get_post_meta( $form, self::POST_TYPE, true );
		$required = array();
		foreach ( is_array( $setting ) && isset( $setting['validation'] ) ? (array) $setting['validation'] : array() as $rules ) {
			if ( is_array( $rules ) && isset( $rules['target'] ) && ( ! empty( $rules['noempty'] ) || ! empty( $rules['required'] ) ) ) {
				$required[] = (string) $rules['target'];
			}
		}
		return $required;
	}

	/**
	 * The options of a shortcode's `children`: `a,b` or `value:label,…`; a post has the value.
	 *
	 * @param string $children As written.
	 * @return string[]
	 */
	private static function options( string $children ): array {
		$options = array();
		foreach ( explode( ',', $children ) as $child ) {
			$parts     = explode( ':', trim( $child ), 2 );
			$options[] = $parts[0];
		}
		return array_values( array_filter( $options, 'strlen' ) );
	}

	/**
	 * A mail without recipients.
	 *
	 * @param MW_WP_Form_Mail $mail Any.
	 */
	private static function to_nobody( $mail ) {
		$mail->to  = '';
		$mail->cc  = '';
		$mail->bcc = '';
		return $mail;
	}

	/**
	 * Whether an input is the plugin's own and holds nothing of the visitor.
	 *
	 * @param string $name Of the input.
	 */
	private static function is_own_input( string $name ): bool {
		return (bool) preg_match( '/\A(mw-wp-form-|mw_wp_form_|mwf_|submit(Confirm|Back)\z|_)/', $name );
	}

	/**
	 * The form that was posted; '' if none.
	 */
	private static function posted_form(): string {
		// phpcs:ignore WordPress.Security.NonceVerification, WordPress.Security.ValidatedSanitizedInput -- digits only, below
		$form = isset( $_POST['mw-wp-form-form-id'] ) ? $_POST['mw-wp-form-form-id'] : '';
		return is_string( $form ) && ctype_digit( $form ) ? (string) (int) $form : '';
	}

	/**
	 * The plugin's key of a form.
	 *
	 * @param string $form The form's id.
	 */
	private static function key( string $form ): string {
		return self::POST_TYPE . '-' . $form;
	}

	/**
	 * The plugin's live data of a form.
	 *
	 * @param string $form The form's id.
	 * @return MW_WP_Form_Data
	 */
	private static function data( string $form ) {
		return MW_WP_Form_Data::connect( self::key( $form ) );
	}

	/**
	 * The visitor's language: that of the page, since the plugin has none of its own.
	 */
	private static function lang(): string {
		return Leadseal_Bridge_Words::lang( determine_locale() );
	}
}
