//! `check` as an operator with an hourly timer sees it: must, should, note; a note once; and what it
//! finds of reading days.

use loke::clock::Clock;
use loke::seal::{Sealed, SizeClass};
use loke::tip::{Lane, Priority};

use super::gate::gateway;
use crate::house::House;
use crate::store::queue::{entry, sealed};

/// Reading days from Monday to Friday without a closure, for a list that does not end.
const WEEKDAYS: &str = "read_on = [\"monday\", \"tuesday\", \"wednesday\", \"thursday\", \"friday\"]\n\
    read_until = \"16:00\"\ncomplete_until = \"2199-12-31\"\n";

/// A house with its own list of closures. By the machine's clock these lanes were collected today,
/// and the others 30 days ago.
async fn collected(retention_days: i64, closures: &str, lanes: &[Lane]) -> House {
    let house = House::on("sqlite:queue.db", |table| {
        table.insert("retention_days".into(), retention_days.into());
    })
    .await;
    let rules = house.config.parent().unwrap().join("rules");
    std::fs::create_dir(&rules).unwrap();
    std::fs::write(rules.join("closures.toml"), format!("{WEEKDAYS}{closures}")).unwrap();
    house.enrol("desk");
    let (now, today) = (Clock::System.now(), Clock::System.today());
    let store = &house.store;
    store
        .note_collection(Lane::ALL, now, today.plus(-30))
        .await
        .unwrap();
    store.note_collection(lanes, now, today).await.unwrap();
    house
}

/// Whether it exited with 0, and its output.
fn check(house: &House, more: &[&str]) -> (bool, String) {
    let config = house.config.to_str().unwrap();
    let out = gateway(&[&["check", "--config", config], more].concat());
    (
        out.status.success(),
        String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_check_fails_if_tips_could_expire_before_the_page_is_shut() {
    // The longest closure in the first list is a weekend. In the second it is 13 days: 6 March 2100
    // is a Saturday, and the 18th a Thursday.
    let long = "[[closures]]\nname = \"move\"\nfirst = \"2100-03-08\"\nlast = \"2100-03-18\"\n";
    for (closures, kept, is_fine) in [
        ("", 16, true),
        ("", 15, false),
        (long, 27, true),
        (long, 26, false),
    ] {
        let house = collected(kept, closures, Lane::ALL).await;
        let (ok, text) = check(&house, &[]);
        let named = text.contains(&format!("Must: retention_days is {kept}"));
        assert_eq!((ok, named), (is_fine, !is_fine), "{kept}: {text}");
        if !is_fine {
            assert!(
                text.contains(&format!("Set retention_days to {} or more", kept + 1)),
                "{text}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_check_names_the_lane_that_nobody_collects() {
    let house = collected(30, "", Lane::ALL).await;
    assert!(check(&house, &[]).0, "control");
    let most: Vec<Lane> = Lane::ALL
        .iter()
        .filter(|lane| **lane != Lane::Graffiti)
        .copied()
        .collect();
    let house = collected(30, "", &most).await;
    let (ok, text) = check(&house, &[]);
    let since = Clock::System.today().plus(-30);
    let says = format!("Must: no desk has collected graffiti since {since}, and ");
    assert!(!ok && text.contains(&says), "{text}");
    assert!(
        text.contains("The page takes nothing of these lanes any more."),
        "{text}"
    );
    assert_eq!(text.matches("Must:").count(), 1, "{text}");
    let rules = house.config.parent().unwrap().join("rules/closures.toml");
    std::fs::write(rules, "read_on = 5\n").unwrap();
    let (ok, text) = check(&house, &[]);
    assert!(
        !ok && text.contains("rules/closures.toml, line 1: "),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_check_fails_when_a_reading_day_passed_without_a_collection_and_not_on_a_day_off() {
    let house = collected(30, "", Lane::ALL).await;
    let (now, today) = (Clock::System.now(), Clock::System.today());
    let since = today.plus(-3);
    let list = house.config.parent().unwrap().join("rules/closures.toml");
    let every_day = WEEKDAYS.replace("\"friday\"]", "\"friday\", \"saturday\", \"sunday\"]");
    assert_ne!(every_day, WEEKDAYS);
    std::fs::write(&list, &every_day).unwrap();
    let note = "Note: no desk is collecting now.";
    let (ok, text) = check(&house, &[]);
    assert!(ok && !text.contains(note), "control: {text}");

    house
        .store
        .note_collection(Lane::ALL, now - 3 * 86_400, since)
        .await
        .unwrap();
    let (ok, text) = check(&house, &[]);
    let says = format!(
        "since {since}, and {} was a reading day. The page says so for these lanes from {} on.",
        since.plus(1),
        since.plus(6)
    );
    assert!(
        !ok && text.contains("Must: no desk has collected") && text.contains(&says),
        "{text}"
    );
    assert!(!text.contains(note), "{text}");

    // Nobody was expected to read on these days.
    let closed = format!(
        "{every_day}[[closures]]\nname = \"move\"\nfirst = \"{}\"\nlast = \"{}\"\n",
        since.plus(1),
        today.plus(1)
    );
    std::fs::write(&list, closed).unwrap();
    let (ok, text) = check(&house, &[]);
    let due = format!("and the next collection is due on {}", today.plus(2));
    assert!(ok && text.contains(note) && text.contains(&due), "{text}");
    let (ok, again) = check(&house, &[]);
    assert!(
        ok && !again.contains(note),
        "a note is printed once: {again}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn check_sorts_into_must_should_and_note_and_prints_a_note_once() {
    let house = collected(30, "", Lane::ALL).await;
    let kinds = |text: &str| -> Vec<String> {
        let kind = |line: &str| Some(line.split_once(": ")?.0.to_owned());
        let mut kinds: Vec<String> = text.lines().filter_map(kind).collect();
        kinds.dedup();
        kinds
    };
    let (ok, first) = check(&house, &[]);
    assert!(ok, "{first}");
    assert_eq!(kinds(&first), ["Should", "Note"], "{first}");
    let (_, second) = check(&house, &[]);
    assert_eq!(kinds(&second), ["Should"], "{second}");
    assert!(second.ends_with("All is well\n"), "{second}");
    let (_, asked) = check(&house, &["--notes"]);
    assert_eq!(asked, first);
    // A note that changed is printed again, and only that one.
    let known = house.config.parent().unwrap().join("check.notes");
    let text = std::fs::read_to_string(&known).unwrap();
    assert_eq!(text.lines().count(), first.matches("Note: ").count());
    std::fs::write(&known, "another note\n").unwrap();
    assert_eq!(check(&house, &[]).1, first);
    // With a problem the exit code is 1, and it stands first.
    std::fs::remove_file(house.config.parent().unwrap().join("desks/desk.toml")).unwrap();
    let (ok, text) = check(&house, &["--notes"]);
    assert!(!ok);
    assert_eq!(kinds(&text)[..3], ["Must", "Should", "Note"], "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_check_names_tips_over_their_day_that_no_desk_ever_held() {
    let house = collected(30, "", Lane::ALL).await;
    let put = async |days| {
        let tip = Sealed {
            expiry: Clock::System.today().plus(days),
            ..sealed(Lane::Drugs, Priority::Soon, SizeClass::Text)
        };
        house.store.put(tip, entry()).await.unwrap();
    };
    put(2).await;
    assert!(check(&house, &[]).0, "control: not over its day");
    put(-1).await;
    let (ok, text) = check(&house, &[]);
    assert!(
        !ok && text.contains("Must: 1 tip of lane drugs waited longer than retention_days (30)")
            && text.contains("kept until 60 days have passed"),
        "{text}"
    );
    house.leaves(2);
}
