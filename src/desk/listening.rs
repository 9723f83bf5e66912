//! The accept loop of the desk's pages: HTTP/1.1 in the clear or over TLS. A stranger in the office's
//! network reaches it, so connections, handshakes and heads are bounded: by number, by network
//! address and by time.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// Largest head of a request, in bytes.
const HEAD: usize = 16 << 10;
/// Longest wait for a head, also of a connection that is kept open between two requests. A TLS
/// handshake has the same time.
const SLOW_HEAD: Duration = Duration::from_secs(10);
/// Longest wait for the answer that is under way when a connection has lived its time.
const LAST_ANSWER: Duration = Duration::from_secs(10);
/// Pause after a failed accept: too many open files, or a connection that ended in between.
const PAUSE: Duration = Duration::from_millis(100);

/// How much of a listener its callers may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListenerBounds {
    /// Open connections. More are closed at once.
    pub(crate) connections: usize,
    /// Open connections of one network address.
    pub(crate) from_one_address: usize,
    /// Longest life of a connection. A request that is under way then is still answered.
    pub(crate) longest: Duration,
    /// Whether a connection may carry more than one request.
    pub(crate) keep_alive: bool,
}

/// A socket that listens, with its bounds.
pub(crate) struct PageListener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    bounds: ListenerBounds,
}

impl PageListener {
    /// A listener in the clear, or over TLS.
    #[must_use]
    pub(crate) fn new(
        socket: TcpListener,
        tls: Option<Arc<rustls::ServerConfig>>,
        bounds: ListenerBounds,
    ) -> Self {
        Self {
            socket,
            tls: tls.map(Into::into),
            bounds,
        }
    }

    /// Serves until the future is dropped. `pages` makes the routes of one connection.
    pub(crate) async fn serve(self, pages: impl Fn(SocketAddr) -> Router) -> ! {
        let places = Places::new(self.bounds);
        loop {
            let (stream, peer) = match self.socket.accept().await {
                Ok(accepted) => accepted,
                Err(problem) => {
                    tracing::warn!(%problem, "a connection was not accepted");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            let Some(place) = places.take(peer.ip()) else {
                continue;
            };
            let service = TowerToHyperService::new(pages(peer));
            let (tls, bounds) = (self.tls.clone(), self.bounds);
            tokio::spawn(async move {
                connect(stream, tls, service, bounds).await;
                drop(place);
            });
        }
    }
}

async fn connect(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    service: TowerToHyperService<Router>,
    bounds: ListenerBounds,
) {
    let Some(tls) = tls else {
        return answer(stream, service, bounds).await;
    };
    if let Ok(Ok(stream)) = timeout(SLOW_HEAD, tls.accept(stream)).await {
        answer(stream, service, bounds).await;
    }
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    service: TowerToHyperService<Router>,
    bounds: ListenerBounds,
) {
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(SLOW_HEAD)
        .max_buf_size(HEAD)
        .keep_alive(bounds.keep_alive)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    // A connection that is slow or broken ends. There is nobody to tell.
    if timeout(bounds.longest, connection.as_mut()).await.is_err() {
        connection.as_mut().graceful_shutdown();
        let _ = timeout(LAST_ANSWER, connection).await;
    }
}

/// The places of open connections. The table has at most as many addresses as there are places.
struct Places {
    all: Arc<Semaphore>,
    from: Arc<Mutex<HashMap<IpAddr, usize>>>,
    from_one_address: usize,
}

struct Place {
    _one: OwnedSemaphorePermit,
    from: Arc<Mutex<HashMap<IpAddr, usize>>>,
    address: IpAddr,
}

impl Places {
    fn new(bounds: ListenerBounds) -> Self {
        Self {
            all: Arc::new(Semaphore::new(bounds.connections)),
            from: Arc::default(),
            from_one_address: bounds.from_one_address,
        }
    }

    fn take(&self, address: IpAddr) -> Option<Place> {
        let one = Arc::clone(&self.all).try_acquire_owned().ok()?;
        let mut from = self.from.lock().unwrap_or_else(PoisonError::into_inner);
        let held = from.entry(address).or_default();
        if *held >= self.from_one_address {
            return None;
        }
        *held += 1;
        Some(Place {
            _one: one,
            from: Arc::clone(&self.from),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut from = self.from.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = from.get_mut(&self.address) {
            *held -= 1;
            if *held == 0 {
                from.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_takes_its_share_of_the_places_and_gives_them_back() {
        let places = Places::new(ListenerBounds {
            connections: 5,
            from_one_address: 3,
            longest: Duration::from_secs(1),
            keep_alive: true,
        });
        let [stranger, officer] = [[192, 0, 2, 1], [192, 0, 2, 2]].map(IpAddr::from);
        let held: Vec<Place> = (0..9).filter_map(|_| places.take(stranger)).collect();
        assert_eq!(held.len(), 3);
        let ours: Vec<Place> = (0..9).filter_map(|_| places.take(officer)).collect();
        assert_eq!(ours.len(), 2, "the places of all");
        drop((held, ours));
        assert!(places.from.lock().unwrap().is_empty());
        assert!(places.take(stranger).is_some());
    }
}
