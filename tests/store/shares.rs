//! Promise P8 in the queue: a flooder gets one share and no more, and reports from elsewhere are
//! stored.

pub(crate) mod chance;
mod night;
mod prober;
mod rules;

use loke::clock::Clock;
use loke::gateway::housekeeping::Housekeeping;
use loke::seal::SizeClass;
use loke::store::{Beat, Error, Put, Store, Taker};
use loke::tip::{Lane, Priority};

use super::queue::{NOW, Queue, QueueEntry, SMALL, engines, entry, sealed, token};

/// One address of a flooder.
const FLOODER: Taker = Taker::Network {
    bucket: 7,
    parent: 7,
};

async fn send(store: &Store, class: SizeClass, taker: Taker, proven: bool) -> Result<Put, Error> {
    store
        .put(
            sealed(Lane::Drugs, Priority::Soon, class),
            QueueEntry {
                taker,
                proven,
                ..entry()
            },
        )
        .await
}

/// Sends until a report is rejected. Returns the number of stored reports, and the error.
async fn flood(store: &Store, class: SizeClass, taker: Taker, proven: bool) -> (u64, Error) {
    for stored in 0.. {
        if let Err(why) = send(store, class, taker, proven).await {
            return (stored, why);
        }
    }
    unreachable!("a queue without an end")
}

async fn collect(store: &Store, most: u16) {
    let tips = store
        .claim(Lane::ALL, token(3), most, usize::MAX, NOW, NOW + 60)
        .await
        .unwrap();
    let ids: Vec<_> = tips.iter().map(|tip| tip.id).collect();
    assert_eq!(store.ack(token(3), &ids).await.unwrap().left, []);
}

#[tokio::test]
async fn p8_one_taker_fills_half_and_a_share_and_everybody_else_is_stored() {
    for queue in engines(SMALL).await {
        // Half, a random start of the counting after it, and a share: see the store's `rules.rs`. A
        // photo may also use a larger class: there are three.
        for (class, stored) in [
            (SizeClass::Text, 32 + 3..=36 + 4),
            (SizeClass::One, 4 + 1..=4 + 1 + 3),
        ] {
            let (taken, why) = flood(&queue.store, class, FLOODER, true).await;
            assert!(
                stored.contains(&taken),
                "{}: {taken} of {class:?}",
                queue.name
            );
            assert!(
                matches!(why, Error::Crowded(full) if full == class),
                "{why}"
            );
            let elsewhere = Taker::Network {
                bucket: 8,
                parent: 8,
            };
            assert_eq!(
                send(&queue.store, class, elsewhere, true).await.unwrap(),
                Put::Stored,
                "{}: elsewhere",
                queue.name
            );
            assert!(matches!(
                send(&queue.store, class, FLOODER, true).await,
                Err(Error::Crowded(_))
            ));
        }
    }
}

#[tokio::test]
async fn p8_a_network_above_and_the_whole_onion_have_shares_of_their_own() {
    let neighbours = |bucket| Taker::Network { bucket, parent: 9 };
    let circuits = |circuit| Taker::Onion {
        circuit: Some(circuit),
    };
    let untold = |_| Taker::Onion { circuit: None };
    for (name, takers) in [
        ("neighbours", &neighbours as &dyn Fn(u16) -> Taker),
        ("circuits", &circuits),
        ("an onion that tells nothing", &untold),
    ] {
        let queue = Queue::on_sqlite(SMALL).await;
        let (taken, _) = flood(&queue.store, SizeClass::Text, FLOODER, true).await;
        let mut more = 0;
        for number in 1..100 {
            more += u64::from(
                send(&queue.store, SizeClass::Text, takers(number), true)
                    .await
                    .is_ok(),
            );
        }
        assert!((6..=8).contains(&more), "{name}: {more} after {taken}");
        assert!(
            send(
                &queue.store,
                SizeClass::Text,
                Taker::Network {
                    bucket: 3,
                    parent: 3
                },
                true
            )
            .await
            .is_ok()
        );
    }
}

#[tokio::test]
async fn p8_a_full_class_is_full_for_everybody_and_a_refused_report_may_come_again() {
    for queue in engines(SMALL).await {
        let mut filled = 0;
        let full = loop {
            match queue
                .store
                .put(
                    sealed(Lane::Drugs, Priority::Soon, SizeClass::Text),
                    entry(),
                )
                .await
            {
                Ok(_) => filled += 1,
                Err(why) => break why,
            }
        };
        assert!(matches!(full, Error::Full(SizeClass::Text)), "{full}");
        assert_eq!(filled, 64, "{}", queue.name);
        let refused = entry();
        let tip = sealed(Lane::Drugs, Priority::Soon, SizeClass::Text);
        assert!(matches!(
            queue.store.put(tip.clone(), refused).await,
            Err(Error::Full(_))
        ));
        collect(&queue.store, 1).await;
        assert_eq!(
            queue.store.put(tip, refused).await.unwrap(),
            Put::Stored,
            "a refused report may come again"
        );
    }
}

#[tokio::test]
async fn p8_from_half_on_an_unproven_report_is_asked_to_come_again_and_a_text_never() {
    let queue = Queue::on_sqlite(SMALL).await;
    let hurried = Taker::Network {
        bucket: 8,
        parent: 8,
    };
    let (stored, why) = flood(&queue.store, SizeClass::Text, FLOODER, false).await;
    assert!(
        (32..=36).contains(&stored) && matches!(why, Error::Unproven),
        "below half nobody is refused: {stored}, {why}"
    );
    let once = QueueEntry {
        taker: hurried,
        proven: false,
        ..entry()
    };
    let tip = sealed(Lane::Drugs, Priority::Soon, SizeClass::Text);
    assert!(matches!(
        queue.store.put(tip.clone(), once).await,
        Err(Error::Unproven)
    ));
    assert_eq!(
        queue
            .store
            .put(
                tip,
                QueueEntry {
                    proven: true,
                    ..once
                }
            )
            .await
            .unwrap(),
        Put::Stored,
        "the second tap"
    );
    for text in [Taker::Phone { bucket: 5 }, Taker::Texts] {
        assert_eq!(
            send(&queue.store, SizeClass::Text, text, false)
                .await
                .unwrap(),
            Put::Stored
        );
    }
}

#[tokio::test]
async fn p8_shares_fall_as_desks_collect_and_not_at_a_release() {
    for queue in engines(SMALL).await {
        let store = &queue.store;
        flood(store, SizeClass::Text, FLOODER, true).await;
        // A release may draw a higher limit, but never above the share; no release frees a slot.
        for _ in 0..40 {
            store.beat(Beat::Release);
            let _ = send(store, SizeClass::Text, FLOODER, true).await;
        }
        let used = store.room().await.unwrap()[&SizeClass::Text].0;
        assert!(used <= 40, "{}: a release freed places: {used}", queue.name);
        assert!(matches!(
            send(store, SizeClass::Text, FLOODER, true).await,
            Err(Error::Crowded(_))
        ));
        collect(store, 40).await;
        assert!(
            flood(store, SizeClass::Text, FLOODER, true).await.0 >= 32 + 3,
            "{}: below half nothing is counted",
            queue.name
        );
    }
}

#[tokio::test]
async fn p8_in_the_last_eighth_each_taker_gets_one_place_an_hour() {
    let queue = Queue::on_sqlite(SMALL).await;
    let store = &queue.store;
    for _ in 0..59 {
        store
            .put(
                sealed(Lane::Drugs, Priority::Soon, SizeClass::Text),
                entry(),
            )
            .await
            .unwrap();
    }
    let taker = Taker::Phone { bucket: 1 };
    assert!(send(store, SizeClass::Text, taker, true).await.is_ok());
    let mut chores = Housekeeping::start(store.clone(), 60, 30, &Clock::by_hand(NOW + 60)).await;
    chores.step(NOW + 3_599).await;
    for _ in 0..40 {
        assert!(
            matches!(
                send(store, SizeClass::Text, taker, true).await,
                Err(Error::Crowded(_))
            ),
            "the control: the same hour"
        );
    }
    assert!(
        send(store, SizeClass::Text, Taker::Texts, true)
            .await
            .is_ok(),
        "another one has an hour of its own"
    );
    chores.step(NOW + 3_600).await;
    // The writer processes the hour beside the reports that wait for it.
    let mut again = false;
    for _ in 0..1_000 {
        again = again || send(store, SizeClass::Text, taker, true).await.is_ok();
    }
    assert!(again, "the next hour gives one more");
    assert_eq!(
        store.room().await.unwrap()[&SizeClass::Text].0,
        59 + 3,
        "and no more than one"
    );
}

#[tokio::test]
async fn p6_a_photo_without_a_place_in_its_class_lies_in_a_larger_one_and_comes_back_as_it_was() {
    for queue in engines(loke::store::Capacity {
        text: 8,
        photos: [2, 2, 0, 0],
    })
    .await
    {
        let mut put_in = Vec::new();
        for _ in 0..4 {
            put_in.push(sealed(Lane::Drugs, Priority::Soon, SizeClass::One));
            assert_eq!(
                queue
                    .store
                    .put(put_in.last().unwrap().clone(), entry())
                    .await
                    .unwrap(),
                Put::Stored,
                "{}",
                queue.name
            );
        }
        let full = queue
            .store
            .put(sealed(Lane::Drugs, Priority::Soon, SizeClass::One), entry())
            .await;
        assert!(matches!(full, Err(Error::Full(SizeClass::One))), "{full:?}");
        let mut out = queue
            .store
            .claim(Lane::ALL, token(1), 9, usize::MAX, NOW, NOW + 60)
            .await
            .unwrap();
        out.sort_by_key(|tip| tip.id);
        put_in.sort_by_key(|tip| tip.id);
        assert!(out == put_in, "{}", queue.name);
    }
}

#[tokio::test]
async fn p8_photos_are_counted_by_bytes_too_whatever_their_class() {
    // Room for 40 MiB: one taker gets half of it, and an eighth of the rest, in any class.
    let queue = Queue::on_sqlite(loke::store::Capacity {
        text: 8,
        photos: [16, 4, 4, 0],
    })
    .await;
    let mut bytes = 0;
    for class in [SizeClass::Four, SizeClass::Two, SizeClass::One] {
        bytes += flood(&queue.store, class, FLOODER, true).await.0 * (class.plain() >> 20) as u64;
    }
    assert!(bytes <= 20 + 2 + 4, "{bytes} MiB");
    for (bits, class) in [
        (8, SizeClass::Four),
        (9, SizeClass::Two),
        (10, SizeClass::One),
    ] {
        let elsewhere = Taker::Network {
            bucket: bits,
            parent: bits,
        };
        assert!(
            send(&queue.store, class, elsewhere, true).await.is_ok(),
            "{class:?}"
        );
    }
}
