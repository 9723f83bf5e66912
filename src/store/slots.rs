//! Slots: the places that tips are put in. They are made before any tip comes, so that a tip's place says nothing about when
//! it came; where slots are added or removed later, the tips are spread over all of them anew.

use std::collections::{BTreeMap, HashSet};

use sqlx::{query, query_as};

use super::engine::{Engine, Tx, change, on};
use super::statements::{
    ADD_BODIES, ADD_SLOTS, CLASS_ROOM, DROP_BODIES, DROP_SLOTS, EXCHANGE, EXCHANGE_BODIES, FREE, MOST_ROWS, READ_FACT, ROOM, USED, WRITE_FACT, runs,
    with_rows,
};
use super::{Capacity, Error, NO_LEASE, class_of, code_of};
use crate::random::{self, NoRandomness};
use crate::seal::{Sealed, SizeClass};

/// Bytes of sealed slots made in one transaction.
const FILL_BYTES: usize = 16 << 20;
/// Exchanges in one transaction.
const MOST_EXCHANGES: usize = 16;

/// A class's code in the database.
pub(super) fn class_code(class: SizeClass) -> i64 {
    code_of(class as u8)
}

/// The number of a class's first slot: a class's slots stand together, and every number takes 4 bytes in SQLite.
fn first_slot(class: SizeClass) -> i64 {
    class_code(class) << 24
}

/// Bytes of a slot of this class.
const fn size(class: SizeClass) -> usize {
    4 + class.sealed()
}

/// A slot's bytes: the length (4 bytes, little-endian), the sealed tip, random bytes to the one size of its class.
pub(super) fn frame(sealed: &Sealed) -> Result<Vec<u8>, NoRandomness> {
    let mut bytes = Vec::with_capacity(size(sealed.class));
    bytes.extend_from_slice(&u32::try_from(sealed.bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(&sealed.bytes);
    let filled = bytes.len();
    bytes.resize(size(sealed.class).max(filled), 0);
    random::fill(bytes.get_mut(filled..).unwrap_or_default())?;
    Ok(bytes)
}

/// The sealed tip in a slot's bytes. Where someone tampered with the length the rest comes along: the desk's check of the MAC
/// raises the alarm.
pub(super) fn unframe(mut bytes: Vec<u8>) -> Vec<u8> {
    let Some(length) = bytes.first_chunk::<4>().map(|length| u32::from_le_bytes(*length) as usize) else { return bytes };
    bytes.truncate(length.saturating_add(4));
    bytes.drain(..4);
    bytes
}

/// The free slots as this process knows them. Another process may have taken some, or freed others.
#[derive(Default)]
pub(super) struct FreeSlots {
    loaded: bool,
    classes: BTreeMap<SizeClass, FreeOfClass>,
}

#[derive(Default)]
struct FreeOfClass {
    numbers: Vec<i64>,
    all: usize,
}

impl FreeSlots {
    /// Takes a free slot at random; none where the class is full for this tip. Unproven tips fill a class to its half, those
    /// with photos to its quarter.
    pub(super) fn take(&mut self, class: SizeClass, proven: bool) -> Result<Option<i64>, NoRandomness> {
        let Some(free) = self.classes.get_mut(&class).filter(|free| !free.numbers.is_empty()) else { return Ok(None) };
        let parts = if class == SizeClass::Text { 2 } else { 4 };
        let used = free.all.saturating_sub(free.numbers.len());
        if !proven && used * parts >= free.all {
            return Ok(None);
        }
        let at = random::below(free.numbers.len() as u64)? as usize;
        Ok(Some(free.numbers.swap_remove(at)))
    }

    /// Reads the free slots where they are not known yet. True where it did.
    pub(super) async fn load(&mut self, tx: &mut Tx) -> Result<bool, Error> {
        if self.loaded {
            return Ok(false);
        }
        self.reload(tx).await?;
        Ok(true)
    }

    /// Reads the free slots, those that the transaction took left out.
    pub(super) async fn reload(&mut self, tx: &mut Tx) -> Result<(), Error> {
        self.forget();
        for (class, (_, all)) in room(tx).await? {
            self.classes.insert(class, FreeOfClass { numbers: Vec::new(), all: usize::try_from(all).unwrap_or(0) });
        }
        for (number, class) in on!(tx, |connection| query_as::<_, (i64, i64)>(FREE).fetch_all(connection).await)? {
            if let Some(free) = self.classes.get_mut(&class_of(class)) {
                free.numbers.push(number);
            }
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
    let classes = on!(tx, |connection| query_as::<_, (i64, i64, i64)>(ROOM).fetch_all(connection).await)?;
    Ok(classes.into_iter().map(|(class, used, all)| (class_of(class), (used.unsigned_abs(), all.unsigned_abs()))).collect())
}

/// Gives each class the slots that `capacity` says.
pub(super) async fn fit(engine: &Engine, capacity: Capacity) -> Result<(), Error> {
    let [one, two, four, eight] = capacity.photos;
    for (class, wanted) in SizeClass::ALL.into_iter().zip([capacity.text, one, two, four, eight]) {
        let wanted = i64::from(wanted);
        if wanted >= 1 << 24 {
            return Err(Error::Unusable("a class of the queue has at most 16,777,215 slots: lower [capacity]".to_owned()));
        }
        let mut tx = engine.begin_read().await?;
        let (_, have) = class_room(&mut tx, class).await?;
        let spread = read_fact(&mut tx, spread_over(class)).await?;
        drop(tx);
        if have < wanted {
            while grow(engine, class, wanted).await? {}
        } else if have > wanted {
            shrink(engine, class, wanted).await?;
        }
        if spread != Some(wanted) {
            spread_anew(engine, class, wanted).await?;
        }
    }
    Ok(())
}

/// The name of the fact that says over how many slots a class's tips were last spread.
fn spread_over(class: SizeClass) -> i64 {
    10 + class_code(class)
}

/// Slots in use and slots in all of a class.
async fn class_room(tx: &mut Tx, class: SizeClass) -> Result<(i64, i64), Error> {
    on!(tx, |connection| query_as(CLASS_ROOM).bind(class_code(class)).fetch_one(connection).await)
}

/// Reads one of the queue's own numbers.
pub(super) async fn read_fact(tx: &mut Tx, name: i64) -> Result<Option<i64>, Error> {
    let fact: Option<(i64,)> = on!(tx, |connection| query_as(READ_FACT).bind(name).fetch_optional(connection).await)?;
    Ok(fact.map(|(value,)| value))
}

/// Notes one of the queue's own numbers.
pub(super) async fn write_fact(tx: &mut Tx, name: i64, value: i64) -> Result<(), Error> {
    change!(tx, |connection| query(WRITE_FACT).bind(name).bind(value).execute(connection).await)?;
    Ok(())
}

/// Makes some of the slots that are missing. True where more are.
async fn grow(engine: &Engine, class: SizeClass, wanted: i64) -> Result<bool, Error> {
    let mut tx = engine.begin().await?;
    tx.alone().await?;
    let (_, have) = class_room(&mut tx, class).await?;
    let step = i64::try_from(FILL_BYTES / size(class)).unwrap_or(1).max(1);
    let numbers: Vec<i64> = (have..wanted.min(have + step)).map(|n| first_slot(class) + n).collect();
    for run in runs(&numbers, MOST_ROWS) {
        change!(&mut tx, |connection| {
            let mut q = query(with_rows(ADD_SLOTS, 4, 1, run.len()));
            q = q.bind(class_code(class)).bind(NO_LEASE).bind(vec![0_u8; 16]).bind(vec![0_u8; 32]);
            for number in run {
                q = q.bind(*number);
            }
            q.execute(connection).await
        })?;
    }
    for run in runs(&numbers, (FILL_BYTES / 16 / size(class)).clamp(1, MOST_ROWS)) {
        let bodies = run.iter().map(|_| tx.free_body(size(class))).collect::<Result<Vec<_>, _>>()?;
        change!(&mut tx, |connection| {
            let mut q = query(with_rows(ADD_BODIES, 0, 2, run.len()));
            for (number, bytes) in run.iter().zip(bodies) {
                q = q.bind(*number).bind(bytes);
            }
            q.execute(connection).await
        })?;
    }
    tx.commit().await?;
    engine.settle().await?;
    Ok(have + step < wanted)
}

/// Removes the last slots of a class, after their tips moved to free ones of those that stay.
async fn shrink(engine: &Engine, class: SizeClass, wanted: i64) -> Result<(), Error> {
    let mut tx = engine.begin().await?;
    tx.alone().await?;
    let (used, have) = class_room(&mut tx, class).await?;
    if used > wanted {
        return Err(Error::Unusable(format!(
            "[capacity] asks for {wanted} slots of {} KiB, and {used} are in use: set it to {used} or more, or collect the tips first",
            class.plain() >> 10
        )));
    }
    let end = first_slot(class) + wanted;
    let used = used_slots(&mut tx, class).await?;
    let mut free: Vec<i64> = (first_slot(class)..end).filter(|number| !used.contains(number)).collect();
    random::shuffle(&mut free)?;
    for (from, to) in used.into_iter().filter(|number| *number >= end).zip(free) {
        exchange(&mut tx, from, to).await?;
    }
    for text in [DROP_SLOTS, DROP_BODIES] {
        change!(&mut tx, |connection| query(text).bind(end).bind(first_slot(class) + have).execute(connection).await)?;
    }
    tx.commit().await?;
    engine.settle().await
}

/// Spreads a class's tips over all its slots at random (Fisher-Yates; two free slots need no exchange). A kill in the midst
/// leaves whole tips, and the next start spreads them again.
async fn spread_anew(engine: &Engine, class: SizeClass, all: i64) -> Result<(), Error> {
    let mut tx = engine.begin().await?;
    let used = used_slots(&mut tx, class).await?;
    drop(tx);
    let mut exchanges = Vec::new();
    // Who stands where is followed in memory, so that free pairs can be left out.
    let mut taken: Vec<bool> = (0..all).map(|n| used.contains(&(first_slot(class) + n))).collect();
    for i in (1..if used.is_empty() { 1 } else { taken.len() }).rev() {
        let j = random::below(i as u64 + 1)? as usize;
        if i != j && (taken.get(i) == Some(&true) || taken.get(j) == Some(&true)) {
            taken.swap(i, j);
            exchanges.push((first_slot(class) + i as i64, first_slot(class) + j as i64));
        }
    }
    for some in exchanges.chunks(MOST_EXCHANGES) {
        let mut tx = engine.begin().await?;
        tx.alone().await?;
        for (a, b) in some {
            exchange(&mut tx, *a, *b).await?;
        }
        tx.commit().await?;
        engine.settle().await?;
    }
    let mut tx = engine.begin().await?;
    write_fact(&mut tx, spread_over(class), all).await?;
    tx.commit().await?;
    engine.settle().await
}

async fn used_slots(tx: &mut Tx, class: SizeClass) -> Result<HashSet<i64>, Error> {
    let used: Vec<(i64,)> = on!(tx, |connection| query_as(USED).bind(class_code(class)).fetch_all(connection).await)?;
    Ok(used.into_iter().map(|(number,)| number).collect())
}

/// Exchanges what two slots hold.
async fn exchange(tx: &mut Tx, a: i64, b: i64) -> Result<(), Error> {
    for text in [EXCHANGE, EXCHANGE_BODIES] {
        change!(&mut *tx, |connection| query(text).bind(a).bind(b).execute(connection).await)?;
    }
    Ok(())
}

/// Overwrites the bytes of slots that were cleared in this transaction.
pub(super) async fn empty_bodies(tx: &mut Tx, cleared: &[(i64, SizeClass)]) -> Result<(), Error> {
    for (number, class) in cleared {
        let bytes = tx.free_body(size(*class))?;
        change!(&mut *tx, |connection| {
            query(with_rows(super::statements::WRITE_BODIES, 0, 2, 1)).bind(*number).bind(bytes).execute(connection).await
        })?;
    }
    Ok(())
}
