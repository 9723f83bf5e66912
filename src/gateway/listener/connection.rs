//! Life cycle of one connection: handshake, one request, one answer, then discard remaining input.
//! It must never close in a way that loses the answer of a client that is still sending.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::http::Request;
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::ServiceExt;
use zeroize::Zeroizing;

use super::bad_head::{self, Unanswered};
use super::house::Place;
use super::pace::{Deadlines, End, Pace, Paced};
use super::{Listener, Shared, onion};
use crate::listener::caller::{Origin, Peer};
use loke_core::digest::sha256;

/// Size limit of a request's head. At 4 kB/s it arrives within the deadline.
const MOST_HEAD: usize = 32 << 10;
/// Size limit at the SMS listener: Kannel puts a whole text into the URL, up to six bytes per
/// letter. (The `http` crate rejects a URL over 64 KiB. That is over 10,000 letters in 160 parts;
/// phones send far less.)
const MOST_HEAD_OF_TEXTS: usize = 128 << 10;

/// Buffer size for input after the answer. Usually there is none.
const REST: usize = 2 << 10;

/// An accepted connection.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) origin: Option<Origin>,
    pub(super) place: Place,
    pub(super) shared: Arc<Shared>,
}

impl Connection {
    /// Serves one request within the deadlines.
    pub(super) async fn run(self) {
        let Self {
            stream,
            origin,
            place,
            shared,
        } = self;
        let pace = &place.pace;
        let (socket, line) = Paced::new(stream, Arc::clone(pace));
        let end = tokio::select! {
            () = converse(socket, origin, &shared, &place) => None,
            end = pace.overdue(&shared.deadlines) => Some(end),
        };
        // At this point everything we had of the request is dropped.
        if end == Some(End::Shed) {
            place.keep_silent(line);
        }
    }
}

async fn converse(socket: Paced, origin: Option<Origin>, shared: &Shared, place: &Place) {
    let socket = match &shared.tls {
        None if shared.listener == Listener::Onion => {
            let (stream, circuit) = onion::take_circuit(socket).await;
            let origin = shared.strip.of_circuit(circuit);
            if let Some(origin) = origin {
                place.belongs_to(origin.bucket);
            }
            exchange(stream, origin, None, shared, place)
                .await
                .into_inner()
        }
        None => exchange(socket, origin, None, shared, place).await,
        Some(tls) => {
            // A failed handshake is neither counted nor logged.
            let Ok(stream) = tls.accept(socket).await else {
                return;
            };
            let shown = stream
                .get_ref()
                .1
                .peer_certificates()
                .and_then(<[_]>::first)
                .map(|der| Peer(sha256(der)));
            exchange(stream, origin, shown, shared, place)
                .await
                .into_inner()
                .0
        }
    };
    place.pace.answer_sent();
    throw_away_rest(socket, &place.pace, &shared.deadlines).await;
}

/// Reads one request, strips it, passes it to the pages, writes the answer and closes the sending
/// side. Returns the stream.
async fn exchange<S>(
    stream: S,
    origin: Option<Origin>,
    shown: Option<Peer>,
    shared: &Shared,
    place: &Place,
) -> S
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let pace = &place.pace;
    let answer = |mut request: Request<Incoming>| {
        let caller = shared.strip.apply(shared.listener, origin, &mut request);
        // Behind a proxy the bucket is known only after the head.
        if origin.is_none() && caller.known {
            place.belongs_to(caller.bucket);
        }
        if let Some(peer) = shown {
            request.extensions_mut().insert(peer);
        }
        request.extensions_mut().insert(pace.gone());
        pace.request_came();
        let answer = shared
            .app
            .clone()
            .oneshot(request.map(|body| Arriving::new(body, pace.clone())));
        Box::pin(async {
            let answer = answer.await;
            pace.answer_made();
            answer
        })
    };
    let mut http = http1::Builder::new()
        .keep_alive(false)
        // Serve a client that sends a report and leaves at once, or closes only its sending side.
        .half_close(true)
        // Our own deadline also covers the handshake.
        .header_read_timeout(None)
        .max_buf_size(if shared.listener == Listener::Sms {
            MOST_HEAD_OF_TEXTS
        } else {
            MOST_HEAD
        })
        .serve_connection(
            TokioIo::new(Unanswered {
                stream,
                pace: Arc::clone(pace),
            }),
            service_fn(answer),
        );
    let served = poll_fn(|cx| http.poll_without_shutdown(cx)).await;
    let Unanswered { mut stream, .. } = http.into_parts().io.into_inner();
    if let Some(status) = served
        .err()
        .as_ref()
        .and_then(bad_head::status_of)
        .filter(|_| pace.awaits_request())
    {
        pace.answer_made();
        // On failure the client is gone.
        let _ = bad_head::answer(&mut stream, shared, status).await;
    }
    let _ = stream.shutdown().await;
    stream
}

/// Reads and discards input after the answer. Closing a socket with unread bytes sends a reset, and
/// a reset makes the client lose an answer that it has not read yet: browsers send their whole body
/// before they read.
async fn throw_away_rest(mut socket: Paced, pace: &Pace, deadlines: &Deadlines) {
    let mut forgotten = Zeroizing::new(vec![0; REST]);
    let mut left = deadlines.most_discarded;
    let read_to_end = async {
        while let Ok(bytes @ 1..) = socket.read(&mut forgotten).await {
            left = left.saturating_sub(bytes as u64);
            if left == 0 {
                break;
            }
        }
    };
    if pace.is_request_over() {
        // Only the client's close is outstanding.
        let _ = tokio::time::timeout(deadlines.rest, read_to_end).await;
    } else {
        read_to_end.await;
    }
}

/// A request body on its way to the pages. It notifies the deadline clock while a page waits for
/// it, returns an error if it is too late, and drops trailers, which were not stripped.
struct Arriving {
    body: Incoming,
    pace: Arc<Pace>,
}

impl Arriving {
    fn new(body: Incoming, pace: Arc<Pace>) -> Self {
        if body.is_end_stream() {
            pace.body_came();
        }
        Self { body, pace }
    }
}

/// The request body was too slow or broke off.
#[derive(Debug, thiserror::Error)]
#[error("the request body was too slow or broke off")]
struct BodyBroken;

impl Body for Arriving {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        loop {
            if self.pace.is_body_late() {
                return Poll::Ready(Some(Err(BodyBroken.into())));
            }
            let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
                self.pace.wants_body(Some(cx.waker()));
                return Poll::Pending;
            };
            self.pace.wants_body(None);
            if frame.is_none() || self.body.is_end_stream() {
                self.pace.body_came();
            }
            match frame {
                Some(Ok(frame)) if frame.is_trailers() => {}
                Some(Ok(frame)) => return Poll::Ready(Some(Ok(frame))),
                // hyper's own error text could quote the body.
                Some(Err(_)) => return Poll::Ready(Some(Err(BodyBroken.into()))),
                None => return Poll::Ready(None),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.pace.wants_body(None);
    }
}
