//! Who is told: recipients, routes, what the mail may show, the answer to the visitor.

use super::condition::{EarlierFields, condition};
use super::lower::{Lines, Lowering};
use super::raw::{AutoReplyTable, FieldTable, NotifyTable};
use crate::config::address::{MAIL_FIX, mail_trouble};
use crate::config::wording::suggestion;
use crate::domain::field::{Field, FieldKind};
use crate::domain::form::{AutoReply, Notify, Route};
use crate::domain::ids::FieldId;
use crate::domain::lang::Lang;
use crate::domain::protect::Protect;

/// The fields of the form: as written, and those that could be lowered.
pub(super) struct FormFields<'f> {
    /// As written.
    pub raw: &'f [FieldTable],
    /// Lowered.
    pub lowered: &'f [Field],
}

/// Lowers `[notify]`.
pub(super) fn notify(lowering: &mut Lowering<'_, '_>, raw: &NotifyTable, fields: &FormFields<'_>) -> Notify {
    let recipients = addresses(lowering, "/notify/recipients", raw.recipients.as_deref());
    let routes = routes(lowering, raw, fields);
    let subject_facets = subject_facets(lowering, raw, fields);
    let reveal = reveal(lowering, raw, fields);
    let reply_to_lead = raw.reply_to_lead.unwrap_or(false);
    if reply_to_lead {
        readable_address(lowering, "/notify/reply_to_lead", fields.lowered.iter().find(|f| f.kind == FieldKind::Email));
    }
    Notify {
        recipients,
        routes,
        subject_facets,
        reveal,
        reply_to_lead,
        answer_within_minutes: raw.answer_within_minutes,
        lang: raw.lang.or(lowering.langs.first().copied()).unwrap_or(Lang::Ja),
    }
}

/// Lowers `[auto_reply]`.
pub(super) fn auto_reply(
    lowering: &mut Lowering<'_, '_>,
    raw: &AutoReplyTable,
    fields: &FormFields<'_>,
) -> Option<AutoReply> {
    let at = "/auto_reply/to";
    let subject = raw.subject.as_ref().map(|words| lowering.words("/auto_reply/subject", words, Lines::One));
    let body = raw.body.as_ref().map(|words| lowering.words("/auto_reply/body", words, Lines::Many));
    let to = known_field(lowering, at, raw.to.as_deref()?, fields)?;
    if let Some(field) = fields.lowered.iter().find(|field| field.id == to) {
        if field.kind == FieldKind::Email {
            readable_address(lowering, at, Some(field));
        } else {
            let what = format!("`{to}` is a {} field; nobody can be written to there", field.kind.word());
            lowering.report.error(at, what, "name a field of type \"email\"");
        }
    }
    Some(AutoReply { to, subject: subject?, body: body? })
}

fn addresses(lowering: &mut Lowering<'_, '_>, at: &str, addresses: Option<&[String]>) -> Vec<String> {
    let addresses = addresses.unwrap_or_default();
    for (n, address) in addresses.iter().enumerate() {
        if let Some(trouble) = mail_trouble(address) {
            let what = format!("`{}` {trouble}", address.escape_debug());
            lowering.report.error(&format!("{at}/{n}"), what, MAIL_FIX);
        }
    }
    addresses.to_vec()
}

fn routes(lowering: &mut Lowering<'_, '_>, raw: &NotifyTable, fields: &FormFields<'_>) -> Vec<Route> {
    let mut routes = Vec::new();
    for (n, route) in raw.route.iter().flatten().enumerate() {
        let at = format!("/notify/route/{n}");
        let everywhere = EarlierFields { all: fields.raw, here: fields.raw.len() };
        let when = route.when.as_ref().and_then(|when| condition(lowering, &format!("{at}/when"), when, &everywhere));
        let to = addresses(lowering, &format!("{at}/to"), route.to.as_deref());
        routes.extend(when.map(|when| Route { when, to }));
    }
    routes
}

fn subject_facets(lowering: &mut Lowering<'_, '_>, raw: &NotifyTable, fields: &FormFields<'_>) -> Vec<FieldId> {
    let closed = [FieldKind::Select, FieldKind::Radio, FieldKind::Checkboxes, FieldKind::Prefecture];
    let mut facets = Vec::new();
    for (n, name) in raw.subject_facets.iter().flatten().enumerate() {
        let at = format!("/notify/subject_facets/{n}");
        let Some(id) = known_field(lowering, &at, name, fields) else { continue };
        let clear = |field: &Field| closed.contains(&field.kind) && field.protect == Protect::Keep;
        if fields.lowered.iter().find(|field| field.id == id).is_some_and(|field| !clear(field)) {
            lowering.report.error(
                &at,
                format!("`{id}` can't stand in a subject: subjects are read by every mail server on the way"),
                "name only select, radio, checkboxes or prefecture fields that are kept in clear",
            );
        }
        facets.push(id);
    }
    facets
}

fn reveal(lowering: &mut Lowering<'_, '_>, raw: &NotifyTable, fields: &FormFields<'_>) -> Vec<FieldId> {
    let mut revealed = Vec::new();
    for (n, name) in raw.reveal.iter().flatten().enumerate() {
        let at = format!("/notify/reveal/{n}");
        let Some(id) = known_field(lowering, &at, name, fields) else { continue };
        if let Some(field) = fields.lowered.iter().find(|field| field.id == id && !is_readable(field.protect)) {
            let what = format!("`{id}` can't be shown: {}", gone(field.protect));
            lowering.report.error(&at, what, "take it out of `reveal`, or protect the field with \"tokenise\"");
        }
        revealed.push(id);
    }
    revealed
}

/// An address that is written to later must still be readable then.
fn readable_address(lowering: &mut Lowering<'_, '_>, at: &str, field: Option<&Field>) {
    match field {
        None => lowering.report.error(at, "the form has no e-mail field", "add one: [[field]] with type = \"email\""),
        Some(field) if !is_readable(field.protect) => {
            let what = format!("nobody can be written to at `{}`: {}", field.id, gone(field.protect));
            lowering.report.error(at, what, format!("protect `{}` with \"tokenise\"", field.id));
        }
        Some(_) => {}
    }
}

fn is_readable(protect: Protect) -> bool {
    matches!(protect, Protect::Keep | Protect::Tokenise)
}

fn gone(protect: Protect) -> String {
    format!("with protect = \"{}\" the answer itself is not kept", protect.word())
}

fn known_field(lowering: &mut Lowering<'_, '_>, at: &str, name: &str, fields: &FormFields<'_>) -> Option<FieldId> {
    let known: Vec<&str> = fields.raw.iter().filter_map(|field| field.id.as_deref()).collect();
    if !known.contains(&name) {
        let what = format!("there is no field `{}`", name.escape_debug());
        lowering.report.error(at, what, suggestion(name, &known));
        return None;
    }
    name.parse().ok()
}
