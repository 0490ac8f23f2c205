//! The console as a browser sees it: the real router over a real store and keyring.

mod account;
mod audit;
mod dashboard;
mod exports;
mod guarded;
mod guessing;
mod leads;
mod matrix;
#[cfg(feature = "passkey")]
mod passkeys;
mod people;
mod privacy;
mod sign_in;
mod work;

use super::{Console, ConsoleParts, Intake, router};
use crate::config;
use crate::crypto::bearer::Bearer;
use crate::crypto::keyring::{Keyring, UnlockSecret};
use crate::crypto::password::Passwords;
use crate::desk::store::{LinkPurpose, NewStaff, NewStaffLink, Password, Store};
use crate::domain::clock::{Clock, ManualClock};
use crate::domain::entropy::{Entropy, OsEntropy};
use crate::domain::ids::StaffId;
use crate::domain::lang::Lang;
use crate::domain::settings::{Settings, SuiteName};
use crate::domain::staff::{Role, Scope};
use crate::http::headers::private_headers;
use crate::http::listener::Peer;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tower::ServiceExt;
use url::form_urlencoded;

const PASSWORD: &str = "mizu-no-oto/kawazu";

/// A queue in which nothing waits.
struct Quiet;

impl Intake for Quiet {
    fn waiting(&self) -> Option<u64> {
        Some(0)
    }

    fn troubles(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A whole console in a temporary directory.
struct App {
    router: Router,
    console: Console,
    store: Arc<Store>,
    clock: Arc<ManualClock>,
    _dir: tempfile::TempDir,
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

    /// The value of a hidden input.
    fn hidden(&self, name: &str) -> String {
        let start = self.text.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name}"));
        self.text[start..].split('"').nth(3).unwrap().to_owned()
    }

    fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        self.header("location")
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
        change(&mut settings);
        let clock = Arc::new(ManualClock::new("2026-11-24T03:00:00Z".parse().unwrap()));
        let shared: Arc<dyn Clock> = clock.clone();
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let secret = UnlockSecret::Key(zeroize::Zeroizing::new([1; 32]));
        let path = dir.path().join("keyring.db");
        let (keyring, _) =
            Keyring::create(&path, &secret, SuiteName::X25519, Arc::clone(&shared), Arc::clone(&entropy)).unwrap();
        let store =
            Arc::new(Store::open(&dir.path().join("leads.db"), Arc::clone(&shared), Arc::clone(&entropy)).unwrap());
        let parts = ConsoleParts {
            store: Arc::clone(&store),
            keyring: Arc::new(keyring),
            forms: Arc::new(settings.forms.iter().map(|form| (form.id.clone(), Arc::clone(form))).collect()),
            settings: Arc::new(settings),
            clock: shared,
            entropy: Arc::clone(&entropy),
            wake_outbox: Arc::default(),
            mail: Arc::default(),
            intake: Arc::new(Quiet),
            spool: dir.path().join("spool.db"),
        };
        store.keep_office(&parts.settings.business_hours).unwrap();
        let console = Console::with(parts, Passwords::cheap(entropy.as_ref()));
        let router = router(console.clone()).layer(private_headers());
        Self { router, console, store, clock, _dir: dir }
    }

    /// An account that has chosen [`PASSWORD`].
    fn staff(&self, address: &str, role: Role) -> StaffId {
        let link = self.invite(address, role, LinkPurpose::Password).1;
        let phc = self.console.passwords.hash(PASSWORD, &OsEntropy).unwrap();
        let id = self.store.staff_of(&address.parse().unwrap()).unwrap().unwrap().id;
        let password = Password { phc: &phc, by_link: Some(link.sha256()), keep: None };
        assert!(self.store.set_password(id, &password, "test").unwrap());
        id
    }

    /// An account and its one-time link.
    fn invite(&self, address: &str, role: Role, purpose: LinkPurpose) -> (StaffId, Bearer) {
        let (bearer, link) = NewStaffLink::fresh(purpose, self.clock.now(), &OsEntropy);
        let new = NewStaff {
            id: StaffId::generate(&OsEntropy),
            address: address.parse().unwrap(),
            name: "担当 花子".to_owned(),
            role,
            scope: Scope::All,
            lang: Lang::En,
        };
        self.store.add_staff(&new, &link, "test").unwrap().unwrap();
        (new.id, bearer)
    }

    fn audited(&self, action: &str) -> Vec<String> {
        let entries = self.store.audit_entries(0, 10_000).unwrap();
        entries
            .into_iter()
            .filter(|entry| entry.action == action)
            .map(|entry| entry.detail.unwrap_or_default())
            .collect()
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, mut body) = response.into_parts();
        // Events have no end: the first is what a page learns at once.
        let are_events = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        let bytes = match are_events {
            true => body.frame().await.unwrap().unwrap().into_data().unwrap(),
            false => body.collect().await.unwrap().to_bytes(),
        };
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }
}

/// A browser with its cookies, at an address.
struct Browser<'a> {
    app: &'a App,
    at: SocketAddr,
    cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    fn new(app: &'a App) -> Self {
        Self::at(app, [192, 0, 2, 1])
    }

    fn at(app: &'a App, address: [u8; 4]) -> Self {
        Self { app, at: SocketAddr::from((address, 50_000)), cookies: BTreeMap::new() }
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let request = Request::builder().method(method).uri(path).header(header::USER_AGENT, agent);
        let request = request.header(header::COOKIE, cookies.join("; ")).header(header::ACCEPT_LANGUAGE, "en");
        request.extension(Peer(self.at))
    }

    async fn send(&mut self, request: Request<Body>) -> Answer {
        let answer = self.app.send(request).await;
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let (pair, rest) = line.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    async fn get(&mut self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).body(Body::empty()).unwrap();
        self.send(request).await
    }

    /// A post of our own page.
    async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        self.post_with(path, pairs, &[("sec-fetch-site", "same-origin")]).await
    }

    async fn post_with(&mut self, path: &str, pairs: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let mut request = self.request(Method::POST, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn try_password(&mut self, address: &str, password: &str) -> Answer {
        self.post("/console/sign-in", &[("address", address), ("password", password)]).await
    }

    /// Signs in with [`PASSWORD`].
    async fn sign_in(&mut self, address: &str) {
        assert_eq!(self.try_password(address, PASSWORD).await.location(), "/console");
    }

    /// Posts with the token of the account's page.
    async fn act(&mut self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let token = self.get("/console/account").await.hidden("_csrf");
        let mut with_token = vec![("_csrf", token.as_str())];
        with_token.extend(pairs);
        self.post(path, &with_token).await
    }
}
