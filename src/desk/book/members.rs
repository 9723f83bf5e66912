//! The members of a book: one key file each, and the public key that each had when it was let in,
//! inside the book.

use std::path::{Path, PathBuf};

use super::{Book, folder_of};
use crate::audit::Action;
use crate::database::Error;
use crate::keys::{self, BookSecrets, Identity};
use loke_core::clock::Day;
use loke_core::private_file;
use loke_core::seal::Recipient;

/// The folder of key files in the book's folder.
pub(super) const FOLDER: &str = "keys";

/// The beginning of the name under which a book knows a custodian.
pub(crate) const CUSTODIAN: &str = "custodian.";

/// A member's key file.
#[must_use]
pub fn key_file(desk: &Path, book: &str, account: &str) -> PathBuf {
    folder_of(desk, book)
        .join(FOLDER)
        .join(format!("{account}.age"))
}

/// Opens a member's key file.
///
/// # Errors
/// If there is none, or it is not for this member.
pub fn read_secrets(
    desk: &Path,
    book: &str,
    account: &str,
    member: &[Identity],
) -> Result<BookSecrets, keys::Error> {
    BookSecrets::read(&key_file(desk, book, account), member)
}

/// Writes a key file that each of `to` can open, in one step: a reader sees the old file or the
/// new one.
///
/// # Errors
/// If the file cannot be written.
pub fn write_key_file(
    desk: &Path,
    book: &str,
    account: &str,
    secrets: &BookSecrets,
    to: &[Recipient],
    today: Day,
) -> Result<(), keys::Error> {
    let sealed = secrets.seal_to(to, today)?;
    Ok(private_file::replace_durably(
        &key_file(desk, book, account),
        &sealed,
    )?)
}

impl Book {
    /// Notes a member's public key in the book.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn pin_member(&self, account: &str, recipient: &Recipient) -> Result<(), Error> {
        let mut write = self.write().await?;
        sqlx::query(
            "insert into members (account, recipient, granted_on) values ($1, $2, $3)
             on conflict (account) do update set recipient = $2",
        )
        .bind(account)
        .bind(recipient.to_string())
        .bind(self.register.clock().today())
        .execute(&mut *write)
        .await?;
        let detail = format!("{account} has the key {}", recipient.fingerprint());
        self.append(&mut write, Action::Grant, &self.name, &detail)
            .await?;
        self.commit(write).await
    }

    /// Takes a member's public key off the book, if it is there. The member's drafts go.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn unpin_member(&self, account: &str) -> Result<(), Error> {
        let mut write = self.write().await?;
        let gone = sqlx::query("delete from members where account = $1")
            .bind(account)
            .execute(&mut *write)
            .await?;
        if gone.rows_affected() == 0 {
            return Ok(());
        }
        let detail = format!("{account} was removed");
        self.append(&mut write, Action::Grant, &self.name, &detail)
            .await?;
        self.commit(write).await?;
        self.drop_drafts_of(account).await?;
        Ok(())
    }

    /// Compares the key files with the members inside the book. Returns one sentence for each
    /// difference: a person must look at it.
    ///
    /// # Errors
    /// If the database or the folder cannot be read.
    pub async fn strange_members(&self) -> Result<Vec<String>, Error> {
        let pinned: Vec<(String, String)> =
            sqlx::query_as("select account, recipient from members order by account")
                .fetch_all(&self.pool)
                .await?;
        let mut strange = Vec::new();
        let custodians = self.register.custodians().await?;
        for (account, recipient) in &pinned {
            let known = match account.strip_prefix(CUSTODIAN) {
                Some(name) => {
                    let mut all = custodians.iter();
                    let known = all.find(|custodian| custodian.name == name);
                    known.map(|custodian| custodian.recipient.clone())
                }
                None => {
                    let known = self.register.account(account).await.ok();
                    known.map(|account| account.recipient.to_string())
                }
            };
            if known.is_some_and(|known| known != *recipient) {
                strange.push(format!(
                    "The key of {account} is not the one that book {} knows. Tell your supervisor, and let {account} in again.",
                    self.name
                ));
            }
        }
        let folder = self.folder.join(FOLDER);
        let entries = folder
            .read_dir()
            .map_err(|e| private_file::Error::Read(folder.clone(), e))?;
        for entry in entries.flatten() {
            let name = entry.file_name();
            let account = name.to_str().and_then(|name| name.strip_suffix(".age"));
            if account.is_some_and(|account| !pinned.iter().any(|(known, _)| known == account)) {
                strange.push(format!(
                    "Book {} has a key file for {}, whom no member let in. Tell your supervisor, and remove the file.",
                    self.name,
                    account.unwrap_or_default()
                ));
            }
        }
        Ok(strange)
    }
}
