//! The public side: pages, posts, and the intake pipeline.

pub mod intake;
