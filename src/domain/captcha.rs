//! A captcha of somebody else's: which one, and what of it stands on a page. Refuses to ask whether
//! it was solved; capture does.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use url::Url;

/// Who runs the captcha. All three are asked in the same way: a `siteverify` call with a secret and
/// the answer that their script put into the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Cloudflare Turnstile.
    Turnstile,
    /// hCaptcha.
    Hcaptcha,
    /// Google reCAPTCHA, version 2 ("I'm not a robot").
    Recaptcha,
}

impl Provider {
    /// As in a form file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Turnstile => "turnstile",
            Self::Hcaptcha => "hcaptcha",
            Self::Recaptcha => "recaptcha",
        }
    }

    /// Where an answer is verified.
    pub const fn verify_url(self) -> &'static str {
        match self {
            Self::Turnstile => "https://challenges.cloudflare.com/turnstile/v0/siteverify",
            Self::Hcaptcha => "https://api.hcaptcha.com/siteverify",
            Self::Recaptcha => "https://www.google.com/recaptcha/api/siteverify",
        }
    }

    /// The script that draws it.
    pub const fn script_url(self) -> &'static str {
        match self {
            Self::Turnstile => "https://challenges.cloudflare.com/turnstile/v0/api.js",
            Self::Hcaptcha => "https://js.hcaptcha.com/1/api.js",
            Self::Recaptcha => "https://www.google.com/recaptcha/api.js",
        }
    }

    /// The class of the element that the script fills.
    pub const fn element_class(self) -> &'static str {
        match self {
            Self::Turnstile => "cf-turnstile",
            Self::Hcaptcha => "h-captcha",
            Self::Recaptcha => "g-recaptcha",
        }
    }

    /// The input that the script puts its answer into.
    pub const fn answer_input(self) -> &'static str {
        match self {
            Self::Turnstile => "cf-turnstile-response",
            Self::Hcaptcha => "h-captcha-response",
            Self::Recaptcha => "g-recaptcha-response",
        }
    }

    /// What a page's Content-Security-Policy must let it load, by directive: as each provider's
    /// documentation asks, and no more.
    pub const fn sources(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Turnstile => &[
                ("script-src", "https://challenges.cloudflare.com"),
                ("frame-src", "https://challenges.cloudflare.com"),
            ],
            Self::Hcaptcha => &[
                ("script-src", "https://hcaptcha.com https://*.hcaptcha.com"),
                ("frame-src", "https://hcaptcha.com https://*.hcaptcha.com"),
                ("style-src", "https://hcaptcha.com https://*.hcaptcha.com"),
                ("connect-src", "https://hcaptcha.com https://*.hcaptcha.com"),
            ],
            Self::Recaptcha => &[
                ("script-src", "https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/"),
                ("frame-src", "https://www.google.com/recaptcha/ https://recaptcha.google.com/recaptcha/"),
            ],
        }
    }
}

/// The captcha of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Captcha {
    /// Who runs it.
    pub provider: Provider,
    /// The public key, which stands on the page.
    pub site_key: String,
    /// The file of the secret. Where it lies does not change the form.
    #[serde(skip)]
    pub secret_file: PathBuf,
    /// Where answers are verified instead of at the provider's own address.
    #[serde(skip)]
    pub verify_url: Option<Url>,
}

impl Captcha {
    /// Where answers are verified.
    pub fn verify_at(&self) -> &str {
        self.verify_url.as_ref().map_or(self.provider.verify_url(), Url::as_str)
    }
}

/// What became of a post's captcha.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CaptchaVerdict {
    /// The form has none, or the post need not bring one.
    #[default]
    NotAsked,
    /// The provider says that it was solved.
    Passed,
    /// The post brought no answer, as from a browser without a script.
    Missing,
    /// The provider says that the answer is wrong, too old, or was used before.
    Failed,
    /// The provider could not be asked.
    Unknown,
}
