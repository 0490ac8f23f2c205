//! What follows from a lead: who is told, and whether the visitor gets an answer by mail.

use crate::crypto::open::Opened;
use crate::desk::store::{DeliveryKind, LeadFacts, NewDelivery};
use crate::domain::business_hours::BusinessHours;
use crate::domain::form::{AutoReply, Form};
use crate::domain::protect::Protect;
use crate::domain::submission::Submission;

/// The outbox rows of a submission: one per staff address, then the auto-reply.
pub(super) fn deliveries(form: &Form, submission: &Submission) -> Vec<NewDelivery> {
    let mut planned: Vec<NewDelivery> = Vec::new();
    for recipient in recipients(form, submission) {
        if !planned.iter().any(|known| known.recipient.as_ref() == Some(recipient)) {
            planned.push(NewDelivery { kind: DeliveryKind::Notification, recipient: Some(recipient.clone()) });
        }
    }
    if form.auto_reply.as_ref().is_some_and(|reply| can_be_answered(form, reply, submission)) {
        planned.push(NewDelivery { kind: DeliveryKind::AutoReply, recipient: None });
    }
    planned
}

/// What staff look for the lead by.
pub(super) fn facts(form: Option<&Form>, opened: &Opened, hours: &BusinessHours) -> LeadFacts {
    let minutes = form.and_then(|form| form.notify.answer_within_minutes);
    LeadFacts {
        source: Some(opened.submission().source()),
        due_at: minutes.map(|minutes| hours.due(opened.header().received_at, minutes)),
    }
}

/// The first route that holds decides; without one, the form's general recipients are told.
fn recipients<'a>(form: &'a Form, submission: &Submission) -> &'a [String] {
    let notify = &form.notify;
    let route = notify.routes.iter().find(|route| route.when.holds(submission.value(&route.when.field)));
    route.map_or(&notify.recipients, |route| &route.to)
}

/// An address was given, and it will still be there when the mail is written.
fn can_be_answered(form: &Form, reply: &AutoReply, submission: &Submission) -> bool {
    let given = submission.value(&reply.to).is_some_and(|value| !value.is_empty());
    let kept = form.field(&reply.to).is_some_and(|field| matches!(field.protect, Protect::Keep | Protect::Tokenise));
    given && kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::store::sample::{form, submission};
    use crate::domain::submission::{Answer, Value};

    fn planned(form: &Form, submission: &Submission) -> Vec<String> {
        let recipient = |delivery: NewDelivery| delivery.recipient.unwrap_or_else(|| "(visitor)".into());
        deliveries(form, submission).into_iter().map(recipient).collect()
    }

    fn from_industry(industry: &str) -> Submission {
        let mut sent = submission("a@example.jp", "");
        let industry = Value::one(industry);
        for answer in sent.answers.iter_mut().filter(|answer: &&mut Answer| answer.field.as_str() == "industry") {
            answer.value = industry.clone();
        }
        sent
    }

    #[test]
    fn the_first_route_that_holds_decides_and_each_recipient_is_told_once() {
        assert_eq!(planned(&form(), &from_industry("小売業")), ["sales@example.jp", "(visitor)"]);
        assert_eq!(planned(&form(), &from_industry("製造業")), ["a@example.jp", "b@example.jp", "(visitor)"]);
    }

    #[test]
    fn a_visitor_is_answered_only_at_an_address_that_is_there_and_kept() {
        let answered =
            |form: &Form, email: &str| planned(form, &submission(email, "")).contains(&"(visitor)".to_owned());
        let mut form = form();
        assert!(answered(&form, "a@example.jp"));
        assert!(!answered(&form, ""));
        for (protect, kept) in [
            (Protect::Keep, true),
            (Protect::Tokenise, true),
            (Protect::Mask, false),
            (Protect::Hash, false),
            (Protect::Drop, false),
        ] {
            form.fields[1].protect = protect;
            assert_eq!(answered(&form, "a@example.jp"), kept, "{}", protect.word());
        }
        form.fields.remove(1);
        assert!(!answered(&form, "a@example.jp"));
        form.auto_reply = None;
        form.notify.recipients.clear();
        assert!(deliveries(&form, &submission("a@example.jp", "")).is_empty());
    }
}
