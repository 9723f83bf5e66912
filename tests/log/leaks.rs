//! The requests of `storm.rs` against a house and against the real program, both with full logging:
//! no planted word in the log, and none in a response other than the writer's own page.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use loke::pickup::Enrolment;

use super::storm::{PAGES, PICKUP, SERVER_NAME, Storm};
use crate::house::browser::Browser;
use crate::house::real::RealGateway;
use crate::house::sweep::Sweep;
use crate::house::{House, limit, log};
use crate::store::queue::new_database;

/// So that no limit rejects a request early.
const UNLIMITED: &[(&str, i64)] = &[
    ("requests_per_minute", 1_000_000),
    ("photos_per_hour", 1_000_000),
];

/// Sends everything, and searches for it in the pages that other people see meanwhile.
async fn rage(web: SocketAddr, desk: &Enrolment) -> (Storm, Sweep) {
    let mut storm = Storm::default();
    storm.resident(web).await;
    storm.pages(web).await;
    storm.pickup(desk.pickup.parse().unwrap(), desk).await;
    for path in [
        "/",
        "/en",
        "/about",
        "/privacy",
        "/device",
        "/messages",
        "/leave",
        "/s/1",
        "/c/ab12",
        "/nowhere",
    ] {
        let page = Browser(web).get(path).await.unwrap();
        storm
            .answers
            .push((format!("{path} for another visitor"), page.body));
    }
    let sweep = Sweep::new(storm.words.iter().map(|(name, word)| (name.clone(), word))).unwrap();
    let repeated: Vec<String> = storm
        .answers
        .iter()
        .flat_map(|(name, answer)| {
            sweep
                .finds(answer)
                .into_iter()
                // A mistyped receipt stays in its field, as words do: it opens nothing.
                .filter(move |find| !(find.name == "the receipt" && name == "a receipt"))
                .map(move |find| format!("{find} in the answer to {name}"))
        })
        .collect();
    assert_eq!(repeated, Vec::<String>::new());
    println!(
        "{} words sent, {} answers read",
        storm.words.len(),
        storm.answers.len()
    );
    (storm, sweep)
}

/// The crates that logged a line, by the first word of its target.
fn who_logged(log: &[u8]) -> BTreeSet<String> {
    let lines = String::from_utf8_lossy(log).into_owned();
    let target = |line: &str| {
        let (_, after) = ["TRACE ", "DEBUG ", " INFO ", " WARN ", "ERROR "]
            .iter()
            .find_map(|level| line.split_once(level))?;
        // Spans come before the target, each with its fields in braces.
        let target = after.split(": ").find(|word| !word.contains(['{', ' ']))?;
        Some(target.split("::").next()?.to_owned())
    };
    lines.lines().filter_map(target).collect()
}

/// Whether a crate is one of ours.
fn is_ours(name: &str) -> bool {
    name == "loke" || name.starts_with("loke_")
}

#[tokio::test(flavor = "multi_thread")]
async fn p9_no_crate_logs_what_was_sent_but_rustls_the_servers_name() {
    for database in ["sqlite:queue.db".to_owned()]
        .into_iter()
        .chain(new_database().await)
    {
        let house = House::on(&database, |table| limit(table, UNLIMITED)).await;
        let (_, sweep) = rage(house.web, &house.enrol("desk")).await;
        house.leaves(house.used().await);
        let log = log().lock().unwrap().clone();
        let found: BTreeSet<String> = sweep
            .finds(&log)
            .into_iter()
            .map(|find| find.name)
            .collect();
        let who = who_logged(&log);
        println!("{} KiB of log by {who:?}", log.len() >> 10);
        // hyper's logging is not compiled in, sqlx logs nothing about a successful statement, and
        // axum itself has nothing to reject.
        assert!(
            who.iter().any(|name| is_ours(name)) && who.contains("rustls"),
            "the log is not empty"
        );
        // The control, and the reason why the program's own log excludes all other crates: see
        // `src/core/log.rs`.
        assert_eq!(found, BTreeSet::from([SERVER_NAME.to_owned()]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p9_the_program_logs_nothing_of_what_was_sent_whatever_rust_log_says() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = RealGateway::new(
        place.path(),
        place.path().join("gateway"),
        "sqlite:queue.db",
        "32,4,2,1,1",
        |table| limit(table, UNLIMITED),
    );
    gateway.start().await;
    let desk = gateway.enrol("desk");
    let (storm, sweep) = rage(gateway.browser.0, &desk).await;
    gateway.stop().await;
    let log = gateway.log();
    println!(
        "{} lines of log by {:?}",
        log.split(|b| *b == b'\n').count(),
        who_logged(&log)
    );
    assert_eq!(sweep.finds(&log), []);
    let who = who_logged(&log);
    assert!(
        !who.is_empty() && who.iter().all(|name| is_ours(name)),
        "{who:?}"
    );
    let line = [b"ERROR loke: ".as_slice(), &storm.words[0].1].concat();
    assert_eq!(sweep.finds(&line).len(), 1, "the control");
}

#[test]
fn every_route_is_in_the_storm() {
    let routes = |source: &str| -> BTreeSet<String> {
        let text =
            std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(source))
                .unwrap();
        text.split(".route(\"")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()))
            .collect()
    };
    assert_eq!(
        routes("src/gateway/web.rs"),
        PAGES.map(str::to_owned).into()
    );
    assert_eq!(
        routes("src/gateway/pickup.rs"),
        PICKUP.map(str::to_owned).into()
    );
}
