//! Every route of the console by every role and scope, generated from the router itself.

use super::*;
use crate::console::guard::Decision;
use crate::console::pages::Page;
use crate::domain::request::RequestKind;
use crate::domain::token::Token;
use std::fmt::Write;

/// What the routes' placeholders stand for: things of the site `main`, of somebody else.
struct Things {
    lead: Token,
    request: Token,
    colleague: StaffId,
}

impl Things {
    fn of(app: &App) -> Self {
        let lead = app.lead(1, "main", "contact", "a@example.jp");
        let request = app.written_down("main", RequestKind::Erase, "a@example.jp");
        Self { lead, request, colleague: app.staff("colleague@example.jp", Role::Rep) }
    }

    /// The address of a page.
    fn address(&self, page: &Page) -> String {
        let path = page
            .path
            .replace("{lead}", &self.lead.to_string())
            .replace("{request}", &self.request.to_string())
            .replace("{id}", &self.colleague.to_string())
            .replace("{secret}", "x")
            .replace("{export}", "aaaaaaaa");
        assert!(!path.contains('{'), "say what {} stands for", page.path);
        format!("/console{}", path.trim_end_matches('/'))
    }

    /// Whether the page is of something that belongs to a site.
    fn is_of_a_site(page: &Page) -> bool {
        page.path.contains("{lead}") || page.path.contains("{request}")
    }
}

/// Asks for a page as our own pages do: a post carries its session's token.
async fn ask(browser: &mut Browser<'_>, page: &Page, address: &str) -> Answer {
    match page.method {
        Method::GET => browser.get(address).await,
        _ => browser.act(address, &[]).await,
    }
}

fn is_not_allowed(answer: &Answer) -> bool {
    answer.status == StatusCode::FORBIDDEN && answer.text.contains("Your role does not")
}

fn is_to_sign_in(answer: &Answer) -> bool {
    answer.status == StatusCode::SEE_OTHER && answer.location().starts_with("/console/sign-in")
}

const fn may(role: Role, page: &Page) -> bool {
    match page.who {
        Decision::Anyone | Decision::SignedIn => true,
        Decision::May(what) => role.may(what),
    }
}

/// A change of who may use what is a change of a committed file, where its reader sees it.
#[test]
fn who_may_use_which_page_is_written_down() {
    let pages = crate::console::pages();
    let mut lines: Vec<String> = pages.list().iter().map(line).collect();
    lines.sort();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/console-routes.txt");
    let text = lines.concat();
    if std::env::var_os("LEADSEAL_UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == text, "who may use which page has changed; with LEADSEAL_UPDATE_GOLDEN=1 it is:\n{text}");
}

fn line(page: &Page) -> String {
    let mut line = format!("{:<44} {:<4} ", page.path, page.method.as_str());
    match page.who {
        Decision::Anyone => line += "anyone",
        Decision::SignedIn => line += "signed in",
        Decision::May(what) => {
            let roles: Vec<&str> = Role::ALL.into_iter().filter(|role| role.may(what)).map(Role::word).collect();
            write!(line, "{what:?}: {}", roles.join(" ")).unwrap();
        }
    }
    line + "\n"
}

#[test]
fn only_the_pages_before_sign_in_are_open() {
    for page in crate::console::pages().list() {
        let is_before = page.path.starts_with("/sign-in");
        assert_eq!(page.who == Decision::Anyone, is_before, "{} {}", page.method, page.path);
        // What a lead, a colleague or a file of leads is about is never open to just anybody with an account.
        let of_something = page.path.starts_with("/leads") || page.path.starts_with("/staff");
        assert!(!of_something || matches!(page.who, Decision::May(_)), "{} {}", page.method, page.path);
    }
}

#[tokio::test]
async fn who_is_not_signed_in_reaches_nothing() {
    let app = App::new();
    let things = Things::of(&app);
    for page in crate::console::pages().list() {
        let mut browser = Browser::new(&app);
        let address = things.address(page);
        let answer = match page.method {
            Method::GET => browser.get(&address).await,
            _ => browser.post(&address, &[]).await,
        };
        assert!(page.who == Decision::Anyone || is_to_sign_in(&answer), "{} {address}: {}", page.method, answer.status);
        assert_eq!(answer.header("cache-control"), "no-store", "{} {address}", page.method);
    }
    let mut browser = Browser::new(&app);
    assert!(is_to_sign_in(&browser.get("/console/nothing").await));
}

#[tokio::test]
async fn each_role_reaches_what_the_decision_gives_it_and_nothing_else() {
    let app = App::new();
    let things = Things::of(&app);
    for role in Role::ALL {
        let address = format!("{}@example.jp", role.word());
        app.staff(&address, role);
        for page in crate::console::pages().list().iter().filter(|page| page.who != Decision::Anyone) {
            // Anew for each: some pages end the session.
            let mut browser = Browser::new(&app);
            browser.sign_in(&address).await;
            let answer = ask(&mut browser, page, &things.address(page)).await;
            let case = format!("{} {} by {role:?}: {}", page.method, page.path, answer.status);
            assert_eq!(is_not_allowed(&answer), !may(role, page), "{case}");
            assert!(!is_to_sign_in(&answer) && answer.status.as_u16() < 500, "{case}");
            assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{case}");
        }
    }
}

#[tokio::test]
async fn nobody_crosses_into_another_site() {
    let app = App::new();
    let things = Things::of(&app);
    for role in Role::ALL {
        let mut browser = app.seated(role.word(), role, Some((&["shop"], &["shop-contact"]))).await;
        let before = app.store.audit_entries(0, 10_000).unwrap().len();
        let pages = crate::console::pages();
        for page in pages.list().iter().filter(|page| Things::is_of_a_site(page) && may(role, page)) {
            let answer = ask(&mut browser, page, &things.address(page)).await;
            let case = format!("{} {} by {role:?}: {}", page.method, page.path, answer.status);
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{case}");
            assert!(!answer.text.contains(&things.lead.to_string()), "{case}");
            assert!(!answer.text.contains(&things.request.to_string()), "{case}");
        }
        assert_eq!(app.store.audit_entries(0, 10_000).unwrap().len(), before, "{role:?} left no trace of an action");
        assert_eq!(app.store.work_on(things.lead).unwrap().unwrap().revision, 0);
    }
}
