//! Advertising audiences: addresses, numbers and names as SHA-256 in hex, after each program's
//! normal form.
//!
//! The digests have no key, so anybody can guess what stands behind one: they are made here, for
//! people who agreed to advertising, and stored nowhere.

use super::super::cell::{Cell, is_e164};
use super::LeftOut;
use super::person::Person;
use sha2::{Digest, Sha256};

pub(super) const GOOGLE: [&str; 6] = ["Email", "Phone", "First Name", "Last Name", "Country", "Zip"];

pub(super) const META: [&str; 8] = ["email", "phone", "fn", "ln", "ct", "st", "zip", "country"];

/// Google reads name, country and postal code only together; the latter two are not hashed.
pub(super) fn google(person: &Person) -> Result<Vec<Cell>, LeftOut> {
    let [given, family] = [&person.given, &person.family].map(|name| lower(name));
    let is_located = !given.is_empty() && !family.is_empty() && !person.postal_code.is_empty();
    let (email, phone) = (email(person), phone(person));
    if email.is_empty() && phone.is_empty() && !is_located {
        return Err(LeftOut::NothingToMatch);
    }
    let located = |text: String| if is_located { text } else { String::new() };
    Ok(vec![
        hashed(&email),
        hashed(&phone),
        hashed(&located(given)),
        hashed(&located(family)),
        Cell::text(located(person.country().unwrap_or_default().to_owned())),
        Cell::text(located(person.postal_code.clone())),
    ])
}

/// Meta hashes everything. There is no city: forms ask for it within the address.
pub(super) fn meta(person: &Person) -> Result<Vec<Cell>, LeftOut> {
    let letters = |text: &str| lower(text).chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let [given, family] = [&person.given, &person.family].map(|name| letters(name));
    let (email, phone, zip) = (email(person), digits(&phone(person)), digits(&person.postal_code));
    let is_located = !given.is_empty() && !family.is_empty() && !zip.is_empty();
    if email.is_empty() && phone.is_empty() && !is_located {
        return Err(LeftOut::NothingToMatch);
    }
    let country = person.country().unwrap_or_default().to_ascii_lowercase();
    let state = letters(&person.prefecture);
    Ok([email, phone, given, family, String::new(), state, zip, country].iter().map(|text| hashed(text)).collect())
}

fn lower(text: &str) -> String {
    text.trim().to_lowercase()
}

fn email(person: &Person) -> String {
    lower(&person.email)
}

/// A number in E.164; nothing else matches.
fn phone(person: &Person) -> String {
    let mut numbers = [&person.mobile, &person.phone].into_iter();
    numbers.find(|number| is_e164(number)).cloned().unwrap_or_default()
}

/// The digest of a value; nothing where there is none, since the digest of nothing would match.
fn hashed(text: &str) -> Cell {
    Cell::text(if text.is_empty() { String::new() } else { hex::encode(Sha256::digest(text)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> Person {
        Person {
            family: "O'Hara".into(),
            given: "Ann ".into(),
            email: " Ann@Example.COM".into(),
            mobile: "+819012345678".into(),
            ..Person::default()
        }
    }

    fn texts(cells: &[Cell]) -> Vec<&str> {
        cells.iter().map(Cell::as_str).collect()
    }

    fn sha(text: &str) -> String {
        hex::encode(Sha256::digest(text))
    }

    #[test]
    fn digests_are_those_of_the_normal_form() {
        // SHA-256 of "test@example.com" as published test vectors have it.
        assert_eq!(
            hashed(&lower(" TEST@example.com ")).as_str(),
            "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b"
        );
        assert_eq!(hashed("").as_str(), "");
    }

    #[test]
    fn google_gets_name_country_and_code_together_or_not_at_all() {
        let mut person = person();
        let row = google(&person).unwrap();
        assert_eq!(texts(&row), [&sha("ann@example.com"), &sha("+819012345678"), "", "", "", ""]);
        person.postal_code = "150-0001".into();
        let row = google(&person).unwrap();
        assert_eq!(texts(&row)[2..], [sha("ann").as_str(), sha("o'hara").as_str(), "JP", "150-0001"]);
        person.given.clear();
        assert_eq!(texts(&google(&person).unwrap())[2..], [""; 4]);
    }

    #[test]
    fn meta_gets_digits_and_letters_only() {
        let person = Person { postal_code: "150-0001".into(), prefecture: "東京都".into(), ..person() };
        let row = meta(&person).unwrap();
        let expected = ["ann@example.com", "819012345678", "ann", "ohara", "", "東京都", "1500001", "jp"];
        let expected: Vec<String> =
            expected.iter().map(|text| if text.is_empty() { String::new() } else { sha(text) }).collect();
        assert_eq!(texts(&row), expected.iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn who_can_not_be_matched_is_left_out() {
        let nobody =
            Person { family: "山田".into(), given: "太郎".into(), phone: "03-1234".into(), ..Person::default() };
        assert_eq!(google(&nobody), Err(LeftOut::NothingToMatch));
        assert_eq!(meta(&nobody), Err(LeftOut::NothingToMatch));
    }
}
