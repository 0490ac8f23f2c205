//! A site's own server: signs calls of the site API as docs/site-api.md says, with code of its own.

use super::http::Request;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

static CALLS: AtomicU64 = AtomicU64::new(0);

/// A key as `leadseal site-key new` shows it.
#[derive(Debug, Clone)]
pub struct SiteKey {
    /// Its id.
    pub id: String,
    secret: Vec<u8>,
}

impl SiteKey {
    /// Reads `lsk_<id>_<secret>`.
    #[track_caller]
    pub fn parse(written: &str) -> Self {
        let (id, secret) = written.trim().strip_prefix("lsk_").unwrap().split_once('_').unwrap();
        Self { id: id.to_owned(), secret: URL_SAFE_NO_PAD.decode(secret).unwrap() }
    }

    /// A signed GET.
    pub fn get(&self, path: &str) -> Request {
        self.sign(Request::get(path), "GET", path, b"")
    }

    /// A signed POST of JSON.
    pub fn post(&self, path: &str, body: &str) -> Request {
        self.sign(Request::post(path, "application/json", body), "POST", path, body.as_bytes())
    }

    #[allow(clippy::disallowed_methods, reason = "the server that is called has the machine's clock too")]
    fn sign(&self, request: Request, method: &str, path: &str, body: &[u8]) -> Request {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let id = format!("call-{}-{}", time.as_nanos(), CALLS.fetch_add(1, Ordering::Relaxed));
        let time = time.as_secs().to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).unwrap();
        mac.update(format!("{id}.{time}.{method} {path}.").as_bytes());
        mac.update(body);
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        request
            .header("leadseal-key", &self.id)
            .header("webhook-id", &id)
            .header("webhook-timestamp", &time)
            .header("webhook-signature", &signature)
    }
}
