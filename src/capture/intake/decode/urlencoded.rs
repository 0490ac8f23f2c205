//! `application/x-www-form-urlencoded` (WHATWG URL §5.1), from raw bytes and strictly: a broken
//! percent escape or a byte outside the declared encoding refuses the post.

use super::charset::Charset;
use super::content_type::ContentType;
use super::{Collector, DecodeError};
use crate::capture::intake::reserved;

/// Splits, unescapes and decodes a body.
pub(super) fn decode(
    content_type: &ContentType,
    body: &[u8],
    collector: &mut Collector<'_>,
) -> Result<(), DecodeError> {
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        collector.check_count(pairs.len() + 1)?;
        let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &[][..]),
        };
        pairs.push((unescape(name)?, unescape(value)?));
    }
    let charset_input = pairs.iter().find(|(name, _)| name == reserved::CHARSET.as_bytes());
    let charset = Charset::declared(content_type.param("charset"), charset_input.map(|(_, value)| value.as_slice()))?;
    pairs.into_iter().try_for_each(|(name, value)| collector.push_bytes(charset, name, value))
}

/// Undoes `+` and `%xx`.
fn unescape(text: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => hex_digit(bytes.next())? << 4 | hex_digit(bytes.next())?,
            byte => *byte,
        });
    }
    Ok(out)
}

fn hex_digit(byte: Option<&u8>) -> Result<u8, DecodeError> {
    byte.and_then(|b| char::from(*b).to_digit(16)).map(|digit| digit as u8).ok_or(DecodeError::Malformed)
}
