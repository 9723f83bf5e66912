//! The pickup over real mutual TLS, on both database engines: who may collect, what a lease means,
//! when tips are released; and the commands of `loke-gateway` through the real program.

use std::collections::HashSet;

use loke::gateway::housekeeping::Housekeeping;
use loke::gateway::pickup::tls::Pair;
use loke::pickup::{Ack, Acked, Claim, Claimed, Count, Counted, LeaseToken, Renew, Renewed};
use loke::seal::Sealed;
use loke::tip::{Lane, Priority, TipId};

use client::{Client, token};
use gate::{Gate, NOON, databases};

mod checks;
pub(crate) mod client;
mod commands;
pub(crate) mod gate;
mod replies;
mod split;

fn ids(claimed: &Claimed) -> HashSet<TipId> {
    claimed.tips.iter().map(|t| t.id).collect()
}

async fn ack(desk: &Client, token: LeaseToken, ids: &[TipId]) -> Acked {
    desk.ask(
        "/ack",
        &Ack {
            token,
            ids: ids.to_vec(),
        },
    )
    .await
    .unwrap()
}

async fn renew(desk: &Client, token: LeaseToken) -> u64 {
    desk.ask::<Renewed>("/renew", &Renew { token })
        .await
        .unwrap()
        .held
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_and_an_ack_may_be_repeated() {
    for database in databases().await {
        let gate = Gate::open(&database, 0).await;
        let desk = gate.desk("one", "");
        for _ in 0..3 {
            gate.put(Lane::Drugs, Priority::Routine).await;
        }
        let lease = token();
        let first = desk.claim(lease, 2).await;
        assert_eq!(
            (first.tips.len(), first.waiting, first.lease_seconds),
            (2, 1, 600)
        );
        assert!(
            first
                .tips
                .iter()
                .cloned()
                .map(Sealed::from)
                .all(|s| gate.mac_key.holds(&s))
        );
        assert_eq!(
            ids(&desk.claim(lease, 2).await),
            ids(&first),
            "the same token gives the same tips"
        );

        let mine: Vec<_> = ids(&first).into_iter().collect();
        for _ in 0..2 {
            assert_eq!(
                ack(&desk, lease, &mine).await,
                Acked {
                    gone: mine.clone(),
                    lapsed: vec![]
                }
            );
        }
        let rest = desk.claim(token(), 9).await;
        assert_eq!((rest.tips.len(), rest.waiting), (1, 0));
        assert!(ids(&rest).is_disjoint(&ids(&first)));
        gate.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ack_needs_the_token_of_the_lease() {
    for database in databases().await {
        let gate = Gate::open(&database, 0).await;
        let desk = gate.desk("one", "");
        let id = gate.put(Lane::Other, Priority::Routine).await;
        let lease = token();
        desk.claim(lease, 1).await;
        assert_eq!(
            ack(&desk, token(), &[id]).await,
            Acked {
                gone: vec![],
                lapsed: vec![id]
            }
        );
        assert_eq!(renew(&desk, token()).await, 0);
        assert_eq!(renew(&desk, lease).await, 1, "the tip is still leased");
        assert_eq!(ack(&desk, lease, &[id]).await.gone, vec![id]);
        gate.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lapsed_lease_returns_the_tip_and_a_renewed_one_keeps_it() {
    for database in databases().await {
        let gate = Gate::open(&database, 0).await;
        let (one, two) = (gate.desk("one", ""), gate.desk("two", ""));
        let id = gate.put(Lane::Other, Priority::Routine).await;
        let (lease, other) = (token(), token());
        one.claim(lease, 1).await;
        gate.clock.advance(590);
        assert_eq!(renew(&one, lease).await, 1);
        gate.clock.advance(590);
        assert!(
            two.claim(other, 1).await.tips.is_empty(),
            "a renewed lease holds its full time again"
        );
        gate.clock.advance(11);
        assert_eq!(
            renew(&one, lease).await,
            0,
            "a lapsed lease cannot be renewed"
        );
        assert_eq!(ids(&two.claim(other, 1).await), HashSet::from([id]));
        assert_eq!(ack(&one, lease, &[id]).await.lapsed, vec![id]);
        assert_eq!(ack(&two, other, &[id]).await.gone, vec![id]);
        gate.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_gets_its_own_lanes_and_no_others() {
    for database in databases().await {
        let gate = Gate::open(&database, 0).await;
        let mut drugs = HashSet::new();
        for lane in Lane::ALL {
            let id = gate.put(*lane, Priority::Routine).await;
            if *lane == Lane::Drugs {
                drugs.insert(id);
            }
        }
        let narrow = gate.desk("narrow", "drugs");
        let got = narrow.claim(token(), 64).await;
        assert_eq!((ids(&got), got.waiting), (drugs, 0));
        let wide = gate.desk("wide", "");
        assert_eq!(
            wide.claim(token(), 64).await.tips.len(),
            Lane::ALL.len() - 1,
            "the others were there to be had"
        );
        gate.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn urgent_tips_come_first_and_no_claim_takes_more_than_it_may() {
    for database in databases().await {
        let gate = Gate::open(&database, 0).await;
        let desk = gate.desk("one", "");
        for priority in [
            Priority::Routine,
            Priority::Now,
            Priority::Soon,
            Priority::Now,
        ] {
            gate.put(Lane::Other, priority).await;
        }
        let order: Vec<_> = desk
            .claim(token(), 3)
            .await
            .tips
            .iter()
            .map(|t| t.priority)
            .collect();
        assert_eq!(order, [Priority::Now, Priority::Now, Priority::Soon]);
        for _ in 0..70 {
            gate.put(Lane::Graffiti, Priority::Routine).await;
        }
        let most = desk.claim(token(), u16::MAX).await;
        assert_eq!((most.tips.len(), most.waiting), (64, 7));
        gate.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_enrolled_certificate_gets_an_answer_and_both_ways_hold_at_once() {
    let gate = Gate::open("sqlite:queue.db", 0).await;
    gate.put(Lane::Other, Priority::Routine).await;
    let enrolment = gate.enrol("one", "");
    let body = serde_json::to_vec(&Claim {
        token: token(),
        most: 1,
        lanes: None,
    })
    .unwrap();

    let nobody = Client::with(None, &enrolment.pin, gate.address());
    assert!(
        nobody.post("/claim", &body).await.is_err(),
        "no certificate"
    );
    let stranger = Pair::new("one").unwrap();
    let stranger = Client::with(
        Some((&stranger.certificate, &stranger.key)),
        &enrolment.pin,
        gate.address(),
    );
    assert!(
        stranger.post("/claim", &body).await.is_err(),
        "a certificate of the same name, not enrolled"
    );
    let thief = Pair::new("one").unwrap();
    let thief = Client::with(
        Some((&enrolment.certificate, &thief.key)),
        &enrolment.pin,
        gate.address(),
    );
    assert!(
        thief.post("/claim", &body).await.is_err(),
        "an enrolled certificate without its key"
    );
    let lost = Client::with(
        Some((&enrolment.certificate, &enrolment.key)),
        &hex::encode([7; 32]),
        gate.address(),
    );
    assert!(
        lost.post("/claim", &body).await.is_err(),
        "the desk pins the gateway"
    );

    let desk = Client::new(&enrolment, gate.address());
    assert_eq!(desk.post("/claim", &body).await.unwrap().0, 200);
    gate.revoke("one");
    assert!(
        desk.post("/claim", &body).await.is_err(),
        "revoked while the gateway runs"
    );
    let again = gate.desk("two", "");
    assert_eq!(
        again.post("/claim", &body).await.unwrap().0,
        200,
        "enrolled while the gateway runs"
    );
    gate.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_request_gets_a_status_and_a_problem_that_repeats_nothing() {
    let gate = Gate::open("sqlite:queue.db", 0).await;
    let desk = gate.desk("one", "");
    let canary = "canary-value";
    let long = vec![b' '; 70_000];
    let unknown_key = format!(
        "{{\"token\":\"{}\",\"most\":1,\"{canary}\":1}}",
        "00".repeat(16)
    );
    for (path, body, status) in [
        ("/claim", canary.as_bytes(), 400),
        ("/claim", unknown_key.as_bytes(), 400),
        ("/claim", b"", 400),
        ("/ack", b"\xff\xfe", 400),
        ("/ack", &long, 413),
        ("/canary-value", b"", 404),
    ] {
        let (got, answer) = desk.post(path, body).await.unwrap();
        let text = String::from_utf8(answer).unwrap();
        assert_eq!(got, status, "{path} {text}");
        assert!(
            text.starts_with("{\"problem\":") && !text.contains(canary),
            "{text}"
        );
    }
    gate.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tips_wait_for_the_release_time_unless_they_are_urgent() {
    for database in databases().await {
        let gate = Gate::open(&database, 60).await;
        let desk = gate.desk("one", "");
        let waits = gate.put(Lane::Drugs, Priority::Soon).await;
        let urgent = gate.put(Lane::Drugs, Priority::Now).await;
        let lease = token();
        let first = desk.claim(lease, 9).await;
        assert_eq!(
            (ids(&first), first.waiting),
            (HashSet::from([urgent]), 0),
            "not even the count tells of one that waits"
        );
        assert_eq!(ack(&desk, lease, &[urgent]).await.gone, vec![urgent]);

        // A start in the middle of the hour is no release time.
        let mut chores = Housekeeping::start(gate.store.clone(), 60, 30, &gate.clock).await;
        gate.clock.advance(3_600 - 60 - 1);
        chores.step(gate.clock.now()).await;
        assert!(
            desk.claim(token(), 9).await.tips.is_empty(),
            "a second before the hour"
        );
        gate.clock.advance(1);
        assert_eq!(gate.clock.now(), NOON + 3_600);
        chores.step(gate.clock.now()).await;
        assert_eq!(ids(&desk.claim(token(), 9).await), HashSet::from([waits]));
        gate.close().await;
    }
}

/// Offensive graffiti must be removed within two hours, so it does not wait. What skips the release
/// time follows from lane and priority, which are beside the seal anyway.
#[tokio::test(flavor = "multi_thread")]
async fn offensive_graffiti_is_released_at_once_and_other_graffiti_is_not() {
    for database in databases().await {
        let gate = Gate::open(&database, 60).await;
        let desk = gate.desk("one", "");
        let offensive = gate.put(Lane::Graffiti, Priority::Soon).await;
        gate.put(Lane::Graffiti, Priority::Routine).await;
        gate.put(Lane::Cuckooing, Priority::Soon).await;
        assert_eq!(
            ids(&desk.claim(token(), 9).await),
            HashSet::from([offensive])
        );
        gate.close().await;
    }
}

/// What each lane and priority of an answer to a count has.
fn kinds(counted: &Counted) -> Vec<(Lane, Priority, u64)> {
    let kinds = counted.waiting.iter();
    kinds
        .map(|kind| (kind.lane, kind.priority, kind.tips))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_a_count_tells_released_tips_of_the_desks_own_lanes_and_is_no_collection() {
    for database in databases().await {
        let gate = Gate::open(&database, 60).await;
        let desk = gate.desk("one", "drugs,graffiti");
        gate.put(Lane::Drugs, Priority::Now).await;
        gate.put(Lane::Drugs, Priority::Routine).await;
        gate.put(Lane::Graffiti, Priority::Soon).await;
        gate.put(Lane::Safeguarding, Priority::Now).await;
        let count = async || desk.ask::<Counted>("/count", &Count {}).await.unwrap();
        let counted = count().await;
        assert_eq!(
            kinds(&counted),
            [
                (Lane::Drugs, Priority::Now, 1),
                (Lane::Drugs, Priority::Soon, 0),
                (Lane::Drugs, Priority::Routine, 0),
                (Lane::Graffiti, Priority::Now, 0),
                (Lane::Graffiti, Priority::Soon, 1),
                (Lane::Graffiti, Priority::Routine, 0),
            ],
            "p3: not even the count tells of one that waits for its release"
        );
        let keys: Vec<_> = counted
            .recipients
            .iter()
            .map(|r| (r.lane, r.keys.len()))
            .collect();
        assert_eq!(keys, [(Lane::Drugs, 1), (Lane::Graffiti, 1)]);
        assert!(counted.recipients[0].keys[0].starts_with("age1"));
        // A lease does not end the wait: somebody may have claimed it and been killed.
        let leased = desk.claim(token(), 1).await;
        assert_eq!(leased.tips.len(), 1);
        assert_eq!(count().await, counted);
        gate.store.release().await.unwrap();
        let released: u64 = kinds(&count().await).iter().map(|(.., tips)| tips).sum();
        assert_eq!(released, 3, "the control: after the release time all count");
        gate.close().await;
    }
}

/// A desk that only counts has not collected: the page must warn and shut as if nobody came.
#[tokio::test(flavor = "multi_thread")]
async fn p17_who_only_counts_does_not_keep_the_door_open() {
    let gate = Gate::open("sqlite:queue.db", 0).await;
    let desk = gate.desk("one", "");
    gate.store.read_collections().await.unwrap();
    let first = gate.store.collected_on(Lane::Other);
    assert!(first.is_some());
    gate.clock.advance(3 * 86_400);
    desk.ask::<Counted>("/count", &Count {}).await.unwrap();
    gate.store.read_collections().await.unwrap();
    assert_eq!(gate.store.collected_on(Lane::Other), first);
    assert_eq!(gate.store.last_collection().await.unwrap(), None);
    desk.claim(token(), 1).await;
    let today = gate.clock.today();
    assert_eq!(
        gate.store.last_collection().await.unwrap(),
        Some(gate.clock.now())
    );
    gate.store.read_collections().await.unwrap();
    assert_eq!(
        gate.store.collected_on(Lane::Other),
        Some(today),
        "the control"
    );
    gate.close().await;
}

/// A process without `[pickup]` (web or text messages only) has no release times and stores its
/// tips as waiting.
#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_held_back_a_desk_gets_what_another_process_stored() {
    for database in databases().await {
        for (release_minutes, given) in [(0, 1), (60, 0)] {
            let mut gate = Gate::open(&database, release_minutes).await;
            gate.at_once = false;
            gate.put(Lane::Drugs, Priority::Routine).await;
            let desk = gate.desk("one", "");
            let lease = token();
            let claimed = desk.claim(lease, 9).await;
            assert_eq!(claimed.tips.len(), given, "{release_minutes}");
            ack(
                &desk,
                lease,
                &claimed.tips.iter().map(|t| t.id).collect::<Vec<_>>(),
            )
            .await;
            gate.close().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_at_once_never_share_a_tip_and_none_is_lost() {
    for database in databases().await {
        let gate = Gate::open(&database, 0).await;
        let desks = [gate.desk("one", ""), gate.desk("two", "")];
        let mut all = HashSet::new();
        for _ in 0..120 {
            all.insert(gate.put(Lane::Cuckooing, Priority::Routine).await);
        }
        let collect = |desk: Client| async move {
            let mut got = Vec::new();
            loop {
                let lease = token();
                let tips: Vec<_> = desk
                    .claim(lease, 5)
                    .await
                    .tips
                    .iter()
                    .map(|t| t.id)
                    .collect();
                if tips.is_empty() {
                    return got;
                }
                assert!(ack(&desk, lease, &tips).await.lapsed.is_empty());
                got.extend(tips);
            }
        };
        let [one, two] = desks;
        let (one, two) = tokio::join!(tokio::spawn(collect(one)), tokio::spawn(collect(two)));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(
            !one.is_empty() && !two.is_empty(),
            "both desks collected: {} and {}",
            one.len(),
            two.len()
        );
        assert_eq!(one.len() + two.len(), all.len());
        assert_eq!(one.into_iter().chain(two).collect::<HashSet<_>>(), all);
        gate.close().await;
    }
}
