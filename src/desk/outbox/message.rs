//! A mail as bytes: headers and a `multipart/alternative` of text and HTML, in UTF-8.

use super::address::Destination;
use super::words::{LONGEST_NAME, LONGEST_SUBJECT, line};
use crate::domain::lang::Lang;
use crate::domain::pii::Pii;
use jiff::Timestamp;
use lettre::Message;
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, MultiPartKind, SinglePart};
use std::time::SystemTime;
use zeroize::Zeroizing;

/// Who made a mail (RFC 3834 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AutoSubmitted {
    /// A machine, of its own accord.
    Generated,
    /// A machine, in answer to somebody.
    Replied,
}

/// Everything a mail is made of.
pub(super) struct Draft {
    /// The sender's name; cleaned here.
    pub from_name: String,
    /// The sender's address.
    pub from: Destination,
    /// The recipient.
    pub to: Destination,
    /// Whom an answer goes to, where it is not the sender.
    pub reply_to: Option<Destination>,
    /// The subject; cleaned here.
    pub subject: String,
    /// The local part of the Message-ID, without anything personal.
    pub message_id: String,
    /// The local part of the id that all mails about one lead refer to.
    pub thread: Option<String>,
    /// The right side of both ids.
    pub id_domain: String,
    /// When the mail came to be; the same at every try.
    pub date: Timestamp,
    /// Who made it.
    pub auto_submitted: AutoSubmitted,
    /// Its language.
    pub lang: Lang,
    /// The text part.
    pub text: Pii<String>,
    /// The HTML part.
    pub html: Pii<String>,
}

/// The mail library refused; it gives no reason that could be acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotBuilt;

/// Makes the mail. The same draft makes the same bytes.
pub(super) fn build(draft: &Draft) -> Result<Zeroizing<Vec<u8>>, NotBuilt> {
    let name = line(&draft.from_name, LONGEST_NAME);
    let from = Mailbox::new((!name.is_empty()).then_some(name), draft.from.address.clone());
    let envelope = Envelope::new(Some(draft.from.address.clone()), vec![draft.to.address.clone()]);
    let mut builder = Message::builder()
        .from(from)
        .to(draft.to.mailbox())
        .subject(line(&draft.subject, LONGEST_SUBJECT))
        .date(SystemTime::from(draft.date.max(Timestamp::UNIX_EPOCH)))
        .message_id(Some(message_id(&draft.message_id, &draft.id_domain)))
        .envelope(envelope.map_err(|_| NotBuilt)?)
        .raw_header(header("Content-Language", draft.lang.tag()));
    if let Some(reply_to) = &draft.reply_to {
        builder = builder.reply_to(reply_to.mailbox());
    }
    if let Some(thread) = &draft.thread {
        builder = builder.references(message_id(thread, &draft.id_domain));
    }
    builder = match draft.auto_submitted {
        AutoSubmitted::Generated => builder.raw_header(header("Auto-Submitted", "auto-generated")),
        // Exchange and Outlook answer a mail without the second header with their own notices.
        AutoSubmitted::Replied => builder
            .raw_header(header("Auto-Submitted", "auto-replied"))
            .raw_header(header("X-Auto-Response-Suppress", "All")),
    };
    let parts = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(boundary(&draft.message_id))
        .singlepart(SinglePart::plain(draft.text.expose().clone()))
        .singlepart(SinglePart::html(draft.html.expose().clone()));
    let message = builder.multipart(parts).map_err(|_| NotBuilt)?;
    Ok(Zeroizing::new(message.formatted()))
}

fn message_id(local: &str, domain: &str) -> String {
    format!("<{}@{}>", line(local, 100), line(domain, 255))
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// A separator that occurs in neither part: both are encoded, and its underscore with what
/// follows comes from the random Message-ID.
fn boundary(message_id: &str) -> String {
    let tail: String = message_id.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    format!("leadseal_{tail}")
}
