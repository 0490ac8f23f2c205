//! The envelope `LSE1` on the wire: strict canonical form of header, encapsulated key, ciphertext.
//!
//! ```text
//! magic "LSE1"            4
//! suite                   1   1 X-Wing, 2 X25519
//! epoch                   4
//! site                    1 + n
//! form                    1 + n
//! form version            8
//! lead token             20
//! received at             4   minutes since 1970-01-01T00:00Z
//! ------------------------    up to here: the header, which is the HPKE `info`
//! encapsulated key        4 + n
//! ciphertext and tag      4 + n
//! ```
//!
//! Numbers are big-endian. There is one form for one content: ids that are no ids, keys and
//! ciphertexts of another length than the suite and the size buckets have, and bytes behind the
//! end are refused.

use super::payload;
use super::wire::Reader;
use crate::domain::ids::{EpochId, FormId, FormVersion, SiteId};
use crate::domain::settings::SuiteName;
use crate::domain::token::Token;
use jiff::Timestamp;

const MAGIC: &[u8; 4] = b"LSE1";
/// AES-256-GCM's tag behind the ciphertext.
pub(super) const TAG_LEN: usize = 16;

/// What stands in the clear, and is bound to the ciphertext as the HPKE `info`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The suite.
    pub suite: SuiteName,
    /// The epoch whose public key it was sealed to.
    pub epoch: EpochId,
    /// The site.
    pub site: SiteId,
    /// The form.
    pub form: FormId,
    /// The definition of the form the visitor saw.
    pub form_version: FormVersion,
    /// The lead's token.
    pub token: Token,
    /// When it was taken in, cut to the minute.
    pub received_at: Timestamp,
}

/// A sealed submission: the only thing the spool takes. Only [`super::seal::seal`] makes one.
#[derive(Debug, Clone)]
pub struct Sealed {
    pub(super) header: Header,
    pub(super) bytes: Vec<u8>,
}

impl Sealed {
    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The envelope's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A parsed envelope, not yet authenticated.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// What the header claims.
    pub header: Header,
    // Read by `open` alone, which a build without the desk does not have.
    #[cfg_attr(not(feature = "desk"), allow(dead_code))]
    pub(super) info: Vec<u8>,
    #[cfg_attr(not(feature = "desk"), allow(dead_code))]
    pub(super) encapsulated: Vec<u8>,
    #[cfg_attr(not(feature = "desk"), allow(dead_code))]
    pub(super) ciphertext: Vec<u8>,
}

/// Why bytes are no envelope. Never holds their content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Cut short, over-long, or not canonical.
    #[error("malformed envelope")]
    Malformed,
    /// A version this binary does not know.
    #[error("unknown envelope version")]
    UnknownVersion,
    /// A suite this binary does not know.
    #[error("unknown envelope suite")]
    UnknownSuite,
}

impl Envelope {
    /// Parses an envelope strictly: one canonical form, no trailing bytes.
    ///
    /// # Errors
    /// When the bytes are not exactly one envelope of a known version and suite.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let mut reader = Reader::new(bytes);
        check_magic(reader.take(MAGIC.len()))?;
        let suite = suite_from_id(reader.u8().ok_or(EnvelopeError::Malformed)?)?;
        let header = read_header(&mut reader, suite).ok_or(EnvelopeError::Malformed)?;
        let info = bytes[..bytes.len() - reader.left()].to_vec();
        let (encapsulated, ciphertext) = read_sealed(reader, suite).ok_or(EnvelopeError::Malformed)?;
        Ok(Self { header, info, encapsulated, ciphertext })
    }
}

/// Tells another version of ours from what was never an envelope.
fn check_magic(magic: Option<&[u8]>) -> Result<(), EnvelopeError> {
    match magic {
        Some(magic) if magic == MAGIC => Ok(()),
        Some([b'L', b'S', b'E', b'0'..=b'9']) => Err(EnvelopeError::UnknownVersion),
        _ => Err(EnvelopeError::Malformed),
    }
}

pub(super) const fn suite_id(suite: SuiteName) -> u8 {
    match suite {
        SuiteName::XWing => 1,
        SuiteName::X25519 => 2,
    }
}

pub(super) const fn suite_from_id(id: u8) -> Result<SuiteName, EnvelopeError> {
    match id {
        1 => Ok(SuiteName::XWing),
        2 => Ok(SuiteName::X25519),
        _ => Err(EnvelopeError::UnknownSuite),
    }
}

/// How long a suite's encapsulated key is (RFC 9180 §7.1; draft-ietf-hpke-pq for X-Wing).
pub(super) const fn encapsulated_len(suite: SuiteName) -> usize {
    match suite {
        SuiteName::XWing => 1120,
        SuiteName::X25519 => 32,
    }
}

fn read_header(reader: &mut Reader<'_>, suite: SuiteName) -> Option<Header> {
    Some(Header {
        suite,
        epoch: EpochId(reader.u32()?),
        site: reader.word()?.parse().ok()?,
        form: reader.word()?.parse().ok()?,
        form_version: FormVersion(reader.array()?),
        token: Token::from_bytes(reader.array()?),
        received_at: Timestamp::from_second(i64::from(reader.u32()?) * 60).ok()?,
    })
}

fn read_sealed(mut reader: Reader<'_>, suite: SuiteName) -> Option<(Vec<u8>, Vec<u8>)> {
    let encapsulated = reader.long().filter(|key| key.len() == encapsulated_len(suite))?;
    let ciphertext = reader.long().filter(|text| text.len().checked_sub(TAG_LEN).is_some_and(payload::is_bucket))?;
    reader.end()?;
    Some((encapsulated.to_vec(), ciphertext.to_vec()))
}

/// Minutes since the Unix epoch. Earlier instants count as its first minute; the calendar's last
/// year still fits in 32 bits.
fn minutes(at: Timestamp) -> u32 {
    u32::try_from(at.as_second().div_euclid(60)).unwrap_or(0)
}

/// An instant as an envelope can say it.
pub(super) fn cut_to_minute(at: Timestamp) -> Timestamp {
    Timestamp::from_second(i64::from(minutes(at)) * 60).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Appends bytes behind a length of four bytes.
pub(super) fn write_length(out: &mut Vec<u8>, length: usize) {
    // Keys and buckets are far below 4 GiB.
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

/// Appends the header in its canonical form.
pub(super) fn write_header(header: &Header, out: &mut Vec<u8>) {
    out.extend_from_slice(MAGIC);
    out.push(suite_id(header.suite));
    out.extend_from_slice(&header.epoch.0.to_be_bytes());
    for id in [header.site.as_str(), header.form.as_str()] {
        // Ids have at most 40 characters.
        out.push(u8::try_from(id.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(id.as_bytes());
    }
    out.extend_from_slice(&header.form_version.0);
    out.extend_from_slice(header.token.as_bytes());
    out.extend_from_slice(&minutes(header.received_at).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::seal::tests::{context, sealed_bytes};
    use super::*;
    use proptest::prelude::*;

    fn parse_error(bytes: &[u8]) -> EnvelopeError {
        Envelope::parse(bytes).expect_err("must be refused")
    }

    #[test]
    fn the_header_is_read_back_and_cut_to_the_minute() {
        for suite in [SuiteName::XWing, SuiteName::X25519] {
            let envelope = Envelope::parse(&sealed_bytes(suite)).unwrap();
            let expected = context();
            assert_eq!(envelope.header.suite, suite);
            assert_eq!(envelope.header.epoch, EpochId(7));
            assert_eq!(envelope.header.site, expected.site);
            assert_eq!(envelope.header.form, expected.form);
            assert_eq!(envelope.header.form_version, expected.form_version);
            assert_eq!(envelope.header.token, expected.token);
            assert_eq!(envelope.header.received_at.to_string(), "2026-11-22T09:41:00Z");
        }
    }

    #[test]
    fn other_versions_and_suites_are_told_from_garbage() {
        let mut bytes = sealed_bytes(SuiteName::X25519);
        bytes[3] = b'2';
        assert_eq!(parse_error(&bytes), EnvelopeError::UnknownVersion);
        bytes[3] = b'x';
        assert_eq!(parse_error(&bytes), EnvelopeError::Malformed);
        bytes[3] = b'1';
        bytes[4] = 9;
        assert_eq!(parse_error(&bytes), EnvelopeError::UnknownSuite);
        assert_eq!(parse_error(b""), EnvelopeError::Malformed);
        assert_eq!(parse_error(b"LSE"), EnvelopeError::Malformed);
        assert_eq!(parse_error(b"LSE1"), EnvelopeError::Malformed);
    }

    #[test]
    fn trailing_bytes_and_every_truncation_are_refused() {
        let bytes = sealed_bytes(SuiteName::X25519);
        for end in 0..bytes.len() {
            assert_eq!(parse_error(&bytes[..end]), EnvelopeError::Malformed, "cut at {end}");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(parse_error(&longer), EnvelopeError::Malformed);
    }

    #[test]
    fn ids_that_are_no_ids_are_refused() {
        let bytes = sealed_bytes(SuiteName::X25519);
        let site_at = 4 + 1 + 4;
        let site_len = usize::from(bytes[site_at]);
        for bad in [&b""[..], b"Main", b"ma in", b"\xff\xfe", "サイト".as_bytes(), b"1main"] {
            let mut other = bytes[..site_at].to_vec();
            other.push(u8::try_from(bad.len()).unwrap());
            other.extend_from_slice(bad);
            other.extend_from_slice(&bytes[site_at + 1 + site_len..]);
            assert_eq!(parse_error(&other), EnvelopeError::Malformed);
        }
    }

    #[test]
    fn a_ciphertext_that_fits_no_bucket_is_refused() {
        let bytes = sealed_bytes(SuiteName::X25519);
        let text_at = bytes.len() - (1024 + TAG_LEN) - 4;
        let mut other = bytes[..text_at].to_vec();
        write_length(&mut other, 1000 + TAG_LEN);
        other.extend_from_slice(&bytes[text_at + 4..text_at + 4 + 1000 + TAG_LEN]);
        assert_eq!(parse_error(&other), EnvelopeError::Malformed);
    }

    #[test]
    fn an_encapsulated_key_of_another_length_is_refused() {
        let bytes = sealed_bytes(SuiteName::X25519);
        let key_at = bytes.len() - (1024 + TAG_LEN) - 4 - 32;
        for wrong in [0, 31, 33] {
            let mut other = bytes[..key_at - 4].to_vec();
            write_length(&mut other, wrong);
            other.extend(std::iter::repeat_n(7, wrong));
            other.extend_from_slice(&bytes[key_at + 32..]);
            assert_eq!(parse_error(&other), EnvelopeError::Malformed, "{wrong} bytes");
        }
    }

    #[test]
    fn instants_before_1970_count_as_its_first_minute() {
        assert_eq!(cut_to_minute("1969-12-31T23:59:00Z".parse().unwrap()), Timestamp::UNIX_EPOCH);
        let last = cut_to_minute(Timestamp::MAX);
        assert!(last <= Timestamp::MAX && last > "9999-12-30T00:00:00Z".parse().unwrap());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
            let _ = Envelope::parse(&bytes);
            let _ = Envelope::parse(&[b"LSE1\x02", bytes.as_slice()].concat());
        }

        #[test]
        fn what_parses_is_canonical(at in 0usize..1200, to: u8) {
            let mut bytes = sealed_bytes(SuiteName::X25519);
            let at = at % bytes.len();
            bytes[at] = to;
            if let Ok(envelope) = Envelope::parse(&bytes) {
                let mut again = Vec::new();
                write_header(&envelope.header, &mut again);
                prop_assert_eq!(&again, &envelope.info);
                write_length(&mut again, envelope.encapsulated.len());
                again.extend_from_slice(&envelope.encapsulated);
                write_length(&mut again, envelope.ciphertext.len());
                again.extend_from_slice(&envelope.ciphertext);
                prop_assert_eq!(again, bytes);
            }
        }
    }
}
