//! What a form of the console sends. Whoever holds one knows that our own page sent it.

use super::same_origin::is_same_origin;
use super::{FORMS, Staff};
use crate::console::refusal;
use crate::console::state::Console;
use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::response::Response;
use zeroize::Zeroize;

/// Most bytes of a form's body: notes are the longest.
const LARGEST: usize = 256 * 1024;
/// The input that carries the session's token.
const TOKEN: &str = "_csrf";

/// The answers of a form, wiped on drop: passwords and notes are among them.
struct Answers(Vec<(String, String)>);

impl Drop for Answers {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|(_, value)| value.zeroize());
    }
}

impl Answers {
    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(its, _)| its == name).map_or("", |(_, value)| value)
    }

    async fn read(request: Request, console: &Console) -> Result<Self, Response> {
        let is_form = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if !is_form || !is_same_origin(request.headers(), &console.parts.settings.private.url) {
            return Err(refusal::foreign_form(console, request.headers()));
        }
        let headers = request.headers().clone();
        let Ok(body) = to_bytes(request.into_body(), LARGEST).await else {
            return Err(refusal::too_large(console, &headers));
        };
        Ok(Self(url::form_urlencoded::parse(&body).into_owned().collect()))
    }
}

/// A form that somebody who is signed in sent, in this session.
pub struct Post(Answers);

impl Post {
    /// The answer to an input; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name)
    }

    /// Every answer to an input that may be given more than once.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.0.iter().filter(move |(its, _)| its == name).map(|(_, value)| value.as_str())
    }
}

impl FromRequest<Console> for Post {
    type Rejection = Response;

    async fn from_request(request: Request, console: &Console) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let staff = Staff::from_request_parts(&mut parts, console).await?;
        let headers = parts.headers.clone();
        let answers = Answers::read(Request::from_parts(parts, body), console).await?;
        if staff.secret.holds(FORMS, answers.get(TOKEN)) {
            Ok(Self(answers))
        } else {
            Err(refusal::foreign_form(console, &headers))
        }
    }
}

/// A form of the sign-in pages: sent by our own page, but nobody is signed in yet.
pub struct OpenPost(Answers);

impl OpenPost {
    /// The answer to an input; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name)
    }
}

impl FromRequest<Console> for OpenPost {
    type Rejection = Response;

    async fn from_request(request: Request, console: &Console) -> Result<Self, Response> {
        Answers::read(request, console).await.map(Self)
    }
}
