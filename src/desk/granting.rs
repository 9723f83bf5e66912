//! Letting somebody into a book. One member gives the grant and compares the key's fingerprint; a
//! second member agrees. If the book has no second member, it takes effect after the next daily mail
//! left, which names it. Before the first daily mail the desk is being set up, and the only member
//! of a book needs nobody.

use crate::acting::{Acting, CannotAct};
use crate::book::{self, Book, CUSTODIAN, WaitingGrant};
use crate::database::Error;
use crate::keys::Identity;
use crate::people::{self, NotDone};
use crate::register::{Account, AccountRole, NewGrant, Register};
use loke_core::clock::Day;
use loke_core::seal::Recipient;

/// The event that a grant waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitsFor {
    /// It took effect.
    Nothing,
    /// Another member of the book must agree.
    SecondMember,
    /// There is no other member: the next daily mail must leave first.
    DailyMail,
}

/// A grant that was given.
#[derive(Debug)]
pub struct Granted {
    /// The account that is let in, or a custodian.
    pub name: String,
    /// Its public key.
    pub recipient: Recipient,
    /// When it takes effect.
    pub waits_for: WaitsFor,
}

/// Lets an account into a book. `by` must have the book open: only its secrets can be sealed to
/// somebody else.
///
/// # Errors
/// [`NotDone::FirstPassphrase`] if somebody else made the account's passphrase.
pub async fn grant(
    by: &Acting,
    book: &str,
    name: &str,
    until_on: Option<Day>,
) -> Result<Granted, NotDone> {
    people::needs(by, AccountRole::Supervisor)?;
    let open = by.book(book).await?;
    let register = by.register();
    let recipient = can_be_let_in(register, name).await?;
    let waits_for = if !others(register, book, &by.account().name, name)
        .await?
        .is_empty()
    {
        WaitsFor::SecondMember
    } else if register.head_left_at().await?.is_some() {
        WaitsFor::DailyMail
    } else {
        WaitsFor::Nothing
    };
    open.give_grant(name, &recipient, until_on).await?;
    if waits_for == WaitsFor::Nothing {
        let waiting = waiting(open, name).await?;
        let_in(open, &recipient, &waiting, None).await?;
    }
    Ok(Granted {
        name: name.to_owned(),
        recipient,
        waits_for,
    })
}

/// Agrees with a grant that another member gave: it takes effect.
///
/// # Errors
/// [`NotDone::OwnGrant`] if `by` gave it, [`NotDone::OtherKey`] if the account has another key than
/// the one that was shown.
pub async fn agree(by: &Acting, book: &str, name: &str) -> Result<Recipient, NotDone> {
    let open = by.book(book).await?;
    let waiting = waiting(open, name).await?;
    let me = by.account().name.as_str();
    if waiting.given_by == me || name == me {
        return Err(NotDone::OwnGrant(name.to_owned()));
    }
    let recipient = can_be_let_in(by.register(), name).await?;
    if recipient.to_string() != waiting.recipient {
        open.settle_grant(name, "another key since").await?;
        return Err(NotDone::OtherKey(name.to_owned()));
    }
    let_in(open, &recipient, &waiting, Some(me)).await?;
    Ok(recipient)
}

/// Does not agree with a grant, or takes it back: it never takes effect.
///
/// # Errors
/// [`NotDone::NothingWaits`].
pub async fn disagree(by: &Acting, book: &str, name: &str) -> Result<(), NotDone> {
    let open = by.book(book).await?;
    waiting(open, name).await?;
    Ok(open.settle_grant(name, "not let in").await?)
}

/// Lets those in whose grant the daily mail named, if the book has no second member. Returns a
/// sentence for each grant that a member must look at.
///
/// # Errors
/// If the book or the register fails.
pub async fn after_daily_mail(book: &Book) -> Result<Vec<String>, CannotAct> {
    let register = book.register();
    let lines = register.waiting_grants().await?;
    let mut said = Vec::new();
    for waiting in book.waiting_grants().await? {
        let name = waiting.account.as_str();
        let second = others(register, book.name(), &waiting.given_by, name).await?;
        if !second.is_empty() {
            said.push(sentence(book.name(), &waiting.given_by, name));
            continue;
        }
        let mut lines = lines.iter();
        let line = lines.find(|line| line.book == book.name() && line.account == name);
        let Some(line) = line else { continue };
        if !register.was_mailed(line.row).await? {
            continue;
        }
        match can_be_let_in(register, name).await {
            Ok(recipient) if recipient.to_string() == waiting.recipient => {
                let_in(book, &recipient, &waiting, Some("the daily mail")).await?;
            }
            Err(NotDone::Database(problem)) => return Err(problem.into()),
            _ => book.settle_grant(name, "another key since").await?,
        }
    }
    Ok(said)
}

/// Gives a book that was just opened new keys if a dated grant ended. If somebody else has the book
/// open, the next sign-in does it. Returns the book, open, and sentences for the person.
///
/// # Errors
/// If the book does not open again.
pub async fn end_grants(
    book: Book,
    account: &Account,
    member: &[Identity],
) -> Result<(Book, Vec<String>), CannotAct> {
    let (register, name) = (book.register().clone(), book.name().to_owned());
    let today = register.clock().today();
    let ended = register.book(&name).await?.members.into_iter();
    let mut ended: Vec<String> = ended
        .filter(|grant| grant.is_over(today))
        .map(|grant| grant.account)
        .collect();
    let leaving = register.leaving(&name).await?.into_iter();
    ended.extend(leaving.filter(|name| name.starts_with(CUSTODIAN)));
    if ended.is_empty() {
        return Ok((book, Vec::new()));
    }
    let changed = match book::change_keys_if_alone(&book).await {
        Ok(None) => return Ok((book, Vec::new())),
        Ok(Some(recipient)) => Ok(recipient),
        Err(problem) => Err(problem),
    };
    drop(book);
    let secrets = book::read_secrets(register.folder(), &name, &account.name, member)?;
    let book = Book::open(&register, &name, secrets, account.actor()).await?;
    let said = match changed {
        Ok(recipient) => {
            let gone = ended.join(", ");
            format!(
                "The grant of {gone} ended, so the book {name} has new keys. {} Write its new public key into every gateway.toml: {recipient}",
                can_keep(&gone)
            )
        }
        Err(problem) => format!(
            "The grant of {} ended, and the book {name} could not get new keys: {problem}.",
            ended.join(", ")
        ),
    };
    Ok((book, vec![said]))
}

/// The sentence about a person who lost a book.
pub(crate) fn can_keep(name: &str) -> String {
    format!(
        "{name} may keep what was in the book until today. With a copy of the queue that is also the tips that were sealed before the gateway has the new key."
    )
}

/// The grants that wait for a second member: for the members who can agree with each.
///
/// # Errors
/// If the register fails.
pub(crate) async fn notices(register: &Register) -> Result<Vec<(Vec<String>, String)>, Error> {
    let mut notices = Vec::new();
    for line in register.waiting_grants().await? {
        let members = others(register, &line.book, &line.given_by, &line.account).await?;
        let said = sentence(&line.book, &line.given_by, &line.account);
        notices.push((members, said));
    }
    Ok(notices)
}

fn sentence(book: &str, given_by: &str, account: &str) -> String {
    format!(
        "{given_by} wants to let {account} into the book {book}. A second member must agree, on the page Books or with `loke-desk book agree {book} {account}`."
    )
}

/// The members of a book who can agree with a grant of `by` for `name`.
async fn others(
    register: &Register,
    book: &str,
    by: &str,
    name: &str,
) -> Result<Vec<String>, Error> {
    let openers = register.openers(book).await?.into_iter();
    Ok(openers.filter(|who| who != by && who != name).collect())
}

/// The name under which a book knows a custodian. No account has such a name.
#[must_use]
pub fn custodian_member(name: &str) -> String {
    format!("{CUSTODIAN}{name}")
}

/// The public key of an account or a custodian, if a book may open for it.
async fn can_be_let_in(register: &Register, name: &str) -> Result<Recipient, NotDone> {
    if let Some(custodian) = name.strip_prefix(CUSTODIAN) {
        let mut all = register.custodians().await?.into_iter();
        let known = all.find(|known| known.name == custodian);
        let known = known.ok_or_else(|| Error::NoAccount(name.to_owned()))?;
        return Ok(known.recipient.parse().map_err(|_| Error::Row)?);
    }
    let account = register.account(name).await?;
    if account.disabled_on.is_some() {
        return Err(NotDone::Disabled(account.name));
    }
    if account.first {
        return Err(NotDone::FirstPassphrase(account.name));
    }
    Ok(account.recipient)
}

async fn waiting(open: &Book, name: &str) -> Result<WaitingGrant, NotDone> {
    let mut waiting = open.waiting_grants().await?.into_iter();
    waiting
        .find(|grant| grant.account == name)
        .ok_or_else(|| NotDone::NothingWaits(name.to_owned()))
}

/// Each step can be repeated: the waiting grant goes last.
async fn let_in(
    open: &Book,
    recipient: &Recipient,
    waiting: &WaitingGrant,
    agreed_by: Option<&str>,
) -> Result<(), CannotAct> {
    let (register, name) = (open.register(), waiting.account.as_str());
    open.pin_member(name, recipient).await?;
    let key = std::slice::from_ref(recipient);
    let today = register.clock().today();
    let secrets = open.secrets();
    book::write_key_file(register.folder(), open.name(), name, secrets, key, today)?;
    if name.starts_with(CUSTODIAN) {
        let people = (waiting.given_by.as_str(), agreed_by);
        let custodian = (name, recipient);
        register
            .note_custodian(open.name(), custodian, people)
            .await?;
    } else {
        let grant = NewGrant {
            book: open.name(),
            account: name,
            given_by: &waiting.given_by,
            until_on: waiting.until_on,
            agreed_by,
        };
        register.grant(&grant).await?;
    }
    Ok(open.settle_grant(name, "let in").await?)
}
