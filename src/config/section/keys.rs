//! `[keys]`: where the key that opens the keyring comes from. Only ever the way to it, never the
//! key itself.

use super::path;
use crate::config::report::Report;
use crate::domain::settings::KekSource;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::Path;

/// The kinds of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Source {
    /// A file of mode 0600.
    File,
    /// A systemd credential.
    Credential,
    /// A passphrase.
    Passphrase,
    /// The output of a command.
    Command,
}

/// Where the key that opens the keyring comes from.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Keys {
    /// The kind of source.
    source: Source,
    /// For `file`: the file.
    path: String,
    /// For `credential`: the name of the systemd credential.
    credential: String,
    /// For `passphrase`: a file that holds it. Left out: it is asked for on the terminal.
    passphrase_file: Option<String>,
    /// For `command`: the program and its arguments.
    command: Vec<String>,
}

/// Lowers `[keys]`.
pub(super) fn lower(report: &mut Report<'_>, raw: &Keys, base: &Path) -> KekSource {
    other_sources_keys(report, raw.source);
    match raw.source {
        Source::File => KekSource::File(path(report, "/keys/path", &raw.path, base)),
        Source::Credential => {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            if raw.credential.is_empty() || raw.credential.starts_with('.') || !raw.credential.bytes().all(plain) {
                report.error(
                    "/keys/credential",
                    format!("`{}` is no name of a credential", raw.credential.escape_debug()),
                    "write the name alone, as in LoadCredentialEncrypted=leadseal-kek:…",
                );
            }
            KekSource::Credential(raw.credential.clone())
        }
        Source::Passphrase => KekSource::Passphrase(
            raw.passphrase_file.as_deref().map(|file| path(report, "/keys/passphrase_file", file, base)),
        ),
        Source::Command => {
            if raw.command.first().is_none_or(|program| program.trim().is_empty()) {
                report.error(
                    "/keys/command",
                    "`source` is \"command\", but there is none",
                    "add command = [\"/usr/local/bin/kms-client\", \"decrypt\", \"leadseal-kek\"]",
                );
            }
            KekSource::Command(raw.command.clone())
        }
    }
}

/// A key of another source was likely meant to be used: say that it is not.
fn other_sources_keys(report: &mut Report<'_>, source: Source) {
    for (key, of, word) in [
        ("path", Source::File, "file"),
        ("credential", Source::Credential, "credential"),
        ("passphrase_file", Source::Passphrase, "passphrase"),
        ("command", Source::Command, "command"),
    ] {
        let at = format!("/keys/{key}");
        if of != source && report.document().has(&at) {
            let fix = format!("write source = \"{word}\" to use it, or take it out");
            report.warning(&at, format!("`keys.{key}` is not used"), fix);
        }
    }
}
