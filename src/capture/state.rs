//! What the handlers share.

use super::captcha::{CaptchaTrouble, Verifiers};
use super::embed::Assets;
use super::intake::{self, Rejection, ScreenPolicy, Screened, Traces, Valid};
use super::memory::{Memory, Scene};
use super::pages::{Frame, Place};
use super::schema::Schema;
use super::secrets::DaySecrets;
use super::site_api::Calls;
use super::site_keys::SiteKeys;
use super::visit::FormVisit;
use crate::crypto::mac::MacKey;
use crate::crypto::seal::SealingKey;
use crate::domain::captcha::CaptchaVerdict;
use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;
use crate::domain::form::{Form, Layout};
use crate::domain::ids::FormId;
use crate::domain::lang::Lang;
use crate::domain::origin::Origin;
use crate::domain::settings::Settings;
use crate::domain::site::Site;
use crate::http::rate_limit::RateLimiter;
use crate::i18n;
use crate::queue::funnel::Funnel;
use crate::queue::redis::SharedMemory;
use crate::queue::spool::Spool;
use ipnet::IpNet;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Beacons that a view's script may send before its network is over its allowance: what a visitor
/// with a few mistakes causes.
const BEACONS_PER_VIEW: u32 = 8;

/// What capture is made of; the composition root fills it.
pub struct CaptureParts {
    /// Forms, sites and limits.
    pub settings: Arc<Settings>,
    /// The public key of the present epoch; changes while the server runs.
    pub sealing_key: watch::Receiver<Arc<SealingKey>>,
    /// Where accepted envelopes become durable.
    pub spool: Spool,
    /// Where visits are counted.
    pub funnel: Funnel,
    /// The key of form tokens and the secrets of the day.
    pub secrets: DaySecrets,
    /// The keys by which sites' own servers sign their calls.
    pub site_keys: SiteKeys,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// What a node has in common with others; nothing on a single machine.
    pub membership: Option<Membership>,
}

/// A capture node's place among others.
#[derive(Clone)]
pub struct Membership {
    /// What the nodes remember together.
    pub memory: Arc<SharedMemory>,
    /// Set when the desk has revoked this node: it takes nothing in any more.
    pub revoked: Arc<AtomicBool>,
}

impl Membership {
    /// Whether the desk has revoked this node.
    pub fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::Acquire)
    }
}

/// Why capture can't be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// The public address has no web origin.
    #[error("[public] url must be an http:// or https:// address")]
    PublicUrl,
    /// A form's captcha can't be verified.
    #[error(transparent)]
    Captcha(#[from] CaptchaTrouble),
}

/// The handlers' state.
pub struct CaptureState {
    pub settings: Arc<Settings>,
    pub sealing_key: watch::Receiver<Arc<SealingKey>>,
    pub spool: Spool,
    pub funnel: Funnel,
    pub secrets: DaySecrets,
    pub form_token_key: MacKey,
    pub site_keys: SiteKeys,
    /// What is remembered of signed calls.
    pub calls: Calls,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub membership: Option<Membership>,
    pub posts: RateLimiter,
    /// Posts of a network over its limit that may still pass with a check.
    pub checked_posts: RateLimiter,
    /// What tells robots from people.
    pub memory: Memory,
    pub views: RateLimiter,
    pub beacons: RateLimiter,
    /// Those who say whether a captcha was solved.
    pub captchas: Verifiers,
    pub assets: Assets,
    pub schemas: HashMap<FormId, Schema>,
    /// The public address's origin, from which its own pages post.
    pub origin: Origin,
    /// The public address's path without trailing slash: where a host application nests us.
    pub base: String,
}

impl CaptureState {
    pub fn new(parts: CaptureParts) -> Result<Self, CaptureError> {
        let CaptureParts { settings, sealing_key, spool, funnel, secrets, site_keys, clock, entropy, membership } =
            parts;
        let origin = Origin::of_url(&settings.public.url).ok_or(CaptureError::PublicUrl)?;
        // Takes some 50 ms once, which no visitor should wait for.
        intake::warm_up();
        Ok(Self {
            form_token_key: secrets.form_token_key(),
            site_keys,
            calls: Calls::new(settings.limits.site_calls_per_minute, entropy.as_ref()),
            posts: RateLimiter::new(settings.limits.posts_per_minute, entropy.as_ref()),
            checked_posts: RateLimiter::new(settings.limits.posts_per_minute.saturating_mul(10), entropy.as_ref()),
            memory: Memory::new(settings.limits.posts_per_minute, entropy.as_ref()),
            views: RateLimiter::new(settings.limits.views_per_minute, entropy.as_ref()),
            beacons: RateLimiter::new(
                settings.limits.views_per_minute.saturating_mul(BEACONS_PER_VIEW),
                entropy.as_ref(),
            ),
            captchas: Verifiers::new(&settings.forms)?,
            assets: Assets::new(&settings.sites),
            schemas: settings
                .forms
                .iter()
                .map(|form| (form.id.clone(), Schema::new(form, &settings.public.url)))
                .collect(),
            base: settings.public.url.path().trim_end_matches('/').to_owned(),
            origin,
            settings,
            sealing_key,
            spool,
            funnel,
            secrets,
            clock,
            entropy,
            membership,
        })
    }

    /// Whether the desk has revoked this node.
    pub fn is_revoked(&self) -> bool {
        self.membership.as_ref().is_some_and(Membership::is_revoked)
    }

    /// Counts a post against its network's allowance, over all nodes where there are others.
    ///
    /// # Errors
    /// With the time to wait.
    pub fn check_post_rate(&self, network: &IpNet) -> Result<(), Duration> {
        self.posts.check(network)?;
        let Some(membership) = &self.membership else { return Ok(()) };
        let secret = self.secrets.today().today;
        let named = secret.mac("leadseal rate limit network", &[network.to_string().as_bytes()]);
        let (count, left) = membership.memory.count_post(&named, self.clock.now().as_second());
        if count > u64::from(self.settings.limits.posts_per_minute) {
            return Err(Duration::from_secs(left.max(1)));
        }
        Ok(())
    }

    /// Whether posts can be taken.
    ///
    /// # Errors
    /// With the reason in a few words.
    pub fn takes_posts(&self) -> Result<(), &'static str> {
        let stats = self.spool.stats();
        if self.is_revoked() {
            Err("the desk has revoked this node")
        } else if !stats.healthy {
            Err("the spool can't be written")
        } else if stats.waiting >= self.settings.limits.max_spool {
            Err("the spool is full")
        } else {
            Ok(())
        }
    }

    /// Screens a valid post by what came before it. The traces are what to remember once it is
    /// accepted.
    pub async fn screen(&self, valid: Valid, scene: Scene<'_>) -> Result<(Screened, Traces), Box<Rejection>> {
        let (policy, now) = (self.screen_policy(), self.clock.now());
        let traces = intake::traces(&valid, policy, self.memory.key(), now);
        let mut around = self.memory.observe(scene, &traces, now);
        if !around.repeated && !scene.signed {
            around.captcha = self.captcha(&valid, &traces).await;
        }
        Ok((intake::screen(valid, policy, around, now)?, traces))
    }

    /// What became of the captcha of the post's form, if it has one.
    async fn captcha(&self, valid: &Valid, traces: &Traces) -> CaptchaVerdict {
        let form = valid.form();
        let Some(captcha) = &form.captcha else { return CaptchaVerdict::NotAsked };
        if self.memory.captcha_was_solved(traces) {
            return CaptchaVerdict::Passed;
        }
        let verdict = self.captchas.verdict(&form.id, captcha, valid.captcha_answer()).await;
        if verdict == CaptchaVerdict::Passed {
            self.memory.captcha_solved(traces);
        }
        verdict
    }

    /// What screening goes by.
    fn screen_policy(&self) -> ScreenPolicy<'_> {
        ScreenPolicy {
            token_key: &self.form_token_key,
            token_max_age: self.settings.limits.form_token_max_age,
            enabled: self.settings.screening.enabled,
        }
    }

    /// The path of a form's page.
    pub fn form_path(&self, form: &Form) -> String {
        format!("{}/f/{}", self.base, form.id)
    }

    /// The frame of a form's confirm page.
    pub fn review_frame(&self, on: &FormVisit) -> Frame<'_> {
        let lang = on.visit.lang;
        self.frame(lang, &i18n::text(lang, "confirm-title"), Some(&on.form)).framed(on.visit.framed)
    }

    /// Where a form stands on our own pages: paths, so that they hold under any name of ours.
    pub fn own_place(&self, form: &Form, lang: Lang) -> Place {
        let path = self.form_path(form);
        Place { schema: format!("{path}/schema.json?lang={}", lang.tag()), action: path, layout: form.layout }
    }

    /// Where a form of this visit posts to. In a frame the address says so: also the answer to a
    /// post that can't be read stands there.
    pub fn action(&self, on: &FormVisit) -> String {
        format!("{}{}", self.form_path(&on.form), if on.visit.framed { "?frame=1" } else { "" })
    }

    /// Where a form stands on somebody else's page.
    pub fn foreign_place(&self, form: &Form, lang: Lang, layout: Option<Layout>) -> Place {
        let own = self.own_place(form, lang);
        let absolute = |path: String| format!("{}{path}", self.origin);
        Place { action: absolute(own.action), schema: absolute(own.schema), layout: layout.unwrap_or(form.layout) }
    }

    /// The site of a form; without one, the installation's only site.
    pub fn site(&self, form: Option<&Form>) -> Option<&Site> {
        match (form, self.settings.sites.as_slice()) {
            (Some(form), _) => self.settings.site(&form.site).map(Arc::as_ref),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    /// The frame of a page with this heading.
    pub fn frame(&self, lang: Lang, heading: &str, form: Option<&Form>) -> Frame<'_> {
        Frame::new(lang, heading, self.site(form), &self.base, &self.assets)
    }
}
