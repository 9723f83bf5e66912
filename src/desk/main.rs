//! `loke-desk`: a thin wrapper around the crate `loke_desk`.

use std::process::ExitCode;

use loke_core::zeroing_alloc::Wiping;

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

fn main() -> ExitCode {
    // Before SQLCipher or OpenSSL allocate anything.
    if !loke_desk::c_memory::zeroize_c_memory() {
        loke_core::terminal::trouble(
            "loke-desk: SQLCipher or OpenSSL did not take the zeroizing allocator, so the program stopped. This is a fault of the build",
        );
        return ExitCode::FAILURE;
    }
    loke_desk::cli::main()
}
