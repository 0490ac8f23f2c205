//! `multipart/form-data` (RFC 7578), text parts only. The body is in memory already, so the
//! streaming parser is always ready and never waits.

use super::charset::Charset;
use super::content_type::ContentType;
use super::{Collector, DecodeError};
use crate::capture::intake::reserved;
use futures_util::FutureExt;
use futures_util::stream;
use multer::bytes::Bytes;
use multer::{Constraints, Field, Multipart, SizeLimit};
use std::convert::Infallible;

/// A part that is text: its name, its own encoding where it has one, and its bytes.
struct TextPart {
    name: Vec<u8>,
    charset: Option<Charset>,
    value: Vec<u8>,
}

/// Reads every part of a body.
pub(super) fn decode(
    content_type: &ContentType,
    body: &[u8],
    collector: &mut Collector<'_>,
) -> Result<(), DecodeError> {
    let boundary = content_type.param("boundary").filter(|text| is_boundary(text)).ok_or(DecodeError::Malformed)?;
    let per_part = u64::try_from(collector.limits.max_value_bytes).unwrap_or(u64::MAX);
    let constraints = Constraints::new().size_limit(SizeLimit::new().per_field(per_part));
    let chunk: Result<Bytes, Infallible> = Ok(Bytes::copy_from_slice(body));
    let mut parser = Multipart::with_constraints(stream::iter([chunk]), boundary, constraints);
    let mut parts = Vec::new();
    let mut seen = 0;
    while let Some(field) = ready(parser.next_field())? {
        seen += 1;
        collector.check_count(seen)?;
        parts.extend(text_part(field)?);
    }
    let default = parts.iter().find(|part| part.name == reserved::CHARSET.as_bytes());
    let default = Charset::declared(content_type.param("charset"), default.map(|part| part.value.as_slice()))?;
    parts.into_iter().try_for_each(|part| collector.push_bytes(part.charset.unwrap_or(default), part.name, part.value))
}

/// Runs a step of the parser, which has everything it could wait for.
fn ready<T>(step: impl Future<Output = multer::Result<T>>) -> Result<T, DecodeError> {
    match step.now_or_never() {
        Some(Ok(done)) => Ok(done),
        Some(Err(multer::Error::FieldSizeExceeded { .. })) => Err(DecodeError::TooLong),
        Some(Err(_)) | None => Err(DecodeError::Malformed),
    }
}

/// A part as text; nothing for a file input in which no file was chosen.
fn text_part(field: Field<'_>) -> Result<Option<TextPart>, DecodeError> {
    let name = field.name().ok_or(DecodeError::Malformed)?.as_bytes().to_vec();
    let file_name = field.file_name().map(str::is_empty);
    let header = |name: &str| field.headers().get(name).map(|value| value.to_str().map_err(|_| DecodeError::Malformed));
    let content_type = header("content-type").transpose()?.map(str::to_owned);
    let transfer = header("content-transfer-encoding").transpose()?.map(str::to_ascii_lowercase);
    let value = ready(field.bytes())?;
    match file_name {
        Some(true) if value.is_empty() => return Ok(None),
        Some(_) => return Err(DecodeError::FileNotAllowed),
        None => {}
    }
    if !matches!(transfer.as_deref(), None | Some("7bit" | "8bit" | "binary")) {
        return Err(DecodeError::Malformed);
    }
    Ok(Some(TextPart { name, charset: part_charset(content_type.as_deref())?, value: value.to_vec() }))
}

/// The encoding that a part declares. A part that is no text is a file without a name.
fn part_charset(content_type: Option<&str>) -> Result<Option<Charset>, DecodeError> {
    let Some(content_type) = content_type else { return Ok(None) };
    let content_type = ContentType::parse(content_type).ok_or(DecodeError::Malformed)?;
    if content_type.essence != "text/plain" {
        return Err(DecodeError::FileNotAllowed);
    }
    content_type.param("charset").map(Charset::from_label).transpose()
}

/// A boundary of RFC 2046 §5.1.1: 1–70 characters, not ending in a space.
fn is_boundary(text: &str) -> bool {
    (1..=70).contains(&text.len())
        && !text.ends_with(' ')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&b))
}
