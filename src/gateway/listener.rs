//! One accept loop for every listener: TLS, deadlines, one request per connection. It must never
//! keep a stalled connection, cut one that makes progress, or pass an address beyond `caller`.
//!
//! HTTP/1.1 only; every answer closes its connection. HTTP/2 would carry many requests of one
//! resident over one connection. That would link the requests, and hide the progress of each from
//! the deadlines.
//!
//! **No caller can use up all connections.** A bucket is 12 bits of a keyed hash of a network, or
//! of a Tor circuit. It may use a quarter of the 4,096 connections of one listener; one more closes
//! another connection of the same bucket. When the listener is full, the largest bucket loses a
//! connection.
//!
//! Of 64 connections of the bucket, the first of these is shed:
//!
//! 1. the oldest that has sent no request for a second;
//! 2. the one that sends its request most slowly, measured from its first read;
//! 3. one whose answer has been sent.
//!
//! A phone sends its request within a second of connecting and its text at once. An attack with
//! idle or dripping connections does not, so it sheds its own connections. A connection is never
//! shed while the page works or the answer is being sent, nor while it receives a request body and
//! is the only connection of its bucket. If nothing else is left, the accept loop waits. A shed
//! connection stays open and silent for some seconds (`tarpit`), which limits the rate at which its
//! client reconnects.
//!
//! Some connections have no bucket: behind a proxy until the head is read, and at the onion
//! listener if tor does not report circuits. They count as one bucket without a limit.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

mod bad_head;
pub mod caller;
mod connection;
mod gone;
mod house;
pub mod limit;
mod onion;
mod pace;
pub mod room;
mod tarpit;

pub use bad_head::BadHead;
pub use gone::Gone;
pub use pace::Deadlines;

use crate::listener::caller::{Origin, Strip};
use connection::Connection;
use house::House;
use pace::MOST_CONNECTIONS;

/// Send buffer in bytes (the kernel doubles the figure for its own bookkeeping). It is small, so
/// that the progress of a slow reader shows within seconds, and large enough for a page of 14,600
/// bytes at once.
const SEND_BUFFER: usize = 24 << 10;
/// Ethernet's segment size. Loopback uses 64 kB segments, and there a slow reader's window would
/// open only in steps of that size.
const SEGMENT: u32 = 1_460;

/// Interval at which a full listener looks for a connection to shed, and pause of the accept loop
/// when no file descriptors are left.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The listener that received a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Listener {
    /// Pages for residents on the open web.
    Web,
    /// Pages for residents behind tor.
    Onion,
    /// For the desks.
    Pickup,
    /// For the SMS providers.
    Sms,
}

impl Listener {
    /// Its table in `gateway.toml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Onion => "onion",
            Self::Pickup => "pickup",
            Self::Sms => "sms",
        }
    }
}

/// One listener.
pub struct BoundListener {
    /// Which listener this is.
    pub listener: Listener,
    /// The bound socket.
    pub socket: TcpListener,
    /// TLS configuration, if this process terminates TLS.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Removes everything that identifies the caller before a page sees the request.
    pub strip: Arc<Strip>,
}

/// State that the connections of one listener share.
struct Shared {
    listener: Listener,
    tls: Option<tokio_rustls::TlsAcceptor>,
    strip: Arc<Strip>,
    app: axum::Router,
    deadlines: Deadlines,
}

/// Serves until `stop` turns true (or its sender is dropped), then lets open requests finish for a
/// few seconds.
pub async fn serve(bound: BoundListener, app: axum::Router, stop: watch::Receiver<bool>) {
    serve_within(bound, app, stop, Deadlines::default()).await;
}

/// [`serve`] with other deadlines; tests use short ones.
pub async fn serve_within(
    bound: BoundListener,
    app: axum::Router,
    mut stop: watch::Receiver<bool>,
    deadlines: Deadlines,
) {
    let BoundListener {
        listener,
        socket,
        tls,
        strip,
    } = bound;
    let options = socket2::SockRef::from(&socket);
    // Every connection inherits these from its listener. No delay (TCP_NODELAY): the last segment
    // of an answer must not wait for the client's delayed ACK.
    let set = options
        .set_send_buffer_size(SEND_BUFFER)
        .and_then(|()| options.set_tcp_mss(SEGMENT))
        .and_then(|()| options.set_tcp_nodelay(true));
    // On a listening socket, this changes only the backlog (at most `somaxconn`). With a full
    // backlog the kernel drops a client's first packet, and the client waits a second before it
    // sends the packet again.
    let set = set.and_then(|()| options.listen(MOST_CONNECTIONS.into()));
    if set.is_err() {
        tracing::warn!(
            listener = listener.name(),
            "could not set the socket options: slow readers may be cut too early, and connections in a burst may wait"
        );
    }
    let shared = Arc::new(Shared {
        listener,
        tls: tls.map(Into::into),
        strip,
        app,
        deadlines,
    });
    let stopped = async { stop.wait_for(|stop| *stop).await.map_or((), drop) };
    tokio::pin!(stopped);
    let mut open = Open {
        tasks: JoinSet::new(),
        house: House::new(&deadlines),
    };
    loop {
        let kept_until = open.house.tarpit.next_end();
        tokio::select! {
            () = &mut stopped => break,
            () = sleep_until(kept_until.unwrap_or_else(Instant::now)), if kept_until.is_some() => open.house.tarpit.let_go(Instant::now()),
            // Collect finished tasks at once: their memory must be freed before the next resident
            // connects.
            Some(_) = open.tasks.join_next() => {}
            accepted = socket.accept() => match accepted {
                Ok((stream, peer)) => {
                    tokio::select! {
                        () = &mut stopped => break,
                        () = open.make_room(deadlines.most_connections) => {}
                    }
                    open.start(stream, shared.strip.of_peer(listener, peer), &shared);
                }
                Err(error) => {
                    if is_ours(&error) {
                        open.house.tarpit.empty();
                        open.house.shed_one();
                        tracing::warn!(
                            listener = listener.name(),
                            code = error.raw_os_error(),
                            "cannot accept connections: check the limit of open files (LimitNOFILE)"
                        );
                        // Without a pause the loop would use a whole core.
                        tokio::time::sleep(LOOK_AGAIN).await;
                    }
                }
            },
        }
    }
    drop(socket);
    open.finish(deadlines.stop).await;
}

/// The open connections of one listener.
struct Open {
    tasks: JoinSet<()>,
    house: Arc<House>,
}

impl Open {
    /// Serves a connection. Closes it instead if its bucket is full and none of the bucket's
    /// connections can be shed.
    fn start(&mut self, stream: TcpStream, origin: Option<Origin>, shared: &Arc<Shared>) {
        if let Some(place) = self.house.enter(origin.map(|origin| origin.bucket)) {
            self.tasks.spawn(
                Connection {
                    stream,
                    origin,
                    place,
                    shared: Arc::clone(shared),
                }
                .run(),
            );
        }
    }

    /// Waits until fewer than `most` are open, and sheds connections meanwhile.
    async fn make_room(&mut self, most: usize) {
        while self.tasks.len() >= most {
            self.house.shed_one();
            // If all are in progress, one may be answered, and so can be shed, before any ends.
            let _ = tokio::time::timeout(LOOK_AGAIN, self.tasks.join_next()).await;
        }
    }

    /// Closes connections without a request, waits for the others, then closes those too.
    async fn finish(mut self, patience: Duration) {
        self.house.shed_idle();
        let all_done = async {
            while self.tasks.join_next().await.is_some() {
                self.house.tarpit.empty();
            }
        };
        if tokio::time::timeout(patience, all_done).await.is_err() {
            self.tasks.shutdown().await;
        }
    }
}

/// Whether a failed accept is our problem (no file descriptors left). It also fails, without harm,
/// when the client is already gone.
fn is_ours(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    !matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}
