//! The sink as a client sees it, line by line.

use crate::smtp_sink::{SinkOptions, SmtpSink};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

struct Client(BufReader<TcpStream>);

impl Client {
    async fn greet(sink: &SmtpSink) -> Self {
        let mut client = Self(BufReader::new(TcpStream::connect(sink.address()).await.unwrap()));
        assert!(client.answer().await.starts_with("220 "));
        client
    }

    /// Sends bytes as they are and gives the whole answer.
    async fn say(&mut self, bytes: &[u8]) -> String {
        self.0.get_mut().write_all(bytes).await.unwrap();
        self.answer().await
    }

    async fn answer(&mut self) -> String {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await.unwrap();
            let last = line.as_bytes().get(3) != Some(&b'-');
            all.push_str(&line);
            if last {
                return all;
            }
        }
    }

    /// Up to the invitation to send the content.
    async fn begin(&mut self, from: &[u8]) {
        for line in [b"EHLO x\r\n".as_slice(), from, b"RCPT TO:<b@example.jp>\r\n"] {
            assert!(self.say(line).await.starts_with("250"));
        }
        assert!(self.say(b"DATA\r\n").await.starts_with("354"));
    }
}

#[tokio::test]
async fn a_mail_is_kept_as_it_was_written() {
    let sink = SmtpSink::start().await.unwrap();
    let mut client = Client::greet(&sink).await;
    client.begin(b"MAIL FROM:<> BODY=8BITMIME\r\n").await;
    let answer = client.say("Subject: x\r\n\r\n..dot\r\n日本\r\n.\r\n".as_bytes()).await;
    assert!(answer.starts_with("250"), "{answer}");
    assert!(client.say(b"QUIT\r\n").await.starts_with("221"));
    let mail = &sink.mailbox().mails()[0];
    assert_eq!((mail.sender.as_deref(), mail.number), (None, 1));
    assert_eq!(String::from_utf8_lossy(&mail.raw), "Subject: x\r\n\r\n.dot\r\n日本\r\n");
}

#[tokio::test]
async fn what_a_strict_relay_refuses_is_refused() {
    let options = SinkOptions { smtp_utf8: false, max_size: 2000, ..SinkOptions::default() };
    let sink = SmtpSink::start_at(([127, 0, 0, 1], 0).into(), options).await.unwrap();
    let mut client = Client::greet(&sink).await;
    assert!(client.say(b"MAIL FROM:<a@b.jp>\r\n").await.starts_with("503"));
    assert!(client.say(b"EHLO x\r\n").await.contains("SIZE 2000"));
    for (line, code) in [
        ("RCPT TO:<a@b.jp>", "503"),
        ("DATA", "503"),
        ("MAIL FROM:a@b.jp", "501"),
        ("MAIL FROM:<a@b.jp> SMTPUTF8", "555"),
        ("MAIL FROM:<太@b.jp>", "553"),
        ("MAIL FROM:<a@b.jp> SIZE=2001", "552"),
        ("VRFY a", "502"),
    ] {
        let answer = client.say(format!("{line}\r\n").as_bytes()).await;
        assert!(answer.starts_with(code), "{line}: {answer}");
    }
    let long = format!("{}\r\n.\r\n", "x".repeat(999));
    let large = format!("{}.\r\n", "x\r\n".repeat(800));
    for (content, code) in [
        (b"a\nb\r\n.\r\n".as_slice(), "550"),
        (b"a\r\n.\nMAIL FROM:<e@x>\r\n.\r\n", "550"),
        ("日本\r\n.\r\n".as_bytes(), "554"),
        (long.as_bytes(), "554"),
        (large.as_bytes(), "552"),
    ] {
        client.begin(b"MAIL FROM:<a@b.jp>\r\n").await;
        let answer = client.say(content).await;
        assert!(answer.starts_with(code), "{answer}");
    }
    assert!(sink.mailbox().mails().is_empty());
}
