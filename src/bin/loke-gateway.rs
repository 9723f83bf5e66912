//! `loke-gateway`: thin. Everything happens in `loke::gateway`.

use std::process::ExitCode;

fn main() -> ExitCode {
    loke::gateway::cli::main()
}
