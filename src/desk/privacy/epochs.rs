//! Epochs at their end: what each still waits for, and ending one.
//!
//! An epoch's private key opens every envelope that was sealed to it, also one in an old backup of
//! a spool or of Redis. It is destroyed once nothing can be under way any more that needs it. Who
//! ends an epoch before signs the loss of what is.

use super::{Custody, PrivacyError};
use crate::crypto::keyring::EpochInfo;
use crate::desk::audit::{Action, NewEntry};
use crate::desk::store::SetAside;
use crate::domain::ids::{EpochId, NodeId};
use crate::queue::spool::epochs_in;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::path::Path;
use std::str::FromStr;

/// As long as something may be under way that was sealed just before the next epoch began.
const UNDER_WAY: SignedDuration = SignedDuration::from_hours(8 * 24);
/// Leads' keys that one transaction wraps anew.
const BATCH: u32 = 1000;

/// What an epoch waits for before it ends.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum WaitsFor {
    /// The next epoch: it is the current one.
    Next,
    /// A time: what was sealed to it may still be under way.
    Time {
        /// Until then.
        until: Timestamp,
    },
    /// This machine's spool, which holds envelopes of it.
    Spool,
    /// Envelopes that are set aside.
    SetAside {
        /// Where.
        place: SetAside,
        /// How many.
        envelopes: u64,
    },
    /// Capture nodes: their spools may hold envelopes of it, which the desk can't see.
    Nodes {
        /// Those that were ever enrolled.
        nodes: Vec<NodeId>,
    },
}

/// Why an epoch ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// Nothing is left that its key would open.
    Drained,
    /// A capture node is gone for good, and its spool with it.
    NodeLost,
    /// Somebody looked at the spools of the nodes: they are empty.
    SpoolsEmpty,
    /// Its key was exposed: what is sealed to it shall not be opened any more.
    KeyExposed,
}

/// The text is no reason for which a loss is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reason is one of: node-lost, spools-empty, key-exposed")]
pub struct NotAnEndReason;

impl EndReason {
    /// The reason's word in the audit.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Drained => "drained",
            Self::NodeLost => "node-lost",
            Self::SpoolsEmpty => "spools-empty",
            Self::KeyExposed => "key-exposed",
        }
    }
}

impl FromStr for EndReason {
    type Err = NotAnEndReason;

    /// Reads a reason for which a loss is signed.
    fn from_str(word: &str) -> Result<Self, NotAnEndReason> {
        let signed = [Self::NodeLost, Self::SpoolsEmpty, Self::KeyExposed];
        signed.into_iter().find(|reason| reason.word() == word).ok_or(NotAnEndReason)
    }
}

/// An epoch and what it waits for.
#[derive(Debug, Clone)]
pub struct EpochState {
    /// The epoch.
    pub info: EpochInfo,
    /// Nothing when it can end, or has ended.
    pub waits_for: Vec<WaitsFor>,
}

/// The epochs, oldest first. `spool` is this machine's spool, where it has one.
///
/// # Errors
/// When keyring, store or spool can't be read.
pub fn epoch_states(custody: &Custody, spool: &Path, now: Timestamp) -> Result<Vec<EpochState>, PrivacyError> {
    let epochs = custody.keyring.epochs()?;
    if epochs.iter().filter(|epoch| epoch.can_open).count() <= 1 {
        let of = |info: EpochInfo| EpochState {
            waits_for: info.can_open.then_some(WaitsFor::Next).into_iter().collect(),
            info,
        };
        return Ok(epochs.into_iter().map(of).collect());
    }
    let ends = |info: &EpochInfo| info.retired_at.map(|at| at.saturating_add(UNDER_WAY).unwrap_or(Timestamp::MAX));
    // The spool is read only when one has waited long enough.
    let is_time = epochs.iter().any(|info| info.can_open && ends(info).is_some_and(|until| until <= now));
    let spooled = if is_time { epochs_in(spool)? } else { BTreeSet::new() };
    let set_aside = SetAside::ALL.map(|place| custody.store.set_aside_by_epoch(place).map(|counts| (place, counts)));
    let set_aside = set_aside.into_iter().collect::<Result<Vec<_>, _>>()?;
    // A revoked node keeps what waits in its spool, and may be taken back.
    let nodes: Vec<NodeId> = custody.store.nodes()?.into_iter().map(|node| node.node).collect();
    let waits_for = |info: &EpochInfo| {
        let Some(until) = ends(info) else { return vec![WaitsFor::Next] };
        let mut waits: Vec<WaitsFor> = (until > now).then_some(WaitsFor::Time { until }).into_iter().collect();
        waits.extend(spooled.contains(&info.id).then_some(WaitsFor::Spool));
        waits.extend(set_aside.iter().filter_map(|(place, counts)| {
            counts.get(&info.id).map(|envelopes| WaitsFor::SetAside { place: *place, envelopes: *envelopes })
        }));
        waits.extend((!nodes.is_empty()).then(|| WaitsFor::Nodes { nodes: nodes.clone() }));
        waits
    };
    let of =
        |info: EpochInfo| EpochState { waits_for: if info.can_open { waits_for(&info) } else { Vec::new() }, info };
    Ok(epochs.into_iter().map(of).collect())
}

/// Ends an epoch: the keys of its leads go under the current one, and its private key is destroyed.
/// Whether it may is the caller's to ask. May be repeated.
///
/// # Errors
/// When it is the current one or unknown, the audit can't be written, or the keyring fails; what was
/// done stays done.
pub fn end_epoch(custody: &Custody, epoch: EpochId, actor: &str, reason: EndReason) -> Result<(), PrivacyError> {
    let Custody { store, keyring } = custody;
    if keyring.sealing_key().epoch() != epoch {
        store.append_audit(&NewEntry {
            actor: actor.to_owned(),
            action: Action::KeyUse,
            subject: Some(format!("epoch {epoch}")),
            reason: Some(reason.word().to_owned()),
            detail: Some("what=end-epoch".to_owned()),
        })?;
    }
    let mut after = None;
    while let Some(last) = keyring.rewrap(epoch, after, BATCH)? {
        after = Some(last);
    }
    keyring.destroy_private_key(epoch)?;
    tracing::info!(%epoch, "an epoch has ended: its private key was destroyed");
    Ok(())
}

/// Ends every epoch that waits for nothing; gives which.
///
/// # Errors
/// As [`epoch_states`] and [`end_epoch`].
pub(super) fn end_drained(
    custody: &Custody,
    spool: &Path,
    actor: &str,
    now: Timestamp,
) -> Result<Vec<EpochId>, PrivacyError> {
    let mut ended = Vec::new();
    for state in epoch_states(custody, spool, now)? {
        if state.info.can_open && state.waits_for.is_empty() {
            end_epoch(custody, state.info.id, actor, EndReason::Drained)?;
            ended.push(state.info.id);
        }
    }
    Ok(ended)
}
