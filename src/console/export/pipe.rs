//! From the thread that writes an export to the connection that takes it.
//!
//! Holds a few pieces at a time, so that neither a large export nor a slow reader takes memory, and
//! wipes each once it is sent. A file that was not written to its end breaks off: its last byte never
//! looks like one. Refuses to keep anything on disk.

use axum::body::{Body, Bytes};
use std::io::{self, Write};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// Bytes of a piece.
const PIECE: usize = 64 * 1024;
/// Pieces that wait to be taken.
const WAITING: usize = 4;

enum Piece {
    Bytes(Bytes),
    /// The file is whole.
    End,
}

/// The end that is written to, by a thread that may block.
pub(super) struct Pipe {
    sender: mpsc::Sender<Piece>,
    runtime: Handle,
    stop: CancellationToken,
    buffer: Zeroizing<Vec<u8>>,
}

/// A pipe and the body that comes out of it. Once it is stopped, nothing more goes in.
pub(super) fn pipe(stop: CancellationToken) -> (Pipe, Body) {
    let (sender, receiver) = mpsc::channel(WAITING);
    let pieces = futures_util::stream::unfold(Some(receiver), async |receiver| {
        let mut receiver: mpsc::Receiver<Piece> = receiver?;
        match receiver.recv().await {
            Some(Piece::Bytes(bytes)) => Some((Ok(bytes), Some(receiver))),
            Some(Piece::End) => None,
            None => Some((Err(io::Error::from(io::ErrorKind::UnexpectedEof)), None)),
        }
    });
    let buffer = Zeroizing::new(Vec::with_capacity(PIECE));
    (Pipe { sender, runtime: Handle::current(), stop, buffer }, Body::from_stream(pieces))
}

impl Pipe {
    /// Says that the file is whole.
    pub(super) fn end(self) -> io::Result<()> {
        self.send(Piece::End)
    }

    /// Waits until there is room.
    fn send(&self, piece: Piece) -> io::Result<()> {
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => Err(io::ErrorKind::ConnectionAborted.into()),
                sent = self.sender.send(piece) => sent.map_err(|_| io::ErrorKind::BrokenPipe.into()),
            }
        })
    }

    fn send_buffer(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let full = std::mem::replace(&mut self.buffer, Zeroizing::new(Vec::with_capacity(PIECE)));
        self.send(Piece::Bytes(Bytes::from_owner(full)))
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() == PIECE {
            self.send_buffer()?;
        }
        Ok(taken)
    }

    /// Waits until everything has been taken.
    fn flush(&mut self) -> io::Result<()> {
        self.send_buffer()?;
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => Err(io::ErrorKind::ConnectionAborted.into()),
                all = self.sender.reserve_many(WAITING) => {
                    all.map(drop).map_err(|_| io::ErrorKind::BrokenPipe.into())
                }
            }
        })
    }
}
