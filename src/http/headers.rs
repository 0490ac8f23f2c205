//! Headers that every answer carries, and the answer to a panic.
//!
//! Pages are static HTML with style sheets and, where there is a form, one script of ours: nothing
//! inline, no form that posts elsewhere. A handler's own header wins, so a cacheable file can say so.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower::{Layer, Service};
use tower_http::catch_panic::CatchPanicLayer;

/// `form-action` names the page's own origin. The thank-you page that follows is on it too.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// Whom the page of a form deals with besides us.
#[derive(Debug, Clone, Default)]
pub struct Dealings<'a> {
    /// Origins that a post may be answered with a redirect to: browsers hold `form-action` to what
    /// follows a post, too.
    pub targets: Vec<&'a str>,
    /// Origins whose pages may show it in a frame; nothing where it is no page for a frame.
    pub frames: Option<Vec<&'a str>>,
    /// What else it may load, by directive.
    pub loads: &'a [(&'a str, &'a str)],
}

/// The policy of a page that holds a form: as any page's, with our own script, which speaks to us
/// alone.
pub fn form_policy(with: &Dealings<'_>) -> Option<HeaderValue> {
    let of = |directive: &str, own: &str| {
        let more = with.loads.iter().filter(|(name, _)| *name == directive).map(|(_, sources)| *sources);
        let sources: Vec<&str> = [own].into_iter().filter(|own| !own.is_empty()).chain(more).collect();
        if sources.is_empty() { String::new() } else { format!("{directive} {}; ", sources.join(" ")) }
    };
    let loads = [
        of("script-src", "'self'"),
        of("connect-src", "'self'"),
        of("style-src", "'self'"),
        of("frame-src", ""),
        of("img-src", "'self' data:"),
    ];
    let targets: String = with.targets.iter().map(|origin| format!(" {origin}")).collect();
    let frames = match &with.frames {
        Some(frames) => frames.iter().fold("'self'".to_owned(), |list, origin| format!("{list} {origin}")),
        None => "'none'".to_owned(),
    };
    let policy = format!(
        "default-src 'none'; {}form-action 'self'{targets}; frame-ancestors {frames}; base-uri 'none'",
        loads.concat()
    );
    HeaderValue::from_str(&policy).ok()
}

/// `same-origin`, not `no-referrer`: under the latter browsers send `Origin: null` with the form's
/// own post, which is refused. Nothing goes to other sites either way.
const REFERRER: &str = "same-origin";

const PERMISSIONS: &str = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), \
                           gyroscope=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=()";

/// What pages on which staff use passkeys may do: the same, and ask an authenticator.
pub fn permissions_with_passkeys() -> Option<(HeaderName, HeaderValue)> {
    let allowed = PERMISSIONS.replace("publickey-credentials-get=()", "publickey-credentials-get=(self)");
    Some((HeaderName::from_static("permissions-policy"), HeaderValue::from_str(&allowed).ok()?))
}

/// Whether pages of other origins may have an answer (Fetch standard).
pub const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

fn common() -> Vec<(HeaderName, HeaderValue)> {
    [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, REFERRER),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (RESOURCE_POLICY, "same-origin"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
        (header::CACHE_CONTROL, "no-store"),
    ]
    .map(|(name, value)| (name, HeaderValue::from_static(value)))
    .into()
}

/// The headers of pages that visitors see.
pub fn public_headers() -> SecurityHeaders {
    SecurityHeaders { headers: common().into() }
}

/// The headers of pages that staff and monitoring see. The same: a staff page needs no more.
pub fn private_headers() -> SecurityHeaders {
    public_headers()
}

/// Marks an answer that pages of other origins may show in a frame, as its policy says.
#[derive(Debug, Clone, Copy)]
pub struct MayBeFramed;

/// Adds the security headers that an answer does not set itself.
#[derive(Clone)]
pub struct SecurityHeaders {
    headers: std::sync::Arc<[(HeaderName, HeaderValue)]>,
}

impl<S> Layer<S> for SecurityHeaders {
    type Service = SecureService<S>;

    fn layer(&self, inner: S) -> SecureService<S> {
        SecureService { inner, headers: self.clone() }
    }
}

/// A service whose answers carry the security headers.
#[derive(Clone)]
pub struct SecureService<S> {
    inner: S,
    headers: SecurityHeaders,
}

impl<S, B> Service<Request<B>> for SecureService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let headers = self.headers.clone();
        let answering = self.inner.call(request);
        Box::pin(async move {
            let mut response = answering.await?;
            // `X-Frame-Options` knows no list; where the policy has one, it speaks alone.
            let framed = response.extensions().get::<MayBeFramed>().is_some();
            for (name, value) in headers.headers.iter().filter(|(name, _)| !(framed && name == header::X_FRAME_OPTIONS))
            {
                response.headers_mut().entry(name).or_insert_with(|| value.clone());
            }
            Ok(response)
        })
    }
}

/// What answers in the place of a handler that panicked.
type PanicAnswer = fn(Box<dyn Any + Send + 'static>) -> Response<Body>;

/// Turns a panic in a handler into a 500 page that says nothing about its cause.
pub fn catch_panics() -> CatchPanicLayer<PanicAnswer> {
    CatchPanicLayer::custom(panic_answer as PanicAnswer)
}

/// The panic's message may quote a visitor's words, so it is neither shown nor logged.
fn panic_answer(_message: Box<dyn Any + Send + 'static>) -> Response<Body> {
    tracing::error!("a request handler panicked");
    let mut response = Response::new(Body::from(PANIC_PAGE));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// The request is gone when a panic is caught, and with it the visitor's language: both are shown.
const PANIC_PAGE: &str = "<!doctype html>\n<html lang=\"ja\"><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
<title>エラーが発生しました / Something went wrong</title>\
<h1>エラーが発生しました</h1><p>申し訳ございません。しばらくしてから、もう一度お試しください。</p>\
<div lang=\"en\"><h2>Something went wrong</h2><p>We are sorry. Please try again in a few minutes.</p></div></html>\n";

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    async fn answer(router: Router) -> Response<Body> {
        router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn a_panic_becomes_a_page_without_its_message() {
        let panics = get(|| async {
            if true {
                panic!("山田太郎");
            }
        });
        let response = answer(Router::new().route("/", panics).layer(catch_panics()).layer(public_headers())).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(response.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        let page = response.into_body().collect().await.unwrap().to_bytes();
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert!(page.contains("エラーが発生しました") && !page.contains("山田"));
    }

    #[tokio::test]
    async fn a_handlers_own_header_wins() {
        let cached = get(|| async { ([(header::CACHE_CONTROL, "public, max-age=60")], "x") });
        let response = answer(Router::new().route("/", cached).layer(public_headers())).await;
        assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=60");
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(response.headers().get_all(header::CACHE_CONTROL).iter().count(), 1);
    }
}
