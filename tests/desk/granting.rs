//! P14: a second member agrees before somebody is let into a book, and a dated grant ends with new
//! keys.

use loke::desk::acting::Acting;
use loke::desk::book;
use loke::desk::granting::{self, WaitsFor};
use loke::desk::people::{self, NotDone};
use loke::desk::register::AccountRole::{Officer, Supervisor};

use super::served::{ANN, Desk, OWN};
use crate::house::desk_browser::code;

/// A desk whose book `main` has the members `ann` and `bob`, and the account `cai` without a book.
pub(super) async fn desk_of_two() -> (Desk, Acting, Acting) {
    let desk = Desk::new().await;
    desk.add_bob().await;
    desk.bob_chooses().await;
    desk.add("cai", "council", &[Officer]).await;
    desk.chooses("cai").await;
    let ann = desk.act("ann", ANN).await;
    let first = granting::grant(&ann, "main", "bob", None).await.unwrap();
    assert_eq!(
        first.waits_for,
        WaitsFor::Nothing,
        "the desk is being set up"
    );
    let bob = desk.act("bob", OWN).await;
    (desk, ann, bob)
}

async fn members(desk: &Desk) -> Vec<String> {
    let line = desk.register.book("main").await.unwrap();
    line.members.into_iter().map(|m| m.account).collect()
}

#[tokio::test]
async fn p14_a_grant_has_no_effect_before_a_second_member_agrees() {
    let (desk, ann, bob) = desk_of_two().await;
    let key = book::key_file(desk.register.folder(), "main", "cai");
    let given = granting::grant(&ann, "main", "cai", None).await.unwrap();
    assert_eq!(given.waits_for, WaitsFor::SecondMember);
    assert_eq!(members(&desk).await, ["ann", "bob"]);
    assert!(!key.exists(), "no key is sealed before");
    assert!(desk.act("cai", OWN).await.books().is_empty());
    let own = granting::agree(&ann, "main", "cai").await;
    assert!(matches!(own, Err(NotDone::OwnGrant(_))), "{own:?}");
    let cai = desk.act("cai", OWN).await;
    let outsider = granting::agree(&cai, "main", "cai").await;
    assert!(
        matches!(outsider, Err(NotDone::Database(_))),
        "{outsider:?}"
    );
    assert_eq!(members(&desk).await, ["ann", "bob"]);
    // Every other member is told.
    let said = granting::after_daily_mail(&bob.books()[0]).await.unwrap();
    assert!(
        said[0].contains("ann wants to let cai into the book main"),
        "{said:?}"
    );
    granting::agree(&bob, "main", "cai").await.unwrap();
    assert_eq!(members(&desk).await, ["ann", "bob", "cai"]);
    assert_eq!(desk.act("cai", OWN).await.books().len(), 1, "the control");
    let line = desk.register.book("main").await.unwrap();
    let grant = line.members.iter().find(|m| m.account == "cai").unwrap();
    assert_eq!(
        (grant.granted_by.as_str(), grant.agreed_by.as_deref()),
        ("ann", Some("bob"))
    );
    assert!(desk.register.waiting_grants().await.unwrap().is_empty());
    let again = granting::agree(&bob, "main", "cai").await;
    assert!(matches!(again, Err(NotDone::NothingWaits(_))), "{again:?}");
    ann.verify(|| {}).await.unwrap();
}

#[tokio::test]
async fn p14_a_grant_that_somebody_does_not_agree_with_or_whose_key_changed_lets_nobody_in() {
    let (desk, ann, bob) = desk_of_two().await;
    granting::grant(&ann, "main", "cai", None).await.unwrap();
    granting::disagree(&bob, "main", "cai").await.unwrap();
    let gone = granting::agree(&bob, "main", "cai").await;
    assert!(matches!(gone, Err(NotDone::NothingWaits(_))), "{gone:?}");
    // The key that was compared is not the key that would be let in.
    granting::grant(&ann, "main", "cai", None).await.unwrap();
    let other = loke::desk::keys::Identity::generate().recipient().unwrap();
    let cai = desk.register.account("cai").await.unwrap();
    desk.register
        .set_key(&cai.actor(), "cai", &other, false)
        .await
        .unwrap();
    let changed = granting::agree(&bob, "main", "cai").await;
    assert!(matches!(changed, Err(NotDone::OtherKey(_))), "{changed:?}");
    assert_eq!(members(&desk).await, ["ann", "bob"]);
    assert!(desk.register.waiting_grants().await.unwrap().is_empty());
    // The control.
    granting::grant(&ann, "main", "cai", None).await.unwrap();
    granting::agree(&bob, "main", "cai").await.unwrap();
    assert_eq!(members(&desk).await.len(), 3);
}

/// Whoever has the register's key can write into it: the row in the book alone lets somebody in.
#[tokio::test]
async fn p14_a_waiting_grant_in_the_register_alone_lets_nobody_in() {
    let (desk, _, bob) = desk_of_two().await;
    let key = loke::desk::keys::DatabaseKey::read(&desk.register.folder().join("register.key"));
    let file = desk.register.folder().join("register.db");
    let tables = super::audit::Tables::open(&file, &key.unwrap()).await;
    tables
        .run("insert into waiting_grants values ('main', 'cai', 'ann', '2026-11-21', null, '', 1)")
        .await;
    let planted = granting::agree(&bob, "main", "cai").await;
    assert!(
        matches!(planted, Err(NotDone::NothingWaits(_))),
        "{planted:?}"
    );
    granting::after_daily_mail(&bob.books()[0]).await.unwrap();
    assert_eq!(members(&desk).await, ["ann", "bob"]);
}

#[tokio::test]
async fn p14_the_page_of_books_gives_a_grant_and_a_second_member_agrees_there() {
    let (desk, _, _) = desk_of_two().await;
    let mut ann = desk.browser();
    ann.first_sign_in("ann", ANN, desk.clock.now()).await;
    desk.clock.advance(60);
    let mut bob = desk.browser();
    let secret = desk.register.account("bob").await.unwrap().code_secret;
    let code = code(secret.unwrap().expose(), desk.clock.now());
    assert_eq!(bob.sign_in("bob", OWN, &code).await.status, 303);
    assert!(!bob.get("/books").await.text().contains("Let somebody into"));
    let page = ann.get("/books").await;
    let token = page.field("form_token");
    let give = [
        ("form_token", token.as_str()),
        ("decision", "grant"),
        ("book", "main"),
        ("name", "cai"),
        ("until", "2026-12-24"),
    ];
    ann.post("/books", &give).await;
    let fingerprint = desk.register.account("cai").await.unwrap();
    let fingerprint = fingerprint.recipient.fingerprint();
    let page = ann.get("/books").await.text();
    assert!(page.contains("once another member agrees") && page.contains(&fingerprint));
    assert!(!page.contains("value=\"agree\""), "not her own");
    let page = bob.get("/books").await;
    assert!(page.text().contains("cai waits to be let in"));
    assert!(
        page.text()
            .contains("ann wants to let cai into the book main")
    );
    let token = page.field("form_token");
    let nowhere = [
        ("form_token", token.as_str()),
        ("decision", "agree"),
        ("book", "other"),
        ("name", "cai"),
    ];
    assert_eq!(bob.post("/books", &nowhere).await.status, 404);
    let agree = [
        ("form_token", token.as_str()),
        ("decision", "agree"),
        ("book", "main"),
        ("name", "cai"),
    ];
    bob.post("/books", &agree).await;
    let line = desk.register.book("main").await.unwrap();
    let grant = line.members.iter().find(|m| m.account == "cai").unwrap();
    assert_eq!(grant.until_on, "2026-12-24".parse().ok());
    assert!(
        !bob.get("/books")
            .await
            .text()
            .contains("waits to be let in")
    );
}

#[tokio::test]
async fn p14_a_dated_grant_that_ended_gives_the_book_new_keys_at_the_next_sign_in() {
    let (desk, ann, bob) = desk_of_two().await;
    desk.add("sue", "council", &[Supervisor]).await;
    desk.chooses("sue").await;
    granting::grant(&ann, "main", "cai", "2026-11-22".parse().ok())
        .await
        .unwrap();
    granting::agree(&bob, "main", "cai").await.unwrap();
    let cais = desk.unlock("cai", OWN).unwrap();
    let folder = desk.register.folder().to_owned();
    let old = book::read_secrets(&folder, "main", "cai", &cais).unwrap();
    let before = desk.register.book("main").await.unwrap().recipient;
    for acting in [&ann, &bob] {
        acting.books()[0].close().await;
    }
    drop((ann, bob));
    let mut browser = desk.browser();
    let secret = browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let key = desk.register.book("main").await.unwrap().recipient;
    assert_eq!(key, before, "not before its last day is over");
    let token = browser.get("/queue").await.field("form_token");
    browser.post("/leave", &[("form_token", &token)]).await;
    desk.clock.advance(2 * 86_400);
    let fresh = code(&secret, desk.clock.now());
    assert_eq!(browser.sign_in("ann", ANN, &fresh).await.status, 303);
    let line = desk.register.book("main").await.unwrap();
    assert_ne!(line.recipient, before);
    assert_eq!(members(&desk).await, ["ann", "bob"]);
    let page = browser.get("/queue").await.text();
    assert!(
        page.contains("The grant of cai ended") && page.contains(&line.recipient),
        "{page}"
    );
    assert!(!book::key_file(&folder, "main", "cai").exists());
    let account = desk.register.account("cai").await.unwrap();
    let opened = book::Book::open(&desk.register, "main", old, account.actor()).await;
    assert!(opened.is_err(), "a copy of the old keys opens nothing new");
    // The control: the other members open it.
    assert_eq!(desk.act("bob", OWN).await.books().len(), 1);
}

#[tokio::test]
async fn p14_somebody_else_at_work_puts_the_new_keys_off_and_the_members_are_told() {
    let (desk, ann, bob) = desk_of_two().await;
    granting::grant(&ann, "main", "cai", "2026-11-22".parse().ok())
        .await
        .unwrap();
    granting::agree(&bob, "main", "cai").await.unwrap();
    let before = desk.register.book("main").await.unwrap().recipient;
    desk.clock.advance(2 * 86_400);
    let mut browser = desk.browser();
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let now = desk.register.book("main").await.unwrap().recipient;
    assert_eq!(now, before, "ann and bob have it open in another program");
    assert_eq!(browser.get("/queue").await.status, 200);
    desk.screen.read_notices().await.unwrap();
    let page = browser.get("/queue").await.text();
    assert!(page.contains("The book main needs new keys, because cai"));
    // Nobody's copy of the book broke.
    ann.books()[0].trail().await.unwrap();
    let revoked = people::revoke(&bob, "main", "cai", |_| ()).await;
    assert!(matches!(revoked, Err(NotDone::Role(_))), "{revoked:?}");
}
