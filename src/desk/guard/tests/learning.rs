//! Learns the weights of words from the replies of the test sets: a linear support vector machine,
//! trained by dual coordinate descent (Hsieh and others, 2008). It uses no chance and only exact
//! operations, so the same sets always make the same file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::guard::weights::{ANY, features};

/// How much a reply on the wrong side costs.
const COST: f64 = 1.0;
/// How often all replies are gone through.
const ROUNDS: usize = 150;
/// Smaller weights are left out.
const SMALLEST: f64 = 0.05;
/// The stride through the replies is a prime number, so that neighbours do not follow each other.
const STRIDE: usize = 7919;

const HEAD: &str =
    "# Weights of words in replies, most for holding first. A star is in place of a word's ending.
# Learned from tests/data/guard/ and rules/replies/ (README.md says how). Do not edit.
";

/// The file of weights for these replies, each with whether it must be held.
pub(super) fn learned(replies: &[(bool, String)]) -> String {
    let sets: Vec<_> = replies.iter().map(|(_, text)| features(text)).collect();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for feature in sets.iter().flatten() {
        *seen.entry(feature).or_default() += 1;
    }
    let known = seen.iter().filter(|(_, count)| **count > 1);
    let names: Vec<&str> = known.map(|(name, _)| *name).collect();
    let numbers: BTreeMap<&str, usize> = names.iter().enumerate().map(|(n, f)| (*f, n)).collect();
    let rows: Vec<Vec<usize>> = sets
        .iter()
        .map(|set| {
            set.iter()
                .filter_map(|f| numbers.get(f.as_str()).copied())
                .collect()
        })
        .collect();
    let (weights, bias) = trained(&rows, replies, names.len());
    let mut lines: Vec<(i32, &str)> = names
        .iter()
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

/// A weight for each feature, and the one that every reply has.
fn trained(rows: &[Vec<usize>], replies: &[(bool, String)], size: usize) -> (Vec<f64>, f64) {
    let mut weights = vec![0.0; size];
    let mut bias = 0.0;
    let mut costs = vec![0.0_f64; rows.len()];
    let diagonal = 0.5 / COST;
    for round in 0..ROUNDS {
        for step in 0..rows.len() {
            let at = (step * STRIDE + round) % rows.len();
            let (row, side) = (&rows[at], if replies[at].0 { 1.0 } else { -1.0 });
            let count = row.len() as f64;
            let length = 1.0 / count.max(1.0).sqrt();
            let sum: f64 = row.iter().map(|n| weights[*n]).sum();
            let slope = side * (sum * length + bias) - 1.0 + costs[at] * diagonal;
            let square = if row.is_empty() { 1.0 } else { 2.0 };
            let cost = (costs[at] - slope / (square + diagonal)).max(0.0);
            let change = (cost - costs[at]) * side;
            costs[at] = cost;
            bias += change;
            for n in row {
                weights[*n] += change * length;
            }
        }
    }
    (weights, bias)
}
