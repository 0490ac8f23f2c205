<?php
/**
 * Which field of another plugin's form answers which field of a Leadseal form.
 *
 * @package Leadseal
 */

defined( 'ABSPATH' ) || exit;

/**
 * Guesses a mapping, judges one, and carries values over it. Pure: knows neither the database nor
 * the network, and keeps nothing.
 *
 * A mapping is `plugin field => target`; a target is the id of a Leadseal field, or `{id}_family`
 * and `{id}_given` for the parts of a name. `''` leaves a field out on purpose.
 */
final class Leadseal_Mapping {

	/** Two scores below this are no guess. */
	const ENOUGH = 50;

	/**
	 * Words that tell what a field asks for, most telling first. Compared in lower case and half
	 * width, with hiragana as katakana.
	 */
	const CONCEPTS = array(
		'again'       => '/(confirm|確認|again|re-?enter|再入力)/u',
		'privacy'     => '/(privacy|個人情報|プライバシ)/u',
		'marketing'   => '/(news|marketing|subscri|メルマガ|メールマガジン|案内メール|(ゴ|御)?案内|配信)/u',
		'consent'     => '/(consent|agree|accept|同意|規約|承諾)/u',
		'email'       => '/(e-?mail|(^|[^a-z])mail|メール|eメイル)/u',
		'fax'         => '/(fax|ファックス|ファクス)/u',
		'tel'         => '/((^|[^a-z])tel([^a-z]|$)|phone|mobile|電話|携帯)/u',
		'kana_family' => '/((kana|furigana)[-_ ]?(sei|family|last)|(sei|family|last)[-_ ]?(name)?[-_ ]?(kana|furigana)|^セイ$|セイ[（(]|姓.*(カナ|フリガナ|ヨミ)|(カナ|フリガナ)[^a-z]*(セイ|姓))/u',
		'kana_given'  => '/((kana|furigana)[-_ ]?(mei|given|first)|(mei|given|first)[-_ ]?(name)?[-_ ]?(kana|furigana)|^メイ$|メイ[（(]|名[（( ].*(カナ|フリガナ|ヨミ)|(カナ|フリガナ)[^a-z]*(メイ|名$))/u',
		'kana'        => '/(kana|furigana|ruby|フリガナ|カナ|ヨミ|読ミ)/u',
		'department'  => '/(depart|division|section|busho|部署|部門|所属|課名)/u',
		'job_title'   => '/(job|position|yakushoku|役職|肩書|職位)/u',
		'company'     => '/(company|corp|organi[sz]ation|business[-_ ]?name|kaisha|会社|企業|法人|団体|組織|貴社|御社|社名|勤務先|屋号|学校名)/u',
		'postal_code' => '/(zip|post(al)?[-_ ]?code|yu+bin|郵便|〒)/u',
		'prefecture'  => '/(pref|todo+fuken|都道府県)/u',
		'name_family' => '/((family|last|sur)[-_ ]?name|(^|[-_])sei$|^姓$|姓[（(]|オ?名前[^a-z]*姓|苗字|名字)/u',
		'name_given'  => '/((first|given)[-_ ]?name|(^|[-_])mei$|^名$|名[（(]|オ?名前[^a-z]*[（(]?名[）)]?$)/u',
		'url'         => '/((^|[^a-z])url|web[-_ ]?site|homepage|ホームページ|サイト)/u',
		'subject'     => '/(subject|件名|題名|(^|[^a-z])title)/u',
		'textarea'    => '/(message|inquiry|enquiry|question|comment|remark|contents?([^a-z]|$)|body|detail|内容|本文|メッセージ|相談|質問|要望|備考|自由記入)/u',
		'category'    => '/(type|kind|categor|種別|種類|カテゴリ|区分|項目|用件|目的)/u',
		'address'     => '/(address|jusho|住所|所在地|市区町村|番地|建物)/u',
		'name'        => '/(name|氏名|名前|担当者|オ名前|shimei)/u',
		'date'        => '/(date|日付|日程|希望日|年月日|birth)/u',
		'number'      => '/(number|amount|count|人数|台数|個数|数量|予算)/u',
	);

	/** What a field asks for when only its type tells. */
	const BY_TYPE = array(
		'email'    => 'email',
		'tel'      => 'tel',
		'url'      => 'url',
		'postal'   => 'postal_code',
		'date'     => 'date',
		'number'   => 'number',
		'textarea' => 'textarea',
		'consent'  => 'consent',
	);

	/**
	 * The best guess for a form.
	 *
	 * @param array $fields The plugin's fields, as a bridge gives them.
	 * @param array $form   The Leadseal form, as the site API gives it.
	 * @return array<string,string> Target by plugin field; `''` where there is no good guess.
	 */
	public static function guess( array $fields, array $form ): array {
		$pairs = array();
		$order = 0;
		foreach ( $fields as $name => $field ) {
			foreach ( self::targets( $form ) as $target => $asked ) {
				$score = self::score( $field, $target, $asked );
				if ( $score >= self::ENOUGH ) {
					$pairs[] = array( $score, $order++, (string) $name, $target );
				}
			}
		}
		usort(
			$pairs,
			static function ( array $a, array $b ): int {
				return array( $b[0], $a[1] ) <=> array( $a[0], $b[1] );
			}
		);
		$map   = array_fill_keys( array_map( 'strval', array_keys( $fields ) ), '' );
		$taken = array();
		foreach ( $pairs as list( , , $name, $target ) ) {
			$asked = self::targets( $form )[ $target ];
			if ( '' !== $map[ $name ] || isset( $taken[ $target ] ) || self::clashes( $target, $asked, $taken ) ) {
				continue;
			}
			$map[ $name ]     = $target;
			$taken[ $target ] = true;
		}
		return $map;
	}

	/**
	 * Everything of a Leadseal form that can be answered: what is asked by target. A name in two parts
	 * is also there as a whole, which is cut at its space.
	 *
	 * @param array $form The Leadseal form.
	 * @return array<string,array{field:array,part:string}>
	 */
	public static function targets( array $form ): array {
		$targets = array();
		foreach ( (array) ( $form['fields'] ?? array() ) as $field ) {
			if ( ! is_array( $field ) || ! isset( $field['id'], $field['kind'] ) ) {
				continue;
			}
			$targets[ $field['id'] ] = array(
				'field' => $field,
				'part'  => '',
			);
			if ( self::is_split( $field ) ) {
				foreach ( array( 'family', 'given' ) as $part ) {
					$targets[ $field['id'] . '_' . $part ] = array(
						'field' => $field,
						'part'  => $part,
					);
				}
			}
		}
		return $targets;
	}

	/**
	 * What Leadseal demands and a mapping does not give: labels by target.
	 *
	 * @param array  $map   The mapping.
	 * @param array  $fixed Values that are always sent, by target.
	 * @param array  $form  The Leadseal form.
	 * @param string $lang  Of the labels.
	 * @return array<string,string>
	 */
	public static function missing( array $map, array $fixed, array $form, string $lang ): array {
		$given   = array_filter( array_merge( array_values( $map ), array_keys( array_filter( $fixed, 'strlen' ) ) ), 'strlen' );
		$missing = array();
		foreach ( (array) ( $form['fields'] ?? array() ) as $field ) {
			if ( empty( $field['required'] ) || in_array( $field['id'], $given, true ) ) {
				continue;
			}
			if ( self::is_split( $field ) ) {
				$lacking = array_diff( array( $field['id'] . '_family', $field['id'] . '_given' ), $given );
				foreach ( count( $lacking ) > 1 ? array( $field['id'] ) : $lacking as $target ) {
					$missing[ $target ] = self::label( $field, $lang );
				}
				continue;
			}
			$missing[ $field['id'] ] = self::label( $field, $lang );
		}
		return $missing;
	}

	/**
	 * What was typed as answers for Leadseal.
	 *
	 * @param array  $map    The mapping.
	 * @param array  $fixed  Values that are always sent, by target.
	 * @param array  $values What the plugin got: a string or a list of strings by field name.
	 * @param array  $form   The Leadseal form.
	 * @param string $lang   Of the visitor.
	 */
	public static function answers( array $map, array $fixed, array $values, array $form, string $lang ): array {
		$targets = self::targets( $form );
		$given   = array();
		foreach ( $map as $name => $target ) {
			if ( isset( $targets[ $target ], $values[ $name ] ) ) {
				$found            = self::texts( $values[ $name ] );
				$given[ $target ] = array_merge( $given[ $target ] ?? array(), $found );
			}
		}
		foreach ( $fixed as $target => $value ) {
			if ( isset( $targets[ $target ] ) && '' !== (string) $value && empty( $given[ $target ] ) ) {
				$given[ $target ] = array( (string) $value );
			}
		}
		$answers = array();
		foreach ( $given as $target => $texts ) {
			if ( array() !== $texts ) {
				$answers = array_merge( $answers, self::answer( (string) $target, $targets[ $target ], $texts, $lang ) );
			}
		}
		return $answers;
	}

	/**
	 * The plugin's fields that a complaint of Leadseal is about.
	 *
	 * @param array  $map  The mapping.
	 * @param string $id   The field that Leadseal names: an id or one part's name.
	 * @return string[]
	 */
	public static function sources( array $map, string $id ): array {
		$exact = array_keys( $map, $id, true );
		if ( array() !== $exact ) {
			return array_map( 'strval', $exact );
		}
		$whole = preg_replace( '/_(family|given)\z/', '', $id );
		$names = array_merge( array_keys( $map, $whole, true ), array_keys( $map, $id . '_family', true ), array_keys( $map, $id . '_given', true ) );
		return array_map( 'strval', $names );
	}

	/**
	 * Made-up values for a trial: one for each mapped field, in the plugin's own words where it has a list.
	 *
	 * @param array $map    The mapping.
	 * @param array $fields The plugin's fields.
	 * @param array $form   The Leadseal form.
	 */
	public static function made_up( array $map, array $fields, array $form ): array {
		$targets = self::targets( $form );
		$values  = array();
		foreach ( $map as $name => $target ) {
			if ( ! isset( $targets[ $target ], $fields[ $name ] ) ) {
				continue;
			}
			$field   = $targets[ $target ]['field'];
			$options = array_values( array_filter( $fields[ $name ]['options'], 'strlen' ) );
			if ( array() !== $options && 'consent' !== $field['kind'] ) {
				$values[ $name ] = $options[0];
			} else {
				$values[ $name ] = self::made_up_value( $field, $targets[ $target ]['part'] );
			}
		}
		return $values;
	}

	/**
	 * A field's label.
	 *
	 * @param array  $field A field of a Leadseal form.
	 * @param string $lang  Preferred language.
	 */
	public static function label( array $field, string $lang ): string {
		$label = Leadseal_Forms::text( $field['label'] ?? '', $lang );
		return '' === $label ? (string) ( $field['id'] ?? '' ) : $label;
	}

	/**
	 * Whether a name is asked for in two parts. `inputs` tells; without it both parts are the rule.
	 *
	 * @param array $field A field of a Leadseal form.
	 */
	public static function is_split( array $field ): bool {
		if ( ! in_array( $field['kind'] ?? '', array( 'name', 'kana' ), true ) ) {
			return false;
		}
		return ! isset( $field['inputs'] ) || count( (array) $field['inputs'] ) > 1;
	}

	/**
	 * How well a plugin's field fits a target, 0 to 100.
	 *
	 * @param array  $field  The plugin's field.
	 * @param string $target The target.
	 * @param array  $asked  What it asks for.
	 */
	private static function score( array $field, string $target, array $asked ): int {
		$concept = self::concept( $field );
		$kind    = $asked['field']['kind'];
		if ( 'again' === $concept || 'file' === $field['type'] || ( 'consent' === $field['type'] ) !== ( 'consent' === $kind ) && ! self::could_consent( $field, $kind ) ) {
			return 0;
		}
		if ( self::plain( str_replace( array( '-', ' ' ), '_', preg_replace( '/\A(your|my|f|cf|input)[-_]/', '', $field['name'] ) ) ) === self::plain( $target ) ) {
			return 100;
		}
		$labels = array_map( array( __CLASS__, 'plain' ), array_filter( array_values( (array) $asked['field']['label'] ), 'is_string' ) );
		if ( '' === $asked['part'] && '' !== self::plain( $field['label'] ) && in_array( self::plain( $field['label'] ), $labels, true ) ) {
			return 90;
		}
		$options = self::common_options( $field, $asked['field'] );
		if ( $options > 0 ) {
			return 60 + (int) round( 30 * $options );
		}
		return $concept === self::concept_of_target( $asked ) ? 70 : 0;
	}

	/**
	 * Whether a box to tick may be a consent.
	 *
	 * @param array  $field The plugin's field.
	 * @param string $kind  Of the Leadseal field.
	 */
	private static function could_consent( array $field, string $kind ): bool {
		return 'consent' === $kind && 'checkboxes' === $field['type'] && count( $field['options'] ) < 2;
	}

	/**
	 * What a plugin's field asks for.
	 *
	 * @param array $field The plugin's field.
	 */
	private static function concept( array $field ): string {
		$by_type = self::BY_TYPE[ $field['type'] ] ?? '';
		// Name and label apart, so that "name" in one does not outweigh "会社名" in the other.
		foreach ( array( $field['label'], $field['name'] ) as $words ) {
			$found = self::concept_of_words( $words, $field['type'] );
			if ( '' !== $found && ( 'again' === $found || '' === $by_type || 'consent' === $by_type && 'marketing' === $found ) ) {
				return $found;
			}
		}
		if ( 'consent' === $by_type ) {
			return 'consent';
		}
		return $by_type;
	}

	/**
	 * What words ask for; '' when they do not tell.
	 *
	 * @param string $words A name or a label.
	 * @param string $type  Of the field.
	 */
	private static function concept_of_words( string $words, string $type ): string {
		$plain = self::plain( $words );
		if ( '' === $plain ) {
			return '';
		}
		$is_box = in_array( $type, array( 'consent', 'checkboxes' ), true );
		foreach ( self::CONCEPTS as $concept => $pattern ) {
			if ( in_array( $concept, array( 'privacy', 'consent', 'marketing' ), true ) && ! $is_box ) {
				continue;
			}
			if ( 'textarea' === $concept && in_array( $type, array( 'select', 'radio', 'checkboxes' ), true ) ) {
				continue;
			}
			if ( preg_match( $pattern, $plain ) ) {
				return 'privacy' === $concept ? 'consent' : $concept;
			}
		}
		return '';
	}

	/**
	 * What a target asks for, in the same words.
	 *
	 * @param array $asked A target.
	 */
	private static function concept_of_target( array $asked ): string {
		$field = $asked['field'];
		$kind  = $field['kind'];
		if ( 'consent' === $kind ) {
			$words = ( $field['purpose'] ?? '' ) . ' ' . $field['id'];
			return preg_match( '/market|advert|news|mail/', $words ) ? 'marketing' : 'consent';
		}
		if ( in_array( $kind, array( 'text', 'select', 'radio', 'checkboxes' ), true ) ) {
			foreach ( array_merge( array( $field['id'] ), array_values( (array) $field['label'] ) ) as $words ) {
				$found = self::concept_of_words( (string) $words, $kind );
				if ( '' !== $found ) {
					return $found;
				}
			}
			return $kind;
		}
		return '' === $asked['part'] ? $kind : $kind . '_' . $asked['part'];
	}

	/**
	 * Whether a target asks for what another guess already gives: a whole name and its parts.
	 *
	 * @param string $target The target.
	 * @param array  $asked  What it asks for.
	 * @param array  $taken  Targets already guessed.
	 */
	private static function clashes( string $target, array $asked, array $taken ): bool {
		$id = $asked['field']['id'];
		if ( '' === $asked['part'] ) {
			return isset( $taken[ $id . '_family' ] ) || isset( $taken[ $id . '_given' ] );
		}
		return isset( $taken[ $id ] );
	}

	/**
	 * The share of a plugin field's options that a Leadseal field knows.
	 *
	 * @param array $field The plugin's field.
	 * @param array $asked A field of a Leadseal form.
	 */
	private static function common_options( array $field, array $asked ): float {
		if ( array() === $field['options'] || empty( $asked['options'] ) ) {
			return 0.0;
		}
		$known = 0;
		foreach ( $field['options'] as $option ) {
			$known += null === self::option( (string) $option, $asked ) ? 0 : 1;
		}
		return $known / count( $field['options'] );
	}

	/**
	 * The value of the option that a text names; null when none is.
	 *
	 * @param string $text  What was chosen.
	 * @param array  $asked A field of a Leadseal form.
	 */
	private static function option( string $text, array $asked ): ?string {
		$plain = self::plain( $text );
		foreach ( (array) ( $asked['options'] ?? array() ) as $option ) {
			$words = array_merge( array( (string) $option['value'] ), array_values( (array) ( $option['label'] ?? array() ) ) );
			if ( in_array( $plain, array_map( array( __CLASS__, 'plain' ), array_map( 'strval', $words ) ), true ) ) {
				return (string) $option['value'];
			}
		}
		return null;
	}

	/**
	 * One answer, under the names that Leadseal takes.
	 *
	 * @param string   $target The target.
	 * @param array    $asked  What it asks for.
	 * @param string[] $texts  What was typed for it.
	 * @param string   $lang   Of the visitor.
	 */
	private static function answer( string $target, array $asked, array $texts, string $lang ): array {
		$field = $asked['field'];
		switch ( $field['kind'] ) {
			case 'consent':
				return array( $target => true );
			case 'checkboxes':
			case 'select':
			case 'radio':
				$chosen = array();
				foreach ( $texts as $text ) {
					$chosen[] = self::option( $text, $field ) ?? $text;
				}
				return array( $target => 'checkboxes' === $field['kind'] ? array_values( array_unique( $chosen ) ) : $chosen[0] );
			case 'name':
			case 'kana':
				$whole = implode( ' ', $texts );
				if ( '' !== $asked['part'] || ! self::is_split( $field ) ) {
					return array( $target => $whole );
				}
				return self::split_name( $field['id'], $whole, $lang );
			case 'textarea':
				return array( $target => implode( "\n", $texts ) );
			case 'address':
				return array( $target => implode( 'ja' === $lang ? '' : ' ', $texts ) );
			case 'tel':
			case 'postal_code':
				return array( $target => implode( '-', $texts ) );
			default:
				return array( $target => implode( 'ja' === $lang ? '、' : ', ', $texts ) );
		}
	}

	/**
	 * A whole name as its two parts, cut at the first space. The family name comes first unless the
	 * visitor writes a name in Latin letters in English.
	 *
	 * @param string $id   Of the field.
	 * @param string $name What was typed.
	 * @param string $lang Of the visitor.
	 */
	private static function split_name( string $id, string $name, string $lang ): array {
		$parts = preg_split( '/[\s\x{3000}]+/u', trim( $name ), 2, PREG_SPLIT_NO_EMPTY );
		$parts = is_array( $parts ) ? $parts : array();
		if ( count( $parts ) < 2 ) {
			return array( $id . '_family' => $parts[0] ?? '' );
		}
		if ( 'en' === $lang && ! preg_match( '/[\p{Han}\p{Hiragana}\p{Katakana}]/u', $name ) ) {
			$parts = array_reverse( $parts );
		}
		return array(
			$id . '_family' => $parts[0],
			$id . '_given'  => $parts[1],
		);
	}

	/**
	 * What a plugin hands over as a list of texts that are not empty.
	 *
	 * @param mixed $value A string or a list, however deep.
	 * @return string[]
	 */
	private static function texts( $value ): array {
		$texts = array();
		foreach ( is_array( $value ) ? $value : array( $value ) as $one ) {
			if ( is_array( $one ) ) {
				$texts = array_merge( $texts, self::texts( $one ) );
			} elseif ( is_scalar( $one ) && '' !== trim( (string) $one ) ) {
				$texts[] = (string) $one;
			}
		}
		return $texts;
	}

	/**
	 * Words as they are compared.
	 *
	 * @param string $words Any.
	 */
	private static function plain( string $words ): string {
		$words = wp_strip_all_tags( $words );
		$words = function_exists( 'mb_convert_kana' ) ? mb_convert_kana( $words, 'asKCV', 'UTF-8' ) : $words;
		$words = function_exists( 'mb_strtolower' ) ? mb_strtolower( $words, 'UTF-8' ) : strtolower( $words );
		return trim( (string) preg_replace( '/(\s|[*※:：]|必須|任意|required|optional|\(\)|（）|\[\])+/u', ' ', $words ) );
	}

	/**
	 * A made-up value for a Leadseal field.
	 *
	 * @param array  $field A field of a Leadseal form.
	 * @param string $part  `family`, `given` or ''.
	 */
	private static function made_up_value( array $field, string $part ): string {
		$names = array(
			'name' => array( '見本', '太郎' ),
			'kana' => array( 'ミホン', 'タロウ' ),
		);
		if ( isset( $names[ $field['kind'] ] ) ) {
			list( $family, $given ) = $names[ $field['kind'] ];
			return '' === $part ? $family . ' ' . $given : ( 'family' === $part ? $family : $given );
		}
		$options = (array) ( $field['options'] ?? array() );
		if ( array() !== $options ) {
			return (string) ( reset( $options )['value'] ?? '' );
		}
		$values = array(
			'email'       => 'mihon@example.co.jp',
			'tel'         => '03-1234-5678',
			'postal_code' => '100-0001',
			'prefecture'  => '東京都',
			'address'     => '千代田区千代田1-1',
			'company'     => '見本株式会社',
			'department'  => '見本部',
			'job_title'   => '見本',
			'url'         => 'https://www.example.co.jp/',
			'number'      => '1',
			'date'        => gmdate( 'Y-m-d', time() + 14 * DAY_IN_SECONDS ),
			'textarea'    => 'つながりを確かめるための見本です。 This is a trial of the connection.',
			'consent'     => '1',
		);
		return $values[ $field['kind'] ] ?? '見本';
	}
}
