//! Cryptography: the envelope, its suites, MACs and form tokens, what the desk signs for capture
//! nodes, signed calls of sites, files that only their owner may read; with feature `desk` also signing,
//! opening, field ciphers, blind index, keyring and epochs, and what staff sign in with.
//!
//! Refuses to invent primitives: HPKE (RFC 9180), AES-256-GCM, HKDF and HMAC-SHA256 come from
//! libraries. Without feature `desk` nothing here can open an envelope.

mod aead;
#[cfg(feature = "desk")]
pub mod bearer;
pub mod confirmation;
pub mod day_chain;
pub mod enrolment;
pub mod envelope;
pub mod form_token;
pub mod mac;
pub mod manifest;
pub mod page_state;
mod payload;
pub mod private_file;
pub mod proof_of_work;
pub mod seal;
pub mod signing;
pub mod site_key;
mod wire;

#[cfg(feature = "desk")]
pub mod kek;
#[cfg(feature = "desk")]
pub mod keyring;
#[cfg(feature = "desk")]
pub mod one_time;
#[cfg(feature = "desk")]
pub mod open;
#[cfg(feature = "desk")]
pub mod passkey;
#[cfg(feature = "desk")]
pub mod password;
#[cfg(feature = "desk")]
pub mod protect;
