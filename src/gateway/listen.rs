//! One accept loop for every listener: TLS, deadlines, one request a connection. It must never hold a connection that does not
//! move, cut one that does, or let an address get past `strip`.
//!
//! HTTP/1.1 only, one request per connection, every answer closes it. HTTP/2 would carry many requests of one visitor over one
//! connection, which links them, and hides the progress of each from the deadlines.
//!
//! **When the house is full** (4,096 connections on one listener) the oldest connection that has not sent its request yet gives
//! way, then the oldest whose answer is already out; only when all are at work does the accept loop wait. A phone sends its
//! request within a second of connecting, an attack that opens idle connections does not: so the attack sheds its own. Waiting
//! instead would let 410 idle connections a second shut the door. Who sends bodies at 1 kB/s on 4,096 connections still can.

use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

mod connection;
mod pace;
mod tls;

pub use pace::Deadlines;
pub use tls::TlsTrouble;

use super::strip::Strip;
use connection::Connection;
use pace::{MOST_CONNECTIONS, Pace};

/// Bytes of an answer that the kernel may hold for us (it doubles the figure for its own bookkeeping). Small, so that what a slow
/// reader has taken shows within seconds; large enough for a page of 14,600 bytes at once.
const SEND_BUFFER: usize = 24 << 10;
/// The segment size of Ethernet. Over loopback segments are 64 kB, and a slow reader's window opens only in such steps.
const SEGMENT: u32 = 1_460;

/// How often a full house looks for a connection that can be spared by now, and how long the loop rests without descriptors.
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

/// Serves until `stop` turns true (or its sender is gone), then lets open requests finish for a few seconds.
pub async fn serve(listener: Listener, app: axum::Router, stop: watch::Receiver<bool>) {
    serve_within(listener, app, stop, Deadlines::default()).await;
}

/// [`serve`] with deadlines of one's own; tests use short ones.
pub async fn serve_within(listener: Listener, app: axum::Router, mut stop: watch::Receiver<bool>, deadlines: Deadlines) {
    let Listener { door, socket, tls, strip } = listener;
    let options = socket2::SockRef::from(&socket);
    // Every connection takes these from its listener. Without delay: an answer's last piece must not wait for the client's
    // delayed acknowledgement.
    let set = options.set_send_buffer_size(SEND_BUFFER).and_then(|()| options.set_tcp_mss(SEGMENT)).and_then(|()| options.set_tcp_nodelay(true));
    // On a socket that listens already this changes only how many callers the kernel holds ready while we are busy (`somaxconn` at
    // the most). Without room it drops the first packet of who calls, and they wait a second until they send it again.
    let set = set.and_then(|()| options.listen(MOST_CONNECTIONS.into()));
    if set.is_err() {
        tracing::warn!(
            listener = door.name(),
            "the system refused the socket options: slow readers may be cut too early, callers at once kept waiting"
        );
    }
    let shared = Arc::new(connection::Shared { door, tls: tls.map(Into::into), strip, app, deadlines });
    let stopped = async { stop.wait_for(|stop| *stop).await.map_or((), drop) };
    tokio::pin!(stopped);
    let mut open = Open::default();
    loop {
        tokio::select! {
            () = &mut stopped => break,
            // Finished tasks are collected at once: what their memory held must not wait for the next visitor.
            Some(_) = open.tasks.join_next() => {}
            accepted = socket.accept() => match accepted {
                Ok((stream, peer)) => {
                    tokio::select! {
                        () = &mut stopped => break,
                        () = open.make_room(deadlines.most_connections) => {}
                    }
                    open.start(Connection { stream, peer, shared: shared.clone() });
                }
                Err(error) => {
                    open.shed_one();
                    rest_after(&error, door).await;
                }
            },
        }
    }
    drop(socket);
    open.finish(deadlines.stop).await;
}

/// The connections of one listener.
#[derive(Default)]
struct Open {
    tasks: JoinSet<()>,
    /// In the order of their arrival; some may be gone.
    paces: Vec<Weak<Pace>>,
}

impl Open {
    fn start(&mut self, connection: Connection) {
        if self.paces.len() > 2 * self.tasks.len() + 64 {
            self.paces.retain(|pace| pace.strong_count() > 0);
        }
        let pace = Arc::new(Pace::default());
        self.paces.push(Arc::downgrade(&pace));
        self.tasks.spawn(connection.run(pace));
    }

    /// Waits until there are fewer than `most`, and sheds what can be spared.
    async fn make_room(&mut self, most: usize) {
        while self.tasks.len() >= most {
            self.shed_one();
            // In a house full of work, one may be answered, and so be spared, before any ends.
            let _ = tokio::time::timeout(LOOK_AGAIN, self.tasks.join_next()).await;
        }
    }

    /// Closes the connection that can best be spared, where there is one: see the top of this file.
    fn shed_one(&self) {
        let alive = || self.paces.iter().filter_map(Weak::upgrade);
        if let Some(pace) = alive().find(|p| p.awaits_request()).or_else(|| alive().find(|p| p.is_answered())) {
            pace.shed();
        }
    }

    /// Closes what has no request, waits for the others, then closes them too.
    async fn finish(mut self, patience: Duration) {
        for pace in self.paces.iter().filter_map(Weak::upgrade).filter(|p| p.awaits_request()) {
            pace.shed();
        }
        let all_done = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, all_done).await.is_err() {
            self.tasks.shutdown().await;
        }
    }
}

/// Accept fails where a visitor was gone already, which costs nothing, or where the process has no descriptors left: then a
/// loop without a rest would take a whole core.
async fn rest_after(error: &std::io::Error, door: Door) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::warn!(listener = door.name(), code = error.raw_os_error(), "no connection can be taken: is the limit of open files too low?");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// The TLS configuration of the public side, from PEM files: a certificate chain and its private key.
///
/// TLS 1.2 and 1.3, HTTP/1.1 only, and no resumption: a session ticket would tell that two visits come from one phone.
///
/// # Errors
/// [`TlsTrouble`], where a file cannot be read, holds no certificate or key, or the two do not belong together.
pub fn public_tls(cert: &Path, key: &Path) -> Result<Arc<rustls::ServerConfig>, TlsTrouble> {
    tls::public(cert, key)
}
