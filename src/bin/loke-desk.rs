//! `loke-desk`: thin. Everything happens in `loke::desk`.

use std::process::ExitCode;

use loke::zeroing_alloc::Wiping;

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

fn main() -> ExitCode {
    loke::desk::cli::main()
}
