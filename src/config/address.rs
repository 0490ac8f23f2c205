//! Addresses in configuration: mail, web, origins. Only what can really be used passes.

use super::wording::has_control;
use crate::domain::origin::Origin;

/// Why a mail address can't be used, as the end of a sentence that begins with the address.
pub(super) fn mail_trouble(address: &str) -> Option<&'static str> {
    if has_control(address) {
        return Some("holds a line break or another control character");
    }
    if address.contains(['<', '>', ',', ';', ' ']) {
        return Some("is more than a bare address");
    }
    let Some((local, domain)) = address.rsplit_once('@') else { return Some("has no @") };
    if !address.is_ascii() {
        return Some("holds letters that most mail servers refuse");
    }
    let dotted = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
    if local.is_empty() || !dotted || domain.starts_with('[') {
        return Some("is not a name, an @ and a domain such as example.jp");
    }
    (!is_valid(address) || !is_mailable(address)).then_some("is not a valid mail address")
}

#[cfg(feature = "capture")]
fn is_valid(address: &str) -> bool {
    validator::ValidateEmail::validate_email(&address)
}

#[cfg(not(feature = "capture"))]
fn is_valid(_: &str) -> bool {
    true
}

#[cfg(feature = "desk")]
fn is_mailable(address: &str) -> bool {
    address.parse::<lettre::Address>().is_ok()
}

#[cfg(not(feature = "desk"))]
fn is_mailable(_: &str) -> bool {
    true
}

/// What puts a mail address right.
pub(super) const MAIL_FIX: &str = "write a bare address such as \"sales@your-company.jp\"";

/// Why a text is no web address, as the end of a sentence that begins with the address.
pub(super) fn web_trouble(text: &str) -> Option<&'static str> {
    if has_control(text) || text.contains(' ') {
        return Some("holds a space or a control character");
    }
    match url::Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") => Some("does not begin with https:// or http://"),
        Ok(url) if url.host_str().is_none() => Some("names no host"),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => Some("holds a login"),
        Ok(_) => None,
        Err(_) => Some("is no web address"),
    }
}

/// Reads the address of a listener as people reach it: scheme, host and port only.
///
/// # Errors
/// What is wrong with it and what puts it right.
pub(super) fn base_url(text: &str) -> Result<url::Url, (String, String)> {
    let shown = text.escape_debug();
    if let Some(trouble) = web_trouble(text) {
        return Err((
            format!("`{shown}` {trouble}"),
            "write scheme, host and port, e.g. \"https://forms.example.jp\"".into(),
        ));
    }
    let url = url::Url::parse(text).map_err(|_| (format!("`{shown}` is no web address"), String::new()))?;
    let origin = url.origin().ascii_serialization();
    if text.parse::<Origin>().is_err() {
        return Err((
            format!("`{shown}` has a path or a slash at its end"),
            format!("write \"{origin}\"; Leadseal needs a host name of its own"),
        ));
    }
    Ok(url)
}

/// Reads an allowed origin.
///
/// # Errors
/// What is wrong with it and what puts it right.
pub(super) fn origin(text: &str) -> Result<Origin, (String, String)> {
    let shown = text.escape_debug();
    match text {
        "*" => Err((
            "`*` would let every web site post to this form".into(),
            "list the sites one by one, e.g. \"https://www.example.jp\"".into(),
        )),
        "null" => Err((
            "the origin `null` is shared by everything that has no origin of its own".into(),
            "list the site's real origin, e.g. \"https://www.example.jp\"".into(),
        )),
        _ if text.contains('*') => {
            Err((format!("`{shown}` holds a `*`; origins are compared exactly"), "list each host of its own".into()))
        }
        _ => text.parse().map_err(|_| {
            let fix = match url::Url::parse(text).ok().as_ref().and_then(Origin::of_url) {
                Some(bare) => format!("write \"{bare}\""),
                None => "write scheme, host and perhaps a port, e.g. \"https://www.example.jp\"".to_owned(),
            };
            (format!("`{shown}` is no origin: scheme, host and port, without path or slash at the end"), fix)
        }),
    }
}

/// Whether an address is on this machine, where plain http tells nobody anything.
pub(super) fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_can_be_mailed_pass() {
        for good in ["sales@example.jp", "a.b+c@sub.example.co.jp"] {
            assert_eq!(mail_trouble(good), None, "{good}");
        }
        for bad in [
            "sales",
            "a@b",
            "@example.jp",
            "a@",
            "営業 <a@example.jp>",
            "a@example.jp, b@example.jp",
            "a@example.jp\r\nBcc: x@example.jp",
            "a@[127.0.0.1]",
            "太郎@example.jp",
            "a@example..jp",
            "a..b@example.jp",
        ] {
            assert!(mail_trouble(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn web_addresses_are_http_only() {
        assert_eq!(web_trouble("https://www.example.jp/privacy?x=1"), None);
        for bad in ["javascript:alert(1)", "www.example.jp", "data:x", "file:///etc", "https://u:p@example.jp", ""] {
            assert!(web_trouble(bad).is_some(), "{bad}");
        }
    }
}
