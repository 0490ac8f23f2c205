//! Inbox, lead page, reveal, search: who sees what, and what is refused.

use super::*;
use crate::desk::store::sample::{fill_disk, form, store_under, submission, token};
use crate::desk::store::{Change, StaffChange};
use crate::domain::form::Form;
use crate::domain::lead::{NoLead, Stage};
use crate::domain::submission::Value;
use crate::domain::token::Token;

/// What a visitor may type to be run as code, in one go.
const NASTY: &str = "\"><script>alert(1)</script>'<img src=x onerror=alert(2)>";

impl App {
    /// A lead of a site's form.
    pub(super) fn lead(&self, n: u64, site: &str, named: &str, email: &str) -> Token {
        let form = Form { site: site.parse().unwrap(), id: named.parse().unwrap(), ..form() };
        store_under(&self.console.parts.keyring, &self.store, n, &form, &submission(email, "+819012345678"))
    }

    /// Somebody who is signed in, of a role, who sees these sites and forms alone.
    pub(super) async fn seated(&self, name: &str, role: Role, only: Option<(&[&str], &[&str])>) -> Browser<'_> {
        let address = format!("{name}@example.jp");
        let id = self.staff(&address, role);
        if let Some((sites, forms)) = only {
            let scope = Scope::Only {
                sites: sites.iter().map(|site| site.parse().unwrap()).collect(),
                forms: forms.iter().map(|form| form.parse().unwrap()).collect(),
            };
            self.store.change_staff(id, &StaffChange::Rights(role, scope), "test").unwrap().unwrap();
        }
        let mut browser = Browser::new(self);
        browser.sign_in(&address).await;
        browser
    }

    /// The account of somebody who was [`Self::seated`].
    pub(super) fn id(&self, name: &str) -> StaffId {
        self.store.staff_of(&format!("{name}@example.jp").parse().unwrap()).unwrap().unwrap().id
    }

    fn revision(&self, lead: Token) -> String {
        self.store.work_on(lead).unwrap().unwrap().revision.to_string()
    }
}

fn page_of(lead: Token) -> String {
    format!("/console/leads/{lead}")
}

#[tokio::test]
async fn each_sees_the_leads_of_their_sites_and_forms_and_no_others() {
    let app = App::new();
    let (mine, theirs, other_site) = (
        app.lead(1, "main", "contact", "a@example.jp"),
        app.lead(2, "main", "event-registration", "b@example.jp"),
        app.lead(3, "shop", "shop-contact", "c@example.jp"),
    );
    let mut rep = app.seated("rep", Role::Rep, Some((&[], &["contact"]))).await;
    let list = rep.get("/console/inbox?view=all").await;
    assert!(list.text.contains(&mine.to_string()));
    for hidden in [theirs, other_site] {
        assert!(!list.text.contains(&hidden.to_string()));
        // Neither by the address of the page, nor by any of its forms, nor by a filter.
        assert_eq!(rep.get(&page_of(hidden)).await.status, StatusCode::NOT_FOUND);
        for (what, pair) in [
            ("stage", ("stage", "connected")),
            ("owner", ("owner", "me")),
            ("tags", ("tags", "vip")),
            ("notes", ("note", "x")),
            ("retry", ("delivery", "1")),
            ("reveal", ("what", "all")),
            ("reply", ("what", "all")),
            ("reminder", ("when", "2026-11-27T09:00")),
            ("reminder/done", ("staff", "me")),
        ] {
            let pairs = [pair, ("revision", "0"), ("reason", "reply")];
            let answer = rep.act(&format!("{}/{what}", page_of(hidden)), &pairs).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{what}");
        }
        assert_eq!(app.revision(hidden), "0");
    }
    for query in ["view=all&form=event-registration", "view=all&site=shop", "view=overdue&site=shop"] {
        let list = rep.get(&format!("/console/inbox?{query}")).await;
        assert!(!list.text.contains("data-lead"), "{query}");
    }
    for value in ["#2", &theirs.to_string(), &other_site.to_string()] {
        let found = rep.act("/console/search", &[("by", "receipt"), ("value", value)]).await;
        assert!(found.status == StatusCode::OK && !found.text.contains("data-lead"), "{value}");
    }
    assert_eq!(app.audited("lead-revealed"), [""; 0]);
    // The same answer as for what is not there.
    let nobody = rep.get(&page_of(token(77))).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    assert_eq!(rep.get("/console/leads/x").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn each_role_may_do_what_its_table_says() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", "a@example.jp");
    for (role, may_change, may_reveal, may_search) in [
        (Role::Owner, true, true, true),
        (Role::Manager, true, true, true),
        (Role::Rep, true, true, true),
        (Role::PrivacyOfficer, false, true, true),
        (Role::Auditor, false, false, false),
    ] {
        let mut browser = app.seated(role.word(), role, None).await;
        let page = browser.get(&page_of(lead)).await;
        assert_eq!(page.text.contains("/stage\""), may_change, "{role:?}");
        assert_eq!(page.text.contains("/reveal\""), may_reveal, "{role:?}");
        let pairs = [("stage", "attempting"), ("revision", &app.revision(lead))];
        let changed = browser.act(&format!("{}/stage", page_of(lead)), &pairs).await.status;
        assert_eq!(changed == StatusCode::FORBIDDEN, !may_change, "{role:?}");
        let noted = browser.act(&format!("{}/notes", page_of(lead)), &[("note", "x")]).await.status;
        assert_eq!(noted == StatusCode::FORBIDDEN, !may_change, "{role:?}");
        let pairs = [("what", "all"), ("reason", "reply")];
        let revealed = browser.act(&format!("{}/reveal", page_of(lead)), &pairs).await.status;
        assert_eq!(revealed == StatusCode::FORBIDDEN, !may_reveal, "{role:?}");
        let searched = browser.act("/console/search", &[("by", "email"), ("value", "a@example.jp")]).await.status;
        assert_eq!(searched == StatusCode::FORBIDDEN, !may_search, "{role:?}");
    }
}

#[tokio::test]
async fn nothing_is_revealed_without_a_reason_and_each_reveal_is_audited_first() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", "misaki@example.jp");
    let mut rep = app.seated("rep", Role::Rep, None).await;
    let reveal = format!("{}/reveal", page_of(lead));
    let masked = rep.get(&page_of(lead)).await;
    assert!(!masked.text.contains("misaki@") && masked.text.contains("m***@e***.jp"));
    for pairs in
        [&[("what", "all")][..], &[("what", "all"), ("reason", "curiosity")], &[("what", "x"), ("reason", "reply")]]
    {
        let refused = rep.act(&reveal, pairs).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!refused.text.contains("misaki@"));
    }
    assert_eq!(app.audited("lead-revealed"), [""; 0]);

    let one = rep.act(&reveal, &[("what", "field:email"), ("reason", "reply")]).await;
    assert!(one.text.contains("misaki@example.jp") && !one.text.contains("+819012345678"));
    assert!(one.text.contains("data-mask=\"m***@e***.jp\"") && one.text.contains("content=\"60;url="));
    assert_eq!(one.header("cache-control"), "no-store");
    let all = rep.act(&reveal, &[("what", "all"), ("reason", "support")]).await;
    assert!(all.text.contains("misaki@example.jp") && all.text.contains("+819012345678"));
    assert_eq!(app.audited("lead-revealed"), ["field=email", "what=all"]);
    assert_eq!(app.store.verify_audit().unwrap().broken_at, None);
}

#[tokio::test]
async fn what_cannot_be_audited_is_not_shown() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", "misaki@example.jp");
    let mut rep = app.seated("rep", Role::Rep, None).await;

    let token = rep.get("/console/account").await.hidden("_csrf");
    fill_disk(&app.store);
    let pairs = [("_csrf", token.as_str()), ("what", "all"), ("reason", "reply")];
    let mut refused = None;
    // Pages that are there already have room for some entries.
    for _ in 0..200 {
        let answer = rep.post(&format!("{}/reveal", page_of(lead)), &pairs).await;
        if answer.status != StatusCode::OK {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("the disk filled up");
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!refused.text.contains("misaki@") && refused.text.contains("audit"), "{}", refused.text);
}

#[tokio::test]
async fn two_reps_who_edit_one_lead_lose_nothing_of_each_other() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", "a@example.jp");
    let (mut one, mut other) = (app.seated("one", Role::Rep, None).await, app.seated("other", Role::Rep, None).await);
    let seen = one.get(&page_of(lead)).await.hidden("revision");
    let first = other.act(&format!("{}/stage", page_of(lead)), &[("stage", "connected"), ("revision", &seen)]).await;
    assert_eq!(first.location(), format!("{}?done=stage", page_of(lead)));
    let pairs = [("stage", "unqualified"), ("reason", "spam"), ("revision", &seen)];
    let second = one.act(&format!("{}/stage", page_of(lead)), &pairs).await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    assert!(second.text.contains("Somebody else changed this lead"));
    assert_eq!(app.store.lead(lead).unwrap().unwrap().stage, Stage::Connected);
    // The answer names the new revision, so that the change can be made after all.
    let pairs = [("stage", "unqualified"), ("reason", "spam"), ("revision", &second.hidden("revision"))];
    one.act(&format!("{}/stage", page_of(lead)), &pairs).await.location();
    assert_eq!(app.store.work_on(lead).unwrap().unwrap().stage_reason, Some(NoLead::Spam));
}

#[tokio::test]
async fn forms_that_make_no_sense_change_nothing_and_say_why() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", "a@example.jp");
    let outside = app.staff("outside@example.jp", Role::Rep);
    let auditor = app.staff("auditor@example.jp", Role::Auditor);
    let nowhere = Scope::Only { sites: vec![], forms: vec![] };
    app.store.change_staff(outside, &StaffChange::Rights(Role::Rep, nowhere), "test").unwrap().unwrap();
    let mut rep = app.seated("rep", Role::Rep, None).await;
    let (outside, auditor, long) = (outside.to_string(), auditor.to_string(), "長".repeat(4001));
    let many = (0..13).map(|n| format!("t{n}")).collect::<Vec<_>>().join(" ");
    for (what, name, value) in [
        ("stage", "stage", ""),
        ("stage", "stage", "won"),
        ("stage", "stage", "unqualified"),
        ("owner", "owner", "nobody-knows"),
        ("owner", "owner", "zzzzzzzz"),
        ("owner", "owner", &outside),
        ("owner", "owner", &auditor),
        ("tags", "tags", "taro@example.jp"),
        ("tags", "tags", &many),
        ("notes", "note", "  "),
        ("notes", "note", &long),
    ] {
        let answer = rep.act(&format!("{}/{what}", page_of(lead)), &[(name, value), ("revision", "0")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{what} {}", &value[..value.len().min(20)]);
        assert!(answer.text.contains("role=\"alert\""), "{what}");
    }
    let work = app.store.work_on(lead).unwrap().unwrap();
    assert_eq!((work.revision, work.notes.len()), (0, 0));
}

#[tokio::test]
async fn notes_are_sealed_and_shown_for_a_reason_alone() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", "a@example.jp");
    let mut rep = app.seated("rep", Role::Rep, None).await;
    let words = format!("電話済み {NASTY}");
    rep.act(&format!("{}/notes", page_of(lead)), &[("note", &words)]).await.location();
    let closed = rep.get(&page_of(lead)).await;
    assert!(closed.text.contains("(sealed)") && !closed.text.contains("電話済み"));
    let open = rep.act(&format!("{}/reveal", page_of(lead)), &[("what", "notes"), ("reason", "reply")]).await;
    assert!(
        open.text.contains("電話済み") && !open.text.contains("<script>alert") && !open.text.contains("<img src=x")
    );
    for file in ["leads.db", "leads.db-wal"] {
        let bytes = std::fs::read(app._dir.path().join(file)).unwrap();
        assert!(!bytes.windows("電話済み".len()).any(|window| window == "電話済み".as_bytes()), "{file}");
    }
}

#[tokio::test]
async fn what_a_visitor_typed_is_never_run() {
    let app = App::new();
    let form = Form { allowed_origins: vec![], ..form() };
    let mut sent = submission("a@example.jp", "");
    for answer in &mut sent.answers {
        answer.value = Value::one(NASTY);
    }
    for consent in &mut sent.consents {
        (consent.text, consent.purpose, consent.version) = (NASTY.into(), NASTY.into(), NASTY.into());
    }
    for (_, value) in &mut sent.attribution {
        *value = NASTY.into();
    }
    let lead = store_under(&app.console.parts.keyring, &app.store, 1, &form, &sent);
    app.store.change_lead(lead, 0, &Change::Tags(vec!["vip".parse().unwrap()]), NASTY).unwrap();
    let mut rep = app.seated("rep", Role::Rep, None).await;
    let mut pages = vec![rep.get("/console/inbox?view=all").await, rep.get(&page_of(lead)).await];
    pages.push(rep.act(&format!("{}/reveal", page_of(lead)), &[("what", "all"), ("reason", "reply")]).await);
    pages.push(rep.act("/console/search", &[("by", "email"), ("value", NASTY)]).await);
    let query: String = form_urlencoded::byte_serialize(NASTY.as_bytes()).collect();
    pages.push(rep.get(&format!("/console/inbox?view={query}&tag={query}&since={query}&page={query}")).await);
    for page in pages {
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("<script>alert") && !page.text.contains("<img src=x"), "{}", page.text);
        let policy = page.header("content-security-policy");
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    }
}

#[tokio::test]
async fn a_search_finds_by_the_normal_form_and_is_audited_without_the_value() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", "misaki@example.jp");
    let mut rep = app.seated("rep", Role::Rep, None).await;
    for (by, value, finds) in [
        ("email", "ＭＩＳＡＫＩ＠example.jp ", true),
        ("email", "misaki@example.co.jp", false),
        ("tel", "０９０－１２３４－５６７８", true),
        ("tel", "+81 90 1234 5678", true),
        ("company", "株式会社山田商店", true),
        ("receipt", "#１", true),
        ("receipt", &lead.to_string(), true),
        ("receipt", "#2", false),
        ("receipt", "misaki@example.jp", false),
    ] {
        let found = rep.act("/console/search", &[("by", by), ("value", value)]).await;
        assert_eq!(found.text.contains(&lead.to_string()), finds, "{by} {value}");
        assert!(by == "receipt" || !found.text.contains(value), "the value is not shown again");
    }
    let entries = app.audited("leads-searched");
    assert_eq!((entries.len(), entries[0].as_str(), entries[1].as_str()), (9, "by=email found=1", "by=email found=0"));
    assert_eq!(
        rep.act("/console/search", &[("by", "email"), ("value", " ")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    // A value in the address is nothing that is searched for.
    assert!(!rep.get("/console/search?by=email&value=misaki@example.jp").await.text.contains(&lead.to_string()));
}

#[tokio::test]
async fn nobody_searches_by_the_thousand() {
    let app = App::new();
    let mut rep = app.seated("rep", Role::Rep, None).await;
    let mut last = StatusCode::OK;
    for n in 0..40 {
        last = rep.act("/console/search", &[("by", "tel"), ("value", &n.to_string())]).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let mut other = app.seated("other", Role::Rep, None).await;
    let answer = other.act("/console/search", &[("by", "tel"), ("value", "1")]).await;
    assert_eq!(answer.status, StatusCode::OK, "a colleague is not held up");
}

#[tokio::test]
async fn a_lead_taken_in_the_list_leads_back_to_the_list() {
    let app = App::new();
    let lead = app.lead(1, "main", "contact", "a@example.jp");
    let mut rep = app.seated("rep", Role::Rep, None).await;
    let token = rep.get("/console/inbox").await.hidden("_csrf");
    let pairs = [("_csrf", token.as_str()), ("owner", "me"), ("revision", "0"), ("from", "list")];
    let path = format!("{}/owner", page_of(lead));
    let from = |referer: &'static str| [("sec-fetch-site", "same-origin"), ("referer", referer)];
    let answer = rep.post_with(&path, &pairs, &from("http://127.0.0.1/console/inbox?view=new&form=contact")).await;
    assert_eq!(answer.location(), "/console/inbox?view=new&form=contact");
    let pairs = [("_csrf", token.as_str()), ("owner", ""), ("revision", "1"), ("from", "list")];
    let answer = rep.post_with(&path, &pairs, &from("https://evil.example//evil")).await;
    assert_eq!(answer.location(), "/console/inbox");
    let mine = rep.get("/console/inbox?view=mine").await;
    assert!(!mine.text.contains("data-lead"), "it was given back");
}

#[tokio::test]
async fn empty_lists_teach() {
    let app = App::new();
    let mut rep = app.seated("rep", Role::Rep, None).await;
    assert!(rep.get("/console/inbox").await.text.contains("There are no leads yet"));
    app.lead(1, "main", "contact", "a@example.jp");
    assert!(rep.get("/console/inbox?view=mine").await.text.contains("You have no leads"));
    assert!(rep.get("/console/inbox?view=all&tag=nothing").await.text.contains("No lead fits the filter"));
    let unclear = rep.get("/console/inbox?view=all&stage=won").await;
    assert!(unclear.text.contains("could not be read") && unclear.text.contains("data-lead"));
}
