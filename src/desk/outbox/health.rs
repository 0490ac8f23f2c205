//! Whether mail goes out, for the operator: said once when it stops, once when it goes again.

use super::outcome::Blame;
use crate::domain::ids::SiteId;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Whether mail goes out. Shared with health checks.
#[derive(Debug, Default)]
pub struct MailHealth {
    configured: bool,
    /// The classes seen since mail stopped, the latest last: by site for faults of a sender's
    /// address, under nothing for faults that stop all mail.
    faults: Mutex<BTreeMap<Option<SiteId>, Vec<String>>>,
}

impl MailHealth {
    pub(super) fn new(configured: bool) -> Self {
        Self { configured, faults: Mutex::default() }
    }

    /// True when a relay is configured; else all mail waits in the outbox.
    pub fn configured(&self) -> bool {
        self.configured
    }

    /// The class of the failure that keeps mail from going out, e.g. `connect` or
    /// `smtp 535 5.7.8`; nothing while it goes out.
    pub fn failing(&self) -> Option<String> {
        self.faults
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .next()
            .and_then(|classes| classes.last().cloned())
    }

    /// A mail of `site` failed in a way that the operator must know about. Each class is
    /// said once, until mail goes out again.
    pub(super) fn failed(&self, site: &SiteId, blame: Blame, class: &str, advice: &str) {
        let scope = match blame {
            Blame::Mail => return,
            Blame::Sender => Some(site.clone()),
            Blame::Relay => None,
        };
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let classes = faults.entry(scope).or_default();
        let known = classes.len();
        classes.retain(|seen| seen != class);
        if classes.len() == known {
            tracing::error!(class, %site, "mail is failing: {advice}. Leads are safe; mail is kept and tried again");
        }
        classes.push(class.to_owned());
        metrics::gauge!("leadseal_mail_failing").set(1.0);
    }

    /// A mail of `site` went out.
    pub(super) fn succeeded(&self, site: &SiteId) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let mended = [None, Some(site.clone())].into_iter().filter(|scope| faults.remove(scope).is_some()).count() > 0;
        if mended {
            tracing::info!(%site, "mail goes out again");
        }
        metrics::gauge!("leadseal_mail_failing").set(if faults.is_empty() { 0.0 } else { 1.0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn one_sites_success_does_not_hide_anothers_refused_sender() {
        let (one, two): (SiteId, SiteId) = ("one".parse().unwrap(), "two".parse().unwrap());
        let health = MailHealth::new(true);
        health.failed(&one, Blame::Mail, "smtp 450", "");
        assert_eq!(health.failing(), None, "one recipient's trouble is not the operator's");
        health.failed(&one, Blame::Relay, "connect", "");
        health.failed(&two, Blame::Sender, "smtp 550", "");
        health.succeeded(&one);
        assert_eq!(health.failing().as_deref(), Some("smtp 550"));
        health.succeeded(&two);
        assert_eq!(health.failing(), None);
    }

    #[test]
    fn the_log_says_once_that_mail_stopped_and_once_that_it_goes_again() {
        let log = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&log);
        let make = move || Log(Arc::clone(&writer));
        let subscriber = tracing_subscriber::fmt().with_writer(make).with_ansi(false).without_time().finish();
        let site: SiteId = "main".parse().unwrap();
        tracing::subscriber::with_default(subscriber, || {
            let health = MailHealth::new(true);
            health.succeeded(&site);
            for class in ["connect", "timeout", "connect", "timeout"] {
                health.failed(&site, Blame::Relay, class, "check [mail] host");
            }
            health.succeeded(&site);
            health.succeeded(&site);
        });
        let text = String::from_utf8(log.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(
            lines[0].starts_with("ERROR") && lines[0].contains("check [mail] host") && lines[0].contains("connect")
        );
        assert!(lines[1].starts_with("ERROR") && lines[1].contains("timeout"));
        assert!(lines[2].starts_with("INFO") && lines[2].contains("mail goes out again"));
    }

    struct Log(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
}
