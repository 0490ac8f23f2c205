//! The private side: opens, protects, stores, tells, exports, erases.

pub mod audit;
pub mod export;
pub mod ingest;
pub mod outbox;
pub mod privacy;
pub mod store;
