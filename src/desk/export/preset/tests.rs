//! Presets against a real store.
