//! The notification to staff: what came in, masked, and one button to open it.

use super::compose::Subject;
use super::words::{LONGEST_NAME, line};
use crate::crypto::protect::ProtectedField;
use crate::desk::store::LeadView;
use crate::domain::attribution::AttributionKey;
use crate::domain::field::{Field, FieldKind};
use crate::domain::form::Form;
use crate::domain::ids::FieldId;
use crate::domain::lang::Lang;
use crate::domain::pii::Pii;
use crate::domain::protect::Protect;
use crate::i18n::{Arg, moment, text, text_with};
use askama::Template;
use std::collections::BTreeMap;

/// The button's colour where the site has none.
const ACCENT: &str = "#1d4f91";
/// Most characters of a value in the table.
const LONGEST_VALUE: usize = 500;

/// Subject and both parts of a mail.
pub(super) struct Words {
    /// The mail's language.
    pub lang: Lang,
    /// The subject.
    pub subject: String,
    /// The text part.
    pub text: Pii<String>,
    /// The HTML part.
    pub html: Pii<String>,
}

/// One line of the table.
struct Row {
    label: String,
    value: Pii<String>,
}

impl Row {
    /// The label as it stands before a value on the same line: a question keeps its own mark.
    fn lead_in(&self) -> String {
        let asks = self.label.ends_with(['?', '？', ':', '：']);
        if asks { self.label.clone() } else { format!("{}:", self.label) }
    }
}

/// What both templates show.
struct View<'a> {
    lang: Lang,
    accent: String,
    on_accent: &'static str,
    site: String,
    heading: String,
    preview: String,
    deadline: Option<String>,
    enquiry: Option<String>,
    corrects: Option<String>,
    rows: Vec<Row>,
    consents: Vec<Row>,
    about: Vec<Row>,
    link: &'a str,
}

impl View<'_> {
    fn t(&self, key: &str) -> String {
        text(self.lang, key)
    }
}

#[derive(Template)]
#[template(path = "mail/notification/body.txt")]
struct TextBody<'a> {
    view: &'a View<'a>,
}

#[derive(Template)]
#[template(path = "mail/notification/body.html")]
struct HtmlBody<'a> {
    view: &'a View<'a>,
}

/// Writes the notification. `revealed` holds the values that the form wants in the mail.
pub(super) fn write(
    subject: &Subject,
    revealed: &BTreeMap<FieldId, Pii<String>>,
    link: &str,
) -> Result<Words, askama::Error> {
    let (lead, form) = (&subject.lead, subject.form.as_deref());
    let lang = form.map_or(lead.lang, |form| form.notify.lang);
    let title = form.map_or_else(|| lead.form.to_string(), |form| line(form.title.get(lang), LONGEST_NAME));
    let site = line(subject.site.name.get(lang), LONGEST_NAME);
    let accent = accent(subject.site.accent.as_deref());
    let view = View {
        lang,
        on_accent: readable_on(&accent),
        accent,
        heading: text(lang, "mail-notify-heading"),
        preview: text_with(lang, "mail-notify-preview", &[("form", Arg::Text(&title))]),
        deadline: deadline(lead, lang),
        enquiry: (lead.enquiry > 1)
            .then(|| text_with(lang, "mail-notify-enquiry-count", &[("count", Arg::Number(f64::from(lead.enquiry)))])),
        corrects: lead
            .corrects
            .map(|token| text_with(lang, "mail-notify-corrects", &[("token", Arg::Text(&token.to_string()))])),
        rows: rows(lead, form, lang, revealed),
        consents: consents(lead, form, lang),
        about: about(lead, &title, &site, lang),
        site,
        link,
    };
    Ok(Words {
        lang,
        subject: subject_line(lead, form, lang, &title),
        text: Pii::new(TextBody { view: &view }.render()?),
        html: Pii::new(HtmlBody { view: &view }.render()?),
    })
}

/// `新規リード #1042 資料請求（製造業・50–99名）`: number, form, and closed choices kept in clear.
fn subject_line(lead: &LeadView, form: Option<&Form>, lang: Lang, title: &str) -> String {
    #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 leads")]
    let number = Arg::Number(lead.number as f64);
    let facets: Vec<String> = form.map_or_else(Vec::new, |form| {
        let wanted = form.notify.subject_facets.iter();
        wanted.filter_map(|id| facet(lead, form, id, lang)).filter(|words| !words.is_empty()).collect()
    });
    if facets.is_empty() {
        return text_with(lang, "mail-notify-subject", &[("number", number), ("form", Arg::Text(title))]);
    }
    let facets = facets.join(match lang {
        Lang::Ja => "・",
        Lang::En => ", ",
    });
    let args = [("number", number), ("form", Arg::Text(title)), ("facets", Arg::Text(&facets))];
    text_with(lang, "mail-notify-subject-facets", &args)
}

/// A facet's words: only closed choices that the form keeps in clear.
fn facet(lead: &LeadView, form: &Form, id: &FieldId, lang: Lang) -> Option<String> {
    let view = lead.fields.iter().find(|field| !field.attribution && field.field == *id)?;
    if !view.kind.is_closed() || view.protect != Protect::Keep {
        return None;
    }
    let plain = view.plain.as_deref()?;
    Some(match form.field(id) {
        Some(field) => line(&field.choice_labels(plain, lang), 40),
        None => line(plain, 40),
    })
}

fn rows(lead: &LeadView, form: Option<&Form>, lang: Lang, revealed: &BTreeMap<FieldId, Pii<String>>) -> Vec<Row> {
    let shown = lead.fields.iter().filter(|field| !field.attribution && field.kind != FieldKind::Consent);
    shown
        .map(|view| {
            let field = form.and_then(|form| form.field(&view.field));
            let label = field.map_or(view.field.as_str(), |field| field.label.get(lang));
            let wanted = form.is_some_and(|form| form.notify.reveal.contains(&view.field));
            let value = match revealed.get(&view.field).filter(|_| wanted) {
                Some(value) => Pii::new(line(value.expose(), LONGEST_VALUE)),
                None => Pii::new(line(&masked(view, field, lang), LONGEST_VALUE)),
            };
            Row { label: line(label, LONGEST_NAME), value }
        })
        .collect()
}

/// What staff may see without opening: the kept value, the mask, or that there is one.
fn masked(view: &ProtectedField, field: Option<&Field>, lang: Lang) -> String {
    match (&view.plain, &view.mask) {
        (Some(plain), _) => field.map_or_else(|| plain.clone(), |field| field.choice_labels(plain, lang)),
        (None, Some(mask)) => mask.clone(),
        (None, None) => "***".to_owned(),
    }
}

fn consents(lead: &LeadView, form: Option<&Form>, lang: Lang) -> Vec<Row> {
    let records = lead.consents.iter();
    records
        .map(|record| {
            let field = form.and_then(|form| form.field(&record.field));
            let label = field.map_or(record.purpose.as_str(), |field| field.label.get(lang));
            let given = if record.granted { "mail-notify-granted" } else { "mail-notify-declined" };
            let value = format!("{} ({})", text(lang, given), line(&record.version, 40));
            Row { label: line(label, LONGEST_NAME), value: Pii::new(value) }
        })
        .collect()
}

/// Where the lead came from and by which names it is found.
fn about(lead: &LeadView, form: &str, site: &str, lang: Lang) -> Vec<Row> {
    let page = |key: AttributionKey| {
        let mut fields = lead.fields.iter().filter(|field| field.attribution);
        fields.find(|field| field.field.as_str() == key.word()).map(|field| masked(field, None, lang))
    };
    let source = page(AttributionKey::LandingPage).or_else(|| page(AttributionKey::Referrer));
    let rows = [
        ("mail-notify-received", Some(moment(lead.received_at, lang))),
        ("mail-notify-form", Some(form.to_owned())),
        ("mail-notify-site", Some(site.to_owned())),
        ("mail-notify-source", source),
        ("mail-notify-token", Some(lead.token.to_string())),
    ];
    let rows = rows.into_iter();
    rows.filter_map(|(key, value)| Some(Row { label: text(lang, key), value: Pii::new(line(&value?, LONGEST_VALUE)) }))
        .collect()
}

fn deadline(lead: &LeadView, lang: Lang) -> Option<String> {
    let at = moment(lead.due_at?, lang);
    Some(text_with(lang, "mail-notify-deadline", &[("deadline", Arg::Text(&at))]))
}

/// The site's colour where it is `#rrggbb`, else ours: nothing else goes into a style.
pub(super) fn accent(wanted: Option<&str>) -> String {
    let is_colour = |c: &&str| c.len() == 7 && c.starts_with('#') && c[1..].bytes().all(|b| b.is_ascii_hexdigit());
    wanted.filter(is_colour).unwrap_or(ACCENT).to_owned()
}

/// Black or white, whichever has the higher contrast on a colour (WCAG 2.2, relative luminance).
pub(super) fn readable_on(colour: &str) -> &'static str {
    let channel = |at: usize| {
        let byte = colour.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(0);
        let share = f64::from(byte) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
    // Contrast with white is 1.05 / (L + 0.05), with black (L + 0.05) / 0.05: equal at 0.179.
    if luminance > 0.179 { "#000000" } else { "#ffffff" }
}
