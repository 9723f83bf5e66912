//! Storm of connections: as many nearly stalled bodies as the gateway has room for, all from one
//! address, and over Tor from one circuit. A hundred residents get through, twenty of them in the
//! attacker's own network.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};

use super::residents::{connect_from, hundred_residents, nothing_lingers, storm_gateway};
use super::{setting, take_descriptors};
use crate::silence::canaries::Canaries;

const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 7, 7, 7);

/// The beginning of a slow request, after tor's own line if there is one.
const BEGINNING: &str = "POST /check HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 200000\r\n\r\nwhat=";

/// Keeps one slow body open during the storm: 2 kB per second, and a new connection whenever one is
/// closed.
async fn keep_dripping(
    target: SocketAddr,
    from: Ipv4Addr,
    beginning: Arc<str>,
    shed: Arc<AtomicUsize>,
) {
    loop {
        let Ok(mut line) = connect_from(target, from).await else {
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        let _ = line.write_all(beginning.as_bytes()).await;
        let mut beat = interval(Duration::from_secs(1));
        let mut answer = [0; 4_096];
        loop {
            tokio::select! {
                got = line.read(&mut answer) => if matches!(got, Ok(0) | Err(_)) { break },
                _ = beat.tick() => if line.write_all(&[b'a'; 2_000]).await.is_err() { break },
            }
        }
        shed.fetch_add(1, Relaxed);
        // A pause: faster reconnection costs the attacker, and a loop without a pause would only
        // measure this machine.
        sleep(Duration::from_millis(250)).await;
    }
}

/// Starts the attack, and waits until it is under way.
async fn attack(
    target: SocketAddr,
    from: Ipv4Addr,
    beginning: &str,
) -> (JoinSet<()>, Arc<AtomicUsize>) {
    let (mut lines, shed) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
    for at in 0..setting("LOKE_SLOW_LINES", 1_500) {
        lines.spawn(keep_dripping(
            target,
            from,
            beginning.into(),
            Arc::clone(&shed),
        ));
        if at % 50 == 49 {
            tokio::task::yield_now().await;
        }
    }
    sleep(Duration::from_secs(2)).await;
    (lines, shed)
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_slow_bodies_from_one_address_leave_a_hundred_residents_their_way_in() {
    take_descriptors();
    let place = tempfile::tempdir().unwrap();
    let (mut gateway, _) = storm_gateway(place.path(), "512,64,8,4,4", |_| {});
    gateway.start().await;
    let mut canaries = Canaries::default();
    let (lines, shed) = attack(gateway.browser.0, ATTACKER, BEGINNING).await;
    let hundred = hundred_residents(gateway.browser.0, ATTACKER, &mut canaries).await;
    println!(
        "lines: {} slow bodies kept open from one address, {} closed; {} MiB at most",
        lines.len(),
        shed.load(Relaxed),
        gateway.most_memory() >> 20
    );
    hundred.judge("lines", true);
    nothing_lingers("lines", &gateway, &canaries).await;
    assert!(
        lines.len() < 1_024 || shed.load(Relaxed) > 0,
        "the control: there were no more lines than an address may have"
    );
    drop(lines);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_slow_bodies_by_one_tor_circuit_leave_a_hundred_residents_their_way_in() {
    take_descriptors();
    let place = tempfile::tempdir().unwrap();
    let (mut gateway, onion) = storm_gateway(place.path(), "512,64,8,4,4", |table| {
        table["onion"]
            .as_table_mut()
            .unwrap()
            .insert("circuits".into(), true.into());
    });
    gateway.start().await;
    let mut canaries = Canaries::default();
    let beginning = format!("PROXY TCP6 fc00:dead:beef:4dad::0:7 ::1 7 80\r\n{BEGINNING}");
    let (lines, shed) = attack(onion, Ipv4Addr::LOCALHOST, &beginning).await;
    // Other residents over Tor, without a circuit in tor's line: connections without an owner do
    // not count as the attacker's.
    let hundred = hundred_residents(onion, ATTACKER, &mut canaries).await;
    println!(
        "lines by Tor: {} slow bodies kept open by one circuit, {} closed",
        lines.len(),
        shed.load(Relaxed)
    );
    hundred.judge("lines by Tor", true);
    nothing_lingers("lines by Tor", &gateway, &canaries).await;
    drop(lines);
    gateway.stop().await;
}
