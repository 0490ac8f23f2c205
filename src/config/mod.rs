//! Configuration: one file per section, each names file, line and fix.
