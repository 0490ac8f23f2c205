//! The words both sides share: forms, fields, values, tokens, masks, stages, settings.
//!
//! Owns the vocabulary and the pure rules that belong to a word (how a token is written, how a
//! value is masked). Refuses HTTP, SQL, files, ambient clocks and ambient randomness.

pub mod attribution;
pub mod base32;
pub mod business_hours;
pub mod captcha;
pub mod clock;
pub mod entropy;
pub mod field;
pub mod form;
pub mod funnel;
pub mod ids;
pub mod lang;
pub mod lead;
pub mod mark;
pub mod mask;
pub mod normal;
pub mod numbers;
pub mod origin;
pub mod pii;
pub mod prefecture;
pub mod problem;
pub mod protect;
pub mod request;
#[cfg(test)]
pub(crate) mod sample;
pub mod settings;
pub mod site;
pub mod staff;
pub mod submission;
pub mod suspicion;
pub mod token;
