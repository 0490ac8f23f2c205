//! Requests of people about their own data: they come in with their mail, are looked up, and end.
//!
//! A request outlives what it asks for as a line without a person: when it ends, its address is
//! emptied, and its blind index a day after it came, when it no longer holds back another mail.

use super::intake::{is_erased, message_id};
use super::views::DeliveryKind;
use super::{Store, StoreError, audit_log, identity, rows};
use crate::crypto::protect::ProtectedRequest;
use crate::desk::audit::{Action, NewEntry};
use crate::domain::ids::{FormVersion, SiteId};
use crate::domain::lang::Lang;
use crate::domain::request::{LINK_DAYS, RequestKind};
use crate::domain::token::Token;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// One mail of a kind goes to an address in this time.
const ONE_MAIL_IN: SignedDuration = SignedDuration::from_hours(24);
/// A request whose mail never went out is given up after this time.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Most requests that one look for those at their end takes.
const ENDED_AT_ONCE: i64 = 500;

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestStatus {
    /// The link was or will be mailed; nobody has used it.
    Open,
    /// Nothing is held under the address; the mail says so.
    Nothing,
    /// No mail was sent, and staff decide: the site had its share of mails for the day, or staff wrote
    /// it down for somebody.
    Held,
    /// The same was asked for the address within a day: no second mail.
    Repeated,
    /// It was carried out.
    Done,
    /// Nobody used the link in time.
    Expired,
}

impl RequestStatus {
    const ALL: [Self; 6] = [Self::Open, Self::Nothing, Self::Held, Self::Repeated, Self::Done, Self::Expired];

    /// The status's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Nothing => "nothing",
            Self::Held => "held",
            Self::Repeated => "repeated",
            Self::Done => "done",
            Self::Expired => "expired",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether it can still be carried out.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::Open | Self::Held)
    }
}

/// Recognises the leads of one address on one site.
#[derive(Clone, Copy)]
pub struct Person<'a> {
    /// The site.
    pub site: &'a SiteId,
    /// The address's blind index.
    pub index: [u8; 32],
    /// Whether an address that a form keeps in clear is the same.
    pub is_same: &'a dyn Fn(&str) -> bool,
}

/// A request to be stored.
pub struct NewRequest<'a> {
    /// The protected request.
    pub request: &'a ProtectedRequest,
    /// The SHA-256 of its link's secret.
    pub secret_sha256: [u8; 32],
    /// Whether an address that a form keeps in clear is the same.
    pub is_same: &'a dyn Fn(&str) -> bool,
    /// Most mails to requesters of the site in a day.
    pub mails_per_day: u32,
    /// Who of the staff wrote it down for its person, as in the audit, and why: then no mail is sent.
    pub asked_by: Option<(&'a str, &'a str)>,
}

/// A request as it is kept.
#[derive(Debug, Clone)]
pub struct RequestView {
    /// Its place in the list: a cursor.
    pub id: i64,
    /// Its name: the receipt that the asking site got.
    pub token: Token,
    /// The site.
    pub site: SiteId,
    /// What is asked for.
    pub kind: RequestKind,
    /// The language of mail and page.
    pub lang: Lang,
    /// Bound into the sealed address.
    pub form_version: FormVersion,
    /// Where it stands.
    pub status: RequestStatus,
    /// When the desk stored it.
    pub created_at: Timestamp,
    /// When its link ends.
    pub expires_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How many leads it was about when it was carried out.
    pub leads: Option<u64>,
    /// The sealed address, until it is not needed any more.
    pub sealed: Option<Vec<u8>>,
    /// The address's blind index, until it is not needed any more.
    pub blind: Option<[u8; 32]>,
    /// Where its mail stands: `waiting`, `sent`, `dead`; nothing when none is sent.
    pub mail: Option<String>,
    /// Who of the staff wrote it down for its person, as in the audit.
    pub asked_by: Option<String>,
    /// Who carried it out, as in the audit.
    pub ended_by: Option<String>,
}

impl RequestView {
    /// When it ends by itself if nobody carries it out.
    pub fn given_up_at(&self) -> Timestamp {
        match self.mail.as_deref() {
            Some("sent") => self.expires_at,
            _ => self.created_at.saturating_add(GIVEN_UP_AFTER).unwrap_or(Timestamp::MAX),
        }
    }
}

pub(super) const SELECT: &str = "SELECT requests.*,
    (SELECT state FROM outbox WHERE outbox.request = requests.id ORDER BY outbox.id LIMIT 1) AS mail FROM requests";

impl Store {
    /// Stores a request with its mail and audit entry in one transaction, once per token. Gives
    /// where it stands; nothing when it was there already or its token was erased.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it was.
    pub fn store_request(&self, new: &NewRequest<'_>) -> Result<Option<RequestStatus>, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            identity::advance(transaction, now, self.entropy.as_ref())?;
            let token = new.request.header().token;
            if is_erased(transaction, token)? || exists(transaction, token)? {
                return Ok(None);
            }
            let status = match new.asked_by {
                Some(_) => RequestStatus::Held,
                None => first_status(transaction, new, now)?,
            };
            let request = insert(transaction, new, status, now)?;
            if matches!(status, RequestStatus::Open | RequestStatus::Nothing) {
                insert_mail(transaction, request, token, now)?;
            }
            let detail = format!("kind={} status={}", new.request.kind().word(), status.word());
            let (actor, reason) = new.asked_by.map_or(("desk", None), |(actor, reason)| (actor, Some(reason)));
            audit(transaction, token, Action::RequestStored, actor, reason, detail, now)?;
            Ok(Some(status))
        })
    }

    /// A request by its token.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn request(&self, token: Token) -> Result<Option<RequestView>, StoreError> {
        self.read(|connection| Ok(find(connection, token)?))
    }

    /// The request that a link's secret leads to, while the link may be used.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn request_by_link(&self, secret_sha256: &[u8; 32]) -> Result<Option<RequestView>, StoreError> {
        let now = self.clock.now();
        self.read(|connection| {
            Ok(connection
                .prepare_cached(&format!("{SELECT} WHERE secret_sha256 = ?1 AND status = 'open' AND expires_at > ?2"))?
                .query_row(params![secret_sha256, now.as_millisecond()], view)
                .optional()?)
        })
    }

    /// Requests, newest first, before this place; all, or those that can still be carried out.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn requests(&self, waiting: bool, before: Option<i64>, limit: usize) -> Result<Vec<RequestView>, StoreError> {
        self.read(|connection| {
            let sql =
                format!("{SELECT} WHERE id < ?1 AND (NOT ?2 OR status IN ('open', 'held')) ORDER BY id DESC LIMIT ?3");
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_map(params![before.unwrap_or(i64::MAX), waiting, rows::limit(limit)], view)?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }

    /// Ends a request to see what is held, which was carried out. False when it had ended before:
    /// then nothing may be shown.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn end_access(&self, token: Token, leads: usize, actor: &str, reason: &str) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| end(transaction, token, leads, actor, reason, now))
    }

    /// Takes back a request that staff wrote down and nobody carried out; its address goes. False when
    /// it is none of these.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn take_back_request(&self, token: Token, actor: &str) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let taken = transaction
                .prepare_cached(
                    "UPDATE requests SET status = 'expired', ended_at = ?2, blind = NULL
                     WHERE token = ?1 AND status = 'held' AND asked_by IS NOT NULL",
                )?
                .execute(params![token.as_bytes(), now.as_millisecond()])?;
            if taken > 0 {
                forget_address(transaction, token)?;
                audit(transaction, token, Action::RequestExpired, actor, None, "what=taken-back".to_owned(), now)?;
            }
            Ok(taken > 0)
        })
    }

    /// The requests whose address is not needed any more, some at a time: what nobody used in time,
    /// and what needed its address for a mail alone.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn requests_at_their_end(&self) -> Result<Vec<Token>, StoreError> {
        let now = self.clock.now();
        self.read(|connection| {
            let sql = format!(
                "SELECT token FROM ({SELECT} WHERE sealed IS NOT NULL)
                 WHERE CASE WHEN mail IS 'sent' THEN status = 'nothing' OR expires_at <= ?1
                            WHEN mail IS 'dead' AND status = 'nothing' THEN TRUE
                            ELSE created_at <= ?2 END
                 ORDER BY id LIMIT ?3"
            );
            let given_up = now - GIVEN_UP_AFTER;
            let mut statement = connection.prepare_cached(&sql)?;
            let tokens = statement
                .query_map(params![now.as_millisecond(), given_up.as_millisecond(), ENDED_AT_ONCE], |row| {
                    Ok(Token::from_bytes(row.get("token")?))
                })?;
            Ok(tokens.collect::<Result<_, _>>()?)
        })
    }

    /// Empties what these requests keep of their person, and writes down those that ran out. Also
    /// forgets blind indexes that hold no mail back any more.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn end_requests(&self, tokens: &[Token]) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            for token in tokens {
                let expired = transaction
                    .prepare_cached(
                        "UPDATE requests SET status = 'expired', ended_at = ?2
                         WHERE token = ?1 AND status IN ('open', 'held')",
                    )?
                    .execute(params![token.as_bytes(), now.as_millisecond()])?;
                if expired > 0 {
                    audit(transaction, *token, Action::RequestExpired, "desk", None, String::new(), now)?;
                }
                transaction
                    .prepare_cached("UPDATE requests SET ended_at = ?2 WHERE token = ?1 AND ended_at IS NULL")?
                    .execute(params![token.as_bytes(), now.as_millisecond()])?;
                forget_address(transaction, *token)?;
            }
            transaction
                .prepare_cached(
                    "UPDATE requests SET blind = NULL WHERE blind IS NOT NULL AND sealed IS NULL AND created_at <= ?1",
                )?
                .execute([(now - ONE_MAIL_IN).as_millisecond()])?;
            Ok(())
        })
    }
}

/// Ends a request that is waiting; false when it was not. Its address goes with it.
pub(super) fn end(
    transaction: &Transaction<'_>,
    token: Token,
    leads: usize,
    actor: &str,
    reason: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let count = i64::try_from(leads).unwrap_or(i64::MAX);
    let ended = transaction
        .prepare_cached(
            "UPDATE requests SET status = 'done', ended_at = ?2, leads = ?3, ended_by = ?4
             WHERE token = ?1 AND status IN ('open', 'held')",
        )?
        .execute(params![token.as_bytes(), now.as_millisecond(), count, actor])?;
    if ended == 0 {
        return Ok(false);
    }
    forget_address(transaction, token)?;
    audit(transaction, token, Action::RequestCarriedOut, actor, Some(reason), format!("leads={leads}"), now)?;
    Ok(true)
}

/// The address goes, and with it a mail that would still need it.
pub(super) fn forget_address(transaction: &Transaction<'_>, token: Token) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("UPDATE requests SET sealed = NULL, secret_sha256 = NULL WHERE token = ?1")?
        .execute([token.as_bytes()])?;
    transaction
        .prepare_cached(
            "DELETE FROM outbox WHERE state = 'waiting' AND request = (SELECT id FROM requests WHERE token = ?1)",
        )?
        .execute([token.as_bytes()])?;
    Ok(())
}

/// What a request begins as.
fn first_status(
    transaction: &Transaction<'_>,
    new: &NewRequest<'_>,
    now: Timestamp,
) -> rusqlite::Result<RequestStatus> {
    let (site, index) = (&new.request.header().site, new.request.index());
    let a_day_ago = (now - ONE_MAIL_IN).as_millisecond();
    let is_repeated = transaction
        .prepare_cached(
            "SELECT 1 FROM requests WHERE blind = ?1 AND site = ?2 AND kind = ?3 AND created_at > ?4
             AND status <> 'repeated'",
        )?
        .exists(params![index, site.as_str(), new.request.kind().word(), a_day_ago])?;
    if is_repeated {
        return Ok(RequestStatus::Repeated);
    }
    let mailed: u32 = transaction
        .prepare_cached(
            "SELECT count(*) FROM requests WHERE site = ?1 AND created_at > ?2 AND status NOT IN ('repeated', 'held')",
        )?
        .query_row(params![site.as_str(), a_day_ago], |row| row.get(0))?;
    if mailed >= new.mails_per_day {
        return Ok(RequestStatus::Held);
    }
    let person = Person { site, index, is_same: new.is_same };
    let is_known = !leads_of(transaction, person)?.is_empty();
    Ok(if is_known { RequestStatus::Open } else { RequestStatus::Nothing })
}

/// The leads of a site that came from an address: by blind index, or kept in clear.
pub(super) fn leads_of(connection: &Connection, person: Person<'_>) -> rusqlite::Result<Vec<(i64, Token)>> {
    let mut found: Vec<(i64, Token)> = connection
        .prepare_cached(
            "SELECT DISTINCT leads.id, leads.token FROM lead_fields JOIN leads ON leads.id = lead_fields.lead
             WHERE lead_fields.blind = ?1 AND lead_fields.kind = 'email' AND leads.site = ?2 ORDER BY leads.id",
        )?
        .query_map(params![person.index, person.site.as_str()], |row| {
            Ok((row.get("id")?, Token::from_bytes(row.get("token")?)))
        })?
        .collect::<Result<_, _>>()?;
    let mut kept = connection.prepare_cached(
        "SELECT leads.id, leads.token, lead_fields.plain FROM lead_fields JOIN leads ON leads.id = lead_fields.lead
         WHERE lead_fields.kind = 'email' AND lead_fields.plain IS NOT NULL AND leads.site = ?1 ORDER BY leads.id",
    )?;
    let mut rows = kept.query([person.site.as_str()])?;
    while let Some(row) = rows.next()? {
        let lead = (row.get("id")?, Token::from_bytes(row.get("token")?));
        if (person.is_same)(row.get_ref("plain")?.as_str().unwrap_or_default()) && !found.contains(&lead) {
            found.push(lead);
        }
    }
    Ok(found)
}

fn exists(transaction: &Transaction<'_>, token: Token) -> rusqlite::Result<bool> {
    transaction.prepare_cached("SELECT 1 FROM requests WHERE token = ?1")?.exists([token.as_bytes()])
}

/// A request that gets no mail and waits for nobody needs no address either.
fn insert(
    transaction: &Transaction<'_>,
    new: &NewRequest<'_>,
    status: RequestStatus,
    now: Timestamp,
) -> rusqlite::Result<i64> {
    let (request, header) = (new.request, new.request.header());
    let is_over = status == RequestStatus::Repeated;
    let expires_at = now + SignedDuration::from_hours(24 * LINK_DAYS);
    transaction
        .prepare_cached(
            "INSERT INTO requests (token, site, kind, lang, form_version, status, received_at, created_at, expires_at,
                                   ended_at, sealed, blind, secret_sha256, asked_by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .insert(params![
            header.token.as_bytes(),
            header.site.as_str(),
            request.kind().word(),
            request.lang().tag(),
            header.form_version.0,
            status.word(),
            header.received_at.as_millisecond(),
            now.as_millisecond(),
            expires_at.as_millisecond(),
            is_over.then(|| now.as_millisecond()),
            (!is_over).then(|| request.sealed()),
            (!is_over).then(|| request.index()),
            (status == RequestStatus::Open).then_some(new.secret_sha256),
            new.asked_by.map(|(actor, _)| actor),
        ])
}

fn insert_mail(transaction: &Transaction<'_>, request: i64, token: Token, now: Timestamp) -> rusqlite::Result<()> {
    let kind = DeliveryKind::Request;
    transaction
        .prepare_cached(
            "INSERT INTO outbox (request, kind, message_id, next_at, created_at) VALUES (?1, ?2, ?3, ?4, ?4)",
        )?
        .execute(params![request, kind.word(), message_id(token, kind, None, 0), now.as_millisecond()])?;
    Ok(())
}

pub(super) fn audit(
    transaction: &Transaction<'_>,
    request: Token,
    action: Action,
    actor: &str,
    reason: Option<&str>,
    detail: String,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let entry = NewEntry {
        actor: actor.to_owned(),
        action,
        subject: Some(request.to_string()),
        reason: reason.map(str::to_owned),
        detail: (!detail.is_empty()).then_some(detail),
    };
    audit_log::append(transaction, &entry, now).map(|_| ())
}

pub(super) fn find(connection: &Connection, token: Token) -> rusqlite::Result<Option<RequestView>> {
    let sql = format!("{SELECT} WHERE token = ?1");
    connection.prepare_cached(&sql)?.query_row([token.as_bytes()], view).optional()
}

pub(super) fn view(row: &Row<'_>) -> rusqlite::Result<RequestView> {
    let ended_at: Option<i64> = row.get("ended_at")?;
    Ok(RequestView {
        id: row.get("id")?,
        token: Token::from_bytes(row.get("token")?),
        site: rows::word(row, "site", |text| text.parse().ok())?,
        kind: rows::word(row, "kind", RequestKind::from_word)?,
        lang: rows::word(row, "lang", Lang::from_tag)?,
        form_version: FormVersion(row.get("form_version")?),
        status: rows::word(row, "status", RequestStatus::from_word)?,
        created_at: rows::time(row, "created_at")?,
        expires_at: rows::time(row, "expires_at")?,
        ended_at: ended_at.and_then(|at| Timestamp::from_millisecond(at).ok()),
        leads: row.get::<_, Option<i64>>("leads")?.map(i64::unsigned_abs),
        sealed: row.get("sealed")?,
        blind: row.get("blind")?,
        mail: row.get("mail")?,
        asked_by: row.get("asked_by")?,
        ended_by: row.get("ended_by")?,
    })
}
