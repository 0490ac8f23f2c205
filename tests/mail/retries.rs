//! Failures: what is tried again, what is given up, and that nothing is lost or doubled.

use crate::house::{House, header, now, quiet_address, received, to, visitor};
use crate::smtp_sink::{Fault, Point, SinkOptions, SmtpSink};
use jiff::SignedDuration;
use leadseal::desk::store::DeliveryKind;
use leadseal::domain::lang::Lang;
use std::collections::BTreeSet;
use std::time::Duration;

const TARO: &str = "taro@example.co.jp";
const NOTIFY: &[DeliveryKind] = &[DeliveryKind::Notification];

#[tokio::test(flavor = "multi_thread")]
async fn after_an_outage_every_mail_goes_out_once() {
    let address = quiet_address().await;
    let house = House::new(Some(address));
    let running = house.run();
    let leads: Vec<_> =
        (0..20).map(|n| house.store_lead(&visitor(Lang::Ja, &format!("taro{n}@example.co.jp")))).collect();
    house.until(leads[0], |all| all.iter().all(|one| one.last_error.as_deref() == Some("connect"))).await;
    assert_eq!(running.health.failing().as_deref(), Some("connect"));
    // Several rounds of failure.
    for _ in 0..5 {
        house.later(SignedDuration::from_mins(30));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let sink = SmtpSink::start_at(address, SinkOptions::default()).await.unwrap();
    for lead in &leads {
        for _ in 0..1000 {
            house.later(SignedDuration::from_mins(10));
            if house.store.deliveries(Some(*lead)).unwrap().iter().all(|one| one.state == "sent") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        house.until(*lead, |all| all.iter().all(|one| one.state == "sent")).await;
    }
    let mails = sink.mailbox().mails();
    let ids: BTreeSet<_> = mails.iter().map(|mail| header(mail, "Message-ID").unwrap()).collect();
    assert_eq!((mails.len(), ids.len()), (40, 40));
    assert_eq!(running.health.failing(), None, "and the operator hears that it goes again");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_refused_for_good_is_a_dead_letter_that_can_be_seen() {
    let sink = SmtpSink::start().await.unwrap();
    sink.script(Fault::answer(Point::Recipient, "550 5.1.1 <taro@example.co.jp>: no such user").containing(TARO));
    let house = House::new(Some(sink.address()));
    let running = house.run();
    let lead = house.store_lead(&visitor(Lang::Ja, TARO));
    let deliveries = house.until(lead, |all| all.iter().all(|one| one.state != "waiting")).await;
    assert_eq!((deliveries[0].state.as_str(), deliveries[1].state.as_str()), ("sent", "dead"));
    assert_eq!(deliveries[1].last_error.as_deref(), Some("smtp 550 5.1.1"), "the class, not the relay's text");
    assert_eq!((house.store.stats().unwrap().outbox_dead, deliveries[1].attempts), (1, 1));
    assert!(house.store.lead(lead).unwrap().is_some());
    assert!(house.audited().contains(&"delivery-dead".to_owned()));
    assert_eq!(running.health.failing(), None, "one bad address is not the operator's fault");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_tried_for_72_hours() {
    let sink = SmtpSink::start().await.unwrap();
    sink.script(Fault::answer(Point::Recipient, "451 4.7.1 greylisted"));
    let house = House::new(Some(sink.address()));
    let running = house.run();
    let start = now(&house);
    let lead = house.store_with(&visitor(Lang::Ja, TARO), NOTIFY);
    let mut attempts = 0;
    loop {
        let seen = house.until(lead, |all| all[0].attempts > attempts && all[0].last_error.is_some()).await;
        // The try is settled once the row waits for a later time, or is given up.
        let settled = house.until(lead, |all| all[0].next_at != Some(now(&house) + SignedDuration::from_mins(2))).await;
        attempts = seen[0].attempts;
        let passed = now(&house).duration_since(start);
        if settled[0].state == "dead" {
            assert!(passed >= SignedDuration::from_hours(72), "given up after {passed:?}");
            break;
        }
        let wait = settled[0].next_at.unwrap().duration_since(now(&house));
        assert!(wait > SignedDuration::from_secs(0) && wait <= SignedDuration::from_hours(1), "{wait:?}");
        house.later(wait);
    }
    assert!((72..120).contains(&attempts), "{attempts}");
    let dead = &house.store.deliveries(None).unwrap()[0];
    assert_eq!(dead.last_error.as_deref(), Some("smtp 451 4.7.1"));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_mail_is_the_same_mail() {
    let sink = SmtpSink::start().await.unwrap();
    sink.script(Fault::drop(Point::Kept).times(1));
    let house = House::new(Some(sink.address()));
    let running = house.run();
    let lead = house.store_with(&visitor(Lang::Ja, TARO), NOTIFY);
    house.until(lead, |all| all[0].last_error.is_some()).await;
    house.later(SignedDuration::from_mins(1));
    let mails = received(&sink, 2).await;
    assert_eq!(header(&mails[0], "Message-ID"), header(&mails[1], "Message-ID"));
    assert!(mails[0].raw == mails[1].raw, "also the link and every other byte");
    house.until(lead, |all| all[0].state == "sent").await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_sends_nothing_twice() {
    let sink = SmtpSink::start().await.unwrap();
    sink.script(Fault::hang(Point::Kept).times(1));
    let mut house = House::new(Some(sink.address()));
    house.settings.mail.timeout = Duration::from_millis(500);
    let running = house.run();
    let lead = house.store_with(&visitor(Lang::Ja, TARO), NOTIFY);
    received(&sink, 1).await;
    // The row's lease is over by the clock, but the mail is still on its way.
    house.later(SignedDuration::from_hours(1));
    house.until(lead, |all| all[0].attempts > 1).await;
    assert_eq!(sink.mailbox().mails().len(), 1);
    house.until(lead, |all| all[0].last_error.as_deref() == Some("timeout")).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_of_one_lead_refer_to_each_other() {
    let sink = SmtpSink::start().await.unwrap();
    let house = House::new(Some(sink.address()));
    let running = house.run();
    let lead = house.store_with(&visitor(Lang::Ja, TARO), &[DeliveryKind::Notification, DeliveryKind::Notification]);
    let mails = received(&sink, 2).await;
    let thread = Some(format!("<lead.{lead}@example.jp>"));
    assert_eq!((header(&mails[0], "References"), header(&mails[1], "References")), (thread.clone(), thread));
    assert_ne!(header(&mails[0], "Message-ID"), header(&mails[1], "Message-ID"));
    assert_eq!(to(&mails, "sales@example.jp").len(), 2);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_relay_is_left_and_tried_again() {
    let sink = SmtpSink::start().await.unwrap();
    sink.script(Fault::hang(Point::Content).times(1));
    let mut house = House::new(Some(sink.address()));
    house.settings.mail.timeout = Duration::from_millis(200);
    let running = house.run();
    let lead = house.store_with(&visitor(Lang::Ja, TARO), NOTIFY);
    house.until(lead, |all| all[0].last_error.as_deref() == Some("timeout")).await;
    house.later(SignedDuration::from_mins(1));
    received(&sink, 1).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispatcher_that_stops_finishes_what_it_holds() {
    let sink = SmtpSink::start().await.unwrap();
    let house = House::new(Some(sink.address()));
    let leads: Vec<_> = (0..5).map(|_| house.store_with(&visitor(Lang::Ja, TARO), NOTIFY)).collect();
    let running = house.run();
    received(&sink, 1).await;
    running.stop().await;
    let sent = leads
        .iter()
        .filter(|lead| house.store.deliveries(Some(**lead)).unwrap().iter().all(|one| one.state == "sent"))
        .count();
    assert_eq!(sent, sink.mailbox().mails().len(), "each mail that went out is marked so");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_hangs_does_not_hold_a_stop_up() {
    let sink = SmtpSink::start().await.unwrap();
    sink.script(Fault::hang(Point::Kept).times(1));
    let mut house = House::new(Some(sink.address()));
    house.settings.mail.timeout = Duration::from_secs(60);
    let running = house.run();
    let lead = house.store_with(&visitor(Lang::Ja, TARO), NOTIFY);
    received(&sink, 1).await;
    // Within ten seconds, or this fails.
    running.stop().await;
    let running = house.run();
    house.later(SignedDuration::from_mins(3));
    let mails = received(&sink, 2).await;
    assert_eq!(header(&mails[0], "Message-ID"), header(&mails[1], "Message-ID"));
    house.until(lead, |all| all[0].state == "sent").await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_keyring_makes_auto_replies_wait_and_kills_none() {
    let sink = SmtpSink::start().await.unwrap();
    let house = House::new(Some(sink.address()));
    let lead = house.store_with(&visitor(Lang::Ja, TARO), &[DeliveryKind::AutoReply]);
    house.keyring.erase_lead(lead).unwrap();
    let running = house.run();
    let seen = house.until(lead, |all| all[0].last_error.is_some()).await;
    assert_eq!((seen[0].state.as_str(), seen[0].last_error.as_deref()), ("waiting", Some("no key")));
    assert_eq!(running.health.failing().as_deref(), Some("no key"), "and the operator hears of it");
    running.stop().await;
}
