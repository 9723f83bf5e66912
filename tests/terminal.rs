//! What both programs print: no control code for a terminal, whoever wrote the text, and no panic
//! if nobody reads the output.

use std::fs;
use std::process::{Command, Output, Stdio};

use loke::desk::keys::Identity;
use loke::seal::encrypt_to;
use loke::tip::{Priority, TipId};

use crate::desk::{Bench, entry, said, text, tip};
use crate::house::programs;

/// Runs a command whose standard output, or standard error, is a pipe without a reader.
fn unread(mut command: Command, error_too: bool) -> Output {
    let (reading, writing) = std::io::pipe().unwrap();
    drop(reading);
    if error_too {
        command.stderr(writing.try_clone().unwrap());
    }
    command
        .stdout(writing)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}

/// Commands of both programs that print, in an order in which each works: the program, its
/// arguments, its exit status.
fn commands(bench: &Bench) -> Vec<(&'static str, Vec<String>, i32)> {
    let at = |name: &str| text(&bench.path(name)).to_owned();
    let recipient = format!("desk={}", Identity::generate().recipient().unwrap());
    let mut all = Vec::new();
    let mut add = |program, args: &[&str], status| {
        all.push((
            program,
            args.iter().map(|arg| (*arg).to_owned()).collect(),
            status,
        ))
    };
    add(
        programs::gateway(),
        &[
            "init",
            "--dir",
            &at("gateway"),
            "--recipient",
            &recipient,
            "--sms",
            "127.0.0.1:0",
            "--slots",
            "8,0,0,0,0",
        ],
        0,
    );
    let config = at("gateway/gateway.toml");
    add(programs::gateway(), &["check", "--config", &config], 1);
    add(
        programs::gateway(),
        &[
            "enrol",
            "one",
            "--config",
            &config,
            "--out",
            &at("one.toml"),
        ],
        0,
    );
    add(
        programs::gateway(),
        &[
            "enrol",
            "one",
            "--config",
            &config,
            "--out",
            &at("two.toml"),
        ],
        1,
    );
    add(
        programs::gateway(),
        &["export", "--config", &config, "--out", &at("export.tar")],
        0,
    );
    add(
        programs::gateway(),
        &["purge", "--config", &config, "--yes"],
        0,
    );
    add(
        programs::gateway(),
        &["revoke", "one", "--config", &config],
        0,
    );
    add(programs::gateway(), &["serve", "--config", "/nowhere"], 1);
    let (passphrase, desk) = (at("passphrase"), at("desk/desk.toml"));
    add(
        programs::desk(),
        &[
            "init",
            "--dir",
            &at("other"),
            "--passphrase-file",
            &passphrase,
        ],
        0,
    );
    add(
        programs::desk(),
        &[
            "keygen",
            "--out",
            &at("key"),
            "--passphrase-file",
            &passphrase,
        ],
        0,
    );
    let access = ["--config", &desk, "--passphrase-file", &passphrase];
    for (args, status) in [
        (&["connect", "--enrolment", &at("one.toml")][..], 0),
        (&["import", &at("export.tar")], 0),
        (&["list"], 0),
        (&["list", "--json"], 0),
        (&["show", "ffff"], 1),
        (&["campaign", "list"], 0),
        (&["campaign", "list", "--json"], 0),
        (&["audit", "verify"], 0),
        (
            &[
                "route",
                "ffff",
                "--to",
                "nobody",
                "--as-written",
                "--reason",
                "x",
            ],
            1,
        ),
        (&["partner", "list"], 0),
        (&["partner", "list", "--json"], 0),
        (&["outbox"], 0),
        (&["outbox", "--json"], 0),
        (&["pull"], 1),
    ] {
        add(programs::desk(), &[args, &access].concat(), status);
    }
    for program in [programs::gateway(), programs::desk()] {
        add(program, &["--help"], 0);
        add(program, &["--version"], 0);
        add(program, &["nonsense"], 2);
    }
    all
}

#[test]
fn no_command_of_either_program_panics_when_nobody_reads_it() {
    // The control: a write to that pipe is an error, on which `println!` panics.
    let (reading, mut writing) = std::io::pipe().unwrap();
    drop(reading);
    assert_eq!(
        std::io::Write::write(&mut writing, b"x")
            .unwrap_err()
            .kind(),
        std::io::ErrorKind::BrokenPipe
    );
    for error_too in [false, true] {
        let bench = Bench::new();
        for (program, args, status) in commands(&bench) {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let out = unread(command(program, &args), error_too);
            assert_eq!(out.status.code(), Some(status), "{args:?}: {}", said(&out));
            assert!(
                !said(&out).contains("panicked") && !said(&out).contains("report this as a flaw"),
                "{args:?}: {}",
                said(&out)
            );
        }
    }
}

#[test]
fn a_full_disk_behind_the_output_is_an_error_that_says_so() {
    let bench = Bench::new();
    let Ok(full) = fs::File::options().write(true).open("/dev/full") else {
        return;
    };
    let out = bench.command(&["list"]).stdout(full).output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    assert!(
        said(&out).contains("cannot be printed")
            && said(&out).contains("Check where the output goes"),
        "{}",
        said(&out)
    );
}

/// Control characters: C0 except the line break, DEL, C1, the separators and every mark that
/// changes text direction.
fn drives(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A tip from a sealer that is not our gateway: control codes in every answer, in unknown keys, and
/// between the tokens.
#[test]
fn a_hostile_sealers_tip_cannot_drive_the_terminal_by_word_key_or_blank() {
    let bench = Bench::new();
    let hostile = "\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{7f}\nstatus     routed";
    let mut made = tip(hostile, Priority::Now, "2026-11-22\u{9b}2J\nffffffff   now");
    made.id = TipId([0xab; 16]);
    made.place = Some(hostile.into());
    let mut json = serde_json::to_value(&made).unwrap();
    json[format!("key{hostile}")] = hostile.into();
    json["nested"] = serde_json::json!({ hostile: [hostile] });
    let raw = serde_json::to_string_pretty(&json)
        .unwrap()
        .replace('\n', "\r\t\n");
    assert!(raw.contains(drives), "the control");
    let mut tar = tar::Builder::new(Vec::new());
    entry(&mut tar, "tip.json", raw.as_bytes());
    let sealed = encrypt_to(&[bench.recipient()], &tar.into_inner().unwrap()).unwrap();
    let mut export = tar::Builder::new(Vec::new());
    entry(&mut export, &format!("{}.age", made.id), &sealed);
    fs::write(bench.path("export.tar"), export.into_inner().unwrap()).unwrap();
    bench.ok(&["import", text(&bench.path("export.tar"))]);
    let id = made.id.to_string();
    for args in [
        &["show", &id][..],
        &["show", &id, "--json"],
        &["list"],
        &["list", "--json"],
        &["audit", "verify"],
    ] {
        let printed = bench.ok(args);
        assert!(!printed.contains(drives), "{args:?}: {printed:?}");
        assert!(
            // In the list a tip that says no day has the day of its collection.
            !args.contains(&"show") || printed.contains("2026-11-22"),
            "{args:?}: {printed}"
        );
    }
    let shown: serde_json::Value =
        serde_json::from_str(&bench.ok(&["show", &id, "--json"])).unwrap();
    assert_eq!(shown["tip"], json, "a program reads the same words");
    // One row for each tip, and one status.
    assert_eq!(bench.ok(&["list"]).lines().count(), 2);
    let shown = bench.ok(&["show", &id]);
    assert_eq!(
        shown
            .lines()
            .filter(|line| line.starts_with("status"))
            .count(),
        1,
        "{shown}"
    );
    assert!(shown.contains("\nunknown: key"), "{shown}");
    // An error that repeats a path does not repeat its control codes.
    let said = bench.falls(&[
        "open",
        "/no\u{1b}[31mwhere",
        "--out",
        text(&bench.path("out")),
    ]);
    assert!(!said.contains(drives) && said.contains("where"), "{said:?}");
}

/// Walks through a program's commands; returns those without a description, and their options.
fn undescribed(command: &clap::Command, path: &str, found: &mut Vec<String>) {
    let path = format!("{path} {}", command.get_name());
    if command.get_about().is_none() {
        found.push(path.clone());
    }
    for argument in command.get_arguments() {
        if argument.get_help().is_none() && argument.get_long_help().is_none() {
            found.push(format!("{path}: {}", argument.get_id()));
        }
    }
    for inner in command.get_subcommands() {
        undescribed(inner, &path, found);
    }
}

#[test]
fn every_command_and_option_is_described_in_help_and_manual() {
    let mut found = Vec::new();
    for program in [loke::gateway::cli::command(), loke::desk::cli::command()] {
        program.clone().debug_assert();
        undescribed(&program, "", &mut found);
    }
    assert_eq!(found, Vec::<String>::new());
    let bare = clap::Command::new("bare").arg(clap::Arg::new("option"));
    undescribed(&bare, "", &mut found);
    assert_eq!(found, [" bare", " bare: option"], "the control");
}
