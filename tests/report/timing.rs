//! Response times of the messages page, compared by a two-sample test: only `.ci/deep messages`
//! sets `LOKE_TRIES`, on an idle machine.

use std::time::{Duration, Instant};

use loke::clock::Clock;
use loke::gateway::settings::GatewaySettings;
use loke::pickup::Row;
use loke::receipt::Receipt;
use loke::reply_rows::{LOOK_BACK, Letter, Stage};
use loke::store::Store;

use crate::house::browser::{Browser, text};
use crate::house::limit;
use crate::house::real::RealGateway;

/// Visitors at the same time.
const VISITORS: usize = 20;
const KINDS: [&str; 4] = ["right", "wrong", "empty", "expired"];

/// Kolmogorov and Smirnov: the largest distance of two empirical distributions.
pub(crate) fn distance(a: &[Duration], b: &[Duration]) -> f64 {
    let share = |all: &[Duration], at: &Duration| {
        all.partition_point(|one| one <= at) as f64 / all.len() as f64
    };
    let gaps = a
        .iter()
        .chain(b)
        .map(|at| (share(a, at) - share(b, at)).abs());
    gaps.fold(0.0, f64::max)
}

/// The distance that equal distributions exceed in one of a hundred comparisons.
pub(crate) fn most(a: usize, b: usize) -> f64 {
    let (a, b) = (a as f64, b as f64);
    1.628 * ((a + b) / (a * b)).sqrt()
}

#[test]
fn control_the_two_sample_test_tells_a_shift_and_nothing_from_nothing() {
    let times = |shift: u64| -> Vec<Duration> {
        let at = |n: u64| Duration::from_micros(500_000 + n * 7_919 % 1_000 + shift);
        let mut all: Vec<_> = (0..1_000).map(at).collect();
        all.sort();
        all
    };
    assert!(distance(&times(0), &times(0)) < most(1_000, 1_000));
    assert!(distance(&times(0), &times(200)) > most(1_000, 1_000));
}

/// Leaves a reply that can be found, a stage without a reply, and a reply that is a day too old.
async fn leave(gateway: &RealGateway, receipts: &[Receipt; 4]) {
    let read = GatewaySettings::read(gateway.config()).unwrap();
    let store = Store::open(&read.database, read.capacity).await.unwrap();
    let today = Clock::System.today();
    for (at, back, text) in [(0, 0, "A reply."), (2, 0, ""), (3, LOOK_BACK, "Too old.")] {
        let day = today.plus(-back);
        let letter = Letter {
            stage: Stage::Read,
            answer_to: None,
            older: 0,
            day,
            text: text.to_owned(),
        };
        let name = receipts[at].reply_box().row(day, 0);
        let sealed = receipts[at].reply_key().seal_row(name, &letter);
        let mut rows = vec![Row {
            name,
            sealed: sealed.unwrap().unwrap(),
        }];
        rows.extend((1..1_024).map(|_| Row::random().unwrap()));
        let book = [u8::try_from(at).unwrap(); 16];
        store
            .replace_replies("desk", book, day, rows)
            .await
            .unwrap();
    }
}

/// A gateway without limits for callers: all visitors of these tests have one address.
async fn open(place: &std::path::Path) -> RealGateway {
    let folder = place.join("gateway");
    let mut gateway =
        RealGateway::new(place, folder, "sqlite:queue.db", "20000,8,4,1,1", |table| {
            limit(
                table,
                &[
                    ("requests_per_minute", 10_000_000),
                    ("reports_per_hour", 10_000_000),
                ],
            );
        });
    gateway.start().await;
    gateway
}

pub(crate) fn tries() -> Option<usize> {
    std::env::var("LOKE_TRIES").ok()?.parse().ok()
}

pub(crate) fn per_mille(sorted: &[Duration], share: usize) -> u128 {
    sorted[(sorted.len() - 1) * share / 1_000].as_micros()
}

/// Most requests of one measurement: over all of them, the queue stays less than half full, so that
/// no share of it ends.
const MOST: usize = 2_400;

/// The time of each request of a report: form, check, send.
async fn report_times(browser: Browser, until: Instant) -> Vec<Duration> {
    let mut times = Vec::new();
    while Instant::now() < until && times.len() < MOST {
        let began = Instant::now();
        let fields = [text("topic", "other"), text("what", "x")];
        let (_, all) = browser.check(&fields).await.unwrap();
        let checked = Instant::now();
        assert!(
            browser
                .post("/send", &all)
                .await
                .unwrap()
                .receipt()
                .is_some()
        );
        times.extend([(checked - began) / 2, checked.elapsed()]);
    }
    times
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_fifty_look_ups_a_second_cost_the_form_a_fifth_at_most() {
    if tries().is_none() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let gateway = open(place.path()).await;
    let browser = Browser(gateway.browser.0);
    report_times(browser, Instant::now() + Duration::from_secs(2)).await;
    let (mut ratios, mut honest) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let mut p99 = [0; 2];
        for (guessing, p99) in [false, true].into_iter().zip(&mut p99) {
            let until = Instant::now() + Duration::from_secs(15);
            let guesses = (0_u8..25).filter(|_| guessing).map(|n| {
                tokio::spawn(async move {
                    let digits = Receipt::derive(&[6; 32], &[n]).groups().concat();
                    let mut times = Vec::new();
                    while Instant::now() < until {
                        let began = Instant::now();
                        let fields = [("receipt", digits.as_str())];
                        browser.post_urlencoded("/messages", &fields).await.unwrap();
                        times.push(began.elapsed());
                    }
                    times
                })
            });
            let guesses: Vec<_> = guesses.collect();
            let mut times = report_times(browser, until).await;
            times.sort();
            *p99 = per_mille(&times, 990);
            println!(
                "guesses: {guessing}, {} requests, p99 {p99} µs",
                times.len()
            );
            for guess in guesses {
                honest.extend(guess.await.unwrap());
            }
        }
        ratios.push(p99[1] as f64 / p99[0] as f64);
    }
    ratios.sort_by(f64::total_cmp);
    honest.sort();
    println!(
        "the form's p99 with 50 look-ups a second against without: {ratios:.2?}; a look-up beside them takes {} µs at most (p99 {})",
        per_mille(&honest, 1_000),
        per_mille(&honest, 990)
    );
    assert!(ratios[1] <= 1.2, "{ratios:?}");
    assert!(per_mille(&honest, 990) < 1_000_000, "a second at most");
}

#[tokio::test(flavor = "multi_thread")]
async fn p16_right_wrong_empty_and_expired_digits_take_the_same_time() {
    let Some(rounds) = tries() else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let gateway = open(place.path()).await;
    let receipts = [0_u8, 1, 2, 3].map(|n| Receipt::derive(&[5; 32], &[n]));
    leave(&gateway, &receipts).await;
    let digits = receipts.map(|receipt| receipt.groups().concat());
    let visitors = (0..VISITORS).map(|visitor| {
        let (browser, digits) = (Browser(gateway.browser.0), digits.clone());
        tokio::spawn(async move {
            let mut times = vec![Vec::new(); KINDS.len()];
            for turn in 0..rounds.div_ceil(VISITORS) * KINDS.len() {
                let kind = (turn + visitor) % KINDS.len();
                let began = Instant::now();
                let fields = [("receipt", digits[kind].as_str())];
                let page = browser.post_urlencoded("/messages", &fields).await.unwrap();
                times[kind].push(began.elapsed());
                assert_eq!(page.status, 200);
            }
            times
        })
    });
    let mut times = vec![Vec::new(); KINDS.len()];
    for visitor in visitors.collect::<Vec<_>>() {
        for (all, own) in times.iter_mut().zip(visitor.await.unwrap()) {
            all.extend(own);
        }
    }
    for (kind, all) in KINDS.iter().zip(&mut times) {
        all.sort();
        println!(
            "{kind}: {} tries, median {} µs, p1 {} µs, p99 {} µs",
            all.len(),
            per_mille(all, 500),
            per_mille(all, 10),
            per_mille(all, 990)
        );
    }
    for a in 0..KINDS.len() {
        for b in 0..a {
            let (found, allowed) = (
                distance(&times[a], &times[b]),
                most(times[a].len(), times[b].len()),
            );
            println!(
                "{} and {}: distance {found:.4}, at 1 % {allowed:.4}",
                KINDS[a], KINDS[b]
            );
            assert!(found < allowed, "{} and {} differ", KINDS[a], KINDS[b]);
        }
    }
}
