//! Intake: `Decoded → Normalised → Valid → Screened → Sealed`. Synchronous and pure: clock and
//! randomness are passed in; imports domain and crypto only.
