//! Answers of partners with an account. The desk takes one only if its MAC was made with the key inside
//! the report, by an account of the partner that got it. Like an answer by code it is a claim: it stops
//! no clock and closes nothing. Words and photos are in the book alone.

use sqlx::{FromRow, Sqlite, Transaction};
use zeroize::Zeroizing;

use super::answers::is_taken_back;
use super::{Book, Taken, folds};
use crate::answers::Choice;
use crate::answers::by_account::{AccountAnswer, AnswerKey, Unproven};
use crate::audit::Action;
use crate::database::Error;
use crate::open::Jpeg;
use crate::partners::PartnerKind;
use loke_core::tip::TipId;

/// Most answers to one report.
const MOST: i64 = 100;
/// Most photos after the work, of one report.
const MOST_PHOTOS: i64 = 8;

/// The report that an answer is about.
#[derive(FromRow)]
struct ReportRow {
    #[sqlx(try_from = "Vec<u8>")]
    tip: TipId,
    partner: String,
    answer_key: Option<String>,
}

impl Book {
    /// Checks an answer with an account and stores it as a claim. A second call with the same answer
    /// changes nothing.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn take_account_answer(&self, answer: &Unproven) -> Result<Taken, Error> {
        let reference = answer.reference().to_string();
        let mut write = self.write().await?;
        let report: Option<ReportRow> = sqlx::query_as(
            "select tip, partner, report ->> '$.answer_key' as answer_key from reports where reference = $1 and state <> 'previewed'",
        )
        .bind(&reference)
        .fetch_optional(&mut *write)
        .await?;
        let Some(report) = report else {
            return Ok(Taken::Unknown);
        };
        let key = report.answer_key.as_deref().and_then(AnswerKey::parse);
        let proven = key.as_ref().and_then(|key| answer.proven(key));
        let Some(answer) = proven else {
            self.note_forged(write, &report, &reference).await?;
            return Ok(Taken::Forged);
        };
        if is_taken_back(&mut write, &reference).await? {
            return Ok(Taken::TakenBack);
        }
        if !self.may_answer(&report, answer).await? {
            self.note_forged(write, &report, &reference).await?;
            return Ok(Taken::Forged);
        }
        let known = sqlx::query_scalar("select exists (select 1 from answers where id = $1)");
        if known
            .bind(answer.id.0.as_slice())
            .fetch_one(&mut *write)
            .await?
        {
            return Ok(Taken::Known);
        }
        let (all, photos): (i64, i64) = sqlx::query_as(
            "select count(*), count(answer) from answers left join answer_photos on answer = id where reference = $1",
        )
        .bind(&reference)
        .fetch_one(&mut *write)
        .await?;
        if all >= MOST || (answer.photo.is_some() && photos >= MOST_PHOTOS) {
            return Ok(Taken::Repeated);
        }
        if !self.insert(&mut write, &report, answer).await? {
            return Ok(Taken::Repeated);
        }
        let detail = format!(
            "{} by {} at {}, reference {reference}",
            answer.choice, answer.account, report.partner
        );
        self.append(&mut write, Action::Answer, &report.tip.to_string(), &detail)
            .await?;
        self.bring_back(&mut write, report.tip, answer.choice)
            .await?;
        self.confirm_by_answer(&mut write, &reference, (answer.choice, &answer.account))
            .await?;
        self.commit(write).await?;
        Ok(Taken::Recorded)
    }

    /// Whether the account is one of the partner's, and may say this.
    async fn may_answer(&self, report: &ReportRow, answer: &AccountAnswer) -> Result<bool, Error> {
        let account = self.register.partner_account(&answer.account).await?;
        let is_theirs = account.is_some_and(|account| {
            account.partner == report.partner && account.disabled_on.is_none()
        });
        if answer.choice != Choice::ReGraded {
            return Ok(is_theirs);
        }
        let partner = self.register.partner(&report.partner).await?;
        Ok(is_theirs && partner.is_some_and(|partner| partner.kind == PartnerKind::Police))
    }

    /// Stores an answer. False if the partner said the same before.
    async fn insert(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        report: &ReportRow,
        answer: &AccountAnswer,
    ) -> Result<bool, Error> {
        let inserted = sqlx::query(
            "insert into answers (id, tip, reference, partner, choice, said_on, at, account, words)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
        )
        .bind(answer.id.0.as_slice())
        .bind(report.tip.0.as_slice())
        .bind(answer.reference.to_string())
        .bind(&report.partner)
        .bind(answer.choice)
        .bind(answer.day.min(self.day()).to_string())
        .bind(self.register.clock().now())
        .bind(&answer.account)
        .bind(answer.words.as_str())
        .execute(&mut **write)
        .await?;
        if inserted.rows_affected() == 0 {
            return Ok(false);
        }
        if let Some(photo) = &answer.photo {
            // Nothing from the page's machine is shown before this desk made it anew.
            let bytes = photo.clone();
            let cleaned = tokio::task::spawn_blocking(move || loke_photo::clean_now(bytes)).await;
            let Ok(Ok(cleaned)) = cleaned else {
                return Ok(false);
            };
            sqlx::query("insert into answer_photos (answer, jpeg) values ($1, $2)")
                .bind(answer.id.0.as_slice())
                .bind(cleaned.jpeg.as_slice())
                .execute(&mut **write)
                .await?;
        }
        Ok(true)
    }

    /// Counts an answer that the report's key did not make. The first one is in the audit log.
    async fn note_forged(
        &self,
        mut write: Transaction<'static, Sqlite>,
        report: &ReportRow,
        reference: &str,
    ) -> Result<(), Error> {
        let times: i64 = sqlx::query_scalar(
            "insert into forged_answers (reference, times) values ($1, 1) on conflict (reference) do update set times = times + 1 returning times",
        )
        .bind(reference)
        .fetch_one(&mut *write)
        .await?;
        if times == 1 {
            let detail = format!(
                "forged, in the name of {}, reference {reference}",
                report.partner
            );
            self.append(&mut write, Action::Answer, &report.tip.to_string(), &detail)
                .await?;
        }
        self.commit(write).await
    }

    /// The photo of an answer about a tip, with its audit row.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn answer_photo(&self, tip: TipId, answer: TipId) -> Result<Option<Jpeg>, Error> {
        let mut write = self.write().await?;
        let holder = folds::holder_of(&mut write, tip).await?;
        let found: Option<(Vec<u8>, String)> = sqlx::query_as(concat!(
            folds::tree!(),
            " select jpeg, reference from answer_photos join answers on answers.id = answer
             where answer = $2 and tip in (select tip from tree)"
        ))
        .bind(holder.0.as_slice())
        .bind(answer.0.as_slice())
        .fetch_optional(&mut *write)
        .await?;
        let Some((jpeg, reference)) = found else {
            return Ok(None);
        };
        let detail = format!("after the work, reference {reference}");
        self.append(&mut write, Action::Photo, &holder.to_string(), &detail)
            .await?;
        self.commit(write).await?;
        Ok(Some(Zeroizing::new(jpeg)))
    }

    /// The reports about a tip for which somebody made a false answer: partner and reference.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn forged_answers(&self, holder: TipId) -> Result<Vec<(String, String)>, Error> {
        let forged = sqlx::query_as(concat!(
            folds::tree!(),
            " select partner, reference from forged_answers join reports using (reference)
             where tip in (select tip from tree) order by reference"
        ));
        let forged = forged.bind(holder.0.as_slice());
        Ok(forged.fetch_all(&self.pool).await?)
    }

    /// Takes over the photos of answers about a tip that comes from another book.
    pub(super) async fn take_over_answer_photos(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        from: &Self,
    ) -> Result<(), Error> {
        let photos: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as(
            "select answer, jpeg from answer_photos join answers on answers.id = answer where tip = $1",
        )
        .bind(tip.0.as_slice())
        .fetch_all(&from.pool)
        .await?;
        for (answer, jpeg) in photos {
            sqlx::query("insert into answer_photos (answer, jpeg) values ($1, $2)")
                .bind(answer)
                .bind(jpeg)
                .execute(&mut **write)
                .await?;
        }
        Ok(())
    }
}
