//! The words that a resident in danger must read first, and the promise that no page may make.

use loke::words::Languages;

use crate::house::House;
use crate::house::browser::{Field, text};

/// A report with these answers to the two questions about danger.
fn report(danger: &str, child: &str) -> Vec<Field> {
    vec![
        text("topic", "cuckooing"),
        text("what", "two men with a key"),
        text("danger", danger),
        text("child", child),
    ]
}

/// The part of a page before its heading.
fn before_the_heading(page: &str) -> &str {
    let main = page.split_once("<main>").unwrap().1;
    main.split_once("<h1>").unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_ticks_danger_or_a_child_reads_999_first_on_check_page_and_receipt() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    for words in Languages::read().unwrap().all() {
        let says = words.say("danger-now");
        assert!(
            says.contains("999") && says.contains("55"),
            "{}",
            words.code
        );
        for (danger, child, is_told) in [
            ("yes", "no", true),
            ("unsure", "yes", true),
            ("no", "unsure", false),
        ] {
            let form = house.get(&format!("/{}", words.code)).await;
            let hidden = ["token", "language"].map(|name| text(name, &form.hidden(name).unwrap()));
            let fields = [hidden.to_vec(), report(danger, child)].concat();
            let check = house.post("/check", &fields).await;
            let all = check.carries(&fields);
            let receipt = house.post("/send", &all).await;
            assert!(receipt.receipt().is_some(), "{}", receipt.text());
            for page in [check, receipt] {
                assert_eq!(
                    before_the_heading(&page.text()).contains(says),
                    is_told,
                    "{}, danger {danger}, child {child}",
                    words.code
                );
            }
        }
        officer.pull().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn until_a_desk_can_answer_no_page_promises_an_answer() {
    for answers in [false, true] {
        let house = House::on("sqlite:queue.db", |table| {
            table["web"]
                .as_table_mut()
                .unwrap()
                .insert("answers".into(), answers.into());
        })
        .await;
        let (_, all) = house.check(&report("no", "no")).await;
        let receipt = house.post("/send", &all).await.text();
        let form = house.get("/").await.text();
        let messages = house.get("/messages").await.text();
        assert_eq!(receipt.contains("look for an answer later"), answers);
        assert_eq!(receipt.contains("href=\"/messages"), answers);
        assert_eq!(form.contains("href=/messages"), answers);
        assert_eq!(receipt.contains("We cannot send answers yet."), !answers);
        assert_eq!(messages.contains("We cannot send answers yet."), !answers);
        house.leaves(1);
    }
}
