//! The languages that each person reads besides English: a tip in another one is on the person's view
//! of tips that they cannot read.

use super::Register;
use crate::audit::{Action, Actor};
use crate::database::Error;

/// Most languages of one person.
const MOST: usize = 30;

impl Register {
    /// The languages that an account reads besides English, by their codes.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn languages_of(&self, account: &str) -> Result<Vec<String>, Error> {
        let languages = sqlx::query_scalar(
            "select language from account_languages where account = $1 order by language",
        );
        Ok(languages.bind(account).fetch_all(&self.pool).await?)
    }

    /// Sets the languages that the acting person reads.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn set_languages(&self, actor: &Actor, languages: &[String]) -> Result<(), Error> {
        let mut write = self.write().await?;
        sqlx::query("delete from account_languages where account = $1")
            .bind(&actor.name)
            .execute(&mut *write)
            .await?;
        for language in languages.iter().take(MOST) {
            sqlx::query("insert into account_languages (account, language) values ($1, $2) on conflict do nothing")
                .bind(&actor.name)
                .bind(language)
                .execute(&mut *write)
                .await?;
        }
        let detail = match languages {
            [] => "reads English".to_owned(),
            some => format!("reads English, {}", some.join(", ")),
        };
        self.append(&mut write, actor, Action::Account, &actor.name, &detail)
            .await?;
        self.commit(write).await
    }
}
