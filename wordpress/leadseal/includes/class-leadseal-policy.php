<?php
/**
 * The suggested text for a site's privacy policy.
 *
 * Owns the words, in Japanese and English. They are not in the translation catalogue, because the
 * text is for the site's visitors: its language is the site's, whichever language an admin reads.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Makes the text out of the list of forms.
 */
final class Leadseal_Policy {

	/**
	 * The order in which kinds of protection are told.
	 */
	const PROTECTIONS = array( 'tokenise', 'mask', 'hash', 'keep', 'drop' );

	/**
	 * The words, by language.
	 */
	const WORDS = array(
		'ja' => array(
			'advice'    => 'この文案は、接続している Leadseal のフォーム定義から作成したものです。利用目的、委託先、お問い合わせ窓口などを実際の運用に合わせて補い、公開前に内容をご確認ください。フォームを変更したときは、この文案も新しくなります。',
			'suggested' => '文案：',
			'title'     => 'フォームから送信される情報',
			'intro'     => '当サイトのフォームに入力された情報は、当サイト（WordPress）のデータベースには保存しません。入力内容は、%sで運用しているフォーム処理システム「Leadseal」が受け取り、直ちに暗号化して保管します。',
			'somewhere' => '当社が管理するサーバー',
			'at'        => '当社が管理するサーバー（%s）',
			'collected' => '取得する情報',
			'form'      => '「%s」',
			'general'   => 'お名前、メールアドレス、電話番号、会社名、お問い合わせ内容など、フォームの各項目に入力された情報を取得します。必須の項目は、フォームにその旨を表示しています。',
			'tokenise'  => '暗号化して保管し、担当者が理由を記録したうえで必要な場合にだけ閲覧する項目：%s',
			'mask'      => '一部を伏せ字にした形だけを残し、元の内容は残さない項目：%s',
			'hash'      => '照合用の値（鍵付きハッシュ）だけを残し、元の内容は残さない項目：%s',
			'keep'      => '選択・入力された内容のまま保管する項目：%s',
			'drop'      => '入力内容の確認にだけ用い、保管しない項目：%s',
			'consent'   => '同意の有無、表示した文言、日時を記録する項目：%s',
			'required'  => '%s（必須）',
			'comma'     => '、',
			'origin'    => 'あわせて、どのページや広告からお越しになったかを記録することがあります。送信が続けて行われるのを防ぐため、接続元ごとの送信回数を一時的に数えますが、IPアドレスは保存しません。',
			'purposes'  => '利用目的',
			'purpose'   => '取得した情報は、お問い合わせやお申し込みへの対応とご連絡のために利用します。次の目的には、同意をいただいた場合に限り利用します：%s。',
			'answering' => '取得した情報は、お問い合わせやお申し込みへの対応とご連絡のために利用します。ほかの目的に利用する場合は、あらかじめ同意をいただきます。',
			'marketing' => '製品・サービスやイベントのご案内',
			'advertising' => '広告の配信と効果の測定',
			'retention' => '保管期間',
			'days'      => '%1$s：送信から%2$s日間。期間を過ぎた情報は、暗号を解く鍵とともに消去します。',
			'no_days'   => '%s：必要がなくなるまで。',
			'unknown'   => '情報は、利用目的に必要な期間に限って保管し、期間を過ぎたものは暗号を解く鍵とともに消去します。',
			'where'     => '取り扱う場所',
			'processed' => '情報は、%sで処理し、保管します。送信の受付にあたって、ほかの事業者のサービスは利用していません。',
			'rights'    => '開示・消去のご請求',
			'request'   => 'ご請求があった場合は、送信時のメールアドレスに、一度だけ使えるリンクをお送りします。ご本人がそのリンクから、保管している内容の確認・ダウンロード、または消去を行えます。',
		),
		'en' => array(
			'advice'    => 'This text was made from the forms of the Leadseal that this site is connected to. Add your purposes, your processors and whom to contact, and check it before you publish it. When the forms change, so does this suggestion.',
			'suggested' => 'Suggested text:',
			'title'     => 'What you send through our forms',
			'intro'     => 'What you enter into a form on this site is not stored in this site’s (WordPress) database. It is received by Leadseal, our form processor on %s, which encrypts it at once and keeps it encrypted.',
			'somewhere' => 'a server that we run',
			'at'        => 'a server that we run (%s)',
			'collected' => 'What we collect',
			'form'      => '“%s”',
			'general'   => 'We collect what you enter into the fields of a form, such as your name, email address, telephone number, company and message. Fields that are required are marked as such.',
			'tokenise'  => 'Kept encrypted, and looked at by our staff only where needed and with a recorded reason: %s',
			'mask'      => 'Kept only in a form in which most of it is hidden: %s',
			'hash'      => 'Kept only as a keyed hash, from which what you entered can’t be recovered: %s',
			'keep'      => 'Kept as you chose or entered it: %s',
			'drop'      => 'Checked when you send the form, and not kept: %s',
			'consent'   => 'Consent, of which we record your answer, the words shown and the time: %s',
			'required'  => '%s (required)',
			'comma'     => ', ',
			'origin'    => 'We may also record from which page or advertisement you came. To keep the forms from being flooded, submissions are counted for a short time per network; your IP address is not stored.',
			'purposes'  => 'What we use it for',
			'purpose'   => 'We use it to answer you and to carry out what you asked for. For the following we use it only if you agreed: %s.',
			'answering' => 'We use it to answer you and to carry out what you asked for. For anything else we ask for your consent first.',
			'marketing' => 'news about our products, services and events',
			'advertising' => 'advertising and measuring its effect',
			'retention' => 'How long we keep it',
			'days'      => '%1$s: %2$s days from sending. After that it is erased together with the key that opens it.',
			'no_days'   => '%s: until it is no longer needed.',
			'unknown'   => 'We keep it only as long as it is needed for its purpose, and then erase it together with the key that opens it.',
			'where'     => 'Where it is processed',
			'processed' => 'It is processed and kept on %s. No other company’s service takes part in receiving it.',
			'rights'    => 'Seeing and erasing your data',
			'request'   => 'When you ask us to, we send a one-time link to the email address that you used. Through it you can see and download what we hold about you, or have it erased.',
		),
	);

	/**
	 * The whole text.
	 *
	 * @param string $lang  `ja` or `en`.
	 * @param string $host  Of Leadseal; '' when not known.
	 * @param array  $forms List of forms; empty when not known.
	 * @return string HTML.
	 */
	public static function text( string $lang, string $host, array $forms ): string {
		$words = self::WORDS[ 'ja' === $lang ? 'ja' : 'en' ];
		$where = '' === $host ? $words['somewhere'] : sprintf( $words['at'], $host );

		$html  = '<h2>' . esc_html( $words['title'] ) . '</h2>';
		$html .= '<p class="privacy-policy-tutorial">' . esc_html( $words['advice'] ) . '</p>';
		$html .= '<p><strong class="privacy-policy-tutorial">' . esc_html( $words['suggested'] ) . ' </strong>' . esc_html( sprintf( $words['intro'], $where ) ) . '</p>';
		$html .= self::section( $words['collected'], self::collected( $words, $lang, $forms ) . self::paragraph( $words['origin'] ) );
		$html .= self::section( $words['purposes'], self::paragraph( self::purposes( $words, $forms ) ) );
		$html .= self::section( $words['retention'], self::retention( $words, $lang, $forms ) );
		$html .= self::section( $words['where'], self::paragraph( sprintf( $words['processed'], $where ) ) );
		$html .= self::section( $words['rights'], self::paragraph( $words['request'] ) );
		return $html;
	}

	/**
	 * Which fields, and how each is kept.
	 *
	 * @param array  $words Of the language.
	 * @param string $lang  Language.
	 * @param array  $forms List of forms.
	 */
	private static function collected( array $words, string $lang, array $forms ): string {
		$html = '';
		foreach ( $forms as $form ) {
			$lines = array();
			foreach ( self::by_protection( $form, $words, $lang ) as $protection => $labels ) {
				if ( $labels ) {
					$lines[] = '<li>' . esc_html( sprintf( $words[ $protection ], implode( $words['comma'], $labels ) ) ) . '</li>';
				}
			}
			if ( $lines ) {
				$html .= '<p><strong>' . esc_html( self::title( $form, $words, $lang ) ) . '</strong></p><ul>' . implode( '', $lines ) . '</ul>';
			}
		}
		return '' === $html ? self::paragraph( $words['general'] ) : $html;
	}

	/**
	 * The labels of a form's fields by how they are kept.
	 *
	 * @param array  $form  Form.
	 * @param array  $words Of the language.
	 * @param string $lang  Language.
	 */
	private static function by_protection( array $form, array $words, string $lang ): array {
		$lists = array_fill_keys( array_merge( self::PROTECTIONS, array( 'consent' ) ), array() );
		foreach ( self::fields( $form ) as $field ) {
			$label = self::pick( $field['label'] ?? '', $lang );
			if ( '' === $label ) {
				continue;
			}
			if ( ! empty( $field['required'] ) ) {
				$label = sprintf( $words['required'], $label );
			}
			$protect = 'consent' === ( $field['kind'] ?? '' ) ? 'consent' : (string) ( $field['protect'] ?? 'tokenise' );
			if ( isset( $lists[ $protect ] ) ) {
				$lists[ $protect ][] = $label;
			}
		}
		return $lists;
	}

	/**
	 * What for.
	 *
	 * @param array $words Of the language.
	 * @param array $forms List of forms.
	 */
	private static function purposes( array $words, array $forms ): string {
		$purposes = array();
		foreach ( $forms as $form ) {
			foreach ( self::fields( $form ) as $field ) {
				$purpose = (string) ( $field['purpose'] ?? '' );
				// The consent to this very policy is no purpose of its own.
				if ( '' !== $purpose && 'privacy' !== $purpose ) {
					$purposes[ $purpose ] = 'marketing' === $purpose || 'advertising' === $purpose ? $words[ $purpose ] : $purpose;
				}
			}
		}
		return $purposes ? sprintf( $words['purpose'], implode( $words['comma'], $purposes ) ) : $words['answering'];
	}

	/**
	 * How long, by form.
	 *
	 * @param array  $words Of the language.
	 * @param string $lang  Language.
	 * @param array  $forms List of forms.
	 */
	private static function retention( array $words, string $lang, array $forms ): string {
		$lines = '';
		foreach ( $forms as $form ) {
			$title  = self::title( $form, $words, $lang );
			$days   = $form['retention_days'] ?? null;
			$lines .= '<li>' . esc_html( null === $days ? sprintf( $words['no_days'], $title ) : sprintf( $words['days'], $title, number_format_i18n( (int) $days ) ) ) . '</li>';
		}
		return '' === $lines ? self::paragraph( $words['unknown'] ) : '<ul>' . $lines . '</ul>';
	}

	/**
	 * A form's fields.
	 *
	 * @param array $form Form.
	 * @return array[]
	 */
	private static function fields( array $form ): array {
		return array_filter( (array) ( $form['fields'] ?? array() ), 'is_array' );
	}

	/**
	 * A form's name in quotation marks.
	 *
	 * @param array  $form  Form.
	 * @param array  $words Of the language.
	 * @param string $lang  Language.
	 */
	private static function title( array $form, array $words, string $lang ): string {
		$title = self::pick( $form['title'] ?? '', $lang );
		return sprintf( $words['form'], '' === $title ? (string) ( $form['id'] ?? '' ) : $title );
	}

	/**
	 * Words in a language, or in the one there is.
	 *
	 * @param mixed  $words One text, or texts by language.
	 * @param string $lang  Language.
	 */
	private static function pick( $words, string $lang ): string {
		if ( is_array( $words ) ) {
			$words = $words[ $lang ] ?? reset( $words );
		}
		return is_string( $words ) ? trim( $words ) : '';
	}

	/**
	 * A paragraph.
	 *
	 * @param string $text Plain text.
	 */
	private static function paragraph( string $text ): string {
		return '<p>' . esc_html( $text ) . '</p>';
	}

	/**
	 * A heading and what stands under it.
	 *
	 * @param string $heading Plain text.
	 * @param string $html    HTML.
	 */
	private static function section( string $heading, string $html ): string {
		return '<h3>' . esc_html( $heading ) . '</h3>' . $html;
	}
}
