//! Character encodings of posts: UTF-8, and Shift_JIS as old Japanese pages still send it.

use super::DecodeError;
use encoding_rs::SHIFT_JIS;

/// A character encoding that posts may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// UTF-8.
    Utf8,
    /// Shift_JIS as browsers mean it: Windows code page 932 with NEC and IBM characters (髙, 﨑).
    ShiftJis,
}

impl Charset {
    /// The encoding with this label.
    pub(super) fn from_label(label: &str) -> Result<Self, DecodeError> {
        match label.trim().to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Ok(Self::Utf8),
            "shift_jis" | "shift-jis" | "sjis" | "x-sjis" | "windows-31j" | "ms_kanji" | "csshiftjis" | "ms932"
            | "cp932" => Ok(Self::ShiftJis),
            _ => Err(DecodeError::UnsupportedCharset),
        }
    }

    /// The encoding of a post from its two possible declarations: the `charset` parameter and the
    /// `_charset_` input. Where both are there they must agree.
    pub(super) fn declared(parameter: Option<&str>, input: Option<&[u8]>) -> Result<Self, DecodeError> {
        let parameter = parameter.map(Self::from_label).transpose()?;
        let input = input
            .filter(|label| !label.is_empty())
            .map(|label| std::str::from_utf8(label).map_err(|_| DecodeError::UnsupportedCharset))
            .transpose()?
            .map(Self::from_label)
            .transpose()?;
        match (parameter, input) {
            (Some(one), Some(other)) if one != other => Err(DecodeError::UnsupportedCharset),
            (one, other) => Ok(one.or(other).unwrap_or(Self::Utf8)),
        }
    }

    /// Decodes strictly: nothing is ever replaced.
    pub(super) fn decode(self, bytes: Vec<u8>) -> Result<String, DecodeError> {
        match self {
            Self::Utf8 => String::from_utf8(bytes).map_err(|_| DecodeError::InvalidText),
            Self::ShiftJis => SHIFT_JIS
                .decode_without_bom_handling_and_without_replacement(&bytes)
                .map(std::borrow::Cow::into_owned)
                .ok_or(DecodeError::InvalidText),
        }
    }
}
