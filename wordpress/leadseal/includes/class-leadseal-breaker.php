<?php
/**
 * Remembers that Leadseal can't be reached, so that pages do not wait for it.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * A circuit breaker. Closed while all is well, which costs no query (the option is loaded with the
 * others) and no write. After three failures it opens for a minute; each failed try after that
 * doubles the time, up to a quarter of an hour.
 */
final class Leadseal_Breaker {

	const OPTION   = 'leadseal_breaker';
	const TRIES    = 3;
	const SHORTEST = 60;
	const LONGEST  = 900;

	/**
	 * Whether Leadseal should not be asked now for the sake of a page.
	 */
	public static function is_open(): bool {
		return self::state()['until'] > time();
	}

	/**
	 * Whether Leadseal has failed often enough that visitors should be told another way to get in
	 * touch; stays so, between tries, until one succeeds.
	 */
	public static function has_tripped(): bool {
		return self::state()['failures'] >= self::TRIES;
	}

	/**
	 * When the trouble began, in seconds since 1970; 0 when there is none.
	 */
	public static function since(): int {
		return self::state()['since'];
	}

	/**
	 * Notes that Leadseal could not be reached.
	 */
	public static function failed(): void {
		$state = self::state();
		$now   = time();
		if ( $state['until'] > $now ) {
			return;
		}
		++$state['failures'];
		$state['since'] = $state['since'] ? $state['since'] : $now;
		if ( $state['failures'] >= self::TRIES ) {
			$doublings      = min( $state['failures'] - self::TRIES, 10 );
			$state['until'] = $now + min( self::SHORTEST * ( 2 ** $doublings ), self::LONGEST );
		}
		update_option( self::OPTION, $state, true );
	}

	/**
	 * Notes that Leadseal answered.
	 */
	public static function succeeded(): void {
		if ( 0 !== self::state()['failures'] ) {
			update_option( self::OPTION, self::closed(), true );
		}
	}

	/**
	 * Forgets everything, since another address is used from now on.
	 */
	public static function reset(): void {
		update_option( self::OPTION, self::closed(), true );
	}

	/**
	 * Makes sure that the option exists: one that doesn't costs each page a query.
	 */
	public static function ready(): void {
		if ( false === get_option( self::OPTION ) ) {
			self::reset();
		}
	}

	/**
	 * What is remembered.
	 *
	 * @return array{failures:int,since:int,until:int}
	 */
	private static function state(): array {
		$state = get_option( self::OPTION );
		return array_map( 'intval', array_intersect_key( is_array( $state ) ? $state : array(), self::closed() ) + self::closed() );
	}

	/**
	 * The state without trouble.
	 *
	 * @return array{failures:int,since:int,until:int}
	 */
	private static function closed(): array {
		return array(
			'failures' => 0,
			'since'    => 0,
			'until'    => 0,
		);
	}
}
