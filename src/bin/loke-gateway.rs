//! `loke-gateway`: thin. Everything happens in `loke::gateway`.

use std::process::ExitCode;

use loke::zeroing_alloc::Wiping;

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

fn main() -> ExitCode {
    loke::gateway::cli::main()
}
