<?php
/**
 * What Leadseal sends for a page, checked and made proof against WordPress's text filters.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Reads a fragment. The owner's own server is trusted to write HTML, but an error page, a captive
 * portal or half an answer must never become part of a page.
 */
final class Leadseal_Markup {

	/** More than any form needs. */
	const LARGEST = 524288;

	/** The one script that may stand in a form: of a captcha that its owner has put there. */
	const CAPTCHA = '~<script src="(https://(?:challenges\.cloudflare\.com/turnstile/v0/api\.js|js\.hcaptcha\.com/1/api\.js|www\.google\.com/recaptcha/api\.js)\?hl=(?:ja|en))" async defer></script>\s*~';

	/**
	 * The parts of a fragment; null when it isn't one.
	 *
	 * @param string $html As Leadseal sent it.
	 * @param string $form Id of the form that was asked for.
	 * @return array{sheet:string,script:string,captcha:string,html:string}|null
	 */
	public static function read( string $html, string $form ): ?array {
		if ( strlen( $html ) > self::LARGEST || ! seems_utf8( $html ) ) {
			return null;
		}
		$shape = '~\A\s*(<link\s[^<>]*>)\s*(<script\s[^<>]*>)</script>\s*(<div\s[^<>]*>.*</div>)\s*\z~s';
		if ( ! preg_match( $shape, $html, $parts ) ) {
			return null;
		}
		$sheet   = self::attribute( $parts[1], 'href' );
		$script  = self::attribute( $parts[2], 'src' );
		$captcha = preg_match( self::CAPTCHA, $parts[3], $found ) ? $found[1] : '';
		$html    = (string) preg_replace( self::CAPTCHA, '', $parts[3], 1 );
		$opened  = (string) strstr( $html, '>', true );
		$foreign = preg_match( '~<(script|style|iframe|object|embed|base|meta|link)\b~i', $html );
		if ( $foreign || '' === $sheet || '' === $script || self::attribute( $opened, 'data-leadseal' ) !== $form || false === strpos( $html, '</form>' ) ) {
			return null;
		}
		return array(
			'sheet'   => $sheet,
			'script'  => $script,
			'captcha' => $captcha,
			'html'    => self::hold( $html ),
		);
	}

	/**
	 * The same HTML, written so that WordPress's text filters find nothing to change.
	 *
	 * Texturising, smilies, shortcodes and “WordPress” spelling run over a page after its blocks are
	 * drawn. They would put other quotes, dashes and pictures into labels and into the words that a
	 * visitor agrees to. Character references mean the same to a browser and nothing to them.
	 *
	 * @param string $html Markup.
	 */
	public static function hold( string $html ): string {
		$parts = preg_split( '~(<[^<>]*>)~', $html, -1, PREG_SPLIT_DELIM_CAPTURE );
		foreach ( $parts as $at => $part ) {
			if ( 1 === $at % 2 ) {
				$parts[ $at ] = strtr(
					$part,
					array(
						'['         => '&#91;',
						']'         => '&#93;',
						'Wordpress' => '&#87;ordpress', // phpcs:ignore WordPress.WP.CapitalPDangit
					)
				);
			} elseif ( '' !== trim( $part ) ) {
				$parts[ $at ] = self::hold_text( $part );
			}
		}
		return implode( '', $parts );
	}

	/**
	 * A piece of text without tags in which each character that a filter looks for is a reference.
	 *
	 * @param string $text Escaped for HTML already.
	 */
	private static function hold_text( string $text ): string {
		$pieces = preg_split( '~(&(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);)~', $text, -1, PREG_SPLIT_DELIM_CAPTURE );
		foreach ( $pieces as $at => $piece ) {
			if ( 0 === $at % 2 ) {
				// Signs that dashes, quotes, smilies, addresses on a line and shortcodes are made of, an x between numbers, and the W.
				$pieces[ $at ] = preg_replace_callback(
					'~["\'`()\[\]:;.\-/\\\\|!?*=@+<>&]|(?<=\d)x(?=\d)|W(?=ordpress)~',
					static function ( array $found ): string {
						return '&#' . ord( $found[0] ) . ';';
					},
					$piece
				);
			}
		}
		return implode( '', $pieces );
	}

	/**
	 * An http(s) address or word in an attribute of a tag; '' when there is none.
	 *
	 * @param string $tag  A start tag.
	 * @param string $name Of the attribute.
	 */
	private static function attribute( string $tag, string $name ): string {
		if ( ! preg_match( '~\s' . $name . '="([^"<>]*)"~', $tag, $found ) ) {
			return '';
		}
		$value = html_entity_decode( $found[1], ENT_QUOTES | ENT_HTML5, 'UTF-8' );
		return 'href' === $name || 'src' === $name ? esc_url_raw( $value, array( 'http', 'https' ) ) : $value;
	}
}
