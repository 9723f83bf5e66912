//! tor's PROXY header before each connection: callers on one circuit share a bucket, and no report
//! is lost if the torrc and the configuration disagree.

use std::collections::HashSet;

use axum::Router;
use axum::extract::Request;
use loke::gateway::listener::caller::Caller;
use tokio::time::timeout;

use super::*;

async fn told(request: Request) -> String {
    let caller = request.extensions().get::<Caller>().copied().unwrap();
    format!(
        "bucket {} parent {} known {}",
        caller.bucket, caller.parent, caller.known
    )
}

async fn onion(client_address: ClientAddress) -> Place {
    let strip = Strip::new(Clock::by_hand(0), client_address, LANGUAGES).unwrap();
    Place::open_with(
        Listener::Onion,
        strip,
        Router::new().fallback(told),
        FAST,
        None,
    )
    .await
}

fn proxied(circuit: &str) -> String {
    format!(
        "PROXY TCP6 fc00:dead:beef:4dad::{circuit} ::1 31 80\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n"
    )
}

fn last_line(answer: &str) -> String {
    answer.rsplit("\r\n").next().unwrap().to_owned()
}

#[tokio::test]
async fn p8_a_circuit_is_12_bits_and_tells_callers_by_tor_apart() {
    let place = onion(ClientAddress::Circuit).await;
    let first = last_line(&place.ask(proxied("0:1f")).await);
    assert!(first.ends_with("parent 0 known true"), "{first}");
    assert_eq!(
        last_line(&place.ask(proxied("0:1F")).await),
        first,
        "one circuit, two buckets"
    );
    let mut all = HashSet::new();
    for number in 0..64 {
        all.insert(last_line(
            &place.ask(proxied(&format!("{number:x}:{number:x}"))).await,
        ));
    }
    assert!(all.len() > 56, "{} buckets for 64 circuits", all.len());
    let other = onion(ClientAddress::Circuit).await;
    let mut alike = 0;
    for number in 0..16 {
        let ask = proxied(&format!("9:{number:x}"));
        alike +=
            usize::from(last_line(&place.ask(&ask).await) == last_line(&other.ask(&ask).await));
    }
    assert!(alike < 8, "two keys are alike");
}

#[tokio::test]
async fn a_report_by_tor_arrives_whatever_the_torrc_says() {
    let nobody = "bucket 0 parent 0 known false";
    let plain = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    // tor sends circuits, but the configuration does not expect them.
    let place = onion(ClientAddress::Peer).await;
    assert_eq!(last_line(&place.ask(proxied("0:1")).await), nobody);
    assert_eq!(last_line(&place.ask(plain).await), nobody);
    // The configuration expects circuits, but tor sends none. A POST request begins with the same
    // letter as the PROXY header.
    let place = onion(ClientAddress::Circuit).await;
    assert_eq!(last_line(&place.ask(plain).await), nobody);
    assert_eq!(
        last_line(
            &place
                .ask("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nx")
                .await
        ),
        nobody
    );
    // On the web listener the PROXY header is a bad request.
    let web = Place::open(Router::new().fallback(told), FAST, None).await;
    assert!(
        web.ask(proxied("0:1")).await.contains(" 400 "),
        "whoever comes in by the web chooses a bucket"
    );
}

#[tokio::test]
async fn the_line_may_come_in_pieces_and_what_is_no_line_is_a_bad_request() {
    let place = onion(ClientAddress::Circuit).await;
    let whole = last_line(&place.ask(proxied("2:3")).await);
    for at in [1, 3, 6, 20, 40, 50, 60, 62, 63, 64, 70] {
        let mut wire = place.connect().await;
        let text = proxied("2:3");
        let (first, second) = text.as_bytes().split_at(at);
        wire.write_all(first).await.unwrap();
        wire.flush().await.unwrap();
        tokio::task::yield_now().await;
        wire.write_all(second).await.unwrap();
        assert_eq!(last_line(&rest_of(&mut wire).await), whole, "cut at {at}");
    }
    for bad in [
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 80\r\n".to_owned(),
        format!("PROXY TCP6 {}\r\n", "f".repeat(200)),
        "PROXY \r\n".to_owned(),
        // The caller's own PROXY header after tor's.
        format!(
            "PROXY TCP6 fc00:dead:beef:4dad::0:9 ::1 31 80\r\n{}",
            proxied("0:8")
        ),
    ] {
        let answer = place
            .ask(format!("{bad}GET / HTTP/1.1\r\nhost: x\r\n\r\n"))
            .await;
        assert!(
            answer.starts_with("HTTP/1.1 400 ") && !answer.contains("TCP"),
            "{bad}: {answer}"
        );
    }
}

#[tokio::test]
async fn p2_a_line_that_does_not_come_is_closed_in_time() {
    let place = onion(ClientAddress::Circuit).await;
    for half in ["", "P", "PROXY TCP6 fc00"] {
        let mut wire = place.connect().await;
        wire.write_all(half.as_bytes()).await.unwrap();
        timeout(FAST.window * 3, rest_of(&mut wire))
            .await
            .unwrap_or_else(|_| panic!("{half:?}: still open"));
    }
}
