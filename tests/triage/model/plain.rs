//! The rules of triage in plain words: what two officers, the days and new texts may do to a tip.
//! Nothing here knows a database. A [`Fault`] switches one rule off, for the controls.

use std::collections::BTreeSet;

use loke::clock::Day;
use loke::desk::book::{Outcome, State, View};
use loke::tip::TipId;

use super::steps::What;

/// The two officers by number. The desk itself decides too.
pub(super) const OFFICERS: [&str; 2] = ["ann", "ben"];

/// A rule that the model leaves out, so that a control can show that the comparison finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// One person closes a danger tip.
    NoSecondLook,
    /// An undo ignores what was built on the act.
    UndoOfAnything,
    /// A tip is folded behind a closed one.
    FoldIntoClosed,
    /// A decision that waits covers a text that came after it.
    WaitsForLaterTexts,
}

/// A decision that waits for the other officer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waits {
    pub(super) what: What,
    pub(super) by: usize,
    /// It has its effect already: nobody else was there.
    pub(super) alone: bool,
}

/// The part of a tip that a decision changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Row {
    pub(super) state: State,
    pub(super) outcome: Option<Outcome>,
    pub(super) owner: Option<usize>,
    pub(super) until: Option<Day>,
    /// The first day of a wait.
    pub(super) since: Option<Day>,
    pub(super) awake: bool,
    pub(super) ended_on: Option<Day>,
    pub(super) holder: Option<usize>,
    pub(super) waits: Option<Waits>,
}

impl Row {
    pub(super) fn is_open(&self) -> bool {
        self.holder.is_none() && !matches!(self.state, State::Closed | State::Routed)
    }

    fn work(&mut self, owner: Option<usize>) {
        self.state = match owner {
            Some(_) => State::Taken,
            None => State::New,
        };
        (self.owner, self.until) = (owner, None);
    }
}

#[derive(Debug, Clone)]
pub(super) struct PlainTip {
    pub(super) id: TipId,
    pub(super) danger: bool,
    thread: Option<u8>,
    pub(super) row: Row,
    /// Grows with each change of the tip, and with each tip that comes to stand behind it.
    changes: u32,
    /// Officers who had a part in its leaving, since it was last put back by a decision.
    pub(super) parts: BTreeSet<usize>,
    /// Those who had a part when it left.
    pub(super) left_by: BTreeSet<usize>,
    /// The last decision about it that waited for the other officer, and the tip that showed it then.
    pub(super) decided: Option<(usize, Waits)>,
}

/// One decision of the past.
#[derive(Debug, Clone)]
struct Past {
    /// None: the desk.
    who: Option<usize>,
    act: usize,
    tip: usize,
    what: What,
    before: Row,
    changes: u32,
    undone: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Plain {
    pub(super) tips: Vec<PlainTip>,
    past: Vec<Past>,
    pub(super) today: Day,
    /// The day of each officer's last sign-in.
    seen: [Option<Day>; 2],
    acts: usize,
    fault: Fault,
}

/// The rules do not allow it. Nothing changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused;

impl Plain {
    pub(super) fn new(today: Day, fault: Fault) -> Self {
        Self {
            tips: Vec::new(),
            past: Vec::new(),
            today,
            seen: [None; 2],
            acts: 0,
            fault,
        }
    }

    /// The tip that shows this one.
    pub(super) fn shown_by(&self, tip: usize) -> usize {
        self.tips[tip]
            .row
            .holder
            .map_or(tip, |at| self.shown_by(at))
    }

    /// The tip and everything behind it.
    fn tree(&self, holder: usize) -> Vec<usize> {
        let is_below = |tip: &usize| {
            let mut at = Some(*tip);
            while let Some(tip) = at {
                if tip == holder {
                    return true;
                }
                at = self.tips[tip].row.holder;
            }
            false
        };
        (0..self.tips.len()).filter(is_below).collect()
    }

    pub(super) fn is_risky(&self, holder: usize) -> bool {
        self.tree(holder).iter().any(|tip| self.tips[*tip].danger)
    }

    /// Whether an officer finds it: it stands on the open views, or it was closed alone and stands
    /// first on the other one's list.
    pub(super) fn is_in_sight(&self, tip: usize) -> bool {
        let row = &self.tips[self.shown_by(tip)].row;
        row.is_open() || row.waits.as_ref().is_some_and(|waits| waits.alone)
    }

    /// Whether this view of this officer lists the tip.
    pub(super) fn lists(&self, view: View, tip: usize, who: usize) -> bool {
        let row = &self.tips[tip].row;
        let open = row.is_open();
        let ended = |state| row.state == state && row.holder.is_none();
        match view {
            View::Open => open,
            View::Danger | View::RingFirst => open && self.is_risky(tip),
            View::SecondLook => row.waits.is_some(),
            View::Mine => open && row.owner == Some(who),
            View::NoOwner => open && row.owner.is_none(),
            View::Waiting => open && row.state == State::Waiting,
            View::Sent => ended(State::Routed),
            View::Closed => {
                ended(State::Closed) && row.ended_on.is_some_and(|day| day > self.today.plus(-7))
            }
            other => unreachable!("the model has no view {other}"),
        }
    }

    /// The decision that the page of this officer offers to undo.
    pub(super) fn last_act(&self, who: usize) -> Option<&What> {
        self.last_of(who).map(|past| &past.what)
    }

    fn last_of(&self, who: usize) -> Option<&Past> {
        let mut of = self.past.iter().rev();
        of.find(|past| past.who == Some(who) && !past.undone)
    }

    /// A report arrives. A later text of a thread stands behind the oldest open one, and ends its wait.
    pub(super) fn arrives(&mut self, id: TipId, danger: bool, thread: Option<u8>) {
        let in_thread = |tip: &PlainTip| thread.is_some() && tip.thread == thread;
        let open = (0..self.tips.len())
            .filter(|at| in_thread(&self.tips[*at]) && self.tips[*at].row.is_open());
        let open: Vec<usize> = open.collect();
        let holder = open.iter().copied().min_by_key(|at| self.tips[*at].id);
        self.tips.push(PlainTip {
            id,
            danger,
            thread,
            row: Row::default(),
            changes: 0,
            parts: BTreeSet::new(),
            left_by: BTreeSet::new(),
            decided: None,
        });
        let new = self.tips.len() - 1;
        if let Some(holder) = holder {
            self.tips[new].row.holder = Some(holder);
            self.touch_above(new);
        }
        for at in open {
            let row = &self.tips[at].row;
            let waited = row.state == State::Waiting && row.waits.is_none();
            let covers_less = Some(at) == holder && row.waits.is_some();
            if waited || covers_less && self.fault != Fault::WaitsForLaterTexts {
                self.wake(at);
            }
        }
    }

    fn wake(&mut self, tip: usize) {
        let mut row = self.tips[tip].row.clone();
        row.work(row.owner);
        (row.since, row.awake, row.waits) = (None, true, None);
        self.acts += 1;
        self.write(None, tip, What::Wake, row);
    }

    /// A day passes: waits whose last day is over end.
    pub(super) fn day_passes(&mut self) {
        self.today = self.today.plus(1);
        for tip in 0..self.tips.len() {
            let row = &self.tips[tip].row;
            let over = row.until.is_some_and(|until| until < self.today);
            if row.is_open() && row.state == State::Waiting && over && row.waits.is_none() {
                self.wake(tip);
            }
        }
    }

    pub(super) fn signs_in(&mut self, who: usize) {
        self.seen[who] = Some(self.today);
    }

    /// Whether the other one signed in, and no whole working day has passed since.
    fn is_other_there(&self, who: usize) -> bool {
        self.seen[1 - who].is_some_and(|seen| {
            // Monday is 0. No bank holiday falls in these weeks.
            let between = (seen.0 + 1..self.today.0).map(|day| Day(day).weekday());
            !between.into_iter().any(|weekday| weekday < 5)
        })
    }

    /// An officer decides the same about some tips: about all or about none. Returns how many wait for
    /// the other officer.
    pub(super) fn decides(
        &mut self,
        who: usize,
        tips: &[usize],
        what: &What,
        alone: bool,
    ) -> Result<usize, Refused> {
        if alone && self.is_other_there(who) {
            return Err(Refused);
        }
        let before = self.clone();
        self.acts += 1;
        let mut waiting = 0;
        for tip in tips {
            match self.decides_one(who, *tip, what, alone) {
                Ok(waits) => waiting += usize::from(waits),
                Err(Refused) => {
                    *self = before;
                    return Err(Refused);
                }
            }
        }
        Ok(waiting)
    }

    fn decides_one(
        &mut self,
        who: usize,
        tip: usize,
        what: &What,
        alone: bool,
    ) -> Result<bool, Refused> {
        self.allows(who, tip, what)?;
        let old = self.tips[tip].row.clone();
        let agreed = match (what, &old.waits) {
            (What::Agree, Some(waits)) if !waits.alone => Some(waits.clone()),
            _ => None,
        };
        let effective = agreed.as_ref().map_or(what, |waits| &waits.what);
        if let What::Fold(into) = effective {
            self.allows_fold(tip, *into)?;
        }
        let since = old.since.unwrap_or(self.today);
        let leaves = match what {
            What::Close(_) | What::Fold(_) | What::Routed => true,
            What::Wait(until) => *until > since.plus(7),
            _ => false,
        };
        let asks = leaves && self.is_risky(tip) && self.fault != Fault::NoSecondLook;
        let closes_alone = alone && matches!(what, What::Close(_));
        if leaves || *what == What::Agree {
            for of in self.tree(tip) {
                self.tips[of].parts.insert(who);
            }
        }
        let waits = |alone| {
            Some(Waits {
                what: what.clone(),
                by: who,
                alone,
            })
        };
        if asks && let Some(first) = waits(closes_alone) {
            for of in self.tree(tip) {
                self.tips[of].decided = Some((tip, first.clone()));
            }
        }
        let row = match (asks, closes_alone) {
            (true, false) => Row {
                waits: waits(false),
                ..old
            },
            (true, true) => Row {
                waits: waits(true),
                ..self.after(who, &old, what)
            },
            (false, _) => match agreed {
                // The decision is the first person's.
                Some(first) => {
                    let row = Row {
                        waits: None,
                        awake: false,
                        ..old
                    };
                    let mut row = self.after(first.by, &row, &first.what);
                    if matches!(first.what, What::Wait(_)) {
                        row.since = None;
                    }
                    row
                }
                None => self.after(who, &old, what),
            },
        };
        self.write(Some(who), tip, what.clone(), row);
        Ok(asks && !closes_alone)
    }

    fn allows(&self, who: usize, tip: usize, what: &What) -> Result<(), Refused> {
        let row = &self.tips[tip].row;
        let works = matches!(what, What::Take | What::HandOver | What::HandOn);
        let fine = match what {
            What::Agree | What::Disagree => {
                return match &row.waits {
                    Some(waits) if waits.by != who => Ok(()),
                    _ => Err(Refused),
                };
            }
            _ if row.waits.is_some() && !works => false,
            What::Unfold => row.holder.is_some(),
            _ if row.holder.is_some() => false,
            What::Reopen => !row.is_open(),
            What::Close(_) => true,
            _ if row.state == State::Closed => false,
            What::Fold(_) => row.state != State::Routed,
            What::Wait(until) => *until >= self.today,
            _ => true,
        };
        if fine { Ok(()) } else { Err(Refused) }
    }

    fn allows_fold(&self, tip: usize, into: usize) -> Result<(), Refused> {
        let holder = self.shown_by(into);
        let ended = match self.tips[holder].row.state {
            State::Closed => self.fault != Fault::FoldIntoClosed,
            State::Routed => true,
            _ => false,
        };
        if holder == tip || into == tip || ended {
            return Err(Refused);
        }
        Ok(())
    }

    /// The row after a decision that has its effect.
    fn after(&self, who: usize, old: &Row, what: &What) -> Row {
        let mut row = Row {
            awake: false,
            ..old.clone()
        };
        match what {
            What::Take => row.work(Some(who)),
            What::HandOver => row.work(Some(1 - who)),
            What::HandOn => (row.owner, row.awake) = (Some(1 - who), old.awake),
            What::Wait(until) => {
                row.state = State::Waiting;
                row.owner = row.owner.or(Some(who));
                row.until = Some(*until);
                row.since = row.since.or(Some(self.today));
            }
            What::Close(outcome) => {
                (row.state, row.outcome, row.until) = (State::Closed, Some(*outcome), None);
                row.ended_on = row.ended_on.or(Some(self.today));
            }
            What::Routed => {
                (row.state, row.until) = (State::Routed, None);
                row.ended_on = Some(self.today);
            }
            What::Reopen => {
                row.work(row.owner);
                (row.outcome, row.ended_on, row.since, row.waits) = (None, None, None, None);
            }
            What::Fold(into) => row.holder = Some(*into),
            What::Unfold => row.holder = None,
            What::Agree => row.waits = None,
            What::Disagree => {
                let alone = old.waits.as_ref().is_some_and(|waits| waits.alone);
                row.waits = None;
                if alone && !old.is_open() {
                    row = self.after(who, &row, &What::Reopen);
                }
                row.awake = true;
            }
            What::Wake => unreachable!("officers do not wake tips"),
        }
        row
    }

    /// Writes a row and the decision behind it.
    fn write(&mut self, who: Option<usize>, tip: usize, what: What, row: Row) {
        let before = self.tips[tip].row.clone();
        self.replace(tip, row);
        self.past.push(Past {
            who,
            act: self.acts,
            tip,
            what,
            before,
            changes: self.tips[tip].changes,
            undone: false,
        });
    }

    fn replace(&mut self, tip: usize, row: Row) {
        let shown_by = self.shown_by(tip);
        self.tips[tip].row = row;
        self.tips[tip].changes += 1;
        if self.shown_by(tip) != shown_by {
            self.touch_above(tip);
        }
    }

    /// Everything that shows a tip changes when the tip comes to stand behind it.
    fn touch_above(&mut self, tip: usize) {
        let mut at = self.tips[tip].row.holder;
        while let Some(above) = at {
            self.tips[above].changes += 1;
            at = self.tips[above].row.holder;
        }
    }

    /// An officer undoes their last act, if nothing was built on it.
    pub(super) fn undoes(&mut self, who: usize) -> Result<(), Refused> {
        let before = self.clone();
        let Some(act) = self.last_of(who).map(|past| past.act) else {
            return Err(Refused);
        };
        for at in (0..self.past.len()).rev() {
            let past = self.past[at].clone();
            if past.act != act || past.undone {
                continue;
            }
            let built_on = self.tips[past.tip].changes != past.changes;
            let is_fact = past.what == What::Routed;
            if is_fact || built_on && self.fault != Fault::UndoOfAnything {
                *self = before;
                return Err(Refused);
            }
            self.replace(past.tip, past.before);
            let mut above = self.tips[past.tip].row.holder;
            let mut is_older = true;
            while let Some(holder) = above {
                let mut since = self.past[at + 1..].iter();
                is_older &= !since.any(|later| later.tip == holder && !later.undone);
                above = self.tips[holder].row.holder;
            }
            if !is_older && self.fault != Fault::UndoOfAnything {
                *self = before;
                return Err(Refused);
            }
            self.past[at].undone = true;
        }
        Ok(())
    }
}
