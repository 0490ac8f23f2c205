//! The page of a person's request about their own data: `/r/{secret}`.
//!
//! Looking at it changes nothing, since mail scanners open links; its one button carries the
//! request out, once. The secret in the address is all that admits: nothing refers to it, nothing
//! keeps the page, and a link that is unknown, used or too old has one answer.

mod view;

use crate::desk::privacy::{By, Custody, PrivacyError, access, erase, request_behind};
use crate::desk::store::RequestView;
use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;
use crate::domain::lang::Lang;
use crate::domain::request::RequestKind;
use crate::domain::settings::Settings;
use crate::http::headers::{catch_panics, public_headers};
use crate::http::listener::Peer;
use crate::http::metrics::count;
use crate::http::network::{client_address, network_of};
use crate::http::rate_limit::RateLimiter;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use std::sync::Arc;
use view::Page;

/// Looks at request pages per network and minute. A secret of 256 bits needs no more.
const LOOKS_PER_MINUTE: u32 = 30;

/// What the pages need.
#[derive(Clone)]
pub struct RequestPages {
    custody: Custody,
    settings: Arc<Settings>,
    clock: Arc<dyn Clock>,
    looks: Arc<RateLimiter>,
}

impl RequestPages {
    /// The pages' state.
    pub fn new(custody: Custody, settings: Arc<Settings>, clock: Arc<dyn Clock>, entropy: &dyn Entropy) -> Self {
        Self { custody, settings, clock, looks: Arc::new(RateLimiter::new(LOOKS_PER_MINUTE, entropy)) }
    }
}

/// Mounts `/r/{secret}` and what its pages load.
pub fn router(state: RequestPages) -> Router {
    let page: MethodRouter<RequestPages> = get(show).post(carry_out);
    let limited = page.layer(from_fn_with_state(state.clone(), limit)).layer(from_fn_with_state("request", count));
    Router::new()
        .route("/r/{secret}", limited)
        .route("/r/page.css", get(stylesheet))
        .layer(catch_panics())
        .layer(from_fn(tell_nobody))
        .layer(public_headers())
        .with_state(state)
}

async fn stylesheet() -> Response {
    let sheet = concat!(include_str!("../../../assets/page.css"), "\n", include_str!("request.css"));
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")];
    (headers, sheet).into_response()
}

/// The address holds the secret: it is not told to where a link leads.
async fn tell_nobody(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

async fn limit(State(state): State<RequestPages>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map(|Peer(address)| address.ip());
    let proxies = &state.settings.public.trusted_proxies;
    let network = peer.map(|peer| network_of(client_address(peer, request.headers(), proxies)));
    match network.map_or(Ok(()), |network| state.looks.check(&network)) {
        Ok(()) => next.run(request).await,
        Err(wait) => {
            let lang = preferred(request.headers());
            let mut response = view::busy(lang).into_response();
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
    }
}

fn preferred(headers: &HeaderMap) -> Lang {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    wanted.and_then(Lang::from_accept_language).unwrap_or(Lang::Ja)
}

/// What the link is for, with its one button.
async fn show(State(state): State<RequestPages>, Path(secret): Path<String>, headers: HeaderMap) -> Page {
    let lang = preferred(&headers);
    blocking(lang, move || {
        let Some(request) = request_behind(&state.custody.store, &secret)? else { return Ok(view::unknown(lang)) };
        Ok(view::ask(&state.settings, &request))
    })
    .await
}

/// Carries the request out and shows what came of it. The link is used up by it.
async fn carry_out(State(state): State<RequestPages>, Path(secret): Path<String>, headers: HeaderMap) -> Page {
    let lang = preferred(&headers);
    blocking(lang, move || {
        let Some(request) = request_behind(&state.custody.store, &secret)? else { return Ok(view::unknown(lang)) };
        Ok(carried_out(&state, &request)?.unwrap_or_else(|| view::unknown(lang)))
    })
    .await
}

/// Nothing when somebody else was quicker.
fn carried_out(state: &RequestPages, request: &RequestView) -> Result<Option<Page>, PrivacyError> {
    let (by, now) = (By::person(request.kind), state.clock.now());
    Ok(match request.kind {
        RequestKind::Access => {
            access(&state.custody, request, by, now)?.map(|held| view::held(&state.settings, request, &held))
        }
        RequestKind::Erase => {
            erase(&state.custody, request, by, now)?.map(|receipt| view::erased(&state.settings, request, &receipt))
        }
    })
}

/// Work on the databases. What fails is logged, without the secret, and told to be tried again.
async fn blocking(lang: Lang, work: impl FnOnce() -> Result<Page, PrivacyError> + Send + 'static) -> Page {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(page)) => page,
        Ok(Err(error)) => {
            tracing::error!(%error, "a person's request could not be carried out now; its link still works");
            view::failed(lang)
        }
        Err(_) => {
            tracing::error!("a person's request ended abnormally; its link still works unless it was carried out");
            view::failed(lang)
        }
    }
}
