//! Slots: the rows that tips are stored in. A tip gets a random free slot of its class, so that its
//! position does not reveal when it arrived. All slots of one class have the same number of bytes.

use std::collections::BTreeMap;

use sqlx::{query, query_as};

use super::engine::{Tx, change, on};
use super::facts::Fact;
use super::statements::{
    FREE, MOST_ROWS, READ_FACT, ROOM, WRITE_BODIES, WRITE_FACT, runs, with_rows,
};
use super::{Error, class_of, code_of};
use loke_core::random::{self, NoRandomness};
use loke_core::seal::{Sealed, SizeClass};

/// Most bytes in one statement; a single slot may be larger. SQLite copies them three times, so
/// larger runs cost more in fresh memory than they save in statements (measured: 1 MiB takes a
/// quarter more CPU per tip).
pub(super) const STATEMENT_BYTES: usize = 160 << 10;

/// State of a slot with a tip. A free slot has the code 2, which only statements write.
#[derive(Clone, Copy)]
pub(super) enum TipState {
    /// The tip waits for the next release time.
    Waiting = 3,
    /// Desks can claim the tip.
    Released = 4,
}

impl TipState {
    /// Its code in the database.
    pub(super) const fn code(self) -> i64 {
        self as i64
    }
}

/// Database code of a class.
pub(super) fn class_code(class: SizeClass) -> i64 {
    code_of(class as u8)
}

/// Bytes of a slot of this class.
pub(super) const fn size(class: SizeClass) -> usize {
    4 + class.sealed()
}

/// Bytes of a slot: the length (4 bytes, little-endian), the sealed tip, and random padding up to
/// the size of the slot's class.
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

/// The class of a sealed tip of this length in a slot of this class. A tip with photos may be in a
/// slot of a larger photo class; its length shows the class to which it was padded before sealing.
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

/// Takes the sealed tip from a slot's bytes. After tampering with the length it may include
/// padding: the desk's MAC check raises the alarm.
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

/// The free slots as last read. Another process may have taken or freed some since.
#[derive(Default)]
pub(super) struct FreeSlots {
    loaded: bool,
    classes: BTreeMap<SizeClass, Vec<i64>>,
}

impl FreeSlots {
    /// Takes a random free slot; `None` if the class is full.
    pub(super) fn take(&mut self, class: SizeClass) -> Result<Option<i64>, NoRandomness> {
        let Some(free) = self.classes.get_mut(&class).filter(|free| !free.is_empty()) else {
            return Ok(None);
        };
        let at = random::below(free.len() as u64)? as usize;
        Ok(Some(free.swap_remove(at)))
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Reads the free slots, without the slots that this transaction took.
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

    /// Resets after a failed transaction.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// Used and total slots, per class.
pub(super) async fn room(tx: &mut Tx) -> Result<BTreeMap<SizeClass, (u64, u64)>, Error> {
    let classes = on!(tx, |connection| query_as::<_, (i64, i64, i64)>(ROOM)
        .fetch_all(connection)
        .await)?;
    Ok(classes
        .into_iter()
        .map(|(class, used, all)| (class_of(class), (used.unsigned_abs(), all.unsigned_abs())))
        .collect())
}

/// Used slots, per class.
pub(super) async fn used(tx: &mut Tx) -> Result<[u64; 5], Error> {
    let room = room(tx).await?;
    Ok(SizeClass::ALL.map(|class| room.get(&class).map_or(0, |(used, _)| *used)))
}

/// Overwrites the bytes of slots, sorted by number. `bytes` returns the bytes for an index.
pub(super) async fn write_bodies(
    tx: &mut Tx,
    slots: &[(i64, SizeClass)],
    mut bytes: impl FnMut(usize) -> Result<Vec<u8>, Error>,
) -> Result<(), Error> {
    let mut written = 0;
    // Slots of one class are consecutive.
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

/// Overwrites the bytes of slots (sorted by number) that this transaction cleared.
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

/// Bytes of a free slot: random on SQLite, which overwrites pages in place; empty on PostgreSQL.
pub(super) fn free_body(on_sqlite: bool, size: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; if on_sqlite { size } else { 0 }];
    random::fill(&mut bytes)?;
    Ok(bytes)
}

/// Reads a number from table `fact`.
pub(super) async fn read_fact(tx: &mut Tx, fact: Fact) -> Result<Option<i64>, Error> {
    let value: Option<(i64,)> = on!(tx, |connection| query_as(READ_FACT)
        .bind(fact.key())
        .fetch_optional(connection)
        .await)?;
    Ok(value.map(|(value,)| value))
}

/// Writes a number to table `fact`.
pub(super) async fn write_fact(tx: &mut Tx, fact: Fact, value: i64) -> Result<(), Error> {
    change!(tx, |connection| query(WRITE_FACT)
        .bind(fact.key())
        .bind(value)
        .execute(connection)
        .await)?;
    Ok(())
}
