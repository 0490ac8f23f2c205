//! What staff are told.

use crate::house::{CANARY, House, header, parts, received, steady, subject, to, visitor};
use crate::smtp_sink::SmtpSink;
use leadseal::desk::store::DeliveryKind;
use leadseal::domain::lang::Lang;
use mail_parser::MessageParser;
use sha2::{Digest, Sha256};
use std::time::{Duration, Instant};

const TARO: &str = "canary.taro@example.co.jp";
const NOTIFY: &[DeliveryKind] = &[DeliveryKind::Notification];

/// Headers in order, then the text part: what a reader of the mail sees.
fn shown(mail: &crate::smtp_sink::ReceivedMail) -> String {
    let message = MessageParser::default().parse(&mail.raw).unwrap();
    let mut lines: Vec<String> = message
        .headers_raw()
        .map(|(name, value)| format!("{name}: {}", value.split_whitespace().collect::<Vec<_>>().join(" ")))
        .collect();
    lines.push(format!("(subject: {})", subject(mail)));
    lines.push(String::new());
    lines.push(parts(mail).0);
    steady(&lines.join("\n"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_is_announced_within_a_second_and_masked() {
    let sink = SmtpSink::start().await.unwrap();
    let house = House::new(Some(sink.address()));
    let running = house.run();
    let start = Instant::now();
    let lead = house.store_lead(&visitor(Lang::Ja, TARO));
    let mails = received(&sink, 2).await;
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());

    let mail = to(&mails, "sales@example.jp")[0];
    assert_eq!(subject(mail), "新規リード #1 資料請求（製造業・50～99名）");
    assert_eq!(mail.sender.as_deref(), Some("noreply@example.jp"));
    let (text, html) = parts(mail);
    for part in [&text, &html, &String::from_utf8_lossy(&mail.raw).into_owned()] {
        for raw in [CANARY, "﨑", "咲", "カサキ", "9012345678", "商事", "evil.example"] {
            assert!(!part.contains(raw), "{raw} in {part}");
        }
    }
    for part in [&text, &html] {
        for seen in ["c***@e***.co.jp", "髙*** 美***", "株***", "東京都", "サービス概要資料、料金表", "https://e***.jp"]
        {
            assert!(part.contains(seen), "{seen} not in {part}");
        }
        assert_eq!(part.matches("https://desk.example.jp/l/").count(), 1, "one button");
    }
    assert!(!html.contains("<img") && !html.contains("http://") && !html.contains("url("), "nothing is loaded");

    let secret = text.split("/l/").nth(1).unwrap().split_whitespace().next().unwrap();
    let digest: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    assert_eq!(house.store.lead_by_link(&digest).unwrap(), Some(lead));
    house.until(lead, |all| all.iter().all(|one| one.state == "sent")).await;
    assert_eq!(running.health.failing(), None);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_reads_like_this() {
    for lang in Lang::ALL {
        let sink = SmtpSink::start().await.unwrap();
        let mut house = House::new(Some(sink.address()));
        house.form().notify.lang = lang;
        house.store_with(&visitor(lang, TARO), NOTIFY);
        let second = house.store_with(&visitor(lang, TARO), NOTIFY);
        let running = house.run();
        let mails = received(&sink, 2).await;
        let mail = mails.iter().find(|mail| header(mail, "References").unwrap().contains(&second.to_string())).unwrap();
        insta::assert_snapshot!(format!("notification_{}", lang.tag()), shown(mail));
        insta::assert_snapshot!(format!("notification_html_{}", lang.tag()), steady(&parts(mail).1));
        running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_may_ask_for_values_in_clear_and_for_reply_to() {
    let sink = SmtpSink::start().await.unwrap();
    let mut house = House::new(Some(sink.address()));
    house.form().notify.reveal = vec!["company".parse().unwrap()];
    house.form().notify.reply_to_lead = true;
    let running = house.run();
    let lead = house.store_with(&visitor(Lang::Ja, TARO), NOTIFY);
    let mails = received(&sink, 1).await;
    assert_eq!(header(&mails[0], "Reply-To").as_deref(), Some(TARO));
    let (text, html) = parts(&mails[0]);
    for part in [&text, &html] {
        assert!(part.contains("株式会社canary商事"), "{part}");
        assert!(part.contains("c***@e***.co.jp") && !part.contains(TARO), "reply-to alone shows no address: {part}");
        assert_eq!(part.matches(CANARY).count(), 1, "{part}");
    }
    house.until(lead, |all| all[0].state == "sent").await;
    assert_eq!(house.audited(), ["lead-stored", "lead-revealed", "notification-sent"]);
    let entry = &house.store.audit_entries(2, 1).unwrap()[0];
    assert_eq!((entry.actor.as_str(), entry.reason.as_deref()), ("desk", Some("reply")));
    assert_eq!(entry.detail.as_deref(), Some("delivery=1 attempt=1 fields=company,email"));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_breaks_out_into_a_header() {
    let sink = SmtpSink::start().await.unwrap();
    let mut house = House::new(Some(sink.address()));
    let evil = "見本\r\nBcc: victim@example.com\r\n\r\n<script>alert(1)</script>\u{202e}\0";
    house.site().name = leadseal::domain::lang::Text::both(evil);
    house.site().accent = Some("#fff;}</style><script>".to_owned());
    house.form().title = leadseal::domain::lang::Text::both(evil);
    for field in &mut house.form().fields {
        field.label = leadseal::domain::lang::Text::both(evil);
        for choice in &mut field.choices {
            choice.label = leadseal::domain::lang::Text::both(evil);
        }
    }
    let running = house.run();
    // Two graphemes are masked wholly, three keep the first: here a line break.
    let mut submission = visitor(Lang::Ja, TARO);
    submission.answers[2].value = leadseal::domain::submission::Value::one("\r\nBcc: victim@example.com");
    house.store_lead(&submission);
    for mail in received(&sink, 2).await {
        let message = MessageParser::default().parse(&mail.raw).unwrap();
        let names: Vec<&str> = message.headers_raw().map(|(name, _)| name).collect();
        assert!(!names.iter().any(|name| name.eq_ignore_ascii_case("bcc")), "{names:?}");
        assert_eq!(mail.recipients.len(), 1);
        let (text, html) = parts(&mail);
        assert!(!html.contains("<script"), "{html}");
        assert!(!text.contains('\u{202e}') && !html.contains('\u{202e}'));
        assert!(subject(&mail).chars().count() <= 200 && !subject(&mail).contains(['\r', '\n', '\0']));
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_gone_does_not_silence_its_leads() {
    let sink = SmtpSink::start().await.unwrap();
    let mut house = House::new(Some(sink.address()));
    let lead = house.store_lead(&visitor(Lang::Ja, TARO));
    house.settings.forms.clear();
    let running = house.run();
    let mails = received(&sink, 1).await;
    assert_eq!(subject(&mails[0]), "新規リード #1 document-request");
    let deliveries = house.until(lead, |all| all.iter().all(|one| one.state != "waiting")).await;
    let states: Vec<_> = deliveries.iter().map(|one| (one.state.as_str(), one.last_error.as_deref())).collect();
    assert_eq!(states, [("sent", None), ("dead", Some("no such form"))]);
    running.stop().await;
}
