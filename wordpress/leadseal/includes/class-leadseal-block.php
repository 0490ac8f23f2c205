<?php
/**
 * Block and shortcode.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Registers the ways to place a form. All of them draw it with `Leadseal_Fragment::render`.
 */
final class Leadseal_Block {

	const SCRIPT = 'leadseal-form-editor';

	/**
	 * Hooks the block, the shortcode and the widget in.
	 */
	public static function boot(): void {
		add_action( 'init', array( __CLASS__, 'register' ) );
		add_action( 'enqueue_block_editor_assets', array( __CLASS__, 'editor_data' ) );
		add_action( 'widgets_init', array( __CLASS__, 'widget' ) );
		add_action( 'template_redirect', array( __CLASS__, 'keep_outage_out_of_caches' ) );
	}

	/**
	 * Registers the block and the shortcode.
	 */
	public static function register(): void {
		wp_register_script(
			self::SCRIPT,
			plugins_url( 'blocks/form/editor.js', LEADSEAL_FILE ),
			array( 'wp-blocks', 'wp-element', 'wp-i18n', 'wp-components', 'wp-block-editor', 'wp-server-side-render' ),
			LEADSEAL_VERSION,
			true
		);
		wp_set_script_translations( self::SCRIPT, 'leadseal', LEADSEAL_DIR . 'languages' );
		wp_register_style( 'leadseal-form-editor', plugins_url( 'blocks/form/editor.css', LEADSEAL_FILE ), array(), LEADSEAL_VERSION );
		register_block_type( LEADSEAL_DIR . 'blocks/form', array( 'render_callback' => array( __CLASS__, 'draw_block' ) ) );
		add_shortcode( 'leadseal', array( __CLASS__, 'draw_shortcode' ) );
	}

	/**
	 * Registers the classic widget.
	 */
	public static function widget(): void {
		register_widget( 'Leadseal_Widget' );
	}

	/**
	 * In a classic theme the form is drawn when the headers are out already; so a page that is going to
	 * show the fallback is kept out of caches before.
	 */
	public static function keep_outage_out_of_caches(): void {
		if ( ! Leadseal_Breaker::has_tripped() || ! is_singular() ) {
			return;
		}
		$content = (string) get_post_field( 'post_content', get_queried_object_id() );
		if ( has_block( 'leadseal/form', $content ) || has_shortcode( $content, 'leadseal' ) ) {
			Leadseal_Fragment::no_cache();
		}
	}

	/**
	 * The block's HTML.
	 *
	 * @param array $attributes Of the block.
	 */
	public static function draw_block( array $attributes ): string {
		$html = Leadseal_Fragment::render( $attributes );
		return '' === $html ? '' : '<div ' . get_block_wrapper_attributes() . '>' . $html . '</div>';
	}

	/**
	 * The shortcode's HTML: `[leadseal form="contact" lang="ja" layout="compact"]`.
	 *
	 * @param array|string $attributes As written.
	 */
	public static function draw_shortcode( $attributes ): string {
		return Leadseal_Fragment::render(
			shortcode_atts(
				array(
					'form'   => '',
					'lang'   => '',
					'layout' => '',
				),
				is_array( $attributes ) ? $attributes : array(),
				'leadseal'
			)
		);
	}

	/**
	 * Tells the editor which forms there are.
	 */
	public static function editor_data(): void {
		$forms = array();
		foreach ( Leadseal_Forms::all() as $id => $form ) {
			$forms[] = array(
				'id'        => $id,
				'title'     => Leadseal_Forms::title( $form ),
				'languages' => array_values( (array) ( $form['languages'] ?? array( 'ja', 'en' ) ) ),
				'layout'    => (string) ( $form['layout'] ?? '' ),
				'offered'   => isset( Leadseal_Forms::offered()[ $id ] ),
			);
		}
		$data = array(
			'forms'     => $forms,
			'known'     => Leadseal_Forms::are_known(),
			'connected' => Leadseal_Settings::is_connected(),
			'settings'  => current_user_can( 'manage_options' ) ? admin_url( 'admin.php?page=leadseal' ) : '',
		);
		wp_add_inline_script( self::SCRIPT, 'window.leadsealEditor = ' . wp_json_encode( $data, JSON_HEX_TAG | JSON_HEX_AMP ) . ';', 'before' );
	}
}
