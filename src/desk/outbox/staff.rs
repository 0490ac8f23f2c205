//! Mails to staff about their accounts: an invitation, a new password's link, a sign-in from a new
//! browser.
//!
//! The link is made here and nowhere earlier, from account and row, so that every try carries the same
//! one; only its SHA-256 is stored. Refuses to bring back a link that was used.

use super::address::{Destination, destination};
use super::compose::{Composer, NotComposed};
use super::message::{AutoSubmitted, Draft};
use super::notification::{Words, accent, readable_on};
use super::words::{LONGEST_NAME, LONGEST_SUBJECT, line};
use crate::crypto::bearer::Bearer;
use crate::desk::store::{Delivery, DeliveryKind, StaffView};
use crate::domain::ids::StaffId;
use crate::domain::pii::Pii;
use crate::domain::site::Site;
use crate::i18n::{Arg, moment, text, text_with};
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;

/// A member of staff whose mail is due.
pub(super) struct Colleague {
    pub delivery: Delivery,
    pub staff: StaffView,
    pub site: Arc<Site>,
    pub from: Destination,
}

/// A line of what happened.
struct Fact {
    label: String,
    value: String,
}

/// What both templates show.
struct View {
    lang: &'static str,
    accent: String,
    on_accent: &'static str,
    site: String,
    heading: String,
    intro: String,
    facts: Vec<Fact>,
    what_to_do: String,
    button: String,
    link: String,
    unasked: String,
}

#[derive(Template)]
#[template(path = "mail/staff/body.txt")]
struct TextBody<'a> {
    view: &'a View,
}

#[derive(Template)]
#[template(path = "mail/staff/body.html")]
struct HtmlBody<'a> {
    view: &'a View,
}

impl Composer {
    /// Finds the account that a row is about, and a site of theirs that sends.
    pub(super) fn look_up_colleague(&self, delivery: Delivery, id: StaffId) -> Result<Colleague, NotComposed> {
        let staff = self.store.staff_member(id)?.ok_or(NotComposed::Dead("no such account"))?;
        let sites = &self.settings.sites;
        let own = sites.iter().find(|site| staff.scope.has_site(&site.id)).or_else(|| sites.first());
        let site = own.ok_or_else(|| NotComposed::Unavailable("the configuration has no site".to_owned()))?;
        let (site, from) = self.sender(&site.id)?;
        Ok(Colleague { delivery, staff, site, from })
    }

    /// Writes the mail.
    pub(super) fn staff_mail(&self, colleague: &Colleague) -> Result<Draft, NotComposed> {
        let to = destination(colleague.staff.address.as_str()).map_err(|_| NotComposed::Dead("address"))?;
        let words = match colleague.delivery.kind {
            DeliveryKind::NewDevice => self.of_new_device(colleague),
            _ => self.of_link(colleague)?,
        };
        let words = words.map_err(|_| NotComposed::Unavailable("the template of the mail failed".to_owned()))?;
        Ok(Draft {
            from_name: colleague.site.name.get(colleague.staff.lang).to_owned(),
            from: colleague.from.clone(),
            to,
            reply_to: None,
            subject: words.subject,
            message_id: colleague.delivery.message_id.clone(),
            thread: None,
            id_domain: self.id_domain(&colleague.from),
            date: colleague.delivery.created_at,
            auto_submitted: AutoSubmitted::Generated,
            lang: words.lang,
            text: words.text,
            html: words.html,
        })
    }

    /// An invitation, or the link on which another password is chosen.
    fn of_link(&self, colleague: &Colleague) -> Result<Result<Words, askama::Error>, NotComposed> {
        let (staff, mail, lang) = (&colleague.staff, colleague.delivery.id, colleague.staff.lang);
        let secret = self.keyring.link_key().mac("staff link", &[staff.id.to_string().as_bytes(), &mail.to_be_bytes()]);
        let secret = Bearer::read(&URL_SAFE_NO_PAD.encode(secret))
            .ok_or_else(|| NotComposed::Unavailable("a link could not be made".to_owned()))?;
        if !self.store.remember_mailed_link(mail, &secret.sha256())? {
            let waits = self.store.is_waiting(mail)?;
            return Err(if waits { NotComposed::Dead("not needed") } else { NotComposed::Settled });
        }
        let is_first = colleague.delivery.kind == DeliveryKind::Invitation;
        let key = |of: &str| format!("mail-{}-{of}", if is_first { "invitation" } else { "reset" });
        let by = match self.name_of(colleague)? {
            Some(name) => text_with(lang, "mail-staff-by", &[("name", Arg::Text(&name))]),
            None => text(lang, "mail-staff-operator"),
        };
        let named = [("by", Arg::Text(&by))];
        Ok(write(colleague, &key("heading"), |view| View {
            intro: text_with(lang, &key("intro"), &named),
            what_to_do: text(lang, &key("what-to-do")),
            button: text(lang, "mail-invitation-button"),
            link: self.settings.staff_link(&secret.written()),
            unasked: text(lang, &key("unasked")),
            ..view
        }))
    }

    /// Word that somebody signed in from a browser that was not known.
    fn of_new_device(&self, colleague: &Colleague) -> Result<Words, askama::Error> {
        let lang = colleague.staff.lang;
        let fact = |label: &str, value: String| Fact { label: text(lang, label), value };
        let base = self.settings.private.url.as_str().trim_end_matches('/');
        write(colleague, "mail-new-device-heading", |view| View {
            intro: text(lang, "mail-new-device-intro"),
            facts: vec![
                fact("mail-new-device-when", moment(colleague.delivery.created_at, lang)),
                fact("mail-new-device-browser", line(colleague.delivery.note.as_deref().unwrap_or("–"), LONGEST_NAME)),
                fact("mail-new-device-account", line(colleague.staff.address.as_str(), LONGEST_SUBJECT)),
            ],
            what_to_do: text(lang, "mail-new-device-what-to-do"),
            button: text(lang, "mail-new-device-button"),
            link: format!("{base}{}/account", self.settings.console.path),
            unasked: text(lang, "mail-new-device-unasked"),
            ..view
        })
    }

    /// The name of the colleague who caused the mail; nothing when it was somebody at the machine.
    fn name_of(&self, colleague: &Colleague) -> Result<Option<String>, NotComposed> {
        let id = colleague.delivery.note.as_deref().and_then(|actor| actor.strip_prefix("staff:"));
        let Some(id) = id.and_then(|id| id.parse::<StaffId>().ok()) else { return Ok(None) };
        Ok(self.store.staff_member(id)?.map(|staff| line(&staff.name, LONGEST_NAME)))
    }
}

/// Both parts and the subject; `fill` adds what is of one kind.
fn write(colleague: &Colleague, heading: &str, fill: impl FnOnce(View) -> View) -> Result<Words, askama::Error> {
    let lang = colleague.staff.lang;
    let site = line(colleague.site.name.get(lang), LONGEST_NAME);
    let accent = accent(colleague.site.accent.as_deref());
    let view = fill(View {
        lang: lang.tag(),
        on_accent: readable_on(&accent),
        accent,
        heading: text(lang, heading),
        intro: String::new(),
        facts: Vec::new(),
        what_to_do: String::new(),
        button: String::new(),
        link: String::new(),
        unasked: String::new(),
        site: site.clone(),
    });
    let subject = text_with(lang, &format!("{heading}-subject"), &[("site", Arg::Text(&site))]);
    Ok(Words {
        lang,
        subject: line(&subject, LONGEST_SUBJECT),
        text: Pii::new(TextBody { view: &view }.render()?),
        html: Pii::new(HtmlBody { view: &view }.render()?),
    })
}
