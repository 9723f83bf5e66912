//! `loke-desk` without the functions that zeroize the memory of SQLCipher and OpenSSL: the control of the
//! tests that sweep the desk's memory. It never ships.

use std::process::ExitCode;

use loke::zeroing_alloc::Wiping;

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

fn main() -> ExitCode {
    loke::desk::cli::main()
}
