//! The signature of a site's own server under its calls: Standard Webhooks' scheme (HMAC-SHA256,
//! base64, `v1,`) over call id, time, method, path and body.
//!
//! Owns the secret's written form and the signed text. Refuses to compare in any other than
//! constant time, and to say why a signature does not hold.

use super::mac::MacKey;
use crate::domain::entropy::Entropy;
use crate::domain::ids::SiteKeyId;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// What a signature of this scheme starts with.
const SCHEME: &str = "v1,";
/// Most signatures in one header: two while a secret changes, and some of schemes to come.
const MOST_SIGNATURES: usize = 8;
/// 32 bytes in base64 without padding.
const SECRET_LEN: usize = 43;

/// What two servers share. Wiped on drop, redacted in `Debug`.
#[derive(Debug, Clone)]
pub struct SiteSecret(MacKey);

/// A call as it is signed.
#[derive(Debug, Clone, Copy)]
pub struct SignedText<'a> {
    /// The call's id, without a dot.
    pub id: &'a str,
    /// Seconds since 1970, as the header has them.
    pub timestamp: &'a str,
    /// The method in capitals.
    pub method: &'a str,
    /// The path under the public address, `/site/v1/…`, without a query: it ends at the first dot.
    pub path: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// The signatures of a header that are of our scheme: at least one.
#[derive(Debug, Clone)]
pub struct Signatures(Vec<[u8; 32]>);

impl Signatures {
    /// Reads `v1,<base64> v1,<base64> …`; others than `v1` are passed over, as a sender may sign
    /// by a newer scheme too. Nothing when none is left or one is not 32 bytes.
    pub fn parse(header: &str) -> Option<Self> {
        let mut found = Vec::new();
        for (at, item) in header.split_ascii_whitespace().enumerate() {
            if at >= MOST_SIGNATURES {
                return None;
            }
            if let Some(text) = item.strip_prefix(SCHEME) {
                found.push(STANDARD.decode(text).ok()?.try_into().ok()?);
            }
        }
        (!found.is_empty()).then_some(Self(found))
    }
}

impl SiteSecret {
    /// A fresh secret.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(MacKey::generate(entropy))
    }

    /// Reads what [`Self::to_text`] wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        if text.len() != SECRET_LEN {
            return None;
        }
        let mut bytes = Zeroizing::new([0u8; 32]);
        let length = URL_SAFE_NO_PAD.decode_slice(text, bytes.as_mut_slice()).ok()?;
        (length == bytes.len()).then(|| Self(MacKey::from_bytes(*bytes)))
    }

    /// The secret in 43 characters of url-safe base64, for a private file.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }

    /// The whole key as its owner pastes it into the site: `lsk_<id>_<secret>`.
    pub fn written_key(&self, id: SiteKeyId) -> Zeroizing<String> {
        Zeroizing::new(format!("lsk_{id}_{}", *self.to_text()))
    }

    /// The header that signs a call.
    pub fn sign(&self, text: &SignedText<'_>) -> String {
        format!("{SCHEME}{}", STANDARD.encode(self.tag(text)))
    }

    /// Whether one of the signatures is this secret's. Looks at each to its end.
    pub fn verify(&self, text: &SignedText<'_>, signatures: &Signatures) -> bool {
        let tag = self.tag(text);
        let holds = signatures.0.iter().map(|one| tag.ct_eq(one)).reduce(|one, other| one | other);
        holds.is_some_and(bool::from)
    }

    fn tag(&self, text: &SignedText<'_>) -> [u8; 32] {
        let SignedText { id, timestamp, method, path, body } = *text;
        let parts = [id, ".", timestamp, ".", method, " ", path, "."].map(str::as_bytes);
        let mut all = parts.to_vec();
        all.push(body);
        self.0.bare(&all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::SeededEntropy;
    use proptest::prelude::*;

    /// Made with: printf '%s' TEXT | openssl dgst -sha256 -mac HMAC -macopt hexkey:KEY -binary | base64
    const GET: &str = "v1,NX+7hPnxRPyECoJGgNcbtcOcgJyq2rsat9P1YBwJdVk=";
    const POST: &str = "v1,Mi8C06Z8H1tZflW1yW4dNE6lEdrmizTIikGlwGR71/w=";

    fn secret() -> SiteSecret {
        SiteSecret(MacKey::from_bytes(std::array::from_fn(|at| at as u8)))
    }

    const fn get() -> SignedText<'static> {
        SignedText { id: "call-1", timestamp: "1764028800", method: "GET", path: "/site/v1/status", body: b"" }
    }

    fn post() -> SignedText<'static> {
        SignedText {
            id: "a_B-9",
            timestamp: "1764028801",
            method: "POST",
            path: "/site/v1/forms/contact/leads",
            body: "{\"answers\":{\"name\":\"髙﨑\"}}".as_bytes(),
        }
    }

    fn holds(text: &SignedText<'_>, header: &str) -> bool {
        Signatures::parse(header).is_some_and(|signatures| secret().verify(text, &signatures))
    }

    #[test]
    fn signatures_are_what_openssl_makes() {
        assert_eq!(secret().sign(&get()), GET);
        assert_eq!(secret().sign(&post()), POST);
        assert!(holds(&get(), GET) && holds(&post(), POST));
        assert!(!holds(&get(), POST) && !holds(&post(), GET));
    }

    #[test]
    fn one_of_several_suffices_and_other_schemes_are_passed_over() {
        assert!(holds(&get(), &format!("{POST} {GET}")));
        assert!(holds(&get(), &format!("v2,x v1a,y {GET}")));
        assert!(!holds(&get(), POST));
        assert!(Signatures::parse(&[GET; MOST_SIGNATURES].join(" ")).is_some());
        assert!(Signatures::parse(&[GET; MOST_SIGNATURES + 1].join(" ")).is_none());
    }

    #[test]
    fn what_is_no_signature_is_none() {
        let short = STANDARD.encode([1; 31]);
        for header in ["", " ", "v1,", "v1,!", &GET[3..], &GET[..40], &format!("v1,{short}"), "v2,AAAA", "V1,AAAA"] {
            assert!(Signatures::parse(header).is_none(), "{header}");
        }
    }

    #[test]
    fn every_part_of_the_call_is_signed() {
        let call = post();
        for changed in [
            SignedText { id: "a_B-8", ..call },
            SignedText { timestamp: "1764028802", ..call },
            SignedText { method: "PUT", ..call },
            SignedText { path: "/site/v1/forms/other/leads", ..call },
            SignedText { body: b"{}", ..call },
            SignedText { body: b"", ..call },
        ] {
            assert!(!holds(&changed, POST), "{changed:?}");
        }
        let signatures = Signatures::parse(POST).unwrap();
        assert!(!SiteSecret::generate(&SeededEntropy::new(1)).verify(&call, &signatures));
    }

    #[test]
    fn the_written_key_is_fixed_and_its_secret_reads_back() {
        let id: SiteKeyId = "abcdefg7".parse().unwrap();
        let written = secret().written_key(id);
        assert_eq!(*written, "lsk_abcdefg7_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
        let again = SiteSecret::from_text(written.rsplit_once("7_").unwrap().1).unwrap();
        assert_eq!(again.sign(&get()), GET);
        assert_eq!(format!("{again:?}"), "SiteSecret(MacKey(redacted))");
    }

    #[test]
    fn ids_are_eight_symbols() {
        let id = SiteKeyId::generate(&SeededEntropy::new(1));
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "abcdefg", "abcdefg77", "Abcdefg7", "abcdefg1", "abc efg7", "髙﨑ab"] {
            assert!(bad.parse::<SiteKeyId>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_no_secret_and_no_signature(text in "\\PC{0,60}") {
            prop_assume!(text.len() != SECRET_LEN);
            prop_assert!(SiteSecret::from_text(&text).is_none());
            prop_assert!(!holds(&get(), &text));
        }
    }
}
