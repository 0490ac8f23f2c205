//! Reply: shows by what somebody can be answered, and nothing else, for the reason that says so.
//!
//! The audit has its entry before the address is opened. What the mail program is given is the address
//! and a subject of ours, no other value. The stage that follows is offered, never set.

use super::{Known, Telling, answer, known};
use crate::console::guard::{Allowed, Post, needs};
use crate::console::refusal;
use crate::console::state::{Console, Trouble};
use crate::console::words;
use crate::crypto::protect::ProtectedField;
use crate::desk::export::{Opened, What, reveal_for_staff};
use crate::domain::field::FieldKind;
use crate::domain::lang::Lang;
use crate::domain::lead::Reason;
use crate::domain::pii::Pii;
use crate::i18n::text;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::fmt::Write;

/// By what somebody is answered, opened.
pub(super) struct Way {
    pub(super) is_mail: bool,
    pub(super) shown: Pii<String>,
    /// What opens the mail program, or the telephone.
    pub(super) href: Pii<String>,
}

/// The field by which somebody can be answered: an address, else a telephone number.
pub(super) fn field_of(known: &Known) -> Option<&ProtectedField> {
    let of = |kind: FieldKind| {
        let mut fields = known.lead.fields.iter().filter(|field| !field.attribution && field.kind == kind);
        fields.find(|field| field.sealed.is_some() || field.plain.is_some())
    };
    of(FieldKind::Email).or_else(|| of(FieldKind::Tel))
}

impl Way {
    /// The way that was opened.
    pub(super) fn of(console: &Console, known: &Known, opened: &Opened, lang: Lang) -> Option<Self> {
        let field = field_of(known)?;
        let value = opened.fields.iter().find(|(id, _)| *id == field.field).map(|(_, value)| value.joined());
        let shown = value.or_else(|| field.plain.clone().map(Pii::new))?;
        let is_mail = field.kind == FieldKind::Email;
        let href = if is_mail {
            let form = console.parts.settings.form(&known.lead.form).map(AsRef::as_ref);
            let title = words::form_title(form, known.lead.form.as_str(), lang);
            let subject = format!("Re: {title} #{}", known.lead.number).replace(char::is_control, " ");
            format!("mailto:{}?subject={}", encoded(shown.expose(), "@"), encoded(&subject, ""))
        } else {
            let number = shown.expose().chars().filter(|c| c.is_ascii_digit() || *c == '+');
            format!("tel:{}", number.collect::<String>())
        };
        Some(Self { is_mail, shown, href: Pii::new(href) })
    }
}

/// As it stands in an address: everything but letters, digits and a few marks as `%XX`.
fn encoded(text: &str, also: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || "-._~".contains(c) || also.contains(c) {
            out.push(c);
        } else {
            // Writing into a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

pub(super) async fn reply(
    staff: Allowed<needs::Reveal>,
    State(console): State<Console>,
    Path(lead): Path<String>,
    _post: Post,
) -> Result<Response, Trouble> {
    let (viewer, address) = (staff.viewer.clone(), lead.clone());
    let opened = console.blocking(move |console| {
        let Some(known) = known(console, &viewer, &address)? else { return Ok(None) };
        let Some(field) = field_of(&known) else { return Ok(Some(Err("reply-none"))) };
        let (parts, what) = (&console.parts, What::Field(field.field.clone()));
        let (of, actor) = ((&known.lead, known.work.notes.as_slice()), viewer.actor());
        let opened = reveal_for_staff(&parts.store, &parts.keyring, of, &what, Reason::Reply, &actor);
        Ok(Some(opened.map_err(|error| super::reveal::message_of(&error))))
    });
    let telling = match opened.await? {
        None => return Ok(refusal::not_found(&console, &staff)),
        Some(Ok(opened)) => Telling { notice: "reply-shown", opened, is_reply: true, ..Telling::default() },
        Some(Err(message)) => {
            let status = if message == "reply-none" { StatusCode::CONFLICT } else { StatusCode::SERVICE_UNAVAILABLE };
            Telling { status, trouble: Some(text(staff.viewer.lang, message)), ..Telling::default() }
        }
    };
    answer(&console, &staff, lead, telling).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_an_address_becomes_a_part_of_the_link() {
        assert_eq!(encoded("a+b?cc=x@y&z@example.jp", "@"), "a%2Bb%3Fcc%3Dx@y%26z@example.jp");
        assert_eq!(encoded("Re: お問\r\nBcc: x", ""), "Re%3A%20%E3%81%8A%E5%95%8F%0D%0ABcc%3A%20x");
    }
}
