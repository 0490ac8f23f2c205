//! What carrying a request out would be about: which enquiries, masked. Opens nothing, changes nothing.

use super::{Custody, PrivacyError, with_person};
use crate::desk::store::{LeadView, LeadWork, RequestView};

/// Enquiries that are shown one by one.
const SHOWN: usize = 50;

/// What is held of a request's person, masked.
#[derive(Debug, Default)]
pub struct Preview {
    /// How many enquiries there are.
    pub count: usize,
    /// The first of them, the oldest first.
    pub leads: Vec<(LeadView, LeadWork)>,
}

/// Looks at what is held under a request's address. Nothing of a request that has ended.
///
/// # Errors
/// When the store can't be read.
pub fn preview(custody: &Custody, request: &RequestView) -> Result<Preview, PrivacyError> {
    let Custody { store, keyring } = custody;
    if !request.status.is_waiting() {
        return Ok(Preview::default());
    }
    let Some(found) = with_person(keyring, request, |person| store.leads_of(person)) else {
        return Ok(Preview::default());
    };
    let found = found?;
    let mut leads = Vec::new();
    for token in found.iter().take(SHOWN) {
        if let (Some(lead), Some(work)) = (store.lead(*token)?, store.work_on(*token)?) {
            leads.push((lead, work));
        }
    }
    Ok(Preview { count: found.len(), leads })
}
