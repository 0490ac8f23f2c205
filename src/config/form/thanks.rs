//! The page after a success: its words, or the site's own page in its place. Refuses addresses of
//! anybody else, so that no form is a way to send visitors elsewhere.

use super::ReadForm;
use super::lower::{Lines, Lowering};
use super::raw::FormTable;
use crate::config::address::{is_loopback, web_trouble};
use crate::config::mistake::Mistake;
use crate::domain::form::Thanks;
use crate::domain::origin::Origin;
use crate::domain::site::Site;
use std::sync::Arc;
use url::Url;

/// What the form says about the page after a success.
pub(super) fn thanks(lowering: &mut Lowering<'_, '_>, table: &FormTable) -> Thanks {
    let Some(thanks) = &table.thanks else {
        return Thanks { title: None, body: None, url: None, urls: Vec::new() };
    };
    Thanks {
        title: lowering.optional_words("/form/thanks/title", thanks.title.as_ref(), Lines::One),
        body: lowering.optional_words("/form/thanks/body", thanks.body.as_ref(), Lines::Many),
        url: thanks.url.as_deref().and_then(|text| address(lowering, "/form/thanks/url", text)),
        urls: (thanks.urls.iter().flatten().enumerate())
            .filter_map(|(n, text)| address(lowering, &format!("/form/thanks/urls/{n}"), text))
            .collect(),
    }
}

/// An address as browsers write it. Plain http only on this machine: the visitor's browser would
/// tell the network that they have just sent the form.
fn address(lowering: &mut Lowering<'_, '_>, at: &str, text: &str) -> Option<String> {
    let trouble = web_trouble(text);
    let url = Url::parse(text).ok().filter(|_| trouble.is_none());
    let trouble = match &url {
        Some(url) if url.scheme() == "http" && !is_loopback(url) => Some("is not https://"),
        Some(url) if url.fragment().is_some() => Some("has a # in it"),
        Some(_) => None,
        None => trouble.or(Some("is no web address")),
    };
    if let Some(trouble) = trouble {
        let what = format!("`{}` {trouble}", text.escape_debug());
        lowering.report.error(at, what, "write e.g. \"https://www.example.jp/thanks\"");
        return None;
    }
    url.map(String::from)
}

/// The mistakes that pages after a success are neither the site's nor of an origin the form lists.
pub(in crate::config) fn strangers(read: &ReadForm, sites: &[Arc<Site>]) -> Vec<Mistake> {
    let form = &read.form;
    let site = sites.iter().find(|site| site.id == form.site).and_then(|site| site.url.as_deref());
    let site = site.and_then(origin_of);
    let known =
        |url: &str| origin_of(url).is_some_and(|o| site.as_ref() == Some(&o) || form.allowed_origins.contains(&o));
    let own = form.thanks.url.iter().map(|url| ("/form/thanks/url".to_owned(), url));
    let more = form.thanks.urls.iter().enumerate().map(|(n, url)| (format!("/form/thanks/urls/{n}"), url));
    let stranger = |(at, url): (String, &String)| {
        let (line, column) = read.document.place(&at);
        let what = format!("`{}` is on another site", url.escape_debug());
        let fix = match origin_of(url) {
            Some(origin) => format!("if it is yours, add \"{origin}\" to allowed_origins"),
            None => "write e.g. \"https://www.example.jp/thanks\"".to_owned(),
        };
        Mistake { line, column, ..Mistake::of_file(read.document.file(), what, fix) }
    };
    own.chain(more).filter(|(_, url)| !known(url)).map(stranger).collect()
}

fn origin_of(url: &str) -> Option<Origin> {
    Origin::of_url(&Url::parse(url).ok()?)
}
