//! Single requests: health, metrics, the form's page. The load has a client of its own.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The whole answer to a GET; nothing when nobody answers.
pub fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(TIMEOUT)).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// True when the address answers 200.
pub fn is_ok(port: u16, path: &str) -> bool {
    get(port, path).is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// A gauge of `/metrics`.
pub fn gauge(port: u16, name: &str) -> Option<u64> {
    let metrics = get(port, "/metrics")?;
    let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    value.trim().parse::<f64>().ok().map(|value| value as u64)
}

/// Name and value of each hidden input on a form's page.
pub fn hidden_inputs(port: u16, path: &str) -> Vec<(String, String)> {
    let page = get(port, path).expect("the form's page");
    let tags = page.split("<input type=\"hidden\" name=\"").skip(1);
    let inputs: Vec<_> = tags
        .filter_map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"")?;
            Some((name.to_owned(), rest.split_once('"')?.0.to_owned()))
        })
        .collect();
    assert!(inputs.iter().any(|(name, _)| name == "_token"), "the form's page has no form token");
    inputs
}
