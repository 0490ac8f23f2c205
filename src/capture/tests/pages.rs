//! What pages carry: headers, semantics, style sheets, schema.

use super::*;

#[tokio::test]
async fn every_route_carries_the_security_headers() {
    let app = App::new();
    let sheet = stylesheet_path(&app).await;
    for path in [FORM, "/f/contact/thanks", "/f/contact/schema.json", "/healthz", "/readyz", "/", "/f/nope", &sheet] {
        let answer = app.get(path).await;
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {part}");
        }
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("x-robots-tag"), "noindex", "{path}");
        assert!(!answer.headers.contains_key(header::SET_COOKIE), "{path}");
        assert_eq!(answer.headers.get_all(header::CACHE_CONTROL).iter().count(), 1, "{path}");
    }
    assert_eq!(app.get(FORM).await.header("cache-control"), "no-store");
    let refused = app.post(&[]).await;
    assert!(!refused.header("content-security-policy").is_empty() && refused.header("cache-control") == "no-store");
}

async fn stylesheet_path(app: &App) -> String {
    let page = app.get(FORM).await;
    let start = page.text.find("/assets/").unwrap();
    page.text[start..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_style_sheet_may_be_cached_for_ever_and_holds_the_sites_accent() {
    let app = App::with(|settings| {
        for site in &mut settings.sites {
            Arc::make_mut(site).accent = Some("#7a1f5c".to_owned());
        }
    });
    let plain = App::with(|settings| {
        for site in &mut settings.sites {
            Arc::make_mut(site).accent = None;
        }
    });
    let path = stylesheet_path(&app).await;
    assert_ne!(path, stylesheet_path(&plain).await, "the name changes with the content");
    let sheet = app.get(&path).await;
    assert_eq!(sheet.header("content-type"), "text/css; charset=utf-8");
    assert!(sheet.header("cache-control").contains("immutable"));
    assert!(sheet.text.contains("--ls-site-accent:#7a1f5c"));
}

#[tokio::test]
async fn a_page_holds_no_inline_script_and_no_inline_style() {
    let app = App::new();
    for form in ["contact", "document-request", "event-registration", "newsletter"] {
        for lang in ["ja", "en"] {
            let page = app.get(&format!("/f/{form}?lang={lang}")).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.text.contains(&format!("<html lang=\"{lang}\" ")));
            for banned in ["<script>", " style=", "<style", " onclick", "javascript:"] {
                assert!(!page.text.contains(banned), "{form}: {banned}");
            }
            for key in ["page-", "hint-tel", "name-family", "error-", "refused-", "problem-", "thanks-"] {
                let shown = page.text.contains(&format!(">{key}"));
                assert!(!shown, "{form} {lang}: a message's name instead of its words: {key}");
            }
        }
    }
}

#[tokio::test]
async fn every_control_has_a_label_and_every_description_exists() {
    let app = App::new();
    for form in ["contact", "document-request", "event-registration", "newsletter"] {
        let page = app.get(&format!("/f/{form}")).await.text;
        let attributes = |name: &str| -> Vec<String> {
            page.split(&format!(" {name}=\"")).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
        };
        let ids = attributes("id");
        let mut unique = ids.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), ids.len(), "{form}: an id stands twice");
        for target in attributes("for") {
            assert!(ids.contains(&target), "{form}: a label for nothing: {target}");
        }
        for id in attributes("aria-describedby").iter().flat_map(|list| list.split(' ')) {
            assert!(ids.iter().any(|known| known == id), "{form}: described by nothing: {id}");
        }
        let controls = [
            "<input type=\"text\"",
            "<input type=\"email\"",
            "<input type=\"tel\"",
            "<input type=\"radio\"",
            "<input type=\"checkbox\"",
            "<select",
            "<textarea",
        ];
        let count: usize = controls.iter().map(|control| page.matches(control).count()).sum();
        assert_eq!(attributes("for").len(), count, "{form}: a control without a label");
    }
}

#[tokio::test]
async fn browsers_are_told_what_to_fill_in() {
    let app = App::new();
    let page = app.get("/f/document-request").await.text;
    for token in [
        "organization",
        "organization-title",
        "family-name",
        "given-name",
        "email",
        "tel",
        "postal-code",
        "address-level1",
        "street-address",
    ] {
        assert!(page.contains(&format!("autocomplete=\"{token}\"")), "{token}");
    }
    assert!(page.contains("name=\"postal_code\" value=\"\" autocomplete=\"postal-code\" inputmode=\"numeric\""));
    assert!(page.contains("「お受け取り方法」で「メールと郵送（印刷物）」を選んだ場合にご記入ください。"));
    assert!(page.contains("novalidate") && page.contains("accept-charset=\"utf-8\""));
}

#[tokio::test]
async fn english_pages_ask_for_the_given_name_first() {
    let app = App::new();
    let place = |page: &str, name: &str| page.find(&format!("name=\"{name}\"")).unwrap();
    let (ja, en) = (app.get("/f/contact?lang=ja").await.text, app.get("/f/contact?lang=en").await.text);
    assert!(place(&ja, "name_family") < place(&ja, "name_given"));
    assert!(place(&en, "name_given") < place(&en, "name_family"));
}

#[tokio::test]
async fn thanks_show_a_receipt_only_if_it_is_one() {
    let app = App::new();
    let genuine = Token::from_bytes([7; 20]).to_string();
    assert!(app.get(&format!("/f/contact/thanks?r={genuine}")).await.text.contains(&genuine));
    let words = encoded(&[("r", "Call 03-0000-0000 now")]);
    for forged in [words.as_str(), &format!("r={}x", &genuine[..35]), "r="] {
        let page = app.get(&format!("/f/contact/thanks?{forged}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("受付番号") && !page.text.contains("Call"), "{forged}");
    }
}

#[tokio::test]
async fn the_schema_tells_what_the_page_tells_and_no_more() {
    let app = App::with(|settings| {
        for form in &mut settings.forms {
            Arc::make_mut(form).allowed_origins = vec![origin("https://www.example.jp")];
        }
    });
    let request = |etag: &str| {
        Request::get("/f/contact/schema.json")
            .header(header::ORIGIN, "https://www.example.jp")
            .header(header::IF_NONE_MATCH, etag)
            .body(Body::empty())
            .unwrap()
    };
    let answer = app.send(request("\"other\"")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("access-control-allow-origin"), "https://www.example.jp");
    let schema = answer.json();
    assert_eq!(schema["action"], "https://forms.example.jp/f/contact");
    assert_eq!(schema["fields"][2]["inputs"], serde_json::json!(["name_family", "name_given"]));
    assert_eq!(schema["fields"][0]["choices"][0]["label"]["en"], "Products and services");
    for private in ["sales@example.jp", "protect", "tokenise", "retention", "recipients"] {
        assert!(!answer.text.contains(private), "{private}");
    }
    let again = app.send(request(answer.header("etag"))).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(again.header("access-control-allow-origin"), "https://www.example.jp");
}

#[tokio::test]
async fn nested_in_another_application_all_links_stay_under_its_prefix() {
    let app = App::with(|settings| settings.public.url = "https://www.example.jp/forms".parse().unwrap());
    let host = Router::new().route("/", axum::routing::get(|| async { "host" })).nest("/forms", app.router.clone());
    let nested = App { router: host, ..app };
    let page = nested.get("/forms/f/contact").await;
    assert!(page.text.contains("action=\"/forms/f/contact\""));
    let sheet = page.text.split("<link rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(nested.get(sheet).await.status, StatusCode::OK);
    let own: Vec<_> = ["_token", "_key", "_lang"].map(|name| (name.to_owned(), page.hidden(name))).into();
    let pairs = answers(&own, &[]);
    let request = Request::post("/forms/f/contact")
        .header(header::CONTENT_TYPE, FORM_TYPE)
        .header(header::ORIGIN, "https://www.example.jp")
        .body(Body::from(encoded(&pairs)))
        .unwrap();
    let taken = nested.send(request).await;
    assert!(taken.header("location").starts_with("/forms/f/contact/thanks?r="), "{}", taken.text);
    assert_eq!(nested.get(taken.header("location")).await.status, StatusCode::OK);
    assert!(nested.get("/forms/nowhere").await.text.contains("ページが見つかりません"));
    assert_eq!(nested.get("/").await.text, "host");
}

#[tokio::test]
async fn the_schema_of_a_language_says_what_the_server_would_say() {
    let app = App::new();
    let ask = async |query: &str| app.get(&format!("/f/contact/schema.json{query}")).await.json();
    let japanese = ask("?lang=ja").await;
    assert_eq!(japanese["words"]["faults"]["name_family"]["required"], "「お名前（姓）」を入力してください。");
    assert_eq!(japanese["words"]["page"]["error_title"], "エラー: {title}");
    let english = ask("?lang=en").await;
    assert_eq!(english["words"]["page"]["summary"], "There are problems with {count} answers");
    assert_eq!(english["words"]["page"]["summary_one"], "There is a problem with one answer");
    assert!(ask("").await.get("words").is_none());
}
