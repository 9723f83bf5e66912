//! The open connections of one listener, by whose they are. When there are too many, the bucket
//! with the most gives way: nobody fills the house alone. It holds 12 bits of each while it is
//! open, and nothing afterwards (promise P8).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpStream;
use tokio::time::Instant;

use super::pace::{Deadlines, Pace};
use super::tarpit::Tarpit;

/// How many connections of a bucket are looked at to spare one. Who opens lines without a pause
/// must not make us look at a thousand for each; of so many, one that hardly moves is nearly always
/// there.
const LOOKED_AT: usize = 64;

/// The connections of one bucket, in the order of their arrival; of None: of those that are
/// nobody's yet.
type Lines = BTreeMap<Option<u16>, Vec<Arc<Pace>>>;

/// The connections of one listener.
pub(super) struct House {
    lines: Mutex<Lines>,
    most_of_a_bucket: usize,
    /// Where the next look begins, so that each connection has its turn.
    next_look: AtomicUsize,
    /// What was closed to make room.
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

    /// Lets a connection of this bucket in. None: the bucket has its share, and none of its
    /// connections can be spared.
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

    /// Keeps a bucket to its share, by what can best be spared of its own. False when nothing can.
    fn makes_room_in(&self, lines: &mut Lines, bucket: Option<u16>) -> bool {
        let held = lines.get(&bucket).map_or(0, Vec::len);
        bucket.is_none() || held < self.most_of_a_bucket || self.spare_one_of(lines, bucket)
    }

    /// Closes the connection that can best be spared, from the bucket with the most of those that
    /// have one.
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

    /// Closes what has sent no request.
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

    /// Closes the connection of a bucket that can best be spared, of those looked at this time. A
    /// body that is its bucket's only connection is never spared.
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

/// One connection's place in the house, until it is dropped.
pub(super) struct Place {
    house: Arc<House>,
    pub(super) pace: Arc<Pace>,
    bucket: Mutex<Option<u16>>,
}

impl Place {
    fn bucket(&self) -> MutexGuard<'_, Option<u16>> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a connection that was shed from being opened again at once.
    pub(super) fn keep_silent(&self, line: Arc<TcpStream>) {
        self.house.tarpit.keep(line, Instant::now());
    }

    /// Counts a connection that was nobody's to this bucket. It is closed when the bucket has its
    /// share and can spare no other.
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

/// Takes a connection out of its bucket. False when it was shed before.
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
