//! Who may use a page, read off its handler's first extractor.

use super::{Allowed, Needs, Staff};
use crate::console::state::Console;
use crate::domain::staff::Permission;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::convert::Infallible;

/// Who may use a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Everybody who reaches the listener: the pages before sign-in.
    Anyone,
    /// Who is signed in.
    SignedIn,
    /// Who is signed in and has the permission.
    May(Permission),
}

/// An extractor that decides who may use a page.
pub trait Decides {
    /// Who may.
    const DECISION: Decision;
}

/// As first extractor: the page is open to everybody. Only the pages before sign-in have it.
#[derive(Debug, Clone, Copy)]
pub struct Open;

impl FromRequestParts<Console> for Open {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &Console) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

impl Decides for Open {
    const DECISION: Decision = Decision::Anyone;
}

impl Decides for Staff {
    const DECISION: Decision = Decision::SignedIn;
}

impl<P: Needs> Decides for Allowed<P> {
    const DECISION: Decision = Decision::May(P::PERMISSION);
}

/// The extractors of a handler, of which the first decides: how axum writes a handler's type, a
/// marker and then its arguments.
pub trait Decided {
    /// Who may.
    const DECISION: Decision;
}

macro_rules! decided_by_the_first {
    ($($rest:ident)*) => {
        impl<Marker, First: Decides, $($rest),*> Decided for (Marker, First, $($rest,)*) {
            const DECISION: Decision = First::DECISION;
        }
    };
}

decided_by_the_first!();
decided_by_the_first!(A);
decided_by_the_first!(A B);
decided_by_the_first!(A B C);
decided_by_the_first!(A B C D);
decided_by_the_first!(A B C D E);
decided_by_the_first!(A B C D E F);
