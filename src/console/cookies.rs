//! The console's cookies: the session's secret, and the browser's.
//!
//! `HttpOnly`, `SameSite=Strict`, for the whole host and nothing else; over TLS with the prefix
//! `__Host-`, which a browser refuses from anybody but this very host.

use super::state::Inner;
use crate::crypto::bearer::Bearer;
use axum::http::{HeaderMap, HeaderValue, header};

/// A browser is recognised for half a year after its last sign-in.
const DEVICE_SECONDS: u32 = 180 * 24 * 3600;

/// One of the console's cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    /// Of the session. Goes when the browser is closed.
    Session,
    /// Of a browser that somebody signed in from: strangers' wrong guesses do not slow it down.
    Device,
}

impl Cookie {
    const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-leadseal",
            (Self::Session, false) => "leadseal",
            (Self::Device, true) => "__Host-leadseal-browser",
            (Self::Device, false) => "leadseal-browser",
        }
    }

    /// The secret a request shows. A name that comes twice means that somebody planted one: neither
    /// counts.
    pub(super) fn read(self, console: &Inner, headers: &HeaderMap) -> Option<Bearer> {
        let name = self.name(console.is_secure());
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut found = lines
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(its, _)| *its == name);
        let (_, value) = found.next()?;
        if found.next().is_some() { None } else { Bearer::read(value) }
    }

    /// Gives the browser a secret.
    pub(super) fn set(self, console: &Inner, secret: &Bearer) -> Option<HeaderValue> {
        let life = match self {
            Self::Session => String::new(),
            Self::Device => format!("; Max-Age={DEVICE_SECONDS}"),
        };
        self.line(console, &secret.written(), &life)
    }

    /// Takes it away.
    pub(super) fn clear(self, console: &Inner) -> Option<HeaderValue> {
        self.line(console, "", "; Max-Age=0")
    }

    fn line(self, console: &Inner, value: &str, life: &str) -> Option<HeaderValue> {
        let secure = if console.is_secure() { "; Secure" } else { "" };
        let name = self.name(console.is_secure());
        let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{life}");
        let mut line = HeaderValue::from_str(&line).ok()?;
        line.set_sensitive(true);
        Some(line)
    }
}
