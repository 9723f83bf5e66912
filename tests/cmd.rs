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

/// A script gives every command the same options.
#[test]
fn every_command_about_a_desk_takes_the_options_of_a_sign_in() {
    fn leaves(command: &clap::Command, path: &str, found: &mut Vec<(String, bool)>) {
        for sub in command.get_subcommands() {
            leaves(sub, &format!("{path} {}", sub.get_name()), found);
        }
        let has = |name: &str| {
            command
                .get_arguments()
                .any(|arg| arg.get_long() == Some(name))
        };
        let of_a_desk = command.get_arguments().any(|arg| {
            arg.get_long() == Some("config") && arg.get_default_values() == ["desk.toml"]
        });
        if of_a_desk {
            found.push((path.to_owned(), has("as") && has("passphrase-file")));
        }
    }
    let mut found = Vec::new();
    leaves(&loke::desk::cli::command(), "loke-desk", &mut found);
    assert!(found.len() > 70, "{}", found.len());
    let without: Vec<_> = found.iter().filter(|(_, takes)| !takes).collect();
    assert!(without.is_empty(), "{without:?}");
}
