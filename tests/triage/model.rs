//! Random acts of two officers against a plain model: no sequence of acts by one person takes a
//! danger tip off the open views, and the queue shows exactly the open tips.

use loke::desk::acting::Acting;
use loke::desk::book::{Decision, Outcome, View};
use loke::tip::TipId;

use super::{Team, close, danger, decide, routine, wait};

/// Steps in `.ci/run`. `LOKE_TRIAGE_STEPS` sets another number.
const STEPS: usize = 10_000;

/// A small generator (SplitMix64), so that a seed repeats a run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }
}

/// A tip as the model knows it.
struct Known {
    id: TipId,
    danger: bool,
    open: bool,
    /// Those who had a part in what happened since it was last open to everyone.
    closers: Vec<&'static str>,
}

#[tokio::test]
async fn p17_no_sequence_of_acts_by_one_person_takes_a_danger_tip_off_the_open_views() {
    let steps = std::env::var("LOKE_TRIAGE_STEPS");
    let steps = steps.map_or(STEPS, |steps| steps.parse().unwrap());
    let seed = std::env::var("LOKE_SEED").map_or_else(
        |_| u64::from_le_bytes(loke::random::bytes().unwrap()),
        |seed| seed.parse().unwrap(),
    );
    println!("LOKE_SEED={seed}");
    let mut dice = Dice(seed);
    let mut left = steps;
    while left > 0 {
        let some = left.min(2_500);
        run(&mut dice, some).await;
        left -= some;
    }
}

/// Some steps on a fresh desk.
async fn run(dice: &mut Dice, steps: usize) {
    let team = Team::new().await;
    let mut tips: Vec<Known> = Vec::new();
    for step in 0..steps {
        if tips.len() < 12 || dice.roll(40) == 0 && tips.len() < 40 {
            let danger_ticked = dice.roll(2) == 0;
            let words = format!("tip {step}");
            let tip = if danger_ticked {
                danger(&words)
            } else {
                routine(&words)
            };
            let id = team.keep(&tip).await;
            tips.push(Known {
                id,
                danger: danger_ticked,
                open: true,
                closers: Vec::new(),
            });
            continue;
        }
        let who = dice.roll(2);
        let (actor, name): (&Acting, &'static str) = match who {
            0 => (&team.ann, "ann"),
            _ => (&team.ben, "ben"),
        };
        let at = dice.roll(tips.len());
        let other = tips[dice.roll(tips.len())].id;
        let undo = dice.roll(12) == 0;
        let before: Vec<bool> = tips.iter().map(|tip| tip.open).collect();
        // A decision about a holder is one about all that is folded into it.
        let mut decided = team.book().folded_into(tips[at].id).await.unwrap();
        decided.push(tips[at].id);
        let mut agreed = false;
        let done;
        if undo {
            done = actor.undo().await.is_ok();
        } else {
            let decision = match dice.roll(11) {
                0 => Decision::Take,
                1 => Decision::HandOver {
                    to: if who == 0 { "ben" } else { "ann" }.into(),
                },
                2 => wait(i32::try_from(dice.roll(12)).unwrap(), team.clock.today()),
                3 => close(Outcome::Spam),
                4 => close(Outcome::CouldNotAct),
                5 | 6 => Decision::Fold { into: other },
                7 => Decision::Unfold,
                8 => Decision::Reopen,
                9 => Decision::Agree,
                _ => Decision::Disagree { why: String::new() },
            };
            let agrees = decision == Decision::Agree;
            done = decide(actor, tips[at].id, decision).await.is_ok();
            agreed = done && agrees;
        }
        if !done {
            continue;
        }
        let after = open_now(&team, &tips).await;
        for (n, tip) in tips.iter_mut().enumerate() {
            tip.open = after[n];
            if before[n] && !after[n] && tip.danger {
                // Either the second person agreed, or a person undid what they themselves had
                // opened again after two had closed it.
                let agreed = agreed && decided.contains(&tip.id);
                assert!(agreed || undo, "step {step}: {name} alone closed {n}");
                if undo {
                    assert!(
                        tip.closers.len() > 1,
                        "step {step}: {name} closed {n} by an undo"
                    );
                }
                tip.closers = vec!["ann", "ben"];
            }
        }
        if step % 50 == 0 {
            whole(&team, &tips, step).await;
        }
    }
    whole(&team, &tips, steps).await;
    team.ann.verify(|| {}).await.unwrap();
}

async fn open_now(team: &Team, tips: &[Known]) -> Vec<bool> {
    let open = team
        .book()
        .queue(&loke::desk::book::Filter::default())
        .await;
    let open: Vec<TipId> = open.unwrap().into_iter().map(|row| row.id).collect();
    let mut states = Vec::with_capacity(tips.len());
    for tip in tips {
        // A folded tip is in sight as long as its holder is.
        let holder = team.book().holder(tip.id).await.unwrap();
        states.push(open.contains(&holder));
    }
    states
}

/// The views together show every open tip, the counts are those of the lists, and each tip has one
/// holder.
async fn whole(team: &Team, tips: &[Known], step: usize) {
    let counts = team.ann.counts().await.unwrap();
    for view in View::ALL.iter().filter(|view| **view != View::All) {
        let filter = loke::desk::book::Filter {
            view: *view,
            ..Default::default()
        };
        let listed = team.book().queue(&filter).await.unwrap().len();
        assert_eq!(
            counts.get(view).copied().unwrap_or(0),
            i64::try_from(listed).unwrap(),
            "step {step}: {view}"
        );
    }
    for tip in tips {
        let triage = team.book().triage(tip.id).await.unwrap().triage;
        let holder = team.book().holder(tip.id).await.unwrap();
        assert_eq!(
            holder == tip.id,
            triage.folded_into.is_none(),
            "step {step}"
        );
    }
}
