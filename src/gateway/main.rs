//! The binary `loke-gateway`; the code is in the library `loke_gateway`.

use std::process::ExitCode;

use loke_core::zeroing_alloc::Wiping;

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

fn main() -> ExitCode {
    loke_gateway::cli::main()
}
