//! Many desks, many gateways, one queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use loke::pickup::LeaseToken;
use loke::random;
use loke::seal::Sealed;
use loke::store::{Capacity, Put, Store};
use loke::tip::{Lane, TipId};

use tokio::task::JoinSet;

use super::queue::{NOW, Queue, engines, entry, held, text};

const TIPS: usize = 2_000;
const ROOM: Capacity = Capacity {
    text: 2_000,
    photos: [0; 4],
};

/// Stores all tips concurrently.
async fn fill(store: &Store, tips: &[Sealed]) {
    let mut puts = JoinSet::new();
    for tip in tips.iter().cloned() {
        let store = store.clone();
        puts.spawn(async move { assert_eq!(store.put(tip, entry()).await.unwrap(), Put::Stored) });
    }
    puts.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_claimers_take_each_of_two_thousand_tips_once() {
    for queue in engines(ROOM).await {
        let second = Store::open(&queue.url, ROOM).await.unwrap();
        for run in 1..=3 {
            fill(
                &queue.store,
                &std::iter::repeat_with(text).take(TIPS).collect::<Vec<_>>(),
            )
            .await;
            let taken = Arc::new(Mutex::new(HashMap::<TipId, u32>::new()));
            let mut claimers = JoinSet::new();
            for claimer in 0..8 {
                let (store, taken) = (
                    if claimer % 2 == 0 {
                        queue.store.clone()
                    } else {
                        second.clone()
                    },
                    taken.clone(),
                );
                claimers.spawn(async move {
                    while store.waiting(Lane::ALL, NOW).await.unwrap() > 0 {
                        let token = LeaseToken(random::bytes().unwrap());
                        let tips = store
                            .claim(Lane::ALL, token, 5, 1 << 20, NOW, NOW + 600)
                            .await
                            .unwrap();
                        let ids: Vec<TipId> = tips.iter().map(|tip| tip.id).collect();
                        ids.iter()
                            .for_each(|id| *taken.lock().unwrap().entry(*id).or_default() += 1);
                        assert_eq!(store.ack(token, &ids).await.unwrap().left, []);
                    }
                });
            }
            claimers.join_all().await;
            let taken: Vec<u32> = taken.lock().unwrap().values().copied().collect();
            let twice = taken.iter().filter(|times| **times > 1).count();
            println!(
                "{}, run {run}: {twice} claimed twice, {} lost",
                queue.name,
                TIPS - taken.len()
            );
            assert_eq!(
                (taken.len(), twice, held(&queue.store).await),
                (TIPS, 0, 0),
                "{}",
                queue.name
            );
        }
    }
}

/// The negative control: the same claim without its condition repeated in the outer `where`.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_without_its_outer_condition_hands_tips_out_twice_on_postgres() {
    const CARELESS: &str = "with pick (number) as (select number from slot where state = 4 and lease_until <= $1 order by priority limit 5) \
         update slot set lease_token = $2, lease_until = $3 from pick where slot.number = pick.number returning id";
    let Some(queue) = Queue::on_postgres(ROOM).await else {
        return;
    };
    fill(
        &queue.store,
        &std::iter::repeat_with(text).take(500).collect::<Vec<_>>(),
    )
    .await;
    let pool = sqlx::PgPool::connect(&queue.url).await.unwrap();
    let taken = Arc::new(Mutex::new(HashMap::<Vec<u8>, u32>::new()));
    let mut claimers = JoinSet::new();
    for _ in 0..8 {
        let (pool, taken) = (pool.clone(), taken.clone());
        claimers.spawn(async move {
            loop {
                let token = random::bytes::<16>().unwrap().to_vec();
                let claim = sqlx::query_as::<_, (Vec<u8>,)>(CARELESS)
                    .bind((1_i64 << 40) + NOW)
                    .bind(token)
                    .bind((1_i64 << 40) + NOW + 600);
                match claim.fetch_all(&pool).await {
                    Ok(ids) if ids.is_empty() => break,
                    Ok(ids) => ids
                        .into_iter()
                        .for_each(|(id,)| *taken.lock().unwrap().entry(id).or_default() += 1),
                    Err(_) => {}
                }
            }
        });
    }
    claimers.join_all().await;
    let twice = taken
        .lock()
        .unwrap()
        .values()
        .filter(|times| **times > 1)
        .count();
    println!("without the outer condition: {twice} of 500 claimed twice");
    assert!(twice > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_gateways_share_one_queue_without_losing_or_doubling_a_tip() {
    for queue in engines(Capacity {
        text: 640,
        photos: [0; 4],
    })
    .await
    {
        let second = Store::open(
            &queue.url,
            Capacity {
                text: 640,
                photos: [0; 4],
            },
        )
        .await
        .unwrap();
        let tips: Vec<Sealed> = std::iter::repeat_with(text).take(600).collect();
        tokio::join!(
            fill(&queue.store, &tips[..300]),
            fill(&second, &tips[300..])
        );
        let mut out = Vec::new();
        let mut keep = |tip: Sealed| {
            out.push(tip.id);
            Ok(())
        };
        second.export(&mut keep).await.unwrap();
        let mut put_in: Vec<TipId> = tips.iter().map(|tip| tip.id).collect();
        out.sort();
        put_in.sort();
        assert!(out == put_in, "{}", queue.name);
    }
}
