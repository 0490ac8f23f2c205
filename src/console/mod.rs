//! Staff pages on the private listener. For now: the page a mail's button leads to.
//!
//! Shows masks only. Refuses to reveal: that takes a reason and an audit entry.

mod link;

pub use link::{LinkState, router};
