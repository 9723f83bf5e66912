//! `cargo bench --bench desk`: a desk with many tips. It prints how fast tips are imported, beside
//! the ceilings of the same run (opening alone, and bare SQLCipher rows with their full-text index),
//! and how long the queue, a tip, a search and a decision take, at 1,000 tips and at
//! `LOKE_BENCH_TIPS` (default 100000), of which 2,000 are open. Search runs with two readers and a
//! writer. Then 50 officers sign in: their account checks and the memory.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops at the first surprise"
)]

#[path = "../../tests/house/staff.rs"]
mod staff;

mod ceilings;
mod officers;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use loke::clock::Clock;
use loke::desk::acting::Acting;
use loke::desk::audit::Action;
use loke::desk::book::{Decision, Filter, How, Outcome, Search, View};
use loke::desk::keys::Identity;
use loke::desk::open;
use loke::desk::open_books::OpenBooks;
use loke::desk::pull::{self, Collector};
use loke::desk::screen::{self, Screen};
use loke::seal::{self, MacKey, Recipients};
use loke::tip::{Lane, TipId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Tips of one export.
const EXPORT: usize = 10_000;
/// Tips that are opened and stored to measure the ceilings.
const SAMPLE: usize = 5_000;
/// Tips of one decision.
const BATCH: usize = 500;
/// Open tips.
const OPEN: usize = 2_000;
/// 2026-11-21, 12:00 UTC.
const NOON: i64 = 1_795_262_400;

fn main() {
    let tips: usize = std::env::var("LOKE_BENCH_TIPS").map_or(100_000, |n| n.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let few = runtime.block_on(desk(1_000.min(tips)));
    let many = runtime.block_on(desk(tips));
    println!("\nfrom {} to {} tips:", few.tips, many.tips);
    for (page, (few, many)) in [
        ("queue", (few.queue, many.queue)),
        ("tip", (few.tip, many.tip)),
    ] {
        println!("  {page} page: {:.2} times as long (goal 1.3)", many / few);
    }
}

/// Medians of one size, in milliseconds.
struct Measured {
    tips: usize,
    queue: f64,
    tip: f64,
}

async fn desk(tips: usize) -> Measured {
    println!("\n== {tips} tips");
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::by_hand(NOON);
    let identity = Identity::generate();
    let (acting, member) = staff::desk_in(folder.path(), clock.clone(), identity.clone()).await;
    std::fs::write(folder.path().join("desk.toml"), "").unwrap();
    let ids = import(&acting, &identity, tips).await;
    close_most(&acting, &ids).await;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let open = Arc::new(OpenBooks::new(acting.register().clone()));
    let config = folder.path().join("desk.toml");
    let page = Screen::new(Arc::clone(&open), config, address, false);
    let serving = tokio::spawn(screen::serve(Arc::clone(&page), listener));
    let began = Instant::now();
    let signed = page.begin(
        acting.account(),
        std::slice::from_ref(&member),
        ("bench", None),
    );
    let cookie = signed.await.unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    get(address, &cookie, "/queue").await;
    println!(
        "  a session begins, and its queue: {} ms (goal 1500)",
        ms(began.elapsed())
    );

    let queue = many(30, async |_| drop(get(address, &cookie, "/queue").await)).await;
    let last = ids.len() - 1;
    let tip = many(60, async |n| {
        let path = format!("/tip/{}", ids[last - n * 7 % OPEN.min(ids.len())]);
        drop(get(address, &cookie, &path).await);
    })
    .await;
    let found = many(40, async |n| {
        let question = words::QUESTIONS[n % words::QUESTIONS.len()];
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("q", question)
            .finish();
        let path = format!("/search?{query}");
        drop(get(address, &cookie, &path).await);
    })
    .await;
    print("queue page", &queue, 100);
    print("tip page", &tip, 100);
    print("search page", &found, 100);
    search_beside_a_writer(&acting).await;
    let decided = many(40, async |n| {
        let id = ids[last - n % OPEN.min(ids.len())];
        let take = Decision::Take;
        acting
            .decide(&[id.into()], &take, How::default())
            .await
            .unwrap();
    })
    .await;
    print("decision", &decided, 50);
    println!("  resident memory: {} MiB (goal 500)", resident() >> 20);
    let served = officers::Served {
        acting: &acting,
        member: &member,
        page: &page,
        open: &open,
        address,
    };
    served.print().await;
    serving.abort();
    acting.close().await;
    Measured {
        tips,
        queue: median(&queue),
        tip: median(&tip),
    }
}

/// Imports the tips from exports of a gateway. Prints the rate beside its ceilings.
async fn import(acting: &Acting, identity: &Identity, tips: usize) -> Vec<TipId> {
    let mut recipients = Recipients::default();
    for lane in Lane::ALL {
        recipients.add(*lane, identity.recipient().unwrap());
    }
    let mac_key = MacKey::random().unwrap();
    let today = acting.register().clock().today();
    let into = Collector::of(acting).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut opening, mut opened, mut importing) = (Duration::ZERO, 0, Duration::ZERO);
    let mut ids = Vec::with_capacity(tips);
    let mut sample = Vec::new();
    for from in (0..tips).step_by(EXPORT) {
        let file = folder.path().join("tips.tar");
        let mut export = tar::Builder::new(std::fs::File::create(&file).unwrap());
        for n in from..tips.min(from + EXPORT) {
            let sealed = seal::seal(&words::tip(n), &[], &recipients, &mac_key, today).unwrap();
            let mut header = tar::Header::new_ustar();
            header.set_size(sealed.bytes.len() as u64);
            header.set_mode(0o600);
            let name = format!("{}.age", sealed.id);
            export
                .append_data(&mut header, name, &*sealed.bytes)
                .unwrap();
            ids.push(sealed.id);
            if sample.len() < SAMPLE {
                let began = Instant::now();
                let tip = open::tip(std::slice::from_ref(identity), &sealed.bytes).unwrap();
                opening += began.elapsed();
                opened += 1;
                sample.push(tip.json.to_string());
            }
        }
        export.into_inner().unwrap();
        let began = Instant::now();
        let tally = pull::import(&into, &file).await.unwrap();
        importing += began.elapsed();
        assert!(!tally.needs_a_person());
    }
    assert_eq!(acting.counts().await.unwrap()[&View::Open], tips as i64);
    let rate = |count: usize, time: Duration| count as f64 / time.as_secs_f64();
    let bare = ceilings::rows_with_index(&sample).await;
    let (whole, opening) = (rate(tips, importing), rate(opened, opening));
    println!(
        "  import: {whole:.0} tips/s; opening alone {opening:.0}, bare rows with index {bare:.0}: {:.2} of the lower (goal 0.7)",
        whole / opening.min(bare)
    );
    ids
}

/// Closes all but the newest 2,000.
async fn close_most(acting: &Acting, ids: &[TipId]) {
    let spam = Decision::Close {
        outcome: Outcome::CouldNotAct,
        why: "bench".into(),
    };
    let closed = ids.len().saturating_sub(OPEN);
    for some in ids[..closed].chunks(BATCH) {
        let targets: Vec<_> = some.iter().map(|id| (*id).into()).collect();
        acting
            .decide(&targets, &spam, How::default())
            .await
            .unwrap();
    }
    let open = Filter {
        view: View::Open,
        most: 1,
        ..Filter::default()
    };
    assert!(!acting.queue(&open).await.unwrap().is_empty());
}

/// Two readers search while a writer takes tips.
async fn search_beside_a_writer(acting: &Acting) {
    let mut times: Vec<Duration> = Vec::new();
    let reader = |from: usize| {
        let acting = acting.clone();
        tokio::spawn(async move {
            let (mut times, mut hits) = (Vec::new(), 0);
            for n in 0..60 {
                let wanted = Search {
                    words: words::QUESTIONS[(from + n) % words::QUESTIONS.len()].into(),
                    most: 25,
                    ..Search::default()
                };
                let began = Instant::now();
                hits += acting.books()[0].search(&wanted).await.unwrap().len();
                times.push(began.elapsed());
            }
            (times, hits)
        })
    };
    let readers = [reader(0), reader(7)];
    let writer = acting.clone();
    let writing = tokio::spawn(async move {
        for _ in 0..20 {
            writer.books()[0]
                .record(Action::View, "bench", "")
                .await
                .unwrap();
        }
    });
    let mut hits = 0;
    for reader in readers {
        let (some, found) = reader.await.unwrap();
        times.extend(some);
        hits += found;
    }
    writing.await.unwrap();
    print("search, two readers and a writer", &times, 50);
    println!("    {hits} hits in {} searches", times.len());
    let mut by_word: BTreeMap<&str, usize> = BTreeMap::new();
    for question in words::QUESTIONS {
        let wanted = Search {
            words: (*question).into(),
            most: 25,
            ..Search::default()
        };
        by_word.insert(
            question,
            acting.books()[0].search(&wanted).await.unwrap().len(),
        );
    }
    println!("    first page by question: {by_word:?}");
}

async fn get(address: std::net::SocketAddr, cookie: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(
        answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.1 303"),
        "{path}: {}",
        &answer[..answer.len().min(300)]
    );
    answer
}

async fn many(count: usize, mut once: impl AsyncFnMut(usize)) -> Vec<Duration> {
    let mut times = Vec::with_capacity(count);
    for n in 0..count {
        let began = Instant::now();
        once(n).await;
        times.push(began.elapsed());
    }
    times
}

fn print(what: &str, times: &[Duration], goal: u64) {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    println!(
        "  {what}: median {}, p95 {} ms (goal {goal})",
        ms(sorted[sorted.len() / 2]),
        ms(sorted[sorted.len() * 95 / 100])
    );
}

fn median(times: &[Duration]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2].as_secs_f64() * 1_000.0
}

fn ms(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1_000.0)
}

/// Bytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        << 10
}
