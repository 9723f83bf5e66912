//! The attacker's program: it has the copies, and guesses. The truth only judges the guesses.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use loke::reply_rows::{COVER, ROW_SEALED, RowName};

use super::month::{Copy, Month, SeenRow};

pub(super) const ROWS_BY_NAME: &str = "a row of the next day, by name";
pub(super) const TIPS_TO_ROWS: &str = "the row of a new tip, by what is new";
pub(super) const FORGET_HAPPENED: &str = "an hour with a forget, by the number of changed rows";
pub(super) const FORGET_ELSEWHERE: &str =
    "an hour with a forget, by the other tables and the file's size";
pub(super) const FORGOTTEN_ROW: &str = "the forgotten row among the changed ones";

/// The numbers of the first book's rows.
const FIRST_BOOK: std::ops::Range<i64> = 16 << 20..17 << 20;

/// The outcome of one way to guess.
pub(super) struct Figure {
    pub(super) what: &'static str,
    tries: usize,
    hits: f64,
    /// The hits of somebody who guesses without the copies.
    chance: f64,
    /// Their standard deviation; 0 if the hits are an exact expectation.
    spread: f64,
}

impl Figure {
    pub(super) fn is_better(&self) -> bool {
        (self.hits - self.chance).abs() > 4.0 * self.spread + 1e-6
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            tries,
            hits,
            chance,
            spread,
        } = self;
        write!(
            f,
            "{what}: {hits:.2} of {tries}, by chance {chance:.2} ± {spread:.2}"
        )
    }
}

/// Guesses that are right or wrong, each right by chance once in `of`.
fn counted(what: &'static str, tries: usize, hits: usize, of: usize) -> Figure {
    let chance = tries as f64 / of as f64;
    Figure {
        what,
        tries,
        hits: hits as f64,
        chance,
        // A little more than Poisson's, for small numbers.
        spread: chance.sqrt() + 0.75,
    }
}

/// The first book's rows of a copy.
fn rows(copy: &Copy) -> BTreeMap<i64, &SeenRow> {
    copy.rows
        .range(FIRST_BOOK)
        .map(|(number, row)| (*number, row))
        .collect()
}

fn names(copy: &Copy) -> BTreeSet<RowName> {
    rows(copy).values().map(|row| row.name).collect()
}

/// The rows that differ between two copies.
fn changed(before: &Copy, after: &Copy) -> BTreeSet<i64> {
    let before = rows(before);
    let differs = |(number, row): &(i64, &SeenRow)| before.get(number) != Some(row);
    rows(after)
        .into_iter()
        .filter(differs)
        .map(|(number, _)| number)
        .collect()
}

/// The hours in which a tip arrived, as the slots show.
fn arrivals(month: &Month) -> BTreeSet<usize> {
    let hours = month.copies.windows(2).zip(1..);
    let arrived = |pair: &[Copy]| {
        let known = |(number, digest): (&i64, &[u8; 32])| pair[0].tips.get(number) == Some(digest);
        !pair[1].tips.iter().all(known)
    };
    let hours = hours.filter(|(pair, _)| arrived(pair));
    hours.map(|(_, hour)| hour).collect()
}

pub(super) fn attack(month: &Month) -> Vec<Figure> {
    let first = month.truth.replaced[0].0;
    let number = rows(&month.copies[first]).len();
    for copy in &month.copies[first..] {
        let rows = rows(copy);
        assert_eq!(rows.len(), number, "the number of rows is always the same");
        assert!(
            rows.values().all(|row| row.size == ROW_SEALED),
            "and so is their size"
        );
    }
    let mut figures = Vec::from(days(month, number));
    figures.extend(new_tips(month, number));
    figures.extend(hours(month));
    figures.extend(looks(month, number));
    figures.push(elsewhere(month));
    figures
}

/// Rows of one box on two days.
fn days(month: &Month, number: usize) -> [Figure; 3] {
    let (mut tries, mut by_name, mut by_place, mut by_order) = (0, 0.0, 0, 0);
    for pair in month.truth.replaced.windows(2) {
        let [(a, boxes_a), (b, boxes_b)] = pair else {
            continue;
        };
        let (copy_a, copy_b) = (rows(&month.copies[*a]), rows(&month.copies[*b]));
        let place = |rows: &BTreeMap<i64, &SeenRow>, name: RowName| {
            let found = rows.iter().find(|(_, row)| row.name == name);
            found.map(|(number, _)| *number)
        };
        let order = |rows: &BTreeMap<i64, &SeenRow>, name: RowName| {
            rows.values().filter(|row| row.name < name).count()
        };
        let mut taken = BTreeSet::new();
        for (name_a, of) in boxes_a {
            let Some((name_b, _)) = boxes_b
                .iter()
                .find(|(name, other)| *other == of && !taken.contains(*name))
            else {
                continue;
            };
            let (Some(at_a), Some(at_b)) = (place(&copy_a, *name_a), place(&copy_b, *name_b))
            else {
                continue;
            };
            taken.insert(*name_b);
            tries += 1;
            by_place += usize::from(at_a == at_b);
            by_order += usize::from(order(&copy_a, *name_a) == order(&copy_b, *name_b));
            by_name += match place(&copy_b, *name_a) {
                Some(same) => f64::from(u8::from(same == at_b)),
                None => 1.0 / number as f64,
            };
        }
    }
    let by_name = Figure {
        what: ROWS_BY_NAME,
        tries,
        hits: by_name,
        chance: tries as f64 / number as f64,
        spread: 0.0,
    };
    [
        by_name,
        counted("a row of the next day, by place", tries, by_place, number),
        counted(
            "a row of the next day, by order of names",
            tries,
            by_order,
            number,
        ),
    ]
}

/// The row that a new tip brought: new in this replacement, and there in the next. The second figure
/// is of tips that came alone, as of a resident who is known to have written on that day.
fn new_tips(month: &Month, number: usize) -> [Figure; 2] {
    let replaced = &month.truth.replaced;
    let (mut all, mut alone) = ((0, 0.0), (0, 0.0));
    for (at, (hour, boxes)) in replaced.iter().enumerate().skip(1) {
        let (before, now) = (
            names(&month.copies[replaced[at - 1].0]),
            names(&month.copies[*hour]),
        );
        let new: BTreeSet<RowName> = now.difference(&before).copied().collect();
        let stays: BTreeSet<RowName> = match replaced.get(at + 1) {
            Some((next, _)) => new
                .intersection(&names(&month.copies[*next]))
                .copied()
                .collect(),
            None => BTreeSet::new(),
        };
        let guesses = if stays.is_empty() { new } else { stays };
        let since = replaced[at - 1].0;
        let arrived = month
            .truth
            .first
            .iter()
            .filter(|(when, _)| (since..*hour).contains(when));
        let arrived: Vec<usize> = arrived.map(|(_, number)| *number).collect();
        for of in &arrived {
            let mine: Vec<_> = boxes.iter().filter(|(_, other)| *other == of).collect();
            let [(name, _)] = mine[..] else { continue };
            if !now.contains(name) {
                continue;
            }
            let hit = f64::from(u8::from(guesses.contains(name))) / guesses.len() as f64;
            all = (all.0 + 1, all.1 + hit);
            if arrived.len() == 1 {
                alone = (alone.0 + 1, alone.1 + hit);
            }
        }
    }
    let figure = |what, (tries, hits): (usize, f64)| Figure {
        what,
        tries,
        hits,
        chance: tries as f64 / number as f64,
        spread: 0.0,
    };
    [
        figure(TIPS_TO_ROWS, all),
        figure("the row of a tip that came alone", alone),
    ]
}

/// The changes within the hours without a replacement.
fn hours(month: &Month) -> [Figure; 3] {
    let truth = &month.truth;
    let replaced: BTreeSet<usize> = truth.replaced.iter().map(|(hour, _)| *hour).collect();
    let first = truth.replaced[0].0;
    let mut counts = BTreeMap::new();
    let mut earlier = BTreeSet::new();
    let (mut tries, mut hits, mut chance) = (0, 0.0, 0.0);
    for hour in first + 1..month.copies.len() {
        if replaced.contains(&hour) {
            earlier.clear();
            continue;
        }
        let now = changed(&month.copies[hour - 1], &month.copies[hour]);
        counts.insert(hour, now.len());
        // A row that changes twice between two replacements was empty the second time.
        let guesses: BTreeSet<i64> = now.difference(&earlier).copied().collect();
        let forgotten = truth
            .forgets
            .iter()
            .filter(|(when, rows)| *when == hour && !rows.is_empty());
        for (_, rows) in forgotten {
            let found = rows.iter().filter(|row| guesses.contains(row)).count();
            tries += 1;
            hits += found as f64 / guesses.len() as f64;
            chance += rows.len() as f64 / f64::from(COVER).max(rows.len() as f64);
        }
        earlier.extend(now);
    }
    let forgets = truth.forgets.iter().map(|(hour, _)| *hour).collect();
    [
        told_apart(FORGET_HAPPENED, &counts, &forgets),
        told_apart(
            "an hour with a message, by the number of changed rows",
            &counts,
            &arrivals(month),
        ),
        Figure {
            what: FORGOTTEN_ROW,
            tries,
            hits,
            chance,
            spread: 0.0,
        },
    ]
}

/// Whether the tables besides that of the reply rows tell a "forget" from another message.
fn elsewhere(month: &Month) -> Figure {
    let truth = &month.truth;
    let replaced: BTreeSet<usize> = truth.replaced.iter().map(|(hour, _)| *hour).collect();
    let hours = arrivals(month).into_iter();
    let mut patterns: Vec<Vec<&str>> = Vec::new();
    let mut counts = BTreeMap::new();
    for hour in hours.filter(|hour| !replaced.contains(hour)) {
        let (before, now) = (&month.copies[hour - 1].rest, &month.copies[hour].rest);
        assert_eq!(before.len(), now.len(), "the tables are always the same");
        let differs = now
            .iter()
            .filter(|(table, digest)| before.get(*table) != Some(digest));
        let pattern: Vec<&str> = differs.map(|(table, _)| table.as_str()).collect();
        let known = patterns.iter().position(|other| *other == pattern);
        counts.insert(hour, known.unwrap_or(patterns.len()));
        if known.is_none() {
            patterns.push(pattern);
        }
    }
    let forgets = truth.forgets.iter().map(|(hour, _)| *hour).collect();
    let figure = told_apart(FORGET_ELSEWHERE, &counts, &forgets);
    // The best guess fits the patterns of these very hours.
    let spread = (figure.tries as f64).sqrt() / 2.0;
    Figure { spread, ..figure }
}

/// The best guess whether an hour is one of these, from its count alone: by chance half are right.
fn told_apart(
    what: &'static str,
    counts: &BTreeMap<usize, usize>,
    these: &BTreeSet<usize>,
) -> Figure {
    let tries = counts.keys().filter(|hour| these.contains(hour)).count();
    let others = counts.len() - tries;
    let mut of_count: BTreeMap<usize, [usize; 2]> = BTreeMap::new();
    for (hour, count) in counts {
        of_count.entry(*count).or_default()[usize::from(these.contains(hour))] += 1;
    }
    let distance: f64 = of_count
        .values()
        .map(|[no, yes]| {
            (*yes as f64 / tries.max(1) as f64 - *no as f64 / others.max(1) as f64).abs()
        })
        .sum();
    let half = tries as f64 / 2.0;
    Figure {
        what,
        tries,
        hits: half + half * if tries == 0 { 0.0 } else { distance / 2.0 },
        chance: half,
        spread: 0.0,
    }
}

/// Whether rows with a letter look or lie otherwise than the rest.
fn looks(month: &Month, number: usize) -> [Figure; 2] {
    let (mut tries, mut place, mut bytes) = (0_usize, 0.0, 0.0);
    for (hour, boxes) in &month.truth.replaced {
        for (at, row) in rows(&month.copies[*hour]).values().enumerate() {
            if boxes.contains_key(&row.name) {
                tries += 1;
                place += (at as f64 + 0.5) / number as f64;
                bytes += row.first_bytes as f64 / 255.0 / SeenRow::FIRST as f64;
            }
        }
    }
    let figure = |what, hits, spread: f64| Figure {
        what,
        tries,
        hits,
        chance: tries as f64 / 2.0,
        spread: spread * (tries as f64).sqrt(),
    };
    // The standard deviation of one value between 0 and 1 is 0.2887.
    [
        figure("the places of rows with a letter", place, 0.2887),
        figure(
            "the bytes of rows with a letter",
            bytes,
            0.2897 / (SeenRow::FIRST as f64).sqrt(),
        ),
    ]
}
