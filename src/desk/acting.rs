//! An account at work, with the books that are open for it: the only way from a command or a page
//! to a book. So no query runs without an account, and no book can be reached that is not open for
//! it.

use std::collections::HashMap;
use std::path::Path;

use crate::audit::{self, Action, Actor};
use crate::book::{self, Book};
use crate::database::Error;
use crate::keys::{self, Identity, Passphrase};
use crate::register::{Account, AccountRole, Register};
use loke_core::tip::TipId;

/// An account with its open books.
#[derive(Debug, Clone)]
pub struct Acting {
    account: Account,
    books: Vec<Book>,
    /// Books that the account may open, and whose key file is for an older key of it.
    locked: Vec<String>,
    register: Register,
}

/// Why an account cannot act.
#[derive(Debug, thiserror::Error)]
pub enum CannotAct {
    /// The account was disabled.
    #[error("the account \"{0}\" is disabled. Ask an administrator")]
    Disabled(String),
    /// The passphrase was made by somebody else.
    #[error(
        "the passphrase of \"{0}\" was made by somebody else, so no book opens for it. Choose your own first: `loke-desk account passphrase`, or sign in at the page"
    )]
    First(String),
    /// A key failed.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// The register or a book failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Opens the identity file of an account. By design this takes a large part of a second and
/// 128 MiB.
///
/// # Errors
/// If the passphrase is wrong or the file is damaged.
pub fn unlock(
    desk: &Path,
    account: &str,
    passphrase: &Passphrase,
) -> Result<Vec<Identity>, keys::Error> {
    Identity::read(&people_file(desk, account), passphrase)
}

/// The identity file of an account.
#[must_use]
pub fn people_file(desk: &Path, account: &str) -> std::path::PathBuf {
    desk.join("people").join(format!("{account}.age"))
}

/// The id of no tip: ids are random.
const NO_TIP: TipId = TipId([0; 16]);

impl Acting {
    /// An account with books that are open already.
    #[must_use]
    pub fn new(account: Account, books: Vec<Book>, register: Register) -> Self {
        Self {
            account,
            books,
            locked: Vec::new(),
            register,
        }
    }

    /// Opens every book that the account may open. A book that does not know the account's new key
    /// yet stays shut.
    ///
    /// # Errors
    /// If the account may not act, or one of its books does not open.
    pub async fn open(
        register: &Register,
        account: Account,
        member: &[Identity],
    ) -> Result<Self, CannotAct> {
        let mut acting = Self::new(account, Vec::new(), register.clone());
        let (actor, name) = (acting.actor(), acting.account.name.clone());
        for book in may_open(register, &acting.account).await? {
            book::settle(register, &book).await?;
            match book::read_secrets(register.folder(), &book, &name, member) {
                Err(keys::Error::NotForThisMember(_)) => acting.locked.push(book),
                secrets => {
                    let open = Book::open(register, &book, secrets?, actor.clone()).await?;
                    acting.books.push(open);
                }
            }
        }
        Ok(acting)
    }

    /// Takes the open books out, for work that opens them anew.
    pub(crate) fn take_books(&mut self) -> Vec<Book> {
        std::mem::take(&mut self.books)
    }

    /// Puts the open books back.
    pub(crate) fn put_books(&mut self, books: Vec<Book>) {
        self.books = books;
    }

    /// Closes the books and the register. A program that exits while SQLCipher still closes a
    /// connection may crash at its exit, after its work is done.
    pub async fn close(&self) {
        for book in &self.books {
            book.close().await;
        }
        self.register.close().await;
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The account, for the audit log.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.account.actor()
    }

    /// The register.
    #[must_use]
    pub fn register(&self) -> &Register {
        &self.register
    }

    /// The open books.
    #[must_use]
    pub fn books(&self) -> &[Book] {
        &self.books
    }

    /// The open books whose logs the account may read: a log has the words of searches, for the
    /// book's supervisor.
    #[must_use]
    pub fn readable_logs(&self) -> &[Book] {
        if self.account.is(AccountRole::Supervisor) {
            &self.books
        } else {
            &[]
        }
    }

    /// Books that stay shut because the account has a new key: one sentence each.
    #[must_use]
    pub fn locked(&self) -> Vec<String> {
        self.locked.iter().map(|name| let_in_again(name)).collect()
    }

    /// The open book with this name.
    ///
    /// # Errors
    /// [`Error::NoBook`]: the answer is the same for a book that does not exist.
    pub async fn book(&self, name: &str) -> Result<&Book, Error> {
        match self.books.iter().find(|book| book.name() == name) {
            Some(book) => Ok(book),
            None => {
                self.note_refused("a book that is not open for this account")
                    .await?;
                Err(Error::NoBook(name.to_owned()))
            }
        }
    }

    /// The open book that holds this tip.
    ///
    /// # Errors
    /// [`Error::NoTip`]: the answer is the same for a tip that does not exist, and for one whose
    /// people the account knows. The attempt is in the audit log.
    pub async fn book_of(&self, id: TipId) -> Result<&Book, Error> {
        for book in &self.books {
            if book.holds(id).await? && !book.is_recused(id).await? {
                return Ok(book);
            }
        }
        self.note_refused("a tip that is in no book of this account")
            .await?;
        Err(Error::NoTip(id.to_string()))
    }

    /// The tip of the open books with this name, with this id, or the only one whose id begins with
    /// these hex digits.
    ///
    /// # Errors
    /// [`Error::NoTip`] if there is none, [`Error::Ambiguous`] if there are several.
    pub async fn find(&self, name: &str) -> Result<(&Book, TipId), Error> {
        let named = self.register.named(name).await?;
        let id = named.map_or(NO_TIP, |(id, _)| id);
        // Each open book is asked the same questions, whether the register knows the name or not: the
        // time of the answer does not tell a tip of a book that is not open from one that never was.
        for book in &self.books {
            if book.holds(id).await? && !book.is_recused(id).await? {
                return Ok((book, id));
            }
        }
        let mut found = Vec::new();
        for book in &self.books {
            for id in book.find(name).await? {
                if !book.is_recused(id).await? {
                    found.push((book, id));
                }
            }
        }
        match found.as_slice() {
            [one] => Ok(*one),
            [] => {
                self.note_refused("a tip that is in no book of this account")
                    .await?;
                Err(Error::NoTip(name.to_owned()))
            }
            _ => Err(Error::Ambiguous(name.to_owned())),
        }
    }

    /// Records that somebody asked for the log of a book that is not theirs to read.
    ///
    /// # Errors
    /// If the register fails.
    pub(crate) async fn note_refused_log(&self) -> Result<(), Error> {
        self.note_refused("the log of a book").await
    }

    pub(crate) async fn note_refused(&self, object: &str) -> Result<(), Error> {
        self.register
            .record(&self.actor(), Action::Refused, object, "")
            .await
    }

    /// The number of rows that [`Self::verify`] reads.
    ///
    /// # Errors
    /// If a database fails.
    pub async fn audit_rows(&self) -> Result<u64, Error> {
        let mut rows = self.register.newest_row().await?;
        for book in &self.books {
            rows += self
                .register
                .head_of(book.name())
                .await?
                .map_or(0, |(seq, _)| seq);
        }
        Ok(rows.unsigned_abs())
    }

    /// Verifies the audit logs of the register and of the open books. Calls `each` after every row.
    /// Returns the number of rows.
    ///
    /// # Errors
    /// The first difference.
    pub async fn verify(&self, mut each: impl FnMut()) -> Result<i64, audit::Broken> {
        let mut rows = self.register.verify(&mut each).await?;
        for book in &self.books {
            rows += book.verify(&mut each).await?;
        }
        Ok(rows)
    }

    /// How many tips of the open books have each campaign code.
    ///
    /// # Errors
    /// If a database fails.
    pub async fn campaign_counts(&self) -> Result<HashMap<String, i64>, Error> {
        let mut counts = HashMap::new();
        for book in &self.books {
            for (code, tips) in book.campaign_counts().await? {
                *counts.entry(code).or_insert(0) += tips;
            }
        }
        Ok(counts)
    }
}

/// The sentence for a person whose new key does not open a book yet.
pub(crate) fn let_in_again(book: &str) -> String {
    format!(
        "The book {book} does not open for your new key yet. Ask another member to let you in again (`loke-desk book grant {book} NAME`)."
    )
}

/// The books that an account may open today.
///
/// # Errors
/// If the account may not act.
pub async fn may_open(register: &Register, account: &Account) -> Result<Vec<String>, CannotAct> {
    if account.disabled_on.is_some() {
        return Err(CannotAct::Disabled(account.name.clone()));
    }
    if account.first {
        return Err(CannotAct::First(account.name.clone()));
    }
    Ok(register.books_of(&account.name).await?)
}
