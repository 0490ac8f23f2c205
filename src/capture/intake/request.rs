//! A person's request about their own data, as a site's server passes it on: read and judged like
//! any post, under a form that no file defines.
//!
//! Refuses to know whether anything is held under the address: capture can't tell.

use super::decode::{DecodeError, DecodeLimits, Told, decode_signed};
use super::normalise::normalise;
use super::screen::{Screened, vouched};
use super::validate::{Refused, validate};
use crate::domain::field::{Choice, Field, FieldKind, Rules};
use crate::domain::form::{Confirm, ForbiddenNumbers, Form, FormTokenRule, Layout, Notify, Thanks};
use crate::domain::ids::{FieldId, FormId, FormVersion, SiteId};
use crate::domain::lang::{Lang, Text};
use crate::domain::pii::Pii;
use crate::domain::protect::Protect;
use crate::domain::request::{REQUEST_FORM, RequestKind};
use serde_json::Value as Json;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The input that says what is asked for.
const KIND: &str = "kind";
/// The input of the address.
const EMAIL: &str = "email";
/// The language to answer in.
const LANG: &str = "lang";

/// A request that was not taken.
#[derive(Debug)]
pub enum RefusedRequest {
    /// It is no JSON object, from this place on.
    Body {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// It can't be read.
    Answers(DecodeError),
    /// An answer breaks a rule; the form names its fields.
    Invalid(Box<Refused>, Arc<Form>),
}

impl From<DecodeError> for RefusedRequest {
    fn from(why: DecodeError) -> Self {
        Self::Answers(why)
    }
}

/// Reads and judges `{"kind":"access"|"erase","email":"…","lang":"ja"}`, which the server of a site
/// sent in the call `id`.
///
/// # Errors
/// When it can't be read, or the kind or the address won't do.
pub fn request(body: &[u8], site: &SiteId, id: &str) -> Result<Screened, RefusedRequest> {
    let form = Arc::new(form(site).ok_or(DecodeError::Malformed)?);
    let (answers, lang) = read(body)?;
    let told = Told { lang, key: id.to_owned(), attribution: Vec::new() };
    let decoded = decode_signed(&answers, told, &DecodeLimits::default())?;
    let mut valid = match validate(normalise(decoded, &form, None)) {
        Ok(valid) => valid,
        Err(refused) => return Err(RefusedRequest::Invalid(refused, form)),
    };
    let answers = &mut valid.submission.answers;
    let word = answers.iter().find(|answer| answer.field.as_str() == KIND).map(|answer| answer.value.joined());
    answers.retain(|answer| answer.field.as_str() != KIND);
    let kind = word.and_then(|word: Pii<String>| RequestKind::from_word(word.expose()));
    valid.submission.request = Some(kind.ok_or(DecodeError::Malformed)?);
    Ok(vouched(valid))
}

/// The answers as JSON, and the language to answer in.
fn read(body: &[u8]) -> Result<(Zeroizing<String>, Option<Lang>), RefusedRequest> {
    let text = std::str::from_utf8(body).map_err(|_| DecodeError::InvalidText)?;
    // serde's own words may quote what was sent; the place does not.
    let mut object: serde_json::Map<String, Json> = serde_json::from_str(text)
        .map_err(|error| RefusedRequest::Body { line: error.line(), column: error.column() })?;
    let lang = match object.remove(LANG) {
        None | Some(Json::Null) => None,
        Some(Json::String(tag)) => Lang::from_tag(&tag),
        Some(_) => return Err(DecodeError::Malformed.into()),
    };
    let answers = serde_json::to_string(&object).map_err(|_| DecodeError::Malformed)?;
    Ok((Zeroizing::new(answers), lang))
}

/// The form of requests. Nobody is notified of one and nothing answers it but the desk's own mail.
fn form(site: &SiteId) -> Option<Form> {
    let id: FormId = REQUEST_FORM.parse().ok()?;
    let kinds = RequestKind::ALL.map(|kind| Choice { value: kind.word().to_owned(), label: Text::both(kind.word()) });
    let fields = vec![
        Field {
            choices: kinds.to_vec(),
            protect: Protect::Keep,
            ..field(KIND, FieldKind::Select, both("請求の種類", "Kind of request"))?
        },
        field(EMAIL, FieldKind::Email, both("メールアドレス", "E-mail address"))?,
    ];
    let mut form = Form {
        site: site.clone(),
        id,
        version: FormVersion([0; 8]),
        langs: Lang::ALL.to_vec(),
        title: both("個人情報に関するご請求", "Request about personal data"),
        intro: None,
        submit: None,
        thanks: Thanks { title: None, body: None, url: None, urls: Vec::new() },
        allowed_origins: Vec::new(),
        fields,
        attribution: Vec::new(),
        attribution_protect: Protect::Drop,
        notify: Notify {
            recipients: Vec::new(),
            routes: Vec::new(),
            subject_facets: Vec::new(),
            reveal: Vec::new(),
            reply_to_lead: false,
            answer_within_minutes: None,
            lang: Lang::Ja,
        },
        auto_reply: None,
        retention_days: 1,
        forbidden_numbers: ForbiddenNumbers::Refuse,
        form_token: FormTokenRule::WhenPresent,
        funnel_pages: Vec::new(),
        layout: Layout::default(),
        confirm: Confirm::default(),
        captcha: None,
    };
    form.version = form.computed_version();
    Some(form)
}

fn both(ja: &str, en: &str) -> Text {
    Text { ja: Some(ja.to_owned()), en: Some(en.to_owned()) }
}

fn field(id: &str, kind: FieldKind, label: Text) -> Option<Field> {
    let id: FieldId = id.parse().ok()?;
    Some(Field {
        id,
        kind,
        label,
        hint: None,
        required: true,
        required_if: None,
        shown_if: None,
        step: None,
        rules: Rules::default(),
        choices: Vec::new(),
        split: false,
        country: "JP".to_owned(),
        consent: None,
        protect: Protect::Tokenise,
        allow_plain: None,
        autocomplete: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::problem::ProblemCode;

    fn site() -> SiteId {
        "main".parse().unwrap()
    }

    fn taken(body: &str) -> Screened {
        request(body.as_bytes(), &site(), "call-1").unwrap()
    }

    #[test]
    fn a_request_is_read_in_its_normal_form() {
        let taken = taken(r#"{"kind":"erase","email":" ｔａｒｏ@Example.JP ","lang":"en"}"#);
        let sent = taken.submission();
        assert_eq!((sent.request, sent.lang), (Some(RequestKind::Erase), Lang::En));
        let [answer] = sent.answers.as_slice() else { panic!("{} answers", sent.answers.len()) };
        assert_eq!(answer.value.joined().expose(), "taro@example.jp");
        assert_eq!((taken.form().site.as_str(), taken.form().id.as_str()), ("main", REQUEST_FORM));
        assert!(taken.doubts().is_empty());
    }

    #[test]
    fn what_is_wrong_is_said_by_field() {
        for (body, field, code) in [
            (r#"{"kind":"access","email":"taro"}"#, "email", ProblemCode::Email),
            (r#"{"kind":"access"}"#, "email", ProblemCode::Required),
            (r#"{"kind":"peek","email":"taro@example.jp"}"#, "kind", ProblemCode::Choice),
            (r#"{"email":"taro@example.jp"}"#, "kind", ProblemCode::ChoiceRequired),
        ] {
            let Err(RefusedRequest::Invalid(refused, _)) = request(body.as_bytes(), &site(), "call-1") else {
                panic!("{body}")
            };
            let found: Vec<_> = refused.problems.iter().map(|p| (p.field.as_str().to_owned(), p.code)).collect();
            assert_eq!(found, [(field.to_owned(), code)], "{body}");
        }
        let unknown = request(br#"{"kind":"access","email":"taro@example.jp","all":"yes"}"#, &site(), "call-1");
        assert!(matches!(unknown, Err(RefusedRequest::Invalid(refused, _)) if refused.unknown.len() == 1));
    }

    #[test]
    fn what_is_no_request_is_refused_whole() {
        for body in [
            r#"{"kind":"access","email":{"first":"a"}}"#,
            r#"{"kind":"access","email":"a@example.jp","lang":7}"#,
            "{\"kind\":\"access\",\"email\":\"a\\u0000@example.jp\"}",
        ] {
            assert!(matches!(taken_or(body.as_bytes()), RefusedRequest::Answers(_)), "{body}");
        }
        for body in ["", "[]", "{", "null", "{\"kind\":"] {
            assert!(matches!(taken_or(body.as_bytes()), RefusedRequest::Body { .. }), "{body}");
        }
        assert!(matches!(taken_or(b"\xff"), RefusedRequest::Answers(DecodeError::InvalidText)));
        let two = br#"{"kind":"access","email":["a@example.jp","b@example.jp"]}"#;
        assert!(matches!(taken_or(two), RefusedRequest::Invalid(..)));
    }

    fn taken_or(body: &[u8]) -> RefusedRequest {
        request(body, &site(), "call-1").expect_err("no request")
    }
}
