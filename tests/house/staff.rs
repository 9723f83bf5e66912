//! A desk with one account and one book, made without any passphrase, so that no test waits for
//! scrypt.

use std::path::Path;

use loke::clock::Clock;
use loke::desk::acting::Acting;
use loke::desk::audit::Actor;
use loke::desk::book::{self, Book};
use loke::desk::keys::{BookSecrets, DatabaseKey, Identity};
use loke::desk::register::{Account, AccountRole, NewAccount, Register};
use loke::tip::Lane;

/// The name of the account.
pub(crate) const NAME: &str = "ann";

/// Creates a desk in an existing folder. Its book `main` collects all lanes and opens with
/// `identity`. Returns the account with the book open, and the account's own identity.
pub(crate) async fn desk_in(folder: &Path, clock: Clock, identity: Identity) -> (Acting, Identity) {
    let register = Register::create(folder, clock).await.unwrap();
    let (account, member) = account(&register, NAME, AccountRole::ALL).await;
    let secrets = BookSecrets {
        identities: vec![identity],
        database_key: DatabaseKey::random().unwrap(),
    };
    let recipient = secrets.recipient().unwrap();
    let book = Book::create(&register, "main", secrets.clone(), account.actor())
        .await
        .unwrap();
    let key = std::slice::from_ref(&account.recipient);
    let today = register.clock().today();
    book::write_key_file(folder, "main", NAME, &secrets, key, today).unwrap();
    register
        .add_book(&account.actor(), "main", Lane::ALL, &recipient)
        .await
        .unwrap();
    book.pin_member(NAME, &account.recipient).await.unwrap();
    (Acting::new(account, vec![book], register), member)
}

/// Adds an account that chose its own passphrase.
pub(crate) async fn account(
    register: &Register,
    name: &str,
    roles: &[AccountRole],
) -> (Account, Identity) {
    let member = Identity::generate();
    let new = NewAccount {
        name,
        organisation: "council",
        roles,
        recipient: &member.recipient().unwrap(),
        first: false,
    };
    register.add_account(&Actor::desk(), &new).await.unwrap();
    (register.account(name).await.unwrap(), member)
}
