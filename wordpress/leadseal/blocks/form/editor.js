/*
 * The block in the editor: a list of forms to choose from, then the form as visitors will see it.
 * Drawn by WordPress from the same markup as the page; nothing of it can be typed into or sent here.
 */
( function ( wp, data ) {
	var el = wp.element.createElement;
	var __ = wp.i18n.__;
	var sprintf = wp.i18n.sprintf;
	var parts = wp.components;
	var editor = wp.blockEditor;
	var ServerSideRender = wp.serverSideRender;

	var LAYOUTS = [
		{ value: '', label: __( 'The form’s own', 'leadseal' ) },
		{ value: 'stacked', label: __( 'Stacked', 'leadseal' ) },
		{ value: 'two-column', label: __( 'Two columns', 'leadseal' ) },
		{ value: 'compact', label: __( 'Compact', 'leadseal' ) },
	];
	var LANGUAGES = { ja: '日本語', en: 'English' };

	function find( id ) {
		return data.forms.find( function ( form ) {
			return form.id === id;
		} );
	}

	/* Forms that are offered, and the one that is placed already though it isn't any more. */
	function formChoices( current ) {
		var choices = data.forms
			.filter( function ( form ) {
				return form.offered || form.id === current;
			} )
			.map( function ( form ) {
				return { value: form.id, label: form.title };
			} );
		if ( current && ! find( current ) ) {
			choices.unshift( { value: current, label: current } );
		}
		return [ { value: '', label: __( 'Choose a form', 'leadseal' ) } ].concat( choices );
	}

	function languageChoices( form ) {
		var known = form ? form.languages : Object.keys( LANGUAGES );
		return [ { value: '', label: __( 'The site’s own', 'leadseal' ) } ].concat(
			known.map( function ( tag ) {
				return { value: tag, label: LANGUAGES[ tag ] || tag };
			} )
		);
	}

	function select( props, name, label, options ) {
		return el( parts.SelectControl, {
			key: name,
			label: label,
			value: props.attributes[ name ],
			options: options,
			onChange: function ( value ) {
				var change = {};
				change[ name ] = value;
				props.setAttributes( change );
			},
			__nextHasNoMarginBottom: true,
			__next40pxDefaultSize: true,
		} );
	}

	function settingsLink( words ) {
		if ( ! data.settings ) {
			return null;
		}
		return el( 'a', { href: data.settings, target: '_blank', rel: 'noopener' }, words );
	}

	/* What the box says while there is no form to show. */
	function advice() {
		if ( ! data.connected ) {
			return data.settings
				? __( 'This site is not connected to Leadseal yet.', 'leadseal' )
				: __( 'This site is not connected to Leadseal yet. Ask an administrator to connect it.', 'leadseal' );
		}
		if ( ! data.forms.length ) {
			return __( 'Leadseal has not sent its list of forms yet. Reload the editor in a minute, or test the connection.', 'leadseal' );
		}
		return __( 'Choose the form that visitors shall see here.', 'leadseal' );
	}

	function Placeholder( props ) {
		var ready = data.connected && data.forms.length;
		return el(
			parts.Placeholder,
			{ icon: 'email-alt', label: __( 'Leadseal form', 'leadseal' ), instructions: advice() },
			ready
				? select( props, 'form', __( 'Form', 'leadseal' ), formChoices( '' ) )
				: settingsLink( __( 'Open Leadseal’s settings', 'leadseal' ) )
		);
	}

	function note( words, link ) {
		return el( 'div', { className: 'leadseal-block-note' }, words, link ? ' ' : null, link );
	}

	function Removed( props ) {
		return note(
			sprintf(
				/* translators: %s: id of a form. */
				__( 'Leadseal has no form “%s” for this site any more. Visitors see your fallback words. Choose another form in the block’s settings.', 'leadseal' ),
				props.form
			),
			settingsLink( __( 'Open Leadseal’s settings', 'leadseal' ) )
		);
	}

	function Failed() {
		return note(
			__( 'The preview could not be drawn. The page itself shows the last good form.', 'leadseal' ),
			settingsLink( __( 'Test the connection', 'leadseal' ) )
		);
	}

	function Preview( props ) {
		return el(
			parts.Disabled,
			{ className: 'leadseal-block-preview' },
			el( ServerSideRender, {
				block: 'leadseal/form',
				attributes: { form: props.attributes.form, lang: props.attributes.lang, layout: props.attributes.layout },
				EmptyResponsePlaceholder: Failed,
				ErrorResponsePlaceholder: Failed,
			} )
		);
	}

	function Edit( props ) {
		var chosen = props.attributes.form;
		var body = el( Placeholder, props );
		if ( chosen && data.known && ! find( chosen ) ) {
			body = el( Removed, { form: chosen } );
		} else if ( chosen ) {
			body = el( Preview, props );
		}
		return el(
			'div',
			editor.useBlockProps(),
			el(
				editor.InspectorControls,
				null,
				el(
					parts.PanelBody,
					{ title: __( 'Form', 'leadseal' ) },
					select( props, 'form', __( 'Form', 'leadseal' ), formChoices( chosen ) ),
					select( props, 'layout', __( 'Layout', 'leadseal' ), LAYOUTS ),
					select( props, 'lang', __( 'Language', 'leadseal' ), languageChoices( find( chosen ) ) )
				)
			),
			body
		);
	}

	wp.blocks.registerBlockType( 'leadseal/form', {
		edit: Edit,
		save: function () {
			return null;
		},
	} );
} )( window.wp, window.leadsealEditor || { forms: [], known: false, connected: false, settings: '' } );
