//! One accept loop for every listener: TLS, deadlines, one request a connection. It must never hold
//! a connection that does not move, cut one that does, or let an address get past `strip`.
//!
//! HTTP/1.1 only, one request per connection, every answer closes it. HTTP/2 would carry many
//! requests of one visitor over one connection, which links them, and hides the progress of each
//! from the deadlines.
//!
//! **Nobody fills the house alone.** No bucket (12 bits of a keyed hash of a network, or of a Tor
//! circuit) has more than a quarter of the 4,096 connections of one listener: its next one closes
//! another of its own. When the house is full, the bucket with the most gives way. Of the 64 of a
//! bucket that are looked at, these go first: what has sent no request for a second, then what
//! sends its request most slowly, counted since it was first read from, then what is answered. A
//! phone sends its request within a second of connecting and its words at once, an attack by idle
//! or dripping connections does not: so the attack sheds its own. What is at work is never shed,
//! nor a body that is its bucket's only connection: only when nothing else is left does the accept
//! loop wait. What is shed is kept silent for some seconds (`tarpit`), so that whoever opens it
//! again does so at that pace.
//!
//! Behind a proxy a connection is nobody's until its head is read, and so are all at the onion's
//! door when tor does not name their circuits: nobody's are counted as one bucket, without a share.

use std::path::Path;
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
mod tarpit;
mod tls;

pub use bad_head::BadHead;
pub use gone::Gone;
pub use pace::Deadlines;
pub use tls::TlsTrouble;

use crate::listener::caller::{Origin, Strip};
use connection::Connection;
use house::House;
use pace::MOST_CONNECTIONS;

/// Bytes of an answer that the kernel may hold for us (it doubles the figure for its own
/// bookkeeping). Small, so that what a slow reader has taken shows within seconds; large enough for
/// a page of 14,600 bytes at once.
const SEND_BUFFER: usize = 24 << 10;
/// The segment size of Ethernet. Over loopback segments are 64 kB, and a slow reader's window opens
/// only in such steps.
const SEGMENT: u32 = 1_460;

/// How often a full house looks for a connection that can be spared by now, and how long the loop
/// rests without descriptors.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Which listener a request came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// The resident's pages on the open web.
    Web,
    /// The resident's pages behind tor.
    Onion,
    /// The desks.
    Pickup,
    /// The SMS providers.
    Sms,
}

impl Door {
    fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Onion => "onion",
            Self::Pickup => "pickup",
            Self::Sms => "sms",
        }
    }
}

/// One listener.
pub struct Listener {
    /// Which door this is.
    pub door: Door,
    /// The bound socket.
    pub socket: TcpListener,
    /// TLS of our own, where it is spoken here.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// What stands between the caller and the pages.
    pub strip: Arc<Strip>,
}

/// What the connections of one listener share.
struct Shared {
    door: Door,
    tls: Option<tokio_rustls::TlsAcceptor>,
    strip: Arc<Strip>,
    app: axum::Router,
    deadlines: Deadlines,
}

/// Serves until `stop` turns true (or its sender is gone), then lets open requests finish for a few
/// seconds.
pub async fn serve(listener: Listener, app: axum::Router, stop: watch::Receiver<bool>) {
    serve_within(listener, app, stop, Deadlines::default()).await;
}

/// [`serve`] with deadlines of one's own; tests use short ones.
pub async fn serve_within(
    listener: Listener,
    app: axum::Router,
    mut stop: watch::Receiver<bool>,
    deadlines: Deadlines,
) {
    let Listener {
        door,
        socket,
        tls,
        strip,
    } = listener;
    let options = socket2::SockRef::from(&socket);
    // Every connection takes these from its listener. Without delay: an answer's last piece must
    // not wait for the client's delayed acknowledgement.
    let set = options
        .set_send_buffer_size(SEND_BUFFER)
        .and_then(|()| options.set_tcp_mss(SEGMENT))
        .and_then(|()| options.set_tcp_nodelay(true));
    // On a socket that listens already this changes only how many callers the kernel holds ready
    // while we are busy (`somaxconn` at the most). Without room it drops the first packet of who
    // calls, and they wait a second until they send it again.
    let set = set.and_then(|()| options.listen(MOST_CONNECTIONS.into()));
    if set.is_err() {
        tracing::warn!(
            listener = door.name(),
            "the system refused the socket options: slow readers may be cut too early, callers at once kept waiting"
        );
    }
    let shared = Arc::new(Shared {
        door,
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
            // Finished tasks are collected at once: what their memory held must not wait for the
            // next visitor.
            Some(_) = open.tasks.join_next() => {}
            accepted = socket.accept() => match accepted {
                Ok((stream, peer)) => {
                    tokio::select! {
                        () = &mut stopped => break,
                        () = open.make_room(deadlines.most_connections) => {}
                    }
                    open.start(stream, shared.strip.of_peer(door, peer), &shared);
                }
                Err(error) => {
                    if is_ours(&error) {
                        open.house.tarpit.empty();
                        open.house.shed_one();
                        tracing::warn!(
                            listener = door.name(),
                            code = error.raw_os_error(),
                            "no connection can be taken: is the limit of open files too low?"
                        );
                        // Without a rest the loop would take a whole core.
                        tokio::time::sleep(LOOK_AGAIN).await;
                    }
                }
            },
        }
    }
    drop(socket);
    open.finish(deadlines.stop).await;
}

/// The connections of one listener.
struct Open {
    tasks: JoinSet<()>,
    house: Arc<House>,
}

impl Open {
    /// Serves a connection. It is closed instead when its bucket has its share and all of that is
    /// at work.
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

    /// Waits until there are fewer than `most`, and sheds what can be spared.
    async fn make_room(&mut self, most: usize) {
        while self.tasks.len() >= most {
            self.house.shed_one();
            // In a house full of work, one may be answered, and so be spared, before any ends.
            let _ = tokio::time::timeout(LOOK_AGAIN, self.tasks.join_next()).await;
        }
    }

    /// Closes what has no request, waits for the others, then closes them too.
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

/// Accept fails when a visitor was gone already, which costs nothing, or when the process has no
/// descriptors left.
fn is_ours(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    !matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// The TLS configuration of the public side, from PEM files: a certificate chain and its private
/// key.
///
/// TLS 1.2 and 1.3, HTTP/1.1 only, and no resumption: a session ticket would tell that two visits
/// come from one phone.
///
/// # Errors
/// [`TlsTrouble`], where a file cannot be read, holds no certificate or key, or the two do not
/// belong together.
pub fn public_tls(cert: &Path, key: &Path) -> Result<Arc<rustls::ServerConfig>, TlsTrouble> {
    tls::public(cert, key)
}
