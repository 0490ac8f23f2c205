//! Decoding: the bytes of a post to named texts. Strict: what cannot be read exactly is refused,
//! never guessed, and limits hold while reading, not afterwards.
//!
//! What a browser's page sends besides the form's fields is decided here:
//! - the reserved inputs ([`reserved`]) are taken out; one of
//!   them sent twice makes the post malformed;
//! - other names are sorted out later against the form.

mod charset;
mod content_type;
mod json;
mod kept;
mod multipart;
mod urlencoded;

use super::reserved;
use crate::domain::attribution::AttributionKey;
use crate::domain::lang::Lang;
use crate::domain::pii::Pii;
use charset::Charset;
use content_type::ContentType;

/// Limits on a post. The size of the whole body is limited before it gets here.
#[derive(Debug, Clone, Copy)]
pub struct DecodeLimits {
    /// Most values, also unknown and empty ones.
    pub max_values: usize,
    /// Longest value in bytes, after decoding.
    pub max_value_bytes: usize,
    /// Longest name in bytes, after decoding.
    pub max_name_bytes: usize,
    /// Deepest nesting of JSON; the outer object counts as one.
    pub max_depth: usize,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { max_values: 200, max_value_bytes: 64 * 1024, max_name_bytes: 100, max_depth: 2 }
    }
}

/// Why a post cannot be read. Holds no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not urlencoded, multipart/form-data or JSON.
    #[error("the content type is not supported")]
    UnsupportedMediaType,
    /// Neither UTF-8 nor Shift_JIS, or two contradictory declarations.
    #[error("the character encoding is not supported")]
    UnsupportedCharset,
    /// Bytes that are no text of the declared encoding, or a NUL.
    #[error("the text is not valid in its encoding")]
    InvalidText,
    /// The syntax of the encoding is broken, or a reserved input came twice.
    #[error("the body is malformed")]
    Malformed,
    /// JSON: the same key twice.
    #[error("the same key came more than once")]
    RepeatedKey,
    /// More values than allowed.
    #[error("too many values")]
    TooManyValues,
    /// A name or value longer than allowed.
    #[error("a name or value is too long")]
    TooLong,
    /// JSON: nested deeper than allowed.
    #[error("the body is nested too deeply")]
    TooDeep,
    /// A file, which no form takes.
    #[error("files are not taken")]
    FileNotAllowed,
}

impl DecodeError {
    /// The HTTP status that fits (RFC 9110).
    pub const fn status(self) -> u16 {
        match self {
            Self::UnsupportedMediaType | Self::UnsupportedCharset | Self::FileNotAllowed => 415,
            Self::TooManyValues | Self::TooLong => 413,
            Self::InvalidText | Self::Malformed | Self::RepeatedKey | Self::TooDeep => 400,
        }
    }

    /// The key of the sentence for the visitor.
    pub const fn message_key(self) -> &'static str {
        match self {
            Self::UnsupportedMediaType => "refused-unsupported-media-type",
            Self::UnsupportedCharset => "refused-unsupported-charset",
            Self::InvalidText => "refused-invalid-text",
            Self::Malformed => "refused-malformed",
            Self::RepeatedKey => "refused-repeated-key",
            Self::TooManyValues => "refused-too-many-values",
            Self::TooLong => "refused-too-long",
            Self::TooDeep => "refused-too-deep",
            Self::FileNotAllowed => "refused-file",
        }
    }
}

/// How a post was encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-www-form-urlencoded`.
    Urlencoded,
    /// `multipart/form-data`.
    Multipart,
    /// `application/json`.
    Json,
}

impl Encoding {
    /// True for the encodings in which browsers post forms by themselves.
    pub const fn is_browser(self) -> bool {
        matches!(self, Self::Urlencoded | Self::Multipart)
    }
}

/// One named text.
#[derive(Clone)]
pub(super) struct Input {
    pub(super) name: String,
    pub(super) value: Pii<String>,
}

/// What the page adds to the visitor's answers.
#[derive(Debug, Clone, Default)]
pub(super) struct PageInputs {
    pub(super) token: Option<Pii<String>>,
    pub(super) key: Option<Pii<String>>,
    pub(super) lang: Option<Lang>,
    pub(super) honeypot: Option<Pii<String>>,
    pub(super) proof: Option<Pii<String>>,
    pub(super) step: Option<Pii<String>>,
    pub(super) state: Option<Pii<String>>,
    pub(super) thanks: Option<Pii<String>>,
    pub(super) frame: Option<Pii<String>>,
    pub(super) captcha: Option<Pii<String>>,
}

/// A post as named texts. Only [`decode`] makes one.
pub struct Decoded {
    pub(super) encoding: Encoding,
    pub(super) inputs: Vec<Input>,
    pub(super) page: PageInputs,
}

impl std::fmt::Debug for Decoded {
    // Names come from outside too, so only their number is told.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoded").field("encoding", &self.encoding).field("inputs", &self.inputs.len()).finish()
    }
}

impl Decoded {
    /// How the post was encoded.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The language that the page says it is in.
    pub fn lang(&self) -> Option<Lang> {
        self.page.lang
    }

    /// What a confirm page's button asks for.
    pub fn step(&self) -> Option<&Pii<String>> {
        self.page.step.as_ref()
    }

    /// The sealed answers of a confirm page.
    pub fn state(&self) -> Option<&Pii<String>> {
        self.page.state.as_ref()
    }

    /// The page that is asked for after a success.
    pub fn thanks(&self) -> Option<&Pii<String>> {
        self.page.thanks.as_ref()
    }

    /// Whether the form stood in a frame.
    pub fn is_framed(&self) -> bool {
        self.page.frame.is_some()
    }

    /// The idempotency key of the page view: 1–200 bytes without control characters.
    pub fn idempotency_key(&self) -> Option<&Pii<String>> {
        self.page.key.as_ref()
    }
}

/// Decodes a post.
///
/// # Errors
/// When the body is not exactly a form in one of the three encodings, within the limits.
pub fn decode(content_type: &str, body: &[u8], limits: &DecodeLimits) -> Result<Decoded, DecodeError> {
    let content_type = ContentType::parse(content_type).ok_or(DecodeError::UnsupportedMediaType)?;
    let mut collector = Collector { limits, inputs: Vec::new() };
    let encoding = match content_type.essence.as_str() {
        "application/x-www-form-urlencoded" => {
            urlencoded::decode(&content_type, body, &mut collector)?;
            Encoding::Urlencoded
        }
        "multipart/form-data" => {
            multipart::decode(&content_type, body, &mut collector)?;
            Encoding::Multipart
        }
        "application/json" => {
            json::decode(&content_type, body, &mut collector)?;
            Encoding::Json
        }
        _ => return Err(DecodeError::UnsupportedMediaType),
    };
    let (page, inputs) = take_page_inputs(collector.inputs)?;
    Ok(Decoded { encoding, inputs, page })
}

/// What a site's own server says of a post besides the answers.
pub struct Told {
    /// The language of the page.
    pub lang: Option<Lang>,
    /// The idempotency key.
    pub key: String,
    /// Where the visitor came from. What stands among the answers too is taken from there.
    pub attribution: Vec<(AttributionKey, Pii<String>)>,
}

/// Decodes the answers of a signed post: JSON, in which no name is a page's own. A honeypot or a
/// form token among them is a field that the form does not have.
///
/// # Errors
/// When the answers are not exactly a form in JSON, within the limits.
pub fn decode_signed(answers: &str, told: Told, limits: &DecodeLimits) -> Result<Decoded, DecodeError> {
    let mut collector = Collector { limits, inputs: Vec::new() };
    let content_type = ContentType::parse("application/json").ok_or(DecodeError::UnsupportedMediaType)?;
    json::decode(&content_type, answers.as_bytes(), &mut collector)?;
    for (key, value) in told.attribution {
        if collector.inputs.iter().all(|input| input.name != key.word()) {
            collector.push(key.word().to_owned(), value)?;
        }
    }
    let page = PageInputs { lang: told.lang, key: Some(Pii::new(told.key)), ..PageInputs::default() };
    Ok(Decoded { encoding: Encoding::Json, inputs: collector.inputs, page })
}

/// Gathers values and holds them to the limits.
struct Collector<'a> {
    limits: &'a DecodeLimits,
    inputs: Vec<Input>,
}

impl Collector<'_> {
    /// Refuses a count of values beyond the limit.
    fn check_count(&self, count: usize) -> Result<(), DecodeError> {
        if count > self.limits.max_values { Err(DecodeError::TooManyValues) } else { Ok(()) }
    }

    /// Refuses a name or value beyond the limits. Sealed answers are as long as a whole post.
    fn check_lengths(&self, name: &[u8], value: usize) -> Result<(), DecodeError> {
        let sealed = name == reserved::STATE.as_bytes();
        let too_long = name.len() > self.limits.max_name_bytes || (value > self.limits.max_value_bytes && !sealed);
        if too_long { Err(DecodeError::TooLong) } else { Ok(()) }
    }

    fn push(&mut self, name: String, value: Pii<String>) -> Result<(), DecodeError> {
        self.check_count(self.inputs.len() + 1)?;
        self.check_lengths(name.as_bytes(), value.expose().len())?;
        if name.contains('\0') || value.expose().contains('\0') {
            return Err(DecodeError::InvalidText);
        }
        self.inputs.push(Input { name, value });
        Ok(())
    }

    /// Takes raw bytes of an encoding.
    fn push_bytes(&mut self, charset: Charset, name: Vec<u8>, value: Vec<u8>) -> Result<(), DecodeError> {
        self.check_lengths(&name, value.len())?;
        let name = charset.decode(name)?;
        let value = Pii::new(charset.decode(value)?);
        self.push(name, value)
    }
}

/// Takes the reserved inputs out of the others.
fn take_page_inputs(inputs: Vec<Input>) -> Result<(PageInputs, Vec<Input>), DecodeError> {
    let mut page = PageInputs::default();
    let (mut lang, mut charset) = (None, None);
    let mut others = Vec::with_capacity(inputs.len());
    for input in inputs {
        let slot = match input.name.as_str() {
            reserved::TOKEN => &mut page.token,
            reserved::KEY => &mut page.key,
            reserved::HONEYPOT => &mut page.honeypot,
            reserved::PROOF => &mut page.proof,
            reserved::STEP => &mut page.step,
            reserved::STATE => &mut page.state,
            reserved::THANKS => &mut page.thanks,
            reserved::FRAME => &mut page.frame,
            reserved::LANG => &mut lang,
            reserved::CHARSET => &mut charset,
            // Some scripts give their answer under two names at once.
            name if reserved::CAPTCHA.contains(&name) => {
                page.captcha = page.captcha.or(Some(input.value)).filter(|answer| !answer.is_empty());
                continue;
            }
            _ => {
                others.push(input);
                continue;
            }
        };
        if slot.replace(input.value).is_some() {
            return Err(DecodeError::Malformed);
        }
    }
    page.lang = lang.and_then(|tag| Lang::from_tag(tag.expose()));
    page.token = page.token.filter(|token| !token.is_empty());
    page.key = page.key.filter(|key| !key.is_empty());
    if page.key.as_ref().is_some_and(|key| key.expose().len() > 200 || key.expose().contains(char::is_control)) {
        return Err(DecodeError::Malformed);
    }
    Ok((page, others))
}

#[cfg(test)]
mod tests;
