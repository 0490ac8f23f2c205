//! Checks of who somebody is: password, code of an app, recovery code. For sign-in and for what asks
//! again.

use super::state::{Console, Inner, Trouble};
use crate::crypto::one_time::{RecoveryCode, TotpSecret};
use crate::desk::store::{Credentials, StoreError};
use std::time::Duration;
use zeroize::Zeroizing;

/// Longest wait for a place to check a password in.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether a password is the account's; without an account, or a password of it, the same work is
/// done and the answer is no.
pub(super) async fn password_holds(
    console: &Console,
    typed: &str,
    credentials: Option<&Credentials>,
) -> Result<bool, Trouble> {
    let typed = Zeroizing::new(typed.to_owned());
    let kept = credentials.and_then(|credentials| credentials.password.clone());
    work(console, move |console| Ok(console.passwords.check(&typed, kept.as_deref())?)).await
}

/// The string to keep of a new password.
pub(super) async fn hashed(console: &Console, typed: &str) -> Result<String, Trouble> {
    let typed = Zeroizing::new(typed.to_owned());
    work(console, move |console| Ok(console.passwords.hash(&typed, console.parts.entropy.as_ref())?)).await
}

/// Work that takes much memory: only some at a time.
async fn work<T: Send + 'static>(
    console: &Console,
    work: impl FnOnce(&Inner) -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    let place = tokio::time::timeout(PATIENCE, console.checks.acquire()).await;
    let Ok(Ok(_place)) = place else { return Err(Trouble::Busy) };
    let shared = console.clone();
    tokio::task::spawn_blocking(move || work(&shared)).await.map_err(|_| Trouble::Ended)?
}

/// Whether what was typed is a code of the account's app, or one of its recovery codes. Either is
/// used up by it.
pub(super) fn second_factor_holds(console: &Inner, credentials: &Credentials, typed: &str) -> Result<bool, StoreError> {
    let id = credentials.staff.id;
    if let Some(sha256) = RecoveryCode::typed(typed) {
        return console.parts.store.use_recovery_code(id, &sha256);
    }
    let opened = credentials.totp.as_ref().and_then(|sealed| console.parts.keyring.open_second_factor(id, sealed));
    let Some(secret) = opened.and_then(|bytes| TotpSecret::from_bytes(&bytes)) else {
        tracing::error!(staff = %id, "a second factor does not open; take it away with: leadseal staff reset --second-factor");
        return Ok(false);
    };
    match secret.step_of(typed, console.parts.clock.now(), credentials.totp_step) {
        Some(step) => console.parts.store.use_totp_step(id, step),
        None => Ok(false),
    }
}
