/* Remembers that an administrator has put the notice of an outage away. */
( function () {
	var notice = document.getElementById( 'leadseal-outage' );
	if ( ! notice ) {
		return;
	}
	notice.addEventListener( 'click', function ( event ) {
		if ( ! event.target.closest( '.notice-dismiss' ) ) {
			return;
		}
		var body = new FormData();
		body.append( 'action', 'leadseal_put_away' );
		body.append( 'nonce', notice.dataset.nonce );
		body.append( 'since', notice.dataset.since );
		fetch( notice.dataset.ajax, { method: 'POST', body: body, credentials: 'same-origin', keepalive: true } );
	} );
} )();
