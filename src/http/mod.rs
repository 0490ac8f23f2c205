//! HTTP without features: listener with timeouts, client networks, rate limits, security headers,
//! problem details. Mounts no page itself.

pub mod headers;
pub mod listener;
pub mod metrics;
pub mod network;
pub mod problem;
pub mod rate_limit;
pub mod timed_body;
pub mod timed_stream;
