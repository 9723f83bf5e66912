//! No page may let an officer believe what is not so: that all is collected, that a partner has a
//! copy, that a code is a word.

use super::Visitor;
use crate::route::{Bench, open_as, the_one, tip};

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
async fn signs_are_words_on_the_page_and_in_a_partners_copy() {
    let bench = Bench::new().await;
    let mut with_signs = tip(loke::tip::TipId([6; 16]));
    with_signs.signs = vec!["care".into(), "unseen".into(), "of-a-later-version".into()];
    bench.keep(&with_signs).await;
    let visitor = Visitor::signed_in(&bench).await;
    let page = visitor.get(&format!("/tip/{}", with_signs.id)).await.text();
    let form = format!(
        "partner=cleansing&form_token={}",
        visitor.form_token().await
    );
    visitor
        .post(&format!("/tip/{}/route", with_signs.id), &form)
        .await;
    let copy = open_as(&bench.cleansing, &the_one(&bench.inbox()));
    let copy = String::from_utf8(copy[0].1.clone()).unwrap();
    for shown in [page, copy] {
        for words in [
            "Care visits have stopped",
            "The person who lives there is not seen any more",
            "of a later version",
        ] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
    }
}

#[tokio::test]
async fn a_partner_has_a_copy_and_a_tip_is_routed_only_once_it_arrived() {
    let bench = Bench::new().await;
    let mut routine = tip(loke::tip::TipId([7; 16]));
    (routine.danger, routine.child) = (None, None);
    routine.priority = loke::tip::Priority::Routine;
    (routine.thread, routine.language) = (None, "en".into());
    bench.keep(&routine).await;
    let visitor = Visitor::signed_in(&bench).await;
    let path = format!("/tip/{}", routine.id);
    let form = format!(
        "partner=cleansing&form_token={}",
        visitor.form_token().await
    );
    std::fs::remove_dir(bench.dir.join("inbox")).unwrap();
    visitor.post(&format!("{path}/route"), &form).await;
    let (page, list) = (visitor.get(&path).await, visitor.get("/").await);
    assert!(
        page.text().contains("does not have it yet") && !page.text().contains("has a copy"),
        "{}",
        page.text()
    );
    assert!(
        list.text().contains("\">open this tip</a>") && !list.text().contains(">Sent<"),
        "{}",
        list.text()
    );
    // A second press makes no second copy, and does not say that there is one.
    visitor.post(&format!("{path}/route"), &form).await;
    assert!(
        visitor
            .get(&path)
            .await
            .text()
            .contains("A copy for cleansing is kept already")
    );
    std::fs::create_dir(bench.dir.join("inbox")).unwrap();
    bench.clock.advance(3_600);
    loke::desk::outbox::send_due(bench.register(), &bench.desk(), bench.clock.now())
        .await
        .unwrap();
    let visitor = Visitor::signed_in(&bench).await;
    let (page, list) = (
        visitor.get(&path).await,
        visitor.get("/queue?view=sent").await,
    );
    assert!(page.text().contains("has a copy"), "{}", page.text());
    assert!(
        list.text().contains(">Sent<") && !list.text().contains("needs you"),
        "the control: {}",
        list.text()
    );
}
