//! The dashboard: whose figures somebody sees, that tables say what charts show, and what is not run.

use super::*;
use crate::desk::store::sample::{RECEIVED, token};
use crate::desk::store::{Change, StaffChange};
use crate::domain::form::Form;
use crate::domain::lang::Text;
use crate::domain::lead::{NoLead, Stage};
use crate::domain::site::Site;
use std::time::Duration;

const NASTY: &str = "\"><script>alert(1)</script>'<img src=x onerror=alert(2)>";

impl App {
    /// An hour after the leads of the tests come in.
    fn at_work(change: impl FnOnce(&mut Settings)) -> Self {
        let app = Self::with(change);
        let then = jiff::Timestamp::from_second(RECEIVED + 3600).unwrap();
        app.clock.advance(app.clock.now().duration_until(then));
        app
    }
}

/// The figure of a tile.
fn tile(page: &Answer, label: &str) -> String {
    let rest =
        page.text.split(&format!("<dt>{label}</dt>")).nth(1).unwrap_or_else(|| panic!("no {label}: {}", page.text));
    text_of(rest.split("</dd>").next().unwrap())
}

fn text_of(html: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for letter in html.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            other if !inside => out.push(other),
            _ => {}
        }
    }
    out.trim().to_owned()
}

/// The rows of a chart's table, their cells by `|`.
fn table(page: &Answer, chart: &str) -> Vec<String> {
    let figure = page.text.split(&format!("id=\"{chart}\"")).nth(1).unwrap().split("</figure>").next().unwrap();
    let body = figure.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap();
    let row = |row: &str| row.replace("</th><td>", "|").replace("</td><td>", "|");
    body.split("</tr>").map(|line| text_of(&row(line))).filter(|line| !line.is_empty()).collect()
}

#[tokio::test]
async fn each_sees_the_figures_of_their_sites_and_forms_and_no_others() {
    let app = App::at_work(|_| {});
    app.lead(1, "main", "contact", "a@example.jp");
    app.lead(2, "main", "event-registration", "b@example.jp");
    app.lead(3, "shop", "shop-contact", "c@example.jp");
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let all = owner.get("/console/dashboard").await;
    assert_eq!((tile(&all, "Leads"), tile(&all, "New"), tile(&all, "Overdue")), ("3".into(), "3".into(), "3".into()));
    assert_eq!(table(&all, "by-form").len(), 3);

    let mut rep = app.seated("rep", Role::Rep, Some((&[], &["contact"]))).await;
    let own = rep.get("/console/dashboard").await;
    assert_eq!((tile(&own, "Leads"), tile(&own, "New"), tile(&own, "Overdue")), ("1".into(), "1".into(), "1".into()));
    assert_eq!(table(&own, "stages")[0], "New|1");
    assert_eq!(table(&own, "by-form").len(), 1);
    assert!(!own.text.contains("shop-contact") && !own.text.contains("event-registration"));
    for query in ["form=event-registration", "site=shop", "form=shop-contact&span=90", "site=shop&form=contact"] {
        let none = rep.get(&format!("/console/dashboard?{query}")).await;
        assert_eq!((tile(&none, "Leads"), tile(&none, "Overdue")), ("0".into(), "0".into()), "{query}");
    }
    for role in [Role::Manager, Role::PrivacyOfficer, Role::Auditor] {
        let mut browser = app.seated(role.word(), role, Some((&["main"], &[]))).await;
        assert_eq!(tile(&browser.get("/console/dashboard").await, "Leads"), "2");
    }
    let mut nobody = app.seated("nobody", Role::Rep, Some((&[], &[]))).await;
    let page = nobody.get("/console/dashboard").await;
    assert!(page.text.contains("There are no figures yet") && !page.text.contains("/f/"));
}

#[tokio::test]
async fn before_the_first_lead_the_page_says_what_will_be_there_and_leads_to_a_form() {
    let app = App::new();
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let page = owner.get("/console/dashboard").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("There are no figures yet") && page.text.contains("/f/contact?lang=en"));
    assert!(!page.text.contains("role=\"img\"") && page.text.contains("No mail server is configured"));
    // A filter that nothing fits is no beginning.
    let page = owner.get("/console/dashboard?form=contact").await;
    assert_eq!(tile(&page, "Leads"), "0");
    assert!(page.text.contains("No leads came in within this span."));
}

#[tokio::test]
async fn a_lead_is_counted_by_day_form_source_stage_and_answer() {
    let app = App::at_work(|_| {});
    app.lead(1, "main", "contact", "a@example.jp");
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let waiting = owner.get("/console/dashboard?span=7").await;
    let days = table(&waiting, "by-day");
    assert_eq!((days.len(), days[6].as_str(), days[5].as_str()), (7, "15 January 2027|1|0", "14 January 2027|0|0"));
    assert_eq!(waiting.text.matches("<rect class=\"bar\" x=").count(), 5, "one bar in each chart");
    assert_eq!(
        (tile(&waiting, "First answer, median"), tile(&waiting, "Answered in time")),
        ("none yet".into(), "0%".into())
    );
    assert_eq!(table(&waiting, "by-form"), ["Contact us|1|100%|0"]);
    assert_eq!(table(&waiting, "by-source"), ["Other|1|100%|0"]);
    assert_eq!(table(&waiting, "answers").last().unwrap(), "Not yet|1|0");

    let spam = Change::Stage(Stage::Unqualified, Some(NoLead::Spam));
    app.store.change_lead(token(1), 0, &spam, "staff:aaaaaaaa").unwrap();
    let answered = owner.get("/console/dashboard?span=months").await;
    assert_eq!(table(&answered, "by-day"), ["January 2027|1|0"]);
    assert_eq!(table(&answered, "stages")[5..], ["Unqualified|1", "Unqualified: Spam|1"]);
    // The lead came at 17:00 in Tokyo, on a Friday; the office closes an hour later.
    assert!(table(&answered, "answers").contains(&"1 h – 4 h|1|0".to_owned()), "{:?}", table(&answered, "answers"));
    assert!(answered.text.contains("inbox?view=all&#38;stage=unqualified"));
    let unclear = owner.get("/console/dashboard?span=365").await;
    assert!(unclear.text.contains("role=\"alert\"") && table(&unclear, "by-day").len() == 30);
}

#[tokio::test]
async fn names_of_sites_and_forms_are_never_run() {
    let app = App::at_work(|settings| {
        let nasty = || Text::both(NASTY);
        settings.forms =
            settings.forms.iter().map(|form| Arc::new(Form { title: nasty(), ..(**form).clone() })).collect();
        let main = Site { name: nasty(), ..(*settings.sites[0]).clone() };
        let shop = Site { id: "shop".parse().unwrap(), ..main.clone() };
        settings.sites = vec![Arc::new(main), Arc::new(shop)];
    });
    app.lead(1, "main", "contact", "a@example.jp");
    let mut owner = app.seated("owner", Role::Owner, None).await;
    let query: String = form_urlencoded::byte_serialize(NASTY.as_bytes()).collect();
    for path in ["dashboard".to_owned(), format!("dashboard?span={query}&site={query}&form={query}")] {
        let page = owner.get(&format!("/console/{path}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("<script") && !page.text.contains("<img"), "{}", page.text);
        assert!(!page.text.contains("style=") && page.text.contains("&#60;script"), "{}", page.text);
    }
}

#[tokio::test]
async fn who_runs_the_installation_sees_what_waits_and_what_to_do_others_one_sentence() {
    let app = App::at_work(|_| {});
    let lead = app.lead(1, "main", "contact", "a@example.jp");
    let due = app.store.claim_due(9, Duration::from_secs(60)).unwrap();
    app.store.mark_dead(due[0].id, "smtp 550").unwrap();
    for (role, only, sees) in [
        (Role::Owner, None, true),
        (Role::Manager, None, true),
        (Role::Rep, None, false),
        (Role::PrivacyOfficer, None, false),
        (Role::Auditor, None, false),
    ] {
        let mut browser = app.seated(role.word(), role, only).await;
        let page = browser.get("/console/dashboard").await;
        assert!(page.text.contains("No mail server is configured"), "{role:?}");
        assert_eq!(page.text.contains("Mails that were given up"), sees, "{role:?}");
        assert_eq!(page.text.contains(&format!("/console/leads/{lead}\">#1</a>")), sees, "{role:?}");
    }
    let id = app.staff("part@example.jp", Role::Manager);
    let part = Scope::Only { sites: vec!["shop".parse().unwrap()], forms: Vec::new() };
    app.store.change_staff(id, &StaffChange::Rights(Role::Manager, part), "test").unwrap().unwrap();
    let mut browser = Browser::new(&app);
    browser.sign_in("part@example.jp").await;
    assert!(!browser.get("/console/dashboard").await.text.contains("Mails that were given up"));
}
