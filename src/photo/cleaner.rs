//! Limits how many photos are cleaned at once. Free turns go to the waiting networks in rotation,
//! so many photos from one network do not delay the photos of others.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, oneshot};
use zeroize::Zeroizing;

use super::{MAX_BYTES, PhotoRefused, clean_now, kind};
use loke_core::tip::Photo;

/// KiB of files that may wait for a turn in [`Cleaner::clean`], for all callers together.
const WAITING_KIB: usize = 64 << 10;
/// The holder for calls of [`Cleaner::clean`]. No network has this number.
const NOBODY: u16 = u16::MAX;

/// Cleans photos, a few at a time. Cheap to clone; clones share the turns.
#[derive(Debug, Clone)]
pub struct Cleaner {
    turns: Arc<Mutex<Turns>>,
    waiting: Arc<Semaphore>,
}

#[derive(Debug)]
struct Turns {
    free: usize,
    waiting: BTreeMap<u16, VecDeque<oneshot::Sender<()>>>,
    /// The holder that got the last queued turn.
    last: u16,
}

/// One turn. Dropping it starts the next one.
#[derive(Debug)]
pub struct Turn(Arc<Mutex<Turns>>);

/// A place in the queue. If it is dropped after it got a turn, the turn goes to the next place.
struct Place {
    turns: Arc<Mutex<Turns>>,
    dealt: oneshot::Receiver<()>,
}

impl Cleaner {
    /// Cleans at most `parallel` photos at once (0 counts as 1). Each uses up to 100 MiB.
    #[must_use]
    pub fn new(parallel: usize) -> Self {
        let turns = Turns {
            free: parallel.clamp(1, 64),
            waiting: BTreeMap::new(),
            last: 0,
        };
        Self {
            turns: Arc::new(Mutex::new(turns)),
            waiting: Arc::new(Semaphore::new(WAITING_KIB)),
        }
    }

    /// Waits for a turn for `holder`. Dropping the future gives up the place in the queue.
    pub async fn turn(&self, holder: u16) -> Turn {
        let place = {
            let mut turns = lock(&self.turns);
            if turns.free > 0 {
                turns.free -= 1;
                return Turn(Arc::clone(&self.turns));
            }
            let (sender, dealt) = oneshot::channel();
            let queue = turns.waiting.entry(holder).or_default();
            queue.retain(|other| !other.is_closed());
            queue.push_back(sender);
            Place {
                turns: Arc::clone(&self.turns),
                dealt,
            }
        };
        place.come().await
    }

    /// Waits for a turn, decodes on a blocking thread, and returns the photo or the reason for
    /// refusing it. If the caller drops the future while it waits, the file is zeroized at once. If
    /// the caller drops it later, the turn is kept until the decoding ends.
    ///
    /// # Errors
    /// [`PhotoRefused`] with the reason. A retry helps only after [`PhotoRefused::Busy`].
    pub async fn clean(&self, bytes: Zeroizing<Vec<u8>>) -> Result<Photo, PhotoRefused> {
        if bytes.len() > MAX_BYTES {
            return Err(PhotoRefused::TooManyBytes);
        }
        kind::of(&bytes)?;
        let kib = u32::try_from(bytes.len().div_ceil(1_024)).unwrap_or(u32::MAX);
        let room = self
            .waiting
            .try_acquire_many(kib)
            .map_err(|_| PhotoRefused::Busy)?;
        let turn = self.turn(NOBODY).await;
        drop(room);
        turn.clean(bytes, ()).await
    }
}

impl Turn {
    /// Cleans on a blocking thread. Keeps `held` until the file is zeroized.
    ///
    /// # Errors
    /// [`PhotoRefused`] with the reason.
    pub async fn clean<T: Send + 'static>(
        self,
        bytes: Zeroizing<Vec<u8>>,
        held: T,
    ) -> Result<Photo, PhotoRefused> {
        let work = move || {
            let _turn = self;
            let cleaned = clean_now(bytes);
            drop(held);
            cleaned
        };
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or(Err(PhotoRefused::Broken))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.0).deal();
    }
}

impl Place {
    async fn come(mut self) -> Turn {
        // The sender is dropped only together with the turns, and `self` keeps a reference to them.
        let _dealt = (&mut self.dealt).await;
        Turn(Arc::clone(&self.turns))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.dealt.close();
        if self.dealt.try_recv().is_ok() {
            lock(&self.turns).deal();
        }
    }
}

impl Turns {
    /// Gives the free turn to the next holder in rotation.
    fn deal(&mut self) {
        while let Some(holder) = self.next() {
            let Some(queue) = self.waiting.get_mut(&holder) else {
                break;
            };
            let dealt = queue
                .pop_front()
                .is_some_and(|place| place.send(()).is_ok());
            if queue.is_empty() {
                self.waiting.remove(&holder);
            }
            if dealt {
                self.last = holder;
                return;
            }
        }
        self.free += 1;
    }

    fn next(&self) -> Option<u16> {
        let after = self.waiting.range(self.last.saturating_add(1)..).next();
        after
            .or_else(|| self.waiting.iter().next())
            .map(|(holder, _)| *holder)
    }
}

fn lock(turns: &Mutex<Turns>) -> MutexGuard<'_, Turns> {
    turns.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use super::*;

    type Waiting = Pin<Box<dyn Future<Output = Turn>>>;

    fn had(waiting: &mut Waiting) -> Option<Turn> {
        let mut context = Context::from_waker(std::task::Waker::noop());
        match waiting.as_mut().poll(&mut context) {
            Poll::Ready(turn) => Some(turn),
            Poll::Pending => None,
        }
    }

    fn ask(cleaner: &Cleaner, holder: u16) -> Waiting {
        let cleaner = cleaner.clone();
        let mut waiting: Waiting = Box::pin(async move { cleaner.turn(holder).await });
        assert!(had(&mut waiting).is_none());
        waiting
    }

    #[test]
    fn turns_go_round_the_networks_that_wait() {
        let cleaner = Cleaner::new(1);
        let mut first: Waiting = Box::pin({
            let cleaner = cleaner.clone();
            async move { cleaner.turn(7).await }
        });
        let mut turn = had(&mut first).unwrap();
        let mut waiting: Vec<(u16, Waiting)> = [7; 20]
            .into_iter()
            .chain([8, 3])
            .map(|holder| (holder, ask(&cleaner, holder)))
            .collect();
        let mut order = Vec::new();
        while !waiting.is_empty() {
            drop(turn);
            let (at, next) = waiting
                .iter_mut()
                .enumerate()
                .find_map(|(at, (_, place))| Some((at, had(place)?)))
                .unwrap();
            turn = next;
            order.push(waiting.swap_remove(at).0);
        }
        assert_eq!(order, [[3, 7, 8].as_slice(), &[7; 19]].concat());
        drop(turn);
        assert_eq!(lock(&cleaner.turns).free, 1);
    }

    #[test]
    fn a_place_that_is_given_up_loses_no_turn() {
        let cleaner = Cleaner::new(1);
        let mut first: Waiting = Box::pin({
            let cleaner = cleaner.clone();
            async move { cleaner.turn(1).await }
        });
        let turn = had(&mut first).unwrap();
        let (gone, dealt, mut last) = (ask(&cleaner, 1), ask(&cleaner, 2), ask(&cleaner, 3));
        drop(gone);
        drop(turn);
        // The second place gets the turn, and is dropped before it reads it.
        drop(dealt);
        assert!(had(&mut last).is_some());
        assert_eq!(lock(&cleaner.turns).free, 1, "and the last one came back");
    }
}
