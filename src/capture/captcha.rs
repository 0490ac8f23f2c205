//! Asks a captcha's provider whether a post's answer is right: one call, one interface for all of
//! them. Tells the provider the secret and the answer; nothing of the visitor, not even the address.
//!
//! A provider that can't be asked is no reason to turn a person away, nor to let robots in: the
//! verdict says so, and screening falls back to our own check.

use crate::crypto::private_file;
use crate::domain::captcha::{Captcha, CaptchaVerdict};
use crate::domain::form::Form;
use crate::domain::ids::FormId;
use crate::domain::pii::Pii;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use url::form_urlencoded;
use zeroize::Zeroizing;

/// A visitor waits for the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Of which so long for the connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(3);
/// Longest answer of a script that is passed on, in bytes.
const MOST_ANSWER: usize = 8 * 1024;
/// Longest answer of a provider that is read, in bytes.
const MOST_VERDICT: usize = 64 * 1024;
/// Questions under way at once.
const MOST_UNDER_WAY: usize = 64;

/// Why captchas can't be verified: one line that names the setting and the fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CaptchaTrouble(String);

/// Asks the providers of the forms that have a captcha.
pub struct Verifiers {
    client: Option<reqwest::Client>,
    secrets: HashMap<FormId, Zeroizing<String>>,
    under_way: Semaphore,
}

/// What all providers answer.
#[derive(Deserialize)]
struct Answer {
    success: bool,
    #[serde(rename = "error-codes", default)]
    errors: Vec<String>,
}

impl Verifiers {
    /// Reads the forms' secrets. Connects to nothing.
    ///
    /// # Errors
    /// When a secret can't be read or others may read it, or this machine trusts no certificates.
    pub fn new(forms: &[Arc<Form>]) -> Result<Self, CaptchaTrouble> {
        let mut secrets = HashMap::new();
        for (form, captcha) in forms.iter().filter_map(|form| Some((form, form.captcha.as_ref()?))) {
            secrets.insert(form.id.clone(), read_secret(&form.id, &captcha.secret_file)?);
        }
        let client = if secrets.is_empty() { None } else { Some(client()?) };
        Ok(Self { client, secrets, under_way: Semaphore::new(MOST_UNDER_WAY) })
    }

    /// What the provider says of this answer to the form's captcha.
    pub async fn verdict(&self, form: &FormId, captcha: &Captcha, answer: Option<&Pii<String>>) -> CaptchaVerdict {
        let verdict = match answer {
            None => CaptchaVerdict::Missing,
            Some(answer) if answer.expose().len() > MOST_ANSWER => CaptchaVerdict::Failed,
            Some(answer) => self.ask(form, captcha, answer).await,
        };
        let outcome = match verdict {
            CaptchaVerdict::NotAsked => return verdict,
            CaptchaVerdict::Passed => "passed",
            CaptchaVerdict::Missing => "missing",
            CaptchaVerdict::Failed => "failed",
            CaptchaVerdict::Unknown => "unknown",
        };
        metrics::counter!("leadseal_captcha_total", "form" => form.to_string(), "outcome" => outcome).increment(1);
        verdict
    }

    async fn ask(&self, form: &FormId, captcha: &Captcha, answer: &Pii<String>) -> CaptchaVerdict {
        let (Some(client), Some(secret)) = (&self.client, self.secrets.get(form)) else {
            return CaptchaVerdict::Unknown;
        };
        let Ok(_place) = self.under_way.try_acquire() else { return CaptchaVerdict::Unknown };
        match question(client, captcha, secret, answer).await {
            Ok(answer) => judged(form, &answer),
            Err(trouble) => {
                tracing::warn!(%form, provider = captcha.provider.word(), trouble, "the captcha's provider can't be asked");
                CaptchaVerdict::Unknown
            }
        }
    }
}

/// Puts the question. What goes wrong is told in words of ours: an error of the library's may quote
/// an address.
async fn question(
    client: &reqwest::Client,
    captcha: &Captcha,
    secret: &Zeroizing<String>,
    answer: &Pii<String>,
) -> Result<Answer, &'static str> {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("secret", secret)
        .append_pair("response", answer.expose())
        .append_pair("sitekey", &captcha.site_key)
        .finish();
    let request = client.post(captcha.verify_at()).header(ACCEPT, "application/json");
    let asked = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body).send().await;
    let mut response = asked.map_err(|error| match error {
        error if error.is_timeout() => "no answer in time",
        error if error.is_connect() => "no connection",
        _ => "the call failed",
    })?;
    // Some tell an error by the status as well as in the body.
    if response.status().is_redirection() || response.status().is_server_error() {
        return Err("an answer that is none");
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| "the answer broke off")? {
        if bytes.len() + chunk.len() > MOST_VERDICT {
            return Err("an answer that is too long");
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).map_err(|_| "an answer that is none")
}

/// Tells a visitor's mistake from the operator's and the provider's.
fn judged(form: &FormId, answer: &Answer) -> CaptchaVerdict {
    if answer.success {
        return CaptchaVerdict::Passed;
    }
    let says = |word: &str| answer.errors.iter().any(|code| code.contains(word));
    if says("secret") || says("sitekey") {
        tracing::error!(%form, "the captcha's provider refuses the keys: compare [form.captcha] site_key and secret_file with the provider's page");
        return CaptchaVerdict::Unknown;
    }
    if says("internal-error") {
        return CaptchaVerdict::Unknown;
    }
    CaptchaVerdict::Failed
}

fn client() -> Result<reqwest::Client, CaptchaTrouble> {
    // An error means that the process has one already.
    let _there = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(PATIENCE)
        .connect_timeout(CONNECT_PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("leadseal/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|_| {
            CaptchaTrouble(
                "[form.captcha] this machine has no certificates to trust; install the package ca-certificates"
                    .to_owned(),
            )
        })
}

fn read_secret(form: &FormId, path: &Path) -> Result<Zeroizing<String>, CaptchaTrouble> {
    let trouble = |words: String| CaptchaTrouble(format!("form {form}: [form.captcha] secret_file {words}"));
    let text = private_file::read(path).map_err(|error| trouble(error.to_string()))?;
    let text = text.ok_or_else(|| trouble(format!("{} is not there; write the secret key into it", path.display())))?;
    let secret = Zeroizing::new(text.trim().to_owned());
    if secret.is_empty() {
        return Err(trouble(format!("{} is empty; write the provider's secret key into it", path.display())));
    }
    Ok(secret)
}
