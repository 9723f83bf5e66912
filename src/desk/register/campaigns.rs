//! Campaigns: posters with a code, and codes for an organisation's staff.

use sqlx::FromRow;

use super::Register;
use crate::audit::{Action, Actor};
use crate::campaign::{Campaign, Plan, Role};
use crate::database::Error;
use loke_core::campaign::CampaignCode;
use loke_core::clock::Day;
use loke_core::tip::Topic;

/// A row of `campaigns`.
#[derive(FromRow)]
struct CampaignRow {
    code: String,
    role: Role,
    name: String,
    organisation: Option<String>,
    operation: Option<String>,
    topic: Option<Topic>,
    area: Option<String>,
    languages: Option<String>,
    begins: Option<Day>,
    ends: Option<Day>,
    copies: Option<u32>,
    ended: Option<Day>,
}

impl Register {
    /// Creates a campaign with a new code.
    ///
    /// # Errors
    /// If the database fails, or the operating system returns no random bytes.
    pub async fn add_campaign(&self, actor: &Actor, plan: Plan) -> Result<Campaign, Error> {
        let mut write = self.write().await?;
        loop {
            let code = CampaignCode::random()?;
            let added = sqlx::query(
                "insert into campaigns (code, role, name, organisation, operation, topic, area, languages, begins, ends, copies)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (code) do nothing",
            )
            .bind(code.as_str())
            .bind(plan.role)
            .bind(&plan.name)
            .bind(&plan.organisation)
            .bind(&plan.operation)
            .bind(plan.topic)
            .bind(&plan.area)
            .bind((!plan.languages.is_empty()).then(|| plan.languages.join(",")))
            .bind(plan.from)
            .bind(plan.until)
            .bind(plan.copies)
            .execute(&mut *write)
            .await?;
            // One code in millions is already in use.
            if added.rows_affected() == 0 {
                continue;
            }
            self.append(
                &mut write,
                actor,
                Action::Campaign,
                code.as_str(),
                &format!("new, {}", plan.role),
            )
            .await?;
            self.commit(write).await?;
            return Ok(Campaign {
                code,
                plan,
                ended: None,
            });
        }
    }

    /// All campaigns: those that have not ended first, then by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn campaigns(&self) -> Result<Vec<Campaign>, Error> {
        let rows: Vec<CampaignRow> = sqlx::query_as(
            "select code, role, name, organisation, operation, topic, area, languages, begins, ends, copies, ended
             from campaigns order by ended is not null, name, code",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(CampaignRow::into_campaign).collect()
    }

    /// The campaign with this code.
    ///
    /// # Errors
    /// [`Error::NoCampaign`] if there is none.
    pub async fn campaign(&self, code: CampaignCode) -> Result<Campaign, Error> {
        let found = self
            .campaigns()
            .await?
            .into_iter()
            .find(|campaign| campaign.code == code);
        found.ok_or(Error::NoCampaign(code))
    }

    /// Ends a campaign today: its sheets can no longer be printed. Returns false if it had already
    /// ended.
    ///
    /// # Errors
    /// [`Error::NoCampaign`] if there is none.
    pub async fn end_campaign(&self, actor: &Actor, code: CampaignCode) -> Result<bool, Error> {
        let mut write = self.write().await?;
        let ended =
            sqlx::query("update campaigns set ended = $2 where code = $1 and ended is null")
                .bind(code.as_str())
                .bind(self.clock.today())
                .execute(&mut *write)
                .await?;
        if ended.rows_affected() == 0 {
            drop(write);
            return self.campaign(code).await.map(|_| false);
        }
        self.append(&mut write, actor, Action::Campaign, code.as_str(), "end")
            .await?;
        self.commit(write).await?;
        Ok(true)
    }
}

impl CampaignRow {
    fn into_campaign(self) -> Result<Campaign, Error> {
        let plan = Plan {
            role: self.role,
            name: self.name,
            organisation: self.organisation,
            operation: self.operation,
            topic: self.topic,
            area: self.area,
            languages: self
                .languages
                .map(|codes| codes.split(',').map(str::to_owned).collect())
                .unwrap_or_default(),
            from: self.begins,
            until: self.ends,
            copies: self.copies,
        };
        Ok(Campaign {
            code: self.code.parse().map_err(|_| Error::Row)?,
            plan,
            ended: self.ended,
        })
    }
}
