//! What an e-mail address may be beyond what the library checks: safe in a header, mailable by
//! name, and not of a free provider where a business address is asked for.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Domains of free mail providers, Japanese carriers and access providers: one a line, `#` starts
/// a comment. Sub-domains count too.
const FREE_PROVIDERS: &str = include_str!("free_mail.txt");

static FREE: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    FREE_PROVIDERS.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
});

/// True for an address of plain characters, at a named host: no quotes, no spaces, no control
/// characters, no IP literal. Dots may stand anywhere in the local part: old addresses of
/// Japanese carriers (`da.me..@docomo.ne.jp`) are real although RFC 5322 has no such form.
pub(super) fn is_safe(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    (1..=64).contains(&local.len()) && local.bytes().all(is_local_byte) && address.len() <= 254 && is_host(domain)
}

/// An `atext` character or a dot (RFC 5322 §3.2.3), ASCII only: the relay may not speak SMTPUTF8.
fn is_local_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte)
}

/// Two labels or more of letters, digits and inner hyphens (RFC 1123 §2.1); the last is no number.
fn is_host(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.len() <= 253
        && labels.len() >= 2
        && labels.iter().all(is_label)
        && labels.last().is_some_and(|top| !top.bytes().all(|b| b.is_ascii_digit()))
}

/// True for an address of a free provider or a carrier.
pub(super) fn is_free_provider(address: &str) -> bool {
    let domain = address.rsplit_once('@').map_or(address, |(_, domain)| domain).to_ascii_lowercase();
    let mut rest = domain.as_str();
    loop {
        if FREE.contains(rest) {
            return true;
        }
        match rest.split_once('.') {
            Some((_, parent)) => rest = parent,
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_check_does_not_lean_on_the_library() {
        let long = format!("{}@example.jp", "x".repeat(65));
        for address in [
            "\"a@x\r\nBcc:v[127.0.0.1]\"",
            "a\r\nBcc: v@example.jp",
            "\"a b\"@example.jp",
            "a,b@example.jp",
            "<a@example.jp",
            "太郎@example.jp",
            "a@[127.0.0.1]",
            "a@example.jp\n",
            "a@localhost",
            "@example.jp",
            &long,
        ] {
            assert!(!is_safe(address), "{address:?}");
        }
        assert!(is_safe("da.me..@docomo.ne.jp"));
    }

    #[test]
    fn the_list_is_clean() {
        for domain in FREE.iter() {
            assert!(is_host(domain) && *domain == domain.to_ascii_lowercase(), "{domain}");
        }
        assert!(FREE.len() > 100);
    }

    #[test]
    fn sub_domains_of_a_provider_are_its_own_and_look_alikes_are_not() {
        assert!(is_free_provider("taro@gmail.com"));
        assert!(is_free_provider("taro@jcom.home.ne.jp"));
        assert!(is_free_provider("taro@mx3.biglobe.ne.jp"));
        assert!(!is_free_provider("taro@notgmail.com"));
        assert!(!is_free_provider("taro@gmail.com.example.jp"));
        assert!(!is_free_provider("taro@example.co.jp"));
    }
}
