//! `loke-desk`: thin. Everything happens in `loke::desk`.

fn main() -> std::process::ExitCode {
    loke::desk::cli::main()
}
