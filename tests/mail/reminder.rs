//! What staff are mailed who wanted to be reminded of a lead.

use crate::house::{CANARY, House, header, now, parts, received, subject, visitor};
use crate::smtp_sink::SmtpSink;
use jiff::SignedDuration;
use leadseal::desk::store::{LinkPurpose, NewReminder, NewStaff, NewStaffLink};
use leadseal::domain::ids::StaffId;
use leadseal::domain::lang::Lang;
use leadseal::domain::staff::{Role, Scope};

fn hire(house: &House, name: &str, lang: Lang) -> StaffId {
    let (_, link) = NewStaffLink::fresh(LinkPurpose::Password, now(house), house.entropy.as_ref());
    let new = NewStaff {
        id: StaffId::generate(house.entropy.as_ref()),
        address: format!("{name}@example.jp").parse().unwrap(),
        name: name.to_owned(),
        role: Role::Rep,
        scope: Scope::All,
        lang,
    };
    house.store.add_staff(&new, &link, "test").unwrap().unwrap();
    new.id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_comes_once_when_it_is_due_and_holds_no_value() {
    let sink = SmtpSink::start().await.unwrap();
    let house = House::new(Some(sink.address()));
    let lead = house.store_with(&visitor(Lang::Ja, "canary.taro@example.co.jp"), &[]);
    let at = now(&house) + SignedDuration::from_mins(30);
    for (name, lang) in [("hana", Lang::Ja), ("ken", Lang::En)] {
        let staff = hire(&house, name, lang);
        house.store.set_reminder(lead, &NewReminder { staff, at, set_by: staff }, "test").unwrap();
    }
    let running = house.run();
    house.later(SignedDuration::from_mins(29));
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(sink.mailbox().mails().is_empty());
    house.later(SignedDuration::from_mins(1));
    let mails = received(&sink, 2).await;
    for (address, words) in [
        ("hana@example.jp", "リマインダー: リード #1 資料請求"),
        ("ken@example.jp", "Reminder: lead #1 Request documents"),
    ] {
        let mail = mails.iter().find(|mail| mail.recipients == [address]).unwrap();
        assert_eq!(subject(mail), words);
        assert_eq!(header(mail, "Auto-Submitted").as_deref(), Some("auto-generated"));
        assert!(header(mail, "References").unwrap().contains(&lead.to_string()), "with the lead's other mails");
        let (text, html) = parts(mail);
        for part in [&text, &html] {
            assert_eq!(part.matches("https://desk.example.jp/l/").count(), 1, "one button");
            for value in [CANARY, "髙", "東京都", "***"] {
                assert!(!part.contains(value), "{value} in {part}");
            }
        }
    }
    house.until(lead, |all| all.iter().all(|one| one.state == "sent")).await;
    house.later(SignedDuration::from_hours(72));
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(sink.mailbox().mails().len(), 2);
    running.stop().await;
}
