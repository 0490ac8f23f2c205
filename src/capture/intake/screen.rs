//! Screening: is this a person's work? Pure: what happened before, and whether a sum was done, is
//! handed in, not asked for here.
//!
//! Every doubt has a weight. Doubts about behaviour (speed, tokens, bursts) are settled by a check
//! that a person hardly notices; doubts about the words are not. What stays doubtful is set aside
//! in quarantine, never refused and never lost.

mod content;

use super::Attempt;
use super::decode::PageInputs;
use super::validate::Valid;
use crate::crypto::form_token::{self, Genuine, TokenKind};
use crate::crypto::mac::MacKey;
use crate::crypto::proof_of_work;
use crate::crypto::seal::canonical_bytes;
use crate::domain::captcha::CaptchaVerdict;
use crate::domain::field::FieldKind;
use crate::domain::form::{Form, FormTokenRule};
use crate::domain::pii::Pii;
use crate::domain::submission::Submission;
use crate::domain::suspicion::Suspicion;
use crate::domain::token::Token;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// From this weight on, what was written is enough for quarantine.
const QUARANTINE_FROM: u32 = 3;
/// From this weight on, of words and behaviour together, a check is asked for.
const CHECK_FROM: u32 = 3;
/// Nobody fills a form in faster.
const FASTEST: Duration = Duration::from_secs(2);
/// Posts under one page view's token: a person corrects, goes back and sends again.
const MOST_USES: u32 = 5;
/// Posts with the same long message: sent again after a mistake, or by a colleague.
const MOST_ALIKE: u32 = 2;
/// Shorter messages are the same by chance.
const TELLING_TEXT: usize = 40;

/// What screening needs to know.
#[derive(Debug, Clone, Copy)]
pub struct ScreenPolicy<'a> {
    /// The key that signed form tokens and challenges.
    pub token_key: &'a MacKey,
    /// The age from which a form token is old.
    pub token_max_age: Duration,
    /// Off: only a missing form token is refused, and nothing is doubted.
    pub enabled: bool,
}

/// What happened before and around a post.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// This very post, with its key, was accepted before: its answer is only repeated.
    pub repeated: bool,
    /// Posts with this form token, this one among them.
    pub token_uses: u32,
    /// Posts with this long text, this one among them.
    pub text_uses: u32,
    /// The network posts much more often than people do.
    pub network_burst: bool,
    /// The network is over its limit.
    pub over_limit: bool,
    /// The form gets many posts without a token.
    pub form_burst: bool,
    /// A site's own server signed it: it stands for the form token, and no check can be asked for.
    pub signed: bool,
    /// The solution that came with it was not used before.
    pub proof_is_fresh: bool,
    /// What became of the form's captcha.
    pub captcha: CaptchaVerdict,
}

/// What a memory may keep of a post: MACs and random numbers, no words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traces {
    /// The nonce of a genuine form token.
    pub token: Option<[u8; 12]>,
    /// Of the long texts.
    pub text: Option<[u8; 32]>,
    /// Of key and answers together.
    pub post: Option<[u8; 32]>,
    /// Of a right solution.
    pub proof: Option<[u8; 32]>,
    /// Of a captcha's answer.
    pub captcha: Option<[u8; 32]>,
}

/// Why a post was not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// No form token where one is needed.
    #[error("there is no form token")]
    TokenMissing,
    /// A check is needed.
    #[error("a check is needed")]
    CheckNeeded,
    /// The form's captcha must be solved, or solved once more.
    #[error("the captcha must be solved")]
    CaptchaNeeded,
}

impl Rejected {
    /// The HTTP status that fits (RFC 9110). All are answered with the form, so that a person can
    /// simply send again.
    pub const fn status(self) -> u16 {
        403
    }

    /// The key of the sentence for the visitor.
    pub const fn message_key(self) -> &'static str {
        match self {
            Self::TokenMissing => "refused-token-missing",
            Self::CheckNeeded => "refused-check",
            Self::CaptchaNeeded => "refused-captcha",
        }
    }
}

/// A post that was screened out, with what was typed, so that the page can show it again.
#[derive(Debug, Clone)]
pub struct Rejection {
    /// Why.
    pub why: Rejected,
    /// The language to answer in.
    pub lang: crate::domain::lang::Lang,
    /// The values as typed.
    pub attempt: Attempt,
}

/// A valid submission that passed screening, or that a site's key vouches for. Only this file makes
/// one.
#[derive(Debug, Clone)]
pub struct Screened {
    pub(super) form: Arc<Form>,
    pub(super) submission: Submission,
    attempt: Attempt,
    page: PageInputs,
    ignored: usize,
    doubts: Vec<Suspicion>,
}

impl Screened {
    /// The form.
    pub fn form(&self) -> &Arc<Form> {
        &self.form
    }

    /// What was understood.
    pub fn submission(&self) -> &Submission {
        &self.submission
    }

    /// Why it goes into quarantine, if it does.
    pub fn doubts(&self) -> &[Suspicion] {
        &self.doubts
    }

    /// What will be sealed: the answers, and the doubts that the desk is to know.
    pub(super) fn to_be_sealed(&self) -> Submission {
        Submission { quarantine: self.doubts.clone(), ..self.submission.clone() }
    }

    /// The values as typed, for a page that must ask to send again.
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// The idempotency key of the page view.
    pub fn idempotency_key(&self) -> Option<&Pii<String>> {
        self.page.key.as_ref()
    }

    /// How many inputs were dropped because the form does not know them.
    pub fn ignored(&self) -> usize {
        self.ignored
    }

    /// The canonical bytes of the submission, for the MAC that recognises a repeated post. Equal
    /// answers have equal bytes; take them before [`Self::correcting`]. They are personal data.
    pub fn canonical_bytes(&self) -> Zeroizing<Vec<u8>> {
        canonical_bytes(&self.submission)
    }

    /// The same submission as a correction of an earlier lead: one page view, sent again with
    /// other words.
    #[must_use]
    pub fn correcting(mut self, earlier: Token) -> Self {
        self.submission.corrects = Some(earlier);
        self
    }

    /// The same submission marked by what it has in common with the same post to another node.
    #[must_use]
    pub fn once(mut self, once: [u8; 32]) -> Self {
        self.submission.once = Some(once);
        self
    }
}

/// What a memory may keep of a valid submission, under a key that dies with the process.
pub fn traces(valid: &Valid, policy: ScreenPolicy<'_>, key: &MacKey, now: Timestamp) -> Traces {
    let form = valid.form.id.as_str().as_bytes();
    let proof = valid.page.proof.as_ref();
    let post = valid.page.key.as_ref().map(|post_key| {
        let body = canonical_bytes(&valid.submission);
        key.mac("leadseal screening post", &[form, post_key.expose().as_bytes(), &body])
    });
    let captcha = valid.page.captcha.as_ref();
    Traces {
        captcha: captcha.map(|answer| key.mac("leadseal screening captcha", &[form, answer.expose().as_bytes()])),
        token: genuine_token(valid, policy, now).map(|token| token.nonce),
        text: long_texts(&valid.submission).map(|text| key.mac("leadseal screening text", &[form, &text])),
        post,
        proof: proof.and_then(|proof| proof_of_work::solved(policy.token_key, &valid.form.id, proof.expose(), now)),
    }
}

fn genuine_token(valid: &Valid, policy: ScreenPolicy<'_>, now: Timestamp) -> Option<Genuine> {
    let token = valid.page.token.as_ref()?;
    form_token::check(policy.token_key, &valid.form.id, token.expose(), now)
}

/// Long messages, which two people do not write alike.
fn long_texts(submission: &Submission) -> Option<Zeroizing<Vec<u8>>> {
    let long = submission.answers.iter().filter(|answer| answer.kind == FieldKind::Textarea);
    let texts: Vec<Pii<String>> = long.map(|answer| answer.value.joined()).collect();
    let texts = texts.iter().filter(|text| text.expose().chars().count() >= TELLING_TEXT);
    let joined: Vec<u8> = texts.flat_map(|text| text.expose().bytes().chain([0])).collect();
    (!joined.is_empty()).then(|| Zeroizing::new(joined))
}

/// Screens a valid submission.
///
/// # Errors
/// When a browser brings no form token where the form asks for one, or a check is needed first.
pub fn screen(
    valid: Valid,
    policy: ScreenPolicy<'_>,
    around: Circumstances,
    now: Timestamp,
) -> Result<Screened, Box<Rejection>> {
    match verdict(&valid, policy, around, now) {
        Ok(doubts) => {
            let Valid { form, submission, attempt, page, ignored, .. } = valid;
            Ok(Screened { form, submission, attempt, page, ignored, doubts })
        }
        Err(why) => Err(Box::new(Rejection { why, lang: valid.submission.lang, attempt: valid.attempt })),
    }
}

/// What a signed call brings: who holds the site's key vouches for it, so nothing is doubted.
pub(super) fn vouched(valid: Valid) -> Screened {
    let Valid { form, submission, attempt, page, ignored, .. } = valid;
    Screened { form, submission, attempt, page, ignored, doubts: Vec::new() }
}

/// The doubts with which a post goes on: none, or those for which it is set aside.
fn verdict(
    valid: &Valid,
    policy: ScreenPolicy<'_>,
    around: Circumstances,
    now: Timestamp,
) -> Result<Vec<Suspicion>, Rejected> {
    let needs_token = valid.form.form_token == FormTokenRule::Required && valid.encoding.is_browser();
    if valid.page.token.is_none() && needs_token {
        return Err(Rejected::TokenMissing);
    }
    if around.repeated {
        return Ok(Vec::new());
    }
    let token = genuine_token(valid, policy, now);
    match around.captcha {
        CaptchaVerdict::Failed => return Err(Rejected::CaptchaNeeded),
        CaptchaVerdict::Missing => return without_captcha(valid, token, around),
        _ if !policy.enabled => return Ok(Vec::new()),
        _ => {}
    }
    let words = about_words(valid, token, around);
    let behaviour = about_behaviour(valid, policy, token, around);
    let (by_words, by_behaviour) = (weight(&words), weight(&behaviour));
    if by_words < QUARANTINE_FROM && by_words + by_behaviour < CHECK_FROM {
        return Ok(Vec::new());
    }
    // Who is behind a signed post can't be asked for a check.
    if by_words >= QUARANTINE_FROM || around.signed {
        let mut doubts: Vec<Suspicion> = words.into_iter().chain(behaviour).map(|(reason, _)| reason).collect();
        doubts.sort_unstable();
        return Ok(doubts);
    }
    let is_checked =
        around.captcha == CaptchaVerdict::Passed || around.proof_is_fresh || is_second_press(token, around);
    if is_checked { Ok(Vec::new()) } else { Err(Rejected::CheckNeeded) }
}

/// A captcha needs a script. A program must solve it; who pressed the button of a page without one
/// twice is let in, for somebody to look at.
fn without_captcha(valid: &Valid, token: Option<Genuine>, around: Circumstances) -> Result<Vec<Suspicion>, Rejected> {
    if !valid.encoding.is_browser() {
        return Err(Rejected::CaptchaNeeded);
    }
    if !is_second_press(token, around) {
        return Err(Rejected::CheckNeeded);
    }
    let words = about_words(valid, token, around).into_iter().map(|(reason, _)| reason);
    let mut doubts: Vec<Suspicion> = words.chain([Suspicion::CaptchaMissing]).collect();
    doubts.sort_unstable();
    Ok(doubts)
}

fn weight(reasons: &[content::Weighed]) -> u32 {
    reasons.iter().map(|(_, weight)| weight).sum()
}

/// A visitor without a script was asked to press the button once more, and did.
fn is_second_press(token: Option<Genuine>, around: Circumstances) -> bool {
    token.is_some_and(|token| token.kind == TokenKind::Checked && token.age >= FASTEST) && around.token_uses <= 1
}

/// Doubts that no check settles.
fn about_words(valid: &Valid, token: Option<Genuine>, around: Circumstances) -> Vec<content::Weighed> {
    let mut reasons = content::reasons(&valid.submission);
    let trap = valid.page.honeypot.as_ref();
    if trap.is_some_and(|trap| !trap.expose().trim().is_empty()) {
        reasons.push((Suspicion::Honeypot, QUARANTINE_FROM));
    }
    if valid.page.token.is_some() && token.is_none() {
        reasons.push((Suspicion::TokenForged, QUARANTINE_FROM));
    }
    if around.text_uses > MOST_ALIKE {
        reasons.push((Suspicion::KnownText, QUARANTINE_FROM));
    }
    reasons
}

/// Doubts that a check settles.
fn about_behaviour(
    valid: &Valid,
    policy: ScreenPolicy<'_>,
    token: Option<Genuine>,
    around: Circumstances,
) -> Vec<content::Weighed> {
    // Whoever signs stands for the page.
    let no_page = valid.page.token.is_none() && !around.signed;
    let of_one = token.is_some_and(|token| token.kind != TokenKind::Shared);
    let is_old = token.is_some_and(|token| token.age > policy.token_max_age);
    let is_fast = of_one && token.is_some_and(|token| token.age < FASTEST);
    [
        (no_page, Suspicion::TokenMissing, 2),
        (is_old, Suspicion::TokenOld, 1),
        (is_fast, Suspicion::TooFast, 2),
        (of_one && around.token_uses > MOST_USES, Suspicion::TokenReplayed, 4),
        (around.network_burst, Suspicion::NetworkBurst, 3),
        (around.over_limit, Suspicion::OverLimit, 3),
        (around.form_burst && no_page, Suspicion::FormBurst, 3),
        (around.captcha == CaptchaVerdict::Unknown, Suspicion::CaptchaUnknown, 3),
    ]
    .into_iter()
    .filter(|(holds, ..)| *holds)
    .map(|(_, reason, weight)| (reason, weight))
    .collect()
}

#[cfg(test)]
mod tests;
