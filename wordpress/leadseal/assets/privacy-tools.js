/**
 * Export and Erase Personal Data: shows the reason when Leadseal did not take a request.
 *
 * WordPress prints "[object Object]" for an exporter's error and nothing for an eraser's. This turns
 * Leadseal's into its sentence. It touches no other plugin's answers.
 */
( function ( $ ) {
	'use strict';

	var ACTIONS = [ 'wp-privacy-export-personal-data', 'wp-privacy-erase-personal-data' ];

	function field( data, name ) {
		return new URLSearchParams( typeof data === 'string' ? data : '' ).get( name );
	}

	function reason( answer ) {
		var first = answer && answer.success === false && Array.isArray( answer.data ) ? answer.data[ 0 ] : null;
		return first && typeof first.message === 'string' && /^leadseal_/.test( first.code ) ? first.message : '';
	}

	function escaped( text ) {
		return $( '<i>' ).text( text ).html();
	}

	// The row of results appears half a second after the answer.
	function addToResults( id, sentence ) {
		var left = 50;
		var timer = setInterval( function () {
			var $notice = $( '.remove-personal-data[data-request-id="' + Number( id ) + '"]' )
				.parents( 'tr' ).next( '.request-results' ).find( '.notice' );
			left -= 1;
			if ( $notice.length || ! left ) {
				clearInterval( timer );
				$notice.append( $( '<ul>' ).append( $( '<li>' ).text( sentence ) ) );
			}
		}, 100 );
	}

	$.ajaxPrefilter( function ( options, original, request ) {
		var action = field( options.data, 'action' );
		var id = field( options.data, 'id' );
		if ( ACTIONS.indexOf( action ) < 0 ) {
			return;
		}
		request.done( function ( answer ) {
			var sentence = reason( answer );
			if ( ! sentence ) {
				return;
			}
			if ( action === ACTIONS[ 0 ] ) {
				answer.data = escaped( sentence );
			} else {
				addToResults( id, sentence );
			}
		} );
	} );
}( jQuery ) );
