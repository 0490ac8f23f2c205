//! From capture to desk: the durable spool, the queue port and its backends.
//!
//! Takes only sealed envelopes and never opens one.

pub mod database;
pub mod port;
#[cfg(feature = "capture")]
pub mod redis;
pub mod spool;

#[cfg(feature = "desk")]
pub mod embedded;
