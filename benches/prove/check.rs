//! The verdict over one scenario: acknowledged is stored, once, as it was typed, with its mails, and
//! the audit chain is whole.
//!
//! Looks at three things that do not know of each other: what visitors were answered, what the desk
//! reveals, and what the relay was given.

use crate::scene::Scene;
use crate::visitors::Ledger;
use crate::watch;
use leadseal::domain::token::Token;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Longest wait for the mails of all leads.
const MAIL_PATIENCE: Duration = Duration::from_secs(90);

/// What a scenario found.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    pub name: String,
    pub notes: Vec<String>,
    pub failures: Vec<String>,
    pub skipped: Option<String>,
    pub kills: u64,
    pub submissions: u64,
    pub acknowledged: usize,
    pub stored: usize,
    /// Acknowledged, and not stored.
    pub lost: usize,
    /// Submissions that became more than one lead.
    pub twice: usize,
    /// Stored under a receipt that another visitor holds.
    pub mixed_up: usize,
    /// Leads with too many or too few outbox rows.
    pub outbox_wrong: usize,
    pub aliases: usize,
    pub unopened: i64,
    pub dead_mails: i64,
    pub mails: usize,
    /// Mails that came again under their Message-ID.
    pub repeated_mails: usize,
    /// Leads told about under more than one Message-ID.
    pub second_message_ids: usize,
    /// Posts that got no answer, and those asked to try again.
    pub cut: u64,
    pub asked_again: u64,
    pub audit_whole: bool,
    pub recoveries: Vec<Duration>,
    /// What the leak scan counted.
    pub counts: Vec<(&'static str, u64)>,
}

impl Figures {
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), audit_whole: true, ..Self::default() }
    }

    /// A scenario that could not be run here.
    pub fn skipped(name: &str, why: &str) -> Self {
        Self { skipped: Some(why.to_owned()), ..Self::new(name) }
    }

    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Brings the tries of mails that failed or were cut off forward, instead of waiting for their
/// back-off, until none waits.
pub fn settle_mail(scene: &mut Scene) {
    let start = Instant::now();
    let mut last = (i64::MAX, Instant::now());
    while start.elapsed() < MAIL_PATIENCE {
        std::thread::sleep(Duration::from_millis(50));
        let Ok(db) = watch::open(&scene.house.leads_db()) else { continue };
        let count = db.query_row("SELECT count(*) FROM outbox WHERE state = 'waiting'", [], |row| row.get(0));
        let Ok(waiting): Result<i64, _> = count else { continue };
        if waiting == 0 {
            return;
        }
        if waiting != last.0 {
            last = (waiting, Instant::now());
        } else if last.1.elapsed() > Duration::from_secs(3) {
            let _ = db.pragma_update(None, "query_only", false);
            let _ = db.execute("UPDATE outbox SET next_at = 0 WHERE state = 'waiting'", []);
            last.1 = Instant::now();
        }
    }
    scene.fail(format!("mails still wait {MAIL_PATIENCE:?} after the last fault"));
}

/// Fills in the figures, and the failures that follow from them.
pub fn judge(scene: &mut Scene) {
    let ledger = std::sync::Arc::clone(&scene.load.ledger);
    count_load(scene, &ledger);
    scene.figures.kills = scene.house.members.iter().map(|member| member.kills).sum::<u64>()
        + scene.house.redis.iter().chain(&scene.house.replica).map(|redis| redis.kills).sum::<u64>();
    let leads = revealed(scene);
    judge_leads(scene, &ledger, &leads);
    judge_database(scene);
    judge_mail(scene, &leads);
    let verdict = scene.house.desk_home.run(&["audit", "verify"]);
    scene.figures.audit_whole = verdict.status.success() && verdict.stdout.starts_with(b"whole");
    let seen = &scene.figures;
    let words = format!(
        "{} posts got no answer, {} were asked to try again, {} aliases, {} envelopes unopened, {} mails given up, {} \
         of {} mails came again",
        seen.cut, seen.asked_again, seen.aliases, seen.unopened, seen.dead_mails, seen.repeated_mails, seen.mails
    );
    scene.say(words);
    let figures = &scene.figures;
    let troubles = [
        (figures.lost > 0, format!("{} acknowledged leads are lost", figures.lost)),
        (figures.twice > 0, format!("{} submissions became two leads", figures.twice)),
        (figures.mixed_up > 0, format!("{} receipts lead to another visitor's lead", figures.mixed_up)),
        (figures.outbox_wrong > 0, format!("{} leads have not one outbox row of each kind", figures.outbox_wrong)),
        (figures.unopened > 0 && !scene.allowed.unopened, format!("{} envelopes did not open", figures.unopened)),
        (figures.dead_mails > 0 && !scene.allowed.dead_mails, format!("{} mails were given up", figures.dead_mails)),
        (
            figures.second_message_ids > 0,
            format!("{} leads were told about under two Message-IDs", figures.second_message_ids),
        ),
        (!figures.audit_whole, "the audit chain is broken".to_owned()),
        (figures.acknowledged == 0, "nothing was acknowledged: the load did not run".to_owned()),
    ];
    for (holds, words) in troubles {
        scene.expect(!holds, &words);
    }
}

fn count_load(scene: &mut Scene, ledger: &Ledger) {
    let figures = &mut scene.figures;
    figures.submissions = ledger.submissions.load(Ordering::Relaxed);
    figures.cut = ledger.cut.load(Ordering::Relaxed);
    figures.asked_again = ledger.status(503);
    let others = ledger.other_receipts.load(Ordering::Relaxed);
    let emptied = ledger.not_kept.load(Ordering::Relaxed);
    scene.expect(others == 0, &format!("{others} repeats at one node got another receipt"));
    scene.expect(emptied == 0, &format!("{emptied} pages that asked to try again had lost what was typed"));
    for answer in ledger.unexpected() {
        if !scene.allowed.answers.contains(&answer.as_str()) {
            scene.fail(format!("a visitor was answered {answer}"));
        }
    }
}

/// Every lead with the address that was typed, as the desk reveals it.
fn revealed(scene: &mut Scene) -> HashMap<Token, String> {
    let output = scene.house.desk_home.run(&["export", "--format", "jsonl", "--reveal", "--reason", "audit"]);
    if !output.status.success() {
        scene.fail(format!("the leads can't be revealed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let mut leads = HashMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let lead: serde_json::Value = serde_json::from_str(line).unwrap();
        let token: Token = lead["token"].as_str().and_then(|token| token.parse().ok()).expect("a token");
        let email = lead["fields"]["email"].as_str().unwrap_or("unreadable").to_owned();
        leads.insert(token, email);
    }
    leads
}

fn judge_leads(scene: &mut Scene, ledger: &Ledger, leads: &HashMap<Token, String>) {
    let aliases = aliases(scene);
    let acknowledged = ledger.acknowledged();
    let tokens: HashSet<Token> = acknowledged.iter().map(|given| given.token).collect();
    let figures = &mut scene.figures;
    figures.acknowledged = tokens.len();
    figures.stored = leads.len();
    figures.aliases = aliases.len();
    let lead_of = |token: &Token| leads.get(token).or_else(|| leads.get(aliases.get(token)?));
    let mut lost = Vec::new();
    for given in &acknowledged {
        match lead_of(&given.token) {
            None => lost.push(given.token.to_string()),
            Some(email) if *email != given.email => figures.mixed_up += 1,
            Some(_) => {}
        }
    }
    lost.sort();
    lost.dedup();
    figures.lost = lost.len();
    if !lost.is_empty() {
        figures.notes.push(format!("lost, among others: {}", lost[..lost.len().min(3)].join(" ")));
    }
    // Nobody corrected anything, so a second lead of one address is the same submission again.
    let mut by_person: HashMap<&str, usize> = HashMap::new();
    for email in leads.values() {
        *by_person.entry(email).or_default() += 1;
    }
    figures.twice = by_person.values().filter(|count| **count > 1).count();
}

/// Aliases with the token of the lead that they stand for.
fn aliases(scene: &Scene) -> HashMap<Token, Token> {
    let Ok(db) = watch::open(&scene.house.leads_db()) else { return HashMap::new() };
    if !watch::has_aliases(&db).unwrap_or(false) {
        return HashMap::new();
    }
    let mut rows = db
        .prepare(
            "SELECT aliases.token, leads.token FROM aliases
             JOIN leads ON leads.id = aliases.lead OR leads.token = aliases.lead",
        )
        .unwrap();
    let pairs = rows.query_map([], |row| Ok((Token::from_bytes(row.get(0)?), Token::from_bytes(row.get(1)?)))).unwrap();
    pairs.map(Result::unwrap).collect()
}

fn judge_database(scene: &mut Scene) {
    let db = watch::open(&scene.house.leads_db()).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    // One recipient and an auto-reply: one row each.
    scene.figures.outbox_wrong = count(
        "SELECT count(*) FROM leads WHERE
             (SELECT count(*) FROM outbox WHERE lead = leads.id AND kind = 'notification') <> 1
             OR (SELECT count(*) FROM outbox WHERE lead = leads.id AND kind = 'auto_reply') <> 1",
    ) as usize;
    scene.figures.unopened = count("SELECT count(*) FROM unopened");
    scene.figures.dead_mails = count("SELECT count(*) FROM outbox WHERE state = 'dead'");
}

/// Every mail that was sent came, and came again only under its Message-ID.
fn judge_mail(scene: &mut Scene, leads: &HashMap<Token, String>) {
    let mails = scene.house.relay.mails();
    let mut identities: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let mut seen = 0;
    for mail in &mails {
        let header = |name: &str| mail.header(name).unwrap_or_default();
        // A notification names its lead; an auto-reply is known by whom it goes to.
        let about = header("References");
        let about = if about.is_empty() { mail.to.join(",") } else { about };
        let ids = identities.entry((mail.to.join(","), about)).or_default();
        seen += usize::from(!ids.insert(header("Message-ID")));
    }
    scene.figures.mails = mails.len();
    scene.figures.repeated_mails = seen;
    scene.figures.second_message_ids = identities.values().filter(|ids| ids.len() > 1).count();
    if scene.allowed.dead_mails {
        return;
    }
    let named: HashSet<String> = identities.keys().filter_map(|(_, about)| token_in(about)).collect();
    let answered: HashSet<&str> = identities.keys().map(|(to, _)| to.as_str()).collect();
    let untold = leads.keys().filter(|token| !named.contains(&token.to_string())).count();
    let unanswered = leads.values().filter(|email| !answered.contains(email.as_str())).count();
    scene.expect(untold == 0, &format!("{untold} leads whose notification never came"));
    scene.expect(unanswered == 0, &format!("{unanswered} leads whose auto-reply never came"));
}

fn token_in(text: &str) -> Option<String> {
    let start = text.find("ls_")?;
    text.get(start..start + 36).map(str::to_owned)
}
