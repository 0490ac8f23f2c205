//! `requests`: what people asked about their own data, and carrying it out for them.

use super::context::{ConfigPath, actor, open_keyring, open_store};
use super::out::{count, local_time, out, outln};
use super::table::Table;
use crate::desk::privacy::{By, Custody, access, erase};
use crate::desk::store::{RequestView, Store};
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::lead::Reason;
use crate::domain::request::RequestKind;
use crate::domain::settings::Settings;
use crate::domain::token::Token;
use anyhow::{Context, bail};
use std::process::ExitCode;
use std::sync::Arc;

/// Requests listed at a time.
const PAGE: usize = 500;

/// List what people asked about their own data, or carry it out for them.
///
/// Most requests are carried out by the people themselves, over the link in the mail they get.
/// `erase` and `access` are for those who can't: make sure first that it is they who ask.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List them, newest first: when, what is asked, on which site, and where it stands
    List {
        /// Only those that can still be carried out
        #[arg(long)]
        waiting: bool,
        /// One JSON object per request, a line each
        #[arg(long)]
        json: bool,
    },
    /// Show one
    Show {
        /// Its token, as `list` shows it
        token: Token,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Erase what is held under a request's address; it can't be undone
    Erase {
        #[command(flatten)]
        args: CarryOutArgs,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print what is held under a request's address, in clear, as JSON
    Access(CarryOutArgs),
}

#[derive(Debug, clap::Args)]
pub struct CarryOutArgs {
    /// Its token, as `list` shows it
    token: Token,
    /// Why: reply, handover, data-subject-request, support or audit; the audit keeps it
    #[arg(long, value_name = "REASON")]
    reason: Reason,
}

pub fn run(config: &ConfigPath, command: &Command) -> anyhow::Result<ExitCode> {
    let settings = config.load()?.settings;
    match command {
        Command::List { waiting, json } => list(&open_store(&settings)?, *waiting, *json)?,
        Command::Show { token, json } => show(&find(&open_store(&settings)?, *token)?, *json)?,
        Command::Erase { args, json } => carry_out_erasure(&settings, args, *json)?,
        Command::Access(args) => carry_out_access(&settings, args)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(store: &Store, waiting: bool, json: bool) -> anyhow::Result<()> {
    let mut table = Table::new(&["asked", "what", "site", "status", "mail", "until", "token"]);
    let mut before = None;
    loop {
        let page = store.requests(waiting, before, PAGE)?;
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        for request in &page {
            if json {
                outln!("{}", as_json(request))?;
            } else {
                table.row(row(request));
            }
        }
    }
    match (json, before) {
        (true, _) => {}
        (false, None) if waiting => outln!("none is waiting")?,
        (false, None) => outln!("none: nobody asked about their own data")?,
        (false, Some(_)) => out!("{table}")?,
    }
    Ok(())
}

fn row(request: &RequestView) -> Vec<String> {
    vec![
        local_time(request.created_at),
        request.kind.word().to_owned(),
        request.site.to_string(),
        request.status.word().to_owned(),
        request.mail.clone().unwrap_or_else(|| "none".to_owned()),
        if request.status.is_waiting() { local_time(request.expires_at) } else { String::new() },
        request.token.to_string(),
    ]
}

fn as_json(request: &RequestView) -> serde_json::Value {
    serde_json::json!({
        "token": request.token, "site": request.site, "kind": request.kind, "lang": request.lang,
        "status": request.status, "mail": request.mail, "created_at": request.created_at,
        "expires_at": request.expires_at, "ended_at": request.ended_at, "leads": request.leads, "asked_by": request.asked_by, "ended_by": request.ended_by,
    })
}

fn show(request: &RequestView, json: bool) -> anyhow::Result<()> {
    if json {
        outln!("{}", as_json(request))?;
        return Ok(());
    }
    outln!("{}", request.token)?;
    outln!("{} on site {}: {}", request.kind.word(), request.site, request.status.word())?;
    outln!("asked {}, link until {}", local_time(request.created_at), local_time(request.expires_at))?;
    outln!("mail: {}", request.mail.as_deref().unwrap_or("none is sent"))?;
    if let Some(ended) = request.ended_at {
        outln!("ended {}", local_time(ended))?;
    }
    if let Some(leads) = request.leads {
        outln!("leads: {leads}")?;
    }
    Ok(())
}

fn find(store: &Store, token: Token) -> anyhow::Result<RequestView> {
    store.request(token)?.with_context(|| format!("there is no request {token}; see: leadseal requests list"))
}

/// The request, when it can still be carried out, and what carries it out.
fn open_waiting(settings: &Settings, args: &CarryOutArgs, kind: RequestKind) -> anyhow::Result<(Custody, RequestView)> {
    let store = open_store(settings)?;
    let request = find(&store, args.token)?;
    if request.kind != kind {
        let asked = request.kind.word();
        bail!("{} asks for {asked}, not {}; use: leadseal requests {asked}", args.token, kind.word());
    }
    if !request.status.is_waiting() {
        return Err(ended(&request));
    }
    Ok((Custody { store: Arc::new(store), keyring: Arc::new(open_keyring(settings)?) }, request))
}

fn ended(request: &RequestView) -> anyhow::Error {
    anyhow::anyhow!("{} is {} and can't be carried out any more", request.token, request.status.word())
}

fn carry_out_erasure(settings: &Settings, args: &CarryOutArgs, json: bool) -> anyhow::Result<()> {
    let (custody, request) = open_waiting(settings, args, RequestKind::Erase)?;
    let actor = actor();
    let by = By { actor: &actor, reason: args.reason.word() };
    let receipt = erase(&custody, &request, by, SystemClock.now())?.ok_or_else(|| ended(&request))?;
    let backups_until = settings.privacy.backups_until(receipt.erased_at);
    if json {
        let mut receipt = serde_json::to_value(receipt)?;
        receipt["backups_until"] = serde_json::to_value(backups_until)?;
        outln!("{receipt}")?;
        return Ok(());
    }
    outln!("{} erased", count(receipt.leads as u64, "lead"))?;
    outln!("sealed envelopes in spools are gone by {}", local_time(receipt.envelopes_until))?;
    outln!(
        "what is in quarantine stays sealed, can't be searched and is gone after {}; sooner: leadseal quarantine purge",
        count(u64::from(settings.screening.quarantine_days), "day")
    )?;
    outln!(
        "backups of leads.db can't be opened from {} on, when no backup of keyring.db is kept for longer than {}",
        local_time(backups_until),
        count(u64::from(settings.privacy.key_backup_days), "day")
    )?;
    Ok(())
}

fn carry_out_access(settings: &Settings, args: &CarryOutArgs) -> anyhow::Result<()> {
    let (custody, request) = open_waiting(settings, args, RequestKind::Access)?;
    let actor = actor();
    let by = By { actor: &actor, reason: args.reason.word() };
    let held = access(&custody, &request, by, SystemClock.now())?.ok_or_else(|| ended(&request))?;
    out!("{}", held.json().expose())?;
    Ok(())
}
