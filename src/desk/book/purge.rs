//! Purges tips that are over their period. The rows go in one transaction with the audit rows and
//! with what is left of each tip (table `purged`, docs/retention.md); then the sealed files go. If
//! the program is killed between the two, the next opening of the book deletes the files.

use std::collections::HashSet;

use sqlx::{FromRow, SqliteConnection};

use super::{Book, SETTLES, folds, moved_reports, reply_moves, sealed_files};
use crate::audit::Action;
use crate::database::{self, Error};
use crate::periods::{Ending, Periods};
use crate::register::Effect;
use loke_core::clock::Day;
use loke_core::config::ConfigError;
use loke_core::tip::{Lane, TipId};

/// How a tip ended, by its row of `triage`; null while it is open, while a decision waits for a
/// second person, and while it is folded: then it ends with its holder.
macro_rules! ending_of {
    () => {
        "case when folded_into is not null or pending is not null then null when state = 'routed' then 'routed' when state = 'closed' then triage.outcome end"
    };
}

/// The tables with rows of one tip, and the column with its id. Its own row is last: the tables that
/// reference it follow by `on delete cascade`.
const OF_A_TIP: [(&str, &str); 7] = [
    ("report_photos", "tip"),
    ("report_tips", "tip"),
    ("reports", "tip"),
    ("outcomes", "tip"),
    ("holds", "tip"),
    ("moves", "tip"),
    ("tips", "id"),
];
/// Tips in one transaction.
const BATCH: usize = 20;
/// If the book was not searched for longer, the clock may be wrong: a person must look at it.
const LONGEST_PAUSE: i32 = 92;
/// The word in `purged` for a tip that is in another book now.
const MOVED: &str = "moved";

/// Why nothing was purged.
#[derive(Debug, thiserror::Error)]
pub enum NotPurged {
    /// The register or the book failed.
    #[error(transparent)]
    Database(#[from] Error),
    /// The periods cannot be read.
    #[error("nothing is purged: {0}")]
    Periods(#[from] ConfigError),
    /// The clock may be wrong.
    #[error(
        "nothing is purged in the book {book}: it was last searched on {last}, and today is {today}. If the date is right, run `loke-desk purge`"
    )]
    Pause {
        /// The book.
        book: String,
        /// The last day.
        last: Day,
        /// Today, by this machine.
        today: Day,
    },
}

/// The reason for a purge: the clock, or a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The clock. After a long pause nothing is purged.
    ByTheClock,
    /// A person who looked at the date.
    ByHand,
}

/// A tip that is over its period.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Due {
    /// Its id.
    #[sqlx(rename = "tip", try_from = "Vec<u8>")]
    pub id: TipId,
    /// Its lane.
    pub lane: Lane,
    /// How it ended.
    pub outcome: Ending,
    /// The day of the outcome.
    pub noted_on: Day,
}

/// The result of a search of a book.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Searched {
    /// Tips that were purged.
    pub purged: usize,
    /// Open tips over their period: somebody must decide about them.
    pub undecided: i64,
}

impl Book {
    /// Notes outcomes, purges all tips that are over their period, and tells the register how many
    /// open ones are. Calls `each` after each batch with the number of tips.
    ///
    /// # Errors
    /// [`NotPurged`].
    pub async fn purge(
        &self,
        asked: Asked,
        mut each: impl FnMut(usize),
    ) -> Result<Searched, NotPurged> {
        let periods = Periods::read(self.register.folder())?;
        let today = self.register.clock().today();
        self.check_pause(asked, today).await?;
        self.drop_old_searches().await?;
        self.delete_files().await?;
        self.note_outcomes().await?;
        let mut purged = 0;
        loop {
            let batch = self.purge_batch(&periods, today).await?;
            purged += batch;
            if batch == 0 {
                break;
            }
            each(batch);
        }
        let undecided = self.undecided(&periods, today).await?;
        self.register
            .note_searched(&self.name, today, undecided)
            .await?;
        Ok(Searched { purged, undecided })
    }

    /// Purges a few tips that are over their period: for the moment at which a book opens. The rest
    /// follows by [`Self::purge`].
    ///
    /// # Errors
    /// [`NotPurged`].
    pub async fn purge_some(&self) -> Result<usize, NotPurged> {
        let periods = Periods::read(self.register.folder())?;
        let today = self.register.clock().today();
        self.check_pause(Asked::ByTheClock, today).await?;
        self.note_outcomes().await?;
        Ok(self.purge_batch(&periods, today).await?)
    }

    /// The tips that [`Self::purge`] would purge now, the oldest outcome first. Notes outcomes.
    ///
    /// # Errors
    /// [`NotPurged`].
    pub async fn due(&self) -> Result<Vec<Due>, NotPurged> {
        let periods = Periods::read(self.register.folder())?;
        self.note_outcomes().await?;
        let text = due_text(&periods, self.register.clock().today());
        let mut connection = self.pool.acquire().await.map_err(Error::from)?;
        Ok(self.read_due(&mut connection, &text, usize::MAX).await?)
    }

    async fn check_pause(&self, asked: Asked, today: Day) -> Result<(), NotPurged> {
        let last = self.register.searched_on(&self.name).await?;
        match last {
            Some(last) if asked == Asked::ByTheClock && last.plus(LONGEST_PAUSE) < today => {
                Err(NotPurged::Pause {
                    book: self.name.clone(),
                    last,
                    today,
                })
            }
            _ => Ok(()),
        }
    }

    /// Notes how each tip ended since the last search, or that it is open again.
    async fn note_outcomes(&self) -> Result<(), Error> {
        let changed = sqlx::query_scalar("select exists (select 1 from unnoted)");
        let changed: bool = changed.fetch_one(&self.pool).await?;
        if !changed {
            return Ok(());
        }
        let mut write = self.write().await?;
        sqlx::query("delete from outcomes where tip in (select tip from unnoted)")
            .execute(&mut *write)
            .await?;
        sqlx::query(concat!(
            "insert into outcomes (tip, lane, outcome, noted_on) select id, lane, ",
            ending_of!(),
            ", coalesce(closed_on, $1) from unnoted join triage using (tip) join tips on id = triage.tip where ",
            ending_of!(),
            " is not null"
        ))
        .bind(self.day())
        .execute(&mut *write)
        .await?;
        sqlx::query("delete from unnoted")
            .execute(&mut *write)
            .await?;
        self.commit(write).await
    }

    /// The first tips that are over their period. One is not among them if it, or anything that is
    /// folded into it, is under a hold, marked as an illegal picture, on its way to another book, or
    /// has a report that still waits.
    async fn read_due(
        &self,
        connection: &mut SqliteConnection,
        text: &str,
        most: usize,
    ) -> Result<Vec<Due>, Error> {
        let mut waiting = HashSet::new();
        for tip in self.register.tips_with_waiting_reports().await? {
            match folds::holder_of(connection, tip).await {
                Ok(holder) => waiting.insert(holder),
                // It is in another book.
                Err(Error::NoTip(_)) => continue,
                Err(other) => return Err(other),
            };
        }
        let fetched = i64::try_from(most.saturating_add(waiting.len())).unwrap_or(i64::MAX);
        let mut due: Vec<Due> = sqlx::query_as(sqlx::AssertSqlSafe(text.to_owned()))
            .bind(fetched)
            .fetch_all(connection)
            .await?;
        due.retain(|due| !waiting.contains(&due.id));
        due.truncate(most);
        Ok(due)
    }

    async fn purge_batch(&self, periods: &Periods, today: Day) -> Result<usize, Error> {
        let text = due_text(periods, today);
        // Most searches find nothing: they need no write lock.
        let mut connection = self.pool.acquire().await?;
        if self.read_due(&mut connection, &text, 1).await?.is_empty() {
            return Ok(0);
        }
        drop(connection);
        let mut write = self.write().await?;
        let due = self.read_due(&mut write, &text, BATCH).await?;
        let mut purged = 0;
        for holder in &due {
            let detail = format!(
                "{}, {} on {}, kept {} days",
                holder.lane,
                holder.outcome,
                holder.noted_on,
                periods.days(holder.lane, Some(holder.outcome))
            );
            self.tally(&mut write, holder).await?;
            // The tips that are folded into it go first.
            for tip in folds::with_folded(&mut write, holder.id).await? {
                self.leave_remains(&mut write, tip, holder.outcome.word())
                    .await?;
                self.effect(&mut write, &Effect::Purged { tip }, None)
                    .await?;
                self.append(&mut write, Action::Purge, &tip.to_string(), &detail)
                    .await?;
                purged += 1;
            }
        }
        self.commit(write).await?;
        self.delete_files().await?;
        Ok(purged)
    }

    /// Deletes all rows of a tip but what docs/retention.md lists. The sealed file goes with
    /// [`Self::delete_files`].
    pub(super) async fn leave_remains(
        &self,
        write: &mut SqliteConnection,
        id: TipId,
        outcome: &str,
    ) -> Result<(), Error> {
        sqlx::query(
            "insert into purged (id, lane, received, outcome, purged_on) select id, lane, received, $2, $3 from tips where id = $1
             on conflict (id) do update set outcome = $2, purged_on = $3",
        )
        .bind(id.0.as_slice())
        .bind(outcome)
        .bind(self.day())
        .execute(&mut *write)
        .await?;
        for (table, column) in OF_A_TIP {
            let gone = format!("delete from {table} where {column} = $1");
            sqlx::query(sqlx::AssertSqlSafe(gone))
                .bind(id.0.as_slice())
                .execute(&mut *write)
                .await?;
        }
        sqlx::query("insert into unlinked (tip) values ($1) on conflict (tip) do nothing")
            .bind(id.0.as_slice())
            .execute(write)
            .await?;
        Ok(())
    }

    /// How a tip that was in this book left it, and the day.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn remains_of(&self, id: TipId) -> Result<Option<(String, Day)>, Error> {
        let remains = sqlx::query_as("select outcome, purged_on from purged where id = $1");
        Ok(remains
            .bind(id.0.as_slice())
            .fetch_optional(&self.pool)
            .await?)
    }

    /// A tip comes back from another book: its earlier remains here go.
    pub(super) async fn forget_remains(
        &self,
        write: &mut SqliteConnection,
        id: TipId,
    ) -> Result<(), Error> {
        for gone in [
            "delete from purged where id = $1",
            "delete from unlinked where tip = $1",
        ] {
            sqlx::query(gone)
                .bind(id.0.as_slice())
                .execute(&mut *write)
                .await?;
        }
        Ok(())
    }

    /// Deletes the tips that are in another book now: the rows, then the sealed files.
    ///
    /// # Errors
    /// If a database or a file fails. Then the next opening does it.
    pub(crate) async fn finish_moves(&self) -> Result<(), Error> {
        for id in self.moved().await? {
            let mut write = self.write().await?;
            for released in folds::release(&mut write, id).await? {
                self.note_due(&mut write, released).await?;
            }
            let holder = folds::holder_of(&mut write, id).await?;
            moved_reports::keep_photos_of_others(&mut write, id).await?;
            self.note_moved_box(&mut write, id).await?;
            reply_moves::replace_soon(&mut write, id).await?;
            self.leave_remains(&mut write, id, MOVED).await?;
            if holder != id {
                folds::refresh(&mut write, holder).await?;
                self.note_due(&mut write, holder).await?;
            }
            self.commit(write).await?;
        }
        self.delete_files().await
    }

    /// Deletes sealed files that never got their row: a move or an import was cut off. A new file may be
    /// of a tip that is arriving.
    ///
    /// # Errors
    /// If the folder or the database fails.
    pub(super) async fn remove_orphans(&self) -> Result<(), Error> {
        let tips: i64 = sqlx::query_scalar("select count(*) from tips")
            .fetch_one(&self.pool)
            .await?;
        if i64::try_from(sealed_files::count(&self.folder)?).is_ok_and(|files| files <= tips) {
            return Ok(());
        }
        let now = self.register.clock().now();
        // The lock keeps a tip with one of these ids from arriving meanwhile.
        let mut write = self.write().await?;
        let ids: Vec<Vec<u8>> = sqlx::query_scalar("select id from tips")
            .fetch_all(&mut *write)
            .await?;
        // A tip that the register places here was in the book: an older copy of the database may have
        // been restored.
        let mut ids: HashSet<TipId> = database::tip_ids(ids)?.into_iter().collect();
        ids.extend(self.register.tips_of(&self.name).await?);
        for (id, written_at) in sealed_files::all(&self.folder)? {
            if !ids.contains(&id) && now.saturating_sub(written_at) > SETTLES {
                sealed_files::delete(&self.folder, id)?;
            }
        }
        Ok(write.rollback().await?)
    }

    /// Deletes the sealed files of tips whose rows are gone.
    pub(super) async fn delete_files(&self) -> Result<(), Error> {
        const UNLINKED: &str = "select tip from unlinked where tip not in (select id from tips)";
        let some: Option<Vec<u8>> = sqlx::query_scalar(UNLINKED)
            .fetch_optional(&self.pool)
            .await?;
        if some.is_none() {
            return Ok(());
        }
        // The lock keeps a tip with this id from arriving meanwhile.
        let mut write = self.write().await?;
        let ids: Vec<Vec<u8>> = sqlx::query_scalar(UNLINKED).fetch_all(&mut *write).await?;
        for id in ids {
            sealed_files::delete(&self.folder, id.try_into().map_err(|_| Error::Row)?)?;
        }
        sqlx::query("delete from unlinked")
            .execute(&mut *write)
            .await?;
        self.commit(write).await
    }

    /// Open tips that are over their period. One under a hold needs no decision.
    async fn undecided(&self, periods: &Periods, today: Day) -> Result<i64, Error> {
        let lanes: Vec<String> = Lane::ALL
            .iter()
            .map(|lane| format!("('{lane}', '{}')", periods.over_since(*lane, None, today)))
            .collect();
        let text = format!(
            "with periods (lane, last_day) as (values {})
             select count(*) from triage join tips on tips.id = triage.tip join periods on periods.lane = tips.lane and tips.received <= last_day
             where open = 1 and not exists (select 1 from holds where holds.tip = tips.id and lifted_on is null)",
            lanes.join(", ")
        );
        Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(text))
            .fetch_one(&self.pool)
            .await?)
    }
}

/// Those of `ids` that were purged here, or moved away.
pub(super) async fn purged_of(
    connection: &mut SqliteConnection,
    ids: impl Iterator<Item = TipId>,
) -> Result<HashSet<TipId>, Error> {
    let ids: Vec<TipId> = ids.collect();
    let ids = serde_json::to_string(&ids).map_err(|_| Error::Row)?;
    let rows = sqlx::query_scalar(
        "select id from purged where id in (select unhex(value) from json_each($1))",
    )
    .bind(ids)
    .fetch_all(connection)
    .await?;
    Ok(database::tip_ids(rows)?.into_iter().collect())
}

/// The query for tips that are over their period; $1 most. It contains our own words and days only.
fn due_text(periods: &Periods, today: Day) -> String {
    let mut rows = Vec::new();
    for lane in Lane::ALL {
        for outcome in Ending::ALL {
            let over = periods.over_since(*lane, Some(*outcome), today);
            rows.push(format!("('{lane}', '{outcome}', '{over}')"));
        }
    }
    format!(
        "with recursive periods (lane, outcome, last_day) as (values {}),
         barred (tip) as (
             select tip from holds where lifted_on is null union select tip from moves union select tip from triage where illegal = 1
             union select folded_into from triage join barred on triage.tip = barred.tip where folded_into is not null
         )
         select outcomes.tip, outcomes.lane, outcomes.outcome, noted_on
         from periods cross join outcomes on outcomes.lane = periods.lane and outcomes.outcome = periods.outcome and noted_on <= last_day
         join triage on triage.tip = outcomes.tip and {} = outcomes.outcome
         where outcomes.tip not in (select tip from barred)
         order by noted_on, outcomes.tip limit $1",
        rows.join(", "),
        ending_of!()
    )
}
