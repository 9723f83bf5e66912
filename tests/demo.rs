//! The README's commands as they stand there, and the demo's phone: the gateway accepts its request for each
//! provider, and rejects an altered one.

#[path = "../examples/demo/providers.rs"]
mod providers;

use std::collections::BTreeSet;
use std::io::BufRead;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use loke::clock::Clock;
use loke::gateway::serve;
use loke::gateway::settings::GatewaySettings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::house::skip::skipped;
use crate::house::{House, browser, programs};
use providers::{NAMES, Providers, Text};

/// Posts a webhook to the gateway. Returns the response status.
async fn bring(to: SocketAddr, webhook: &str) -> u16 {
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream.write_all(webhook.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.get(9..12).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstrations_phone_reaches_the_desk_by_each_provider_once() {
    let house = House::open().await;
    let dir = house.config.parent().unwrap().parent().unwrap();
    let sms = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let rest = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let providers = Providers::set_up(dir, sms, rest.local_addr().unwrap()).unwrap();
    let task = tokio::spawn(axum::serve(rest, providers::rest(providers.clone())).into_future());
    let serving = serve::start(
        GatewaySettings::read(&dir.join("gateway-sms/gateway.toml")).unwrap(),
        Clock::System,
    )
    .await
    .unwrap();

    for (provider, _, carries_photos) in NAMES {
        let photo = carries_photos.then(|| ("image/jpeg".to_owned(), browser::jpeg()));
        let text = Text {
            provider,
            number: "+447700900123".into(),
            words: format!("brought by {provider}, zażółć 灰 & 😀"),
            photo,
        };
        let webhook = providers.receive(text).unwrap();
        // Negative control: the gateway rejects another secret, and a signature over another text.
        let secret = format!("/sms/{provider}/");
        assert_eq!(
            bring(sms, &webhook.replacen(&secret, &format!("{secret}x"), 1)).await,
            403,
            "{provider}"
        );
        if carries_photos {
            assert_eq!(
                bring(sms, &webhook.replacen("brought", "thought", 1)).await,
                401,
                "{provider}"
            );
        }
        for _ in 0..3 {
            assert_eq!(bring(sms, &webhook).await, 200, "{provider}");
        }
    }
    assert_eq!(
        providers.holds("notify"),
        1,
        "one text cannot be erased there"
    );

    let officer = house.officer("one", "").await;
    officer.pull().await;
    let tips = officer.tips().await;
    assert_eq!(tips.len(), NAMES.len());
    for (provider, _, carries_photos) in NAMES {
        let tip = tips
            .iter()
            .find(|tip| tip.what == format!("brought by {provider}, zażółć 灰 & 😀"))
            .unwrap();
        assert_eq!(tip.photos.len(), usize::from(carries_photos), "{provider}");
        assert!(!serde_json::to_string(tip).unwrap().contains("7700900123"));
    }
    serving.stop().await;
    task.abort();
}

/// The README's commands, in its order. A new one needs a test here.
const COMMANDS: [&str; 6] = [
    "cargo demo",
    // The tests of this file are part of it.
    "tests/run",
    "cargo demo -- --dir DIR",
    "cd DIR; age -d -i partners/NAME/identity partners/NAME/inbox/FILE | tar -xf -",
    "cargo manuals DIR",
    "cargo review-sheets DIR",
];

/// The commands in a document's blocks and in its sentences, each once.
fn commands(document: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, part) in document.split("```").enumerate() {
        if at % 2 == 1 {
            let lines = part.lines().skip(1);
            found.extend(lines.map(|line| line.split('#').next().unwrap().trim()));
        } else {
            found.extend(part.split('`').skip(1).step_by(2).filter(|words| {
                ["cargo ", "cd ", "tests/run"]
                    .iter()
                    .any(|begins| words.starts_with(begins))
            }));
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|command| seen.insert(*command));
    found
}

#[test]
fn the_readmes_commands_are_those_that_tests_run() {
    assert_eq!(commands(include_str!("../README.md")), COMMANDS);
    let control = "```sh\ncargo new  # another\n```\n`cd THERE` and `src/`";
    assert_eq!(commands(control), ["cargo new", "cd THERE"]);
}

/// A demonstration, started by a command of the README.
struct Demo {
    process: Child,
    dir: PathBuf,
    _place: tempfile::TempDir,
}

impl Demo {
    /// Runs the command with these options and free ports, and waits for the demo's last line.
    fn start(command: &str, options: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("demo");
        let mut command = command.replace("DIR", dir.to_str().unwrap()) + options;
        for name in ["web", "pickup", "sms", "phone", "desk", "partners"] {
            let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            command += &format!(" --{name} {}", socket.local_addr().unwrap());
        }
        let mut process = programs::typed(&command)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = std::io::BufReader::new(process.stdout.take().unwrap()).lines();
        let mut begins = vec![
            "resident page: http",
            "staff desk: http",
            "phone: http",
            "partner page: http",
        ];
        for line in lines.map_while(Result::ok) {
            begins.retain(|begin| !line.starts_with(begin));
            if begins.is_empty() {
                break;
            }
        }
        assert_eq!(begins, Vec::<&str>::new(), "lines that it prints");
        Self {
            process,
            dir,
            _place: place,
        }
    }

    /// Runs a command of its desk, and returns the output.
    fn desk(&self, words: &[&str]) -> String {
        let ran = Command::new(programs::desk())
            .args(words)
            .arg("--config")
            .arg(self.dir.join("desk/desk.toml"))
            .arg("--passphrase-file")
            .arg(self.dir.join("desk/passphrase"))
            .output()
            .unwrap();
        assert!(
            ran.status.success(),
            "{}",
            String::from_utf8_lossy(&ran.stderr)
        );
        String::from_utf8(ran.stdout).unwrap()
    }

    fn tips(&self) -> Vec<serde_json::Value> {
        serde_json::from_str(&self.desk(&["list", "--json"])).unwrap()
    }

    /// Stops it. It must end well.
    fn stop(mut self) {
        assert!(self.press_ctrl_c().success());
    }

    fn press_ctrl_c(&mut self) -> ExitStatus {
        let stopped = Command::new("kill")
            .args(["-INT", &self.process.id().to_string()])
            .status()
            .unwrap();
        assert!(stopped.success());
        self.process.wait().unwrap()
    }
}

impl Drop for Demo {
    /// A test that failed leaves nothing running.
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            self.press_ctrl_c();
        }
    }
}

#[test]
fn the_demo_opens_filled_with_and_without_a_second_dash_and_empty_if_asked() {
    let [without, _, with, ..] = COMMANDS;
    let demo = Demo::start(with, "");
    assert_eq!(demo.tips().len(), 41);
    a_partner_reads_a_report(&demo);
    demo.stop();
    let demo = Demo::start(&format!("{without} --dir DIR"), " --empty");
    assert_eq!(demo.tips().len(), 0);
    demo.stop();
}

/// Sends a report from the demo's desk, and opens it by the README's line.
fn a_partner_reads_a_report(demo: &Demo) {
    if Command::new("age").arg("--version").output().is_err() {
        skipped!("there is no age on this machine");
        return;
    }
    let words = demo.dir.join("words.txt");
    std::fs::write(&words, "The wall by the library needs cleaning.").unwrap();
    let (words, tips) = (words.to_str().unwrap(), demo.tips());
    let graffiti = tips.iter().find(|tip| tip["lane"] == "graffiti").unwrap();
    let id = graffiti["id"].as_str().unwrap();
    demo.desk(&["route", id, "--to", "cleansing", "--text", words, "--now"]);
    let inbox = demo.dir.join("partners/cleansing/inbox");
    let report = std::fs::read_dir(inbox).unwrap().next().unwrap().unwrap();
    let open = COMMANDS[3]
        .replace("DIR", demo.dir.to_str().unwrap())
        .replace("NAME", "cleansing")
        .replace("FILE", report.file_name().to_str().unwrap());
    let opened = Command::new("sh").args(["-c", &open]).status().unwrap();
    assert!(opened.success(), "{open}");
    let report = std::fs::read_to_string(demo.dir.join("report.json")).unwrap();
    assert!(report.contains("The wall by the library"), "{report}");
}

#[test]
fn the_readmes_commands_for_manuals_and_review_sheets_write_them() {
    let [.., manuals, sheets] = COMMANDS;
    let place = tempfile::tempdir().unwrap();
    for (command, file) in [(manuals, "man/loke-desk.1"), (sheets, "pl.html")] {
        let command = command.replace("DIR", place.path().to_str().unwrap());
        let ran = programs::typed(&command).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{command}: {said}");
        assert!(place.path().join(file).exists(), "{command}: no {file}");
    }
}

/// The crates that a selection of packages compiles, each with its features.
fn tree(selection: &[&str]) -> BTreeSet<String> {
    let tree = "cargo tree --offline --locked --target x86_64-unknown-linux-gnu --prefix none";
    let tree = format!("{tree} --format '{{p}} {{f}}' {}", selection.join(" "));
    let tree = programs::typed(&tree).output().unwrap();
    let lines = String::from_utf8(tree.stdout).unwrap();
    let lines = lines.lines().map(|line| line.replace(" (*)", ""));
    lines.collect()
}

#[test]
fn the_demo_shares_its_build_with_the_tests_and_compiles_nothing_that_only_they_use() {
    let demo = tree(&["--package", "loke-demo", "--edges", "normal,build"]);
    let tests = tree(&["--workspace", "--edges", "normal,build,dev"]);
    let other: Vec<_> = demo.difference(&tests).collect();
    assert!(
        other.is_empty(),
        "other features, so they compile twice: {other:?}"
    );
    let of_tests = |all: &BTreeSet<String>| {
        ["image ", "proptest ", "trycmd "].map(|name| all.iter().any(|line| line.starts_with(name)))
    };
    assert_eq!(of_tests(&tests), [true; 3], "the control");
    assert_eq!(of_tests(&demo), [false; 3]);
}
