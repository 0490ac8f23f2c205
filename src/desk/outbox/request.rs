//! The mail to a person who asked about their own data: whether something is held, and the link
//! under which they see or erase it. It holds no value: whoever reads the mailbox learns no more.

use super::address::{Destination, destination};
use super::compose::{Composer, NotComposed};
use super::message::{AutoSubmitted, Draft};
use super::notification::{Words, accent, readable_on};
use super::words::{LONGEST_NAME, LONGEST_SUBJECT, line};
use crate::crypto::keyring::KeyringError;
use crate::crypto::protect::reveal_requester;
use crate::desk::store::{Delivery, RequestStatus, RequestView};
use crate::domain::lang::Lang;
use crate::domain::pii::Pii;
use crate::domain::request::RequestKind;
use crate::domain::site::Site;
use crate::domain::token::Token;
use crate::i18n::{Arg, moment, text, text_with};
use askama::Template;
use std::sync::Arc;

/// A request whose mail is due.
pub(super) struct Asked {
    pub delivery: Delivery,
    pub request: RequestView,
    pub site: Arc<Site>,
    pub from: Destination,
}

/// The way to the page that the mail is about.
pub(super) struct Button {
    pub words: String,
    pub link: String,
    pub ends: String,
}

/// What both templates show: a letter without a value, and a button.
pub(super) struct View<'a> {
    pub lang: Lang,
    pub accent: String,
    pub on_accent: &'static str,
    pub site: String,
    pub url: Option<&'a str>,
    pub heading: String,
    pub paragraphs: Vec<String>,
    pub button: Option<Button>,
    pub unasked: String,
}

impl View<'_> {
    /// Both parts of the mail, under this subject.
    pub(super) fn words(&self, subject: &str) -> Result<Words, askama::Error> {
        Ok(Words {
            lang: self.lang,
            subject: line(subject, LONGEST_SUBJECT),
            text: Pii::new(TextBody { view: self }.render()?),
            html: Pii::new(HtmlBody { view: self }.render()?),
        })
    }
}

#[derive(Template)]
#[template(path = "mail/request/body.txt")]
struct TextBody<'a> {
    view: &'a View<'a>,
}

#[derive(Template)]
#[template(path = "mail/request/body.html")]
struct HtmlBody<'a> {
    view: &'a View<'a>,
}

impl Composer {
    /// Finds the request that a row is about.
    pub(super) fn look_up_request(&self, delivery: Delivery, token: Token) -> Result<Asked, NotComposed> {
        let request = self.store.request(token)?.ok_or(NotComposed::Dead("erased"))?;
        let (site, from) = self.sender(&request.site)?;
        Ok(Asked { delivery, request, site, from })
    }

    /// Writes the mail and opens the address it goes to.
    pub(super) fn request_mail(&self, asked: &Asked) -> Result<Draft, NotComposed> {
        let request = &asked.request;
        let base = self.request_url.as_str().trim_end_matches('/');
        let link = format!("{base}/r/{}", *self.keyring.request_secret(request.token));
        let words = write(request, &asked.site, &link)
            .map_err(|_| NotComposed::Unavailable("the template of the mail failed".to_owned()))?;
        let to = self.requester(asked)?;
        Ok(Draft {
            from_name: asked.site.name.get(request.lang).to_owned(),
            from: asked.from.clone(),
            to,
            reply_to: None,
            subject: words.subject,
            message_id: asked.delivery.message_id.clone(),
            thread: None,
            id_domain: self.id_domain(&asked.from),
            date: asked.delivery.created_at,
            auto_submitted: AutoSubmitted::Replied,
            lang: words.lang,
            text: words.text,
            html: words.html,
        })
    }

    fn requester(&self, asked: &Asked) -> Result<Destination, NotComposed> {
        let request = &asked.request;
        let sealed = request.sealed.as_deref().ok_or(NotComposed::Dead("ended"))?;
        let key = self.keyring.lead_key(request.token).map_err(|error| match error {
            KeyringError::NoLeadKey => NotComposed::Dead("no key"),
            other => NotComposed::Unavailable(other.to_string()),
        })?;
        let address = reveal_requester(&key, request.token, request.form_version, sealed);
        let address = address.ok_or(NotComposed::Dead("damaged"))?.joined();
        destination(address.expose()).map_err(|_| NotComposed::Dead("address"))
    }
}

fn write(request: &RequestView, site: &Site, link: &str) -> Result<Words, askama::Error> {
    let lang = request.lang;
    let name = line(site.name.get(lang), LONGEST_NAME);
    let named = [("site", Arg::Text(&name))];
    let (heading, about, open) = match request.kind {
        RequestKind::Access => ("mail-request-access-heading", "mail-request-access", "mail-request-access-open"),
        RequestKind::Erase => ("mail-request-erase-heading", "mail-request-erase", "mail-request-erase-open"),
    };
    let is_open = request.status == RequestStatus::Open;
    let what_follows = if is_open { text(lang, open) } else { text(lang, "mail-request-nothing") };
    let other_address = (!is_open).then(|| text(lang, "mail-request-nothing-other"));
    let ends = moment(request.expires_at, lang);
    let button = is_open.then(|| Button {
        words: text(lang, "mail-request-button"),
        link: link.to_owned(),
        ends: text_with(lang, "mail-request-ends", &[("date", Arg::Text(&ends))]),
    });
    let accent = accent(site.accent.as_deref());
    let view = View {
        lang,
        on_accent: readable_on(&accent),
        accent,
        url: site.url.as_deref().filter(|url| url.starts_with("https://") || url.starts_with("http://")),
        heading: text(lang, heading),
        paragraphs: [Some(text_with(lang, about, &named)), Some(what_follows), other_address]
            .into_iter()
            .flatten()
            .collect(),
        button,
        unasked: text(lang, if is_open { "mail-request-unasked" } else { "mail-request-nothing-unasked" }),
        site: name.clone(),
    };
    view.words(&text_with(lang, &format!("{heading}-subject"), &named))
}
