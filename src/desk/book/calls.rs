//! Welfare first: the telephone calls about danger or a child, in any lane. Other reports about a tip
//! leave only after a call was made, or tried with the next try set. Calls are only added, never
//! changed.

use serde::Serialize;
use sqlx::{FromRow, Sqlite, SqliteConnection, Transaction};

use super::{Book, folds};
use crate::audit::Action;
use crate::database::{self, Error};
use loke_core::tip::TipId;

/// Longest typed field of a call, in characters.
const LONGEST_FIELD: usize = 500;
/// The next try is at most this far away, in seconds: somebody answers at any hour.
const LONGEST_PAUSE: i64 = 48 * 3_600;

loke_core::words! {
    /// How a call ended.
    CallOutcome {
        /// Somebody answered.
        Made = "made",
        /// Nobody answered.
        Tried = "tried",
    }
}

loke_core::words! {
    /// Whether the person, or a child's parent, was asked for consent.
    Consent {
        /// They were asked.
        Asked = "asked",
        /// Nobody asked them, for a reason.
        NotAsked = "not-asked",
    }
}

/// A call about a tip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Call {
    /// When it was recorded (seconds since 1970-01-01 UTC).
    pub at: i64,
    /// The account that rang.
    pub who: String,
    /// How it ended.
    pub outcome: CallOutcome,
    /// The office or person that was rung.
    pub rung: String,
    /// The reference that they gave, if the call was made.
    pub reference: Option<String>,
    /// When it is tried again, if it was only tried.
    pub next_try: Option<i64>,
    /// Whether consent was asked.
    pub consent: Consent,
    /// The answer about consent, or why nobody asked.
    pub why: String,
}

/// The result of a call that is to be recorded.
#[derive(Debug, Clone, Copy)]
pub enum CallResult<'a> {
    /// Somebody answered and gave this reference.
    Made(&'a str),
    /// Nobody answered. The next try is at this second.
    Tried(i64),
}

/// A call that is to be recorded.
#[derive(Debug, Clone, Copy)]
pub struct NewCall<'a> {
    /// The office or person that was rung.
    pub rung: &'a str,
    /// How it ended.
    pub result: CallResult<'a>,
    /// Whether consent was asked.
    pub consent: Consent,
    /// The answer about consent, or why nobody asked.
    pub why: &'a str,
}

/// Why a call was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum NotRecorded {
    /// Nobody was named.
    #[error("say who was rung. Nothing was recorded")]
    Nobody,
    /// A call that was made has no reference.
    #[error(
        "write the reference that they gave, or the name of the person who answered. Nothing was recorded"
    )]
    NoReference,
    /// The next try is not within the limit.
    #[error("the next try must be in the future, and at most 48 hours away. Nothing was recorded")]
    NextTry,
    /// Nobody asked for consent, without a reason.
    #[error("say why nobody asked for consent. Nothing was recorded")]
    NoReason,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// The state of the call that must come before a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Welfare {
    /// Neither danger nor a child is involved, and nobody rang.
    NotNeeded,
    /// Somebody must ring first.
    Due,
    /// Somebody rang without an answer, and the next try is set.
    Tried {
        /// The office or person that was rung.
        rung: String,
        /// When.
        at: i64,
        /// When the next try is due.
        next: i64,
    },
    /// Somebody rang.
    Called {
        /// The office or person that was rung.
        rung: String,
        /// When.
        at: i64,
        /// The reference that they gave.
        reference: String,
    },
}

impl Welfare {
    /// Whether other reports about the tip may leave.
    #[must_use]
    pub fn lets_reports_leave(&self) -> bool {
        !matches!(self, Self::Due)
    }
}

impl NewCall<'_> {
    fn check(&self, now: i64) -> Result<(), NotRecorded> {
        if self.rung.trim().is_empty() {
            return Err(NotRecorded::Nobody);
        }
        match self.result {
            CallResult::Made(reference) if reference.trim().is_empty() => {
                return Err(NotRecorded::NoReference);
            }
            CallResult::Tried(next) if !(now + 1..=now + LONGEST_PAUSE).contains(&next) => {
                return Err(NotRecorded::NextTry);
            }
            CallResult::Made(_) | CallResult::Tried(_) => {}
        }
        if self.consent == Consent::NotAsked && self.why.trim().is_empty() {
            return Err(NotRecorded::NoReason);
        }
        Ok(())
    }
}

impl Book {
    /// Records a call about a tip and everything that is shown with it. Each tip with danger or a
    /// child has the call from now on. One that is folded in later needs its own call: the person
    /// who was rung does not know of it.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub async fn record_call(&self, tip: TipId, call: NewCall<'_>) -> Result<(), NotRecorded> {
        call.check(self.register.clock().now())?;
        let mut write = self.write().await?;
        let holder = folds::holder_of(&mut write, tip).await?;
        for one in folds::with_folded(&mut write, holder).await? {
            if one == holder || one == tip || needs_call(&mut write, one).await? {
                self.add_call(&mut write, one, call).await?;
            }
        }
        folds::refresh(&mut write, holder).await?;
        let word = match call.result {
            CallResult::Made(_) => CallOutcome::Made,
            CallResult::Tried(_) => CallOutcome::Tried,
        };
        let detail = format!("{word}, consent {}", call.consent);
        self.append(&mut write, Action::Call, &holder.to_string(), &detail)
            .await?;
        Ok(self.commit(write).await?)
    }

    async fn add_call(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        call: NewCall<'_>,
    ) -> Result<(), Error> {
        let (reference, next) = match call.result {
            CallResult::Made(reference) => (Some(short(reference)), None),
            CallResult::Tried(next) => (None, Some(next)),
        };
        let row = Call {
            at: self.register.clock().now(),
            who: self.actor.name.clone(),
            outcome: match reference {
                Some(_) => CallOutcome::Made,
                None => CallOutcome::Tried,
            },
            rung: short(call.rung),
            reference,
            next_try: next,
            consent: call.consent,
            why: short(call.why),
        };
        self.insert_call(write, tip, &row).await?;
        sqlx::query("update triage set version = version + 1, changed_by = $2 where tip = $1")
            .bind(tip.0.as_slice())
            .bind(&self.actor.name)
            .execute(&mut **write)
            .await?;
        self.note_look(write, tip).await
    }

    async fn insert_call(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        call: &Call,
    ) -> Result<(), Error> {
        sqlx::query(
            "insert into calls (tip, at, who, outcome, rung, reference, next_try, consent, why)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(tip.0.as_slice())
        .bind(call.at)
        .bind(&call.who)
        .bind(call.outcome)
        .bind(&call.rung)
        .bind(&call.reference)
        .bind(call.next_try)
        .bind(call.consent)
        .bind(&call.why)
        .execute(&mut **write)
        .await?;
        if let Some(reference) = &call.reference {
            self.index(write, tip, reference).await?;
        }
        sqlx::query(
            "update triage set ring_at = case
                 when exists (select 1 from calls where calls.tip = $1 and outcome = 'made') then null
                 else (select next_try from calls where calls.tip = $1 order by id desc limit 1) end
             where tip = $1",
        )
        .bind(tip.0.as_slice())
        .execute(&mut **write)
        .await?;
        Ok(())
    }

    /// Takes over the calls about a tip that comes from another book. The caller computes the
    /// urgency of its holder anew.
    pub(super) async fn take_over_calls(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        from: &Self,
    ) -> Result<(), Error> {
        for call in from.calls_on(tip).await? {
            self.insert_call(write, tip, &call).await?;
        }
        Ok(())
    }

    /// The calls about a tip, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn calls_on(&self, tip: TipId) -> Result<Vec<Call>, Error> {
        let calls = sqlx::query_as(
            "select at, who, outcome, rung, reference, next_try, consent, why from calls where tip = $1 order by id",
        );
        Ok(calls.bind(tip.0.as_slice()).fetch_all(&self.pool).await?)
    }

    /// The state of the call that must come before a report about a tip. Everything that is shown together counts:
    /// one part in danger that nobody rang about makes the whole due.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn welfare(&self, tip: TipId) -> Result<Welfare, Error> {
        let mut connection = self.pool.acquire().await?;
        let holder = folds::holder_of(&mut connection, tip).await?;
        let ring: Option<i64> = sqlx::query_scalar("select ring from triage where tip = $1")
            .bind(holder.0.as_slice())
            .fetch_one(&mut *connection)
            .await?;
        let last = last_call(&mut connection, holder, ring.is_some()).await?;
        let now = self.register.clock().now();
        Ok(match (ring, last) {
            (Some(next), Some(call)) if next > now => Welfare::Tried {
                rung: call.rung,
                at: call.at,
                next,
            },
            (Some(_), _) => Welfare::Due,
            (None, Some(call)) => Welfare::Called {
                rung: call.rung,
                at: call.at,
                reference: call.reference.unwrap_or_default(),
            },
            (None, None) => Welfare::NotNeeded,
        })
    }

    /// Open tips whose next try has passed, and that nobody was told of since.
    pub(super) async fn missed_tries(&self) -> Result<Vec<TipId>, Error> {
        let missed = sqlx::query_scalar(
            "select tip from triage where state in ('new', 'taken', 'waiting') and folded_into is null and ring > 0 and ring <= $1 and pending is null and awake = 0
                 and not exists (select 1 from decisions where decisions.tip = triage.tip and decision ->> 'kind' = 'wake' and at >= ring)",
        );
        database::tip_ids(
            missed
                .bind(self.register.clock().now())
                .fetch_all(&self.pool)
                .await?,
        )
    }
}

/// The newest call of one kind about a holder or anything that is folded into it.
async fn last_call(
    connection: &mut SqliteConnection,
    holder: TipId,
    tried: bool,
) -> Result<Option<Call>, Error> {
    let call = sqlx::query_as(concat!(
        folds::tree!(),
        " select at, who, outcome, rung, reference, next_try, consent, why from calls
         where tip in (select tip from tree) and outcome = $2 order by id desc limit 1"
    ));
    let outcome = match tried {
        true => CallOutcome::Tried,
        false => CallOutcome::Made,
    };
    Ok(call
        .bind(holder.0.as_slice())
        .bind(outcome)
        .fetch_optional(connection)
        .await?)
}

/// Whether somebody must ring about this tip, or did.
async fn needs_call(connection: &mut SqliteConnection, tip: TipId) -> Result<bool, Error> {
    let needs = sqlx::query_scalar("select danger or child from triage where tip = $1");
    Ok(needs.bind(tip.0.as_slice()).fetch_one(connection).await?)
}

fn short(text: &str) -> String {
    text.trim().chars().take(LONGEST_FIELD).collect()
}
