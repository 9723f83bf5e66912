//! One request per connection, a response that arrives, a full listener, and shutdown.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;

use super::*;

const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

/// A page that signals each request, and answers when it gets a permit.
fn waiting_page() -> (Router, Arc<Semaphore>, Arc<Semaphore>) {
    let (asked, let_go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (asked_there, let_go_there) = (asked.clone(), let_go.clone());
    let page = move || {
        asked_there.add_permits(1);
        let let_go = let_go_there.clone();
        async move {
            let_go.acquire().await.unwrap().forget();
            "done"
        }
    };
    (
        Router::new()
            .route("/", get(page))
            .route("/other", get(async || "other")),
        asked,
        let_go,
    )
}

#[tokio::test]
async fn each_answer_closes_its_connection_and_names_no_server() {
    for secret in Secret::both() {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let page = move || {
            count.fetch_add(1, SeqCst);
            async { "once" }
        };
        let place = Place::open(Router::new().route("/", get(page)), FAST, secret).await;
        let answers = place.ask([GET, GET].concat()).await.to_ascii_lowercase();
        assert_eq!(answers.matches("http/1.1 200").count(), 1, "{answers}");
        assert_eq!(asked.load(SeqCst), 1, "the second request reached the page");
        assert!(
            answers.contains("connection: close") && !answers.contains("server:"),
            "{answers}"
        );
        // It closes at once, not at a deadline.
        let place = Place::open(Router::new().route("/", get(async || "once")), NEVER, None).await;
        let kept = "GET / HTTP/1.1\r\nhost: x\r\nconnection: keep-alive\r\n\r\n";
        assert!(
            timeout(FAST.window, place.ask(kept))
                .await
                .expect("kept open")
                .contains("once")
        );
    }
}

/// Sends 30 MB before it reads a byte, as browsers do. Returns the response.
async fn send_30_mb(place: &Place, chunked: bool) -> std::io::Result<String> {
    const PART: usize = 100_000;
    let mut wire = place.connect().await;
    let framing = if chunked {
        "transfer-encoding: chunked".to_owned()
    } else {
        format!("content-length: {}", 300 * PART)
    };
    wire.write_all(format!("POST / HTTP/1.1\r\nhost: x\r\n{framing}\r\n\r\n").as_bytes())
        .await?;
    for _ in 0..300 {
        if chunked {
            wire.write_all(format!("{PART:x}\r\n").as_bytes()).await?;
        }
        wire.write_all(&[b'a'; PART]).await?;
        if chunked {
            wire.write_all(b"\r\n").await?;
        }
    }
    if chunked {
        wire.write_all(b"0\r\n\r\n").await?;
    }
    wire.flush().await?;
    let mut answer = String::new();
    wire.read_to_string(&mut answer).await?;
    Ok(answer)
}

fn too_large() -> Router {
    Router::new().route(
        "/",
        post(async || (StatusCode::PAYLOAD_TOO_LARGE, "the page for too much")),
    )
}

#[tokio::test]
async fn a_body_over_the_limit_gets_its_page_not_a_reset() {
    for secret in Secret::both() {
        let place = Place::open(too_large(), FAST, secret).await;
        for chunked in [false, true] {
            let answer = send_30_mb(&place, chunked).await.expect("reset");
            assert!(
                answer.starts_with("HTTP/1.1 413 ") && answer.ends_with("the page for too much"),
                "{answer}"
            );
        }
    }
}

#[tokio::test]
async fn control_without_reading_on_the_page_is_lost_to_a_reset() {
    let place = Place::open(
        too_large(),
        Deadlines {
            most_discarded: 1,
            ..FAST
        },
        None,
    )
    .await;
    send_30_mb(&place, false)
        .await
        .expect_err("the answer arrived all the same");
}

#[tokio::test]
async fn a_head_that_is_no_http_or_too_large_gets_a_status_and_none_of_it_back() {
    for secret in Secret::both() {
        let place = Place::open(Router::new(), FAST, secret).await;
        let large = format!(
            "GET / HTTP/1.1\r\nhost: x\r\ncookie: {}\r\n\r\n",
            "canary".repeat(20_000)
        );
        for (head, status) in [
            ("canary canary canary canary\r\n\r\n", " 400 "),
            (&*large, " 431 "),
        ] {
            let answer = place.ask(head).await;
            assert!(
                answer.starts_with("HTTP/1.1")
                    && answer.contains(status)
                    && !answer.contains("canary"),
                "{answer}"
            );
        }
    }
}

#[tokio::test]
async fn in_a_full_house_the_oldest_without_a_request_gives_way() {
    let (app, asked, let_go) = waiting_page();
    let place = Place::open(
        app,
        Deadlines {
            most_connections: 3,
            most_of_a_bucket: 3,
            ..NEVER
        },
        None,
    )
    .await;
    let mut at_work = place.connect().await;
    at_work.write_all(GET.as_bytes()).await.unwrap();
    asked.acquire().await.unwrap().forget();
    let (mut oldest, mut newer) = (place.connect().await, place.connect().await);
    assert!(
        place
            .ask("GET /other HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .ends_with("other"),
        "an idle connection kept a visitor out"
    );
    assert_eq!(
        rest_of(&mut oldest).await,
        "",
        "the oldest idle connection is closed"
    );
    newer
        .write_all(b"GET /other HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    assert!(
        rest_of(&mut newer).await.ends_with("other"),
        "the newer one is not"
    );
    let_go.add_permits(1);
    assert!(
        rest_of(&mut at_work).await.ends_with("done"),
        "nor the one at work"
    );
}

#[tokio::test]
async fn in_a_house_full_of_work_a_visitor_waits_and_is_served() {
    let (app, asked, let_go) = waiting_page();
    let place = Place::open(
        app,
        Deadlines {
            most_connections: 2,
            most_of_a_bucket: 2,
            ..NEVER
        },
        None,
    )
    .await;
    let mut all = Vec::new();
    for _ in 0..3 {
        let mut wire = place.connect().await;
        wire.write_all(GET.as_bytes()).await.unwrap();
        all.push(wire);
    }
    asked.acquire_many(2).await.unwrap().forget();
    assert!(
        timeout(FAST.window / 5, asked.acquire()).await.is_err(),
        "more than two are at work"
    );
    let_go.add_permits(3);
    for wire in &mut all {
        assert!(rest_of(wire).await.ends_with("done"));
    }
}

#[tokio::test]
async fn after_the_stop_open_requests_finish_and_nobody_else_comes_in() {
    let (app, asked, let_go) = waiting_page();
    let mut place = Place::open(app, NEVER, None).await;
    let (mut at_work, mut idle) = (place.connect().await, place.connect().await);
    at_work.write_all(GET.as_bytes()).await.unwrap();
    asked.acquire().await.unwrap().forget();
    place.stop.send(true).unwrap();
    assert_eq!(rest_of(&mut idle).await, "");
    TcpStream::connect(place.address)
        .await
        .expect_err("the listener is still open");
    let_go.add_permits(1);
    assert!(rest_of(&mut at_work).await.ends_with("done"));
    drop(at_work);
    timeout(FAST.stop, &mut place.task)
        .await
        .expect("it did not end")
        .unwrap();
}

#[tokio::test]
async fn after_the_stop_a_request_that_does_not_end_is_closed() {
    let (app, asked, _) = waiting_page();
    let mut place = Place::open(app, NEVER, None).await;
    let mut at_work = place.connect().await;
    at_work.write_all(GET.as_bytes()).await.unwrap();
    asked.acquire().await.unwrap().forget();
    place.stop.send(true).unwrap();
    assert_eq!(rest_of(&mut at_work).await, "");
    timeout(FAST.stop, &mut place.task)
        .await
        .expect("it did not end")
        .unwrap();
}

#[tokio::test]
async fn who_sends_and_leaves_at_once_is_still_heard() {
    let heard = Arc::new(Notify::new());
    let hears = heard.clone();
    let page = move |body: axum::body::Bytes| {
        let hears = hears.clone();
        async move {
            // The page is still at work for a moment after the visitor has gone.
            tokio::time::sleep(FAST.window / 10).await;
            assert_eq!(body, "a tip");
            hears.notify_one();
        }
    };
    let place = Place::open(Router::new().route("/", post(page)), FAST, None).await;
    let mut wire = place.connect().await;
    wire.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\na tip")
        .await
        .unwrap();
    drop(wire);
    timeout(FAST.window, heard.notified())
        .await
        .expect("the report was dropped with its connection");
}
