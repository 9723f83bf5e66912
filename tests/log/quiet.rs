//! A panic message may contain what was sent: the program logs only its place in the source.

use std::process::Command;

use crate::house::contains;

/// The message of the panics below.
const WORDS: &str = "words that somebody sent";

/// Runs one of the tests below in a process of its own. Returns its standard error.
fn errors_of(test: &str) -> Vec<u8> {
    let mut run = Command::new(std::env::current_exe().unwrap());
    run.args([
        &format!("log::quiet::{test}"),
        "--exact",
        "--ignored",
        "--nocapture",
    ])
    .env("RUST_LOG", "trace")
    .env("RUST_BACKTRACE", "full");
    let done = run.output().unwrap();
    assert!(done.status.success());
    done.stderr
}

#[test]
fn p9_a_panic_is_logged_by_its_place_and_not_by_its_words() {
    let quiet = errors_of("a_panic_in_the_program");
    let text = String::from_utf8(quiet.clone()).unwrap();
    assert!(
        text.contains("the program panicked") && text.contains("file=\"tests/log/quiet.rs\" line="),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(!contains(&quiet, WORDS.as_bytes()));
    assert!(
        contains(&errors_of("a_panic_without_our_log"), WORDS.as_bytes()),
        "the control"
    );
}

fn fail() {
    let failed = std::thread::spawn(|| panic!("{}", std::hint::black_box(WORDS))).join();
    assert!(failed.is_err());
}

#[test]
#[ignore = "the test above runs it in a process of its own"]
fn a_panic_in_the_program() {
    loke::log::start();
    fail();
}

#[test]
#[ignore = "the test above runs it in a process of its own"]
fn a_panic_without_our_log() {
    fail();
}
