//! The samples for the machine: firewall, kernel, database and container.

use std::path::Path;
use std::process::Command;

use super::{file, is_here, sample, swap};
use crate::deploy::{deploy, run};
use crate::house::skip::skipped;

#[test]
fn the_firewall_is_read_by_nft_and_lets_the_pages_call_nobody() {
    let place = tempfile::tempdir().unwrap();
    let text = sample("nftables.conf");
    let reject = "meta skuid { \"loke-web\", \"loke-pickup\" } reject";
    let rules = || {
        text.lines()
            .map(str::trim)
            .filter(|line| !line.starts_with('#'))
    };
    assert!(rules().any(|rule| rule == "meta skuid \"loke-sms\" reject"));
    assert!(
        rules().any(|rule| rule == reject)
            && !rules().any(|rule| rule
                .split(' ')
                .any(|word| word == "log" || word == "counter"))
    );
    // Residents' connections are not tracked (conntrack), in either direction, and responses to
    // them still go out.
    for rule in [
        "tcp dport 443 notrack",
        "tcp sport 443 notrack",
        "ct state untracked tcp sport 443 accept",
    ] {
        assert!(rules().any(|line| line == rule), "{rule}");
    }
    let answers = text
        .find("ct state untracked tcp sport 443 accept")
        .unwrap();
    assert!(
        answers < text.find(reject).unwrap(),
        "the answer is rejected before it is let out"
    );
    // The users do not exist on the test machine.
    let text = swap(
        &text,
        "{ \"loke-web\", \"loke-pickup\" }",
        "{ \"nobody\", \"daemon\" }",
    )
    .replace("\"loke-sms\"", "\"mail\"");
    if !is_here("nft") {
        return;
    }
    let check = |name: &str, text: &str| {
        run(
            "unshare",
            &[
                "--user",
                "--map-root-user",
                "--net",
                "nft",
                "-c",
                "-f",
                &file(place.path(), name, text),
            ],
        )
    };
    let Some((valid, said)) = check("good", &text) else {
        return;
    };
    if said.contains("unshare") {
        skipped!("this machine lets nobody make a network to check a firewall in");
        return;
    }
    assert!(valid, "{said}");
    assert!(
        !check("wrong", &text.replace("policy drop", "policy dorp"))
            .unwrap()
            .0,
        "the control"
    );
}

/// What the kernel may remember of callers: no list of their connections, and no closed or lost
/// connection for longer than some seconds.
#[test]
fn p8_the_kernel_keeps_no_list_of_callers_by_the_sample() {
    let text = sample("loke-sysctl.conf");
    let values: Vec<(&str, u32)> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            line.split_once(" = ")
                .map(|(key, value)| (key, value.parse().unwrap()))
                .unwrap_or_else(|| panic!("{line}"))
        })
        .collect();
    let value = |key: &str| {
        values
            .iter()
            .find(|(name, _)| *name == key)
            .unwrap_or_else(|| panic!("no {key}"))
            .1
    };
    assert_eq!(value("net.ipv4.tcp_no_metrics_save"), 1);
    assert!(value("net.netfilter.nf_conntrack_tcp_timeout_established") <= 300);
    for state in [
        "syn_recv",
        "fin_wait",
        "close_wait",
        "last_ack",
        "time_wait",
    ] {
        assert!(
            value(&format!("net.netfilter.nf_conntrack_tcp_timeout_{state}")) <= 15,
            "{state}"
        );
    }
    for what in ["timestamp", "acct", "log_invalid"] {
        assert_eq!(value(&format!("net.netfilter.nf_conntrack_{what}")), 0);
    }
    // The kernel has each of these settings; those of conntrack exist once a firewall is loaded.
    for (key, _) in &values {
        let path = format!("/proc/sys/{}", key.replace('.', "/"));
        let is_there = Path::new(&path).exists();
        assert!(
            is_there
                || (key.contains("nf_conntrack")
                    && !Path::new("/proc/sys/net/netfilter/nf_conntrack_max").exists()),
            "{key}"
        );
    }
}

/// The PostgreSQL settings that the promises need, as the server itself reads them.
#[test]
fn p7_postgres_by_its_settings_keeps_no_archive_standby_or_old_log() {
    let settings = [
        ("wal_level", "minimal"),
        ("archive_mode", "off"),
        ("max_wal_senders", "0"),
        ("max_replication_slots", "0"),
        ("wal_keep_size", "0"),
        ("wal_recycle", "off"),
        ("track_commit_timestamp", "off"),
        ("log_statement", "none"),
        ("fsync", "on"),
    ];
    let text = sample("postgresql.conf");
    let said = |name: &str| {
        text.lines()
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))
            .collect::<Vec<_>>()
    };
    for (name, value) in settings {
        assert_eq!(said(name), [value], "{name}");
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").map(|all| {
        all.map(|e| e.unwrap().path().join("bin/postgres"))
            .collect::<Vec<_>>()
    });
    let Some(server) = versions
        .unwrap_or_default()
        .into_iter()
        .find(|path| path.exists())
    else {
        skipped!("PostgreSQL is not on this machine");
        return;
    };
    // The server reads its settings and prints one; as root it refuses to do even that.
    let place = tempfile::tempdir().unwrap();
    std::fs::set_permissions(
        place.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let read = |name: &str, text: &str| {
        let config = file(place.path(), name, text);
        let (server, option) = (server.to_str().unwrap(), format!("--config-file={config}"));
        let others = ["data_directory", "hba_file", "ident_file"]
            .map(|name| format!("--{name}={}", place.path().display()));
        let mut words = vec![server, "-C", "max_wal_senders", &option];
        words.extend(others.iter().map(String::as_str));
        if am_root() {
            run("runuser", &[&["-u", "nobody", "--"], &words[..]].concat())
        } else {
            run(server, &words[1..])
        }
        .unwrap()
    };
    let (valid, said) = read("postgresql.conf", &text);
    assert!(valid && said.lines().any(|line| line == "0"), "{said}");
    assert!(
        !read(
            "wrong.conf",
            &text.replace("wal_recycle = off", "wal_recycle = sometimes")
        )
        .0,
        "the control"
    );
}

fn am_root() -> bool {
    run("id", &["-u"]).is_some_and(|(_, id)| id.trim() == "0")
}

/// The container builds only the gateway, from files that exist, and names no server.
#[test]
fn the_containerfile_builds_the_gateway_alone() {
    let text = sample("Containerfile");
    assert!(text.contains("cargo build --release --locked -p loke-gateway"));
    let root = deploy().join("..");
    let copied: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("COPY "))
        .filter(|line| !line.starts_with("--from"))
        .collect();
    let sources = copied.iter().flat_map(|line| line.split(' ').rev().skip(1));
    let place = tempfile::tempdir().unwrap();
    let sources: Vec<&str> = sources.collect();
    assert!(sources.len() > 8, "{sources:?}");
    for built_in in ["locales", "migrations", "rules", "templates"] {
        assert!(
            sources.contains(&built_in),
            "{built_in} is built into the program"
        );
    }
    for source in &sources {
        let copy = Command::new("cp")
            .args([
                "-r",
                root.join(source).to_str().unwrap(),
                place.path().to_str().unwrap(),
            ])
            .status();
        assert!(copy.unwrap().success(), "{source}");
    }
    // Cargo finds every file that it needs.
    let manifest = place.path().join("Cargo.toml");
    let (valid, said) = run(
        env!("CARGO"),
        &[
            "metadata",
            "--no-deps",
            "--format-version=1",
            "--offline",
            "--manifest-path",
            manifest.to_str().unwrap(),
        ],
    )
    .unwrap();
    assert!(valid, "{said}");
    for image in text.lines().filter_map(|line| line.strip_prefix("FROM ")) {
        assert!(
            !image.split(' ').next().unwrap().contains(['/', '@']),
            "{image} names a server"
        );
    }
    assert!(
        text.lines().any(|line| line.starts_with("USER ")),
        "it would run as root"
    );
}
