//! Accounts of colleagues: made and changed by who may, and by nobody else.

use super::*;

/// Somebody signed in, with a proof that is fresh.
async fn signed_in<'a>(app: &'a App, address: &str) -> Browser<'a> {
    let mut browser = Browser::new(app);
    browser.sign_in(address).await;
    browser
}

fn id_of(app: &App, address: &str) -> Option<StaffId> {
    app.store.staff_of(&address.parse().unwrap()).unwrap().map(|staff| staff.id)
}

#[tokio::test]
async fn an_owner_adds_somebody_who_signs_in_by_the_link() {
    let app = App::new();
    app.staff("owner@example.jp", Role::Owner);
    let mut owner = signed_in(&app, "owner@example.jp").await;
    let new =
        [("name", "<b>花子</b>"), ("address", "hana@example.jp"), ("role", "rep"), ("form", "contact"), ("lang", "en")];
    let answer = owner.act("/console/staff/new", &new).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let link = answer.text.split("<code>").nth(1).unwrap().split('<').next().unwrap();
    let path = link.strip_prefix("http://127.0.0.1:8788").unwrap();
    let mut hana = Browser::new(&app);
    assert_eq!(hana.post(path, &[("new", PASSWORD), ("again", PASSWORD)]).await.location(), "/console");
    let list = owner.get("/console/staff").await.text;
    assert!(list.contains("&#60;b&#62;花子") && !list.contains("<b>"), "{list}");
    let scope = app.store.staff_of(&"hana@example.jp".parse().unwrap()).unwrap().unwrap().scope;
    assert_eq!(scope, Scope::Only { sites: Vec::new(), forms: vec!["contact".parse().unwrap()] });
    for (changed, words) in [
        (("address", "hana@example.jp"), "with this address already"),
        (("address", "nobody"), "not an e-mail address"),
        (("name", " "), "Please write a name"),
        (("role", "king"), "more than you have"),
        (("site", "../x"), "more than you have"),
    ] {
        let mut pairs: Vec<(&str, &str)> = new.into_iter().filter(|(name, _)| *name != changed.0).collect();
        pairs.push(changed);
        let answer = owner.act("/console/staff/new", &pairs).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.contains(words), "{changed:?}");
    }
}

#[tokio::test]
async fn who_does_not_manage_staff_sees_no_page_of_it() {
    let app = App::new();
    let owner = app.staff("owner@example.jp", Role::Owner);
    for (n, role) in [Role::Rep, Role::PrivacyOfficer, Role::Auditor].into_iter().enumerate() {
        let address = format!("{n}@example.jp");
        app.staff(&address, role);
        let mut browser = signed_in(&app, &address).await;
        let page = browser.get("/console/account").await;
        assert!(!page.text.contains("/console/staff\""));
        for path in ["/console/staff".to_owned(), "/console/staff/new".to_owned(), format!("/console/staff/{owner}")] {
            assert_eq!(browser.get(&path).await.status, StatusCode::FORBIDDEN);
        }
        let answer = browser.act(&format!("/console/staff/{owner}"), &[("do", "disable")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_manager_gives_no_more_than_they_have() {
    let app = App::new();
    let owner = app.staff("owner@example.jp", Role::Owner);
    let manager = app.staff("manager@example.jp", Role::Manager);
    let rep = app.staff("rep@example.jp", Role::Rep);
    let scope = Scope::Only { sites: Vec::new(), forms: vec!["contact".parse().unwrap()] };
    let rights = crate::desk::store::StaffChange::Rights(Role::Manager, scope.clone());
    app.store.change_staff(manager, &rights, "test").unwrap().unwrap();
    let mut browser = signed_in(&app, "manager@example.jp").await;
    for (role, form) in [("owner", "contact"), ("privacy-officer", "contact"), ("rep", "newsletter")] {
        let pairs = [("name", "x"), ("address", "x@example.jp"), ("role", role), ("form", form)];
        let answer = browser.act("/console/staff/new", &pairs).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{role} {form}");
    }
    assert_eq!(id_of(&app, "x@example.jp"), None);
    let pairs = [("name", "x"), ("address", "x@example.jp"), ("role", "rep")];
    assert_eq!(browser.act("/console/staff/new", &pairs).await.status, StatusCode::OK);
    let made = app.store.staff_of(&"x@example.jp".parse().unwrap()).unwrap().unwrap();
    assert_eq!(made.scope, scope, "nothing ticked is what they see themselves, not everything");
    // An owner, and somebody who sees more: as if they were not there.
    for id in [owner, rep] {
        assert_eq!(browser.get(&format!("/console/staff/{id}")).await.status, StatusCode::NOT_FOUND);
        for what in ["disable", "reset", "rights"] {
            let answer = browser.act(&format!("/console/staff/{id}"), &[("do", what), ("role", "rep")]).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
        }
    }
    let answer = browser.act(&format!("/console/staff/{}", made.id), &[("do", "disable")]).await;
    assert_eq!(answer.location(), "/console/staff");
}

#[tokio::test]
async fn nobody_locks_themselves_or_the_house_out() {
    let app = App::new();
    let owner = app.staff("owner@example.jp", Role::Owner);
    let second = app.staff("second@example.jp", Role::Owner);
    let mut browser = signed_in(&app, "owner@example.jp").await;
    let answer = browser.act(&format!("/console/staff/{owner}"), &[("do", "disable")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        browser.act(&format!("/console/staff/{second}"), &[("do", "disable")]).await.location(),
        "/console/staff"
    );
    let refused = app.store.change_staff(owner, &crate::desk::store::StaffChange::Disable, "test").unwrap();
    assert_eq!(refused, Err(crate::desk::store::StaffRefusal::LastOwner));
    let answer = browser.act(&format!("/console/staff/{second}"), &[("do", "reset")]).await;
    assert!(answer.text.contains("Enable it first"));
    assert_eq!(
        browser.act(&format!("/console/staff/{second}"), &[("do", "enable")]).await.location(),
        "/console/staff"
    );
}

#[tokio::test]
async fn changing_an_account_asks_for_a_fresh_proof() {
    let app = App::new();
    app.staff("owner@example.jp", Role::Owner);
    let rep = app.staff("rep@example.jp", Role::Rep);
    let mut browser = signed_in(&app, "owner@example.jp").await;
    app.clock.advance(SignedDuration::from_mins(11));
    assert_eq!(browser.get("/console/staff").await.status, StatusCode::OK, "looking does not");
    for path in ["/console/staff/new".to_owned(), format!("/console/staff/{rep}")] {
        assert!(browser.get(&path).await.location().starts_with("/console/confirm?next=%2Fconsole%2Fstaff%2F"));
        assert!(browser.act(&path, &[("do", "disable")]).await.location().starts_with("/console/confirm"));
    }
    assert!(app.store.staff_member(rep).unwrap().unwrap().disabled_at.is_none());
}
