//! The published figures: each period once. A published row is never changed or deleted.

use sqlx::FromRow;

use super::Register;
use crate::audit::{Action, Actor};
use crate::database::Error;
use crate::months::{Month, Period};
use crate::public_figures::{Level, PublicFigure};
use loke_core::clock::Day;
use loke_core::tip::Lane;

/// A period whose figures are published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The period.
    pub period: Period,
    /// The account that published it.
    pub published_by: String,
    /// The day.
    pub published_on: Day,
}

#[derive(FromRow)]
struct FigureRow {
    lane: Lane,
    level: Level,
    area: String,
    first: String,
    last: String,
    reported: i64,
    done: String,
}

impl Register {
    /// The periods that are published, the newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn publications(&self) -> Result<Vec<Publication>, Error> {
        let rows: Vec<(String, String, Day)> = sqlx::query_as(
            "select period, published_by, published_on from publications order by published_on desc, period desc",
        )
        .fetch_all(&self.pool)
        .await?;
        let rows = rows
            .into_iter()
            .map(|(period, published_by, published_on)| {
                Ok(Publication {
                    period: period.parse().map_err(|_| Error::Row)?,
                    published_by,
                    published_on,
                })
            });
        rows.collect()
    }

    /// Every published figure, the newest period first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn public_figures(&self) -> Result<Vec<PublicFigure>, Error> {
        let rows: Vec<FigureRow> = sqlx::query_as(
            "select lane, level, area, first, last, reported, done from public_figures order by last desc, first, lane, area",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(FigureRow::into_figure).collect()
    }

    /// Publishes a period. Returns false, and changes nothing, if the period is published already or
    /// one of its subjects has a figure of some of these months.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn publish(
        &self,
        actor: &Actor,
        period: Period,
        books: &str,
        figures: &[PublicFigure],
    ) -> Result<bool, Error> {
        let mut write = self.write().await?;
        let new = sqlx::query(
            "insert into publications (period, published_by, published_on, books) values ($1, $2, $3, $4) on conflict (period) do nothing",
        )
        .bind(period.to_string())
        .bind(&actor.name)
        .bind(self.clock.today())
        .bind(books)
        .execute(&mut *write)
        .await?;
        if new.rows_affected() == 0 {
            return Ok(false);
        }
        for figure in figures {
            let overlaps: bool = sqlx::query_scalar(
                "select exists (select 1 from public_figures where lane = $1 and period <> $2 and first <= $4 and last >= $3)",
            )
            .bind(figure.lane)
            .bind(period.to_string())
            .bind(figure.first.to_string())
            .bind(figure.last.to_string())
            .fetch_one(&mut *write)
            .await?;
            if overlaps {
                return Ok(false);
            }
            sqlx::query(
                "insert into public_figures (period, lane, level, area, first, last, reported, done) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(period.to_string())
            .bind(figure.lane)
            .bind(figure.level)
            .bind(&figure.area)
            .bind(figure.first.to_string())
            .bind(figure.last.to_string())
            .bind(i64::try_from(figure.reported).map_err(|_| Error::Row)?)
            .bind(serde_json::to_string(&figure.done).map_err(|_| Error::Row)?)
            .execute(&mut *write)
            .await?;
        }
        let detail = format!("{} figures from {books}", figures.len());
        self.append(
            &mut write,
            actor,
            Action::Publish,
            &period.to_string(),
            &detail,
        )
        .await?;
        self.commit(write).await?;
        Ok(true)
    }
}

impl FigureRow {
    fn into_figure(self) -> Result<PublicFigure, Error> {
        let month = |text: &str| text.parse::<Month>().map_err(|_| Error::Row);
        Ok(PublicFigure {
            lane: self.lane,
            level: self.level,
            area: self.area,
            first: month(&self.first)?,
            last: month(&self.last)?,
            reported: usize::try_from(self.reported).map_err(|_| Error::Row)?,
            done: serde_json::from_str(&self.done).map_err(|_| Error::Row)?,
        })
    }
}
