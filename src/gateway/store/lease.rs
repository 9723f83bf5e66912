//! Claim, ack, renew, expire. A tip is leased to one token at a time. It leaves the queue only
//! through an ack with that token, on its expiry day, or through a purge.

use std::collections::{BTreeMap, HashMap};

use sqlx::{query, query_as};

use super::engine::{Engine, Tx, change, on};
use super::slots::{empty_bodies, unframe};
use super::statements::{
    CANDIDATES, CLEAR_EXPIRED, CLEAR_HELD, COUNT_EXPIRED, EXPIRED_BEFORE, HELD, LEASE, LEASE_AGAIN,
    MOST_ROWS, PRESENT, READ_BODIES, runs, with_rows,
};
use super::{Deleted, Error, NO_LEASE, class_of, code_of, moment, of_code, sealed_of};
use loke_core::pickup::LeaseToken;
use loke_core::random;
use loke_core::seal::Sealed;
use loke_core::tip::{Lane, TipId};

/// A slot as a claim reads it: number, class, id, lane, priority, expiry, MAC.
pub(super) type Row = (i64, i64, Vec<u8>, i64, i64, i64, Vec<u8>);

/// A [`Row`] and the bytes of its slot.
pub(super) type WholeRow = (i64, i64, Vec<u8>, i64, i64, i64, Vec<u8>, Vec<u8>);

/// Tips cleared in one transaction.
const MOST_CLEARED: usize = 64;

/// Parameters of a claim.
pub(super) struct Wanted<'a> {
    pub(super) lanes: &'a [Lane],
    pub(super) token: LeaseToken,
    pub(super) most: u16,
    pub(super) most_bytes: usize,
    pub(super) now: i64,
    pub(super) until: i64,
}

/// Database codes of lanes, for a statement with five lane parameters; 0 matches no lane.
pub(super) fn lane_codes(lanes: &[Lane]) -> [i64; 5] {
    let mut codes = [0; 5];
    for (code, lane) in codes
        .iter_mut()
        .zip(Lane::ALL.iter().filter(|lane| lanes.contains(lane)))
    {
        *code = code_of(*lane as u8);
    }
    codes
}

/// Leases tips, or returns the tips of the token's lease again. `None` if other claimers took every
/// chosen tip.
pub(super) async fn claim(
    engine: &Engine,
    wanted: &Wanted<'_>,
) -> Result<Option<Vec<Sealed>>, Error> {
    let mut tx = engine.begin().await?;
    let mut rows = lease_again(&mut tx, wanted).await?;
    if rows.is_empty() {
        let chosen = choose(&mut tx, wanted).await?;
        rows = lease(&mut tx, wanted, &chosen).await?;
        if rows.is_empty() {
            return Ok(chosen.is_empty().then(Vec::new));
        }
    }
    // The database returns them in slot order: sort by urgency, random within a priority.
    random::shuffle(&mut rows)?;
    rows.sort_by_key(|(_, _, _, _, priority, _, _)| *priority);
    let mut bodies = HashMap::with_capacity(rows.len());
    for run in runs(&rows, MOST_ROWS) {
        let read = on!(&mut tx, |connection| {
            let mut q = query_as::<_, (i64, Vec<u8>)>(with_rows(READ_BODIES, 0, 1, run.len()));
            for (number, ..) in run {
                q = q.bind(*number);
            }
            q.fetch_all(connection).await
        })?;
        bodies.extend(read);
    }
    tx.commit().await?;
    engine.empty_wal().await?;
    Ok(Some(
        rows.into_iter()
            .filter_map(|row| {
                bodies
                    .remove(&row.0)
                    .map(|bytes| sealed_of(row, unframe(bytes)))
            })
            .collect(),
    ))
}

/// The tips that the token already leases, for a desk that missed the first answer. Renews the
/// lease.
async fn lease_again(tx: &mut Tx, wanted: &Wanted<'_>) -> Result<Vec<Row>, Error> {
    let [a, b, c, d, e] = lane_codes(wanted.lanes);
    on!(tx, |connection| {
        let q = query_as::<_, Row>(LEASE_AGAIN)
            .bind(a)
            .bind(b)
            .bind(c)
            .bind(d)
            .bind(e);
        q.bind(moment(wanted.now))
            .bind(wanted.token.0.to_vec())
            .bind(moment(wanted.until))
            .fetch_all(connection)
            .await
    })
}

/// Chooses tips to lease, most urgent first, up to the byte limit. Returns their slots in ascending
/// order.
async fn choose(tx: &mut Tx, wanted: &Wanted<'_>) -> Result<Vec<i64>, Error> {
    let [a, b, c, d, e] = lane_codes(wanted.lanes);
    let candidates = on!(tx, |connection| {
        let q = query_as::<_, (i64, i64)>(CANDIDATES)
            .bind(a)
            .bind(b)
            .bind(c)
            .bind(d)
            .bind(e);
        q.bind(moment(wanted.now))
            .bind(i64::from(wanted.most))
            .fetch_all(connection)
            .await
    })?;
    let mut bytes = 0_usize;
    let fits = |(at, (_, class)): &(usize, (i64, i64))| {
        bytes = bytes.saturating_add(class_of(*class).sealed());
        *at == 0 || bytes <= wanted.most_bytes
    };
    let mut chosen: Vec<i64> = candidates
        .into_iter()
        .enumerate()
        .take_while(fits)
        .map(|(_, (number, _))| number)
        .collect();
    chosen.sort_unstable();
    Ok(chosen)
}

/// Leases those of the chosen slots that are still free to lease.
async fn lease(tx: &mut Tx, wanted: &Wanted<'_>, chosen: &[i64]) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::with_capacity(chosen.len());
    for run in runs(chosen, MOST_ROWS) {
        rows.extend(on!(&mut *tx, |connection| {
            let mut q = query_as::<_, Row>(with_rows(LEASE, 3, 1, run.len()));
            q = q
                .bind(wanted.token.0.to_vec())
                .bind(moment(wanted.until))
                .bind(moment(wanted.now));
            for number in run {
                q = q.bind(*number);
            }
            q.fetch_all(connection).await
        })?);
    }
    Ok(rows)
}

/// Deletes tips leased under `token`.
pub(super) async fn ack(
    engine: &Engine,
    token: LeaseToken,
    ids: &[TipId],
) -> Result<Deleted, Error> {
    let mut tx = engine.begin().await?;
    let held: Vec<(i64, i64, Vec<u8>, i64)> = on!(&mut tx, |connection| query_as(HELD)
        .bind(token.0.to_vec())
        .bind(NO_LEASE)
        .fetch_all(connection)
        .await)?;
    let asked: std::collections::HashSet<&[u8]> = ids.iter().map(|id| id.0.as_slice()).collect();
    let asked_for = || {
        held.iter()
            .filter(|(_, _, id, _)| asked.contains(id.as_slice()))
    };
    let mut slots: Vec<(i64, _)> = asked_for()
        .map(|(number, class, ..)| (*number, class_of(*class)))
        .collect();
    let mut lanes: Vec<Lane> = asked_for()
        .filter_map(|(.., lane)| of_code(Lane::ALL, *lane).copied())
        .collect();
    lanes.sort_unstable();
    lanes.dedup();
    slots.sort_unstable();
    let mut cleared = Vec::with_capacity(slots.len());
    for run in runs(&slots, MOST_ROWS) {
        let gone = on!(&mut tx, |connection| {
            let mut q = query_as::<_, (i64,)>(with_rows(CLEAR_HELD, 4, 1, run.len()));
            q = q
                .bind(NO_LEASE)
                .bind(vec![0_u8; 16])
                .bind(vec![0_u8; 32])
                .bind(token.0.to_vec());
            for (number, _) in run {
                q = q.bind(*number);
            }
            q.fetch_all(connection).await
        })?;
        cleared.extend(
            run.iter()
                .filter(|(number, _)| gone.contains(&(*number,)))
                .copied(),
        );
    }
    empty_bodies(&mut tx, &cleared).await?;
    let mut left_over = Vec::new();
    for run in runs(ids, MOST_ROWS) {
        let left: Vec<(Vec<u8>,)> = on!(&mut tx, |connection| {
            let mut q = query_as(with_rows(PRESENT, 0, 1, run.len()));
            for id in run {
                q = q.bind(id.0.to_vec());
            }
            q.fetch_all(connection).await
        })?;
        left_over.extend(
            run.iter()
                .filter(|id| left.iter().any(|(there,)| there.as_slice() == id.0))
                .copied(),
        );
    }
    tx.commit().await?;
    engine.empty_wal().await?;
    Ok(Deleted {
        left: left_over,
        lanes,
    })
}

/// Deletes the tips that expire before `day`. A tip that no desk ever held stays until `never_held`.
/// Returns how many. With `count`, also adds them to the lanes' counters in the same transactions.
pub(super) async fn clear_before(
    engine: &Engine,
    day: i64,
    never_held: i64,
    count: bool,
) -> Result<u64, Error> {
    let mut tx = engine.begin_read().await?;
    let mut slots: Vec<(i64, i64, i64)> = on!(&mut tx, |connection| query_as(EXPIRED_BEFORE)
        .bind(NO_LEASE)
        .bind(day)
        .bind(never_held)
        .fetch_all(connection)
        .await)?;
    drop(tx);
    slots.sort_unstable();
    let mut tips = 0;
    for run in runs(&slots, MOST_CLEARED) {
        let mut tx = engine.begin().await?;
        let gone = on!(&mut tx, |connection| {
            let mut q = query_as::<_, (i64,)>(with_rows(CLEAR_EXPIRED, 5, 1, run.len()));
            q = q
                .bind(NO_LEASE)
                .bind(vec![0_u8; 16])
                .bind(vec![0_u8; 32])
                .bind(day)
                .bind(never_held);
            for (number, ..) in run {
                q = q.bind(*number);
            }
            q.fetch_all(connection).await
        })?;
        let cleared: Vec<_> = run
            .iter()
            .filter(|(number, ..)| gone.contains(&(*number,)))
            .collect();
        empty_bodies(
            &mut tx,
            &cleared
                .iter()
                .map(|(number, class, _)| (*number, class_of(*class)))
                .collect::<Vec<_>>(),
        )
        .await?;
        let mut lanes = BTreeMap::<i64, i64>::new();
        for (_, _, lane) in &cleared {
            *lanes.entry(*lane).or_default() += 1;
        }
        for (lane, tips) in lanes.into_iter().filter(|_| count) {
            change!(&mut tx, |connection| query(COUNT_EXPIRED)
                .bind(tips)
                .bind(lane)
                .execute(connection)
                .await)?;
        }
        tips += cleared.len() as u64;
        tx.commit().await?;
        engine.empty_wal().await?;
    }
    Ok(tips)
}
