//! Whether a post comes from a page of this console, by what only a browser writes.

use axum::http::{HeaderMap, header};
use url::Url;

/// `Sec-Fetch-Site` says so, where the browser sends it; else `Origin` names the host that the
/// request was sent to, or the console's own address. A post with neither is refused: every browser
/// of the last ten years sends one of them.
pub(super) fn is_same_origin(headers: &HeaderMap, own: &Url) -> bool {
    let line = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = line("sec-fetch-site") {
        return site == "same-origin";
    }
    let Some(origin) = line(header::ORIGIN.as_str()).and_then(|origin| Url::parse(origin).ok()) else { return false };
    if origin.origin() == own.origin() {
        return true;
    }
    // Staff may come through a tunnel, under another name or port than the settings know.
    let host = line(header::HOST.as_str()).and_then(|host| Url::parse(&format!("{}://{host}", own.scheme())).ok());
    host.is_some_and(|host| host.origin() == origin.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(lines: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.insert(*name, value.parse().unwrap());
        }
        is_same_origin(&headers, &"https://leads.example.jp".parse().unwrap())
    }

    #[test]
    fn only_our_own_pages_post() {
        assert!(holds(&[("sec-fetch-site", "same-origin")]));
        assert!(holds(&[("origin", "https://leads.example.jp")]));
        assert!(holds(&[("origin", "https://tunnel.test:9000"), ("host", "tunnel.test:9000")]));
        for lines in [
            &[][..],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://leads.example.jp")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "null")],
            &[("origin", "https://evil.example"), ("host", "leads.example.jp")],
            &[("origin", "http://leads.example.jp"), ("host", "leads.example.jp")],
            &[("origin", "https://leads.example.jp:444"), ("host", "leads.example.jp")],
        ] {
            assert!(!holds(lines), "{lines:?}");
        }
    }
}
