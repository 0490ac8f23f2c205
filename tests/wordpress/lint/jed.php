<?php
/**
 * Turns a compiled catalogue into the JSON that WordPress gives a script:
 * `jed.php CATALOGUE.mo LANGUAGE SCRIPT`, on standard output. Refuses a file that is no catalogue.
 */

list( , $file, $language, $script ) = $argv;
$bytes = file_get_contents( $file );
if ( false === $bytes || strlen( $bytes ) < 28 || "\xde\x12\x04\x95" !== substr( $bytes, 0, 4 ) ) {
	fwrite( STDERR, "$file is no catalogue\n" );
	exit( 1 );
}
$head     = unpack( 'Vmagic/Vrevision/Vcount/Vids/Vtexts', $bytes );
$messages = array();
for ( $i = 0; $i < $head['count']; $i++ ) {
	$id   = unpack( 'Vlength/Vat', $bytes, $head['ids'] + 8 * $i );
	$text = unpack( 'Vlength/Vat', $bytes, $head['texts'] + 8 * $i );
	// A plural's second form is not part of its name.
	$name = explode( "\0", substr( $bytes, $id['at'], $id['length'] ) )[0];
	$messages[ $name ] = explode( "\0", substr( $bytes, $text['at'], $text['length'] ) );
}
preg_match( '/^Plural-Forms: *(.+)$/mi', $messages[''][0] ?? '', $plural );
unset( $messages[''] );
$head = array(
	'domain'       => 'messages',
	'lang'         => $language,
	'plural-forms' => $plural[1] ?? 'nplurals=1; plural=0;',
);
echo json_encode(
	array(
		'source'      => $script,
		'domain'      => 'messages',
		'locale_data' => array( 'messages' => array( '' => $head ) + $messages ),
	),
	JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PRETTY_PRINT
), "\n";
