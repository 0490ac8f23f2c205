//! What the answers themselves tell: links, markup, repetition, foreign scripts, throw-away mail
//! domains. Cheap and linear; names reasons, never words of the text.

use crate::domain::field::FieldKind;
use crate::domain::submission::{Answer, Submission};
use crate::domain::suspicion::Suspicion;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Mail domains that hand out throw-away addresses.
const DISPOSABLE: &str = include_str!("disposable_domains.txt");
/// How much of a text is looked at.
const MOST_CHARS: usize = 3000;
/// Shorter texts repeat themselves by chance.
const WORTH_COUNTING: usize = 80;
/// Below this share of different runs of four characters a text says the same over and over.
const REPETITIVE: f64 = 0.3;
/// Fewer letters tell no script.
const ENOUGH_LETTERS: usize = 12;

static DISPOSABLE_DOMAINS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| DISPOSABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect());

/// A reason and how much it weighs.
pub(super) type Weighed = (Suspicion, u32);

/// The reasons in the answers of a submission.
pub(super) fn reasons(submission: &Submission) -> Vec<Weighed> {
    let mut found = Findings::default();
    for answer in &submission.answers {
        found.look_at(answer);
    }
    found.weighed()
}

#[derive(Default)]
struct Findings {
    links: u32,
    markup: bool,
    repetition: bool,
    other_script: bool,
    disposable: bool,
}

impl Findings {
    fn look_at(&mut self, answer: &Answer) {
        let joined = answer.value.joined();
        let text = joined.expose();
        match answer.kind {
            FieldKind::Email => self.disposable |= is_disposable(text),
            // Nobody is called so: as telling as several links in a message.
            FieldKind::Name | FieldKind::Kana if links(text) > 0 => self.links += 4,
            kind if kind.is_free_text() => {
                let text: String = text.chars().take(MOST_CHARS).collect();
                self.links += links(&text);
                self.markup |= has_markup(&text);
                self.repetition |= is_repetitive(&text);
                self.other_script |= is_in_another_script(&text);
            }
            _ => {}
        }
    }

    fn weighed(&self) -> Vec<Weighed> {
        let links = match self.links {
            0 => 0,
            1 => 1,
            2..=3 => 2,
            _ => 4,
        };
        [
            (Suspicion::Links, links),
            (Suspicion::Markup, if self.markup { 4 } else { 0 }),
            (Suspicion::Repetition, if self.repetition { 2 } else { 0 }),
            (Suspicion::OtherScript, if self.other_script { 2 } else { 0 }),
            (Suspicion::DisposableMail, if self.disposable { 2 } else { 0 }),
        ]
        .into_iter()
        .filter(|(_, weight)| *weight > 0)
        .collect()
    }
}

fn is_disposable(address: &str) -> bool {
    let domain = address.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    // Subdomains of such a domain are its too.
    let ends = std::iter::successors(Some(domain.as_str()), |rest| rest.split_once('.').map(|(_, rest)| rest));
    ends.filter(|end| end.contains('.')).any(|end| DISPOSABLE_DOMAINS.contains(end))
}

fn links(text: &str) -> u32 {
    let lower = text.to_ascii_lowercase();
    let schemes = lower.matches("http://").count() + lower.matches("https://").count();
    let bare = lower.matches("www.").count() - lower.matches("://www.").count();
    u32::try_from(schemes + bare).unwrap_or(u32::MAX)
}

fn has_markup(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["<a ", "</a>", "<script", "<iframe", "<img ", "[url", "[/url]", "[link", "href="]
        .iter()
        .any(|tag| lower.contains(tag))
}

fn is_repetitive(text: &str) -> bool {
    let chars: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    if chars.len() < WORTH_COUNTING {
        return false;
    }
    let runs = chars.windows(4);
    let all = runs.len();
    let different = runs.collect::<HashSet<_>>().len();
    (different as f64) < all as f64 * REPETITIVE
}

/// Whether most letters are of a script that neither Japanese nor English is written in.
fn is_in_another_script(text: &str) -> bool {
    let letters: Vec<char> = text.chars().filter(|c| c.is_alphabetic()).collect();
    let other = letters.iter().filter(|c| matches!(c, '\u{370}'..='\u{1cff}' | '\u{ac00}'..='\u{d7a3}')).count();
    letters.len() >= ENOUGH_LETTERS && other * 2 > letters.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::submission::Value;

    fn found(kind: FieldKind, text: &str) -> Vec<&'static str> {
        let mut found = Findings::default();
        found.look_at(&Answer { field: "f".parse().unwrap(), kind, value: Value::one(text) });
        found.weighed().into_iter().map(|(reason, _)| reason.word()).collect()
    }

    #[test]
    fn what_people_write_is_not_doubted() {
        for text in [
            "導入の費用について教えてください。社員は五十名ほどで、来年の春からの利用を考えています。よろしくお願いいたします。",
            "Could you send us a quote for 50 seats? We would like to start in April. Kind regards, Ann",
            "はい",
            "ーーーーーーーーーー",
            "Владимир です。見積もりをお願いします。担当者から折り返しご連絡いただけますと幸いです。",
        ] {
            assert_eq!(found(FieldKind::Textarea, text), [""; 0], "{text}");
        }
        let page = "弊社サイト https://www.example.co.jp のリニューアルを検討しています。";
        assert_eq!(found(FieldKind::Textarea, page), ["links"]);
        assert_eq!(found(FieldKind::Email, "taro@example.co.jp"), [""; 0]);
    }

    #[test]
    fn what_robots_write_is() {
        let seo = "Buy <a href=\"https://spam.example\">links</a> http://a.example http://b.example www.c.example";
        assert_eq!(found(FieldKind::Textarea, seo), ["links", "markup"]);
        assert_eq!(found(FieldKind::Textarea, &"cheap pills online ".repeat(20)), ["repetition"]);
        assert_eq!(found(FieldKind::Textarea, &"激安ブランド品大特価".repeat(20)), ["repetition"]);
        assert_eq!(found(FieldKind::Textarea, "Заработок в интернете без вложений каждый день"), ["other-script"]);
        assert_eq!(found(FieldKind::Name, "Win a phone http://spam.example"), ["links"]);
        assert_eq!(found(FieldKind::Email, "x@mailinator.com"), ["disposable-mail"]);
        assert_eq!(found(FieldKind::Email, "x@sub.Mailinator.com"), ["disposable-mail"]);
    }
}
