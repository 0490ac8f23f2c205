//! Made-up leads, so that the demo's console has something to look at: a dozen of these days, and two
//! months of older ones behind them that were worked on.
//!
//! They go the way of any lead from the seal on: sealed to the epoch's key, opened, protected as their
//! form says, each at its own time. No mail is sent for them. Their addresses are of names that are
//! reserved for examples.

use crate::crypto::envelope::Envelope;
use crate::crypto::keyring::Keyring;
use crate::crypto::protect::protect;
use crate::crypto::seal::{SealContext, seal};
use crate::desk::store::{Change, LeadFacts, NewLead, Store};
use crate::domain::attribution::AttributionKey;
use crate::domain::clock::{Clock, ManualClock, SystemClock};
use crate::domain::entropy::{OsEntropy, random_bytes};
use crate::domain::field::{Field, FieldKind};
use crate::domain::form::Form;
use crate::domain::ids::StaffId;
use crate::domain::lang::Lang;
use crate::domain::lead::{NoLead, Stage};
use crate::domain::pii::Pii;
use crate::domain::settings::Settings;
use crate::domain::submission::{Answer, ConsentRecord, Submission, Value};
use crate::domain::token::Token;
use anyhow::Context;
use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::path::Path;
use std::sync::Arc;

/// One lead of these days: family and given name, company, the local part of the address, how long ago in
/// minutes, by which medium, whether of the second form, and where it stands.
type Recent = (&'static str, &'static str, &'static str, &'static str, i64, &'static str, bool, Stage);

const LEADS: [Recent; 12] = [
    ("佐藤", "健太", "株式会社青葉精機", "k.sato", 6 * 1440, "organic", true, Stage::Qualified),
    ("鈴木", "美穂", "鈴木物流株式会社", "m.suzuki", 5 * 1440, "cpc", true, Stage::Nurturing),
    ("高橋", "翔", "合同会社ハシラボ", "sho", 4 * 1440, "email", false, Stage::Unqualified),
    ("田中", "由美", "田中製作所", "tanaka", 3 * 1440 + 200, "cpc", true, Stage::Connected),
    ("伊藤", "大輔", "株式会社みなとシステム", "d.ito", 2 * 1440 + 90, "referral", false, Stage::Attempting),
    ("渡辺", "恵", "渡辺医院", "megumi", 1440 + 700, "organic", false, Stage::New),
    ("髙﨑", "直樹", "株式会社北斗食品", "n.takasaki", 1440, "social", true, Stage::New),
    ("佐藤", "健太", "株式会社青葉精機", "k.sato", 560, "direct", false, Stage::New),
    ("林", "沙織", "林デザイン事務所", "saori", 130, "email", false, Stage::New),
    ("中村", "浩二", "中村運輸有限会社", "k.nakamura", 55, "cpc", true, Stage::New),
    ("小林", "彩", "学校法人さくら学園", "a.kobayashi", 21, "organic", false, Stage::New),
    ("加藤", "誠", "加藤工務店", "kato", 4, "cpc", true, Stage::New),
];

/// How many days back there are older ones, and how many came on each working day, over and over.
const DAYS: std::ops::Range<i32> = 7..62;
const PER_DAY: [usize; 7] = [1, 0, 2, 1, 1, 0, 1];
const FAMILIES: [(&str, &str); 7] = [
    ("森", "mori"),
    ("池田", "ikeda"),
    ("橋本", "hashimoto"),
    ("山下", "yamashita"),
    ("石井", "ishii"),
    ("小川", "ogawa"),
    ("岡田", "okada"),
];
const GIVEN: [&str; 5] = ["裕子", "隆", "真由美", "剛", "千尋"];
const COMPANIES: [&str; 6] = [
    "株式会社若葉商会",
    "有限会社丸和",
    "株式会社東雲設計",
    "医療法人みどり会",
    "白樺ソフト株式会社",
    "山手不動産株式会社",
];
const MEDIA: [&str; 7] = ["organic", "cpc", "direct", "email", "cpc", "referral", "social"];
const STAGES: [Stage; 8] = [
    Stage::Qualified,
    Stage::Unqualified,
    Stage::Nurturing,
    Stage::Connected,
    Stage::Qualified,
    Stage::Unqualified,
    Stage::Attempting,
    Stage::Nurturing,
];
/// How long they waited for their first answer, in minutes of business hours.
const WAITED: [u32; 12] = [12, 35, 4, 95, 9, 230, 48, 14, 27, 7, 400, 18];

/// One lead.
struct MadeUp {
    family: &'static str,
    given: &'static str,
    company: &'static str,
    local: String,
    received: Timestamp,
    medium: &'static str,
    second_form: bool,
    stage: Stage,
    no_lead: NoLead,
    /// When work on it began, if it has.
    answered: Option<Timestamp>,
}

/// Stores the leads in the file at `path`, each as at its own time. `owner` works on those on which work
/// has begun.
pub(super) fn store(settings: &Settings, path: &Path, keyring: &Keyring, owner: StaffId) -> anyhow::Result<()> {
    let forms: Vec<&Form> = settings.forms.iter().map(AsRef::as_ref).collect();
    let first = forms.iter().find(|form| form.id.as_str() == "contact").or_else(|| forms.first());
    let second = forms.iter().find(|form| form.id.as_str() == "document-request").or(first);
    let (Some(first), Some(second)) = (first, second) else { return Ok(()) };
    let now = SystemClock.now();
    let leads = leads(settings, now);
    // What happens, in order: leads come in, and work on some of them begins.
    let mut events: Vec<(Timestamp, bool, usize)> = Vec::new();
    for (n, lead) in leads.iter().enumerate() {
        events.push((lead.received, false, n));
        events.extend(lead.answered.map(|at| (at, true, n)));
    }
    events.sort_unstable();
    let begin = events.first().map_or(now, |(at, ..)| *at);
    let clock = Arc::new(ManualClock::new(begin));
    let store = Store::open(path, Arc::<ManualClock>::clone(&clock), Arc::new(OsEntropy))?;
    store.keep_office(&settings.business_hours)?;
    let mut tokens = vec![None; leads.len()];
    for (at, is_work, n) in events {
        clock.advance(clock.now().duration_until(at));
        let Some(lead) = leads.get(n) else { continue };
        match tokens.get(n).copied().flatten() {
            Some(token) if is_work => worked_on(&store, token, lead, owner)?,
            _ => {
                tokens[n] =
                    Some(stored(settings, &store, keyring, if lead.second_form { second } else { first }, lead)?)
            }
        }
    }
    Ok(())
}

/// All of them, the dozen first.
fn leads(settings: &Settings, now: Timestamp) -> Vec<MadeUp> {
    let mut leads: Vec<MadeUp> = LEADS.iter().map(|lead| recent(lead, now)).collect();
    let today = now.to_zoned(settings.business_hours.time_zone.clone()).date();
    for back in DAYS {
        let day = today.saturating_sub(back.days());
        let is_weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        for _ in 0..if is_weekend { 0 } else { PER_DAY[usize::from(day.day().unsigned_abs()) % PER_DAY.len()] } {
            let n = leads.len();
            let (hour, minute) = (8 + (n * 5 % 11) as i8, (n * 17 % 60) as i8);
            let Ok(at) = day.at(hour, minute, 0, 0).to_zoned(settings.business_hours.time_zone.clone()) else {
                continue;
            };
            leads.push(older(n, at.timestamp()));
        }
    }
    for (n, lead) in leads.iter_mut().enumerate() {
        let answered = settings.business_hours.due(lead.received, WAITED[n % WAITED.len()]);
        lead.answered = (lead.stage != Stage::New).then(|| answered.min(now));
    }
    leads
}

fn recent((family, given, company, local, ago, medium, second_form, stage): &Recent, now: Timestamp) -> MadeUp {
    MadeUp {
        family,
        given,
        company,
        local: (*local).to_owned(),
        received: now - SignedDuration::from_mins(*ago),
        medium,
        second_form: *second_form,
        stage: *stage,
        no_lead: NoLead::NoBudget,
        answered: None,
    }
}

fn older(n: usize, received: Timestamp) -> MadeUp {
    let (family, local) = FAMILIES[n % FAMILIES.len()];
    MadeUp {
        family,
        given: GIVEN[n % GIVEN.len()],
        company: COMPANIES[n % COMPANIES.len()],
        local: format!("{local}{n}"),
        received,
        medium: MEDIA[n % MEDIA.len()],
        second_form: n % 5 < 2,
        stage: STAGES[n % STAGES.len()],
        no_lead: NoLead::ALL[n / 4 % NoLead::ALL.len()],
        answered: None,
    }
}

fn stored(
    settings: &Settings,
    store: &Store,
    keyring: &Keyring,
    form: &Form,
    made_up: &MadeUp,
) -> anyhow::Result<Token> {
    let token = Token::generate(&OsEntropy);
    let context = SealContext {
        site: form.site.clone(),
        form: form.id.clone(),
        form_version: form.version,
        token,
        received_at: made_up.received,
    };
    let sealed = seal(&keyring.sealing_key(), context, &submission(form, made_up), &OsEntropy)?;
    let opened = keyring.open(&Envelope::parse(sealed.as_bytes())?)?;
    let facts = LeadFacts {
        source: Some(opened.submission().source()),
        due_at: form
            .notify
            .answer_within_minutes
            .map(|minutes| settings.business_hours.due(opened.header().received_at, minutes)),
    };
    let keys = keyring.create_lead_keys(&[token])?;
    let key = keys.first().context("the keyring made no key")?;
    let lead = protect(opened, Some(form), key, keyring.index_keys(), &OsEntropy);
    store.store_leads(&[NewLead { lead, deliveries: Vec::new(), facts }])?;
    Ok(token)
}

/// Answers to the fields that the form has.
fn submission(form: &Form, made_up: &MadeUp) -> Submission {
    let MadeUp { family, given, company, local, medium, .. } = made_up;
    let digits = u32::from_be_bytes(random_bytes(&OsEntropy)) % 10_000;
    let value = |kind: FieldKind| match kind {
        FieldKind::Name => Some(Value::Name { family: Pii::from(*family), given: Pii::from(*given) }),
        FieldKind::Company => Some(Value::one(*company)),
        FieldKind::Email => Some(Value::one(format!("{local}@example.co.jp"))),
        FieldKind::Tel => Some(Value::one(format!("+8130000{digits:04}"))),
        FieldKind::Textarea => Some(Value::one("導入の費用と時期について、一度お話を伺えますか。")),
        _ => None,
    };
    let choice = |field: &Field| {
        let first = field.choices.get(company.len() % field.choices.len().max(1))?;
        Some(match field.kind {
            FieldKind::Checkboxes => Value::Many(vec![Pii::from(first.value.as_str())]),
            _ => Value::one(first.value.clone()),
        })
    };
    let answers = form.fields.iter().filter_map(|field| {
        let value = value(field.kind).or_else(|| choice(field))?;
        Some(Answer { field: field.id.clone(), kind: field.kind, value })
    });
    let consents = form.fields.iter().filter_map(|field| {
        let consent = field.consent.as_ref()?;
        Some(ConsentRecord {
            field: field.id.clone(),
            purpose: consent.purpose.clone(),
            version: consent.version.clone(),
            text: consent.text.get(Lang::Ja).to_owned(),
            lang: Lang::Ja,
            granted: field.required,
        })
    });
    Submission {
        lang: Lang::Ja,
        answers: answers.collect(),
        consents: consents.collect(),
        attribution: vec![(AttributionKey::UtmMedium, Pii::from(*medium))],
        corrects: None,
        once: None,
        quarantine: Vec::new(),
        request: None,
    }
}

fn worked_on(store: &Store, token: Token, lead: &MadeUp, owner: StaffId) -> anyhow::Result<()> {
    let reason = (lead.stage == Stage::Unqualified).then_some(lead.no_lead);
    let changes =
        [Change::Owner(Some(owner)), Change::Stage(lead.stage, reason), Change::Tags(vec!["展示会".parse()?])];
    for (revision, change) in (0..).zip(&changes) {
        store.change_lead(token, revision, change, "cli:demo")?;
    }
    Ok(())
}
