//! Further books of a desk.

use loke::desk::acting::Acting;
use loke::desk::keys::Identity;
use loke::desk::people;

/// Adds a book without lanes, and opens all books of the account anew.
pub(crate) async fn with_book(acting: &Acting, member: &Identity, book: &str) -> Acting {
    people::add_book(acting, book, &[]).await.unwrap();
    let register = acting.register();
    let account = register.account(&acting.account().name).await.unwrap();
    Acting::open(register, account, std::slice::from_ref(member))
        .await
        .unwrap()
}
