//! Mails to staff that wait to leave, and those that left.

use sqlx::{FromRow, SqliteConnection};

use super::Register;
use super::deliveries::Failure;
use crate::audit::{self, Action, Actor, Head};
use crate::database::Error;
use loke_core::random;

/// Seconds after which an alert's mail that could not leave is given up: newer ones follow.
const ALERT_WAITS: i64 = 3_600;
/// A time that never comes.
const NEVER: i64 = i64::MAX;

loke_core::words! {
    /// What a mail is for. Two of one kind differ in nothing that is read.
    MailKind {
        /// Something may wait at the desk.
        Alert = "alert",
        /// The end of the audit log, each day.
        Daily = "daily",
        /// Something of the person is due.
        Reminder = "reminder",
    }
}

/// A mail that is about to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewMail {
    pub(crate) kind: MailKind,
    pub(crate) address: String,
}

/// A mail that waits to leave.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct StaffMail {
    /// Its number.
    pub id: i64,
    /// What it is for.
    pub kind: MailKind,
    /// The address.
    pub address: String,
    /// Its random name.
    pub reference: String,
}

/// Queues mails that leave at `mark`, and gives up older ones that they replace.
pub(super) async fn queue(
    write: &mut SqliteConnection,
    mark: i64,
    mails: &[NewMail],
) -> Result<(), Error> {
    if mails.iter().any(|mail| mail.kind == MailKind::Daily) {
        sqlx::query(
            "delete from mails where kind = 'daily' and sent_at is null and problem is null",
        )
        .execute(&mut *write)
        .await?;
        sqlx::query("update mails set due_at = $1 where kind = 'daily' and sent_at is null")
            .bind(NEVER)
            .execute(&mut *write)
            .await?;
    }
    sqlx::query(
        "update mails set due_at = $2 where kind in ('alert', 'reminder') and sent_at is null and queued_at <= $1",
    )
    .bind(mark.saturating_sub(ALERT_WAITS))
    .bind(NEVER)
    .execute(&mut *write)
    .await?;
    for mail in mails {
        // One mail to one person at one time is enough.
        sqlx::query(
            "insert into mails (kind, address, reference, queued_at, due_at) values ($1, $2, $3, $4, $4)
             on conflict (kind, address, queued_at) do nothing",
        )
        .bind(mail.kind)
        .bind(&mail.address)
        .bind(hex::encode(random::bytes::<16>()?))
        .bind(mark)
        .execute(&mut *write)
        .await?;
    }
    Ok(())
}

impl Register {
    /// The mails that leave at `mark` or should have left before.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn due_mails(&self, mark: i64) -> Result<Vec<StaffMail>, Error> {
        let rows = sqlx::query_as(
            "select id, kind, address, reference from mails where sent_at is null and due_at <= $1 order by id",
        );
        Ok(rows.bind(mark).fetch_all(&self.pool).await?)
    }

    /// The newest row of the register's audit log.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn head(&self) -> Result<Head, Error> {
        let mut connection = self.pool.acquire().await?;
        audit::last(&mut connection).await
    }

    /// Records that a mail left. A daily mail carried `head`.
    ///
    /// # Errors
    /// If the database fails. Then the mail leaves again, under the same name.
    pub(crate) async fn note_mail_left(&self, mail: &StaffMail, head: &Head) -> Result<(), Error> {
        let mut write = self.write().await?;
        let carried = (mail.kind == MailKind::Daily).then_some(head.seq);
        sqlx::query("update mails set sent_at = $2, head = $3, problem = null where id = $1")
            .bind(mail.id)
            .bind(self.clock.now())
            .bind(carried)
            .execute(&mut *write)
            .await?;
        let detail = match carried {
            Some(seq) => format!("daily mail with row {seq} of this log"),
            None if mail.kind == MailKind::Reminder => "reminded".to_owned(),
            None => "told to look at the desk".to_owned(),
        };
        self.append(
            &mut write,
            &Actor::desk(),
            Action::Alert,
            &mail.address,
            &detail,
        )
        .await?;
        self.commit(write).await
    }

    /// Records why a mail did not leave. It is tried again at `again`, unless that cannot help.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_mail_failed(
        &self,
        mail: &StaffMail,
        failure: &Failure,
        again: i64,
    ) -> Result<(), Error> {
        sqlx::query("update mails set problem = $2, due_at = $3 where id = $1")
            .bind(mail.id)
            .bind(&failure.what)
            .bind(if failure.needs_officer { NEVER } else { again })
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// When an audit head last left this machine (seconds since 1970-01-01 UTC).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn head_left_at(&self) -> Result<Option<i64>, Error> {
        let at = sqlx::query_scalar("select max(sent_at) from mails where kind = 'daily'");
        Ok(at.fetch_one(&self.pool).await?)
    }

    /// When this desk was made (seconds since 1970-01-01 UTC).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn made_at(&self) -> Result<Option<i64>, Error> {
        let at = sqlx::query_scalar("select min(time) from audit");
        Ok(at.fetch_one(&self.pool).await?)
    }

    /// The time of the last row of the register's audit log (seconds since 1970-01-01 UTC).
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn last_row_at(&self) -> Result<Option<i64>, Error> {
        let at = sqlx::query_scalar("select time from audit order by seq desc limit 1");
        Ok(at.fetch_optional(&self.pool).await?)
    }

    /// The addresses whose newest mail did not leave, each with the reason.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn mail_problems(&self) -> Result<Vec<(String, String)>, Error> {
        let rows = sqlx::query_as(
            "select address, problem from mails where problem is not null
             and id = (select max(id) from mails as newer where newer.address = mails.address) order by address",
        );
        Ok(rows.fetch_all(&self.pool).await?)
    }
}
