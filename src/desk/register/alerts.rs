//! What alerts need: urgent tips that nobody has taken, what the gateways answered, the alert that
//! runs, and when drills begin. The decisions are made in [`crate::alerts`].

use sqlx::{FromRow, SqliteConnection};

use super::Register;
use super::due;
use super::mails::{self, NewMail};
use crate::audit::{Action, Actor};
use crate::database::Error;
use loke_core::clock::Day;
use loke_core::pickup::Counted;
use loke_core::tip::{Lane, Priority, TipId, is_urgent};

/// Days over which drills and true alerts are compared.
const COMPARED: i64 = 30 * 86_400;
/// Days that an alert is kept after it began.
const KEPT: i64 = 60 * 86_400;

/// An alert, from its first cause until everything urgent was taken, or the drill was seen.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Alert {
    /// Its number; 0 before it is stored.
    pub id: i64,
    /// Whether it began as a drill.
    pub drill: bool,
    /// Whether something urgent waited while it lasted.
    pub urgent: bool,
    /// When it began (seconds since 1970-01-01 UTC).
    pub began_at: i64,
    /// When its next mail is due.
    pub next_at: i64,
    /// The addresses that this round has told, each on a line.
    pub told: String,
    /// The account that saw the drill.
    pub seen_by: Option<String>,
    /// When it ended.
    pub ended_at: Option<i64>,
}

/// A book that collects lanes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CollectingBook {
    pub(crate) name: String,
    pub(crate) members: Vec<String>,
    /// The day on which the lane that waits longest was last collected.
    pub(crate) last: Day,
}

/// What is known at a mark.
#[derive(Debug)]
pub(crate) struct AlertState {
    /// The last mark that was handled.
    pub(crate) mark: i64,
    /// Urgent tips that nobody has taken, in the books and at the gateways.
    pub(crate) untaken: i64,
    pub(crate) running: Option<Alert>,
    /// When drills begin that have not begun yet.
    pub(crate) coming: Vec<i64>,
    /// Whether today's drills are drawn.
    pub(crate) planned: bool,
    /// Drills and true alerts that began in the last days.
    pub(crate) drills: usize,
    pub(crate) true_alerts: usize,
    pub(crate) daily_sent: bool,
    pub(crate) books: Vec<CollectingBook>,
    /// Books and stages that were alarmed today.
    pub(crate) alarms: Vec<(String, i64)>,
}

/// What a mark changes.
#[derive(Debug, Default)]
pub(crate) struct AlertChanges {
    /// The alert that began or goes on.
    pub(crate) alert: Option<Alert>,
    /// Drills that begin at these times.
    pub(crate) drills: Vec<i64>,
    /// Today's drills are drawn.
    pub(crate) planned: bool,
    pub(crate) alarms: Vec<(String, i64)>,
    pub(crate) mails: Vec<NewMail>,
    /// The tips whose people are reminded.
    pub(crate) reminded: Vec<TipId>,
    /// Tips about whose waiting replies somebody is reminded.
    pub(crate) reminded_replies: Vec<TipId>,
    pub(crate) daily_sent: bool,
}

/// The columns of an [`Alert`].
macro_rules! alerts {
    ($end:literal) => {
        concat!(
            "select id, drill, urgent, began_at, next_at, told, seen_by, ended_at from alerts ",
            $end
        )
    };
}

impl Register {
    /// Notes that an urgent tip is in a book.
    pub(super) async fn note_urgent(
        &self,
        write: &mut SqliteConnection,
        id: TipId,
    ) -> Result<(), Error> {
        sqlx::query(
            "insert into urgent (tip, since_at) values ($1, $2) on conflict (tip) do nothing",
        )
        .bind(id.0.as_slice())
        .bind(self.clock.now())
        .execute(write)
        .await?;
        Ok(())
    }

    /// Notes that somebody took a tip, or that it is open again. Nothing happens if it is not urgent.
    pub(super) async fn note_taken(
        &self,
        write: &mut SqliteConnection,
        id: TipId,
        is_taken: bool,
    ) -> Result<(), Error> {
        sqlx::query(
            "update urgent set taken_at = case when $3 then coalesce(taken_at, $2) end where tip = $1",
        )
            .bind(id.0.as_slice())
            .bind(self.clock.now())
            .bind(is_taken)
            .execute(write)
            .await?;
        Ok(())
    }

    /// Stores what a gateway answered.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_counted(&self, pickup: &str, counted: &Counted) -> Result<(), Error> {
        let mut write = self.write().await?;
        for table in [
            "delete from waiting where pickup = $1",
            "delete from gateway_keys where pickup = $1",
            "delete from listed_keys where pickup = $1",
        ] {
            sqlx::query(table).bind(pickup).execute(&mut *write).await?;
        }
        for kind in &counted.waiting {
            sqlx::query(
                "insert into waiting (pickup, lane, priority, tips) values ($1, $2, $3, $4)",
            )
            .bind(pickup)
            .bind(kind.lane)
            .bind(kind.priority)
            .bind(i64::try_from(kind.tips).unwrap_or(i64::MAX))
            .execute(&mut *write)
            .await?;
        }
        for lane in &counted.recipients {
            for key in &lane.keys {
                sqlx::query("insert into gateway_keys (pickup, lane, recipient) values ($1, $2, $3) on conflict do nothing")
                    .bind(pickup)
                    .bind(lane.lane)
                    .bind(key)
                    .execute(&mut *write)
                    .await?;
            }
        }
        for key in &counted.listed {
            sqlx::query("insert into listed_keys (pickup, recipient) values ($1, $2) on conflict do nothing")
                .bind(pickup)
                .bind(key)
                .execute(&mut *write)
                .await?;
        }
        let used = "update retired_keys set last_on = $1 where recipient in (select recipient from gateway_keys)";
        sqlx::query(used)
            .bind(self.clock.today())
            .execute(&mut *write)
            .await?;
        Ok(write.commit().await?)
    }

    /// Urgent tips that nobody has taken: in the books, and released at the gateways.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn untaken(&self) -> Result<i64, Error> {
        let ours: i64 = sqlx::query_scalar(
            "select count(*) from urgent join tips on tips.id = urgent.tip where taken_at is null",
        )
        .fetch_one(&self.pool)
        .await?;
        let waiting: Vec<(Lane, Priority, i64)> = sqlx::query_as(
            "select lane, priority, tips from waiting join enrolments using (pickup) where tips > 0",
        )
        .fetch_all(&self.pool)
        .await?;
        let sealed = waiting
            .into_iter()
            .filter(|(lane, priority, _)| is_urgent(*lane, *priority))
            .map(|(.., tips)| tips);
        Ok(sealed.fold(ours, i64::saturating_add))
    }

    /// The alert that runs.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn running_alert(&self) -> Result<Option<Alert>, Error> {
        let row = sqlx::query_as(alerts!("where ended_at is null order by id desc limit 1"));
        Ok(row.fetch_optional(&self.pool).await?)
    }

    /// The alerts that are kept, the newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn alerts(&self) -> Result<Vec<Alert>, Error> {
        let rows = sqlx::query_as(alerts!("order by id desc"));
        Ok(rows.fetch_all(&self.pool).await?)
    }

    /// Notes that a person saw the drill that runs. It ends at once, unless something urgent waits.
    /// False if no drill runs.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_drill_seen(&self, actor: &Actor) -> Result<bool, Error> {
        let waits = self.untaken().await? > 0;
        let mut write = self.write().await?;
        let seen = sqlx::query(
            "update alerts set seen_by = $1, ended_at = case when $3 then null else $2 end
             where ended_at is null and drill = 1 and seen_by is null",
        )
        .bind(&actor.name)
        .bind(self.clock.now())
        .bind(waits)
        .execute(&mut *write)
        .await?;
        if seen.rows_affected() == 0 {
            return Ok(false);
        }
        self.append(&mut write, actor, Action::Alert, "drill", "seen")
            .await?;
        self.commit(write).await?;
        Ok(true)
    }

    /// Everything that the decisions at `mark` need.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn alert_state(&self, mark: i64) -> Result<AlertState, Error> {
        let today = self.clock.zone().day(mark).to_string();
        let (last, planned, daily_sent): (i64, bool, bool) = sqlx::query_as(
            "select mark, coalesce(planned_on = $1, 0), coalesce(daily_on = $1, 0) from alert_state",
        )
        .bind(&today)
        .fetch_one(&self.pool)
        .await?;
        let coming = sqlx::query_scalar("select at from drills order by at")
            .fetch_all(&self.pool)
            .await?;
        let (drills, true_alerts): (i64, i64) = sqlx::query_as(
            "select count(*) filter (where drill = 1), count(*) filter (where drill = 0) from alerts where began_at > $1",
        )
        .bind(mark.saturating_sub(COMPARED))
        .fetch_one(&self.pool)
        .await?;
        let alarms = sqlx::query_as("select book, stage from lane_alarms where on_day = $1")
            .bind(&today)
            .fetch_all(&self.pool)
            .await?;
        Ok(AlertState {
            mark: last,
            untaken: self.untaken().await?,
            running: self.running_alert().await?,
            coming,
            planned,
            drills: usize::try_from(drills).unwrap_or_default(),
            true_alerts: usize::try_from(true_alerts).unwrap_or_default(),
            daily_sent,
            books: self.collecting_books().await?,
            alarms,
        })
    }

    /// The books that collect lanes, if this desk has a gateway.
    async fn collecting_books(&self) -> Result<Vec<CollectingBook>, Error> {
        let mut found = Vec::new();
        if self.enrolments().await?.is_empty() {
            return Ok(found);
        }
        for book in self.books().await? {
            let mut oldest: Option<Day> = None;
            for lane in &book.lanes {
                let last = self.last_collected(*lane).await?.unwrap_or(book.created_on);
                oldest = Some(oldest.map_or(last, |oldest| oldest.min(last)));
            }
            found.extend(oldest.map(|last| CollectingBook {
                members: book.members.iter().map(|m| m.account.clone()).collect(),
                name: book.name.clone(),
                last,
            }));
        }
        Ok(found)
    }

    /// Stores what was decided at `mark`, in one transaction.
    ///
    /// # Errors
    /// If nothing was stored.
    pub(crate) async fn apply_alerts(
        &self,
        mark: i64,
        changes: &AlertChanges,
    ) -> Result<(), Error> {
        let today = self.clock.zone().day(mark).to_string();
        let desk = Actor::desk();
        let mut write = self.write().await?;
        sqlx::query(
            "update alert_state set mark = $1, planned_on = case when $3 then $2 else planned_on end,
                    daily_on = case when $4 then $2 else daily_on end",
        )
        .bind(mark)
        .bind(&today)
        .bind(changes.planned)
        .bind(changes.daily_sent)
        .execute(&mut *write)
        .await?;
        sqlx::query("delete from drills where at <= $1")
            .bind(mark)
            .execute(&mut *write)
            .await?;
        for at in &changes.drills {
            sqlx::query("insert into drills (at) values ($1) on conflict do nothing")
                .bind(at)
                .execute(&mut *write)
                .await?;
        }
        if let Some(alert) = &changes.alert {
            store(&mut write, alert).await?;
            if alert.id == 0 {
                let object = if alert.drill { "drill" } else { "urgent" };
                self.append(&mut write, &desk, Action::Alert, object, "began")
                    .await?;
            } else if alert.ended_at.is_some() {
                self.append(
                    &mut write,
                    &desk,
                    Action::Alert,
                    "urgent",
                    "everything was taken",
                )
                .await?;
            }
        }
        for (book, stage) in &changes.alarms {
            sqlx::query("insert into lane_alarms (book, on_day, stage) values ($1, $2, $3) on conflict do nothing")
                .bind(book)
                .bind(&today)
                .bind(stage)
                .execute(&mut *write)
                .await?;
            let detail = "its lanes were not collected for a working day";
            self.append(&mut write, &desk, Action::Alert, book, detail)
                .await?;
        }
        mails::queue(&mut write, mark, &changes.mails).await?;
        let (tips, replies) = (&changes.reminded, &changes.reminded_replies);
        due::note_reminded(&mut write, mark, tips, replies).await?;
        for table in [
            "delete from alerts where ended_at < $1",
            "delete from mails where queued_at < $1",
        ] {
            sqlx::query(table)
                .bind(mark.saturating_sub(KEPT))
                .execute(&mut *write)
                .await?;
        }
        self.commit(write).await
    }

    /// Stores the text of a good duty list, if it is another than the last one.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_duty(&self, text: &str) -> Result<(), Error> {
        if self.last_duty().await?.as_deref() == Some(text) {
            return Ok(());
        }
        let mut write = self.write().await?;
        sqlx::query("update alert_state set duty = $1")
            .bind(text)
            .execute(&mut *write)
            .await?;
        let desk = Actor::desk();
        self.append(
            &mut write,
            &desk,
            Action::Alert,
            "rules/duty.toml",
            "the list changed",
        )
        .await?;
        self.commit(write).await
    }

    /// The text of the last good duty list.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn last_duty(&self) -> Result<Option<String>, Error> {
        let text = sqlx::query_scalar("select duty from alert_state");
        Ok(text.fetch_one(&self.pool).await?)
    }
}

async fn store(write: &mut SqliteConnection, alert: &Alert) -> Result<(), Error> {
    if alert.id == 0 {
        sqlx::query("insert into alerts (drill, urgent, began_at, next_at, told) values ($1, $2, $3, $4, $5)")
            .bind(alert.drill)
            .bind(alert.urgent)
            .bind(alert.began_at)
            .bind(alert.next_at)
            .bind(&alert.told)
            .execute(write)
            .await?;
        return Ok(());
    }
    // Somebody may have seen the drill meanwhile: an ended alert stays ended.
    sqlx::query("update alerts set urgent = $2, next_at = $3, told = $4, ended_at = coalesce(ended_at, $5) where id = $1")
        .bind(alert.id)
        .bind(alert.urgent)
        .bind(alert.next_at)
        .bind(&alert.told)
        .bind(alert.ended_at)
        .execute(write)
        .await?;
    Ok(())
}
