//! Form files: from TOML to a checked `domain::form::Form`, with every mistake on the way.
//!
//! Template syntax in mail texts is judged by the outbox, which renders them.

mod captcha;
mod condition;
mod field;
mod lower;
mod notify;
mod raw;
mod rules;
mod thanks;

use super::address;
use super::document::Document;
use super::mistake::Mistake;
use super::report::Report;
use super::shape::{self, Required};
use super::wording::{one_of, suggestion};
use crate::domain::field::Field;
use crate::domain::form::{DEFAULT_RETENTION_DAYS, Form};
use crate::domain::funnel::PagePattern;
use crate::domain::ids::{FormId, FormVersion, SiteId};
use crate::domain::origin::Origin;
use crate::domain::protect::Protect;
use crate::domain::request::REQUEST_FORM;
pub(super) use raw::Words;
pub(super) use thanks::strangers;

use condition::EarlierFields;
use lower::{Lines, Lowering};
use notify::FormFields;
use raw::{FieldTable, FormFile, FormTable, NotifyTable};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The address under which the schema names itself.
const SCHEMA_ID: &str = "urn:leadseal:schema:form";

/// The JSON Schema of a form file, for editors.
pub(super) fn schema() -> Value {
    let mut schema = shape::schema_of::<FormFile>();
    let Some(map) = schema.as_object_mut() else { return schema };
    let mut first = Map::new();
    for key in ["$schema", "$id", "title", "description"] {
        let value = if key == "$id" { Some(Value::from(SCHEMA_ID)) } else { map.remove(key) };
        first.extend(value.map(|value| (key.to_owned(), value)));
    }
    first.append(map);
    Value::Object(first)
}

/// A form and the file it was read from.
pub(super) struct ReadForm {
    /// The form.
    pub form: Form,
    /// The file.
    pub document: Document,
}

/// Reads a form file. `sites` are the ids of the installation's sites, where they are known.
///
/// # Errors
/// Every mistake in it, warnings included.
pub(super) fn read(file: &str, text: &str, sites: Option<&[SiteId]>) -> Result<(ReadForm, Vec<Mistake>), Vec<Mistake>> {
    let document = Document::parse(file, text)?;
    let mut report = Report::new(&document);
    let mut content = document.value.clone();
    shape::check(&schema(), Required::Checked, &mut content, &mut report);
    let form = match serde_json::from_value::<FormFile>(content) {
        Ok(raw) => lower_form(&mut report, &raw, sites),
        Err(error) => {
            report.error("", error.to_string(), "compare the file with docs/forms.md");
            None
        }
    };
    let form = form.filter(|_| report.is_usable());
    let mistakes = report.into_mistakes();
    match form {
        Some(form) => Ok((ReadForm { form, document }, mistakes)),
        None => Err(mistakes),
    }
}

fn lower_form(report: &mut Report<'_>, raw: &FormFile, sites: Option<&[SiteId]>) -> Option<Form> {
    let no_table = FormTable::default();
    let table = raw.form.as_ref().unwrap_or(&no_table);
    let langs = table.languages.clone().unwrap_or_default();
    repeated_languages(report, &langs);
    let mut lowering = Lowering { report, langs };
    let id = form_id(&mut lowering, table);
    let site = site(&mut lowering, table, sites);
    let title = table.title.as_ref().map(|words| lowering.words("/form/title", words, Lines::One));
    let intro = lowering.optional_words("/form/intro", table.intro.as_ref(), Lines::Many);
    let submit = lowering.optional_words("/form/submit", table.submit.as_ref(), Lines::One);
    let thanks = thanks::thanks(&mut lowering, table);
    let allowed_origins = origins(&mut lowering, table);
    let attribution_protect = attribution_protect(&mut lowering, table);
    let funnel_pages = funnel_pages(&mut lowering, table);
    let captcha = table.captcha.as_ref().and_then(|table| captcha::captcha(&mut lowering, table));
    let raw_fields = raw.field.as_deref().unwrap_or_default();
    let fields = fields(&mut lowering, raw_fields);
    field::demanded_consents(&mut lowering, raw_fields);
    let both = FormFields { raw: raw_fields, lowered: &fields };
    let no_notify = NotifyTable::default();
    let notify = notify::notify(&mut lowering, raw.notify.as_ref().unwrap_or(&no_notify), &both);
    let auto_reply = raw.auto_reply.as_ref().and_then(|raw| notify::auto_reply(&mut lowering, raw, &both));
    let mut attribution = table.attribution.clone().unwrap_or_default();
    attribution.sort_unstable();
    attribution.dedup();
    let mut form = Form {
        site: site?,
        id: id?,
        version: FormVersion([0; 8]),
        langs: lowering.langs,
        title: title?,
        intro,
        submit,
        thanks,
        allowed_origins,
        fields,
        attribution,
        attribution_protect,
        notify,
        auto_reply,
        retention_days: table.retention_days.unwrap_or(DEFAULT_RETENTION_DAYS),
        forbidden_numbers: table.forbidden_numbers.unwrap_or_default(),
        form_token: table.form_token.unwrap_or_default(),
        funnel_pages,
        layout: table.layout.unwrap_or_default(),
        confirm: table.confirm.unwrap_or_default(),
        captcha,
    };
    form.version = form.computed_version();
    Some(form)
}

fn repeated_languages(report: &mut Report<'_>, langs: &[crate::domain::lang::Lang]) {
    for (n, lang) in langs.iter().enumerate() {
        if langs[..n].contains(lang) {
            report.error(&format!("/form/languages/{n}"), format!("`{}` is there twice", lang.tag()), "take one out");
        }
    }
}

fn form_id(lowering: &mut Lowering<'_, '_>, table: &FormTable) -> Option<FormId> {
    let text = table.id.as_deref()?;
    if text == REQUEST_FORM {
        let what = format!("`{REQUEST_FORM}` is the form under which people's requests about their own data travel");
        lowering.report.error("/form/id", what, "choose another id");
        return None;
    }
    text.parse()
        .map_err(|error| {
            let what = format!("`{}` is no id: {error}", text.escape_debug());
            lowering.report.error("/form/id", what, "use lower-case letters, e.g. \"contact\"");
        })
        .ok()
}

fn site(lowering: &mut Lowering<'_, '_>, table: &FormTable, sites: Option<&[SiteId]>) -> Option<SiteId> {
    let sites = sites?;
    let known: Vec<&str> = sites.iter().map(SiteId::as_str).collect();
    match (table.site.as_deref(), sites) {
        (None, [only]) => Some(only.clone()),
        (None, _) => {
            let fix = format!("add `site = \"…\"`: {}", one_of(known));
            lowering.report.error("/form/site", "the form does not say which site it belongs to", fix);
            None
        }
        (Some(name), _) => {
            let site = sites.iter().find(|site| site.as_str() == name).cloned();
            if site.is_none() {
                let what = format!("there is no site `{}` in leadseal.toml", name.escape_debug());
                lowering.report.error("/form/site", what, suggestion(name, &known));
            }
            site
        }
    }
}

fn origins(lowering: &mut Lowering<'_, '_>, table: &FormTable) -> Vec<Origin> {
    let mut origins = Vec::new();
    for (n, text) in table.allowed_origins.iter().flatten().enumerate() {
        match address::origin(text) {
            Ok(origin) => origins.push(origin),
            Err((what, fix)) => lowering.report.error(&format!("/form/allowed_origins/{n}"), what, fix),
        }
    }
    origins
}

fn funnel_pages(lowering: &mut Lowering<'_, '_>, table: &FormTable) -> Vec<PagePattern> {
    let mut pages: Vec<PagePattern> = Vec::new();
    let listed = table.funnel.as_ref().and_then(|funnel| funnel.pages.as_deref()).unwrap_or_default();
    for (n, text) in listed.iter().enumerate() {
        let at = format!("/form/funnel/pages/{n}");
        match text.parse() {
            Ok(page) if pages.contains(&page) => {
                lowering.report.error(&at, format!("`{text}` is there twice"), "take one out");
            }
            Ok(page) => pages.push(page),
            Err(error) => {
                let what = format!("`{}` is no page: {error}", text.escape_debug());
                lowering.report.error(&at, what, "write the path alone, without host and query");
            }
        }
    }
    pages
}

fn attribution_protect(lowering: &mut Lowering<'_, '_>, table: &FormTable) -> Protect {
    let protect = table.attribution_protect.unwrap_or(Protect::Tokenise);
    if let Some(reason) = &table.attribution_allow_plain {
        lowering.single_line("/form/attribution_allow_plain", reason);
    } else if protect == Protect::Keep {
        lowering.report.error(
            "/form/attribution_protect",
            "`keep` would store in clear what anybody can put into a link",
            "use \"tokenise\", or say why it is no personal data: attribution_allow_plain = \"…\"",
        );
    }
    protect
}

fn fields(lowering: &mut Lowering<'_, '_>, raw: &[FieldTable]) -> Vec<Field> {
    let mut fields = Vec::with_capacity(raw.len());
    let mut first_use: HashMap<String, usize> = HashMap::new();
    let mut purposes: HashMap<String, usize> = HashMap::new();
    for (here, table) in raw.iter().enumerate() {
        let at = format!("/field/{here}");
        let earlier = EarlierFields { all: raw, here };
        let Some(field) = field::field(lowering, &at, table, &earlier) else { continue };
        unique_names(lowering, &at, &field, &mut first_use);
        if let Some(consent) = &field.consent {
            unique_purpose(lowering, &at, &consent.purpose, &mut purposes);
        }
        fields.push(field);
    }
    fields
}

/// No two fields may share an id or the name of an input.
fn unique_names(lowering: &mut Lowering<'_, '_>, at: &str, field: &Field, first_use: &mut HashMap<String, usize>) {
    let (line, _) = lowering.report.document().place(&format!("{at}/id"));
    let mut names = field.input_names();
    if field.is_split() {
        names.push(field.id.to_string());
    }
    for name in names {
        let Some(first) = first_use.get(&name) else {
            first_use.insert(name, line);
            continue;
        };
        let what = if name == field.id.as_str() {
            format!("`{name}` is already the name of an input, from line {first}")
        } else {
            format!("`{}` has an input `{name}`, a name already used by line {first}", field.id)
        };
        lowering.report.error(&format!("{at}/id"), what, "give one of the two fields another id");
        return;
    }
}

fn unique_purpose(lowering: &mut Lowering<'_, '_>, at: &str, purpose: &str, purposes: &mut HashMap<String, usize>) {
    let at = format!("{at}/consent/purpose");
    let (line, _) = lowering.report.document().place(&at);
    if let Some(first) = purposes.insert(purpose.to_owned(), line) {
        let what = format!("consent to `{purpose}` is already asked for in line {first}");
        lowering.report.error(&at, what, "ask for each purpose once");
    }
}
