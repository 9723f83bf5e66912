//! The work of one account in a book, for handing it over.

use super::Book;
use crate::audit::Action;
use crate::database::Error;
use loke_core::tip::TipId;

impl Book {
    /// The open tips of an account that `to` may see, and how many there are besides.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn work_of(&self, account: &str, to: &str) -> Result<(Vec<TipId>, usize), Error> {
        let rows: Vec<(Vec<u8>, bool)> = sqlx::query_as(
            "select tip, exists (select 1 from recusals where recusals.tip = triage.tip and recusals.who = $2)
             from triage where open = 1 and owner = $1 order by tip",
        )
        .bind(account)
        .bind(to)
        .fetch_all(&self.pool)
        .await?;
        let recused = rows.iter().filter(|(_, recused)| *recused).count();
        let tips = rows.into_iter().filter(|(_, recused)| !recused);
        let tips = tips.map(|(tip, _)| TipId::try_from(tip).map_err(|_| Error::Row));
        Ok((tips.collect::<Result<_, _>>()?, recused))
    }

    /// How many open tips each account has.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn owners(&self) -> Result<Vec<(String, i64)>, Error> {
        let rows = sqlx::query_as(
            "select owner, count(*) from triage where open = 1 and owner is not null group by owner",
        );
        Ok(rows.fetch_all(&self.pool).await?)
    }

    /// Drops what an account was writing. Returns how many drafts there were.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn drop_drafts_of(&self, account: &str) -> Result<u64, Error> {
        let mut write = self.write().await?;
        let gone = sqlx::query("delete from drafts where who = $1")
            .bind(account)
            .execute(&mut *write)
            .await?;
        if gone.rows_affected() == 0 {
            return Ok(0);
        }
        let detail = format!("{} drafts of {account} dropped", gone.rows_affected());
        self.append(&mut write, Action::Note, &self.name, &detail)
            .await?;
        self.commit(write).await?;
        Ok(gone.rows_affected())
    }
}
