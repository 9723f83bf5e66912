//! The part of a tip that a decision changes, and which decisions one person can make alone (P17).
//! Nothing here reads a database or a clock.
//!
//! ```text
//! new ──take──▶ taken ◀──wake── waiting        close ──▶ closed
//!   fold ──▶ shown with its holder           a report arrives ──▶ routed
//! ```
//! A decision that takes a risky tip off the open views is stored as *pending*: the tip stays open
//! until a second person agrees.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use loke_core::clock::Day;
use loke_core::tip::TipId;

loke_core::words! {
    /// A tip's state.
    State {
        /// Nobody decided anything.
        New = "new",
        /// Somebody works on it.
        Taken = "taken",
        /// Somebody is awaited.
        Waiting = "waiting",
        /// A partner has a report.
        Routed = "routed",
        /// It is closed.
        Closed = "closed",
    }
}

loke_core::words! {
    /// How a tip was closed.
    Outcome {
        /// Somebody acted on it.
        Acted = "acted",
        /// Nobody could act on it.
        CouldNotAct = "could-not-act",
        /// Another tip says the same.
        Duplicate = "duplicate",
        /// It is no report.
        Spam = "spam",
        /// It was sent to harm somebody.
        Malicious = "malicious",
        /// Another authority must deal with it.
        NotOurs = "not-ours",
    }
}

/// A wait beyond this many days needs a second person if the tip is risky.
const LONG_WAIT: i32 = 7;

/// An officer's decision about a tip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Decision {
    /// Works on it.
    Take,
    /// Gives it to somebody else.
    HandOver {
        /// The account.
        to: String,
    },
    /// Gives it to somebody else as it is: a wait goes on.
    HandOn {
        /// The account.
        to: String,
    },
    /// Waits for somebody.
    Wait {
        /// A person or an office.
        for_whom: String,
        /// Whether they are outside the team: then the clock stops.
        outside: bool,
        /// The last day of the wait.
        until: Day,
    },
    /// Closes it.
    Close {
        /// How.
        outcome: Outcome,
        /// Why: in words, or a reason of the list.
        why: String,
    },
    /// Opens it again.
    Reopen,
    /// Shows it with another tip from now on.
    Fold {
        /// That tip.
        into: TipId,
    },
    /// Shows it on its own again.
    Unfold,
    /// A report to a partner waits to leave.
    Order {
        /// The partner.
        partner: String,
        /// The report's reference.
        reference: String,
        /// The last day on which nobody needs to look.
        until: Day,
    },
    /// A report arrived.
    Routed,
    /// Moves it to another book.
    Move {
        /// That book.
        to: String,
    },
    /// Agrees with the decision that waits.
    Agree,
    /// Does not agree with it: the tip stays open.
    Disagree {
        /// Why.
        why: String,
    },
    /// A new fact, or the last day, ended the wait.
    Wake {
        /// The fact.
        why: String,
    },
}

impl Decision {
    /// Its word in lists and in the audit log. Nothing that was typed is in it.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Take => "take".into(),
            Self::HandOver { .. } => "hand over".into(),
            Self::HandOn { .. } => "hand on".into(),
            Self::Wait { until, .. } => format!("wait until {until}"),
            Self::Close { outcome, .. } => format!("close as {outcome}"),
            Self::Reopen => "open again".into(),
            Self::Fold { into } => format!("fold into {into}"),
            Self::Unfold => "unfold".into(),
            Self::Order { partner, .. } => format!("report to {partner}"),
            Self::Routed => "sent to a partner".into(),
            Self::Move { to } => format!("move to the book {to}"),
            Self::Agree => "agree".into(),
            Self::Disagree { .. } => "keep open".into(),
            Self::Wake { .. } => "wake".into(),
        }
    }
}

/// A decision that a second person must agree with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The decision.
    pub decision: Decision,
    /// The first person.
    pub by: String,
    /// The day.
    pub on: Day,
    /// Why a second person must look: one phrase each.
    pub reasons: Vec<String>,
    /// Why the first person decided alone, if nobody else was there. Then the decision has its
    /// effect already.
    pub alone: Option<String>,
}

/// The part of a tip that a decision changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, FromRow)]
pub struct Triage {
    /// Its state.
    pub state: State,
    /// How it was closed.
    pub outcome: Option<Outcome>,
    /// The account that works on it.
    pub owner: Option<String>,
    /// For whom it waits.
    pub waiting_for: Option<String>,
    /// The last day of the wait.
    pub waiting_until: Option<Day>,
    /// The first day of the wait.
    pub waiting_since: Option<Day>,
    /// When its clock stopped (seconds since 1970-01-01 UTC).
    pub paused_at: Option<i64>,
    /// A new fact ended a wait, and nobody has decided since.
    pub awake: bool,
    /// When it is due, while it is open (seconds since 1970-01-01 UTC).
    pub deadline: Option<i64>,
    /// Whether it was closed or sent in time.
    pub met: Option<bool>,
    /// The day on which it was closed or sent.
    pub closed_on: Option<Day>,
    /// The tip that it is folded into: 32 hex digits.
    pub folded_into: Option<String>,
    /// The [`Pending`] decision, as JSON.
    pub pending: Option<String>,
}

/// The circumstances of a decision.
#[derive(Debug, Clone, Copy)]
pub struct When<'a> {
    /// The account that decides.
    pub who: &'a str,
    /// Now (seconds since 1970-01-01 UTC).
    pub now: i64,
    /// Today.
    pub today: Day,
}

/// Why a decision has no effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It waits for a second person.
    #[error(
        "this tip waits for a second person. Somebody else must agree, or keep it open, before anything else is decided"
    )]
    Pending,
    /// Nothing waits for a second person.
    #[error("nothing waits for a second person on this tip")]
    NothingPending,
    /// The second person is the first one.
    #[error(
        "you made this decision, so somebody else must look at it. To change your mind, use undo"
    )]
    OwnDecision,
    /// The second person wrote the report with which the tip leaves.
    #[error("you wrote the report, so somebody else must agree that the tip leaves the open views")]
    OwnReport,
    /// It is closed, sent or folded.
    #[error("this tip is {0} already. Open it again first")]
    NotOpen(&'static str),
    /// It is open.
    #[error("this tip is open already")]
    Open,
    /// It is not folded.
    #[error("this tip is not folded into another one")]
    NotFolded,
    /// The last day of a wait has passed.
    #[error("the day {0} has passed. Choose a later one")]
    Passed(Day),
}

impl Triage {
    /// A tip that has just arrived.
    #[must_use]
    pub fn arrived(deadline: i64) -> Self {
        Self {
            deadline: Some(deadline),
            ..Self::default()
        }
    }

    /// Whether it is on the open views.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.folded_into.is_none() && !matches!(self.state, State::Closed | State::Routed)
    }

    /// The decision that waits for a second person.
    #[must_use]
    pub fn pending(&self) -> Option<Pending> {
        let json = self.pending.as_deref()?;
        serde_json::from_str(json).ok()
    }

    /// Whether this decision takes the tip off the open views, or out of sight for long.
    #[must_use]
    pub fn leaves_with(&self, decision: &Decision, today: Day) -> bool {
        match decision {
            Decision::Close { .. }
            | Decision::Fold { .. }
            | Decision::Routed
            | Decision::Move { .. } => true,
            Decision::Wait { until, .. } => *until > self.since(today).plus(LONG_WAIT),
            _ => false,
        }
    }

    /// The first day of the wait: a person who takes a tip back and waits again goes on with the
    /// old one.
    fn since(&self, today: Day) -> Day {
        self.waiting_since.unwrap_or(today)
    }

    /// Checks a decision before it has an effect, or waits for a second person.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn allows(&self, decision: &Decision, when: When<'_>) -> Result<(), Refusal> {
        let pending = self.pending();
        match decision {
            Decision::Agree | Decision::Disagree { .. } => match pending {
                None => return Err(Refusal::NothingPending),
                Some(pending) if pending.by == when.who => return Err(Refusal::OwnDecision),
                Some(_) => return Ok(()),
            },
            // A report that arrived, or that waits to leave, is a fact.
            Decision::Order { .. } | Decision::Routed | Decision::Wake { .. } => return Ok(()),
            // Somebody may work on a tip that waits for a second person: it is open.
            Decision::Take | Decision::HandOver { .. } | Decision::HandOn { .. } => {}
            _ if pending.is_some() => return Err(Refusal::Pending),
            _ => {}
        }
        match decision {
            Decision::Unfold if self.folded_into.is_none() => Err(Refusal::NotFolded),
            Decision::Unfold => Ok(()),
            Decision::Reopen if self.folded_into.is_some() => Err(Refusal::NotOpen("folded")),
            Decision::Reopen if self.is_open() => Err(Refusal::Open),
            Decision::Reopen => Ok(()),
            _ if self.folded_into.is_some() => Err(Refusal::NotOpen("folded")),
            // A closed tip can still be moved, or sent, or closed with another outcome.
            Decision::Move { .. } | Decision::Close { .. } => Ok(()),
            _ if self.state == State::Closed => Err(Refusal::NotOpen("closed")),
            Decision::Fold { .. } if self.state == State::Routed => Err(Refusal::NotOpen("sent")),
            Decision::Wait { until, .. } if *until < when.today => Err(Refusal::Passed(*until)),
            _ => Ok(()),
        }
    }

    /// The tip while the decision waits for a second person.
    #[must_use]
    pub fn proposed(&self, decision: Decision, when: When<'_>, reasons: Vec<String>) -> Self {
        let pending = Pending {
            decision,
            by: when.who.to_owned(),
            on: when.today,
            reasons,
            alone: None,
        };
        self.with_pending(&pending)
    }

    /// The tip after a decision that one person made because nobody else was there.
    #[must_use]
    pub fn decided_alone(
        &self,
        decision: &Decision,
        when: When<'_>,
        reasons: Vec<String>,
        why: &str,
    ) -> Self {
        let pending = Pending {
            decision: decision.clone(),
            by: when.who.to_owned(),
            on: when.today,
            reasons,
            alone: Some(why.to_owned()),
        };
        self.after(decision, when).with_pending(&pending)
    }

    fn with_pending(&self, pending: &Pending) -> Self {
        Self {
            pending: serde_json::to_string(pending).ok(),
            ..self.clone()
        }
    }

    /// The tip after a decision has its effect. The clock of a tip that waited outside goes on: the
    /// caller adds the pause to the deadline first.
    #[must_use]
    pub fn after(&self, decision: &Decision, when: When<'_>) -> Self {
        let day = Some(when.today);
        let mut next = Self {
            awake: false,
            ..self.clone()
        };
        match decision {
            Decision::Take => next.work(Some(when.who.to_owned())),
            Decision::HandOver { to } => next.work(Some(to.clone())),
            Decision::HandOn { to } => {
                next.owner = Some(to.clone());
                next.awake = self.awake;
            }
            Decision::Wait {
                for_whom,
                outside,
                until,
            } => {
                next.state = State::Waiting;
                next.owner.get_or_insert_with(|| when.who.to_owned());
                next.waiting_for = Some(for_whom.clone());
                next.waiting_until = Some(*until);
                next.waiting_since = Some(self.since(when.today));
                next.paused_at = outside.then_some(when.now);
            }
            Decision::Close { outcome, .. } => {
                if self.state != State::Closed {
                    next.ended(when);
                }
                next.state = State::Closed;
                next.outcome = Some(*outcome);
                next.closed_on = next.closed_on.or(day);
            }
            // It leaves without this person. The clock goes on.
            Decision::Order { partner, until, .. } => {
                if self.is_open() && self.pending.is_none() {
                    let owner = next.owner.take();
                    next.work(owner.or_else(|| Some(when.who.to_owned())));
                    next.state = State::Waiting;
                    next.waiting_for = Some(partner.clone());
                    next.waiting_until = Some(*until);
                }
            }
            Decision::Routed => {
                if !matches!(self.state, State::Closed | State::Routed) {
                    next.ended(when);
                    next.state = State::Routed;
                    next.closed_on = day;
                }
            }
            Decision::Reopen => {
                let owner = next.owner.take();
                next.work(owner);
                next.outcome = None;
                next.closed_on = None;
                next.met = None;
                next.pending = None;
                next.waiting_since = None;
            }
            Decision::Fold { into } => next.folded_into = Some(into.to_string()),
            Decision::Unfold => next.folded_into = None,
            Decision::Wake { .. } => {
                let owner = next.owner.take();
                next.work(owner);
                next.waiting_since = None;
                next.pending = None;
                next.awake = true;
            }
            Decision::Agree => {
                next.pending = None;
                if let Some(pending) = self.pending()
                    && pending.alone.is_none()
                {
                    let first = When {
                        who: &pending.by,
                        ..when
                    };
                    next = next.after(&pending.decision, first);
                    next.waiting_since = match pending.decision {
                        // Two people agreed to a long wait: the next one counts from its end.
                        Decision::Wait { .. } => None,
                        _ => next.waiting_since,
                    };
                }
            }
            Decision::Disagree { .. } => {
                let alone = self
                    .pending()
                    .is_some_and(|pending| pending.alone.is_some());
                next.pending = None;
                if alone && !self.is_open() {
                    next = next.after(&Decision::Reopen, when);
                }
                next.awake = true;
            }
            Decision::Move { .. } => {}
        }
        next
    }

    /// Somebody, or nobody yet, works on it.
    fn work(&mut self, owner: Option<String>) {
        self.state = if owner.is_some() {
            State::Taken
        } else {
            State::New
        };
        self.owner = owner;
        self.waiting_for = None;
        self.waiting_until = None;
        self.paused_at = None;
    }

    /// Its clock ends.
    fn ended(&mut self, when: When<'_>) {
        self.met = self.deadline.map(|deadline| when.now <= deadline);
        self.waiting_for = None;
        self.waiting_until = None;
        self.paused_at = None;
    }
}
