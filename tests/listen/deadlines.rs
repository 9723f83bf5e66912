//! Promise P2: a stalled connection is closed in time, a moving one is never cut.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::routing::{any, get, post};
use hyper::body::Frame;
use tokio::net::TcpSocket;
use tokio::sync::oneshot;
use tokio::time::{Instant, interval, sleep, timeout};

use super::*;

/// The product closes within 15 s with a window of 10 s. Ten times as fast that is 1.5 s; the rest
/// is tolerance for a busy machine.
const IN_TIME: Duration = Duration::from_millis(2_500);

fn app() -> Router {
    Router::new()
        .route("/", get(async || "hello"))
        .route("/length", post(async |body: Bytes| body.len().to_string()))
        .route("/some", get(async || vec![b'x'; 160_000]))
        .route(
            "/page",
            post(
                async |body: Body| match axum::body::to_bytes(body, 1 << 20).await {
                    Ok(_) => (StatusCode::OK, "thank you"),
                    Err(_) => (
                        StatusCode::REQUEST_TIMEOUT,
                        "the page for what did not arrive",
                    ),
                },
            ),
        )
        .route(
            "/slow",
            any(async |_: Bytes| {
                sleep(Duration::from_millis(2_500)).await;
                "worked long"
            }),
        )
}

/// Sends `start`, then one byte at a time, until the other side has closed. Returns the elapsed
/// time.
async fn drip_until_closed(mut wire: Wire, start: &[u8]) -> Duration {
    let began = Instant::now();
    wire.write_all(start).await.unwrap();
    let mut beat = interval(Duration::from_millis(20));
    let mut byte = [0];
    loop {
        tokio::select! {
            _ = beat.tick() => if wire.write_all(b"a").await.is_err() || wire.flush().await.is_err() { break },
            read = wire.read(&mut byte) => if !matches!(read, Ok(1..)) { break },
        }
    }
    began.elapsed()
}

async fn closed_after(mut wire: Wire, start: &[u8]) -> Duration {
    let began = Instant::now();
    wire.write_all(start).await.unwrap();
    rest_of(&mut wire).await;
    began.elapsed()
}

async fn in_time(what: &str, closing: impl Future<Output = Duration>) {
    let took = timeout(IN_TIME * 2, closing)
        .await
        .unwrap_or_else(|_| panic!("{what}: still open"));
    assert!(took < IN_TIME, "{what}: closed only after {took:?}");
    assert!(took > FAST.window * 8 / 10, "{what}: cut after {took:?}");
}

const HALF_BODY: &[u8] = b"POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nhalf";

#[tokio::test]
async fn p2_what_does_not_move_is_closed_in_time() {
    for secret in Secret::both() {
        let place = Place::open(app(), FAST, secret).await;
        // The beginning of a ClientHello of 252 bytes if this place uses TLS, else of a request.
        let hello: &[u8] = if place.secret.is_some() {
            &[22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3]
        } else {
            b"GE"
        };
        let raw = async || Box::new(TcpStream::connect(place.address).await.unwrap()) as Wire;
        tokio::join!(
            in_time("nothing sent, no handshake", closed_after(raw().await, b"")),
            in_time("a dripping handshake", drip_until_closed(raw().await, hello)),
            in_time("nothing sent", closed_after(place.connect().await, b"")),
            in_time("half a head", closed_after(place.connect().await, b"GET / HTTP/1.1\r\nhos")),
            in_time("a dripping head", drip_until_closed(place.connect().await, b"GET / HTTP/1.1\r\nx: ")),
            in_time("half a body", closed_after(place.connect().await, HALF_BODY)),
            in_time("a dripping body", drip_until_closed(place.connect().await, HALF_BODY)),
            in_time(
                "a dripping chunked body",
                drip_until_closed(place.connect().await, b"POST /length HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffffff\r\n")
            ),
        );
    }
}

#[tokio::test]
async fn control_without_deadlines_they_stay_open() {
    let place = Place::open(app(), NEVER, None).await;
    for start in [b"".as_slice(), b"GET / HTTP/1.1\r\nhos", HALF_BODY] {
        let mut wire = place.connect().await;
        wire.write_all(start).await.unwrap();
        assert!(
            timeout(FAST.window * 3 / 2, rest_of(&mut wire))
                .await
                .is_err(),
            "closed without a deadline"
        );
    }
}

/// A response of 8 MB. When the gateway drops it, `_held` drops too, which notifies the receiver.
struct Large {
    left: u32,
    _held: Option<oneshot::Sender<()>>,
}

impl hyper::body::Body for Large {
    type Data = Bytes;
    type Error = Infallible;
    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.left = self.left.saturating_sub(1);
        Poll::Ready((self.left > 0).then(|| Ok(Frame::data(vec![b'x'; 16 << 10].into()))))
    }
}

/// A client that requests the large response and reads this many bytes of it every 20 ms.
async fn hardly_reads(secret: Option<Secret>, bytes_a_beat: usize) {
    let (sender, gone) = oneshot::channel();
    let held = Arc::new(Mutex::new(Some(sender)));
    let answer = move || {
        let held = held.lock().unwrap().take();
        async move {
            Body::new(Large {
                left: 512,
                _held: held,
            })
        }
    };
    let place = Place::open(Router::new().route("/", get(answer)), FAST, secret).await;
    let mut wire = place.connect().await;
    wire.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let reading = async {
        let mut beat = interval(Duration::from_millis(20));
        let mut few = vec![0; bytes_a_beat];
        loop {
            beat.tick().await;
            wire.read_exact(&mut few)
                .await
                .expect("reset before the gateway let go");
        }
    };
    let letting_go = async {
        let began = Instant::now();
        let _ = gone.await;
        began.elapsed()
    };
    tokio::select! {
        () = in_time("an answer not read", letting_go) => {}
        () = reading => {}
    }
    // The kernel dropped it too: the client gets a reset instead of the rest.
    let read = rest_of(&mut wire).await;
    assert!(
        read.len() < 4 << 20,
        "{} bytes were kept for a client that did not read",
        read.len()
    );
}

#[tokio::test]
async fn p2_an_answer_that_is_never_or_hardly_read_is_let_go_in_time() {
    for bytes_a_beat in [0, 40] {
        let [plain, tls] = Secret::both();
        tokio::join!(
            hardly_reads(plain, bytes_a_beat),
            hardly_reads(tls, bytes_a_beat)
        );
    }
}

#[tokio::test]
async fn p2_a_body_at_4_kb_a_second_is_never_cut() {
    for secret in Secret::both() {
        let place = Place::open(app(), FAST, secret).await;
        let mut wire = place.connect().await;
        wire.write_all(b"POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 140000\r\n\r\n")
            .await
            .unwrap();
        // 40 kB per second, the fast clock's 4 kB/s: three and a half windows.
        let mut beat = interval(Duration::from_millis(100));
        for _ in 0..35 {
            beat.tick().await;
            wire.write_all(&[b'a'; 4_000]).await.unwrap();
            wire.flush().await.unwrap();
        }
        assert!(rest_of(&mut wire).await.ends_with("140000"));
    }
}

/// 12 kB per second, the fast clock's 1.2 kB/s: below the promised rate, whatever the content.
#[tokio::test]
async fn p2_a_body_at_1_kb_a_second_is_closed_in_time() {
    for secret in Secret::both() {
        let place = Place::open(app(), FAST, secret).await;
        let mut wire = place.connect().await;
        let sending = async {
            let began = Instant::now();
            wire.write_all(b"POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n")
                .await
                .unwrap();
            let (mut beat, mut byte) = (interval(Duration::from_millis(100)), [0]);
            loop {
                tokio::select! {
                    _ = beat.tick() => if wire.write_all(&[b'a'; 1_200]).await.is_err() || wire.flush().await.is_err() { break },
                    read = wire.read(&mut byte) => if !matches!(read, Ok(1..)) { break },
                }
            }
            began.elapsed()
        };
        in_time("a body at 1.2 kB/s", sending).await;
    }
}

/// A connection that stalls and catches up, as in mobile networks: 16 kB at once, then nothing for
/// the fast clock's four seconds.
#[tokio::test]
async fn p2_a_body_at_4_kb_a_second_that_comes_in_bursts_is_never_cut() {
    let place = Place::open(app(), FAST, None).await;
    let mut wire = place.connect().await;
    wire.write_all(b"POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 160000\r\n\r\n")
        .await
        .unwrap();
    let mut beat = interval(Duration::from_millis(400));
    for _ in 0..10 {
        beat.tick().await;
        wire.write_all(&[b'a'; 16_000]).await.unwrap();
    }
    assert!(rest_of(&mut wire).await.ends_with("160000"));
}

#[tokio::test]
async fn p2_an_answer_taken_at_4_kb_a_second_is_never_cut() {
    for secret in Secret::both() {
        let place = Place::open(app(), FAST, secret).await;
        let socket = TcpSocket::new_v4().unwrap();
        // A client that cannot buffer the whole response.
        socket.set_recv_buffer_size(8 << 10).unwrap();
        let mut wire = place
            .speak(socket.connect(place.address).await.unwrap())
            .await;
        wire.write_all(b"GET /some HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        let (mut beat, mut read, mut part) = (interval(Duration::from_millis(100)), 0, [0; 4_000]);
        loop {
            beat.tick().await;
            match wire.read(&mut part).await.expect("cut") {
                0 => break,
                bytes => read += bytes,
            }
        }
        assert!(read > 160_000, "only {read} bytes came");
    }
}

#[tokio::test]
async fn the_clock_stands_while_the_page_works() {
    for secret in Secret::both() {
        let place = Place::open(app(), FAST, secret).await;
        assert!(
            place
                .ask("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
                .await
                .ends_with("worked long")
        );
        assert!(
            place
                .ask("POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nbody")
                .await
                .ends_with("worked long")
        );
    }
}

#[tokio::test]
async fn a_body_that_stalls_or_breaks_off_gets_its_page() {
    let half = b"POST /page HTTP/1.1\r\nhost: x\r\ncontent-length: 9000\r\n\r\nhalf";
    for secret in Secret::both() {
        let place = Place::open(app(), FAST, secret).await;
        let stalled = place.ask(half).await;
        assert!(
            stalled.starts_with("HTTP/1.1 408 ") && stalled.ends_with("did not arrive"),
            "{stalled}"
        );
        let mut wire = place.connect().await;
        wire.write_all(half).await.unwrap();
        wire.shutdown().await.unwrap();
        let broken = rest_of(&mut wire).await;
        assert!(
            broken.starts_with("HTTP/1.1 408 ") && broken.ends_with("did not arrive"),
            "{broken}"
        );
    }
}
