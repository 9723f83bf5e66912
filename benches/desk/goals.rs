//! Each figure beside its goal. With `LOKE_DEEP`, which `.ci/deep` sets, a missed goal fails the bench.

use std::sync::Mutex;

/// The goals that were missed.
static MISSED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Prints a figure that must not be above its goal.
pub(crate) fn at_most(figure: &str, value: f64, goal: f64, unit: &str) {
    judge(figure, value, ("at most", goal), unit, value <= goal);
}

/// Prints a figure that must not be below its goal.
pub(crate) fn at_least(figure: &str, value: f64, goal: f64, unit: &str) {
    judge(figure, value, ("at least", goal), unit, value >= goal);
}

fn judge(figure: &str, value: f64, (bound, goal): (&str, f64), unit: &str, is_met: bool) {
    let digits = if goal < 10.0 { 3 } else { 1 };
    let end = if is_met { "" } else { " MISSED" };
    let line = format!("{figure}: {value:.digits$}{unit} (goal: {bound} {goal}{unit}){end}");
    println!("  {line}");
    if !is_met {
        MISSED.lock().unwrap().push(line);
    }
}

/// Fails if a goal was missed and the bench is to judge.
pub(crate) fn finish() {
    let missed = MISSED.lock().unwrap();
    println!("\ngoals missed: {}", missed.len());
    if std::env::var_os("LOKE_DEEP").is_some() {
        assert!(missed.is_empty(), "{}", missed.join("\n"));
    }
}
