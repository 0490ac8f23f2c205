//! The audit's words in the reader's language: who, what, why.

use crate::console::inbox::name_of;
use crate::console::words;
use crate::desk::privacy::BY_ITS_PERSON;
use crate::desk::store::StaffView;
use crate::domain::lang::Lang;
use crate::domain::lead::{NoLead, Reason};
use crate::domain::request::RequestKind;
use crate::i18n::{Arg, text, text_with};

/// What was done.
pub(super) fn did(action: &str, lang: Lang) -> String {
    text(lang, &format!("audit-did-{action}"))
}

/// Who did it.
pub(in crate::console) fn actor(actor: &str, colleagues: &[StaffView], lang: Lang) -> String {
    if let Some(Ok(id)) = actor.strip_prefix("staff:").map(str::parse) {
        return name_of(colleagues, id);
    }
    if let Some(user) = actor.strip_prefix("cli:") {
        return text_with(lang, "audit-by-command", &[("user", Arg::Text(user))]);
    }
    match actor {
        "desk" => text(lang, "audit-by-desk"),
        BY_ITS_PERSON => text(lang, "audit-by-person"),
        other => other.to_owned(),
    }
}

/// Why; a word that stands in no list as it is.
pub(super) fn why(reason: &str, lang: Lang) -> String {
    if let Ok(reason) = reason.parse::<Reason>() {
        return words::reason(reason, lang);
    }
    if let Some(reason) = NoLead::from_word(reason) {
        return words::no_lead(reason, lang);
    }
    let key = match reason {
        word if word == RequestKind::Access.reason() => "audit-reason-access-request",
        word if word == RequestKind::Erase.reason() => "audit-reason-erasure-request",
        "drained" => "audit-reason-drained",
        "node-lost" => "audit-reason-node-lost",
        "spools-empty" => "audit-reason-spools-empty",
        "key-exposed" => "audit-reason-key-exposed",
        other => return other.to_owned(),
    };
    text(lang, key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::audit::{Action, Group};

    #[test]
    fn every_action_and_kind_has_words() {
        for lang in Lang::ALL {
            for action in Action::ALL {
                let said = did(action.word(), lang);
                assert!(!said.starts_with("audit-did-"), "the message {said} is missing");
            }
            for group in Group::ALL {
                let key = format!("audit-group-{}", group.word());
                assert_ne!(text(lang, &key), key);
            }
        }
    }

    #[test]
    fn who_and_why_are_told_in_words() {
        assert_eq!(actor("desk", &[], Lang::En), "Leadseal");
        assert_eq!(actor("cli:root", &[], Lang::Ja), "コマンド（root）");
        assert_eq!(actor("staff:aaaaaaaa", &[], Lang::En), "aaaaaaaa");
        assert_eq!(why("reply", Lang::En), "To answer the enquiry");
        assert_eq!(why("erasure-request", Lang::Ja), "本人による消去の請求");
        assert_eq!(why("tomorrow", Lang::En), "tomorrow");
    }
}
