//! The form for a page that another server builds: HTML that a cache may keep and many visitors
//! may get, so it holds nothing of one of them.

use crate::capture::intake::reserved;
use crate::capture::origins;
use crate::capture::pages::{FormBody, Fragment, Kept, View};
use crate::capture::views::{fresh_token, wished_layout};
use crate::capture::visit::{FormVisit, knows};
use crate::crypto::form_token::TokenKind;
use crate::http::headers::RESOURCE_POLICY;
use askama::Template;
use axum::extract::{RawQuery, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

const CACHING: &str = "public, max-age=300";

/// The fragment of a form. Its language is that of the address alone, since caches know no more.
pub async fn fragment(on: FormVisit, RawQuery(query): RawQuery, request: Request) -> Response {
    let (state, form) = (&on.visit.state, &on.form);
    let sender = origins::sender(state, &on, request.headers());
    let query = query.unwrap_or_default();
    let lang = form.lang_or_default(on.asked);
    let etag = etag(&on, &query);
    let known = knows(request.headers(), &etag);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut hidden = vec![(reserved::TOKEN, fresh_token(state, &on, TokenKind::Shared))];
        hidden.extend(on.listed_thanks().map(|url| (reserved::THANKS, url.to_owned())));
        let place = state.foreign_place(form, lang, wished_layout(&query));
        let address = |name: &str| format!("{}{}/assets/{name}", state.origin, state.base);
        let fragment = Fragment {
            body: FormBody::new(lang, form, place, View { hidden }, Kept::default(), None),
            sheet: address(state.assets.embed_sheet(Some(&form.site))),
            script: address(state.assets.script()),
        };
        match fragment.render() {
            Ok(html) => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
            Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHING));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    sender.allow(response)
}

/// Names what the fragment says. The token in it is fresh with each answer, but one that is a day
/// old is as good, so the name changes with the day only.
fn etag(on: &FormVisit, query: &str) -> String {
    let state = &on.visit.state;
    let day = state.clock.now().as_second() / 86_400;
    let of = format!(
        "{} {day} {} {} {query}",
        on.form.version,
        state.assets.script(),
        state.assets.embed_sheet(Some(&on.form.site))
    );
    format!("\"{}\"", hex::encode(&Sha256::digest(of)[..8]))
}
