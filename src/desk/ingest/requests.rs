//! People's requests about their own data: stored once, with their mail; no lead is made of one.

use super::IngestError;
use super::batch::{Done, Workbench};
use crate::crypto::open::Opened;
use crate::crypto::protect::protect_request;
use crate::desk::store::{NewRequest, RequestStatus};
use crate::domain::field::FieldKind;
use sha2::{Digest, Sha256};

/// Whether it is a request that names nobody: capture seals no such thing.
pub(super) fn names_nobody(opened: &Opened) -> bool {
    let submission = opened.submission();
    submission.request.is_some() && submission.requester().is_none()
}

impl Workbench {
    /// Stores requests one by one; they are few. The key of the address is durable before it, as a
    /// lead's is.
    pub(super) fn store_requests(&self, requests: &[Opened], done: &mut Done) -> Result<(), IngestError> {
        for opened in requests {
            self.store_request(opened, done)?;
        }
        Ok(())
    }

    fn store_request(&self, opened: &Opened, done: &mut Done) -> Result<(), IngestError> {
        let token = opened.header().token;
        let index = self.keyring.index_keys();
        let keys = self.keyring.create_lead_keys(&[token])?;
        let protected = keys.first().and_then(|key| protect_request(opened, key, index, self.entropy.as_ref()));
        let Some(request) = protected else { return Ok(self.keyring.erase_lead(token)?) };
        let site = &request.header().site;
        let is_same = |address: &str| index.hash(site, FieldKind::Email, address) == request.index();
        let new = NewRequest {
            request: &request,
            secret_sha256: Sha256::digest(self.keyring.request_secret(token).as_bytes()).into(),
            is_same: &is_same,
            mails_per_day: self.request_mails_per_day,
            asked_by: None,
        };
        if let Some(status) = self.store.store_request(&new)? {
            done.has_deliveries |= matches!(status, RequestStatus::Open | RequestStatus::Nothing);
            metrics::counter!(
                "leadseal_requests_total", "kind" => request.kind().word(), "status" => status.word()
            )
            .increment(1);
        }
        // A key is kept as long as there is an address to open with it.
        if self.store.request(token)?.is_none_or(|request| request.sealed.is_none()) {
            self.keyring.erase_lead(token)?;
        }
        Ok(())
    }
}
