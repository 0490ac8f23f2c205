//! Mails to staff about their accounts, in the outbox's table.
//!
//! A row holds no secret. The link of an invitation is made when its mail is, and works only while the
//! row waits and nobody has chosen a password: a mail that is sent twice does not bring a link back
//! that was used.

use super::staff_secrets::{LinkPurpose, link_ends};
use super::{DeliveryKind, Store, StoreError};
use crate::domain::entropy::{Entropy, random_bytes};
use crate::domain::ids::StaffId;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Transaction, params};

/// What was sent to staff is forgotten after this time.
const SENT_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);

/// The local part of a mail's Message-ID: random, since staff get the same mail more than once.
pub(super) fn message_id(entropy: &dyn Entropy) -> String {
    hex::encode(random_bytes::<16>(entropy))
}

/// Writes a mail to somebody. `note` is what it says beyond its kind: who invited, or the browser.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    staff: StaffId,
    kind: DeliveryKind,
    note: &str,
    message_id: &str,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let long_ago = now.saturating_sub(SENT_FOR).unwrap_or(Timestamp::MIN);
    transaction
        .prepare_cached("DELETE FROM outbox WHERE staff = ?1 AND state = 'sent' AND done_at < ?2")?
        .execute(params![staff.to_string(), long_ago.as_millisecond()])?;
    transaction
        .prepare_cached(
            "INSERT INTO outbox (staff, kind, note, message_id, next_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
        )?
        .execute(params![staff.to_string(), kind.word(), note, message_id, now.as_millisecond()])?;
    Ok(())
}

/// Takes the mails with links back that are not sent yet: a link is not needed any more, or another
/// takes its place.
pub(super) fn drop_links(transaction: &Transaction<'_>, staff: StaffId) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM outbox WHERE staff = ?1 AND state = 'waiting' AND kind IN (?2, ?3)")?
        .execute(params![staff.to_string(), DeliveryKind::Invitation.word(), DeliveryKind::Reset.word()])?;
    Ok(())
}

impl Store {
    /// Remembers the link of a mail that is about to be sent, for 24 hours from now. False, and
    /// nothing is remembered, when the mail waits no longer, or its link is not needed: somebody has
    /// chosen a password, or may not sign in.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn remember_mailed_link(&self, mail: i64, secret_sha256: &[u8; 32]) -> Result<bool, StoreError> {
        let expires_at = link_ends(self.clock.now());
        self.write(|transaction| {
            let remembered = transaction
                .prepare_cached(
                    "INSERT INTO staff_links (secret_sha256, staff, purpose, expires_at)
                     SELECT ?2, staff.id, ?3, ?4 FROM outbox JOIN staff ON staff.id = outbox.staff
                     WHERE outbox.id = ?1 AND state = 'waiting' AND password IS NULL AND disabled_at IS NULL
                     ON CONFLICT (secret_sha256) DO UPDATE SET expires_at = ?4",
                )?
                .execute(params![mail, secret_sha256, LinkPurpose::Password.word(), expires_at.as_millisecond()])?;
            Ok(remembered == 1)
        })
    }
}
