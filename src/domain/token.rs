//! Tokens: opaque names for a lead or for one of its values.
//!
//! `ls_`, 160 random bits in lower-case base32 (RFC 4648 alphabet), and a check symbol (Luhn
//! mod 32) that catches a mistyped character and most swapped neighbours. A token holds no time
//! and no order, so it may stand wherever the value stood.

use super::base32::{ALPHABET, value_of, values_of};
use super::entropy::{Entropy, random_bytes};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

const PREFIX: &str = "ls_";
/// 160 bits are exactly 32 symbols of five bits.
const SYMBOLS: usize = 32;

/// An opaque, unguessable name: 160 random bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Token([u8; 20]);

/// The text is not a token: wrong prefix, length, alphabet or check symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a token (expected ls_ followed by 33 characters a-z, 2-7, the last a check symbol)")]
pub struct NotAToken;

impl Token {
    /// A fresh token.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(random_bytes(entropy))
    }

    /// The token with these raw bits.
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The raw bits.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    fn symbols(&self) -> [u8; SYMBOLS] {
        let mut out = [0u8; SYMBOLS];
        for (symbols, bytes) in out.chunks_exact_mut(8).zip(self.0.as_chunks::<5>().0) {
            symbols.copy_from_slice(&values_of(*bytes));
        }
        out
    }
}

/// Luhn mod 32 over the symbols.
fn check_symbol(symbols: &[u8]) -> u8 {
    let sum: u32 = symbols
        .iter()
        .rev()
        .enumerate()
        .map(|(i, symbol)| {
            let factor = if i % 2 == 0 { 2 } else { 1 };
            let addend = u32::from(*symbol) * factor;
            addend / 32 + addend % 32
        })
        .sum();
    ((32 - sum % 32) % 32) as u8
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbols = self.symbols();
        f.write_str(PREFIX)?;
        for symbol in symbols.iter().chain([&check_symbol(&symbols)]) {
            write!(f, "{}", char::from(ALPHABET[usize::from(*symbol)]))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Token {
    type Err = NotAToken;

    fn from_str(text: &str) -> Result<Self, NotAToken> {
        let body = text.strip_prefix(PREFIX).ok_or(NotAToken)?.as_bytes();
        if body.len() != SYMBOLS + 1 {
            return Err(NotAToken);
        }
        let mut symbols = [0u8; SYMBOLS + 1];
        for (slot, byte) in symbols.iter_mut().zip(body) {
            *slot = value_of(*byte).ok_or(NotAToken)?;
        }
        if check_symbol(&symbols[..SYMBOLS]) != symbols[SYMBOLS] {
            return Err(NotAToken);
        }
        let mut bytes = [0u8; 20];
        for (group, chunk) in symbols[..SYMBOLS].chunks_exact(8).enumerate() {
            let bits = chunk.iter().fold(0u64, |acc, symbol| (acc << 5) | u64::from(*symbol));
            bytes[group * 5..group * 5 + 5].copy_from_slice(&bits.to_be_bytes()[3..]);
        }
        Ok(Self(bytes))
    }
}

impl From<Token> for String {
    fn from(token: Token) -> Self {
        token.to_string()
    }
}

impl TryFrom<String> for Token {
    type Error = NotAToken;

    fn try_from(text: String) -> Result<Self, NotAToken> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::SeededEntropy;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(bytes: [u8; 20]) {
            let token = Token::from_bytes(bytes);
            prop_assert_eq!(token.to_string().parse::<Token>(), Ok(token));
        }

        #[test]
        fn one_wrong_character_is_noticed(bytes: [u8; 20], at in 3usize..36, to in 0usize..32) {
            let text = Token::from_bytes(bytes).to_string();
            let mut wrong = text.clone().into_bytes();
            wrong[at] = ALPHABET[to];
            let wrong = String::from_utf8_lossy(&wrong).into_owned();
            prop_assume!(wrong != text);
            prop_assert_eq!(wrong.parse::<Token>(), Err(NotAToken));
        }
    }

    #[test]
    fn the_written_form_is_fixed() {
        assert_eq!(Token::from_bytes([0; 20]).to_string(), format!("ls_{}", "a".repeat(33)));
        let token = Token::generate(&SeededEntropy::new(1));
        assert_eq!(token.to_string().len(), 36);
        assert!(token.to_string().to_uppercase().parse::<Token>().is_err());
        assert!("ls_".parse::<Token>().is_err());
    }
}
