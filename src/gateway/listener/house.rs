//! The open connections of one listener, by bucket. If there are too many, the largest bucket loses
//! one: no caller can use up all connections. Stores 12 bits for each connection while it is open,
//! and nothing afterwards (promise P8).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpStream;
use tokio::time::Instant;

use super::pace::{Deadlines, Pace};
use super::tarpit::Tarpit;

/// Connections of a bucket compared to choose one to shed. A client that opens connections in a
/// loop must not cost a scan of a thousand each time; among 64, a stalled one is nearly always
/// found.
const LOOKED_AT: usize = 64;

/// Connections per bucket, oldest first. Key `None`: connections without a bucket yet.
type Lines = BTreeMap<Option<u16>, Vec<Arc<Pace>>>;

/// The connections of one listener.
pub(super) struct House {
    lines: Mutex<Lines>,
    most_of_a_bucket: usize,
    /// Where the next scan begins, so that each connection gets its turn.
    next_look: AtomicUsize,
    /// Connections closed to make room.
    pub(super) tarpit: Tarpit,
}

impl House {
    pub(super) fn new(deadlines: &Deadlines) -> Arc<Self> {
        Arc::new(Self {
            lines: Mutex::default(),
            most_of_a_bucket: deadlines.most_of_a_bucket,
            next_look: AtomicUsize::default(),
            tarpit: Tarpit::new(deadlines.silence, deadlines.most_silent),
        })
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a connection of this bucket. `None` if the bucket is full and none of its connections
    /// can be shed.
    pub(super) fn enter(self: &Arc<Self>, bucket: Option<u16>) -> Option<Place> {
        let mut lines = self.lines();
        self.makes_room_in(&mut lines, bucket).then(|| {
            let pace = Arc::new(Pace::new());
            lines.entry(bucket).or_default().push(Arc::clone(&pace));
            Place {
                house: Arc::clone(self),
                pace,
                bucket: Mutex::new(bucket),
            }
        })
    }

    /// Keeps a bucket within its limit by shedding one of its connections. False if none can be
    /// shed.
    fn makes_room_in(&self, lines: &mut Lines, bucket: Option<u16>) -> bool {
        let held = lines.get(&bucket).map_or(0, Vec::len);
        bucket.is_none() || held < self.most_of_a_bucket || self.spare_one_of(lines, bucket)
    }

    /// Sheds one connection: the best candidate of the largest bucket that has one.
    pub(super) fn shed_one(&self) {
        let mut lines = self.lines();
        let most = lines
            .iter()
            .map(|(bucket, held)| (held.len(), *bucket))
            .max();
        if most.is_some_and(|(_, bucket)| self.spare_one_of(&mut lines, bucket)) {
            return;
        }
        let mut sizes: Vec<_> = lines
            .iter()
            .map(|(bucket, held)| (held.len(), *bucket))
            .collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        sizes
            .into_iter()
            .any(|(_, bucket)| self.spare_one_of(&mut lines, bucket));
    }

    /// Closes connections that have sent no request.
    pub(super) fn shed_idle(&self) {
        for pace in self
            .lines()
            .values()
            .flatten()
            .filter(|pace| pace.awaits_request())
        {
            pace.shed();
        }
    }

    /// Sheds the best candidate of a bucket, among those scanned this time. A request in progress
    /// that is its bucket's only connection is never shed.
    fn spare_one_of(&self, lines: &mut Lines, bucket: Option<u16>) -> bool {
        let Some(held) = lines.get_mut(&bucket) else {
            return false;
        };
        let (is_alone, now) = (held.len() == 1, Instant::now());
        let begin = self.next_look.fetch_add(LOOKED_AT, Relaxed) % held.len().max(1);
        let spare = |at: usize| {
            held.get(at)
                .filter(|pace| !(is_alone && pace.is_at_work()))
                .and_then(|pace| Some((pace.spare(now)?, at)))
        };
        let mut spares = (begin..held.len()).chain(0..begin).filter_map(spare);
        let Some((_, at)) = spares.by_ref().take(LOOKED_AT).min() else {
            return false;
        };
        held.remove(at).shed();
        if held.is_empty() {
            lines.remove(&bucket);
        }
        true
    }
}

/// Registration of one connection until drop.
pub(super) struct Place {
    house: Arc<House>,
    pub(super) pace: Arc<Pace>,
    bucket: Mutex<Option<u16>>,
}

impl Place {
    fn bucket(&self) -> MutexGuard<'_, Option<u16>> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a shed connection silent, so that its client does not reconnect at once.
    pub(super) fn keep_silent(&self, line: Arc<TcpStream>) {
        self.house.tarpit.keep(line, Instant::now());
    }

    /// Assigns a connection without a bucket to this bucket. Sheds the connection if the bucket is
    /// full and no other one can be shed.
    pub(super) fn belongs_to(&self, bucket: u16) {
        let mut lines = self.house.lines();
        if self.bucket().is_some() || !take_out(&mut lines, None, &self.pace) {
            return;
        }
        if self.house.makes_room_in(&mut lines, Some(bucket)) {
            lines
                .entry(Some(bucket))
                .or_default()
                .push(Arc::clone(&self.pace));
            *self.bucket() = Some(bucket);
        } else {
            self.pace.shed();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let bucket = *self.bucket();
        take_out(&mut self.house.lines(), bucket, &self.pace);
    }
}

/// Removes a connection from its bucket. False if it was shed before.
fn take_out(lines: &mut Lines, bucket: Option<u16>, pace: &Arc<Pace>) -> bool {
    let Some(held) = lines.get_mut(&bucket) else {
        return false;
    };
    let Some(at) = held.iter().position(|other| Arc::ptr_eq(other, pace)) else {
        return false;
    };
    held.remove(at);
    if held.is_empty() {
        lines.remove(&bucket);
    }
    true
}
