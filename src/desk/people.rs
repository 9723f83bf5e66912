//! Accounts and their keys: creating an account, choosing a passphrase, letting a member into a
//! book and removing one. Each step can be repeated if the program is killed between two of them.

use crate::acting::{Acting, CannotAct, people_file};
use crate::audit::Action;
use crate::book::{self, Book, Progress};
use crate::database::Error;
use crate::entering::NotEntered;
use crate::keys::{
    self, BadSeed, BookSecrets, CodeHash, CodeKind, CodeSalt, CodeSeconds, CodeSecret, Identity,
    ON_A_LIST, Passphrase, PrintedCode,
};
use crate::practice;
use crate::register::{Account, AccountRole, NewAccount, Register};
use crate::typed;
use loke_core::private_file;
use loke_core::seal::Recipient;
use loke_core::tip::Lane;

/// Longest name of an account, a book or an organisation, in characters.
pub const LONGEST_NAME: usize = 40;

/// Why an account or a book was not created or changed.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// The name is not allowed.
    #[error(
        "\"{0}\" cannot be a name. Use 1 to {LONGEST_NAME} lower-case letters, digits, dots and hyphens, beginning with a letter"
    )]
    Name(String),
    /// The account is not a supervisor, or not an administrator.
    #[error("this needs the role {0}. Ask somebody who has it")]
    Role(AccountRole),
    /// The account may not have books yet.
    #[error(
        "{0} has not chosen a passphrase yet. A book opens only for a key whose passphrase its owner made: ask {0} to sign in first"
    )]
    FirstPassphrase(String),
    /// The account is disabled.
    #[error("the account \"{0}\" is disabled")]
    Disabled(String),
    /// The last member cannot be removed.
    #[error("{0} is the last member of this book. Let somebody else in first")]
    LastMember(String),
    /// Nobody could manage accounts any more.
    #[error("{0} is the last administrator. Make another one first")]
    LastAdministrator(String),
    /// The account has no grant.
    #[error("{0} cannot open this book anyway")]
    NotAMember(String),
    /// The last day of a grant is not a day.
    #[error("not a date (expected YYYY-MM-DD)")]
    Day,
    /// A custodian's key opens nothing here.
    #[error(
        "this key opens no book of this desk. Is it the custodian's key, and was the custodian let into the books?"
    )]
    NoBookOpens,
    /// The custodian of this name still has the keys of a book.
    #[error(
        "a custodian {0} was removed, and a book still has the old keys. Run `loke-desk custodian remove {0}` first"
    )]
    Leaving(String),
    /// The seed of a hardware token cannot be used.
    #[error("{0}. Nothing was changed")]
    Seed(#[from] BadSeed),
    /// The token makes its codes in another way.
    #[error(
        "the token shows a code of this seed with --hash {0} --seconds {1}. Run the command again with these. Nothing was changed"
    )]
    TokenKind(CodeHash, CodeSeconds),
    /// The token has another seed.
    #[error(
        "the token does not show this code for this seed. Compare the serial number on the token with the maker's sheet, look at this machine's clock, and type the code that it shows now. Nothing was changed"
    )]
    TokenCode,
    /// No grant waits.
    #[error("no grant for {0} waits in this book")]
    NothingWaits(String),
    /// The second person is the first one.
    #[error("somebody else must agree to let {0} in: another member of the book")]
    OwnGrant(String),
    /// The key is not the one that was shown.
    #[error(
        "{0} has another key than the one that was compared, so nobody was let in. Give the grant again"
    )]
    OtherKey(String),
    /// A key failed.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// The register or a book failed.
    #[error(transparent)]
    Database(#[from] Error),
    /// The account cannot act.
    #[error(transparent)]
    Refused(#[from] CannotAct),
    /// The book has its old keys.
    #[error(transparent)]
    NotChanged(#[from] book::NotChanged),
    /// The made-up tips were not stored.
    #[error(transparent)]
    Practice(#[from] NotEntered),
    /// A file failed.
    #[error(transparent)]
    File(#[from] private_file::Error),
}

/// Checks the name of an account, a book or an organisation: it is also a file name.
///
/// # Errors
/// [`NotDone::Name`].
pub fn check_name(name: &str) -> Result<(), NotDone> {
    let fits = name.len() <= LONGEST_NAME
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-'));
    if fits {
        Ok(())
    } else {
        Err(NotDone::Name(name.to_owned()))
    }
}

/// Writes the identity file of an account in one step, in place of an older one.
pub(crate) fn write_identity(
    register: &Register,
    name: &str,
    identity: &Identity,
    passphrase: &Passphrase,
) -> Result<(), NotDone> {
    let sealed = identity.sealed_with(passphrase, register.clock().today())?;
    let file = people_file(register.folder(), name);
    Ok(private_file::replace_durably(&file, &sealed)?)
}

/// Creates the first account of a desk, with all roles and its own passphrase. Returns it with its
/// identity.
///
/// # Errors
/// If the name is not allowed, or a file cannot be written.
pub async fn first_account(
    register: &Register,
    name: &str,
    organisation: &str,
    passphrase: &Passphrase,
) -> Result<(Account, Identity), NotDone> {
    private_file::make_folder(&register.folder().join("people"))?;
    let identity = Identity::generate();
    write_identity(register, name, &identity, passphrase)?;
    let actor = crate::audit::Actor {
        name: name.to_owned(),
        organisation: organisation.to_owned(),
    };
    let new = NewAccount {
        name,
        organisation,
        roles: AccountRole::ALL,
        recipient: &identity.recipient()?,
        first: false,
    };
    register.add_account(&actor, &new).await?;
    Ok((register.account(name).await?, identity))
}

/// Creates an account. Its passphrase is known to whoever created it, so no book opens for it until
/// its owner chooses another.
///
/// # Errors
/// [`NotDone::Role`] if `by` is not an administrator.
pub async fn add_account(
    by: &Acting,
    name: &str,
    organisation: &str,
    roles: &[AccountRole],
    passphrase: &Passphrase,
) -> Result<(), NotDone> {
    needs(by, AccountRole::Administrator)?;
    check_name(name)?;
    if name.starts_with("custodian.") {
        return Err(NotDone::Name(name.to_owned()));
    }
    check_name(organisation)?;
    let register = by.register();
    if register.account(name).await.is_ok() {
        return Err(Error::AccountExists(name.to_owned()).into());
    }
    let identity = Identity::generate();
    write_identity(register, name, &identity, passphrase)?;
    let new = NewAccount {
        name,
        organisation,
        roles,
        recipient: &identity.recipient()?,
        first: true,
    };
    Ok(register.add_account(&by.actor(), &new).await?)
}

/// Makes a new key for somebody who forgot the passphrase. No book opens for it: a member of each
/// book lets its owner in again.
///
/// # Errors
/// [`NotDone::Role`] if `by` is not an administrator.
pub async fn renew_account(
    by: &Acting,
    name: &str,
    passphrase: &Passphrase,
) -> Result<(), NotDone> {
    needs(by, AccountRole::Administrator)?;
    let register = by.register();
    register.account(name).await?;
    let identity = Identity::generate();
    // The register first: until its file is there, the account cannot sign in at all.
    register
        .set_key(&by.actor(), name, &identity.recipient()?, true)
        .await?;
    write_identity(register, name, &identity, passphrase)
}

/// Checks that an account may read the register's log, and records it.
///
/// # Errors
/// [`NotDone::Role`] if `by` is neither an auditor nor an administrator nor a supervisor.
pub async fn may_read_logs(by: &Acting) -> Result<(), NotDone> {
    let roles = [
        AccountRole::Auditor,
        AccountRole::Administrator,
        AccountRole::Supervisor,
    ];
    let allowed = roles.iter().any(|role| by.account().is(*role));
    let (action, detail) = if allowed {
        (Action::View, "command")
    } else {
        (Action::Refused, "not for the roles of this account")
    };
    by.register()
        .record(&by.actor(), action, "the audit log", detail)
        .await?;
    if allowed {
        Ok(())
    } else {
        Err(NotDone::Role(AccountRole::Auditor))
    }
}

/// Disables an account: it cannot sign in, and its sessions end. Its key files stay: a member of
/// each book must revoke it there, since only the book's keys can shut a copy out.
///
/// # Errors
/// [`NotDone::Role`] if `by` is not an administrator.
pub async fn disable_account(by: &Acting, name: &str) -> Result<(), NotDone> {
    needs(by, AccountRole::Administrator)?;
    let accounts = by.register().accounts().await?;
    let mut others = accounts.iter().filter(|a| a.name != name);
    if !others.any(|a| a.is(AccountRole::Administrator) && a.disabled_on.is_none()) {
        return Err(NotDone::LastAdministrator(name.to_owned()));
    }
    Ok(by.register().disable_account(&by.actor(), name).await?)
}

/// Makes a list of one-time codes for somebody without a phone. An earlier list of the account works
/// no more. Only the returned value contains the codes.
///
/// # Errors
/// [`NotDone::Role`] if `by` is not an administrator.
pub async fn print_codes(by: &Acting, name: &str) -> Result<Vec<PrintedCode>, NotDone> {
    needs(by, AccountRole::Administrator)?;
    let list = CodeList::random()?;
    let register = by.register();
    register
        .set_printed_codes(&by.actor(), name, &list.salt, &list.digests)
        .await?;
    Ok(list.codes)
}

/// Lets somebody who lost the phone set up another one at the next sign-in. The key and the books stay.
///
/// # Errors
/// [`NotDone::Role`] if `by` is not an administrator.
pub async fn new_phone(by: &Acting, name: &str) -> Result<(), NotDone> {
    needs(by, AccountRole::Administrator)?;
    let register = by.register();
    Ok(register.forget_codes(&by.actor(), name, None).await?)
}

/// Gives an account a hardware token, in place of a phone and a printed list. `seed` is what its maker
/// printed, and `code` is what it shows now: a seed of another token would keep the person out.
///
/// # Errors
/// [`NotDone::Role`] if `by` is not an administrator, [`NotDone::Seed`], and [`NotDone::TokenKind`] or
/// [`NotDone::TokenCode`] if the token shows another code. Then nothing was changed.
pub async fn give_token(
    by: &Acting,
    name: &str,
    (seed, kind): (&str, CodeKind),
    code: &str,
) -> Result<(), NotDone> {
    needs(by, AccountRole::Administrator)?;
    let register = by.register();
    let account = register.account(name).await?;
    if account.disabled_on.is_some() {
        return Err(NotDone::Disabled(account.name));
    }
    let token = CodeSecret::of_token(seed, kind)?;
    let now = register.clock().now();
    if let Some(step) = token.step_of(code, now) {
        let token = Some((&token, step));
        return Ok(register.forget_codes(&by.actor(), name, token).await?);
    }
    for other in CodeKind::all() {
        let is_it = CodeSecret::of_token(seed, other)?.step_of(code, now);
        if is_it.is_some() {
            return Err(NotDone::TokenKind(other.hash, other.seconds));
        }
    }
    Err(NotDone::TokenCode)
}

/// A new list of one-time codes, with what is stored of it.
pub(crate) struct CodeList {
    pub(crate) codes: Vec<PrintedCode>,
    pub(crate) salt: CodeSalt,
    pub(crate) digests: Vec<[u8; 64]>,
}

impl CodeList {
    pub(crate) fn random() -> Result<Self, keys::Error> {
        let (mut codes, mut digests) = (Vec::new(), Vec::new());
        let salt = CodeSalt::random()?;
        for _ in 0..ON_A_LIST {
            let code = PrintedCode::random()?;
            digests.push(code.digest(&salt));
            codes.push(code);
        }
        Ok(Self {
            codes,
            salt,
            digests,
        })
    }
}

/// Chooses a new passphrase, with a new identity: the old passphrase opens nothing of the new
/// files. In every book the member's key file is first sealed to both identities and at the end to
/// the new one alone, so a crash in between leaves no book shut.
///
/// # Errors
/// If a book does not open, or a file cannot be written.
pub async fn change_passphrase(
    register: &Register,
    account: &Account,
    member: &[Identity],
    new: &Passphrase,
) -> Result<(Account, Identity), NotDone> {
    let desk = register.folder();
    let (identity, today) = (Identity::generate(), register.clock().today());
    let (old, fresh) = (account.recipient.clone(), identity.recipient()?);
    let mut books: Vec<(String, BookSecrets)> = Vec::new();
    if !account.first {
        for name in register.books_of(&account.name).await? {
            let secrets = book::read_secrets(desk, &name, &account.name, member)?;
            books.push((name, secrets));
        }
    }
    for (name, secrets) in &books {
        let both = [fresh.clone(), old.clone()];
        book::write_key_file(desk, name, &account.name, secrets, &both, today)?;
    }
    write_identity(register, &account.name, &identity, new)?;
    typed::reseal(register, &account.name, member, &fresh).await?;
    register
        .set_key(&account.actor(), &account.name, &fresh, false)
        .await?;
    for (name, secrets) in books {
        let alone = std::slice::from_ref(&fresh);
        book::write_key_file(desk, &name, &account.name, &secrets, alone, today)?;
        let open = Book::open(register, &name, secrets, account.actor()).await?;
        open.pin_member(&account.name, &fresh).await?;
        open.close().await;
    }
    Ok((register.account(&account.name).await?, identity))
}

/// Creates a book for these lanes; its creator is its first member. The lanes leave the other
/// books.
///
/// # Errors
/// [`NotDone::Role`] if `by` is not a supervisor.
pub async fn add_book(by: &Acting, name: &str, lanes: &[Lane]) -> Result<Recipient, NotDone> {
    needs(by, AccountRole::Supervisor)?;
    create_book(by.register(), by.account(), name, Contents::Lanes(lanes)).await
}

/// Creates a book for practice with made-up tips. It collects no lane.
///
/// # Errors
/// [`NotDone::Role`] if `by` is not a supervisor.
pub async fn add_practice_book(by: &Acting, name: &str) -> Result<(), NotDone> {
    needs(by, AccountRole::Supervisor)?;
    create_book(by.register(), by.account(), name, Contents::Practice).await?;
    Ok(())
}

/// The contents of a new book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents<'a> {
    /// The new tips of these lanes.
    Lanes(&'a [Lane]),
    /// Made-up tips.
    Practice,
}

/// Creates a book, its files before its row in the register: a book in the register is complete.
pub(crate) async fn create_book(
    register: &Register,
    account: &Account,
    name: &str,
    contents: Contents<'_>,
) -> Result<Recipient, NotDone> {
    check_name(name)?;
    if register.book(name).await.is_ok() {
        return Err(Error::BookExists(name.to_owned()).into());
    }
    let secrets = BookSecrets::random()?;
    let recipient = secrets.recipient()?;
    let mut book = Book::create(register, name, secrets.clone(), account.actor()).await?;
    let lanes = match contents {
        Contents::Lanes(lanes) => lanes,
        Contents::Practice => {
            book = book.mark_practice().await?;
            &[]
        }
    };
    let member = std::slice::from_ref(&account.recipient);
    let today = register.clock().today();
    book::write_key_file(
        register.folder(),
        name,
        &account.name,
        &secrets,
        member,
        today,
    )?;
    register
        .add_book(&account.actor(), name, lanes, &recipient)
        .await?;
    let filled = async {
        book.pin_member(&account.name, &account.recipient).await?;
        if contents == Contents::Practice {
            register.note_practice(name).await?;
            practice::fill(&book).await?;
        }
        Ok(())
    };
    let filled: Result<(), NotDone> = filled.await;
    book.close().await;
    filled?;
    Ok(recipient)
}

/// Removes an account from a book: its sessions lose the book, its key file is destroyed, and the
/// book gets new keys, so a copy of the old files opens nothing that comes later. The book closes
/// for everyone meanwhile. Returns the book's new recipient for the gateway. If it is cut off, new keys
/// are due until it is repeated or a member signs in.
///
/// # Errors
/// [`NotDone::LastMember`] if nobody could open the book afterwards.
pub async fn revoke(
    by: &Acting,
    book: &str,
    name: &str,
    each: impl FnMut(Progress),
) -> Result<Recipient, NotDone> {
    needs(by, AccountRole::Supervisor)?;
    let open = by.book(book).await?;
    let register = by.register();
    let line = register.book(book).await?;
    if !line.members.iter().any(|grant| grant.account == name) {
        return Err(NotDone::NotAMember(name.to_owned()));
    }
    let openers = register.openers(book).await?;
    if openers.iter().all(|opener| opener == name) {
        return Err(NotDone::LastMember(name.to_owned()));
    }
    register.revoke(&by.actor(), book, name).await?;
    private_file::destroy(&book::key_file(register.folder(), book, name))?;
    Ok(book::change_keys(open.clone(), each).await?)
}

/// Gives a book new keys. The book closes for everyone meanwhile. Returns the book's new recipient for
/// the gateway.
///
/// # Errors
/// If the book has its old keys. Then nothing was lost.
pub async fn change_keys(
    by: &Acting,
    book: &str,
    each: impl FnMut(Progress),
) -> Result<Recipient, NotDone> {
    needs(by, AccountRole::Supervisor)?;
    let open = by.book(book).await?;
    Ok(book::change_keys(open.clone(), each).await?)
}

/// Records in the log that somebody could not sign in.
///
/// # Errors
/// If the database fails.
pub async fn note_refused_sign_in(register: &Register, name: &str, why: &str) -> Result<(), Error> {
    // A name that is no account's may be a passphrase that was typed into the wrong field.
    let known = register.account(name).await.ok();
    let object = known
        .as_ref()
        .map_or("an unknown name", |a| a.name.as_str());
    register
        .record(&crate::audit::Actor::desk(), Action::Refused, object, why)
        .await
}

/// Checks that an account has a role.
///
/// # Errors
/// [`NotDone::Role`].
pub(crate) fn needs(by: &Acting, role: AccountRole) -> Result<(), NotDone> {
    if by.account().is(role) {
        Ok(())
    } else {
        Err(NotDone::Role(role))
    }
}
