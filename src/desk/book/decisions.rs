//! Decisions on tips: each is stored with the row before it, in the transaction that changes the
//! tip, so that the last one can be undone exactly. A risky tip does not leave the open views until
//! a second person agrees (P17).

use serde::Serialize;
use sqlx::{FromRow, Sqlite, SqliteConnection, Transaction};

use super::triage::{Decision, Pending, Refusal, State, Triage, When};
use super::{Book, folds};
use crate::audit::Action;
use crate::database::{self, Error};
use crate::register::Effect;
use loke_core::clock::Day;
use loke_core::random;
use loke_core::tip::{Lane, Priority, TipId, is_urgent};

/// How decisions are made.
#[derive(Debug, Clone, Copy, Default)]
pub struct How<'a> {
    /// Decisions of one press have the same number.
    pub act: i64,
    /// Why the officer closes a risky tip alone, if nobody else is there.
    pub alone: Option<&'a str>,
}

/// A tip as the officer saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The tip.
    pub tip: TipId,
    /// Its version. With another version nothing is decided.
    pub version: Option<i64>,
}

impl From<TipId> for Seen {
    fn from(tip: TipId) -> Self {
        Self { tip, version: None }
    }
}

/// The effect of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// It is done.
    Done,
    /// It waits for a second person, for these reasons.
    Waits(Vec<String>),
}

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum NotDecided {
    /// The tip's state does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody else was faster.
    #[error(
        "{0} decided something about this tip after you opened it, so nothing was done. Look at it again"
    )]
    Stale(String),
    /// The two tips would be folded into each other.
    #[error("these two tips are folded together already")]
    Circle,
    /// The other tip is not one that tips can be folded into.
    #[error("the other tip is closed, so nothing can be folded into it. Open it again first")]
    ClosedHolder,
    /// The other tip left the open views.
    #[error(
        "a partner has the other tip already, so nothing can be folded into it. Open it again first"
    )]
    SentHolder,
    /// The page offers to undo another act.
    #[error("this is not the last thing that you did, so nothing was undone")]
    NotLast,
    /// Several books are involved, and one of them failed.
    #[error("{0} of the tips are done. The others are as they were, because the desk failed: {1}")]
    InPart(usize, String),
    /// There is nothing to undo.
    #[error("there is nothing of yours to undo")]
    NothingToUndo,
    /// Something was decided since.
    #[error("something was decided about this tip since, so it cannot be undone any more")]
    BuiltOn,
    /// The report left.
    #[error("the report has left, so it cannot be undone. Withdraw it on its own page")]
    Left,
    /// The reason is missing.
    #[error("say why in a few words. Nothing was done")]
    NoReason,
    /// The other tip is in another book.
    #[error("the two tips are in different books. Move one of them first")]
    OtherBook,
    /// The account cannot work on it.
    #[error("{0} cannot open the book of this tip")]
    NotAMember(String),
    /// The book failed.
    #[error(transparent)]
    Database(#[from] Error),
}

impl From<sqlx::Error> for NotDecided {
    fn from(e: sqlx::Error) -> Self {
        Self::Database(e.into())
    }
}

/// A tip's row in `triage`.
#[derive(Debug, Clone, FromRow)]
pub struct TriageRow {
    /// The part that a decision changes.
    #[sqlx(flatten)]
    pub triage: Triage,
    /// Changes with each decision.
    pub version: i64,
    /// The person who decided last.
    pub changed_by: Option<String>,
}

/// A decision that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Made {
    /// When (seconds since 1970-01-01 UTC).
    pub at: i64,
    /// The account.
    pub who: String,
    /// What.
    pub decision: Decision,
    /// Whether it was undone.
    pub undone: bool,
}

impl Book {
    /// Decides the same about each of these tips, all or none, in one transaction.
    ///
    /// # Errors
    /// [`NotDecided`]: then nothing was changed.
    pub async fn decide(
        &self,
        tips: &[Seen],
        decision: &Decision,
        how: How<'_>,
    ) -> Result<Vec<(TipId, Decided)>, NotDecided> {
        let (write, effects) = self.begin(tips, decision, how).await?;
        self.finish(write).await?;
        Ok(effects)
    }

    /// [`Self::decide`] up to its commit, which is [`Self::finish`]: an act over several books changes
    /// none of them if one refuses.
    pub(crate) async fn begin(
        &self,
        tips: &[Seen],
        decision: &Decision,
        how: How<'_>,
    ) -> Result<(Transaction<'static, Sqlite>, Vec<(TipId, Decided)>), NotDecided> {
        let mut write = self.write().await?;
        let mut effects = Vec::with_capacity(tips.len());
        for seen in tips {
            let effect = self.decide_in(&mut write, *seen, decision, how).await?;
            effects.push((seen.tip, effect));
        }
        Ok((write, effects))
    }

    /// Commits what was begun.
    pub(crate) async fn finish(&self, write: Transaction<'static, Sqlite>) -> Result<(), Error> {
        self.commit(write).await
    }

    /// [`Self::decide`] for one tip inside a transaction.
    pub(super) async fn decide_in(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        Seen { tip, version }: Seen,
        decision: &Decision,
        how: How<'_>,
    ) -> Result<Decided, NotDecided> {
        let row = triage_of(write, tip).await?;
        if version.is_some_and(|seen| seen != row.version) {
            let who = row.changed_by.unwrap_or_else(|| "The desk".to_owned());
            return Err(NotDecided::Stale(who));
        }
        let clock = self.register.clock();
        let when = When {
            who: &self.actor.name,
            now: clock.now(),
            today: clock.today(),
        };
        let before = row.triage;
        before.allows(decision, when)?;
        let effective = match (decision, before.pending()) {
            (Decision::Agree, Some(pending)) => pending.decision,
            (other, _) => other.clone(),
        };
        if *decision == Decision::Agree
            && effective == Decision::Routed
            && wrote_report(write, tip, when.who).await?
        {
            return Err(Refusal::OwnReport.into());
        }
        if let Decision::Fold { into } = &effective {
            check_fold(write, tip, *into).await?;
        }
        let agreed = matches!(decision, Decision::Agree);
        let reasons = if !agreed && before.leaves_with(decision, when.today) {
            self.risks_in(write, tip).await?
        } else {
            Vec::new()
        };
        let running = self.with_pause_added(&before, decision, when);
        let (after, effect) = match how.alone {
            _ if reasons.is_empty() => (running.after(decision, when), Decided::Done),
            Some(why) if matches!(decision, Decision::Close { .. }) => {
                let alone = running.decided_alone(decision, when, reasons, why);
                (alone, Decided::Done)
            }
            _ => {
                let waits = Decided::Waits(reasons.clone());
                (before.proposed(decision.clone(), when, reasons), waits)
            }
        };
        self.change(write, tip, &before, &after, decision, how.act)
            .await?;
        Ok(effect)
    }

    /// Adds the time for which the clock stood still, if this decision ends a wait.
    fn with_pause_added(&self, before: &Triage, decision: &Decision, when: When<'_>) -> Triage {
        let goes_on = matches!(
            decision,
            Decision::Fold { .. } | Decision::Move { .. } | Decision::HandOn { .. }
        );
        let (Some(deadline), Some(paused_at), false) = (before.deadline, before.paused_at, goes_on)
        else {
            return before.clone();
        };
        let zone = self.register.clock().zone();
        let clocks = self.register.clocks();
        Triage {
            deadline: Some(clocks.paused(&zone, deadline, paused_at, when.now)),
            paused_at: None,
            ..before.clone()
        }
    }

    /// Writes the change, the decision and the audit row.
    async fn change(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        before: &Triage,
        after: &Triage,
        decision: &Decision,
        act: i64,
    ) -> Result<(), Error> {
        let version = self.write_triage(write, tip, after).await?;
        let before = serde_json::to_string(before).map_err(|_| Error::Row)?;
        let json = serde_json::to_string(decision).map_err(|_| Error::Row)?;
        sqlx::query(
            "insert into decisions (act, tip, at, who, decision, before, version) values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(act)
        .bind(tip.0.as_slice())
        .bind(self.register.clock().now())
        .bind(&self.actor.name)
        .bind(json)
        .bind(before)
        .bind(version)
        .execute(&mut **write)
        .await?;
        self.append(write, Action::Decide, &tip.to_string(), &decision.word())
            .await
    }

    /// Writes what a decision changes. Returns the new version.
    pub(super) async fn write_triage(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        triage: &Triage,
    ) -> Result<i64, Error> {
        let old_root = folds::holder_of(write, tip).await?;
        let into: Option<TipId> = match &triage.folded_into {
            Some(hex) => Some(hex.parse().map_err(|_| Error::Row)?),
            None => None,
        };
        let by_desk = self.actor == crate::audit::Actor::desk();
        let version: i64 = sqlx::query_scalar(
            "update triage set state = $2, outcome = $3, owner = $4, waiting_for = $5, waiting_until = $6, waiting_since = $7, paused_at = $8,
             awake = $9, deadline = $10, met = $11, closed_on = $12, folded_into = $13, pending = $14, version = version + 1, changed_by = $15
             where tip = $1 returning version",
        )
        .bind(tip.0.as_slice())
        .bind(triage.state)
        .bind(triage.outcome)
        .bind(&triage.owner)
        .bind(&triage.waiting_for)
        .bind(triage.waiting_until)
        .bind(triage.waiting_since)
        .bind(triage.paused_at)
        .bind(triage.awake)
        .bind(triage.deadline)
        .bind(triage.met)
        .bind(triage.closed_on)
        .bind(into.map(|id| id.0.to_vec()))
        .bind(&triage.pending)
        .bind((!by_desk).then_some(&self.actor.name))
        .fetch_one(&mut **write)
        .await?;
        let (lane, priority): (Lane, Priority) =
            sqlx::query_as("select lane, priority from tips where id = $1")
                .bind(tip.0.as_slice())
                .fetch_one(&mut **write)
                .await?;
        if is_urgent(lane, priority) {
            // A decision that waits for a second person leaves the tip new: alerts go on.
            let is_taken = triage.state != State::New || triage.folded_into.is_some();
            self.effect(write, &Effect::Taken { id: tip, is_taken }, None)
                .await?;
        }
        folds::refresh(write, old_root).await?;
        let root = folds::holder_of(write, tip).await?;
        self.note_due(write, old_root).await?;
        if root != old_root {
            folds::refresh(write, root).await?;
            self.note_due(write, root).await?;
            let who = self.actor.name.as_str();
            folds::touch_holders(write, tip, (!by_desk).then_some(who)).await?;
        }
        Ok(version)
    }

    /// Tells the register when a tip, with everything that is folded into it, is due, and who has it.
    pub(super) async fn note_due(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
    ) -> Result<(), Error> {
        let (owner, at): (Option<String>, Option<i64>) = sqlx::query_as(
            "select owner, iif(open = 1 and paused_at is null, nullif(due, 0), null) from triage where tip = $1",
        )
        .bind(tip.0.as_slice())
        .fetch_one(&mut **write)
        .await?;
        self.effect(write, &Effect::Due { id: tip, owner, at }, None)
            .await
    }

    /// The decisions about a tip, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn decisions_on(&self, tip: TipId) -> Result<Vec<Made>, Error> {
        let rows: Vec<(i64, String, String, bool)> = sqlx::query_as(
            "select at, who, decision, undone from decisions where tip = $1 order by id",
        )
        .bind(tip.0.as_slice())
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|(at, who, json, undone)| {
                let decision = serde_json::from_str(&json).map_err(|_| Error::Row)?;
                Ok(Made {
                    at,
                    who,
                    decision,
                    undone,
                })
            })
            .collect()
    }

    /// The part of a tip that a decision changes, and its version.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn triage(&self, tip: TipId) -> Result<TriageRow, Error> {
        triage_of(&mut *self.pool.acquire().await?, tip).await
    }

    /// Whether this person wrote a report about the tip that arrived, so that somebody else must agree
    /// that it leaves the open views.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn has_written_report(&self, tip: TipId) -> Result<bool, Error> {
        wrote_report(&mut *self.pool.acquire().await?, tip, &self.actor.name).await
    }

    /// Tips whose pending decision is the same, by the same person, about the same words, as they were
    /// at that decision: one second look may cover them. Not those with a fold: it has words of its
    /// own.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn with_equal_words(&self, tip: TipId) -> Result<Vec<Seen>, Error> {
        let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(
            "select other.tip, other.version from triage as one join tips as a on a.id = one.tip
             join triage as other on other.pending is not null
                 and other.pending ->> '$.by' = one.pending ->> '$.by'
                 and other.pending ->> '$.decision' = one.pending ->> '$.decision'
             join tips as b on b.id = other.tip and trim(b.tip ->> 'what') = trim(a.tip ->> 'what')
             where one.tip = $1 and one.pending is not null and other.tip <> one.tip
                 and other.version = (select max(version) from decisions where decisions.tip = other.tip)
                 and not exists (select 1 from triage as folded where folded.folded_into in (one.tip, other.tip)) order by other.tip",
        )
        .bind(tip.0.as_slice())
        .fetch_all(&self.pool)
        .await?;
        let seen = rows.into_iter().map(|(id, version)| {
            Ok(Seen {
                tip: id.try_into().map_err(|_| Error::Row)?,
                version: Some(version),
            })
        });
        seen.collect()
    }

    /// Ends the waits whose last day has passed, and wakes tips about which somebody must ring again.
    ///
    /// # Errors
    /// If the database fails. Then the next call does it.
    pub async fn end_waits(&self, today: Day) -> Result<(), Error> {
        let over: Vec<Vec<u8>> = sqlx::query_scalar(
            "select tip from triage where open = 1 and state = 'waiting' and waiting_until < $1 and pending is null",
        )
        .bind(today)
        .fetch_all(&self.pool)
        .await?;
        let over = database::tip_ids(over)?;
        self.wake(&over, "the last day of the wait has passed")
            .await?;
        let missed = self.missed_tries().await?;
        self.wake(&missed, "the next try of a call is due").await
    }

    async fn wake(&self, tips: &[TipId], why: &str) -> Result<(), Error> {
        let wake = Decision::Wake { why: why.into() };
        for tip in tips {
            let woken = self
                .by_desk()
                .decide(&[(*tip).into()], &wake, How::default())
                .await;
            only_failures(woken)?;
        }
        Ok(())
    }

    /// The same book, for what the desk does by itself.
    pub(super) fn by_desk(&self) -> Self {
        self.acting_as(crate::audit::Actor::desk())
    }

    /// The decision about a tip that waits for a second person.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn pending(&self, tip: TipId) -> Result<Option<Pending>, Error> {
        Ok(self.triage(tip).await?.triage.pending())
    }
}

/// A new number for the decisions of one press.
///
/// # Errors
/// If the operating system returns no random bytes.
pub(crate) fn new_act() -> Result<i64, Error> {
    Ok(i64::from_le_bytes(random::bytes()?) & i64::MAX)
}

/// The desk's own decisions are left out if the tip's state does not allow them.
pub(super) fn only_failures<T>(decided: Result<T, NotDecided>) -> Result<(), Error> {
    match decided {
        Err(NotDecided::Database(failure)) => Err(failure),
        _ => Ok(()),
    }
}

pub(super) async fn triage_of(
    connection: &mut SqliteConnection,
    tip: TipId,
) -> Result<TriageRow, Error> {
    sqlx::query_as(
        "select state, outcome, owner, waiting_for, waiting_until, waiting_since, paused_at, awake, deadline, met, closed_on,
                iif(folded_into is null, null, lower(hex(folded_into))) as folded_into, pending, version, changed_by
         from triage where tip = $1",
    )
    .bind(tip.0.as_slice())
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::NoTip(tip.to_string()))
}

/// Whether this person wrote a report that arrived about the tip or about what is folded into it.
async fn wrote_report(
    connection: &mut SqliteConnection,
    tip: TipId,
    who: &str,
) -> Result<bool, Error> {
    let wrote = sqlx::query_scalar(concat!(
        folds::tree!(),
        " select exists (select 1 from reports join report_tips on report_id = reports.id
         where report_tips.tip in (select tip from tree) and written_by = $2 and state = 'arrived' and replaces is null)"
    ));
    Ok(wrote
        .bind(tip.0.as_slice())
        .bind(who)
        .fetch_one(connection)
        .await?)
}

/// Refuses a fold that would make a circle, or hide a tip behind one that is not open.
async fn check_fold(
    write: &mut SqliteConnection,
    tip: TipId,
    into: TipId,
) -> Result<(), NotDecided> {
    let holder = folds::holder_of(write, into).await?;
    if holder == tip || into == tip {
        return Err(NotDecided::Circle);
    }
    match triage_of(write, holder).await?.triage.state {
        State::Closed => Err(NotDecided::ClosedHolder),
        State::Routed => Err(NotDecided::SentHolder),
        _ => Ok(()),
    }
}
