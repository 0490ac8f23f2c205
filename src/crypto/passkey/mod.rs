//! Passkeys (WebAuthn Level 2): adding one, and proving with one who somebody is.
//!
//! A passkey always verifies its owner (finger, face, PIN), so that it stands for both factors. What is
//! to be signed is random, and belongs to one purpose and, after sign-in, to one session; the page
//! carries it sealed under a key that dies with the process, and a proof that was accepted is not
//! accepted again. Refuses another origin, another host, a user who was not verified, a counter that
//! goes back, and attestation: which maker's device it is matters to nobody here.

#[cfg(not(feature = "passkey"))]
mod absent;
#[cfg(all(test, feature = "passkey"))]
pub(crate) mod device;
#[cfg(feature = "passkey")]
mod webauthn;

#[cfg(not(feature = "passkey"))]
pub use absent::{Claim, Passkeys};
#[cfg(feature = "passkey")]
pub use webauthn::{Claim, Passkeys};

use crate::domain::ids::StaffId;
use url::{Host, Url};

/// Whether this program knows passkeys at all.
pub const IS_BUILT: bool = cfg!(feature = "passkey");

/// Who adds a passkey.
#[derive(Debug, Clone, Copy)]
pub struct Whose<'a> {
    /// Their account; the authenticator sees a digest of it.
    pub id: StaffId,
    /// By which they sign in; the authenticator shows it.
    pub address: &'a str,
    /// Their name; the authenticator shows it.
    pub name: &'a str,
}

/// What a page gives the browser to have signed.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// The options of `navigator.credentials`, as JSON; bytes in it are in URL-safe base64.
    pub options: String,
    /// What the page sends back with the answer.
    pub sealed: String,
}

/// A passkey that was added.
#[derive(Debug, Clone)]
pub struct Added {
    /// By which the authenticator knows it.
    pub credential: Vec<u8>,
    /// What checks it: the public key with what the library notes of it. No secret.
    pub kept: String,
    /// The authenticator's counter; 0 where it keeps none.
    pub counter: u32,
}

/// A proof that was right.
#[derive(Debug, Clone)]
pub struct Proof {
    /// What checks the passkey from now on.
    pub kept: String,
    /// The authenticator's counter; 0 where it keeps none.
    pub counter: u32,
}

/// Why an answer is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The page is too old, or from before the process began, or not of this session.
    #[error("what was signed is not asked for any more")]
    Over,
    /// It is not right, or was accepted before.
    #[error("the answer is not right")]
    Wrong,
}

/// Whether a browser lets pages of this address use passkeys: over TLS or on the machine itself, and
/// under a name, not a number.
pub fn is_possible(url: &Url) -> bool {
    let Some(Host::Domain(name)) = url.host() else { return false };
    url.scheme() == "https" || name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_need_a_name_and_a_safe_way() {
        for (url, expected) in [
            ("https://leads.example.jp", true),
            ("http://localhost:8788", true),
            ("http://desk.localhost:8788", true),
            ("http://127.0.0.1:8788", false),
            ("https://192.0.2.1", false),
            ("https://[::1]:8788", false),
            ("http://leads.example.jp", false),
            ("http://notlocalhost", false),
        ] {
            assert_eq!(is_possible(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
