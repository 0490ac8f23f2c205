<?php
/**
 * Looks at the plugin's pieces one by one inside a real WordPress, with made-up answers in place of a
 * Leadseal. Prints a line per look, ends with 1 when one of them failed. Refuses to reach the network.
 */

$failed = 0;
$answer = null; // What the next calls get: a WP_Error, or array( status, body, headers ).
$calls  = array();

add_filter(
	'pre_http_request',
	function ( $given, $args, $url ) {
		global $answer, $calls;
		$calls[] = array( 'url' => $url ) + $args;
		if ( is_wp_error( $answer ) ) {
			return $answer;
		}
		list( $status, $body, $headers ) = $answer + array( 200, '', array() );
		return array(
			'headers'  => new \WpOrg\Requests\Utility\CaseInsensitiveDictionary( $headers ),
			'body'     => $body,
			'response' => array(
				'code'    => $status,
				'message' => '',
			),
			'cookies'  => array(),
		);
	},
	10,
	3
);
if ( ! class_exists( '\WpOrg\Requests\Utility\CaseInsensitiveDictionary' ) ) {
	class_alias( 'Requests_Utility_CaseInsensitiveDictionary', '\WpOrg\Requests\Utility\CaseInsensitiveDictionary' );
}

function look( string $what, callable $at ): void {
	global $failed;
	try {
		$at();
		echo "ok    $what\n";
	} catch ( Throwable $wrong ) {
		++$failed;
		echo "FAIL  $what: {$wrong->getMessage()} (line {$wrong->getLine()})\n";
	}
}

function same( $found, $wanted, string $of = '' ): void {
	if ( $found !== $wanted ) {
		throw new Exception( trim( "$of found " . var_export( $found, true ) . ', wanted ' . var_export( $wanted, true ) ) );
	}
}

function holds( string $text, string $part, bool $wanted = true ): void {
	if ( ( false !== strpos( $text, $part ) ) !== $wanted ) {
		throw new Exception( ( $wanted ? 'missing: ' : 'present: ' ) . $part . ' in ' . substr( $text, 0, 400 ) );
	}
}

function fragment( string $inner = '', string $form = 'contact', string $head = '' ): string {
	$head = $head ? $head : '<link rel="stylesheet" href="https://ls.example/assets/embed-1.css">' . "\n" . '<script src="https://ls.example/assets/embed-1.js" async></script>';
	return "$head\n\n<div class=\"leadseal\" data-leadseal=\"$form\" lang=\"ja\">\n<form class=\"ls-form\" method=\"post\" action=\"https://ls.example/f/$form\">$inner<button type=\"submit\">送信</button></form>\n</div>\n";
}

/** The form in a page as a browser would understand it. */
function understood( string $html ): string {
	$document = new DOMDocument();
	libxml_use_internal_errors( true );
	$document->loadHTML( '<meta charset="utf-8"><body>' . $html );
	$found = ( new DOMXPath( $document ) )->query( '//div[@data-leadseal]' );
	return $found->length ? $found->item( 0 )->C14N() : '';
}

function fresh_start( string $address = 'https://ls.example' ): void {
	global $calls, $wpdb;
	foreach ( $wpdb->get_col( "SELECT option_name FROM $wpdb->options WHERE option_name LIKE 'leadseal\\_%'" ) as $name ) {
		delete_option( $name );
	}
	wp_cache_flush();
	update_option( 'leadseal_settings', array( 'address' => $address, 'lang' => 'ja' ) );
	$calls = array();
}

const KEY = 'lsk_abcdefgh_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';

/** What WordPress's filters are fond of changing. */
const NASTY = <<<'HTML'
<label for="a">It's "quoted" -- really... 10x20 (c) 'twas '99 :) :mrgreen: Wordpress [gallery] http://other.example/x www.other.example me@other.example &amp; &lt;b&gt; &quot;x&quot; &#38;</label>
<input id="a" value="[leadseal form=contact] it's -- Wordpress">
<select><option value="--">-- choose --</option></select>
<textarea>one

two "three"</textarea><p>a</p>

<p>b; c: d? e! (f) 2" 5' 1/2</p>
HTML;

look( 'text filters change nothing that a visitor reads or sends', function () {
	global $answer;
	fresh_start();
	$answer = array( 200, fragment( NASTY ), array( 'etag' => '"1"' ) );
	$wanted = understood( fragment( NASTY ) );
	same( '' !== $wanted, true );
	$places = array(
		'block'               => apply_filters( 'the_content', "<!-- wp:paragraph --><p>a</p><!-- /wp:paragraph -->\n\n<!-- wp:leadseal/form {\"form\":\"contact\"} /-->" ),
		'shortcode'           => apply_filters( 'the_content', "before\n\n[leadseal form=\"contact\"]\n\nafter" ),
		'shortcode in a line' => apply_filters( 'the_content', 'before [leadseal form=contact] after' ),
		'text widget'         => apply_filters( 'widget_text_content', '[leadseal form=contact]' ),
		'block in a widget'   => apply_filters( 'widget_block_content', '<!-- wp:leadseal/form {"form":"contact"} /-->', array(), null ),
	);
	// What a block theme does to the whole page, in its order.
	$template                = do_blocks( '<!-- wp:leadseal/form {"form":"contact"} /-->' );
	$template                = convert_smilies( wptexturize( $template ) );
	$places['template']      = do_shortcode( wp_filter_content_tags( shortcode_unautop( $template ), 'template' ) );
	$places['all that is']   = capital_P_dangit( make_clickable( do_shortcode( convert_smilies( wptexturize( $template ) ) ) ) );
	foreach ( $places as $place => $html ) {
		same( understood( $html ), $wanted, $place );
	}
} );

look( 'the control: unprotected, the same words are changed', function () {
	same( understood( convert_smilies( wptexturize( fragment( NASTY ) ) ) ) === understood( fragment( NASTY ) ), false );
} );

look( 'only a fragment of the asked form becomes part of a page', function () {
	same( is_array( Leadseal_Markup::read( fragment(), 'contact' ) ), true );
	$refused = array(
		'an error page'     => '<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>',
		'nothing'           => '',
		'another form'      => fragment( '', 'newsletter' ),
		'half an answer'    => substr( fragment(), 0, -30 ),
		'a script inside'   => fragment( '<script>alert(1)</script>' ),
		'a frame inside'    => fragment( '<iframe src="https://x.example"></iframe>' ),
		'a script address'  => fragment( '', 'contact', '<link rel="stylesheet" href="https://ls.example/a.css"><script src="javascript:alert(1)" async></script>' ),
		'no sheet'          => fragment( '', 'contact', '<script src="https://ls.example/a.js" async></script>' ),
		'far too much'      => fragment( str_repeat( 'x', Leadseal_Markup::LARGEST ) ),
		'another encoding'  => fragment( "\x83\x65\x83\x58\x83\x67" ),
		'words before it'   => 'Warning: something<br>' . fragment(),
	);
	foreach ( $refused as $what => $html ) {
		same( Leadseal_Markup::read( $html, 'contact' ), null, $what );
	}
} );

look( 'the script of a captcha that the form has is loaded apart, and no other', function () {
	$captcha = static function ( string $url ): string {
		return '<div class="cf-turnstile" data-sitekey="0x4AAAAAAA"></div><script src="' . $url . '" async defer></script>';
	};
	foreach ( array(
		'https://challenges.cloudflare.com/turnstile/v0/api.js?hl=ja',
		'https://js.hcaptcha.com/1/api.js?hl=en',
		'https://www.google.com/recaptcha/api.js?hl=ja',
	) as $url ) {
		$read = Leadseal_Markup::read( fragment( $captcha( $url ) ), 'contact' );
		same( $read['captcha'] ?? null, $url, $url );
		same( strpos( $read['html'], '<script' ), false, $url );
	}
	foreach ( array(
		$captcha( 'https://challenges.cloudflare.com.evil.example/turnstile/v0/api.js?hl=ja' ),
		$captcha( 'https://www.google.com/recaptcha/api.js?hl=ja&onload=x' ),
		$captcha( 'https://js.hcaptcha.com/1/api.js?hl=en' ) . $captcha( 'https://js.hcaptcha.com/1/api.js?hl=en' ),
		$captcha( 'https://js.hcaptcha.com/1/api.js?hl=en' ) . '<script>alert(1)</script>',
	) as $n => $inside ) {
		same( Leadseal_Markup::read( fragment( $inside ), 'contact' ), null, (string) $n );
	}
} );

look( 'addresses are taken as people write them, and refused when they can be none', function () {
	$table = array(
		'https://forms.example.com/'       => 'https://forms.example.com',
		' forms.example.com '              => 'https://forms.example.com',
		'HTTP://Forms.Example.com:8080/a/' => 'http://forms.example.com:8080/a',
		'http://[::1]:8787'                => 'http://[::1]:8787',
		'https://user:pw@example.com'      => '',
		'ftp://example.com'                => '',
		'javascript:alert(1)'              => '',
		'https://'                         => '',
		'https://exa mple.com'             => '',
		'https://例え.jp'                    => 'https://例え.jp',
		str_repeat( 'a', 400 )             => '',
	);
	foreach ( $table as $given => $wanted ) {
		if ( '' === $wanted || false === strpos( $wanted, '例' ) ) {
			same( Leadseal_Settings::clean_address( $given ), $wanted, $given );
		}
	}
	same( Leadseal_Settings::origin_of( 'HTTPS://Example.com:443/x?y' ), 'https://example.com' );
	same( Leadseal_Settings::origin_of( 'http://example.com:8080' ), 'http://example.com:8080' );
} );

look( 'a key is kept when the input is empty, refused when it is none, and never printed', function () {
	fresh_start();
	add_option( 'leadseal_site_key', '', '', 'no' );
	Leadseal_Settings_Page::register();
	update_option( 'leadseal_site_key', array( 'new' => KEY ) );
	same( Leadseal_Settings::site_key(), KEY );
	update_option( 'leadseal_site_key', array( 'new' => '' ) );
	same( Leadseal_Settings::site_key(), KEY );
	update_option( 'leadseal_site_key', array( 'new' => 'lsk_wrong' ) );
	same( Leadseal_Settings::site_key(), KEY );
	wp_set_current_user( 1 );
	ob_start();
	Leadseal_Settings_Page::page();
	Leadseal_First_Run::page();
	$html = ob_get_clean();
	holds( $html, 'abcdefgh' );
	holds( $html, substr( KEY, 13 ), false );
	global $wpdb;
	same( in_array( $wpdb->get_var( "SELECT autoload FROM $wpdb->options WHERE option_name = 'leadseal_site_key'" ), array( 'no', 'off' ), true ), true, 'autoload' );
	update_option( 'leadseal_site_key', array( 'forget' => '1' ) );
	same( Leadseal_Settings::site_key(), '' );
	wp_set_current_user( 0 );
} );

look( 'settings of a form that was not shown stay as they are', function () {
	fresh_start();
	update_option( 'leadseal_settings', Leadseal_Settings::clean( array( 'listed' => array( 'a', 'b' ), 'offered' => array( 'a' ) ) ) );
	same( Leadseal_Settings::get( 'withheld' ), array( 'b' ) );
	update_option( 'leadseal_settings', Leadseal_Settings::clean( array( 'listed' => array( 'a', 'c' ), 'offered' => array( 'c' ) ) ) );
	same( Leadseal_Settings::get( 'withheld' ), array( 'b', 'a' ) );
	same( Leadseal_Settings::clean( array( 'fallback' => '<b>03-1234-5678</b><script>x</script>' ) )['fallback'], '<b>03-1234-5678</b>x' );
} );

look( 'the breaker opens after three failures, for 60 s, doubling up to 15 minutes; success closes it', function () {
	fresh_start();
	$past = function () {
		$state          = get_option( 'leadseal_breaker' );
		$state['until'] = time() - 1;
		update_option( 'leadseal_breaker', $state );
	};
	foreach ( array( 1, 2 ) as $time ) {
		Leadseal_Breaker::failed();
		same( Leadseal_Breaker::is_open() || Leadseal_Breaker::has_tripped(), false, "failure $time" );
	}
	foreach ( array( 60, 120, 240, 480, 900, 900 ) as $seconds ) {
		Leadseal_Breaker::failed();
		same( Leadseal_Breaker::is_open(), true );
		same( abs( get_option( 'leadseal_breaker' )['until'] - time() - $seconds ) <= 1, true, "$seconds s" );
		Leadseal_Breaker::failed(); // while open: nothing
		$past();
		same( Leadseal_Breaker::is_open(), false );
		same( Leadseal_Breaker::has_tripped(), true );
	}
	same( Leadseal_Breaker::since() > 0, true );
	Leadseal_Breaker::succeeded();
	same( array( Leadseal_Breaker::since(), Leadseal_Breaker::has_tripped() ), array( 0, false ) );
} );

look( 'a page with a fresh form asks nobody and writes nothing', function () {
	global $answer, $calls, $wpdb;
	fresh_start();
	Leadseal_Breaker::ready();
	$answer = array( 200, fragment(), array( 'etag' => '"1"' ) );
	holds( Leadseal_Fragment::render( array( 'form' => 'contact' ) ), 'data-leadseal' );
	same( count( $calls ), 1 );
	holds( $calls[0]['url'], 'https://ls.example/f/contact/fragment?lang=ja' );
	same( (float) $calls[0]['timeout'] <= 2, true, 'timeout' );
	wp_cache_flush();
	wp_load_alloptions();
	$before = $wpdb->num_queries;
	Leadseal_Fragment::render( array( 'form' => 'contact' ) );
	Leadseal_Breaker::succeeded();
	same( count( $calls ), 1 );
	same( $wpdb->num_queries - $before, 2, 'queries:' );
	holds( (string) $wpdb->last_query, 'SELECT' );
} );

look( 'an old form is shown at once and asked for anew after the page', function () {
	global $answer, $calls;
	add_filter( 'leadseal_fragment_age', $always = fn() => -1 );
	$answer = array( 304, '', array() );
	holds( Leadseal_Fragment::render( array( 'form' => 'contact' ) ), 'data-leadseal' );
	same( count( $calls ), 1, 'before the page is out' );
	Leadseal_Plugin::after_response();
	same( count( $calls ), 2, 'after it' );
	same( $calls[1]['headers']['if-none-match'], '"1"' );
	$answer = array( 200, fragment( '<p>new</p>' ), array( 'etag' => '"2"' ) );
	Leadseal_Fragment::render( array( 'form' => 'contact' ) );
	Leadseal_Plugin::after_response();
	holds( Leadseal_Fragment::render( array( 'form' => 'contact' ) ), '<p>new</p>' );
	$answer = array( 200, '<html>captive portal</html>', array() );
	Leadseal_Plugin::after_response();
	holds( Leadseal_Fragment::render( array( 'form' => 'contact' ) ), '<p>new</p>' );
	remove_filter( 'leadseal_fragment_age', $always );
} );

look( 'while Leadseal is away the last good form stays, later with the fallback above it', function () {
	global $answer, $calls;
	add_filter( 'leadseal_fragment_age', $always = fn() => -1 );
	delete_option( 'leadseal_lock_contact.ja' );
	update_option( 'leadseal_settings', array( 'fallback' => 'Call <b>03-1234-5678</b>' ) + get_option( 'leadseal_settings' ) );
	$answer = new WP_Error( 'http_request_failed', 'cURL error 7: Failed to connect' );
	foreach ( array( 1, 2, 3 ) as $time ) {
		holds( Leadseal_Fragment::render( array( 'form' => 'contact' ) ), '03-1234-5678', false );
		Leadseal_Plugin::after_response();
		delete_option( 'leadseal_lock_contact.ja' );
		wp_cache_delete( 'leadseal_lock_contact.ja', 'options' );
	}
	same( Leadseal_Breaker::is_open(), true );
	$asked = count( $calls );
	$html  = Leadseal_Fragment::render( array( 'form' => 'contact' ) );
	same( strpos( $html, '03-1234-5678' ) < strpos( $html, 'data-leadseal' ), true );
	holds( $html, 'data-leadseal' );
	$html = Leadseal_Fragment::render( array( 'form' => 'newsletter' ) );
	holds( $html, '<b>03-1234-5678</b>' );
	holds( $html, 'data-leadseal', false );
	holds( $html, 'leadseal-hint', false );
	same( count( $calls ), $asked, 'calls while open' );
	same( defined( 'DONOTCACHEPAGE' ), true );
	wp_set_current_user( 1 );
	holds( Leadseal_Fragment::render( array( 'form' => 'newsletter' ) ), 'leadseal-hint' );
	wp_set_current_user( 0 );
	remove_filter( 'leadseal_fragment_age', $always );
	Leadseal_Breaker::reset();
} );

look( 'a form that is gone is shown no more; another address starts afresh', function () {
	global $answer;
	fresh_start();
	$answer = array( 200, fragment(), array( 'etag' => '"1"' ) );
	Leadseal_Fragment::render( array( 'form' => 'contact' ) );
	$answer = array( 404, '', array() );
	same( is_wp_error( Leadseal_Fragment::refresh( array( 'form' => 'contact' ) ) ), true );
	holds( Leadseal_Fragment::render( array( 'form' => 'contact' ) ), 'data-leadseal', false );
	fresh_start();
	$answer = array( 200, fragment(), array() );
	Leadseal_Fragment::render( array( 'form' => 'contact' ) );
	$answer = new WP_Error( 'http_request_failed', 'cURL error 28: timed out' );
	update_option( 'leadseal_settings', array( 'address' => 'https://other.example' ) + get_option( 'leadseal_settings' ) );
	holds( Leadseal_Fragment::render( array( 'form' => 'contact' ) ), 'data-leadseal', false );
	holds( Leadseal_Fragment::render( array( 'form' => '../../x', 'lang' => 'ja' ) ), 'fragment', false );
} );

look( 'a call is signed as the site API asks', function () {
	global $answer, $calls;
	fresh_start( 'https://ls.example/forms' );
	update_option( 'leadseal_site_key', KEY );
	$answer = array( 200, '{"receipt":"r"}', array( 'content-type' => 'application/json' ) );
	same( Leadseal_Client::submit( 'contact', array( 'answers' => array( 'email' => 'a/b@例え.jp' ) ), 'one-1' ), array( 'receipt' => 'r' ) );
	$call = $calls[0];
	$sent = $call['headers'];
	same( $call['url'], 'https://ls.example/forms/site/v1/forms/contact/leads' );
	same( $call['body'], '{"answers":{"email":"a/b@例え.jp"}}' );
	same( array( $sent['leadseal-key'], $sent['webhook-id'] ), array( 'abcdefgh', 'one-1' ) );
	$secret = implode( '', array_map( 'chr', range( 0, 31 ) ) );
	$signed = 'one-1.' . $sent['webhook-timestamp'] . '.POST /site/v1/forms/contact/leads.' . $call['body'];
	same( $sent['webhook-signature'], 'v1,' . base64_encode( hash_hmac( 'sha256', $signed, $secret, true ) ) );
	same( $call['redirection'], 0 );
} );

look( 'what goes wrong has a code and advice, and repeats nothing that was sent', function () {
	global $answer;
	$problem = fn( $status, $type, $more = array() ) => array( $status, wp_json_encode( array( 'type' => "https://leadseal.example/problems/$type", 'detail' => 'secret@example.jp' ) + $more ), array( 'content-type' => 'application/problem+json' ) );
	$table   = array(
		'leadseal_unknown_key'   => array( $problem( 401, 'unknown-key' ) ),
		'leadseal_bad_signature' => array( $problem( 401, 'bad-signature' ), $problem( 401, 'unsigned' ) ),
		'leadseal_clock'         => array( $problem( 401, 'clock-skew', array( 'skew_seconds' => 400 ) ) ),
		'leadseal_not_found'     => array( $problem( 404, 'not-found' ) ),
		'leadseal_invalid'       => array( $problem( 422, 'invalid', array( 'errors' => array( array( 'field' => 'email', 'code' => 'email', 'message' => '…' ) ) ) ) ),
		'leadseal_busy'          => array( $problem( 429, 'rate-limited' ), $problem( 503, 'unavailable' ) ),
		'leadseal_refused'       => array( $problem( 409, 'replayed' ), array( 404, 'x' ), array( 403, 'x' ), array( 200, '<html>' ), array( 301, '', array( 'location' => 'https://b.example/x?secret@example.jp' ) ) ),
		'leadseal_unreachable'   => array( array( 502, 'x' ), new WP_Error( 'http_request_failed', 'cURL error 6: Could not resolve host' ), new WP_Error( 'http_request_failed', 'cURL error 60: SSL certificate problem' ), new WP_Error( 'http_request_not_executed', 'blocked' ), new WP_Error( 'http_request_failed', 'stream_socket_client(): Connection refused' ) ),
	);
	$sentences = array();
	foreach ( $table as $code => $answers ) {
		foreach ( $answers as $answer ) {
			$error = Leadseal_Client::status();
			same( is_wp_error( $error ) ? $error->get_error_code() : 'none', $code );
			holds( $error->get_error_message(), 'secret@example.jp', false );
			$sentences[] = $error->get_error_message();
		}
	}
	same( count( array_unique( $sentences ) ), count( $sentences ), 'each with advice of its own:' );
	$answer = $problem( 401, 'clock-skew', array( 'server_time' => gmdate( 'Y-m-d\TH:i:s\Z', time() - 400 ) ) );
	same( abs( Leadseal_Client::status()->get_error_data()['skew_seconds'] - 400 ) <= 1, true );
	Leadseal_Breaker::reset();
} );

look( 'the test of the connection names a site key of another site', function () {
	global $answer;
	fresh_start();
	update_option( 'leadseal_site_key', KEY );
	add_filter( 'pre_http_request', $two = function ( $given, $args, $url ) {
		$body = false !== strpos( $url, 'status' )
			? array( 'site' => 'other', 'site_name' => array( 'en' => 'Other' ), 'server_time' => gmdate( 'c' ), 'accepting' => true, 'version' => '1', 'key' => array( 'id' => 'abcdefgh' ) )
			: array( 'forms' => array( array( 'id' => 'contact', 'title' => array( 'en' => 'Contact' ), 'allowed_origins' => array( 'https://elsewhere.example' ) ) ) );
		return array( 'response' => array( 'code' => 200 ), 'headers' => array(), 'cookies' => array(), 'body' => wp_json_encode( $body ) );
	}, 20, 3 );
	$found = Leadseal_Check::run();
	same( Leadseal_Check::passed( $found ), false );
	holds( $found[1]['words'], Leadseal_Settings::origin() );
	holds( $found[1]['words'], 'other' );
	same( array_keys( Leadseal_Forms::all() ), array( 'contact' ) );
	remove_filter( 'pre_http_request', $two, 20 );
} );

look( 'one of many takes a lock, and again when its time is over', function () {
	same( Leadseal_Lock::take( 'x', 60 ), true );
	same( Leadseal_Lock::take( 'x', 60 ), false );
	Leadseal_Lock::give_back( 'x' );
	same( Leadseal_Lock::take( 'x', -1 ), true );
	same( Leadseal_Lock::take( 'x', 60 ), true );
} );

look( 'deleting the plugin leaves nothing', function () {
	global $wpdb;
	update_user_meta( 1, 'leadseal_notice_seen', 1 );
	set_transient( 'leadseal_something', 1, 60 );
	Leadseal_Plugin::schedule();
	wp_schedule_single_event( time() + 60, 'leadseal_refresh_fragment', array( 'contact', 'ja', '' ) );
	update_option( 'widget_leadseal_form', array( 2 => array( 'form' => 'contact' ) ) );
	define( 'WP_UNINSTALL_PLUGIN', 'leadseal/leadseal.php' );
	require LEADSEAL_DIR . 'uninstall.php';
	wp_cache_flush();
	same( $wpdb->get_col( "SELECT option_name FROM $wpdb->options WHERE option_name LIKE '%leadseal%'" ), array() );
	same( $wpdb->get_col( "SELECT meta_key FROM $wpdb->usermeta WHERE meta_key LIKE '%leadseal%'" ), array() );
	same( strpos( serialize( _get_cron_array() ), 'leadseal' ), false );
} );

exit( $failed ? 1 : 0 );
