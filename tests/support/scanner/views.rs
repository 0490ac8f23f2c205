//! Views of bytes: the same bytes with one kind of writing undone, each byte knowing where it
//! stood. A view decodes what it recognises and leaves the rest as it lies.

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::borrow::Cow;

/// Reads one piece of a writing: what it stands for, and how many bytes it spans.
type Reading = fn(&[u8]) -> Option<(Vec<u8>, usize)>;

/// What a piece of writing stands for.
type Piece = Vec<u8>;

/// One kind of writing that can be undone.
struct Undoing {
    /// What findings call it.
    name: &'static str,
    /// The bytes a piece of it can start with.
    starts: &'static [u8],
    /// Reads one piece at the start of the bytes: what it stands for and how many bytes it spans.
    read: Reading,
}

const UNDOINGS: [Undoing; 7] = [
    Undoing { name: "unwrapped, ", starts: b"\r\n", read: line_break },
    Undoing { name: "percent, ", starts: b"%", read: percent },
    Undoing { name: "form, ", starts: b"+%", read: form_urlencoded },
    Undoing { name: "entity, ", starts: b"&", read: entity },
    Undoing { name: "backslash, ", starts: b"\\", read: backslash },
    Undoing { name: "quoted-printable, ", starts: b"=", read: quoted_printable },
    Undoing { name: "encoded-word, ", starts: b"=", read: encoded_word },
];

/// A stretch of a view's bytes and where it stood in the view it was made from.
struct Stretch {
    at: usize,
    from: usize,
    /// Its bytes stand as they stood; else all of them come from the one place `from`.
    verbatim: bool,
}

/// Bytes to search and where each of them came from.
pub struct View<'a> {
    name: String,
    bytes: Cow<'a, [u8]>,
    /// What it was made from, with the stretches it took over. Nothing: the bytes as they lie.
    made_from: Option<(&'a View<'a>, Vec<Stretch>)>,
}

impl<'a> View<'a> {
    /// The bytes as they lie.
    pub fn raw(bytes: &'a [u8]) -> Self {
        Self { name: String::new(), bytes: Cow::Borrowed(bytes), made_from: None }
    }

    /// What was undone, as a prefix for findings.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes to search.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the byte at `at` stood at first.
    pub fn origin(&self, at: usize) -> usize {
        let Some((before, stretches)) = &self.made_from else { return at };
        let Some(stretch) = stretches[..stretches.partition_point(|s| s.at <= at)].last() else { return 0 };
        before.origin(if stretch.verbatim { stretch.from + (at - stretch.at) } else { stretch.from })
    }

    /// The views in which one kind of writing is undone, those that differ from this one.
    pub fn decoded(&'a self) -> impl Iterator<Item = View<'a>> {
        UNDOINGS.iter().filter_map(|undoing| self.undone(undoing))
    }

    fn undone(&'a self, undoing: &Undoing) -> Option<View<'a>> {
        let starts = AhoCorasick::new(undoing.starts.iter().map(std::slice::from_ref)).ok()?;
        let (mut out, mut stretches) = (Vec::with_capacity(self.bytes.len()), Vec::new());
        let (mut taken, mut changed) = (0, false);
        for start in starts.find_iter(&*self.bytes).map(|found| found.start()) {
            // A start inside a piece that was read already is part of it.
            if start < taken {
                continue;
            }
            let Some((piece, length)) = (undoing.read)(&self.bytes[start..]) else { continue };
            changed = true;
            stretches.push(Stretch { at: out.len(), from: taken, verbatim: true });
            out.extend_from_slice(&self.bytes[taken..start]);
            stretches.push(Stretch { at: out.len(), from: start, verbatim: false });
            out.extend_from_slice(&piece);
            taken = start + length;
        }
        stretches.push(Stretch { at: out.len(), from: taken, verbatim: true });
        out.extend_from_slice(&self.bytes[taken..]);
        let name = format!("{}{}", self.name, undoing.name);
        changed.then_some(View { name, bytes: Cow::Owned(out), made_from: Some((self, stretches)) })
    }
}

/// Line breaks and the blanks that fold a header: base64 and long lines are wrapped with them.
fn line_break(bytes: &[u8]) -> Option<(Piece, usize)> {
    if !matches!(bytes[0], b'\r' | b'\n') {
        return None;
    }
    let length = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n' | b' ' | b'\t')).count();
    Some((Vec::new(), length))
}

fn percent(bytes: &[u8]) -> Option<(Piece, usize)> {
    (bytes[0] == b'%').then(|| hex_pair(bytes.get(1..3)?)).flatten().map(|byte| (vec![byte], 3))
}

/// `application/x-www-form-urlencoded`, where a space is a plus.
fn form_urlencoded(bytes: &[u8]) -> Option<(Piece, usize)> {
    if bytes[0] == b'+' { Some((vec![b' '], 1)) } else { percent(bytes) }
}

/// HTML entities: numbers in decimal and hex, and the five of XML.
fn entity(bytes: &[u8]) -> Option<(Piece, usize)> {
    if bytes[0] != b'&' {
        return None;
    }
    let end = bytes.iter().take(12).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(&bytes[1..end]).ok()?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c.to_string().into_bytes(), end + 1))
}

/// Backslash writing of JSON, JavaScript, Rust and C: `\u9ad9`, `\u{9ad9}`, `\xe9`, `\n`, `\"`.
fn backslash(bytes: &[u8]) -> Option<(Piece, usize)> {
    if bytes[0] != b'\\' {
        return None;
    }
    match bytes.get(1)? {
        b'u' if bytes.get(2) == Some(&b'{') => {
            let end = bytes.iter().take(12).position(|byte| *byte == b'}')?;
            let code = u32::from_str_radix(std::str::from_utf8(&bytes[3..end]).ok()?, 16).ok()?;
            Some((char::from_u32(code)?.to_string().into_bytes(), end + 1))
        }
        b'u' => {
            let first = unit(bytes.get(2..6)?)?;
            if let Some(c) = char::from_u32(u32::from(first)) {
                return Some((c.to_string().into_bytes(), 6));
            }
            let second = bytes.get(6..8).filter(|mark| *mark == b"\\u").and_then(|_| unit(bytes.get(8..12)?))?;
            let c = char::decode_utf16([first, second]).next()?.ok()?;
            Some((c.to_string().into_bytes(), 12))
        }
        b'x' => Some((vec![hex_pair(bytes.get(2..4)?)?], 4)),
        b'n' => Some((vec![b'\n'], 2)),
        b'r' => Some((vec![b'\r'], 2)),
        b't' => Some((vec![b'\t'], 2)),
        mark @ (b'"' | b'\'' | b'\\' | b'/') => Some((vec![*mark], 2)),
        _ => None,
    }
}

fn quoted_printable(bytes: &[u8]) -> Option<(Piece, usize)> {
    if bytes[0] != b'=' {
        return None;
    }
    if bytes.get(1..3) == Some(b"\r\n") {
        return Some((Vec::new(), 3));
    }
    if bytes.get(1) == Some(&b'\n') {
        return Some((Vec::new(), 2));
    }
    Some((vec![hex_pair(bytes.get(1..3)?)?], 3))
}

/// Encoded words of RFC 2047, joined to the next one when only blanks are between them.
fn encoded_word(bytes: &[u8]) -> Option<(Piece, usize)> {
    let (mut text, mut length) = one_encoded_word(bytes)?;
    loop {
        let blanks = bytes[length..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let Some((more, span)) = one_encoded_word(&bytes[length + blanks..]) else { return Some((text, length)) };
        text.extend(more);
        length += blanks + span;
    }
}

fn one_encoded_word(bytes: &[u8]) -> Option<(Piece, usize)> {
    let body = bytes.strip_prefix(b"=?")?;
    let body = &body[..body.len().min(200)];
    let mut parts = body.splitn(3, |byte| *byte == b'?');
    let (charset, kind, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let end = rest.windows(2).position(|mark| mark == b"?=")?;
    let text = &rest[..end];
    let decoded = match kind {
        b"b" | b"B" => LENIENT.decode(text).ok()?,
        b"q" | b"Q" => {
            let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'_' { b' ' } else { *byte }).collect();
            let quoted = Undoing { name: "", starts: b"=", read: quoted_printable };
            View::raw(&spaced).undone(&quoted).map_or(spaced.clone(), |view| view.bytes.into_owned())
        }
        _ => return None,
    };
    Some((decoded, 2 + charset.len() + 1 + kind.len() + 1 + end + 2))
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn hex_pair(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8)
}

fn unit(digits: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u16::from_str_radix(text, 16).ok()
}
