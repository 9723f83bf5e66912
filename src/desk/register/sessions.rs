//! The sessions that began, as hashes: a form that was made before the program stopped still keeps its text
//! ([`crate::typed`]).

use sqlx::FromRow;

use super::Register;
use crate::database::Error;

/// A session that began.
#[derive(FromRow)]
pub(crate) struct BegunSession {
    /// The hash of the browser's cookie.
    #[sqlx(try_from = "Vec<u8>")]
    pub(crate) cookie: SecretHash,
    /// The hash of the token in its forms.
    #[sqlx(try_from = "Vec<u8>")]
    pub(crate) form_token: SecretHash,
    /// The account's name.
    pub(crate) account: String,
    /// The public key of the member's identity at sign-in.
    pub(crate) recipient: String,
    pub(crate) began_at: i64,
}

/// SHA-256 of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SecretHash(pub(crate) [u8; 32]);

impl TryFrom<Vec<u8>> for SecretHash {
    type Error = Error;
    fn try_from(bytes: Vec<u8>) -> Result<Self, Error> {
        Ok(Self(bytes.try_into().map_err(|_| Error::Row)?))
    }
}

impl Register {
    /// Stores a session that begins, and drops those that began before `oldest`.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_session(
        &self,
        session: &BegunSession,
        oldest: i64,
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        sqlx::query("delete from sessions where began_at < $1")
            .bind(oldest)
            .execute(&mut *write)
            .await?;
        sqlx::query(
            "insert into sessions (cookie, form_token, account, recipient, began_at) values ($1, $2, $3, $4, $5)",
        )
        .bind(session.cookie.0.as_slice())
        .bind(session.form_token.0.as_slice())
        .bind(&session.account)
        .bind(&session.recipient)
        .bind(session.began_at)
        .execute(&mut *write)
        .await?;
        Ok(write.commit().await?)
    }

    /// Drops a session: its forms keep nothing any more.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn drop_session(&self, cookie: SecretHash) -> Result<(), Error> {
        sqlx::query("delete from sessions where cookie = $1")
            .bind(cookie.0.as_slice())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The sessions that began since `oldest`.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn begun_sessions(&self, oldest: i64) -> Result<Vec<BegunSession>, Error> {
        let rows = sqlx::query_as(
            "select cookie, form_token, account, recipient, began_at from sessions where began_at >= $1 order by rowid",
        );
        Ok(rows.bind(oldest).fetch_all(&self.pool).await?)
    }
}
