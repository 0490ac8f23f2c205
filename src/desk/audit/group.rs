//! Kinds of actions: what the audit's lists are narrowed by.

use super::Action;

/// A kind of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Leads that came in, and the work on them.
    Leads,
    /// Who looked: values shown, searches, exports, the audit saved.
    Looks,
    /// People's requests, erasure, retention.
    Privacy,
    /// Mail that went out, or did not.
    Mail,
    /// Sign-in, sessions, accounts of staff.
    Staff,
    /// Keys, capture nodes, the store.
    System,
}

impl Group {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Looks, Self::Leads, Self::Privacy, Self::Mail, Self::Staff, Self::System];

    /// The kind's word. No action has the same.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Leads => "leads",
            Self::Looks => "looks",
            Self::Privacy => "privacy",
            Self::Mail => "mail",
            Self::Staff => "staff",
            Self::System => "system",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.word() == word)
    }

    /// The actions of this kind.
    pub fn actions(self) -> Vec<Action> {
        Action::ALL.into_iter().filter(|action| Self::of(*action) == self).collect()
    }

    /// The kind of an action.
    pub const fn of(action: Action) -> Self {
        use Action as A;
        match action {
            A::LeadStored
            | A::EnvelopeUnopened
            | A::EnvelopeReplayed
            | A::LeadQuarantined
            | A::QuarantineReleased
            | A::QuarantinePurged
            | A::LeadChanged
            | A::NoteAdded => Self::Leads,
            A::LeadRevealed
            | A::LeadsSearched
            | A::ExportMasked
            | A::ExportRevealed
            | A::ExportEnded
            | A::AuditSaved => Self::Looks,
            A::RequestStored
            | A::RequestMailed
            | A::RequestCarriedOut
            | A::RequestExpired
            | A::LeadErased
            | A::RetentionErased
            | A::RetentionClockConfirmed => Self::Privacy,
            A::NotificationSent | A::AutoReplySent | A::DeliveryDead | A::DeliveryRetried | A::StaffMailed => {
                Self::Mail
            }
            A::SignedIn
            | A::SignInRefused
            | A::SignedOut
            | A::SessionRevoked
            | A::StaffAdded
            | A::StaffChanged
            | A::StaffDisabled
            | A::SteppedUp => Self::Staff,
            A::KeyUse | A::NodeChanged | A::StoreRestored => Self::System,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_are_no_actions() {
        for group in Group::ALL {
            assert_eq!(Group::from_word(group.word()), Some(group));
            assert_eq!(Action::from_word(group.word()), None);
            assert!(!group.actions().is_empty());
        }
    }
}
