//! What the desk does for its capture nodes: knows which there are, and tells them which key to
//! seal to.

use crate::crypto::enrolment::Enrolment;
use crate::crypto::keyring::Keyring;
use crate::crypto::manifest::Manifest;
use crate::crypto::seal::SealingKey;
use crate::desk::store::{Store, StoreError};
use crate::domain::clock::Clock;
use crate::domain::ids::NodeId;
use crate::domain::mark::StoreId;
use crate::queue::redis::{RedisClient, nodes_there, publish_manifest};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often the list of nodes and the manifest are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Looks after which the manifest is laid into Redis again, which may have been wiped.
const PUBLISH_EVERY: u32 = 6;
/// How long a node takes a manifest for fresh.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What is needed to look after the nodes.
pub(super) struct NodeWatch {
    pub(super) store: Arc<Store>,
    pub(super) keyring: Arc<Keyring>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) client: Arc<RedisClient>,
    pub(super) nodes: watch::Sender<Vec<NodeId>>,
    pub(super) sealing_key: watch::Receiver<Arc<SealingKey>>,
}

/// The nodes that are enrolled and not revoked.
pub(super) fn known_nodes(store: &Store) -> Result<Vec<NodeId>, StoreError> {
    let nodes = store.nodes()?.into_iter();
    Ok(nodes.filter(|node| node.revoked_at.is_none()).map(|node| node.node).collect())
}

/// Follows enrolments, revocations and epochs until `stop`.
pub(super) async fn follow_nodes(mut watch: NodeWatch, stop: CancellationToken) {
    let (mut published, mut looks, mut strangers) = (None, 0u32, BTreeSet::new());
    loop {
        let (store, keyring, clock) = (Arc::clone(&watch.store), Arc::clone(&watch.keyring), Arc::clone(&watch.clock));
        let looked = tokio::task::spawn_blocking(move || {
            Ok::<_, StoreError>((known_nodes(&store)?, manifest(&store, &keyring, clock.now())?))
        });
        match looked.await {
            Ok(Ok((nodes, manifest))) => {
                watch.nodes.send_if_modified(|known| {
                    let changed = *known != nodes;
                    *known = nodes;
                    changed
                });
                let version = Some((manifest.incarnation, manifest.serial));
                if version != published || looks.is_multiple_of(PUBLISH_EVERY) {
                    let signed = manifest.signed(watch.keyring.signer());
                    // Troubles with Redis are told by those who carry leads.
                    published = publish_manifest(&watch.client, &signed).await.is_ok().then_some(version).flatten();
                    tell_of_strangers(&watch, &manifest.revoked, &mut strangers).await;
                }
                looks = looks.wrapping_add(1);
            }
            Ok(Err(error)) => tracing::error!(%error, "the list of capture nodes can't be read; the last one stands"),
            Err(_) => tracing::error!("the look at the capture nodes failed; the last list stands"),
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            _ = watch.sealing_key.changed() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// A node that hands over leads and is not enrolled here: most likely leads.db was restored from a
/// backup made before it was. Told once.
async fn tell_of_strangers(watch: &NodeWatch, revoked: &[NodeId], told: &mut BTreeSet<NodeId>) {
    let there = nodes_there(&watch.client).await.unwrap_or_default();
    let known = watch.nodes.borrow().clone();
    let strange = there.into_iter().filter(|node| !known.contains(node) && !revoked.contains(node));
    for node in strange.collect::<Vec<_>>() {
        if told.insert(node.clone()) {
            tracing::error!(
                %node,
                "a node hands over leads that is not enrolled here; they wait in its spool. To take it in: leadseal enrol {node}"
            );
        }
    }
}

/// What the nodes are to be told now.
///
/// # Errors
/// When the store can't be used.
pub(super) fn manifest(store: &Store, keyring: &Keyring, now: Timestamp) -> Result<Manifest, StoreError> {
    let key = keyring.sealing_key();
    let nodes = store.nodes()?.into_iter();
    let revoked: Vec<NodeId> = nodes.filter(|node| node.revoked_at.is_some()).map(|node| node.node).collect();
    let mut content = Sha256::new().chain_update(key.epoch().0.to_be_bytes()).chain_update(key.public_bytes());
    for node in &revoked {
        content.update(node.as_str());
        content.update([0]);
    }
    Ok(Manifest {
        store: store.id(),
        incarnation: store.mark()?.incarnation,
        serial: store.manifest_serial(&content.finalize().into())?,
        issued_at: now,
        good_until: now.saturating_add(GOOD_FOR).unwrap_or(now),
        key,
        revoked,
    })
}

/// Enrols a node: what its machine needs to know.
///
/// # Errors
/// When the store can't be used.
pub fn enrol(
    store: &Store,
    keyring: &Keyring,
    node: &NodeId,
    actor: &str,
    now: Timestamp,
) -> Result<Enrolment, StoreError> {
    store.enrol_node(node, actor)?;
    Ok(Enrolment {
        node: node.clone(),
        store: store.id(),
        desk: keyring.signer().public_key(),
        shared: keyring.shared_secrets(now.to_zoned(TimeZone::UTC).date()),
        manifest: manifest(store, keyring, now)?.signed(keyring.signer()),
    })
}

/// Names a desk towards Redis: the same after a restart, another for a copy of its files on this
/// or another machine.
pub(super) fn holder(store: StoreId, leads: &Path) -> String {
    let mut name = Sha256::new().chain_update(store.0);
    for file in ["/etc/machine-id", "/proc/sys/kernel/hostname"] {
        name.update(std::fs::read(file).unwrap_or_default());
        name.update([0]);
    }
    if let Ok(found) = std::fs::metadata(leads) {
        name.update(found.dev().to_be_bytes());
        name.update(found.ino().to_be_bytes());
    }
    format!("desk-{}", hex::encode(&name.finalize()[..8]))
}
