//! "Forget this": the replies of a receipt's box go, and its reports lose reply key, box and thread,
//! in their rows and in their sealed files. The words stay until a second person decides: somebody may
//! have forced the writer to ask.

use sqlx::{FromRow, Sqlite, Transaction};

use super::{Book, folds, sealed_files};
use crate::audit::Action;
use crate::database::{self, Error};
use crate::open;
use crate::register::Effect;
use loke_core::clock::Day;
use loke_core::digest::sha256;
use loke_core::seal::encrypt_to;
use loke_core::tip::{Tip, TipId, Topic};

/// Days for which the words stay at least.
const DAYS: i32 = 7;
/// Days, if danger, a child or a threat is involved.
const LONGER: i32 = 28;

/// A report whose writer asked to forget it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ForgottenTip {
    /// Its id.
    #[sqlx(try_from = "Vec<u8>")]
    pub id: TipId,
    /// Its subject.
    pub topic: Topic,
    /// The day on which it arrived.
    pub received: Day,
    /// `answer`, `still` or `forget`; none for a first report.
    pub follow_up: Option<String>,
    /// The day of the wish.
    pub asked_on: Day,
    /// The first day on which the words may be deleted.
    pub not_before: Day,
    /// The first person who wants to delete them.
    pub proposed_by: Option<String>,
}

impl Book {
    /// Forgets the box of a tip that asks for it, in the transaction that stores the tip, and hands the
    /// wish on to the other books. The sealed files follow with [`Self::reseal_forgotten`].
    pub(super) async fn forget_as_asked(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        asking: &Tip,
    ) -> Result<(), Error> {
        let Some(reply_box) = &asking.reply_box else {
            return Ok(());
        };
        let today = self.register.clock().today();
        let asked_on = asking.received.parse().unwrap_or(today);
        self.note_forgotten(write, reply_box, asked_on).await?;
        self.forget_box(write, reply_box, asked_on).await?;
        self.hand_forget_on(write, reply_box, asked_on).await?;
        self.append(write, Action::Reply, &asking.id.to_string(), "forget")
            .await
    }

    /// Forgets a box's reports up to the day of the wish. Whoever uses the receipt later wants an
    /// answer again.
    pub(super) async fn forget_box(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        reply_box: &str,
        asked_on: Day,
    ) -> Result<(), Error> {
        let today = self.register.clock().today();
        let longer: bool = sqlx::query_scalar(
            "select exists (select 1 from triage join tips on tips.id = triage.tip where reply_box = $1 and tips.received <= $2 and (danger = 1 or child = 1 or threat is not null))",
        )
        .bind(reply_box)
        .bind(asked_on)
        .fetch_one(&mut **write)
        .await?;
        let not_before = today.plus(if longer { LONGER } else { DAYS });
        for drop in [
            "delete from replies where tip in (select id from tips where reply_box = $1 and received <= $2)",
            "delete from reply_drafts where tip in (select id from tips where reply_box = $1 and received <= $2)",
            "insert into forget_requests (tip, asked_on, not_before) select id, $2, $3 from tips where reply_box = $1 and received <= $2 on conflict do nothing",
            "update tips set tip = json_set(tip, '$.reply_key', null, '$.reply_box', null, '$.thread', null) where reply_box = $1 and received <= $2",
        ] {
            sqlx::query(drop)
                .bind(reply_box)
                .bind(asked_on)
                .bind(not_before)
                .execute(&mut **write)
                .await?;
        }
        let is_left: bool =
            sqlx::query_scalar("select exists (select 1 from tips where reply_box = $1)")
                .bind(reply_box)
                .fetch_one(&mut **write)
                .await?;
        if !is_left {
            self.forget_moved_box(write, reply_box).await?;
        }
        for table in ["stages", "authorisations", "young_writers"] {
            let gone = format!(
                "delete from {table} where box = $1 and not exists (select 1 from tips where reply_box = $1)"
            );
            sqlx::query(sqlx::AssertSqlSafe(gone))
                .bind(reply_box)
                .execute(&mut **write)
                .await?;
        }
        Ok(())
    }

    /// Seals the files of forgotten reports anew, without reply key, box and thread. A damaged file stays
    /// as it is, and the log names it: it must keep nobody out of the book.
    ///
    /// # Errors
    /// If a file or the database fails. Then the next opening does it.
    pub(super) async fn reseal_forgotten(&self) -> Result<(), Error> {
        const LEFT: &str = "select tip from forget_requests where resealed = 0";
        let left: Vec<Vec<u8>> = sqlx::query_scalar(LEFT).fetch_all(&self.pool).await?;
        for id in database::tip_ids(left)? {
            match self.reseal(id).await {
                Err(problem @ Error::Sealed(_)) => {
                    tracing::error!(%problem, "the file of a forgotten report has its keys still");
                }
                other => other?,
            }
        }
        Ok(())
    }

    async fn reseal(&self, id: TipId) -> Result<(), Error> {
        let mut write = self.write().await?;
        // The digest may be that of the new file already: the program was stopped in between.
        let file = sealed_files::read(&self.folder, id).map_err(|_| Error::Sealed(id))?;
        let mut plain = open::plain(self.identities(), &file).map_err(|_| Error::Sealed(id))?;
        let tip = open::tip(self.identities(), &file).map_err(|_| Error::Sealed(id))?;
        let tip = &tip.tip;
        let values = [&tip.reply_key, &tip.reply_box, &tip.thread];
        for value in values.into_iter().flatten() {
            blank(&mut plain, value);
        }
        let recipient = self.recipient().map_err(|_| Error::Sealed(id))?;
        let sealed =
            encrypt_to(std::slice::from_ref(&recipient), &plain).map_err(|_| Error::Sealed(id))?;
        sealed_files::replace(&self.folder, id, &sealed)?;
        sqlx::query("update tips set digest = $2 where id = $1")
            .bind(id.0.as_slice())
            .bind(sha256(&sealed).as_slice())
            .execute(&mut *write)
            .await?;
        sqlx::query("update forget_requests set resealed = 1 where tip = $1")
            .bind(id.0.as_slice())
            .execute(&mut *write)
            .await?;
        self.commit(write).await
    }

    /// The reports whose writers asked to forget them, without a decision, and without those that this
    /// person must not see.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn forgets_undecided(&self) -> Result<Vec<ForgottenTip>, Error> {
        let waiting = sqlx::query_as(
            "select id, topic, triage.received, tips.tip ->> 'follow_up' as follow_up, asked_on, not_before, proposed_by
             from forget_requests as f join tips on tips.id = f.tip join triage on triage.tip = f.tip
             where decision is null and f.tip not in (select tip from hidden_from where who = $1) order by not_before, id",
        );
        Ok(waiting.bind(&self.actor.name).fetch_all(&self.pool).await?)
    }

    /// How many replies and wishes to forget this person can decide about on this day.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn letters_waiting(&self, today: Day) -> Result<i64, Error> {
        let waiting = sqlx::query_scalar(
            "select (select count(*) from replies where state in ('waiting', 'held') and who <> $1 and replies.tip not in (select tip from hidden_from where who = $1))
             + (select count(*) from forget_requests as f where decision is null and not_before <= $2 and proposed_by is not $1 and f.tip not in (select tip from hidden_from where who = $1))",
        );
        Ok(waiting
            .bind(&self.actor.name)
            .bind(today)
            .fetch_one(&self.pool)
            .await?)
    }

    /// Notes who wants to delete the words, as the first person.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn propose_to_forget(&self, tip: TipId) -> Result<(), Error> {
        let mut write = self.write().await?;
        sqlx::query("update forget_requests set proposed_by = coalesce(proposed_by, $2) where tip = $1 and decision is null")
            .bind(tip.0.as_slice())
            .bind(&self.actor.name)
            .execute(&mut *write)
            .await?;
        let tip = tip.to_string();
        self.append(
            &mut write,
            Action::Reply,
            &tip,
            "forget: proposes to delete",
        )
        .await?;
        self.commit(write).await
    }

    /// Keeps the words of a report whose writer asked to forget it.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn keep_words(&self, tip: TipId) -> Result<(), Error> {
        let mut write = self.write().await?;
        sqlx::query("update forget_requests set decision = 'keep', decided_by = $2 where tip = $1")
            .bind(tip.0.as_slice())
            .bind(&self.actor.name)
            .execute(&mut *write)
            .await?;
        let tip = tip.to_string();
        self.append(&mut write, Action::Reply, &tip, "forget: the words stay")
            .await?;
        self.commit(write).await
    }

    /// Deletes a report whose writer asked to forget it: rows, then file. False if it is on hold, or
    /// a report about it waits.
    ///
    /// # Errors
    /// If the database or a file fails.
    pub(crate) async fn delete_words(&self, tip: TipId) -> Result<bool, Error> {
        if self
            .register
            .tips_with_waiting_reports()
            .await?
            .contains(&tip)
        {
            return Ok(false);
        }
        let mut write = self.write().await?;
        let is_held: bool = sqlx::query_scalar(
            "select exists (select 1 from holds where tip = $1 and lifted_on is null) or exists (select 1 from triage where tip = $1 and illegal = 1)",
        )
        .bind(tip.0.as_slice())
        .fetch_one(&mut *write)
        .await?;
        if is_held {
            return Ok(false);
        }
        for released in folds::release(&mut write, tip).await? {
            self.note_due(&mut write, released).await?;
        }
        let holder = folds::holder_of(&mut write, tip).await?;
        self.leave_remains(&mut write, tip, "forgotten").await?;
        if holder != tip {
            folds::refresh(&mut write, holder).await?;
        }
        self.effect(&mut write, &Effect::Purged { tip }, None)
            .await?;
        self.append(
            &mut write,
            Action::Purge,
            &tip.to_string(),
            "the writer asked for it",
        )
        .await?;
        self.commit(write).await?;
        self.delete_files().await?;
        Ok(true)
    }
}

/// Writes null in place of each quoted `value`, with spaces, so that the length stays.
fn blank(plain: &mut [u8], value: &str) {
    let quoted = format!("\"{value}\"");
    let quoted = quoted.as_bytes();
    let mut at = 0;
    while let Some(found) = plain
        .get(at..)
        .and_then(|rest| rest.windows(quoted.len()).position(|part| part == quoted))
    {
        let start = at + found;
        if let Some(part) = plain.get_mut(start..start + quoted.len()) {
            part.fill(b' ');
            for (to, from) in part.iter_mut().zip(b"null") {
                *to = *from;
            }
        }
        at = start + quoted.len();
    }
}
