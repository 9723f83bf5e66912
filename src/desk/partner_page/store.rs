//! The page's own store: accounts in a register of its own, in the format of the desk's but without a
//! partner or a book in it, and files that are sealed to the accounts. Nothing in it opens a report.
//! `reports/PARTNER/DAY.REFERENCE.age` came from the desk. `said/PARTNER/REFERENCE.RANDOM.age` is a copy
//! of an answer for the people who gave it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, renameat, unlinkat};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::settings::PageAccounts;
use crate::acting::people_file;
use crate::answers::{Choice, Reference};
use crate::audit::Actor;
use crate::database::Error;
use crate::keys::Identity;
use crate::open;
use crate::register::{self, NewAccount, OpenError, Register};
use crate::ways::folder;
use crate::ways::page::PagePost;
use loke_core::clock::{Clock, Day};
use loke_core::private_file;
use loke_core::random::{self, NoRandomness};
use loke_core::seal::{self, Recipient, SizeClass, encrypt_to};

/// The lock file: one process has a store.
const LOCK: &str = "serve.lock";
/// Posts that are taken at one look.
const BATCH: usize = 1_000;
/// Largest post, in bytes.
const LARGEST: u64 = SizeClass::Eight.sealed() as u64 + 256;
/// The end of the name of a post, and of a post that is being taken.
const ENDS: &str = ".age";
const TAKING: &str = ".taking";

/// Why the page did not start.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// The accounts did not open.
    #[error(transparent)]
    Accounts(#[from] OpenError),
    /// A file of the store failed.
    #[error(transparent)]
    File(#[from] private_file::Error),
    /// The operating system returned no random bytes.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// Another process has the store.
    #[error("another `loke-desk serve-partners` has {}. Stop it first", .0.display())]
    InUse(PathBuf),
    /// The inbox is missing.
    #[error(
        "the inbox {} is not there. Make it, writable for this program and for the desk",
        .0.display()
    )]
    NoInbox(PathBuf),
}

/// Why something was not read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    #[error(transparent)]
    Accounts(#[from] Error),
    #[error("{0}")]
    File(#[from] io::Error),
    #[error(transparent)]
    Private(#[from] private_file::Error),
    #[error(transparent)]
    Seal(#[from] seal::Error),
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// A report in the store, by the name of its file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Filed {
    pub(super) day: String,
    pub(super) reference: String,
}

/// An answer that somebody of the partner gave.
#[derive(Serialize, Deserialize)]
pub(super) struct Said {
    pub(super) day: String,
    /// For the order of the list (seconds since 1970-01-01 UTC).
    #[serde(default)]
    pub(super) at: i64,
    pub(super) account: String,
    pub(super) choice: Choice,
    pub(super) words: Zeroizing<String>,
}

/// The store.
pub(super) struct Store {
    register: Register,
    folder: PathBuf,
    inbox: PathBuf,
    keep_days: i32,
    _alone: File,
}

impl Store {
    /// Opens the store, or makes a new one.
    pub(super) async fn open(accounts: &PageAccounts, clock: Clock) -> Result<Self, NotStarted> {
        let folder = &accounts.store;
        private_file::make_folder(folder)?;
        for name in ["people", "reports", "said"] {
            private_file::make_folder(&folder.join(name))?;
        }
        if !accounts.inbox.is_dir() {
            return Err(NotStarted::NoInbox(accounts.inbox.clone()));
        }
        let alone = match private_file::lock(&folder.join(LOCK)) {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                return Err(NotStarted::InUse(folder.clone()));
            }
            locked => locked?,
        };
        let register = match folder.join(register::FILE).exists() {
            true => Register::open(folder, clock).await?,
            false => Register::create(folder, clock).await?,
        };
        Ok(Self {
            register,
            folder: folder.clone(),
            inbox: accounts.inbox.clone(),
            keep_days: accounts.keep_days,
            _alone: alone,
        })
    }

    /// The accounts.
    pub(super) fn register(&self) -> &Register {
        &self.register
    }

    /// Takes what the desk left in the inbox. A post that is not valid is deleted.
    pub(super) async fn take_posts(&self) -> Result<usize, StoreError> {
        let directory = folder::open(&self.inbox)?;
        // Under another name first: the desk may put a newer one with the same name meanwhile.
        for name in folder::names(&directory, ENDS, BATCH)? {
            renameat(&directory, &name, &directory, format!("{name}{TAKING}"))
                .map_err(io::Error::from)?;
        }
        let mut taken = 0;
        // An account before its codes.
        let mut names = folder::names(&directory, TAKING, BATCH)?;
        names.sort();
        for name in names {
            let post = folder::read(&directory, &name, LARGEST)?;
            match post.and_then(|bytes| PagePost::parse(&bytes).ok()) {
                Some(post) => {
                    self.take(post).await?;
                    taken += 1;
                }
                None => tracing::warn!("a post of the desk was not valid"),
            }
            unlinkat(&directory, &name, AtFlags::empty()).map_err(io::Error::from)?;
        }
        Ok(taken)
    }

    async fn take(&self, post: PagePost) -> Result<(), StoreError> {
        let desk = Actor::desk();
        match post {
            PagePost::Report {
                partner,
                reference,
                day,
                sealed,
            } => {
                let place = self.folder.join("reports").join(&partner);
                private_file::make_folder(&place)?;
                // A desk that was stopped before it noted the arrival leaves the report again, and that
                // can be on another day.
                let mut filed = self.reports(&partner)?.into_iter();
                let filed = filed.find(|filed| filed.reference == reference.to_string());
                let day = filed.map_or_else(|| day.to_string(), |filed| filed.day);
                let file = place.join(format!("{day}.{reference}{ENDS}"));
                Ok(private_file::replace_durably(&file, &sealed)?)
            }
            PagePost::Account {
                name,
                partner,
                key,
                identity,
            } => match self.register.account(&name).await {
                Ok(account) if account.organisation != partner => {
                    tracing::warn!("an account of another partner has this name already");
                    Ok(())
                }
                Ok(_) => {
                    // The accounts first: until its file is there, nobody signs in.
                    self.register.set_key(&desk, &name, &key, true).await?;
                    self.register.enable_account(&desk, &name).await?;
                    let file = people_file(&self.folder, &name);
                    Ok(private_file::replace_durably(&file, &identity)?)
                }
                Err(Error::NoAccount(_)) => {
                    let file = people_file(&self.folder, &name);
                    private_file::replace_durably(&file, &identity)?;
                    let new = NewAccount {
                        name: &name,
                        organisation: &partner,
                        roles: &[],
                        recipient: &key,
                        first: true,
                    };
                    Ok(self.register.add_account(&desk, &new).await?)
                }
                Err(other) => Err(other.into()),
            },
            PagePost::Codes {
                name,
                salt,
                digests,
            } => {
                let set = self
                    .register
                    .set_printed_codes(&desk, &name, &salt, &digests);
                match set.await {
                    Ok(()) | Err(Error::NoAccount(_)) => Ok(()),
                    Err(other) => Err(other.into()),
                }
            }
            PagePost::Disable { name } => match self.register.disable_account(&desk, &name).await {
                Ok(()) | Err(Error::NoAccount(_)) => Ok(()),
                Err(other) => Err(other.into()),
            },
        }
    }

    /// The reports of a partner, the newest day first.
    pub(super) fn reports(&self, partner: &str) -> io::Result<Vec<Filed>> {
        let place = self.folder.join("reports").join(partner);
        let mut found: Vec<Filed> = names_in(&place)?
            .iter()
            .filter_map(|name| {
                let (day, reference) = name.strip_suffix(ENDS)?.split_once('.')?;
                Some(Filed {
                    day: day.to_owned(),
                    reference: reference.to_owned(),
                })
            })
            .collect();
        found.sort_by(|a, b| (&b.day, &a.reference).cmp(&(&a.day, &b.reference)));
        Ok(found)
    }

    /// The sealed file of a report of this partner.
    pub(super) fn report(&self, partner: &str, reference: &str) -> io::Result<Option<Vec<u8>>> {
        let filed = self.reports(partner)?;
        let Some(filed) = filed.into_iter().find(|filed| filed.reference == reference) else {
            return Ok(None);
        };
        let place = self.folder.join("reports").join(partner);
        let directory = folder::open(&place)?;
        let Filed { day, reference } = filed;
        folder::read(&directory, &format!("{day}.{reference}{ENDS}"), LARGEST)
    }

    /// Stores a copy of an answer, sealed to each account of the partner.
    pub(super) async fn keep_said(
        &self,
        partner: &str,
        reference: &Reference,
        said: &Said,
    ) -> Result<(), StoreError> {
        let accounts = self.register.accounts().await?;
        let readers: Vec<Recipient> = accounts
            .into_iter()
            .filter(|account| {
                account.organisation == partner && !account.first && account.disabled_on.is_none()
            })
            .map(|account| account.recipient)
            .collect();
        let json = Zeroizing::new(serde_json::to_vec(said).map_err(|_| seal::Error::Encrypt)?);
        let sealed = encrypt_to(&readers, &json)?;
        let place = self.folder.join("said").join(partner);
        private_file::make_folder(&place)?;
        let name = format!("{reference}.{}{ENDS}", hex::encode(random::bytes::<8>()?));
        Ok(private_file::write_new(&place.join(name), &sealed)?)
    }

    /// The answers to a report that these keys open.
    pub(super) fn said(
        &self,
        partner: &str,
        reference: &str,
        member: &[Identity],
    ) -> io::Result<Vec<Said>> {
        let place = self.folder.join("said").join(partner);
        let mut found = Vec::new();
        for name in names_in(&place)? {
            if !name.starts_with(&format!("{reference}.")) {
                continue;
            }
            let sealed = folder::read(&folder::open(&place)?, &name, LARGEST)?;
            let plain = sealed.and_then(|sealed| open::plain(member, &sealed).ok());
            let said: Option<Said> = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
            found.extend(said);
        }
        found.sort_by(|a, b| (&a.day, a.at).cmp(&(&b.day, b.at)));
        Ok(found)
    }

    /// Gives each sealed report of a partner that came on this day or later to `look`, the newest day first,
    /// at most `most`. One after the other, because each takes memory.
    pub(super) fn reports_since(
        &self,
        partner: &str,
        day: &str,
        most: usize,
        mut look: impl FnMut(Vec<u8>),
    ) -> io::Result<()> {
        let place = self.folder.join("reports").join(partner);
        let filed = self.reports(partner)?.into_iter();
        for filed in filed.filter(|filed| filed.day.as_str() >= day).take(most) {
            let name = format!("{}.{}{ENDS}", filed.day, filed.reference);
            if let Some(sealed) = folder::read(&folder::open(&place)?, &name, LARGEST)? {
                look(sealed);
            }
        }
        Ok(())
    }

    /// Deletes the reports that are older than the settings allow, with the answers to them.
    pub(super) fn purge(&self, today: Day) -> io::Result<usize> {
        let before = today.plus(-self.keep_days).to_string();
        let mut deleted = 0;
        for partner in names_in(&self.folder.join("reports"))? {
            let place = self.folder.join("reports").join(&partner);
            let (old, kept): (Vec<Filed>, Vec<Filed>) = self
                .reports(&partner)?
                .into_iter()
                .partition(|filed| filed.day < before);
            for filed in &old {
                let name = format!("{}.{}{ENDS}", filed.day, filed.reference);
                std::fs::remove_file(place.join(name))?;
                deleted += 1;
            }
            if old.is_empty() {
                continue;
            }
            let said = self.folder.join("said").join(&partner);
            for name in names_in(&said)? {
                let is_kept = |filed: &Filed| name.starts_with(&format!("{}.", filed.reference));
                if !kept.iter().any(is_kept) {
                    std::fs::remove_file(said.join(name))?;
                }
            }
        }
        Ok(deleted)
    }
}

/// The names in a folder. None if it is not there. The C library would leave them in its own buffer.
fn names_in(place: &Path) -> io::Result<Vec<String>> {
    match folder::open(place) {
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        directory => folder::names(&directory?, "", usize::MAX),
    }
}
