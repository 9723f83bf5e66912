//! Answers of partners by code. The desk checks what the partner page cannot: the code belongs to
//! the reference, its day has not passed, and each choice is said once. An answer is a claim: it
//! stops no clock and closes nothing. A tip that waits or was sent comes back to the open views if
//! the partner refuses.

use serde::{Deserialize, Serialize};
use sqlx::{FromRow, Sqlite, SqliteConnection, SqlitePool, Transaction};

use super::{Book, Decision, How, State, decisions, folds};
use crate::answer_code::AnswerCode;
use crate::answers::{Answer, Choice};
use crate::audit::Action;
use crate::database::Error;
use crate::register::Effect;
use loke_core::clock::Day;
use loke_core::tip::TipId;

/// Wrong codes after which nothing more is taken for a reference: nobody may guess.
const GUESSES: i64 = 50;

loke_core::words! {
    /// The decision of the tip's owner about an answer.
    Verdict {
        /// It is taken as true.
        Accepted = "accepted",
        /// It is not used.
        SetAside = "set-aside",
    }
}

/// The code of a report that was sealed.
#[derive(Debug, Clone)]
pub struct NewAnswerCode {
    /// The code on the sheet.
    pub code: AnswerCode,
    /// The report's reference.
    pub reference: String,
    /// The tip that the report is about.
    pub tip: TipId,
    /// The partner.
    pub partner: String,
    /// The last day on which an answer counts. The sheet names it.
    pub until: Day,
}

/// A partner's answer about a tip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Claim {
    /// The name of the answer.
    #[sqlx(try_from = "Vec<u8>")]
    pub id: TipId,
    /// The report's reference.
    pub reference: String,
    /// The partner.
    pub partner: String,
    /// The partner's choice.
    pub choice: Choice,
    /// The day on which they said it.
    pub said_on: Day,
    /// When the desk collected it (seconds since 1970-01-01 UTC).
    pub at: i64,
    /// The owner's decision; `None` while it waits.
    pub verdict: Option<Verdict>,
    /// The account that decided.
    pub by: Option<String>,
    /// When.
    pub by_at: Option<i64>,
    /// The person's account at the partner page; `None` by code.
    pub account: Option<String>,
    /// The person's words, or the grade. Empty by code.
    pub words: String,
    /// Whether a photo came with it.
    pub has_photo: bool,
}

/// The columns of a [`Claim`].
macro_rules! claim {
    ($end:literal) => {
        concat!(
            "select id, reference, partner, choice, said_on, at, verdict, by, by_at, account, words,
                    exists (select 1 from answer_photos where answer = answers.id) as has_photo from answers ",
            $end
        )
    };
}

/// The result for an answer that was collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is on the tip.
    Recorded,
    /// It was recorded before: the program was stopped before it deleted the file.
    Known,
    /// The code is not that of the reference, or too many wrong ones were tried.
    WrongCode,
    /// The day on the sheet has passed.
    Late,
    /// The partner said the same before.
    Repeated,
    /// No report of this book has this reference.
    Unknown,
    /// It was not made with the key inside the report, or not by an account of the partner.
    Forged,
    /// The report was taken back, so nobody has it.
    TakenBack,
}

/// A row of the table of codes.
#[derive(FromRow)]
struct CodeRow {
    code: String,
    #[sqlx(try_from = "Vec<u8>")]
    tip: TipId,
    partner: String,
    until: Day,
    wrong: i64,
}

impl Book {
    /// Stores the code of a report in the transaction that seals it.
    ///
    /// # Errors
    /// If the reference or the code is taken.
    pub(crate) async fn add_answer_code(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        new: &NewAnswerCode,
    ) -> Result<(), Error> {
        sqlx::query(
            "insert into answer_codes (code, reference, tip, partner, until) values ($1, $2, $3, $4, $5)",
        )
        .bind(new.code.as_str())
        .bind(&new.reference)
        .bind(new.tip.0.as_slice())
        .bind(&new.partner)
        .bind(new.until)
        .execute(&mut **write)
        .await?;
        Ok(())
    }

    /// [`Self::add_answer_code`] in a transaction of its own.
    ///
    /// # Errors
    /// If the reference or the code is taken.
    pub async fn store_answer_code(&self, new: &NewAnswerCode) -> Result<(), Error> {
        let mut write = self.write().await?;
        self.add_answer_code(&mut write, new).await?;
        let detail = format!("a code for {}, reference {}", new.partner, new.reference);
        self.append(&mut write, Action::Answer, &new.tip.to_string(), &detail)
            .await?;
        self.commit(write).await
    }

    /// Checks an answer and stores it as a claim. `id` is the name of its file, so that a second
    /// call with the same file changes nothing.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn take_answer(&self, id: TipId, answer: &Answer, day: Day) -> Result<Taken, Error> {
        let mut write = self.write().await?;
        let reference = answer.reference.to_string();
        let known = sqlx::query_scalar("select exists (select 1 from answers where id = $1)");
        if known.bind(id.0.as_slice()).fetch_one(&mut *write).await? {
            return Ok(Taken::Known);
        }
        let Some(row) = code_of(&mut write, &reference).await? else {
            return Ok(Taken::Unknown);
        };
        if row.code != answer.code.as_str() || row.wrong >= GUESSES {
            self.note_wrong_code(write, &reference, &row).await?;
            return Ok(Taken::WrongCode);
        }
        if is_taken_back(&mut write, &reference).await? {
            return Ok(Taken::TakenBack);
        }
        let today = self.register.clock().today();
        // The day in the clear line is not proven: the desk's own day counts.
        if row.until < today {
            return Ok(Taken::Late);
        }
        let inserted = sqlx::query(
            "insert into answers (id, tip, reference, partner, choice, said_on, at) values ($1, $2, $3, $4, $5, $6, $7)
             on conflict do nothing",
        )
        .bind(id.0.as_slice())
        .bind(row.tip.0.as_slice())
        .bind(&reference)
        .bind(&row.partner)
        .bind(answer.choice)
        .bind(day.min(today))
        .bind(self.register.clock().now())
        .execute(&mut *write)
        .await?;
        if inserted.rows_affected() == 0 {
            return Ok(Taken::Repeated);
        }
        sqlx::query("update answer_codes set used_on = coalesce(used_on, $2) where reference = $1")
            .bind(&reference)
            .bind(today)
            .execute(&mut *write)
            .await?;
        let detail = format!(
            "{} by {}, reference {reference}",
            answer.choice, row.partner
        );
        self.append(&mut write, Action::Answer, &row.tip.to_string(), &detail)
            .await?;
        self.bring_back(&mut write, row.tip, answer.choice).await?;
        self.confirm_by_answer(&mut write, &reference, (answer.choice, "the answer code"))
            .await?;
        self.commit(write).await?;
        Ok(Taken::Recorded)
    }

    /// Counts a wrong code. The first one and the last one are in the audit log.
    async fn note_wrong_code(
        &self,
        mut write: Transaction<'static, Sqlite>,
        reference: &str,
        row: &CodeRow,
    ) -> Result<(), Error> {
        if row.wrong >= GUESSES {
            return Ok(());
        }
        sqlx::query("update answer_codes set wrong = wrong + 1 where reference = $1")
            .bind(reference)
            .execute(&mut *write)
            .await?;
        if row.wrong == 0 || row.wrong + 1 == GUESSES {
            let detail = format!("wrong code {}, reference {reference}", row.wrong + 1);
            self.append(&mut write, Action::Answer, &row.tip.to_string(), &detail)
                .await?;
        }
        self.commit(write).await
    }

    /// The partner's own answer to a withdrawal or a correction confirms it. `by` is noted in the book.
    pub(super) async fn confirm_by_answer(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        reference: &str,
        (choice, by): (Choice, &str),
    ) -> Result<(), Error> {
        if !choice.confirms() {
            return Ok(());
        }
        let confirmed: Option<Vec<u8>> = sqlx::query_scalar(
            "update reports set by_hand = $2, confirmed_on = $3 where reference = $1 and replaces is not null and confirmed_on is null returning tip",
        )
        .bind(reference)
        .bind(by)
        .bind(self.day())
        .fetch_optional(&mut **write)
        .await?;
        let Some(tip) = confirmed else { return Ok(()) };
        let tip: TipId = tip.try_into().map_err(|_| Error::Row)?;
        let effect = Effect::Confirmed {
            reference: reference.to_owned(),
            at: self.register.clock().now(),
        };
        self.effect(write, &effect, None).await?;
        let detail = format!("confirmed by the partner's answer, reference {reference}");
        self.append(write, Action::Deliver, &tip.to_string(), &detail)
            .await?;
        Ok(())
    }

    /// A fact came: a wait ends, and a tip that was sent is open again if the partner refuses.
    pub(super) async fn bring_back(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        choice: Choice,
    ) -> Result<(), Error> {
        let holder = folds::holder_of(write, tip).await?;
        let state: State = sqlx::query_scalar("select state from triage where tip = $1")
            .bind(holder.0.as_slice())
            .fetch_one(&mut **write)
            .await?;
        let decision = match (state, choice) {
            (State::Waiting, _) => Decision::Wake {
                why: "a partner answered".into(),
            },
            (State::Routed, Choice::Refused) => Decision::Reopen,
            _ => {
                // It has changed for everybody who looked.
                sqlx::query(
                    "update triage set version = version + 1, changed_by = null where tip = $1",
                )
                .bind(holder.0.as_slice())
                .execute(&mut **write)
                .await?;
                return Ok(());
            }
        };
        let back = self
            .by_desk()
            .decide_in(write, holder.into(), &decision, How::default())
            .await;
        decisions::only_failures(back)
    }

    /// The answers about a tip and everything that is folded into it, the newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn answers_about(&self, holder: TipId) -> Result<Vec<Claim>, Error> {
        let claims = sqlx::query_as(concat!(
            folds::tree!(),
            " ",
            claim!("where tip in (select tip from tree) order by at desc, id")
        ));
        let claims = claims.bind(holder.0.as_slice());
        Ok(claims.fetch_all(&self.pool).await?)
    }

    /// The reports about a tip for which nothing more is taken, because too many wrong codes were
    /// tried: partner and reference.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn guessed_codes(&self, holder: TipId) -> Result<Vec<(String, String)>, Error> {
        let guessed = sqlx::query_as(concat!(
            folds::tree!(),
            " select partner, reference from answer_codes where tip in (select tip from tree) and wrong >= $2 order by reference"
        ));
        let guessed = guessed.bind(holder.0.as_slice()).bind(GUESSES);
        Ok(guessed.fetch_all(&self.pool).await?)
    }

    /// Says what becomes of an answer. False if it is no answer about this tip that waits.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn judge_answer(
        &self,
        tip: TipId,
        answer: TipId,
        verdict: Verdict,
    ) -> Result<bool, Error> {
        let mut write = self.write().await?;
        let holder = folds::holder_of(&mut write, tip).await?;
        let judged: Option<(Vec<u8>, String)> = sqlx::query_as(
            concat!(folds::tree!(), " update answers set verdict = $3, by = $4, by_at = $5
             where id = $2 and verdict is null and tip in (select tip from tree) returning tip, reference"),
        )
        .bind(holder.0.as_slice())
        .bind(answer.0.as_slice())
        .bind(verdict)
        .bind(&self.actor.name)
        .bind(self.register.clock().now())
        .fetch_optional(&mut *write)
        .await?;
        let Some((of, reference)) = judged else {
            return Ok(false);
        };
        let of: TipId = of.try_into().map_err(|_| Error::Row)?;
        let detail = format!("{verdict}, reference {reference}");
        self.append(&mut write, Action::Answer, &of.to_string(), &detail)
            .await?;
        self.commit(write).await?;
        Ok(true)
    }

    /// Takes over the codes and the answers of a tip that comes from another book.
    pub(super) async fn take_over_answers(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        from: &Self,
    ) -> Result<(), Error> {
        store_codes(write, tip, codes_of_tip(&from.pool, tip).await?).await?;
        let claims: Vec<Claim> = sqlx::query_as(claim!("where tip = $1"))
            .bind(tip.0.as_slice())
            .fetch_all(&from.pool)
            .await?;
        for claim in claims {
            sqlx::query(
                "insert into answers (id, tip, reference, partner, choice, said_on, at, verdict, by, by_at, account, words)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            )
            .bind(claim.id.0.as_slice())
            .bind(tip.0.as_slice())
            .bind(claim.reference)
            .bind(claim.partner)
            .bind(claim.choice)
            .bind(claim.said_on)
            .bind(claim.at)
            .bind(claim.verdict)
            .bind(claim.by)
            .bind(claim.by_at)
            .bind(claim.account)
            .bind(claim.words)
            .execute(&mut **write)
            .await?;
        }
        self.take_over_answer_photos(write, tip, from).await
    }
}

/// The code of a report, as it moves with its tip.
#[derive(FromRow, Serialize, Deserialize)]
pub(super) struct CodeOfTip {
    code: String,
    reference: String,
    partner: String,
    until: Day,
    used_on: Option<Day>,
    wrong: i64,
}

/// The codes of the reports about a tip.
pub(super) async fn codes_of_tip(pool: &SqlitePool, tip: TipId) -> Result<Vec<CodeOfTip>, Error> {
    let codes = sqlx::query_as(
        "select code, reference, partner, until, used_on, wrong from answer_codes where tip = $1",
    );
    Ok(codes.bind(tip.0.as_slice()).fetch_all(pool).await?)
}

/// Stores the codes of a tip that comes from another book.
pub(super) async fn store_codes(
    write: &mut SqliteConnection,
    tip: TipId,
    codes: Vec<CodeOfTip>,
) -> Result<(), Error> {
    for row in codes {
        sqlx::query(
            "insert into answer_codes (code, reference, tip, partner, until, used_on, wrong) values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        )
        .bind(row.code)
        .bind(row.reference)
        .bind(tip.0.as_slice())
        .bind(row.partner)
        .bind(row.until)
        .bind(row.used_on)
        .bind(row.wrong)
        .execute(&mut *write)
        .await?;
    }
    Ok(())
}

/// Whether a report was taken back before it left.
pub(super) async fn is_taken_back(
    connection: &mut SqliteConnection,
    reference: &str,
) -> Result<bool, Error> {
    let taken = sqlx::query_scalar(
        "select exists (select 1 from reports where reference = $1 and state = 'taken-back')",
    );
    Ok(taken.bind(reference).fetch_one(connection).await?)
}

/// The code of a report. The only lookup: what seals reports fills the table.
async fn code_of(
    connection: &mut SqliteConnection,
    reference: &str,
) -> Result<Option<CodeRow>, Error> {
    let row = sqlx::query_as(
        "select code, tip, partner, until, wrong from answer_codes where reference = $1",
    );
    Ok(row.bind(reference).fetch_optional(connection).await?)
}
