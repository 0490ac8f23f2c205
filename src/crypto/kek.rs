//! Where the secret that unlocks the keyring comes from: a file, a systemd credential, a
//! passphrase, or a command's output.
//!
//! Never an environment variable or an argument, which other processes and crash reports show.
//! Every refusal names the setting and the fix, never what was read.

use super::keyring::UnlockSecret;
use crate::domain::settings::KekSource;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use zeroize::Zeroizing;

/// Most bytes read from any source: a key in hex or a long passphrase fit in many times over.
const MOST_BYTES: usize = 4096;
/// Nobody but the owner may read a key file.
const OTHERS: u32 = 0o077;
/// systemd shows a service's credential to its user through an ACL, whose mask appears where the
/// group's bits stand; only the world's bits tell of a real leak there.
const WORLD: u32 = 0o007;

/// Why there is no secret. Each says which setting to look at and what to do.
#[derive(Debug, thiserror::Error)]
pub enum KekError {
    /// The file is not there.
    #[error(
        "[keys] {setting}: there is no {path}; put the file back from its copy, or correct the setting in leadseal.toml"
    )]
    Missing {
        /// The setting.
        setting: &'static str,
        /// The file.
        path: String,
    },
    /// Others may read the file.
    #[error("[keys] {setting}: {path} can be read by others; run: chmod 600 {path}")]
    Permissions {
        /// The setting.
        setting: &'static str,
        /// The file.
        path: String,
    },
    /// The file can't be read.
    #[error("[keys] {setting}: {path} can't be read: {error}")]
    Unreadable {
        /// The setting.
        setting: &'static str,
        /// The file.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// What was read is no key.
    #[error(
        "[keys] {setting}: {from} holds no key; it must be 32 bytes in hex, 64 digits and nothing else (to make one: openssl rand -hex 32)"
    )]
    NotAKey {
        /// The setting.
        setting: &'static str,
        /// The file or program.
        from: String,
    },
    /// What was read is no passphrase.
    #[error("[keys] passphrase_file: {path} holds no passphrase; write one line of text into it, in UTF-8")]
    NotAPassphrase {
        /// The file.
        path: String,
    },
    /// Nothing was typed.
    #[error(
        "[keys] source = \"passphrase\": nothing was typed; to start without a terminal, set passphrase_file or another source"
    )]
    NothingTyped,
    /// There is no terminal to ask on.
    #[error(
        "[keys] source = \"passphrase\": the passphrase can't be asked for ({0}); to start without a terminal, set passphrase_file or another source"
    )]
    Prompt(io::Error),
    /// The service got no credentials.
    #[error(
        "[keys] credential: systemd passes no credentials to this process; add LoadCredentialEncrypted={0}:… to the unit"
    )]
    NoCredentials(String),
    /// The credential's name is a path.
    #[error("[keys] credential: a credential's name has no / in it and does not begin with a dot")]
    CredentialName,
    /// There is no command.
    #[error("[keys] command: it names no program; write it as [\"program\", \"argument\"]")]
    NoCommand,
    /// The program did not start.
    #[error("[keys] command: {program} can't be started: {error}")]
    NotStarted {
        /// The program.
        program: String,
        /// Why.
        error: io::Error,
    },
    /// The program failed.
    #[error("[keys] command: {program} ended with {status}; run it by hand to see why")]
    Failed {
        /// The program.
        program: String,
        /// Its status, e.g. `exit status: 1`.
        status: String,
    },
}

/// Reads the secret from its source. `prompt` asks for a passphrase on the terminal.
///
/// # Errors
/// When the source is not there, others may read it, or it holds no secret of its kind.
pub fn read_unlock_secret(
    source: &KekSource,
    prompt: &dyn Fn() -> io::Result<Zeroizing<String>>,
) -> Result<UnlockSecret, KekError> {
    match source {
        KekSource::File(path) => key_from_file("path", path, OTHERS),
        KekSource::Credential(name) => key_from_credential(name, credentials_directory().as_deref()),
        KekSource::Passphrase(Some(path)) => passphrase_from_file(path),
        KekSource::Passphrase(None) => passphrase_from(&prompt().map_err(KekError::Prompt)?),
        KekSource::Command(words) => key_from_command(words),
    }
}

#[allow(clippy::disallowed_methods, reason = "the variable holds the path that systemd chose, not a secret")]
fn credentials_directory() -> Option<PathBuf> {
    std::env::var("CREDENTIALS_DIRECTORY").ok().map(PathBuf::from)
}

fn key_from_credential(name: &str, directory: Option<&Path>) -> Result<UnlockSecret, KekError> {
    if name.is_empty() || name.contains('/') || name.starts_with('.') {
        return Err(KekError::CredentialName);
    }
    let directory = directory.ok_or_else(|| KekError::NoCredentials(name.to_owned()))?;
    key_from_file("credential", &directory.join(name), WORLD)
}

fn key_from_file(setting: &'static str, path: &Path, forbidden: u32) -> Result<UnlockSecret, KekError> {
    let text = read_guarded(setting, path, forbidden)?;
    key_from_hex(&text).ok_or_else(|| KekError::NotAKey { setting, from: shown(path) })
}

fn passphrase_from_file(path: &Path) -> Result<UnlockSecret, KekError> {
    let bytes = read_guarded("passphrase_file", path, OTHERS)?;
    let unusable = || KekError::NotAPassphrase { path: shown(path) };
    let line = std::str::from_utf8(&bytes).map_err(|_| unusable())?;
    // An editor ends the line; the passphrase itself may end in a space.
    let line = line.strip_suffix('\n').unwrap_or(line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains(['\n', '\r', '\0']) {
        return Err(unusable());
    }
    passphrase_from(line).map_err(|_| unusable())
}

fn passphrase_from(typed: &str) -> Result<UnlockSecret, KekError> {
    if typed.is_empty() {
        return Err(KekError::NothingTyped);
    }
    Ok(UnlockSecret::Passphrase(Zeroizing::new(typed.to_owned())))
}

/// Runs the program itself, without a shell, so that nothing in its arguments is interpreted.
fn key_from_command(words: &[String]) -> Result<UnlockSecret, KekError> {
    let (program, arguments) = words.split_first().ok_or(KekError::NoCommand)?;
    let not_started = |error| KekError::NotStarted { program: program.clone(), error };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(not_started)?;
    let output = child.stdout.take().map(read_little);
    let status = child.wait().map_err(not_started)?;
    if !status.success() {
        return Err(KekError::Failed { program: program.clone(), status: status.to_string() });
    }
    output
        .and_then(|output| output.ok().flatten())
        .and_then(|text| key_from_hex(&text))
        .ok_or_else(|| KekError::NotAKey { setting: "command", from: format!("the output of {program}") })
}

/// Reads a small file that others may not read. What is checked is what is read.
fn read_guarded(setting: &'static str, path: &Path, forbidden: u32) -> Result<Zeroizing<Vec<u8>>, KekError> {
    let complaint = |error: io::Error| {
        let path = shown(path);
        match error.kind() {
            ErrorKind::NotFound => KekError::Missing { setting, path },
            _ => KekError::Unreadable { setting, path, error },
        }
    };
    let file = File::open(path).map_err(complaint)?;
    let mode = file.metadata().map_err(complaint)?.permissions().mode();
    if mode & forbidden != 0 {
        return Err(KekError::Permissions { setting, path: shown(path) });
    }
    let text = read_little(file).map_err(complaint)?;
    text.ok_or_else(|| complaint(io::Error::new(ErrorKind::FileTooLarge, "it is too large")))
}

/// Reads to the end into a buffer that never grows, so that no copy stays behind; nothing when
/// there is more than a secret would need.
fn read_little(mut from: impl Read) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut buffer = Zeroizing::new(vec![0u8; MOST_BYTES + 1]);
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => {
                buffer.truncate(filled);
                return Ok(Some(buffer));
            }
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

fn key_from_hex(text: &[u8]) -> Option<UnlockSecret> {
    let mut key = Zeroizing::new([0u8; 32]);
    hex::decode_to_slice(text.trim_ascii(), &mut *key).ok()?;
    Some(UnlockSecret::Key(key))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::fs::Permissions;
    use tempfile::TempDir;

    const HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";

    fn no_prompt() -> io::Result<Zeroizing<String>> {
        Err(io::Error::other("no terminal"))
    }

    fn read(source: &KekSource) -> Result<UnlockSecret, KekError> {
        read_unlock_secret(source, &no_prompt)
    }

    fn file(folder: &TempDir, content: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = folder.path().join("secret");
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    fn is_the_key(secret: &UnlockSecret) -> bool {
        matches!(secret, UnlockSecret::Key(key) if hex::encode(**key) == HEX.to_lowercase())
    }

    fn is_passphrase(secret: &UnlockSecret, text: &str) -> bool {
        matches!(secret, UnlockSecret::Passphrase(passphrase) if passphrase.as_str() == text)
    }

    fn command(words: &[&str]) -> KekSource {
        KekSource::Command(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn a_key_file_is_read_with_and_without_a_line_end() {
        let folder = TempDir::new().unwrap();
        for content in [HEX.to_owned(), format!("{HEX}\n"), format!("  {HEX}\r\n")] {
            assert!(is_the_key(&read(&KekSource::File(file(&folder, content, 0o600))).unwrap()));
        }
        assert!(is_the_key(&read(&KekSource::File(file(&folder, HEX, 0o400))).unwrap()));
    }

    #[rstest]
    #[case("")]
    #[case("secretsecret")]
    #[case(&HEX[..62])]
    #[case(&format!("{HEX}00"))]
    #[case(&"0".repeat(100_000))]
    fn what_is_no_key_is_refused_without_being_repeated(#[case] content: &str) {
        let folder = TempDir::new().unwrap();
        let refusal = read(&KekSource::File(file(&folder, content, 0o600))).unwrap_err().to_string();
        assert!(refusal.starts_with("[keys] path: "), "{refusal}");
        assert!(content.is_empty() || !refusal.contains(content));
    }

    #[rstest]
    #[case(0o640)]
    #[case(0o604)]
    #[case(0o660)]
    fn a_file_that_others_may_read_is_refused(#[case] mode: u32) {
        let folder = TempDir::new().unwrap();
        let path = file(&folder, HEX, mode);
        for source in [KekSource::File(path.clone()), KekSource::Passphrase(Some(path))] {
            let refusal = read(&source).unwrap_err();
            assert!(matches!(refusal, KekError::Permissions { .. }));
            assert!(refusal.to_string().contains("chmod 600"));
        }
    }

    #[test]
    fn a_missing_file_names_its_setting() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("nowhere");
        let refusal = read(&KekSource::File(path.clone())).unwrap_err().to_string();
        assert!(refusal.contains("[keys] path: there is no") && refusal.contains("nowhere"), "{refusal}");
        let refusal = read(&KekSource::Passphrase(Some(path))).unwrap_err().to_string();
        assert!(refusal.contains("[keys] passphrase_file: there is no"), "{refusal}");
    }

    #[test]
    fn a_folder_is_no_key_file() {
        let folder = TempDir::new().unwrap();
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
        let refusal = read(&KekSource::File(folder.path().to_owned())).unwrap_err();
        assert!(matches!(refusal, KekError::Unreadable { .. }), "{refusal}");
    }

    #[test]
    fn a_credential_is_found_by_its_name() {
        let folder = TempDir::new().unwrap();
        // As systemd shows it to a service that runs as another user.
        file(&folder, HEX, 0o440);
        assert!(is_the_key(&key_from_credential("secret", Some(folder.path())).unwrap()));
        file(&folder, HEX, 0o444);
        let refusal = key_from_credential("secret", Some(folder.path())).unwrap_err();
        assert!(matches!(refusal, KekError::Permissions { setting: "credential", .. }));
    }

    #[test]
    fn a_credential_without_systemd_or_with_a_path_for_a_name_is_refused() {
        let refusal = key_from_credential("leadseal-kek", None).unwrap_err().to_string();
        assert!(refusal.contains("LoadCredentialEncrypted=leadseal-kek"), "{refusal}");
        for name in ["", "../secret", "/etc/secret", "..", ".secret"] {
            assert!(matches!(key_from_credential(name, Some(Path::new("/"))), Err(KekError::CredentialName)));
        }
    }

    #[test]
    fn a_passphrase_file_is_one_line_that_keeps_its_spaces() {
        let folder = TempDir::new().unwrap();
        let read = |content: &str| read(&KekSource::Passphrase(Some(file(&folder, content, 0o600))));
        assert!(is_passphrase(&read(" 正しい 馬 \n").unwrap(), " 正しい 馬 "));
        assert!(is_passphrase(&read("horse\r\n").unwrap(), "horse"));
        for unusable in ["", "\n", "two\nlines\n", "nul\0\n"] {
            assert!(matches!(read(unusable), Err(KekError::NotAPassphrase { .. })), "{unusable:?}");
        }
        let path = file(&folder, b"\xff\xfe", 0o600);
        let refusal = read_unlock_secret(&KekSource::Passphrase(Some(path)), &no_prompt).unwrap_err();
        assert!(matches!(refusal, KekError::NotAPassphrase { .. }));
    }

    #[test]
    fn a_passphrase_is_asked_for_where_no_file_is_set() {
        let source = KekSource::Passphrase(None);
        let typed = read_unlock_secret(&source, &|| Ok(Zeroizing::new("horse".to_owned()))).unwrap();
        assert!(is_passphrase(&typed, "horse"));
        let nothing = read_unlock_secret(&source, &|| Ok(Zeroizing::new(String::new()))).unwrap_err();
        assert!(matches!(nothing, KekError::NothingTyped));
        let refusal = read(&source).unwrap_err().to_string();
        assert!(refusal.contains("passphrase_file"), "{refusal}");
    }

    #[test]
    fn a_commands_output_is_the_key() {
        assert!(is_the_key(&read(&command(&["printf", &format!("{HEX}\\n")])).unwrap()));
        // No shell looks at the arguments.
        assert!(is_the_key(&read(&command(&["sh", "-c", "printf %s \"$0\"", HEX])).unwrap()));
        let refusal = read(&command(&["printf", "$HOME"])).unwrap_err().to_string();
        assert!(refusal.contains("the output of printf holds no key") && !refusal.contains("HOME"), "{refusal}");
    }

    #[test]
    fn a_command_that_fails_gives_no_key_whatever_it_printed() {
        let refusal = read(&command(&["sh", "-c", &format!("printf {HEX}; exit 3")])).unwrap_err();
        assert!(matches!(&refusal, KekError::Failed { status, .. } if status.contains('3')), "{refusal}");
        assert!(!refusal.to_string().contains(HEX));
        let refusal = read(&command(&["/nowhere/kms-client"])).unwrap_err();
        assert!(matches!(refusal, KekError::NotStarted { .. }), "{refusal}");
        assert!(matches!(read(&command(&[])), Err(KekError::NoCommand)));
    }

    #[test]
    fn a_command_that_prints_without_end_is_not_waited_for() {
        let refusal = read(&command(&["yes"])).unwrap_err();
        assert!(matches!(refusal, KekError::Failed { .. } | KekError::NotAKey { .. }), "{refusal}");
    }
}
