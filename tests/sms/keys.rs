//! What someone with a copy of the folder and the queue can learn, and when: they can confirm
//! guesses at a text for as long as the provider repeats it, and never afterwards.

use std::collections::BTreeSet;
use std::path::Path;

use aho_corasick::AhoCorasick;
use ring::hmac;
use sqlx::Connection;

use super::phones::{Phones, Text, table, webhook};
use crate::house::programs;
use crate::house::real::RealGateway;

const FROM: &str = "+447700900123";
const WORDS: &str = "they deal at the bins";
const DAY: i64 = 86_400;

/// Every file of a folder, with its bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    all
}

/// Every possible key in a file's bytes: 64 consecutive hex digits, or the whole file if it has 32
/// bytes.
fn keys(bytes: &[u8]) -> Vec<Vec<u8>> {
    let runs = bytes
        .split(|byte| !byte.is_ascii_hexdigit())
        .filter(|run| run.len() >= 64);
    let mut keys: Vec<_> = runs
        .flat_map(|run| {
            run.windows(64)
                .filter_map(|window| hex::decode(window).ok())
        })
        .collect();
    if bytes.len() == 32 {
        keys.push(bytes.to_vec());
    }
    keys
}

/// Everything that can be computed from these keys for a guess at one text: under each label, of
/// each piece of it.
fn guesses(keys: &BTreeSet<Vec<u8>>, provider: &str, text: &Text) -> Vec<[u8; 16]> {
    let mut guesses = Vec::new();
    for key in keys {
        let under = hmac::Key::new(hmac::HMAC_SHA256, key);
        for label in [
            "loke sms once 1",
            "loke sms receipt id 1",
            "loke sms thread 1",
            "loke sms turn 1",
        ] {
            let key = hmac::Key::new(
                hmac::HMAC_SHA256,
                hmac::sign(&under, label.as_bytes()).as_ref(),
            );
            let known_by: [&[&str]; 4] = [
                &[provider, &text.id],
                &[provider, &text.from, &text.words],
                &[provider, "", &text.words],
                &[provider, &text.from],
            ];
            for (pieces, code) in known_by.into_iter().flat_map(|pieces| {
                [0, 1, 2, 1 << 32, (1 << 32) | 1].map(|code: u64| (pieces, code))
            }) {
                let mut signed = Vec::new();
                for piece in pieces {
                    signed.extend((piece.len() as u64).to_le_bytes());
                    signed.extend(piece.as_bytes());
                }
                signed.extend(code.to_le_bytes());
                guesses.push(hmac::sign(&key, &signed).as_ref()[..16].try_into().unwrap());
            }
        }
    }
    guesses
}

/// For each text, whether someone with the folder can confirm a guess at it: whether a value that
/// they can compute is in any of its files, including the queue.
fn confirms(folder: &Path, texts: &[(&str, Text)]) -> Vec<bool> {
    let files = files(folder);
    let keys: BTreeSet<Vec<u8>> = files.iter().flat_map(|(_, bytes)| keys(bytes)).collect();
    let is_confirmed = |(provider, text): &(&str, Text)| {
        let guesses = guesses(&keys, provider, text);
        let sought: Vec<Vec<u8>> = guesses
            .iter()
            .flat_map(|guess| [guess.to_vec(), hex::encode(guess).into_bytes()])
            .collect();
        let search = AhoCorasick::new(&sought).unwrap();
        files.iter().any(|(_, bytes)| search.is_match(bytes))
    };
    texts.iter().map(is_confirmed).collect()
}

async fn once_values(folder: &Path) -> usize {
    let mut db =
        sqlx::SqliteConnection::connect(&format!("sqlite:{}", folder.join("queue.db").display()))
            .await
            .unwrap();
    sqlx::query_as::<_, (Vec<u8>,)>("select value from once")
        .fetch_all(&mut db)
        .await
        .unwrap()
        .len()
}

/// Waits until the gateway, which checks its clock each second, has deleted this file.
async fn until_gone(file: &Path) {
    let mut look = tokio::time::interval(std::time::Duration::from_millis(50));
    for _ in 0..600 {
        look.tick().await;
        if !file.exists() {
            return;
        }
    }
    panic!("{} is still there", file.display());
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_folder_and_queue_of_day_ten_confirm_no_number_and_no_words_of_day_one() {
    let phones = Phones::open(None, |_| {}).await;
    let folder = phones.house.config.parent().unwrap();
    // Twilio stores texts, so the gateway asks for them longest; the others repeat for a day. The
    // last text has no id.
    let texts =
        ["twilio", "telnyx", "kannel", "gammu"].map(|provider| (provider, Text::new(FROM, WORDS)));
    for (provider, text) in &texts {
        assert_eq!(phones.text(provider, text).await.status, 200);
    }
    let without_id = Text {
        id: String::new(),
        ..Text::new("", "what was told without an id")
    };
    assert_eq!(phones.text("gammu", &without_id).await.status, 200);
    let texts = [texts.to_vec(), vec![("gammu", without_id)]].concat();
    let confirmed = || confirms(folder, &texts);
    // The control: on the same day the folder confirms a text by its id. A text without an id is
    // not confirmed even then.
    assert_eq!(confirmed(), [true, true, true, true, false]);

    // On day 2 each text is still recognized as a repeat, and the one without an id for as long as
    // the process runs.
    phones.house.clock.advance(DAY);
    for (provider, text) in &texts {
        let again = webhook(provider, text, phones.house.clock.now());
        assert_eq!(again.send(phones.house.web).await.unwrap().status, 200);
    }
    assert_eq!(
        once_values(folder).await,
        5,
        "a text that came again on the next day is stored again"
    );

    // Day 3: the texts that nobody repeats any more.
    phones.house.clock.advance(DAY);
    until_gone(&folder.join("sms.keys/telnyx-2026-11-21")).await;
    assert_eq!(confirmed(), [true, false, false, false, false]);
    phones.house.clock.advance(7 * DAY);
    until_gone(&folder.join("sms.keys/twilio-2026-11-21")).await;
    assert_eq!(
        once_values(folder).await,
        5,
        "the control: the queue still remembers them"
    );
    assert_eq!(confirmed(), [false; 5]);
    phones.house.leaves(5);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_an_earlier_version_knows_its_texts_and_is_gone() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = RealGateway::new(
        place.path(),
        place.path().join("gateway"),
        "sqlite:queue.db",
        "64,1,1,1,1",
        |config| {
            let listen = config["web"]["listen"].as_str().unwrap().parse().unwrap();
            config.remove("web");
            config.insert(
                "sms".into(),
                table(&place.path().join("secrets"), listen, &["kannel"], None).into(),
            );
        },
    );
    // A text as the earlier version stored it.
    let (key, folder, stored) = ([7_u8; 32], gateway.folder.clone(), Text::new(FROM, WORDS));
    let under = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let once = hmac::Key::new(
        hmac::HMAC_SHA256,
        hmac::sign(&under, b"loke sms once 1").as_ref(),
    );
    let pieces = ["kannel", &stored.id]
        .map(|piece| [&(piece.len() as u64).to_le_bytes()[..], piece.as_bytes()].concat());
    let value = hmac::sign(
        &once,
        &[&pieces.concat()[..], &0_u64.to_le_bytes()].concat(),
    )
    .as_ref()[..16]
        .to_vec();
    let mut db =
        sqlx::SqliteConnection::connect(&format!("sqlite:{}", folder.join("queue.db").display()))
            .await
            .unwrap();
    sqlx::query("insert into once (value, until) values ($1, 99999)")
        .bind(value)
        .execute(&mut db)
        .await
        .unwrap();
    db.close().await.unwrap();
    std::fs::write(folder.join("sms.key"), hex::encode(key) + "\n").unwrap();
    let check = std::process::Command::new(programs::gateway())
        .args(["check", "--config"])
        .arg(folder.join("gateway.toml"))
        .output();
    let said = String::from_utf8_lossy(&check.unwrap().stdout).into_owned();
    assert!(said.contains("sms.key is of an earlier version: the next start takes it as today's key and destroys it"), "{said}");

    gateway.start().await;
    assert!(!folder.join("sms.key").exists());
    for text in [stored, Text::new(FROM, "another, the control")] {
        assert_eq!(
            webhook("kannel", &text, 0)
                .send(gateway.browser.0)
                .await
                .unwrap()
                .status,
            200
        );
    }
    let officer = gateway.officer().await;
    officer.pull().await;
    let told: Vec<_> = officer
        .tips()
        .await
        .iter()
        .map(|tip| tip.what.clone())
        .collect();
    assert_eq!(told, ["another, the control"]);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_takes_no_texts_from_the_same_folder() {
    let phones = Phones::open(None, |_| {}).await;
    let config = loke::gateway::settings::GatewaySettings::read(&phones.house.config).unwrap();
    let second = loke::gateway::serve::start(config, phones.house.clock.clone())
        .await
        .err()
        .map(|e| e.to_string())
        .unwrap_or_default();
    assert!(
        second.contains("another process takes text messages from this folder. Stop it"),
        "{second}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_a_key_that_outlived_its_day() {
    let phones = Phones::open(None, |_| {}).await;
    let folder = phones.house.config.parent().unwrap();
    let check = || {
        let check = std::process::Command::new(programs::gateway())
            .args(["check", "--config"])
            .arg(&phones.house.config)
            .output();
        String::from_utf8_lossy(&check.unwrap().stdout).into_owned()
    };
    std::fs::write(
        folder.join("sms.keys/telnyx-2020-01-01"),
        hex::encode([7; 32]),
    )
    .unwrap();
    let said = check();
    assert!(
        said.contains("telnyx-2020-01-01 should have been destroyed")
            && said.contains("Start the gateway, which destroys it"),
        "{said}"
    );
}
