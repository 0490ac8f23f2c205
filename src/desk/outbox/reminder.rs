//! The mail to a member of staff who wanted to be reminded of a lead: its number, its form and a
//! button. It holds no value, not even a mask, and goes to nobody who may not see the lead.

use super::address::destination;
use super::compose::{Composer, NotComposed, Subject};
use super::message::{AutoSubmitted, Draft};
use super::notification::{Words, accent, readable_on};
use super::request::{Button, View};
use super::words::{LONGEST_NAME, line};
use crate::desk::store::StaffView;
use crate::domain::staff::StaffAddress;
use crate::i18n::{Arg, text, text_with};

impl Composer {
    /// Writes the mail.
    pub(super) fn reminder(&self, subject: &Subject) -> Result<Draft, NotComposed> {
        let staff = self.reminded(subject)?;
        let to = destination(staff.address.as_str()).map_err(|_| NotComposed::Dead("address"))?;
        let link = self.link(subject)?;
        let words = write(subject, &staff, link)
            .map_err(|_| NotComposed::Unavailable("the template of the reminder failed".to_owned()))?;
        Ok(Draft {
            from_name: subject.site.name.get(words.lang).to_owned(),
            subject: words.subject,
            auto_submitted: AutoSubmitted::Generated,
            thread: Some(format!("lead.{}", subject.lead.token)),
            lang: words.lang,
            text: words.text,
            html: words.html,
            ..self.frame(subject, to)
        })
    }

    /// Who is reminded, while they may still see the lead.
    fn reminded(&self, subject: &Subject) -> Result<StaffView, NotComposed> {
        let address = subject.delivery.recipient.as_deref().unwrap_or_default();
        let address: StaffAddress = address.parse().map_err(|_| NotComposed::Dead("address"))?;
        let staff = self.store.staff_of(&address)?.filter(|staff| staff.disabled_at.is_none());
        let lead = &subject.lead;
        staff.filter(|staff| staff.viewer().sees(&lead.site, &lead.form)).ok_or(NotComposed::Dead("no access"))
    }
}

fn write(subject: &Subject, staff: &StaffView, link: String) -> Result<Words, askama::Error> {
    let (lead, lang) = (&subject.lead, staff.lang);
    let form = subject.form.as_deref();
    let title = form.map_or_else(|| lead.form.to_string(), |form| line(form.title.get(lang), LONGEST_NAME));
    #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 leads")]
    let named = [("number", Arg::Number(lead.number as f64)), ("form", Arg::Text(&title))];
    let accent = accent(subject.site.accent.as_deref());
    let view = View {
        lang,
        on_accent: readable_on(&accent),
        accent,
        site: line(subject.site.name.get(lang), LONGEST_NAME),
        url: None,
        heading: text(lang, "mail-reminder-heading"),
        paragraphs: vec![text_with(lang, "mail-reminder", &named)],
        button: Some(Button { words: text(lang, "mail-notify-button"), link, ends: text(lang, "mail-reminder-after") }),
        unasked: text(lang, "mail-notify-footer"),
    };
    view.words(&text_with(lang, "mail-reminder-subject", &named))
}
