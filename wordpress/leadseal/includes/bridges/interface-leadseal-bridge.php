<?php
/**
 * What a bridge to another form plugin is.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Keeps another plugin's form and takes its storage's place.
 *
 * A bridge knows where its plugin can be told to wait. It hands what was typed to
 * `Leadseal_Forwarder::send()` once the plugin has found nothing wrong with it and before the plugin
 * keeps, mails or passes on anything; only an accepted outcome lets the plugin go on, and then
 * without the values, or with tokens in their place. A bridge never writes a value anywhere.
 *
 * More of them are added by the filter `leadseal_bridges`.
 */
interface Leadseal_Bridge {

	/**
	 * A short name for settings and addresses: lower-case letters, digits and `-`.
	 */
	public function id(): string;

	/**
	 * The plugin's name as people know it.
	 */
	public function name(): string;

	/**
	 * What a lead says it came from.
	 */
	public function source(): string;

	/**
	 * Whether the plugin is active here.
	 */
	public function is_present(): bool;

	/**
	 * The plugin's forms: title by id.
	 *
	 * @return array<string,string>
	 */
	public function forms(): array;

	/**
	 * The fields of a form that a visitor fills in, by name and in order. `type` is one of text,
	 * email, tel, url, number, date, textarea, select, radio, checkboxes, consent, postal, file.
	 *
	 * @param string $form The form's id.
	 * @return array<string,array{name:string,type:string,label:string,required:bool,options:string[]}>
	 */
	public function fields( string $form ): array;

	/**
	 * What on this site would keep the form's submissions if no bridge were on: sentences for an admin.
	 *
	 * @param string $form The form's id.
	 * @return string[]
	 */
	public function keepers( string $form ): array;

	/**
	 * Hooks into the plugin. Called once, whether or not a form's bridge is on.
	 */
	public function boot(): void;
}
