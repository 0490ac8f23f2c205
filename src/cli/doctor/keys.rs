//! What `doctor` looks at in the keyring: whether it opens, and what its epochs wait for.

use super::Finding;
use crate::app::files::DataDir;
use crate::cli::context::{open_store, unlock_secret};
use crate::cli::keys::epochs::in_words;
use crate::cli::out::count;
use crate::crypto::keyring::Keyring;
use crate::desk::privacy::{Custody, EpochState, WaitsFor, epoch_states};
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::entropy::OsEntropy;
use crate::domain::settings::Settings;
use std::sync::Arc;

/// Looks at the keyring, and at its epochs where there is a store.
pub(super) fn look_at_keyring(settings: &Settings) -> Vec<Finding> {
    let path = DataDir::new(&settings.data_dir).keyring();
    let unlocked = unlock_secret(settings).and_then(|secret| {
        let keyring = Keyring::unlock(&path, &secret, Arc::new(SystemClock), Arc::new(OsEntropy))?;
        let epochs = keyring.epochs()?.len() as u64;
        Ok((keyring, epochs))
    });
    match unlocked {
        Ok((keyring, epochs)) => {
            let mut findings = vec![Finding::good("keyring", format!("opens; {}", count(epochs, "epoch")))];
            findings.extend(look_at_epochs(settings, keyring));
            findings
        }
        Err(error) => vec![Finding::broken("keyring", format!("{error:#}"))],
    }
}

/// One line for each epoch that could have ended and waits.
fn look_at_epochs(settings: &Settings, keyring: Keyring) -> Vec<Finding> {
    // Whether the store is in order is looked at elsewhere.
    let Ok(store) = open_store(settings) else { return Vec::new() };
    let custody = Custody { store: Arc::new(store), keyring: Arc::new(keyring) };
    match epoch_states(&custody, &DataDir::new(&settings.data_dir).spool(), SystemClock.now()) {
        Ok(states) => states.iter().filter_map(of_epoch).collect(),
        Err(error) => vec![Finding::broken("epochs", error.to_string())],
    }
}

fn of_epoch(EpochState { info, waits_for }: &EpochState) -> Option<Finding> {
    let id = info.id;
    match waits_for.as_slice() {
        [] | [WaitsFor::Next] => None,
        [WaitsFor::Nodes { .. }] => Some(Finding::advice(
            "epochs",
            format!(
                "epoch {id} waits for {}; when that is so: leadseal keys epochs end {id} --sign-loss --reason spools-empty",
                in_words(waits_for)
            ),
        )),
        _ => Some(Finding::good("epochs", format!("epoch {id} waits for {}", in_words(waits_for)))),
    }
}
