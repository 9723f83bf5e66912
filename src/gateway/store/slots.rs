//! Slots: the places that tips are put in. A tip takes a free one of its class at random, so that
//! its place says nothing about when it came; what is written into a slot always has the one size
//! of its class.

use std::collections::BTreeMap;

use sqlx::{query, query_as};

use super::engine::{Tx, change, on};
use super::statements::{
    FREE, MOST_ROWS, READ_FACT, ROOM, WRITE_BODIES, WRITE_FACT, runs, with_rows,
};
use super::{Error, class_of, code_of};
use loke_core::random::{self, NoRandomness};
use loke_core::seal::{Sealed, SizeClass};

/// Most bytes in one statement; a single slot may be larger. SQLite copies them three times: larger
/// runs cost more in fresh memory than they spare in statements (measured: 1 MiB, a quarter more
/// CPU for each tip).
pub(super) const STATEMENT_BYTES: usize = 160 << 10;
/// A class's code in the database.
pub(super) fn class_code(class: SizeClass) -> i64 {
    code_of(class as u8)
}

/// Bytes of a slot of this class.
pub(super) const fn size(class: SizeClass) -> usize {
    4 + class.sealed()
}

/// A slot's bytes: the length (4 bytes, little-endian), the sealed tip, random bytes to the one
/// size of the slot's class.
pub(super) fn frame(sealed: &Sealed, slot: SizeClass) -> Result<Vec<u8>, NoRandomness> {
    let mut bytes = Vec::with_capacity(size(slot));
    bytes.extend_from_slice(
        &u32::try_from(sealed.bytes.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes(),
    );
    bytes.extend_from_slice(&sealed.bytes);
    let filled = bytes.len();
    bytes.resize(size(slot).max(filled), 0);
    random::fill(bytes.get_mut(filled..).unwrap_or_default())?;
    Ok(bytes)
}

/// The class of a sealed tip of so many bytes in a slot of this class. A tip with photos may lie in
/// a slot of a larger class of photos; what it was padded to before it was sealed shows in its
/// length.
pub(super) fn class_in(slot: SizeClass, length: usize) -> SizeClass {
    let photos = SizeClass::ALL
        .into_iter()
        .skip(1)
        .take_while(|class| *class <= slot);
    photos
        .into_iter()
        .find(|class| length <= class.sealed())
        .unwrap_or(slot)
}

/// The sealed tip in a slot's bytes. Where someone tampered with the length the rest comes along:
/// the desk's check of the MAC raises the alarm.
pub(super) fn unframe(mut bytes: Vec<u8>) -> Vec<u8> {
    let Some(length) = bytes
        .first_chunk::<4>()
        .map(|length| u32::from_le_bytes(*length) as usize)
    else {
        return bytes;
    };
    bytes.truncate(length.saturating_add(4));
    bytes.drain(..4);
    bytes
}

/// The free slots as this process knows them. Another process may have taken some, or freed others.
#[derive(Default)]
pub(super) struct FreeSlots {
    loaded: bool,
    classes: BTreeMap<SizeClass, Vec<i64>>,
}

impl FreeSlots {
    /// Takes a free slot at random; none if the class is full.
    pub(super) fn take(&mut self, class: SizeClass) -> Result<Option<i64>, NoRandomness> {
        let Some(free) = self.classes.get_mut(&class).filter(|free| !free.is_empty()) else {
            return Ok(None);
        };
        let at = random::below(free.len() as u64)? as usize;
        Ok(Some(free.swap_remove(at)))
    }

    /// Whether the free slots are known.
    pub(super) fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Reads the free slots, those that the transaction took left out.
    pub(super) async fn load(&mut self, tx: &mut Tx) -> Result<(), Error> {
        self.forget();
        for (number, class) in on!(tx, |connection| query_as::<_, (i64, i64)>(FREE)
            .fetch_all(connection)
            .await)?
        {
            self.classes
                .entry(class_of(class))
                .or_default()
                .push(number);
        }
        self.loaded = true;
        Ok(())
    }

    /// Forgets what is known, after a transaction that came to nothing.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// Slots in use and slots in all, per class.
pub(super) async fn room(tx: &mut Tx) -> Result<BTreeMap<SizeClass, (u64, u64)>, Error> {
    let classes = on!(tx, |connection| query_as::<_, (i64, i64, i64)>(ROOM)
        .fetch_all(connection)
        .await)?;
    Ok(classes
        .into_iter()
        .map(|(class, used, all)| (class_of(class), (used.unsigned_abs(), all.unsigned_abs())))
        .collect())
}

/// Slots in use, per class.
pub(super) async fn used(tx: &mut Tx) -> Result<[u64; 5], Error> {
    let room = room(tx).await?;
    Ok(SizeClass::ALL.map(|class| room.get(&class).map_or(0, |(used, _)| *used)))
}

/// Overwrites the bytes of slots, sorted by number; `bytes` gives those of one of them.
pub(super) async fn write_bodies(
    tx: &mut Tx,
    slots: &[(i64, SizeClass)],
    mut bytes: impl FnMut(usize) -> Result<Vec<u8>, Error>,
) -> Result<(), Error> {
    let mut written = 0;
    // Slots of one class stand together.
    for same in slots.chunk_by(|(_, a), (_, b)| a == b) {
        let most = same.first().map_or(1, |(_, class)| {
            (STATEMENT_BYTES / size(*class)).clamp(1, MOST_ROWS)
        });
        for run in runs(same, most) {
            let bodies = (written..written + run.len())
                .map(&mut bytes)
                .collect::<Result<Vec<_>, _>>()?;
            written += run.len();
            change!(&mut *tx, |connection| {
                let mut q = query(with_rows(WRITE_BODIES, 0, 2, run.len()));
                for ((number, _), body) in run.iter().zip(bodies) {
                    q = q.bind(*number).bind(body);
                }
                q.execute(connection).await
            })?;
        }
    }
    Ok(())
}

/// Overwrites the bytes of slots, sorted by number, that were cleared in this transaction.
pub(super) async fn empty_bodies(tx: &mut Tx, cleared: &[(i64, SizeClass)]) -> Result<(), Error> {
    let on_sqlite = matches!(tx, Tx::Sqlite(_));
    write_bodies(tx, cleared, |at| {
        free_body(
            on_sqlite,
            cleared.get(at).map_or(0, |(_, class)| size(*class)),
        )
    })
    .await
}

/// What a free slot's bytes are: random on SQLite, which overwrites pages in place; nothing on
/// PostgreSQL.
pub(super) fn free_body(on_sqlite: bool, size: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; if on_sqlite { size } else { 0 }];
    random::fill(&mut bytes)?;
    Ok(bytes)
}

/// Reads one of the queue's own numbers.
pub(super) async fn read_fact(tx: &mut Tx, name: i64) -> Result<Option<i64>, Error> {
    let fact: Option<(i64,)> = on!(tx, |connection| query_as(READ_FACT)
        .bind(name)
        .fetch_optional(connection)
        .await)?;
    Ok(fact.map(|(value,)| value))
}

/// Notes one of the queue's own numbers.
pub(super) async fn write_fact(tx: &mut Tx, name: i64, value: i64) -> Result<(), Error> {
    change!(tx, |connection| query(WRITE_FACT)
        .bind(name)
        .bind(value)
        .execute(connection)
        .await)?;
    Ok(())
}
