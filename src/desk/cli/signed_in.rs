//! How a command gets at the desk: it signs an account in, acts, and closes what it opened.

use std::path::Path;

use super::Access;
use crate::acting::{self, Acting};
use crate::granting;
use crate::keys::Passphrase;
use crate::register::{Account, Register};
use crate::retention;
use crate::settings::DeskSettings;
use loke_core::clock::Clock;

/// A desk at which an account is signed in. The passphrase itself is already dropped.
pub(super) struct SignedIn {
    pub(super) config: DeskSettings,
    pub(super) acting: Acting,
}

impl SignedIn {
    /// Signs in, runs `act`, and closes everything even if `act` fails.
    pub(super) async fn during<T>(
        access: &Access,
        act: impl AsyncFnOnce(&Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let config = DeskSettings::read(&access.config)?;
        let register = open_register(&config).await?;
        let acting = match sign_in(access, &config.folder, &register).await {
            Ok(acting) => acting,
            Err(problem) => {
                register.close().await;
                return Err(problem);
            }
        };
        let desk = Self { config, acting };
        let done = act(&desk).await;
        desk.acting.close().await;
        done
    }
}

impl SignedIn {
    /// Signs a second person in at the same keyboard, and runs `act` as that person.
    pub(super) async fn second<T>(
        &self,
        name: &str,
        passphrase_file: Option<&Path>,
        act: impl AsyncFnOnce(&Acting) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let register = self.acting.register();
        let account = register.account(name).await?;
        loke_core::terminal::trouble(&format!("Now {name} signs in too."));
        let second = open_as(account, passphrase_file, &self.config.folder, register).await?;
        let done = act(&second).await;
        for book in second.books() {
            book.close().await;
        }
        done
    }
}

/// Opens the register of the desk with this configuration.
pub(super) async fn open_register(config: &DeskSettings) -> anyhow::Result<Register> {
    let clock = Clock::System.in_zone(config.zone.clone());
    Ok(Register::open(&config.folder, clock).await?)
}

/// The account that a command acts as: the one in `--as`, or the only or first one.
pub(super) async fn account_of(name: Option<&str>, register: &Register) -> anyhow::Result<Account> {
    match name {
        Some(name) => Ok(register.account(name).await?),
        None => {
            let accounts = register.accounts().await?;
            let first = accounts.into_iter().find(|a| a.disabled_on.is_none());
            first.ok_or_else(|| {
                anyhow::anyhow!("this desk has no account that is not disabled. Restore the backup")
            })
        }
    }
}

async fn sign_in(access: &Access, folder: &Path, register: &Register) -> anyhow::Result<Acting> {
    let account = account_of(access.as_name.as_deref(), register).await?;
    open_as(account, access.passphrase_file.as_deref(), folder, register).await
}

/// Opens the books of an account with its passphrase.
async fn open_as(
    account: Account,
    passphrase_file: Option<&Path>,
    folder: &Path,
    register: &Register,
) -> anyhow::Result<Acting> {
    let passphrase = Passphrase::ask(passphrase_file)?;
    let member = match acting::unlock(folder, &account.name, &passphrase) {
        Ok(member) => member,
        Err(problem) => {
            crate::people::note_refused_sign_in(register, &account.name, "wrong passphrase")
                .await?;
            return Err(problem.into());
        }
    };
    drop(passphrase);
    // An account whose passphrase somebody else made has no book, and may do what needs none.
    if account.first {
        return Ok(Acting::new(account, Vec::new(), register.clone()));
    }
    let mut acting = Acting::open(register, account, &member).await?;
    let mut books = Vec::new();
    for book in acting.take_books() {
        let (book, said) = granting::end_grants(book, acting.account(), &member).await?;
        for sentence in said {
            loke_core::terminal::trouble(&sentence);
        }
        books.push(book);
    }
    acting.put_books(books);
    for locked in acting.locked() {
        loke_core::terminal::trouble(&locked);
    }
    for book in acting.books() {
        if book.is_practice() {
            loke_core::terminal::trouble(&format!(
                "PRACTICE: the tips of the book {} are made up. Nothing of them leaves the desk.",
                book.name()
            ));
        }
        for strange in book.strange_members().await? {
            loke_core::terminal::trouble(&strange);
        }
        for sentence in retention::on_opening(book).await? {
            loke_core::terminal::trouble(&sentence);
        }
        for sentence in granting::after_daily_mail(book).await? {
            loke_core::terminal::trouble(&sentence);
        }
    }
    register.note_sign_in(&acting.actor(), "command").await?;
    Ok(acting)
}
