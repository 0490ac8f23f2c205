//! `Pii<T>`: the only type in which personal data travels through the code.
//!
//! It has no `Display` and no `Serialize`, its `Debug` is redacted, and its memory is wiped on
//! drop. [`Pii::expose`] is the only way in, so a search for it lists every place that handles
//! personal data.

use std::fmt;
use zeroize::Zeroize;

/// A value that belongs to a person. Redacted in `Debug`, wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct Pii<T: Zeroize>(T);

impl<T: Zeroize> Pii<T> {
    /// Takes a value into custody.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// Hands out the value. Every call is a place that handles personal data: keep it short-lived.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl Pii<String> {
    /// True when there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Zeroize> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pii(redacted)")
    }
}

impl<T: Zeroize> Drop for Pii<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl From<&str> for Pii<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_says_nothing_about_the_value() {
        let secret = Pii::from("山田太郎");
        assert_eq!(format!("{secret:?}"), "Pii(redacted)");
        assert_eq!(format!("{:?}", Some(vec![secret])), "Some([Pii(redacted)])");
    }
}
