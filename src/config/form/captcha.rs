//! A form's captcha of somebody else's. Refuses a secret in the form file, and a verification that
//! anybody on the way could read.

use super::lower::Lowering;
use super::raw::CaptchaTable;
use crate::config::address::{is_loopback, web_trouble};
use crate::domain::captcha::Captcha;
use std::path::PathBuf;
use url::Url;

/// What the form says about its captcha. What is missing was said by the check against the schema.
pub(super) fn captcha(lowering: &mut Lowering<'_, '_>, table: &CaptchaTable) -> Option<Captcha> {
    let site_key = table.site_key.as_deref().and_then(|key| site_key(lowering, key));
    let secret_file = table.secret_file.as_deref()?;
    lowering.single_line("/form/captcha/secret_file", secret_file);
    let verify_url = table.verify_url.as_deref().map(|text| verify_url(lowering, text));
    Some(Captcha {
        provider: table.provider?,
        site_key: site_key?,
        secret_file: PathBuf::from(secret_file),
        verify_url: match verify_url {
            Some(known) => Some(known?),
            None => None,
        },
    })
}

/// A key as all three providers write it.
fn site_key(lowering: &mut Lowering<'_, '_>, key: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_key = (8..=200).contains(&key.len()) && key.bytes().all(plain);
    if !is_key {
        let fix = "copy the site key (not the secret key) from the provider's page";
        lowering.report.error("/form/captcha/site_key", "it is no site key", fix);
    }
    is_key.then(|| key.to_owned())
}

fn verify_url(lowering: &mut Lowering<'_, '_>, text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|_| web_trouble(text).is_none());
    let usable = url.filter(|url| url.scheme() == "https" || is_loopback(url));
    if usable.is_none() {
        let what = format!("`{}` is no https:// address", text.escape_debug());
        let fix = "leave `verify_url` out to ask the provider, or write the address of your relay";
        lowering.report.error("/form/captcha/verify_url", what, fix);
    }
    usable
}
