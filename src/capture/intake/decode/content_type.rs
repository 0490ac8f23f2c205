//! The `Content-Type` header (RFC 9110 §8.3): essence and parameters, strictly.

/// A media type with its parameters.
#[derive(Debug, Clone)]
pub(super) struct ContentType {
    /// `type/subtype` in lower case.
    pub(super) essence: String,
    params: Vec<(String, String)>,
}

impl ContentType {
    /// Reads a header value; nothing when it is not one media type.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (essence, mut rest) = match text.split_once(';') {
            Some((essence, rest)) => (essence, rest),
            None => (text, ""),
        };
        let essence = essence.trim().to_ascii_lowercase();
        let (kind, subtype) = essence.split_once('/')?;
        if !is_token(kind) || !is_token(subtype) {
            return None;
        }
        let mut params: Vec<(String, String)> = Vec::new();
        loop {
            rest = rest.trim_start_matches([' ', '\t', ';']);
            if rest.is_empty() {
                return Some(Self { essence, params });
            }
            let (name, after) = rest.split_once('=')?;
            let name = name.to_ascii_lowercase();
            let (value, after) = parameter_value(after)?;
            if !is_token(&name) || params.iter().any(|(known, _)| *known == name) {
                return None;
            }
            params.push((name, value));
            rest = after.trim_start_matches([' ', '\t']);
            if !rest.is_empty() && !rest.starts_with(';') {
                return None;
            }
        }
    }

    /// The value of a parameter, by its lower-case name.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A token or quoted string, and what follows it.
fn parameter_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return is_token(value).then(|| (value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(chars.next()?.1),
            c => value.push(c),
        }
    }
    None
}

/// A token of RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_may_be_quoted() {
        let parsed = ContentType::parse(r#"Multipart/Form-Data; Boundary="a b\"c" ; charset=UTF-8"#).unwrap();
        assert_eq!(parsed.essence, "multipart/form-data");
        assert_eq!(parsed.param("boundary"), Some("a b\"c"));
        assert_eq!(parsed.param("charset"), Some("UTF-8"));
    }

    #[test]
    fn what_is_no_media_type_is_refused() {
        for text in ["", "text", "/", "a/b; x", "a/b; x=\"y", "a/b; x=1; X=2", "a/b, c/d", "a/b; x=1 y", "あ/b"] {
            assert!(ContentType::parse(text).is_none(), "{text}");
        }
    }
}
