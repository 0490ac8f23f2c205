//! The private side: opens, protects, stores, tells, exports.

pub mod audit;
pub mod export;
pub mod ingest;
pub mod outbox;
pub mod store;
