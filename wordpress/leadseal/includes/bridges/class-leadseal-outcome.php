<?php
/**
 * What came of handing a submission over.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Accepted, with the lead's token; or refused, with words for the visitor. Holds nothing that the
 * visitor typed.
 */
final class Leadseal_Outcome {

	/**
	 * The lead's token; '' when nothing was accepted.
	 *
	 * @var string
	 */
	public $token = '';

	/**
	 * A sentence for the visitor, plain text.
	 *
	 * @var string
	 */
	public $message = '';

	/**
	 * Sentences for single fields of the plugin's form, by name.
	 *
	 * @var array<string,string>
	 */
	public $fields = array();

	/**
	 * Leadseal has it on disk.
	 *
	 * @param string $token The lead's.
	 */
	public static function accepted( string $token ): self {
		$outcome        = new self();
		$outcome->token = $token;
		return $outcome;
	}

	/**
	 * It was not taken.
	 *
	 * @param string               $message For the visitor.
	 * @param array<string,string> $fields  For single fields.
	 */
	public static function refused( string $message, array $fields = array() ): self {
		$outcome          = new self();
		$outcome->message = $message;
		$outcome->fields  = $fields;
		return $outcome;
	}

	/**
	 * Whether the plugin may go on.
	 */
	public function is_accepted(): bool {
		return '' !== $this->token;
	}

	/**
	 * What stands in a value's place: the token; in an e-mail address's place an address that is none.
	 *
	 * @param string $type Of the plugin's field.
	 */
	public function stand_in( string $type ): string {
		return 'email' === $type ? $this->token . '@leadseal.invalid' : $this->token;
	}
}
