use std::collections::BTreeSet;

use super::*;
use crate::register::names;
use loke_core::clock::Clock;

const NOW: i64 = 1_795_305_600;

/// A register whose outbox has so many reports for each partner, all of one batch, by this way.
async fn queued(folder: &std::path::Path, way: &str, partners: &[(&str, i64)]) -> Register {
    let register = Register::create(folder, Clock::by_hand(NOW)).await.unwrap();
    let mut write = register.write().await.unwrap();
    let tip = TipId([7; 16]);
    names::note_tips(&mut write, &[tip], "main").await.unwrap();
    for (partner, count) in partners {
        for n in 0..*count {
            let new = NewDelivery {
                tips: vec![tip],
                partner: (*partner).to_owned(),
                reference: format!("{partner} {n}"),
                way: way.to_owned(),
                sealed_to: None,
                leaves_at: NOW,
                photos_of: Vec::new(),
                is_lead: true,
                replaces: None,
                ordered_by: "ann".to_owned(),
            };
            add(&mut write, &new, b"sealed").await.unwrap();
        }
    }
    register.commit(write).await.unwrap();
    register
}

/// The references that leave in the minute that begins at `now`.
async fn minute(register: &Register, way: &str, now: i64) -> BTreeSet<String> {
    let mut left = BTreeSet::new();
    loop {
        let due = match way {
            "open-mail" => register.due_open_mails("main", now).await.unwrap(),
            _ => register.due_deliveries(now).await.unwrap(),
        };
        if due.is_empty() {
            return left;
        }
        for due in due {
            let noted = register.note_attempt(&due.delivery, &Outcome::Done);
            noted.await.unwrap();
            left.insert(due.delivery.reference);
        }
    }
}

#[tokio::test]
async fn each_partner_gets_so_many_a_minute_in_the_clear_too() {
    for way in ["folder", "open-mail"] {
        let place = tempfile::tempdir().unwrap();
        let many = PER_MINUTE + 10;
        let register = queued(place.path(), way, &[("clerk", many), ("legal", 5)]).await;
        let of = |left: &BTreeSet<String>, partner: &str| {
            let theirs = left.iter().filter(|of| of.starts_with(partner));
            i64::try_from(theirs.count()).unwrap()
        };
        let first = minute(&register, way, NOW).await;
        let counts = (of(&first, "clerk"), of(&first, "legal"));
        assert_eq!(counts, (PER_MINUTE, 5), "{way}");
        register.clock().advance(61);
        let second = minute(&register, way, NOW + 61).await;
        let counts = (of(&second, "clerk"), of(&second, "legal"));
        assert_eq!(counts, (10, 0), "{way}: the rest in the next minute");
        register.close().await;
    }
}

#[tokio::test]
async fn p15_the_minute_in_which_a_report_of_a_large_batch_leaves_does_not_tell_its_order() {
    let place = tempfile::tempdir().unwrap();
    let register = queued(place.path(), "folder", &[("cleansing", 2 * PER_MINUTE)]).await;
    let first = minute(&register, "folder", NOW).await;
    assert_eq!(i64::try_from(first.len()), Ok(PER_MINUTE));
    // Those that were ordered first leave first with a chance of less than one in 10^34.
    let ordered: BTreeSet<String> = (0..PER_MINUTE).map(|n| format!("cleansing {n}")).collect();
    assert_ne!(first, ordered);
    register.close().await;
}
