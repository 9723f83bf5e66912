//! Replies to residents: their rows, the thread of a receipt's box, and what holds a reply back. The
//! rules are in [`crate::replying`]; each change here has its audit row in the same transaction.

use serde::Serialize;
use sqlx::{FromRow, Sqlite, SqliteConnection, Transaction};

use super::{Book, folds};
use crate::audit::Action;
use crate::database::{self, Error};
use loke_core::clock::Day;
use loke_core::random;
use loke_core::reply_rows::Stage;
use loke_core::tip::{Lane, Tip, TipId, Topic};

loke_core::words! {
    /// The state of a reply.
    ReplyState {
        /// A second person must agree.
        Waiting = "waiting",
        /// A supervisor must release it.
        Held = "held",
        /// It leaves with the next replacement of rows.
        Ready = "ready",
        /// It is in a reply row.
        Sent = "sent",
        /// It never leaves.
        Dropped = "dropped",
    }
}

loke_core::words! {
    /// The authorising officer's decision about a box.
    Authorised {
        /// Nobody is being used as a source: free words may leave again.
        NoRelationship = "no relationship",
        /// Nothing more leaves.
        Stop = "stop",
        /// The police source unit decides. Only texts of the library leave.
        SourceUnit = "police source unit",
    }
}

/// A reply to a resident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Reply {
    /// Its number.
    pub id: i64,
    /// The tip that it answers.
    #[sqlx(try_from = "Vec<u8>")]
    pub tip: TipId,
    /// Its place in the order of replies.
    #[serde(skip)]
    pub written: i64,
    /// When it was written (seconds since 1970-01-01 UTC).
    pub at: i64,
    /// The account that wrote it.
    pub who: String,
    /// Its state.
    pub state: ReplyState,
    /// Its language.
    pub language: String,
    /// Its name in the library.
    pub library: Option<String>,
    /// Its words.
    pub text: String,
    /// Their meaning in English.
    pub meaning: Option<String>,
    /// The first day on which it leaves.
    pub leaves_on: Day,
    /// The interpreter who confirmed the words in another language.
    pub interpreter: Option<String>,
    /// The second person.
    pub by: Option<String>,
    /// The supervisor's reason, or why it was dropped.
    pub why: Option<String>,
    /// The day on which it left.
    pub sent_on: Option<Day>,
    /// By when somebody should decide about it, if it waited (seconds since 1970-01-01 UTC).
    pub due_at: Option<i64>,
}

/// The columns of [`Reply`].
macro_rules! columns {
    () => {
        "id, tip, written, at, who, state, language, library, text, meaning, leaves_on, interpreter, by, why, sent_on, due_at"
    };
}

/// The beginning of a query for [`Incident`].
macro_rules! incident_columns {
    () => {
        "select id, tips.received, topic, tips.lane, coalesce(tip ->> 'language', 'en') as language, tip ->> 'follow_up' as follow_up, tip ->> 'when' as happened from tips"
    };
}

/// A reply that is about to be stored.
#[derive(Debug, Clone)]
pub(crate) struct NewReply<'a> {
    pub(crate) tip: TipId,
    pub(crate) state: ReplyState,
    pub(crate) language: &'a str,
    pub(crate) library: Option<&'a str>,
    pub(crate) text: &'a str,
    pub(crate) meaning: Option<&'a str>,
    /// The reasons of the guard's finds (JSON).
    pub(crate) finds: &'a str,
    pub(crate) leaves_on: Day,
    /// The newest reply of its thread that the officer saw ([`Thread::newest`]).
    pub(crate) newest: i64,
}

/// A report of a box.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Incident {
    /// Its id.
    #[sqlx(try_from = "Vec<u8>")]
    pub id: TipId,
    /// The day on which it arrived, as the tip says it: nobody checked it.
    pub received: String,
    /// Its subject.
    pub topic: Topic,
    /// Its lane.
    pub lane: Lane,
    /// Its language.
    pub language: String,
    /// `answer`, `still` or `forget`; none for a first report.
    pub follow_up: Option<String>,
    /// When it happened, in the resident's words.
    pub happened: Option<String>,
}

/// A decision of the authorising officer.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Authorisation {
    /// When (seconds since 1970-01-01 UTC).
    pub at: i64,
    /// The account that recorded it.
    pub who: String,
    /// The decision.
    pub decision: Authorised,
    /// The person who decided, and the reason.
    pub why: String,
    pub(crate) written: i64,
    pub(crate) reports: i64,
}

/// A writer's wish to forget a report.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ForgetRequest {
    /// The day on which it arrived.
    pub asked_on: Day,
    /// The first day on which the words may be deleted.
    pub not_before: Day,
    /// The first person who wants to delete them.
    pub proposed_by: Option<String>,
    /// `keep` or `delete`.
    pub decision: Option<String>,
}

/// Everything that shares one receipt, in one book.
#[derive(Debug, Clone)]
pub struct Thread {
    /// The box; none if the tip has no receipt or asked to be forgotten.
    pub(crate) reply_box: Option<String>,
    /// The reports, oldest day first.
    pub incidents: Vec<Incident>,
    /// The replies, oldest first.
    pub replies: Vec<Reply>,
    /// The stage that a supervisor released, and the day from which it is shown.
    pub released: Option<(Stage, Day)>,
    /// The newest decision of the authorising officer.
    pub authorised: Option<Authorisation>,
    /// Whether an officer noted that the writer is under 18.
    pub is_young: bool,
    /// Whether another book answers the receipt, because a report of it was moved there.
    pub is_elsewhere: bool,
    /// The wish to forget, if there is one.
    pub forget: Option<ForgetRequest>,
}

impl Thread {
    /// The order of the newest reply; 0 if there is none. A page that shows an older thread is
    /// refused.
    #[must_use]
    pub fn newest(&self) -> i64 {
        self.replies.last().map_or(0, |reply| reply.written)
    }
}

/// A reply that somebody else wrote meanwhile.
#[derive(Debug, thiserror::Error)]
pub enum NotStored {
    /// Somebody else wrote to this box.
    #[error("{0} wrote to this receipt a moment ago. Read the thread again, then decide")]
    Changed(String),
    /// The book failed.
    #[error(transparent)]
    Database(#[from] Error),
}

impl From<sqlx::Error> for NotStored {
    fn from(e: sqlx::Error) -> Self {
        Self::Database(e.into())
    }
}

impl Book {
    /// The thread of a tip's receipt.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub(crate) async fn thread(&self, tip: TipId) -> Result<Thread, Error> {
        let mut read = self.pool.acquire().await?;
        thread_in(self, &mut read, tip).await
    }

    /// The thread of a receipt that a report of another book has, without what this person must not see.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn thread_of_box(&self, reply_box: &str) -> Result<Thread, Error> {
        let mut read = self.pool.acquire().await?;
        let mut thread = thread_by(self, &mut read, None, Some(reply_box.to_owned())).await?;
        let recused: Vec<Vec<u8>> =
            sqlx::query_scalar("select tip from hidden_from where who = $1")
                .bind(&self.actor.name)
                .fetch_all(&mut *read)
                .await?;
        let recused = database::tip_ids(recused)?;
        thread.incidents.retain(|of| !recused.contains(&of.id));
        thread.replies.retain(|of| !recused.contains(&of.tip));
        Ok(thread)
    }

    /// The tips of other receipts that are shown as one with this tip.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn boxes_shown_as_one(&self, tip: TipId) -> Result<Vec<TipId>, Error> {
        let ids: Vec<Vec<u8>> = sqlx::query_scalar(concat!(
            folds::tree!(),
            " select max(id) from tips where id in (select tip from tree) and reply_box is not null and id <> $1
             and reply_box is not (select reply_box from tips where id = $1) group by reply_box order by 1"
        ))
        .bind(tip.0.as_slice())
        .fetch_all(&self.pool)
        .await?;
        database::tip_ids(ids)
    }

    /// Stores replies, each if its thread is still as its `newest` says, or none. Returns their numbers.
    ///
    /// # Errors
    /// [`NotStored::Changed`].
    pub(crate) async fn add_replies(
        &self,
        replies: &[NewReply<'_>],
    ) -> Result<Vec<i64>, NotStored> {
        let mut write = self.write().await?;
        for reply in replies {
            let thread = thread_in(self, &mut write, reply.tip).await?;
            if thread.newest() != reply.newest {
                let who = thread.replies.last().map(|reply| reply.who.clone());
                return Err(NotStored::Changed(who.unwrap_or_default()));
            }
        }
        let mut ids = Vec::new();
        for reply in replies {
            ids.push(self.add_reply(&mut write, reply).await?);
        }
        self.commit(write).await?;
        Ok(ids)
    }

    async fn add_reply(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        reply: &NewReply<'_>,
    ) -> Result<i64, Error> {
        let id = loop {
            let id = i64::try_from(random::below(900_000)?).unwrap_or_default() + 100_000;
            let there = sqlx::query_scalar("select exists (select 1 from replies where id = $1)");
            let is_there: bool = there.bind(id).fetch_one(&mut **write).await?;
            if !is_there {
                break id;
            }
        };
        let clock = self.register.clock();
        let now = clock.now();
        let waits = matches!(reply.state, ReplyState::Waiting | ReplyState::Held);
        sqlx::query(
            "insert into replies (id, tip, written, at, who, state, language, library, text, meaning, finds, leaves_on, due_at)
             select $1, $2, coalesce((select max(written) from replies), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12",
        )
        .bind(id)
        .bind(reply.tip.0.as_slice())
        .bind(now)
        .bind(&self.actor.name)
        .bind(reply.state)
        .bind(reply.language)
        .bind(reply.library)
        .bind(reply.text)
        .bind(reply.meaning)
        .bind(reply.finds)
        .bind(reply.leaves_on)
        .bind(waits.then(|| self.register.clocks().reply_due(&clock.zone(), now)))
        .execute(&mut **write)
        .await?;
        if reply.library.is_none() {
            self.drop_reply_draft(write, reply.tip).await?;
        }
        let detail = format!("reply {id} {}", reply.state);
        self.append(write, Action::Reply, &reply.tip.to_string(), &detail)
            .await?;
        Ok(id)
    }

    /// The reply with this number.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn reply(&self, id: i64) -> Result<Option<Reply>, Error> {
        let reply = sqlx::query_as(concat!(
            "select ",
            columns!(),
            " from replies where id = $1"
        ));
        Ok(reply.bind(id).fetch_optional(&self.pool).await?)
    }

    /// The replies that wait for a person, oldest first, without those to tips that this person must
    /// not see.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn waiting_replies(&self) -> Result<Vec<Reply>, Error> {
        let replies = sqlx::query_as(concat!(
            "select ",
            columns!(),
            " from replies where state in ('waiting', 'held') and replies.tip not in (select tip from hidden_from where who = $1) order by at, id"
        ));
        Ok(replies.bind(&self.actor.name).fetch_all(&self.pool).await?)
    }

    /// Lets a reply leave, or drops it, if it is still in this state. `None`: somebody else was
    /// faster.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn settle_reply(
        &self,
        reply: &Reply,
        to: ReplyState,
        interpreter: Option<&str>,
        why: Option<&str>,
    ) -> Result<Option<()>, Error> {
        let mut write = self.write().await?;
        let settled = sqlx::query(
            "update replies set state = $3, interpreter = coalesce($4, interpreter), by = $5, by_at = $6, why = $7, leaves_on = max(leaves_on, $8)
             where id = $1 and state = $2",
        )
        .bind(reply.id)
        .bind(reply.state)
        .bind(to)
        .bind(interpreter)
        .bind(&self.actor.name)
        .bind(self.register.clock().now())
        .bind(why)
        .bind(self.day())
        .execute(&mut *write)
        .await?;
        if settled.rows_affected() == 0 {
            return Ok(None);
        }
        let mut detail = format!("reply {} {to}", reply.id);
        if let Some(why) = why {
            detail = format!("{detail}, {}", self.reason(why));
        }
        self.append(&mut write, Action::Reply, &reply.tip.to_string(), &detail)
            .await?;
        self.commit(write).await?;
        Ok(Some(()))
    }

    /// The reports of a box, of those that this person may see.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn incidents_of(&self, reply_box: &str) -> Result<Vec<Incident>, Error> {
        let incidents = sqlx::query_as(concat!(
            incident_columns!(),
            " where reply_box = $1 and id not in (select tip from hidden_from where who = $2) order by tips.received, id"
        ));
        Ok(incidents
            .bind(reply_box)
            .bind(&self.actor.name)
            .fetch_all(&self.pool)
            .await?)
    }

    /// Gives a tip that was sent by receipt to whoever works on that receipt: the owner of its newest
    /// open report, otherwise the member who wrote last.
    pub(super) async fn hand_to_owner_of_box(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: &Tip,
    ) -> Result<(), Error> {
        sqlx::query(
            "update triage set state = 'taken', owner = owner_of.who from (
                 select coalesce(
                     (select owner from triage as t join tips on tips.id = t.tip where reply_box = $2 and t.tip <> $1 and owner is not null and t.open = 1 order by t.received desc limit 1),
                     (select who from replies join tips on tips.id = replies.tip where reply_box = $2 and who in (select account from members) order by written desc limit 1)
                 ) as who) as owner_of
             where tip = $1 and state = 'new' and owner_of.who is not null",
        )
        .bind(tip.id.0.as_slice())
        .bind(&tip.reply_box)
        .execute(&mut **write)
        .await?;
        Ok(())
    }
}

async fn thread_in(book: &Book, read: &mut SqliteConnection, tip: TipId) -> Result<Thread, Error> {
    let reply_box: Option<Option<String>> =
        sqlx::query_scalar("select reply_box from tips where id = $1")
            .bind(tip.0.as_slice())
            .fetch_optional(&mut *read)
            .await?;
    let reply_box = reply_box.ok_or_else(|| Error::NoTip(tip.to_string()))?;
    thread_by(book, read, Some(tip), reply_box).await
}

/// The thread of a tip, or of a box alone.
async fn thread_by(
    book: &Book,
    read: &mut SqliteConnection,
    tip: Option<TipId>,
    reply_box: Option<String>,
) -> Result<Thread, Error> {
    let tip = tip.map(|tip| tip.0.to_vec());
    let incidents = sqlx::query_as(concat!(
        incident_columns!(),
        " where id = $1 or reply_box = $2 order by tips.received, id"
    ))
    .bind(tip.as_deref())
    .bind(&reply_box)
    .fetch_all(&mut *read)
    .await?;
    let replies = sqlx::query_as(concat!(
        "select ",
        columns!(),
        " from replies where tip = $1 or tip in (select id from tips where reply_box = $2) order by written"
    ))
    .bind(tip.as_deref())
    .bind(&reply_box)
    .fetch_all(&mut *read)
    .await?;
    let released = sqlx::query_as("select stage, shown_from from stages where box = $1")
        .bind(&reply_box)
        .fetch_optional(&mut *read)
        .await?;
    let authorised = sqlx::query_as(
        "select at, who, decision, why, written, reports from authorisations where box = $1 order by id desc limit 1",
    )
    .bind(&reply_box)
    .fetch_optional(&mut *read)
    .await?;
    let is_young = sqlx::query_scalar("select exists (select 1 from young_writers where box = $1)")
        .bind(&reply_box)
        .fetch_one(&mut *read)
        .await?;
    let is_elsewhere = match &reply_box {
        Some(reply_box) => book.is_moved_box(read, reply_box).await?,
        None => false,
    };
    let forget = sqlx::query_as(
        "select asked_on, not_before, proposed_by, decision from forget_requests where tip = $1",
    )
    .bind(tip.as_deref())
    .fetch_optional(&mut *read)
    .await?;
    Ok(Thread {
        reply_box,
        incidents,
        replies,
        released,
        authorised,
        is_young,
        is_elsewhere,
        forget,
    })
}
