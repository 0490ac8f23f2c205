//! What Leadseal is compared with: an axum handler that reads the body and answers 303, bare or
//! after one fsynced append per group of posts. The same HTTP libraries, nothing of Leadseal.
//!
//! Runs as a child process of the bench. Two threads serve, as Leadseal's runtime has on two cores.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::mpsc;
use tokio::sync::oneshot;

/// Most posts in one write, as in Leadseal's spool.
const GROUP: usize = 512;

/// Serves until it is killed.
pub fn serve(port: u16, journal: Option<&Path>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let router = match journal {
        None => Router::new().route("/f/contact", post(answer)),
        Some(path) => Router::new().route("/f/contact", post(keep_and_answer)).with_state(Journal::open(path)),
    };
    let router = router.route("/readyz", get(|| async { "ready\n" }));
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router).await.expect("it serves");
    });
}

fn see_other() -> (StatusCode, [(HeaderName, &'static str); 1]) {
    (StatusCode::SEE_OTHER, [(header::LOCATION, "/f/contact/thanks")])
}

async fn answer(body: Bytes) -> impl IntoResponse {
    drop(body);
    see_other()
}

async fn keep_and_answer(State(journal): State<Journal>, body: Bytes) -> impl IntoResponse {
    let (kept, done) = oneshot::channel();
    let taken = journal.requests.send((body, kept)).is_ok();
    if taken && done.await.is_ok() {
        see_other().into_response()
    } else {
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
}

/// A post and whom to tell that it is on disk.
type Kept = (Bytes, oneshot::Sender<()>);

/// An append-only file with one writer.
#[derive(Clone)]
struct Journal {
    requests: mpsc::Sender<Kept>,
}

impl Journal {
    fn open(path: &Path) -> Self {
        let file = OpenOptions::new().create(true).append(true).open(path).expect("the journal opens");
        let (requests, inbox) = mpsc::channel();
        std::thread::spawn(move || write(file, &inbox));
        Self { requests }
    }
}

/// Writes whatever waits, syncs once, then tells everybody.
fn write(mut file: File, inbox: &mpsc::Receiver<Kept>) {
    let mut bytes = Vec::new();
    while let Ok(first) = inbox.recv() {
        let group: Vec<Kept> = std::iter::once(first).chain(inbox.try_iter()).take(GROUP).collect();
        bytes.clear();
        for (body, _) in &group {
            bytes.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
            bytes.extend_from_slice(body);
        }
        file.write_all(&bytes).and_then(|()| file.sync_data()).expect("the journal is written");
        for (_, kept) in group {
            let _gone = kept.send(());
        }
    }
}
