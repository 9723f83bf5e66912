//! Reports of a tip that moves to another book: they go with it, so that they can be withdrawn there,
//! and so that no photo leaves a second time. A report about several tips is in the book of the tip
//! that showed the others.

use serde::{Deserialize, Serialize};
use sqlx::{FromRow, Sqlite, SqliteConnection, Transaction};
use zeroize::Zeroizing;

use super::answers::CodeOfTip;
use super::marks::Marks;
use super::{Book, answers};
use crate::database::Error;
use crate::open;
use loke_core::clock::Day;
use loke_core::seal::{Recipient, encrypt_to};
use loke_core::tip::TipId;

/// A whole row of `reports`, without its number.
#[derive(FromRow, Serialize, Deserialize)]
struct Moved {
    #[serde(skip)]
    id: i64,
    reference: String,
    partner: String,
    written_by: String,
    written_at: i64,
    draft: String,
    report: String,
    digest: Vec<u8>,
    plain: Option<Vec<u8>>,
    replaces: Option<String>,
    state: String,
    ordered_on: Option<Day>,
    why_own_words: Option<String>,
    by_hand: Option<String>,
    confirmed_on: Option<Day>,
    stays_by: Option<String>,
    stays_why: Option<String>,
    #[serde(default)]
    leaves_on: Option<Day>,
    #[serde(default)]
    left_on: Option<Day>,
}

/// The reports of a tip on their way to another book, but no preview.
#[derive(Serialize, Deserialize)]
pub(super) struct ReportsOfTip {
    /// Each with the numbers of the tip's photos in it.
    reports: Vec<(Moved, Vec<i64>)>,
    /// The tip's photos that left with other reports.
    left: Vec<i64>,
    /// Whether somebody outside has it.
    is_sent: bool,
    /// The codes for answers. Empty if they go with the tip's answers.
    codes: Vec<CodeOfTip>,
    /// Empty if they go with the tip's marks. An earlier version stored none.
    #[serde(default)]
    marks: Marks,
}

impl Book {
    /// Takes over the reports of a tip from the book that it comes from, but no preview. Its photos
    /// that left with other reports are noted.
    pub(super) async fn take_reports_over(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        from: &Self,
    ) -> Result<(), Error> {
        store(write, tip, from.reports_of(tip).await?).await
    }

    async fn reports_of(&self, tip: TipId) -> Result<ReportsOfTip, Error> {
        let rows: Vec<Moved> = sqlx::query_as(
            "select id, reference, partner, written_by, written_at, draft, report, digest, plain, replaces, state, ordered_on, why_own_words, by_hand, confirmed_on, stays_by, stays_why, leaves_on, left_on
             from reports where tip = $1 and state <> 'previewed' order by id",
        )
        .bind(tip.0.as_slice())
        .fetch_all(&self.pool)
        .await?;
        let mut reports = Vec::with_capacity(rows.len());
        for row in rows {
            let photos: Vec<i64> = sqlx::query_scalar(
                "select number from report_photos where report_id = $1 and tip = $2",
            )
            .bind(row.id)
            .bind(tip.0.as_slice())
            .fetch_all(&self.pool)
            .await?;
            reports.push((row, photos));
        }
        let left: Vec<i64> = sqlx::query_scalar(
            "select number from report_photos join reports on id = report_id where report_photos.tip = $1 and reports.tip <> $1 and state in ('ordered', 'arrived')
             union select number from left_photos where tip = $1",
        )
        .bind(tip.0.as_slice())
        .fetch_all(&self.pool)
        .await?;
        Ok(ReportsOfTip {
            reports,
            left,
            is_sent: self.is_sent(tip).await?,
            codes: Vec::new(),
            marks: Marks::default(),
        })
    }

    /// The reports and the marks of a tip, sealed to the book that the tip is given to, which may not be open.
    pub(super) async fn sealed_reports(
        &self,
        tip: TipId,
        to: &Recipient,
    ) -> Result<Vec<u8>, Error> {
        let mut given = self.reports_of(tip).await?;
        given.codes = answers::codes_of_tip(&self.pool, tip).await?;
        given.marks = self.marks_of(tip).await?;
        let json = serde_json::to_vec(&given).map(Zeroizing::new);
        let json = json.map_err(|_| Error::Row)?;
        encrypt_to(std::slice::from_ref(to), &json).map_err(|_| Error::Row)
    }

    /// Takes the reports and the marks of a tip that was given to this book. A second call changes nothing. Returns
    /// false if they do not open.
    pub(super) async fn take_given_reports(
        &self,
        tip: TipId,
        sealed: &[u8],
    ) -> Result<bool, Error> {
        let plain = open::plain(self.identities(), sealed).ok();
        let given = plain.and_then(|plain| serde_json::from_slice::<ReportsOfTip>(&plain).ok());
        let Some(mut given) = given else {
            return Ok(false);
        };
        let mut write = self.write().await?;
        self.store_marks(&mut write, tip, std::mem::take(&mut given.marks))
            .await?;
        store(&mut write, tip, given).await?;
        self.commit(write).await?;
        Ok(true)
    }

    async fn is_sent(&self, tip: TipId) -> Result<bool, Error> {
        let sent = sqlx::query_scalar("select sent from triage where tip = $1");
        let sent: Option<bool> = sent
            .bind(tip.0.as_slice())
            .fetch_optional(&self.pool)
            .await?;
        Ok(sent.unwrap_or(false))
    }
}

async fn store(
    write: &mut Transaction<'static, Sqlite>,
    tip: TipId,
    given: ReportsOfTip,
) -> Result<(), Error> {
    for (report, photos) in given.reports {
        insert(write, tip, report, &photos).await?;
    }
    for number in given.left {
        sqlx::query("insert into left_photos (tip, number) values ($1, $2) on conflict do nothing")
            .bind(tip.0.as_slice())
            .bind(number)
            .execute(&mut **write)
            .await?;
    }
    if given.is_sent {
        sqlx::query("update triage set sent = 1 where tip = $1")
            .bind(tip.0.as_slice())
            .execute(&mut **write)
            .await?;
    }
    answers::store_codes(write, tip, given.codes).await
}

async fn insert(
    write: &mut Transaction<'static, Sqlite>,
    tip: TipId,
    row: Moved,
    photos: &[i64],
) -> Result<(), Error> {
    let id: Option<i64> = sqlx::query_scalar(
        "insert into reports (reference, tip, partner, written_by, written_at, draft, report, digest, plain, replaces, state, ordered_on, why_own_words, by_hand, confirmed_on, stays_by, stays_why, leaves_on, left_on)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) on conflict (reference) do nothing returning id",
    )
    .bind(row.reference)
    .bind(tip.0.as_slice())
    .bind(row.partner)
    .bind(row.written_by)
    .bind(row.written_at)
    .bind(row.draft)
    .bind(row.report)
    .bind(row.digest)
    .bind(row.plain)
    .bind(row.replaces)
    .bind(row.state)
    .bind(row.ordered_on)
    .bind(row.why_own_words)
    .bind(row.by_hand)
    .bind(row.confirmed_on)
    .bind(row.stays_by)
    .bind(row.stays_why)
    .bind(row.leaves_on)
    .bind(row.left_on)
    .fetch_optional(&mut **write)
    .await?;
    let Some(id) = id else { return Ok(()) };
    sqlx::query("insert into report_tips (report_id, tip) values ($1, $2)")
        .bind(id)
        .bind(tip.0.as_slice())
        .execute(&mut **write)
        .await?;
    for number in photos {
        sqlx::query("insert into report_photos (report_id, tip, number) values ($1, $2, $3)")
            .bind(id)
            .bind(tip.0.as_slice())
            .bind(number)
            .execute(&mut **write)
            .await?;
    }
    Ok(())
}

/// Notes the photos of other tips that left with the reports of a tip, before those rows go.
pub(super) async fn keep_photos_of_others(
    connection: &mut SqliteConnection,
    tip: TipId,
) -> Result<(), Error> {
    sqlx::query(
        "insert into left_photos (tip, number) select report_photos.tip, number from report_photos join reports on id = report_id
         where reports.tip = $1 and report_photos.tip <> $1 and state in ('ordered', 'arrived') on conflict do nothing",
    )
    .bind(tip.0.as_slice())
    .execute(connection)
    .await?;
    Ok(())
}

/// The partner that got a photo of a tip, empty if the report is in another book; `None` if the photo
/// may leave. It may leave again when the partner confirmed that the report was withdrawn.
pub(super) async fn holder_of_photo(
    connection: &mut SqliteConnection,
    tip: TipId,
    number: i64,
) -> Result<Option<String>, Error> {
    let partner = sqlx::query_scalar(
        "select partner from reports join report_photos on id = report_id where report_photos.tip = $1 and number = $2 and state in ('ordered', 'arrived')
             and not exists (select 1 from reports as later where later.replaces = reports.reference and later.confirmed_on is not null)
         union all select '' from left_photos where tip = $1 and number = $2 limit 1",
    );
    Ok(partner
        .bind(tip.0.as_slice())
        .bind(number)
        .fetch_optional(connection)
        .await?)
}
