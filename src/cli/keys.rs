//! `keys`: makes, lists, rotates and recovers keys.

pub(super) mod epochs;

use super::context::{ConfigPath, actor, open_keyring, open_store};
use super::out::{out, outln};
use super::table::Table;
use crate::app::files::DataDir;
use crate::crypto::kek::read_unlock_secret;
use crate::crypto::keyring::{Keyring, RecoveryPhrase, UnlockSecret};
use crate::crypto::private_file;
use crate::desk::audit::{Action, NewEntry};
use crate::domain::clock::SystemClock;
use crate::domain::entropy::{OsEntropy, random_bytes};
use crate::domain::settings::{KekSource, Settings};
use anyhow::{Context, bail};
use std::io::{BufRead, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Make, list, rotate and recover keys.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make the keyring and its key where there are none (init does this too)
    Generate {
        /// One JSON object: {"recovery": …}
        #[arg(long)]
        json: bool,
    },
    /// List the epochs: their age, suite, public fingerprint and leads
    List {
        /// One JSON object per epoch, a line each
        #[arg(long)]
        json: bool,
    },
    /// List what epochs wait for before they end, or end one
    #[command(subcommand)]
    Epochs(epochs::Command),
    /// Start a new epoch now; a running service takes it up within a minute
    Rotate,
    /// Open the keyring with the 24 recovery words (from the terminal or standard input) and set a
    /// new key or passphrase
    Recover,
}

pub fn run(config: &ConfigPath, command: &Command) -> anyhow::Result<ExitCode> {
    let settings = config.load()?.settings;
    match command {
        Command::Generate { json } => generate(&settings, *json)?,
        Command::List { json } => list(&settings, *json)?,
        Command::Epochs(command) => epochs::run(&settings, command)?,
        Command::Rotate => rotate(&settings)?,
        Command::Recover => recover(&settings)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn generate(settings: &Settings, json: bool) -> anyhow::Result<()> {
    DataDir::new(&settings.data_dir).ensure()?;
    let recovery = make_keyring(settings)?;
    if json {
        outln!("{}", serde_json::json!({ "recovery": recovery.expose() }))?;
    } else {
        outln!("The keyring is made. Its 24 recovery words, shown this once; keep them on paper:")?;
        outln!("{}", recovery.expose())?;
    }
    Ok(())
}

/// Makes the keyring, and the key file where that is the source and there is none yet.
///
/// # Errors
/// When there is a keyring already or the secret can't be made.
pub fn make_keyring(settings: &Settings) -> anyhow::Result<RecoveryPhrase> {
    let path = DataDir::new(&settings.data_dir).keyring();
    if path.exists() {
        bail!(
            "there is a keyring at {} already; keys are never overwritten (to change its key: leadseal keys recover)",
            path.display()
        );
    }
    let secret = new_secret(&settings.kek)?;
    let (_, recovery) =
        Keyring::create(&path, &secret, settings.sealing.suite, Arc::new(SystemClock), Arc::new(OsEntropy))?;
    Ok(recovery)
}

/// The secret for a new keyring: a fresh key file, a passphrase typed twice, or what the
/// credential or command gives.
fn new_secret(source: &KekSource) -> anyhow::Result<UnlockSecret> {
    if let KekSource::File(path) = source
        && !path.exists()
    {
        write_key_file(path)?;
    }
    if let KekSource::Passphrase(None) = source {
        return Ok(UnlockSecret::Passphrase(ask_new_passphrase()?));
    }
    Ok(read_unlock_secret(source, &|| Err(std::io::Error::other("no terminal")))?)
}

fn write_key_file(path: &Path) -> anyhow::Result<()> {
    let key = Zeroizing::new(hex::encode(Zeroizing::new(random_bytes::<32>(&OsEntropy))) + "\n");
    private_file::create(path, key.as_bytes())
        .with_context(|| format!("[keys] path = {:?} can't be written", path.display().to_string()))
}

fn ask_new_passphrase() -> anyhow::Result<Zeroizing<String>> {
    if !std::io::stdin().is_terminal() {
        bail!("a new passphrase is asked for on a terminal; without one, set [keys] passphrase_file");
    }
    let first = Zeroizing::new(rpassword::prompt_password("New passphrase of the keyring: ")?);
    let second = Zeroizing::new(rpassword::prompt_password("The same again: ")?);
    if *first != *second {
        bail!("the two passphrases differ; nothing was changed");
    }
    if first.chars().count() < 12 {
        bail!("a passphrase needs at least 12 characters; several words make a good one");
    }
    Ok(first)
}

fn list(settings: &Settings, json: bool) -> anyhow::Result<()> {
    let epochs = open_keyring(settings)?.epochs()?;
    if json {
        for epoch in &epochs {
            outln!(
                "{}",
                serde_json::json!({
                    "epoch": epoch.id, "suite": epoch.suite, "created_at": epoch.created_at,
                    "retired_at": epoch.retired_at, "leads": epoch.leads, "fingerprint": epoch.fingerprint,
                })
            )?;
        }
        return Ok(());
    }
    let mut table = Table::new(&["epoch", "suite", "began", "ended", "leads", "public key"]);
    for epoch in epochs {
        let suite = serde_json::to_value(epoch.suite)?;
        table.row(vec![
            epoch.id.to_string(),
            suite.as_str().unwrap_or_default().to_owned(),
            epoch.created_at.strftime("%F").to_string(),
            epoch.retired_at.map_or_else(|| "current".to_owned(), |at| at.strftime("%F").to_string()),
            epoch.leads.to_string(),
            epoch.fingerprint,
        ]);
    }
    out!("{table}")?;
    Ok(())
}

fn rotate(settings: &Settings) -> anyhow::Result<()> {
    let keyring = open_keyring(settings)?;
    let store = open_store(settings)?;
    audit(&store, "rotate")?;
    let epoch = keyring.rotate(settings.sealing.suite)?;
    outln!("epoch {epoch} has begun; a running service takes it up within a minute")?;
    Ok(())
}

fn recover(settings: &Settings) -> anyhow::Result<()> {
    let path = DataDir::new(&settings.data_dir).keyring();
    if !path.exists() {
        bail!("there is no keyring at {} to recover", path.display());
    }
    let words = read_words()?;
    let secret = new_secret(&settings.kek)?;
    Keyring::recover(&path, &words, &secret, Arc::new(SystemClock), Arc::new(OsEntropy))?;
    if let Ok(store) = open_store(settings) {
        audit(&store, "recover")?;
    }
    outln!("the keyring opens with the new key; the recovery words stay valid")?;
    Ok(())
}

fn read_words() -> anyhow::Result<Zeroizing<String>> {
    let typed = if std::io::stdin().is_terminal() {
        Zeroizing::new(rpassword::prompt_password("The 24 recovery words: ")?)
    } else {
        let mut line = Zeroizing::new(String::new());
        std::io::stdin().lock().read_line(&mut line)?;
        line
    };
    let words = Zeroizing::new(typed.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase());
    if words.split(' ').count() != 24 {
        bail!("24 words are needed; {} came", words.split(' ').filter(|w| !w.is_empty()).count());
    }
    Ok(words)
}

fn audit(store: &crate::desk::store::Store, what: &str) -> anyhow::Result<()> {
    store.append_audit(&NewEntry {
        actor: actor(),
        action: Action::KeyUse,
        subject: None,
        reason: None,
        detail: Some(format!("what={what}")),
    })?;
    Ok(())
}
