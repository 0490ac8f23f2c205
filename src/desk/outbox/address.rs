//! Addresses that can be mailed, and those that can't.
//!
//! The form's check and the mail library differ on some addresses. Old Japanese mobile addresses
//! (`da.me..@docomo.ne.jp`) are no dot-atom (RFC 5321 §4.1.2) but exist: their local part is
//! quoted, which names the same mailbox. A local part outside ASCII needs a relay that offers
//! SMTPUTF8 (RFC 6531). Everything else the library refuses is not mailed.

use lettre::Address;
use lettre::message::Mailbox;

/// Longest address in bytes (RFC 5321 §4.5.3.1.3, less the angle brackets).
const LONGEST: usize = 254;

/// An address that can be mailed.
#[derive(Clone)]
pub(super) struct Destination {
    /// For the envelope and the header.
    pub address: Address,
    /// The relay must offer SMTPUTF8.
    pub needs_utf8: bool,
}

/// The text is no address that can be mailed. Holds nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotMailable;

impl Destination {
    /// The address without a name, for a header.
    pub(super) fn mailbox(&self) -> Mailbox {
        Mailbox::new(None, self.address.clone())
    }
}

/// Reads an address as a visitor or an owner wrote it.
pub(super) fn destination(text: &str) -> Result<Destination, NotMailable> {
    let (local, domain) = text.rsplit_once('@').ok_or(NotMailable)?;
    if text.len() > LONGEST || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(NotMailable);
    }
    let domain = mailable_domain(domain)?;
    let local = if is_loose_dot_atom(local) { format!("\"{local}\"") } else { local.to_owned() };
    let address = Address::new(&local, &domain).map_err(|_| NotMailable)?;
    Ok(Destination { needs_utf8: !local.is_ascii(), address })
}

/// The domain in ASCII. Address literals (`[127.0.0.1]`, `127.0.0.1`) are refused: a visitor's
/// word must not point the relay at a machine.
fn mailable_domain(domain: &str) -> Result<String, NotMailable> {
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| NotMailable)?;
    let last = ascii.rsplit('.').next().unwrap_or_default();
    let named = !last.is_empty() && last.bytes().any(|b| b.is_ascii_alphabetic());
    if named { Ok(ascii) } else { Err(NotMailable) }
}

/// Only characters of an atom and dots, but with a dot at an end or two in a row.
fn is_loose_dot_atom(local: &str) -> bool {
    let atom = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    let loose = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    loose && local.len() <= 62 && local.bytes().all(atom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailable_addresses_are_read() {
        let cases = [
            ("taro@example.co.jp", "taro@example.co.jp", false),
            ("da.me..@docomo.ne.jp", "\"da.me..\"@docomo.ne.jp", false),
            (".a..b@docomo.ne.jp", "\".a..b\"@docomo.ne.jp", false),
            ("o'brien+x@example.ie", "o'brien+x@example.ie", false),
            ("taro@例え.jp", "taro@xn--r8jz45g.jp", false),
            ("太郎@example.jp", "太郎@example.jp", true),
        ];
        for (text, written, utf8) in cases {
            let destination = destination(text).unwrap_or_else(|_| panic!("{text} can be mailed"));
            assert_eq!((destination.address.as_ref() as &str, destination.needs_utf8), (written, utf8), "{text}");
        }
    }

    #[test]
    fn others_are_refused() {
        let long = format!("{}@example.jp", "a".repeat(250));
        let cases = [
            "",
            "taro",
            "@example.jp",
            "taro@",
            "a@b@[127.0.0.1]",
            "a@127.0.0.1",
            "a@[IPv6:::1]",
            "\"a@x\r\nBcc:v[127.0.0.1]\"",
            "a@x\r\nBcc:v[127.0.0.1]",
            "a b@example.jp",
            "a>@example.jp",
            "a\0@example.jp",
            "a@exa mple.jp",
            "a@-x.jp",
            "a,b@example.jp",
            "<a@example.jp>",
            &long,
        ];
        for text in cases {
            assert!(destination(text).is_err(), "{text:?}");
        }
    }
}
