//! A writer that takes the SHA-256 of what goes through it.

use sha2::{Digest, Sha256};
use std::io::{self, Write};

pub(super) struct DigestWriter<'a> {
    out: &'a mut dyn Write,
    sha: Sha256,
}

impl<'a> DigestWriter<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, sha: Sha256::new() }
    }

    /// The digest of all bytes that the output took, in hex.
    pub(super) fn finish(self) -> String {
        hex::encode(self.sha.finalize())
    }
}

impl Write for DigestWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.out.write(bytes)?;
        self.sha.update(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
