//! `init`: a configuration, keys and two ready forms in a directory of their own.

use super::keys::make_keyring;
use crate::app::files::{DataDir, create_private_file};
use crate::config::{self, FormStart};
use crate::crypto::keyring::RecoveryPhrase;
use crate::domain::lang::Lang;
use anyhow::{Context, bail};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Make a configuration, keys and two ready forms (contact, document request).
///
/// Refuses to overwrite. Prints the recovery words of the keyring once: write them on paper.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The directory to make
    #[arg(long, default_value = "leadseal", value_name = "DIR")]
    dir: PathBuf,
    /// The address that hears of new leads
    #[arg(long, value_name = "ADDRESS")]
    recipient: Option<String>,
    /// The address visitors will use, e.g. https://forms.example.jp
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// The language of notifications and of the tables that commands print
    #[arg(long, value_enum, default_value_t = LangArg::Ja)]
    lang: LangArg,
    /// Protect the keyring with a passphrase, asked for now and at each start, instead of a key file
    #[arg(long)]
    passphrase: bool,
    /// One JSON object instead of the guide
    #[arg(long)]
    json: bool,
}

/// A language on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum LangArg {
    /// Japanese
    Ja,
    /// English
    En,
}

impl From<LangArg> for Lang {
    fn from(lang: LangArg) -> Self {
        match lang {
            LangArg::Ja => Self::Ja,
            LangArg::En => Self::En,
        }
    }
}

/// What was made.
pub struct Made {
    /// The configuration file.
    pub config: PathBuf,
    /// The words to keep on paper.
    pub recovery: RecoveryPhrase,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let overlay = overlay(args);
    let start = FormStart { recipient: args.recipient.clone(), notify_lang: Some(args.lang.into()) };
    let made = make(&args.dir, &overlay, &start)?;
    if args.json {
        println!("{}", serde_json::json!({ "config": made.config, "recovery": made.recovery.expose() }));
    } else {
        print_guide(&made);
    }
    Ok(ExitCode::SUCCESS)
}

/// Settings that differ from the defaults, as lines to lay over them.
fn overlay(args: &Args) -> Vec<(&'static str, &'static str, String)> {
    let mut changes = vec![("log", "lang", format!("\"{}\"", Lang::from(args.lang).tag()))];
    if let Some(url) = &args.public_url {
        changes.push(("public", "url", toml::Value::String(url.clone()).to_string()));
    }
    if args.passphrase {
        changes.push(("keys", "source", "\"passphrase\"".to_owned()));
    }
    changes
}

/// Writes configuration, forms and keys. `changes` are (section, key, TOML value) over the
/// defaults.
///
/// # Errors
/// When something is there already or can't be written; says what to do.
pub fn make(dir: &Path, changes: &[(&str, &str, String)], start: &FormStart) -> anyhow::Result<Made> {
    let config_path = dir.join("leadseal.toml");
    if config_path.exists() {
        bail!(
            "{} exists already; init never overwrites. Choose another --dir, or mend that one with: leadseal check",
            config_path.display()
        );
    }
    let forms_dir = dir.join("forms");
    make_private(&forms_dir).with_context(|| format!("{} can't be made", forms_dir.display()))?;
    for (name, text) in config::starting_forms(start) {
        write_new(&forms_dir.join(name), &text)?;
    }
    write_new(&config_path, &config::starting_config(changes))?;
    let settings = config::load(Some(&config_path))
        .map_err(|mistakes| anyhow::anyhow!("what was asked for does not make a valid configuration; mend {} and run: leadseal keys generate\n{mistakes}", config_path.display()))?
        .settings;
    DataDir::new(&settings.data_dir).ensure()?;
    let recovery = make_keyring(&settings)?;
    Ok(Made { config: config_path, recovery })
}

/// Makes a directory and what is missing above it for its owner alone, whatever the umask: who can
/// write there can put another configuration, and with it another command, in place.
fn make_private(dir: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    create_private_file(path, text.as_bytes())
        .with_context(|| format!("{} can't be written (init never overwrites)", path.display()))
}

fn print_guide(made: &Made) {
    let config = made.config.display();
    let forms = made.config.with_file_name("forms");
    let forms = forms.display();
    println!("Made {config}, two forms in {forms} and the keys.");
    println!();
    println!("Write these 24 words on paper and keep them apart from the machine. They open the");
    println!("keyring when its key is lost, and they are not shown again:");
    println!();
    let words: Vec<&str> = made.recovery.expose().split(' ').collect();
    for (row, chunk) in words.chunks(6).enumerate() {
        let line: Vec<String> =
            chunk.iter().enumerate().map(|(i, w)| format!("{:>2} {w:<9}", row * 6 + i + 1)).collect();
        println!("  {}", line.join(" ").trim_end());
    }
    println!();
    println!("Next:");
    println!("  1. Say who hears of new leads ([notify] recipients in {forms}/contact.toml) and which");
    println!("     relay sends the mail ([mail] host in {config}).");
    println!("  2. leadseal --config {config} check");
    println!("  3. leadseal --config {config} serve");
}
