//! Normal forms of what a person is reached by: e-mail, telephone, postal code, web address.
//! What is none of these stays as text, for the validator to refuse.

use super::text;
use phonenumber::Mode;
use phonenumber::country;
use url::Url;

/// NFKC; the domain in lower case and in its ASCII form (IDNA, UTS 46). The local part keeps its
/// case, since only the receiver knows whether it matters.
pub fn email(raw: &str) -> String {
    let folded = text::compatible(raw);
    let Some((local, domain)) = folded.rsplit_once('@') else { return folded };
    let domain = idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_ascii_lowercase());
    format!("{local}@{domain}")
}

/// E.164 (`+819012345678`) where it is a number that exists in the country's plan or is written
/// internationally.
pub fn tel(raw: &str, country: &str) -> String {
    let folded: String = text::compatible(raw).chars().map(dash_to_hyphen).collect();
    tel_e164(&folded, country).unwrap_or(folded)
}

/// The E.164 form of a number in any usual notation.
pub fn tel_e164(folded: &str, country: &str) -> Option<String> {
    let mut dialled = String::new();
    for c in folded.chars() {
        match c {
            '0'..='9' => dialled.push(c),
            '+' if dialled.is_empty() => dialled.push(c),
            '-' | '(' | ')' | '.' | '/' | ' ' => {}
            _ => return None,
        }
    }
    let number = phonenumber::parse(country.parse::<country::Id>().ok(), &dialled).ok()?;
    number.is_valid().then(|| number.format().mode(Mode::E164).to_string())
}

/// Loads the number plans of all countries.
pub fn warm_up() {
    tel_e164("0312345678", "JP");
}

/// `123-4567`.
pub fn postal_code(raw: &str) -> String {
    let folded: String = text::compatible(raw).chars().map(dash_to_hyphen).collect();
    let digits: String = folded.trim_start_matches('〒').chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    if digits.len() == 7 && digits.bytes().all(|b| b.is_ascii_digit()) {
        format!("{}-{}", &digits[..3], &digits[3..])
    } else {
        folded
    }
}

/// The serialised http(s) address (WHATWG URL). A bare `www.example.jp` means https.
pub fn url(raw: &str) -> String {
    let folded = text::compatible(raw);
    // The URL parser drops line breaks in silence; they must stay to be refused.
    if folded.contains(text::is_control) {
        return folded;
    }
    let bare = !folded.contains(':') && folded.contains('.') && !folded.contains(' ');
    let absolute = if bare { format!("https://{folded}") } else { folded.clone() };
    match Url::parse(&absolute) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url.into(),
        _ => folded,
    }
}

/// What people type for a hyphen, the long-vowel mark of a Japanese keyboard among it.
fn dash_to_hyphen(c: char) -> char {
    match c {
        'ー' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '〜' | '~' => '-',
        c => c,
    }
}
