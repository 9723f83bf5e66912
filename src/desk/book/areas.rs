//! The ward of a tip, and the counts that public figures are made from. A ward is the officer's word,
//! or else the only ward that the tip's place names, or else the ward of the poster. Purged tips stay
//! in the counts by month and ward: no row of them is one tip's.

use std::collections::{BTreeSet, HashMap};

use sqlx::{FromRow, Sqlite, SqliteConnection, Transaction};

use super::purge::Due;
use super::{Book, Outcome, State, folds};
use crate::answers::Choice;
use crate::audit::Action;
use crate::database::Error;
use crate::months::Month;
use crate::periods::Ending;
use crate::public_figures::{Counted, Deed};
use crate::wards::Wards;
use loke_core::tip::{Lane, TipId};

/// The word in `tallies` for tips that came in.
const REPORTED: &str = "reported";

/// The ward of a tip, and how it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AreaOf {
    /// An officer wrote it down; none if it is in no ward that anybody knows.
    Officer(Option<String>),
    /// The tip's place names it.
    Place(String),
    /// The poster hangs there.
    Poster(String),
    /// Nobody knows.
    Unknown,
}

impl AreaOf {
    /// The ward.
    #[must_use]
    pub fn ward(self) -> Option<String> {
        match self {
            Self::Officer(ward) => ward,
            Self::Place(ward) | Self::Poster(ward) => Some(ward),
            Self::Unknown => None,
        }
    }
}

#[derive(FromRow)]
struct AreaRow {
    tip: Vec<u8>,
    written: bool,
    ward: Option<String>,
    place: Option<String>,
    campaign: Option<String>,
}

#[derive(FromRow)]
struct TallyRow {
    month: String,
    lane: Lane,
    ward: String,
    deed: String,
    n: i64,
}

impl Book {
    /// Writes down the ward of a tip; none if it is in no ward that anybody knows.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn set_area(&self, tip: TipId, ward: Option<&str>) -> Result<(), Error> {
        let mut write = self.write().await?;
        let written = sqlx::query(
            "insert into tip_areas (tip, ward, who, at) select id, $2, $3, $4 from tips where id = $1
             on conflict (tip) do update set ward = excluded.ward, who = excluded.who, at = excluded.at",
        )
        .bind(tip.0.as_slice())
        .bind(ward)
        .bind(&self.actor.name)
        .bind(self.register.clock().now())
        .execute(&mut *write)
        .await?;
        if written.rows_affected() == 0 {
            return Err(Error::NoTip(tip.to_string()));
        }
        self.append(&mut write, Action::Note, &tip.to_string(), "area")
            .await?;
        self.commit(write).await
    }

    /// The ward of a tip.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn area_of(&self, tip: TipId) -> Result<AreaOf, Error> {
        let (wards, posters) = (self.register.wards(), self.posters().await?);
        let mut connection = self.pool.acquire().await?;
        area(&mut connection, tip, &wards, &posters).await
    }

    /// The wards of posters, by code.
    async fn posters(&self) -> Result<HashMap<String, String>, Error> {
        let campaigns = self.register.campaigns().await?.into_iter();
        let areas = campaigns
            .filter_map(|campaign| Some((campaign.code.as_str().to_owned(), campaign.plan.area?)));
        Ok(areas.collect())
    }

    /// Counts of the matters whose first tip came in these months, with those that were purged. Spam
    /// and what belongs to somebody else do not count.
    ///
    /// # Errors
    /// If a database fails.
    pub(crate) async fn counted(&self, first: Month, last: Month) -> Result<Vec<Counted>, Error> {
        let (wards, posters) = (self.register.wards(), self.posters().await?);
        let rows: Vec<AreaRow> = sqlx::query_as(
            "select id as tip, tip_areas.tip is not null as written, ward, tips.tip ->> 'where' as place, tips.tip ->> 'campaign' as campaign
             from tips left join tip_areas on tip_areas.tip = id where received between $1 and $2",
        )
        .bind(first.first().to_string())
        .bind(last.last().to_string())
        .fetch_all(&self.pool)
        .await?;
        let areas: HashMap<Vec<u8>, AreaOf> = rows
            .into_iter()
            .map(|row| (row.tip.clone(), known(row, &wards, &posters)))
            .collect();
        let mut counted = Vec::new();
        for matter in self.matters(first.first(), last.last()).await? {
            if !counts(matter.state, matter.outcome) {
                continue;
            }
            let area = areas.get(matter.tip.0.as_slice()).cloned();
            let ward = area.and_then(AreaOf::ward);
            let deeds = deeds(
                matter.outcome,
                matter.routed_on.is_some(),
                &matter.dispositions,
            );
            for deed in std::iter::once(None).chain(deeds.into_iter().map(Some)) {
                counted.push(Counted {
                    lane: matter.lane,
                    month: Month::of(matter.received),
                    ward: ward.clone(),
                    deed,
                    matters: 1,
                });
            }
        }
        let rows: Vec<TallyRow> = sqlx::query_as(
            "select month, lane, ward, deed, n from tallies where month between $1 and $2",
        )
        .bind(first.to_string())
        .bind(last.to_string())
        .fetch_all(&self.pool)
        .await?;
        for row in rows {
            counted.push(Counted {
                lane: row.lane,
                month: row.month.parse().map_err(|_| Error::Row)?,
                ward: wards.ward(&row.ward).map(str::to_owned),
                deed: match row.deed.as_str() {
                    REPORTED => None,
                    deed => Some(deed.parse().map_err(|_| Error::Row)?),
                },
                matters: usize::try_from(row.n).map_err(|_| Error::Row)?,
            });
        }
        Ok(counted)
    }

    /// Adds a matter that is about to be purged to the counts.
    pub(super) async fn tally(
        &self,
        write: &mut SqliteConnection,
        holder: &Due,
    ) -> Result<(), Error> {
        let outcome = match holder.outcome {
            Ending::Routed => None,
            Ending::Acted => Some(Outcome::Acted),
            Ending::CouldNotAct => Some(Outcome::CouldNotAct),
            _ => return Ok(()),
        };
        let (wards, posters) = (self.register.wards(), self.posters().await?);
        let ward = area(write, holder.id, &wards, &posters).await?.ward();
        let routed: bool = sqlx::query_scalar(concat!(
            folds::tree!(),
            " select exists (select 1 from reports where tip in (select tip from tree) and state = 'arrived' and replaces is null and draft ->> '$.is_lead' and ordered_on is not null)"
        ))
        .bind(holder.id.0.as_slice())
        .fetch_one(&mut *write)
        .await?;
        let choices: Vec<Choice> = sqlx::query_scalar(concat!(
            folds::tree!(),
            " select choice from told where is_lead = 1 and tip in (select tip from tree)
             union select choice from answers join reports using (reference) where verdict = 'accepted' and draft ->> '$.is_lead' and answers.tip in (select tip from tree)"
        ))
        .bind(holder.id.0.as_slice())
        .fetch_all(&mut *write)
        .await?;
        let choices = choices.into_iter().filter(|choice| choice.is_disposition());
        let deeds = deeds(outcome, routed, &choices.collect());
        let words = std::iter::once(REPORTED).chain(deeds.into_iter().map(Deed::word));
        for deed in words {
            sqlx::query(
                "insert into tallies (month, lane, ward, deed, n) select substr(received, 1, 7), $2, $3, $4, 1 from tips where id = $1
                 on conflict (month, lane, ward, deed) do update set n = n + 1",
            )
            .bind(holder.id.0.as_slice())
            .bind(holder.lane)
            .bind(ward.as_deref().unwrap_or_default())
            .bind(deed)
            .execute(&mut *write)
            .await?;
        }
        Ok(())
    }

    /// Takes over the ward of a tip that comes from another book.
    pub(super) async fn take_area_over(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        from: &Self,
    ) -> Result<(), Error> {
        let row: Option<(Option<String>, String, i64)> =
            sqlx::query_as("select ward, who, at from tip_areas where tip = $1")
                .bind(tip.0.as_slice())
                .fetch_optional(&from.pool)
                .await?;
        if let Some((ward, who, at)) = row {
            sqlx::query("insert into tip_areas (tip, ward, who, at) values ($1, $2, $3, $4) on conflict (tip) do nothing")
                .bind(tip.0.as_slice())
                .bind(ward)
                .bind(who)
                .bind(at)
                .execute(&mut **write)
                .await?;
        }
        Ok(())
    }
}

async fn area(
    connection: &mut SqliteConnection,
    tip: TipId,
    wards: &Wards,
    posters: &HashMap<String, String>,
) -> Result<AreaOf, Error> {
    let row: Option<AreaRow> = sqlx::query_as(
        "select id as tip, tip_areas.tip is not null as written, ward, tips.tip ->> 'where' as place, tips.tip ->> 'campaign' as campaign
         from tips left join tip_areas on tip_areas.tip = id where id = $1",
    )
    .bind(tip.0.as_slice())
    .fetch_optional(connection)
    .await?;
    let row = row.ok_or_else(|| Error::NoTip(tip.to_string()))?;
    Ok(known(row, wards, posters))
}

/// The ward by what is known of the tip. A ward that is no longer on the list is unknown.
fn known(row: AreaRow, wards: &Wards, posters: &HashMap<String, String>) -> AreaOf {
    if row.written {
        let ward = row.ward.filter(|ward| wards.ward(ward).is_some());
        return AreaOf::Officer(ward);
    }
    if let Some(ward) = row.place.as_deref().and_then(|place| wards.named_in(place)) {
        return AreaOf::Place(ward.to_owned());
    }
    let poster = row.campaign.and_then(|code| posters.get(&code));
    match poster.and_then(|area| wards.ward(area)) {
        Some(ward) => AreaOf::Poster(ward.to_owned()),
        None => AreaOf::Unknown,
    }
}

/// Whether a matter was reported to this partnership: not spam, and not somebody else's.
fn counts(state: State, outcome: Option<Outcome>) -> bool {
    state != State::Closed || matches!(outcome, Some(Outcome::Acted | Outcome::CouldNotAct))
}

fn deeds(outcome: Option<Outcome>, routed: bool, choices: &BTreeSet<Choice>) -> BTreeSet<Deed> {
    let mut deeds: BTreeSet<Deed> = choices
        .iter()
        .filter_map(|choice| match choice {
            Choice::Cleaned => Some(Deed::Cleaned),
            Choice::Secured => Some(Deed::Secured),
            Choice::Support => Some(Deed::Support),
            Choice::Warrant
            | Choice::Arrest
            | Choice::SectionEight
            | Choice::Closure
            | Choice::Possession => Some(Deed::Enforced),
            _ => None,
        })
        .collect();
    let acted = |choice: &Choice| *choice != Choice::NoAction;
    if outcome == Some(Outcome::Acted) || choices.iter().any(acted) {
        deeds.insert(Deed::Acted);
    }
    if routed {
        deeds.insert(Deed::Passed);
    }
    deeds
}
