<?php
/**
 * The bridge to Contact Form 7, with Flamingo and Contact Form CFDB7 beside it or not.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Contact Form 7 asks `wpcf7_before_send_mail` once a submission is valid and no spam; here it is
 * handed over, before anybody else is asked. After that nobody sees the values: in their place are
 * tokens (storage `tokens`) or nothing (`off`). Only while the plugin writes its own mail, if the
 * owner left that on, are they back.
 *
 * The order, checked against its source in the 5 series and in the 6 series (includes/submission.php,
 * `proceed()` and `mail()`; includes/rest-api.php; includes/mail.php; modules/flamingo.php):
 *
 *     wpcf7_posted_data( array )                                        filter
 *     wpcf7_validate( WPCF7_Validation, tags ), wpcf7_acceptance, wpcf7_spam
 *     wpcf7_before_send_mail( WPCF7_ContactForm, bool &$abort, WPCF7_Submission )   action by reference
 *     wpcf7_skip_mail( bool, WPCF7_ContactForm )                        filter
 *     wpcf7_mail_sent( WPCF7_ContactForm ) or wpcf7_mail_failed( … )    action
 *     wpcf7_submit( WPCF7_ContactForm, array $result )                  action; Flamingo at 10:
 *         wpcf7_flamingo_submit_if( string[] statuses )                 filter
 *         wpcf7_special_mail_tags( ?string, string name, bool html, WPCF7_MailTag )   filter
 *         wpcf7_flamingo_inbound_message_parameters( array )            filter, in the newer one
 *
 * Contact Form CFDB7 1.1.6 and 1.2.4.11 write at `wpcf7_before_send_mail` 10, whatever `$abort` says and
 * whatever `do_not_store` says.
 */
final class Leadseal_Bridge_Cf7 implements Leadseal_Bridge {

	/** What Flamingo's meta would tell about the visitor. */
	const OF_VISITOR = array( '_remote_ip', '_user_agent', '_url', '_user_login', '_user_email', '_user_url', '_user_first_name', '_user_last_name', '_user_nickname', '_user_display_name' );

	/** Field types of a form-tag's base type. */
	const TYPES = array(
		'text'       => 'text',
		'email'      => 'email',
		'tel'        => 'tel',
		'url'        => 'url',
		'number'     => 'number',
		'range'      => 'number',
		'date'       => 'date',
		'textarea'   => 'textarea',
		'select'     => 'select',
		'radio'      => 'radio',
		'checkbox'   => 'checkboxes',
		'acceptance' => 'consent',
		'hidden'     => 'text',
		'file'       => 'file',
	);

	/**
	 * The submission of this request, once it has been handed over.
	 *
	 * @var Leadseal_Cf7_Submission|null
	 */
	private $submission = null;

	/**
	 * The submission of this request, if it ended before that.
	 *
	 * @var Leadseal_Cf7_Submission|null
	 */
	private $refused = null;

	/**
	 * Settings of the one that was handed over.
	 *
	 * @var array
	 */
	private $settings = array();

	/**
	 * Whether the plugin is writing its own mail, with the values.
	 *
	 * @var bool
	 */
	private $mailing = false;

	/**
	 * The bridge's id.
	 */
	public function id(): string {
		return 'cf7';
	}

	/**
	 * The plugin's name.
	 */
	public function name(): string {
		return 'Contact Form 7';
	}

	/**
	 * What a lead says it came from.
	 */
	public function source(): string {
		return 'contact-form-7';
	}

	/**
	 * Whether the plugin is active.
	 */
	public function is_present(): bool {
		return class_exists( 'WPCF7_ContactForm' ) && class_exists( 'WPCF7_Submission' );
	}

	/**
	 * Its forms.
	 */
	public function forms(): array {
		$forms = array();
		foreach ( $this->is_present() ? WPCF7_ContactForm::find( array( 'posts_per_page' => -1 ) ) : array() as $form ) {
			$forms[ (string) $form->id() ] = (string) $form->title();
		}
		return $forms;
	}

	/**
	 * A form's fields.
	 *
	 * @param string $form The form's id.
	 */
	public function fields( string $form ): array {
		$contact_form = $this->is_present() ? WPCF7_ContactForm::get_instance( (int) $form ) : null;
		if ( ! $contact_form ) {
			return array();
		}
		$template = (string) $contact_form->prop( 'form' );
		$fields   = array();
		foreach ( $contact_form->scan_form_tags() as $tag ) {
			$type = self::TYPES[ $tag->basetype ] ?? '';
			if ( '' === $type || '' === (string) $tag->name ) {
				continue;
			}
			$is_list               = in_array( $type, array( 'select', 'radio', 'checkboxes' ), true );
			$fields[ $tag->name ] = array(
				'name'     => (string) $tag->name,
				'type'     => $type,
				'label'    => self::label( $template, $tag ),
				'required' => method_exists( $tag, 'is_required' ) && $tag->is_required() || 'consent' === $type && ! $tag->has_option( 'optional' ),
				'options'  => $is_list ? array_values( array_map( 'strval', (array) $tag->values ) ) : array(),
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
		$keepers = array();
		if ( class_exists( 'Flamingo_Inbound_Message' ) ) {
			$keepers[] = __( 'Flamingo keeps each message in the posts table, and the sender in its address book.', 'leadseal' );
		}
		if ( function_exists( 'cfdb7_before_send_mail' ) ) {
			$keepers[] = __( 'Contact Form CFDB7 keeps each message in a table of its own.', 'leadseal' );
		}
		return $keepers;
	}

	/**
	 * Hooks into the plugin. Our number comes first or last of all, so that no other plugin sees a
	 * value before it is handed over, or changes our mind after.
	 */
	public function boot(): void {
		add_action( 'wpcf7_before_send_mail', array( $this, 'before_send_mail' ), PHP_INT_MIN, 3 );
		add_filter( 'wpcf7_skip_mail', array( $this, 'skip_mail' ), PHP_INT_MAX, 2 );
		add_action( 'wpcf7_mail_sent', array( $this, 'mail_is_over' ), PHP_INT_MIN, 0 );
		add_action( 'wpcf7_mail_failed', array( $this, 'mail_is_over' ), PHP_INT_MIN, 0 );
		add_action( 'wpcf7_submit', array( $this, 'conceal' ), PHP_INT_MIN, 1 );
		add_action( 'wpcf7_submit', array( $this, 'refill' ), PHP_INT_MAX, 0 );
		add_filter( 'wpcf7_flamingo_submit_if', array( $this, 'flamingo_submit_if' ), PHP_INT_MAX );
		add_filter( 'wpcf7_flamingo_inbound_message_parameters', array( $this, 'flamingo_parameters' ), PHP_INT_MAX );
		add_filter( 'wpcf7_special_mail_tags', array( $this, 'special_mail_tags' ), PHP_INT_MAX, 2 );
		add_filter( 'pre_wp_mail', array( $this, 'mail_to_nobody' ), PHP_INT_MAX, 2 );
		add_action( 'wpcf7_enqueue_scripts', array( $this, 'enqueue' ), 10, 0 );
	}

	/**
	 * Hands a valid submission over, before anybody else is asked.
	 *
	 * @param WPCF7_ContactForm     $contact_form The form.
	 * @param bool                  $abort        Set to end the submission.
	 * @param WPCF7_Submission|null $submission   What was posted.
	 */
	public function before_send_mail( $contact_form, &$abort, $submission = null ): void {
		$form       = (string) $contact_form->id();
		$submission = $submission ?? WPCF7_Submission::get_instance();
		if ( ! $submission || ! Leadseal_Bridges::is_on( $this->id(), $form ) ) {
			return;
		}
		$ours = new Leadseal_Cf7_Submission( $submission );
		$lang = Leadseal_Bridge_Words::lang( (string) ( method_exists( $contact_form, 'locale' ) ? $contact_form->locale() : determine_locale() ) );

		$files = $ours->files();
		if ( array() !== $files ) {
			$words   = Leadseal_Bridge_Words::say( 'file', $lang );
			$outcome = Leadseal_Outcome::refused( $words, array_fill_keys( $files, $words ) );
		} else {
			$outcome = Leadseal_Forwarder::send( $this, $form, $this->values( $contact_form, $ours->posted() ), $lang, $ours->container() );
		}
		if ( ! $outcome->is_accepted() ) {
			$abort         = true;
			$this->refused = $ours;
			$ours->refuse( $outcome->message, $outcome->fields );
			// Nobody else needs to hear of what was not sent; some would store it all the same.
			remove_all_actions( 'wpcf7_before_send_mail' );
			return;
		}
		$this->settings   = Leadseal_Bridges::settings( $this->id(), $form );
		$this->submission = $ours;
		if ( ! $ours->is_understood() ) {
			$abort = true;
			$this->end( $contact_form, $submission );
			return;
		}
		$ours->hide( $this->stand_ins( $form, $ours->posted(), $outcome ) );
		if ( 'off' === $this->settings['storage'] ) {
			$this->send_away_cfdb7();
		}
	}

	/**
	 * Whether the plugin's own mail is left out; if not, lets it see the values.
	 *
	 * @param bool              $skip         What others say.
	 * @param WPCF7_ContactForm $contact_form The form.
	 */
	public function skip_mail( $skip, $contact_form ) {
		if ( null === $this->submission ) {
			return $skip;
		}
		if ( ! $this->settings['mail'] ) {
			return true;
		}
		if ( ! $skip && 'off' === $this->settings['storage'] ) {
			$this->mailing = true;
			$this->submission->show();
		}
		return $skip;
	}

	/**
	 * Hides the values again.
	 */
	public function mail_is_over(): void {
		if ( null !== $this->submission ) {
			$this->mailing = false;
			$this->submission->forget();
		}
	}

	/**
	 * The plugin tells everyone of a submission that ended before it was handed over, too: spam, or not
	 * valid. Nobody sees what was typed.
	 *
	 * @param WPCF7_ContactForm $contact_form The form.
	 */
	public function conceal( $contact_form ): void {
		$submission = WPCF7_Submission::get_instance();
		if ( null !== $this->submission || ! $submission || ! Leadseal_Bridges::is_on( $this->id(), (string) $contact_form->id() ) ) {
			return;
		}
		$this->refused = $this->refused ?? new Leadseal_Cf7_Submission( $submission );
		if ( $this->refused->is_understood() ) {
			$this->refused->conceal();
		} else {
			remove_all_actions( 'wpcf7_submit' );
		}
	}

	/**
	 * Everyone has been told.
	 */
	public function refill(): void {
		if ( null !== $this->refused ) {
			$this->refused->refill();
		}
	}

	/**
	 * Flamingo keeps tokens or nothing. What never got as far as being handed over (spam) is not kept.
	 *
	 * @param string[] $statuses Of submissions that are kept.
	 */
	public function flamingo_submit_if( $statuses ) {
		$contact_form = $this->is_present() ? WPCF7_ContactForm::get_current() : null;
		if ( ! $contact_form || ! Leadseal_Bridges::is_on( $this->id(), (string) $contact_form->id() ) ) {
			return $statuses;
		}
		$has_tokens = null !== $this->submission && 'tokens' === $this->settings['storage'] && $this->submission->is_understood();
		return $has_tokens ? array_values( array_intersect( (array) $statuses, array( 'mail_sent', 'mail_failed' ) ) ) : array();
	}

	/**
	 * Takes from what Flamingo keeps whatever is not a token.
	 *
	 * @param array $parameters Of the message.
	 */
	public function flamingo_parameters( $parameters ) {
		if ( null !== $this->submission && is_array( $parameters ) ) {
			$parameters['akismet']   = null;
			$parameters['recaptcha'] = null;
		}
		return $parameters;
	}

	/**
	 * Mail tags that tell who the visitor is stay empty where they would be kept.
	 *
	 * @param string|null $output What the tag stands for.
	 * @param string      $name   Of the tag.
	 */
	public function special_mail_tags( $output, $name ) {
		return null !== $this->submission && ! $this->mailing && in_array( $name, self::OF_VISITOR, true ) ? '' : $output;
	}

	/**
	 * A token is nobody's address: an automatic reply that would go there is left out.
	 *
	 * @param bool|null $sent Null to let WordPress send.
	 * @param array     $mail `to` and so on.
	 */
	public function mail_to_nobody( $sent, $mail ) {
		if ( null === $this->submission || ! isset( $mail['to'] ) ) {
			return $sent;
		}
		$to = is_array( $mail['to'] ) ? $mail['to'] : explode( ',', (string) $mail['to'] );
		$to = preg_grep( '/@leadseal\.invalid>?\s*\z/', $to, PREG_GREP_INVERT );
		return array() === $to ? true : $sent;
	}

	/**
	 * Puts the small script beside the plugin's own.
	 */
	public function enqueue(): void {
		if ( array() !== Leadseal_Bridges::forms_on( $this->id() ) ) {
			Leadseal_Bridges::enqueue();
		}
	}

	/**
	 * What the visitor chose and typed. A list with pipes ("what is read|what is posted on") posts on
	 * something that the visitor never saw, such as the address of a department; Leadseal gets what was read.
	 *
	 * @param WPCF7_ContactForm $contact_form The form.
	 * @param array             $posted       What was posted on.
	 */
	private function values( $contact_form, array $posted ): array {
		foreach ( $contact_form->scan_form_tags() as $tag ) {
			$has_pipes = isset( $tag->pipes ) && is_object( $tag->pipes ) && method_exists( $tag->pipes, 'zero' ) && ! $tag->pipes->zero();
			$is_list   = in_array( self::TYPES[ $tag->basetype ] ?? '', array( 'select', 'radio', 'checkboxes' ), true );
			if ( $has_pipes && $is_list && isset( $posted[ $tag->name ], $_POST[ $tag->name ] ) ) { // phpcs:ignore WordPress.Security.NonceVerification -- public forms carry none
				$read = wp_unslash( $_POST[ $tag->name ] ); // phpcs:ignore WordPress.Security.NonceVerification, WordPress.Security.ValidatedSanitizedInput -- Leadseal validates it as it does every answer

				$posted[ $tag->name ] = map_deep( $read, 'wp_check_invalid_utf8' );
			}
		}
		return $posted;
	}

	/**
	 * What everyone else sees of a submission.
	 *
	 * @param string           $form    The form's id.
	 * @param array            $posted  What was posted.
	 * @param Leadseal_Outcome $outcome Its outcome.
	 */
	private function stand_ins( string $form, array $posted, Leadseal_Outcome $outcome ): array {
		$fields = $this->fields( $form );
		$shown  = array();
		foreach ( $posted as $name => $value ) {
			$type = $fields[ $name ]['type'] ?? 'text';
			$none = is_array( $value ) ? array() === array_filter( $value ) : '' === trim( (string) $value );
			if ( 'consent' === $type ) {
				$shown[ $name ] = $none ? '' : '1';
			} elseif ( $none || 'off' === $this->settings['storage'] ) {
				$shown[ $name ] = is_array( $value ) ? array() : '';
			} else {
				$shown[ $name ] = is_array( $value ) ? array( $outcome->stand_in( $type ) ) : $outcome->stand_in( $type );
			}
		}
		return $shown;
	}

	/**
	 * Keeps CFDB7 from writing an empty row for this submission.
	 */
	private function send_away_cfdb7(): void {
		$priority = has_action( 'wpcf7_before_send_mail', 'cfdb7_before_send_mail' );
		if ( false !== $priority ) {
			remove_action( 'wpcf7_before_send_mail', 'cfdb7_before_send_mail', $priority );
		}
	}

	/**
	 * A version whose values can't be put out of sight: the lead is accepted, and the plugin's own flow
	 * ends here with its own thanks. No mail is sent and nobody else is asked.
	 *
	 * @param WPCF7_ContactForm $contact_form The form.
	 * @param WPCF7_Submission  $submission   What was posted.
	 */
	private function end( $contact_form, $submission ): void {
		remove_all_actions( 'wpcf7_before_send_mail' );
		remove_all_actions( 'wpcf7_submit' );
		$submission->set_status( 'mail_sent' );
		$submission->set_response( (string) $contact_form->message( 'mail_sent_ok' ) );
	}

	/**
	 * What a visitor reads at a field: the words before its tag, on its line or in its label.
	 *
	 * @param string        $template The form's template.
	 * @param WPCF7_FormTag $tag      The field.
	 */
	private static function label( string $template, $tag ): string {
		$pattern = '/\[' . preg_quote( (string) $tag->type, '/' ) . '\s+' . preg_quote( (string) $tag->name, '/' ) . '[\s\]\/]/u';
		if ( ! preg_match( $pattern, $template, $found, PREG_OFFSET_CAPTURE ) ) {
			return '';
		}
		if ( 'acceptance' === $tag->basetype && '' !== trim( (string) $tag->content ) ) {
			return trim( wp_strip_all_tags( (string) $tag->content ) );
		}
		return Leadseal_Bridges::label_before( substr( $template, 0, $found[0][1] ) );
	}
}
