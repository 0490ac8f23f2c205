//! A desk with a great many leads: four sites, twelve forms, ten people who own them, over three years.
//!
//! Each lead goes the way of any other from the seal on: sealed to the epoch's key, opened, protected as
//! its form says, stored, audited. Only what staff did to it since (stage, owner, tags) is written past
//! the console, since a million changes of one transaction each would take a day. Everything is drawn
//! from a seed: the same number of leads gives the same desk.

use super::house::House;
use jiff::{SignedDuration, Timestamp};
use leadseal::config;
use leadseal::crypto::envelope::Envelope;
use leadseal::crypto::kek::read_unlock_secret;
use leadseal::crypto::keyring::Keyring;
use leadseal::crypto::protect::protect;
use leadseal::crypto::seal::{SealContext, seal};
use leadseal::desk::store::{LeadFacts, LinkPurpose, NewLead, NewStaff, NewStaffLink, Store};
use leadseal::domain::attribution::AttributionKey;
use leadseal::domain::clock::{Clock, SystemClock};
use leadseal::domain::entropy::OsEntropy;
use leadseal::domain::field::FieldKind;
use leadseal::domain::form::Form;
use leadseal::domain::ids::StaffId;
use leadseal::domain::lang::Lang;
use leadseal::domain::pii::Pii;
use leadseal::domain::settings::{Settings, SuiteName};
use leadseal::domain::staff::{Role, Scope};
use leadseal::domain::submission::{Answer, ConsentRecord, Submission, Value};
use leadseal::domain::token::Token;
use rusqlite::{Connection, params};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

pub const SITES: [&str; 4] = ["tokyo", "osaka", "shop", "recruit"];
/// Each form with its share of the leads in thousandths; form `n` belongs to site `n % 4`.
pub const FORMS: [(&str, u64); 12] = [
    ("contact", 300),
    ("documents", 200),
    ("order", 120),
    ("estimate", 90),
    ("seminar", 80),
    ("trial", 70),
    ("support", 50),
    ("newsletter", 40),
    ("event", 25),
    ("partner", 15),
    ("press", 8),
    ("survey", 2),
];
pub const TAGS: u64 = 20;
/// Who own leads; the accounts behind them only search.
pub const OWNERS: usize = 10;
const SEARCHERS: usize = 40;
/// How a visitor came, in thousandths of the leads; the last one is rare.
const MEDIA: [(&str, u64); 7] =
    [("cpc", 300), ("organic", 240), ("email", 170), ("social", 130), ("referral", 100), ("", 58), ("podcast", 2)];
const STAGES: [&str; 6] = ["new", "attempting", "connected", "nurturing", "qualified", "unqualified"];
const YEARS: i64 = 3;
const BATCH: u64 = 1000;

/// Numbers from a seed: the same for the same lead.
#[derive(Clone, Copy)]
pub struct Dice(u64);

impl Dice {
    pub const fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    pub const fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }

    fn of_shares<T: Copy>(&mut self, shares: &[(T, u64)]) -> T {
        let mut at = self.below(shares.iter().map(|(_, share)| share).sum());
        let found = shares.iter().find(|(_, share)| {
            let is_here = at < *share;
            at = at.saturating_sub(*share);
            is_here
        });
        found.unwrap_or(&shares[0]).0
    }
}

/// Writes sites and forms.
pub fn furnish(house: &House) {
    let sites: String = SITES
        .iter()
        .map(|site| {
            format!("[sites.{site}]\nname.ja = \"{site}\"\nurl = \"https://{site}.example.jp\"\nmail_from = \"a@example.jp\"\n")
        })
        .collect();
    house.configure(&format!("[sealing]\nsuite = \"x25519\"\n{sites}"));
    let folder = house.root().join("forms");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for forms");
    let (_, ready) = config::ready_forms().iter().find(|(name, _)| *name == "contact.toml").expect("the ready form");
    for (n, (form, _)) in FORMS.iter().enumerate() {
        let text = ready
            .replace("id = \"contact\"", &format!("id = \"{form}\"\nsite = \"{}\"", SITES[n % SITES.len()]))
            .replace("retention_days = 365", "retention_days = 3650");
        std::fs::write(folder.join(format!("{form}.toml")), text).expect("a form is written");
    }
}

fn settings(house: &House) -> Settings {
    config::load(Some(&house.config()))
        .unwrap_or_else(|errors| panic!("the bench's configuration: {errors:?}"))
        .settings
}

fn store(house: &House) -> Store {
    Store::open(&house.data("leads.db"), Arc::new(SystemClock), Arc::new(OsEntropy)).expect("the store opens")
}

/// Stores so many leads, spread over three years, and what staff did to them.
pub fn fill(house: &House, leads: u64) {
    furnish(house);
    let settings = settings(house);
    let secret = read_unlock_secret(&settings.kek, &|| unreachable!("a key file")).expect("the key file");
    let path = house.data("keyring.db");
    let keyring = Keyring::unlock(&path, &secret, Arc::new(SystemClock), Arc::new(OsEntropy)).expect("it unlocks");
    // The hybrid suite takes three times as long to open, and changes nothing of what is stored.
    keyring.rotate(SuiteName::X25519).expect("a new epoch");
    let forms: Vec<Arc<Form>> = FORMS.iter().map(|(id, _)| form(&settings, id)).collect();
    let store = store(house);
    let began = SystemClock.now() - SignedDuration::from_hours(24 * 365 * YEARS);
    let maker = Maker { leads, began, forms: &forms, keyring: &keyring, settings: &settings };
    std::thread::scope(|scope| {
        // Two threads make what one stores, in turn.
        let makers: [_; 2] = std::array::from_fn(|turn| {
            let (give, take) = sync_channel(2);
            let maker = &maker;
            scope.spawn(move || {
                for batch in (turn as u64..leads.div_ceil(BATCH)).step_by(2) {
                    give.send(maker.batch(batch * BATCH..leads.min((batch + 1) * BATCH))).expect("it is taken");
                }
            });
            take
        });
        for batch in 0..leads.div_ceil(BATCH) {
            let made = makers[(batch % 2) as usize].recv().expect("a batch");
            store.store_leads(&made).expect("it is stored");
            if batch % 100 == 99 {
                eprintln!("  {} leads", (batch + 1) * BATCH);
            }
        }
    });
    let staff = hire(&store);
    work(house, leads, &staff);
}

fn form(settings: &Settings, id: &str) -> Arc<Form> {
    Arc::clone(settings.forms.iter().find(|form| form.id.as_str() == id).expect("a form of the bench"))
}

struct Maker<'a> {
    leads: u64,
    began: Timestamp,
    forms: &'a [Arc<Form>],
    keyring: &'a Keyring,
    settings: &'a Settings,
}

impl Maker<'_> {
    fn batch(&self, numbers: std::ops::Range<u64>) -> Vec<NewLead> {
        let tokens: Vec<Token> = numbers.clone().map(|_| Token::generate(&OsEntropy)).collect();
        let keys = self.keyring.create_lead_keys(&tokens).expect("keys are kept");
        let sealing = self.keyring.sealing_key();
        let make = |((n, token), key)| {
            let form = &self.forms[FORMS.iter().position(|(id, _)| *id == form_of(n)).expect("a form")];
            let received_at = self.began + SignedDuration::from_secs(secs_of(n, self.leads));
            let context = SealContext {
                site: form.site.clone(),
                form: form.id.clone(),
                form_version: form.version,
                token,
                received_at,
            };
            let sealed = seal(&sealing, context, &submission(form, n), &OsEntropy).expect("it is sealed");
            let envelope = Envelope::parse(sealed.as_bytes()).expect("an envelope");
            let opened = self.keyring.open(&envelope).expect("it opens");
            let facts = LeadFacts {
                source: Some(opened.submission().source()),
                due_at: Some(self.settings.business_hours.due(opened.header().received_at, 120)),
            };
            let lead = protect(opened, Some(form.as_ref()), key, self.keyring.index_keys(), &OsEntropy);
            NewLead { lead, deliveries: Vec::new(), facts }
        };
        numbers.zip(tokens).zip(&keys).map(make).collect()
    }
}

/// After the beginning, in seconds.
fn secs_of(n: u64, leads: u64) -> i64 {
    (YEARS * 365 * 24 * 3600) * n.cast_signed() / leads.cast_signed()
}

pub fn form_of(n: u64) -> &'static str {
    Dice::of(n).of_shares(&FORMS)
}

/// Whose lead it is: three of ten come from somebody who wrote before.
fn person_of(n: u64) -> u64 {
    let mut dice = Dice::of(n ^ 0x0f0f);
    if dice.below(10) < 3 { n - dice.below(n.min(20_000) + 1) } else { n }
}

pub fn email_of(n: u64) -> String {
    format!("p{}@example.co.jp", person_of(n))
}

pub fn tel_of(n: u64) -> String {
    format!("+8190{:08}", person_of(n) % 100_000_000)
}

/// A few companies send a great many.
pub fn company_of(n: u64) -> String {
    let mut dice = Dice::of(person_of(n) ^ 0xc0c0);
    let drawn = dice.below(300);
    format!("株式会社見本{}", drawn * drawn * drawn / 100 + dice.below(drawn + 1))
}

fn submission(form: &Form, n: u64) -> Submission {
    let mut dice = Dice::of(n ^ 0x5050);
    let medium = dice.of_shares(&MEDIA);
    let value = |kind: FieldKind, dice: &mut Dice| match kind {
        FieldKind::Name => {
            Some(Value::Name { family: Pii::from("髙﨑"), given: Pii::new(format!("美咲{}", n % 997)) })
        }
        FieldKind::Kana => Some(Value::one("タカサキ ミサキ")),
        FieldKind::Company => Some(Value::one(company_of(n))),
        FieldKind::Email => Some(Value::one(email_of(n))),
        FieldKind::Tel => Some(Value::one(tel_of(n))),
        FieldKind::Textarea => {
            let words = "導入の費用と時期について、一度お話を伺えますか。";
            Some(Value::one(words.repeat(1 + dice.below(6) as usize)))
        }
        _ => None,
    };
    let answers = form.fields.iter().filter_map(|field| {
        let chosen = field.choices.get(dice.below(field.choices.len().max(1) as u64) as usize);
        let value = value(field.kind, &mut dice).or_else(|| chosen.map(|choice| Value::one(choice.value.clone())))?;
        Some(Answer { field: field.id.clone(), kind: field.kind, value })
    });
    let answers = answers.collect();
    let consents = form.fields.iter().filter_map(|field| {
        let consent = field.consent.as_ref()?;
        Some(ConsentRecord {
            field: field.id.clone(),
            purpose: consent.purpose.clone(),
            version: consent.version.clone(),
            text: consent.text.get(Lang::Ja).to_owned(),
            lang: Lang::Ja,
            granted: field.required || n.is_multiple_of(3),
        })
    });
    Submission {
        lang: Lang::Ja,
        answers,
        consents: consents.collect(),
        attribution: if medium.is_empty() {
            Vec::new()
        } else {
            let campaign = Pii::new(format!("campaign-{}", n / 5000));
            vec![(AttributionKey::UtmMedium, Pii::from(medium)), (AttributionKey::UtmCampaign, campaign)]
        },
        corrects: None,
        once: None,
        quarantine: Vec::new(),
        request: None,
    }
}

/// The accounts: one that sees all, one of a form, one of two sites and a form, owners, searchers.
fn hire(store: &Store) -> Vec<StaffId> {
    let ids = |words: &[&str]| words.iter().map(|word| word.parse().expect("an id")).collect();
    let forms = |words: &[&str]| words.iter().map(|word| word.parse().expect("an id")).collect();
    (0..OWNERS + SEARCHERS)
        .map(|n| {
            let (role, scope) = match n {
                0 => (Role::Owner, Scope::All),
                1 => (Role::Rep, Scope::Only { sites: Vec::new(), forms: forms(&["press"]) }),
                2 => (Role::Rep, Scope::Only { sites: ids(&["osaka", "recruit"]), forms: forms(&["event"]) }),
                _ => (Role::Manager, Scope::All),
            };
            let id = StaffId::generate(&OsEntropy);
            let new = NewStaff {
                id,
                address: format!("staff{n}@example.jp").parse().expect("an address"),
                name: format!("担当{n}"),
                role,
                scope,
                lang: Lang::Ja,
            };
            let (_, link) = NewStaffLink::fresh(LinkPurpose::Enter, SystemClock.now(), &OsEntropy);
            store.add_staff(&new, &link, "bench").expect("it is written").expect("a new account");
            id
        })
        .collect()
}

/// What staff did. The newest leads are new, for the greater part; one owner left two years ago, another
/// came last month; two forms and the rare source meet some stages never.
fn work(house: &House, leads: u64, staff: &[StaffId]) {
    let mut connection = Connection::open(house.data("leads.db")).expect("leads.db");
    let write = connection.transaction().expect("a transaction");
    {
        let mut change = write
            .prepare(
                "UPDATE leads SET stage = ?2, owner = ?3, revision = 1, stage_changed_at = stored_at WHERE id = ?1",
            )
            .expect("a statement");
        let mut line = write
            .prepare(
                "INSERT INTO lead_changes (lead, at, actor, what, was, becomes) SELECT id, stored_at, ?3, 'stage', 'new', ?2
                 FROM leads WHERE id = ?1",
            )
            .expect("a statement");
        let mut tag = write
            .prepare(
                "INSERT INTO lead_tags (tag, received_at, lead, cell, due_at)
                 SELECT ?2, received_at, lead, cell, due_at FROM lead_lists WHERE lead = ?1",
            )
            .expect("a statement");
        for n in 0..leads {
            let (id, mut dice) = ((n + 1).cast_signed(), Dice::of(n ^ 0xabcd));
            let is_recent = n * 50 > leads * 49;
            let stage = STAGES[match dice.below(100) {
                _ if form_of(n) == "survey" => 5,
                roll if is_recent && roll < 60 => 0,
                0 => 0,
                1..4 => 1,
                4..14 => 2,
                14..34 => 3,
                34..64 => 4,
                _ => 5,
            }];
            let owner = owner_of(n, leads, stage, &mut dice).map(|at| staff[at].to_string());
            if stage != "new" || owner.is_some() {
                change.execute(params![id, stage, owner]).expect("a change");
                line.execute(params![id, stage, owner.as_deref().unwrap_or("desk")]).expect("a line");
            }
            let mut given = None;
            for _ in 0..2 {
                if dice.below(20) == 0 {
                    let drawn = dice.below(TAGS) * dice.below(TAGS) / TAGS;
                    if given.replace(drawn) != Some(drawn) {
                        tag.execute(params![id, format!("tag{drawn}")]).expect("a tag");
                    }
                }
            }
        }
    }
    write.commit().expect("it is written");
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("a checkpoint");
}

fn owner_of(n: u64, leads: u64, stage: &str, dice: &mut Dice) -> Option<usize> {
    let wanted = dice.below(100);
    if wanted < 3 || (stage == "new" && wanted < 80) {
        return None;
    }
    let drawn = dice.below(OWNERS as u64) as usize;
    Some(match drawn {
        // Left two years ago, but for a handful of leads that are still theirs.
        3 if n * 3 > leads && n % 20_000 != 7 => 4,
        // Came last month.
        5 if n * 36 < leads * 35 => 6,
        _ => drawn,
    })
}

/// One-time links of the accounts, in the order of hiring: who looks first, then owners, then searchers.
pub fn let_in(house: &House) -> Vec<(StaffId, String)> {
    let store = store(house);
    let mut staff = store.staff().expect("the accounts");
    let number =
        |address: &str| address.trim_start_matches("staff").split('@').next().and_then(|n| n.parse::<u64>().ok());
    staff.sort_by_key(|one| number(one.address.as_str()));
    let enter = |id: StaffId| {
        let (bearer, link) = NewStaffLink::fresh(LinkPurpose::Enter, SystemClock.now(), &OsEntropy);
        assert!(store.reset_staff(id, &link, false, "bench").expect("it is written"), "an account of the bench");
        (id, bearer.written().to_string())
    };
    staff.iter().map(|one| enter(one.id)).collect()
}
