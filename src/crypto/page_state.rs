//! What a confirm page carries through the visitor's browser: everything they typed, sealed under a
//! secret of the day, so that nothing of it is kept on the server and nobody can change it.
//!
//! AES-256-GCM; the key is derived from the day's secret and made for this alone, the form's id is
//! part of what is authenticated. It opens no envelope: what is on disk stays sealed to the desk.

use super::aead;
use super::mac::MacKey;
use crate::domain::entropy::Entropy;
use crate::domain::ids::FormId;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

const KEY_LABEL: &str = "leadseal/v1/page-state key";
const LABEL: &str = "leadseal/v1/page-state";

/// Seals a text for a page of this form.
pub fn seal(secret: &MacKey, form: &FormId, text: &[u8], entropy: &dyn Entropy) -> String {
    let key = key_of(secret);
    URL_SAFE_NO_PAD.encode(aead::seal(&key, &aead::named(LABEL, &[form.as_str().as_bytes()]), text, entropy))
}

/// Opens what was sealed for a page of this form under this secret; nothing if it was changed.
pub fn open(secret: &MacKey, form: &FormId, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
    let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    aead::open(&key_of(secret), &aead::named(LABEL, &[form.as_str().as_bytes()]), &sealed)
}

fn key_of(secret: &MacKey) -> aead::Key {
    Zeroizing::new(secret.mac(KEY_LABEL, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::SeededEntropy;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn only_the_same_secret_form_and_bytes_open(text: Vec<u8>, at: usize, other in "[A-Za-z0-9_-]") {
            let (secret, form): (_, FormId) = (MacKey::from_bytes([1; 32]), "contact".parse().unwrap());
            let sealed = seal(&secret, &form, &text, &SeededEntropy::new(7));
            let opened = open(&secret, &form, &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), text.as_slice());
            prop_assert!(open(&MacKey::from_bytes([2; 32]), &form, &sealed).is_none());
            prop_assert!(open(&secret, &"contact-2".parse().unwrap(), &sealed).is_none());
            let at = at % sealed.len();
            let mut changed = sealed.clone();
            changed.replace_range(at..=at, &other);
            prop_assert!(changed == sealed || open(&secret, &form, &changed).is_none());
            prop_assert!(open(&secret, &form, &sealed[..at]).is_none());
        }
    }
}
