//! The clock of one connection: how long it may take, and when it runs. It must never run while we
//! are the slow ones.
//!
//! It runs while the head has not come, while the page waits for more of the body, while an answer
//! waits to be taken, and while what still comes after the answer is thrown away. It stands while
//! the page works. Bytes are counted on the socket itself, below TLS. Once per tenth of a window it
//! looks at what moved in the last ten tenths during which we waited.
//!
//! What it cannot see: a client whose kernel has put some 130 kB aside, and whose program reads
//! them at a few kB/s, looks for 15 to 20 s like one that never reads. It is cut. Only an answer
//! larger than that gets there, so no page of ours does; a slow line is not concerned, since there
//! the kernel waits for the line and each piece shows.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::gone::Gone;

/// Looks per window.
const LOOKS: u32 = 10;
/// How long an honest browser may take to send its request's head.
const PATIENCE: Duration = Duration::from_secs(1);
/// Bytes that a connection counts as moved from the beginning, so that one that was just accepted
/// is not the slowest.
const CREDIT: u64 = 1_000;
/// The same until its head has come: as much as the first second of a body that drips at 2 kB a
/// second, so that who opens lines without a pause sheds those and not the residents who just came.
const CREDIT_BEFORE_HEAD: u64 = 3_000;
/// Looks that a page has to say that the body did not come in time.
const LAST_WORDS: u32 = 3;

/// Connections that one listener serves at once, and as many more that the kernel may hold ready
/// for it.
pub(super) const MOST_CONNECTIONS: u16 = 4_096;

/// How long a connection may take for what. The defaults hold promise P2: what does not move is
/// closed within 15 s, what moves at 4 kB/s is never cut.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// From accept to the end of the request's head, TLS handshake included.
    pub head: Duration,
    /// The time over which progress is averaged.
    pub window: Duration,
    /// Bytes that must come in each window in which we wait for the client to send. Below what P2
    /// promises by as much as a line of that speed loses when it stalls for a quarter of the
    /// window.
    pub least: u64,
    /// Bytes of an answer that must leave in each window. Fewer: the kernel frees room for them in
    /// large steps.
    pub least_taken: u64,
    /// How long we wait, after an answer to a whole request, for the client to close.
    pub rest: Duration,
    /// Most bytes of an unread body that are thrown away after an early answer, so that the answer
    /// arrives instead of a reset.
    pub most_discarded: u64,
    /// How long open requests may go on after the stop.
    pub stop: Duration,
    /// Connections of one listener.
    pub most_connections: usize,
    /// Connections of one bucket.
    pub most_of_a_bucket: usize,
    /// How long a connection that was shed is kept silent.
    pub silence: Duration,
    /// Connections that are kept silent. With both public listeners full, the unit's limit of open
    /// files (`LimitNOFILE`) holds these too.
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

/// What a connection is at.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Stage {
    Head,
    Request,
    Answer,
    Rest,
}

/// Where one connection is, and what has moved on it. Holds nothing of what was sent.
pub(super) struct Pace {
    /// When it was read from for the first time. What comes late before that is our lateness.
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

/// How easily a connection is spared for another: the smaller goes first, the older of two alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spare {
    /// It should have sent its request by now.
    Idle,
    /// It has not sent all of its request; by bytes a second since it was read from.
    Sending(u64),
    /// Its answer is out.
    Answered,
}

/// Why a connection must close before its client has all of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It does not move.
    Overdue,
    /// Its place is another's.
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

    /// Sees the client close.
    pub(super) fn gone(&self) -> Gone {
        self.socket
            .get()
            .map(|socket| Gone::of(Weak::clone(socket)))
            .unwrap_or_default()
    }

    /// How easily it is spared. None: the page is at work, or the answer on its way.
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

    /// Whether the head has come and the answer is not out: who loses this one loses a report.
    pub(super) fn is_at_work(&self) -> bool {
        [Stage::Request, Stage::Answer]
            .iter()
            .any(|stage| self.stage.load(SeqCst) == *stage as u8)
    }

    /// Whether the request's head has not come yet.
    pub(super) fn awaits_request(&self) -> bool {
        self.stage.load(SeqCst) == Stage::Head as u8
    }

    /// Closes the connection now.
    pub(super) fn shed(&self) {
        self.shed.notify_one();
    }

    /// The head has come.
    pub(super) fn request_came(&self) {
        self.stage.store(Stage::Request as u8, SeqCst);
    }

    /// The page has answered.
    pub(super) fn answer_made(&self) {
        self.stage.store(Stage::Answer as u8, SeqCst);
    }

    /// The answer is with the kernel, and our side of the connection closed.
    pub(super) fn answer_sent(&self) {
        self.stage.store(Stage::Rest as u8, SeqCst);
    }

    /// The page waits for more of the body, or no longer does.
    pub(super) fn wants_body(&self, waker: Option<&Waker>) {
        *self
            .body_waker
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = waker.cloned();
        self.wants_body.store(waker.is_some(), SeqCst);
    }

    /// The whole body has come, or there is none.
    pub(super) fn body_came(&self) {
        self.body_came.store(true, SeqCst);
    }

    /// Whether the body took too long: the page is told so, and has a moment to answer.
    pub(super) fn is_body_late(&self) -> bool {
        self.body_late.load(SeqCst)
    }

    /// Whether the client has nothing more to send that we care for.
    pub(super) fn is_request_over(&self) -> bool {
        self.body_came.load(SeqCst) || self.is_body_late()
    }

    /// Returns when the connection must close: overdue, or shed for another's sake. What is then
    /// dropped is reset, so that the kernel forgets an answer that nobody took.
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
        // After the machine stood still, the looks that were missed must not count as silence of
        // the client.
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

/// A socket whose progress is counted. Shared with what watches for the client's end
/// ([`super::Gone`]).
pub(super) struct Paced {
    stream: Arc<TcpStream>,
    pace: Arc<Pace>,
}

impl Paced {
    /// The socket, and what keeps it open when this is dropped.
    pub(super) fn new(stream: TcpStream, pace: Arc<Pace>) -> (Self, Arc<TcpStream>) {
        let stream = Arc::new(stream);
        let _first = pace.socket.set(Arc::downgrade(&stream));
        (
            Self {
                stream: Arc::clone(&stream),
                pace,
            },
            stream,
        )
    }

    fn try_until_blocked(
        &self,
        cx: &mut Context<'_>,
        attempt: impl Fn() -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_write_ready(cx))?;
            match attempt() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn count(&self, written: &Poll<io::Result<usize>>) {
        self.pace.answer_blocked.store(written.is_pending(), SeqCst);
        if let Poll::Ready(Ok(bytes)) = written {
            self.pace.moved.fetch_add(*bytes as u64, SeqCst);
        }
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        if self.pace.cut.load(SeqCst) {
            // Where this fails the connection is gone already.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Paced {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.pace.began.get_or_init(Instant::now);
        let read = loop {
            ready!(self.stream.poll_read_ready(cx))?;
            match self.stream.try_read_buf(buf) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => break read?,
            }
        };
        self.pace.moved.fetch_add(read as u64, SeqCst);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.try_until_blocked(cx, || self.stream.try_write(buf));
        self.count(&written);
        written
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.try_until_blocked(cx, || self.stream.try_write_vectored(bufs));
        self.count(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Nothing is kept back here.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(socket2::SockRef::from(&*self.stream).shutdown(std::net::Shutdown::Write))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection of this age, at this stage, on which so much moved.
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
            // A body that drips, an idle line of a moment ago, a body at the pace of P2, a body
            // that began to drip, and residents who came after that, before and after their first
            // bytes.
            pace(9.0, Stage::Request, 9_000),
            pace(0.9, Stage::Head, 0),
            pace(20.0, Stage::Request, 90_000),
            pace(0.4, Stage::Request, 2_100),
            pace(0.3, Stage::Head, 0),
            pace(0.3, Stage::Head, 4_000),
            // One that waits for us.
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
            "what is at work is never spared"
        );
    }
}
