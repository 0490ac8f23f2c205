//! The listener on real sockets: slow clients, too many clients, and stopping.

use super::*;
use axum::routing::{get, post};
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

struct Running {
    address: SocketAddr,
    shutdown: CancellationToken,
    server: JoinHandle<()>,
}

fn short() -> ListenerOptions {
    ListenerOptions {
        max_connections: 8,
        header_timeout: Duration::from_millis(150),
        body_timeout: Duration::from_millis(150),
        drain_timeout: Duration::from_secs(5),
    }
}

async fn run(router: Router, options: ListenerOptions) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let server = tokio::spawn(serve(listener, router, options, shutdown.clone()));
    Running { address, shutdown, server }
}

async fn connect(running: &Running) -> TcpStream {
    TcpStream::connect(running.address).await.unwrap()
}

async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset counts as closed: the server may close while our bytes are still under way.
    let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes)).await.expect("still open");
    String::from_utf8(bytes).unwrap()
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn a_client_that_never_finishes_its_headers_is_cut_off() {
    let running = run(Router::new().route("/", get(|| async { "hello" })), short()).await;
    let mut slow = connect(&running).await;
    let start = Instant::now();
    let dripping = async {
        slow.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").await.unwrap();
        let (mut reader, mut writer) = slow.split();
        let drip = async {
            loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                if writer.write_all(b"X-Slow: 1\r\n").await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        let closed = async { while reader.read(&mut [0; 256]).await.is_ok_and(|n| n > 0) {} };
        tokio::select! { () = drip => {}, () = closed => {} }
    };
    tokio::time::timeout(Duration::from_secs(10), dripping).await.expect("the connection was kept open");
    assert!(start.elapsed() >= Duration::from_millis(100), "closed before the timeout");

    let mut quick = connect(&running).await;
    quick.write_all(GET).await.unwrap();
    assert!(read_all(&mut quick).await.ends_with("hello"));
}

#[tokio::test]
async fn a_client_that_says_nothing_is_cut_off() {
    let running = run(Router::new(), short()).await;
    assert_eq!(read_all(&mut connect(&running).await).await, "");
}

#[tokio::test]
async fn a_body_that_stalls_is_given_up() {
    let read = post(|mut body: Body| async move {
        match super::super::timed_body::read_limited(&mut body, 1000).await {
            Ok(_) => "read".to_owned(),
            Err(error) => error.to_string(),
        }
    });
    let running = run(Router::new().route("/", read), short()).await;
    let mut stalled = connect(&running).await;
    stalled
        .write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nConnection: close\r\n\r\nab")
        .await
        .unwrap();
    assert!(read_all(&mut stalled).await.ends_with("the request body did not arrive in time"));
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answer_is_cut_off() {
    let large = get(|| async { "x".repeat(16 * 1024 * 1024) });
    let router = Router::new().route("/large", large).route("/", get(|| async { "hello" }));
    let running = run(router, ListenerOptions { max_connections: 1, ..short() }).await;
    let mut deaf = connect(&running).await;
    deaf.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    // The only place there is becomes free, although the first client hangs on.
    let mut next = connect(&running).await;
    next.write_all(GET).await.unwrap();
    assert!(read_all(&mut next).await.ends_with("hello"));
    drop(deaf);
}

#[tokio::test]
async fn no_more_connections_than_allowed_are_served_at_a_time() {
    let options = ListenerOptions { max_connections: 1, header_timeout: Duration::from_secs(5), ..short() };
    let running = run(Router::new().route("/", get(|| async { "hello" })), options).await;
    let holder = connect(&running).await;
    // Served once the first has gone, and not before.
    let mut waiting = connect(&running).await;
    waiting.write_all(GET).await.unwrap();
    let mut byte = [0u8; 1];
    let early = tokio::time::timeout(Duration::from_millis(200), waiting.read(&mut byte)).await;
    assert!(early.is_err(), "served beyond the cap");
    drop(holder);
    assert!(read_all(&mut waiting).await.ends_with("hello"));
}

#[tokio::test]
async fn stopping_lets_a_running_request_finish_and_takes_no_new_one() {
    let (entered, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (entered, release) = (Arc::clone(&entered), Arc::clone(&release));
        get(move || async move {
            entered.notify_one();
            release.notified().await;
            "finished"
        })
    };
    let running = run(Router::new().route("/", slow), short()).await;
    let mut client = connect(&running).await;
    client.write_all(GET).await.unwrap();
    entered.notified().await;
    running.shutdown.cancel();
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    release.notify_one();
    assert!(read_all(&mut client).await.ends_with("finished"));
    tokio::time::timeout(Duration::from_secs(5), running.server).await.expect("did not stop").unwrap();
}

#[tokio::test]
async fn stopping_gives_up_on_what_does_not_end() {
    let stuck = get(|| async { std::future::pending::<()>().await });
    let options = ListenerOptions { drain_timeout: Duration::from_millis(50), ..short() };
    let running = run(Router::new().route("/", stuck), options).await;
    let mut client = connect(&running).await;
    client.write_all(GET).await.unwrap();
    running.shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(5), running.server).await.expect("did not stop").unwrap();
    assert_eq!(read_all(&mut client).await, "");
}

#[tokio::test]
async fn handlers_see_the_peer() {
    let who = get(|axum::Extension(Peer(peer)): axum::Extension<Peer>| async move { peer.to_string() });
    let running = run(Router::new().route("/", who), short()).await;
    let mut client = connect(&running).await;
    let own = client.local_addr().unwrap().to_string();
    client.write_all(GET).await.unwrap();
    assert!(read_all(&mut client).await.ends_with(&own));
}

/// An answer in pieces, each of which takes a while; broken off after them, or whole.
fn pieces(is_whole: bool) -> Body {
    let pieces = futures_util::stream::unfold(0, move |piece| async move {
        tokio::time::sleep(Duration::from_millis(60)).await;
        let next = if piece < 10 { Ok("leads;") } else { Err(io::Error::from(io::ErrorKind::UnexpectedEof)) };
        (piece < 10 || (piece == 10 && !is_whole)).then_some((next, piece + 1))
    });
    Body::from_stream(pieces)
}

#[tokio::test]
async fn an_answer_that_flows_may_take_longer_than_any_timeout_also_when_the_listener_stops() {
    let running = run(Router::new().route("/", get(async || pieces(true))), short()).await;
    let mut client = connect(&running).await;
    client.write_all(GET).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    running.shutdown.cancel();
    let answer = read_all(&mut client).await;
    assert!(answer.matches("leads;").count() == 10 && answer.ends_with("0\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_never_looks_whole() {
    let running = run(Router::new().route("/", get(async || pieces(false))), short()).await;
    let mut client = connect(&running).await;
    client.write_all(GET).await.unwrap();
    let answer = read_all(&mut client).await;
    assert!(answer.contains("leads;") && !answer.ends_with("0\r\n\r\n"), "{answer}");
}
