//! Keeps shed connections open and silent for a moment, without any of their request data. A client
//! that reconnects after each close can then do so only once in some seconds, and not as fast as
//! this machine closes connections (promise P8).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

/// Receive buffer of a kept connection in bytes (the kernel uses its own minimum instead).
const LEFT_TO_THE_KERNEL: usize = 1;

/// The kept connections with their end times, oldest first.
pub(super) struct Tarpit {
    kept: Mutex<VecDeque<(Instant, Arc<TcpStream>)>>,
    time: Duration,
    most: usize,
}

impl Tarpit {
    /// Keeps each connection for `time`. Over `most` connections, the oldest is dropped early.
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

    /// Starts to keep a connection. Its drop sends a reset, so that the kernel frees its buffers at
    /// once.
    pub(super) fn keep(&self, line: Arc<TcpStream>, now: Instant) {
        // On failure the connection is gone already.
        let _ = line.set_zero_linger();
        let _ = socket2::SockRef::from(&*line).set_recv_buffer_size(LEFT_TO_THE_KERNEL);
        let mut kept = self.kept();
        kept.push_back((now + self.time, line));
        if kept.len() > self.most {
            kept.pop_front();
        }
    }

    /// End time of the oldest connection.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.kept().front().map(|(end, _)| *end)
    }

    /// Drops connections whose time is over.
    pub(super) fn let_go(&self, now: Instant) {
        let mut kept = self.kept();
        while kept.front().is_some_and(|(end, _)| *end <= now) {
            kept.pop_front();
        }
    }

    /// Drops all connections, to free their file descriptors.
    pub(super) fn empty(&self) {
        self.kept().clear();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Result of a read at the client.
    fn finds(client: &mut std::net::TcpStream) -> Result<usize, ErrorKind> {
        client.read(&mut [0]).map_err(|error| error.kind())
    }

    /// A connection and its nonblocking client.
    async fn line() -> (Arc<TcpStream>, std::net::TcpStream) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client.set_nonblocking(true).unwrap();
        (Arc::new(listener.accept().await.unwrap().0), client)
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
