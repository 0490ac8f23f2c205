//! `[mail]`: the relay, its login, how long mail is tried.

use super::path;
use crate::config::report::Report;
use crate::domain::settings::{MailSecurity, MailSettings};
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::Path;
use std::time::Duration;

/// Outgoing mail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Mail {
    /// The relay's host. Left out: no mail is sent.
    host: Option<String>,
    /// The relay's port.
    #[schemars(range(min = 1, max = 65_535))]
    port: u16,
    /// How the connection is secured.
    security: MailSecurity,
    /// The login name.
    username: Option<String>,
    /// The file that holds the password.
    password_file: Option<String>,
    /// Connections kept open.
    #[schemars(range(min = 1, max = 50))]
    connections: u32,
    /// Longest wait for an answer of the relay, in seconds.
    #[schemars(range(min = 1, max = 600))]
    timeout_seconds: u32,
    /// Hours for which a mail is tried.
    #[schemars(range(min = 1, max = 720))]
    give_up_after_hours: u32,
    /// Auto-replies sent to one address per day, at most.
    #[schemars(range(min = 1, max = 100))]
    auto_replies_per_day: u32,
    /// Auto-replies go out with an empty envelope sender.
    auto_reply_null_sender: bool,
    /// The domain in Message-IDs.
    message_id_domain: Option<String>,
}

/// Lowers `[mail]`.
pub(super) fn lower(report: &mut Report<'_>, raw: &Mail, base: &Path) -> MailSettings {
    for (at, name) in [("/mail/host", &raw.host), ("/mail/message_id_domain", &raw.message_id_domain)] {
        if let Some(name) = name.as_deref().filter(|name| !is_host(name)) {
            let what = format!("`{}` is no host name", name.escape_debug());
            report.error(at, what, "write the name alone, e.g. \"smtp.example.jp\"");
        }
    }
    login(report, raw);
    port(report, raw);
    MailSettings {
        host: raw.host.clone(),
        port: raw.port,
        security: raw.security,
        username: raw.username.clone(),
        password_file: raw.password_file.as_deref().map(|file| path(report, "/mail/password_file", file, base)),
        connections: raw.connections,
        timeout: Duration::from_secs(u64::from(raw.timeout_seconds)),
        give_up_after: Duration::from_secs(u64::from(raw.give_up_after_hours) * 3600),
        auto_replies_per_day: raw.auto_replies_per_day,
        auto_reply_null_sender: raw.auto_reply_null_sender,
        message_id_domain: raw.message_id_domain.clone(),
    }
}

fn login(report: &mut Report<'_>, raw: &Mail) {
    match (&raw.username, &raw.password_file) {
        (Some(_), None) => report.error(
            "/mail/username",
            "there is a `username` but no `password_file`",
            "add password_file = \"smtp-password\", a file of mode 0600 that holds only the password",
        ),
        (None, Some(_)) => report.error(
            "/mail/password_file",
            "there is a `password_file` but no `username`",
            "add username = \"…\", or take the password file out",
        ),
        _ => {}
    }
    let remote = raw.host.as_deref().is_some_and(|host| !is_local(host));
    if remote && raw.security == MailSecurity::Plain {
        let what = "mails (and the password) would travel unencrypted to another machine";
        report.warning("/mail/security", what, "use \"starttls\" (port 587) or \"tls\" (port 465)");
    }
}

fn port(report: &mut Report<'_>, raw: &Mail) {
    let hint = match (raw.port, raw.security) {
        (465, MailSecurity::Starttls) => "port 465 speaks TLS from the first byte: write security = \"tls\"",
        (587, MailSecurity::Tls) => "port 587 speaks STARTTLS: write security = \"starttls\"",
        _ => return,
    };
    if raw.host.is_some() {
        report.warning("/mail/port", "port and `security` don't go together", hint);
    }
}

fn is_host(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b':');
    !name.is_empty() && name.len() <= 253 && name.bytes().all(plain)
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
