//! What a failed conversation with the relay means: for the mail, and for the operator.
//!
//! Decided by the command that was refused and the reply's numbers alone. A relay's text is
//! never kept: it may quote an address.

use std::fmt;

/// The part of the conversation that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Up to the answer to `EHLO`.
    Connect,
    /// TLS or `STARTTLS`.
    Tls,
    /// `AUTH`.
    Login,
    /// `MAIL FROM`.
    Sender,
    /// `RCPT TO`.
    Recipient,
    /// `DATA` and what follows.
    Content,
}

/// An enhanced status code (RFC 3463): class, subject, detail.
pub(super) type Enhanced = (u8, u16, u16);

/// How it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// No answer in time.
    Timeout,
    /// The network failed or the host's name does not resolve.
    Network,
    /// The relay closed the connection or answered something that is no SMTP.
    Answer,
    /// The certificate is not valid for the host, or no TLS could be agreed on.
    Tls,
    /// The relay lacks something that is needed.
    Lacks(Needed),
    /// A negative reply.
    Reply(u16, Option<Enhanced>),
}

/// What a relay may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needed {
    /// STARTTLS, which the configuration asks for.
    Starttls,
    /// A login method that is understood.
    Login,
    /// SMTPUTF8, which this address needs.
    SmtpUtf8,
}

/// A failed conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failure {
    /// Where.
    pub step: Step,
    /// How.
    pub cause: Cause,
}

/// Whom a failure concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blame {
    /// This recipient or mail only.
    Mail,
    /// The sender's address of the site.
    Sender,
    /// The relay: every mail fails.
    Relay,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Try again later.
    Retry(Blame),
    /// Give up: no later try can succeed.
    Dead,
}

impl Failure {
    /// What follows from the failure.
    pub(super) fn verdict(self) -> Verdict {
        match (self.cause, self.step) {
            (Cause::Lacks(Needed::SmtpUtf8), _) => Verdict::Dead,
            (Cause::Reply(500.., _), Step::Connect | Step::Tls | Step::Login) => Verdict::Retry(Blame::Relay),
            (Cause::Reply(500.., _), Step::Sender) => Verdict::Retry(Blame::Sender),
            (Cause::Reply(code @ 500.., enhanced), Step::Recipient | Step::Content) => refused(code, enhanced),
            (Cause::Reply(code, _), Step::Recipient) if code != 421 => Verdict::Retry(Blame::Mail),
            _ => Verdict::Retry(Blame::Relay),
        }
    }

    /// True when the relay refused the sender for good, as some do with the null sender.
    pub(super) fn refuses_sender(self) -> bool {
        self.verdict() == Verdict::Retry(Blame::Sender)
    }

    /// What the operator should look at.
    pub(super) fn advice(self) -> &'static str {
        match (self.cause, self.step) {
            (Cause::Lacks(Needed::Starttls), _) => {
                "the relay offers no STARTTLS; set [mail] security to \"tls\" (mostly port 465), or to \"plain\" for a relay on this machine"
            }
            (Cause::Lacks(Needed::Login), _) => {
                "the relay offers no login by PLAIN or LOGIN; check [mail] security, or remove [mail] username"
            }
            (Cause::Tls, _) | (_, Step::Tls) => {
                "no TLS with the relay; check that [mail] host is the name in its certificate, and [mail] security and port"
            }
            (Cause::Reply(500.., _), Step::Login) => {
                "the relay refuses the login; check [mail] username and the content of [mail] password_file"
            }
            (Cause::Reply(500.., _), Step::Sender) => {
                "the relay refuses the sender; check the site's mail_from, and that [mail] username may send as it"
            }
            (Cause::Reply(500.., _), Step::Recipient | Step::Content) => {
                "the relay refuses to pass mail on; check [mail] username and password_file, and that the site's mail_from may be used there"
            }
            (Cause::Timeout | Cause::Network, Step::Connect) => {
                "the relay can't be reached; check [mail] host, [mail] port and the firewall"
            }
            (Cause::Answer, Step::Connect) => {
                "what answers is no mail server; check [mail] host and port, and whether [mail] security fits the port"
            }
            _ => "the relay is in trouble; mail is tried again by itself",
        }
    }
}

/// A permanent refusal after the sender was taken. Many relays put off their verdict on login and
/// sender until the first recipient, so the enhanced code says whose fault it is: `5.7.x` is the
/// relay's policy against us, `5.1.7` and `5.1.8` name the sender (RFC 3463 §3.2, §3.8).
fn refused(code: u16, enhanced: Option<Enhanced>) -> Verdict {
    match (code, enhanced) {
        (_, Some((_, 1, 7 | 8))) => Verdict::Retry(Blame::Sender),
        (_, Some((_, 7, _))) | (500 | 502..=504 | 530..=538, _) => Verdict::Retry(Blame::Relay),
        _ => Verdict::Dead,
    }
}

/// The failure's class: words without anything of the relay's text.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.cause, self.step) {
            (Cause::Reply(code, Some((class, subject, detail))), _) => {
                write!(f, "smtp {code} {class}.{subject}.{detail}")
            }
            (Cause::Reply(code, None), _) => write!(f, "smtp {code}"),
            (Cause::Timeout, _) => f.write_str("timeout"),
            (Cause::Network, Step::Connect) => f.write_str("connect"),
            (Cause::Network, _) => f.write_str("connection lost"),
            (Cause::Answer, _) => f.write_str("no valid answer"),
            (Cause::Tls, _) => f.write_str("tls"),
            (Cause::Lacks(Needed::Starttls), _) => f.write_str("no starttls"),
            (Cause::Lacks(Needed::Login), _) => f.write_str("no login method"),
            (Cause::Lacks(Needed::SmtpUtf8), _) => f.write_str("no smtputf8"),
        }
    }
}

/// The enhanced status code at the head of a reply's text.
pub(super) fn enhanced(text: &str) -> Option<Enhanced> {
    let mut numbers = text.split_ascii_whitespace().next()?.split('.');
    let mut next = || numbers.next().filter(|n| n.len() <= 3 && n.bytes().all(|b| b.is_ascii_digit()))?.parse().ok();
    let code = (u8::try_from(next()?).ok()?, next()?, next()?);
    numbers.next().is_none().then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn reply(step: Step, code: u16, enhanced: Option<Enhanced>) -> Failure {
        Failure { step, cause: Cause::Reply(code, enhanced) }
    }

    #[test]
    fn each_failure_is_judged_by_its_step_and_numbers() {
        let cases = [
            (Failure { step: Step::Connect, cause: Cause::Network }, Verdict::Retry(Blame::Relay), "connect"),
            (Failure { step: Step::Content, cause: Cause::Timeout }, Verdict::Retry(Blame::Relay), "timeout"),
            (reply(Step::Connect, 554, None), Verdict::Retry(Blame::Relay), "smtp 554"),
            (reply(Step::Login, 535, Some((5, 7, 8))), Verdict::Retry(Blame::Relay), "smtp 535 5.7.8"),
            (reply(Step::Sender, 550, None), Verdict::Retry(Blame::Sender), "smtp 550"),
            (reply(Step::Sender, 530, Some((5, 7, 0))), Verdict::Retry(Blame::Sender), "smtp 530 5.7.0"),
            (reply(Step::Sender, 451, None), Verdict::Retry(Blame::Relay), "smtp 451"),
            (reply(Step::Recipient, 550, Some((5, 1, 1))), Verdict::Dead, "smtp 550 5.1.1"),
            (reply(Step::Recipient, 550, None), Verdict::Dead, "smtp 550"),
            (reply(Step::Recipient, 553, Some((5, 1, 8))), Verdict::Retry(Blame::Sender), "smtp 553 5.1.8"),
            (reply(Step::Recipient, 554, Some((5, 7, 1))), Verdict::Retry(Blame::Relay), "smtp 554 5.7.1"),
            (reply(Step::Recipient, 450, Some((4, 2, 0))), Verdict::Retry(Blame::Mail), "smtp 450 4.2.0"),
            (reply(Step::Recipient, 421, None), Verdict::Retry(Blame::Relay), "smtp 421"),
            (reply(Step::Content, 552, Some((5, 3, 4))), Verdict::Dead, "smtp 552 5.3.4"),
            (reply(Step::Content, 452, None), Verdict::Retry(Blame::Relay), "smtp 452"),
        ];
        for (failure, verdict, class) in cases {
            assert_eq!((failure.verdict(), failure.to_string().as_str()), (verdict, class), "{failure:?}");
        }
        let lacking = Failure { step: Step::Sender, cause: Cause::Lacks(Needed::SmtpUtf8) };
        assert_eq!(lacking.verdict(), Verdict::Dead);
    }

    #[test]
    fn only_numbers_are_taken_from_a_reply() {
        assert_eq!(enhanced("5.1.1 <taro@example.jp>: unknown"), Some((5, 1, 1)));
        assert_eq!(enhanced("taro@example.jp unknown"), None);
        assert_eq!(enhanced("5.1 x"), None);
        assert_eq!(enhanced("5.1.1.1 x"), None);
        assert_eq!(enhanced("5.1.0900 x"), None);
        assert_eq!(enhanced(""), None);
    }
}
