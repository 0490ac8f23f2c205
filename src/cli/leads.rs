//! `leads`: lists leads masked, shows one, reveals with a reason.

use super::context::{ConfigPath, actor, open_keyring, open_store};
use super::filter::FilterArgs;
use super::out::{count, local_time, out, outln};
use super::table::Table;
use crate::crypto::protect::ProtectedField;
use crate::desk::export::reveal_lead;
use crate::desk::store::{InboxFilter, LeadView, Store};
use crate::domain::field::FieldKind;
use crate::domain::form::Form;
use crate::domain::lead::Reason;
use crate::domain::settings::Settings;
use crate::domain::token::Token;
use anyhow::{Context, bail};
use std::process::ExitCode;

/// List leads, or show one.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List leads, newest first, masked
    List(ListArgs),
    /// Show one lead, masked; in clear with --reveal and a reason, which the audit keeps
    Show(ShowArgs),
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// How many at most
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// One JSON object per lead, a line each
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    filter: FilterArgs,
}

#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The lead's token (ls_…)
    token: Token,
    /// Show the values in clear; needs --reason
    #[arg(long, requires = "reason")]
    reveal: bool,
    /// Why: reply, handover, data-subject-request, support or audit
    #[arg(long, value_name = "REASON")]
    reason: Option<Reason>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(config: &ConfigPath, command: &Command) -> anyhow::Result<ExitCode> {
    let settings = config.load()?.settings;
    let store = open_store(&settings)?;
    match command {
        Command::List(args) => list(&settings, &store, args)?,
        Command::Show(args) => show(&settings, &store, args)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(settings: &Settings, store: &Store, args: &ListArgs) -> anyhow::Result<()> {
    let filter = args.filter.filter(settings, store)?;
    let mut left = args.limit as usize;
    let mut after = None;
    let mut table = Table::new(&["no.", "received", "form", "stage", "name", "company", "e-mail", "nth", "token"]);
    let mut count = 0usize;
    while left > 0 {
        let (leads, next) = store.leads(&filter, after, left.min(500))?;
        left -= leads.len().min(left);
        count += leads.len();
        for lead in &leads {
            if args.json {
                outln!("{}", masked_json(lead))?;
            } else {
                table.row(list_row(lead));
            }
        }
        after = next;
        if after.is_none() {
            break;
        }
    }
    if !args.json {
        if count == 0 {
            outln!("{}", nothing_to_list(settings, &filter))?;
        } else {
            out!("{table}")?;
        }
    }
    Ok(())
}

fn nothing_to_list(settings: &Settings, filter: &InboxFilter) -> String {
    match settings.forms.first() {
        Some(form) if *filter == InboxFilter::default() => {
            let base = super::serve::base(&settings.public.url);
            format!("no leads yet; open a form in a browser and send it: {base}/f/{}", form.id)
        }
        _ => "no leads match".to_owned(),
    }
}

fn list_row(lead: &LeadView) -> Vec<String> {
    let first = |kind: FieldKind| {
        lead.fields
            .iter()
            .find(|f| f.kind == kind && !f.attribution)
            .and_then(|f| f.shown())
            .unwrap_or_default()
            .to_owned()
    };
    vec![
        format!("#{}", lead.number),
        local_time(lead.received_at),
        lead.form.to_string(),
        lead.stage.word().to_owned(),
        first(FieldKind::Name),
        first(FieldKind::Company),
        first(FieldKind::Email),
        if lead.enquiry > 1 { format!("{}×", lead.enquiry) } else { String::new() },
        lead.token.to_string(),
    ]
}

fn masked_json(lead: &LeadView) -> serde_json::Value {
    let fields: serde_json::Map<String, serde_json::Value> = lead
        .fields
        .iter()
        .map(|field| {
            let value = serde_json::json!({
                "type": field.kind.word(), "protect": field.protect.word(), "masked": field.shown(), "token": field.token,
            });
            (field.field.to_string(), value)
        })
        .collect();
    serde_json::json!({
        "token": lead.token, "number": lead.number, "site": lead.site, "form": lead.form, "form_version": lead.form_version,
        "lang": lead.lang, "received_at": lead.received_at, "stored_at": lead.stored_at, "stage": lead.stage,
        "enquiry": lead.enquiry, "corrects": lead.corrects, "fields": fields, "consents": lead.consents,
    })
}

fn show(settings: &Settings, store: &Store, args: &ShowArgs) -> anyhow::Result<()> {
    let lead = store.lead(args.token)?.with_context(|| format!("there is no lead {}", args.token))?;
    let revealed = match (args.reveal, args.reason) {
        (true, Some(reason)) => Some(reveal_lead(store, &open_keyring(settings)?, args.token, reason, &actor())?),
        (true, None) => bail!("--reveal needs --reason"),
        _ => None,
    };
    let value_of = |field: &ProtectedField| {
        let opened = revealed.as_ref().and_then(|r| r.iter().find(|(id, _)| *id == field.field));
        opened
            .map(|(_, value)| value.joined().expose().clone())
            .or_else(|| field.shown().map(str::to_owned))
            .unwrap_or_default()
    };
    if args.json {
        let mut json = masked_json(&lead);
        if revealed.is_some() {
            for field in &lead.fields {
                json["fields"][field.field.as_str()]["value"] = value_of(field).into();
            }
        }
        json["deliveries"] = serde_json::to_value(store.deliveries(Some(lead.token))?)?;
        outln!("{json}")?;
        return Ok(());
    }
    print_lead(settings, store, &lead, &value_of)
}

fn print_lead(
    settings: &Settings,
    store: &Store,
    lead: &LeadView,
    value_of: &dyn Fn(&ProtectedField) -> String,
) -> anyhow::Result<()> {
    let form = settings.form(&lead.form);
    let lang = settings.log.lang;
    let title = form.map_or(lead.form.as_str(), |form| form.title.get(lang));
    outln!("#{} {title}  {}  {}", lead.number, local_time(lead.received_at), lead.stage.word())?;
    outln!("{}", lead.token)?;
    if lead.enquiry > 1 {
        outln!("enquiry {} of this person", lead.enquiry)?;
    }
    if let Some(first) = lead.corrects {
        outln!("corrects {first}")?;
    }
    outln!()?;
    let mut fields = Table::new(&["field", "protect", "value"]);
    for field in &lead.fields {
        let value = value_of(field).replace('\n', "\n  ");
        fields.row(vec![label(form.map(AsRef::as_ref), field, lang), field.protect.word().to_owned(), value]);
    }
    out!("{fields}")?;
    for consent in &lead.consents {
        let answer = if consent.granted { "agreed" } else { "not agreed" };
        outln!("consent {} ({} {}): {answer}", consent.field, consent.purpose, consent.version)?;
    }
    for delivery in store.deliveries(Some(lead.token))? {
        let error = delivery.last_error.map(|e| format!(" ({e})")).unwrap_or_default();
        outln!("mail {}: {} after {}{error}", delivery.kind, delivery.state, count(delivery.attempts.into(), "try"))?;
    }
    Ok(())
}

fn label(form: Option<&Form>, field: &ProtectedField, lang: crate::domain::lang::Lang) -> String {
    form.and_then(|form| form.field(&field.field))
        .map_or_else(|| field.field.to_string(), |f| f.label.get(lang).to_owned())
}
