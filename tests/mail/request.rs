//! What people are mailed who asked about their own data.

use crate::house::{House, header, parts, received, steady, subject, visitor};
use crate::smtp_sink::SmtpSink;
use leadseal::desk::privacy::{By, Custody, erase, request_behind};
use leadseal::domain::clock::Clock;
use leadseal::domain::lang::Lang;
use leadseal::domain::request::RequestKind;

const TARO: &str = "taro@example.co.jp";

#[tokio::test(flavor = "multi_thread")]
async fn the_mails_read_like_this() {
    for lang in Lang::ALL {
        let sink = SmtpSink::start().await.unwrap();
        let house = House::new(Some(sink.address()));
        house.store_with(&visitor(lang, TARO), &[]);
        let running = house.run();
        let mut all = String::new();
        let asked =
            [(RequestKind::Access, TARO), (RequestKind::Erase, TARO), (RequestKind::Erase, "jiro@example.co.jp")];
        for (count, (kind, address)) in asked.into_iter().enumerate() {
            house.ask(kind, lang, address);
            let mails = received(&sink, count as u64 + 1).await;
            let mail = mails.last().unwrap();
            assert_eq!(mail.recipients, [address]);
            let (text, html) = parts(mail);
            all.push_str(&format!("{}\n\n{text}\n{html}\n", subject(mail)));
            assert_eq!(header(mail, "Auto-Submitted").as_deref(), Some("auto-replied"));
            assert_eq!(header(mail, "Reply-To"), None);
        }
        insta::assert_snapshot!(format!("request_{}", lang.tag()), steady(&all));
        running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_waits_is_not_sent_after_the_erasure() {
    let sink = SmtpSink::start().await.unwrap();
    let house = House::new(Some(sink.address()));
    house.store_with(&visitor(Lang::Ja, TARO), &[]);
    let access = house.ask(RequestKind::Access, Lang::Ja, TARO);
    let token = house.ask(RequestKind::Erase, Lang::Ja, TARO);
    let custody = Custody { store: house.store.clone(), keyring: house.keyring.clone() };
    let request = request_behind(&house.store, &house.keyring.request_secret(token)).unwrap().unwrap();
    assert!(erase(&custody, &request, By::person(RequestKind::Erase), house.clock.now()).unwrap().is_some());
    assert!(house.keyring.lead_key(access).is_err() && house.keyring.lead_key(token).is_err());
    let running = house.run();
    house.ask(RequestKind::Access, Lang::Ja, "jiro@example.co.jp");
    let mails = received(&sink, 1).await;
    assert_eq!(mails.iter().map(|mail| mail.recipients[0].as_str()).collect::<Vec<_>>(), ["jiro@example.co.jp"]);
    running.stop().await;
}
