//! A prober's own page, which tells nothing of others, and which key opens an answer.

use loke::clock::Day;
use loke::desk::acting::Acting;
use loke::desk::book::{Book, Decision, Outcome};
use loke::desk::check;
use loke::desk::keys::{BookSecrets, DatabaseKey, Identity};
use loke::desk::moving::move_tip;
use loke::desk::open;
use loke::desk::pull::{self, Collector};
use loke::desk::replying::{Words, rows};
use loke::pickup::LeaseToken;
use loke::random;
use loke::receipt::Receipt;
use loke::reply_rows::Stage;
use loke::tip::{FollowUp, Lane, Tip};

use crate::house::browser::{Page, text};
use crate::house::{House, NOON, every_tip};
use crate::triage::{Team, close, decide, routine, with};

const DAY: i64 = 86_400;

fn receipt(token: &[u8]) -> Receipt {
    Receipt::derive(&[6; 32], token)
}

/// A report about one flat.
fn about_the_flat(of: &Receipt, words: &str, day: Day) -> Tip {
    with(routine(words), |tip| {
        tip.received = day.to_string();
        tip.place = Some("Flat 3, 12 Bell Road".to_owned());
        tip.reply_box = Some(hex::encode(of.reply_box().expose()));
        tip.reply_key = Some(hex::encode(of.reply_key().expose()));
    })
}

/// The page under these digits, after today's replacement. What is random in every page is left out.
async fn page(house: &House, team: &Team, book: [u8; 16], of: &Receipt) -> Vec<u8> {
    let (acting, today) = (&team.ann, team.clock.today());
    let boxes = rows::live(acting.register(), &[team.book()], today)
        .await
        .unwrap();
    let recipient = team.book().recipient().unwrap().to_string();
    let made = rows::outgoing(&boxes[0], &recipient, 32, today, &[]).unwrap();
    house
        .store
        .replace_replies("desk", book, today, made.rows)
        .await
        .unwrap();
    let digits = of.groups().concat();
    let page = house
        .post_urlencoded("/messages", &[("receipt", &digits)])
        .await;
    let (html, size) = (page.text(), page.body.len());
    let (shown, _) = html.split_once("<!--").unwrap();
    let shown = shown.replace(&page.hidden("visit").unwrap(), "");
    [shown.as_bytes(), &size.to_le_bytes()].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn p16_a_probers_page_is_the_same_with_and_without_others_reports_until_a_supervisor_releases()
 {
    let house = House::open().await;
    let (quiet, busy) = (Team::new().await, Team::new().await);
    let (mine, same) = (receipt(b"prober, quiet"), receipt(b"prober, busy"));
    let tip_of = |of: &Receipt| about_the_flat(of, "They deal from my flat", quiet.clock.today());
    quiet.keep(&tip_of(&mine)).await;
    let tip = busy.keep(&tip_of(&same)).await;
    let mut differs = Vec::new();
    for day in 0..28 {
        // Others report the flat, and the desk does with it what it does.
        let other = receipt(&[day]);
        let today = busy.clock.today();
        match day {
            1 | 2 | 5 | 9 => {
                let words = "They sell from the flat, and he has a knife";
                let other = busy.keep(&about_the_flat(&other, words, today)).await;
                busy.ben
                    .reply(other, Words::Library("ring-999"), None)
                    .await
                    .unwrap();
            }
            3 => {
                decide(&busy.ben, tip, Decision::Take).await.unwrap();
            }
            6 => {
                let other = busy.keep(&about_the_flat(&other, "again", today)).await;
                decide(&busy.ben, other, Decision::Fold { into: tip })
                    .await
                    .unwrap();
            }
            10 => {
                let other = busy.keep(&about_the_flat(&other, "again", today)).await;
                decide(&busy.ben, other, close(Outcome::Acted))
                    .await
                    .unwrap();
            }
            // The control.
            15 => {
                busy.ann.release_stage(tip, Stage::PassedOn).await.unwrap();
            }
            _ => {}
        }
        let [one, two] = [
            page(&house, &quiet, [7; 16], &mine).await,
            page(&house, &busy, [8; 16], &same).await,
        ];
        if one != two {
            differs.push(day);
        }
        for clock in [&house.clock, &quiet.clock, &busy.clock] {
            clock.advance(DAY);
        }
    }
    // Day 0 is a Saturday: the first Wednesday after the release is day 18.
    assert_eq!(differs, (18..28).collect::<Vec<_>>());
}

const OTHERS: [&str; 4] = ["cuckooing", "drugs", "graffiti", "other"];

/// A desk with the books `main` and `second`, enrolled at a gateway that lists the keys of `main` with
/// these lanes, and of `second` with those, if any.
async fn two_books(lanes: &[&str], second: Option<&[Lane]>) -> (House, Acting, [Identity; 2]) {
    let [main, safe] = [Identity::generate(), Identity::generate()];
    let (key, other) = (main.recipient().unwrap(), safe.recipient().unwrap());
    let house = House::on("sqlite:queue.db", |table| {
        let entry = |key: String, lanes: &[&str]| {
            let mut entry = toml::Table::new();
            entry.insert("name".into(), "a book".into());
            entry.insert("key".into(), key.into());
            entry.insert("lanes".into(), lanes.to_vec().into());
            toml::Value::from(entry)
        };
        let mut listed = vec![entry(key.to_string(), lanes)];
        listed.extend(second.map(|lanes| {
            let lanes: Vec<&str> = lanes.iter().map(|lane| lane.word()).collect();
            entry(other.to_string(), &lanes)
        }));
        table["recipients"] = listed.into();
    })
    .await;
    let officer = house.officer_with("desk", main.clone()).await;
    let register = officer.acting.register();
    let (account, book) = (officer.acting.account().clone(), officer.book().clone());
    let secrets = BookSecrets {
        identities: vec![safe.clone()],
        database_key: DatabaseKey::random().unwrap(),
    };
    let made = Book::create(register, "second", secrets, account.actor())
        .await
        .unwrap();
    register
        .add_book(&account.actor(), "second", second.unwrap_or(&[]), &other)
        .await
        .unwrap();
    let acting = Acting::new(account, vec![book, made], register.clone());
    (house, acting, [main, safe])
}

/// Sends an answer, and says which of the keys open it.
async fn answer(house: &House, digits: &str, words: &str, keys: &[Identity; 2]) -> [bool; 2] {
    let fields = [("receipt", digits), ("act", "answer"), ("answer", words)];
    let page: Page = house.post_urlencoded("/messages", &fields).await;
    assert!(
        page.text().contains("We have your words."),
        "{}",
        page.text()
    );
    let token = LeaseToken(random::bytes().unwrap());
    let (store, now) = (&house.store, house.clock.now());
    let sealed = store
        .claim(Lane::ALL, token, 9, 1 << 20, now, now + 60)
        .await
        .unwrap();
    let [answer] = &sealed[..] else {
        panic!("one answer")
    };
    store.ack(token, &[answer.id]).await.unwrap();
    keys.each_ref().map(
        |key| match open::tip(std::slice::from_ref(key), &answer.bytes) {
            Ok(opened) => {
                assert_eq!(opened.tip.follow_up, Some(FollowUp::Answer));
                true
            }
            Err(_) => false,
        },
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_an_answer_to_a_safeguarding_thread_and_to_a_moved_one_opens_with_no_key_of_main() {
    let (house, acting, keys) = two_books(&OTHERS, Some(&[Lane::Safeguarding])).await;
    let report = async |child: &str| {
        let fields = [
            text("topic", "drugs"),
            text("what", "They sell here"),
            text("child", child),
        ];
        house.report(&fields).await
    };
    let (child, other) = (report("yes").await, report("no").await);
    let into = Collector::of(&acting).await.unwrap();
    let tally = pull::once(&into, &indicatif::ProgressBar::hidden())
        .await
        .unwrap();
    assert!(!tally.needs_a_person(), "{:?}", tally.troubles());
    let replace = async || {
        let books = acting.books().to_vec();
        rows::replace(acting.register(), &books, 1_440)
            .await
            .unwrap()
    };
    assert_eq!((replace().await, replace().await), (2, 0));
    let (main_only, safe_only) = ([true, false], [false, true]);
    assert_eq!(answer(&house, &child, "worse now", &keys).await, safe_only);
    assert_eq!(
        answer(&house, &other, "still so", &keys).await,
        main_only,
        "the control"
    );
    // A move makes the rows of both books due at once: the old letter still names the key of `main`.
    let [main, _] = acting.books() else {
        panic!("two books")
    };
    let moved = every_tip(main).await;
    assert_eq!(moved.len(), 1);
    move_tip(&acting, moved[0].id, "second").await.unwrap();
    assert_eq!((replace().await, replace().await), (2, 0));
    assert_eq!(answer(&house, &other, "worse", &keys).await, safe_only);
    assert_eq!(house.clock.now(), NOON);
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_an_answer_to_a_restricted_book_opens_with_its_key_alone_or_is_not_taken() {
    let all = [&OTHERS[..], &["safeguarding"]].concat();
    for listed in [true, false] {
        let (house, acting, keys) = two_books(&all, listed.then_some(&[])).await;
        let fields = [text("topic", "drugs"), text("what", "They sell here")];
        let digits = house.report(&fields).await;
        let into = Collector::of(&acting).await.unwrap();
        let bar = indicatif::ProgressBar::hidden();
        pull::once(&into, &bar).await.unwrap();
        let tip = every_tip(acting.book("main").await.unwrap()).await[0].id;
        move_tip(&acting, tip, "second").await.unwrap();
        let books = acting.books().to_vec();
        rows::replace(acting.register(), &books, 1_440)
            .await
            .unwrap();
        pull::count(acting.register()).await.unwrap();
        let problems = check::problems(acting.register()).await.unwrap().join("\n");
        let named = problems.contains("does not list the key of the book second");
        assert_eq!(named, !listed, "{problems}");
        if listed {
            assert_eq!(answer(&house, &digits, "worse", &keys).await, [false, true]);
        } else {
            let fields = [("receipt", digits.as_str()), ("answer", "worse")];
            let page = house.post_urlencoded("/messages", &fields).await;
            assert_eq!((page.status, house.used().await), (503, 0));
        }
    }
}
