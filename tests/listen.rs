//! The listener, driven over real sockets, plain and TLS: deadlines, one request per connection,
//! what `strip` removes, limits.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use loke::clock::Clock;
use loke::gateway::listener::caller::Strip;
use loke::gateway::listener::{self, BoundListener, Deadlines, Listener};
use loke::gateway::settings::ClientAddress;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::rustls;

use crate::house::certificate::Certificate;

mod circuits;
mod deadlines;
mod gone;
mod limit;
mod lines;
mod one_request;
mod strip;
mod tls;

const LANGUAGES: &[&str] = &["en", "ar", "pl"];

/// The product's deadlines, ten times as fast. 30 kB in a window of 1 s corresponds to 3 kB/s in a
/// window of 10 s, so that the kernel's buffers have the same weight as in the product.
const FAST: Deadlines = Deadlines {
    head: Duration::from_secs(1),
    window: Duration::from_secs(1),
    least: 30_000,
    least_taken: 10_000,
    rest: Duration::from_millis(200),
    most_discarded: 256 << 20,
    stop: Duration::from_secs(1),
    most_connections: 64,
    most_of_a_bucket: 16,
    silence: Duration::ZERO,
    most_silent: 64,
};

/// For negative controls: no deadline ever passes.
const NEVER: Deadlines = Deadlines {
    head: Duration::from_secs(3_600),
    window: Duration::from_secs(3_600),
    ..FAST
};

/// A running listener on loopback. Stops with the test.
struct Place {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    secret: Option<Secret>,
}

/// A certificate for `localhost`, and a client that trusts only this certificate.
struct Secret {
    server: Arc<rustls::ServerConfig>,
    client: Arc<rustls::ClientConfig>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Place {
    async fn open(app: axum::Router, deadlines: Deadlines, secret: Option<Secret>) -> Self {
        let strip = Strip::new(Clock::System, ClientAddress::Peer, LANGUAGES).unwrap();
        Self::open_with(Listener::Web, strip, app, deadlines, secret).await
    }

    async fn open_with(
        listener: Listener,
        strip: Strip,
        app: axum::Router,
        deadlines: Deadlines,
        secret: Option<Secret>,
    ) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let tls = secret.as_ref().map(|s| s.server.clone());
        let listener = BoundListener {
            listener,
            socket,
            tls,
            strip: Arc::new(strip),
        };
        let task = tokio::spawn(listener::serve_within(listener, app, stopped, deadlines));
        Self {
            address,
            stop,
            task,
            secret,
        }
    }

    /// Opens a connection, with the handshake if this place uses TLS.
    async fn connect(&self) -> Wire {
        self.speak(TcpStream::connect(self.address).await.unwrap())
            .await
    }

    async fn speak(&self, stream: TcpStream) -> Wire {
        match &self.secret {
            None => Box::new(stream),
            Some(secret) => {
                let connector = tokio_rustls::TlsConnector::from(secret.client.clone());
                Box::new(
                    connector
                        .connect("localhost".try_into().unwrap(), stream)
                        .await
                        .unwrap(),
                )
            }
        }
    }

    /// Sends one request and returns the whole response.
    async fn ask(&self, request: impl AsRef<[u8]>) -> String {
        let mut wire = self.connect().await;
        wire.write_all(request.as_ref()).await.unwrap();
        wire.flush().await.unwrap();
        rest_of(&mut wire).await
    }
}

impl Secret {
    fn new(folder: &Path) -> Self {
        let made = Certificate::of("localhost", folder);
        Self {
            server: loke::tls::server(&made.cert, &made.key).unwrap(),
            client: made.client,
        }
    }

    /// For tests that run once plain and once over TLS.
    fn both() -> [Option<Self>; 2] {
        let folder = tempfile::tempdir().unwrap();
        [None, Some(Self::new(folder.path()))]
    }
}

trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}
type Wire = Box<dyn Duplex>;

/// Reads the connection until it ends, cleanly or not.
async fn rest_of(wire: &mut Wire) -> String {
    let mut bytes = Vec::new();
    let _ = wire.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}
