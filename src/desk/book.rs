//! A book: who may read, as a key. It is one encrypted file with everything that its members may
//! read, the sealed files beside it, and a key file for each member. Nothing here opens without the
//! book's secrets, and every change is also in the book's audit log.
//!
//! ```text
//! books/NAME/book.db            tips and the audit log (SQLCipher)
//! books/NAME/sealed/ID.age      the tips as the gateway sealed them
//! books/NAME/keys/MEMBER.age    the book's secrets, sealed to one member
//! books/NAME/lock               shared by every process that has the book open
//! ```

mod account_answers;
mod alike;
mod answers;
mod areas;
mod arrivals;
mod arriving;
mod calls;
mod counts;
mod covers;
mod decisions;
mod drafts;
mod entered;
mod figures;
mod folds;
mod forgets;
mod forgetting;
mod grants;
mod holds;
mod incidents;
mod linked;
mod marks;
mod members;
mod moved_reports;
mod notes;
mod purge;
mod queue;
mod rekey;
mod replies;
mod reply_decisions;
mod reply_drafts;
mod reply_moves;
mod reply_rows;
mod reports;
mod retired;
mod risk;
mod sample;
mod sealed_files;
mod search;
mod threads;
mod tips;
mod told;
mod translation;
mod triage;
mod undo;
mod work;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ring::hmac;
use sqlx::migrate::Migrator;
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};
use zeroize::Zeroizing;

use crate::audit::{self, Action, Actor, Entry};
use crate::database::{self, Error};
use crate::keys::{self, BookSecrets, Identity};
use crate::register::{Effect, EffectRow, Register};
use loke_core::private_file;
use loke_core::random;
use loke_core::seal::Recipient;

pub use alike::Alike;
pub use answers::{Claim, NewAnswerCode, Taken, Verdict};
pub use areas::AreaOf;
pub use arrivals::{Arrival, Kept};
pub(crate) use arriving::{Arriving, SealedBytes};
pub use calls::{Call, CallOutcome, CallResult, Consent, NewCall, NotRecorded, Welfare};
pub use covers::Cover;
pub(crate) use decisions::new_act;
pub use decisions::{Decided, How, Made, NotDecided, Seen, TriageRow};
pub use drafts::DraftOf;
pub(crate) use entered::Beside;
pub(crate) use figures::Matter;
pub use forgetting::ForgottenTip;
pub use grants::WaitingGrant;
pub use holds::{Hold, HoldKind};
pub use incidents::{IncidentWords, NotOpened, Proposal, WhyWithdraw};
pub use linked::Linked;
pub(crate) use members::CUSTODIAN;
pub use members::{key_file, read_secrets, write_key_file};
pub use notes::{Note, NoteKind};
pub use purge::{Asked, Due, NotPurged, Searched};
pub use queue::{Filter, Glance, Place, QueueRow, View};
pub use rekey::{NotChanged, Progress, change_keys, change_keys_if_alone, settle};
pub(crate) use replies::NewReply;
pub use replies::{
    Authorisation, Authorised, ForgetRequest, Incident, NotStored, Reply, ReplyState, Thread,
};
pub use reply_drafts::ReplyDraft;
pub(crate) use reply_rows::{LiveBox, LiveReply};
pub(crate) use reports::ReportOrder;
pub use reports::{NotOrdered, Previewed, ReportState};
pub use sealed_files::sealed_files;
pub(crate) use sealed_files::{FOLDER as SEALED, SETTLES};
pub use search::{Hit, Search};
pub use threads::{TOGETHER, TextsInARow};
pub use tips::Held;
pub use told::{NewTold, NotTold, SaidBy, Told};
pub use translation::Translation;
pub use triage::{Decision, Outcome, Pending, Refusal, State, Triage};

/// The folder of all books in the desk's folder.
pub const FOLDER: &str = "books";
/// The database in a book's folder.
pub const FILE: &str = "book.db";
/// The lock file in a book's folder.
pub(crate) const LOCK: &str = "lock";
/// Oldest first. Never edit a schema that was released.
static TABLES: Migrator = sqlx::migrate!("../../migrations/book");

/// An open book, for one account. Clones share one pool and the keys.
#[derive(Clone)]
pub struct Book {
    name: String,
    pool: SqlitePool,
    folder: PathBuf,
    secrets: Arc<BookSecrets>,
    salt: Arc<hmac::Key>,
    register: Register,
    actor: Actor,
    /// Whether its tips are made up.
    practice: bool,
    /// The newest effect that the register has.
    copied: Arc<AtomicI64>,
    /// Shared until the last clone is dropped.
    lock: Arc<File>,
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Book({})", self.name)
    }
}

/// The folder of a book.
#[must_use]
pub fn folder_of(desk: &Path, book: &str) -> PathBuf {
    desk.join(FOLDER).join(book)
}

impl Book {
    /// Creates the files of a new book, without any member.
    ///
    /// # Errors
    /// If there is a book of this name, or a file cannot be written.
    pub async fn create(
        register: &Register,
        name: &str,
        secrets: BookSecrets,
        actor: Actor,
    ) -> Result<Self, Error> {
        let folder = folder_of(register.folder(), name);
        private_file::new_folder(&folder)?;
        private_file::make_folder(&folder.join(sealed_files::FOLDER))?;
        private_file::make_folder(&folder.join(members::FOLDER))?;
        database::create(&folder.join(FILE))?;
        let book = Self::open(register, name, secrets, actor).await?;
        Ok(book)
    }

    /// Opens a book. Copies what the register does not have yet.
    ///
    /// # Errors
    /// If the secrets are not the book's, or a file is missing or damaged.
    pub async fn open(
        register: &Register,
        name: &str,
        secrets: BookSecrets,
        actor: Actor,
    ) -> Result<Self, Error> {
        let folder = folder_of(register.folder(), name);
        let shared = private_file::share(&folder.join(LOCK))?;
        let pool = database::open(&folder.join(FILE), &secrets.database_key, &TABLES).await?;
        let salt = salt_of(&pool).await?;
        let practice = sqlx::query_scalar("select exists (select 1 from practice)")
            .fetch_one(&pool)
            .await?;
        let book = Self {
            name: name.to_owned(),
            pool,
            folder,
            secrets: Arc::new(secrets),
            salt: Arc::new(hmac::Key::new(hmac::HMAC_SHA256, salt.as_slice())),
            register: register.clone(),
            actor,
            practice,
            copied: Arc::default(),
            lock: Arc::new(shared),
        };
        book.copy_effects().await?;
        book.take_transfers().await?;
        book.note_arrivals().await?;
        book.finish_moves().await?;
        book.remove_orphans().await?;
        book.digest_moved_boxes().await?;
        book.take_forgets().await?;
        book.reseal_forgotten().await?;
        book.drop_drafts_of_disabled().await?;
        Ok(book)
    }

    /// The same open book for another account: its acts are written down under that name.
    #[must_use]
    pub fn acting_as(&self, actor: Actor) -> Self {
        Self {
            actor,
            ..self.clone()
        }
    }

    /// Waits until all connections are closed, for a few seconds at most.
    pub async fn close(&self) {
        database::close(&self.pool).await;
    }

    /// Whether it was closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }

    /// The book's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The identities that open the book's tips, newest first.
    #[must_use]
    pub fn identities(&self) -> &[Identity] {
        &self.secrets.identities
    }

    /// The recipient of new tips of this book.
    ///
    /// # Errors
    /// If age fails.
    pub fn recipient(&self) -> Result<Recipient, keys::Error> {
        self.secrets.recipient()
    }

    /// Makes a new book one for practice, for good.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn mark_practice(mut self) -> Result<Self, Error> {
        let mut write = self.write().await?;
        sqlx::query("insert into practice (one) values (1) on conflict (one) do nothing")
            .execute(&mut *write)
            .await?;
        self.append(&mut write, Action::Init, &self.name, "for practice")
            .await?;
        self.commit(write).await?;
        self.practice = true;
        Ok(self)
    }

    /// Whether the book is for practice: its tips are made up, and nothing of it leaves the desk.
    #[must_use]
    pub fn is_practice(&self) -> bool {
        self.practice
    }

    /// The register.
    #[must_use]
    pub fn register(&self) -> &Register {
        &self.register
    }

    /// The book's secrets, for a new member's key file.
    pub(crate) fn secrets(&self) -> &BookSecrets {
        &self.secrets
    }

    /// Writes one row to the book's audit log. It is on disk when this returns.
    ///
    /// # Errors
    /// If the row was not written. Then the action must not happen.
    pub async fn record(&self, action: Action, object: &str, detail: &str) -> Result<(), Error> {
        let mut write = self.write().await?;
        self.append(&mut write, action, object, detail).await?;
        self.commit(write).await
    }

    /// The book's audit log, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn trail(&self) -> Result<Vec<audit::Row>, Error> {
        audit::trail(&self.pool).await
    }

    /// The newest rows of the book's audit log that fit. Searches come with their words and the tips
    /// that they showed.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn audit_rows(&self, wanted: &audit::Wanted) -> Result<Vec<audit::Row>, Error> {
        let mut rows = audit::select(&self.pool, wanted).await?;
        self.describe_searches(&mut rows).await?;
        Ok(rows)
    }

    /// Verifies the book's audit log against the rows that the register knows. Calls `each` after
    /// every row.
    ///
    /// # Errors
    /// The first difference.
    pub async fn verify(&self, each: impl FnMut()) -> Result<i64, audit::Broken> {
        let newest = self.register.head_of(&self.name).await?;
        let (newest, seal) = newest.unwrap_or((0, [0; 32]));
        let seals = self.register.seals_of(&self.name).await?;
        let head = seals.keys().copied().fold(newest, i64::max);
        let holds = |seq: i64, hash: &[u8; 32]| {
            let fits = |seal: &[u8; 32]| hmac::verify(&self.salt, hash, seal).is_ok();
            // A row that was written since is not in the register yet.
            let known = seals.get(&seq).map_or(seq > head, fits);
            known && (seq != newest || fits(&seal))
        };
        audit::verify(&self.name, &self.pool, head, holds, each).await
    }

    async fn write(&self) -> Result<Transaction<'static, Sqlite>, Error> {
        database::write(&self.pool).await
    }

    /// Appends an audit row in a transaction that also writes something else.
    async fn append(
        &self,
        write: &mut SqliteConnection,
        action: Action,
        object: &str,
        detail: &str,
    ) -> Result<(), Error> {
        let entry = Entry::new(action, object, detail);
        let row = audit::append(write, self.register.clock().now(), &self.actor, entry).await?;
        let seal = hmac::sign(&self.salt, &row.hash);
        let effect = Effect::Audit {
            seq: row.seq,
            time: row.time,
            who: row.who,
            organisation: row.organisation,
            action: row.action,
            seal: seal.as_ref().try_into().map_err(|_| Error::Row)?,
        };
        self.effect(write, &effect, None).await
    }

    /// A typed reason or name for the audit log: its keyed hash.
    fn reason(&self, typed: &str) -> String {
        let seal = hmac::sign(&self.salt, typed.as_bytes());
        format!("reason {}", hex::encode(seal))
    }

    /// Writes a change for the register, in the transaction of the book's own change.
    async fn effect(
        &self,
        write: &mut SqliteConnection,
        effect: &Effect,
        data: Option<&[u8]>,
    ) -> Result<(), Error> {
        if self.practice {
            match effect {
                // Nobody is told of a made-up tip.
                Effect::Urgent { .. }
                | Effect::Taken { .. }
                | Effect::Due { .. }
                | Effect::DueNew { .. }
                | Effect::Illegal { .. } => return Ok(()),
                Effect::Delivery(_) => return Err(Error::Practice(self.name.clone())),
                _ => {}
            }
        }
        let body = serde_json::to_string(effect).map_err(|_| Error::Row)?;
        sqlx::query("insert into effects (body, data) values ($1, $2)")
            .bind(body)
            .bind(data)
            .execute(write)
            .await?;
        Ok(())
    }

    /// Commits a transaction, then copies its effects to the register.
    async fn commit(&self, write: Transaction<'static, Sqlite>) -> Result<(), Error> {
        self.commit_rows(write).await?;
        self.copy_effects().await
    }

    /// Commits a transaction. Its effects are still to be copied.
    async fn commit_rows(&self, mut write: Transaction<'static, Sqlite>) -> Result<(), Error> {
        // Copied effects go with the next change, so that this costs no commit of its own.
        sqlx::query("delete from effects where id <= $1")
            .bind(self.copied.load(Ordering::Acquire))
            .execute(&mut *write)
            .await?;
        Ok(write.commit().await?)
    }

    async fn copy_effects(&self) -> Result<(), Error> {
        self.uncopied().await?.copy().await
    }

    /// The effects that the register does not have yet.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn uncopied(&self) -> Result<Uncopied, Error> {
        let rows = sqlx::query_as("select id, body, data from effects where id > $1 order by id")
            .bind(self.copied.load(Ordering::Acquire))
            .fetch_all(&self.pool)
            .await?;
        Ok(Uncopied {
            book: self.clone(),
            rows,
        })
    }
}

/// Effects that a book has committed, and that the register does not have yet. If they are not
/// copied, the next change of the book does it, or its next opening.
pub(crate) struct Uncopied {
    book: Book,
    rows: Vec<EffectRow>,
}

impl Uncopied {
    /// Copies them. It needs no connection of the book.
    ///
    /// # Errors
    /// If nothing was copied.
    pub(crate) async fn copy(self) -> Result<(), Error> {
        let Self { book, rows } = self;
        if let Some(last) = rows.last().map(|row| row.id) {
            book.register.copy_effects(&book.name, &rows).await?;
            book.copied.fetch_max(last, Ordering::AcqRel);
        }
        Ok(())
    }
}

/// The book's salt; makes one in a new book.
async fn salt_of(pool: &SqlitePool) -> Result<Zeroizing<Vec<u8>>, Error> {
    let fresh: [u8; 32] = random::bytes()?;
    sqlx::query("insert into salt (one, salt) values (1, $1) on conflict (one) do nothing")
        .bind(fresh.as_slice())
        .execute(pool)
        .await?;
    let salt: Vec<u8> = sqlx::query_scalar("select salt from salt")
        .fetch_one(pool)
        .await?;
    Ok(Zeroizing::new(salt))
}
