//! No single caller can use all connections: no bucket has more than its share, and a full listener
//! sheds connections of the bucket with the most (promise P8). The callers come from different
//! networks on loopback.

use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use tokio::net::TcpSocket;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::*;

const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
/// The head and the beginning of a longer body.
const SLOW: &str = "POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\nslow";
/// How long a connection must stay open to count as open.
const MOMENT: Duration = Duration::from_millis(100);

/// A page that waits for a permit, and one that returns the length of the body.
fn app() -> (Router, Arc<Semaphore>, Arc<Semaphore>) {
    let (asked, let_go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (asked_there, let_go_there) = (asked.clone(), let_go.clone());
    let wait = move || {
        asked_there.add_permits(1);
        let let_go = let_go_there.clone();
        async move {
            let_go.acquire().await.unwrap().forget();
            "waited"
        }
    };
    let routes = Router::new()
        .route("/", get(async || "hello"))
        .route("/wait", get(wait));
    (
        routes.route("/length", post(async |body: Bytes| body.len().to_string())),
        asked,
        let_go,
    )
}

async fn open(most: usize, of_a_bucket: usize) -> Place {
    Place::open(
        app().0,
        Deadlines {
            most_connections: most,
            most_of_a_bucket: of_a_bucket,
            ..NEVER
        },
        None,
    )
    .await
}

/// A connection from the network 127.`network`.0.0, on which `sent` was sent.
async fn line(place: &Place, network: u8, sent: &str) -> Wire {
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind((Ipv4Addr::new(127, network, 0, 1), 0).into())
        .unwrap();
    let mut wire: Wire = Box::new(socket.connect(place.address).await.unwrap());
    wire.write_all(sent.as_bytes()).await.unwrap();
    wire
}

/// Waits until the page has a connection's data: a later connection gets its response after that.
async fn settle(place: &Place) {
    let mut other = line(place, 250, GET).await;
    assert!(rest_of(&mut other).await.ends_with("hello"));
}

async fn is_open(wire: &mut Wire) -> bool {
    timeout(MOMENT, rest_of(wire)).await.is_err()
}

async fn how_many_are_open(wires: &mut [Wire]) -> usize {
    let mut open = 0;
    for wire in wires {
        open += usize::from(is_open(wire).await);
    }
    open
}

#[tokio::test]
async fn p8_a_bucket_has_no_more_than_its_share_of_the_lines() {
    let place = open(64, 4).await;
    let mut elsewhere = line(&place, 20, SLOW).await;
    let mut attack = Vec::new();
    for _ in 0..12 {
        attack.push(line(&place, 7, SLOW).await);
        settle(&place).await;
    }
    assert_eq!(
        how_many_are_open(&mut attack).await,
        4,
        "of twelve slow bodies from one network"
    );
    assert!(
        is_open(&mut elsewhere).await,
        "a slow body from another network was closed for them"
    );
    let mut resident = line(&place, 7, GET).await;
    assert!(
        rest_of(&mut resident).await.ends_with("hello"),
        "a resident in the attacker's network finds no way in"
    );
}

#[tokio::test]
async fn control_without_a_share_one_network_has_all_the_lines() {
    let place = open(64, 64).await;
    let mut attack = Vec::new();
    for _ in 0..12 {
        attack.push(line(&place, 7, SLOW).await);
    }
    assert_eq!(how_many_are_open(&mut attack).await, 12);
}

#[tokio::test]
async fn p8_a_full_house_sheds_from_the_bucket_with_the_most_and_no_slow_upload_elsewhere() {
    let place = open(8, 8).await;
    let mut upload = line(&place, 20, SLOW).await;
    let mut attack = Vec::new();
    for _ in 0..7 {
        attack.push(line(&place, 7, SLOW).await);
    }
    for network in 30..34 {
        let mut resident = line(&place, network, GET).await;
        let answer = timeout(FAST.window, rest_of(&mut resident))
            .await
            .expect("a full house lets nobody in");
        assert!(answer.ends_with("hello"), "{answer}");
    }
    assert!(how_many_are_open(&mut attack).await < 7, "nobody gave way");
    upload.write_all(&[b'a'; 199_996]).await.unwrap();
    assert!(
        rest_of(&mut upload).await.ends_with("200000"),
        "a slow upload elsewhere was shed"
    );
}

#[tokio::test]
async fn in_a_bucket_the_slowest_gives_way_and_never_what_is_at_work() {
    let (routes, asked, let_go) = app();
    let place = Place::open(
        routes,
        Deadlines {
            most_connections: 64,
            most_of_a_bucket: 4,
            ..NEVER
        },
        None,
    )
    .await;
    let mut at_work = line(&place, 7, "GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
    asked.acquire().await.unwrap().forget();
    let mut fast = line(&place, 7, SLOW).await;
    fast.write_all(&[b'a'; 150_000]).await.unwrap();
    let mut attack = vec![line(&place, 7, SLOW).await, line(&place, 7, "").await];
    for sent in [SLOW, "", SLOW, SLOW, ""] {
        settle(&place).await;
        attack.push(line(&place, 7, sent).await);
    }
    settle(&place).await;
    assert_eq!(
        how_many_are_open(&mut attack).await,
        2,
        "beside the fast body and what is at work"
    );
    fast.write_all(&[b'a'; 49_996]).await.unwrap();
    assert!(
        rest_of(&mut fast).await.ends_with("200000"),
        "the fast body gave way"
    );
    let_go.add_permits(1);
    assert!(
        rest_of(&mut at_work).await.ends_with("waited"),
        "what was at work gave way"
    );
}

#[tokio::test]
async fn when_all_of_a_bucket_is_at_work_its_next_line_is_closed_and_others_come_in() {
    let (routes, asked, let_go) = app();
    let place = Place::open(
        routes,
        Deadlines {
            most_connections: 64,
            most_of_a_bucket: 2,
            ..NEVER
        },
        None,
    )
    .await;
    let mut at_work = Vec::new();
    for _ in 0..2 {
        at_work.push(line(&place, 7, "GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await);
    }
    asked.acquire_many(2).await.unwrap().forget();
    let mut third = line(&place, 7, "").await;
    assert_eq!(rest_of(&mut third).await, "");
    settle(&place).await;
    let_go.add_permits(2);
    for wire in &mut at_work {
        assert!(rest_of(wire).await.ends_with("waited"));
    }
    let mut after = line(&place, 7, GET).await;
    assert!(
        rest_of(&mut after).await.ends_with("hello"),
        "a place that is free again is not given"
    );
}

/// Twelve slow bodies from one network, which may have four connections.
async fn attacked(silence: Duration, most_silent: usize) -> (Place, Vec<Wire>) {
    let place = Place::open(
        app().0,
        Deadlines {
            most_of_a_bucket: 4,
            silence,
            most_silent,
            ..NEVER
        },
        None,
    )
    .await;
    let mut attack = Vec::new();
    for _ in 0..12 {
        attack.push(line(&place, 7, SLOW).await);
        settle(&place).await;
    }
    (place, attack)
}

#[tokio::test]
async fn p8_what_is_shed_is_kept_silent_and_no_more_than_so_many_are() {
    // The last is the control: with no silent connections allowed, a shed one is reset at once.
    for (most_silent, open) in [(64, 12), (3, 7), (0, 4)] {
        let (_place, mut attack) = attacked(NEVER.window, most_silent).await;
        assert_eq!(
            how_many_are_open(&mut attack).await,
            open,
            "of twelve slow bodies, four of them served, {most_silent} kept silent at most"
        );
    }
}

#[tokio::test]
async fn what_was_kept_silent_is_reset_without_a_word_when_its_time_is_over() {
    let (_place, attack) = attacked(FAST.rest, 64).await;
    let mut reset = JoinSet::new();
    for mut wire in attack {
        reset.spawn(async move { wire.read(&mut [0]).await.map_err(|error| error.kind()) });
    }
    for _ in 0..8 {
        assert_eq!(
            reset.join_next().await.unwrap().unwrap(),
            Err(std::io::ErrorKind::ConnectionReset)
        );
    }
}

/// A slow body as our proxy forwards it.
fn forwarded(address: &str) -> String {
    SLOW.replace("host: x", &format!("host: x\r\nx-forwarded-for: {address}"))
}

#[tokio::test]
async fn p8_behind_a_proxy_a_line_is_counted_once_its_head_says_whose_it_is() {
    let strip = Strip::new(
        Clock::System,
        ClientAddress::Forwarded("x-forwarded-for".into()),
        LANGUAGES,
    )
    .unwrap();
    let deadlines = Deadlines {
        most_connections: 64,
        most_of_a_bucket: 3,
        ..NEVER
    };
    let place = Place::open_with(Listener::Web, strip, app().0, deadlines, None).await;
    let mut resident = line(&place, 7, &forwarded("198.51.100.4")).await;
    let mut heads = Vec::new();
    let mut attack = Vec::new();
    for _ in 0..6 {
        // A connection without a complete head belongs to no bucket, however many one proxy has.
        heads.push(line(&place, 7, "GET / HTTP/1.1\r\n").await);
        attack.push(line(&place, 7, &forwarded("203.0.113.9")).await);
        settle(&place).await;
    }
    assert_eq!(how_many_are_open(&mut attack).await, 3);
    assert_eq!(how_many_are_open(&mut heads).await, 6);
    assert!(is_open(&mut resident).await);
}

/// A slow body as tor forwards it, from the circuit of this number.
fn by_circuit(number: u16) -> String {
    format!("PROXY TCP6 fc00:dead:beef:4dad::0:{number:x} ::1 {number} 80\r\n{SLOW}")
}

#[tokio::test]
async fn p8_one_tor_circuit_has_no_more_than_a_buckets_share() {
    for (client_address, open) in [(ClientAddress::Circuit, 3), (ClientAddress::Peer, 6)] {
        let strip = Strip::new(Clock::System, client_address, LANGUAGES).unwrap();
        let deadlines = Deadlines {
            most_connections: 64,
            most_of_a_bucket: 3,
            ..NEVER
        };
        let place = Place::open_with(Listener::Onion, strip, app().0, deadlines, None).await;
        let mut resident = line(&place, 1, &by_circuit(900)).await;
        let mut attack = Vec::new();
        for _ in 0..6 {
            attack.push(line(&place, 1, &by_circuit(7)).await);
            settle(&place).await;
        }
        assert_eq!(
            how_many_are_open(&mut attack).await,
            open,
            "the control is the second: without circuits all are nobody's"
        );
        assert!(is_open(&mut resident).await);
    }
}
