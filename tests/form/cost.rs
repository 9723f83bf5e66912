//! What any request body to `/check` may cost the real program: memory, and CPU per byte.
//! `LOKE_DEEP=1` also judges the CPU.

use std::net::SocketAddr;
use std::time::Duration;

use loke::gateway::listener::room::ROOM;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::house::browser::{Field, text};
use crate::house::real::RealGateway;

mod random;

/// Size of a body for the CPU bound.
const SMALL: usize = 256 << 10;
/// CPU bound for a body of `SMALL` bytes.
const CPU: Duration = Duration::from_millis(20);
/// Concurrent connections.
const LINES: usize = 16;

const MULTIPART: &str = "multipart/form-data; boundary=b";
const URLENCODED: &str = "application/x-www-form-urlencoded";

/// A kind of body: its beginning, and the unit that it repeats.
struct Kind {
    name: &'static str,
    content_type: &'static str,
    start: String,
    unit: Vec<u8>,
}

fn part(name: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n")
}

fn kinds() -> Vec<Kind> {
    let multi = |name, start: String, unit: &[u8]| Kind {
        name,
        content_type: MULTIPART,
        start,
        unit: unit.to_vec(),
    };
    let plain = |name, start: &str, unit: &[u8]| Kind {
        name,
        content_type: URLENCODED,
        start: start.to_owned(),
        unit: unit.to_vec(),
    };
    let five: String = ["what", "where", "when", "impact"]
        .map(|name| format!("{}{}\r\n", part(name), "<".repeat(12 << 10)))
        .concat();
    vec![
        multi("preamble", String::new(), b"a"),
        multi("preamble of near misses", String::new(), b"\r\n--a"),
        multi("headers", "--b\r\n".to_owned(), b"X: y\r\n"),
        multi("empty parts", String::new(), b"--b\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"\"\r\n\r\n\r\n"),
        multi("words", part("what"), b"cars "),
        multi("words that the page escapes", five, b"<"),
        multi("words of near misses", part("what"), b"\r\n--"),
        multi("CR", part("what"), b"\r"),
        multi("no UTF-8", part("what"), b"\xff"),
        multi("an odd part", part("odd"), b"a"),
        plain("escapes", "what=", b"%41"),
        plain("half escapes", "what=", b"%4"),
        plain("pairs", "", b"a=b&"),
        plain("ampersands", "", b"&"),
        plain("signs", "", b"signs=tag&"),
        plain("controls", "what=", b"\x01"),
        multi("small photos", String::new(), b"--b\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a\"\r\n\r\n\xff\xd8\xff\r\n"),
        multi("no photo", part("photos"), b"a"),
        multi("a photo of nothing", part("photos") + "\u{0}", b"a"),
    ]
}

impl Kind {
    fn body(&self, size: usize) -> Vec<u8> {
        let start = match self.start.strip_suffix('\u{0}') {
            Some(start) => [start.as_bytes(), b"\xff\xd8\xff\xe0"].concat(),
            None => self.start.clone().into_bytes(),
        };
        [
            &start,
            self.unit
                .repeat(size.saturating_sub(start.len()) / self.unit.len())
                .as_slice(),
            b"\r\n--b--\r\n",
        ]
        .concat()
    }
}

async fn post(address: SocketAddr, content_type: &str, body: &[u8]) {
    let mut line = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /check HTTP/1.1\r\nHost: h\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let (mut input, mut output) = line.split();
    let mut answer = Vec::new();
    // The response may come before the whole body is sent.
    let (_, read) = tokio::join!(
        async { output.write_all(&[head.as_bytes(), body].concat()).await },
        input.read_to_end(&mut answer)
    );
    read.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 "), "an answer");
}

/// CPU time of a process, over its threads.
fn cpu(process: u32) -> Duration {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let nanoseconds = threads.filter_map(|thread| {
        let all = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        all.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

async fn gateway(place: &std::path::Path) -> RealGateway {
    let mut gateway = RealGateway::new(
        place,
        place.join("gateway"),
        "sqlite:queue.db",
        "32,4,2,1,1",
        |_| {},
    );
    gateway.start().await;
    // Warms up, so that later figures do not include first-time costs.
    for _ in 0..50 {
        gateway
            .browser
            .check(&[text("topic", "drugs"), text("what", &"x".repeat(2_500))])
            .await
            .unwrap();
    }
    gateway
}

#[tokio::test(flavor = "multi_thread")]
async fn p2_any_bytes_to_check_take_bounded_memory() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = gateway(place.path()).await;
    let before = gateway.most_memory();
    let bound = ROOM as u64 + (LINES as u64) * (1 << 20);
    for kind in kinds() {
        let mut lines = JoinSet::new();
        for at in 0..LINES {
            let (address, body, content_type) = (
                gateway.browser.0,
                kind.body(if at == 0 { 32 << 20 } else { 2 << 20 }),
                kind.content_type,
            );
            lines.spawn(async move { post(address, content_type, &body).await });
        }
        lines.join_all().await;
        let more = gateway.most_memory() - before;
        println!(
            "{}: {} KiB above rest at most so far",
            kind.name,
            more >> 10
        );
        assert!(
            more <= bound,
            "{}: {more} bytes above rest, bound {bound}",
            kind.name
        );
        // Only photos take more than one connection's share.
        assert!(
            kind.name.contains("photo")
                || kind.start.contains("photos")
                || more <= (LINES as u64) * (1 << 20) + (8 << 20),
            "{}: {more}",
            kind.name
        );
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_small_body_costs_little_and_a_byte_of_a_long_one_no_more() {
    let deep = std::env::var_os("LOKE_DEEP").is_some();
    let place = tempfile::tempdir().unwrap();
    let mut gateway = gateway(place.path()).await;
    let cost = async |kind: &Kind, size: usize, times: u32| {
        let body = kind.body(size);
        let before = cpu(gateway.process());
        for _ in 0..times {
            post(gateway.browser.0, kind.content_type, &body).await;
        }
        (cpu(gateway.process()) - before) / times
    };
    for kind in kinds() {
        let (small, long) = (
            cost(&kind, SMALL, 10).await,
            cost(&kind, 8 * SMALL, 3).await,
        );
        println!(
            "{:<30} 256 KiB: {small:>8.1?}   2 MiB: {long:>8.1?}",
            kind.name
        );
        assert!(
            !deep || small <= CPU,
            "{}: {small:?} for 256 KiB",
            kind.name
        );
        // A minimum of 1 ms for the small body excludes fixed costs.
        assert!(
            !deep || long <= 10 * small.max(Duration::from_millis(1)),
            "{}: {small:?}, eight times as much {long:?}",
            kind.name
        );
    }
    gateway.stop().await;
}
