//! Words of partners by telephone, mail or in the room: who, when, how, and what it means for the
//! tip. An officer writes it down. Like an answer by code it stops no clock and closes nothing. Names
//! and reasons are in the book alone: the audit log has a keyed hash of them.

use serde::Serialize;
use sqlx::{FromRow, Sqlite, Transaction};

use super::{Book, folds};
use crate::answers::Choice;
use crate::audit::Action;
use crate::database::Error;
use loke_core::clock::Day;
use loke_core::tip::TipId;

/// Longest name and longest reason, in characters.
const LONGEST: usize = 500;

loke_core::words! {
    /// How a partner said it.
    SaidBy {
        /// By telephone.
        Telephone = "telephone",
        /// By letter or e-mail.
        Mail = "mail",
        /// In the room.
        InPerson = "in-person",
    }
}

/// Words of a partner, before they are written down.
#[derive(Debug, Clone, Copy)]
pub struct NewTold<'a> {
    /// The partner.
    pub partner: &'a str,
    /// The report that they spoke of, if one was sent.
    pub reference: Option<&'a str>,
    /// Their words.
    pub choice: Choice,
    /// How they said it.
    pub way: SaidBy,
    /// The person at the partner.
    pub said_by: &'a str,
    /// The day on which they said it.
    pub said_on: Day,
    /// Why, if nobody acts. May be empty otherwise.
    pub why: &'a str,
}

/// Words of a partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
#[expect(
    missing_docs,
    reason = "the fields of [`NewTold`], who wrote it down, and when"
)]
pub struct Told {
    pub partner: String,
    pub reference: Option<String>,
    pub is_lead: bool,
    pub choice: Choice,
    pub way: SaidBy,
    pub said_by: String,
    pub said_on: Day,
    pub why: String,
    pub who: String,
    pub at: i64,
}

/// Why nothing was written down.
#[derive(Debug, thiserror::Error)]
pub enum NotTold {
    /// The partner or the person is missing.
    #[error("say which partner it was, and who said it. Nothing was written down")]
    NoName,
    /// The reason is missing.
    #[error("say in a few words why nobody acts. Nothing was written down")]
    NoReason,
    /// A part is too long.
    #[error("a name or a reason is longer than {LONGEST} characters. Nothing was written down")]
    TooLong,
    /// The day is in the future.
    #[error("{0} has not come yet. Nothing was written down")]
    Future(Day),
    /// The report is not about the tip, or went to somebody else.
    #[error(
        "no report about this tip went to {0} under the reference {1}. Nothing was written down"
    )]
    NoReport(String, String),
    /// The book failed.
    #[error(transparent)]
    Database(#[from] Error),
}

impl From<sqlx::Error> for NotTold {
    fn from(e: sqlx::Error) -> Self {
        Self::Database(e.into())
    }
}

impl Book {
    /// Writes down what a partner said about a tip. A wait ends, and a tip that was sent is open again
    /// if the partner refuses.
    ///
    /// # Errors
    /// [`NotTold`]: then nothing was changed.
    pub async fn record_told(&self, tip: TipId, new: NewTold<'_>) -> Result<(), NotTold> {
        let (partner, said_by, why) = (new.partner.trim(), new.said_by.trim(), new.why.trim());
        if partner.is_empty() || said_by.is_empty() {
            return Err(NotTold::NoName);
        }
        if why.is_empty() && matches!(new.choice, Choice::NoAction | Choice::Refused) {
            return Err(NotTold::NoReason);
        }
        if [partner, said_by, why]
            .iter()
            .any(|part| part.chars().count() > LONGEST)
        {
            return Err(NotTold::TooLong);
        }
        if new.said_on > self.day() {
            return Err(NotTold::Future(new.said_on));
        }
        let mut write = self.write().await?;
        let holder = folds::holder_of(&mut write, tip).await?;
        let is_lead = match new.reference {
            None => true,
            Some(reference) => {
                let lead: Option<bool> = sqlx::query_scalar(concat!(
                    folds::tree!(),
                    " select draft ->> '$.is_lead' from reports where reference = $2 and partner = $3 and replaces is null and state in ('ordered', 'arrived')
                      and exists (select 1 from report_tips where report_id = reports.id and report_tips.tip in (select tip from tree))"
                ))
                .bind(holder.0.as_slice())
                .bind(reference)
                .bind(partner)
                .fetch_optional(&mut *write)
                .await?;
                lead.ok_or_else(|| NotTold::NoReport(partner.to_owned(), reference.to_owned()))?
            }
        };
        sqlx::query(
            "insert into told (tip, at, who, partner, reference, is_lead, choice, way, said_by, said_on, why) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(holder.0.as_slice())
        .bind(self.register.clock().now())
        .bind(&self.actor.name)
        .bind(partner)
        .bind(new.reference)
        .bind(is_lead)
        .bind(new.choice)
        .bind(new.way)
        .bind(said_by)
        .bind(new.said_on)
        .bind(why)
        .execute(&mut *write)
        .await?;
        let about = new
            .reference
            .map(|reference| format!(", reference {reference}"));
        let detail = format!(
            "{} by {partner}, {}{}, {}",
            new.choice,
            new.way,
            about.unwrap_or_default(),
            self.reason(&format!("{said_by}\n{why}"))
        );
        self.append(&mut write, Action::Answer, &holder.to_string(), &detail)
            .await?;
        self.bring_back(&mut write, holder, new.choice).await?;
        Ok(self.commit(write).await?)
    }

    /// Words of partners about a tip and everything that is folded into it, the newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn told_about(&self, holder: TipId) -> Result<Vec<Told>, Error> {
        let told = sqlx::query_as(concat!(
            folds::tree!(),
            " select partner, reference, is_lead, choice, way, said_by, said_on, why, who, at from told
             where tip in (select tip from tree) order by id desc"
        ));
        Ok(told.bind(holder.0.as_slice()).fetch_all(&self.pool).await?)
    }

    /// Takes over what partners said about a tip that comes from another book.
    pub(super) async fn take_told_over(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        from: &Self,
    ) -> Result<(), Error> {
        let told: Vec<Told> = sqlx::query_as(
            "select partner, reference, is_lead, choice, way, said_by, said_on, why, who, at from told where tip = $1 order by id",
        )
        .bind(tip.0.as_slice())
        .fetch_all(&from.pool)
        .await?;
        for told in told {
            sqlx::query(
                "insert into told (tip, at, who, partner, reference, is_lead, choice, way, said_by, said_on, why) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            )
            .bind(tip.0.as_slice())
            .bind(told.at)
            .bind(told.who)
            .bind(told.partner)
            .bind(told.reference)
            .bind(told.is_lead)
            .bind(told.choice)
            .bind(told.way)
            .bind(told.said_by)
            .bind(told.said_on)
            .bind(told.why)
            .execute(&mut **write)
            .await?;
        }
        Ok(())
    }
}
