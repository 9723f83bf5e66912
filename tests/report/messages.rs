//! The messages page: reading a reply with the receipt, answering it, forgetting it. What a prober
//! sees has one size and the same headers, whatever the box holds.

use std::time::Instant;

use loke::clock::Clock;
use loke::desk::keys::Identity;
use loke::desk::open;
use loke::gateway::web::replies::LEAVES_AFTER;
use loke::pickup::{LeaseToken, Row};
use loke::random;
use loke::receipt::Receipt;
use loke::reply_rows::{AnswerTo, Letter, ROW_SEALED, Stage};
use loke::seal::MacKey;
use loke::tip::{FollowUp, Lane, Priority, Tip, Topic, YesNo};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use crate::house::browser::{Page, text};
use crate::house::{House, NOON, limit};

const BOOK: [u8; 16] = [9; 16];

/// Asks with these fields, as a page does that the gateway made.
async fn ask(house: &House, fields: &[(&str, &str)]) -> Page {
    house.post_urlencoded("/messages", fields).await
}

fn receipt(token: u8) -> (Receipt, String) {
    let receipt = Receipt::derive(&[3; 32], &[token]);
    let digits = receipt.groups().concat();
    (receipt, digits)
}

fn letter(house: &House, words: &str, older: u8) -> Letter {
    letter_to(house, words, older, None)
}

fn letter_to(house: &House, words: &str, older: u8, answer_to: Option<AnswerTo>) -> Letter {
    Letter {
        stage: Stage::PassedOn,
        answer_to,
        older,
        day: house.clock.today(),
        text: words.to_owned(),
    }
}

/// Replaces the rows of the book, `back` days ago: these letters among empty rows.
async fn leave(house: &House, of: &Receipt, letters: &[Letter], back: i32) {
    let day = house.clock.today().plus(-back);
    let sealed = letters.iter().zip(0..).map(|(letter, number)| {
        let name = of.reply_box().row(day, number);
        let sealed = of.reply_key().seal_row(name, letter).unwrap().unwrap();
        assert_eq!(sealed.len(), ROW_SEALED);
        Row { name, sealed }
    });
    let empty = (letters.len()..20).map(|_| Row::random().unwrap());
    let mut rows: Vec<Row> = sealed.chain(empty).collect();
    random::shuffle(&mut rows).unwrap();
    house
        .store
        .replace_replies("desk", BOOK, day, rows)
        .await
        .unwrap();
}

/// Every tip in the queue, each opened with the first of these identities that fits.
async fn collect(house: &House, identities: &[Identity]) -> Vec<Result<Tip, open::Error>> {
    let token = LeaseToken(random::bytes().unwrap());
    let claimed = house
        .store
        .claim(Lane::ALL, token, 64, 64 << 20, NOON, NOON + 60)
        .await
        .unwrap();
    let ids: Vec<_> = claimed.iter().map(|sealed| sealed.id).collect();
    house.store.ack(token, &ids).await.unwrap();
    claimed
        .iter()
        .map(|sealed| open::tip(identities, &sealed.bytes).map(|opened| opened.tip.clone()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn p16_full_empty_wrong_and_gone_boxes_give_one_size_and_the_same_headers() {
    let house = House::open().await;
    let (mine, digits) = receipt(1);
    let secret = house.canary("reply");
    leave(&house, &mine, &[letter(&house, &secret, 0)], 13).await;
    let full = ask(&house, &[("receipt", &digits)]).await;
    assert!(full.text().contains(&secret), "the control");
    let wrong = ask(&house, &[("receipt", &receipt(2).1)]).await;
    let of_another_gateway = Receipt::derive(&[4; 32], &[1]).groups().concat();
    let elsewhere = ask(&house, &[("receipt", &of_another_gateway)]).await;
    let mut typo = digits.clone().into_bytes();
    typo[3] = if typo[3] == b'9' { b'0' } else { typo[3] + 1 };
    let typo = ask(&house, &[("receipt", std::str::from_utf8(&typo).unwrap())]).await;
    // The next day no name of this row is tried any more.
    house.clock.advance(86_400);
    let expired = ask(&house, &[("receipt", &digits)]).await;
    house.clock.advance(-86_400);
    let key = MacKey::random().unwrap();
    house
        .store
        .forget_replies(&mine.reply_box(), house.clock.today(), &key, NOON)
        .await
        .unwrap();
    let gone = ask(&house, &[("receipt", &digits)]).await;
    leave(&house, &mine, &[letter(&house, "", 0)], 0).await;
    house
        .store
        .replace_replies("desk", BOOK, house.clock.today(), vec![])
        .await
        .unwrap();
    let none = ask(&house, &[("receipt", &digits)]).await;
    for page in [&wrong, &elsewhere, &expired, &gone, &none] {
        assert_eq!((page.status, page.text().contains(&secret)), (200, false));
        assert!(page.text().contains("no answer for this number yet"));
        assert!(!page.text().contains("class=\"answer\""));
    }
    let bare = |page: &Page| {
        let mut headers = page.headers.clone();
        headers.retain(|(name, _)| name != "date");
        (page.body.len(), headers)
    };
    for page in [&wrong, &elsewhere, &typo, &expired, &gone, &none] {
        assert_eq!(bare(page), bare(&full));
    }
    assert_eq!(typo.status, 422);
    assert_ne!(full.body, ask(&house, &[("receipt", &digits)]).await.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_reply_and_its_stage_are_shown_and_older_ones_one_at_a_time() {
    let house = House::open().await;
    let (mine, digits) = receipt(1);
    let longest = format!("<b>{}", "ł".repeat(744));
    let letters = [
        letter(&house, &longest, 2),
        letter(&house, "the second", 0),
        letter(&house, "the first\nof two lines", 0),
    ];
    leave(&house, &mine, &letters, 2).await;
    let grouped = mine.groups().join(" \u{2013} ");
    let first = ask(&house, &[("receipt", &grouped)]).await;
    let html = first.text();
    assert!(html.contains("We passed your message on."));
    assert!(
        html.contains("class=\"answer\" dir=\"auto\">&#60;b&#62;łł"),
        "{html}"
    );
    assert!(!html.contains("the second") && !html.contains(&digits));
    let older = async |page: &Page, number: &str| {
        let visit = page.hidden("visit").unwrap();
        let fields = [
            ("visit", visit.as_str()),
            ("act", "older"),
            ("letter", number),
        ];
        ask(&house, &fields).await
    };
    assert_eq!(first.hidden("letter").as_deref(), Some("1"));
    let second = older(&first, "1").await;
    assert!(second.text().contains("the second") && !second.text().contains("łł"));
    assert_eq!(second.hidden("letter").as_deref(), Some("2"));
    let third = older(&second, "2").await;
    assert!(third.text().contains("the first\nof two lines"));
    assert_eq!(third.hidden("letter"), None);
    for odd in ["3", "7", "8", "255", "256", "-1", "x"] {
        assert_eq!(older(&third, odd).await.status, 200, "{odd}");
    }
    assert_eq!(
        (first.body.len(), second.body.len()),
        (third.body.len(), third.body.len())
    );
    // The hidden field lasts half an hour, and another process cannot open it.
    house.clock.advance(30 * 60 + 1);
    let late = older(&third, "1").await;
    assert!(late.status == 422 && late.text().contains("open too long"));
    let forged = ask(&house, &[("visit", "AAAA"), ("act", "older")]).await;
    assert_eq!(forged.status, 422);
}

/// Further keys in `[[recipients]]`, such as that of a restricted book.
fn with_keys(table: &mut toml::Table, keys: &[(&Identity, &[&str])]) {
    let recipients = table["recipients"].as_array_mut().unwrap();
    for (identity, lanes) in keys {
        let key = identity.recipient().unwrap().to_string();
        let mut entry = toml::Table::new();
        entry.insert("name".into(), "another".into());
        entry.insert("key".into(), key.into());
        entry.insert("lanes".into(), lanes.to_vec().into());
        recipients.push(entry.into());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_an_answer_opens_with_the_key_that_the_reply_names_and_with_no_other() {
    let (second, main) = (Identity::generate(), Identity::generate());
    let key = second.recipient().unwrap().to_string();
    let of_main = [Lane::Safeguarding.word(), Lane::Drugs.word()];
    let house = House::on("sqlite:queue.db", |table| {
        with_keys(table, &[(&second, &["graffiti"]), (&main, &of_main)]);
    })
    .await;
    let (mine, digits) = receipt(1);
    let to = |recipient: &str| {
        let address = AnswerTo {
            recipient: recipient.to_owned(),
            lane: Lane::Safeguarding,
        };
        letter_to(&house, "Is it still going on?", 0, Some(address))
    };
    leave(&house, &mine, &[to(&key)], 0).await;
    let page = ask(&house, &[("receipt", &digits)]).await;
    assert!(!page.text().contains("<select"), "the reply names the lane");
    let visit = page.hidden("visit").unwrap();
    let what = house.canary("answer");
    let fields = [
        ("visit", visit.as_str()),
        ("act", "answer"),
        ("answer", what.as_str()),
        ("danger", "yes"),
    ];
    // A second tap stores it once.
    for _ in 0..2 {
        let sent = ask(&house, &fields).await;
        assert!(sent.status == 200 && sent.text().contains("We have your words."));
        assert!(!sent.text().contains(&what));
        assert_eq!(sent.body.len(), page.body.len());
    }
    assert_eq!(house.used().await, 1);
    let again = ask(&house, &[fields[0], ("answer", "another")]).await;
    assert_eq!(again.status, 200, "Enter sends it too");
    let tips = collect(&house, std::slice::from_ref(&second)).await;
    let first = tips.iter().flatten().find(|tip| tip.what == what).unwrap();
    assert_eq!(
        (first.follow_up, first.lane, first.priority, first.danger),
        (
            Some(FollowUp::Answer),
            Lane::Safeguarding,
            Priority::Now,
            Some(YesNo::Yes)
        )
    );
    let named = hex::encode(mine.reply_box().expose());
    assert_eq!(first.reply_box.as_deref(), Some(named.as_str()));
    assert_eq!(
        first.reply_key.as_deref(),
        Some(hex::encode(mine.reply_key().expose()).as_str())
    );
    assert_eq!(tips.len(), 2);

    // A key of the lane cannot open it. For a key that the configuration does not list, nothing is sent.
    ask(&house, &[fields[0], ("answer", "a third")]).await;
    let main = std::slice::from_ref(&main);
    assert!(collect(&house, main).await[0].is_err());
    let unlisted = Identity::generate().recipient().unwrap().to_string();
    leave(&house, &mine, &[to(&unlisted)], 0).await;
    for act in ["answer", "still"] {
        let words = [("answer", "my words"), ("day", "2026-11-20"), ("act", act)];
        let refused = ask(
            &house,
            &[&words[..], &[("receipt", digits.as_str())]].concat(),
        )
        .await;
        assert_eq!((refused.status, refused.body.len()), (503, page.body.len()));
        let text = refused.text();
        assert!(text.contains("Nothing was sent.") && text.contains("my words"));
    }
    assert_eq!(house.used().await, 0);
    // A wish to be forgotten has no words, and every book learns it: the lane's keys open it.
    let fields = [("receipt", digits.as_str()), ("answer", "my words")];
    let forgotten = ask(&house, &[&fields[..], &[("act", "forget")]].concat()).await;
    assert_eq!(forgotten.status, 200);
    let tips = collect(&house, main).await;
    let wish = tips[0].as_ref().unwrap();
    assert_eq!(
        (wish.follow_up, wish.what.as_str()),
        (Some(FollowUp::Forget), "")
    );
    leave(&house, &mine, &[to(&key)], 0).await;
    let sent = ask(&house, &[("receipt", digits.as_str()), ("answer", "words")]).await;
    assert_eq!((sent.status, house.used().await), (200, 1), "the control");
    assert!(collect(&house, main).await[0].is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_reply_the_topic_is_asked_and_a_child_goes_to_safeguarding() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    let (_, digits) = receipt(1);
    let page = ask(&house, &[("receipt", &digits)]).await;
    assert_eq!(page.text().matches("<select").count(), 3);
    let visit = page.hidden("visit").unwrap();
    let send = async |fields: &[(&str, &str)]| {
        let visit = [("visit", visit.as_str())];
        ask(&house, &[&visit[..], fields].concat()).await
    };
    let what = house.canary("words");
    let untold = send(&[("act", "answer"), ("answer", &what)]).await;
    assert!(untold.status == 422 && untold.text().contains("Choose what it is about."));
    assert_eq!(untold.area("answer"), what, "the words stay");
    for (fields, says) in [
        (
            &[("act", "answer"), ("topic", "drugs")][..],
            "Write something first.",
        ),
        (&[("act", "still"), ("topic", "drugs")], "Choose the day."),
        (
            &[("act", "forget"), ("topic", "no topic")],
            "Choose what it is about.",
        ),
    ] {
        let page = send(fields).await;
        assert!(page.status == 422 && page.text().contains(says), "{says}");
    }
    let too_long = "ż".repeat(2_001);
    let cut = send(&[("answer", &too_long), ("topic", "other")]).await;
    assert!(cut.status == 422 && cut.text().contains("cut the end off"));
    assert_eq!(house.used().await, 0);

    let still = [
        ("act", "still"),
        ("topic", "drugs"),
        ("day", "2026-11-20"),
        ("time", "21:30"),
    ];
    assert_eq!(send(&still).await.status, 200);
    let child = [
        ("act", "answer"),
        ("answer", what.as_str()),
        ("topic", "drugs"),
        ("child", "yes"),
    ];
    assert_eq!(send(&child).await.status, 200);
    officer.pull().await;
    let mut tips = officer.tips().await;
    tips.sort_by_key(|tip| tip.what.len());
    let told = |tip: &Tip| (tip.follow_up, tip.topic, tip.lane, tip.ongoing);
    assert_eq!(
        told(&tips[0]),
        (
            Some(FollowUp::Still),
            Topic::Drugs,
            Lane::Drugs,
            Some(YesNo::Yes)
        )
    );
    assert_eq!(tips[0].when.as_deref(), Some("2026-11-20 21:30"));
    assert_eq!(
        told(&tips[1]),
        (
            Some(FollowUp::Answer),
            Topic::Drugs,
            Lane::Safeguarding,
            None
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p7_forget_says_the_same_for_every_box_and_the_reply_is_gone() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    let (mine, digits) = receipt(1);
    let address = AnswerTo {
        recipient: "age1unknown".to_owned(),
        lane: Lane::Graffiti,
    };
    let newest = letter_to(&house, "a reply", 1, Some(address));
    leave(&house, &mine, &[newest, letter(&house, "older", 0)], 1).await;
    let forget = async |digits: &str, topic: &str| {
        let page = ask(&house, &[("receipt", digits)]).await;
        let visit = page.hidden("visit").unwrap();
        let fields = [
            ("visit", visit.as_str()),
            ("act", "forget"),
            ("topic", topic),
        ];
        let done = ask(&house, &fields).await;
        let html = done.text();
        let (shown, _) = html.split_once("<!--").unwrap();
        (done.status, done.body.len(), shown.to_owned())
    };
    let existed = forget(&digits, "").await;
    let never = forget(&receipt(2).1, "graffiti").await;
    assert_eq!(existed, never);
    assert!(existed.2.contains("This number opens no answer now."));
    let looked = ask(&house, &[("receipt", &digits)]).await.text();
    assert!(looked.contains("no answer for this number yet"), "{looked}");
    officer.pull().await;
    let tips = officer.tips().await;
    assert_eq!(tips.len(), 2);
    assert!(tips.iter().all(|tip| tip.what.is_empty()
        && tip.follow_up == Some(FollowUp::Forget)
        && tip.lane == Lane::Graffiti
        // The desk forgot the box as it stored the wish.
        && tip.reply_box.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_on_the_messages_page_gets_a_page_and_stores_nothing() {
    let house = House::open().await;
    let canary = house.canary("typed");
    for typed in ["", "12 34", "1234-5678-abcd", &canary, &"9".repeat(29)] {
        let page = ask(&house, &[("receipt", typed), ("answer", &canary)]).await;
        assert_eq!(page.status, 422, "{typed}");
        assert_eq!(page.area("answer"), canary, "the words stay");
    }
    // A form with a photo is not this form: the page takes none.
    let file = [
        text("receipt", &receipt(1).1),
        text("act", "answer"),
        text("answer", &canary),
        crate::house::browser::photo("p.jpg", &crate::partner_page::attacks::bomb()),
    ];
    let page = house.post("/messages", &file).await;
    assert_eq!(page.status, 422);
    assert_eq!(house.used().await, 0, "no answer with a photo bomb");
    let long = "x".repeat(64 << 10);
    let page = ask(&house, &[("receipt", &receipt(1).1), ("answer", &long)]).await;
    assert_eq!(page.status, 422);
    // A page of another site cannot answer in a resident's name.
    let form = format!("receipt={}&answer=planted&topic=drugs", receipt(1).1);
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Origin", "https://elsewhere.example"),
    ];
    let planted =
        crate::house::browser::request(house.web, "POST /messages", &headers, form.as_bytes());
    assert_eq!(planted.await.unwrap().status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn p16_overload_and_the_limit_answer_at_the_same_time_and_size_as_a_look_up() {
    let mut house = House::on("sqlite:queue.db", |table| {
        limit(table, &[("requests_per_minute", 2)]);
    })
    .await;
    house.clock = Clock::System;
    house.restart().await;
    let digits = receipt(1).1;
    let words = house.canary("answer");
    let fields = [("receipt", digits.as_str()), ("answer", words.as_str())];
    let mut sizes = Vec::new();
    for (fields, status) in [(&fields[..1], 200), (&fields, 503), (&fields, 429)] {
        let asked = Instant::now();
        let page = ask(&house, fields).await;
        assert!(asked.elapsed() >= LEAVES_AFTER, "{status}");
        assert_eq!(page.status, status);
        assert_eq!(page.header("retry-after").is_some(), status == 429);
        assert_eq!(
            page.text().contains(&words),
            status != 200,
            "kept for the next try"
        );
        sizes.push(page.body.len());
        if status == 200 {
            let queue = house.config.with_file_name("queue.db");
            let queue = SqliteConnectOptions::new().filename(queue);
            let mut queue = queue.connect().await.unwrap();
            sqlx::query("alter table reply_row rename to gone")
                .execute(&mut queue)
                .await
                .unwrap();
        }
    }
    assert!(sizes.iter().all(|size| *size == sizes[0]), "{sizes:?}");
}
