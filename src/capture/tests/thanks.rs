//! The site's own page after a success: listed pages only, and nothing of the visitor in them.

use super::*;

const OWN: &str = "https://www.example.jp/thanks?campaign=1";
const SECOND: &str = "https://lp.example.jp/done";

fn app() -> App {
    App::with(|settings| {
        for form in &mut settings.forms {
            let form = Arc::make_mut(form);
            form.thanks.url = Some(OWN.to_owned());
            form.thanks.urls = vec![SECOND.to_owned()];
        }
    })
}

#[tokio::test]
async fn a_listed_page_follows_and_learns_the_form_alone() {
    let app = app();
    let own = view(&app).await;
    let sent = app.post(&answers(&own, &[])).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert_eq!(sent.header("location"), format!("{OWN}&leadseal=contact"));
    let wished = app.post(&answers(&own, &[("_thanks", SECOND), ("email", "b@example.co.jp")])).await;
    assert_eq!(wished.header("location"), format!("{SECOND}?leadseal=contact"));
    let answer = app.post_json(&json_answers(), None).await.json();
    assert_eq!(
        (answer["redirect"].as_bool(), answer["thanks"].as_str()),
        (Some(true), Some(&*format!("{OWN}&leadseal=contact")))
    );
}

#[tokio::test]
async fn nobody_is_sent_where_the_form_does_not_list() {
    let app = app();
    for (n, wish) in [
        "https://evil.example/",
        "https://www.example.jp/other",
        "https://www.example.jp.evil.example/thanks?campaign=1",
        "//evil.example/",
        "javascript:alert(1)",
        "https://lp.example.jp@evil.example/done",
        "https://lp.example.jp/done?x",
        "\\\\evil.example",
    ]
    .into_iter()
    .enumerate()
    {
        let own = view(&app).await;
        let email = format!("visitor{n}@example.co.jp");
        let sent = app.post(&answers(&own, &[("_thanks", wish), ("email", &email)])).await;
        assert_eq!(sent.header("location"), format!("{OWN}&leadseal=contact"), "{wish}");
        let page = app.get(&format!("{FORM}?{}", encoded(&[("thanks", wish)]))).await;
        assert!(!page.text.contains("name=\"_thanks\""), "{wish}");
    }
    let plain = App::new();
    let own = view(&plain).await;
    let sent = plain.post(&answers(&own, &[("_thanks", "https://evil.example/")])).await;
    assert!(sent.header("location").starts_with("/f/contact/thanks?r="));
}

#[tokio::test]
async fn a_wish_in_the_address_goes_with_the_form_and_browsers_let_the_redirect_pass() {
    let app = app();
    for path in [FORM, "/f/contact/frame", "/f/contact/fragment"] {
        let page = app.get(&format!("{path}?{}", encoded(&[("thanks", SECOND)]))).await;
        assert_eq!(page.hidden("_thanks"), SECOND, "{path}");
        if !path.ends_with("fragment") {
            let policy = page.header("content-security-policy");
            let wanted = "form-action 'self' https://www.example.jp https://lp.example.jp;";
            assert!(policy.contains(wanted), "{path}: {policy}");
        }
    }
}
