//! The queue, on real files and on a real PostgreSQL: every method, so that every statement runs on
//! both engines.

mod claimers;
pub(crate) mod cluster;
mod gone;
mod order;
pub(crate) mod queue;
mod replies;
pub(crate) mod shares;
mod trouble;

use std::collections::BTreeMap;

use loke::clock::Day;
use loke::seal::{Sealed, SizeClass};
use loke::store::{Capacity, Error, Put, Store};
use loke::tip::{Lane, Priority, TipId};

use queue::{DAY, NOW, SMALL, a_tip, bytes, engines, entry, held, sealed, text, token};

/// Stores a tip that is released at once.
async fn put(store: &Store, tip: &Sealed) {
    assert_eq!(store.put(tip.clone(), entry()).await.unwrap(), Put::Stored);
}

/// Claims up to `most` tips of any lane for a minute.
async fn claim(store: &Store, by: u8, most: u16, now: i64) -> Vec<Sealed> {
    store
        .claim(Lane::ALL, token(by), most, 64 << 20, now, now + 60)
        .await
        .unwrap()
}

fn ids(tips: &[Sealed]) -> Vec<TipId> {
    let mut ids: Vec<TipId> = tips.iter().map(|tip| tip.id).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn p6_a_tip_comes_back_byte_for_byte_and_leaves_its_slot_free() {
    for queue in engines(Capacity {
        text: 8,
        photos: [3; 4],
    })
    .await
    {
        let mut put_in = Vec::new();
        for (class, lane) in SizeClass::ALL.into_iter().zip(Lane::ALL) {
            for priority in Priority::ALL {
                let tip = sealed(*lane, *priority, class);
                put(&queue.store, &tip).await;
                put_in.push(tip);
            }
        }
        // The smallest and the largest age file that a slot can store.
        put_in.push(Sealed {
            bytes: bytes(0),
            ..text()
        });
        put_in.push(Sealed {
            bytes: bytes(SizeClass::Text.sealed()),
            ..text()
        });
        for tip in &put_in[15..] {
            put(&queue.store, tip).await;
        }
        let mut out = claim(&queue.store, 1, 100, NOW).await;
        assert_eq!(
            queue.store.ack(token(1), &ids(&out)).await.unwrap().left,
            []
        );
        out.sort_by_key(|tip| tip.id);
        put_in.sort_by_key(|tip| tip.id);
        assert!(out == put_in, "{}", queue.name);
        assert!(
            queue
                .store
                .room()
                .await
                .unwrap()
                .values()
                .all(|(used, all)| *used == 0 && *all > 0)
        );
        let larger = Sealed {
            bytes: bytes(SizeClass::Text.sealed() + 1),
            ..text()
        };
        assert!(matches!(
            queue.store.put(larger, entry()).await,
            Err(Error::Unusable(_))
        ));
    }
}

#[tokio::test]
async fn p3_a_tip_waits_for_the_release_time_unless_it_is_urgent() {
    for queue in engines(SMALL).await {
        queue
            .store
            .put(
                text(),
                queue::QueueEntry {
                    released: false,
                    ..entry()
                },
            )
            .await
            .unwrap();
        assert_eq!(claim(&queue.store, 1, 9, NOW).await, []);
        assert_eq!(queue.store.waiting(Lane::ALL, NOW).await.unwrap(), 0);
        let urgent = text();
        put(&queue.store, &urgent).await;
        assert_eq!(claim(&queue.store, 1, 9, NOW).await, [urgent]);
        queue.store.release().await.unwrap();
        assert_eq!(queue.store.waiting(Lane::ALL, NOW).await.unwrap(), 1);
        assert_eq!(claim(&queue.store, 2, 9, NOW).await.len(), 1);
    }
}

#[tokio::test]
async fn a_claim_gives_ones_own_lanes_most_urgent_first_within_its_bytes() {
    for queue in engines(SMALL).await {
        let at = |lane, priority, class| sealed(lane, priority, class);
        let tips = [
            at(Lane::Drugs, Priority::Routine, SizeClass::Text),
            at(Lane::Drugs, Priority::Now, SizeClass::One),
            at(Lane::Cuckooing, Priority::Soon, SizeClass::Text),
            at(Lane::Graffiti, Priority::Now, SizeClass::Text),
        ];
        for tip in &tips {
            put(&queue.store, tip).await;
        }
        let lanes = [Lane::Drugs, Lane::Cuckooing];
        let claim = |by, most, most_bytes| {
            queue
                .store
                .claim(&lanes, token(by), most, most_bytes, NOW, NOW + 1)
        };
        assert_eq!(queue.store.waiting(&lanes, NOW).await.unwrap(), 3);
        assert_eq!(
            queue
                .store
                .claim(&[], token(9), 9, 9, NOW, NOW + 1)
                .await
                .unwrap(),
            []
        );
        assert_eq!(
            ids(&claim(1, 9, 1).await.unwrap()),
            [tips[1].id],
            "one tip whatever its size"
        );
        let rest = claim(2, 9, 40_000).await.unwrap();
        assert_eq!(
            rest.iter().map(|tip| tip.id).collect::<Vec<_>>(),
            [tips[2].id, tips[0].id]
        );
        assert_eq!(
            claim(3, 9, 1 << 20).await.unwrap(),
            [],
            "graffiti is not theirs"
        );
        let lapsed = queue
            .store
            .claim(&lanes, token(4), 1, 1 << 30, NOW + 1, NOW + 9)
            .await
            .unwrap();
        assert_eq!(ids(&lapsed), [tips[1].id], "at most as many as asked for");
    }
}

#[tokio::test]
async fn a_lease_holds_until_it_lapses_and_only_its_own_token_acknowledges() {
    for queue in engines(SMALL).await {
        let store = &queue.store;
        let (one, two) = (text(), text());
        put(store, &one).await;
        put(store, &two).await;
        let both = ids(&[one.clone(), two.clone()]);
        assert_eq!(
            store.ack(token(0), &both).await.unwrap().left.len(),
            2,
            "nobody holds them, not even a token of zeros"
        );
        assert_eq!(ids(&claim(store, 1, 9, NOW).await), both);
        assert_eq!(claim(store, 2, 9, NOW + 59).await, [], "held by another");
        assert_eq!(
            ids(&claim(store, 1, 1, NOW + 59).await),
            both,
            "the same token again gives the same"
        );
        assert_eq!(
            store.renew(token(1), NOW + 118, NOW + 200).await.unwrap(),
            2
        );
        assert_eq!(
            store.renew(token(2), NOW + 118, NOW + 200).await.unwrap(),
            0
        );
        assert_eq!(
            store.renew(token(1), NOW + 200, NOW + 300).await.unwrap(),
            0,
            "a lapsed lease holds nothing"
        );
        assert_eq!(
            store.ack(token(1), &[one.id]).await.unwrap().left,
            [],
            "lapsed, and nobody else took it"
        );
        assert_eq!(
            claim(store, 2, 9, NOW + 200).await,
            std::slice::from_ref(&two)
        );
        let mut left = store
            .ack(token(1), &[both[0], both[1], TipId([7; 16])])
            .await
            .unwrap()
            .left;
        assert_eq!(
            left,
            [two.id],
            "held by another; what is not there counts as gone"
        );
        left = store.ack(token(2), &both).await.unwrap().left;
        assert_eq!(left, []);
        assert_eq!(
            store.ack(token(2), &both).await.unwrap().left,
            [],
            "a repeated ack answers success"
        );
        assert_eq!(held(store).await, 0);
    }
}

#[tokio::test]
async fn p6_a_repeated_report_is_stored_once_in_one_group_and_in_two() {
    for queue in engines(SMALL).await {
        let once = entry();
        let puts = (0..20).map(|_| {
            tokio::spawn({
                let store = queue.store.clone();
                async move { store.put(text(), once).await.unwrap() }
            })
        });
        let mut answers = Vec::new();
        for put in puts.collect::<Vec<_>>() {
            answers.push(put.await.unwrap());
        }
        assert_eq!(
            answers.iter().filter(|put| **put == Put::Stored).count(),
            1,
            "{}",
            queue.name
        );
        assert_eq!(queue.store.put(text(), once).await.unwrap(), Put::Repeated);
        assert_eq!(held(&queue.store).await, 1);
        queue
            .store
            .expire(once.once.until.plus(1), 0)
            .await
            .unwrap();
        assert_eq!(
            queue.store.put(text(), once).await.unwrap(),
            Put::Stored,
            "forgotten after its day"
        );
    }
}

#[tokio::test]
async fn p7_what_expires_is_deleted_and_counted_per_lane() {
    for queue in engines(SMALL).await {
        let store = &queue.store;
        let until = |days, lane| Sealed {
            expiry: DAY.plus(days),
            ..sealed(lane, Priority::Soon, SizeClass::Text)
        };
        let stays = until(0, Lane::Drugs);
        for tip in [
            until(-1, Lane::Drugs),
            until(-9, Lane::Drugs),
            until(-1, Lane::Other),
            stays.clone(),
        ] {
            put(store, &tip).await;
        }
        store.expire(DAY, 0).await.unwrap();
        let counts = store.expired().await.unwrap();
        assert_eq!(counts.len(), 5);
        assert_eq!(
            counts
                .into_iter()
                .filter(|(_, tips)| *tips > 0)
                .collect::<BTreeMap<_, _>>(),
            [(Lane::Drugs, 2), (Lane::Other, 1)].into()
        );
        assert_eq!(claim(store, 1, 9, NOW).await, [stays]);
        assert_eq!(store.purge().await.unwrap(), 1);
        assert_eq!(held(store).await, 0);
    }
}

#[tokio::test]
async fn p17_a_tip_that_no_desk_ever_held_outlives_its_day_by_the_grace_and_no_longer() {
    const GRACE: i32 = 36;
    for queue in engines(SMALL).await {
        let store = &queue.store;
        let until = |days| Sealed {
            expiry: DAY.plus(days),
            ..sealed(Lane::Drugs, Priority::Soon, SizeClass::Text)
        };
        let held_once = until(-1);
        put(store, &held_once).await;
        assert_eq!(claim(store, 1, 9, NOW).await.len(), 1);
        let (waits, last_day, over) = (until(-1), until(-GRACE), until(-GRACE - 1));
        for tip in [&waits, &last_day, &over] {
            put(store, tip).await;
        }
        // The lease of the first tip lapsed, and it counts as held.
        let overdue = store.overdue(DAY).await.unwrap();
        assert_eq!(overdue, [(Lane::Drugs, 3)].into(), "{}", queue.name);
        store.expire(DAY, GRACE).await.unwrap();
        assert_eq!(store.expired().await.unwrap()[&Lane::Drugs], 2);
        let left = claim(store, 2, 9, NOW + 61).await;
        assert_eq!(ids(&left), ids(&[waits, last_day]), "{}", queue.name);
        // Held now, so their own day counts.
        assert_eq!(store.overdue(DAY).await.unwrap(), BTreeMap::new());
        store.expire(DAY, GRACE).await.unwrap();
        assert_eq!(held(store).await, 0, "{}", queue.name);
    }
}

#[tokio::test]
async fn the_queue_fills_once_half_of_it_is_released_and_never_between_two_releases() {
    for queue in engines(Capacity {
        text: 8,
        photos: [4, 0, 0, 0],
    })
    .await
    {
        let store = &queue.store;
        for _ in 0..4 {
            store
                .put(
                    text(),
                    queue::QueueEntry {
                        released: false,
                        ..entry()
                    },
                )
                .await
                .unwrap();
        }
        assert!(
            !store.fills().await.unwrap(),
            "{}: it tells when a report came",
            queue.name
        );
        store.release().await.unwrap();
        assert!(store.fills().await.unwrap());
        let tips = claim(store, 1, 1, NOW).await;
        store.ack(token(1), &ids(&tips)).await.unwrap();
        assert!(!store.fills().await.unwrap());
        for _ in 0..2 {
            put(store, &sealed(Lane::Drugs, Priority::Soon, SizeClass::One)).await;
        }
        assert!(store.fills().await.unwrap(), "photos");
    }
}

#[tokio::test]
async fn an_export_gives_every_tip_leased_waiting_or_released() {
    for queue in engines(SMALL).await {
        let mut tips = vec![
            text(),
            text(),
            sealed(Lane::Other, Priority::Now, SizeClass::Two),
        ];
        put(&queue.store, &tips[0]).await;
        assert_eq!(claim(&queue.store, 1, 9, NOW).await.len(), 1);
        put(&queue.store, &tips[1]).await;
        queue
            .store
            .put(
                tips[2].clone(),
                queue::QueueEntry {
                    released: false,
                    ..entry()
                },
            )
            .await
            .unwrap();
        let mut out = Vec::new();
        queue
            .store
            .export(&mut |tip| {
                out.push(tip);
                Ok(())
            })
            .await
            .unwrap();
        out.sort_by_key(|tip| tip.id);
        tips.sort_by_key(|tip| tip.id);
        assert!(out == tips, "{}", queue.name);
        let failed = queue
            .store
            .export(&mut |_| Err(std::io::ErrorKind::StorageFull.into()))
            .await;
        assert!(matches!(failed, Err(Error::Unusable(_))));
    }
}

#[tokio::test]
async fn the_queue_knows_when_a_desk_last_collected() {
    for queue in engines(SMALL).await {
        assert_eq!(queue.store.last_collection().await.unwrap(), None);
        for now in [NOW, NOW + 5] {
            let today = loke::clock::Clock::by_hand(now).today();
            queue
                .store
                .note_collection(Lane::ALL, now, today)
                .await
                .unwrap();
            assert_eq!(queue.store.last_collection().await.unwrap(), Some(now));
        }
    }
}

#[tokio::test]
async fn p6_slots_are_added_and_removed_without_losing_a_tip() {
    for queue in engines(SMALL).await {
        let tips: Vec<Sealed> = std::iter::repeat_with(text).take(40).collect();
        for tip in &tips {
            put(&queue.store, tip).await;
        }
        for slots in [300, 48, 40, 64] {
            let store = Store::open(
                &queue.url,
                Capacity {
                    text: slots,
                    ..SMALL
                },
            )
            .await
            .unwrap();
            assert_eq!(
                store.room().await.unwrap()[&SizeClass::Text],
                (40, u64::from(slots))
            );
            let mut out = Vec::new();
            store
                .export(&mut |tip| {
                    out.push(tip);
                    Ok(())
                })
                .await
                .unwrap();
            assert_eq!(ids(&out), ids(&tips), "{}", queue.name);
            assert!(out.iter().all(|tip| tips.contains(tip)));
        }
        let refused = Store::open(&queue.url, Capacity { text: 39, ..SMALL })
            .await
            .err()
            .unwrap()
            .to_string();
        assert!(refused.contains("40 are in use"), "{refused}");
        put(&queue.store, &a_tip(Day(1))).await;
    }
}
