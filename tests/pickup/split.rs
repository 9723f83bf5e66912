//! One gateway in several processes: `init --only` writes configurations that agree, and `check` and
//! the log name both values when they no longer do.

use std::path::Path;

use loke::clock::Clock;
use loke::gateway::listener::Listener;
use loke::gateway::serve::{self, Serving};
use loke::gateway::settings::GatewaySettings;
use loke::tip::Lane;

use super::gate::{NOON, gateway, keys};

fn said(arguments: &[&str]) -> (bool, String) {
    let out = gateway(arguments);
    (
        out.status.success(),
        String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned(),
    )
}

/// The folders of pages, pickup and texts, made as the run-book says.
struct Split {
    above: tempfile::TempDir,
}

impl Split {
    fn make() -> Self {
        let above = tempfile::tempdir().unwrap();
        let dir = |name: &str| above.path().join(name).display().to_string();
        let (desk, backup) = (format!("desk={}", keys().1), format!("backup={}", keys().1));
        let (ok, text) = said(&[
            "init",
            "--only",
            "web",
            "--dir",
            &dir("web"),
            "--recipient",
            &desk,
            "--recipient",
            &backup,
            "--web",
            "127.0.0.1:0",
            "--slots",
            "64,8,8,8,8",
        ]);
        assert!(ok && text.contains("init --only pickup --from"), "{text}");
        let from = above.path().join("web/gateway.toml").display().to_string();
        let (ok, text) = said(&[
            "init",
            "--only",
            "pickup",
            "--from",
            &from,
            "--dir",
            &dir("pickup"),
            "--pickup",
            "127.0.0.1:0",
        ]);
        assert!(ok && text.contains("enrol"), "{text}");
        let (ok, text) = said(&[
            "init",
            "--only",
            "sms",
            "--from",
            &from,
            "--dir",
            &dir("sms"),
            "--sms",
            "127.0.0.1:0",
        ]);
        assert!(ok, "{text}");
        Self { above }
    }

    fn file(&self, process: &str) -> std::path::PathBuf {
        self.above.path().join(process).join("gateway.toml")
    }

    fn read(&self, process: &str) -> GatewaySettings {
        GatewaySettings::read(&self.file(process)).unwrap()
    }

    fn has(&self, name: &str) -> bool {
        self.above.path().join(name).exists()
    }

    async fn serve(&self, process: &str) -> Serving {
        serve::start(self.read(process), Clock::by_hand(NOON))
            .await
            .unwrap()
    }

    fn check(&self, process: &str) -> String {
        said(&["check", "--config", self.file(process).to_str().unwrap()]).1
    }
}

fn change(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn init_only_writes_one_process_each_with_all_that_they_share() {
    let split = Split::make();
    let [web, pickup, sms] = ["web", "pickup", "sms"].map(|process| split.read(process));
    let listeners = |config: &GatewaySettings| {
        (
            config.web.is_some(),
            config.pickup.is_some(),
            config.sms.is_some(),
        )
    };
    assert_eq!(listeners(&web), (true, false, false));
    assert_eq!(listeners(&pickup), (false, true, false));
    assert_eq!(listeners(&sms), (false, false, true));
    let key = |process: &str| std::fs::read(split.file(process).with_file_name("mac.key")).unwrap();
    for (name, other) in [("pickup", &pickup), ("sms", &sms)] {
        assert_eq!(
            Path::new(&web.database).canonicalize().ok(),
            Path::new(&other.database).canonicalize().ok()
        );
        assert_eq!(
            (web.retention_days, web.capacity),
            (other.retention_days, other.capacity)
        );
        assert_eq!(web.recipients.of(Lane::Drugs).len(), 2);
        let holders = |config: &GatewaySettings| -> Vec<String> {
            let holder =
                |h: &loke::gateway::settings::Holder| format!("{} {} {:?}", h.name, h.key, h.lanes);
            config.holders.iter().map(holder).collect()
        };
        assert_eq!(holders(&web), holders(other));
        assert_eq!(key("web"), key(name));
    }
    assert!(!split.has("web/pickup.crt") && split.has("pickup/pickup.key"));
    assert!(split.has("sms/sms/kannel.path") && !split.has("sms/pickup.key"));
    assert!(
        split.has("web/queue.db") && !split.has("pickup/queue.db"),
        "one queue"
    );
}

#[test]
fn init_takes_recipients_from_the_command_line_or_from_another_file_and_not_from_both() {
    let split = Split::make();
    let (from, dir) = (split.file("web"), split.above.path().join("more"));
    let (from, dir) = (from.to_str().unwrap(), dir.to_str().unwrap());
    let key = format!("desk={}", keys().1);
    for wrong in [
        vec!["--only", "pickup", "--from", from, "--recipient", &key],
        vec!["--from", from],
        vec!["--only", "pickup"],
        vec!["--only", "desk", "--recipient", &key],
    ] {
        assert!(
            !said(&[&["init", "--dir", dir], wrong.as_slice()].concat()).0,
            "{wrong:?}"
        );
    }
    assert!(!split.has("more"));
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_disagree_are_named_with_both_values() {
    let split = Split::make();
    let (web, pickup) = (split.serve("web").await, split.serve("pickup").await);
    assert!(web.address(Listener::Web).is_some() && pickup.address(Listener::Pickup).is_some());
    for process in ["web", "pickup", "sms"] {
        assert!(
            !split.check(process).contains("the process with"),
            "control: they agree"
        );
    }
    pickup.stop().await;
    change(
        &split.file("pickup"),
        "retention_days = 30",
        "retention_days = 900",
    );
    let pickup = split.serve("pickup").await;
    let text = split.check("web");
    assert!(
        text.contains("Must: the process with [pickup] serves with retention_days = 900, and this file has 30."),
        "{text}"
    );
    let text = split.check("pickup");
    assert!(
        text.contains(
            "the process with [web] serves with retention_days = 30, and this file has 900."
        ),
        "{text}"
    );
    // Another recipient in the file for texts, before it serves.
    let old = split.read("sms").holders[0].key.to_string();
    let new = keys().1;
    change(&split.file("sms"), &old, &new);
    let text = split.check("sms");
    let says = text
        .lines()
        .find(|line| line.contains("recipients ="))
        .unwrap();
    assert!(says.contains(&old) && says.contains(&new), "both: {text}");
    // Another mac.key.
    let mac = split.file("sms").with_file_name("mac.key");
    let text = std::fs::read_to_string(&mac).unwrap();
    let first = if text.starts_with('0') { "1" } else { "0" };
    std::fs::write(&mac, format!("{first}{}", &text[1..])).unwrap();
    assert!(split.check("sms").contains("serves with mac.key ="));
    // A process that has stopped contradicts nobody.
    web.stop().await;
    assert!(!split.check("pickup").contains("the process with [web]"));
    pickup.stop().await;
}

#[test]
fn a_pickup_without_its_certificate_is_told_both_causes() {
    let split = Split::make();
    for name in ["pickup.crt", "pickup.key"] {
        std::fs::remove_file(split.file("pickup").with_file_name(name)).unwrap();
    }
    let text = split.check("pickup");
    assert!(
        text.contains("delete [pickup] from this file") && text.contains("from the backup"),
        "{text}"
    );
}
