//! What staff are mailed about their accounts.

use crate::house::{House, header, parts, received, steady, subject};
use crate::smtp_sink::{Fault, Point, ReceivedMail, SmtpSink};
use jiff::SignedDuration;
use leadseal::crypto::bearer::Bearer;
use leadseal::desk::store::{LinkPurpose, NewSession, NewStaff, NewStaffLink, Password, SignInWay, StaffView};
use leadseal::domain::clock::Clock;
use leadseal::domain::entropy::random_bytes;
use leadseal::domain::ids::{SessionId, StaffId};
use leadseal::domain::lang::Lang;
use leadseal::domain::staff::{Role, Scope};
use std::time::Duration;

impl House {
    fn staff_link(&self) -> NewStaffLink {
        let (_, link) = NewStaffLink::fresh(LinkPurpose::Password, self.clock.now(), self.entropy.as_ref());
        NewStaffLink { is_mailed: true, ..link }
    }

    /// Adds a colleague, who is invited by `actor`.
    fn colleague(&self, address: &str, lang: Lang, actor: &str) -> StaffId {
        let id = StaffId::generate(self.entropy.as_ref());
        let (address, name) = (address.parse().unwrap(), "山田 太郎".to_owned());
        let new = NewStaff { id, address, name, role: Role::Rep, scope: Scope::All, lang };
        self.store.add_staff(&new, &self.staff_link(), actor).unwrap().unwrap();
        id
    }

    fn signs_in(&self, staff: StaffId) {
        let session = NewSession {
            id: SessionId::generate(self.entropy.as_ref()),
            secret_sha256: random_bytes(self.entropy.as_ref()),
            staff,
            browser: "Chrome, Windows".to_owned(),
            awaits_code: false,
            way: SignInWay::Password,
            device: random_bytes(self.entropy.as_ref()),
            device_shown: None,
            tells: true,
        };
        self.store.open_session(&session).unwrap();
    }

    /// Whom the link of a mail lets in.
    fn behind(&self, mail: &ReceivedMail) -> Option<StaffView> {
        let text = parts(mail).0;
        let secret = text.split("/console/sign-in/link/").nth(1).unwrap().split_whitespace().next().unwrap();
        let found = self.store.staff_behind_link(&Bearer::read(secret).unwrap().sha256()).unwrap();
        found.map(|(staff, _)| staff)
    }
}

/// The mail without the secret of its link.
fn steady_link(text: &str) -> String {
    let mut parts = text.split("/sign-in/link/");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        out.push_str("/sign-in/link/SECRET");
        out.push_str(&part[43..]);
    }
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mails_to_staff_read_like_this() {
    for lang in Lang::ALL {
        let sink = SmtpSink::start().await.unwrap();
        let house = House::new(Some(sink.address()));
        let running = house.run();
        let first = house.colleague("hana@example.jp", lang, "cli:root");
        received(&sink, 1).await;
        let actor = format!("staff:{first}");
        let id = house.colleague("taro@example.jp", lang, &actor);
        received(&sink, 2).await;
        assert!(house.store.reset_staff(id, &house.staff_link(), false, &actor).unwrap());
        received(&sink, 3).await;
        house.signs_in(id);
        house.signs_in(id);
        let mails = received(&sink, 4).await;
        let mut all = String::new();
        for mail in &mails {
            let (text, html) = parts(mail);
            all.push_str(&format!("{}\n\n{text}\n{html}\n", subject(mail)));
            assert_eq!(header(mail, "Auto-Submitted").as_deref(), Some("auto-generated"));
        }
        insta::assert_snapshot!(format!("staff_{}", lang.tag()), steady_link(&steady(&all)));
        assert_eq!(mails[1].recipients, ["taro@example.jp"]);
        assert!(house.behind(&mails[1]).is_none(), "the reset ended the invitation's link");
        assert_eq!(house.behind(&mails[2]).unwrap().id, id);
        running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_tried_again_with_the_same_link_until_it_was_used() {
    let sink = SmtpSink::start().await.unwrap();
    // The relay takes the mail, and the connection breaks before it says so.
    sink.script(Fault::drop(Point::Kept));
    let house = House::new(Some(sink.address()));
    let id = house.colleague("taro@example.jp", Lang::En, "cli:root");
    let running = house.run();
    let failed = || house.store.deliveries(None).unwrap().first().is_some_and(|mail| mail.last_error.is_some());
    for _ in 0..500 {
        if failed() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(failed());
    house.later(SignedDuration::from_hours(30));
    let mails = received(&sink, 2).await;
    let (first, last) = (&mails[0], &mails[1]);
    assert_eq!((header(first, "Message-ID"), parts(first)), (header(last, "Message-ID"), parts(last)));
    assert_eq!(house.behind(last).unwrap().id, id, "the link's day begins with the try");
    let secret = parts(last).0.split("/link/").nth(1).unwrap()[..43].to_owned();
    let by_link = Some(Bearer::read(&secret).unwrap().sha256());
    assert!(house.store.set_password(id, &Password { phc: "x", by_link, keep: None }, "test").unwrap());
    assert!(house.behind(last).is_none());
    running.stop().await;
}
