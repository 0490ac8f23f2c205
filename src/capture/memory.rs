//! What capture remembers of posts so as to tell robots from people: counts under MACs whose key is
//! made at start and dies with the process. Bounded, in memory, never written down.

use super::intake::{Circumstances, Traces};
use crate::crypto::mac::MacKey;
use crate::domain::entropy::Entropy;
use crate::domain::ids::FormId;
use ipnet::IpNet;
use jiff::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Seconds after which the older half of what is remembered is forgotten.
const HALF_LIFE: i64 = 2 * 3600;
/// Most entries of one kind in one half.
const MOST_ENTRIES: usize = 50_000;
/// Posts under one answer to a captcha: a person corrects, goes back and sends again.
const MOST_CAPTCHA_USES: u32 = 5;
/// Posts without a token, over all networks, from which a form's posts of that kind are doubted:
/// so many times what one network may post.
const FORM_BURST: u32 = 10;

/// What is known around a post before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scene<'a> {
    /// Where it came from, where that is known.
    pub network: Option<&'a IpNet>,
    /// The form.
    pub form: &'a FormId,
    /// The network is over its limit.
    pub over_limit: bool,
    /// A site's own server signed the post.
    pub signed: bool,
}

/// The memory. Shared between requests.
pub struct Memory {
    key: MacKey,
    /// Posts a network may send each minute.
    per_minute: u32,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    hours: Halves,
    tokens: Counts<[u8; 12]>,
    texts: Counts<[u8; 32]>,
    /// Posts that were accepted, and all that were seen.
    posts: Counts<[u8; 32]>,
    seen: Counts<[u8; 32]>,
    proofs: Counts<[u8; 32]>,
    captchas: Counts<[u8; 32]>,
    minutes: Halves,
    /// Posts by network, and posts without a token by form.
    pace: Counts<[u8; 32]>,
}

impl Memory {
    /// An empty memory, for networks that may post so often each minute.
    pub fn new(per_minute: u32, entropy: &dyn Entropy) -> Self {
        Self { key: MacKey::generate(entropy), per_minute, held: Mutex::default() }
    }

    /// The key under which traces are made.
    pub fn key(&self) -> &MacKey {
        &self.key
    }

    /// Counts a post, and says what is known about it.
    pub fn observe(&self, scene: Scene<'_>, traces: &Traces, now: Timestamp) -> Circumstances {
        let network = scene.network.map(|net| self.key.mac("network", &[net.to_string().as_bytes()]));
        let form =
            (traces.token.is_none() && !scene.signed).then(|| self.key.mac("form", &[scene.form.as_str().as_bytes()]));
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.turn(now);
        let repeated = traces.post.is_some_and(|post| held.posts.get(&post) > 0);
        let by_network = network.map_or(0, |network| held.pace.count(network));
        let by_form = form.map_or(0, |form| held.pace.count(form));
        let mut around = Circumstances {
            repeated,
            network_burst: by_network > (self.per_minute / 2).max(5),
            over_limit: scene.over_limit,
            signed: scene.signed,
            form_burst: by_form > self.per_minute.saturating_mul(FORM_BURST),
            ..Circumstances::default()
        };
        if !repeated {
            // A double click is one post, and so is what is sent again after a check.
            let is_new = traces.post.is_none_or(|post| held.seen.count(post) == 1);
            let by = u32::from(is_new);
            around.token_uses = traces.token.map_or(0, |token| held.tokens.count_by(token, by));
            around.text_uses = traces.text.map_or(0, |text| held.texts.count_by(text, by));
            around.proof_is_fresh = traces.proof.is_some_and(|proof| held.proofs.count(proof) == 1);
        }
        around
    }

    /// Whether the captcha that came with this post was solved when it was sent before: a provider
    /// takes an answer once, and a post may have to be sent again for another reason.
    pub fn captcha_was_solved(&self, traces: &Traces) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(captcha) = traces.captcha.filter(|captcha| held.captchas.get(captcha) > 0) else { return false };
        held.captchas.count(captcha) <= MOST_CAPTCHA_USES
    }

    /// Remembers that the captcha that came with this post is solved.
    pub fn captcha_solved(&self, traces: &Traces) {
        if let Some(captcha) = traces.captcha {
            self.held.lock().unwrap_or_else(PoisonError::into_inner).captchas.count(captcha);
        }
    }

    /// Remembers that a post was accepted: the same once more is no new one.
    pub fn accepted(&self, traces: &Traces) {
        if let Some(post) = traces.post {
            self.held.lock().unwrap_or_else(PoisonError::into_inner).posts.count(post);
        }
    }
}

impl Held {
    fn turn(&mut self, now: Timestamp) {
        if self.hours.are_over(now, HALF_LIFE) {
            self.tokens.turn();
            self.texts.turn();
            self.posts.turn();
            self.seen.turn();
            self.proofs.turn();
            self.captchas.turn();
        }
        if self.minutes.are_over(now, 60) {
            self.pace.turn();
        }
    }
}

/// When the present half began.
#[derive(Default)]
pub(super) struct Halves(Option<i64>);

impl Halves {
    /// True when so many seconds have passed, or the clock was set back; then a new half begins.
    pub(super) fn are_over(&mut self, now: Timestamp, seconds: i64) -> bool {
        let now = now.as_second();
        let begun = *self.0.get_or_insert(now);
        let over = !(begun..begun + seconds).contains(&now);
        if over {
            self.0 = Some(now);
        }
        over
    }
}

/// Counts in two halves, of which the older is forgotten when a new one begins or is full.
struct Counts<K> {
    young: HashMap<K, u32>,
    old: HashMap<K, u32>,
}

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new() }
    }
}

impl<K: Eq + Hash> Counts<K> {
    fn get(&self, key: &K) -> u32 {
        self.young.get(key).copied().unwrap_or(0).saturating_add(self.old.get(key).copied().unwrap_or(0))
    }

    fn count(&mut self, key: K) -> u32 {
        self.count_by(key, 1)
    }

    fn count_by(&mut self, key: K, by: u32) -> u32 {
        if self.young.len() >= MOST_ENTRIES {
            self.turn();
        }
        let before = self.old.get(&key).copied().unwrap_or(0);
        let young = self.young.entry(key).or_insert(0);
        *young = young.saturating_add(by);
        young.saturating_add(before)
    }

    fn turn(&mut self) {
        self.old = std::mem::take(&mut self.young);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::SeededEntropy;
    use jiff::SignedDuration;

    fn at(seconds: i64) -> Timestamp {
        "2026-11-22T09:41:30Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
    }

    /// A post without a key.
    fn post(n: u8) -> Traces {
        Traces { token: Some([n; 12]), text: Some([n; 32]), post: None, proof: Some([n; 32]), captcha: None }
    }

    fn keyed(n: u8) -> Traces {
        Traces { post: Some([n; 32]), ..post(n) }
    }

    fn memory() -> (Memory, FormId) {
        (Memory::new(30, &SeededEntropy::new(1)), "contact".parse().unwrap())
    }

    #[test]
    fn what_came_before_is_counted_and_forgotten() {
        let (memory, form) = memory();
        let look = |n, seconds| {
            memory.observe(
                Scene { network: None, form: &form, over_limit: false, signed: false },
                &post(n),
                at(seconds),
            )
        };
        let first = look(1, 0);
        assert_eq!((first.token_uses, first.text_uses, first.proof_is_fresh), (1, 1, true));
        let second = look(1, 1);
        assert_eq!((second.token_uses, second.text_uses, second.proof_is_fresh), (2, 2, false), "a proof is good once");
        assert_eq!(look(2, 2).token_uses, 1);
        assert_eq!(look(1, HALF_LIFE + 10).text_uses, 3, "the older half is still known");
        assert_eq!(look(1, 3 * HALF_LIFE + 20).text_uses, 2);
        assert_eq!(look(1, 5 * HALF_LIFE).text_uses, 2);
    }

    #[test]
    fn a_post_that_was_accepted_is_known_again() {
        let (memory, form) = memory();
        let scene = Scene { network: None, form: &form, over_limit: false, signed: false };
        assert_eq!(memory.observe(scene, &keyed(1), at(0)).token_uses, 1);
        let again = memory.observe(scene, &keyed(1), at(1));
        assert!(!again.repeated);
        assert_eq!((again.token_uses, again.text_uses), (1, 1), "a double click is one post");
        memory.accepted(&keyed(1));
        assert!(memory.observe(scene, &keyed(1), at(1)).repeated);
        assert!(!memory.observe(scene, &keyed(2), at(1)).repeated);
    }

    #[test]
    fn a_network_in_a_hurry_is_noticed_and_its_neighbour_is_not() {
        let (memory, form) = memory();
        let (one, other) = ("192.0.2.1/32".parse().unwrap(), "192.0.2.2/32".parse().unwrap());
        let look = |network, seconds| {
            memory
                .observe(
                    Scene { network: Some(network), form: &form, over_limit: false, signed: false },
                    &post(1),
                    at(seconds),
                )
                .network_burst
        };
        assert!((0..15).all(|_| !look(&one, 0)));
        assert!(look(&one, 1));
        assert!(!look(&other, 1));
        assert!(look(&one, 61), "the minute before counts too");
        assert!(!look(&one, 200));
    }

    #[test]
    fn a_flood_does_not_grow_the_memory() {
        let mut counts = Counts::default();
        for n in 0..200_000u32 {
            counts.count(n);
        }
        assert!(counts.young.len() + counts.old.len() <= 2 * MOST_ENTRIES);
    }
}
