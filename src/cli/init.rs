//! `init`: a configuration, keys and the ready forms in a directory of their own.

use super::context::open_or_make_store;
use super::keys::make_keyring;
use super::out::outln;
use super::staff;
use crate::app::files::DataDir;
use crate::config::{self, FormStart};
use crate::crypto::keyring::RecoveryPhrase;
use crate::crypto::private_file;
use crate::desk::store::{LinkPurpose, NewStaff};
use crate::domain::lang::Lang;
use crate::domain::staff::StaffAddress;
use anyhow::{Context, bail};
use std::collections::BTreeSet;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Make a configuration, keys and the ready forms; print the next steps
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
    /// The address of the first owner of the console: their account is made, and their one-time
    /// link printed
    #[arg(long, value_name = "ADDRESS")]
    owner: Option<StaffAddress>,
    /// The language of notifications, and in which commands name forms and fields
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
    let link = args.owner.as_ref().map(|address| first_owner(&made, address, args.lang.into())).transpose()?;
    if args.json {
        let mut shown = serde_json::json!({ "config": made.config, "recovery": made.recovery.expose() });
        if let Some(link) = link {
            shown["sign_in"] = link.into();
        }
        outln!("{shown}")?;
    } else {
        print_guide(&made, link.as_deref())
            .context("the recovery words could not be shown; remove what was made and run init again")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes the first account of the console and gives its one-time link.
fn first_owner(made: &Made, address: &StaffAddress, lang: Lang) -> anyhow::Result<String> {
    let settings = config::load(Some(&made.config)).map_err(|mistakes| anyhow::anyhow!("{mistakes}"))?.settings;
    let store = open_or_make_store(&settings)?;
    let new = NewStaff { lang, ..staff::owner(address, None)? };
    staff::add(&store, &settings, &new, LinkPurpose::Password)
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
    let config_text = config::starting_config(changes);
    let forms = config::starting_forms(start);
    refuse_what_is_not_valid(dir, &config_text, &forms)?;
    let forms_dir = dir.join("forms");
    make_private(&forms_dir).with_context(|| format!("{} can't be made", forms_dir.display()))?;
    for (name, text) in &forms {
        write_new(&forms_dir.join(name), text)?;
    }
    write_new(&config_path, &config_text)?;
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

/// Checks what would be written, so that a mistyped address leaves nothing half made behind.
fn refuse_what_is_not_valid(dir: &Path, config_text: &str, forms: &[(&str, String)]) -> anyhow::Result<()> {
    let forms: Vec<(String, String)> = forms.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect();
    let Err(errors) = config::load_from_texts(dir, Some(("leadseal.toml", config_text)), &forms) else {
        return Ok(());
    };
    // All forms name the recipient; nobody has seen their lines yet.
    let mistakes = errors.mistakes.iter().filter(|mistake| mistake.is_error());
    let sentences: BTreeSet<String> = mistakes.map(|m| format!("{} — fix: {}", m.what, m.fix)).collect();
    bail!("nothing was made: {}", sentences.into_iter().collect::<Vec<_>>().join("\n"))
}

fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    private_file::create(path, text.as_bytes())
        .with_context(|| format!("{} can't be written (init never overwrites)", path.display()))
}

fn print_guide(made: &Made, owner_link: Option<&str>) -> anyhow::Result<()> {
    let config = made.config.display();
    let forms = made.config.with_file_name("forms");
    let forms = forms.display();
    outln!("Made {config}, the ready forms in {forms} and the keys.")?;
    outln!()?;
    outln!("Write these 24 words on paper and keep them apart from the machine. They open the")?;
    outln!("keyring when its key is lost, and they are not shown again:")?;
    outln!()?;
    let words: Vec<&str> = made.recovery.expose().split(' ').collect();
    for (row, chunk) in words.chunks(6).enumerate() {
        let line: Vec<String> =
            chunk.iter().enumerate().map(|(i, w)| format!("{:>2} {w:<9}", row * 6 + i + 1)).collect();
        outln!("  {}", line.join(" ").trim_end())?;
    }
    outln!()?;
    outln!("Next:")?;
    outln!("  1. Say who hears of new leads ([notify] recipients in {forms}) and which")?;
    outln!("     relay sends the mail ([mail] host in {config}).")?;
    outln!("  2. leadseal --config {config} check")?;
    outln!("  3. leadseal --config {config} serve")?;
    match owner_link {
        Some(link) => {
            outln!("  4. Open this within 24 hours and choose your password; it works once:")?;
            outln!("     {link}")?;
        }
        None => {
            outln!("  4. Make the first owner of the console, where leads are worked on:")?;
            outln!("     leadseal --config {config} staff add you@example.jp --role owner")?;
        }
    }
    Ok(())
}
