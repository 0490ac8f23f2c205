//! A form page as a browser without JavaScript sees it: its hidden inputs, and a post of them.

use super::http::{Request, Response};
use super::installation::Server;
use std::net::SocketAddr;

/// A form page that was loaded.
#[derive(Debug, Clone)]
pub struct FormPage {
    /// The form's path.
    pub path: String,
    /// Hidden inputs, in order.
    pub hidden: Vec<(String, String)>,
    /// The page's HTML.
    pub html: String,
}

impl FormPage {
    /// Loads a form's page in a language.
    #[track_caller]
    pub fn load(server: &Server, form: &str, query: &str) -> Self {
        Self::load_at(server.public_address(), form, query)
    }

    /// Loads a form's page from a listener.
    #[track_caller]
    pub fn load_at(door: SocketAddr, form: &str, query: &str) -> Self {
        let answer = Request::get(&format!("/f/{form}?{query}")).send(door).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        Self { path: format!("/f/{form}"), hidden: hidden_inputs(&answer.text()), html: answer.text() }
    }

    /// The value of a hidden input.
    #[track_caller]
    pub fn hidden(&self, name: &str) -> &str {
        let found = self.hidden.iter().find(|(given, _)| given == name);
        &found.unwrap_or_else(|| panic!("no hidden input {name} in {:?}", self.hidden)).1
    }

    /// What a browser would send with these answers: the hidden inputs, then the answers.
    pub fn filled(&self, answers: &[(&str, &str)]) -> Vec<(String, String)> {
        let answered = |name: &str| answers.iter().any(|(given, _)| *given == name);
        let hidden = self.hidden.iter().filter(|(name, _)| !answered(name)).cloned();
        hidden.chain(answers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).collect()
    }

    /// Sends the form as a browser would.
    pub fn send(&self, server: &Server, answers: &[(&str, &str)]) -> Response {
        server.public(&Request::form(&self.path, &self.filled(answers)))
    }
}

/// Name and value of each `<input type="hidden">`.
pub fn hidden_inputs(html: &str) -> Vec<(String, String)> {
    html.split("<input")
        .skip(1)
        .map(|rest| &rest[..rest.find('>').unwrap_or(rest.len())])
        .filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"))
        .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())))
        .collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = &tag[start..start + tag[start..].find('"')?];
    let value = value.replace("&#34;", "\"").replace("&quot;", "\"").replace("&#39;", "'");
    Some(value.replace("&lt;", "<").replace("&gt;", ">").replace("&#38;", "&").replace("&amp;", "&"))
}
