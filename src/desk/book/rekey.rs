//! New keys for a book: a new identity, a new database key, and a new key file for each member who is
//! left. The database is copied under the new key, never changed in place: on a full disk SQLCipher's
//! `PRAGMA rekey` reports success and leaves a file that no key opens.
//!
//! ```text
//! 1. the book is shut for everyone        register: closing
//! 2. book.db.new, keys.next/              written, compared, on disk
//! 3. the switch                           register: switched
//! 4. book.db.new → book.db, keys.next/ → keys/
//! 5. the book opens again                 register: none
//! ```
//!
//! If the program is killed before 3, the next opening undoes it; after 3, the next opening finishes
//! it.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteJournalMode;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::{Book, FILE, LOCK, TABLES, folder_of, members};
use crate::database::{self, Error};
use crate::keys::{self, BookSecrets, DatabaseKey, Identity};
use crate::register::{Register, Rekey};
use loke_core::private_file;
use loke_core::seal::Recipient;
use loke_core::sqlite;

/// The copy under the new key.
const NEXT_FILE: &str = "book.db.new";
/// The folder of the new key files.
const NEXT_KEYS: &str = "keys.next";
/// How often the lock is tried while others close the book.
const PAUSE: Duration = Duration::from_millis(200);
/// How often at most: a minute.
const TRIES: u32 = 300;
/// A statement on a file that nobody else has open waits for nobody.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a book has its old keys.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// The register or the book failed.
    #[error(transparent)]
    Database(#[from] Error),
    /// A key failed.
    #[error(transparent)]
    Keys(#[from] keys::Error),
}

impl From<private_file::Error> for NotChanged {
    fn from(e: private_file::Error) -> Self {
        Error::from(e).into()
    }
}

/// How far a change of keys has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Others still have the book open.
    Closing,
    /// This many tables are copied, of so many.
    Copied(usize, usize),
}

/// Gives a book new keys. Its connections close, so the caller must open it again. Members who
/// leave get no new key file, and their grants end with the switch. Returns the
/// new recipient for the gateway.
///
/// # Errors
/// If the book has its old keys. Then nothing was lost, and the command can be repeated.
pub async fn change_keys(
    book: Book,
    mut each: impl FnMut(Progress),
) -> Result<Recipient, NotChanged> {
    let (register, name) = (&book.register, &book.name);
    register.set_rekey(name, Rekey::Closing).await?;
    if let Err(problem) = lock_alone(&book, &mut || each(Progress::Closing)).await {
        register.set_rekey(name, Rekey::None).await?;
        return Err(problem);
    }
    let changed = switch_alone(&book, &mut each).await;
    let unlocked = book.lock.unlock();
    unlocked.map_err(|e| private_file::Error::Write(book.folder.join(LOCK), e))?;
    changed
}

/// Gives a book new keys, if nobody else has it open. Its
/// connections close, so the caller must open it again, even after an error. `None` if somebody else
/// has it open: then nothing was done, and it is still open.
///
/// # Errors
/// If the book has its old keys. Then nothing was lost.
pub async fn change_keys_if_alone(book: &Book) -> Result<Option<Recipient>, NotChanged> {
    let failed = |e| private_file::Error::Write(book.folder.join(LOCK), e);
    if book.lock.try_lock().is_err() {
        // Linux drops the shared lock before it tries for the other one.
        book.lock.lock_shared().map_err(failed)?;
        return Ok(None);
    }
    let register = &book.register;
    register.set_rekey(&book.name, Rekey::Closing).await?;
    let changed = switch_alone(book, &mut |_| ()).await;
    book.lock.unlock().map_err(failed)?;
    changed.map(Some)
}

/// The change of keys, for whoever has the book's lock alone. Finishes what was switched, or undoes
/// what was not.
async fn switch_alone(
    book: &Book,
    each: &mut impl FnMut(Progress),
) -> Result<Recipient, NotChanged> {
    let changed = copy_and_switch(book, each).await;
    let settled = settle_alone(&book.register, &book.name, &book.folder).await;
    let recipient = changed?;
    settled?;
    Ok(recipient)
}

/// Finishes or undoes a change of keys that was interrupted. Call it before a key file is read.
///
/// # Errors
/// [`Error::Rekeying`] if the change is still going on.
pub async fn settle(register: &Register, name: &str) -> Result<(), Error> {
    let folder = folder_of(register.folder(), name);
    let state = register.rekey_state(name).await?;
    let left = folder.join(NEXT_FILE).exists() || folder.join(NEXT_KEYS).exists();
    if state == Rekey::None && !left {
        return Ok(());
    }
    let _alone: File = match private_file::lock(&folder.join(LOCK)) {
        Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => {
            return Err(Error::Rekeying(name.to_owned()));
        }
        locked => locked?,
    };
    settle_alone(register, name, &folder).await
}

/// The same, for whoever has the book's lock alone.
async fn settle_alone(register: &Register, name: &str, folder: &Path) -> Result<(), Error> {
    let done = match register.rekey_state(name).await? {
        Rekey::Switched => finish(folder),
        Rekey::Closing | Rekey::None => undo(folder),
    };
    done.map_err(|e| private_file::Error::Write(folder.to_owned(), e))?;
    register.set_rekey(name, Rekey::None).await
}

/// Waits until no other process has the book open.
async fn lock_alone(book: &Book, wait: &mut impl FnMut()) -> Result<(), NotChanged> {
    for _ in 0..TRIES {
        match book.lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(std::fs::TryLockError::WouldBlock) => {
                wait();
                tokio::time::sleep(PAUSE).await;
            }
            Err(std::fs::TryLockError::Error(e)) => {
                return Err(private_file::Error::Write(book.folder.join(LOCK), e).into());
            }
        }
    }
    Err(Error::StillOpen(book.name.clone()).into())
}

async fn copy_and_switch(
    book: &Book,
    each: &mut impl FnMut(Progress),
) -> Result<Recipient, NotChanged> {
    let leaving = book.register.leaving(&book.name).await?;
    for name in &leaving {
        book.unpin_member(name).await?;
    }
    let holders = book.register.holders(&book.name).await?;
    let pinned: Vec<(String, String)> =
        sqlx::query_as("select account, recipient from members order by account")
            .fetch_all(&book.pool)
            .await
            .map_err(Error::from)?;
    database::close(&book.pool).await;
    undo(&book.folder).map_err(|e| private_file::Error::Write(book.folder.clone(), e))?;
    let mut identities = book.secrets.identities.clone();
    identities.insert(0, Identity::generate());
    let secrets = BookSecrets {
        identities,
        database_key: DatabaseKey::random()?,
    };
    check_room(book)?;
    copy(book, &secrets.database_key, each).await?;
    let keys = book.folder.join(NEXT_KEYS);
    private_file::make_folder(&keys)?;
    let today = book.register.clock().today();
    for (account, recipient) in pinned {
        // A key that the register forgot gets nothing either.
        if leaving.contains(&account) || !holders.contains(&account) {
            continue;
        }
        let member: Recipient = recipient.parse().map_err(|_| Error::Row)?;
        let sealed = secrets.seal_to(&[member], today)?;
        private_file::write_new(&keys.join(format!("{account}.age")), &sealed)?;
    }
    let recipient = secrets.recipient()?;
    book.register
        .switch_keys(&book.actor, &book.name, &recipient, &leaving)
        .await?;
    Ok(recipient)
}

/// A full disk must stop the change before it begins.
fn check_room(book: &Book) -> Result<(), NotChanged> {
    let failed = |e: std::io::Error| private_file::Error::Read(book.folder.clone(), e);
    let size = book.folder.join(FILE).metadata().map_err(failed)?.len();
    let disk = rustix::fs::statvfs(&book.folder).map_err(|e| failed(e.into()))?;
    let needed = size + size / 8 + (4 << 20);
    if disk.f_bavail.saturating_mul(disk.f_frsize) < needed {
        return Err(Error::NoRoom(book.name.clone(), needed >> 20).into());
    }
    Ok(())
}

/// Copies the database, table by table, into a file under the new key, and compares the two.
async fn copy(
    book: &Book,
    key: &DatabaseKey,
    each: &mut impl FnMut(Progress),
) -> Result<(), NotChanged> {
    let next = book.folder.join(NEXT_FILE);
    database::create(&next)?;
    // The tables are those of this version: the migrations make them.
    let fresh = database::open(&next, key, &TABLES).await?;
    database::close(&fresh).await;
    let old = sqlite::options(&book.folder.join(FILE), PATIENCE)
        .journal_mode(SqliteJournalMode::Delete)
        .pragma("key", book.secrets.database_key.pragma().to_string());
    let mut both = old.connect().await.map_err(Error::from)?;
    let copied = copy_tables(&mut both, (&next, key), &book.name, each).await;
    let closed = both.close().await;
    copied?;
    closed.map_err(Error::from)?;
    let failed = |e| private_file::Error::Write(next.clone(), e);
    File::open(&next)
        .and_then(|f| f.sync_all())
        .map_err(failed)?;
    File::open(&book.folder)
        .and_then(|f| f.sync_all())
        .map_err(failed)?;
    Ok(())
}

/// The tables of a book with their stored columns, in the order in which they are copied. Left out
/// are the migrations, which the new file has, and the tables of a full-text index, which is built
/// anew. Triggers change these four while other tables are filled, so they are last.
async fn tables(connection: &mut SqliteConnection) -> Result<Vec<(String, String)>, Error> {
    let tables = sqlx::query_as(
        "select tables.name, group_concat('\"' || columns.name || '\"', ', ')
         from pragma_table_list as tables join pragma_table_xinfo(tables.name, 'main') as columns
         where tables.schema = 'main' and tables.type = 'table' and columns.hidden = 0
           and tables.name not in ('sqlite_schema', '_sqlx_migrations')
         group by tables.name order by tables.name in ('changed_for', 'counts', 'effects', 'unnoted'), tables.name",
    );
    Ok(tables.fetch_all(connection).await?)
}

async fn copy_tables(
    both: &mut SqliteConnection,
    (next, key): (&Path, &DatabaseKey),
    name: &str,
    each: &mut impl FnMut(Progress),
) -> Result<(), Error> {
    let attach = format!("attach database $1 as fresh key {}", key.pragma().as_str());
    sqlx::query(sqlx::AssertSqlSafe(attach))
        .bind(next.display().to_string())
        .execute(&mut *both)
        .await?;
    let tables = tables(both).await?;
    let mut copy = both.begin().await?;
    sqlx::query("pragma defer_foreign_keys = on")
        .execute(&mut *copy)
        .await?;
    for (done, (table, columns)) in tables.iter().enumerate() {
        each(Progress::Copied(done, tables.len()));
        for statement in [
            format!("delete from fresh.{table}"),
            format!("insert into fresh.{table} ({columns}) select {columns} from main.{table}"),
        ] {
            sqlx::query(sqlx::AssertSqlSafe(statement))
                .execute(&mut *copy)
                .await?;
        }
    }
    copy.commit().await?;
    for (table, columns) in &tables {
        let differ = format!(
            "select (select count(*) from main.{table}) <> (select count(*) from fresh.{table})
                 or exists (select {columns} from main.{table} except select {columns} from fresh.{table})"
        );
        let differ: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(differ))
            .fetch_one(&mut *both)
            .await?;
        if differ {
            return Err(Error::Differs(name.to_owned()));
        }
    }
    let damaged: Vec<String> = sqlx::query_scalar("pragma fresh.cipher_integrity_check")
        .fetch_all(&mut *both)
        .await?;
    if !damaged.is_empty() {
        return Err(Error::Differs(name.to_owned()));
    }
    // A reply names the key that an answer is sealed to.
    sqlx::query("update fresh.rows_at_gateways set replaced_at = null")
        .execute(&mut *both)
        .await?;
    sqlx::query("detach database fresh")
        .execute(&mut *both)
        .await?;
    Ok(())
}

/// Removes the new files.
fn undo(folder: &Path) -> std::io::Result<()> {
    gone(std::fs::remove_file(folder.join(NEXT_FILE)))?;
    gone(std::fs::remove_file(
        folder.join(format!("{NEXT_FILE}-journal")),
    ))?;
    gone(std::fs::remove_dir_all(folder.join(NEXT_KEYS)))
}

/// Gives the new files the names of the book's. Each step can be repeated.
fn finish(folder: &Path) -> std::io::Result<()> {
    let next = folder.join(NEXT_FILE);
    if next.exists() {
        std::fs::rename(&next, folder.join(FILE))?;
    }
    let (from, to) = (folder.join(NEXT_KEYS), folder.join(members::FOLDER));
    if from.exists() {
        for entry in to.read_dir()? {
            let old = entry?;
            if !from.join(old.file_name()).exists() {
                std::fs::remove_file(old.path())?;
            }
        }
        // The new folder stays until all its files are in their place: it says who is left.
        for entry in from.read_dir()? {
            let new = entry?;
            std::fs::copy(new.path(), to.join(new.file_name()).with_extension("new"))?;
            std::fs::rename(
                to.join(new.file_name()).with_extension("new"),
                to.join(new.file_name()),
            )?;
        }
        File::open(&to)?.sync_all()?;
        std::fs::remove_dir_all(&from)?;
    }
    File::open(folder)?.sync_all()
}

fn gone(removed: std::io::Result<()>) -> std::io::Result<()> {
    match removed {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}
