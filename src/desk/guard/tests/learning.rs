//! Learns the weights of words from the replies of the test sets: a linear support vector machine,
//! trained by dual coordinate descent (Hsieh and others, 2008). Before it, each feature is scaled by how
//! unequally the two kinds of replies have it (after Wang and Manning, 2012). It uses no chance and only
//! exact operations, so the same sets always make the same file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::guard::weights::{ANY, features};

/// How often all replies are gone through.
const ROUNDS: usize = 120;
/// In fewer replies a feature is left out.
const REPLIES: usize = 3;
/// The least scale of a feature, and what is added to it if only one kind of replies has the feature.
const LEAST: f64 = 0.1;
const UNEQUAL: f64 = 1.8;
/// Smaller weights are left out.
const SMALLEST: f64 = 0.05;
/// The stride through the replies is a prime number, so that neighbours do not follow each other.
const STRIDE: usize = 7919;

const HEAD: &str =
    "# Weights of words in replies, most for holding first. A star is in place of a word's ending.
# Learned from tests/data/guard/ and rules/replies/ (README.md says how). Do not edit.
";

/// A reply to learn from.
pub(super) struct Reply {
    pub(super) must_be_held: bool,
    pub(super) text: String,
    /// The cost of having it on the wrong side.
    pub(super) cost: f64,
}

/// The file of weights for these replies.
pub(super) fn learned(replies: &[Reply]) -> String {
    let sets: Vec<_> = replies.iter().map(|reply| features(&reply.text)).collect();
    let mut seen: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for (set, reply) in sets.iter().zip(replies) {
        for feature in set {
            seen.entry(feature).or_default()[usize::from(reply.must_be_held)] += 1;
        }
    }
    seen.retain(|_, [free, held]| *free + *held >= REPLIES);
    let scales: Vec<f64> = seen.values().map(scale).collect();
    let numbers: BTreeMap<&str, usize> = seen.keys().enumerate().map(|(n, f)| (*f, n)).collect();
    let rows: Vec<Row> = sets
        .iter()
        .zip(replies)
        .map(|(set, reply)| {
            let length = (set.len() as f64).sqrt().max(1.0);
            let known = set.iter().filter_map(|f| numbers.get(f.as_str()));
            let values = known.map(|n| (*n, scales[*n] / length)).collect();
            Row {
                side: if reply.must_be_held { 1.0 } else { -1.0 },
                slack: 0.5 / reply.cost,
                values,
            }
        })
        .collect();
    let (weights, bias) = trained(&rows, scales.len());
    let weights: Vec<f64> = weights.iter().zip(&scales).map(|(w, s)| w * s).collect();
    let mut lines: Vec<(i32, &str)> = seen
        .keys()
        .zip(&weights)
        .filter(|(_, weight)| weight.abs() >= SMALLEST)
        .map(|(name, weight)| ((weight * 100.0).round() as i32, *name))
        .collect();
    lines.push(((bias * 100.0).round() as i32, ANY));
    lines.sort_by_key(|(weight, name)| (-weight, *name));
    let mut file = HEAD.to_owned();
    for (weight, name) in lines {
        writeln!(file, "{:.2}\t{name}", f64::from(weight) / 100.0).unwrap();
    }
    file
}

/// A reply.
struct Row {
    /// 1 if it must be held, otherwise -1.
    side: f64,
    /// How far it may be on the wrong side: half of the inverse of its cost.
    slack: f64,
    /// The numbers of its features, and their values.
    values: Vec<(usize, f64)>,
}

/// How unequally the replies of both kinds have a feature.
fn scale([free, held]: &[usize; 2]) -> f64 {
    let (free, held) = (*free as f64 + 1.0, *held as f64 + 1.0);
    let unequal = (held - free) / (held + free);
    if unequal == 0.0 {
        return 0.0;
    }
    LEAST.copysign(unequal) + UNEQUAL * unequal
}

/// A weight for each feature, and the one that every reply has.
fn trained(rows: &[Row], size: usize) -> (Vec<f64>, f64) {
    let mut weights = vec![0.0; size];
    let mut bias = 0.0;
    let mut costs = vec![0.0_f64; rows.len()];
    for round in 0..ROUNDS {
        for step in 0..rows.len() {
            let at = (step * STRIDE + round) % rows.len();
            let row = &rows[at];
            let (mut sum, mut square) = (bias, 1.0);
            for (n, value) in &row.values {
                sum += weights[*n] * value;
                square += value * value;
            }
            let slope = row.side * sum - 1.0 + costs[at] * row.slack;
            let cost = (costs[at] - slope / (square + row.slack)).max(0.0);
            let change = (cost - costs[at]) * row.side;
            costs[at] = cost;
            bias += change;
            for (n, value) in &row.values {
                weights[*n] += change * value;
            }
        }
    }
    (weights, bias)
}
