//! Deadline clock of one connection. It must never run while the gateway itself is the slow side.
//!
//! It runs while the head is incomplete, while a page waits for more of the body, while an answer
//! waits for the client, and while input after the answer is discarded. It stops while the page
//! works. Bytes are counted on the socket, below TLS. Every tenth of a window it sums the bytes of
//! the last ten tenths in which the gateway waited.
//!
//! Limitation: a client whose kernel has buffered some 130 kB, and whose program reads them at a
//! few kB/s, looks for 15 to 20 s like one that never reads, and is cut. Only an answer larger than
//! that can cause it, so none of our pages does. A slow network connection is not affected: the
//! kernel waits for it, and each segment counts.

mod socket;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, OnceLock, PoisonError, Weak};
use std::task::Waker;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::gone::Gone;
pub(super) use socket::Paced;

/// Checks per window.
const LOOKS: u32 = 10;
/// Time in which an honest browser sends its request's head.
const PATIENCE: Duration = Duration::from_secs(1);
/// Bytes added to every connection's count, so that a just accepted one is not the slowest.
const CREDIT: u64 = 1_000;
/// The same before the head is complete: as much as the first second of a body that drips at 2
/// kB/s. Then a client that opens connections in a loop sheds those, and not residents who just
/// connected.
const CREDIT_BEFORE_HEAD: u64 = 3_000;
/// Checks that a page gets to answer after a late body.
const LAST_WORDS: u32 = 3;

/// Connections that one listener serves at once; also the size of its backlog.
pub(super) const MOST_CONNECTIONS: u16 = 4_096;

/// Time limits of a connection. The defaults keep promise P2: a stalled connection is closed within
/// 15 s, one that moves at 4 kB/s is never cut.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// From accept to the end of the request's head, TLS handshake included.
    pub head: Duration,
    /// Time over which progress is averaged.
    pub window: Duration,
    /// Bytes that must arrive in each window in which the gateway waits for input. P2 promises
    /// more; the difference is what a connection of that speed loses when it stalls for a quarter
    /// of the window.
    pub least: u64,
    /// Bytes of an answer that must leave in each window. Fewer than `least`, since the kernel
    /// frees buffer space in large steps.
    pub least_taken: u64,
    /// How long to wait for the client's close after the answer to a complete request.
    pub rest: Duration,
    /// Most bytes of an unread body to discard after an early answer, so that the client receives
    /// the answer and not a reset.
    pub most_discarded: u64,
    /// How long open requests may continue after the stop.
    pub stop: Duration,
    /// Most connections of one listener.
    pub most_connections: usize,
    /// Most connections of one bucket.
    pub most_of_a_bucket: usize,
    /// How long a shed connection stays silent.
    pub silence: Duration,
    /// Most silent connections. The unit's limit of open files (`LimitNOFILE`) leaves room for
    /// these when both public listeners are full.
    pub most_silent: usize,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            window: Duration::from_secs(10),
            least: 30_000,
            least_taken: 10_000,
            rest: Duration::from_secs(2),
            most_discarded: 256 << 20,
            stop: Duration::from_secs(5),
            most_connections: MOST_CONNECTIONS.into(),
            most_of_a_bucket: usize::from(MOST_CONNECTIONS) / 4,
            silence: Duration::from_secs(3),
            most_silent: MOST_CONNECTIONS.into(),
        }
    }
}

/// Phase of a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Stage {
    Head,
    Request,
    Answer,
    Rest,
}

/// Phase and progress of one connection. Stores none of the content.
pub(super) struct Pace {
    /// Time of the first read. Any delay before it is ours.
    began: OnceLock<Instant>,
    stage: AtomicU8,
    moved: AtomicU64,
    wants_body: AtomicBool,
    body_came: AtomicBool,
    body_late: AtomicBool,
    body_waker: Mutex<Option<Waker>>,
    answer_blocked: AtomicBool,
    cut: AtomicBool,
    shed: Notify,
    /// Set when the connection is served.
    socket: OnceLock<Weak<TcpStream>>,
}

/// Order of shedding: the smallest first; of two equal ones the older.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spare {
    /// Should have sent its request by now.
    Idle,
    /// Has sent part of its request; the rate in bytes per second since the first read.
    Sending(u64),
    /// Its answer is sent.
    Answered,
}

/// Why a connection closes before its client has the whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It makes no progress.
    Overdue,
    /// It was shed for another connection.
    Shed,
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Pace {
    pub(super) fn new() -> Self {
        Self {
            began: OnceLock::new(),
            stage: AtomicU8::default(),
            moved: AtomicU64::default(),
            wants_body: AtomicBool::default(),
            body_came: AtomicBool::default(),
            body_late: AtomicBool::default(),
            body_waker: Mutex::default(),
            answer_blocked: AtomicBool::default(),
            cut: AtomicBool::default(),
            shed: Notify::default(),
            socket: OnceLock::default(),
        }
    }

    /// Returns a handle that detects the client's close.
    pub(super) fn gone(&self) -> Gone {
        self.socket
            .get()
            .map(|socket| Gone::of(Weak::clone(socket)))
            .unwrap_or_default()
    }

    /// Rank for shedding. `None`: the page is working, or the answer is being sent.
    pub(super) fn spare(&self, now: Instant) -> Option<Spare> {
        let Some(age) = self
            .began
            .get()
            .map(|began| now.saturating_duration_since(*began))
        else {
            return Some(Spare::Sending(u64::MAX));
        };
        let rate = |credit: u64| {
            (self.moved.load(SeqCst) + credit).saturating_mul(1_000) / millis(age).max(1)
        };
        match self.stage.load(SeqCst) {
            stage if stage == Stage::Head as u8 => Some(if age > PATIENCE {
                Spare::Idle
            } else {
                Spare::Sending(rate(CREDIT_BEFORE_HEAD))
            }),
            stage if stage == Stage::Request as u8 && !self.is_request_over() => {
                Some(Spare::Sending(rate(CREDIT)))
            }
            stage if stage == Stage::Rest as u8 => Some(Spare::Answered),
            _ => None,
        }
    }

    /// Whether the head is complete and the answer is not sent: shedding it loses a report.
    pub(super) fn is_at_work(&self) -> bool {
        [Stage::Request, Stage::Answer]
            .iter()
            .any(|stage| self.stage.load(SeqCst) == *stage as u8)
    }

    /// Whether the request's head is incomplete.
    pub(super) fn awaits_request(&self) -> bool {
        self.stage.load(SeqCst) == Stage::Head as u8
    }

    /// Closes the connection now.
    pub(super) fn shed(&self) {
        self.shed.notify_one();
    }

    /// The head is complete.
    pub(super) fn request_came(&self) {
        self.stage.store(Stage::Request as u8, SeqCst);
    }

    /// The page has answered.
    pub(super) fn answer_made(&self) {
        self.stage.store(Stage::Answer as u8, SeqCst);
    }

    /// The kernel has the whole answer, and our sending side is closed.
    pub(super) fn answer_sent(&self) {
        self.stage.store(Stage::Rest as u8, SeqCst);
    }

    /// Sets or clears the waker of a page that waits for more of the body.
    pub(super) fn wants_body(&self, waker: Option<&Waker>) {
        *self
            .body_waker
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = waker.cloned();
        self.wants_body.store(waker.is_some(), SeqCst);
    }

    /// The body is complete, or there is none.
    pub(super) fn body_came(&self) {
        self.body_came.store(true, SeqCst);
    }

    /// Whether the body was too slow. The page gets an error, and a short time to answer.
    pub(super) fn is_body_late(&self) -> bool {
        self.body_late.load(SeqCst)
    }

    /// Whether the rest of the client's input does not matter.
    pub(super) fn is_request_over(&self) -> bool {
        self.body_came.load(SeqCst) || self.is_body_late()
    }

    /// Returns when the connection must close: overdue or shed. Drop then sends a reset, so that
    /// the kernel discards an answer that the client did not read.
    pub(super) async fn overdue(&self, deadlines: &Deadlines) -> End {
        let end = tokio::select! {
            () = self.shed.notified() => End::Shed,
            () = self.too_slow(deadlines) => End::Overdue,
        };
        self.cut.store(true, SeqCst);
        end
    }

    async fn too_slow(&self, deadlines: &Deadlines) {
        let look = deadlines.window / LOOKS;
        let mut looks = interval(look);
        // After the machine was suspended, missed ticks must not count as silence of the client.
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        looks.tick().await;
        let mut in_head = Duration::ZERO;
        let (mut stage, mut seen, mut moved) = (
            Stage::Head as u8,
            0,
            VecDeque::with_capacity(LOOKS as usize),
        );
        loop {
            looks.tick().await;
            if self.awaits_request() {
                in_head += look;
                if in_head >= deadlines.head {
                    return;
                }
                continue;
            }
            let now = self.stage.load(SeqCst);
            if stage != now {
                stage = now;
                moved.clear();
            }
            let total = self.moved.load(SeqCst);
            if self.waits_for_client(now) {
                moved.push_back(total.saturating_sub(seen));
                if moved.len() == LOOKS as usize {
                    let least = if self.answer_blocked.load(SeqCst) {
                        deadlines.least_taken
                    } else {
                        deadlines.least
                    };
                    if moved.iter().sum::<u64>() < least {
                        break;
                    }
                    moved.pop_front();
                }
            }
            seen = total;
        }
        if stage == Stage::Request as u8 && !self.answer_blocked.load(SeqCst) {
            self.body_late.store(true, SeqCst);
            if let Some(waker) = self
                .body_waker
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take()
            {
                waker.wake();
            }
            sleep(look * LAST_WORDS).await;
        }
    }

    fn waits_for_client(&self, stage: u8) -> bool {
        stage == Stage::Rest as u8
            || self.answer_blocked.load(SeqCst)
            || (stage == Stage::Request as u8 && self.wants_body.load(SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection with this age, phase and number of bytes moved.
    fn pace(seconds: f64, stage: Stage, moved: u64) -> Pace {
        let pace = Pace::new();
        pace.began
            .set(Instant::now() - Duration::from_secs_f64(seconds))
            .unwrap();
        pace.stage.store(stage as u8, SeqCst);
        pace.moved.store(moved, SeqCst);
        pace
    }

    #[test]
    fn what_should_have_sent_its_request_is_spared_first_then_the_slowest_then_what_is_answered() {
        let in_order = [
            pace(2.0, Stage::Head, 30_000),
            // A dripping body; a connection idle for a moment; a body at the speed of P2; a body
            // that began to drip; then residents who came later, before and after their first
            // bytes.
            pace(9.0, Stage::Request, 9_000),
            pace(0.9, Stage::Head, 0),
            pace(20.0, Stage::Request, 90_000),
            pace(0.4, Stage::Request, 2_100),
            pace(0.3, Stage::Head, 0),
            pace(0.3, Stage::Head, 4_000),
            // Not read yet by the gateway.
            Pace::new(),
            pace(30.0, Stage::Rest, 0),
        ];
        let now = Instant::now();
        let spares: Vec<Spare> = in_order
            .iter()
            .map(|pace| pace.spare(now).unwrap())
            .collect();
        assert!(spares.is_sorted(), "{spares:?}");
        let whole = pace(9.0, Stage::Request, 0);
        whole.body_came();
        assert_eq!(
            (whole.spare(now), pace(9.0, Stage::Answer, 0).spare(now)),
            (None, None),
            "never shed while the page works or the answer is being sent"
        );
    }
}
