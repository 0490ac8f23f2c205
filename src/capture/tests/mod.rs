//! The public side as a visitor and a client see it: the real router over a real spool.

mod bad_input;
mod captcha;
mod confirm;
mod embed;
mod idempotency;
mod origins;
mod pages;
mod postal;
mod posts;
mod seen;
mod site_api;
mod site_leads;
mod thanks;

use super::{Capture, CaptureParts, DaySecrets, SiteKeys};
use crate::config;
use crate::crypto::envelope::Envelope;
use crate::crypto::open::OpeningKey;
use crate::domain::clock::{Clock, ManualClock};
use crate::domain::entropy::{Entropy, OsEntropy};
use crate::domain::ids::EpochId;
use crate::domain::origin::Origin;
use crate::domain::settings::{Settings, SuiteName};
use crate::domain::submission::Submission;
use crate::domain::token::Token;
use crate::http::listener::Peer;
use crate::queue::embedded::EmbeddedQueue;
use crate::queue::funnel::Funnel;
use crate::queue::port::Queue;
use crate::queue::spool::Spool;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tower::ServiceExt;
use url::form_urlencoded;

const FORM: &str = "/f/contact";
const FORM_TYPE: &str = "application/x-www-form-urlencoded";

/// A whole public side in a temporary directory.
struct App {
    router: Router,
    spool: Spool,
    funnel: Funnel,
    clock: Arc<ManualClock>,
    key: OpeningKey,
    _publish: watch::Sender<Arc<crate::crypto::seal::SealingKey>>,
    dir: tempfile::TempDir,
}

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// The value of a hidden input.
    fn hidden(&self, name: &str) -> String {
        let start = self.text.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name}"));
        self.text[start..].split('"').nth(3).unwrap().to_owned()
    }

    /// The receipt in the address of the thank-you page.
    fn receipt(&self) -> Token {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        let location = self.header("location");
        let query = location.split_once('?').unwrap().1;
        let receipt = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "r").unwrap().1;
        receipt.parse().unwrap()
    }
}

impl App {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let forms: Vec<_> =
            config::ready_forms().iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let mut settings = config::load_from_texts(dir.path(), None, &forms).unwrap().settings;
        settings.public.url = "https://forms.example.jp".parse().unwrap();
        settings.limits.posts_per_minute = 10_000;
        settings.limits.views_per_minute = 10_000;
        change(&mut settings);
        let clock = Arc::new(ManualClock::new("2026-11-22T03:00:00Z".parse().unwrap()));
        let shared: Arc<dyn Clock> = clock.clone();
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let key = OpeningKey::generate(EpochId(1), SuiteName::X25519, entropy.as_ref());
        let (publish, sealing_key) = watch::channel(Arc::new(key.sealing_key().unwrap()));
        let spool = Spool::open(&dir.path().join("spool.db"), settings.limits.max_spool, Arc::clone(&shared)).unwrap();
        let secrets =
            DaySecrets::open(&dir.path().join("capture.keys"), Arc::clone(&shared), Arc::clone(&entropy)).unwrap();
        let funnel = Funnel::new(&dir.path().join("funnel.db"));
        let parts = CaptureParts {
            membership: None,
            settings: Arc::new(settings),
            sealing_key,
            spool: spool.clone(),
            funnel: funnel.clone(),
            secrets,
            site_keys: SiteKeys::open(&dir.path().join("site-keys")).unwrap(),
            clock: shared,
            entropy,
        };
        let router = Capture::new(parts).unwrap().router();
        Self { router, spool, funnel, clock, key, _publish: publish, dir }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, pairs: &[(&str, &str)]) -> Answer {
        self.send(form_post(pairs).body(Body::from(encoded(pairs))).unwrap()).await
    }

    async fn post_json(&self, json: &serde_json::Value, key: Option<&str>) -> Answer {
        let mut request = Request::post(FORM).header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.send(request.body(Body::from(json.to_string())).unwrap()).await
    }

    /// Everything in the spool, opened.
    async fn leads(&self) -> Vec<(Token, Submission)> {
        let queued = EmbeddedQueue::new(self.spool.clone()).next(1000, Duration::ZERO).await.unwrap();
        let open = |envelope: &[u8]| self.key.open(&Envelope::parse(envelope).unwrap()).unwrap().submission().clone();
        queued.iter().map(|queued| (queued.token, open(&queued.envelope))).collect()
    }
}

fn form_post(_pairs: &[(&str, &str)]) -> axum::http::request::Builder {
    Request::post(FORM).header(header::CONTENT_TYPE, FORM_TYPE)
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// What a visitor fills in, and the page's own inputs.
fn answers<'a>(page: &'a [(String, String)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut pairs: Vec<(&str, &str)> = page.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let typed = [
        ("inquiry_type", "product"),
        ("name_family", "髙﨑"),
        ("name_given", "美咲"),
        ("email", "misaki@example.co.jp"),
        ("tel", "０９０－１２３４－５６７８"),
        ("message", "資料をください。"),
        ("privacy", "on"),
    ];
    pairs.extend(typed.into_iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name)));
    pairs.extend(changes);
    pairs
}

/// The page's own inputs of a fresh view.
async fn view(app: &App) -> Vec<(String, String)> {
    let page = app.get(FORM).await;
    ["_token", "_key", "_lang"].map(|name| (name.to_owned(), page.hidden(name))).into()
}

/// What a JSON client sends.
fn json_answers() -> serde_json::Value {
    serde_json::json!({
        "inquiry_type": "product", "name_family": "髙﨑", "name_given": "美咲",
        "email": "misaki@example.co.jp", "message": "資料をください。", "privacy": true,
    })
}

fn peer(address: &str) -> Peer {
    Peer(SocketAddr::new(address.parse().unwrap(), 50_000))
}

fn origin(text: &str) -> Origin {
    text.parse().unwrap()
}
