//! The full sweep: residents report, are rejected, disconnect, stall and never read, on every
//! listener. Afterwards none of their data is in the gateway's files, in its open files, in its
//! log, in other people's responses, in its memory or in a core dump.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use loke::clock::Clock;
use loke::gateway::prove::places::{self, Searched};
use loke::gateway::settings::GatewaySettings;
use loke::pickup::Row;
use loke::random;
use loke::receipt::Receipt;
use loke::reply_rows::{Letter, Stage};
use loke::store::Store;
use tokio::io::AsyncReadExt;

use super::canaries::Canaries;
use super::control::PLAIN;
use super::visits::{CHANNELS, Resident, noise};
use crate::house::limit;
use crate::house::memory::core_of;
use crate::house::real::{RealGateway, free_address};
use crate::house::skip::skipped;
use crate::house::sweep::Sweep;

/// Numbers of reports of 2 kB, of reports with the largest photos, and of connections of each kind
/// that break off.
struct Load {
    texts: usize,
    photos: usize,
    lines: usize,
}

/// Size of the largest photos in bytes: just below the limit.
const LARGEST: usize = loke::photo::MAX_BYTES - 2_000;

fn gateway(place: &Path) -> (RealGateway, SocketAddr) {
    let onion = free_address();
    let gateway = RealGateway::new(
        place,
        place.join("gateway"),
        "sqlite:queue.db",
        "512,24,24,4,4",
        |table| {
            limit(
                table,
                &[
                    ("requests_per_minute", 10_000_000),
                    ("reports_per_hour", 10_000_000),
                    ("photos_per_hour", 10_000_000),
                ],
            );
            let listen = [("listen".to_owned(), onion.to_string().into())];
            table.insert("onion".into(), toml::Table::from_iter(listen).into());
        },
    );
    (gateway, onion)
}

/// Every kind of visit except the connections that stay open.
async fn come_and_go(addresses: [SocketAddr; 2], canaries: &mut Canaries, load: &Load) {
    let (small, large) = (noise(64, 48), noise(800, 600));
    for (name, sent) in [("small photo", &small), ("large photo", &large)] {
        // The cleaned photo depends only on the pixels: the gateway produces the same bytes.
        let cleaned = loke::photo::clean_now(zeroize::Zeroizing::new(sent.clone())).unwrap();
        for (when, bytes) in [("before", sent), ("after", &cleaned.jpeg)] {
            canaries.learn(
                format!("bytes of a {name} {when} cleaning"),
                &bytes[bytes.len() / 2..][..48],
            );
        }
    }
    for case in 0..load.texts {
        Resident::new(addresses[case % 2], canaries)
            .report(case, &[])
            .await;
    }
    for case in 0..load.photos {
        let mut resident = Resident::new(addresses[case % 2], canaries);
        let photos: Vec<_> = (0..4).map(|_| resident.photo(&large, LARGEST)).collect();
        resident.report(case, &photos).await;
    }
    for (case, address) in addresses.into_iter().enumerate() {
        let mut resident = Resident::new(address, canaries);
        let photo = resident.photo(&small, 30_000);
        resident.check(case, &[photo]).await;
        resident.be_refused(&small).await;
        let photo = resident.photo(&small, 300_000);
        drop(resident.begin(case, &[photo], 0.7).await);
    }
}

/// A desk leaves a reply. Returns the digits that open it.
async fn leave_reply(gateway: &RealGateway, canaries: &mut Canaries) -> String {
    let read = GatewaySettings::read(gateway.config()).unwrap();
    let store = Store::open(&read.database, read.capacity).await.unwrap();
    let receipt = Receipt::derive(&random::bytes().unwrap(), b"reply");
    let (reply_box, reply_key) = (receipt.reply_box(), receipt.reply_key());
    canaries.learn("reply box", reply_box.expose());
    canaries.learn("reply key", reply_key.expose());
    let day = Clock::System.today();
    let letter = Letter {
        stage: Stage::Read,
        answer_to: None,
        older: 0,
        day,
        text: canaries.word("reply"),
    };
    let name = reply_box.row(day, 0);
    let sealed = reply_key.seal_row(name, &letter).unwrap().unwrap();
    let mut rows = vec![Row { name, sealed }];
    rows.extend((1..30).map(|_| Row::random().unwrap()));
    store
        .replace_replies("desk", [1; 16], day, rows)
        .await
        .unwrap();
    receipt.groups().concat()
}

/// Reads a connection until the gateway closes it.
pub(super) async fn until_closed(mut line: tokio::net::TcpStream) {
    let _cut = line.read_to_end(&mut Vec::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_p2_silence_after_every_kind_of_visit() {
    let load = Load {
        texts: 100,
        photos: 20,
        lines: 10,
    };
    let place = tempfile::tempdir().unwrap();
    let (mut gateway, onion) = gateway(place.path());
    gateway.start().await;
    let addresses = [gateway.browser.0, onion];
    let mut canaries = Canaries::default();
    come_and_go(addresses, &mut canaries, &load).await;
    let digits = leave_reply(&gateway, &mut canaries).await;
    Resident::new(addresses[0], &mut canaries)
        .converse(&digits)
        .await;

    let small = noise(64, 48);
    let (mut half, mut idle, mut unread) = (Vec::new(), Vec::new(), Vec::new());
    let before = canaries.count();
    for case in 0..load.lines {
        let mut resident = Resident::new(addresses[case % 2], &mut canaries);
        let photo = resident.photo(&small, 200_000);
        half.push(resident.begin(case, &[photo], 0.9).await);
        idle.push(resident.fall_silent().await);
        // The response contains every word that was sent, and nobody reads it.
        unread.push(resident.begin(case, &[], 1.0).await);
    }
    assert!(canaries.count() > before);
    let sweep = canaries.sweep();
    let seen = sweep_memory(&sweep, gateway.process());
    assert!(
        seen.finds.iter().any(|find| find.contains("text in")),
        "the sweep does not see a report that is being read"
    );
    println!(
        "in flight: {} finds in {} MiB of memory",
        seen.finds.len(),
        seen.bytes >> 20
    );

    for line in half.into_iter().chain(idle).chain(unread) {
        until_closed(line).await;
    }
    let mut others = Vec::new();
    for at in 0..500 {
        let page = gateway
            .browser
            .get(["/", "/about", "/s/1", "/nowhere"][at % 4])
            .await
            .unwrap();
        others.extend_from_slice(&page.body);
    }
    // The promise is five seconds.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let memory = sweep_memory(&sweep, gateway.process());
    println!(
        "memory: {} canaries, {} MiB, {} finds",
        canaries.count(),
        memory.bytes >> 20,
        memory.finds.len()
    );
    assert_eq!(memory.finds, Vec::<String>::new());
    match core_of(gateway.process(), place.path()) {
        Some(core) => {
            let finds = sweep.finds(&core);
            println!("core: {} MiB, {} finds", core.len() >> 20, finds.len());
            assert!(finds.is_empty(), "{finds:?}");
        }
        None => skipped!("gcore (gdb) is not installed"),
    }
    assert_eq!(sweep.finds(&others), []);
    at_rest(&gateway, &sweep, "running");

    let mut cut = Resident::new(addresses[0], &mut canaries);
    let photo = cut.photo(&small, 2 << 20);
    let line = cut.begin(0, &[photo], 0.8).await;
    gateway.kill().await;
    drop(line);
    let sweep = canaries.sweep();
    at_rest(&gateway, &sweep, "killed in the middle of an upload");
    gateway.start().await;
    at_rest(&gateway, &sweep, "started again");
    gateway.stop().await;
    crate::house::run(&[
        "purge",
        "--config",
        gateway.config().to_str().unwrap(),
        "--yes",
    ]);
    at_rest(&gateway, &sweep, "purged");
}

#[tokio::test(flavor = "multi_thread")]
async fn control_with_a_plain_allocator_the_memory_is_full_of_what_was_sent() {
    let place = tempfile::tempdir().unwrap();
    let (mut gateway, onion) = gateway(place.path());
    gateway.run_instead(PLAIN);
    gateway.start().await;
    let mut canaries = Canaries::default();
    come_and_go(
        [gateway.browser.0, onion],
        &mut canaries,
        &Load {
            texts: 20,
            photos: 1,
            lines: 0,
        },
    )
    .await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let memory = sweep_memory(&canaries.sweep(), gateway.process());
    println!(
        "control: {} canaries, {} MiB, {} finds",
        canaries.count(),
        memory.bytes >> 20,
        memory.finds.len()
    );
    assert!(
        memory.finds.len() > 10,
        "the control finds too little: {:?}",
        memory.finds
    );
    // Chance decides which copies of one conversation the plain allocator has given to somebody
    // else already. Of many conversations some stay.
    let of_replies = ["reply key", "hidden field", "reply as"];
    let mut found = BTreeSet::new();
    for _ in 0..20 {
        let digits = leave_reply(&gateway, &mut canaries).await;
        Resident::new(gateway.browser.0, &mut canaries)
            .converse(&digits)
            .await;
        let finds = sweep_memory(&canaries.sweep(), gateway.process()).finds;
        let seen = |kind: &&str| finds.iter().any(|find| find.starts_with(*kind));
        found.extend(of_replies.into_iter().filter(seen));
        if found.len() > 1 {
            break;
        }
    }
    assert!(found.len() > 1, "{found:?}");
}

#[test]
fn every_channel_that_exists_has_a_sender() {
    // An officer's own entry never comes through the gateway.
    let public = |channel: &&loke::tip::Channel| **channel != loke::tip::Channel::Desk;
    for channel in loke::tip::Channel::ALL.iter().filter(public) {
        assert!(
            CHANNELS.contains(&channel.word()),
            "channel {}: give it a sender in tests/silence",
            channel.word()
        );
    }
}

/// Sweeps everything that the gateway stores: its folder, its open files, the temporary folder, its
/// log.
pub(super) fn at_rest(gateway: &RealGateway, sweep: &Sweep, when: &str) {
    assert!(!gateway.log().is_empty());
    let in_folder = |path: &Path| places::folder(sweep, "", path, None).unwrap();
    let mut searched = vec![
        in_folder(&gateway.folder),
        in_folder(&gateway.temporary()),
        in_folder(&gateway.log_file()),
    ];
    searched.extend(
        gateway
            .running()
            .map(|process| places::open_files(sweep, process)),
    );
    let swept: Vec<Swept> = searched.into_iter().map(Swept::from).collect();
    let (bytes, finds) = (
        swept.iter().map(|s| s.bytes).sum::<u64>(),
        swept.into_iter().flat_map(|s| s.finds).collect::<Vec<_>>(),
    );
    println!(
        "{when}: {} MiB of files and log, {} finds",
        bytes >> 20,
        finds.len()
    );
    assert!(finds.is_empty(), "{when}: {finds:?}");
}

pub(super) struct Swept {
    pub(super) bytes: u64,
    pub(super) finds: Vec<String>,
}

impl From<Searched> for Swept {
    fn from(searched: Searched) -> Self {
        Self {
            bytes: searched.bytes,
            finds: searched
                .finds
                .iter()
                .map(|(place, find)| format!("{find} in {place}"))
                .collect(),
        }
    }
}

/// Sweeps the whole memory of a process, with the search that `loke-gateway prove` uses.
pub(super) fn sweep_memory(sweep: &Sweep, process: u32) -> Swept {
    let swept = Swept::from(places::memory(sweep, process).unwrap());
    assert!(
        swept.bytes > 1 << 20,
        "only {} bytes of memory could be read",
        swept.bytes
    );
    swept
}
