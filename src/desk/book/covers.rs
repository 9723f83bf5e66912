//! Covers: the squares of a tip's photos that are painted over before a photo leaves. One photo
//! leaves with one set of covers, so a set can be replaced only until a report with the photo was
//! ordered.

use std::collections::BTreeSet;

use sqlx::{FromRow, Sqlite, SqliteConnection, Transaction};

use super::Book;
use crate::audit::Action;
use crate::database::Error;
use crate::open;
use crate::report::PhotoOf;
use loke_core::tip::TipId;
use loke_photo::cover::Square;

/// The covers of one photo.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Cover {
    /// The photo's number, from 1.
    pub photo: i64,
    /// The squares as they are stored.
    squares: String,
    /// The account that ticked them.
    pub who: String,
    /// When (seconds since 1970-01-01 UTC).
    pub at: i64,
}

impl Cover {
    /// The covered squares.
    ///
    /// # Errors
    /// [`Error::Row`]. The photo must not leave then.
    pub fn squares(&self) -> Result<BTreeSet<Square>, Error> {
        let square = |written: &str| {
            let (row, column) = written.split_once('.')?;
            Some(Square {
                row: row.parse().ok()?,
                column: column.parse().ok()?,
            })
        };
        let squares = self.squares.split_whitespace().map(square);
        squares.collect::<Option<_>>().ok_or(Error::Row)
    }
}

impl Book {
    /// The covers of a tip's photo; `None` if nobody looked at it for covering.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn cover_of(&self, tip: TipId, photo: usize) -> Result<Option<Cover>, Error> {
        let cover = sqlx::query_as(
            "select photo, squares, who, at from covers where tip = $1 and photo = $2",
        );
        Ok(cover
            .bind(tip.0.as_slice())
            .bind(number(photo)?)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// The covers of a photo in a transaction that stores what they were painted on.
    pub(super) async fn covers_in(
        write: &mut Transaction<'static, Sqlite>,
        photo: PhotoOf,
    ) -> Result<Option<Cover>, Error> {
        let cover = sqlx::query_as(
            "select photo, squares, who, at from covers where tip = $1 and photo = $2",
        );
        Ok(cover
            .bind(photo.tip.0.as_slice())
            .bind(number(photo.number)?)
            .fetch_optional(&mut **write)
            .await?)
    }

    /// Whether a report with this photo was ordered and not taken back.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn is_photo_ordered(&self, tip: TipId, photo: usize) -> Result<bool, Error> {
        is_ordered(&mut *self.pool.acquire().await?, tip, photo).await
    }

    /// Stores the covers of a photo in place of earlier ones. Returns whether they were stored: not
    /// if a report with the photo was ordered. Previews with the photo are deleted, because they have
    /// the earlier covers.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub(crate) async fn keep_cover(
        &self,
        tip: TipId,
        photo: usize,
        squares: &BTreeSet<Square>,
    ) -> Result<bool, Error> {
        let written = squares
            .iter()
            .map(|Square { row, column }| format!("{row}.{column}"))
            .collect::<Vec<_>>()
            .join(" ");
        if !self.holds(tip).await? {
            return Err(Error::NoTip(tip.to_string()));
        }
        let mut write = self.write().await?;
        if is_ordered(&mut write, tip, photo).await? {
            return Ok(false);
        }
        sqlx::query(
            "delete from reports where state = 'previewed' and id in (select report_id from report_photos where tip = $1 and number = $2)",
        )
        .bind(tip.0.as_slice())
        .bind(number(photo)?)
        .execute(&mut *write)
        .await?;
        sqlx::query(
            "insert into covers (tip, photo, squares, who, at) values ($1, $2, $3, $4, $5)
             on conflict (tip, photo) do update set squares = excluded.squares, who = excluded.who, at = excluded.at",
        )
        .bind(tip.0.as_slice())
        .bind(number(photo)?)
        .bind(&written)
        .bind(&self.actor.name)
        .bind(self.register.clock().now())
        .execute(&mut *write)
        .await?;
        let detail = format!("{}, {} squares", open::photo_name(photo), squares.len());
        self.append(&mut write, Action::Cover, &tip.to_string(), &detail)
            .await?;
        self.commit(write).await?;
        Ok(true)
    }

    /// Takes over the covers of a tip from the book that it comes from.
    pub(super) async fn take_covers_over(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        from: &Self,
    ) -> Result<(), Error> {
        let covers: Vec<Cover> = sqlx::query_as(
            "select photo, squares, who, at from covers where tip = $1 order by photo",
        )
        .bind(tip.0.as_slice())
        .fetch_all(&from.pool)
        .await?;
        for cover in covers {
            sqlx::query(
                "insert into covers (tip, photo, squares, who, at) values ($1, $2, $3, $4, $5)",
            )
            .bind(tip.0.as_slice())
            .bind(cover.photo)
            .bind(cover.squares)
            .bind(cover.who)
            .bind(cover.at)
            .execute(&mut **write)
            .await?;
        }
        Ok(())
    }
}

async fn is_ordered(
    connection: &mut SqliteConnection,
    tip: TipId,
    photo: usize,
) -> Result<bool, Error> {
    let ordered = sqlx::query_scalar(
        "select exists (select 1 from reports join report_photos on id = report_id where report_photos.tip = $1 and number = $2
         and state in ('ordered', 'arrived')) or exists (select 1 from left_photos where tip = $1 and number = $2)",
    );
    Ok(ordered
        .bind(tip.0.as_slice())
        .bind(number(photo)?)
        .fetch_one(connection)
        .await?)
}

fn number(photo: usize) -> Result<i64, Error> {
    i64::try_from(photo).map_err(|_| Error::Row)
}
