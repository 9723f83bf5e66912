//! A report that looks automated is accepted and marked. If the queue has no more room for such
//! reports, the page keeps it, and a second tap sends it: people in a hurry are residents too.

use loke::tip::Unproven;

use super::with;
use crate::house::House;
use crate::house::browser::{Field, jpeg, photo, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_is_too_fast_or_fills_the_trap_or_is_one_of_many_is_kept_and_marked_with_the_reason()
 {
    let house = House::on("sqlite:queue.db", |table| {
        table["web"]
            .as_table_mut()
            .unwrap()
            .insert("min_dwell_seconds".into(), 4.into());
        table.insert(
            "limits".into(),
            toml::Table::from_iter([("reports_per_hour".to_owned(), 3.into())]).into(),
        );
    })
    .await;
    let officer = house.officer("desk", "").await;
    let send = async |what: &str, seconds: i64, extra: &[Field]| {
        let (_, mut all) = house
            .check(&[text("topic", "drugs"), text("what", what)])
            .await;
        all.extend_from_slice(extra);
        house.clock.advance(seconds);
        assert!(house.post("/send", &all).await.receipt().is_some());
        officer.pull().await;
        let tip = officer
            .tips()
            .await
            .into_iter()
            .find(|tip| tip.what == what)
            .unwrap();
        assert_eq!(tip.proven, tip.unproven.is_none());
        tip.unproven.clone().unwrap_or_default()
    };
    let trap = text("website", "http://spam.invalid");
    assert_eq!(send("too fast", 3, &[]).await, [Unproven::Speed]);
    assert_eq!(
        send("the trap", 5, std::slice::from_ref(&trap)).await,
        [Unproven::Trap]
    );
    assert_eq!(send("a person", 5, &[]).await, []);
    assert_eq!(
        send("the fourth within the hour", 5, &[]).await,
        [Unproven::Burst]
    );
    assert_eq!(
        send("all at once", 0, &[trap]).await,
        [Unproven::Burst, Unproven::Speed, Unproven::Trap]
    );
    assert_eq!(officer.tips().await.len(), 5, "none was refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_a_hurried_report_that_is_refused_keeps_words_and_photos_and_goes_through_by_a_second_tap()
 {
    let house = House::on("sqlite:queue.db", |table| {
        table["web"]
            .as_table_mut()
            .unwrap()
            .insert("min_dwell_seconds".into(), 4.into());
        table["capacity"]
            .as_table_mut()
            .unwrap()
            .insert("text".into(), 4.into());
    })
    .await;
    let officer = house.officer("desk", "").await;
    let what = house.canary("what");
    for photos in [vec![], vec![photo("p.jpg", &jpeg())]] {
        let fields = [
            vec![
                text("topic", "graffiti"),
                text("what", &what),
                text("where", "by the shop"),
            ],
            photos.clone(),
        ]
        .concat();
        let hurried = async || {
            let (_, all) = house.check(&fields).await;
            (house.post("/send", &all).await, all)
        };
        let mut stored = 0;
        let (mut page, all) = loop {
            let (page, all) = hurried().await;
            if page.receipt().is_none() {
                break (page, all);
            }
            stored += 1;
        };
        assert!(
            stored > 0,
            "the control: below the limit a hurried one is taken"
        );
        // Too soon again, and then in time: the time of each page counts from when it was served.
        for (waits, goes_through) in [(3, false), (3, false), (4, true)] {
            let says = page.text();
            assert_eq!((page.status, page.area("what")), (503, what.clone()));
            assert!(
                says.contains("We did not get your message")
                    && says.contains("Wait a few seconds, then send again."),
                "{says}"
            );
            assert_eq!(
                (page.hidden("ticket").is_some(), says.contains("Photo 1")),
                (!photos.is_empty(), !photos.is_empty())
            );
            house.clock.advance(waits);
            page = house.post("/send", &page.carries(&all)).await;
            assert_eq!(page.receipt().is_some(), goes_through, "{}", page.text());
        }
        officer.pull().await;
        let tips = officer.tips().await;
        let proven: Vec<_> = tips
            .iter()
            .filter(|tip| tip.proven && tip.photos.len() == photos.len())
            .collect();
        assert_eq!(proven.len(), 1, "the second tap is proven");
        assert!(proven[0].what == what && proven[0].place.as_deref() == Some("by the shop"));
    }
    // A resident who fills the honeypot field, and then does not, succeeds as well.
    let (_, all) = house
        .check(&[text("topic", "drugs"), text("what", &what)])
        .await;
    house.clock.advance(4);
    for _ in 0..2 {
        let trapped = with(&with(&all, "website", "x"), "where", &house.canary("where"));
        assert!(house.post("/send", &trapped).await.receipt().is_some());
    }
    let page = house.post("/send", &with(&all, "website", "x")).await;
    assert!(
        page.status == 503 && page.text().contains("Wait a few seconds"),
        "{}",
        page.text()
    );
    house.clock.advance(4);
    assert!(
        house
            .post("/send", &page.carries(&all))
            .await
            .receipt()
            .is_some()
    );
    house.leaves(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_a_report_of_a_burst_goes_through_by_a_second_tap_and_staff_are_told_of_the_burst() {
    let house = House::on("sqlite:queue.db", |table| {
        table["web"]
            .as_table_mut()
            .unwrap()
            .insert("min_dwell_seconds".into(), 4.into());
        table.insert(
            "limits".into(),
            toml::Table::from_iter([("reports_per_hour".to_owned(), 1.into())]).into(),
        );
        table["capacity"]
            .as_table_mut()
            .unwrap()
            .insert("text".into(), 8.into());
    })
    .await;
    let officer = house.officer("desk", "").await;
    let what = house.canary("what");
    let (page, all) = loop {
        let (_, all) = house
            .check(&[
                text("topic", "drugs"),
                text("what", &what),
                text("where", &house.canary("where")),
            ])
            .await;
        house.clock.advance(4);
        let page = house.post("/send", &all).await;
        if page.receipt().is_none() {
            break (page, all);
        }
    };
    assert!(
        page.status == 503 && page.text().contains("Wait a few seconds, then send again."),
        "{}",
        page.text()
    );
    let hasty = house.post("/send", &page.carries(&all)).await;
    assert_eq!(hasty.receipt(), None, "a second tap at once is none");
    house.clock.advance(4);
    assert!(
        house
            .post("/send", &hasty.carries(&all))
            .await
            .receipt()
            .is_some()
    );
    officer.pull().await;
    let place = all.iter().find_map(|field| {
        if let Field::Text(name, value) = field {
            (name == "where").then(|| value.clone())
        } else {
            None
        }
    });
    let tip = officer
        .tips()
        .await
        .into_iter()
        .find(|tip| tip.place == place)
        .unwrap();
    assert_eq!(
        (tip.proven, tip.unproven.as_deref()),
        (false, Some([Unproven::Burst].as_slice()))
    );
}
