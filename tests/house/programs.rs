//! The programs that tests drive. They are packages of their own, so cargo does not build them with
//! the tests: the first test that needs one builds both, once per test process.
//!
//! `LOKE_PROGRAMS` selects the build: `dev`, which is ready seconds after a change, or `release`,
//! the shipped build, which `tests/run` sets: memory searches, kills and browsers must test the
//! program that residents use. Default: the profile of the tests.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// Whether the tests are built in the dev profile.
const IS_DEV: bool = cfg!(debug_assertions);

pub(crate) fn gateway() -> &'static str {
    &programs()[0]
}

pub(crate) fn desk() -> &'static str {
    &programs()[1]
}

fn programs() -> &'static [String; 2] {
    static PROGRAMS: OnceLock<[String; 2]> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let own = || if IS_DEV { "dev" } else { "release" }.to_owned();
        let profile = std::env::var("LOKE_PROGRAMS").unwrap_or_else(|_| own());
        match profile.as_str() {
            // Together with the tests, which are already built, so that both share every crate.
            "dev" => build(
                &[
                    "--bin",
                    "loke-gateway",
                    "--bin",
                    "loke-desk",
                    "--workspace",
                    "--tests",
                ],
                "debug",
            ),
            // One command per program, as they ship: neither links features that only the other
            // needs.
            "release" => {
                build(&["--release", "--package", "loke-gateway"], "release");
                build(&["--release", "--package", "loke-desk"], "release")
            }
            other => panic!("LOKE_PROGRAMS is \"{other}\": it must be dev or release"),
        }
    })
}

/// The library that gives a program another clock.
pub(crate) fn faketime() -> Option<PathBuf> {
    let libraries = std::fs::read_dir("/usr/lib").ok()?;
    let each = libraries.filter_map(|entry| {
        let file = entry.ok()?.path().join("faketime/libfaketimeMT.so.1");
        file.exists().then_some(file)
    });
    each.into_iter().next()
}

/// A command of the README, as a person types it in the repository's folder.
pub(crate) fn typed(command: &str) -> Command {
    let mut typed = Command::new("sh");
    typed.args(["-c", &format!("exec {command}")]);
    apart_from_tests(&mut typed);
    typed
}

/// `loke-desk` without the functions that zeroize the memory of SQLCipher and OpenSSL, built as the tests
/// are.
pub(crate) fn desk_with_plain_c_memory() -> String {
    let mut arguments = vec!["--workspace", "--lib", "--example", "plain_c_memory"];
    if !IS_DEV {
        arguments.push("--release");
    }
    cargo_build(&arguments);
    let folder = if IS_DEV { "debug" } else { "release" };
    built(folder, "examples/plain_c_memory")
}

fn build(arguments: &[&str], folder: &str) -> [String; 2] {
    cargo_build(arguments);
    ["loke-gateway", "loke-desk"].map(|name| built(folder, name))
}

fn cargo_build(arguments: &[&str]) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet"]).args(arguments);
    apart_from_tests(&mut build);
    let built = build.status().unwrap();
    assert!(built.success(), "the programs could not be built");
}

/// Lets a command call cargo as a person does: in the repository's folder, without the variables of
/// this test.
fn apart_from_tests(command: &mut Command) {
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    // Cargo describes this package to its tests in the environment. ring's build script watches
    // these names: with them, every build from here would compile ring and all that uses it anew.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
}

/// A file in the folder of a profile, beside that of this test binary: target/PROFILE/deps/main-….
fn built(folder: &str, name: &str) -> String {
    let target = std::env::current_exe()
        .unwrap()
        .ancestors()
        .nth(3)
        .unwrap()
        .join(folder);
    target.join(name).to_str().unwrap().to_owned()
}
