//! A request as the handlers see it: which form, which language, who asks, from which network.

use super::answer::{self, Audience};
use super::intake::Decoded;
use super::state::CaptureState;
use crate::domain::form::Form;
use crate::domain::ids::FormId;
use crate::domain::lang::Lang;
use crate::http::listener::Peer;
use crate::http::network::{client_address, network_of};
use crate::http::rate_limit::RateLimiter;
use axum::extract::{ConnectInfo, FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use ipnet::IpNet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use url::form_urlencoded;

/// A request that names no form.
pub struct Visit {
    pub state: Arc<CaptureState>,
    pub lang: Lang,
    /// The answer stands in a frame within another page.
    pub framed: bool,
    pub audience: Audience,
    /// Nothing when the host application tells no peer.
    pub network: Option<IpNet>,
}

/// A request about a form of ours.
pub struct FormVisit {
    pub visit: Visit,
    pub form: Arc<Form>,
    /// The language that the address or the browser asks for.
    pub wanted: Option<Lang>,
    /// The language that the address alone asks for.
    pub asked: Option<Lang>,
    /// The page that is asked for after a success.
    pub thanks: Option<String>,
}

impl Visit {
    fn of(parts: &Parts, state: &Arc<CaptureState>) -> Self {
        Self {
            state: Arc::clone(state),
            lang: wanted_lang(parts).unwrap_or(Lang::Ja),
            framed: false,
            audience: if is_of_a_server(parts) { Audience::Program } else { Audience::of(&parts.headers) },
            network: network(parts, state),
        }
    }

    /// Counts the request against its network's allowance.
    ///
    /// # Errors
    /// With the time to wait.
    pub fn check_rate(&self, limiter: &RateLimiter) -> Result<(), Duration> {
        self.network.as_ref().map_or(Ok(()), |network| limiter.check(network))
    }

    /// Counts a post against its network's allowance, over all nodes where there are others.
    ///
    /// # Errors
    /// With the time to wait.
    pub fn check_post_rate(&self) -> Result<(), Duration> {
        self.network.as_ref().map_or(Ok(()), |network| self.state.check_post_rate(network))
    }
}

impl FormVisit {
    /// The page that is asked for after a success, where the form lists it.
    pub fn listed_thanks(&self) -> Option<&str> {
        self.thanks.as_deref().and_then(|wished| self.form.thanks.listed(wished))
    }

    /// Learns of a post what its page was like: answers are in its language, in the frame where it
    /// stood, and lead where it asks.
    pub fn learn(&mut self, post: &Decoded) {
        if post.lang().is_some() {
            self.visit.lang = self.form.lang_or_default(post.lang());
        }
        self.visit.framed |= post.is_framed();
        self.thanks = post.thanks().map(|thanks| thanks.expose().clone()).or(self.thanks.take());
    }
}

impl FromRequestParts<Arc<CaptureState>> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<CaptureState>) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts, state))
    }
}

impl FromRequestParts<Arc<CaptureState>> for FormVisit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<CaptureState>) -> Result<Self, Response> {
        let mut visit = Visit::of(parts, state);
        let named = Path::<String>::from_request_parts(parts, state).await;
        let form = named.ok().and_then(|Path(id)| id.parse::<FormId>().ok()).and_then(|id| state.settings.form(&id));
        let Some(form) = form.cloned() else {
            return Err(answer::refuse(&visit, StatusCode::NOT_FOUND, "unknown-form", "error-unknown-form"));
        };
        let wanted = wanted_lang(parts);
        visit.lang = form.lang_or_default(wanted);
        let query = parts.uri.query().unwrap_or_default();
        let value = |wanted: &str| form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted);
        visit.framed = parts.uri.path().ends_with("/frame") || value("frame").is_some();
        let asked = value("lang").and_then(|(_, tag)| Lang::from_tag(&tag));
        let thanks = value("thanks").map(|(_, thanks)| thanks.into_owned());
        Ok(Self { visit, form, wanted, asked, thanks })
    }
}

/// Whether it is a call of the site API, whatever it accepts.
fn is_of_a_server(parts: &Parts) -> bool {
    parts.uri.path().starts_with("/site/")
}

/// The language of `?lang=`, or the one the browser prefers.
fn wanted_lang(parts: &Parts) -> Option<Lang> {
    let query = parts.uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "lang")
        .and_then(|(_, tag)| Lang::from_tag(&tag))
        .or_else(|| header_text(&parts.headers, header::ACCEPT_LANGUAGE).and_then(Lang::from_accept_language))
}

/// A header that is plain text.
pub fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Whether an `If-None-Match` header names the version that would be answered (RFC 9110 §13.1.2).
pub fn knows(headers: &HeaderMap, etag: &str) -> bool {
    header_text(headers, header::IF_NONE_MATCH).is_some_and(|tags| {
        tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
    })
}

fn network(parts: &Parts, state: &CaptureState) -> Option<IpNet> {
    let ours = parts.extensions.get::<Peer>().map(|Peer(address)| *address);
    let hosts = || parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| *address);
    let peer = ours.or_else(hosts)?.ip();
    Some(network_of(client_address(peer, &parts.headers, &state.settings.public.trusted_proxies)))
}
