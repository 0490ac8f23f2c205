//! Faults that are the operator's to mend: said, and nothing lost.

use crate::house::{House, quiet_address, received, visitor};
use crate::smtp_sink::{Fault, Point, SinkOptions, SmtpSink};
use jiff::SignedDuration;
use leadseal::desk::outbox::{Dispatcher, DispatcherParts, test_relay};
use leadseal::desk::store::DeliveryKind;
use leadseal::domain::lang::Lang;
use leadseal::domain::settings::MailSecurity;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

const NOTIFY: &[DeliveryKind] = &[DeliveryKind::Notification];

fn password_file(house: &House, password: &str, mode: u32) -> PathBuf {
    let path = house.dir.path().join("smtp-password");
    std::fs::write(&path, password).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_is_told_and_mended_without_loss() {
    let options =
        SinkOptions { login: Some(("leadseal".to_owned(), "right horse".to_owned())), ..SinkOptions::default() };
    let sink = SmtpSink::start_at(([127, 0, 0, 1], 0).into(), options).await.unwrap();
    let mut house = House::new(Some(sink.address()));
    house.settings.mail.username = Some("leadseal".to_owned());
    house.settings.mail.password_file = Some(password_file(&house, "wrong horse\n", 0o600));
    let lead = house.store_with(&visitor(Lang::Ja, "taro@example.jp"), NOTIFY);
    let running = house.run();
    house.until(lead, |all| all[0].last_error.as_deref() == Some("smtp 535 5.7.8")).await;
    assert_eq!(running.health.failing().as_deref(), Some("smtp 535 5.7.8"));
    let words = test_relay(&house.settings.mail).await.unwrap_err();
    assert!(
        words.contains("[mail] username") && words.contains("password_file") && !words.contains("horse"),
        "{words}"
    );
    running.stop().await;

    password_file(&house, "right horse\r\n", 0o600);
    assert_eq!(test_relay(&house.settings.mail).await, Ok(()));
    let running = house.run();
    house.later(SignedDuration::from_mins(5));
    received(&sink, 1).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_in_trouble_is_not_hammered() {
    let sink = SmtpSink::start().await.unwrap();
    sink.script(Fault::answer(Point::Sender, "451 4.3.0 try again later"));
    let house = House::new(Some(sink.address()));
    let leads: Vec<_> = (0..10).map(|_| house.store_with(&visitor(Lang::Ja, "taro@example.jp"), NOTIFY)).collect();
    let running = house.run();
    house.until(leads[0], |all| all[0].last_error.is_some()).await;
    let tried = || leads.iter().filter(|lead| house.store.deliveries(Some(**lead)).unwrap()[0].attempts > 0).count();
    // The clock stands still, so the pause does not end, however often the dispatcher is woken.
    for _ in 0..20 {
        house.later(SignedDuration::ZERO);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let most = house.settings.mail.connections as usize;
    assert!(tried() <= 2 * most, "{} of 10 were tried over {most} connections", tried());
    sink.heal();
    for lead in &leads {
        house.later(SignedDuration::from_mins(1));
        house.until(*lead, |all| all[0].state == "sent").await;
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sender_is_told_and_tried_again() {
    for (point, line, class) in [
        (Point::Sender, "550 <noreply@example.jp> not yours", "smtp 550"),
        (Point::Recipient, "554 5.7.1 relay access denied", "smtp 554 5.7.1"),
    ] {
        let sink = SmtpSink::start().await.unwrap();
        sink.script(Fault::answer(point, line).times(1));
        let house = House::new(Some(sink.address()));
        let running = house.run();
        let lead = house.store_with(&visitor(Lang::Ja, "taro@example.jp"), NOTIFY);
        house.until(lead, |all| all[0].last_error.as_deref() == Some(class)).await;
        assert_eq!(running.health.failing().as_deref(), Some(class));
        house.later(SignedDuration::from_mins(1));
        received(&sink, 1).await;
        house.until(lead, |all| all[0].state == "sent").await;
        assert_eq!(running.health.failing(), None);
        running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_without_starttls_gets_nothing() {
    let sink = SmtpSink::start().await.unwrap();
    let mut house = House::new(Some(sink.address()));
    house.settings.mail.security = MailSecurity::Starttls;
    let running = house.run();
    let lead = house.store_with(&visitor(Lang::Ja, "taro@example.jp"), NOTIFY);
    house.until(lead, |all| all[0].last_error.as_deref() == Some("no starttls")).await;
    assert!(sink.mailbox().mails().is_empty());
    let words = test_relay(&house.settings.mail).await.unwrap_err();
    assert!(words.contains("[mail] security"), "{words}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_is_tried_before_it_is_trusted() {
    let sink = SmtpSink::start().await.unwrap();
    let mut house = House::new(Some(sink.address()));
    assert_eq!(test_relay(&house.settings.mail).await, Ok(()));
    house.settings.mail.port = quiet_address().await.port();
    let words = test_relay(&house.settings.mail).await.unwrap_err();
    assert!(words.starts_with("connect: ") && words.contains("[mail] host"), "{words}");
    house.settings.mail.host = None;
    assert!(test_relay(&house.settings.mail).await.unwrap_err().contains("[mail] host"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_relay_mail_waits() {
    let house = House::new(None);
    let running = house.run();
    let lead = house.store_lead(&visitor(Lang::Ja, "taro@example.jp"));
    assert!(!running.health.configured());
    running.stop().await;
    let deliveries = house.store.deliveries(Some(lead)).unwrap();
    assert!(deliveries.iter().all(|one| one.state == "waiting" && one.attempts == 0), "{deliveries:?}");
    assert_eq!(deliveries.len(), 2);
}

#[test]
fn a_password_that_others_may_read_is_refused_with_the_fix() {
    let mut house = House::new(Some(([127, 0, 0, 1], 25).into()));
    house.settings.mail.username = Some("leadseal".to_owned());
    let refusal = |house: &House| {
        let parts = DispatcherParts {
            store: house.store.clone(),
            keyring: house.keyring.clone(),
            settings: Arc::new(house.settings.clone()),
            clock: house.clock.clone(),
            entropy: house.entropy.clone(),
            wake: Arc::default(),
            request_url: house.settings.public.url.clone(),
        };
        Dispatcher::new(parts).err().unwrap().to_string()
    };
    assert!(refusal(&house).contains("[mail] password_file"), "{}", refusal(&house));
    house.settings.mail.password_file = Some(house.dir.path().join("missing"));
    assert!(refusal(&house).contains("mode 0600"), "{}", refusal(&house));
    house.settings.mail.password_file = Some(password_file(&house, "secret horse", 0o640));
    let words = refusal(&house);
    assert!(words.contains("chmod 600") && !words.contains("horse"), "{words}");
    password_file(&house, "\n", 0o600);
    std::fs::set_permissions(house.dir.path().join("smtp-password"), std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(refusal(&house).contains("is empty"), "{}", refusal(&house));
}
