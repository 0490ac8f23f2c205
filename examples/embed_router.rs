//! Leadseal's public side inside another axum application.
//!
//! Run it with `cargo run --example embed_router`, then open the address it prints. Everything it
//! writes goes to a temporary directory; the private key lives in memory, so that the example can
//! show at the end what only its holder can: opening what was sent.
//!
//! A real installation gives the public key alone to this process, and lets the desk open.

use anyhow::Context;
use axum::Router;
use axum::response::Html;
use axum::routing::get;
use leadseal::capture::{Capture, CaptureParts, DaySecrets, SiteKeys};
use leadseal::config;
use leadseal::crypto::envelope::Envelope;
use leadseal::crypto::open::OpeningKey;
use leadseal::domain::clock::{Clock, SystemClock};
use leadseal::domain::entropy::{Entropy, OsEntropy};
use leadseal::domain::ids::EpochId;
use leadseal::domain::settings::SuiteName;
use leadseal::http::listener::{self, ListenerOptions};
use leadseal::queue::embedded::EmbeddedQueue;
use leadseal::queue::funnel::Funnel;
use leadseal::queue::port::Queue;
use leadseal::queue::spool::Spool;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const HOME: &str = "<!doctype html><title>Host application</title>\
    <p>A page of the host application. <a href=\"/forms/f/contact\">Contact us</a></p>";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listen = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let socket = TcpListener::bind(&listen).await.with_context(|| format!("{listen} can't be bound"))?;
    let data = tempfile::tempdir()?;

    // Settings: the forms that come with Leadseal, at the address where they will be nested.
    let forms: Vec<_> =
        config::ready_forms().iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let loaded =
        config::load_from_texts(data.path(), None, &forms).map_err(|mistakes| anyhow::anyhow!("{mistakes}"))?;
    let mut settings = loaded.settings;
    settings.public.url = format!("http://{}/forms", socket.local_addr()?).parse()?;
    let settings = Arc::new(settings);

    // The public side. It is given a public key and nothing that opens.
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
    let opening_key = OpeningKey::generate(EpochId(1), SuiteName::XWing, entropy.as_ref());
    let (_publish, sealing_key) = watch::channel(Arc::new(opening_key.sealing_key()?));
    let spool = Spool::open(&data.path().join("spool.db"), settings.limits.max_spool, Arc::clone(&clock))?;
    let funnel = Funnel::new(&data.path().join("funnel.db"));
    let capture = Capture::new(CaptureParts {
        settings: Arc::clone(&settings),
        sealing_key,
        spool: spool.clone(),
        funnel: funnel.clone(),
        secrets: DaySecrets::open(&data.path().join("capture.keys"), Arc::clone(&clock), Arc::clone(&entropy))?,
        site_keys: SiteKeys::open(&data.path().join("site-keys"))?,
        clock,
        entropy,
        membership: None,
    })?;

    // The host application: its own pages, and the forms under /forms.
    let host = Router::new().route("/", get(|| async { Html(HOME) })).nest("/forms", capture.router());

    let stop = CancellationToken::new();
    println!("http://{}/", socket.local_addr()?);
    println!("{}/f/contact", settings.public.url);
    println!("{}/f/document-request", settings.public.url);
    println!("Stop with Ctrl-C.");
    // Counts of visits; without this they stay in memory.
    let counting = tokio::spawn(funnel.write_down(stop.clone()));
    let serving = tokio::spawn(listener::serve(socket, host, ListenerOptions::from(&settings.public), stop.clone()));
    tokio::signal::ctrl_c().await?;
    stop.cancel();
    serving.await?;
    counting.await?;
    tell_what_came(&spool, &opening_key, data.path()).await
}

/// What the desk would do next: open the envelopes. Tells how many fields, not what is in them.
async fn tell_what_came(spool: &Spool, key: &OpeningKey, data: &Path) -> anyhow::Result<()> {
    println!("\nIn {}:", data.join("spool.db").display());
    for queued in EmbeddedQueue::new(spool.clone()).next(100, Duration::ZERO).await? {
        let opened = key.open(&Envelope::parse(&queued.envelope)?)?;
        let answers = opened.submission().answers.len();
        println!("{} {} bytes sealed, {answers} answers", queued.token, queued.envelope.len());
    }
    Ok(())
}
