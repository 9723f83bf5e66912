//! The backup, tested by a total loss: the keys of gateway and desk are backed up, deleted and
//! restored by one custodian. A tip that waited in the queue meanwhile is then collected and
//! opened.

use std::path::Path;

use loke::random;

use super::{deploy, run};
use crate::house::browser::text;
use crate::house::contains;
use crate::house::programs;
use crate::house::real::RealGateway;

/// Runs a command that must succeed; returns its output.
fn done(program: &str, words: &[&str]) -> String {
    let (ok, said) = run(program, words).expect("age and the two programs are there");
    assert!(ok, "{program} {}: {said}", words[0]);
    said
}

fn at(place: &Path, name: &str) -> String {
    place.join(name).to_str().unwrap().to_owned()
}

/// Makes a custodian's key pair. Returns the path of the identity and the recipient line.
fn custodian(place: &Path, name: &str) -> (String, String) {
    let file = at(place, name);
    done("age-keygen", &["-o", &file]);
    let public = done("age-keygen", &["-y", &file]);
    (file, public)
}

/// Makes a desk, and returns its public key.
fn new_desk(place: &Path, name: &str) -> String {
    let said = done(
        programs::desk(),
        &[
            "init",
            "--dir",
            &at(place, name),
            "--passphrase-file",
            &at(place, "passphrase"),
        ],
    );
    said.lines().last().unwrap().to_owned()
}

/// Enrols the desk of this name.
fn enrol(place: &Path, name: &str) {
    let (enrolment, config) = (
        at(place, &format!("{name}.enrolment")),
        at(place, &format!("{name}/desk.toml")),
    );
    done(
        programs::gateway(),
        &[
            "enrol",
            name,
            "--config",
            &at(place, "gateway/gateway.toml"),
            "--out",
            &enrolment,
        ],
    );
    done(
        programs::desk(),
        &[
            "connect",
            "--config",
            &config,
            "--enrolment",
            &enrolment,
            "--passphrase-file",
            &at(place, "passphrase"),
        ],
    );
    std::fs::remove_file(enrolment).unwrap();
}

/// Drill 2: the desk is gone. Tips that wait are read the same day on another machine, with an export, one
/// key and `age`.
#[tokio::test(flavor = "multi_thread")]
async fn p14_without_the_desk_waiting_tips_are_read_elsewhere_with_an_export_one_key_and_age() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let [(identity, key), (stranger, _)] =
        ["backup", "stranger"].map(|name| custodian(place, name));
    std::fs::create_dir(place.join("queue")).unwrap();
    let queue = format!("sqlite:{}", at(place, "queue/queue.db"));
    let mut gateway = RealGateway::new(
        place,
        place.join("gateway"),
        &queue,
        "32,1,1,1,1",
        |table| {
            let first = table["recipients"][0].as_table_mut().unwrap();
            first.insert("key".into(), key.trim().into());
        },
    );
    let word = format!("word-{}", hex::encode(random::bytes::<8>().unwrap()));
    gateway.start().await;
    gateway
        .browser
        .report(&[text("topic", "graffiti"), text("what", &word)])
        .await;
    gateway.stop().await;
    let (pc, config) = (place.join("pc"), at(place, "gateway/gateway.toml"));
    std::fs::create_dir(&pc).unwrap();
    let export = at(&pc, "tips.tar");
    done(
        programs::gateway(),
        &["export", "--config", &config, "--out", &export],
    );
    // The other machine has the export and one key.
    for lost in ["gateway", "queue"] {
        std::fs::remove_dir_all(place.join(lost)).unwrap();
    }
    done("tar", &["-xf", &export, "-C", pc.to_str().unwrap()]);
    let files = pc.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let sealed: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|end| end == "age"))
        .collect();
    let [sealed] = sealed.as_slice() else {
        panic!("{sealed:?}")
    };
    let (sealed, opened) = (sealed.to_str().unwrap(), at(&pc, "tip.tar"));
    let refused = run("age", &["-d", "-i", &stranger, "-o", &opened, sealed]).unwrap();
    assert!(!refused.0, "the control: {}", refused.1);
    done("age", &["-d", "-i", &identity, "-o", &opened, sealed]);
    let tip = done("tar", &["-xOf", &opened, "tip.json"]);
    let tip: serde_json::Value = serde_json::from_str(&tip).unwrap();
    assert_eq!(tip["what"], word.as_str());
}

/// The passphrase of the desk.
const PASSPHRASE: &str = "nine copper kettles by the window";

/// Files in the backed-up folders that must not be in any backup.
const STRAYS: [&str; 7] = [
    "texts/sms.key",
    "texts/sms.keys/twilio-2026-11-21",
    "gateway/queue.db",
    "texts/queue.db-wal",
    "gateway/tips.tar",
    "gateway/abate.enrolment",
    "desk/passphrase",
];

#[tokio::test(flavor = "multi_thread")]
async fn p7_what_is_backed_up_opens_a_tip_after_everything_else_is_lost_and_holds_none() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    std::fs::write(place.join("passphrase"), PASSPHRASE).unwrap();
    std::fs::create_dir(place.join("queue")).unwrap();
    let recipient = new_desk(place, "desk");
    let queue = format!("sqlite:{}", at(place, "queue/queue.db"));
    let mut gateway = RealGateway::new(
        place,
        place.join("gateway"),
        &queue,
        "32,1,1,1,1",
        |table| {
            table["recipients"][0]
                .as_table_mut()
                .unwrap()
                .insert("key".into(), recipient.clone().into());
        },
    );
    enrol(place, "desk");
    // The SMS process has a folder of its own, with a key and the providers' secrets.
    std::fs::create_dir_all(place.join("texts/sms")).unwrap();
    std::fs::create_dir_all(place.join("texts/sms.keys")).unwrap();
    for (file, holds) in [
        ("gateway.toml", "[sms]\n"),
        ("mac.key", "the queue's\n"),
        ("sms/twilio.token", "a token\n"),
    ] {
        std::fs::write(place.join("texts").join(file), holds).unwrap();
    }
    gateway.start().await;
    let [already, word] =
        [(); 2].map(|()| format!("word-{}", hex::encode(random::bytes::<8>().unwrap())));
    gateway
        .browser
        .report(&[text("topic", "graffiti"), text("what", &already)])
        .await;
    let (config, passphrase) = (at(place, "desk/desk.toml"), at(place, "passphrase"));
    let access = ["--config", &config, "--passphrase-file", &passphrase];
    let pulled = done(programs::desk(), &[&["pull"][..], &access].concat());
    assert!(pulled.contains("1 tip collected"), "{pulled}");
    gateway
        .browser
        .report(&[text("topic", "graffiti"), text("what", &word)])
        .await;
    gateway.stop().await;

    // The nightly backup. The stray files are beside the keys, and the backup must leave them out.
    for stray in STRAYS {
        std::fs::write(place.join(stray), "canary-stray").unwrap();
    }
    let [(_, one), (second, two), (stranger, _)] =
        ["one", "second", "stranger"].map(|name| custodian(place, name));
    std::fs::write(place.join("custodians"), format!("# two\n{one}{two}")).unwrap();
    let backup = deploy().join("backup").to_str().unwrap().to_owned();
    let words = [
        at(place, "backups"),
        at(place, "custodians"),
        at(place, "gateway"),
        at(place, "texts"),
    ];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let made = done(&backup, &words).trim().to_owned();
    let held = std::process::Command::new("age")
        .args(["-d", "-i", &second, &made])
        .output()
        .unwrap()
        .stdout;
    assert!(
        contains(&held, b"[[recipients]]") && contains(&held, b"desks/desk.toml"),
        "the control: what was taken is seen"
    );
    let desk_made = at(place, "desk.tar.age");
    let desk_backup = |custodians: &str, out: &str| {
        let (config, custodians) = (at(place, "desk/desk.toml"), at(place, custodians));
        let words = [
            "backup",
            "--config",
            &config,
            "--custodians",
            &custodians,
            "--out",
            out,
        ];
        run(programs::desk(), &words).unwrap()
    };
    let (ok, said) = desk_backup("custodians", &desk_made);
    assert!(ok, "{said}");
    let desk_held = std::process::Command::new("age")
        .args(["-d", "-i", &second, &desk_made])
        .output()
        .unwrap()
        .stdout;
    assert!(
        contains(&desk_held, b"desk/books/main/keys/admin.age")
            && contains(&desk_held, b"desk/register.key"),
        "the control: what was taken is seen"
    );
    for never in [
        "canary-stray",
        "sms.key",
        "queue.db\0",
        ".enrolment",
        "register.copy",
        &word,
        &already,
    ] {
        for held in [&held, &desk_held] {
            assert!(
                !contains(held, never.as_bytes()),
                "{never} is in the backup"
            );
        }
    }
    let (ok, said) = run(&backup, &[words[0], words[1], &at(place, "desk")]).unwrap();
    assert!(!ok && said.contains("loke-desk backup"), "{said}");
    std::fs::write(place.join("lonely"), &one).unwrap();
    let (ok, said) = run(
        &backup,
        &[&[words[0], &at(place, "lonely")], &words[2..]].concat(),
    )
    .unwrap();
    assert!(!ok && said.contains("Two are needed"), "{said}");
    let (ok, said) = desk_backup("lonely", &at(place, "other.age"));
    assert!(!ok && said.contains("Two are needed"), "{said}");
    let (ok, said) = desk_backup("custodians", &desk_made);
    assert!(!ok && said.contains("nothing is overwritten"), "{said}");

    // Both machines are lost; only the queue's disk remains.
    for lost in ["gateway", "desk", "texts"] {
        std::fs::remove_dir_all(place.join(lost)).unwrap();
    }
    let restore = deploy().join("restore").to_str().unwrap().to_owned();
    let (ok, _) = run(&restore, &[&made, &stranger, place.to_str().unwrap()]).unwrap();
    assert!(
        !ok && !place.join("gateway").exists(),
        "the control: a stranger restores nothing"
    );
    let cut = at(place, "cut.age");
    let whole = std::fs::read(&made).unwrap();
    std::fs::write(&cut, &whole[..whole.len() - 20]).unwrap();
    assert!(
        !run(&restore, &[&cut, &second, place.to_str().unwrap()])
            .unwrap()
            .0
            && !place.join("gateway").exists(),
        "a cut backup leaves nothing"
    );
    let said = done(&restore, &[&made, &second, place.to_str().unwrap()]);
    let key: loke::seal::Recipient = recipient.parse().unwrap();
    assert!(
        said.contains("gateway/gateway.toml. Before you serve")
            && said.contains(&format!("\"desk\": {}\n", key.fingerprint())),
        "{said}"
    );
    assert_eq!(
        said.matches(" … ").count(),
        1,
        "one line a recipient: {said}"
    );
    assert!(
        !run(&restore, &[&made, &second, place.to_str().unwrap()])
            .unwrap()
            .0,
        "nothing is overwritten"
    );
    for (file, holds) in [
        ("mac.key", "the queue's\n"),
        ("sms/twilio.token", "a token\n"),
    ] {
        assert_eq!(
            std::fs::read_to_string(place.join("texts").join(file)).unwrap(),
            holds,
            "{file}"
        );
    }

    // The desk as it was, with its accounts, books and tips.
    done(&restore, &[&desk_made, &second, place.to_str().unwrap()]);
    gateway.start().await;
    let (config, passphrase) = (at(place, "desk/desk.toml"), at(place, "passphrase"));
    let at_desk = |words: &[&str]| {
        done(
            programs::desk(),
            &[
                words,
                &["--config", &config, "--passphrase-file", &passphrase],
            ]
            .concat(),
        )
    };
    let before: serde_json::Value = serde_json::from_str(&at_desk(&["list", "--json"])).unwrap();
    assert_eq!(before.as_array().unwrap().len(), 1, "what it had collected");
    at_desk(&["pull"]);
    at_desk(&["audit", "verify"]);
    let list: Vec<serde_json::Value> = serde_json::from_str(&at_desk(&["list", "--json"])).unwrap();
    let mut read = Vec::new();
    for line in &list {
        let shown = at_desk(&["show", line["id"].as_str().unwrap(), "--json"]);
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        read.push(shown["tip"]["what"].as_str().unwrap().to_owned());
    }
    read.sort();
    let mut sent = [word, already];
    sent.sort();
    assert_eq!(read, sent);
    gateway.stop().await;
}
