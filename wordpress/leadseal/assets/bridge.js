/*!
 * Tells a bridged form its page, where the visitor came from, and one filling in from another, so that
 * pressing twice is one lead. Sets no cookie, stores nothing, asks no other origin. The forms work without it.
 */
( function () {
	'use strict';

	const FORMS = 'form.wpcf7-form, .mw_wp_form form';

	const number = () => Array.from( crypto.getRandomValues( new Uint8Array( 16 ) ), ( byte ) => byte.toString( 16 ).padStart( 2, '0' ) ).join( '' );

	function tell( form, name, value ) {
		let input = form.querySelector( 'input[name="' + name + '"]' );
		if ( ! input ) {
			input = document.createElement( 'input' );
			input.type = 'hidden';
			input.name = name;
			form.append( input );
		}
		input.value = value;
	}

	function prepare( form ) {
		tell( form, '_leadseal_press', number() );
		tell( form, '_leadseal_page', location.href );
		tell( form, '_leadseal_referrer', document.referrer );
	}

	function start() {
		document.querySelectorAll( FORMS ).forEach( prepare );
		// Once it has been sent and emptied, the next message is another one.
		[ 'wpcf7mailsent', 'wpcf7reset' ].forEach( ( name ) => document.addEventListener( name, ( event ) => {
			const form = event.target.closest( 'form' ) || event.target.querySelector( 'form' );
			if ( form ) {
				prepare( form );
			}
		} ) );
	}

	if ( document.readyState === 'loading' ) {
		document.addEventListener( 'DOMContentLoaded', start );
	} else {
		start();
	}
} )();
