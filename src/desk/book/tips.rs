//! The stored tips: finding, reading and moving them.

use sqlx::{FromRow, Sqlite, SqliteConnection, Transaction};
use zeroize::Zeroizing;

use super::{Arrival, Book, State, sealed_files};
use crate::audit::Action;
use crate::database::Error;
use crate::open;
use crate::register::{Effect, Transfer};
use loke_core::digest::sha256;
use loke_core::seal::Recipient;
use loke_core::tip::{Tip, TipId};

/// A tip from a book. Zeroized on drop.
#[derive(FromRow)]
pub struct Held {
    /// Its id.
    #[sqlx(try_from = "Vec<u8>")]
    pub id: TipId,
    /// `tip.json` as it was in the seal.
    #[sqlx(rename = "tip", try_from = "String")]
    pub json: Zeroizing<String>,
    /// Its state.
    pub state: State,
    /// The random id of its thread.
    thread: Option<String>,
}

impl Held {
    /// The random id of its thread.
    #[must_use]
    pub fn thread(&self) -> Option<&str> {
        self.thread.as_deref()
    }
}

impl Book {
    /// The tips whose ids begin with `prefix` (hex digits); at most two.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find(&self, prefix: &str) -> Result<Vec<TipId>, Error> {
        if prefix.is_empty() {
            return Ok(Vec::new());
        }
        // The smallest and the largest id that begin so: the index finds what is between them.
        let end = |digit: &str| {
            format!(
                "{prefix}{}",
                digit.repeat(32_usize.saturating_sub(prefix.len()))
            )
        };
        let (Ok(first), Ok(last)) = (end("0").parse::<TipId>(), end("f").parse::<TipId>()) else {
            return Ok(Vec::new());
        };
        let found: Vec<Vec<u8>> =
            sqlx::query_scalar("select id from tips where id between $1 and $2 limit 2")
                .bind(first.0.as_slice())
                .bind(last.0.as_slice())
                .fetch_all(&self.pool)
                .await?;
        found
            .into_iter()
            .map(|id| id.try_into().map_err(|_| Error::Row))
            .collect()
    }

    /// Whether this book holds the tip.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn holds(&self, id: TipId) -> Result<bool, Error> {
        let found = sqlx::query_scalar("select exists (select 1 from tips where id = $1)");
        Ok(found.bind(id.0.as_slice()).fetch_one(&self.pool).await?)
    }

    /// How many tips have each campaign code.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn campaign_counts(&self) -> Result<Vec<(String, i64)>, Error> {
        let counts = sqlx::query_as(
            "select upper(tip ->> 'campaign') as code, count(*) from tips where tip ->> 'campaign' is not null group by code",
        );
        Ok(counts.fetch_all(&self.pool).await?)
    }

    /// Reads a tip. Writes the view to the audit log, and that this person looked.
    ///
    /// # Errors
    /// [`Error::NoTip`]. If the database fails, nothing is shown.
    pub async fn view(&self, id: TipId) -> Result<Held, Error> {
        let mut write = self.write().await?;
        let held = self.view_in(&mut write, id).await?;
        self.commit(write).await?;
        Ok(held)
    }

    /// [`Self::view`] inside a transaction.
    pub(super) async fn view_in(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        id: TipId,
    ) -> Result<Held, Error> {
        let held = sqlx::query_as(
            "select id, state, thread, tips.tip from tips join triage on triage.tip = id where id = $1",
        )
        .bind(id.0.as_slice())
        .fetch_optional(&mut **write)
        .await?
        .ok_or_else(|| Error::NoTip(id.to_string()))?;
        self.note_look(write, id).await?;
        self.append(write, Action::View, &id.to_string(), "")
            .await?;
        Ok(held)
    }

    /// The answers of tips, in their order, for what the desk computes from them. Nothing is shown, so
    /// no view is recorded.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub(crate) async fn contents(&self, tips: &[TipId]) -> Result<Vec<Tip>, Error> {
        let mut contents = Vec::with_capacity(tips.len());
        for id in tips {
            let json: Option<String> = sqlx::query_scalar("select tip from tips where id = $1")
                .bind(id.0.as_slice())
                .fetch_optional(&self.pool)
                .await?;
            let json = Zeroizing::new(json.ok_or_else(|| Error::NoTip(id.to_string()))?);
            contents.push(serde_json::from_str(&json).map_err(|_| Error::Row)?);
        }
        Ok(contents)
    }

    /// A tip's age file, for opening its photos. The caller must write
    /// the audit row.
    ///
    /// # Errors
    /// [`Error::NoTip`]; [`Error::Sealed`] if the file is missing or was changed.
    pub async fn sealed(&self, id: TipId) -> Result<Vec<u8>, Error> {
        let digest: Option<Vec<u8>> = sqlx::query_scalar("select digest from tips where id = $1")
            .bind(id.0.as_slice())
            .fetch_optional(&self.pool)
            .await?;
        let digest = digest.ok_or_else(|| Error::NoTip(id.to_string()))?;
        sealed_files::read(&self.folder, id)
            .ok()
            .filter(|sealed| sha256(sealed).as_slice() == digest)
            .ok_or(Error::Sealed(id))
    }

    /// Notes that a tip goes to another book.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub(crate) async fn note_move(&self, id: TipId, target: &str) -> Result<(), Error> {
        let mut write = self.write().await?;
        note_target(&mut write, id, target).await?;
        let detail = format!("to the book {target}");
        self.append(&mut write, Action::Move, &id.to_string(), &detail)
            .await?;
        self.commit(write).await
    }

    /// Gives a tip away to a book that may not be open: `sealed` is the tip, sealed to that book. Its
    /// reports go along, so that they can be withdrawn there.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub(crate) async fn give_away(
        &self,
        id: TipId,
        (to, key): (&str, &Recipient),
        sealed: &[u8],
    ) -> Result<(), Error> {
        let reports = self.sealed_reports(id, key).await?;
        let mut write = self.write().await?;
        note_target(&mut write, id, to).await?;
        let transfer = Effect::Transfer {
            tip: id,
            to: to.to_owned(),
        };
        self.effect(&mut write, &transfer, Some(sealed)).await?;
        let transfer = Effect::TransferReports { tip: id };
        self.effect(&mut write, &transfer, Some(&reports)).await?;
        let tip = id.to_string();
        self.append(&mut write, Action::Move, &tip, "about staff")
            .await?;
        self.commit(write).await
    }

    /// Takes in the tips that were given to this book while it was closed.
    ///
    /// # Errors
    /// If a database fails. Then the next opening does it.
    pub(super) async fn take_transfers(&self) -> Result<(), Error> {
        for Transfer {
            tip: id,
            sealed,
            reports,
        } in self.register.transfers(&self.name).await?
        {
            match open::tip(self.identities(), &sealed) {
                Ok(opened) => {
                    let arrival = Arrival {
                        id,
                        sealed: &sealed,
                        opened: &opened,
                    };
                    self.keep("another book", &[arrival], Action::Move).await?;
                    let taken = match &reports {
                        Some(reports) => self.take_given_reports(id, reports).await?,
                        None => true,
                    };
                    match taken {
                        true => self.register.end_transfer(id).await?,
                        false => {
                            tracing::error!(
                                problem = "its reports do not open",
                                "a tip that was given to a book is incomplete"
                            );
                        }
                    }
                }
                // It stays in the register, so that nothing is lost: `check` names the book.
                Err(problem) => {
                    tracing::error!(%problem, "a tip that was given to a book does not open");
                }
            }
        }
        Ok(())
    }

    /// The tips of this book that are in another book now.
    ///
    /// # Errors
    /// If a database fails.
    pub(crate) async fn moved(&self) -> Result<Vec<TipId>, Error> {
        let moves: Vec<(Vec<u8>, String)> = sqlx::query_as("select tip, target from moves")
            .fetch_all(&self.pool)
            .await?;
        let mut moved = Vec::new();
        for (tip, target) in moves {
            let id: TipId = tip.try_into().map_err(|_| Error::Row)?;
            if self.register.book_with(id).await?.as_ref() == Some(&target) {
                moved.push(id);
            }
        }
        Ok(moved)
    }
}

/// Notes the book that a tip goes to.
async fn note_target(write: &mut SqliteConnection, id: TipId, target: &str) -> Result<(), Error> {
    let noted = sqlx::query(
            "insert into moves (tip, target) select id, $2 from tips where id = $1 on conflict (tip) do update set target = $2",
        )
        .bind(id.0.as_slice())
        .bind(target)
        .execute(write)
        .await?;
    if noted.rows_affected() == 0 {
        return Err(Error::NoTip(id.to_string()));
    }
    Ok(())
}
