<?php
/**
 * The guesses and answers of Leadseal_Mapping, as a table. Run inside a site:
 * `DIR/php tests/wordpress/mapping.php`; prints what is not as expected, and the count.
 *
 * @package Leadseal
 */

$fields = array(
	array( 'inquiry_type', 'select', 'お問い合わせ種別', 'What is it about?', true ),
	array( 'company', 'company', '会社名・団体名', 'Company or organisation', false ),
	array( 'department', 'department', '部署', 'Department', false ),
	array( 'name', 'name', 'お名前', 'Name', true ),
	array( 'kana', 'kana', 'フリガナ', 'Name in katakana', false ),
	array( 'email', 'email', 'メールアドレス', 'Email address', true ),
	array( 'tel', 'tel', '電話番号', 'Phone number', false ),
	array( 'postal_code', 'postal_code', '郵便番号', 'Postal code', false ),
	array( 'prefecture', 'prefecture', '都道府県', 'Prefecture', false ),
	array( 'address', 'address', 'ご住所', 'Address', false ),
	array( 'website_url', 'url', 'ホームページ', 'Web site', false ),
	array( 'seats', 'number', '参加人数', 'Number of seats', false ),
	array( 'day', 'date', 'ご希望日', 'Preferred date', false ),
	array( 'title', 'text', '件名', 'Subject', false ),
	array( 'message', 'textarea', 'お問い合わせ内容', 'Your message', true ),
	array( 'topics', 'checkboxes', 'ご興味のある分野', 'Topics', false ),
	array( 'privacy', 'consent', '個人情報の取り扱い', 'Privacy', true ),
	array( 'marketing', 'consent', 'ご案内メール', 'News by email', false ),
);
$form   = array(
	'id'        => 'contact',
	'languages' => array( 'ja', 'en' ),
	'fields'    => array(),
);
foreach ( $fields as list( $id, $kind, $ja, $en, $required ) ) {
	$field = array(
		'id'       => $id,
		'kind'     => $kind,
		'label'    => array(
			'ja' => $ja,
			'en' => $en,
		),
		'required' => $required,
		'inputs'   => in_array( $kind, array( 'name', 'kana' ), true ) ? array( "{$id}_family", "{$id}_given" ) : array( $id ),
	);
	if ( 'consent' === $kind ) {
		$field['purpose'] = $id;
	}
	if ( 'select' === $kind || 'checkboxes' === $kind ) {
		$field['options'] = array(
			array(
				'value' => 'product',
				'label' => array(
					'ja' => '製品・サービスについて',
					'en' => 'Products and services',
				),
			),
			array(
				'value' => 'other',
				'label' => array(
					'ja' => 'その他',
					'en' => 'Something else',
				),
			),
		);
	}
	$form['fields'][] = $field;
}

$wrong = array();
$count = 0;
$check = static function ( string $what, $expected, $found ) use ( &$wrong, &$count ): void {
	++$count;
	if ( $expected !== $found ) {
		$wrong[] = $what . ': expected ' . wp_json_encode( $expected, JSON_UNESCAPED_UNICODE ) . ', found ' . wp_json_encode( $found, JSON_UNESCAPED_UNICODE );
	}
};
$field = static function ( string $name, string $type = 'text', string $label = '', array $options = array() ): array {
	return array(
		'name'     => $name,
		'type'     => $type,
		'label'    => $label,
		'required' => false,
		'options'  => $options,
	);
};

// One field at a time: name, type, label, options, and what it is guessed to answer.
$table = array(
	array( 'your-name', 'text', 'Your name', array(), 'name' ),
	array( 'your-email', 'email', 'Your email', array(), 'email' ),
	array( 'your-subject', 'text', 'Subject', array(), 'title' ),
	array( 'your-message', 'textarea', 'Your message (optional)', array(), 'message' ),
	array( 'tel-123', 'tel', '電話番号', array(), 'tel' ),
	array( 'text-1', 'text', '電話番号', array(), 'tel' ),
	array( 'text-2', 'text', '会社名', array(), 'company' ),
	array( 'text-3', 'text', '貴社名（必須）', array(), 'company' ),
	array( 'text-4', 'text', 'お名前', array(), 'name' ),
	array( 'text-5', 'text', '氏名 ※', array(), 'name' ),
	array( 'text-6', 'text', 'ご担当者名', array(), 'name' ),
	array( 'text-7', 'text', 'フリガナ', array(), 'kana' ),
	array( 'text-8', 'text', 'ふりがな', array(), 'kana' ),
	array( 'text-9', 'text', 'ﾌﾘｶﾞﾅ', array(), 'kana' ),
	array( 'text-10', 'text', '姓', array(), 'name_family' ),
	array( 'text-11', 'text', '名', array(), 'name_given' ),
	array( 'text-12', 'text', 'セイ', array(), 'kana_family' ),
	array( 'text-13', 'text', 'メイ', array(), 'kana_given' ),
	array( 'first-name', 'text', 'First name', array(), 'name_given' ),
	array( 'last-name', 'text', 'Last name', array(), 'name_family' ),
	array( 'text-14', 'text', 'メールアドレス', array(), 'email' ),
	array( 'mail2', 'email', 'メールアドレス（確認）', array(), '' ),
	array( 'email_confirm', 'email', '', array(), '' ),
	array( 'text-15', 'text', '部署名', array(), 'department' ),
	array( 'text-16', 'text', '郵便番号', array(), 'postal_code' ),
	array( 'zip', 'postal', '〒', array(), 'postal_code' ),
	array( 'text-17', 'text', 'ご住所', array(), 'address' ),
	array( 'menu-1', 'select', '都道府県', array( '北海道', '東京都' ), 'prefecture' ),
	array( 'text-18', 'url', '', array(), 'website_url' ),
	array( 'text-19', 'number', '参加人数', array(), 'seats' ),
	array( 'date-1', 'date', 'ご希望日', array(), 'day' ),
	array( 'menu-2', 'select', 'お問い合わせ種別', array( '見積', '採用' ), 'inquiry_type' ),
	array( 'menu-3', 'select', '', array( '製品・サービスについて', 'その他' ), 'inquiry_type' ),
	array( 'お問い合わせ内容', 'textarea', '', array(), 'message' ),
	array( '会社名', 'text', '', array(), 'company' ),
	array( 'acceptance-1', 'consent', 'プライバシーポリシーに同意する', array(), 'privacy' ),
	array( 'acceptance-2', 'consent', 'メールマガジンの受信に同意する', array(), 'marketing' ),
	array( 'check-1', 'checkboxes', '個人情報の取り扱い', array( '同意する' ), 'privacy' ),
	array( 'file-1', 'file', '添付ファイル', array(), '' ),
	array( 'fax', 'text', 'FAX番号', array(), '' ),
	array( 'text-20', 'text', 'ご紹介者コード', array(), '' ),
);
foreach ( $table as list( $name, $type, $label, $options, $expected ) ) {
	$guess = Leadseal_Mapping::guess( array( $name => $field( $name, $type, $label, $options ) ), $form );
	$check( "guess of $name $label", $expected, $guess[ $name ] );
}

// A whole form: each target once, the better fit first.
$whole = array();
foreach ( array( array( 'your-name', 'text', 'お名前' ), array( 'your-kana', 'text', 'お名前（フリガナ）' ), array( 'corp', 'text', '会社名' ), array( 'your-email', 'email', 'メールアドレス' ), array( 'your-email2', 'email', 'メールアドレス確認用' ), array( 'your-message', 'textarea', 'ご相談内容' ), array( 'memo', 'textarea', '備考' ), array( 'agree', 'consent', '個人情報保護方針に同意します' ) ) as list( $name, $type, $label ) ) {
	$whole[ $name ] = $field( $name, $type, $label );
}
$check(
	'a whole form',
	array(
		'your-name'    => 'name',
		'your-kana'    => 'kana',
		'corp'         => 'company',
		'your-email'   => 'email',
		'your-email2'  => '',
		'your-message' => 'message',
		'memo'         => '',
		'agree'        => 'privacy',
	),
	Leadseal_Mapping::guess( $whole, $form )
);
$pair = Leadseal_Mapping::guess(
	array(
		'sei'  => $field( 'sei', 'text', '姓' ),
		'mei'  => $field( 'mei', 'text', '名' ),
		'name' => $field( 'text-9', 'text', '担当者' ),
	),
	$form
);
$check( 'parts of a name leave no whole one', array( 'name_family', 'name_given', '' ), array_values( $pair ) );

// Values on their way.
$answers = static function ( array $map, array $values, string $lang = 'ja', array $fixed = array() ) use ( $form ): array {
	return Leadseal_Mapping::answers( $map, $fixed, $values, $form, $lang );
};
$check( 'a name with a wide space', array( 'name_family' => '髙﨑', 'name_given' => '美咲' ), $answers( array( 'n' => 'name' ), array( 'n' => '髙﨑　美咲' ) ) );
$check( 'a name without a space', array( 'name_family' => '髙﨑美咲' ), $answers( array( 'n' => 'name' ), array( 'n' => ' 髙﨑美咲 ' ) ) );
$check( 'an English name', array( 'name_family' => 'Doe', 'name_given' => 'Jane' ), $answers( array( 'n' => 'name' ), array( 'n' => 'Jane Doe' ), 'en' ) );
$check( 'a Japanese name on an English page', array( 'name_family' => '髙﨑', 'name_given' => '美咲' ), $answers( array( 'n' => 'name' ), array( 'n' => '髙﨑 美咲' ), 'en' ) );
$check( 'two parts', array( 'name_family' => '髙﨑', 'name_given' => '美咲' ), $answers( array( 'a' => 'name_family', 'b' => 'name_given' ), array( 'a' => '髙﨑', 'b' => '美咲' ) ) );
$check( 'a label for its value', array( 'inquiry_type' => 'product' ), $answers( array( 's' => 'inquiry_type' ), array( 's' => array( '製品・サービスについて' ) ) ) );
$check( 'labels for values', array( 'topics' => array( 'product', 'other' ) ), $answers( array( 's' => 'topics' ), array( 's' => array( '製品・サービスについて', 'その他' ) ) ) );
$check( 'a consent', array( 'privacy' => true ), $answers( array( 'c' => 'privacy' ), array( 'c' => '1' ) ) );
$check( 'no consent', array(), $answers( array( 'c' => 'privacy' ), array( 'c' => '' ) ) );
$check( 'a telephone number in parts', array( 'tel' => '03-1234-5678' ), $answers( array( 't' => 'tel' ), array( 't' => array( '03', '1234', '5678' ) ) ) );
$check( 'two fields for one text', array( 'message' => "a\nb" ), $answers( array( 'x' => 'message', 'y' => 'message' ), array( 'x' => 'a', 'y' => 'b' ) ) );
$check( 'a fixed answer', array( 'inquiry_type' => 'other' ), $answers( array(), array(), 'ja', array( 'inquiry_type' => 'other' ) ) );
$check( 'what is typed before a fixed answer', array( 'inquiry_type' => 'product' ), $answers( array( 's' => 'inquiry_type' ), array( 's' => 'product' ), 'ja', array( 'inquiry_type' => 'other' ) ) );
$check( 'nothing for a field that is left out', array(), $answers( array( 'x' => '' ), array( 'x' => 'a' ) ) );

// What is missing, and whom a complaint is about.
$check( 'missing', array( 'inquiry_type', 'name', 'email', 'message', 'privacy' ), array_keys( Leadseal_Mapping::missing( array(), array(), $form, 'ja' ) ) );
$check( 'one part missing', array( 'name_given' ), array_keys( Leadseal_Mapping::missing( array( 'a' => 'name_family', 'e' => 'email', 'm' => 'message', 'p' => 'privacy' ), array( 'inquiry_type' => 'other' ), $form, 'ja' ) ) );
$check( 'a complaint about a part of a whole name', array( 'n' ), Leadseal_Mapping::sources( array( 'n' => 'name' ), 'name_given' ) );
$check( 'a complaint about a part', array( 'b' ), Leadseal_Mapping::sources( array( 'a' => 'name_family', 'b' => 'name_given' ), 'name_given' ) );
$check( 'a complaint about parts', array( 'a', 'b' ), Leadseal_Mapping::sources( array( 'a' => 'name_family', 'b' => 'name_given' ), 'name' ) );

foreach ( $wrong as $line ) {
	echo $line, "\n";
}
printf( "%d checks, %d wrong\n", (int) $count, count( $wrong ) );
