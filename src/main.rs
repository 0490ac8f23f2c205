//! The `leadseal` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    leadseal::cli::main()
}
