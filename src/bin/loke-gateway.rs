//! `loke-gateway`: thin. Everything happens in `loke::gateway`.

use std::process::ExitCode;

use loke::gateway::wipe::Wiping;

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

fn main() -> ExitCode {
    loke::gateway::cli::main()
}
