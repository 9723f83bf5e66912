//! Promise P8: limits count per bucket, and never block a report.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http_body_util::BodyExt;
use loke::gateway::listener::caller::Caller;
use loke::gateway::listener::limit::Limit;
use loke::gateway::settings::Limits;
use tower::ServiceExt;

use super::*;
use crate::house::skip::skipped;

const LIMITS: Limits = Limits {
    requests_per_minute: 5,
    reports_per_hour: 3,
    photos_per_hour: 2,
    waiting_photo_bytes: 0,
    parallel_photos: 1,
};

fn caller(bucket: u16, listener: Listener) -> Caller {
    Caller {
        bucket,
        parent: 0,
        known: listener != Listener::Onion,
        language: "pl",
        listener,
    }
}

fn page(caller: &Caller) -> Response {
    format!("come again later, in {}", caller.language).into_response()
}

async fn ask(app: &Router, caller: Caller) -> (StatusCode, Option<u64>, String) {
    let request = Request::builder()
        .uri("/")
        .extension(caller)
        .body(Body::empty())
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let wait = response
        .headers()
        .get("retry-after")
        .map(|v| v.to_str().unwrap().parse().unwrap());
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, wait, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn over_its_quota_a_bucket_gets_the_page_and_others_do_not() {
    let limit = Limit::new(&LIMITS);
    let app = limit.guard(
        Router::new().route("/", get(async || "hello")),
        Arc::new(page),
    );
    for _ in 0..LIMITS.requests_per_minute {
        assert_eq!(ask(&app, caller(7, Listener::Web)).await.2, "hello");
    }
    let (status, wait, said) = ask(&app, caller(7, Listener::Web)).await;
    assert_eq!(
        (status, &*said),
        (StatusCode::TOO_MANY_REQUESTS, "come again later, in pl")
    );
    assert!(
        (1..=60).contains(&wait.unwrap()),
        "asked to wait {wait:?} s"
    );
    assert_eq!(
        ask(&app, caller(8, Listener::Web)).await.2,
        "hello",
        "another bucket is shut too"
    );
    limit.tidy();
    assert_eq!(
        ask(&app, caller(7, Listener::Web)).await.0,
        StatusCode::TOO_MANY_REQUESTS,
        "tidying up forgot a full bucket"
    );
}

#[tokio::test]
async fn tor_shares_a_far_larger_quota_that_is_not_a_buckets() {
    let limit = Limit::new(&LIMITS);
    let app = limit.guard(
        Router::new().route("/", get(async || "hello")),
        Arc::new(page),
    );
    let mut served = 0;
    while ask(&app, caller(0, Listener::Onion)).await.0 == StatusCode::OK {
        served += 1;
    }
    assert!(
        served >= 60 * LIMITS.requests_per_minute,
        "Tor was shut after {served} requests"
    );
    for bucket in [0, 1, 63, 64, 4_095] {
        assert_eq!(
            ask(&app, caller(bucket, Listener::Web)).await.2,
            "hello",
            "Tor used up bucket {bucket}"
        );
    }
}

#[tokio::test]
async fn p8_one_tor_circuit_uses_up_no_other_circuits_quota() {
    let limit = Limit::new(&LIMITS);
    let app = limit.guard(
        Router::new().route("/", get(async || "hello")),
        Arc::new(page),
    );
    let circuit = |number| Caller {
        known: true,
        ..caller(number, Listener::Onion)
    };
    for _ in 0..LIMITS.requests_per_minute {
        assert_eq!(ask(&app, circuit(7)).await.2, "hello");
    }
    assert_eq!(
        ask(&app, circuit(7)).await.0,
        StatusCode::TOO_MANY_REQUESTS,
        "the control: one circuit has a limit"
    );
    while limit.proves(&circuit(7)) {}
    while limit.takes_photo(&circuit(7)) {}
    for other in [0, 8, 4_095] {
        assert_eq!(ask(&app, circuit(other)).await.2, "hello");
        assert!(limit.proves(&circuit(other)) && limit.takes_photo(&circuit(other)));
    }
}

#[test]
fn a_report_over_the_number_is_unproven_and_never_refused() {
    let limit = Limit::new(&LIMITS);
    let proven = (0..10_000)
        .filter(|_| limit.proves(&caller(7, Listener::Web)))
        .count();
    // A new one, due every 20 minutes, may have been added while the loop ran.
    assert!(
        (3..=4).contains(&proven),
        "{proven} reports of one bucket count as proven"
    );
    assert!(
        limit.proves(&caller(8, Listener::Web)),
        "another bucket lost its proof"
    );
    assert!(
        (0..100).all(|_| limit.proves(&caller(0, Listener::Onion))),
        "Tor has no larger quota"
    );
    let unnumbered = caller(Caller::NO_NUMBER, Listener::Sms);
    assert!(
        unnumbered.has_no_number()
            && !caller(4_095, Listener::Sms).has_no_number()
            && !caller(Caller::NO_NUMBER, Listener::Web).has_no_number()
    );
    assert!(
        (0..100).all(|_| limit.proves(&unnumbered)),
        "texts without a number have no larger quota"
    );
    while limit.proves(&unnumbered) {}
    assert!(
        [0, 1, 4_095]
            .into_iter()
            .all(|bucket| limit.proves(&caller(bucket, Listener::Sms))),
        "they used up a phone's"
    );
}

#[tokio::test]
async fn a_route_without_a_caller_is_our_mistake_and_says_nothing() {
    let app = Limit::new(&LIMITS).guard(
        Router::new().route("/", get(async || "hello")),
        Arc::new(page),
    );
    let response = app
        .oneshot(Request::builder().uri("/").body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        response
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .is_empty()
    );
}

/// The number of connections that the kernel accepts for a socket without an `accept` call. Blocks
/// the only thread that would call it.
fn taken_unheard(address: SocketAddr, most: usize) -> usize {
    let patience = Duration::from_millis(500);
    let taken: Vec<_> = (0..most)
        .map_while(|_| std::net::TcpStream::connect_timeout(&address, patience).ok())
        .collect();
    taken.len()
}

#[tokio::test]
async fn p8_a_burst_of_callers_finds_room_while_the_gateway_is_busy() {
    const BURST: usize = 600;
    let plain = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    assert!(
        taken_unheard(plain.local_addr().unwrap(), BURST) < BURST,
        "the control: a socket as the standard library opens it has room for all"
    );
    let most: usize = std::fs::read_to_string("/proc/sys/net/core/somaxconn")
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    if most < BURST {
        skipped!("this machine holds no more than {most} connections ready");
        return;
    }
    let place = Place::open(Router::new().route("/", get(async || "hello")), FAST, None).await;
    assert!(
        place
            .ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .contains("hello")
    );
    assert_eq!(
        taken_unheard(place.address, BURST),
        BURST,
        "the first packet of some was dropped: they wait a second"
    );
}
