//! `doctor`: looks at the whole installation and says what to mend.

mod keys;
mod machines;

use super::context::ConfigPath;
use super::out::{count, local_time, outln};
use crate::app::files::DataDir;
use crate::capture::SiteKeyFile;
use crate::crypto::private_file::is_exposed;
use crate::desk::outbox;
use crate::desk::privacy::{PrivacyError, RetentionRules, clock_moved, countdown};
use crate::desk::store::{Store, StoreStats};
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::entropy::OsEntropy;
use crate::domain::settings::{KekSource, MailSecurity, Settings};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Look at the whole installation and say what to mend
///
/// Looks at configuration, files, keys, site keys, databases, disk, Redis and mail relay (logs in, sends
/// nothing). On a capture node: at its enrolment, and whether Redis lets it in.
///
/// Exit code 1 when something is broken; advice alone does not count.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// One JSON object per finding, a line each
    #[arg(long)]
    json: bool,
    /// Leave the mail relay and Redis alone
    #[arg(long)]
    offline: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Good,
    Advice,
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, serde::Serialize)]
struct Finding {
    level: Level,
    about: &'static str,
    words: String,
}

impl Finding {
    fn good(about: &'static str, words: impl Into<String>) -> Self {
        Self { level: Level::Good, about, words: words.into() }
    }
    fn advice(about: &'static str, words: impl Into<String>) -> Self {
        Self { level: Level::Advice, about, words: words.into() }
    }
    fn broken(about: &'static str, words: impl Into<String>) -> Self {
        Self { level: Level::Broken, about, words: words.into() }
    }
}

pub fn run(config: &ConfigPath, args: &Args) -> anyhow::Result<ExitCode> {
    let settings = config.load()?.settings;
    let mut findings =
        vec![Finding::good("configuration", format!("{} in order", count(settings.forms.len() as u64, "form")))];
    findings.extend(look_at_files(&settings));
    findings.push(look_at_disk(&settings));
    findings.extend(look_at_site_keys(&settings));
    if is_capture_node(&settings) {
        findings.extend(machines::look_at_node(&settings)?);
    } else {
        findings.extend(keys::look_at_keyring(&settings));
        findings.extend(look_at_store(&settings));
        findings.extend(look_at_recipients(&settings));
        if !args.offline {
            findings.extend(machines::look_at_redis(&settings)?);
            findings.push(look_at_relay(&settings)?);
        }
    }
    let broken = findings.iter().filter(|f| f.level == Level::Broken).count();
    for finding in &findings {
        if args.json {
            outln!("{}", serde_json::to_string(finding)?)?;
        } else {
            let sign = match finding.level {
                Level::Good => "ok    ",
                Level::Advice => "advice",
                Level::Broken => "BROKEN",
            };
            outln!("{sign}  {}: {}", finding.about, finding.words)?;
        }
    }
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A machine with an enrolment and without a keyring: it has nothing of what a desk has.
fn is_capture_node(settings: &Settings) -> bool {
    settings.node.enrolment.exists() && !DataDir::new(&settings.data_dir).keyring().exists()
}

fn look_at_files(settings: &Settings) -> Vec<Finding> {
    let data = DataDir::new(&settings.data_dir);
    let mut findings = Vec::new();
    if let Err(error) = data.ensure() {
        findings.push(Finding::broken("files", format!("{error:#}")));
        return findings;
    }
    let mut private =
        vec![data.path().to_owned(), data.keyring(), data.leads(), data.spool(), data.capture_keys(), data.site_keys()];
    if let KekSource::File(path) | KekSource::Passphrase(Some(path)) = &settings.kek {
        private.push(path.clone());
    }
    private.extend(settings.mail.password_file.clone());
    private.extend(settings.redis.as_ref().and_then(|redis| redis.password_file.clone()));
    let exposed: Vec<String> =
        private.iter().filter(|path| is_exposed(path)).map(|path| path.display().to_string()).collect();
    findings.push(if exposed.is_empty() {
        Finding::good("files", "only their owner can read them")
    } else {
        Finding::broken("files", format!("others can read {0}; run: chmod go-rwx {0}", exposed.join(" ")))
    });
    if let KekSource::File(path) = &settings.kek
        && path.starts_with(data.path())
    {
        findings.push(Finding::advice(
            "files",
            "[keys] path lies inside data_dir: a backup of the one holds the other; keep the key elsewhere",
        ));
    }
    findings
}

fn look_at_disk(settings: &Settings) -> Finding {
    match rustix::fs::statvfs(&settings.data_dir) {
        Ok(stats) => {
            let free_mib = stats.f_bavail * stats.f_frsize / (1024 * 1024);
            if free_mib < 64 {
                Finding::broken(
                    "disk",
                    format!("{free_mib} MiB free under data_dir; below this, enquiries will soon be refused"),
                )
            } else if free_mib < 1024 {
                Finding::advice("disk", format!("{free_mib} MiB free under data_dir; make room"))
            } else {
                Finding::good("disk", format!("{free_mib} MiB free"))
            }
        }
        Err(error) => Finding::broken("disk", format!("data_dir can't be looked at: {error}")),
    }
}

/// Whether sites' own servers can call, and with keys of sites that are there.
fn look_at_site_keys(settings: &Settings) -> Vec<Finding> {
    let keys = match SiteKeyFile::new(&DataDir::new(&settings.data_dir).site_keys()).read() {
        Ok(keys) if keys.is_empty() => return Vec::new(),
        Ok(keys) => keys,
        Err(error) => return vec![Finding::broken("site keys", error.to_string())],
    };
    let mut findings = vec![Finding::good("site keys", count(keys.len() as u64, "key"))];
    findings.extend(keys.iter().filter(|key| settings.site(&key.site).is_none()).map(|key| {
        let words = format!(
            "key {0} is of site {1}, which is not there; revoke it: leadseal site-key revoke {0}",
            key.id, key.site
        );
        Finding::advice("site keys", words)
    }));
    findings
}

fn look_at_store(settings: &Settings) -> Vec<Finding> {
    let path = DataDir::new(&settings.data_dir).leads();
    if !Path::new(&path).exists() {
        return vec![Finding::good("leads", "none yet; leads.db is made by the first: leadseal serve")];
    }
    let store = match Store::open(&path, Arc::new(SystemClock), Arc::new(OsEntropy)) {
        Ok(store) => store,
        Err(error) => return vec![Finding::broken("leads", error.to_string())],
    };
    let mut findings = Vec::new();
    match store.stats() {
        Ok(stats) => {
            findings.push(Finding::good("leads", format!("{} stored", stats.leads)));
            findings.extend(look_at_mail(&stats));
            if stats.outbox_dead > 0 {
                findings.extend(dead_letters(&store));
            }
            if stats.unopened > 0 {
                let unopened = count(stats.unopened, "envelope");
                findings.push(Finding::broken(
                    "ingest",
                    format!("{unopened} did not open, kept sealed; is this the keyring they were sealed to? See: leadseal unopened list"),
                ));
            }
            if stats.quarantined > 0 {
                let held = count(stats.quarantined, "submission");
                findings
                    .push(Finding::good("quarantine", format!("{held}, kept sealed; see: leadseal quarantine list")));
            }
            findings.extend(look_at_requests(&stats));
            findings.push(look_at_retention(settings, &store));
        }
        Err(error) => findings.push(Finding::broken("leads", error.to_string())),
    }
    findings.push(match store.verify_audit() {
        Ok(status) if status.broken_at.is_none() => {
            Finding::good("audit", format!("whole, {}", count(status.entries, "entry")))
        }
        Ok(status) => Finding::broken("audit", format!("broken at entry {}", status.broken_at.unwrap_or_default())),
        Err(error) => Finding::broken("audit", error.to_string()),
    });
    findings
}

/// People may ask about their own data, and the law gives a time in which to answer.
fn look_at_requests(stats: &StoreStats) -> Option<Finding> {
    let waiting = count(stats.requests_waiting, "request");
    match (stats.requests_overdue, stats.requests_waiting) {
        (0, 0) => None,
        (0, _) => Some(Finding::good(
            "privacy",
            format!("{waiting} of people about their own data; see: leadseal requests list"),
        )),
        (overdue, _) => Some(Finding::broken(
            "privacy",
            format!(
                "{} of people about their own data for more than 7 days, their mail never went out; see: leadseal requests list --waiting, and carry them out with: leadseal requests access|erase",
                count(overdue, "request")
            ),
        )),
    }
}

/// Leads must end when their form says, and not because a clock is wrong.
fn look_at_retention(settings: &Settings, store: &Store) -> Finding {
    let looked = || {
        let (rules, now) = (RetentionRules::of(settings), SystemClock.now());
        if let Some(moved) = clock_moved(store, &rules, now)? {
            let days = count(moved.days().unsigned_abs(), "day");
            return Ok(Finding::broken(
                "retention",
                format!(
                    "waits, nothing is erased: the clock moved by {days} since the last run of {}; when it is right: leadseal retention run --confirm-clock",
                    local_time(moved.last_run)
                ),
            ));
        }
        let lines = countdown(store, &rules, now)?;
        let due: u64 = lines.iter().map(|line| line.due).sum();
        Ok::<_, PrivacyError>(if due > 0 {
            Finding::advice("retention", format!("{due} past their days; a running desk erases them within the hour"))
        } else {
            Finding::good("retention", "nothing is past its days; see: leadseal retention show")
        })
    };
    looked().unwrap_or_else(|error| Finding::broken("retention", error.to_string()))
}

fn look_at_mail(stats: &StoreStats) -> Vec<Finding> {
    let mut findings = Vec::new();
    if stats.notifications_lost > 0 {
        let lost = count(stats.notifications_lost, "notification");
        findings.push(Finding::broken(
            "mail",
            format!("{lost} given up in the last 24 hours: tell sales of the leads below, and mend the recipients"),
        ));
    }
    if stats.outbox_dead > 0 {
        let dead = count(stats.outbox_dead, "mail");
        findings.push(Finding::advice(
            "mail",
            format!("{dead} given up in all (dead letters); the latest, see each with: leadseal leads show TOKEN"),
        ));
    }
    if stats.outbox_failing > 0 {
        findings.push(Finding::advice(
            "mail",
            format!("{} failed and waiting for another try", count(stats.outbox_failing, "mail")),
        ));
    }
    findings
}

fn dead_letters(store: &Store) -> Vec<Finding> {
    let dead = store.deliveries(None).unwrap_or_default();
    dead.into_iter()
        .rev()
        .filter(|delivery| delivery.state == "dead")
        .take(10)
        .map(|d| Finding::advice("mail", format!("{} {} ({})", d.about, d.kind, d.last_error.unwrap_or_default())))
        .collect()
}

fn look_at_recipients(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    for form in &settings.forms {
        let everyone = form.notify.recipients.iter().chain(form.notify.routes.iter().flat_map(|route| &route.to));
        if everyone.clone().next().is_none() {
            findings.push(Finding::advice(
                "recipients",
                format!("form {}: nobody hears of its leads; set [notify] recipients", form.id),
            ));
        }
        if everyone.into_iter().any(|to| to.ends_with("@example.com") || to.ends_with("@example.jp")) {
            findings.push(Finding::advice(
                "recipients",
                format!("form {}: an example address is among the recipients; put your own", form.id),
            ));
        }
    }
    if settings.mail.host.is_some() && settings.mail.security == MailSecurity::Plain && settings.mail.username.is_some()
    {
        findings.push(Finding::advice(
            "mail",
            "[mail] security = \"plain\" sends the password unencrypted; use \"starttls\" or \"tls\"",
        ));
    }
    findings
}

fn look_at_relay(settings: &Settings) -> anyhow::Result<Finding> {
    let Some(host) = &settings.mail.host else {
        return Ok(Finding::advice("mail", "no relay: notifications wait in the outbox; set [mail] host"));
    };
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(outbox::test_relay(&settings.mail));
    Ok(match outcome {
        Ok(()) => Finding::good("mail", format!("{host} answers")),
        Err(words) => Finding::broken("mail", words),
    })
}
