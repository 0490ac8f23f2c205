//! Every rule, with what breaks it.
