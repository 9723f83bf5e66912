//! A page that waits for a shared resource while it has a resident's words in memory: it ends with
//! an honest page, or at once if the client is gone.

use std::sync::Arc;
use std::time::Duration;

use loke::gateway::listener::caller::Strip;
use loke::gateway::listener::{self, BoundListener, Gone, Listener};
use loke::gateway::settings::{ClientAddress, GatewaySettings};
use loke::gateway::state::Gateway;
use loke::gateway::web::patience::Patience;
use loke::gateway::web::{self, Site};
use loke::seal::MacKey;
use loke::words;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::house::House;
use crate::house::browser::{jpeg, multipart, photo, read, text};

/// A site of its own whose photo turns are all taken.
struct Busy {
    address: std::net::SocketAddr,
    site: Arc<Site>,
    turns: Vec<loke::photo::Turn>,
    _stop: watch::Sender<bool>,
}

async fn busy(house: &House) -> Busy {
    let config = GatewaySettings::read(&house.config).unwrap();
    let turns = config.limits.parallel_photos;
    let gateway = Gateway::new(
        config,
        house.store.clone(),
        MacKey::new([7; 32]),
        house.clock.clone(),
    );
    let site = Site::new(gateway.unwrap()).unwrap();
    let mut taken = Vec::new();
    for _ in 0..turns {
        taken.push(site.cleaner.turn(1).await);
    }
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let strip =
        Arc::new(Strip::new(house.clock.clone(), ClientAddress::Peer, words::CODES).unwrap());
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(listener::serve(
        BoundListener {
            listener: Listener::Web,
            socket,
            tls: None,
            strip,
        },
        web::router(Arc::clone(&site)),
        stopped,
    ));
    Busy {
        address,
        site,
        turns: taken,
        _stop: stop,
    }
}

async fn post(address: std::net::SocketAddr, what: &str) -> TcpStream {
    let (kind, body) = multipart(&[
        text("topic", "graffiti"),
        text("what", what),
        photo("p.jpg", &jpeg()),
    ]);
    let mut line = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /check HTTP/1.1\r\nHost: h\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    line.write_all(&[head.as_bytes(), &body].concat())
        .await
        .unwrap();
    line
}

async fn until(is: impl Fn() -> bool) {
    while !is() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p2_a_wait_for_a_turn_ends_when_the_client_has_closed() {
    let house = House::open().await;
    let busy = busy(&house).await;
    let what = house.canary("what");
    // A client that half-closes and still reads gets an honest page.
    let mut half = post(busy.address, &what).await;
    until(|| busy.site.uploads.used() > 0).await;
    half.shutdown().await.unwrap();
    let page = read(&mut half).await.unwrap();
    assert_eq!((page.status, page.area("what")), (200, what.clone()));
    assert!(
        page.text().contains("We are busy with other photos"),
        "{}",
        page.text()
    );
    // If a client disconnects, its upload is dropped.
    let gone = post(busy.address, &what).await;
    until(|| busy.site.uploads.used() > 0).await;
    drop(gone);
    until(|| busy.site.uploads.used() == 0).await;
    // The control: a client that stays waits for its turn, and its photo is accepted in the end.
    let mut stays = post(busy.address, &what).await;
    until(|| busy.site.uploads.used() > 0).await;
    drop(busy.turns);
    let page = read(&mut stays).await.unwrap();
    assert!(page.status == 200 && page.hidden("ticket").is_some());
}

#[tokio::test]
async fn patience_ends_and_is_one_for_all_waits_of_a_request() {
    let mut patience = Patience::new(Duration::from_millis(50), Gone::default());
    assert_eq!(
        patience.wait(std::future::ready(1)).await,
        Some(1),
        "the control"
    );
    assert_eq!(patience.wait(std::future::pending::<()>()).await, None);
    assert_eq!(patience.wait(std::future::pending::<()>()).await, None);
    assert_eq!(
        patience.wait(std::future::ready(1)).await,
        Some(1),
        "what is ready is had"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_words_that_were_sent_whole_are_stored_though_the_client_left() {
    let house = House::open().await;
    let (_, all) = house
        .check(&[text("topic", "drugs"), text("what", &house.canary("what"))])
        .await;
    let (kind, body) = multipart(&all);
    let mut line = TcpStream::connect(house.web).await.unwrap();
    let head = format!(
        "POST /send HTTP/1.1\r\nHost: h\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    line.write_all(&[head.as_bytes(), &body].concat())
        .await
        .unwrap();
    drop(line);
    while house.used().await == 0 {
        tokio::task::yield_now().await;
    }
    house.leaves(1);
}
