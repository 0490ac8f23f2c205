//! Capture nodes: which were enrolled, which were revoked, and the serial of what they are told.

use super::{Store, StoreError, audit_log, rows};
use crate::desk::audit::{Action, NewEntry};
use crate::domain::ids::NodeId;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

/// A capture node as it was enrolled.
#[derive(Debug, Clone)]
pub struct NodeView {
    /// Its id.
    pub node: NodeId,
    /// When it was enrolled, last.
    pub enrolled_at: Timestamp,
    /// When it was revoked, if it is.
    pub revoked_at: Option<Timestamp>,
}

impl Store {
    /// Enrols a node, also one that was revoked; with an audit entry.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn enrol_node(&self, node: &NodeId, actor: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO nodes (node, enrolled_at) VALUES (?1, ?2)
                 ON CONFLICT (node) DO UPDATE SET enrolled_at = ?2, revoked_at = NULL",
                params![node.as_str(), now.as_millisecond()],
            )?;
            audit_log::append(transaction, &entry(actor, node, "enrol"), now)?;
            Ok(())
        })
    }

    /// Revokes a node, with an audit entry; false when there is no such node or it is revoked.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn revoke_node(&self, node: &NodeId, actor: &str) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.write(|transaction| {
            let changed = transaction.execute(
                "UPDATE nodes SET revoked_at = ?2 WHERE node = ?1 AND revoked_at IS NULL",
                params![node.as_str(), now.as_millisecond()],
            )?;
            if changed > 0 {
                audit_log::append(transaction, &entry(actor, node, "revoke"), now)?;
            }
            Ok(changed > 0)
        })
    }

    /// The nodes by name.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn nodes(&self) -> Result<Vec<NodeView>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT * FROM nodes ORDER BY node")?;
            let found = statement.query_map([], |row| {
                Ok(NodeView {
                    node: rows::word(row, "node", |text| text.parse().ok())?,
                    enrolled_at: rows::time(row, "enrolled_at")?,
                    revoked_at: row
                        .get::<_, Option<i64>>("revoked_at")?
                        .map(|_| rows::time(row, "revoked_at"))
                        .transpose()?,
                })
            })?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }

    /// The serial of a manifest with this content: the one it had, or the next.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn manifest_serial(&self, content_sha256: &[u8; 32]) -> Result<u64, StoreError> {
        self.write(|transaction| {
            let last: Option<(i64, [u8; 32])> = transaction
                .query_row("SELECT serial, content FROM manifest", [], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let serial = match last {
                Some((serial, content)) if content == *content_sha256 => return Ok(serial.unsigned_abs()),
                Some((serial, _)) => serial.saturating_add(1),
                None => 1,
            };
            transaction.execute(
                "INSERT OR REPLACE INTO manifest (only, serial, content) VALUES (1, ?1, ?2)",
                params![serial, content_sha256],
            )?;
            Ok(serial.unsigned_abs())
        })
    }
}

fn entry(actor: &str, node: &NodeId, what: &str) -> NewEntry {
    NewEntry {
        actor: actor.to_owned(),
        action: Action::NodeChanged,
        subject: Some(node.to_string()),
        reason: None,
        detail: Some(format!("what={what}")),
    }
}
