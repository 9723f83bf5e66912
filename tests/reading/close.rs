//! `loke-gateway close`: one page that says where to go, for every route of a resident, across a
//! restart; a form that was open keeps its words.

use super::{names_the_others, report};
use crate::house::browser::{Field, text};
use crate::house::{House, run};
use crate::sms::phones::{Phones, Text};
use loke::gateway::housekeeping::Housekeeping;
use loke::words::Languages;

fn close(house: &House, more: &[&str]) {
    let config = house.config.to_str().unwrap();
    run(&[&["close", "--config", config], more].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_close_leaves_one_page_for_every_route_that_outlives_a_restart() {
    let mut house = House::on("sqlite:queue.db", |table| {
        table["web"]
            .as_table_mut()
            .unwrap()
            .insert("contact".into(), "City Hall, Example".into());
    })
    .await;
    close(&house, &[]);
    for _ in 0..2 {
        house.restart().await;
        for words in Languages::read().unwrap().all() {
            for path in [
                "", "about", "device", "privacy", "messages", "c/9WQG8P", "s/1", "nowhere",
            ] {
                let page = house.get(&format!("/{path}?{}", words.code)).await;
                let said = page.text();
                assert_eq!(page.status, 503, "{path}");
                assert!(
                    said.contains(words.say("door-closed")),
                    "{} {path}: {said}",
                    words.code
                );
                assert!(names_the_others(&said) && said.contains("City Hall, Example"));
                assert!(!said.contains("<form"), "{path}");
            }
        }
        let polish = house.get("/pl").await.text();
        assert!(polish.contains("Ta strona jest zamknięta"), "{polish}");
        assert_eq!(
            house
                .post("/messages", &[text("receipt", "1")])
                .await
                .status,
            503
        );
        assert_eq!(
            house.get("/leave").await.status,
            200,
            "leaving always works"
        );
        assert_eq!(house.get("/leave/away").await.status, 303);
    }
    close(&house, &["--reopen"]);
    house.restart().await;
    house.report(&report("drugs", "x")).await;
    house.leaves(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_a_form_that_was_open_when_the_gateway_closed_keeps_its_words_and_is_not_stored() {
    let house = House::open().await;
    let (_, all) = house.check(&report("drugs", "they deal by the bins")).await;
    let (_, sent): (_, Vec<Field>) = house.check(&report("graffiti", "a tag")).await;
    let receipt = house.post("/send", &sent).await.receipt().unwrap();
    // The pages do not know it yet: the queue does.
    close(&house, &[]);
    let page = house.post("/send", &all).await;
    let said = page.text();
    assert_eq!((page.status, page.receipt()), (503, None));
    for part in [
        "This page is closed",
        "Nothing was sent.",
        "they deal by the bins",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(names_the_others(&said), "{said}");
    assert_eq!(
        house.get("/").await.status,
        503,
        "after that the pages know it too"
    );
    assert_eq!(
        house.post("/send", &sent).await.receipt(),
        Some(receipt),
        "a second tap on a report that is stored"
    );
    let fields = [vec![text("language", "en")], report("drugs", "another")].concat();
    let check = house.post("/check", &fields).await;
    assert!(check.status == 503 && check.text().contains("another"));
    house.leaves(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_a_closed_gateway_takes_no_text_and_says_so_if_it_can() {
    let phones = Phones::open(None, |config| {
        config["sms"]
            .as_table_mut()
            .unwrap()
            .insert("answers".into(), "thanks".into());
    })
    .await;
    let words = Text::new("+447700900123", "they deal here");
    close(&phones.house, &[]);
    assert_eq!(phones.text("gammu", &words).await.status, 503);
    let said = phones.text("twilio", &words).await.text();
    assert!(said.contains("We did not take your message."), "{said}");
    close(&phones.house, &["--reopen"]);
    phones.house.store.read_collections().await.unwrap();
    assert_eq!(phones.house.used().await, 0);
}

/// Another process of the same queue serves the pages: it reads the queue each minute.
#[tokio::test(flavor = "multi_thread")]
async fn p17_every_process_of_the_queue_knows_within_a_minute() {
    let house = House::open().await;
    let mut chores = Housekeeping::start(house.store.clone(), 60, 30, &house.clock).await;
    let now = house.clock.now();
    close(&house, &[]);
    chores.step(now + 1).await;
    assert!(!house.store.is_closed(), "control: the same minute");
    chores.step(now + 60).await;
    assert!(house.store.is_closed());
    close(&house, &["--reopen"]);
    chores.step(now + 120).await;
    assert!(!house.store.is_closed());
}
