//! A request body that must arrive in time.
//!
//! The whole body has one deadline, counted from the first time somebody reads it: a client that
//! sends a byte now and then gains nothing.

use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Sleep;
use zeroize::Zeroizing;

/// The body did not arrive in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request body did not arrive in time")]
pub struct BodyTimeout;

impl BodyTimeout {
    /// True when this is at the root of `error`.
    pub fn caused(error: &(dyn std::error::Error + 'static)) -> bool {
        let mut next = Some(error);
        while let Some(error) = next {
            if error.is::<Self>() {
                return true;
            }
            next = error.source();
        }
        false
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body with a deadline.
pub struct TimedBody<B> {
    inner: B,
    limit: Duration,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<B> TimedBody<B> {
    /// Gives `inner` the time `limit` from its first reading on.
    pub fn new(inner: B, limit: Duration) -> Self {
        Self { inner, limit, deadline: None }
    }
}

impl<B> Body for TimedBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let limit = this.limit;
        let deadline = this.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        match deadline.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Some(Err(Box::new(BodyTimeout)))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// More bytes than allowed.
    #[error("the request body is too large")]
    TooLarge,
    /// It did not arrive in time.
    #[error("the request body did not arrive in time")]
    Timeout,
    /// The connection broke, or the framing was wrong.
    #[error("the request body could not be read")]
    Broken,
}

/// Reads a body of at most `limit` bytes. A declared length above it is refused before anything
/// is read; a body without one is cut off where it passes the limit.
///
/// # Errors
/// When it is too large, too slow or broken.
pub async fn read_limited(body: &mut axum::body::Body, limit: usize) -> Result<Vec<u8>, BodyError> {
    let declared = body.size_hint().lower();
    if declared > limit as u64 {
        return Err(BodyError::TooLarge);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(declared).unwrap_or(0));
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| if BodyTimeout::caused(&error) { BodyError::Timeout } else { BodyError::Broken })?;
        if let Some(data) = frame.data_ref() {
            if data.len() > limit - bytes.len() {
                return Err(BodyError::TooLarge);
            }
            bytes.extend_from_slice(data);
        }
    }
    Ok(bytes)
}

/// How much of an over-large body is read and thrown away so that its sender sees the answer.
const MOST_DISCARDED: usize = 4 * 1024 * 1024;

/// Reads the body of a post, of which a visitor's words may be part: wiped when it is dropped. What
/// is too large is let come to its end where its sender would otherwise not see the answer.
///
/// # Errors
/// As [`read_limited`].
pub async fn read_post(
    headers: &HeaderMap,
    mut body: axum::body::Body,
    limit: usize,
) -> Result<Zeroizing<Vec<u8>>, BodyError> {
    let read = read_limited(&mut body, limit).await;
    // Who waits to be told to go on has sent nothing yet.
    if read == Err(BodyError::TooLarge) && !headers.contains_key(header::EXPECT) {
        discard(&mut body, MOST_DISCARDED).await;
    }
    read.map(Zeroizing::new)
}

/// Reads what is left of a refused body and throws it away, up to `most` bytes: a browser that is
/// still sending when the connection closes shows an error of its own instead of the answer.
pub async fn discard(body: &mut axum::body::Body, most: usize) {
    let mut left = most;
    if body.size_hint().lower() > most as u64 {
        return;
    }
    while let Some(Ok(frame)) = body.frame().await {
        match frame.data_ref().map(|data| left.checked_sub(data.len())) {
            Some(Some(rest)) => left = rest,
            Some(None) => return,
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body as AxumBody;
    use futures_util::stream;

    fn endless() -> AxumBody {
        AxumBody::from_stream(stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b'a'; 1000]))))
    }

    #[tokio::test]
    async fn an_endless_body_is_cut_off() {
        assert_eq!(read_limited(&mut endless(), 10_000).await, Err(BodyError::TooLarge));
    }

    #[tokio::test]
    async fn a_declared_length_is_believed_before_reading() {
        assert_eq!(read_limited(&mut AxumBody::from("x".repeat(11)), 10).await, Err(BodyError::TooLarge));
        assert_eq!(read_limited(&mut AxumBody::from("x".repeat(10)), 10).await.unwrap().len(), 10);
    }

    #[tokio::test]
    async fn throwing_away_ends_too() {
        discard(&mut endless(), 10_000).await;
        let mut short = AxumBody::from("x");
        discard(&mut short, 10).await;
        assert!(short.is_end_stream());
    }

    #[tokio::test]
    async fn a_silent_body_times_out() {
        let silent = AxumBody::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        let mut timed = AxumBody::new(TimedBody::new(silent, Duration::from_millis(20)));
        assert_eq!(read_limited(&mut timed, 10).await, Err(BodyError::Timeout));
    }
}
