//! The outbox: dispatches mail, retries, gives up visibly.
