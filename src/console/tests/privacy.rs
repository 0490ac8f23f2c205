//! The privacy desk: whose requests who sees, what carrying one out does, and what is left of an address.

use super::*;
use crate::desk::privacy::{WrittenDown, write_down};
use crate::desk::store::sample::{RECEIVED, forbid_audit, permit_audit};
use crate::desk::store::{Change, RequestStatus};
use crate::domain::lead::Stage;
use crate::domain::pii::Pii;
use crate::domain::request::RequestKind;
use crate::domain::token::Token;
use base64::Engine;

const PERSON: &str = "misaki.takasaki@example.co.jp";

impl App {
    /// A request that staff wrote down.
    pub(super) fn written_down(&self, site: &str, kind: RequestKind, email: &str) -> Token {
        let (parts, address) = (&self.console.parts, Pii::from(email));
        let asked = WrittenDown { kind, lang: Lang::Ja, address: &address, actor: "staff:aaaaaaaa" };
        let site = site.parse().unwrap();
        write_down(&parts.custody(), &site, &asked, self.clock.now(), parts.entropy.as_ref()).unwrap()
    }

    fn status(&self, request: Token) -> RequestStatus {
        self.store.request(request).unwrap().unwrap().status
    }

    /// Whether bytes of a text stand in a file of the installation.
    fn files_hold(&self, text: &str) -> bool {
        let files = std::fs::read_dir(self._dir.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut files = files.filter(|path| path.is_file());
        files.any(|file| std::fs::read(file).unwrap().windows(text.len()).any(|part| part == text.as_bytes()))
    }
}

fn page_of(request: Token) -> String {
    format!("/console/privacy/{request}")
}

fn carry_out(request: Token) -> String {
    format!("{}/carry-out", page_of(request))
}

#[tokio::test]
async fn who_asked_by_letter_is_found_shown_masked_and_erased_for_good() {
    let app = App::new();
    app.clock.advance(jiff::Timestamp::from_second(RECEIVED + 3600).unwrap().duration_since(app.clock.now()));
    let lead = app.lead(1, "main", "contact", PERSON);
    let other = app.lead(2, "main", "contact", "ben@example.jp");
    let mut officer = app.seated("officer", Role::PrivacyOfficer, None).await;
    let typed = [("kind", "erase"), ("address", " Ｍisaki.Takasaki@EXAMPLE.co.jp")];
    let begun = officer.act("/console/privacy/new", &typed).await;
    let page = begun.location().to_owned();
    let request: Token = page.rsplit('/').next().unwrap().parse().unwrap();
    let preview = officer.get(&page).await;
    assert!(preview.text.contains("1 enquiry is held") && preview.text.contains("m***@e***.co.jp"), "{}", preview.text);
    assert!(!preview.text.contains(PERSON) && !preview.text.contains("9012345678"));
    assert_eq!(app.audited("lead-revealed"), [""; 0], "nothing was opened");

    let confirm = officer.get(&carry_out(request)).await;
    assert!(confirm.text.contains("name=\"sure\""));
    let unsure = officer.act(&carry_out(request), &[]).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(app.store.lead(lead).unwrap().is_some());
    let done = officer.act(&carry_out(request), &[("sure", "yes")]).await;
    assert_eq!(done.location(), format!("{}?done", page_of(request)));
    let receipt = officer.get(&page_of(request)).await;
    for says in ["Carried out", "1 enquiry", "are gone by 18 Jan 2027", "is gone by 14 Feb 2027", "担当 花子"] {
        assert!(receipt.text.contains(says), "{says}: {}", receipt.text);
    }
    assert!(app.store.lead(lead).unwrap().is_none() && app.store.lead(other).unwrap().is_some());
    assert_eq!(app.audited("lead-erased"), [format!("request={request}")]);
    // What is handed over again, or was under way, stays away.
    app.lead(1, "main", "contact", PERSON);
    app.lead(3, "main", "contact", PERSON);
    assert!(app.store.lead(lead).unwrap().is_none());
    let inbox = officer.get("/console/inbox?view=all").await;
    assert_eq!(inbox.text.matches("data-lead=").count(), 1, "{}", inbox.text);
    let again = officer.act(&carry_out(request), &[("sure", "yes")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn an_address_that_is_typed_stands_nowhere() {
    let app = App::new();
    app.lead(1, "main", "contact", PERSON);
    let mut officer = app.seated("officer", Role::PrivacyOfficer, None).await;
    for (address, kind) in [(PERSON, "access"), ("nobody.known@example.jp", "erase"), ("no address", "erase")] {
        let answer = officer.act("/console/privacy/new", &[("kind", kind), ("address", address)]).await;
        assert!(!answer.text.contains(address) && !answer.header("location").contains('@'), "{}", answer.text);
    }
    assert!(!app.files_hold("misaki.takasaki") && !app.files_hold("nobody.known"));
    let audit = format!("{:?}", app.store.audit_entries(1, 1000).unwrap());
    assert!(!audit.contains("misaki") && !audit.contains("nobody.known"));
    assert_eq!(app.audited("request-stored"), ["kind=access status=held"]);
    assert_eq!(app.audited("leads-searched"), ["by=email found=0"]);
    // In the address of the page it is nothing that is looked for.
    let answer = officer.get(&format!("/console/privacy/new?kind=erase&address={PERSON}")).await;
    assert!(!answer.text.contains("misaki"));
    let mut last = StatusCode::OK;
    for _ in 0..30 {
        let typed = [("kind", "erase"), ("address", "x@example.jp")];
        last = officer.act("/console/privacy/new", &typed).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "nobody looks for addresses by the thousand");
}

#[tokio::test]
async fn an_answer_holds_what_was_sent_and_what_staff_added_but_no_colleagues_name() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", PERSON);
    let mut rep = app.seated("rep", Role::Rep, None).await;
    rep.act(&format!("/console/leads/{lead}/notes"), &[("note", "折り返し電話の約束")]).await.location();
    let revision = |app: &App| app.store.work_on(lead).unwrap().unwrap().revision;
    let rep_id = app.store.staff().unwrap()[0].id;
    for change in [
        Change::Owner(Some(rep_id)),
        Change::Stage(Stage::Connected, None),
        Change::Tags(vec!["展示会".parse().unwrap()]),
    ] {
        app.store.change_lead(lead, revision(&app), &change, "staff:aaaaaaaa").unwrap();
    }
    let request = app.written_down("main", RequestKind::Access, PERSON);
    let mut officer = app.seated("officer", Role::PrivacyOfficer, None).await;
    let answer = officer.act(&carry_out(request), &[]).await;
    assert!(answer.status == StatusCode::OK && !answer.text.contains(PERSON), "{}", answer.text);
    let start = answer.text.find("base64,").unwrap() + "base64,".len();
    let file = &answer.text[start..start + answer.text[start..].find('"').unwrap()];
    let file = base64::engine::general_purpose::STANDARD.decode(file).unwrap();
    let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
    let enquiry = &file["enquiries"][0];
    assert_eq!(enquiry["values"]["email"]["value"], PERSON);
    let added = &enquiry["added_by_staff"];
    assert_eq!((&added["stage"], &added["owner"]), (&"connected".into(), &"staff".into()));
    assert_eq!(added["tags"], serde_json::json!(["展示会"]));
    assert_eq!(added["reminders"], serde_json::json!([]));
    assert_eq!(added["notes"][0]["words"], "折り返し電話の約束");
    assert!(!file.to_string().contains("担当 花子"));
    assert_eq!(app.audited("lead-revealed"), [format!("request={request}")]);
    assert_eq!(app.status(request), RequestStatus::Done);
    let after = officer.get(&page_of(request)).await;
    assert!(after.text.contains("Opened") && !after.text.contains("base64"));
}

#[tokio::test]
async fn without_the_audit_nothing_is_opened_or_erased() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", PERSON);
    let (access, erase) =
        (app.written_down("main", RequestKind::Access, PERSON), app.written_down("main", RequestKind::Erase, PERSON));
    let mut officer = app.seated("officer", Role::PrivacyOfficer, None).await;
    forbid_audit(&app.store);
    let refused = officer.act(&carry_out(access), &[]).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.text.contains("nothing was opened") && !refused.text.contains("base64"), "{}", refused.text);
    let new = officer.act("/console/privacy/new", &[("kind", "access"), ("address", PERSON)]).await;
    assert_eq!(new.status, StatusCode::SERVICE_UNAVAILABLE);
    let unfinished = officer.act(&carry_out(erase), &[("sure", "yes")]).await;
    assert_eq!(unfinished.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(unfinished.text.contains("not finished") && app.store.lead(lead).unwrap().is_some());
    assert_eq!(app.status(access), RequestStatus::Held);
    permit_audit(&app.store);
    officer.act(&carry_out(erase), &[("sure", "yes")]).await.location();
    assert!(app.store.lead(lead).unwrap().is_none());
}

#[tokio::test]
async fn the_officer_of_one_site_neither_sees_nor_erases_people_of_another() {
    let app = App::with(|settings| {
        let mut shop = (*settings.sites[0]).clone();
        shop.id = "shop".parse().unwrap();
        settings.sites.push(Arc::new(shop));
    });
    let (main, shop) = (app.lead(1, "main", "contact", PERSON), app.lead(2, "shop", "shop-contact", PERSON));
    let request = app.written_down("main", RequestKind::Erase, PERSON);
    let mut officer = app.seated("officer", Role::PrivacyOfficer, Some((&["shop"], &["contact"]))).await;
    for path in [page_of(request), carry_out(request)] {
        assert_eq!(officer.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(officer.act(&carry_out(request), &[("sure", "yes")]).await.status, StatusCode::NOT_FOUND);
    assert!(!officer.get("/console/privacy").await.text.contains(&request.to_string()));
    // By the address alone, only the own site's enquiries are found and erased.
    let begun = officer.act("/console/privacy/new", &[("kind", "erase"), ("address", PERSON)]).await;
    let own: Token = begun.location().rsplit('/').next().unwrap().parse().unwrap();
    officer.act(&carry_out(own), &[("sure", "yes")]).await.location();
    assert!(app.store.lead(main).unwrap().is_some() && app.store.lead(shop).unwrap().is_none());
    // Nor does retention of everything belong to who sees a part.
    let page = officer.get("/console/privacy/retention").await;
    assert!(page.status == StatusCode::OK && !page.text.contains("retention/run") && !page.text.contains("Quarantine"));
    let ran = officer.act("/console/privacy/retention/run", &[("sure", "yes")]).await;
    assert_eq!(ran.status, StatusCode::NOT_FOUND);
    // Who sees both sites has a request on each.
    let mut owner = app.seated("owner", Role::Owner, None).await;
    app.lead(4, "shop", "shop-contact", PERSON);
    let begun = owner.act("/console/privacy/new", &[("kind", "access"), ("address", PERSON)]).await;
    assert_eq!(begun.location(), "/console/privacy");
    assert_eq!(app.store.waiting_requests(&Scope::All, 10).unwrap().len(), 3);
}

#[tokio::test]
async fn a_request_written_down_by_mistake_is_taken_back_with_its_address() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", PERSON);
    let request = app.written_down("main", RequestKind::Erase, PERSON);
    let sealed = app.store.request(request).unwrap().unwrap().sealed;
    assert!(sealed.is_some() && app.console.parts.keyring.lead_key(request).is_ok());
    let mut officer = app.seated("officer", Role::PrivacyOfficer, None).await;
    let path = format!("{}/take-back", page_of(request));
    assert_eq!(officer.act(&path, &[]).await.location(), format!("{}?taken-back", page_of(request)));
    let after = app.store.request(request).unwrap().unwrap();
    assert!((after.sealed, after.blind) == (None, None) && app.console.parts.keyring.lead_key(request).is_err());
    assert!(app.store.lead(lead).unwrap().is_some(), "nothing else goes");
    assert_eq!(officer.act(&carry_out(request), &[("sure", "yes")]).await.status, StatusCode::CONFLICT);
    assert_eq!(officer.act(&path, &[]).await.status, StatusCode::CONFLICT);
    assert_eq!(app.audited("request-expired"), ["what=taken-back"]);
}

#[tokio::test]
async fn carrying_out_asks_for_a_fresh_proof() {
    let app = App::new();
    app.lead(1, "main", "contact", PERSON);
    let request = app.written_down("main", RequestKind::Erase, PERSON);
    let mut officer = app.seated("officer", Role::PrivacyOfficer, None).await;
    app.clock.advance(SignedDuration::from_mins(11));
    assert_eq!(officer.get(&page_of(request)).await.status, StatusCode::OK, "looking needs none");
    for path in [carry_out(request), "/console/privacy/retention/run".to_owned()] {
        assert!(officer.get(&path).await.location().starts_with("/console/confirm"), "{path}");
        assert!(officer.act(&path, &[("sure", "yes")]).await.location().starts_with("/console/confirm"), "{path}");
    }
    assert_eq!(app.status(request), RequestStatus::Held);
}

#[tokio::test]
async fn retention_counts_down_waits_for_the_clock_and_is_carried_out_once_somebody_vouches() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", PERSON);
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let page = owner.get("/console/privacy/retention").await;
    assert!(page.text.contains("Retention is carried out") && page.text.contains("Last carried out: never"));
    assert_eq!(
        owner.act("/console/privacy/retention/run", &[]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "without a tick"
    );
    let ran = owner.act("/console/privacy/retention/run", &[("sure", "yes")]).await;
    assert_eq!(ran.location(), "/console/privacy/retention?done=all");
    app.clock.advance(SignedDuration::from_hours(24 * 500));
    owner.sign_in("owner@example.jp").await;
    let page = owner.get("/console/privacy/retention").await;
    assert!(page.text.contains("Retention waits") && page.text.contains("moved by 500 days"), "{}", page.text);
    let waits = owner.act("/console/privacy/retention/run", &[("sure", "yes")]).await;
    assert_eq!(waits.status, StatusCode::CONFLICT);
    assert!(app.store.lead(lead).unwrap().is_some(), "a clock that is not believed erases nothing");
    let ran = owner.act("/console/privacy/retention/run", &[("sure", "yes"), ("clock", "right")]).await;
    assert_eq!(ran.location(), "/console/privacy/retention?done=all");
    assert!(app.store.lead(lead).unwrap().is_none());
    assert_eq!(app.audited("retention-clock-confirmed").len(), 1);
    assert!(owner.get("/console/privacy/retention").await.text.contains("Retention is carried out"));
}
