//! `healthcheck`: asks the running service over its own listener.

use super::context::ConfigPath;
use super::out::outln;
use anyhow::{Context, bail};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

/// Ask the running service whether it is ready (for containers and monitors)
///
/// Exit code 0 when the public listener answers /readyz with 200, 1 otherwise.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ask the private listener instead: also fails while mail or the store is in trouble
    #[arg(long)]
    desk: bool,
    /// Longest wait for the answer, in seconds
    #[arg(long, default_value_t = 5, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=300))]
    timeout: u64,
}

pub fn run(config: &ConfigPath, args: &Args) -> anyhow::Result<ExitCode> {
    let settings = config.load()?.settings;
    let address = if args.desk { settings.private.listen } else { settings.public.listen };
    let (status, body) = ask(reachable(address), Duration::from_secs(args.timeout))
        .with_context(|| format!("no answer from {address}; is `leadseal serve` running?"))?;
    if status != 200 {
        bail!("not ready ({status}): {}", body.trim());
    }
    outln!("ready")?;
    Ok(ExitCode::SUCCESS)
}

/// A listener on all addresses is reached over loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    address
}

fn ask(address: SocketAddr, timeout: Duration) -> anyhow::Result<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&address, timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(64 * 1024).read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).context("the answer is no HTTP")?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status, body.to_owned()))
}
