//! From capture to desk: the durable spool, the queue port and its backends; and what capture counts.
//!
//! Takes only sealed envelopes, never opens one, and counts by closed sets of words.

pub mod database;
pub mod funnel;
pub mod port;
#[cfg(feature = "capture")]
pub mod redis;
pub mod spool;

#[cfg(feature = "desk")]
pub mod embedded;
