<?php
/**
 * What a bridge says to visitors.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Sentences in the language of the form, which need not be the site's. They stand here and not in a
 * catalogue because form plugins switch locales in the middle of a submission.
 */
final class Leadseal_Bridge_Words {

	const SENTENCES = array(
		'ja' => array(
			'unreachable' => 'ただいま送信できませんでした。入力内容はまだ送られておらず、どこにも保存されていません。恐れ入りますが、しばらくしてからもう一度送信してください。',
			'busy'        => 'ただいま混み合っているため送信できませんでした。入力内容はどこにも保存されていません。1分ほどおいてから、もう一度送信してください。',
			'invalid'     => '入力内容をご確認ください。まだ送信されていません。',
			'file'        => 'このフォームではファイルを送信できません。ファイルを外してから、もう一度送信してください。',
			'name_parts'  => '姓と名の間に空白を入れてください。',
			'accepted'    => '送信しました。お問い合わせいただきありがとうございます。',
		),
		'en' => array(
			'unreachable' => 'This could not be sent just now. Nothing has been submitted or stored. Please try again in a few minutes.',
			'busy'        => 'We are receiving too many messages at the moment. Nothing has been stored. Please try again in a minute.',
			'invalid'     => 'Please check what you entered. Nothing has been sent yet.',
			'file'        => 'Files cannot be sent through this form. Please remove the file and send again.',
			'name_parts'  => 'Please put a space between first and last name.',
			'accepted'    => 'Sent. Thank you for your message.',
		),
	);

	/**
	 * A sentence for a visitor, as plain text. The owner's fallback contact follows where nothing can
	 * be sent.
	 *
	 * @param string $what One of the keys above.
	 * @param string $lang `ja` or `en`.
	 */
	public static function say( string $what, string $lang ): string {
		$words = self::SENTENCES[ 'ja' === $lang ? 'ja' : 'en' ][ $what ];
		$own   = trim( wp_strip_all_tags( Leadseal_Settings::fallback() ) );
		if ( 'unreachable' === $what && '' !== $own ) {
			$words .= ' ' . $own;
		}
		/**
		 * Changes what a visitor is told by a bridge.
		 *
		 * @param string $words The sentence, plain text.
		 * @param string $what  What it is about.
		 * @param string $lang  `ja` or `en`.
		 */
		return (string) apply_filters( 'leadseal_bridge_words', $words, $what, $lang );
	}

	/**
	 * The language of a WordPress locale that visitors are spoken to in.
	 *
	 * @param string $locale Such as `ja` or `en_US`.
	 */
	public static function lang( string $locale ): string {
		return 0 === strpos( $locale, 'ja' ) ? 'ja' : 'en';
	}
}
