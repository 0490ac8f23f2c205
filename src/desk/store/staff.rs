//! Accounts of staff: made, listed, changed, disabled, each with its audit entry in one transaction.
//!
//! Refuses two accounts of one address, and to leave an installation without an owner who can act.
//! What people sign in with is [`super::staff_secrets`].

use super::staff_secrets::{NewStaffLink, remember_link};
use super::{DeliveryKind, Store, StoreError, audit_log, rows, sessions, staff_mail};
use crate::desk::audit::{Action, NewEntry};
use crate::domain::ids::StaffId;
use crate::domain::lang::Lang;
use crate::domain::staff::{Role, Scope, StaffAddress, Viewer};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewStaff {
    /// Its id.
    pub id: StaffId,
    /// By which they sign in.
    pub address: StaffAddress,
    /// What colleagues see; not shown outside the console.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whose leads they see.
    pub scope: Scope,
    /// The language of their pages.
    pub lang: Lang,
}

/// An account, without what it is signed in with.
#[derive(Debug, Clone)]
pub struct StaffView {
    /// Its id.
    pub id: StaffId,
    /// By which they sign in.
    pub address: StaffAddress,
    /// What colleagues see.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whose leads they see.
    pub scope: Scope,
    /// The language of their pages.
    pub lang: Lang,
    /// Whether they have chosen a password.
    pub has_password: bool,
    /// Whether a second factor is asked for.
    pub has_totp: bool,
    /// How many passkeys they can sign in with.
    pub passkeys: u64,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When they last signed in.
    pub seen_at: Option<Timestamp>,
    /// When it was disabled.
    pub disabled_at: Option<Timestamp>,
}

impl StaffView {
    /// What handlers of leads need to know.
    pub fn viewer(&self) -> Viewer {
        Viewer { id: self.id, role: self.role, scope: self.scope.clone(), lang: self.lang }
    }
}

/// A change of an account.
#[derive(Debug, Clone)]
pub enum StaffChange {
    /// The name that colleagues see.
    Name(String),
    /// The language of their pages.
    Lang(Lang),
    /// What they may do and whose leads they see. Ends their sessions.
    Rights(Role, Scope),
    /// They may sign in no more. Ends their sessions and links.
    Disable,
    /// They may sign in again, with what they signed in with before.
    Enable,
}

impl StaffChange {
    const fn word(&self) -> &'static str {
        match self {
            Self::Name(_) => "name",
            Self::Lang(_) => "lang",
            Self::Rights(..) => "rights",
            Self::Disable => "disabled",
            Self::Enable => "enabled",
        }
    }
}

/// Why an account is not made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StaffRefusal {
    /// There is one with this address.
    #[error("there is an account with this address already; see: leadseal staff list")]
    AddressTaken,
    /// There is none.
    #[error("there is no such account; see: leadseal staff list")]
    Unknown,
    /// Nobody could manage the installation any more.
    #[error("this is the last owner who can sign in; make another one first")]
    LastOwner,
}

pub(super) fn view(row: &Row<'_>) -> rusqlite::Result<StaffView> {
    Ok(StaffView {
        id: rows::word(row, "staff_id", |text| text.parse().ok())?,
        address: rows::word(row, "address", |text| text.parse().ok())?,
        name: row.get("name")?,
        role: rows::word(row, "role", Role::from_word)?,
        scope: rows::word(row, "scope", |text| serde_json::from_str(text).ok())?,
        lang: rows::word(row, "lang", Lang::from_tag)?,
        has_password: row.get("has_password")?,
        has_totp: row.get("has_totp")?,
        passkeys: rows::count(row, "passkeys")?,
        created_at: rows::time(row, "staff_created_at")?,
        seen_at: rows::optional_time(row, "staff_seen_at")?,
        disabled_at: rows::optional_time(row, "disabled_at")?,
    })
}

/// The columns that [`view`] reads, of `staff`.
pub(super) const COLUMNS: &str = "staff.id AS staff_id, staff.address, staff.name, staff.role, staff.scope, staff.lang,
    staff.password IS NOT NULL AS has_password, staff.totp IS NOT NULL AS has_totp,
    (SELECT COUNT(*) FROM staff_passkeys WHERE staff_passkeys.staff = staff.id) AS passkeys,
    staff.created_at AS staff_created_at, staff.seen_at AS staff_seen_at, staff.disabled_at";

fn one(transaction: &Transaction<'_>, id: StaffId) -> rusqlite::Result<Option<StaffView>> {
    transaction
        .prepare_cached(&format!("SELECT {COLUMNS} FROM staff WHERE id = ?1"))?
        .query_row([id.to_string()], view)
        .optional()
}

/// Whether another owner could go on without this account.
fn another_owner(transaction: &Transaction<'_>, id: StaffId) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM staff
                WHERE id <> ?1 AND role = 'owner' AND disabled_at IS NULL AND password IS NOT NULL)",
        )?
        .query_row([id.to_string()], |row| row.get(0))
}

/// An entry about an account.
pub(super) fn entry(actor: &str, action: Action, id: StaffId, detail: Option<String>) -> NewEntry {
    NewEntry { actor: actor.to_owned(), action, subject: Some(id.to_string()), reason: None, detail }
}

fn apply(
    transaction: &Transaction<'_>,
    staff: StaffId,
    change: &StaffChange,
    now: Timestamp,
) -> rusqlite::Result<usize> {
    let id = staff.to_string();
    match change {
        StaffChange::Name(name) => transaction.execute("UPDATE staff SET name = ?2 WHERE id = ?1", params![id, name]),
        StaffChange::Lang(lang) => {
            transaction.execute("UPDATE staff SET lang = ?2 WHERE id = ?1", params![id, lang.tag()])
        }
        StaffChange::Rights(role, scope) => transaction
            .execute("UPDATE staff SET role = ?2, scope = ?3 WHERE id = ?1", params![id, role.word(), written(scope)]),
        StaffChange::Disable => {
            transaction.execute("DELETE FROM staff_links WHERE staff = ?1", [&id])?;
            staff_mail::drop_links(transaction, staff)?;
            transaction.execute(
                "UPDATE staff SET disabled_at = COALESCE(disabled_at, ?2) WHERE id = ?1",
                params![id, now.as_millisecond()],
            )
        }
        StaffChange::Enable => transaction.execute("UPDATE staff SET disabled_at = NULL WHERE id = ?1", [&id]),
    }
}

fn written(scope: &Scope) -> String {
    serde_json::to_string(scope).unwrap_or_default()
}

fn scope_word(scope: &Scope) -> String {
    match scope {
        Scope::All => "all".to_owned(),
        Scope::Only { sites, forms } => {
            let sites = sites.iter().map(|site| format!("site:{site}"));
            sites.chain(forms.iter().map(|form| format!("form:{form}"))).collect::<Vec<_>>().join(",")
        }
    }
}

impl Store {
    /// Makes an account and the link by which its owner signs in first.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it was.
    pub fn add_staff(
        &self,
        new: &NewStaff,
        link: &NewStaffLink,
        actor: &str,
    ) -> Result<Result<(), StaffRefusal>, StoreError> {
        let now = self.clock.now();
        let message_id = staff_mail::message_id(self.entropy.as_ref());
        self.write(|transaction| {
            let added = transaction
                .prepare_cached(
                    "INSERT INTO staff (id, address, name, role, scope, lang, created_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (address) DO NOTHING",
                )?
                .execute(params![
                    new.id.to_string(),
                    new.address.as_str(),
                    new.name,
                    new.role.word(),
                    written(&new.scope),
                    new.lang.tag(),
                    now.as_millisecond(),
                ])?;
            if added == 0 {
                return Ok(Err(StaffRefusal::AddressTaken));
            }
            remember_link(transaction, new.id, link)?;
            if link.is_mailed {
                staff_mail::insert(transaction, new.id, DeliveryKind::Invitation, actor, &message_id, now)?;
            }
            let detail = format!("role={} scope={}", new.role.word(), scope_word(&new.scope));
            audit_log::append(transaction, &entry(actor, Action::StaffAdded, new.id, Some(detail)), now)?;
            Ok(Ok(()))
        })
    }

    /// Every account, by address.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn staff(&self) -> Result<Vec<StaffView>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM staff ORDER BY address"))?;
            let all = statement.query_map([], view)?;
            Ok(all.collect::<Result<_, _>>()?)
        })
    }

    /// One account.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn staff_member(&self, id: StaffId) -> Result<Option<StaffView>, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM staff WHERE id = ?1"))?
                .query_row([id.to_string()], view)
                .optional()?)
        })
    }

    /// The account of an address.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn staff_of(&self, address: &StaffAddress) -> Result<Option<StaffView>, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM staff WHERE address = ?1"))?
                .query_row([address.as_str()], view)
                .optional()?)
        })
    }

    /// Changes an account. Rights that change and an account that is disabled end its sessions.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it was.
    pub fn change_staff(
        &self,
        id: StaffId,
        change: &StaffChange,
        actor: &str,
    ) -> Result<Result<(), StaffRefusal>, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let Some(before) = one(transaction, id)? else { return Ok(Err(StaffRefusal::Unknown)) };
            let steps_down = matches!(change, StaffChange::Disable)
                || matches!(change, StaffChange::Rights(role, _) if *role != Role::Owner);
            let acts = before.role == Role::Owner && before.disabled_at.is_none();
            if acts && steps_down && !another_owner(transaction, id)? {
                return Ok(Err(StaffRefusal::LastOwner));
            }
            apply(transaction, id, change, now)?;
            if matches!(change, StaffChange::Rights(..) | StaffChange::Disable) {
                sessions::end_all(transaction, id, None, actor, now)?;
            }
            let (action, detail) = match change {
                StaffChange::Disable => (Action::StaffDisabled, None),
                StaffChange::Rights(role, scope) => {
                    (Action::StaffChanged, Some(format!("role={} scope={}", role.word(), scope_word(scope))))
                }
                other => (Action::StaffChanged, Some(format!("what={}", other.word()))),
            };
            audit_log::append(transaction, &entry(actor, action, id, detail), now)?;
            Ok(Ok(()))
        })
    }
}
