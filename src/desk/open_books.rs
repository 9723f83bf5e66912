//! The books that are open in the serving process. A sign-in opens the member's books. When the
//! last session with a book ends, the book's connections close and its keys are zeroized: with
//! nobody signed in, the process has no key that opens anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::acting::{CannotAct, let_in_again, may_open};
use crate::book::{self, Book};
use crate::database::Error;
use crate::granting;
use crate::keys::{self, Identity};
use crate::register::{Account, Register, Rekey};
use crate::retention;

/// A session's number, for counting who has a book open.
pub type SessionId = u64;

/// The open books and the sessions of each.
pub struct OpenBooks {
    register: Register,
    /// Held while a book is opened or closed, so that no two do it to one book.
    changing: tokio::sync::Mutex<()>,
    books: Mutex<BTreeMap<String, Open>>,
    /// Notified when a session opened its books: what waits for them is collected at once.
    opened: Notify,
    /// The books that were closed under a session because they got new keys.
    shut: Mutex<BTreeMap<SessionId, BTreeSet<String>>>,
}

struct Open {
    book: Book,
    sessions: BTreeSet<SessionId>,
}

impl OpenBooks {
    /// No book is open.
    #[must_use]
    pub fn new(register: Register) -> Self {
        Self {
            register,
            changing: tokio::sync::Mutex::default(),
            books: Mutex::default(),
            opened: Notify::new(),
            shut: Mutex::default(),
        }
    }

    /// The register.
    #[must_use]
    pub fn register(&self) -> &Register {
        &self.register
    }

    /// Notified when a session opened its books.
    #[must_use]
    pub fn opened(&self) -> &Notify {
        &self.opened
    }

    /// Every open book, for the work by the clock.
    #[must_use]
    pub fn all(&self) -> Vec<Book> {
        self.books()
            .values()
            .map(|open| open.book.acting_as(crate::audit::Actor::desk()))
            .collect()
    }

    /// Opens the books that the account may open, for a session. Returns sentences that a person
    /// must look at.
    ///
    /// # Errors
    /// If the account may not act, or a book does not open. Then the session has none open.
    pub async fn open(
        &self,
        session: SessionId,
        account: &Account,
        member: &[Identity],
    ) -> Result<Vec<String>, CannotAct> {
        let _one = self.changing.lock().await;
        let mut strange = Vec::new();
        for name in may_open(&self.register, account).await? {
            match self.open_one(session, account, member, &name).await {
                Ok(found) => strange.extend(found),
                Err(CannotAct::Keys(keys::Error::NotForThisMember(_))) => {
                    strange.push(let_in_again(&name));
                }
                Err(why) => {
                    self.close_unused(session).await;
                    return Err(why);
                }
            }
        }
        self.opened.notify_one();
        Ok(strange)
    }

    async fn open_one(
        &self,
        session: SessionId,
        account: &Account,
        member: &[Identity],
        name: &str,
    ) -> Result<Vec<String>, CannotAct> {
        book::settle(&self.register, name).await?;
        // Each session proves that its own key opens the book, even if it is open already.
        let secrets = book::read_secrets(self.register.folder(), name, &account.name, member)?;
        let there = self.books().get(name).map(|open| open.book.clone());
        let (book, mut strange) = match there {
            Some(book) => (book, Vec::new()),
            None => {
                let book = Book::open(&self.register, name, secrets, account.actor()).await?;
                let (book, said) = granting::end_grants(book, account, member).await?;
                (self.without_retired(book, account, member).await?, said)
            }
        };
        strange.extend(book.strange_members().await?);
        strange.extend(retention::on_opening(&book).await?);
        strange.extend(granting::after_daily_mail(&book).await?);
        self.books()
            .entry(name.to_owned())
            .or_insert(Open {
                book,
                sessions: BTreeSet::new(),
            })
            .sessions
            .insert(session);
        Ok(strange)
    }

    /// A book that was just opened, without the old identities that nothing needs any more.
    async fn without_retired(
        &self,
        book: Book,
        account: &Account,
        member: &[Identity],
    ) -> Result<Book, CannotAct> {
        match book.drop_retired().await {
            Ok(false) => return Ok(book),
            Ok(true) => {}
            Err(problem) => {
                tracing::error!(%problem, "the old keys of a book stay for now");
                return Ok(book);
            }
        }
        let name = book.name().to_owned();
        book.close().await;
        drop(book);
        let folder = self.register.folder();
        let secrets = book::read_secrets(folder, &name, &account.name, member)?;
        Ok(Book::open(&self.register, &name, secrets, account.actor()).await?)
    }

    /// The books that are open for a session and that its account may still open.
    ///
    /// # Errors
    /// If the register fails.
    pub async fn of(&self, session: SessionId, account: &Account) -> Result<Vec<Book>, Error> {
        let allowed = self.register.books_of(&account.name).await?;
        let books = self.books();
        Ok(books
            .iter()
            .filter(|(name, open)| open.sessions.contains(&session) && allowed.contains(name))
            .map(|(_, open)| open.book.acting_as(account.actor()))
            .collect())
    }

    /// The books for practice that a session has open.
    #[must_use]
    pub fn practice_of(&self, session: SessionId) -> Vec<String> {
        let books = self.books();
        let practice = books
            .iter()
            .filter(|(_, open)| open.sessions.contains(&session) && open.book.is_practice());
        practice.map(|(name, _)| name.clone()).collect()
    }

    /// The books that were closed under this session because they got new keys. They open for its
    /// account at the next sign-in.
    #[must_use]
    pub fn shut_of(&self, session: SessionId) -> Vec<String> {
        let shut = self.shut().get(&session).cloned().unwrap_or_default();
        shut.into_iter().collect()
    }

    /// Closes the books that only this session had open.
    pub async fn close(&self, session: SessionId) {
        self.shut().remove(&session);
        let _one = self.changing.lock().await;
        self.close_unused(session).await;
    }

    /// Closes, for everyone, the books whose keys are being changed.
    ///
    /// # Errors
    /// If the register fails.
    pub async fn close_rekeying(&self) -> Result<(), Error> {
        let names: Vec<String> = self.books().keys().cloned().collect();
        for name in names {
            if self.register.rekey_state(&name).await? == Rekey::None {
                continue;
            }
            let _one = self.changing.lock().await;
            let open = self.books().remove(&name);
            if let Some(open) = open {
                for session in &open.sessions {
                    let mut shut = self.shut();
                    shut.entry(*session).or_default().insert(name.clone());
                }
                open.book.close().await;
            }
        }
        Ok(())
    }

    /// Closes, for a session, the books that its account may not open any more.
    ///
    /// # Errors
    /// If the register fails.
    pub async fn close_revoked(&self, session: SessionId, account: &str) -> Result<(), Error> {
        let allowed = self.register.books_of(account).await?;
        if let Some(shut) = self.shut().get_mut(&session) {
            shut.retain(|name| allowed.contains(name));
        }
        let lost = self
            .books()
            .iter()
            .any(|(name, open)| open.sessions.contains(&session) && !allowed.contains(name));
        if lost {
            let _one = self.changing.lock().await;
            self.close_where(session, |name| !allowed.iter().any(|a| a == name))
                .await;
        }
        Ok(())
    }

    /// Closes every book.
    pub async fn close_all(&self) {
        self.shut().clear();
        let _one = self.changing.lock().await;
        let all = std::mem::take(&mut *self.books());
        for open in all.into_values() {
            open.book.close().await;
        }
    }

    /// Takes a session off all books and closes those without any.
    async fn close_unused(&self, session: SessionId) {
        self.close_where(session, |_| true).await;
    }

    /// Takes a session off the books with these names and closes those without any. Every query
    /// that still runs ends first, for a few seconds at most.
    async fn close_where(&self, session: SessionId, which: impl Fn(&str) -> bool) {
        let unused: Vec<Open> = {
            let mut books = self.books();
            for (name, open) in books.iter_mut() {
                if which(name) {
                    open.sessions.remove(&session);
                }
            }
            let names: Vec<String> = books
                .iter()
                .filter(|(_, open)| open.sessions.is_empty())
                .map(|(name, _)| name.clone())
                .collect();
            names.iter().filter_map(|name| books.remove(name)).collect()
        };
        for open in unused {
            open.book.close().await;
        }
    }

    fn shut(&self) -> MutexGuard<'_, BTreeMap<SessionId, BTreeSet<String>>> {
        self.shut.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn books(&self) -> MutexGuard<'_, BTreeMap<String, Open>> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
