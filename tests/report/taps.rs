//! A second tap is the same report, other words are another one (promise P6), whatever happened in
//! between, and whatever happened to the photos.

use super::with;
use crate::house::House;
use crate::house::browser::{Field, jpeg, photo, text};
use crate::house::real::RealGateway;

const HALF_AN_HOUR: i64 = 30 * 60;

#[tokio::test(flavor = "multi_thread")]
async fn p6_a_repeated_send_stores_one_tip_and_shows_the_same_receipt() {
    let house = House::open().await;
    let (_, all) = house
        .check(&[text("topic", "drugs"), text("what", &house.canary("what"))])
        .await;
    let (one, other) = tokio::join!(house.post("/send", &all), house.post("/send", &all));
    let receipts =
        [one, other, house.post("/send", &all).await].map(|page| page.receipt().unwrap());
    assert!(receipts.iter().all(|receipt| *receipt == receipts[0]));
    assert_eq!(house.used().await, 1);
    // The control: another form is another report.
    assert_ne!(
        house
            .report(&[text("topic", "drugs"), text("what", "the same words")])
            .await,
        receipts[0]
    );
    assert_eq!(house.used().await, 2);
    house.leaves(2);
}

/// Back from the receipt, a change and Send again: the changed report is a new one with its own
/// receipt.
#[tokio::test(flavor = "multi_thread")]
async fn p6_changed_words_after_sending_are_a_new_report_with_a_receipt_of_its_own() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    let (_, all) = house
        .check(&[
            text("topic", "drugs"),
            text("what", "a red car"),
            text("danger", "no"),
        ])
        .await;
    let first = house.post("/send", &all).await.receipt().unwrap();
    let changes = [
        ("topic", "other"),
        ("what", "a red car, and its number plate"),
        ("where", "by the shop"),
        ("when", "at night"),
        ("ongoing", "yes"),
        ("danger", "yes"),
        ("child", "no"),
        ("impact", "no sleep"),
        ("vehicle", "red"),
        ("how_known", "saw"),
        ("signs", "visitors"),
        ("offensive", "yes"),
        ("campaign", "9WQG8P"),
        ("language", "pl"),
    ];
    let mut receipts = vec![first.clone()];
    for (name, value) in changes {
        let again = house.post("/send", &with(&all, name, value)).await;
        receipts.push(
            again
                .receipt()
                .unwrap_or_else(|| panic!("{name}: {}", again.text())),
        );
        assert!(
            !again.text().contains("We had this message before"),
            "{name}"
        );
    }
    assert_eq!(
        house.post("/send", &all).await.receipt(),
        Some(first),
        "the control: the first words again"
    );
    let all_told = receipts.len();
    receipts.sort();
    receipts.dedup();
    assert_eq!(receipts.len(), all_told, "each has a receipt of its own");
    officer.pull().await;
    let mut boxes: Vec<_> = officer
        .tips()
        .await
        .iter()
        .map(|tip| tip.reply_box.clone().unwrap())
        .collect();
    boxes.sort();
    boxes.dedup();
    assert_eq!(boxes.len(), all_told, "and is a tip of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_a_double_tap_on_a_report_with_four_photos_is_one_tip_with_one_receipt() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    let words = [
        text("topic", "graffiti"),
        text("what", &house.canary("what")),
    ];
    let four: Vec<Field> = (0..4)
        .map(|n| photo(&format!("IMG_000{n}.jpg"), &jpeg()))
        .collect();
    let (_, all) = house.check(&[&words, four.as_slice()].concat()).await;
    let (one, other) = tokio::join!(house.post("/send", &all), house.post("/send", &all));
    // The first tap released the photos; the page can still name the report.
    let later = house.post("/send", &all).await;
    let receipts = [one, other, later].map(|page| page.receipt().unwrap());
    assert!(receipts.iter().all(|receipt| *receipt == receipts[0]));
    assert_eq!(house.used().await, 1);
    assert_eq!(officer.the_tip().await.photos.len(), 4);
    // The control: with one photo left out it is another report, whose photos are gone.
    let fewer = house
        .post("/send", &[all.as_slice(), &[text("drop", "2")]].concat())
        .await;
    assert!(
        fewer.receipt().is_none() && fewer.text().contains("deleted them"),
        "{}",
        fewer.text()
    );
    // The control: a form that was never sent, whose photos are gone, asks for them again.
    let (_, unsent) = house.check(&[&words, four.as_slice()].concat()).await;
    house.clock.advance(21 * 60);
    let page = house.post("/send", &unsent).await;
    assert!(page.receipt().is_none() && page.text().contains("deleted them"));
    assert!(
        house
            .post("/send", &page.carries(&unsent))
            .await
            .receipt()
            .is_some()
    );
    house.leaves(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_digits_are_shown_again_for_half_an_hour_and_then_no_more() {
    let house = House::open().await;
    for lay_open in [0, HALF_AN_HOUR - 60, 3 * HALF_AN_HOUR] {
        let (_, all) = house
            .check(&[text("topic", "drugs"), text("what", &house.canary("what"))])
            .await;
        house.clock.advance(lay_open);
        let first = house.post("/send", &all).await.receipt().unwrap();
        house.clock.advance(HALF_AN_HOUR);
        let again = house.post("/send", &all).await;
        assert_eq!(
            again.receipt(),
            Some(first.clone()),
            "a page that lay open for {lay_open} s"
        );
        assert!(again.text().contains("We had this message before"));
        house.clock.advance(1);
        let late = house.post("/send", &all).await;
        assert!(
            late.status == 200
                && late.receipt().is_none()
                && !late.text().contains("Your receipt number is"),
            "{}",
            late.text()
        );
        assert!(
            late.text().contains("We had this message before")
                && late
                    .text()
                    .contains("We do not show its receipt number again")
        );
        assert!(!late.text().contains(&first[..4]), "no digit of it");
    }
    house.leaves(3);
}

/// The page keys end with the process: an earlier report cannot be recognized, but no word is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_from_before_a_restart_keeps_its_words_and_makes_a_report_of_its_own() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = RealGateway::new(
        place.path(),
        place.path().join("gateway"),
        "sqlite:queue.db",
        "16,1,0,0,0",
        |_| {},
    );
    gateway.start().await;
    let officer = gateway.officer().await;
    let (_, all) = gateway
        .browser
        .check(&[text("topic", "drugs"), text("what", "a van")])
        .await
        .unwrap();
    let first = gateway
        .browser
        .post("/send", &all)
        .await
        .unwrap()
        .receipt()
        .unwrap();
    assert_eq!(
        gateway
            .browser
            .post("/send", &all)
            .await
            .unwrap()
            .receipt()
            .as_ref(),
        Some(&first),
        "the control"
    );
    gateway.stop().await;
    gateway.start().await;
    let page = gateway.browser.post("/send", &all).await.unwrap();
    assert_eq!(
        (page.status, page.receipt(), page.area("what").as_str()),
        (200, None, "a van")
    );
    let second = gateway
        .browser
        .post("/send", &page.carries(&all))
        .await
        .unwrap()
        .receipt()
        .unwrap();
    assert_ne!(first, second);
    assert_eq!(officer.pull().await.collected, 2);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_missing_forged_or_too_old_keeps_the_words_and_stores_nothing() {
    let house = House::open().await;
    let what = house.canary("what");
    let old = house.token().await;
    house.clock.advance(25 * 3_600);
    for token in [
        None,
        Some("AAAA".to_owned()),
        Some("A".repeat(70)),
        Some("\u{0}".to_owned()),
        Some(old),
    ] {
        let mut fields = vec![
            text("language", "en"),
            text("topic", "drugs"),
            text("what", &what),
        ];
        fields.extend(token.map(|t| text("token", &t)));
        let page = house.post("/send", &fields).await;
        assert_eq!((page.status, page.area("what")), (200, what.clone()));
        assert!(page.text().contains("too long") && page.receipt().is_none());
        assert_eq!(house.used().await, 0);
    }
    // The new token of such a page works.
    let words = [text("topic", "drugs"), text("what", &what)];
    let page = house.post("/send", &words).await;
    assert!(
        house
            .post("/send", &page.carries(&words))
            .await
            .receipt()
            .is_some()
    );
    house.leaves(1);
}
