<?php
/**
 * Where WordPress and its plugins are known to keep what visitors typed.
 *
 * Owns the list of places that a scan looks at: table, key, columns, and which rows of a shared
 * table belong to whom. Reads no value and counts nothing; Leadseal_Scan does.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * The places of a scan.
 *
 * A place is an array with
 *  - group:   'forms', 'shop', 'mail', 'comments', 'accounts' or 'elsewhere';
 *  - source:  whose table it is, in words;
 *  - table:   the table's name without prefix;
 *  - key:     a numeric column by which rows are walked, or '' when there is none;
 *  - columns: the columns looked at;
 *  - types / type_like: only rows of posts of these types (for posts and postmeta);
 *  - where:   a condition by which rows are walked, made of constants only;
 *  - filter:  a condition on the rows walked that are counted, made of constants only;
 *  - by:      a column of names (a meta key, an option) by which counts are told apart.
 */
final class Leadseal_Scan_Places {

	/**
	 * Groups, in the order in which they are shown. What stands in 'accounts' is expected there
	 * (logins, and the addresses that asked for an export or an erasure); the others are visitors' data.
	 */
	const GROUPS = array( 'forms', 'shop', 'mail', 'comments', 'accounts', 'elsewhere' );

	/**
	 * Post types whose posts and meta are made by form plugins out of what visitors typed.
	 */
	const SUBMISSION_TYPES = array(
		'flamingo_inbound' => 'Flamingo',
		'flamingo_contact' => 'Flamingo',
		'nf_sub'           => 'Ninja Forms',
		'feedback'         => 'Jetpack',
	);

	/**
	 * Post types that hold forms or settings: the addresses in them are the site's own.
	 */
	const SETTING_TYPES = array(
		'wpcf7_contact_form',
		'mw-wp-form',
		'mwf_contact_data_setting',
		'wpforms',
		'forminator_forms',
		'snow-monkey-forms',
		'nav_menu_item',
		'wp_global_styles',
		'wp_template',
		'wp_template_part',
		'wp_block',
		'customize_changeset',
		'user_request',
	);

	/**
	 * Options that hold the site's own addresses and nobody else's.
	 */
	const OWN_OPTIONS = array(
		'admin_email',
		'new_admin_email',
		'adminhash',
		'mailserver_login',
		'ping_sites',
		'leadseal_settings',
		'leadseal_forms',
		'woocommerce_email_from_address',
		'woocommerce_stock_email_recipient',
		'woocommerce_store_address',
		'wp_mail_smtp',
		'fluentmail-settings',
	);

	/**
	 * The places of the plugins that are known by name.
	 *
	 * @return array[] Places, whether their tables exist or not.
	 */
	public static function known() {
		/**
		 * Filters the places a scan looks at; add the tables of a plugin of your own here.
		 *
		 * @param array[] $places Places as described at Leadseal_Scan_Places.
		 */
		return (array) apply_filters(
			'leadseal_scan_places',
			array_merge( self::post_types(), self::form_tables(), self::shop(), self::mail(), self::wordpress() )
		);
	}

	/**
	 * Form plugins that keep submissions as posts with meta, and data in progress in transients.
	 */
	private static function post_types() {
		$sources = array();
		foreach ( self::SUBMISSION_TYPES as $type => $source ) {
			$sources[ $source ]['types'][] = $type;
		}
		$sources['MW WP Form'] = array( 'type_like' => 'mwf\\_%' );

		$places = array();
		foreach ( $sources as $source => $which ) {
			$which   += array(
				'group'  => 'forms',
				'source' => $source,
			);
			$places[] = $which + array(
				'table'   => 'posts',
				'key'     => 'ID',
				'columns' => array( 'post_title', 'post_content', 'post_excerpt' ),
			);
			$places[] = $which + array(
				'table'   => 'postmeta',
				'key'     => 'meta_id',
				'columns' => array( 'meta_value' ),
				'by'      => 'meta_key',
			);
		}
		// MW WP Form names its session by a SHA-1 alone; newer ones by the plugin's name.
		$places[] = array(
			'group'   => 'forms',
			'source'  => 'MW WP Form (data in progress)',
			'table'   => 'options',
			'key'     => 'option_id',
			'columns' => array( 'option_value' ),
			'where'   => "( option_name LIKE '\\_transient\\_mw-wp-form%' OR option_name REGEXP '^_transient_[0-9a-f]{40}$' )",
		);
		return $places;
	}

	/**
	 * Form plugins with tables of their own.
	 */
	private static function form_tables() {
		$tables = array(
			array( 'CFDB7', 'db7_forms', 'form_id', array( 'form_value' ) ),
			array( 'WPForms', 'wpforms_entries', 'entry_id', array( 'fields', 'ip_address' ) ),
			array( 'WPForms', 'wpforms_entry_fields', 'id', array( 'value' ) ),
			array( 'WPForms', 'wpforms_entry_meta', 'id', array( 'data' ) ),
			array( 'WPForms', 'wpforms_logs', 'id', array( 'title', 'message' ) ),
			array( 'WPForms', 'wpforms_tasks_meta', 'id', array( 'data' ) ),
			array( 'Gravity Forms', 'gf_entry', 'id', array( 'source_url', 'user_agent' ) ),
			array( 'Gravity Forms', 'gf_entry_meta', 'id', array( 'meta_value' ) ),
			array( 'Gravity Forms', 'gf_entry_notes', 'id', array( 'value' ) ),
			array( 'Gravity Forms', 'gf_draft_submissions', '', array( 'email', 'submission' ) ),
			array( 'Formidable Forms', 'frm_items', 'id', array( 'name', 'description' ) ),
			array( 'Formidable Forms', 'frm_item_metas', 'id', array( 'meta_value' ) ),
			array( 'Fluent Forms', 'fluentform_submissions', 'id', array( 'response', 'source_url' ) ),
			array( 'Fluent Forms', 'fluentform_entry_details', 'id', array( 'field_value' ) ),
			array( 'Fluent Forms', 'fluentform_submission_meta', 'id', array( 'value' ) ),
			array( 'Fluent Forms', 'fluentform_logs', 'id', array( 'title', 'description' ) ),
			array( 'Fluent Forms', 'fluentform_draft_submissions', 'id', array( 'response' ) ),
			array( 'Elementor Pro', 'e_submissions', 'id', array( 'referer', 'referer_title' ) ),
			array( 'Elementor Pro', 'e_submissions_values', 'id', array( 'value' ) ),
			array( 'Elementor Pro', 'e_submissions_actions_log', 'id', array( 'log' ) ),
			array( 'Forminator', 'frmt_form_entry_meta', 'meta_id', array( 'meta_value' ) ),
		);
		return self::from_rows( 'forms', $tables );
	}

	/**
	 * WooCommerce, with orders in tables of their own or, in older shops, in posts.
	 */
	private static function shop() {
		$places   = self::from_rows(
			'shop',
			array(
				array( 'WooCommerce', 'wc_orders', 'id', array( 'billing_email', 'customer_note' ) ),
				array( 'WooCommerce', 'wc_order_addresses', 'id', array( 'email', 'phone', 'address_1', 'address_2' ) ),
				array( 'WooCommerce', 'wc_orders_meta', 'id', array( 'meta_value' ) ),
				array( 'WooCommerce', 'wc_customer_lookup', 'customer_id', array( 'email', 'username' ) ),
			)
		);
		$places[] = array(
			'group'   => 'shop',
			'source'  => 'WooCommerce',
			'table'   => 'postmeta',
			'key'     => 'meta_id',
			'columns' => array( 'meta_value' ),
			'types'   => array( 'shop_order', 'shop_order_refund', 'shop_subscription' ),
			'by'      => 'meta_key',
		);
		return $places;
	}

	/**
	 * What plugins that send or queue mail keep of it.
	 */
	private static function mail() {
		return self::from_rows(
			'mail',
			array(
				array( 'FluentSMTP', 'fsmpt_email_logs', 'id', array( 'to', 'subject', 'body', 'headers' ) ),
				array( 'WP Mail SMTP', 'wpmailsmtp_emails_queue', 'id', array( 'data' ) ),
				array( 'WP Mail SMTP', 'wpmailsmtp_debug_events', 'id', array( 'content' ) ),
				array( 'WP Mail SMTP', 'wpmailsmtp_tasks_meta', 'id', array( 'data' ) ),
				array( 'Action Scheduler', 'actionscheduler_actions', 'action_id', array( 'args', 'extended_args' ) ),
				array( 'Action Scheduler', 'actionscheduler_logs', 'log_id', array( 'message' ) ),
			)
		);
	}

	/**
	 * WordPress itself: comments are visitors' data, accounts mostly the staff's.
	 */
	private static function wordpress() {
		return array_merge(
			self::from_rows(
				'comments',
				array(
					array( 'WordPress', 'comments', 'comment_ID', array( 'comment_author', 'comment_author_email', 'comment_author_url', 'comment_content' ) ),
					array( 'WordPress', 'commentmeta', 'meta_id', array( 'meta_value' ) ),
				)
			),
			array(
				array(
					'group'   => 'accounts',
					'source'  => 'WordPress (privacy requests)',
					'table'   => 'posts',
					'key'     => 'ID',
					'columns' => array( 'post_title' ),
					'types'   => array( 'user_request' ),
				),
			),
			self::from_rows(
				'accounts',
				array(
					array( 'WordPress', 'users', 'ID', array( 'user_login', 'user_email', 'user_url', 'display_name' ) ),
					array( 'WordPress', 'usermeta', 'umeta_id', array( 'meta_value' ) ),
				)
			)
		);
	}

	/**
	 * Everything else: all post meta, options, transients, posts of other types, and every table
	 * with this site's prefix that no known place covers.
	 *
	 * Published posts and pages are left out: the addresses in them are the site's own.
	 *
	 * @param string[] $tables  Names of the existing tables, with prefix.
	 * @param callable $columns Gives the text columns and the numeric key of a table.
	 * @return array[] Places.
	 */
	public static function elsewhere( array $tables, $columns ) {
		global $wpdb;

		$posts     = $wpdb->posts;
		$own       = self::quoted( (array) apply_filters( 'leadseal_scan_own_options', self::OWN_OPTIONS ) );
		$told      = array_merge( array_keys( self::SUBMISSION_TYPES ), array( 'shop_order', 'shop_order_refund', 'shop_subscription' ) );
		$settings  = self::quoted( array_merge( $told, self::SETTING_TYPES ) );
		$pages     = self::quoted( array_merge( $told, self::SETTING_TYPES, array( 'post', 'page', 'attachment', 'revision', 'custom_css', 'oembed_cache' ) ) );
		$transient = "( option_name LIKE '\\_transient\\_%' OR option_name LIKE '\\_site\\_transient\\_%' )";

		$rows = array(
			array( 'post meta', 'postmeta', 'meta_id', array( 'meta_value' ), 'meta_key', "NOT EXISTS ( SELECT 1 FROM `$posts` lsp WHERE lsp.ID = post_id AND ( lsp.post_type IN ( $settings ) OR lsp.post_type LIKE 'mwf\\_%' ) )" ),
			array( 'other post types', 'posts', 'ID', array( 'post_title', 'post_content', 'post_excerpt' ), 'post_type', "post_type NOT IN ( $pages ) AND post_type NOT LIKE 'mwf\\_%'" ),
			array( 'options', 'options', 'option_id', array( 'option_value' ), 'option_name', "NOT $transient AND option_name NOT IN ( $own )" ),
			array( 'transients', 'options', 'option_id', array( 'option_value' ), 'option_name', $transient ),
		);

		$places = self::from_rows( 'elsewhere', $rows );
		foreach ( $rows as $at => $row ) {
			$places[ $at ]['by']     = $row[4];
			$places[ $at ]['filter'] = $row[5];
		}
		return array_merge( $places, self::unknown_tables( $tables, $columns ) );
	}

	/**
	 * Tables with this site's prefix of which nobody told us what they are for.
	 */
	private static function unknown_tables( array $tables, $columns ) {
		global $wpdb;

		$covered = array( 'posts', 'postmeta', 'options', 'links', 'terms', 'term_taxonomy', 'term_relationships' );
		foreach ( self::known() as $place ) {
			$covered[] = $place['table'];
		}
		$core = array_merge( $wpdb->tables( 'global' ), $wpdb->tables( 'ms_global' ) );

		$places = array();
		foreach ( $tables as $table ) {
			if ( 0 !== strpos( $table, $wpdb->prefix ) || in_array( $table, $core, true ) ) {
				continue;
			}
			$name = substr( $table, strlen( $wpdb->prefix ) );
			// On the main site of a network the prefix is also the beginning of the others' tables.
			if ( in_array( $name, $covered, true ) || ( is_multisite() && preg_match( '/^[0-9]+_/', $name ) ) ) {
				continue;
			}
			list( $text, $key ) = call_user_func( $columns, $table );
			if ( $text ) {
				$places[] = array(
					'group'   => 'elsewhere',
					'source'  => $name,
					'table'   => $name,
					'key'     => $key,
					'columns' => $text,
				);
			}
		}
		return $places;
	}

	/**
	 * Makes places of short rows: source, table, key, columns.
	 */
	private static function from_rows( $group, array $rows ) {
		$places = array();
		foreach ( $rows as $row ) {
			$places[] = array(
				'group'   => $group,
				'source'  => $row[0],
				'table'   => $row[1],
				'key'     => $row[2],
				'columns' => $row[3],
			);
		}
		return $places;
	}

	/**
	 * A list of words as SQL strings.
	 *
	 * @param string[] $words Words.
	 * @return string SQL, never empty.
	 */
	public static function quoted( array $words ) {
		$quoted = array();
		foreach ( $words as $word ) {
			$quoted[] = "'" . esc_sql( (string) $word ) . "'";
		}
		return $quoted ? implode( ', ', $quoted ) : "''";
	}
}
