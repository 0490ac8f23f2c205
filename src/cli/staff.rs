//! `staff`: accounts of the people who work in the console.
//!
//! Passwords are never typed here: each command that lets somebody in prints a one-time link, on
//! which they choose their own.

use super::context::{ConfigPath, actor, open_or_make_store};
use super::init::LangArg;
use super::out::{local_time, out, outln};
use super::table::Table;
use crate::crypto::bearer::Bearer;
use crate::desk::store::{LinkPurpose, NewStaff, NewStaffLink, StaffChange, StaffView, Store};
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::entropy::OsEntropy;
use crate::domain::ids::{FormId, SiteId, StaffId};
use crate::domain::settings::Settings;
use crate::domain::staff::{Role, Scope, StaffAddress};
use anyhow::{Context, bail};
use std::process::ExitCode;

/// Add, list, change, disable and reset the accounts of staff.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make an account, and print the link on which its owner chooses a password
    ///
    /// The link works once, for 24 hours. A running server knows the account at once.
    Add {
        /// The e-mail address to sign in with
        address: StaffAddress,
        /// The name that colleagues see [default: what stands before the @]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        rights: Rights,
        /// The language of their pages
        #[arg(long, value_enum, default_value_t = LangArg::Ja)]
        lang: LangArg,
        /// Also mail a link to the address
        #[arg(long)]
        mail: bool,
        /// One JSON object: {"id": …, "address": …, "role": …, "link": …}
        #[arg(long)]
        json: bool,
    },
    /// List the accounts
    List {
        /// One JSON object per account, a line each
        #[arg(long)]
        json: bool,
    },
    /// Change what somebody may do and whose leads they see; their sessions end
    Change {
        /// Their address or id
        who: String,
        #[command(flatten)]
        rights: Rights,
    },
    /// Let somebody sign in no more; their sessions and links end at once
    ///
    /// The account stays, since the audit names it; see `enable`.
    Disable {
        /// Their address or id
        who: String,
    },
    /// Let somebody sign in again who was disabled
    Enable {
        /// Their address or id
        who: String,
    },
    /// Take a lost password away, and print the link on which a new one is chosen
    ///
    /// Their sessions end. The second factor and passkeys stay, unless --second-factor is given.
    Reset {
        /// Their address or id
        who: String,
        /// Also take the second factor and every passkey away: for who lost them, or when somebody
        /// else may have got in
        #[arg(long)]
        second_factor: bool,
        /// Also mail a link to their address
        #[arg(long)]
        mail: bool,
        /// One JSON object: {"id": …, "address": …, "role": …, "link": …}
        #[arg(long)]
        json: bool,
    },
}

/// What somebody may do, and whose leads they see.
#[derive(Debug, clap::Args)]
pub struct Rights {
    /// What they may do
    #[arg(long, value_enum, default_value_t = RoleArg::Rep)]
    role: RoleArg,
    /// A site whose leads they see; again for more [default: every site]
    #[arg(long = "site", value_name = "SITE")]
    sites: Vec<SiteId>,
    /// A form whose leads they see; again for more [default: every form]
    #[arg(long = "form", value_name = "FORM")]
    forms: Vec<FormId>,
}

/// A role on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum RoleArg {
    /// Everything, also keys and accounts
    Owner,
    /// All work on leads, exports in clear, accounts of the team
    Manager,
    /// Works on leads: reveal, search, masked exports
    Rep,
    /// Requests of people about their own data, erasure, the audit
    PrivacyOfficer,
    /// Reads the audit; sees leads masked
    Auditor,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Owner => Self::Owner,
            RoleArg::Manager => Self::Manager,
            RoleArg::Rep => Self::Rep,
            RoleArg::PrivacyOfficer => Self::PrivacyOfficer,
            RoleArg::Auditor => Self::Auditor,
        }
    }
}

impl Rights {
    fn scope(&self, settings: &Settings) -> anyhow::Result<Scope> {
        if let Some(unknown) = self.sites.iter().find(|site| settings.site(site).is_none()) {
            let known: Vec<&str> = settings.sites.iter().map(|site| site.id.as_str()).collect();
            bail!("there is no site {unknown}; there are: {}", known.join(", "));
        }
        if let Some(unknown) = self.forms.iter().find(|form| settings.form(form).is_none()) {
            let known: Vec<&str> = settings.forms.iter().map(|form| form.id.as_str()).collect();
            bail!("there is no form {unknown}; there are: {}", known.join(", "));
        }
        if self.sites.is_empty() && self.forms.is_empty() {
            return Ok(Scope::All);
        }
        Ok(Scope::Only { sites: self.sites.clone(), forms: self.forms.clone() })
    }
}

pub fn run(config: &ConfigPath, command: &Command) -> anyhow::Result<ExitCode> {
    let settings = config.load()?.settings;
    let store = open_or_make_store(&settings)?;
    match command {
        Command::Add { address, name, rights, lang, mail, json } => {
            let (role, scope) = (rights.role.into(), rights.scope(&settings)?);
            let new = NewStaff { role, scope, lang: (*lang).into(), ..owner(address, name.as_deref())? };
            let (bearer, link) = mailed_link(&settings, *mail)?;
            store.add_staff(&new, &link, &actor())?.with_context(|| format!("{} was not added", new.address))?;
            shown(&store, new.id, (&settings.staff_link(&bearer.written()), *mail), *json)?;
        }
        Command::List { json } => list(&store, *json)?,
        Command::Change { who, rights } => {
            let change = StaffChange::Rights(rights.role.into(), rights.scope(&settings)?);
            let staff = changed(&store, who, &change)?;
            outln!("{} is now {}; their sessions have ended", staff.address, Role::from(rights.role).word())?;
        }
        Command::Disable { who } => {
            outln!("{} is disabled and signed out", changed(&store, who, &StaffChange::Disable)?.address)?;
        }
        Command::Enable { who } => {
            outln!("{} may sign in again", changed(&store, who, &StaffChange::Enable)?.address)?;
        }
        Command::Reset { who, second_factor, mail, json } => {
            let staff = found(&store, who)?;
            let (bearer, link) = mailed_link(&settings, *mail)?;
            if !store.reset_staff(staff.id, &link, *second_factor, &actor())? {
                bail!("{} is disabled; first: leadseal staff enable {}", staff.address, staff.address);
            }
            shown(&store, staff.id, (&settings.staff_link(&bearer.written()), *mail), *json)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// An account of an owner who sees everything.
pub(super) fn owner(address: &StaffAddress, name: Option<&str>) -> anyhow::Result<NewStaff> {
    let before = address.as_str().split('@').next().unwrap_or_default();
    let name = name.unwrap_or(before).trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        bail!("a name is one line of 1 to 100 characters");
    }
    Ok(NewStaff {
        id: StaffId::generate(&OsEntropy),
        address: address.clone(),
        name: name.to_owned(),
        role: Role::Owner,
        scope: Scope::All,
        lang: LangArg::Ja.into(),
    })
}

/// Makes an account and gives the address of its one-time link.
pub(super) fn add(store: &Store, settings: &Settings, new: &NewStaff, purpose: LinkPurpose) -> anyhow::Result<String> {
    let (bearer, link) = fresh_link(purpose);
    store.add_staff(new, &link, &actor())?.with_context(|| format!("{} was not added", new.address))?;
    Ok(settings.staff_link(&bearer.written()))
}

fn fresh_link(purpose: LinkPurpose) -> (Bearer, NewStaffLink) {
    NewStaffLink::fresh(purpose, SystemClock.now(), &OsEntropy)
}

/// A link on which a password is chosen; with `mail` the outbox sends one like it.
fn mailed_link(settings: &Settings, mail: bool) -> anyhow::Result<(Bearer, NewStaffLink)> {
    if mail && settings.mail.host.is_none() {
        bail!("no mail goes out yet: set [mail] host, or leave --mail out and hand the link over");
    }
    let (bearer, link) = fresh_link(LinkPurpose::Password);
    Ok((bearer, NewStaffLink { is_mailed: mail, ..link }))
}

fn shown(store: &Store, id: StaffId, (link, mailed): (&str, bool), json: bool) -> anyhow::Result<()> {
    let Some(staff) = store.staff_member(id)? else { bail!("the account is gone again") };
    if json {
        let mut shown = described(&staff);
        shown["link"] = link.into();
        shown["mailed"] = mailed.into();
        outln!("{shown}")?;
        return Ok(());
    }
    outln!("{} ({}) chooses a password here, once, within 24 hours:", staff.address, staff.role.word())?;
    outln!()?;
    outln!("  {link}")?;
    outln!()?;
    outln!("Whoever has the link can use it: hand it over in person or by a way that only they read.")?;
    if mailed {
        outln!("A running server mails them another one; the first to be used ends the other.")?;
    }
    Ok(())
}

/// The account that somebody names by address or id.
fn found(store: &Store, who: &str) -> anyhow::Result<StaffView> {
    let staff = match (who.parse::<StaffId>(), who.parse::<StaffAddress>()) {
        (Ok(id), _) => store.staff_member(id)?,
        (_, Ok(address)) => store.staff_of(&address)?,
        _ => None,
    };
    staff.with_context(|| format!("there is no account {who}; see: leadseal staff list"))
}

fn changed(store: &Store, who: &str, change: &StaffChange) -> anyhow::Result<StaffView> {
    let staff = found(store, who)?;
    store.change_staff(staff.id, change, &actor())?.with_context(|| format!("{} was not changed", staff.address))?;
    Ok(staff)
}

fn described(staff: &StaffView) -> serde_json::Value {
    serde_json::json!({
        "id": staff.id, "address": staff.address, "name": staff.name, "role": staff.role, "scope": staff.scope,
        "lang": staff.lang, "password": staff.has_password, "second_factor": staff.has_totp, "passkeys": staff.passkeys,
        "created": staff.created_at, "last_sign_in": staff.seen_at, "disabled": staff.disabled_at,
    })
}

fn scope_words(scope: &Scope) -> String {
    match scope {
        Scope::All => "all".to_owned(),
        Scope::Only { sites, forms } => {
            let sites = sites.iter().map(|site| site.as_str());
            sites.chain(forms.iter().map(|form| form.as_str())).collect::<Vec<_>>().join(" ")
        }
    }
}

fn list(store: &Store, json: bool) -> anyhow::Result<()> {
    let all = store.staff()?;
    let mut table = Table::new(&["id", "address", "name", "role", "leads of", "signs in with", "last sign-in"]);
    for staff in &all {
        if json {
            outln!("{}", described(staff))?;
            continue;
        }
        let way = match (staff.disabled_at, staff.has_password, staff.has_totp) {
            (Some(_), ..) => "disabled",
            (None, false, _) => "has not chosen a password",
            (None, true, false) => "password",
            (None, true, true) => "password and code",
        };
        table.row(vec![
            staff.id.to_string(),
            staff.address.to_string(),
            staff.name.clone(),
            staff.role.word().to_owned(),
            scope_words(&staff.scope),
            match (staff.passkeys, staff.disabled_at) {
                (0, _) | (_, Some(_)) => way.to_owned(),
                (count, None) => format!("{way}; passkeys: {count}"),
            },
            staff.seen_at.map_or_else(|| "never".to_owned(), local_time),
        ]);
    }
    match (json, all.is_empty()) {
        (true, _) => {}
        (false, true) => outln!("none: make the first with: leadseal staff add ADDRESS --role owner")?,
        (false, false) => out!("{table}")?,
    }
    Ok(())
}
