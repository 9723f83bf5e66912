//! The command lines of both programs as they print: `cmd/*.trycmd`. After a wanted change,
//! `TRYCMD=overwrite cargo test --test main cmd::` writes them anew; read the difference.

use std::path::Path;

use crate::house::programs;

#[test]
fn help_and_errors_of_both_programs_read_as_written_down() {
    trycmd::TestCases::new()
        .register_bin("loke-gateway", Path::new(programs::gateway()).to_owned())
        .register_bin("loke-desk", Path::new(programs::desk()).to_owned())
        .case("tests/cmd/*.trycmd");
}
