//! The blind index: equal values can be found without opening any.
//!
//! Each site and field type has its own key, derived from one root that lives in the keyring, so
//! that nothing can be matched across sites. Refuses to be clever: no dots or tags are taken out
//! of an address, since two addresses that differ may be two people.

use crate::crypto::aead::{self, Key};
use crate::crypto::mac::MacKey;
use crate::domain::field::FieldKind;
use crate::domain::ids::SiteId;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

const LABEL: &str = "leadseal/v1/blind-index";
const POST_LABEL: &str = "leadseal/v1/once";

/// The blind-index keys of the installation: one per site and field type, derived.
pub struct IndexKeys {
    root: Key,
}

impl std::fmt::Debug for IndexKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IndexKeys(redacted)")
    }
}

impl IndexKeys {
    /// The keys under a root of 32 random bytes.
    pub fn from_bytes(root: [u8; 32]) -> Self {
        Self { root: Zeroizing::new(root) }
    }

    /// The blind index of a value: HMAC-SHA256 over its normal form for matching. Nothing for
    /// types without one.
    pub fn index(&self, site: &SiteId, kind: FieldKind, value: &str) -> Option<[u8; 32]> {
        kind.has_blind_index().then(|| self.hash(site, kind, value))
    }

    /// The mark of a post as the store keeps it: what capture nodes made under a key they share is
    /// worth nothing without the desk's own.
    pub fn post(&self, once: &[u8; 32]) -> [u8; 32] {
        let key = MacKey::from_bytes(*aead::derive(&self.root, None, &aead::named(POST_LABEL, &[])));
        key.mac(POST_LABEL, &[once])
    }

    /// The keyed hash of a value of any type, for `protect = "hash"`: where the type has a blind
    /// index, it is the same.
    pub fn hash(&self, site: &SiteId, kind: FieldKind, value: &str) -> [u8; 32] {
        let name = aead::named(LABEL, &[site.as_str().as_bytes(), kind.word().as_bytes()]);
        let key = MacKey::from_bytes(*aead::derive(&self.root, None, &name));
        key.mac(LABEL, &[normal_form(kind, value).as_bytes()])
    }
}

/// The form in which two values of a type are the same.
fn normal_form(kind: FieldKind, value: &str) -> Zeroizing<String> {
    let folded = gather(value.trim().nfkc().flat_map(char::to_lowercase));
    match kind {
        FieldKind::Email => ascii_domain(&folded).unwrap_or(folded),
        FieldKind::Company => fold_white_space(&folded),
        _ => gather(folded.trim().chars()),
    }
}

/// `x@例え.jp` → `x@xn--r8jz45g.jp` (UTS #46). Nothing when there is no domain to convert.
fn ascii_domain(address: &str) -> Option<Zeroizing<String>> {
    let (local, domain) = address.trim().rsplit_once('@')?;
    let domain = Zeroizing::new(idna::domain_to_ascii(domain).ok()?);
    Some(gather(local.chars().chain(['@']).chain(domain.chars())))
}

/// Runs of white space become one space.
fn fold_white_space(text: &str) -> Zeroizing<String> {
    let words = text.split_whitespace().enumerate();
    gather(words.flat_map(|(at, word)| (at > 0).then_some(' ').into_iter().chain(word.chars())))
}

/// Collects into a buffer of just the right size, since a growing one leaves copies behind.
fn gather(chars: impl Iterator<Item = char> + Clone) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(chars.clone().map(char::len_utf8).sum()));
    out.extend(chars);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> IndexKeys {
        IndexKeys::from_bytes([6; 32])
    }

    fn site() -> SiteId {
        "main".parse().unwrap()
    }

    fn same(kind: FieldKind, one: &str, other: &str) -> bool {
        keys().hash(&site(), kind, one) == keys().hash(&site(), kind, other)
    }

    #[test]
    fn spellings_of_one_value_match() {
        assert!(same(FieldKind::Email, "Taro@Example.CO.JP", " taro@example.co.jp\n"));
        assert!(same(FieldKind::Email, "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "taro@example.jp"));
        assert!(same(FieldKind::Email, "taro@例え.jp", "taro@xn--r8jz45g.jp"));
        assert!(same(FieldKind::Tel, "+819012345678", "+819012345678 "));
        assert!(same(FieldKind::Company, "ﾃｽﾄ株式会社　東京 ACME", "テスト株式会社 東京  acme"));
    }

    #[test]
    fn different_values_do_not() {
        assert!(!same(FieldKind::Email, "ta.ro@gmail.com", "taro@gmail.com"));
        assert!(!same(FieldKind::Email, "taro+x@example.jp", "taro@example.jp"));
        assert!(!same(FieldKind::Tel, "+819012345678", "+819012345679"));
        assert!(!same(FieldKind::Company, "髙﨑商店", "高崎商店"));
    }

    #[test]
    fn an_address_without_a_usable_domain_still_has_an_index() {
        for odd in ["taro", "taro@", "@", "a@b@c..d"] {
            assert!(same(FieldKind::Email, odd, &odd.to_uppercase()));
        }
    }

    #[test]
    fn site_type_and_root_keep_indexes_apart() {
        let value = "taro@example.jp";
        let index = keys().hash(&site(), FieldKind::Email, value);
        assert_ne!(index, keys().hash(&"other".parse().unwrap(), FieldKind::Email, value));
        assert_ne!(index, keys().hash(&site(), FieldKind::Tel, value));
        assert_ne!(index, IndexKeys::from_bytes([7; 32]).hash(&site(), FieldKind::Email, value));
    }

    #[test]
    fn only_some_types_have_one_but_every_type_can_be_hashed() {
        for kind in FieldKind::ALL {
            let index = keys().index(&site(), kind, "x");
            assert_eq!(index.is_some(), kind.has_blind_index());
            assert!(index.is_none_or(|index| index == keys().hash(&site(), kind, "x")));
        }
    }
}
