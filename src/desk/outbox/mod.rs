//! The outbox: dispatches mail, retries, gives up visibly.
//!
//! Claims due rows of the store, makes the mail when it is sent and not before, hands it to the
//! relay, and writes down what became of it. Refuses to lose a lead over a mail, to put a
//! visitor's words into a header, and to repeat a relay's text, which may quote an address.

mod address;
mod auto_reply;
mod backoff;
mod compose;
mod dispatch;
mod health;
mod message;
mod notification;
mod outcome;
mod relay;
mod reminder;
mod request;
mod staff;
mod words;

pub use auto_reply::check_texts;
pub use dispatch::{Dispatcher, DispatcherParts};
pub use health::MailHealth;
pub use relay::{MailSetupError, test_relay};
