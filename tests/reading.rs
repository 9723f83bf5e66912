//! P17: a door that nobody reads is shut. The form names the next day on which messages are read.
//! Five days after the reading day without a collection it says first that nobody reads; after
//! fourteen it takes nothing, and neither does the number for texts.

use loke::clock::Day;
use loke::gateway::listener::Listener;
use loke::tip::Lane;
use loke::words::Languages;

use crate::house::browser::{Field, Page, text};
use crate::house::{House, NOON};
use crate::sms::phones::{Phones, Text};

mod close;

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

fn report(topic: &str, what: &str) -> Vec<Field> {
    vec![text("topic", topic), text("what", what)]
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The part of a page before its heading.
fn before_the_heading(page: &Page) -> String {
    let text = page.text();
    let main = text.split_once("<main>").unwrap().1;
    main.split_once("<h1>").unwrap().0.to_owned()
}

/// A page that names who takes a message that cannot wait.
fn names_the_others(page: &str) -> bool {
    ["999", "101", "Crimestoppers", "0800 555 111"]
        .iter()
        .all(|word| page.contains(word))
}

/// Days from the opening of a house, which is Saturday, 21 November 2026: Monday is the reading
/// day, and the two limits are five and fourteen days after it.
const UNREAD: i64 = 7;
const SHUT: i64 = 16;

#[tokio::test(flavor = "multi_thread")]
async fn p17_the_form_names_the_next_day_on_which_messages_are_read_in_every_language() {
    let house = House::open().await;
    let says = async |day_named: &str| {
        let form = house.get("/").await.text();
        let named = Languages::read()
            .unwrap()
            .pick("en")
            .say_day(day(day_named));
        assert!(form.contains(&named), "{named}: {form}");
    };
    for words in Languages::read().unwrap().all() {
        let form = house.get(&format!("/{}", words.code)).await.text();
        let named = words.say_day(day("2026-11-23"));
        assert!(form.contains(&named), "{}: {named}", words.code);
        assert!(!form.contains(&words.say_day(day("2026-11-24"))), "control");
        assert!(named.contains("23") && named.contains("11"), "{named}");
    }
    // Monday at 09:00, and at 17:00.
    house.clock.advance(DAY + 21 * HOUR);
    says("2026-11-23").await;
    house.clock.advance(8 * HOUR);
    says("2026-11-24").await;
    // Christmas Eve at noon, and in the evening.
    house.clock.advance(30 * DAY + 19 * HOUR);
    assert_eq!(house.clock.today(), day("2026-12-24"));
    house.officer("desk", "").await.pull().await;
    says("2026-12-24").await;
    house.clock.advance(6 * HOUR);
    says("2026-12-29").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_after_five_days_without_a_collection_each_page_says_first_that_nobody_reads() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    let languages = Languages::read().unwrap();
    for (days, is_told) in [(0, false), (UNREAD - 1, false), (1, true)] {
        house.clock.advance(days * DAY);
        for words in languages.all() {
            let says = words.say("door-unread");
            let form = house.get(&format!("/{}", words.code)).await;
            let hidden = ["token", "language"].map(|name| text(name, &form.hidden(name).unwrap()));
            let fields = [hidden.to_vec(), report("graffiti", "a tag")].concat();
            let check = house.post("/check", &fields).await;
            for page in [&form, &check] {
                assert_eq!(
                    before_the_heading(page).contains(says),
                    is_told,
                    "{}",
                    words.code
                );
                assert!(page.wire <= 14_600, "{}: {}", words.code, page.wire);
            }
            if is_told {
                assert!(
                    names_the_others(&before_the_heading(&form)),
                    "{}",
                    words.code
                );
            }
        }
    }
    // It is still taken, and the receipt says it too.
    let (_, all) = house.check(&report("graffiti", "a tag")).await;
    let receipt = house.post("/send", &all).await;
    assert!(receipt.receipt().is_some());
    assert!(
        receipt
            .text()
            .contains(languages.pick("en").say("door-unread"))
    );
    officer.pull().await;
    let form = house.get("/").await;
    assert!(
        !before_the_heading(&form).contains(languages.pick("en").say("door-unread")),
        "control: collected"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_after_fourteen_days_nothing_is_taken_and_no_words_are_lost_in_silence() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    house.clock.advance((SHUT - 1) * DAY + 11 * HOUR);
    let form = house.get("/").await;
    let open = [
        vec![text("token", &form.hidden("token").unwrap())],
        report("drugs", "they deal by the bins"),
    ]
    .concat();
    let looked_at = house.post("/check", &open).await.carries(&open);
    house.clock.advance(2 * HOUR);
    for words in Languages::read().unwrap().all() {
        let page = house.get(&format!("/{}", words.code)).await;
        let said = page.text();
        assert_eq!(page.status, 503);
        assert!(
            said.contains(words.say("door-shut")) && names_the_others(&said),
            "{said}"
        );
        assert!(
            !said.contains("<form") && page.wire <= 14_600,
            "{}",
            words.code
        );
    }
    for (path, fields) in [("/check", &open), ("/send", &looked_at)] {
        let page = house.post(path, fields).await;
        let said = page.text();
        assert_eq!((page.status, page.receipt()), (503, None), "{path}");
        for part in [
            "We can take no messages now",
            "Nothing was sent.",
            "they deal by the bins",
        ] {
            assert!(said.contains(part), "{path}, {part}: {said}");
        }
        assert!(names_the_others(&said), "{path}");
    }
    assert_eq!(house.used().await, 0);
    // The page beside the form is still there.
    assert_eq!(house.get("/about").await.status, 200);
    officer.pull().await;
    assert_eq!(house.get("/").await.status, 200, "control: collected");
    assert!(house.post("/send", &looked_at).await.receipt().is_some());
    house.leaves(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_a_lane_that_nobody_collects_is_shut_while_the_others_are_read() {
    let house = House::open().await;
    let officer = house.officer("drugs", "drugs").await;
    house.clock.advance(SHUT * DAY);
    officer.pull().await;
    assert_eq!(house.get("/").await.status, 200, "somebody reads");
    let (page, all) = house.check(&report("drugs", "they deal")).await;
    assert_eq!(page.status, 200);
    assert!(house.post("/send", &all).await.receipt().is_some());
    for topic in ["graffiti", "cuckooing", "other"] {
        let (page, _) = house.check(&report(topic, "a tag")).await;
        assert_eq!(page.status, 503, "{topic}");
        assert!(
            page.text().contains("We can take no messages now"),
            "{topic}"
        );
    }
    officer.pull().await;
}

/// A desk that claims tips but cannot store them does not count as one that reads.
#[tokio::test(flavor = "multi_thread")]
async fn p17_a_claim_without_an_acknowledgement_is_no_collection() {
    let house = House::open().await;
    house.report(&report("drugs", "they deal")).await;
    house.report(&report("graffiti", "a tag")).await;
    let start = house.clock.today();
    house.clock.advance(3 * DAY);
    let today = house.clock.today();
    let now = house.clock.now();
    house.store.count_from(start).await.unwrap();
    let token = loke::pickup::LeaseToken([7; 16]);
    let lanes = [Lane::Drugs, Lane::Other];
    let claimed = house
        .store
        .claim(&lanes, token, 9, 1 << 20, now, now + 60)
        .await
        .unwrap();
    house
        .store
        .note_collection(&lanes, now, today)
        .await
        .unwrap();
    let collected = |lane| house.store.collected_on(lane).unwrap();
    assert_eq!(collected(Lane::Drugs), start, "claimed only");
    assert_eq!(collected(Lane::Other), today, "nothing waits there");
    assert_eq!(collected(Lane::Graffiti), start, "not this desk's");
    let ids: Vec<_> = claimed.iter().map(|tip| tip.id).collect();
    let deleted = house.store.ack(token, &ids).await.unwrap();
    assert_eq!((deleted.left, &deleted.lanes), (vec![], &vec![Lane::Drugs]));
    house
        .store
        .note_acknowledged(&deleted.lanes, today)
        .await
        .unwrap();
    assert_eq!(collected(Lane::Drugs), today);
    house.leaves(1);
}

/// The closure counts: nobody is told to worry because the office is shut over Christmas.
#[tokio::test(flavor = "multi_thread")]
async fn p17_a_closure_moves_both_limits_and_the_operators_list_replaces_ours() {
    const OWN: &str = "read_on = [\"monday\", \"tuesday\", \"wednesday\", \"thursday\", \"friday\"]\n\
         read_until = \"16:00\"\ncomplete_until = \"2028-12-31\"\n[[closures]]\nname = \"Holidays\"\nfirst = \"2026-11-23\"\nlast = \"2026-11-27\"\n";
    for (own, unread) in [(None, "2026-11-28"), (Some(OWN), "2026-12-05")] {
        let mut house = House::open().await;
        if let Some(own) = own {
            let rules = house.config.parent().unwrap().join("rules");
            std::fs::create_dir(&rules).unwrap();
            std::fs::write(rules.join("closures.toml"), own).unwrap();
            house.restart().await;
        }
        let is_told = async || {
            let form = house.get("/").await;
            before_the_heading(&form).contains("No one has read messages here for days.")
        };
        let days = i64::from(day(unread).0 - house.clock.today().0);
        house.clock.advance((days - 1) * DAY);
        assert!(!is_told().await, "{unread}");
        house.clock.advance(DAY);
        assert!(is_told().await, "{unread}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_a_text_that_is_not_taken_is_answered_or_left_with_the_provider() {
    for answers in ["off", "thanks"] {
        let phones = Phones::open(None, |config| {
            config["sms"]
                .as_table_mut()
                .unwrap()
                .insert("answers".into(), answers.into());
        })
        .await;
        let officer = phones.house.officer("desk", "").await;
        let words = Text::new("+447700900123", "they deal here");
        phones.house.clock.advance((SHUT - 1) * DAY);
        assert_eq!(
            phones.text("twilio", &words).await.status,
            200,
            "control: the day before"
        );
        officer.pull().await;
        // Sunday, 6 December: Monday is the reading day.
        phones.house.clock.advance(SHUT * DAY);
        let again = Text::new("+447700900123", "they deal here again");
        for provider in ["twilio", "kannel", "gammu"] {
            let page = phones.text(provider, &again).await;
            let is_told = answers != "off" && provider != "gammu";
            let said = page.text();
            assert_eq!(page.status == 503, !is_told, "{answers} {provider}: {said}");
            if is_told {
                for part in [
                    "We did not take your message.",
                    "101",
                    "0800 555 111",
                    "999",
                ] {
                    assert!(said.contains(part), "{provider}: {said}");
                }
                assert!(!said.contains("Crimestoppers"), "others may see the screen");
            }
        }
        assert_eq!(phones.house.used().await, 0);
        officer.pull().await;
        assert_eq!(
            phones.text("gammu", &again).await.status,
            200,
            "it came again and is taken"
        );
        phones.house.leaves(1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_the_day_of_a_collection_outlives_a_restart_and_is_all_that_is_kept() {
    let mut house = House::open().await;
    house.officer("desk", "").await.pull().await;
    house.clock.advance(UNREAD * DAY);
    house.restart().await;
    let form = house.get("/").await;
    assert!(before_the_heading(&form).contains("No one has read messages here for days."));
    house.store.read_collections().await.unwrap();
    let opened = loke::clock::Clock::by_hand(NOON).today();
    for lane in Lane::ALL {
        assert_eq!(house.store.collected_on(*lane), Some(opened));
    }
    assert!(house.address(Listener::Web).port() > 0);
}
