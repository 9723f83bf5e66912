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
            "select tip, tip in (select tip from hidden_from where who = $2)
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

    /// Drops what disabled accounts were writing: an administrator, who disables them, opens no book.
    ///
    /// # Errors
    /// If a database fails.
    pub(super) async fn drop_drafts_of_disabled(&self) -> Result<(), Error> {
        let writers: Vec<String> = sqlx::query_scalar(
            "select who from drafts union select who from report_drafts union select who from reply_drafts",
        )
        .fetch_all(&self.pool)
        .await?;
        for who in writers {
            let account = self.register.account(&who).await;
            if account.is_ok_and(|account| account.disabled_on.is_some()) {
                self.by_desk().drop_drafts_of(&who).await?;
            }
        }
        Ok(())
    }

    /// Drops what an account was writing: notes, reports and replies. Returns how many drafts there
    /// were.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn drop_drafts_of(&self, account: &str) -> Result<u64, Error> {
        let mut write = self.write().await?;
        let mut gone = 0;
        for drop in [
            "delete from drafts where who = $1",
            "delete from report_drafts where who = $1",
            "delete from reply_drafts where who = $1",
        ] {
            let dropped = sqlx::query(drop).bind(account).execute(&mut *write).await?;
            gone += dropped.rows_affected();
        }
        if gone == 0 {
            return Ok(0);
        }
        let detail = format!("{gone} drafts of {account} dropped");
        self.append(&mut write, Action::Note, &self.name, &detail)
            .await?;
        self.commit(write).await?;
        Ok(gone)
    }
}
