//! The recovery key in words (BIP 39, English list): 256 random bits as 24 words whose checksum
//! catches a slip of the pen. Says which word is wrong, never what it reads.

use super::{KeyringError, RecoveryPhrase};
use crate::crypto::aead::Key;
use crate::domain::entropy::{Entropy, random_bytes};
use bip39::{Error, Language, Mnemonic};
use zeroize::Zeroizing;

const WORDS: usize = 24;
/// The list's longest word has eight letters; a space follows each.
const PHRASE_ROOM: usize = WORDS * 9;

/// The 32 bytes behind the words.
pub(super) struct Recovery(Key);

impl Recovery {
    pub(super) fn generate(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(random_bytes(entropy)))
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn phrase(&self) -> RecoveryPhrase {
        let Ok(mnemonic) = Mnemonic::from_entropy(self.0.as_slice()) else {
            unreachable!("32 bytes are a length that BIP 39 knows");
        };
        RecoveryPhrase(joined(mnemonic.words()))
    }

    /// Reads the words as a person typed them: any white space, any case.
    pub(super) fn parse(words: &str) -> Result<Self, KeyringError> {
        let count = words.split_whitespace().count();
        if count != WORDS {
            return Err(KeyringError::RecoveryWords(format!("{WORDS} words are needed, {count} were given")));
        }
        let mut phrase = joined(words.split_whitespace());
        phrase.make_ascii_lowercase();
        let mnemonic = Mnemonic::parse_in_normalized(Language::English, &phrase).map_err(complaint)?;
        let (bytes, _) = mnemonic.to_entropy_array();
        let bytes = Zeroizing::new(bytes);
        let mut key = Zeroizing::new([0u8; 32]);
        key.copy_from_slice(&bytes[..32]);
        Ok(Self(key))
    }
}

fn complaint(error: Error) -> KeyringError {
    KeyringError::RecoveryWords(match error {
        Error::UnknownWord(at) => format!("word {} is not in the list of recovery words", at + 1),
        _ => "they do not belong together; compare their order and spelling with the paper".to_owned(),
    })
}

fn joined<'a>(words: impl Iterator<Item = &'a str>) -> Zeroizing<String> {
    let mut phrase = Zeroizing::new(String::with_capacity(PHRASE_ROOM));
    for (at, word) in words.enumerate() {
        if at > 0 {
            phrase.push(' ');
        }
        phrase.push_str(word);
    }
    phrase
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::SeededEntropy;

    fn complaint_about(words: &str) -> String {
        Recovery::parse(words).err().unwrap().to_string()
    }

    #[test]
    fn words_read_back_however_they_are_typed() {
        let recovery = Recovery::generate(&SeededEntropy::new(1));
        let phrase = recovery.phrase();
        assert_eq!(phrase.expose().split(' ').count(), 24);
        let typed = format!("  {}\n", phrase.expose().to_uppercase().replace(' ', "\n\t"));
        assert_eq!(Recovery::parse(&typed).unwrap().as_bytes(), recovery.as_bytes());
    }

    #[test]
    fn it_is_bip_39() {
        // The reference vector for 256 bits of zero.
        let phrase = Recovery(Zeroizing::new([0; 32])).phrase();
        assert_eq!(phrase.expose(), format!("{}art", "abandon ".repeat(23)));
    }

    #[test]
    fn slips_are_named_without_repeating_the_words() {
        let phrase = Recovery::generate(&SeededEntropy::new(1)).phrase();
        let words: Vec<&str> = phrase.expose().split(' ').collect();
        assert!(complaint_about(&words[..23].join(" ")).contains("24 words are needed, 23 were given"));

        let mut unknown = words.clone();
        unknown[6] = "leadseal";
        let complaint = complaint_about(&unknown.join(" "));
        assert!(complaint.contains("word 7") && !complaint.contains("leadseal"), "{complaint}");

        let mut swapped = words.clone();
        swapped.swap(2, 3);
        assert!(complaint_about(&swapped.join(" ")).contains("order and spelling"));
    }
}
