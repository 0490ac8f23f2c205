//! The console's routes, each with who may use it.
//!
//! A handler's first extractor decides that; it is read off the handler's type when the route is
//! added. A handler whose first extractor decides nothing does not compile as a page.

use super::guard::Decided;
#[cfg(test)]
use super::guard::Decision;
use super::state::Console;
use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};

/// A route of the console.
#[cfg(test)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) who: Decision,
}

/// Routes that become a part of the console.
#[derive(Default)]
pub(super) struct Pages {
    router: Router<Console>,
    #[cfg(test)]
    list: Vec<Page>,
}

impl Pages {
    /// None yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A page to look at.
    pub(super) fn get<H: Handler<T, Console>, T: Decided + 'static>(self, path: &'static str, handler: H) -> Self {
        self.add(Method::GET, MethodFilter::GET, path, handler)
    }

    /// What a form is sent to.
    pub(super) fn post<H: Handler<T, Console>, T: Decided + 'static>(self, path: &'static str, handler: H) -> Self {
        self.add(Method::POST, MethodFilter::POST, path, handler)
    }

    #[cfg_attr(not(test), expect(unused_variables, reason = "the list is the tests'"))]
    #[cfg_attr(not(test), expect(clippy::needless_pass_by_value, reason = "the list is the tests'"))]
    fn add<H: Handler<T, Console>, T: Decided + 'static>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        handler: H,
    ) -> Self {
        self.router = self.router.route(path, on(filter, handler));
        #[cfg(test)]
        self.list.push(Page { method, path, who: T::DECISION });
        self
    }

    /// With the pages of another part.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        #[cfg(test)]
        self.list.extend(other.list);
        self
    }

    /// The router of them all.
    pub(super) fn router(self) -> Router<Console> {
        self.router
    }

    /// All routes.
    #[cfg(test)]
    pub(super) fn list(&self) -> &[Page] {
        &self.list
    }
}
