/* “Test connection”: sends what stands in the inputs and shows what WordPress found out. */
( function ( words ) {
	var button = document.getElementById( 'leadseal-test' );
	var result = document.getElementById( 'leadseal-test-result' );
	if ( ! button || ! result || ! words ) {
		return;
	}

	function value( id ) {
		var input = document.getElementById( id );
		return input && ! input.disabled ? input.value.trim() : null;
	}

	function body() {
		var data = new FormData();
		data.append( 'action', 'leadseal_test' );
		data.append( 'nonce', words.nonce );
		var address = value( 'leadseal-address' );
		if ( address !== null ) {
			data.append( 'address', address );
		}
		var key = value( 'leadseal-site_key' );
		if ( key ) {
			data.append( 'key', key );
		}
		return data;
	}

	button.addEventListener( 'click', function () {
		button.disabled = true;
		result.textContent = words.asking;
		fetch( words.ajax, { method: 'POST', body: body(), credentials: 'same-origin' } )
			.then( function ( answer ) {
				return answer.json();
			} )
			.then( function ( answer ) {
				// Escaped by WordPress, from which it comes.
				result.innerHTML = answer.data.html;
			} )
			.catch( function () {
				result.textContent = words.failed;
			} )
			.finally( function () {
				button.disabled = false;
			} );
	} );
} )( window.leadsealAdmin );
