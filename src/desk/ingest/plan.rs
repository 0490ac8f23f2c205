//! What follows from a lead: who is told, and whether the visitor gets an answer by mail.

use crate::desk::store::{DeliveryKind, NewDelivery};
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
