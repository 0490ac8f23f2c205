//! From capture to desk: the durable spool, the queue port and its backends.
//!
//! Takes only sealed envelopes and never opens one.

pub mod database;
pub mod port;
pub mod spool;

#[cfg(feature = "desk")]
pub mod embedded;
