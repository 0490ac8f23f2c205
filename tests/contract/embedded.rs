//! The embedded backend: the spool, read in the same process.

use crate::suite::{Rig, contract};
use leadseal::crypto::envelope::Sealed;
use leadseal::domain::clock::SystemClock;
use leadseal::queue::embedded::EmbeddedQueue;
use leadseal::queue::spool::{Accepted, Spool};
use std::sync::Arc;
use tempfile::TempDir;

pub struct Embedded {
    dir: TempDir,
    spool: Spool,
}

impl Embedded {
    fn open(dir: TempDir) -> Self {
        let spool = Spool::open(&dir.path().join("spool.db"), 1_000_000, Arc::new(SystemClock)).unwrap();
        Self { dir, spool }
    }
}

impl Rig for Embedded {
    type Queue = EmbeddedQueue;

    async fn start() -> Self {
        Self::open(tempfile::tempdir().unwrap())
    }

    async fn accept(&self, sealed: Sealed) {
        let token = sealed.header().token;
        assert_eq!(self.spool.accept(sealed, None).await, Ok(Accepted::Stored(token)));
    }

    fn queue(&self) -> EmbeddedQueue {
        EmbeddedQueue::new(self.spool.clone())
    }

    async fn restart(self) -> Self {
        let Self { dir, spool } = self;
        spool.close().await;
        Self::open(dir)
    }
}

contract!(Embedded);
