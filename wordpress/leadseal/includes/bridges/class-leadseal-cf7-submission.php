<?php
/**
 * A submission of Contact Form 7, and how its values are put out of sight.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Contact Form 7 hands its one `WPCF7_Submission` to whoever asks, and offers no way to change what
 * was posted after it has been validated. So its own properties are set: `posted_data`,
 * `posted_data_hash`, `meta` and `invalid_fields` (includes/submission.php; private, and of these names
 * in the 5 and the 6 series). Where a version has others, `is_understood()` says so and the
 * bridge goes a way without them.
 */
final class Leadseal_Cf7_Submission {

	const OURS = array( 'posted_data', 'posted_data_hash', 'meta', 'invalid_fields' );

	/**
	 * The plugin's object.
	 *
	 * @var WPCF7_Submission
	 */
	private $submission;

	/**
	 * What was posted, by property, while something else stands in its place.
	 *
	 * @var array<string,mixed>|null
	 */
	private $kept = null;

	/**
	 * The request's own inputs, likewise.
	 *
	 * @var array
	 */
	private $inputs = array();

	/**
	 * What is shown to everyone else, by property.
	 *
	 * @var array<string,mixed>
	 */
	private $shown = array();

	/**
	 * Wraps a submission.
	 *
	 * @param WPCF7_Submission $submission The plugin's object.
	 */
	public function __construct( $submission ) {
		$this->submission = $submission;
	}

	/**
	 * Whether this version keeps its values where they are expected.
	 */
	public function is_understood(): bool {
		foreach ( self::OURS as $property ) {
			if ( ! property_exists( $this->submission, $property ) ) {
				return false;
			}
		}
		return true;
	}

	/**
	 * What was posted.
	 */
	public function posted(): array {
		return (array) $this->submission->get_posted_data();
	}

	/**
	 * Whether a file came along.
	 *
	 * @return string[] The fields that have one.
	 */
	public function files(): array {
		return array_map( 'strval', array_keys( array_filter( (array) $this->submission->uploaded_files() ) ) );
	}

	/**
	 * The page that holds the form; '' if unknown.
	 */
	public function container(): string {
		$post = (int) $this->submission->get_meta( 'container_post_id' );
		return $post > 0 ? (string) get_permalink( $post ) : '';
	}

	/**
	 * Shows others something else than what was posted, and nothing of the visitor.
	 *
	 * @param array $shown Values by field.
	 */
	public function hide( array $shown ): void {
		$this->kept  = array(
			'posted_data' => $this->get( 'posted_data' ),
			'meta'        => $this->get( 'meta' ),
		);
		$this->shown = array(
			'posted_data' => $shown,
			'meta'        => $this->meta_without_visitor(),
		);
		// Made from what was posted and from the visitor's address; some keep it with a message.
		$this->put( 'posted_data_hash', wp_hash( wp_generate_uuid4(), 'nonce' ) );
		$this->drop_akismet();
		$this->put_all( $this->shown );
		$this->hide_inputs( $shown );
	}

	/**
	 * Shows what was posted, for the plugin's own mail.
	 */
	public function show(): void {
		if ( null !== $this->kept ) {
			$this->put_all( $this->kept );
			self::put_inputs( $this->inputs );
		}
	}

	/**
	 * Hides it again, for good.
	 */
	public function forget(): void {
		if ( null !== $this->kept ) {
			$this->put_all( $this->shown );
			$this->hide_inputs( $this->shown['posted_data'] );
			$this->kept   = null;
			$this->inputs = array();
		}
	}

	/**
	 * Ends the submission with words for the visitor; nothing of it stays.
	 *
	 * @param string               $message For the visitor.
	 * @param array<string,string> $fields  For single fields.
	 */
	public function refuse( string $message, array $fields ): void {
		$invalid = array();
		foreach ( $fields as $name => $reason ) {
			$invalid[ $name ] = array(
				'reason' => $reason,
				'idref'  => $this->idref( (string) $name ),
			);
		}
		$this->submission->set_status( array() === $invalid ? 'aborted' : 'validation_failed' );
		$this->submission->set_response( $message );
		if ( $this->is_understood() ) {
			$this->put( 'invalid_fields', $invalid );
			$this->conceal();
		}
	}

	/**
	 * Leaves nothing of what was not handed over for others to see.
	 */
	public function conceal(): void {
		$this->put( 'posted_data', array() );
		$this->put( 'posted_data_hash', '' );
		$this->put( 'meta', $this->meta_without_visitor() );
		$this->drop_akismet();
		$this->hide_inputs( array() );
	}

	/**
	 * Gives the request its inputs back, from which the form is filled in again where the plugin's
	 * script does not do that.
	 */
	public function refill(): void {
		if ( ! WPCF7_Submission::is_restful() ) {
			self::put_inputs( $this->inputs );
		}
	}

	/**
	 * Where a complaint about a field points to.
	 *
	 * @param string $name Of the field.
	 */
	private function idref( string $name ): ?string {
		foreach ( (array) $this->submission->get_contact_form()->scan_form_tags( array( 'name' => $name ) ) as $tag ) {
			$id = is_object( $tag ) && method_exists( $tag, 'get_id_option' ) ? (string) $tag->get_id_option() : '';
			if ( '' !== $id ) {
				return $id;
			}
		}
		return null;
	}

	/**
	 * The submission's meta without what tells who the visitor is.
	 */
	private function meta_without_visitor(): array {
		$page = $this->container();
		return array_merge(
			(array) $this->get( 'meta' ),
			array(
				'remote_ip'       => '',
				'remote_port'     => '',
				'user_agent'      => '',
				'url'             => '' === $page ? home_url( '/' ) : $page,
				'current_user_id' => 0,
			)
		);
	}

	/**
	 * Drops what Akismet was asked: kept in a property in the 5 series, by `push()` in the 6 series.
	 */
	private function drop_akismet(): void {
		if ( isset( $this->submission->akismet ) ) {
			unset( $this->submission->akismet );
		}
		if ( method_exists( $this->submission, 'push' ) ) {
			$this->submission->push( 'akismet', null );
		}
	}

	/**
	 * Puts stand-ins into the request itself, where some read values too.
	 *
	 * @param array $shown Values by field.
	 */
	private function hide_inputs( array $shown ): void {
		$stand_ins = array();
		// phpcs:ignore WordPress.Security.NonceVerification, WordPress.Security.ValidatedSanitizedInput -- nothing is used: values are put away as they came
		foreach ( $_POST as $name => $value ) {
			if ( '_' !== substr( (string) $name, 0, 1 ) ) {
				$this->inputs      += array( $name => $value );
				$stand_ins[ $name ] = wp_slash( $shown[ $name ] ?? '' );
			}
		}
		self::put_inputs( $stand_ins );
	}

	/**
	 * Sets inputs of the request.
	 *
	 * @param array $inputs By name, slashed.
	 */
	private static function put_inputs( array $inputs ): void {
		foreach ( $inputs as $name => $value ) {
			$_POST[ $name ]    = $value; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- written, not read
			$_REQUEST[ $name ] = $value; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- written, not read
		}
	}

	/**
	 * Reads a property of the plugin's object.
	 *
	 * @param string $property Its name.
	 * @return mixed
	 */
	private function get( string $property ) {
		$get = Closure::bind(
			function () use ( $property ) {
				return $this->$property;
			},
			$this->submission,
			get_class( $this->submission )
		);
		return $get();
	}

	/**
	 * Sets a property of the plugin's object.
	 *
	 * @param string $property Its name.
	 * @param mixed  $value    What it becomes.
	 */
	private function put( string $property, $value ): void {
		$put = Closure::bind(
			function () use ( $property, $value ): void {
				$this->$property = $value;
			},
			$this->submission,
			get_class( $this->submission )
		);
		$put();
	}

	/**
	 * Sets several.
	 *
	 * @param array<string,mixed> $values By property.
	 */
	private function put_all( array $values ): void {
		foreach ( $values as $property => $value ) {
			$this->put( $property, $value );
		}
	}
}
