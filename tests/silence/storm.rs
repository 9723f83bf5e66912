//! Floods at the listener: thousands of slow connections, and many reports from one address. The
//! gateway closes stalled connections and serves moving ones, and residents elsewhere still get
//! through (promises P2, P8).

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::house::browser::{Browser, multipart, read, text};
use crate::house::real::RealGateway;

mod lines;
mod photos;
mod queue;
mod residents;

/// A number from the environment; CI runs with fewer than the full count.
fn setting(name: &str, fewer: usize) -> usize {
    std::env::var(name)
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(fewer)
}

/// Raises the limit of file descriptors to the maximum, for this process and the gateway that it
/// starts.
fn take_descriptors() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    )
    .unwrap();
}

/// Writes `beginning`, then a byte each second, until the gateway closes the connection. Returns
/// how long it was open.
async fn drip(target: SocketAddr, beginning: &'static [u8]) -> Duration {
    let opened = Instant::now();
    // An address has a share of the connections: beyond it, a new one may be closed at once.
    let Ok(mut line) = TcpStream::connect(target).await else {
        return opened.elapsed();
    };
    let _ = line.write_all(beginning).await;
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut answer = [0; 4_096];
    loop {
        tokio::select! {
            got = line.read(&mut answer) => if matches!(got, Ok(0) | Err(_)) { return opened.elapsed() },
            _ = second.tick() => if line.write_all(b"a").await.is_err() { return opened.elapsed() },
        }
    }
}

/// A check of a report with a long text, at 5 kB per second, from another network than the slow
/// connections. Returns the response status.
async fn upload_slowly(target: SocketAddr) -> u16 {
    let token = Browser(target).token().await.unwrap();
    let (kind, body) = multipart(&[
        text("token", &token),
        text("topic", "drugs"),
        text("what", "They swapped the lock."),
        text("filler", &"-".repeat(90_000)),
    ]);
    let mut line = residents::connect_from(target, Ipv4Addr::new(127, 9, 9, 9))
        .await
        .unwrap();
    let head = format!(
        "POST /check HTTP/1.1\r\nHost: house.invalid\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    line.write_all(head.as_bytes()).await.unwrap();
    let mut fifth = tokio::time::interval(Duration::from_millis(200));
    for piece in body.chunks(1_000) {
        fifth.tick().await;
        line.write_all(piece).await.unwrap();
    }
    read(&mut line).await.unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn p2_thousands_of_slow_lines_are_let_go_while_a_slow_upload_and_honest_visits_go_on() {
    take_descriptors();
    let (slow, place) = (
        setting("LOKE_SLOW_LINES", 1_000),
        tempfile::tempdir().unwrap(),
    );
    let mut gateway = RealGateway::new(
        place.path(),
        place.path().join("gateway"),
        "sqlite:queue.db",
        "32,4,2,1,1",
        |_| {},
    );
    gateway.start().await;
    let target = gateway.browser.0;
    let upload = tokio::spawn(upload_slowly(target));
    let mut lines = JoinSet::new();
    for _ in 0..slow {
        lines.spawn(drip(target, b"GET / HTTP/1.1\r\nHost: h\r\nX-A: "));
        lines.spawn(drip(
            target,
            b"POST /check HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\nwhat=",
        ));
    }
    let mut honest = Vec::new();
    for _ in 0..200 {
        let asked = Instant::now();
        assert_eq!(gateway.browser.get("/").await.unwrap().status, 200);
        honest.push(asked.elapsed());
    }
    let open: Vec<Duration> = lines.join_all().await;
    honest.sort();
    let longest = open.iter().max().unwrap();
    println!(
        "{} slow lines, the longest open {longest:.1?}; honest visits p50 {:.1?}, p99 {:.1?}",
        open.len(),
        honest[100],
        honest[198]
    );
    // Ten seconds for the window, three for the final response; the rest is tolerance for a busy
    // machine.
    assert!(
        *longest < Duration::from_secs(30),
        "a line that hardly moves was open for {longest:?}"
    );
    assert_eq!(upload.await.unwrap(), 200);
    gateway.stop().await;
}

/// A report from a loopback address: form, check page, send. Returns whether it was accepted.
async fn report(target: SocketAddr, from: Ipv4Addr) -> bool {
    let connect = async || {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        socket.connect(target).await
    };
    let sent = async {
        let mut line = connect().await?;
        crate::house::browser::send(&mut line, "GET /", &[], b"").await?;
        let token = read(&mut line).await?.hidden("token").unwrap_or_default();
        let mut fields = vec![
            text("token", &token),
            text("topic", "drugs"),
            text("what", "Cars stop for a minute all night."),
        ];
        let mut answer = None;
        for path in ["POST /check", "POST /send"] {
            let (kind, body) = multipart(&fields);
            let mut line = connect().await?;
            crate::house::browser::send(&mut line, path, &[("Content-Type", &kind)], &body).await?;
            let page = read(&mut line).await?;
            fields = page.carries(&fields);
            answer = Some(page);
        }
        Ok::<_, std::io::Error>(answer.unwrap())
    };
    sent.await
        .is_ok_and(|page: crate::house::browser::Page| page.receipt().is_some())
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_a_flood_from_one_address_leaves_residents_elsewhere_their_way_in() {
    let (flood, place) = (setting("LOKE_FLOOD", 2_000), tempfile::tempdir().unwrap());
    // Fewer slots than the flood has reports: the excess must not take slots reserved for others.
    let slots = format!("{},1,1,1,1", flood / 4);
    let mut gateway = RealGateway::new(
        place.path(),
        place.path().join("gateway"),
        "sqlite:queue.db",
        &slots,
        |_| {},
    );
    gateway.start().await;
    let target = gateway.browser.0;
    let mut flooders = JoinSet::new();
    for _ in 0..32 {
        flooders.spawn(async move {
            let mut accepted = 0_usize;
            for _ in 0..flood / 32 {
                accepted += usize::from(report(target, Ipv4Addr::new(127, 7, 7, 7)).await);
            }
            accepted
        });
    }
    let mut through = 0;
    for resident in 0..100 {
        through += usize::from(report(target, Ipv4Addr::new(127, 20 + resident, 3, 9)).await);
    }
    let accepted: usize = flooders.join_all().await.into_iter().sum();
    println!("a flood of {flood}, {accepted} of them taken; residents elsewhere: {through} of 100");
    assert!(
        accepted < flood,
        "the control: the flood was larger than the room for it"
    );
    assert!(through >= 99);
    gateway.stop().await;
}
