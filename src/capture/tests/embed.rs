//! The form on other pages: fragment, frame, and the files they load.

use super::*;

const SITE: &str = "https://www.example.jp";

fn app() -> App {
    App::with(|settings| {
        for form in &mut settings.forms {
            Arc::make_mut(form).allowed_origins = vec![origin(SITE)];
        }
    })
}

async fn from(app: &App, path: &str, origin: &str, etag: &str) -> Answer {
    let request = Request::get(path).header(header::ORIGIN, origin).header(header::IF_NONE_MATCH, etag);
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_fragment_may_be_cached_and_holds_nothing_of_one_visitor() {
    let app = app();
    let path = "/f/contact/fragment?lang=ja&layout=two-column";
    let answer = from(&app, path, SITE, "\"other\"").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    assert_eq!(answer.header("access-control-allow-origin"), SITE);
    assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
    assert!(!answer.headers.contains_key(header::SET_COOKIE));
    for there in [
        "action=\"https://forms.example.jp/f/contact\"",
        "data-schema=\"https://forms.example.jp/f/contact/schema.json?lang=ja\"",
        "class=\"ls-form ls-two-column\"",
        "name=\"_token\"",
        "href=\"https://forms.example.jp/assets/embed-",
    ] {
        assert!(answer.text.contains(there), "{there}");
    }
    for absent in ["name=\"_key\"", "<html", "<h1", " style=", "<style"] {
        assert!(!answer.text.contains(absent), "{absent}");
    }
    let again = from(&app, path, SITE, answer.header("etag")).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_ne!(from(&app, "/f/contact/fragment?lang=en", SITE, "").await.header("etag"), answer.header("etag"));
    let stranger = from(&app, path, "https://other.example", "").await;
    assert!(!stranger.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn a_cached_fragments_language_is_that_of_its_address() {
    let app = app();
    let request = Request::get("/f/contact/fragment").header(header::ACCEPT_LANGUAGE, "en").body(Body::empty());
    assert!(app.send(request.unwrap()).await.text.contains("data-lang=\"ja\""));
}

#[tokio::test]
async fn two_visitors_of_one_fragment_are_two_leads() {
    let app = app();
    let token = app.get("/f/contact/fragment").await.hidden("_token");
    let own = [("_token".to_owned(), token), ("_lang".to_owned(), "ja".to_owned())];
    let one = app.post(&answers(&own, &[])).await.receipt();
    let other = app.post(&answers(&own, &[("email", "other@example.co.jp")])).await.receipt();
    assert_ne!(one, other);
    assert_eq!(app.leads().await.len(), 2);
}

#[tokio::test]
async fn a_frame_may_be_shown_by_the_listed_pages_alone() {
    let app = app();
    let frame = app.get("/f/contact/frame?lang=en&layout=compact").await;
    let policy = frame.header("content-security-policy");
    assert!(policy.contains(&format!("frame-ancestors 'self' {SITE};")), "{policy}");
    assert!(policy.contains("script-src 'self'; connect-src 'self'; style-src 'self'") && !policy.contains("unsafe"));
    assert!(!frame.headers.contains_key(header::X_FRAME_OPTIONS));
    assert!(frame.text.contains("ls-compact") && !frame.text.contains("masthead"));
    assert_eq!(frame.header("cache-control"), "no-store");
    for path in [FORM, "/f/contact/thanks", "/f/nope/frame"] {
        let page = app.get(path).await;
        assert_eq!(page.header("x-frame-options"), "DENY", "{path}");
        assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
    }
}

#[tokio::test]
async fn a_refusal_is_read_in_the_frame_where_it_happens() {
    let app = app();
    let refused = app.post(&[("_frame", "1"), ("_lang", "en"), ("_key", "k"), ("email", "nobody")]).await;
    let broken = Request::post("/f/contact?frame=1").header(header::CONTENT_TYPE, "text/plain").body(Body::empty());
    let broken = app.send(broken.unwrap()).await;
    assert_eq!((refused.status.as_u16(), broken.status.as_u16()), (422, 415));
    for answer in [refused, broken] {
        assert!(!answer.headers.contains_key(header::X_FRAME_OPTIONS));
        assert!(answer.header("content-security-policy").contains(SITE) && answer.text.contains("ls-framed"));
    }
}

#[tokio::test]
async fn files_are_for_any_page_and_known_by_their_content() {
    let app = app();
    let page = app.get(FORM).await.text;
    let script = page.split("<script src=\"").nth(1).unwrap().split('"').next().unwrap();
    for (path, kind, caching) in [
        ("/embed.js", "text/javascript", "max-age=3600"),
        ("/embed.css", "text/css", "max-age=3600"),
        ("/embed.css?form=contact", "text/css", "max-age=3600"),
        (script, "text/javascript", "immutable"),
    ] {
        let file = app.get(path).await;
        assert_eq!(file.status, StatusCode::OK, "{path}");
        assert!(
            file.header("content-type").starts_with(kind) && file.header("cache-control").contains(caching),
            "{path}"
        );
        assert_eq!(file.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(file.header("cross-origin-resource-policy"), "cross-origin", "{path}");
        let known = from(&app, path, SITE, file.header("etag")).await;
        assert_eq!((known.status, known.text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path}");
    }
    assert_eq!(app.get("/embed.js").await.text, app.get(script).await.text);
}

#[tokio::test]
async fn a_page_of_an_earlier_release_gets_the_files_of_this_one_and_keeps_them_for_an_hour() {
    let app = app();
    let page = app.get("/f/contact/fragment").await.text;
    let sheet = page.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
    let sheet = sheet.strip_prefix("https://forms.example.jp").unwrap();
    let (stem, _) = sheet.rsplit_once('-').unwrap();
    for (old, now) in
        [(format!("{stem}-0123456789abcdef.css"), sheet), ("/assets/embed-0123456789abcdef.js".to_owned(), "/embed.js")]
    {
        let file = app.get(&old).await;
        assert_eq!((file.status, &file.text), (StatusCode::OK, &app.get(now).await.text), "{old}");
        assert_eq!(file.header("cache-control"), "public, max-age=3600");
    }
    for nothing in
        ["embed-0123456789abcdef.map", "other-0123456789abcdef.js", "embed-0123.js", "embed-.js", "embed.js", "-."]
    {
        assert_eq!(app.get(&format!("/assets/{nothing}")).await.status, StatusCode::NOT_FOUND, "{nothing}");
    }
}

#[tokio::test]
async fn a_sites_look_is_in_its_forms_style_sheet() {
    use crate::domain::site::{Scheme, Spacing};
    let app = App::with(|settings| {
        let site = Arc::make_mut(&mut settings.sites[0]);
        (site.radius, site.scheme, site.spacing) = (Some(0), Scheme::Dark, Some(Spacing::Tight));
        site.accent = Some("#7a1f5c".to_owned());
    });
    let sheet = app.get("/embed.css?form=contact").await.text;
    for rule in
        ["color-scheme:dark;", "--ls-site-radius:0px;", "--ls-site-gap:1.25rem;", ".leadseal{--ls-site-accent:#7a1f5c"]
    {
        assert!(sheet.contains(rule), "{rule}");
    }
    assert!(!App::new().get("/embed.css").await.text.contains("color-scheme:dark"));
}

/// On another page a rule on a bare element would change that page.
#[test]
fn the_forms_style_sheet_touches_nothing_outside_of_the_form() {
    let sheet = include_str!("../../../assets/embed.css");
    let sheet = regex::Regex::new(r"(?s)/\*.*?\*/").unwrap().replace_all(sheet, "").into_owned();
    let heads = regex::Regex::new(r"(?m)^\s*([^{};@]+)\{").unwrap();
    let in_brackets = regex::Regex::new(r"\([^()]*\)").unwrap();
    // Innermost brackets first: they nest at most twice.
    let bare = |head: &str| in_brackets.replace_all(&in_brackets.replace_all(head, ""), "").into_owned();
    let heads: Vec<String> = heads.captures_iter(&sheet).map(|head| bare(&head[1])).collect();
    assert!(heads.len() > 60, "{}", heads.len());
    for selector in heads.iter().flat_map(|head| head.split(',')) {
        assert!(selector.trim().starts_with(".leadseal"), "{selector}");
    }
}

#[tokio::test]
async fn steps_stand_below_each_other_under_headings() {
    let app = App::with(|settings| {
        for form in &mut settings.forms {
            let form = Arc::make_mut(form);
            form.fields[2].step = Some(crate::domain::lang::Text::both("You"));
        }
    });
    let page = app.get(FORM).await.text;
    let step = page.find("<div class=\"ls-step\" data-step=\"You\">\n<h2 class=\"ls-step-title\">You</h2>").unwrap();
    assert!(page.find("name=\"inquiry_type\"").unwrap() < step && step < page.find("name=\"name_family\"").unwrap());
    assert_eq!(page.matches("ls-step-title").count(), 1);
}
