//! The register: the desk's encrypted file without content. It has the accounts, the books and who
//! may open them, the gateways, the partners, the outbox, the campaigns and its own audit log. Its key
//! is a private file beside it, so the register is open while the desk runs.

mod accounts;
mod alerts;
mod books;
mod campaigns;
mod collections;
mod custodians;
mod deliveries;
mod due;
mod duty_handed_on;
mod effects;
mod enrolments;
mod forgets;
mod illegal_pictures;
mod incidents;
mod known_browsers;
mod languages;
mod mails;
mod names;
mod partner_accounts;
mod partners;
mod printed_codes;
mod retention;
mod sessions;
mod transfers;
mod typed_texts;
mod waiting_grants;
mod you_said;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use sqlx::migrate::Migrator;
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::audit::{self, Action, Actor, Entry};
use crate::clocks::Clocks;
use crate::database::{self, Error};
use crate::documents::Wordings;
use crate::guard::Guard;
use crate::keys::{self, DatabaseKey};
use crate::library::Library;
use crate::reasons::Reasons;
use crate::report::rules::ReportRules;
use crate::text::threats::Threats;
use crate::wards::Wards;
use crate::welfare::WelfareRules;
use loke_core::clock::Clock;
use loke_core::config::ConfigError;

pub use accounts::{Account, AccountRole, NewAccount};
pub use alerts::Alert;
pub(crate) use alerts::{AlertChanges, AlertState, CollectingBook};
pub use books::{BookLine, Grant, NewGrant, Rekey};
pub use custodians::Custodian;
pub(crate) use deliveries::{Arrived, ByHand};
pub use deliveries::{Delivery, DueDelivery, Failure, OutboxCount, Outcome, PER_MINUTE};
pub(crate) use due::DueTip;
pub(crate) use effects::{Effect, EffectRow, NewDelivery};
pub(crate) use illegal_pictures::IllegalPicture;
pub use incidents::{Ended, Incident};
pub(crate) use known_browsers::KNOWN_DAYS;
pub(crate) use mails::NewMail;
pub use mails::{MailKind, StaffMail};
pub use partner_accounts::PartnerAccount;
pub use partners::Imported;
pub use retention::BookSearch;
pub(crate) use sessions::{BegunSession, SecretHash};
pub(crate) use transfers::Transfer;
pub(crate) use typed_texts::{NewText, Slot};
pub use waiting_grants::WaitingLine;
pub use you_said::Publication;

/// The register's file in the desk's folder.
pub const FILE: &str = "register.db";
/// The file with the register's key, in the desk's folder.
pub const KEY_FILE: &str = "register.key";
/// Oldest first. Never edit a schema that was released.
static TABLES: Migrator = sqlx::migrate!("../../migrations/register");

/// The open register. Clones share one pool. Other processes may have the file open too.
#[derive(Clone)]
pub struct Register {
    pool: SqlitePool,
    folder: PathBuf,
    clock: Clock,
    clocks: Rules<Clocks>,
    threats: Rules<Threats>,
    guard: Rules<Guard>,
    library: Rules<Library>,
    welfare: Rules<WelfareRules>,
    documents: Rules<Wordings>,
    report_rules: Rules<ReportRules>,
    reasons: Rules<Reasons>,
    wards: Rules<Wards>,
    /// The files of rules that are broken: one phrase each.
    broken: Arc<RwLock<Vec<String>>>,
}

impl std::fmt::Debug for Register {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Register(…)")
    }
}

/// Rules that can be replaced while the desk runs.
type Rules<T> = Arc<RwLock<Arc<T>>>;

/// The built-in rules: below a file no operator has any.
fn built_in<T>(
    file: &Path,
    read: impl FnOnce(&Path) -> Result<T, ConfigError>,
) -> Result<Rules<T>, ConfigError> {
    Ok(Arc::new(RwLock::new(Arc::new(read(file)?))))
}

/// Replaces rules, unless the fresh ones are broken.
fn replace<T>(rules: &Rules<T>, fresh: Result<T, ConfigError>) -> Result<(), ConfigError> {
    *rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh?);
    Ok(())
}

/// Why the register did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its key could not be read.
    #[error(transparent)]
    Key(#[from] keys::Error),
    /// The file failed.
    #[error(transparent)]
    Database(#[from] Error),
    /// The built-in rules are invalid; tests rule this out.
    #[error(transparent)]
    Rules(#[from] ConfigError),
}

impl Register {
    /// Creates the register of a new desk in `folder`, with a new key.
    ///
    /// # Errors
    /// If a file already exists, or cannot be written.
    pub async fn create(folder: &Path, clock: Clock) -> Result<Self, OpenError> {
        let key = DatabaseKey::random()?;
        key.write(&folder.join(KEY_FILE))?;
        database::create(&folder.join(FILE))?;
        Self::open(folder, clock).await
    }

    /// Opens the register in `folder`.
    ///
    /// # Errors
    /// If the key file cannot be read, or does not open the register.
    pub async fn open(folder: &Path, clock: Clock) -> Result<Self, OpenError> {
        let file = folder.join(FILE);
        if !file.exists() {
            return Err(Error::Missing(folder.to_owned()).into());
        }
        let key = DatabaseKey::read(&folder.join(KEY_FILE))?;
        let pool = database::open(&file, &key, &TABLES).await?;
        let register = Self {
            pool,
            folder: folder.to_owned(),
            clock,
            clocks: built_in(&file, Clocks::read)?,
            threats: built_in(&file, Threats::read)?,
            guard: built_in(&file, Guard::read)?,
            library: built_in(&file, Library::read)?,
            welfare: built_in(&file, WelfareRules::read)?,
            documents: built_in(&file, Wordings::read)?,
            report_rules: built_in(&file, ReportRules::read)?,
            reasons: built_in(&file, Reasons::read)?,
            wards: built_in(&file, Wards::read)?,
            broken: Arc::default(),
        };
        // A broken file keeps nobody from the desk: the built-in rules apply, and every page says so.
        if let Err(problem) = register.reload_rules() {
            tracing::error!(%problem, "a file of rules is broken, so the built-in rules apply");
        }
        Ok(register)
    }

    /// Waits until all connections are closed, for a few seconds at most.
    pub async fn close(&self) {
        database::close(&self.pool).await;
    }

    /// The desk's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The clock for the times of rows.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The targets, working hours and holidays.
    #[must_use]
    pub fn clocks(&self) -> Arc<Clocks> {
        let clocks = self.clocks.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&clocks)
    }

    /// The words of threat.
    #[must_use]
    pub fn threats(&self) -> Arc<Threats> {
        let threats = self.threats.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&threats)
    }

    /// The rules that hold a reply to a resident.
    #[must_use]
    pub fn guard(&self) -> Arc<Guard> {
        let guard = self.guard.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&guard)
    }

    /// The replies that leave word for word.
    #[must_use]
    pub fn library(&self) -> Arc<Library> {
        let library = self.library.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&library)
    }

    /// Whom to ring first about danger or a child.
    #[must_use]
    pub fn welfare(&self) -> Arc<WelfareRules> {
        let welfare = self.welfare.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&welfare)
    }

    /// The wording of the documents for partners.
    #[must_use]
    pub fn documents(&self) -> Arc<Wordings> {
        let documents = self.documents.read();
        Arc::clone(&documents.unwrap_or_else(PoisonError::into_inner))
    }

    /// The desk's own sentences in reports.
    #[must_use]
    pub fn report_rules(&self) -> Arc<ReportRules> {
        let rules = self.report_rules.read();
        Arc::clone(&rules.unwrap_or_else(PoisonError::into_inner))
    }

    /// The reasons for closing a tip.
    #[must_use]
    pub fn reasons(&self) -> Arc<Reasons> {
        let reasons = self.reasons.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&reasons)
    }

    /// The areas of the district.
    #[must_use]
    pub fn wards(&self) -> Arc<Wards> {
        let wards = self.wards.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&wards)
    }

    /// Reads `rules/clocks.toml`, `rules/threats/`, `rules/welfare.toml`, `rules/documents/`,
    /// `rules/reports.toml`, `rules/reasons.toml`, `rules/areas.toml`, `rules/guard/` and
    /// `rules/replies/` again. If one of them is invalid, its last valid state stays.
    ///
    /// # Errors
    /// The file and the line.
    pub fn reload_rules(&self) -> Result<(), ConfigError> {
        let folder = &self.folder;
        let read = [
            replace(&self.clocks, Clocks::read(folder)),
            replace(&self.threats, Threats::read(folder)),
            replace(&self.welfare, WelfareRules::read(folder)),
            replace(&self.documents, Wordings::read(folder)),
            replace(&self.report_rules, ReportRules::read(folder)),
            replace(&self.reasons, Reasons::read(folder)),
            replace(&self.wards, Wards::read(folder)),
            replace(&self.guard, Guard::read(folder)),
            replace(&self.library, Library::read(folder)),
        ];
        let broken = read.iter().filter_map(|read| read.as_ref().err());
        *self.broken.write().unwrap_or_else(PoisonError::into_inner) =
            broken.map(ToString::to_string).collect();
        read.into_iter().collect()
    }

    /// The files of rules that are broken, as sentences. Their last valid state applies; after a start,
    /// the built-in rules.
    #[must_use]
    pub fn broken_rules(&self) -> Vec<String> {
        let broken = self.broken.read().unwrap_or_else(PoisonError::into_inner);
        let each = broken.iter().map(|problem| {
            format!("A file of rules is broken: {problem}. The last valid rules apply, after a start the built-in ones.")
        });
        each.collect()
    }

    /// Writes a copy of the register to a new file, under the same key.
    ///
    /// # Errors
    /// If the disk is full.
    pub(crate) async fn copy_to(&self, file: &Path) -> Result<(), Error> {
        sqlx::query("vacuum into $1")
            .bind(file.display().to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Writes one row to the register's audit log. It is on disk when this returns.
    ///
    /// # Errors
    /// If the row was not written. Then the action must not happen.
    pub async fn record(
        &self,
        actor: &Actor,
        action: Action,
        object: &str,
        detail: &str,
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        self.append(&mut write, actor, action, object, detail)
            .await?;
        self.commit(write).await
    }

    /// Like [`Self::record`], but does nothing if the log already has this action on this object.
    /// For events that would repeat at every pull.
    ///
    /// # Errors
    /// If the row was not written.
    pub async fn record_once(
        &self,
        actor: &Actor,
        action: Action,
        object: &str,
        detail: &str,
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        let before = sqlx::query("select 1 from audit where action = $1 and object = $2 limit 1")
            .bind(action)
            .bind(object);
        if before.fetch_optional(&mut *write).await?.is_some() {
            return Ok(());
        }
        self.append(&mut write, actor, action, object, detail)
            .await?;
        self.commit(write).await
    }

    /// The register's audit log, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn trail(&self) -> Result<Vec<audit::Row>, Error> {
        audit::trail(&self.pool).await
    }

    /// The newest rows of the register's audit log that fit.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn audit_rows(&self, wanted: &audit::Wanted) -> Result<Vec<audit::Row>, Error> {
        audit::select(&self.pool, wanted).await
    }

    /// Verifies the register's audit log against its head file. Calls `each` after every row.
    ///
    /// # Errors
    /// The first difference.
    pub async fn verify(&self, each: impl FnMut()) -> Result<i64, audit::Broken> {
        // Read the head first: a row appended meanwhile makes the log longer, which is harmless.
        let head = audit::read_head(&self.folder)?;
        let holds = |seq: i64, hash: &[u8; 32]| seq != head.seq || *hash == head.hash;
        audit::verify("the register", &self.pool, head.seq, holds, each).await
    }

    /// The number of the newest row of the audit log.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn newest_row(&self) -> Result<i64, Error> {
        let newest = sqlx::query_scalar("select coalesce(max(seq), 0) from audit");
        Ok(newest.fetch_one(&self.pool).await?)
    }

    /// Whether the log still has this row: a head that left this machine earlier. A log that was
    /// written completely anew fits its head file, and not this.
    ///
    /// # Errors
    /// [`audit::Broken`] if the row is another one or missing.
    pub async fn has_head(&self, head: &audit::Head) -> Result<(), audit::Broken> {
        audit::has_head("the register", &self.pool, head).await
    }

    async fn write(&self) -> Result<Transaction<'static, Sqlite>, Error> {
        database::write(&self.pool).await
    }

    /// Appends an audit row in a transaction that also writes something else.
    async fn append(
        &self,
        write: &mut SqliteConnection,
        actor: &Actor,
        action: Action,
        object: &str,
        detail: &str,
    ) -> Result<(), Error> {
        let entry = Entry::new(action, object, detail);
        audit::append(write, self.clock.now(), actor, entry)
            .await
            .map(drop)
    }

    /// Commits a transaction that appended audit rows, then updates the head file. The head is
    /// written second. After a crash it may be behind the log, which is harmless. It is never ahead
    /// of the log, which would look like removed rows.
    async fn commit(&self, write: Transaction<'static, Sqlite>) -> Result<(), Error> {
        write.commit().await?;
        // The write lock makes the later head of two processes the one that is written last.
        let mut lock = self.write().await?;
        let head = audit::last(&mut lock).await?;
        Ok(audit::write_head(&self.folder, &head)?)
    }
}
