//! Connections that were closed to make room are kept for a moment, without a word and without
//! anything of ours behind them. Who opens a new line for each one that is closed then does so once
//! in some seconds, and not as often as this machine can close lines (promise P8).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

/// Bytes that the kernel may go on taking on a connection that is kept (it takes its own least
/// instead).
const LEFT_TO_THE_KERNEL: usize = 1;

/// The connections that are kept, oldest first, each with its end.
pub(super) struct Tarpit {
    kept: Mutex<VecDeque<(Instant, Arc<TcpStream>)>>,
    time: Duration,
    most: usize,
}

impl Tarpit {
    /// Keeps each connection for this time, and at most so many: beyond, the oldest go early.
    pub(super) fn new(time: Duration, most: usize) -> Self {
        Self {
            kept: Mutex::default(),
            time,
            most,
        }
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<(Instant, Arc<TcpStream>)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a connection from now on. It is reset when it goes, so that the kernel forgets at once
    /// what was on it.
    pub(super) fn keep(&self, line: Arc<TcpStream>, now: Instant) {
        // If these fail, the connection is gone already.
        let _ = line.set_zero_linger();
        let _ = socket2::SockRef::from(&*line).set_recv_buffer_size(LEFT_TO_THE_KERNEL);
        let mut kept = self.kept();
        kept.push_back((now + self.time, line));
        if kept.len() > self.most {
            kept.pop_front();
        }
    }

    /// When the oldest goes.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.kept().front().map(|(end, _)| *end)
    }

    /// Lets go what was kept long enough.
    pub(super) fn let_go(&self, now: Instant) {
        let mut kept = self.kept();
        while kept.front().is_some_and(|(end, _)| *end <= now) {
            kept.pop_front();
        }
    }

    /// Lets go all: their descriptors are needed.
    pub(super) fn empty(&self) {
        self.kept().clear();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// What a client finds on its line.
    fn finds(client: &mut std::net::TcpStream) -> Result<usize, ErrorKind> {
        client.read(&mut [0]).map_err(|error| error.kind())
    }

    /// A line, and its client's end, which does not wait.
    async fn line() -> (Arc<TcpStream>, std::net::TcpStream) {
        let door = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = std::net::TcpStream::connect(door.local_addr().unwrap()).unwrap();
        client.set_nonblocking(true).unwrap();
        (Arc::new(door.accept().await.unwrap().0), client)
    }

    #[tokio::test]
    async fn a_connection_is_silent_until_its_time_is_over_and_then_reset() {
        let (tarpit, began) = (Tarpit::new(SECOND, 8), Instant::now());
        let (line, mut client) = line().await;
        tarpit.keep(line, began);
        tarpit.let_go(began + SECOND - Duration::from_millis(1));
        assert_eq!(
            (finds(&mut client), tarpit.next_end()),
            (Err(ErrorKind::WouldBlock), Some(began + SECOND))
        );
        tarpit.let_go(began + SECOND);
        assert_eq!(
            (finds(&mut client), tarpit.next_end()),
            (Err(ErrorKind::ConnectionReset), None)
        );
    }

    #[tokio::test]
    async fn beyond_the_most_the_oldest_goes_and_all_go_when_descriptors_are_needed() {
        let (tarpit, mut clients) = (Tarpit::new(SECOND, 2), Vec::new());
        for _ in 0..3 {
            let (line, client) = line().await;
            tarpit.keep(line, Instant::now());
            clients.push(client);
        }
        let (reset, silent) = (Err(ErrorKind::ConnectionReset), Err(ErrorKind::WouldBlock));
        assert_eq!(
            clients.iter_mut().map(finds).collect::<Vec<_>>(),
            [reset, silent, silent]
        );
        tarpit.empty();
        assert_eq!(
            clients.iter_mut().skip(1).map(finds).collect::<Vec<_>>(),
            [reset, reset]
        );
    }
}
