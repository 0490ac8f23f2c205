//! Why a submission looks like a robot's work. Words of a closed list: never a value, never who.

/// One reason to doubt that a person sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Suspicion {
    /// The input that people do not see was filled in.
    Honeypot,
    /// A form token that this installation did not issue for this form.
    TokenForged,
    /// One page view's form token came with many posts.
    TokenReplayed,
    /// The form token is of a page that was opened long ago.
    TokenOld,
    /// No form token, where none is demanded.
    TokenMissing,
    /// Sent sooner after the page was opened than anybody types.
    TooFast,
    /// Links in free text.
    Links,
    /// HTML, BBCode or script in free text.
    Markup,
    /// The same words over and over in one text.
    Repetition,
    /// Free text in a script that the page's language does not use.
    OtherScript,
    /// A mail domain that hands out throw-away addresses.
    DisposableMail,
    /// The same long text came with other posts.
    KnownText,
    /// The network posts much more often than people do.
    NetworkBurst,
    /// The network is over its limit.
    OverLimit,
    /// The form gets many posts without a form token.
    FormBurst,
    /// The form has a captcha, and the post brought no answer.
    CaptchaMissing,
    /// The form has a captcha, and its provider could not be asked.
    CaptchaUnknown,
}

impl Suspicion {
    /// Every reason, in the order in which they are listed.
    pub const ALL: [Self; 17] = [
        Self::Honeypot,
        Self::TokenForged,
        Self::TokenReplayed,
        Self::TokenOld,
        Self::TokenMissing,
        Self::TooFast,
        Self::Links,
        Self::Markup,
        Self::Repetition,
        Self::OtherScript,
        Self::DisposableMail,
        Self::KnownText,
        Self::NetworkBurst,
        Self::OverLimit,
        Self::FormBurst,
        Self::CaptchaMissing,
        Self::CaptchaUnknown,
    ];

    /// The reason's word in envelopes, the store and lists.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Honeypot => "honeypot",
            Self::TokenForged => "token-forged",
            Self::TokenReplayed => "token-replayed",
            Self::TokenOld => "token-old",
            Self::TokenMissing => "token-missing",
            Self::TooFast => "too-fast",
            Self::Links => "links",
            Self::Markup => "markup",
            Self::Repetition => "repetition",
            Self::OtherScript => "other-script",
            Self::DisposableMail => "disposable-mail",
            Self::KnownText => "known-text",
            Self::NetworkBurst => "network-burst",
            Self::OverLimit => "over-limit",
            Self::FormBurst => "form-burst",
            Self::CaptchaMissing => "captcha-missing",
            Self::CaptchaUnknown => "captcha-unknown",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}
