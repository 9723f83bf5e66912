//! `loke-desk`: a thin wrapper around the crate `loke_desk`.

use std::process::ExitCode;

use loke_core::zeroing_alloc::Wiping;

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

fn main() -> ExitCode {
    loke_desk::cli::main()
}
