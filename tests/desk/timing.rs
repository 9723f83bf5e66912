//! P14: the time of an answer tells nothing of a book that is not open. Only `.ci/deep books` sets
//! `LOKE_TRIES`, on an idle machine.

use std::time::{Duration, Instant};

use loke::desk::acting::Acting;
use loke::desk::people;
use loke::desk::register::AccountRole;
use loke::tip::{Lane, TipId};

use super::covers::{kept_in, photo};
use super::served::{ANN, Desk, OWN};
use crate::house::desk_browser::{DeskBrowser, code};
use crate::report::timing::{distance, most, per_mille, tries};

/// Tips in each of the two books.
const TIPS: usize = 50;

/// The names of some tips of a book, or names that no tip has.
async fn names(acting: &Acting, tips: &[TipId]) -> Vec<String> {
    let names = acting.register().names_of(tips).await.unwrap();
    names.into_values().collect()
}

async fn status_and_time(browser: &mut DeskBrowser, path: &str) -> (u16, Duration) {
    let began = Instant::now();
    let answer = browser.get(path).await;
    (answer.status, began.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_a_tip_of_a_book_that_is_not_open_and_no_tip_at_all_take_the_same_time() {
    let Some(tries) = tries() else {
        return;
    };
    let desk = Desk::new().await;
    desk.add("bob", "police", &[AccountRole::Officer]).await;
    let ann = desk.act("ann", ANN).await;
    people::add_book(&ann, "closed", &[Lane::Safeguarding])
        .await
        .unwrap();
    let ann = desk.act("ann", ANN).await;
    let photo = photo();
    let mut tips = [Vec::new(), Vec::new()];
    for (book, tips) in ["main", "closed"].into_iter().zip(&mut tips) {
        for _ in 0..TIPS {
            tips.push(kept_in(&ann, book, &photo).await.id);
        }
    }
    let (_, secret) = desk.bob_chooses().await;
    loke::desk::granting::grant(&ann, "main", "bob", None)
        .await
        .unwrap();
    desk.clock.advance(60);
    let mut bob = desk.browser();
    let code = code(&secret, desk.clock.now());
    assert_eq!(bob.sign_in("bob", OWN, &code).await.status, 303);

    let closed = names(&ann, &tips[1]).await;
    // A name of two words that no tip has, made from two names that tips have.
    let none: Vec<String> = closed
        .iter()
        .zip(closed.iter().skip(1).chain(&closed))
        .map(|(one, other)| {
            let (first, _) = one.split_once('-').unwrap();
            let (_, second) = other.split_once('-').unwrap();
            format!("{first}-{second}")
        })
        .filter(|name| !closed.contains(name))
        .collect();
    let pick = |all: &[String], n: usize| all[n % all.len()].clone();
    let kinds = [
        "name, closed",
        "name, none",
        "id, closed",
        "id, none",
        "control",
    ];
    let mut times = vec![Vec::new(); kinds.len()];
    for n in 0..tries * kinds.len() {
        let kind = (n + n / kinds.len()) % kinds.len();
        let path = match kind {
            0 => format!("/tip/{}", pick(&closed, n)),
            1 => format!("/tip/{}", pick(&none, n)),
            2 => format!("/tip/{}", tips[1][n % TIPS]),
            3 => format!("/tip/{}", TipId::random().unwrap()),
            // A page that asks no book and writes no audit row.
            _ => format!("/tips/{}", pick(&none, n)),
        };
        let (status, time) = status_and_time(&mut bob, &path).await;
        assert_eq!(status, 404, "{path}");
        times[kind].push(time);
    }
    let (status, _) = status_and_time(&mut bob, &format!("/tip/{}", tips[0][0])).await;
    assert_eq!(status, 200, "the book main is open");
    for (kind, all) in kinds.iter().zip(&mut times) {
        all.sort();
        println!(
            "{kind}: {} tries, median {} µs, p1 {} µs, p99 {} µs",
            all.len(),
            per_mille(all, 500),
            per_mille(all, 10),
            per_mille(all, 990)
        );
    }
    let found = |a: usize, b: usize| {
        let (found, allowed) = (
            distance(&times[a], &times[b]),
            most(times[a].len(), times[b].len()),
        );
        let (a, b) = (kinds[a], kinds[b]);
        println!("{a} and {b}: distance {found:.4}, at 1 % {allowed:.4}");
        found < allowed
    };
    assert!(!found(1, 4), "the control: another time is told");
    assert!(found(0, 1), "names");
    assert!(found(2, 3), "ids");
}
