//! Epochs end when nothing is left that needs them, and not before.

use super::*;
use crate::desk::store::SetAside;
use crate::domain::ids::EpochId;
use crate::queue::spool::Spool;

const SUITE: SuiteName = SuiteName::X25519;

impl House {
    fn spool(&self) -> PathBuf {
        self.dir.path().join("spool.db")
    }

    fn waits_for(&self, epoch: u32) -> Vec<WaitsFor> {
        let states = epoch_states(&self.custody, &self.spool(), self.clock.now()).unwrap();
        states.into_iter().find(|state| state.info.id == EpochId(epoch)).unwrap().waits_for
    }

    fn can_open(&self) -> Vec<bool> {
        self.custody.keyring.epochs().unwrap().iter().map(|epoch| epoch.can_open).collect()
    }

    /// A run of retention; gives the epochs that ended.
    fn turn(&self) -> Vec<EpochId> {
        let rules = RetentionRules { forms: Vec::new(), quarantine_days: 30, unopened_days: 90, clock_jump_days: 40 };
        let (custody, clock) = (self.custody.clone(), self.clock.clone());
        let retention = Retention { custody, rules, spool: self.spool(), clock };
        let order = Order { actor: "desk", vouches_for_clock: false };
        match retention.run(order, &mut || true).unwrap() {
            Outcome::Done(run) => run.epochs,
            Outcome::Waits(moved) => panic!("{moved:?}"),
        }
    }

    fn days_pass(&self, days: i64) {
        self.clock.advance(SignedDuration::from_hours(24 * days));
    }
}

#[test]
fn an_epoch_ends_by_itself_when_nothing_is_left_of_it() {
    let house = House::new();
    assert_eq!(house.turn(), []);
    house.lead(1, "a@example.jp");
    let keyring = &house.custody.keyring;
    house.hold(2);
    assert_eq!(house.waits_for(1), [WaitsFor::Next]);
    keyring.rotate(SUITE).unwrap();
    let until = house.clock.now() + SignedDuration::from_hours(8 * 24);
    let held = WaitsFor::SetAside { place: SetAside::Quarantine, envelopes: 1 };
    assert_eq!(house.waits_for(1), [WaitsFor::Time { until }, held.clone()]);
    house.days_pass(8);
    assert_eq!(house.turn(), []);
    assert_eq!(house.waits_for(1), [held]);
    assert_eq!(house.waits_for(2), [WaitsFor::Next]);

    // When its days are over, the last envelope goes, and the key with it.
    house.days_pass(22);
    assert_eq!(house.turn(), [EpochId(1)]);
    assert_eq!(house.can_open(), [false, true]);
    assert!(house.waits_for(1).is_empty() && house.turn().is_empty(), "once");
    let name = house.custody.store.lead(token(1)).unwrap().unwrap();
    assert!(house.has_key(token(1)) && name.fields.iter().any(|field| field.sealed.is_some()), "leads stay");
    let entries = house.custody.store.audit_entries(1, 100).unwrap();
    let entry = entries.iter().find(|entry| entry.action == "key-use").unwrap();
    assert_eq!((entry.subject.as_deref(), entry.reason.as_deref()), (Some("epoch 1"), Some("drained")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_waits_for_the_spool_and_for_nodes() {
    let house = House::new();
    house.turn();
    let key = house.custody.keyring.sealing_key();
    let spool = Spool::open(&house.spool(), 100, house.clock.clone()).unwrap();
    spool.accept(sealed(&key, 1, &form(), &submission("a@example.jp", "")), None).await.unwrap();
    house.custody.keyring.rotate(SUITE).unwrap();
    house.days_pass(9);
    assert_eq!(house.waits_for(1), [WaitsFor::Spool]);
    assert_eq!(house.turn(), []);
    let mark = house.custody.store.mark().unwrap();
    spool.confirm(&[token(1)], mark, None).await.unwrap();
    assert_eq!(house.turn(), [], "a restored desk may still ask for it");
    house.days_pass(4);
    spool
        .accept(sealed(&house.custody.keyring.sealing_key(), 2, &form(), &submission("b@example.jp", "")), None)
        .await
        .unwrap();
    spool.close().await;
    assert_eq!(house.waits_for(1), []);

    house.custody.store.enrol_node(&"web1".parse().unwrap(), "test").unwrap();
    assert_eq!(house.waits_for(1), [WaitsFor::Nodes { nodes: vec!["web1".parse().unwrap()] }]);
    assert_eq!(house.turn(), [], "nobody can see into a node's spool");
    assert!(house.custody.store.revoke_node(&"web1".parse().unwrap(), "test").unwrap());
    assert_eq!(house.turn(), [], "a revoked node keeps what waits, and may be taken back");
    end_epoch(&house.custody, EpochId(1), "cli:test", EndReason::SpoolsEmpty).unwrap();
    assert_eq!(house.can_open(), [false, true]);
    assert!(end_epoch(&house.custody, EpochId(2), "cli:test", EndReason::KeyExposed).is_err(), "the current one");
    assert_eq!(house.can_open(), [false, true]);
}

#[test]
fn an_audit_that_cant_be_written_keeps_the_key() {
    let house = House::new();
    house.custody.keyring.rotate(SUITE).unwrap();
    sample::forbid_audit(&house.custody.store);
    assert!(end_epoch(&house.custody, EpochId(1), "cli:test", EndReason::NodeLost).is_err());
    assert_eq!(house.can_open(), [true, true]);
}
