//! Staff pages on the private listener (for now: the page a mail's button leads to), and the pages
//! on which people carry out their own requests.
//!
//! Staff see masks only; to reveal takes a reason and an audit entry.

mod link;
mod request;

pub use link::{LinkState, router};
pub use request::{RequestPages, router as request_router};
