//! placeholder
use crate::arguments::Arguments;
use crate::check::Figures;
pub fn run(_arguments: &Arguments) -> Vec<Figures> {
    Vec::new()
}
