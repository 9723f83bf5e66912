//! The steps of a run: drawn by chance, and made fewer when a run failed.

use loke::clock::Day;
use loke::desk::book::{Decision, Outcome};
use loke::tip::TipId;

use super::plain::OFFICERS;
use crate::house::chance::Chance;

/// A decision. Tips and officers are numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    Take,
    HandOver,
    HandOn,
    Wait(Day),
    Close(Outcome),
    Reopen,
    Fold(usize),
    Unfold,
    Agree,
    Disagree,
    /// The report that the officer wrote arrived.
    Routed,
    /// The desk's own.
    Wake,
}

/// One step. Numbers of tips are taken modulo the tips that there are, so that a run still has a
/// meaning without some of its steps.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Arrives {
        danger: bool,
        thread: Option<u8>,
    },
    Decides {
        who: usize,
        tips: Vec<usize>,
        what: What,
        alone: bool,
    },
    /// The same with a wait of some days.
    Waits {
        who: usize,
        tip: usize,
        days: i32,
    },
    Undoes {
        who: usize,
    },
    SignsIn {
        who: usize,
    },
    DayPasses,
}

/// Draws a run.
pub(super) fn draw(chance: &mut Chance, steps: usize) -> Vec<Step> {
    (0..steps).map(|_| one(chance)).collect()
}

fn one(chance: &mut Chance) -> Step {
    let mut below = |n: u64| usize::try_from(chance.below(n)).unwrap();
    let (who, tip, other) = (below(2), below(1_000), below(1_000));
    let outcomes = Outcome::ALL;
    let what = match below(100) {
        0..6 => {
            let thread = [None, Some(0), Some(1)][below(3)];
            let danger = below(2) == 0;
            return Step::Arrives { danger, thread };
        }
        6..19 => return Step::Undoes { who },
        19..22 => return Step::SignsIn { who },
        22..25 => return Step::DayPasses,
        25..31 => {
            let days = i32::try_from(below(13)).unwrap();
            return Step::Waits { who, tip, days };
        }
        31..36 => What::Take,
        36..39 => What::HandOver,
        39..41 => What::HandOn,
        41..55 => What::Close(outcomes[below(outcomes.len() as u64)]),
        55..64 => What::Reopen,
        64..74 => What::Fold(other),
        74..80 => What::Unfold,
        80..94 => What::Agree,
        94..98 => What::Disagree,
        _ => What::Routed,
    };
    let mut tips = vec![tip];
    // As the page of the queue offers it: what is done to one tip, to several at once.
    let in_bulk = matches!(
        what,
        What::Take | What::Close(_) | What::Fold(_) | What::Agree
    );
    if in_bulk && below(5) == 0 {
        tips.extend([tip + 1, tip + 3]);
    }
    let alone = matches!(what, What::Close(_)) && below(4) == 0;
    Step::Decides {
        who,
        tips,
        what,
        alone,
    }
}

/// The desk's form of a decision of this officer.
pub(super) fn decision(what: &What, who: usize, ids: &[TipId]) -> Decision {
    let other = || OFFICERS[1 - who].to_owned();
    match what {
        What::Take => Decision::Take,
        What::HandOver => Decision::HandOver { to: other() },
        What::HandOn => Decision::HandOn { to: other() },
        What::Wait(until) => Decision::Wait {
            for_whom: "the landlord".into(),
            outside: true,
            until: *until,
        },
        What::Close(outcome) => Decision::Close {
            outcome: *outcome,
            why: "a reason".into(),
        },
        What::Reopen => Decision::Reopen,
        What::Fold(into) => Decision::Fold { into: ids[*into] },
        What::Unfold => Decision::Unfold,
        What::Agree => Decision::Agree,
        What::Disagree => Decision::Disagree { why: String::new() },
        What::Routed => Decision::Routed,
        What::Wake => unreachable!("officers do not wake tips"),
    }
}

/// Leaves out steps as long as `fails` says that the run still fails: halves first, then fewer.
/// Returns the shortest run that it found, with the fault of its last step.
pub(super) async fn shrink(
    mut steps: Vec<Step>,
    mut said: (usize, String),
    mut fails: impl AsyncFnMut(&[Step]) -> Option<(usize, String)>,
) -> (Vec<Step>, String) {
    steps.truncate(said.0 + 1);
    let mut chunk = steps.len().div_ceil(2);
    loop {
        let mut at = 0;
        while at < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(at..(at + chunk).min(steps.len()));
            match fails(&fewer).await {
                Some(still) => {
                    fewer.truncate(still.0 + 1);
                    (steps, said) = (fewer, still);
                }
                None => at += chunk,
            }
        }
        if chunk <= 1 {
            return (steps, said.1);
        }
        chunk = chunk.div_ceil(2);
    }
}
