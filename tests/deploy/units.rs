//! The systemd units, as systemd's own tools judge them, and by their settings.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use loke::gateway::listener::Deadlines;
use loke::gateway::settings::Limits;

use super::{deploy, run};

/// The worst exposure that passes, in tenths.
const THRESHOLD: &str = "--threshold=15";

fn shipped(ending: &str) -> Vec<PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(deploy())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.retain(|path| path.extension().is_some_and(|e| e == ending));
    found.sort();
    found
}

/// The values of a setting, in the order of the lines.
fn values<'a>(unit: &'a str, name: &str) -> Vec<&'a str> {
    unit.lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix('='))
        .collect()
}

/// Whether systemd accepts a unit's exposure, and the figure that it prints. `None` without
/// systemd.
fn exposure(unit: &Path) -> Option<(bool, String)> {
    let (accepted, said) = run(
        "systemd-analyze",
        &[
            "security",
            "--offline=true",
            "--no-pager",
            THRESHOLD,
            unit.to_str().unwrap(),
        ],
    )?;
    let (_, figure) = said
        .split_once("Overall exposure level for")
        .unwrap_or_else(|| panic!("{said}"));
    Some((
        accepted,
        figure
            .split(": ")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .to_owned(),
    ))
}

#[test]
fn systemd_finds_every_unit_exposed_by_1_5_at_most_as_the_unit_says() {
    let units = shipped("service");
    assert!(units.len() >= 6, "{units:?}");
    for unit in &units {
        let Some((accepted, figure)) = exposure(unit) else {
            return;
        };
        let text = std::fs::read_to_string(unit).unwrap();
        assert!(accepted, "{}: {figure}", unit.display());
        let (_, said) = text
            .split_once("Exposure by `systemd-analyze security`: ")
            .unwrap_or_else(|| panic!("{} says no figure", unit.display()));
        // A later systemd may compute other figures; these are from Debian 12.
        if run("systemd-analyze", &["--version"])
            .unwrap()
            .1
            .starts_with("systemd 252")
        {
            assert!(said.starts_with(&figure), "{}: {figure}", unit.display());
        }
        println!("{} {figure}", unit.file_name().unwrap().to_string_lossy());
    }
}

#[test]
fn control_a_unit_without_its_sandbox_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let bare = place.path().join("bare.service");
    let text = std::fs::read_to_string(deploy().join("loke-web.service")).unwrap();
    std::fs::write(&bare, text.split("# No capabilities").next().unwrap()).unwrap();
    let Some((accepted, figure)) = exposure(&bare) else {
        return;
    };
    assert!(!accepted, "{figure}");
}

#[test]
fn systemd_reads_every_unit_without_a_complaint() {
    let place = tempfile::tempdir().unwrap();
    let mut words = vec!["verify".to_owned(), "--man=no".to_owned()];
    for unit in ["service", "socket", "timer"]
        .iter()
        .flat_map(|ending| shipped(ending))
    {
        let text = std::fs::read_to_string(&unit).unwrap();
        // The programs are not installed on the test machine.
        let text = text
            .replace("ExecStart=/usr/local/bin/", "ExecStart=/usr/bin/true /")
            .replace(
                "ExecStart=/usr/local/lib/loke/",
                "ExecStart=/usr/bin/true /",
            );
        let copy = place.path().join(unit.file_name().unwrap());
        std::fs::write(&copy, text).unwrap();
        words.push(copy.to_str().unwrap().to_owned());
    }
    let of_ours = |said: &str| {
        said.lines()
            .filter(|line| line.contains("loke-"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let verify = |words: &[String]| {
        run(
            "systemd-analyze",
            &words.iter().map(String::as_str).collect::<Vec<_>>(),
        )
    };
    let Some((_, said)) = verify(&words) else {
        return;
    };
    assert_eq!(of_ours(&said), Vec::<String>::new());
    let wrong = place.path().join("loke-wrong.service");
    std::fs::write(
        &wrong,
        "[Service]\nExecStart=/usr/bin/true\nPrivateNetwrok=yes\n",
    )
    .unwrap();
    words.push(wrong.to_str().unwrap().to_owned());
    assert_eq!(of_ours(&verify(&words).unwrap().1).len(), 1, "the control");
}

#[test]
fn pages_text_messages_pickup_proof_and_desk_are_users_of_their_own() {
    let mut users = BTreeSet::new();
    for name in [
        "web", "sms", "pickup", "prove", "desk", "backup", "partners",
    ] {
        let text = std::fs::read_to_string(deploy().join(format!("loke-{name}.service"))).unwrap();
        let user = values(&text, "User");
        assert_eq!(user, [format!("loke-{name}")]);
        assert!(users.insert(user[0].to_owned()));
        for program in values(&text, "ExecStart") {
            assert!(
                ["prove", "backup"].contains(&name)
                    || program.contains(&format!("--config /var/lib/loke-{name}/")),
                "{program}"
            );
        }
    }
}

/// A process that makes no outgoing call has no network: not the pages, not the pickup, and not the
/// process that may read all memory.
#[test]
fn no_process_but_those_that_call_out_has_a_network() {
    for name in ["web", "pickup", "prove", "backup", "desk-backup"] {
        let text = std::fs::read_to_string(deploy().join(format!("loke-{name}.service"))).unwrap();
        assert_eq!(values(&text, "PrivateNetwork"), ["yes"], "{name}");
    }
    for name in ["web", "pickup"] {
        let text = std::fs::read_to_string(deploy().join(format!("loke-{name}.service"))).unwrap();
        assert_eq!(
            (
                values(&text, "RestrictAddressFamilies"),
                values(&text, "IPAddressDeny")
            ),
            (vec!["none"], vec!["any"]),
            "{name}"
        );
        assert!(values(&text, "IPAddressAllow").is_empty());
        assert!(
            !values(
                &std::fs::read_to_string(deploy().join(format!("loke-{name}.socket"))).unwrap(),
                "ListenStream"
            )
            .is_empty()
        );
    }
}

/// The page for partners is reached from this machine alone, and writes its own folders and nothing else.
#[test]
fn the_page_for_partners_calls_nobody_and_reads_nothing_of_the_desk() {
    let text = std::fs::read_to_string(deploy().join("loke-partners.service")).unwrap();
    assert_eq!(values(&text, "IPAddressDeny"), ["any"]);
    assert_eq!(values(&text, "IPAddressAllow"), ["localhost"]);
    assert_eq!(values(&text, "SocketBindAllow"), ["tcp:8070"]);
    let answers = "/var/lib/loke-partners/answers";
    let others = ["inbox", "store"].map(|name| format!("-/var/lib/loke-partners/{name}"));
    assert_eq!(
        values(&text, "ReadWritePaths"),
        [answers, &others[0], &others[1]]
    );
    assert!(!text.contains("/var/lib/loke-desk"), "{text}");
    let desk = std::fs::read_to_string(deploy().join("loke-desk.service")).unwrap();
    assert!(values(&desk, "ReadWritePaths")[0].ends_with(answers));
}

fn bytes(value: &str) -> u64 {
    let (number, unit) = value.split_at(value.len() - 1);
    number.parse::<u64>().unwrap()
        << match unit {
            "M" => 20,
            "G" => 30,
            other => panic!("{other}"),
        }
}

/// The bounds of each unit cover the calculation in its comment, which uses the program's own
/// bounds.
#[test]
fn every_unit_has_bounds_of_memory_and_threads_that_the_programs_own_bounds_fit_in() {
    let (lines, limits) = (
        Deadlines::default().most_connections as u64,
        Limits::default(),
    );
    let photos =
        limits.waiting_photo_bytes as u64 + limits.parallel_photos as u64 * (96 << 20) + (64 << 20);
    let fits = [
        ("web", (128 << 20) + photos + 2 * lines * (288 << 10)),
        (
            "sms",
            (128 << 20) + limits.parallel_photos as u64 * (96 << 20) + lines * (384 << 10),
        ),
        ("pickup", (128 << 20) + lines * (96 << 10) + 16 * (32 << 20)),
        ("prove", 128 << 20),
        // scrypt of two sign-ins at a time.
        ("desk", 512 << 20),
        ("desk-backup", 256 << 20),
        // scrypt of two sign-ins at a time, one photo that is cleaned, and four that arrive.
        ("partners", (2 * 128 + 100 + 4 * 12 + 64) << 20),
        ("backup", 0),
        ("prove-way", 0),
    ];
    assert_eq!(shipped("service").len(), fits.len());
    for (name, least) in fits {
        let text = std::fs::read_to_string(deploy().join(format!("loke-{name}.service"))).unwrap();
        let (memory, tasks) = (values(&text, "MemoryMax"), values(&text, "TasksMax"));
        assert_eq!(
            (memory.len(), tasks.len(), values(&text, "OOMPolicy")),
            (1, 1, vec!["kill"]),
            "{name}"
        );
        assert!(
            bytes(memory[0]) >= least && bytes(memory[0]) <= (4 << 30),
            "{name}: {} for {} MiB",
            memory[0],
            least >> 20
        );
        let is_ours = !["backup", "prove-way"].contains(&name);
        // tokio starts up to 512 threads for blocking work, and aborts the program if it cannot.
        assert!(
            tasks[0].parse::<u32>().unwrap() >= if is_ours { 640 } else { 8 },
            "{name}"
        );
        assert!(text.contains("# Limits"), "{name} does not say why");
        if ["web", "sms", "pickup"].contains(&name) {
            assert_eq!(
                (
                    values(&text, "StartLimitIntervalSec"),
                    values(&text, "Restart")
                ),
                (vec!["0"], vec!["on-failure"]),
                "{name}"
            );
        }
    }
}

/// Memory never reaches a disk: no core dump, no swap, and a journal that is only in memory and is
/// not forwarded.
#[test]
fn p1_no_unit_may_swap_dump_its_memory_or_log_to_a_disk() {
    for unit in shipped("service") {
        let text = std::fs::read_to_string(&unit).unwrap();
        for (name, value) in [
            ("LimitCORE", "0"),
            ("MemorySwapMax", "0"),
            ("LogNamespace", "loke"),
            ("UMask", "0077"),
        ] {
            assert_eq!(values(&text, name), [value], "{} {name}", unit.display());
        }
    }
    let journal = std::fs::read_to_string(deploy().join("journald@loke.conf")).unwrap();
    assert_eq!(values(&journal, "Storage"), ["volatile"]);
    for to in ["Syslog", "KMsg", "Console", "Wall"] {
        assert_eq!(values(&journal, &format!("ForwardTo{to}")), ["no"]);
    }
}
