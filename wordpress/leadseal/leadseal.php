<?php
/**
 * Plugin Name:       Leadseal
 * Description:       Puts the forms of your own Leadseal on your pages. What visitors type goes straight to Leadseal and never into WordPress's database.
 * Version:           0.1.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * Author:            The Leadseal authors
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       leadseal
 * Domain Path:       /languages
 *
 * This program is free software; you can redistribute it and/or modify it under the terms of the
 * GNU General Public License as published by the Free Software Foundation; either version 2 of the
 * License, or (at your option) any later version. It is distributed in the hope that it will be
 * useful, but WITHOUT ANY WARRANTY; without even the implied warranty of MERCHANTABILITY or FITNESS
 * FOR A PARTICULAR PURPOSE. See the GNU General Public License for more details.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

define( 'LEADSEAL_VERSION', '0.1.0' );
define( 'LEADSEAL_FILE', __FILE__ );
define( 'LEADSEAL_DIR', plugin_dir_path( __FILE__ ) );

/**
 * Loads a class of this plugin when it is first named: a page of the site needs few of them.
 *
 * `Leadseal_Bridge_Cf7` is in `class-leadseal-bridge-cf7.php`, in one of the three folders.
 */
spl_autoload_register(
	static function ( string $name ): void {
		if ( 0 !== strpos( $name, 'Leadseal_' ) ) {
			return;
		}
		$file = strtolower( str_replace( '_', '-', $name ) ) . '.php';
		foreach ( array( 'includes/class-', 'admin/class-', 'includes/bridges/class-', 'includes/bridges/interface-' ) as $start ) {
			if ( is_readable( LEADSEAL_DIR . $start . $file ) ) {
				require_once LEADSEAL_DIR . $start . $file;
				return;
			}
		}
	}
);

Leadseal_Plugin::boot();
