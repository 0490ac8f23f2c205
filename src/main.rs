//! The `leadseal` command.
fn main() {}
