//! One SMTP conversation of the sink: commands, order, limits, content.

use super::{Act, Point, Shared};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// Longest silence of a client.
const PATIENCE: Duration = Duration::from_secs(300);
/// Longest line of content with its CRLF (RFC 5321 §4.5.3.1.6).
const LONGEST_LINE: usize = 1000;
/// Most bytes read while looking for the end of a line.
const LINE_LIMIT: u64 = 64 * 1024;
/// Most recipients of one mail (RFC 5321 §4.5.3.1.8 asks for at least 100).
const MOST_RECIPIENTS: usize = 100;

/// Speaks with one client until it leaves.
pub(super) async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let (read, write) = stream.into_split();
    let session = Session {
        reader: BufReader::new(read),
        writer: write,
        shared,
        greeted: false,
        authenticated: false,
        mail: None,
    };
    // A client that breaks off is no news here; the tests look at what was kept.
    let _ = session.run().await;
}

/// A mail under way: after `MAIL`.
#[derive(Default)]
struct Transaction {
    sender: Option<String>,
    recipients: Vec<String>,
    eight_bit: bool,
    smtp_utf8: bool,
}

struct Session {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    shared: Arc<Shared>,
    greeted: bool,
    authenticated: bool,
    mail: Option<Transaction>,
}

/// Whether the conversation goes on.
#[derive(PartialEq, Eq)]
enum Flow {
    On,
    Close,
}

impl Session {
    async fn run(mut self) -> io::Result<()> {
        if self.faulty(Point::Greeting, "").await? == Some(Flow::Close) {
            return Ok(());
        }
        self.answer("220 leadseal-sink ESMTP").await?;
        loop {
            let Some(line) = self.line().await? else { return Ok(()) };
            let Some(command) = line.strip_suffix(b"\r\n").and_then(|text| std::str::from_utf8(text).ok()) else {
                self.answer("500 5.5.2 a command is one line of UTF-8 that ends in CRLF").await?;
                return Ok(());
            };
            let (verb, argument) = command.split_once(' ').unwrap_or((command, ""));
            if self.command(&verb.to_ascii_uppercase(), argument.trim()).await? == Flow::Close {
                return Ok(());
            }
        }
    }

    async fn command(&mut self, verb: &str, argument: &str) -> io::Result<Flow> {
        match verb {
            "EHLO" | "HELO" if argument.is_empty() => self.answer("501 5.5.4 name yourself").await,
            "EHLO" => self.hello().await,
            "HELO" => {
                self.greeted = true;
                self.mail = None;
                self.answer("250 leadseal-sink").await
            }
            "NOOP" => self.answer("250 2.0.0 ok").await,
            "RSET" => {
                self.mail = None;
                self.answer("250 2.0.0 forgotten").await
            }
            "QUIT" => {
                self.answer("221 2.0.0 bye").await?;
                Ok(Flow::Close)
            }
            "AUTH" | "MAIL" | "RCPT" | "DATA" if !self.greeted => self.answer("503 5.5.1 EHLO first").await,
            "AUTH" => self.login(argument).await,
            "MAIL" => self.sender(argument).await,
            "RCPT" => self.recipient(argument).await,
            "DATA" => self.data().await,
            _ => self.answer("502 5.5.1 unknown command").await,
        }
    }

    async fn hello(&mut self) -> io::Result<Flow> {
        self.greeted = true;
        self.mail = None;
        let options = &self.shared.options;
        let mut offers = vec!["leadseal-sink".to_owned(), "8BITMIME".to_owned(), "ENHANCEDSTATUSCODES".to_owned()];
        offers.extend(options.smtp_utf8.then(|| "SMTPUTF8".to_owned()));
        offers.extend(options.login.is_some().then(|| "AUTH PLAIN".to_owned()));
        offers.push(format!("SIZE {}", options.max_size));
        let last = offers.len() - 1;
        let lines: Vec<String> =
            offers.iter().enumerate().map(|(i, o)| format!("250{}{o}", if i == last { ' ' } else { '-' })).collect();
        self.answer(&lines.join("\r\n")).await
    }

    /// `AUTH PLAIN` (RFC 4616), with or without an initial response.
    async fn login(&mut self, argument: &str) -> io::Result<Flow> {
        if let Some(flow) = self.faulty(Point::Login, argument).await? {
            return Ok(flow);
        }
        let Some((user, password)) = self.shared.options.login.clone() else {
            return self.answer("502 5.5.1 no login here").await;
        };
        let (mechanism, initial) = argument.split_once(' ').unwrap_or((argument, ""));
        if !mechanism.eq_ignore_ascii_case("PLAIN") {
            return self.answer("504 5.5.4 only PLAIN").await;
        }
        let mut response = initial.to_owned();
        if response.is_empty() {
            self.answer("334 ").await?;
            let Some(line) = self.line().await? else { return Ok(Flow::Close) };
            response = String::from_utf8_lossy(&line).trim().to_owned();
        }
        if STANDARD.decode(response).is_ok_and(|given| given == format!("\0{user}\0{password}").into_bytes()) {
            self.authenticated = true;
            return self.answer("235 2.7.0 welcome").await;
        }
        self.answer("535 5.7.8 wrong login or password").await
    }

    async fn sender(&mut self, argument: &str) -> io::Result<Flow> {
        if let Some(flow) = self.faulty(Point::Sender, argument).await? {
            return Ok(flow);
        }
        if self.shared.options.login.is_some() && !self.authenticated {
            return self.answer("530 5.7.0 log in first").await;
        }
        if self.mail.is_some() {
            return self.answer("503 5.5.1 a mail is under way").await;
        }
        let Some((path, parameters)) = path_of(argument, "FROM:") else {
            return self.answer("501 5.5.4 MAIL FROM:<address>").await;
        };
        let mut mail = Transaction { sender: (!path.is_empty()).then(|| path.to_owned()), ..Transaction::default() };
        for parameter in parameters.split_ascii_whitespace() {
            match parameter.to_ascii_uppercase().split_once('=').unwrap_or((&parameter.to_ascii_uppercase(), "")) {
                ("BODY", "8BITMIME") => mail.eight_bit = true,
                ("BODY", "7BIT") => {}
                ("SMTPUTF8", "") if self.shared.options.smtp_utf8 => mail.smtp_utf8 = true,
                ("SIZE", size) if size.parse::<usize>().is_ok_and(|size| size <= self.shared.options.max_size) => {}
                ("SIZE", _) => return self.answer("552 5.3.4 too large").await,
                _ => return self.answer("555 5.5.4 unknown parameter").await,
            }
        }
        if !path.is_ascii() && !mail.smtp_utf8 {
            return self.answer("553 5.6.7 SMTPUTF8 was not asked for").await;
        }
        self.mail = Some(mail);
        self.answer("250 2.1.0 ok").await
    }

    async fn recipient(&mut self, argument: &str) -> io::Result<Flow> {
        if let Some(flow) = self.faulty(Point::Recipient, argument).await? {
            return Ok(flow);
        }
        let Some(mail) = self.mail.as_mut() else {
            return self.answer("503 5.5.1 MAIL first").await;
        };
        let line = match path_of(argument, "TO:") {
            Some((path, "")) if !path.is_ascii() && !mail.smtp_utf8 => "553 5.6.7 SMTPUTF8 was not asked for",
            Some((path, "")) if path.contains('@') && mail.recipients.len() < MOST_RECIPIENTS => {
                mail.recipients.push(path.to_owned());
                "250 2.1.5 ok"
            }
            Some((path, "")) if path.contains('@') => "452 4.5.3 too many recipients",
            _ => "501 5.1.3 RCPT TO:<address>",
        };
        self.answer(line).await
    }

    async fn data(&mut self) -> io::Result<Flow> {
        if self.mail.as_ref().is_none_or(|mail| mail.recipients.is_empty()) {
            return self.answer("503 5.5.1 RCPT first").await;
        }
        if let Some(flow) = self.faulty(Point::Data, "").await? {
            self.mail = None;
            return Ok(flow);
        }
        self.answer("354 end with a line that holds one dot").await?;
        let mail = self.mail.take().unwrap_or_default();
        let content = match self.content(mail.eight_bit || mail.smtp_utf8).await? {
            Ok(content) => content,
            Err(refusal) => return self.answer(refusal).await,
        };
        if let Some(flow) = self.faulty(Point::Content, "").await? {
            return Ok(flow);
        }
        self.shared.mailbox.keep(mail.sender, mail.recipients, content, mail.smtp_utf8);
        if let Some(flow) = self.faulty(Point::Kept, "").await? {
            return Ok(flow);
        }
        self.answer("250 2.0.0 kept").await
    }

    /// Reads up to the lone dot and takes the stuffed dots out. The whole content is read even
    /// when it is refused, so that the conversation stays in step.
    async fn content(&mut self, eight_bit: bool) -> io::Result<Result<Vec<u8>, &'static str>> {
        let mut content = Vec::new();
        let mut refusal = None;
        loop {
            let line = self.line().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
            if line == b".\r\n" {
                return Ok(refusal.map_or(Ok(content), Err));
            }
            let text = line.strip_suffix(b"\r\n");
            if text.is_none_or(|text| text.contains(&b'\r') || text.contains(&b'\n')) {
                refusal = Some("550 5.6.11 a line ends in CRLF");
            } else if line.len() > LONGEST_LINE {
                refusal = Some("554 5.6.0 a line is too long");
            } else if !eight_bit && !line.is_ascii() {
                refusal = Some("554 5.6.1 eight-bit data was not announced");
            } else if content.len() + line.len() > self.shared.options.max_size {
                refusal = Some("552 5.3.4 too large");
            }
            if refusal.is_none() {
                content.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            }
        }
    }

    /// Does what a scripted fault says here; nothing when there is none.
    async fn faulty(&mut self, at: Point, argument: &str) -> io::Result<Option<Flow>> {
        match self.shared.strike(at, argument) {
            None => Ok(None),
            Some(Act::Drop) => Ok(Some(Flow::Close)),
            Some(Act::Hang) => {
                std::future::pending::<()>().await;
                Ok(Some(Flow::Close))
            }
            Some(Act::Answer(line)) => {
                self.answer(&line).await?;
                // 421 announces that the server closes the connection (RFC 5321 §3.8); a refusal
                // instead of the greeting leaves nothing to talk about.
                let closes = at == Point::Greeting || line.starts_with("421");
                Ok(Some(if closes { Flow::Close } else { Flow::On }))
            }
        }
    }

    /// One line with its end; nothing when the client left.
    async fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let mut limited = (&mut self.reader).take(LINE_LIMIT);
        let read = tokio::time::timeout(PATIENCE, limited.read_until(b'\n', &mut line)).await??;
        Ok((read > 0).then_some(line))
    }

    async fn answer(&mut self, line: &str) -> io::Result<Flow> {
        self.writer.write_all(format!("{line}\r\n").as_bytes()).await?;
        Ok(Flow::On)
    }
}

/// `FROM:<path> parameters` → path and parameters. A quoted local part may hold `>`.
fn path_of<'a>(argument: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let head = argument.get(..keyword.len())?;
    let rest = argument.get(keyword.len()..)?.trim_start().strip_prefix('<')?;
    let mut quoted = false;
    let mut escaped = false;
    let end = rest.char_indices().find_map(|(at, c)| {
        let this_escaped = escaped;
        escaped = quoted && c == '\\' && !this_escaped;
        match c {
            '"' if !this_escaped => quoted = !quoted,
            '>' if !quoted => return Some(at),
            _ => {}
        }
        None
    })?;
    head.eq_ignore_ascii_case(keyword).then(|| (&rest[..end], rest[end + 1..].trim()))
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn a_path_is_read_with_its_quotes() {
        assert_eq!(path_of("FROM:<>", "FROM:"), Some(("", "")));
        assert_eq!(path_of("from:<a@b.jp> SIZE=3", "FROM:"), Some(("a@b.jp", "SIZE=3")));
        assert_eq!(path_of(r#"TO:<"a>.\".."@docomo.ne.jp>"#, "TO:"), Some((r#""a>.\".."@docomo.ne.jp"#, "")));
        assert_eq!(path_of("TO:a@b.jp", "TO:"), None);
        assert_eq!(path_of("TO:<\"a@b.jp>", "TO:"), None);
        assert_eq!(path_of("日本", "FROM:"), None);
    }
}
