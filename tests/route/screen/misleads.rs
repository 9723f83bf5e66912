//! No page may let an officer believe what is not so: that all is collected, that a partner has a
//! report, that a code is a word.

use super::{REPORT, Visitor};
use crate::route::{Bench, tip};

#[tokio::test]
async fn a_collection_that_failed_is_red_on_every_page_and_nothing_says_that_all_is_well() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    assert!(
        visitor
            .get("/")
            .await
            .text()
            .contains("Not collected since this desk started.")
    );
    let form = format!("form_token={}", visitor.form_token().await);
    assert_eq!(visitor.post("/collect", &form).await.status, 303);
    for path in [
        "/".to_owned(),
        format!("/tip/{}", bench.tip),
        "/".to_owned(),
    ] {
        let page = visitor.get(&path).await.text();
        assert!(
            page.contains("Tried to collect at 00:00, and could not.")
                && page.contains("class=\"trouble\"")
                && page.contains("not connected to a gateway"),
            "{path}: {page}"
        );
        assert!(!page.contains("Nothing new"), "{path}: {page}");
    }
}

#[tokio::test]
async fn signs_are_words_on_the_page() {
    let bench = Bench::new().await;
    let mut with_signs = tip(loke::tip::TipId([6; 16]));
    with_signs.signs = vec!["care".into(), "unseen".into(), "of-a-later-version".into()];
    bench.keep(&with_signs).await;
    let visitor = Visitor::signed_in(&bench).await;
    let page = visitor.get(&format!("/tip/{}", with_signs.id)).await.text();
    for words in [
        "Care visits have stopped",
        "The person who lives there is not seen any more",
        "of a later version",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test]
async fn a_partner_has_a_report_and_a_tip_is_sent_only_once_it_arrived() {
    let bench = Bench::new().await;
    let mut routine = tip(loke::tip::TipId([5; 16]));
    (routine.danger, routine.child) = (None, None);
    routine.priority = loke::tip::Priority::Routine;
    (routine.thread, routine.language) = (None, "en".into());
    (routine.place, routine.vehicle) = (None, None);
    bench.keep(&routine).await;
    let visitor = Visitor::signed_in(&bench).await;
    let path = format!("/tip/{}", routine.id);
    std::fs::remove_dir(bench.dir.join("inbox")).unwrap();
    let page = visitor.report(routine.id, REPORT).await;
    visitor.send_preview(&page, "").await;
    bench.clock.advance(600);
    let waits = visitor.get(&path).await.text();
    assert!(waits.contains("gets it at 01:00"), "{waits}");
    bench.clock.advance(3_000);
    assert_eq!(bench.deliver().await.stuck, 1);
    let visitor = Visitor::signed_in(&bench).await;
    let (page, list) = (visitor.get(&path).await, visitor.get("/").await);
    assert!(
        page.text().contains("does not have it yet") && !page.text().contains("has it since"),
        "{}",
        page.text()
    );
    assert!(
        list.text().contains("\">Open this tip</a>") && !list.text().contains(">Sent<"),
        "{}",
        list.text()
    );
    std::fs::create_dir(bench.dir.join("inbox")).unwrap();
    bench.clock.advance(3_600);
    assert_eq!(bench.deliver().await.arrived, 1);
    let visitor = Visitor::signed_in(&bench).await;
    let (page, list) = (
        visitor.get(&path).await,
        visitor.get("/queue?view=sent").await,
    );
    assert!(page.text().contains("has it since"), "{}", page.text());
    assert!(
        list.text().contains(">Sent<") && !list.text().contains("needs you"),
        "the control: {}",
        list.text()
    );
}
