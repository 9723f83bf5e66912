//! Storm of reports: somebody fills the queue with reports that look genuine, from one address or
//! over Tor. Residents elsewhere get a receipt, and while the queue is less than half full, so do
//! residents who share the attacker's address.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::residents::{DWELL, connect_from, hundred_residents, nothing_lingers, storm_gateway};
use crate::house::browser::{Field, Page, multipart, read, send, text};
use crate::house::limit;
use crate::silence::canaries::Canaries;

const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 7, 7, 7);
/// Concurrent flooders.
const LINES: usize = 64;
/// Text slots. The counting starts once half of them are used.
const SLOTS: usize = 512;

async fn post(
    target: SocketAddr,
    from: Ipv4Addr,
    head: &str,
    fields: &[Field],
) -> std::io::Result<Page> {
    let (kind, body) = multipart(fields);
    let mut line = connect_from(target, from).await?;
    send(&mut line, head, &[("Content-Type", &kind)], &body).await?;
    read(&mut line).await
}

/// One report, written no faster than a person writes. Returns whether it was stored.
async fn report(target: SocketAddr, from: Ipv4Addr) -> std::io::Result<bool> {
    let mut line = connect_from(target, from).await?;
    send(&mut line, "GET /", &[], b"").await?;
    let token = read(&mut line).await?.hidden("token").unwrap_or_default();
    sleep(Duration::from_secs(DWELL)).await;
    let fields = [
        text("token", &token),
        text("topic", "drugs"),
        text("what", "Cars stop for a minute all night."),
    ];
    let checked = post(target, from, "POST /check", &fields).await?;
    let page = post(target, from, "POST /send", &checked.carries(&fields)).await?;
    Ok(page.receipt().is_some())
}

/// Floods with at most this many reports, or until every flooder was rejected twice in a row.
/// Returns the number of stored reports.
async fn flood(target: SocketAddr, from: Ipv4Addr, most: usize) -> usize {
    let mut lines = JoinSet::new();
    for _ in 0..LINES {
        lines.spawn(async move {
            let (mut stored, mut refused) = (0, 0);
            while refused < 2 && stored < most / LINES {
                match report(target, from).await {
                    Ok(true) => (stored, refused) = (stored + 1, 0),
                    Ok(false) | Err(_) => refused += 1,
                }
            }
            stored
        });
    }
    lines.join_all().await.into_iter().sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_one_address_that_fills_the_queue_leaves_a_hundred_residents_their_way_in() {
    let place = tempfile::tempdir().unwrap();
    let slots = format!("{SLOTS},64,8,4,4");
    let (mut gateway, _) = storm_gateway(place.path(), &slots, |table| {
        limit(table, &[("reports_per_hour", 1_000_000)])
    });
    gateway.start().await;
    let target = gateway.browser.0;
    let mut canaries = Canaries::default();
    let stored = flood(target, ATTACKER, LINES).await;
    assert_eq!(stored, LINES, "the control: below half nobody is refused");
    hundred_residents(target, ATTACKER, &mut canaries)
        .await
        .judge("queue, under half full", true);
    let stored = stored + flood(target, ATTACKER, usize::MAX).await;
    println!("queue: one address has {stored} of {SLOTS} places");
    assert!(
        stored + 100 >= SLOTS / 2,
        "the control: it was flooded to its half: {stored}"
    );
    assert!(stored + 100 < SLOTS * 3 / 4, "{stored}");
    hundred_residents(target, ATTACKER, &mut canaries)
        .await
        .judge("queue, one address took its share", false);
    nothing_lingers("queue", &gateway, &canaries).await;
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_the_onions_burst_of_proven_reports_leaves_a_hundred_residents_their_way_in() {
    let place = tempfile::tempdir().unwrap();
    let (mut gateway, onion) = storm_gateway(place.path(), &format!("{SLOTS},64,8,4,4"), |_| {});
    gateway.start().await;
    let mut canaries = Canaries::default();
    let stored = flood(onion, Ipv4Addr::LOCALHOST, usize::MAX).await;
    println!("queue: the onion has {stored} of {SLOTS} places");
    assert!((SLOTS / 2..SLOTS * 3 / 4).contains(&stored), "{stored}");
    // Nobody floods from this address, so residents beside it count like residents elsewhere.
    hundred_residents(gateway.browser.0, ATTACKER, &mut canaries)
        .await
        .judge("queue, the onion took its share", true);
    nothing_lingers("queue, the onion", &gateway, &canaries).await;
    gateway.stop().await;
}
