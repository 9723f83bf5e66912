//! Custodians: two people outside the desk's daily work, each with an offline key. They open the books
//! only if all members are gone. A custodian is let into each book as a member is: two people with
//! the book open agree, and the daily mail names the custodian.

use std::path::Path;

use crate::acting::{self, Acting};
use crate::audit::Actor;
use crate::book::{self, Book, Progress};
use crate::database::Error;
use crate::granting::{self, Granted};
use crate::keys::{self, Identity, Passphrase};
use crate::people::{self, NotDone};
use crate::register::{AccountRole, NewGrant, Register};
use loke_core::private_file;
use loke_core::seal::Recipient;

/// Names a custodian, and gives a grant to each open book. Each takes effect as any other grant.
///
/// # Errors
/// [`NotDone::Role`] if `by` is not a supervisor.
pub async fn add(
    by: &Acting,
    name: &str,
    recipient: &Recipient,
) -> Result<Vec<(String, Granted)>, NotDone> {
    people::needs(by, AccountRole::Supervisor)?;
    people::check_name(name)?;
    let register = by.register();
    if !register.books_of_leaving(name).await?.is_empty() {
        return Err(NotDone::Leaving(name.to_owned()));
    }
    register.set_custodian(&by.actor(), name, recipient).await?;
    let member = granting::custodian_member(name);
    let mut given = Vec::new();
    for open in by.books().iter().filter(|book| !book.is_practice()) {
        let granted = granting::grant(by, open.name(), &member, None).await?;
        given.push((open.name().to_owned(), granted));
    }
    Ok(given)
}

/// A custodian who was removed.
#[derive(Debug)]
pub struct Removed {
    /// The books with new keys, and their new recipients.
    pub changed: Vec<(String, Recipient)>,
    /// The books that are not open here: their members must do the same.
    pub left: Vec<String>,
}

/// Removes a custodian: each open book gets new keys without one for the custodian. Each closes for
/// everyone meanwhile. If it is cut off, new keys are due until it is repeated or a member signs in.
///
/// # Errors
/// If a book has its old keys.
pub async fn remove(
    by: &Acting,
    name: &str,
    mut each: impl FnMut(Progress),
) -> Result<Removed, NotDone> {
    people::needs(by, AccountRole::Supervisor)?;
    let register = by.register();
    let member = granting::custodian_member(name);
    let file = |book: &str| book::key_file(register.folder(), book, &member);
    let books = register.books().await?.into_iter().map(|line| line.name);
    let had: Vec<String> = books.filter(|book| file(book).exists()).collect();
    register.end_custodian(&by.actor(), name, &had).await?;
    let mut removed = Removed {
        changed: Vec::new(),
        left: Vec::new(),
    };
    for book in register.books_of_leaving(name).await? {
        private_file::destroy(&file(&book))?;
        let Some(open) = by.books().iter().find(|open| open.name() == book) else {
            removed.left.push(book);
            continue;
        };
        let recipient = book::change_keys(open.clone(), &mut each).await?;
        removed.changed.push((book, recipient));
    }
    Ok(removed)
}

/// Opens a desk whose members are all gone, with a custodian's identity: makes the account `name`
/// with all roles, and lets it into each book that the identity opens. Returns those books. Repeat it with
/// the same name and passphrase if it was cut off.
///
/// # Errors
/// [`NotDone::NoBookOpens`] if the identity opens no book.
pub async fn rescue(
    register: &Register,
    identity: &[Identity],
    (name, organisation): (&str, &str),
    passphrase: &Passphrase,
) -> Result<Vec<String>, NotDone> {
    people::check_name(name)?;
    let begun = register.account(name).await.ok();
    if begun.is_some() && acting::unlock(register.folder(), name, passphrase).is_err() {
        return Err(Error::AccountExists(name.to_owned()).into());
    }
    let mut opened = Vec::new();
    for line in register.books().await? {
        book::settle(register, &line.name).await?;
        if let Some((member, secrets)) = open_as_custodian(register, &line.name, identity).await? {
            opened.push((line.name, member, secrets));
        }
    }
    if opened.is_empty() {
        return Err(NotDone::NoBookOpens);
    }
    let account = match begun {
        // An earlier rescue was cut off after it made the account.
        Some(account) => account,
        None => {
            let made = people::first_account(register, name, organisation, passphrase);
            made.await?.0
        }
    };
    let mut books = Vec::new();
    for (book, member, secrets) in opened {
        let actor = Actor {
            name: member.clone(),
            organisation: "custodian".to_owned(),
        };
        let key = std::slice::from_ref(&account.recipient);
        let today = register.clock().today();
        book::write_key_file(register.folder(), &book, name, &secrets, key, today)?;
        let open = Book::open(register, &book, secrets, actor).await?;
        let pinned = open.pin_member(name, &account.recipient).await;
        open.close().await;
        pinned?;
        let grant = NewGrant {
            book: &book,
            account: name,
            given_by: &member,
            until_on: None,
            agreed_by: None,
        };
        register.grant(&grant).await?;
        books.push(book);
    }
    Ok(books)
}

/// The secrets of a book that has a key file for this custodian.
async fn open_as_custodian(
    register: &Register,
    book: &str,
    identity: &[Identity],
) -> Result<Option<(String, keys::BookSecrets)>, NotDone> {
    for custodian in register.custodians().await? {
        let member = granting::custodian_member(&custodian.name);
        let file: &Path = &book::key_file(register.folder(), book, &member);
        if !file.exists() {
            continue;
        }
        match book::read_secrets(register.folder(), book, &member, identity) {
            Ok(secrets) => return Ok(Some((member, secrets))),
            Err(keys::Error::NotForThisMember(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Ok(None)
}
