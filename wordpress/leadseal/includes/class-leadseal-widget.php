<?php
/**
 * The classic widget.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * A form in a sidebar or footer of a classic theme.
 */
final class Leadseal_Widget extends WP_Widget {

	/**
	 * Names the widget.
	 */
	public function __construct() {
		parent::__construct(
			'leadseal_form',
			__( 'Leadseal form', 'leadseal' ),
			array(
				'description'           => __( 'A form of your Leadseal.', 'leadseal' ),
				'show_instance_in_rest' => true,
			)
		);
	}

	/**
	 * Draws it.
	 *
	 * @param array $args     Of the sidebar.
	 * @param array $instance Of this widget.
	 */
	public function widget( $args, $instance ): void {
		$html = Leadseal_Fragment::render( $instance );
		if ( '' === $html ) {
			return;
		}
		$title = (string) apply_filters( 'widget_title', $instance['title'] ?? '', $instance, $this->id_base ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- WordPress's own.
		echo $args['before_widget']; // phpcs:ignore WordPress.Security.EscapeOutput -- drawn by the theme.
		if ( '' !== $title ) {
			echo $args['before_title'] . esc_html( $title ) . $args['after_title']; // phpcs:ignore WordPress.Security.EscapeOutput -- drawn by the theme.
		}
		echo $html; // phpcs:ignore WordPress.Security.EscapeOutput -- checked by Leadseal_Markup when it came.
		echo $args['after_widget']; // phpcs:ignore WordPress.Security.EscapeOutput -- drawn by the theme.
	}

	/**
	 * Its settings.
	 *
	 * @param array $instance Of this widget.
	 */
	public function form( $instance ): string {
		$place = Leadseal_Fragment::place( $instance );
		$forms = array();
		foreach ( Leadseal_Forms::offered() as $id => $form ) {
			$forms[ $id ] = Leadseal_Forms::title( $form );
		}
		if ( '' !== $place['form'] && ! isset( $forms[ $place['form'] ] ) ) {
			$forms[ $place['form'] ] = $place['form'];
		}
		printf(
			'<p><label for="%1$s">%2$s</label><input class="widefat" type="text" id="%1$s" name="%3$s" value="%4$s"></p>',
			esc_attr( $this->get_field_id( 'title' ) ),
			esc_html__( 'Title', 'leadseal' ),
			esc_attr( $this->get_field_name( 'title' ) ),
			esc_attr( $instance['title'] ?? '' )
		);
		$this->choice( 'form', __( 'Form', 'leadseal' ), array( '' => __( 'Choose a form', 'leadseal' ) ) + $forms, $place['form'] );
		$this->choice( 'lang', __( 'Language', 'leadseal' ), self::languages(), (string) ( $instance['lang'] ?? '' ) );
		$this->choice( 'layout', __( 'Layout', 'leadseal' ), self::layouts(), $place['layout'] );
		return '';
	}

	/**
	 * What may be kept.
	 *
	 * @param array $new_instance As sent.
	 * @param array $old_instance As kept.
	 */
	public function update( $new_instance, $old_instance ): array {
		$place = Leadseal_Fragment::place( $new_instance );
		$lang  = (string) ( $new_instance['lang'] ?? '' );
		return array(
			'title'  => sanitize_text_field( $new_instance['title'] ?? '' ),
			'form'   => $place['form'],
			'lang'   => in_array( $lang, array( 'ja', 'en' ), true ) ? $lang : '',
			'layout' => $place['layout'],
		);
	}

	/**
	 * The languages to choose from.
	 */
	public static function languages(): array {
		return array(
			''   => __( 'The site’s own', 'leadseal' ),
			'ja' => '日本語',
			'en' => 'English',
		);
	}

	/**
	 * The layouts to choose from.
	 */
	public static function layouts(): array {
		return array(
			''           => __( 'The form’s own', 'leadseal' ),
			'stacked'    => __( 'Stacked', 'leadseal' ),
			'two-column' => __( 'Two columns', 'leadseal' ),
			'compact'    => __( 'Compact', 'leadseal' ),
		);
	}

	/**
	 * A list to choose from.
	 *
	 * @param string $name    Of the setting.
	 * @param string $label   For people.
	 * @param array  $choices Value to words.
	 * @param string $chosen  Value.
	 */
	private function choice( string $name, string $label, array $choices, string $chosen ): void {
		printf(
			'<p><label for="%1$s">%2$s</label><select class="widefat" id="%1$s" name="%3$s">',
			esc_attr( $this->get_field_id( $name ) ),
			esc_html( $label ),
			esc_attr( $this->get_field_name( $name ) )
		);
		foreach ( $choices as $value => $words ) {
			printf( '<option value="%1$s"%2$s>%3$s</option>', esc_attr( $value ), selected( $chosen, (string) $value, false ), esc_html( $words ) );
		}
		echo '</select></p>';
	}
}
