//! Collecting from a real pickup over mutual TLS: nothing lost, nothing duplicated, nothing
//! acknowledged before it is stored and opened.

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use loke::clock::Day;
use loke::desk::keys::Identity;
use loke::pickup::Enrolment;
use loke::random;
use loke::seal::{MacKey, Recipients, Sealed, seal};
use loke::store::{Once, QueueEntry};
use loke::tip::{Lane, Priority, Tip, TipId};

use super::{Bench, tip};
use crate::house::chance::{Chance, seed};
use crate::pickup::gate::Gate;
use crate::store::queue::another;

/// A desk and the gateway that it is connected to.
struct Pair {
    bench: Bench,
    gate: Gate,
}

impl Pair {
    async fn new() -> Self {
        let pair = Self {
            bench: Bench::new(),
            gate: Gate::open("sqlite:queue.db", 0).await,
        };
        pair.connect("desk-1", |_| ());
        pair
    }

    /// Enrols the desk, and connects it with the enrolment that `change` edited.
    fn connect(&self, name: &str, change: impl FnOnce(&mut Enrolment)) -> String {
        let mut enrolment = self.gate.enrol(name, "");
        enrolment.pickup = self.gate.address().to_string();
        change(&mut enrolment);
        let file = self.bench.path("enrolment");
        fs::write(&file, toml::to_string(&enrolment).unwrap()).unwrap();
        self.bench
            .ok(&["connect", "--enrolment", file.to_str().unwrap()])
    }

    async fn put(&self, sealed: Sealed) -> TipId {
        let (id, until) = (sealed.id, Day(30_000));
        let entry = QueueEntry {
            once: Once {
                value: random::bytes().unwrap(),
                until,
            },
            proven: true,
            taker: another(),
            released: true,
        };
        self.gate.store.put(sealed, entry).await.unwrap();
        id
    }

    async fn report(&self, n: usize) -> Vec<TipId> {
        let mut ids = Vec::new();
        for i in 0..n {
            let tip = tip(&format!("report {i}"), Priority::Soon, "2026-11-22");
            ids.push(
                self.put(self.bench.seal(&tip, &[], &self.gate.mac_key))
                    .await,
            );
        }
        ids.sort_unstable();
        ids
    }

    /// Every tip in the queue, leased or not.
    async fn queued(&self) -> usize {
        let mut count = 0;
        let mut each = |_: Sealed| {
            count += 1;
            Ok(())
        };
        self.gate.store.export(&mut each).await.unwrap();
        count
    }

    /// Runs the program while the gateway answers in this process.
    async fn pull(&self) -> (bool, String) {
        let mut command = self.bench.command(&["pull"]);
        let out = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        (out.status.success(), super::said(&out))
    }

    fn start_pull(&self) -> Child {
        self.bench
            .command(&["pull"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Tips without a lease.
    async fn waiting(&self) -> u64 {
        self.gate
            .store
            .waiting(Lane::ALL, self.gate.clock.now())
            .await
            .unwrap()
    }

    /// Waits until a pull has claimed some of the `queued` tips.
    async fn first_claim(&self, queued: u64, pull: &mut Child) {
        let mut tick = tokio::time::interval(Duration::from_millis(1));
        while self.waiting().await == queued && pull.try_wait().unwrap().is_none() {
            tick.tick().await;
        }
    }

    fn listed(&self) -> Vec<TipId> {
        let mut ids: Vec<TipId> = self
            .bench
            .list()
            .iter()
            .map(|line| line["id"].as_str().unwrap().parse().unwrap())
            .collect();
        ids.sort_unstable();
        ids
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_says_when_the_queue_was_more_than_half_full() {
    let pair = Pair::new().await;
    pair.report(127).await;
    assert!(
        !pair.pull().await.1.contains("is filling up"),
        "the control: not quite half"
    );
    pair.report(128).await;
    let (ok, text) = pair.pull().await;
    assert!(
        ok && text.contains(&format!(
            "The queue at {} is filling up",
            pair.gate.address()
        )),
        "{text}"
    );
    assert!(
        !pair.pull().await.1.contains("is filling up"),
        "it is collected"
    );
}

/// A tip that the desk's key does not open.
fn sealed_to_another(tip: &Tip, mac_key: &MacKey) -> Sealed {
    let mut recipients = Recipients::default();
    recipients.add(tip.lane, Identity::generate().recipient().unwrap());
    seal(tip, &[], &recipients, mac_key, Day(20_800)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_collects_everything_once_and_empties_the_queue() {
    let pair = Pair::new().await;
    let sent = pair.report(120).await;
    let (ok, said) = pair.pull().await;
    assert!(
        ok && said == "120 tips collected, 0 left in the queue\n",
        "{said}"
    );
    assert_eq!((pair.listed(), pair.queued().await), (sent, 0));
    let (ok, said) = pair.pull().await;
    assert!(
        ok && said == "0 tips collected, 0 left in the queue\n",
        "{said}"
    );
    assert!(pair.bench.ok(&["audit", "verify"]).contains("whole"));
    pair.gate.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_open_stays_in_the_queue_and_keeps_no_other() {
    let pair = Pair::new().await;
    // More tips than one claim returns, all more urgent than the one that opens.
    let mut closed = Vec::new();
    for _ in 0..70 {
        closed.push(
            pair.put(sealed_to_another(
                &tip("closed", Priority::Now, "2026-11-22"),
                &pair.gate.mac_key,
            ))
            .await,
        );
    }
    let sent = pair.report(1).await;
    let (ok, said) = pair.pull().await;
    assert!(
        !ok && said.contains("1 tip collected, 70 left in the queue"),
        "{said}"
    );
    assert!(
        closed.iter().all(|id| said.contains(&format!(
            "tip {id} stays where it is: it was sealed to other keys"
        ))),
        "{said}"
    );
    assert_eq!((pair.listed(), pair.queued().await), (sent, 70));
    pair.gate.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_tampered_with_is_an_alarm_and_is_kept_out() {
    let pair = Pair::new().await;
    let sent = pair.report(1).await;
    let row = |what| {
        pair.bench.seal(
            &tip(what, Priority::Soon, "2026-11-22"),
            &[],
            &pair.gate.mac_key,
        )
    };
    let (mut raised, mut moved, mut forged, mut swapped) = (row("a"), row("b"), row("c"), row("d"));
    raised.priority = Priority::Now;
    moved.lane = Lane::Drugs;
    forged = pair.bench.seal(
        &tip("e", Priority::Now, "2026-11-22"),
        &[],
        &MacKey::new([forged.mac[0]; 32]),
    );
    swapped.bytes = row("f").bytes;
    let mut tampered = Vec::new();
    for row in [raised, moved, forged, swapped] {
        tampered.push(pair.put(row).await);
    }
    let (ok, said) = pair.pull().await;
    assert!(
        !ok && said.contains("1 tip collected, 4 left in the queue"),
        "{said}"
    );
    assert!(
        tampered
            .iter()
            .all(|id| said.contains(&format!("ALARM: tip {id}"))),
        "{said}"
    );
    assert_eq!((pair.listed(), pair.queued().await), (sent, 4));
    pair.gate.clock.advance(601);
    assert!(pair.pull().await.1.contains("ALARM"));
    let alarms = pair
        .bench
        .register()
        .await
        .trail()
        .await
        .unwrap()
        .into_iter()
        .filter(|row| row.action == "alarm")
        .count();
    assert_eq!(alarms, 4, "each alarm is written down once");
    pair.gate.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tip_under_a_known_id_is_an_alarm_and_changes_nothing() {
    let pair = Pair::new().await;
    let first = tip("first", Priority::Now, "2026-11-22");
    pair.put(pair.bench.seal(&first, &[], &pair.gate.mac_key))
        .await;
    assert!(pair.pull().await.0);
    let mut second = tip("second", Priority::Now, "2026-11-22");
    second.id = first.id;
    pair.put(pair.bench.seal(&second, &[], &pair.gate.mac_key))
        .await;
    let (ok, said) = pair.pull().await;
    assert!(
        !ok && said.contains("ALARM") && said.contains("0 tips collected, 1 left"),
        "{said}"
    );
    assert!(
        pair.bench
            .ok(&["show", &first.id.to_string()])
            .contains("first")
    );
    pair.gate.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_with_another_certificate_is_sent_nothing() {
    let pair = Pair::new().await;
    pair.report(1).await;
    pair.connect("desk-2", |enrolment| enrolment.pin = hex::encode([7; 32]));
    let (ok, said) = pair.pull().await;
    assert!(
        !ok && said.contains("ALARM") && said.contains("does not have the enrolled certificate"),
        "{said}"
    );
    assert_eq!(pair.queued().await, 1);
    assert!(pair.connect("desk-3", |_| ()).contains("Connected again"));
    assert!(
        pair.pull().await.0,
        "the control: with its own pin it collects"
    );
    pair.gate.revoke("desk-3");
    let (ok, said) = pair.pull().await;
    assert!(!ok && said.contains("revoked"), "{said}");
    pair.gate.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_away_keeps_no_other_from_being_collected() {
    let pair = Pair::new().await;
    pair.report(2).await;
    pair.connect("desk-2", |enrolment| {
        enrolment.pickup = "127.0.0.1:1".into()
    });
    let (ok, said) = pair.pull().await;
    assert!(
        !ok && said.contains("2 tips collected, 0 left")
            && said.contains("127.0.0.1:1 cannot be reached"),
        "{said}"
    );
    pair.gate.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p17_check_names_a_lane_that_nobody_collected_and_a_gateway_that_is_away() {
    let pair = Pair::new().await;
    let config = pair.bench.folder().join("desk.toml");
    let check = async || {
        let mut check = std::process::Command::new(crate::house::programs::desk());
        check.arg("check").arg("--config").arg(&config);
        let done = tokio::task::spawn_blocking(move || check.output().unwrap());
        super::said(&done.await.unwrap())
    };
    let lane = "The lane graffiti was not collected for a working day";
    let before = check().await;
    assert!(before.contains(lane), "{before}");
    assert!(!before.contains("cannot be reached"), "{before}");
    assert!(pair.pull().await.0);
    let after = check().await;
    assert!(!after.contains("was not collected"), "{after}");
    pair.gate.close().await;
    let away = check().await;
    assert!(away.contains("cannot be reached"), "{away}");
}

/// P6 at the desk: `kill -9` at random instants of a pull loses nothing and duplicates nothing.
/// `LOKE_KILLS` sets the number of kills. Every other kill comes after the first claim, the most
/// delicate time; the others come at any time.
#[tokio::test(flavor = "multi_thread")]
async fn a_pull_that_is_killed_at_any_instant_loses_and_doubles_nothing() {
    let kills: u32 = std::env::var("LOKE_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(10);
    let mut chance = Chance(seed("kills of a pull"));
    let pair = Pair::new().await;
    let mut sent = pair.report(130).await;
    let started = Instant::now();
    let mut pull = pair.start_pull();
    pair.first_claim(130, &mut pull).await;
    let to_claim = started.elapsed();
    assert!(
        tokio::task::spawn_blocking(move || pull.wait().unwrap())
            .await
            .unwrap()
            .success()
    );
    let whole = started.elapsed();
    let mut midway = 0;
    for round in 0..kills {
        sent.extend(pair.report(130).await);
        let mut pull = pair.start_pull();
        let span = if round % 2 == 0 {
            whole
        } else {
            pair.first_claim(130, &mut pull).await;
            whole - to_claim
        };
        tokio::time::sleep(chance.within(span)).await;
        pull.kill().unwrap();
        pull.wait().unwrap();
        let left = pair.queued().await;
        midway += u32::from(left > 0 && pair.waiting().await < 130);
        let held = pair.listed().len();
        assert!(
            held + left >= sent.len(),
            "round {round}: {} sent, {held} held, {left} queued",
            sent.len()
        );
        // The next pull continues at once, without waiting for the lease to expire.
        let (ok, said) = pair.pull().await;
        assert!(ok, "{said}");
        sent.sort_unstable();
        assert_eq!(
            (pair.listed(), pair.queued().await),
            (sent.clone(), 0),
            "round {round}"
        );
    }
    assert!(pair.bench.ok(&["audit", "verify"]).contains("whole"));
    println!(
        "{kills} kills, {midway} of them between the first claim and the last ack, {} tips: 0 lost, 0 doubled",
        sent.len()
    );
    assert!(
        kills < 10 || midway > 0,
        "no kill fell into the collecting: the test shows nothing"
    );
    pair.gate.close().await;
}
