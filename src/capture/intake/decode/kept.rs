//! A decoded post as bytes and back, for the moment between a confirm page and its button. The
//! bytes are everything a visitor typed: they leave this machine sealed or not at all.

use super::{Decoded, Encoding, Input, reserved, take_page_inputs};
use crate::domain::pii::Pii;
use zeroize::Zeroizing;

impl Decoded {
    /// The post as bytes: each input's name and value behind their lengths.
    pub fn keep(&self) -> Zeroizing<Vec<u8>> {
        let page = &self.page;
        let ours = [
            (reserved::TOKEN, &page.token),
            (reserved::KEY, &page.key),
            (reserved::HONEYPOT, &page.honeypot),
            (reserved::THANKS, &page.thanks),
            (reserved::FRAME, &page.frame),
            (reserved::CAPTCHA[0], &page.captcha),
        ];
        let ours = ours.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?.expose().as_str())));
        let lang = page.lang.map(|lang| (reserved::LANG, lang.tag()));
        let typed = self.inputs.iter().map(|input| (input.name.as_str(), input.value.expose().as_str()));
        let all: Vec<(&str, &str)> = ours.chain(lang).chain(typed).collect();
        // To its full size at once: a vector that grows leaves copies behind.
        let size = all.iter().map(|(name, value)| name.len() + value.len() + 8).sum();
        let mut bytes = Zeroizing::new(Vec::with_capacity(size));
        for text in all.into_iter().flat_map(|(name, value)| [name, value]) {
            // Posts are limited far below 4 GiB.
            bytes.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes
    }

    /// The post of these bytes, as a browser's.
    pub fn kept(mut bytes: &[u8]) -> Option<Self> {
        let mut inputs = Vec::new();
        while !bytes.is_empty() {
            let name = take_text(&mut bytes)?.to_owned();
            inputs.push(Input { name, value: Pii::new(take_text(&mut bytes)?.to_owned()) });
        }
        let (page, inputs) = take_page_inputs(inputs).ok()?;
        Some(Self { encoding: Encoding::Urlencoded, inputs, page })
    }
}

fn take_text<'b>(bytes: &mut &'b [u8]) -> Option<&'b str> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    *bytes = rest;
    std::str::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::super::{DecodeLimits, decode};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_kept_comes_back(pairs in proptest::collection::vec(("[a-z]{1,8}", any::<String>()), 0..20)) {
            let clean: Vec<(String, String)> =
                pairs.into_iter().map(|(name, value)| (name, value.replace('\0', ""))).collect();
            let body = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs([("_token", "t"), ("_key", "k"), ("_lang", "en"), ("_thanks", "https://example.jp/")])
                .extend_pairs(clean.iter().filter(|(name, _)| name != "website"))
                .finish();
            let decoded =
                decode("application/x-www-form-urlencoded", body.as_bytes(), &DecodeLimits::default()).unwrap();
            let again = Decoded::kept(&decoded.keep()).unwrap();
            let texts = |of: &Decoded| -> Vec<(String, String)> {
                of.inputs.iter().map(|input| (input.name.clone(), input.value.expose().clone())).collect()
            };
            prop_assert_eq!(texts(&again), texts(&decoded));
            prop_assert_eq!(again.idempotency_key().unwrap().expose(), "k");
            prop_assert_eq!(again.thanks().unwrap().expose(), "https://example.jp/");
            prop_assert_eq!(again.lang(), decoded.lang());
        }

        #[test]
        fn bytes_of_no_post_are_none_or_a_post(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Decoded::kept(&bytes);
        }
    }
}
