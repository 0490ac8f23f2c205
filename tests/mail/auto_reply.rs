//! What the visitor is told.

use crate::house::{CANARY, House, header, parts, received, steady, subject, to, visitor};
use crate::smtp_sink::{Fault, Point, SinkOptions, SmtpSink};
use jiff::SignedDuration;
use leadseal::desk::outbox::check_texts;
use leadseal::desk::store::DeliveryKind;
use leadseal::domain::lang::{Lang, Text};

const TARO: &str = "taro@example.co.jp";
const REPLY: &[DeliveryKind] = &[DeliveryKind::AutoReply];

#[tokio::test(flavor = "multi_thread")]
async fn the_visitor_gets_the_owners_words_and_none_of_their_own() {
    let sink = SmtpSink::start().await.unwrap();
    let mut house = House::new(Some(sink.address()));
    house.form().auto_reply.as_mut().unwrap().body = Text::both(
        "{{ site }} <b>&\n{{ form }}: {{ choice.industry }} / {{ choice.documents }} / {{ choice.timing }}.\n\n二つ目の段落\n",
    );
    let running = house.run();
    let lead = house.store_lead(&visitor(Lang::Ja, TARO));
    let mails = received(&sink, 2).await;
    let mail = to(&mails, TARO)[0];
    assert_eq!(subject(mail), "【自動返信】資料請求を受け付けました");
    assert_eq!(header(mail, "Auto-Submitted").as_deref(), Some("auto-replied"));
    assert_eq!(header(mail, "X-Auto-Response-Suppress").as_deref(), Some("All"));
    assert_eq!((header(mail, "References"), header(mail, "Reply-To")), (None, None));
    let (text, html) = parts(mail);
    assert!(text.contains("<b>&\n資料請求: 製造業 / サービス概要資料、料金表 / ."), "{text}");
    assert!(html.contains("&#60;b&#62;&#38;<br>"), "the HTML part escapes: {html}");
    for part in [&text, &html] {
        assert!(part.contains(&lead.to_string()), "the receipt is always there: {part}");
        for echoed in [CANARY, "evil.example", "髙", TARO, "株式会社c"] {
            assert!(!part.contains(echoed), "{echoed} in {part}");
        }
    }
    house.until(lead, |all| all.iter().all(|one| one.state == "sent")).await;
    let mut audited = house.audited();
    audited.sort();
    assert_eq!(audited, ["auto-reply-sent", "lead-revealed", "lead-stored", "notification-sent"]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ready_forms_reply_reads_like_this() {
    for lang in Lang::ALL {
        let sink = SmtpSink::start().await.unwrap();
        let house = House::new(Some(sink.address()));
        let running = house.run();
        house.store_with(&visitor(lang, TARO), REPLY);
        let mails = received(&sink, 1).await;
        let (text, html) = parts(&mails[0]);
        let subject = subject(&mails[0]);
        insta::assert_snapshot!(format!("auto_reply_{}", lang.tag()), steady(&format!("{subject}\n\n{text}\n{html}")));
        running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_gets_so_many_a_day() {
    let sink = SmtpSink::start().await.unwrap();
    let house = House::new(Some(sink.address()));
    assert_eq!(house.settings.mail.auto_replies_per_day, 3);
    let running = house.run();
    let mut leads = Vec::new();
    for n in 0..6 {
        // Written differently, the same mailbox.
        let address = if n % 2 == 0 { TARO } else { "Taro@EXAMPLE.co.jp" };
        leads.push(house.store_lead(&visitor(Lang::Ja, address)));
    }
    let other = house.store_with(&visitor(Lang::Ja, "jiro@example.co.jp"), REPLY);
    for lead in leads.iter().chain([&other]) {
        house.until(*lead, |all| all.iter().all(|one| one.state != "waiting")).await;
    }
    let mails = sink.mailbox().mails();
    assert_eq!(to(&mails, "sales@example.jp").len(), 6, "staff hear of every lead");
    assert_eq!(to(&mails, "jiro@example.co.jp").len(), 1);
    assert_eq!(mails.len(), 6 + 1 + 3);
    let dead: Vec<_> = house.store.deliveries(None).unwrap();
    assert_eq!(dead.len(), 3);
    assert!(dead.iter().all(|one| one.state == "dead" && one.last_error.as_deref() == Some("capped")), "{dead:?}");
    assert_eq!(running.health.failing(), None, "a cap is no fault");

    house.later(SignedDuration::from_hours(25));
    house.store_with(&visitor(Lang::Ja, TARO), REPLY);
    received(&sink, 11).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_mobile_addresses_are_reached() {
    let sink = SmtpSink::start().await.unwrap();
    let house = House::new(Some(sink.address()));
    let running = house.run();
    house.store_with(&visitor(Lang::Ja, "da.me..@docomo.ne.jp"), REPLY);
    let mails = received(&sink, 1).await;
    assert_eq!(mails[0].recipients, ["\"da.me..\"@docomo.ne.jp"]);
    assert_eq!(header(&mails[0], "To").as_deref(), Some("\"da.me..\"@docomo.ne.jp"));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_kanji_needs_a_relay_that_takes_it() {
    for smtp_utf8 in [true, false] {
        let options = SinkOptions { smtp_utf8, ..SinkOptions::default() };
        let sink = SmtpSink::start_at(([127, 0, 0, 1], 0).into(), options).await.unwrap();
        let house = House::new(Some(sink.address()));
        let running = house.run();
        let lead = house.store_lead(&visitor(Lang::Ja, "太郎@例え.jp"));
        let deliveries = house.until(lead, |all| all.iter().all(|one| one.state != "waiting")).await;
        assert_eq!(deliveries[0].state, "sent");
        if smtp_utf8 {
            assert_eq!(deliveries[1].state, "sent");
            let mails = sink.mailbox().mails();
            let mail = to(&mails, "太郎@xn--r8jz45g.jp")[0];
            assert!(mail.smtp_utf8);
        } else {
            assert_eq!(deliveries[1].last_error.as_deref(), Some("no smtputf8"));
            assert_eq!(running.health.failing(), None);
        }
        running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_cant_be_mailed_costs_no_lead() {
    let sink = SmtpSink::start().await.unwrap();
    let house = House::new(Some(sink.address()));
    let running = house.run();
    for address in ["a@[127.0.0.1]", "\"a@x\r\nBcc:v[127.0.0.1]\"", "taro@"] {
        let lead = house.store_lead(&visitor(Lang::Ja, address));
        let deliveries = house.until(lead, |all| all.iter().all(|one| one.state != "waiting")).await;
        assert_eq!(deliveries[0].state, "sent", "staff are told");
        assert_eq!((deliveries[1].state.as_str(), deliveries[1].last_error.as_deref()), ("dead", Some("address")));
        assert!(house.store.lead(lead).unwrap().is_some());
    }
    assert!(sink.mailbox().mails().iter().all(|mail| mail.recipients == ["sales@example.jp"]));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_null_sender_is_used_where_set_and_left_where_refused() {
    let sink = SmtpSink::start().await.unwrap();
    let mut house = House::new(Some(sink.address()));
    house.settings.mail.auto_reply_null_sender = true;
    let running = house.run();
    house.store_with(&visitor(Lang::Ja, TARO), REPLY);
    assert_eq!(received(&sink, 1).await[0].sender, None);

    sink.script(Fault::answer(Point::Sender, "550 5.7.1 no null sender here").containing("<>"));
    house.store_with(&visitor(Lang::Ja, "jiro@example.jp"), REPLY);
    let mails = received(&sink, 2).await;
    assert_eq!(mails[1].sender.as_deref(), Some("noreply@example.jp"));
    assert_eq!(running.health.failing(), None);
    running.stop().await;
}

#[test]
fn mistakes_in_texts_are_found_before_they_are_sent() {
    let mut house = House::new(None);
    assert_eq!(check_texts(house.form()), []);
    let cases = [
        ("{{ name }}", "undefined value"),
        ("{{ choice.company }}", "undefined value"),
        ("{% if %}", "syntax error"),
        ("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}", "fuel"),
        ("{% include 'x' %}", "unknown statement include"),
    ];
    for (body, reason) in cases {
        house.form().auto_reply.as_mut().unwrap().body = Text::both(body);
        let found = check_texts(house.form());
        assert_eq!(found.len(), 2, "one for each language: {found:?}");
        assert!(found[0].0.contains("auto_reply") && found[0].1.contains(reason), "{body}: {found:?}");
    }
    house.form().auto_reply.as_mut().unwrap().body = Text::both("ok");
    house.form().auto_reply.as_mut().unwrap().subject = Text::both("\r\n ");
    assert_eq!(check_texts(house.form())[0].1, "the subject is empty");
}
