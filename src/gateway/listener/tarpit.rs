//! Connections that were closed to make room are kept for a moment, without a word and without anything of ours behind them. Who opens a
//! new line for each one that is closed then does so once a second, and not as often as this machine can close lines (promise P8).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

/// How long a closed connection is kept.
const KEPT: Duration = Duration::from_secs(1);
/// Connections kept at most; beyond, the oldest go early. With both public listeners full, the unit's limit of open files holds these too.
const MOST_KEPT: usize = 2_048;
/// Bytes that the kernel may go on taking on a connection that is kept (it takes its own least instead).
const LEFT_TO_THE_KERNEL: usize = 1;

/// The connections that are kept, oldest first.
#[derive(Default)]
pub(super) struct Tarpit(Mutex<VecDeque<(Instant, Arc<TcpStream>)>>);

impl Tarpit {
    fn kept(&self) -> MutexGuard<'_, VecDeque<(Instant, Arc<TcpStream>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a connection. It is reset when it goes, so that the kernel forgets at once what was on it.
    pub(super) fn keep(&self, line: Arc<TcpStream>) {
        // Where these fail the connection is gone already.
        let _ = line.set_zero_linger();
        let _ = socket2::SockRef::from(&*line).set_recv_buffer_size(LEFT_TO_THE_KERNEL);
        let mut kept = self.kept();
        if kept.len() >= MOST_KEPT {
            kept.pop_front();
        }
        kept.push_back((Instant::now() + KEPT, line));
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
}
