//! Postal codes as the page's script asks for them.

use super::*;
use flate2::read::GzDecoder;
use std::io::Read;

/// The address that the schema tells, as a path.
async fn parts(app: &App) -> String {
    let schema = app.get("/f/document-request/schema.json").await.json();
    let address = schema["postal"].as_str().unwrap();
    address.strip_prefix("https://forms.example.jp").unwrap().to_owned()
}

#[tokio::test]
async fn a_code_leads_to_its_address_or_to_a_choice() {
    let app = App::new();
    let parts = parts(&app).await;
    let codes = app.get(&format!("{parts}100.json")).await;
    assert_eq!(codes.status, StatusCode::OK);
    assert_eq!(codes.json()["1000001"], serde_json::json!([["東京都", "千代田区", "千代田"]]));
    assert_eq!(
        codes.json()["1008994"],
        serde_json::json!([["東京都", "千代田区", "丸の内2丁目7-2", "東京中央郵便局"]]),
        "an office's own code tells its name and whole address"
    );
    let codes = app.get(&format!("{parts}498.json")).await.json();
    assert_eq!(
        codes["4980000"],
        serde_json::json!([["愛知県", "弥富市", ""], ["三重県", "桑名郡木曽岬町", ""]]),
        "one code, two prefectures"
    );
    let codes = app.get(&format!("{parts}029.json")).await.json();
    assert_eq!(
        codes["0295501"],
        serde_json::json!([["岩手県", "和賀郡西和賀町", "左草"], ["岩手県", "和賀郡西和賀町", "下左草"]]),
        "land lots are left to the visitor"
    );
    let codes = app.get(&format!("{parts}761.json")).await.json();
    assert_eq!(codes["7614101"][1], serde_json::json!(["香川県", "小豆郡土庄町", "乙"]));
}

#[tokio::test]
async fn any_page_may_read_the_parts_and_keep_them_for_good() {
    let app = App::new();
    let path = format!("{}100.json", parts(&app).await);
    let plain = app.get(&path).await;
    for accepted in [None, Some("gzip"), Some("br, gzip;q=0.5"), Some("gzip;q=0, identity"), Some("br")] {
        let mut request = Request::get(&path).header(header::ORIGIN, "https://anywhere.example");
        if let Some(accepted) = accepted {
            request = request.header(header::ACCEPT_ENCODING, accepted);
        }
        let response = app.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let headers = response.headers().clone();
        assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert_eq!(headers["cross-origin-resource-policy"], "cross-origin");
        assert_eq!(headers[header::CONTENT_TYPE], "application/json");
        assert_eq!(headers[header::VARY], "Accept-Encoding");
        assert!(headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        assert!(!headers.contains_key(header::SET_COOKIE));
        let mut body = response.into_body().collect().await.unwrap().to_bytes().to_vec();
        let packed = headers.contains_key(header::CONTENT_ENCODING);
        assert_eq!(packed, accepted.is_some_and(|offer| offer.contains("gzip") && !offer.contains("q=0,")));
        if packed {
            assert!(body.len() < 11_000, "{} bytes", body.len());
            let mut unpacked = Vec::new();
            GzDecoder::new(&body[..]).read_to_end(&mut unpacked).unwrap();
            body = unpacked;
        }
        assert_eq!(String::from_utf8(body).unwrap(), plain.text, "{accepted:?}");
    }
}

#[tokio::test]
async fn digits_without_codes_are_empty_and_other_names_are_not_there() {
    let app = App::new();
    let parts = parts(&app).await;
    let empty = app.get(&format!("{parts}000.json")).await;
    assert_eq!((empty.status, empty.text.as_str()), (StatusCode::OK, "{}"));
    assert!(empty.header("cache-control").contains("immutable"));
    for bad in
        ["1000001.json", "10.json", "abc.json", "100", "100.js", "%2e%2e%2f100.json", "%31%30%30%00.json", "%ff.json"]
    {
        let answer = app.get(&format!("{parts}{bad}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{bad}");
        assert_eq!(answer.header("cache-control"), "no-store", "{bad}");
    }
    let other_version = app.get("/postal/0000000000000000/100.json").await;
    assert_eq!(other_version.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_a_form_that_asks_for_a_postal_code_names_the_table() {
    let app = App::new();
    assert!(app.get("/f/contact/schema.json").await.json().get("postal").is_none());
    let nested = App::with(|settings| settings.public.url = "https://www.example.jp/forms/".parse().unwrap());
    let schema = nested.get("/f/document-request/schema.json").await.json();
    assert!(schema["postal"].as_str().unwrap().starts_with("https://www.example.jp/forms/postal/"));
    assert!(schema["postal"].as_str().unwrap().ends_with('/'));
}
