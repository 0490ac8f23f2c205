//! Every message that a template names exists.
