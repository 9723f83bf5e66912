//! The commands of `loke-gateway`, as an operator runs them: what they create, what they reject,
//! and their messages.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use loke::gateway::settings::GatewaySettings;
use loke::pickup::Enrolment;
use loke::tip::{Lane, Priority};

use super::gate::{Gate, gateway, keys};
use crate::house::programs;

/// A command's success and all its output.
fn said(arguments: &[&str]) -> (bool, String) {
    let out = gateway(arguments);
    (
        out.status.success(),
        String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned(),
    )
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A configuration with a small queue, in a folder of its own, edited by `change`.
fn configured(change: impl Fn(&str) -> String) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.toml");
    let plain = format!(
        "database = \"sqlite:queue.db\"\n[capacity]\ntext = 8\nphotos = [0, 0, 0, 0]\n[web]\nlisten = \"127.0.0.1:0\"\n\
         [[recipients]]\nname = \"desk\"\nkey = \"{}\"\n",
        keys().1
    );
    std::fs::write(&file, change(&plain)).unwrap();
    (folder, file.display().to_string())
}

#[test]
fn init_makes_a_private_folder_that_every_command_takes_and_overwrites_nothing() {
    let above = tempfile::tempdir().unwrap();
    let dir = above.path().join("gateway");
    let (dir_text, key) = (dir.display().to_string(), format!("desk={}", keys().1));
    let backup = format!("back \"up\"={}", keys().1);
    let listen = [
        "--web",
        "127.0.0.1:8081",
        "--pickup",
        "127.0.0.1:9001",
        "--slots",
        "64,8,8,8,8",
    ];
    let init = [
        &[
            "init",
            "--dir",
            &dir_text,
            "--recipient",
            &key,
            "--recipient",
            &backup,
        ],
        listen.as_slice(),
    ]
    .concat();
    let (ok, text) = said(&init);
    assert!(ok && text.contains("serve --config"), "{text}");
    assert_eq!(mode(&dir), 0o700);
    for name in ["gateway.toml", "mac.key", "pickup.crt", "pickup.key"] {
        assert_eq!(mode(&dir.join(name)), 0o600, "{name}");
    }
    assert_eq!(mode(&dir.join("queue.db")) & 0o077, 0, "the queue");
    let file = dir.join("gateway.toml");
    let config = GatewaySettings::read(&file).unwrap();
    assert_eq!(config.web.unwrap().listen.port(), 8081);
    assert_eq!(config.pickup.unwrap().listen.port(), 9001);
    assert_eq!(config.recipients.of(Lane::Drugs).len(), 2);

    let before = std::fs::read(&file).unwrap();
    let (ok, text) = said(&init);
    assert!(
        !ok && text.contains("gateway.toml already exists") && text.contains("Name another place"),
        "{text}"
    );
    assert_eq!(std::fs::read(&file).unwrap(), before);

    let file = file.display().to_string();
    let out = above.path().join("one").display().to_string();
    let enrol = [
        "enrol",
        "desk-1",
        "--config",
        &file,
        "--out",
        &out,
        "--lanes",
        "drugs,graffiti",
    ];
    assert!(said(&enrol).0);
    assert_eq!(mode(Path::new(&out)), 0o600);
    let enrolment: Enrolment = toml::from_str(&std::fs::read_to_string(&out).unwrap()).unwrap();
    assert_eq!(
        (enrolment.lanes, enrolment.pickup.as_str()),
        (vec![Lane::Drugs, Lane::Graffiti], "127.0.0.1:9001")
    );
    let kept = std::fs::read_to_string(dir.join("desks/desk-1.toml")).unwrap();
    assert!(
        !kept.contains("PRIVATE KEY"),
        "the gateway keeps no desk's key"
    );
    assert!(said(&enrol).1.contains("is enrolled already"));
    assert!(
        said(&["enrol", "../x", "--config", &file, "--out", &out])
            .1
            .contains("not a valid desk name")
    );
    assert!(
        said(&["revoke", "desk-2", "--config", &file])
            .1
            .contains("Enrolled desks: desk-1")
    );
}

#[test]
fn init_refuses_a_secret_key_without_repeating_it_and_leaves_nothing() {
    let above = tempfile::tempdir().unwrap();
    let dir = above.path().join("gateway");
    let secret = keys().0;
    for given in [
        format!("desk={secret}"),
        secret.clone(),
        "desk=age1nonsense".into(),
        "nonsense".into(),
    ] {
        let (ok, text) = said(&[
            "init",
            "--dir",
            &dir.display().to_string(),
            "--recipient",
            &given,
        ]);
        assert!(
            !ok && !text.contains(&secret) && !text.contains("nonsense"),
            "{text}"
        );
        assert!(!dir.join("gateway.toml").exists());
    }
}

/// Invalid configurations: each error names the file, the line and the fix, and none repeats the
/// value.
#[test]
fn serve_refuses_a_configuration_that_cannot_be_right_and_says_where() {
    let secret = keys().0;
    let with_key = |key: &str| {
        let key = key.to_owned();
        move |text: &str| {
            text.lines()
                .map(|l| {
                    if l.starts_with("key") {
                        format!("key = \"{key}\"\n")
                    } else {
                        format!("{l}\n")
                    }
                })
                .collect::<String>()
        }
    };
    type Change<'a> = Box<dyn Fn(&str) -> String + 'a>;
    let cases: Vec<(Change<'_>, usize, &str, &str)> = vec![
        (
            Box::new(with_key(&secret)),
            9,
            "age secret key",
            "loke-desk init",
        ),
        (
            Box::new(|text: &str| format!("# {}\n{text}", secret.to_lowercase())),
            1,
            "age secret key",
            "Remove it",
        ),
        (
            Box::new(with_key("age1canary")),
            9,
            "not an age recipient",
            "Correct the key",
        ),
        (
            Box::new(with_key("ssh-ed25519 canary")),
            9,
            "not an age recipient",
            "Correct the key",
        ),
        (
            Box::new(|text: &str| format!("{text}lanes = [\"drugs\"]\n")),
            7,
            "lane safeguarding has no recipient",
            "Add \"safeguarding\"",
        ),
        (
            Box::new(|text: &str| text.replace("[web]", "[web]\ncanray = 1")),
            6,
            "unknown field 'canray'",
            "correct its spelling",
        ),
        (
            Box::new(|text: &str| text.replace("sqlite:", "mysql:")),
            1,
            "not a database",
            "sqlite:queue.db",
        ),
    ];
    for (change, line, what, mend) in cases {
        let (_folder, file) = configured(change);
        for command in ["serve", "check"] {
            let (ok, text) = said(&[command, "--config", &file]);
            assert!(!ok, "{text}");
            assert!(
                text.contains(&format!("gateway.toml, line {line}: "))
                    && text.contains(what)
                    && text.contains(mend),
                "line {line}, {what}: {text}"
            );
            assert!(
                !text.contains("canary") && !text.to_uppercase().contains(&secret),
                "{text}"
            );
        }
    }
    let (folder, file) = configured(str::to_owned);
    assert!(
        said(&["serve", "--config", &file]).1.contains("mac.key"),
        "control: with nothing wrong in the file, it is the missing key"
    );
    let gone = folder.path().join("gone.toml").display().to_string();
    assert!(
        said(&["serve", "--config", &gone])
            .1
            .contains("cannot be read")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_what_is_wrong_and_that_all_is_well() {
    let gate = Gate::open("sqlite:queue.db", 0).await;
    let config = gate.config();
    let check = || said(&["check", "--config", &config]);
    let (ok, text) = check();
    assert!(!ok && text.contains("no desk is enrolled"), "{text}");
    gate.enrol("one", "");
    let (ok, text) = check();
    assert!(
        !ok && text.contains("no desk has collected yet") && !text.contains("no desk is enrolled"),
        "{text}"
    );
    let now = loke::clock::Clock::System.now();
    gate.collected(now - 7_300).await;
    let (ok, text) = check();
    assert!(
        ok && text.contains("Note: no desk is collecting now"),
        "{text}"
    );
    gate.collected(now).await;
    let (ok, text) = check();
    assert!(ok && text.trim() == "All is well", "{text}");

    std::fs::set_permissions(gate.path("mac.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(check().1.contains("chmod go= "));
    std::fs::set_permissions(gate.path("mac.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(gate.path("desks/two.toml"), "fingerprint = 1").unwrap();
    std::fs::set_permissions(
        gate.path("desks/two.toml"),
        std::fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    assert!(check().1.contains("desks/two.toml cannot be read"));
    std::fs::remove_file(gate.path("desks/two.toml")).unwrap();

    for _ in 0..180 {
        gate.put(Lane::Drugs, Priority::Routine).await;
    }
    assert!(
        check()
            .1
            .contains("the queue holds 180 of 256 tips without photos")
    );
    gate.store
        .expire(gate.clock.today().plus(60), 0)
        .await
        .unwrap();
    let (ok, text) = check();
    assert!(
        !ok && text.contains("180 tips of lane drugs expired unread")
            && !text.contains("the queue holds"),
        "{text}"
    );
    gate.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn export_writes_every_sealed_tip_without_times_and_purge_deletes_them() {
    let gate = Gate::open("sqlite:queue.db", 60).await;
    let mut ids = Vec::new();
    for _ in 0..12 {
        ids.push(
            gate.put(Lane::Graffiti, Priority::Routine)
                .await
                .to_string(),
        );
    }
    let (config, out) = (gate.config(), gate.path("tips.tar"));
    let export = [
        "export",
        "--config",
        &config,
        "--out",
        &out.display().to_string(),
    ];
    assert!(said(&export).1.contains("12 sealed tips"));
    assert!(!said(&export).0, "nothing is overwritten");
    assert_eq!(mode(&out), 0o600);
    let mut tar = tar::Archive::new(std::fs::File::open(&out).unwrap());
    let mut names = Vec::new();
    for entry in tar.entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        assert!(bytes.starts_with(b"age-encryption.org/v1\n"));
        let head = entry.header();
        assert_eq!(
            (
                head.mtime().unwrap(),
                head.mode().unwrap(),
                head.uid().unwrap()
            ),
            (0, 0o600, 0)
        );
        names.push(
            entry
                .path()
                .unwrap()
                .display()
                .to_string()
                .replace(".age", ""),
        );
    }
    assert_ne!(
        names, ids,
        "the order of arrival is not the order of the tar"
    );
    ids.sort();
    assert_eq!(names, ids, "it is that of the ids, which are random");

    assert!(said(&["purge", "--config", &config]).1.contains("--yes"));
    assert!(
        said(&["purge", "--config", &config, "--yes"])
            .1
            .contains("Deleted 12 tips")
    );
    gate.close().await;
}

/// A gateway in its own process, stopped on drop.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn serve_answers_at_once_and_stops_cleanly_on_sigterm() {
    let above = tempfile::tempdir().unwrap();
    let dir = above.path().join("gateway");
    let key = format!("desk={}", keys().1);
    let listen = [
        "--web",
        "127.0.0.1:0",
        "--pickup",
        "127.0.0.1:0",
        "--slots",
        "64,8,8,8,8",
    ];
    let (ok, text) = said(
        &[
            &[
                "init",
                "--dir",
                &dir.display().to_string(),
                "--recipient",
                &key,
            ],
            listen.as_slice(),
        ]
        .concat(),
    );
    assert!(ok, "{text}");
    let start = Instant::now();
    let child = Command::new(programs::gateway())
        .args([
            "serve",
            "--config",
            &dir.join("gateway.toml").display().to_string(),
        ])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut served = Served(child);
    let mut lines = BufReader::new(served.0.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let line = lines.find(|l| l.contains("listener=\"web\"")).unwrap();
    assert!(
        lines.next().unwrap().contains("listener=\"pickup\""),
        "one line each"
    );
    let address = line
        .split("address=")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap();
    let mut page = TcpStream::connect(address).unwrap();
    page.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    page.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    assert!(page.read(&mut [0; 100]).unwrap() > 0);
    let took = start.elapsed();
    eprintln!("start to first answer: {took:?}");
    // Only a guard against a hang: the bench measures the goal of 100 ms.
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(
        Command::new("kill")
            .arg(served.0.id().to_string())
            .status()
            .unwrap()
            .success()
    );
    assert!(served.0.wait().unwrap().success());
}

/// The unedited sample is rejected, since it has no valid recipient. With a key, every line of it
/// is valid, also the commented ones.
#[test]
fn the_sample_configuration_is_right_once_it_has_a_key() {
    let sample = include_str!("../../deploy/gateway.toml");
    let read = |text: &str| {
        let (_folder, file) = configured(|_| text.to_owned());
        GatewaySettings::read(Path::new(&file)).map_err(|e| e.to_string())
    };
    assert!(read(sample).err().unwrap().contains("not an age recipient"));
    let with_key = sample.replace("age1…", &keys().1);
    assert!(read(&with_key).is_ok());
    let is_setting = |line: &&str| {
        line.starts_with('[')
            || line
                .split_once(" = ")
                .is_some_and(|(key, _)| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
    };
    let uncommented: String = with_key
        .lines()
        .map(|line| match line.strip_prefix("# ").filter(is_setting) {
            Some(setting) if !setting.starts_with("lanes") => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    // A process for SMS that calls a provider cannot also serve pages: these are two files.
    assert!(
        read(&uncommented)
            .err()
            .unwrap()
            .contains("[sms.notify] calls its provider")
    );
    let without = |tables: &[&str]| {
        let mut config: toml::Table = uncommented.parse().unwrap();
        config.retain(|table, _| !tables.contains(&table));
        read(&config.to_string()).unwrap()
    };
    let pages = without(&["sms"]);
    assert!(pages.onion.is_some() && pages.web.unwrap().tls_cert.is_some());
    assert_eq!(
        without(&["web", "onion"]).sms.unwrap().calls_out(),
        Some("notify")
    );
}
