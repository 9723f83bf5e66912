//! The number of slots. They are created before any tip arrives. When slots are added or removed
//! later, the tips are redistributed over all slots, so that a tip's position never reveals which
//! slots existed when it arrived.

use std::collections::{BTreeMap, HashSet};

use sqlx::{query, query_as};

use super::engine::{Engine, Tx, change, on};
use super::facts::Fact;
use super::slots::{STATEMENT_BYTES, class_code, free_body, read_fact, room, size, write_fact};
use super::statements::{
    ADD_BODIES, ADD_SLOTS, CLASS_ROOM, DROP_BODIES, DROP_SLOTS, EXCHANGE, EXCHANGE_BODIES,
    MOST_ROWS, USED, runs, with_rows,
};
use super::{Error, NO_LEASE};
use loke_core::random;
use loke_core::seal::SizeClass;

/// Bytes of slots created in one transaction.
const FILL_BYTES: usize = 16 << 20;
/// Swaps in one transaction.
const MOST_EXCHANGES: usize = 16;

/// Slots per class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Slots of the text class.
    pub text: u32,
    /// Slots of the 1, 2, 4 and 8 MiB classes.
    pub photos: [u32; 4],
}

/// Number of a class's first slot. Slots of one class are consecutive, and every number takes 4
/// bytes in SQLite.
fn first_slot(class: SizeClass) -> i64 {
    class_code(class) << 24
}

/// Gives each class as many slots as `capacity`. Calls `told` with the bytes created so far and in
/// total.
pub(super) async fn fit(
    engine: &Engine,
    capacity: Capacity,
    told: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<(), Error> {
    let [one, two, four, eight] = capacity.photos;
    let mut tx = engine.begin_read().await?;
    let room = room(&mut tx).await?;
    let mut spread = BTreeMap::new();
    for class in SizeClass::ALL {
        spread.insert(class, read_fact(&mut tx, Fact::SpreadOver(class)).await?);
    }
    drop(tx);
    let wanted = SizeClass::ALL
        .into_iter()
        .zip([capacity.text, one, two, four, eight].map(i64::from));
    let missing = |(class, wanted): (SizeClass, i64)| {
        let have = room.get(&class).map_or(0, |(_, all)| *all);
        wanted.unsigned_abs().saturating_sub(have) * size(class) as u64
    };
    let (all, mut made) = (wanted.clone().map(missing).sum(), 0);
    for (class, wanted) in wanted {
        if wanted >= 1 << 24 {
            return Err(Error::Unusable(
                "a class of the queue has at most 16,777,215 slots: lower [capacity]".to_owned(),
            ));
        }
        let have = room
            .get(&class)
            .map_or(0, |(_, all)| i64::try_from(*all).unwrap_or(i64::MAX));
        if have < wanted {
            let mut missing = (wanted - have).unsigned_abs();
            while missing > 0 {
                // Another process may create slots at the same time.
                let slots = grow(engine, class, wanted).await?;
                missing = if slots == 0 {
                    0
                } else {
                    missing.saturating_sub(slots)
                };
                made += slots * size(class) as u64;
                told(made, all);
            }
        } else if have > wanted {
            shrink(engine, class, wanted).await?;
        }
        if spread.get(&class) != Some(&Some(wanted)) {
            spread_anew(engine, class, wanted).await?;
        }
    }
    Ok(())
}

/// Used and total slots of a class.
async fn class_room(tx: &mut Tx, class: SizeClass) -> Result<(i64, i64), Error> {
    on!(tx, |connection| query_as(CLASS_ROOM)
        .bind(class_code(class))
        .fetch_one(connection)
        .await)
}

/// Creates some of the missing slots. Returns how many; 0 if none were missing.
async fn grow(engine: &Engine, class: SizeClass, wanted: i64) -> Result<u64, Error> {
    let mut tx = engine.begin().await?;
    tx.alone().await?;
    let (_, have) = class_room(&mut tx, class).await?;
    let step = i64::try_from(FILL_BYTES / size(class)).unwrap_or(1).max(1);
    let numbers: Vec<i64> = (have..wanted.min(have + step))
        .map(|n| first_slot(class) + n)
        .collect();
    for run in runs(&numbers, MOST_ROWS) {
        change!(&mut tx, |connection| {
            let mut q = query(with_rows(ADD_SLOTS, 4, 1, run.len()));
            q = q
                .bind(class_code(class))
                .bind(NO_LEASE)
                .bind(vec![0_u8; 16])
                .bind(vec![0_u8; 32]);
            for number in run {
                q = q.bind(*number);
            }
            q.execute(connection).await
        })?;
    }
    for run in runs(
        &numbers,
        (STATEMENT_BYTES / size(class)).clamp(1, MOST_ROWS),
    ) {
        let bodies = run
            .iter()
            .map(|_| free_body(matches!(tx, Tx::Sqlite(_)), size(class)))
            .collect::<Result<Vec<_>, _>>()?;
        change!(&mut tx, |connection| {
            let mut q = query(with_rows(ADD_BODIES, 0, 3, run.len()));
            for (number, bytes) in run.iter().zip(bodies) {
                q = q.bind(*number).bind(class_code(class)).bind(bytes);
            }
            q.execute(connection).await
        })?;
    }
    tx.commit().await?;
    engine.empty_wal().await?;
    Ok(numbers.len() as u64)
}

/// Removes the last slots of a class after it moves their tips to free slots that remain.
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
    let mut free: Vec<i64> = (first_slot(class)..end)
        .filter(|number| !used.contains(number))
        .collect();
    random::shuffle(&mut free)?;
    for (from, to) in used.into_iter().filter(|number| *number >= end).zip(free) {
        exchange(&mut tx, from, to).await?;
    }
    for text in [DROP_SLOTS, DROP_BODIES] {
        change!(&mut tx, |connection| query(text)
            .bind(end)
            .bind(first_slot(class) + have)
            .execute(connection)
            .await)?;
    }
    tx.commit().await?;
    engine.empty_wal().await
}

/// Spreads a class's tips over all its slots at random (Fisher-Yates; two free slots need no swap).
/// If the process is killed midway, every tip is still whole, and the next start spreads them
/// again.
async fn spread_anew(engine: &Engine, class: SizeClass, all: i64) -> Result<(), Error> {
    let mut tx = engine.begin().await?;
    let used = used_slots(&mut tx, class).await?;
    drop(tx);
    let mut exchanges = Vec::new();
    // Track used slots in memory, to skip swaps of two free slots.
    let mut taken: Vec<bool> = (0..all)
        .map(|n| used.contains(&(first_slot(class) + n)))
        .collect();
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
        engine.empty_wal().await?;
    }
    let mut tx = engine.begin().await?;
    write_fact(&mut tx, Fact::SpreadOver(class), all).await?;
    tx.commit().await?;
    engine.empty_wal().await
}

async fn used_slots(tx: &mut Tx, class: SizeClass) -> Result<HashSet<i64>, Error> {
    let used: Vec<(i64,)> = on!(tx, |connection| query_as(USED)
        .bind(class_code(class))
        .fetch_all(connection)
        .await)?;
    Ok(used.into_iter().map(|(number,)| number).collect())
}

/// Swaps the contents of two slots.
async fn exchange(tx: &mut Tx, a: i64, b: i64) -> Result<(), Error> {
    for text in [EXCHANGE, EXCHANGE_BODIES] {
        change!(&mut *tx, |connection| query(text)
            .bind(a)
            .bind(b)
            .execute(connection)
            .await)?;
    }
    Ok(())
}
