//! Reports that should not have left: those that reached the wrong partner, those about a tip that
//! was sent to harm somebody, and those about a tip whose accuracy is contested. The desk proposes to
//! withdraw each, until somebody does or says why the report stays.

use sqlx::{FromRow, Sqlite, Transaction};

use super::{Book, ReportState};
use crate::audit::Action;
use crate::database::Error;
use crate::register::{Effect, Ended, Incident};
use loke_core::tip::TipId;

loke_core::words! {
    /// Why a report should be withdrawn.
    WhyWithdraw {
        /// It reached the wrong partner.
        WrongPartner = "wrong-partner",
        /// The accuracy of the tip is contested.
        Contested = "contested",
        /// The tip was sent to harm somebody.
        Malicious = "malicious",
    }
}

/// A report that should be withdrawn, or taken back if it has not left.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Proposal {
    /// Its reference.
    pub reference: String,
    /// The partner.
    pub partner: String,
    /// The tip that shows the others.
    #[sqlx(try_from = "Vec<u8>")]
    pub tip: TipId,
    /// Whether it left.
    pub has_left: bool,
    /// Why.
    pub why: WhyWithdraw,
}

/// The words of an incident.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct IncidentWords {
    /// The event.
    pub why: String,
    /// The finding and the remedy, once it is closed.
    pub ended_why: Option<String>,
}

/// Why no incident was opened or closed.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// The words are missing.
    #[error("say what happened in a few words. Nothing was done")]
    NoWords,
    /// The report has not left.
    #[error("this report has not left, so take it back")]
    NotLeft,
    /// The hour is in the future.
    #[error("this hour has not come yet. Give the hour at which somebody found it")]
    Future,
    /// It is open already, or closed.
    #[error("an incident about this report was opened already")]
    Twice,
    /// It is not open.
    #[error("no incident about this report is open")]
    NotOpen,
    /// Nobody told the wrong partner yet.
    #[error("the report is not withdrawn yet. Withdraw it first: the partner must be told")]
    NotWithdrawn,
    /// Another person must close it.
    #[error("an incident is closed by a supervisor")]
    Role,
    /// The book failed.
    #[error(transparent)]
    Database(#[from] Error),
}

impl From<sqlx::Error> for NotOpened {
    fn from(e: sqlx::Error) -> Self {
        Self::Database(e.into())
    }
}

/// A later report that withdraws or corrects this one was sent.
macro_rules! is_replaced {
    () => {
        "exists (select 1 from reports as later where later.replaces = reports.reference and later.state in ('ordered', 'arrived'))"
    };
}

impl Book {
    /// The reports that should be withdrawn: of one tip and what is folded into it, or of all.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn to_withdraw(&self, tip: Option<TipId>) -> Result<Vec<Proposal>, Error> {
        let found: Vec<Proposal> = sqlx::query_as(concat!(
            "with recursive up (tip, holder) as (
                 select tip, tip from reports where state in ('ordered', 'arrived') and replaces is null
                 union select up.tip, folded_into from triage join up on triage.tip = up.holder where folded_into is not null
             ),
             wrong (reference, why) as (
                 select reference, 'wrong-partner' from incidents
                 union all select reference, 'contested' from reports join report_tips on report_id = reports.id join holds on holds.tip = report_tips.tip
                     where kind = 'restricted' and lifted_on is null
                 union all select reference, 'malicious' from reports join up on up.tip = reports.tip join triage on triage.tip = up.holder where outcome = 'malicious'
             )
             select reference, partner, tip, state = 'arrived' as has_left, max(why) as why from reports join wrong using (reference)
             where state in ('ordered', 'arrived') and replaces is null and stays_why is null and not ",
            is_replaced!(),
            " and ($1 is null or exists (select 1 from up where up.tip = reports.tip and up.holder = $1))
             group by reference order by reports.id"
        ))
        .bind(tip.map(|tip| tip.0.to_vec()))
        .fetch_all(&self.pool)
        .await?;
        Ok(found)
    }

    /// Notes why a report stays that the desk proposed to withdraw. False if it did not.
    ///
    /// # Errors
    /// [`NotOpened::NoWords`].
    pub async fn keep_report(&self, reference: &str, why: &str) -> Result<bool, NotOpened> {
        if why.trim().is_empty() {
            return Err(NotOpened::NoWords);
        }
        let all = self.to_withdraw(None).await?;
        let Some(proposal) = all.into_iter().find(|p| p.reference == reference) else {
            return Ok(false);
        };
        let mut write = self.write().await?;
        sqlx::query("update reports set stays_by = $2, stays_why = $3 where reference = $1")
            .bind(reference)
            .bind(&self.actor.name)
            .bind(why.trim())
            .execute(&mut *write)
            .await?;
        let detail = format!(
            "stays with {}, reference {reference}, {}: {}",
            proposal.partner,
            proposal.why,
            self.reason(why.trim())
        );
        self.append(
            &mut write,
            Action::Route,
            &proposal.tip.to_string(),
            &detail,
        )
        .await?;
        self.commit(write).await?;
        Ok(true)
    }

    /// Opens an incident: a report reached the wrong partner, and somebody found it at `found_at`.
    ///
    /// # Errors
    /// [`NotOpened`].
    pub(crate) async fn open_incident(
        &self,
        reference: &str,
        found_at: i64,
        why: &str,
    ) -> Result<(), NotOpened> {
        let now = self.register.clock().now();
        if why.trim().is_empty() {
            return Err(NotOpened::NoWords);
        }
        if found_at > now {
            return Err(NotOpened::Future);
        }
        let report = self.report(reference).await?.ok_or(NotOpened::NotLeft)?;
        if report.state != ReportState::Arrived {
            return Err(NotOpened::NotLeft);
        }
        let tip = *report.tips.first().ok_or(Error::Row)?;
        let mut write = self.write().await?;
        let opened = sqlx::query(
            "insert into incidents (reference, tip, why) values ($1, $2, $3) on conflict (reference) do nothing",
        )
        .bind(reference)
        .bind(tip.0.as_slice())
        .bind(why.trim())
        .execute(&mut *write)
        .await?;
        if opened.rows_affected() == 0 {
            return Err(NotOpened::Twice);
        }
        let incident = Incident {
            reference: reference.to_owned(),
            tip,
            partner: report.report.to,
            opened_by: self.actor.name.clone(),
            opened_at: now,
            found_at,
            ended: None,
            closed_by: None,
        };
        let detail = format!(
            "wrong partner {}, reference {reference}, found at {found_at}, {}",
            incident.partner,
            self.reason(why.trim())
        );
        self.effect(&mut write, &Effect::Incident(incident), None)
            .await?;
        self.append(&mut write, Action::Incident, &tip.to_string(), &detail)
            .await?;
        Ok(self.commit(write).await?)
    }

    /// Closes an incident. The report must be withdrawn before.
    ///
    /// # Errors
    /// [`NotOpened`].
    pub(crate) async fn close_incident(
        &self,
        reference: &str,
        ended: Ended,
        why: &str,
    ) -> Result<(), NotOpened> {
        if why.trim().is_empty() {
            return Err(NotOpened::NoWords);
        }
        let mut write = self.write().await?;
        let withdrawn: Option<bool> = sqlx::query_scalar(concat!(
            "select ",
            is_replaced!(),
            " from reports where reference = $1"
        ))
        .bind(reference)
        .fetch_optional(&mut *write)
        .await?;
        if withdrawn == Some(false) {
            return Err(NotOpened::NotWithdrawn);
        }
        let tip: Option<Vec<u8>> = sqlx::query_scalar(
            "update incidents set ended_why = $2 where reference = $1 and ended_why is null returning tip",
        )
        .bind(reference)
        .bind(why.trim())
        .fetch_optional(&mut *write)
        .await?;
        let tip: TipId = tip
            .ok_or(NotOpened::NotOpen)?
            .try_into()
            .map_err(|_| Error::Row)?;
        let closed = Effect::IncidentClosed {
            reference: reference.to_owned(),
            ended,
            by: self.actor.name.clone(),
            at: self.register.clock().now(),
        };
        self.effect(&mut write, &closed, None).await?;
        let detail = format!(
            "closed as {ended}, reference {reference}, {}",
            self.reason(why.trim())
        );
        self.append(&mut write, Action::Incident, &tip.to_string(), &detail)
            .await?;
        Ok(self.commit(write).await?)
    }

    /// The words of an incident; `None` if it is not about a tip of this book.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn incident(&self, reference: &str) -> Result<Option<IncidentWords>, Error> {
        let words = sqlx::query_as("select why, ended_why from incidents where reference = $1");
        Ok(words.bind(reference).fetch_optional(&self.pool).await?)
    }

    /// Takes over the incidents of a tip that comes from another book.
    pub(super) async fn take_incidents_over(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        from: &Self,
    ) -> Result<(), Error> {
        let rows: Vec<(String, String, Option<String>)> =
            sqlx::query_as("select reference, why, ended_why from incidents where tip = $1")
                .bind(tip.0.as_slice())
                .fetch_all(&from.pool)
                .await?;
        for (reference, why, ended_why) in rows {
            sqlx::query(
                "insert into incidents (reference, tip, why, ended_why) values ($1, $2, $3, $4)",
            )
            .bind(reference)
            .bind(tip.0.as_slice())
            .bind(why)
            .bind(ended_why)
            .execute(&mut **write)
            .await?;
        }
        Ok(())
    }
}
