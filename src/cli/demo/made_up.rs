//! A dozen made-up leads, so that the demo's console has something to look at.
//!
//! They go the way of any lead from the seal on: sealed to the epoch's key, opened, protected as their
//! form says. No mail is sent for them. Their addresses are of names that are reserved for examples.

use crate::crypto::envelope::Envelope;
use crate::crypto::keyring::Keyring;
use crate::crypto::protect::protect;
use crate::crypto::seal::{SealContext, seal};
use crate::desk::store::{Change, LeadFacts, NewLead, Store};
use crate::domain::attribution::AttributionKey;
use crate::domain::clock::{Clock, SystemClock};
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
use jiff::{SignedDuration, Timestamp};

/// One lead: family and given name, company, the local part of the address, how long ago in minutes, by
/// which medium, whether of the second form, and where it stands.
type MadeUp = (&'static str, &'static str, &'static str, &'static str, i64, &'static str, bool, Stage);

const LEADS: [MadeUp; 12] = [
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

/// Stores the leads. `owner` works on those on which work has begun.
pub(super) fn store(settings: &Settings, store: &Store, keyring: &Keyring, owner: StaffId) -> anyhow::Result<()> {
    let forms: Vec<&Form> = settings.forms.iter().map(AsRef::as_ref).collect();
    let first = forms.iter().find(|form| form.id.as_str() == "contact").or_else(|| forms.first());
    let second = forms.iter().find(|form| form.id.as_str() == "document-request").or(first);
    let (Some(first), Some(second)) = (first, second) else { return Ok(()) };
    let now = SystemClock.now();
    for made_up in &LEADS {
        let form = if made_up.6 { second } else { first };
        let token = stored(settings, store, keyring, form, made_up, now)?;
        worked_on(store, token, made_up.7, owner)?;
    }
    Ok(())
}

fn stored(
    settings: &Settings,
    store: &Store,
    keyring: &Keyring,
    form: &Form,
    made_up: &MadeUp,
    now: Timestamp,
) -> anyhow::Result<Token> {
    let token = Token::generate(&OsEntropy);
    let context = SealContext {
        site: form.site.clone(),
        form: form.id.clone(),
        form_version: form.version,
        token,
        received_at: now - SignedDuration::from_mins(made_up.4),
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
fn submission(form: &Form, (family, given, company, local, _, medium, ..): &MadeUp) -> Submission {
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

fn worked_on(store: &Store, token: Token, stage: Stage, owner: StaffId) -> anyhow::Result<()> {
    if stage == Stage::New {
        return Ok(());
    }
    let reason = (stage == Stage::Unqualified).then_some(NoLead::NoBudget);
    let changes = [Change::Owner(Some(owner)), Change::Stage(stage, reason), Change::Tags(vec!["展示会".parse()?])];
    for (revision, change) in (0..).zip(&changes) {
        store.change_lead(token, revision, change, "cli:demo")?;
    }
    Ok(())
}
