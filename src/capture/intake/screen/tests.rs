//! What passes screening, and what does not.
