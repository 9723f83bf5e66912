//! All that an attacker with the files of three partners sees of each report, and every way in which the test
//! tries to join them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use age::x25519;
use loke::digest::sha256;

use super::super::open_as;

/// Bytes of a piece that two files may share.
const PIECE: usize = 16;
/// The probability of a wrong alarm of one attack.
const ALARM: f64 = 1e-6;

/// A datum that the control shares between the parts on purpose.
pub(super) const CONTROLS: [&str; 5] = [
    "file name: same beginning",
    "report.json field batch: same value",
    "report.pdf: same pieces",
    "photo-1.jpg: same pieces",
    "came at: near each other",
];

/// A report as the attacker has it.
#[derive(Clone)]
pub(super) struct Observed {
    /// Texts: compared as equal, and by their common beginning.
    texts: BTreeMap<String, String>,
    /// Numbers: compared as equal, and by their distance.
    numbers: BTreeMap<String, i64>,
    /// All pieces of a file's bytes, sorted: compared one by one.
    pieces: BTreeMap<String, Vec<u128>>,
}

impl Observed {
    pub(super) fn of(file: &Path, key: &x25519::Identity, came: i64, rank: usize) -> Self {
        let sealed = std::fs::read(file).unwrap();
        let (mut texts, mut numbers, mut pieces) =
            (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let name = file.file_name().unwrap().to_str().unwrap();
        texts.insert("file name".to_owned(), name.to_owned());
        numbers.insert("size when sealed".to_owned(), sealed.len() as i64);
        for (what, unit) in [("came at", 1), ("day", 86_400)] {
            numbers.insert(what.to_owned(), came / unit);
        }
        numbers.insert("hour of the day".to_owned(), came % 86_400 / 3_600);
        numbers.insert("order of arrival".to_owned(), rank as i64);
        let end = sealed.windows(5).position(|w| w == b"\n--- ").unwrap();
        pieces.insert("age header".to_owned(), pieces_of(&sealed[..end]));
        numbers.insert("age header, length".to_owned(), end as i64);
        for (at, (name, content)) in open_as(key, &sealed).into_iter().enumerate() {
            numbers.insert(format!("{name}, length"), content.len() as i64);
            numbers.insert(format!("{name}, place in the tar"), at as i64);
            texts.insert(format!("{name}, digest"), hex::encode(sha256(&content)));
            if name == "report.json" {
                let json: BTreeMap<String, serde_json::Value> =
                    serde_json::from_slice(&content).unwrap();
                for (field, value) in json {
                    texts.insert(format!("report.json field {field}"), value.to_string());
                }
            }
            if name == "report.pdf" {
                for mark in ["/ID", "/CreationDate", "/ModDate", "/Producer", "/Title"] {
                    let found = memchr::memmem::find(&content, mark.as_bytes());
                    let found = found.map(|at| &content[at..(at + 60).min(content.len())]);
                    let found = String::from_utf8_lossy(found.unwrap_or_default());
                    texts.insert(format!("report.pdf {mark}"), found.into_owned());
                }
                for tag in ["CreateDate>", "ModifyDate>", "DocumentID>", "InstanceID>"] {
                    let found = memchr::memmem::find(&content, tag.as_bytes());
                    let found = found.map(|at| &content[at..(at + 60).min(content.len())]);
                    let found = String::from_utf8_lossy(found.unwrap_or_default());
                    texts.insert(format!("report.pdf XMP {tag}"), found.into_owned());
                }
                let objects = memchr::memmem::find_iter(&content, b" obj").count();
                numbers.insert("report.pdf, objects".to_owned(), objects as i64);
            }
            if name.ends_with(".jpg") {
                let tables = content.len().min(700);
                texts.insert(format!("{name}, tables"), hex::encode(&content[2..tables]));
            }
            pieces.insert(name, pieces_of(&content));
        }
        Self {
            texts,
            numbers,
            pieces,
        }
    }

    /// Only this datum of it.
    fn only(&self, datum: &str) -> Self {
        let mut only = self.clone();
        only.texts.retain(|name, _| name == datum);
        only.numbers.retain(|name, _| name == datum);
        only.pieces.retain(|name, _| name == datum);
        only
    }

    /// The same report with a datum that all parts share.
    fn with(&self, shared: &str, others: &[Self]) -> Self {
        let mut changed = self.clone();
        let first = &others[0];
        match shared {
            "file name: same beginning" => {
                let name = format!("00ff{}", &self.texts["file name"][4..]);
                changed.texts.insert("file name".into(), name);
            }
            "report.json field batch: same value" => {
                let field = "report.json field batch".to_owned();
                changed.texts.insert(field, "17".into());
            }
            "came at: near each other" => {
                changed
                    .numbers
                    .insert("came at".into(), first.numbers["came at"]);
            }
            _ => {
                let file = shared.split(':').next().unwrap();
                let pieces = changed.pieces.get_mut(file).unwrap();
                // As long as a mark in the file's data, since the files have some pieces in common by chance.
                let links = |link: &[u8; 32]| Some(sha256(link));
                let mark = std::iter::successors(Some(sha256(b"mark")), links);
                let mark: Vec<u8> = mark.take(64).flatten().collect();
                pieces.extend(pieces_of(&mark));
                pieces.sort_unstable();
            }
        }
        changed
    }
}

/// Every run of [`PIECE`] bytes, sorted.
fn pieces_of(bytes: &[u8]) -> Vec<u128> {
    let windows = bytes.windows(PIECE);
    let mut pieces: Vec<u128> = windows
        .map(|w| u128::from_le_bytes(w.try_into().unwrap()))
        .collect();
    pieces.sort_unstable();
    pieces.dedup();
    pieces
}

/// How near three reports are, by each attack. The attacker takes the nearer three.
fn scores(three: &[Observed], others: &[Observed]) -> BTreeMap<String, f64> {
    let mut scores = BTreeMap::new();
    let pairs = [(0, 1), (0, 2), (1, 2)];
    let all = || three.iter().chain(others);
    let names: BTreeSet<&String> = all().flat_map(|o| o.texts.keys()).collect();
    for name in names {
        let value = |n: usize| three[n].texts.get(name);
        let same = |(a, b): (usize, usize)| value(a).is_some() && value(a) == value(b);
        let equal = pairs.into_iter().filter(|pair| same(*pair)).count();
        scores.insert(format!("{name}: same value"), equal as f64);
        let common = |(a, b): (usize, usize)| match (value(a), value(b)) {
            (Some(a), Some(b)) => a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count(),
            _ => 0,
        };
        let common: usize = pairs.into_iter().map(common).sum();
        scores.insert(format!("{name}: same beginning"), common as f64);
        let there = (0..3).filter(|n| value(*n).is_some()).count();
        scores.insert(format!("{name}: is there"), there as f64);
    }
    let names: BTreeSet<&String> = all().flat_map(|o| o.numbers.keys()).collect();
    for name in names {
        let of = three.iter().filter_map(|o| o.numbers.get(name)).copied();
        let of: Vec<i64> = of.collect();
        let (Some(least), Some(most)) = (of.iter().min(), of.iter().max()) else {
            continue;
        };
        let equal = pairs.into_iter().filter(|(a, b)| of.get(*a) == of.get(*b));
        scores.insert(format!("{name}: same number"), equal.count() as f64);
        let apart = (most - least) as f64;
        scores.insert(format!("{name}: near each other"), -apart);
        let mut sorted = of.clone();
        sorted.sort_unstable();
        let steps: Vec<i64> = sorted.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let even = steps.first().zip(steps.last()).map(|(a, b)| (a - b).abs());
        let even = even.unwrap_or_default() as f64;
        scores.insert(format!("{name}: even steps"), -even);
    }
    let names: BTreeSet<&String> = all().flat_map(|o| o.pieces.keys()).collect();
    for name in names {
        let of = |o: &Observed| o.pieces.get(name).cloned().unwrap_or_default();
        let own: Vec<Vec<u128>> = three.iter().map(of).collect();
        let usual: Vec<Vec<u128>> = others.iter().map(of).collect();
        let has = |all: &[u128], piece: &u128| all.binary_search(piece).is_ok();
        let shared = |(a, b): (usize, usize)| {
            let both = own[a].iter().filter(|piece| has(&own[b], piece));
            both.filter(|piece| !usual.iter().any(|other| has(other, piece)))
                .count()
        };
        let shared: usize = pairs.into_iter().map(shared).sum();
        scores.insert(format!("{name}: same pieces"), shared as f64);
    }
    scores
}

/// The attacks, each with how often it was right.
#[derive(Default)]
pub(super) struct Tried {
    rounds: u32,
    /// Right counts two, a tie one.
    right: BTreeMap<String, u32>,
    controls: BTreeMap<&'static str, u32>,
}

impl Tried {
    pub(super) fn compare(&mut self, parts: &[Observed], others: &[Observed]) {
        self.rounds += 1;
        let (mine, theirs) = (scores(parts, others), scores(others, parts));
        for (attack, score) in &mine {
            let other = theirs.get(attack).copied().unwrap_or_default();
            *self.right.entry(attack.clone()).or_default() += right(*score, other);
        }
    }

    /// The same attack if the parts share a datum.
    pub(super) fn control(
        &mut self,
        shared: &'static str,
        parts: &[Observed],
        others: &[Observed],
    ) {
        let datum = shared.split([':', ',']).next().unwrap();
        let only = |o: &Observed| o.only(datum);
        let doctored: Vec<Observed> = parts.iter().map(|o| o.with(shared, parts)).collect();
        let doctored: Vec<Observed> = doctored.iter().map(only).collect();
        let others: Vec<Observed> = others.iter().map(only).collect();
        let mine = scores(&doctored, &others)[shared];
        let theirs = scores(&others, &doctored).get(shared).copied();
        let right = right(mine, theirs.unwrap_or_default());
        *self.controls.entry(shared).or_default() += right;
    }

    pub(super) fn print(&self) {
        println!("tried in {} rounds, right in:", self.rounds);
        for (attack, right) in &self.right {
            println!("  {:>5.1}  {attack}", f64::from(*right) / 2.0);
        }
        for (control, right) in &self.controls {
            println!("control with {control}: {}", right / 2);
        }
    }

    /// # Panics
    /// If an attack is right, or wrong, more often than chance is, or the control is not.
    pub(super) fn judge(&self) {
        let bound = bound(self.rounds);
        for (attack, right) in &self.right {
            let far = f64::from(*right).max(f64::from(2 * self.rounds - *right)) / 2.0;
            assert!(
                far < f64::from(bound),
                "{attack}: {far} of {}, chance is below {bound}",
                self.rounds
            );
        }
        for (control, right) in &self.controls {
            assert!(*right >= 2 * bound, "the control {control}: {right}");
        }
        assert!(self.right.len() > 60, "only {} attacks", self.right.len());
    }
}

fn right(score: f64, other: f64) -> u32 {
    match score.total_cmp(&other) {
        std::cmp::Ordering::Greater => 2,
        std::cmp::Ordering::Equal => 1,
        std::cmp::Ordering::Less => 0,
    }
}

/// The count that a fair coin reaches in so many rounds with a probability below [`ALARM`], or every round.
fn bound(rounds: u32) -> u32 {
    let mut probability = 0.5_f64.powi(rounds as i32);
    let (mut tail, mut count) = (0.0, rounds);
    loop {
        tail += probability;
        if tail > ALARM {
            return (count + 1).min(rounds);
        }
        let (of, above) = (f64::from(count), f64::from(rounds - count + 1));
        probability *= of / above;
        count -= 1;
    }
}

#[test]
fn chance_is_what_a_fair_coin_does() {
    assert_eq!((bound(20), bound(10)), (20, 10));
    assert!((130..150).contains(&bound(200)), "{}", bound(200));
}
