//! A hundred residents who report during a storm, as their browsers do it: the form, the check
//! page, the receipt. A storm is judged by their results.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::net::TcpSocket;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};
use toml::Table;

use crate::house::browser::{Field, Page, multipart, no_photo, photo, read, send, text};
use crate::house::limit;
use crate::house::real::{RealGateway, free_address};
use crate::silence::canaries::Canaries;
use crate::silence::memory::sweep_memory;
use crate::silence::visits::noise;

/// Seconds that a person takes for the form in a storm; a faster one counts as hurried.
pub(super) const DWELL: u64 = 2;
/// Residents in all. Of five, one is in the attacker's network, one hurries, and one has a photo.
const RESIDENTS: usize = 100;
/// Longest time for the words of ninety-nine in a hundred, all three requests together.
const WORDS: Duration = Duration::from_secs(1);
/// How long data may stay in memory after its resident has left (promise P2).
const LINGERS: Duration = Duration::from_secs(5);

/// Whether figures are judged: `.ci/deep` sets it. Otherwise they are only printed, and only the
/// outcome is judged.
fn deep() -> bool {
    std::env::var_os("LOKE_DEEP").is_some()
}

/// A gateway for a storm, with an onion listener: the defaults except for a short dwell and the
/// test's changes.
pub(super) fn storm_gateway(
    place: &Path,
    slots: &str,
    edit: impl FnOnce(&mut Table),
) -> (RealGateway, SocketAddr) {
    let onion = free_address();
    let gateway = RealGateway::new(
        place,
        place.join("gateway"),
        "sqlite:queue.db",
        slots,
        |table| {
            table["web"]
                .as_table_mut()
                .unwrap()
                .insert("min_dwell_seconds".into(), (DWELL as i64).into());
            table.insert(
                "onion".into(),
                Table::from_iter([("listen".to_owned(), onion.to_string().into())]).into(),
            );
            // A hundred residents at once may request every other page.
            limit(table, &[("requests_per_minute", 100_000)]);
            edit(table);
        },
    );
    (gateway, onion)
}

/// A connection from this loopback address.
pub(super) async fn connect_from(
    target: SocketAddr,
    from: Ipv4Addr,
) -> std::io::Result<tokio::net::TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    socket.connect(target).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Elsewhere,
    /// In the attacker's own network.
    Beside,
    Hurried,
    WithPhoto,
}

/// The result of one resident.
struct One {
    kind: Kind,
    receipt: Option<String>,
    words: Duration,
    /// If a photo was sent: it waits under a ticket, or the page reported that there is no room for
    /// it.
    photo_taken: bool,
    photo_told: bool,
    last: u16,
}

/// The results of a hundred residents.
pub(super) struct Hundred(Vec<One>);

/// A hundred residents report, ten per second, 20 of them in the network of `attacker`, 20 hurried,
/// 20 with a photo. Their words and receipts are canaries.
pub(super) async fn hundred_residents(
    target: SocketAddr,
    attacker: Ipv4Addr,
    canaries: &mut Canaries,
) -> Hundred {
    let picture = noise(400, 300);
    let mut all = JoinSet::new();
    let mut tenth = interval(Duration::from_millis(100));
    for at in 0..RESIDENTS {
        tenth.tick().await;
        let kind = [
            Kind::Elsewhere,
            Kind::WithPhoto,
            Kind::Beside,
            Kind::Hurried,
            Kind::Elsewhere,
        ][at % 5];
        let [a, b, c, _] = attacker.octets();
        let from = match kind {
            Kind::Beside => Ipv4Addr::new(a, b, c, 100 + (at / 5) as u8),
            _ => Ipv4Addr::new(127, 100 + at as u8, 3, 9),
        };
        let what = format!(
            "Cars stop for a minute all night. {}",
            canaries.word("words in a storm")
        );
        let photos = if kind == Kind::WithPhoto {
            photo("IMG_0001.jpg", &picture)
        } else {
            no_photo()
        };
        all.spawn(async move { report(target, from, kind, what, photos).await });
    }
    let hundred = all.join_all().await;
    for receipt in hundred.iter().filter_map(|one| one.receipt.as_ref()) {
        canaries.learn_receipt(receipt);
    }
    Hundred(hundred)
}

async fn ask(
    target: SocketAddr,
    from: Ipv4Addr,
    head: &str,
    fields: &[Field],
) -> std::io::Result<Page> {
    let (kind, body) = if fields.is_empty() {
        (String::new(), Vec::new())
    } else {
        multipart(fields)
    };
    let mut line = connect_from(target, from).await?;
    send(&mut line, head, &[("Content-Type", &kind)], &body).await?;
    read(&mut line).await
}

/// The fields that a browser sends if only the topic and the first question are filled in.
fn form(page: &Page, what: &str, photos: Field) -> Vec<Field> {
    let mut fields: Vec<Field> = ["token", "language", "ticket"]
        .iter()
        .filter_map(|name| Some(text(name, &page.hidden(name)?)))
        .collect();
    let typed = [
        ("topic", "drugs"),
        ("what", what),
        ("where", ""),
        ("when", ""),
        ("danger", "unsure"),
        ("child", "unsure"),
    ];
    let more = [
        ("ongoing", "unsure"),
        ("impact", ""),
        ("vehicle", ""),
        ("how_known", "unsaid"),
    ];
    fields.extend(
        typed
            .into_iter()
            .chain(more)
            .map(|(name, value)| text(name, value)),
    );
    fields.extend([photos, text("website", "")]);
    fields
}

async fn report(
    target: SocketAddr,
    from: Ipv4Addr,
    kind: Kind,
    what: String,
    photos: Field,
) -> One {
    let mut one = One {
        kind,
        receipt: None,
        words: Duration::ZERO,
        photo_taken: false,
        photo_told: false,
        last: 0,
    };
    if let Err(broke) = report_into(&mut one, target, from, &what, photos).await {
        println!("a resident's line broke: {broke}");
    }
    one
}

async fn report_into(
    one: &mut One,
    target: SocketAddr,
    from: Ipv4Addr,
    what: &str,
    photos: Field,
) -> std::io::Result<()> {
    let mut words = Duration::ZERO;
    let mut timed = async |head: &str, fields: &[Field]| {
        let asked = Instant::now();
        let page = ask(target, from, head, fields).await;
        words += asked.elapsed();
        page
    };
    let fresh = timed("GET /", &[]).await?;
    if one.kind != Kind::Hurried {
        sleep(Duration::from_secs(DWELL)).await;
    }
    let checked = timed("POST /check", &form(&fresh, what, photos)).await?;
    one.photo_taken = checked.hidden("ticket").is_some();
    one.photo_told = ["busy with other photos", "cannot take photos right now"]
        .iter()
        .any(|says| checked.text().contains(says));
    let mut sent = timed("POST /send", &form(&checked, what, no_photo())).await?;
    if sent.receipt().is_none() && sent.hidden("token").is_some() {
        // The page asks to send again: now enough time has passed.
        sleep(Duration::from_secs(DWELL)).await;
        sent = timed("POST /send", &form(&sent, what, no_photo())).await?;
    }
    (one.receipt, one.last, one.words) = (sent.receipt(), sent.status, words);
    Ok(())
}

impl Hundred {
    /// Prints the figures, and asserts what must be true in every storm: at least 99 of 100
    /// receipts, and no photo lost without notice. Residents in the attacker's own network count
    /// only if `beside` is set: while the queue is less than half full.
    pub(super) fn judge(&self, storm: &str, beside: bool) {
        let of = |kind: Kind| self.0.iter().filter(move |one| one.kind == kind);
        let counted = || {
            self.0
                .iter()
                .filter(|one| beside || one.kind != Kind::Beside)
        };
        let (through, all) = (
            counted().filter(|one| one.receipt.is_some()).count(),
            counted().count(),
        );
        let mut words: Vec<Duration> = counted()
            .filter(|one| one.kind != Kind::WithPhoto && one.receipt.is_some())
            .map(|one| one.words)
            .collect();
        words.sort();
        let p99 = words
            .get((words.len() * 99).div_ceil(100).saturating_sub(1))
            .copied()
            .unwrap_or(Duration::MAX);
        let near = of(Kind::Beside).filter(|one| one.receipt.is_some()).count();
        let taken = of(Kind::WithPhoto).filter(|one| one.photo_taken).count();
        let lost = of(Kind::WithPhoto)
            .filter(|one| !one.photo_taken && !one.photo_told)
            .count();
        println!(
            "{storm}: {through} of {all} receipts ({near} of 20 in the attacker's own network); words p50 {:.0?}, p99 {p99:.0?}; photos: {taken} of 20 taken, {lost} gone in silence",
            words.get(words.len() / 2).copied().unwrap_or_default()
        );
        let last: Vec<u16> = counted()
            .filter(|one| one.receipt.is_none())
            .map(|one| one.last)
            .collect();
        assert!(
            through * 100 >= all * 99,
            "{storm}: {through} of {all} receipts; the others' last answers: {last:?}"
        );
        assert_eq!(lost, 0, "{storm}: photos gone in silence");
        assert!(!deep() || p99 <= WORDS, "{storm}: words p99 {p99:?}");
    }
}

/// Asserts, during the storm, that five seconds after the residents left, the gateway's memory
/// contains none of these canaries.
pub(super) async fn nothing_lingers(storm: &str, gateway: &RealGateway, canaries: &Canaries) {
    sleep(LINGERS).await;
    let memory = sweep_memory(&canaries.sweep(), gateway.process());
    println!(
        "{storm}: {} canaries, {} MiB of memory swept, {} finds",
        canaries.count(),
        memory.bytes >> 20,
        memory.finds.len()
    );
    assert_eq!(memory.finds, Vec::<String>::new(), "{storm}");
}

/// The control of every storm, and an example of these functions: without a storm, all hundred get
/// their receipts and none of their data lingers.
#[tokio::test(flavor = "multi_thread")]
async fn control_in_calm_a_hundred_residents_get_their_receipts() {
    let place = tempfile::tempdir().unwrap();
    let (mut gateway, _) = storm_gateway(place.path(), "512,64,8,4,4", |_| {});
    gateway.start().await;
    let mut canaries = Canaries::default();
    let hundred = hundred_residents(
        gateway.browser.0,
        Ipv4Addr::new(127, 7, 7, 7),
        &mut canaries,
    )
    .await;
    hundred.judge("calm", true);
    nothing_lingers("calm", &gateway, &canaries).await;
    gateway.stop().await;
}
