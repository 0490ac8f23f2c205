//! A writer that takes the SHA-256 of what goes through it.

use sha2::{Digest, Sha256};
use std::io::{self, Write};

pub(super) struct DigestWriter<'a> {
    out: &'a mut dyn Write,
    sha: Sha256,
    bytes: u64,
}

impl<'a> DigestWriter<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, sha: Sha256::new(), bytes: 0 }
    }

    /// The digest of all bytes that the output took, in hex, and how many they were.
    pub(super) fn finish(self) -> (String, u64) {
        (hex::encode(self.sha.finalize()), self.bytes)
    }
}

impl Write for DigestWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.out.write(bytes)?;
        self.sha.update(&bytes[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
