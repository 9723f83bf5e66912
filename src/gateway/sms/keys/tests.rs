//! The life of keys: made for a day, valid for as long as the provider repeats, then destroyed. One
//! process at a time.

use super::*;
use crate::providers::settings::Sms;
use crate::sms::known::Piece;

const TODAY: Day = Day(20_778);
const KEY: [u8; 32] = [7; 32];

/// Gammu, which repeats for a day, and Notify with polling, which repeats for eight.
fn providers(folder: &Path) -> Vec<Opened> {
    std::fs::write(folder.join("path"), "the-secret-of-the-path").unwrap();
    let uuids = "26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0";
    std::fs::write(folder.join("api"), format!("key-{uuids}")).unwrap();
    let sms = "listen = \"127.0.0.1:0\"\n[gammu]\npath_secret = \"file:path\"\n[notify]\npath_secret = \"file:path\"\napi_key = \"file:api\"\n";
    let sms: Sms = toml::from_str(sms).unwrap();
    sms.open(folder).unwrap_or_else(|e| panic!("{e}"))
}

fn text(id: &str) -> Received {
    Received {
        id: Zeroizing::new(id.to_owned()),
        words: Zeroizing::new("they deal here".to_owned()),
        ..Received::default()
    }
}

fn once(keys: &Keys, provider: &'static str, id: &str, today: Day) -> Vec<[u8; 16]> {
    let text = text(id);
    keys.turn(provider, &text, today)
        .unwrap()
        .live
        .iter()
        .map(|known| known.once(provider, &text, Piece::LAST))
        .collect()
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = names(&folder.join(FOLDER))
        .unwrap()
        .into_iter()
        .filter(|name| name != LOCK)
        .collect();
    names.sort();
    names
}

#[test]
fn a_key_lives_as_long_as_its_provider_repeats_and_is_destroyed_then() {
    let place = tempfile::tempdir().unwrap();
    let keys = Keys::open(place.path(), &providers(place.path()), TODAY).unwrap();
    assert_eq!(
        files(place.path()),
        ["gammu-2026-11-21", "notify-2026-11-21"]
    );
    assert!(
        !private_file::is_open_to_others(&place.path().join(FOLDER))
            && !private_file::is_open_to_others(
                &place.path().join(FOLDER).join("gammu-2026-11-21")
            )
    );
    let first = ["gammu", "notify"].map(|provider| once(&keys, provider, "a", TODAY)[0]);
    for day in 1..=10 {
        let today = TODAY.plus(day);
        keys.change(today).unwrap();
        let is_known =
            |at: usize| once(&keys, ["gammu", "notify"][at], "a", today).contains(&first[at]);
        assert_eq!(
            (is_known(0), is_known(1)),
            (day <= 1, day <= 8),
            "day {day}"
        );
        let has = |name: &str| files(place.path()).iter().any(|file| file == name);
        assert_eq!(
            (has("gammu-2026-11-21"), has("notify-2026-11-21")),
            (day <= 1, day <= 8),
            "day {day}"
        );
        assert!(has(&file_name("gammu", today)) && has(&file_name("notify", today)));
    }
    assert_eq!(files(place.path()).len(), 2 + 9);
}

#[test]
fn a_restart_knows_what_has_an_id_and_not_what_has_none() {
    let place = tempfile::tempdir().unwrap();
    let open = |today| Keys::open(place.path(), &providers(place.path()), today).unwrap();
    let keys = open(TODAY);
    let (with, without) = (
        once(&keys, "gammu", "a", TODAY)[0],
        once(&keys, "gammu", "", TODAY)[0],
    );
    assert_eq!(
        once(&keys, "gammu", "", TODAY.plus(1))[1],
        without,
        "it is known as long as the process runs"
    );
    drop(keys);
    let keys = open(TODAY.plus(1));
    assert!(once(&keys, "gammu", "a", TODAY.plus(1)).contains(&with));
    assert!(!once(&keys, "gammu", "", TODAY.plus(1)).contains(&without));
    drop(keys);
    // A key that expired while no process ran is destroyed at the start.
    let keys = open(TODAY.plus(12));
    assert_eq!(
        files(place.path()),
        ["gammu-2026-12-03", "notify-2026-12-03"]
    );
    assert!(!once(&keys, "gammu", "a", TODAY.plus(12)).contains(&with));
}

#[test]
fn the_key_of_an_earlier_version_is_todays_once_and_is_gone() {
    let place = tempfile::tempdir().unwrap();
    let old = place.path().join(OLD);
    std::fs::write(&old, hex::encode(KEY) + "\n").unwrap();
    let keys = Keys::open(place.path(), &providers(place.path()), TODAY).unwrap();
    let of_old = Known::new(&KEY).once("gammu", &text("a"), Piece::LAST);
    assert!(!old.exists() && once(&keys, "gammu", "a", TODAY) == [of_old]);
    keys.change(TODAY.plus(2)).unwrap();
    assert!(!once(&keys, "gammu", "a", TODAY.plus(2)).contains(&of_old));
    drop(keys);
    // A key from a backup, or an unreadable one, is destroyed and not used.
    for text in [hex::encode([8; 32]), "no key".to_owned()] {
        std::fs::write(&old, text).unwrap();
        let keys = Keys::open(place.path(), &providers(place.path()), TODAY.plus(2)).unwrap();
        assert!(
            !old.exists()
                && !once(&keys, "gammu", "a", TODAY.plus(2)).contains(&Known::new(&[8; 32]).once(
                    "gammu",
                    &self::text("a"),
                    Piece::LAST
                ))
        );
    }
}

#[test]
fn one_process_alone_takes_texts_from_a_folder() {
    let place = tempfile::tempdir().unwrap();
    let open = || Keys::open(place.path(), &providers(place.path()), TODAY);
    let keys = open().unwrap();
    let error = open().err().map(|e| e.to_string()).unwrap_or_default();
    assert!(
        error.contains("another process takes text messages from this folder. Stop it"),
        "{error}"
    );
    drop(keys);
    assert!(open().is_ok(), "the control");
}

#[test]
fn what_a_crash_left_and_what_cannot_be_read_is_destroyed_and_what_is_not_ours_stays() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join(FOLDER);
    drop(Keys::open(place.path(), &providers(place.path()), TODAY).unwrap());
    for (name, holds) in [
        ("gammu-2026-11-21", "torn"),
        ("gammu-2026-11-21.new", "torn"),
        ("twilio-2026-11-20", "x"),
        ("twilio-2026-11-12", "x"),
        ("note", "x"),
    ] {
        std::fs::write(folder.join(name), holds).unwrap();
    }
    let keys = Keys::open(place.path(), &providers(place.path()), TODAY).unwrap();
    // A provider that was removed from the configuration may return within its days.
    assert_eq!(
        files(place.path()),
        [
            "gammu-2026-11-21",
            "note",
            "notify-2026-11-21",
            "twilio-2026-11-20"
        ]
    );
    assert_eq!(once(&keys, "gammu", "a", TODAY).len(), 1);
    assert_eq!(
        overdue(place.path(), &providers(place.path()), TODAY.plus(2)),
        [folder.join("gammu-2026-11-21")]
    );
    keys.change(TODAY.plus(20)).unwrap();
    assert_eq!(
        files(place.path()),
        ["gammu-2026-12-11", "note", "notify-2026-12-11"]
    );
    // After a wrong clock is set back, no key of a later day remains.
    keys.change(TODAY).unwrap();
    assert_eq!(
        files(place.path()),
        ["gammu-2026-11-21", "note", "notify-2026-11-21"]
    );
}

#[test]
fn a_full_disk_keeps_no_text_out_and_the_same_key_is_written_later() {
    let place = tempfile::tempdir().unwrap();
    let keys = Keys::open(place.path(), &providers(place.path()), TODAY).unwrap();
    let (today, folder) = (TODAY.plus(1), place.path().join(FOLDER));
    // A folder with the name of the temporary file makes the write fail, even for root.
    std::fs::create_dir(folder.join("gammu-2026-11-22.new")).unwrap();
    keys.change(today).unwrap_err();
    let known = once(&keys, "gammu", "a", today)[0];
    assert!(!folder.join("gammu-2026-11-22").exists() && folder.join("notify-2026-11-22").exists());
    std::fs::remove_dir(folder.join("gammu-2026-11-22.new")).unwrap();
    keys.change(today).unwrap();
    drop(keys);
    let keys = Keys::open(place.path(), &providers(place.path()), today).unwrap();
    assert!(once(&keys, "gammu", "a", today).contains(&known));
}

#[test]
fn a_text_that_comes_twice_over_midnight_is_stored_under_one_key() {
    let place = tempfile::tempdir().unwrap();
    let keys = Keys::open(place.path(), &providers(place.path()), TODAY).unwrap();
    let of = |turn: &Turn<'_>| turn.live[0].once("gammu", &text("a"), Piece::LAST);
    let before = keys.turn("gammu", &text("a"), TODAY).unwrap();
    let after = keys.turn("gammu", &text("a"), TODAY.plus(1)).unwrap();
    assert_eq!(of(&before), of(&after));
    let other = keys.turn("gammu", &text("b"), TODAY.plus(1)).unwrap();
    assert_ne!(
        other.live[0].once("gammu", &text("a"), Piece::LAST),
        of(&before),
        "the control: another text has the new day's"
    );
    drop((before, after, other));
    assert!(keys.turns.lock().unwrap().is_empty());
    let later = keys.turn("gammu", &text("a"), TODAY.plus(1)).unwrap();
    assert_eq!(later.live.len(), 2);
}
