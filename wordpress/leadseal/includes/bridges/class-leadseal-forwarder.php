<?php
/**
 * Hands what was typed into another plugin's form to Leadseal.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * One signed call per submission. Accepts nothing but Leadseal's own "it is on disk"; whatever else
 * happens is a refusal with words for the visitor, and for the admin a note of what went wrong,
 * which names fields and never values.
 */
final class Leadseal_Forwarder {

	/** The last refusal that an admin should know of. */
	const TROUBLE = 'leadseal_bridge_trouble';

	/**
	 * Hands a submission over.
	 *
	 * @param Leadseal_Bridge $bridge    Whose form it is.
	 * @param string          $form      The plugin's form.
	 * @param array           $values    What was typed: a string or a list of strings by field name.
	 * @param string          $lang      The visitor's language.
	 * @param string          $container The page that holds the form; '' if unknown.
	 */
	public static function send( Leadseal_Bridge $bridge, string $form, array $values, string $lang, string $container = '' ): Leadseal_Outcome {
		try {
			return self::hand_over( $bridge, $form, $values, $lang, $container );
		} catch ( Throwable $error ) {
			// PHP would log it with its arguments, and what was typed is among them.
			self::note( $bridge, $form, 'leadseal_error' );
			return Leadseal_Outcome::refused( Leadseal_Bridge_Words::say( 'unreachable', $lang ) );
		}
	}

	/**
	 * What `send()` does.
	 *
	 * @param Leadseal_Bridge $bridge    Whose form it is.
	 * @param string          $form      The plugin's form.
	 * @param array           $values    What was typed.
	 * @param string          $lang      The visitor's language.
	 * @param string          $container The page that holds the form.
	 */
	private static function hand_over( Leadseal_Bridge $bridge, string $form, array $values, string $lang, string $container ): Leadseal_Outcome {
		$settings = Leadseal_Bridges::settings( $bridge->id(), $form );
		$asked    = Leadseal_Forms::get( $settings['form'] );
		if ( ! is_array( $asked ) ) {
			// The list may be older than the form; without it nothing can be mapped.
			Leadseal_Forms::refresh();
			$asked = Leadseal_Forms::get( $settings['form'] );
		}
		if ( ! is_array( $asked ) ) {
			self::note( $bridge, $form, 'leadseal_not_found' );
			return Leadseal_Outcome::refused( Leadseal_Bridge_Words::say( 'unreachable', $lang ) );
		}
		$lead   = self::lead( $bridge, $settings, $values, $asked, $lang, $container );
		$answer = Leadseal_Client::submit( $settings['form'], $lead, self::call_id( $bridge, $form, $lead ) );
		if ( is_wp_error( $answer ) ) {
			return self::refusal( $bridge, $form, $answer, $settings['map'], $lead['lang'] );
		}
		$token = isset( $answer['token'] ) && is_string( $answer['token'] ) ? $answer['token'] : '';
		if ( ! preg_match( '/\Als_[a-z0-9]{8,64}\z/', $token ) ) {
			self::note( $bridge, $form, 'leadseal_refused' );
			return Leadseal_Outcome::refused( Leadseal_Bridge_Words::say( 'unreachable', $lang ) );
		}
		if ( null !== self::trouble() ) {
			delete_option( self::TROUBLE );
		}
		return Leadseal_Outcome::accepted( $token );
	}

	/**
	 * Tries a mapping with made-up values; nothing is stored.
	 *
	 * @param Leadseal_Bridge $bridge Whose form it is.
	 * @param string          $form   The plugin's form.
	 * @param string          $lang   Of the answers.
	 * @return array|WP_Error What Leadseal said.
	 */
	public static function trial( Leadseal_Bridge $bridge, string $form, string $lang ) {
		$settings = Leadseal_Bridges::settings( $bridge->id(), $form );
		$asked    = Leadseal_Forms::get( $settings['form'] );
		if ( ! is_array( $asked ) ) {
			return new WP_Error( 'leadseal_not_found', __( 'Leadseal has no form of this id for this site. Choose another form.', 'leadseal' ) );
		}
		$values = Leadseal_Mapping::made_up( $settings['map'], $bridge->fields( $form ), $asked );
		$lead   = array(
			'lang'    => self::lang( $asked, $lang ),
			'answers' => (object) Leadseal_Mapping::answers( $settings['map'], $settings['fixed'], $values, $asked, $lang ),
			'source'  => $bridge->source(),
			'test'    => true,
		);
		return Leadseal_Client::submit( $settings['form'], $lead, wp_generate_password( 32, false ) );
	}

	/**
	 * The last trouble, for the admin; null when there was none.
	 *
	 * @return array{bridge:string,form:string,code:string,fields:string[],at:int}|null
	 */
	public static function trouble(): ?array {
		$trouble = get_option( self::TROUBLE );
		return is_array( $trouble ) && isset( $trouble['code'], $trouble['at'] ) ? $trouble : null;
	}

	/**
	 * The body of the call.
	 *
	 * @param Leadseal_Bridge $bridge    Whose form it is.
	 * @param array           $settings  Of the bridge for this form.
	 * @param array           $values    What was typed.
	 * @param array           $asked     The Leadseal form.
	 * @param string          $lang      The visitor's language.
	 * @param string          $container The page that holds the form.
	 */
	private static function lead( Leadseal_Bridge $bridge, array $settings, array $values, array $asked, string $lang, string $container ): array {
		$answers = Leadseal_Mapping::answers( $settings['map'], $settings['fixed'], $values, $asked, $lang );
		return array_merge(
			array(
				'lang'    => self::lang( $asked, $lang ),
				// An empty list would be [] in JSON, where an object belongs.
				'answers' => (object) $answers,
				'source'  => $bridge->source(),
				'test'    => false,
			),
			Leadseal_Visit::about( $container )
		);
	}

	/**
	 * The language of a lead: the visitor's if the form speaks it.
	 *
	 * @param array  $asked The Leadseal form.
	 * @param string $lang  The visitor's.
	 */
	private static function lang( array $asked, string $lang ): string {
		$known = array_values( array_filter( (array) ( $asked['languages'] ?? array() ), 'is_string' ) );
		return array() === $known || in_array( $lang, $known, true ) ? $lang : $known[0];
	}

	/**
	 * The call's id: equal for two presses of one button, different for anything else. Made under the
	 * site's own salt, so that it tells nothing about what was typed. The script gives each filling in
	 * of a form a number; without it, equal bodies within the same minute are taken for one press.
	 *
	 * @param Leadseal_Bridge $bridge Whose form it is.
	 * @param string          $form   The plugin's form.
	 * @param array           $lead   The body.
	 */
	private static function call_id( Leadseal_Bridge $bridge, string $form, array $lead ): string {
		$press = Leadseal_Visit::take()['press'];
		$press = '' === $press ? 'minute-' . intdiv( time(), MINUTE_IN_SECONDS ) : 'press-' . $press;
		$parts = array( $bridge->id(), $form, $press, wp_json_encode( $lead ) );
		return substr( hash_hmac( 'sha256', implode( "\n", $parts ), wp_salt( 'secure_auth' ) . 'leadseal_bridge' ), 0, 64 );
	}

	/**
	 * What a refusal means for the visitor.
	 *
	 * @param Leadseal_Bridge $bridge Whose form it is.
	 * @param string          $form   The plugin's form.
	 * @param WP_Error        $error  What went wrong.
	 * @param array           $map    The mapping.
	 * @param string          $lang   Of the lead.
	 */
	private static function refusal( Leadseal_Bridge $bridge, string $form, WP_Error $error, array $map, string $lang ): Leadseal_Outcome {
		$code = (string) $error->get_error_code();
		if ( 'leadseal_busy' === $code ) {
			return Leadseal_Outcome::refused( Leadseal_Bridge_Words::say( 'busy', $lang ) );
		}
		if ( 'leadseal_invalid' !== $code ) {
			self::note( $bridge, $form, $code );
			return Leadseal_Outcome::refused( Leadseal_Bridge_Words::say( 'unreachable', $lang ) );
		}
		$data   = $error->get_error_data();
		$fields = array();
		$lost   = array();
		foreach ( is_array( $data ) && isset( $data['errors'] ) ? (array) $data['errors'] : array() as $problem ) {
			$id      = (string) ( $problem['input'] ?? $problem['field'] ?? '' );
			$sources = Leadseal_Mapping::sources( $map, $id );
			if ( array() === $sources ) {
				$lost[] = $id;
			}
			foreach ( $sources as $name ) {
				$whole           = $id !== $map[ $name ] && preg_match( '/_(family|given)\z/', $id );
				$fields[ $name ] = $whole ? Leadseal_Bridge_Words::say( 'name_parts', $lang ) : (string) ( $problem['message'] ?? '' );
			}
		}
		if ( array() === $fields ) {
			// Nothing that the visitor could mend: the mapping lacks something.
			self::note( $bridge, $form, $code, $lost );
			return Leadseal_Outcome::refused( Leadseal_Bridge_Words::say( 'unreachable', $lang ) );
		}
		return Leadseal_Outcome::refused( Leadseal_Bridge_Words::say( 'invalid', $lang ), $fields );
	}

	/**
	 * Remembers for the admin what went wrong. A visitor's mistake is no trouble.
	 *
	 * @param Leadseal_Bridge $bridge Whose form it is.
	 * @param string          $form   The plugin's form.
	 * @param string          $code   What went wrong.
	 * @param string[]        $fields Leadseal fields that it is about.
	 */
	private static function note( Leadseal_Bridge $bridge, string $form, string $code, array $fields = array() ): void {
		$known = self::trouble();
		// One write a minute, however many visitors meet the same trouble.
		if ( null !== $known && $known['code'] === $code && $known['at'] > time() - MINUTE_IN_SECONDS ) {
			return;
		}
		$fields = preg_grep( '/\A[a-z][a-z0-9_]{0,63}\z/', $fields );
		update_option(
			self::TROUBLE,
			array(
				'bridge' => $bridge->id(),
				'form'   => $form,
				'code'   => $code,
				'fields' => array_slice( array_values( (array) $fields ), 0, 20 ),
				'at'     => time(),
			),
			false
		);
	}
}
