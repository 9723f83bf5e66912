//! Random acts of two officers against a plain model of the rules. After each step the desk and the
//! model agree about every tip: its state, owner and holder, the views that list it, the counts, and
//! what each officer can undo. No sequence of acts by one person takes a danger tip out of sight.

mod plain;
mod steps;

use std::collections::BTreeSet;

use loke::clock::Day;
use loke::desk::acting::Acting;
use loke::desk::book::{Decision, Filter, How, NotDecided, Outcome, Triage, View};
use loke::desk::triage::NotActed;
use loke::tip::TipId;

use super::{Team, danger, routine, with};
use crate::house::chance::{self, Chance};
use plain::{Fault, OFFICERS, Plain, Row, Waits};
use steps::{Step, What, decision, draw, shrink};

/// Steps in `.ci/run`. `LOKE_TRIAGE_STEPS` sets another number.
const STEPS: usize = 10_000;
/// Steps on one desk, and its tips: so few that officers meet on the same ones.
const ON_ONE_DESK: usize = 500;
const TIPS: usize = 14;
/// Most days of a run: until then no bank holiday falls on a weekday.
const DAYS: i32 = 30;
/// The views of the model. The other ones list nothing here, or follow a clock.
const VIEWS: [View; 9] = [
    View::Open,
    View::Danger,
    View::RingFirst,
    View::SecondLook,
    View::Mine,
    View::NoOwner,
    View::Waiting,
    View::Sent,
    View::Closed,
];

/// Counts of what happened in a run, so that a test can show that enough did.
#[derive(Debug, Default)]
struct Tally {
    decided: usize,
    refused: usize,
    agreed: usize,
    alone: usize,
    undone: usize,
    /// Danger tips that went out of sight.
    left: usize,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.decided += other.decided;
        self.refused += other.refused;
        self.agreed += other.agreed;
        self.alone += other.alone;
        self.undone += other.undone;
        self.left += other.left;
    }
}

/// A desk and its model.
struct Run {
    team: Team,
    plain: Plain,
    began: Day,
    tally: Tally,
}

/// Plays steps on a fresh desk. A difference is an error with the number of its step.
async fn play(steps: &[Step], fault: Fault) -> Result<Tally, (usize, String)> {
    let team = Team::new().await;
    let began = team.clock.today();
    let mut run = Run {
        plain: Plain::new(began, fault),
        team,
        began,
        tally: Tally::default(),
    };
    for (at, step) in steps.iter().enumerate() {
        let said = async {
            let sight = run.danger_in_sight();
            let who = run.take(step).await?;
            run.nobody_hides_danger_alone(&sight, matches!(step, Step::Undoes { .. }))?;
            run.compare(who).await?;
            if at % 100 == 0 || at + 1 == steps.len() {
                run.compare(1 - who).await?;
                run.counts_are_those_of_the_lists(who).await?;
            }
            Ok(())
        };
        said.await.map_err(|said: String| (at, said))?;
    }
    run.team.ann.verify(|| {}).await.unwrap();
    Ok(run.tally)
}

impl Run {
    fn acting(&self, who: usize) -> &Acting {
        [&self.team.ann, &self.team.ben][who]
    }

    fn ids(&self) -> Vec<TipId> {
        self.plain.tips.iter().map(|tip| tip.id).collect()
    }

    fn danger_in_sight(&self) -> BTreeSet<usize> {
        let all = 0..self.plain.tips.len();
        all.filter(|at| self.plain.tips[*at].danger && self.plain.is_in_sight(*at))
            .collect()
    }

    /// Takes the step on the desk and in the model. Returns the officer whose pages are compared.
    async fn take(&mut self, step: &Step) -> Result<usize, String> {
        let tips = self.plain.tips.len();
        match step {
            Step::Arrives {
                danger: risky,
                thread,
            } if tips < TIPS => {
                let words = format!("tip {tips}");
                let tip = if *risky {
                    danger(&words)
                } else {
                    routine(&words)
                };
                let tip = with(tip, |tip| {
                    tip.thread = thread.map(|thread| format!("thread {thread}"));
                });
                let id = self.team.keep(&tip).await;
                self.plain.arrives(id, *risky, *thread);
                Ok(0)
            }
            Step::DayPasses if self.plain.today < self.began.plus(DAYS) => {
                self.team.clock.advance(86_400);
                let today = self.team.clock.today();
                self.team.book().end_waits(today).await.unwrap();
                self.plain.day_passes();
                Ok(0)
            }
            Step::SignsIn { who } => {
                let actor = self.acting(*who).actor();
                let register = self.team.ann.register();
                register.note_sign_in(&actor, "page").await.unwrap();
                self.plain.signs_in(*who);
                Ok(*who)
            }
            Step::Undoes { who } => {
                let undone = ours(self.acting(*who).undo().await)?;
                let model = self.plain.undoes(*who);
                differ("undo", undone.is_some(), model.is_ok())?;
                self.tally.undone += usize::from(undone.is_some());
                Ok(*who)
            }
            Step::Waits { who, tip, days } if tips > 0 => {
                let what = What::Wait(self.plain.today.plus(*days));
                self.decide(*who, &[*tip], &what, false).await
            }
            Step::Decides {
                who,
                tips: on,
                what,
                alone,
            } if tips > 0 => self.decide(*who, on, what, *alone).await,
            _ => Ok(0),
        }
    }

    /// The tip of a number: mostly one that the decision can be about, so that few steps are refused.
    fn aim(&self, number: usize, what: &What) -> usize {
        let can = |tip: &usize| {
            let row = &self.plain.tips[*tip].row;
            match what {
                What::Agree | What::Disagree => row.waits.is_some(),
                What::Unfold => row.holder.is_some(),
                What::Reopen => row.holder.is_none() && !row.is_open(),
                _ => row.is_open(),
            }
        };
        let count = self.plain.tips.len();
        let some: Vec<usize> = (0..count).filter(can).collect();
        match some.len() {
            some_of if some_of > 0 && !number.is_multiple_of(5) => some[number % some_of],
            _ => number % count,
        }
    }

    async fn decide(
        &mut self,
        who: usize,
        tips: &[usize],
        what: &What,
        alone: bool,
    ) -> Result<usize, String> {
        let count = self.plain.tips.len();
        let mut on: Vec<usize> = Vec::new();
        for tip in tips.iter().map(|tip| self.aim(*tip, what)) {
            if !on.contains(&tip) {
                on.push(tip);
            }
        }
        let what = match what {
            What::Fold(into) => What::Fold(into % count),
            other => other.clone(),
        };
        if what == What::Routed {
            // The desk notes an arrived report at the holder, if it is open and nothing waits.
            on = vec![self.plain.shown_by(on[0])];
            let row = &self.plain.tips[on[0]].row;
            if !row.is_open() || row.waits.is_some() {
                return Ok(who);
            }
        }
        let ids = self.ids();
        let seen: Vec<_> = on.iter().map(|tip| ids[*tip].into()).collect();
        let how = How {
            alone: alone.then_some("nobody else is here"),
            ..How::default()
        };
        let made = decision(&what, who, &ids);
        let done = match self.acting(who).decide(&seen, &made, how).await {
            Err(NotActed::NotAlone(_)) => None,
            Err(NotActed::NotDecided(refused)) => ours::<usize>(Err(refused))?,
            Err(NotActed::NotMoved(other)) => return Err(other.to_string()),
            Ok(act) => Some(act.waits.len()),
        };
        let model = self.plain.decides(who, &on, &what, alone);
        differ(&format!("{what:?} on {on:?}"), done, model.ok())?;
        self.tally.decided += usize::from(done.is_some());
        self.tally.refused += usize::from(done.is_none());
        self.tally.agreed += usize::from(done.is_some() && what == What::Agree);
        let closed_alone = alone && done.is_some() && self.plain.is_risky(on[0]);
        self.tally.alone += usize::from(closed_alone);
        Ok(who)
    }

    /// A danger tip goes out of sight only if both officers had a part in it. An undo puts back only
    /// what both had decided.
    fn nobody_hides_danger_alone(
        &mut self,
        before: &BTreeSet<usize>,
        undo: bool,
    ) -> Result<(), String> {
        let after = self.danger_in_sight();
        for at in before.difference(&after) {
            let tip = &mut self.plain.tips[*at];
            if !undo {
                tip.left_by.clone_from(&tip.parts);
            }
            if tip.left_by.len() < 2 {
                return Err(format!("tip {at} went out of sight by {:?}", tip.left_by));
            }
            self.tally.left += 1;
        }
        for at in after.difference(before).filter(|_| !undo) {
            // Whoever closed it alone has a part in what the other one agrees with.
            let holder = self.plain.shown_by(*at);
            let waits = self.plain.tips[holder].row.waits.as_ref();
            self.plain.tips[*at].parts = waits.map(|waits| waits.by).into_iter().collect();
        }
        // An undo puts a tip back behind its holder, under the decision that was about both.
        for at in after.iter().filter(|_| undo) {
            let holder = self.plain.shown_by(*at);
            let waits = self.plain.tips[holder].row.waits.clone();
            let tip = &mut self.plain.tips[*at];
            let again =
                waits.filter(|waits| tip.decided.as_ref() == Some(&(holder, waits.clone())));
            tip.parts.extend(again.map(|waits| waits.by));
        }
        Ok(())
    }

    /// Compares every tip, the views and counts of one officer, and what each can undo.
    async fn compare(&self, who: usize) -> Result<(), String> {
        let (book, ids) = (self.team.book(), self.ids());
        for (at, id) in ids.iter().enumerate() {
            let triage = book.triage(*id).await.unwrap().triage;
            let desk = row_of(&triage, &ids)?;
            differ(&format!("tip {at}"), &desk, &self.plain.tips[at].row)?;
            let holder = book.holder(*id).await.unwrap();
            let holder = ids.iter().position(|of| *of == holder);
            differ("holder", holder, Some(self.plain.shown_by(at)))?;
        }
        let acting = self.acting(who);
        let counts = acting.counts().await.unwrap();
        for view in VIEWS {
            let filter = Filter {
                view,
                ..Filter::default()
            };
            let rows = acting.books()[0].queue(&filter).await.unwrap();
            let listed: BTreeSet<TipId> = rows.iter().map(|row| row.id).collect();
            let all = ids.iter().enumerate();
            let wanted = all.filter(|(at, _)| self.plain.lists(view, *at, who));
            let wanted: BTreeSet<TipId> = wanted.map(|(_, id)| *id).collect();
            differ(view.word(), &listed, &wanted)?;
            let count = counts.get(&view).copied().unwrap_or(0);
            differ("its count", count, i64::try_from(wanted.len()).unwrap())?;
        }
        for who in 0..2 {
            let offered = self.acting(who).last_act().await.unwrap();
            let model = self.plain.last_act(who);
            let model = model.map(|what| decision(what, who, &ids));
            differ("undo offered", offered.map(|(_, made)| made), model)?;
        }
        // Each open tip is on the list of those without owner, or on the list of its owner.
        for at in 0..ids.len() {
            let on = |view, who| self.plain.lists(view, at, who);
            let found = on(View::NoOwner, 0) || on(View::Mine, 0) || on(View::Mine, 1);
            differ("in the shipped views", found, on(View::Open, 0))?;
        }
        Ok(())
    }

    /// Also of the views that the model does not have.
    async fn counts_are_those_of_the_lists(&self, who: usize) -> Result<(), String> {
        let acting = self.acting(who);
        let counts = acting.counts().await.unwrap();
        for view in View::ALL.iter().filter(|view| **view != View::All) {
            let filter = Filter {
                view: *view,
                ..Filter::default()
            };
            let listed = acting.books()[0].queue(&filter).await.unwrap().len();
            let count = counts.get(view).copied().unwrap_or(0);
            differ(view.word(), count, i64::try_from(listed).unwrap())?;
        }
        Ok(())
    }
}

/// The desk's row in the words of the model.
fn row_of(triage: &Triage, ids: &[TipId]) -> Result<Row, String> {
    let officer = |name: &String| OFFICERS.iter().position(|officer| officer == name);
    let number = |id: &TipId| ids.iter().position(|of| of == id);
    let waits = match triage.pending() {
        None => None,
        Some(pending) => {
            let by = officer(&pending.by).ok_or("nobody decided")?;
            let what = match &pending.decision {
                Decision::Close { outcome, .. } => What::Close(*outcome),
                Decision::Fold { into } => What::Fold(number(into).ok_or("folded into nothing")?),
                Decision::Wait { until, .. } => What::Wait(*until),
                Decision::Routed => What::Routed,
                other => return Err(format!("{other:?} waits for a second person")),
            };
            let alone = pending.alone.is_some();
            Some(Waits { what, by, alone })
        }
    };
    let holder = triage.folded_into.as_ref().map(|hex| hex.parse().unwrap());
    Ok(Row {
        state: triage.state,
        outcome: triage.outcome,
        owner: triage.owner.as_ref().and_then(officer),
        until: triage.waiting_until,
        since: triage.waiting_since,
        awake: triage.awake,
        ended_on: triage.closed_on,
        holder: holder.and_then(|id: TipId| number(&id)),
        waits,
    })
}

/// A refusal is none. A failure of the desk is an error.
fn ours<T>(result: Result<T, NotDecided>) -> Result<Option<T>, String> {
    match result {
        Ok(done) => Ok(Some(done)),
        Err(NotDecided::Database(failure)) => Err(failure.to_string()),
        Err(_) => Ok(None),
    }
}

fn differ<T: PartialEq + std::fmt::Debug>(what: &str, desk: T, model: T) -> Result<(), String> {
    if desk == model {
        return Ok(());
    }
    Err(format!("{what}: desk {desk:?}, model {model:?}"))
}

/// Plays a run. If it fails, finds few steps that still fail.
async fn shortest(steps: Vec<Step>, fault: Fault) -> Result<Tally, (Vec<Step>, String)> {
    match play(&steps, fault).await {
        Ok(tally) => Ok(tally),
        Err(said) => {
            let fails = async |steps: &[Step]| play(steps, fault).await.err();
            Err(shrink(steps, said, fails).await)
        }
    }
}

#[tokio::test]
async fn p17_ten_thousand_random_steps_of_two_officers_follow_the_plain_model() {
    let steps = std::env::var("LOKE_TRIAGE_STEPS");
    let steps = steps.map_or(STEPS, |steps| steps.parse().unwrap());
    let mut chance = Chance(chance::seed("triage::model"));
    let mut tally = Tally::default();
    for _ in 0..steps.div_ceil(ON_ONE_DESK) {
        match shortest(draw(&mut chance, ON_ONE_DESK), Fault::None).await {
            Ok(some) => tally.add(&some),
            Err((steps, said)) => panic!("{said}, after these steps:\n{steps:#?}"),
        }
    }
    println!("{steps} steps: {tally:?}");
    if steps >= STEPS {
        // Each is seen hundreds of times in ten thousand steps.
        let seen = [tally.agreed, tally.undone, tally.left];
        assert!(seen.iter().all(|seen| *seen >= 20), "{tally:?}");
        assert!(tally.alone > 0, "{tally:?}");
    }
}

#[tokio::test]
async fn p17_no_sequence_of_acts_by_one_person_takes_a_danger_tip_off_the_open_views() {
    let mut chance = Chance(chance::seed("triage::model, one person"));
    // From the states that two officers make, and from the beginning.
    for together in [ON_ONE_DESK / 4, 0] {
        let mut steps = draw(&mut chance, ON_ONE_DESK);
        for step in &mut steps[together..] {
            match step {
                Step::Decides { who, .. } | Step::Undoes { who } => *who = 0,
                Step::Waits { who, .. } | Step::SignsIn { who } => *who = 0,
                Step::Arrives { .. } | Step::DayPasses => {}
            }
        }
        match shortest(steps, Fault::None).await {
            Ok(tally) if together == 0 => assert_eq!(tally.left, 0, "{tally:?}"),
            Ok(_) => {}
            Err((steps, said)) => panic!("{said}, after these steps:\n{steps:#?}"),
        }
    }
}

/// One decision of an officer about one tip.
fn one(who: usize, tip: usize, what: What) -> Step {
    Step::Decides {
        who,
        tips: vec![tip],
        what,
        alone: false,
    }
}

/// Both officers had a part in what left: the second one agreed, took that back, and agreed again,
/// while a text was on its own for a moment.
#[tokio::test]
async fn p17_an_undo_puts_a_text_back_under_the_decision_that_was_about_it() {
    let arrives = |danger, thread| Step::Arrives { danger, thread };
    let steps = [
        arrives(false, Some(1)),
        arrives(true, Some(0)),
        arrives(true, Some(0)),
        one(1, 991, What::Routed),
        one(0, 134, What::Agree),
        one(1, 447, What::Unfold),
        Step::Undoes { who: 0 },
        Step::Undoes { who: 1 },
        one(0, 717, What::Agree),
    ];
    let tally = play(&steps, Fault::None).await.unwrap();
    assert!(tally.left > 2, "{tally:?}");
}

/// A model without one of the rules differs from the desk.
#[tokio::test]
async fn control_a_model_without_one_rule_differs_from_the_desk() {
    let arrives = |danger, thread| Step::Arrives { danger, thread };
    let spam = || What::Close(Outcome::Spam);
    let broken = [
        (
            Fault::NoSecondLook,
            vec![arrives(true, None), one(0, 0, spam())],
        ),
        (
            Fault::UndoOfAnything,
            vec![
                arrives(false, None),
                one(0, 0, What::Take),
                one(1, 0, spam()),
                Step::Undoes { who: 0 },
            ],
        ),
        (
            Fault::FoldIntoClosed,
            vec![
                arrives(false, None),
                arrives(false, None),
                one(0, 0, spam()),
                one(0, 5, What::Fold(0)),
            ],
        ),
        (
            Fault::WaitsForLaterTexts,
            vec![
                arrives(true, Some(0)),
                one(0, 0, spam()),
                arrives(true, Some(0)),
            ],
        ),
    ];
    for (fault, steps) in broken {
        let (at, said) = play(&steps, fault).await.expect_err("it is found");
        println!("{fault:?}: {said}");
        assert_eq!(at + 1, steps.len(), "{fault:?}");
        play(&steps, Fault::None).await.expect("the control");
    }
}

/// A random run finds a broken rule too, and only the steps that matter are left of it.
#[tokio::test]
async fn control_a_random_run_finds_a_broken_rule_and_shrinks_to_few_steps() {
    let mut chance = Chance(1);
    let steps = draw(&mut chance, ON_ONE_DESK);
    let (steps, said) = shortest(steps, Fault::NoSecondLook)
        .await
        .expect_err("it is found");
    println!("{said}, after {} steps: {steps:?}", steps.len());
    assert!(steps.len() <= 3, "{steps:#?}");
}
