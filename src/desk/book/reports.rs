//! Reports to partners about the tips of this book: previewed, ordered, arrived or taken back. The
//! register's outbox has the sealed file; the words are here alone, and go with the tip. Of a typed
//! reason or name the audit log has a keyed hash.

use sqlx::{FromRow, Sqlite, SqliteConnection, Transaction};
use zeroize::Zeroizing;

use super::decisions::{How, only_failures, triage_of};
use super::{Book, Cover, Decision, DraftOf, NewAnswerCode, folds, holds, moved_reports};
use crate::audit::Action;
use crate::database::Error;
use crate::register::{Arrived, ByHand, Effect, NewDelivery};
use crate::report::{Draft, PhotoOf, Report};
use loke_core::clock::Day;
use loke_core::digest::sha256;
use loke_core::tip::TipId;

loke_core::words! {
    /// How far a report has come.
    ReportState {
        /// An officer looked at its preview.
        Previewed = "previewed",
        /// It waits in the outbox, or is on its way.
        Ordered = "ordered",
        /// The partner has it.
        Arrived = "arrived",
        /// It was taken back before it left.
        TakenBack = "taken-back",
    }
}

/// A report as an officer previewed it.
#[derive(Debug, Clone)]
pub struct Previewed {
    /// Its contents.
    pub report: Report,
    /// The officer's words and choices.
    pub draft: Draft,
    /// The tips that it is about. The first one shows the others.
    pub tips: Vec<TipId>,
    /// SHA-256 of the file that will be sealed.
    pub digest: [u8; 32],
    /// That file; empty once it is sealed.
    pub plain: Zeroizing<Vec<u8>>,
    /// How far it has come.
    pub state: ReportState,
    /// The account that wrote it.
    pub written_by: String,
}

/// A row of `reports`.
#[derive(FromRow)]
struct ReportRow {
    id: i64,
    written_by: String,
    draft: String,
    report: String,
    digest: Vec<u8>,
    plain: Option<Vec<u8>>,
    state: ReportState,
}

/// The circumstances of an order.
pub(crate) struct ReportOrder<'a> {
    /// The number of the act, for the undo.
    pub(crate) act: i64,
    /// Why the resident's words leave. Empty if none do.
    pub(crate) why_own_words: &'a str,
    /// The code that is in the report.
    pub(crate) code: Option<NewAnswerCode>,
}

/// Why a report cannot be ordered.
#[derive(Debug, thiserror::Error)]
pub enum NotOrdered {
    /// There is no such report, or it was ordered already.
    #[error("this report was sent already, or its preview is gone. Look at the tip again")]
    NoPreview,
    /// Another report about the tip leaves for the partner on that day.
    #[error(
        "{0} gets a report about this tip on {1} already. Two on one day would show that they belong together. Send it on another day"
    )]
    SameDay(String, Day),
    /// The photo left before.
    #[error(
        "photo {1} of this tip left already, in a report to {0}. In a second one it would show that the two belong together. Leave it out. When {0} has confirmed that the first report is withdrawn, the photo can leave again"
    )]
    SamePhoto(String, i64),
    /// Somebody covered other parts of a photo meanwhile.
    #[error(
        "a colleague covered other parts of photo {0} while this report was made, so it was not kept. Look at the report again"
    )]
    OtherCovers(usize),
    /// Somebody marked a photo as an illegal picture meanwhile.
    #[error("a photo of this tip is an illegal picture, so none of its photos may leave")]
    Illegal,
    /// The book failed.
    #[error(transparent)]
    Database(#[from] Error),
}

impl From<sqlx::Error> for NotOrdered {
    fn from(e: sqlx::Error) -> Self {
        Self::Database(e.into())
    }
}

impl Book {
    /// The tips that a report about this one is about: everything that is shown together, the tip
    /// that shows the others first.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn together(&self, tip: TipId) -> Result<Vec<TipId>, Error> {
        let mut connection = self.pool.acquire().await?;
        let holder = folds::holder_of(&mut connection, tip).await?;
        let mut tips = folds::with_folded(&mut connection, holder).await?;
        tips.reverse();
        Ok(tips)
    }

    /// Stores a preview, if its photos still have the covers that were painted on them. An earlier
    /// preview of this account about the tip is deleted, unless it was ordered, and so is every
    /// preview that is older than a day.
    ///
    /// # Errors
    /// [`NotOrdered::OtherCovers`], [`NotOrdered::Illegal`].
    pub(crate) async fn store_preview(
        &self,
        preview: &Previewed,
        painted: &[(PhotoOf, Option<Cover>)],
    ) -> Result<(), NotOrdered> {
        let holder = *preview.tips.first().ok_or(Error::Row)?;
        let mut write = self.write().await?;
        for (photo, cover) in painted {
            if is_illegal(&mut write, photo.tip).await? {
                return Err(NotOrdered::Illegal);
            }
            if Self::covers_in(&mut write, *photo).await? != *cover {
                return Err(NotOrdered::OtherCovers(photo.number));
            }
        }
        let now = self.register.clock().now();
        sqlx::query(
            "delete from reports where state = 'previewed' and (tip = $1 and written_by = $2 or written_at < $3)",
        )
        .bind(holder.0.as_slice())
        .bind(&self.actor.name)
        .bind(now - PREVIEW_SECONDS)
        .execute(&mut *write)
        .await?;
        let json = |failed: serde_json::Result<String>| failed.map_err(|_| Error::Row);
        let report: i64 = sqlx::query_scalar(
            "insert into reports (reference, tip, partner, written_by, written_at, draft, report, digest, plain, replaces)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id",
        )
        .bind(&preview.report.reference)
        .bind(holder.0.as_slice())
        .bind(&preview.report.to)
        .bind(&self.actor.name)
        .bind(now)
        .bind(json(serde_json::to_string(&preview.draft))?)
        .bind(json(serde_json::to_string(&preview.report))?)
        .bind(preview.digest.as_slice())
        .bind(preview.plain.as_slice())
        .bind(&preview.draft.replaces)
        .fetch_one(&mut *write)
        .await?;
        for tip in &preview.tips {
            sqlx::query("insert into report_tips (report_id, tip) values ($1, $2)")
                .bind(report)
                .bind(tip.0.as_slice())
                .execute(&mut *write)
                .await?;
        }
        for photo in &preview.draft.photos {
            sqlx::query("insert into report_photos (report_id, tip, number) values ($1, $2, $3)")
                .bind(report)
                .bind(photo.tip.0.as_slice())
                .bind(photo.number as i64)
                .execute(&mut *write)
                .await?;
        }
        self.drop_draft(&mut write, DraftOf::Report, holder).await?;
        let detail = format!(
            "previewed for {}, reference {}",
            preview.report.to, preview.report.reference
        );
        self.append(&mut write, Action::Route, &holder.to_string(), &detail)
            .await?;
        Ok(self.commit(write).await?)
    }

    /// The report with this reference, if it is in this book.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn report(&self, reference: &str) -> Result<Option<Previewed>, Error> {
        read(&mut *self.pool.acquire().await?, reference).await
    }

    /// Puts a previewed report into the outbox, with its decision and its audit row, in one
    /// transaction.
    ///
    /// # Errors
    /// [`NotOrdered`]: then nothing was ordered.
    pub(crate) async fn order_report(
        &self,
        preview: &Previewed,
        new: NewDelivery,
        sealed: &[u8],
        ReportOrder {
            act,
            why_own_words,
            code,
        }: ReportOrder<'_>,
    ) -> Result<(), NotOrdered> {
        let today = self.register.clock().today();
        let leaves_on = self.register.clock().zone().day(new.leaves_at);
        let holder = *preview.tips.first().ok_or(Error::Row)?;
        let mut write = self.write().await?;
        if new.replaces.is_none() {
            for tip in &preview.tips {
                holds::refuse_restricted(&mut write, *tip).await?;
            }
        }
        for photo in &preview.draft.photos {
            if is_illegal(&mut write, photo.tip).await? {
                return Err(NotOrdered::Illegal);
            }
        }
        if new.replaces.is_none() && preview.draft.answers.is_none() {
            check_parts(&mut write, preview, leaves_on).await?;
        }
        // On paper, the file is needed until it is handed over.
        let ordered = sqlx::query(
            "update reports set state = 'ordered', ordered_on = $2, plain = iif($3, plain, null), why_own_words = nullif($5, ''), leaves_on = $6 where reference = $1 and state = 'previewed' and digest = $4",
        )
        .bind(&new.reference)
        .bind(today)
        .bind(new.way == "print")
        .bind(preview.digest.as_slice())
        .bind(why_own_words)
        .bind(leaves_on)
        .execute(&mut *write)
        .await?;
        if ordered.rows_affected() == 0 {
            return Err(NotOrdered::NoPreview);
        }
        let detail = format!(
            "to {} by {}, reference {}{}",
            new.partner,
            new.way,
            new.reference,
            match why_own_words {
                "" => String::new(),
                why => format!(", with the resident's words, {}", self.reason(why)),
            }
        );
        if new.is_lead {
            let order = Decision::Order {
                partner: new.partner.clone(),
                reference: new.reference.clone(),
                until: leaves_on.max(today).plus(LOOKS_AGAIN),
            };
            let how = How { act, alone: None };
            let decided = self.decide_in(&mut write, holder.into(), &order, how).await;
            only_failures(decided)?;
        }
        if let Some(code) = &code {
            self.add_answer_code(&mut write, code).await?;
        }
        self.effect(&mut write, &Effect::Delivery(new), Some(sealed))
            .await?;
        self.append(&mut write, Action::Route, &holder.to_string(), &detail)
            .await?;
        Ok(self.commit(write).await?)
    }

    /// Notes in the book who took a report on paper, or who confirmed one. The audit log has a keyed
    /// hash of the name.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_by_hand(
        &self,
        tip: TipId,
        reference: &str,
        (deed, whom): (ByHand, &str),
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        let (said, confirmed_on) = match deed {
            ByHand::HandedOver => ("handed over on paper", None),
            ByHand::Confirmed => ("confirmed by the partner", Some(self.day())),
        };
        sqlx::query("update reports set by_hand = $2, confirmed_on = $3 where reference = $1")
            .bind(reference)
            .bind(whom)
            .bind(confirmed_on)
            .execute(&mut *write)
            .await?;
        let detail = format!("{said}, reference {reference}, {}", self.reason(whom));
        self.append(&mut write, Action::Deliver, &tip.to_string(), &detail)
            .await?;
        self.commit(write).await
    }

    /// Notes that a report was taken back: its tip is as it was, if nothing was decided since.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_taken_back(&self, reference: &str) -> Result<(), Error> {
        let mut write = self.write().await?;
        self.note_taken_back_in(&mut write, reference).await?;
        self.commit(write).await
    }

    /// [`Self::note_taken_back`] inside a transaction.
    pub(super) async fn note_taken_back_in(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        reference: &str,
    ) -> Result<(), Error> {
        let tip: Option<Vec<u8>> = sqlx::query_scalar(
            "update reports set state = 'taken-back', plain = null where reference = $1 and state = 'ordered' returning tip",
        )
        .bind(reference)
        .fetch_optional(&mut **write)
        .await?;
        let Some(tip) = tip else { return Ok(()) };
        let tip: TipId = tip.try_into().map_err(|_| Error::Row)?;
        self.undo_order(write, reference).await?;
        let detail = format!("taken back, reference {reference}");
        self.append(write, Action::Route, &tip.to_string(), &detail)
            .await
    }

    /// Notes which reports arrived. A tip is sent when a report for action about everything that is
    /// shown with it arrived; if it is risky, it stays open until a second person agrees.
    ///
    /// # Errors
    /// If a database fails. Then the next call does it.
    pub async fn note_arrivals(&self) -> Result<(), Error> {
        for arrived in self.register.unnoted_arrivals(&self.name).await? {
            // The tip is on its way to this book, and its reports with it.
            if !self.holds(arrived.tip).await? {
                continue;
            }
            let by = match self.register.account(&arrived.ordered_by).await {
                Ok(account) => self.acting_as(account.actor()),
                Err(Error::NoAccount(_)) => self.by_desk(),
                Err(other) => return Err(other),
            };
            let mut write = by.write().await?;
            by.note_arrived(&mut write, &arrived).await?;
            by.commit(write).await?;
            self.register.note_arrival(arrived.id).await?;
        }
        Ok(())
    }

    async fn note_arrived(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        arrived: &Arrived,
    ) -> Result<(), Error> {
        let left_on = self.register.clock().zone().day(arrived.done);
        sqlx::query(
            "update reports set state = 'arrived', plain = null, left_on = $2 where reference = $1",
        )
        .bind(&arrived.reference)
        .bind(left_on)
        .execute(&mut **write)
        .await?;
        if !arrived.is_lead {
            return Ok(());
        }
        sqlx::query(
            "update triage set sent = 1 where tip in (select report_tips.tip from report_tips join reports on id = report_id where reference = $1)",
        )
        .bind(&arrived.reference)
        .execute(&mut **write)
        .await?;
        let holder = folds::holder_of(write, arrived.tip).await?;
        let mut unsent = false;
        for tip in folds::with_folded(write, holder).await? {
            unsent |= is_unsent(write, tip).await?;
        }
        let triage = triage_of(write, holder).await?.triage;
        if !unsent && triage.is_open() && triage.pending.is_none() {
            let sent = self
                .decide_in(write, holder.into(), &Decision::Routed, How::default())
                .await;
            only_failures(sent)?;
        }
        Ok(())
    }
}

/// Seconds for which a preview is kept that nobody sent: a day.
const PREVIEW_SECONDS: i64 = 86_400;
/// Days after which a tip whose report has not arrived is looked at again.
const LOOKS_AGAIN: i32 = 2;

async fn is_unsent(connection: &mut SqliteConnection, tip: TipId) -> Result<bool, Error> {
    let sent: bool = sqlx::query_scalar("select sent from triage where tip = $1")
        .bind(tip.0.as_slice())
        .fetch_one(connection)
        .await?;
    Ok(!sent)
}

async fn read(
    connection: &mut SqliteConnection,
    reference: &str,
) -> Result<Option<Previewed>, Error> {
    let row: Option<ReportRow> = sqlx::query_as(
        "select id, written_by, draft, report, digest, plain, state from reports where reference = $1",
    )
    .bind(reference)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let tips: Vec<Vec<u8>> = sqlx::query_scalar(
        "select report_tips.tip from report_tips join reports on id = report_id where report_id = $1 order by report_tips.tip <> reports.tip, report_tips.tip",
    )
    .bind(row.id)
    .fetch_all(connection)
    .await?;
    Ok(Some(Previewed {
        report: serde_json::from_str(&row.report).map_err(|_| Error::Row)?,
        draft: serde_json::from_str(&row.draft).map_err(|_| Error::Row)?,
        tips: crate::database::tip_ids(tips)?,
        digest: row.digest.try_into().map_err(|_| Error::Row)?,
        plain: Zeroizing::new(row.plain.unwrap_or_default()),
        state: row.state,
        written_by: row.written_by,
    }))
}

/// Whether somebody marked a photo of the tip as an illegal picture.
async fn is_illegal(connection: &mut SqliteConnection, tip: TipId) -> Result<bool, Error> {
    let illegal = sqlx::query_scalar("select illegal from triage where tip = $1");
    Ok(illegal.bind(tip.0.as_slice()).fetch_one(connection).await?)
}

/// Refuses a report that would show that it belongs to an earlier one: another report about the same
/// tip that leaves for the same partner on the same day, or a photo that left before, whoever got it.
async fn check_parts(
    write: &mut SqliteConnection,
    preview: &Previewed,
    leaves_on: Day,
) -> Result<(), NotOrdered> {
    let partner = &preview.report.to;
    for tip in &preview.tips {
        let same_day: bool = sqlx::query_scalar(
            "select exists (select 1 from reports join report_tips on id = report_id where report_tips.tip = $1 and partner = $2 and coalesce(leaves_on, ordered_on) = $3
             and replaces is null and draft ->> '$.answers' is null and state in ('ordered', 'arrived'))",
        )
        .bind(tip.0.as_slice())
        .bind(partner)
        .bind(leaves_on)
        .fetch_one(&mut *write)
        .await?;
        if same_day {
            return Err(NotOrdered::SameDay(partner.clone(), leaves_on));
        }
    }
    for photo in &preview.draft.photos {
        let number = photo.number as i64;
        if let Some(with) = moved_reports::holder_of_photo(write, photo.tip, number).await? {
            let with = match with.as_str() {
                "" => "another partner".to_owned(),
                _ => with,
            };
            return Err(NotOrdered::SamePhoto(with, number));
        }
    }
    Ok(())
}

impl Previewed {
    /// Its day.
    ///
    /// # Errors
    /// [`Error::Row`].
    pub fn day(&self) -> Result<Day, Error> {
        self.report.day.parse().map_err(|_| Error::Row)
    }

    /// Whether the stored file is still the previewed one.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        sha256(&self.plain) == self.digest
    }
}
