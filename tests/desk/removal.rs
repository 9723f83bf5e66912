//! P14: a member or a custodian who is removed. A removal that is cut off stays due until it is done, and a
//! whole copy of the desk opens nothing that comes later.

use loke::desk::keys::{Identity, Passphrase};
use loke::desk::open_books::OpenBooks;
use loke::desk::people::NotDone;
use loke::desk::register::Register;
use loke::desk::{backup, book, check, custodians, granting, open, people};
use loke::tip::Priority;

use super::books::store;
use super::granting::desk_of_two;
use super::served::{ANN, Desk, FIRST, OWN};

async fn told(desk: &Desk, word: &str) -> bool {
    let told = check::problems(&desk.register).await.unwrap();
    told.iter().any(|line| line.contains(word))
}

#[tokio::test]
async fn p14_a_removal_that_was_cut_off_is_told_and_no_change_of_keys_seals_to_the_removed_member()
{
    let (desk, mut ann, bob) = desk_of_two().await;
    bob.books()[0].close().await;
    drop(bob);
    let folder = desk.register.folder().to_owned();
    let file = book::key_file(&folder, "main", "bob");
    let before = std::fs::read(&file).unwrap();
    for finished_by in ["the command", "other new keys", "a sign-in"] {
        // Killed after the first step: the rest is as it was.
        assert!(
            desk.register
                .revoke(&ann.actor(), "main", "bob")
                .await
                .unwrap()
        );
        std::fs::write(&file, &before).unwrap();
        assert!(told(&desk, "book revoke main bob").await, "{finished_by}");
        assert!(desk.act("bob", OWN).await.books().is_empty());
        let key = desk.register.book("main").await.unwrap().recipient;
        match finished_by {
            "the command" => {
                people::revoke(&ann, "main", "bob", |_| ()).await.unwrap();
            }
            "other new keys" => {
                people::change_keys(&ann, "main", |_| ()).await.unwrap();
            }
            _ => {
                ann.books()[0].close().await;
                let (account, member) = (ann.account().clone(), desk.unlock("ann", ANN).unwrap());
                drop(ann);
                let books = OpenBooks::new(desk.register.clone());
                let said = books.open(1, &account, &member).await.unwrap().join(" ");
                assert!(said.contains("bob may keep what was in the book"), "{said}");
                books.close_all().await;
            }
        }
        let line = desk.register.book("main").await.unwrap();
        assert_ne!(line.recipient, key, "{finished_by}");
        assert_eq!(line.members.len(), 1, "{finished_by}");
        assert!(!file.exists(), "{finished_by}: no key file for bob");
        assert!(!told(&desk, "bob").await, "{finished_by}");
        ann = desk.act("ann", ANN).await;
        assert!(ann.books()[0].strange_members().await.unwrap().is_empty());
        // The control: let in again, he has the keys.
        granting::grant(&ann, "main", "bob", None).await.unwrap();
        let bobs = desk.act("bob", OWN).await;
        assert_eq!(bobs.books().len(), 1);
        bobs.books()[0].close().await;
    }
    ann.verify(|| {}).await.unwrap();
}

#[tokio::test]
async fn p14_a_custodian_whose_removal_was_cut_off_is_told_and_gets_no_new_keys() {
    let (desk, ann, bob) = desk_of_two().await;
    let kim = Identity::generate();
    custodians::add(&ann, "kim", &kim.recipient().unwrap())
        .await
        .unwrap();
    granting::agree(&bob, "main", "custodian.kim")
        .await
        .unwrap();
    bob.books()[0].close().await;
    drop(bob);
    let folder = desk.register.folder().to_owned();
    // The change of keys fails: a folder has the name of the new file.
    let broken = folder.join("books/main/book.db.new");
    std::fs::create_dir(&broken).unwrap();
    assert!(custodians::remove(&ann, "kim", |_| ()).await.is_err());
    std::fs::remove_dir(&broken).unwrap();
    assert!(told(&desk, "custodian remove kim").await);
    let ann = desk.act("ann", ANN).await;
    let again = custodians::add(&ann, "kim", &kim.recipient().unwrap()).await;
    assert!(
        again
            .unwrap_err()
            .to_string()
            .contains("custodian remove kim")
    );
    let removed = custodians::remove(&ann, "kim", |_| ()).await.unwrap();
    assert_eq!(removed.changed.len(), 1, "{removed:?}");
    assert!(!book::key_file(&folder, "main", "custodian.kim").exists());
    assert!(!told(&desk, "kim").await);
    let ann = desk.act("ann", ANN).await;
    // The control.
    custodians::add(&ann, "kim", &kim.recipient().unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn p14_an_old_identity_goes_when_no_queue_and_no_sealed_file_needs_it() {
    let (desk, ann, bob) = desk_of_two().await;
    let one = super::tip("under the first key", Priority::Routine, "2026-11-20");
    store(&ann, &one).await;
    bob.books()[0].close().await;
    drop((ann, bob));
    for _ in 0..2 {
        let ann = desk.act("ann", ANN).await;
        people::change_keys(&ann, "main", |_| ()).await.unwrap();
    }
    let folder = desk.register.folder().to_owned();
    let member = desk.unlock("ann", ANN).unwrap();
    let account = desk.register.account("ann").await.unwrap();
    let identities = async || {
        let books = OpenBooks::new(desk.register.clone());
        books.open(1, &account, &member).await.unwrap();
        let opened = books.all().remove(0);
        let sealed = opened.sealed(one.id).await.unwrap();
        assert!(open::tip(opened.identities(), &sealed).is_ok());
        let count = opened.identities().len();
        drop(opened);
        books.close_all().await;
        for (name, keys) in [("ann", &member), ("bob", &desk.unlock("bob", OWN).unwrap())] {
            let secrets = book::read_secrets(&folder, "main", name, keys).unwrap();
            assert_eq!(secrets.identities.len(), count, "{name}");
        }
        count
    };
    assert_eq!(identities().await, 3);
    desk.clock.advance(400 * 86_400);
    assert_eq!(identities().await, 3, "the control: a queue may need it");
    desk.clock.advance(86_400);
    assert_eq!(identities().await, 2, "the first key has a sealed file");
    assert_eq!(identities().await, 2);
    let rows = desk.register.trail().await.unwrap();
    let gone = "old keys that nothing needs are gone: 1";
    assert_eq!(rows.iter().filter(|row| row.detail == gone).count(), 1);
}

#[tokio::test]
async fn p14_a_backup_goes_to_no_key_that_one_person_named_and_a_changed_one_is_told() {
    let (desk, ann, bob) = desk_of_two().await;
    let keys: [Identity; 3] = std::array::from_fn(|_| Identity::generate());
    let [kim, lou, other] = keys.map(|key| key.recipient().unwrap());
    for (name, key) in [("kim", &kim), ("lou", &lou)] {
        custodians::add(&ann, name, key).await.unwrap();
        assert!(
            backup::custodians_of(&desk.register).await.is_err(),
            "{name}"
        );
        let member = granting::custodian_member(name);
        granting::agree(&bob, "main", &member).await.unwrap();
    }
    let known = async || {
        let known = backup::custodians_of(&desk.register).await.unwrap();
        known.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(known().await, [kim.to_string(), lou.to_string()]);
    assert!(ann.books()[0].strange_members().await.unwrap().is_empty());
    custodians::add(&ann, "kim", &other).await.unwrap();
    assert_eq!(known().await, [kim.to_string(), lou.to_string()]);
    let told = ann.books()[0].strange_members().await.unwrap();
    assert!(
        told.len() == 1 && told[0].contains("custodian.kim"),
        "{told:?}"
    );
    // The control: the second member agrees.
    granting::agree(&bob, "main", "custodian.kim")
        .await
        .unwrap();
    assert_eq!(known().await, [other.to_string(), lou.to_string()]);
    assert!(ann.books()[0].strange_members().await.unwrap().is_empty());
}

#[tokio::test]
async fn p14_a_removed_members_whole_copy_opens_no_later_tip_page_or_backup() {
    let (desk, ann, bob) = desk_of_two().await;
    let [early, later] = ["an early word", "a later word"]
        .map(|what| super::tip(what, Priority::Routine, "2026-11-20"));
    store(&ann, &early).await;
    for acting in [&ann, &bob] {
        acting.books()[0].close().await;
    }
    drop(bob);
    let folder = desk.register.folder().to_owned();
    let place = tempfile::tempdir().unwrap();
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .arg(&folder)
        .arg(place.path())
        .status();
    assert!(copied.unwrap().success());
    let copy = place.path().join(folder.file_name().unwrap());
    let ann = {
        drop(ann);
        desk.act("ann", ANN).await
    };
    people::revoke(&ann, "main", "bob", |_| ()).await.unwrap();
    let ann = desk.act("ann", ANN).await;
    store(&ann, &later).await;
    let custodian = Identity::generate();
    let to = [
        custodian.recipient().unwrap(),
        Identity::generate().recipient().unwrap(),
    ];
    let made = place.path().join("desk.tar.age");
    backup::make(&desk.register, &to, &made, || ())
        .await
        .unwrap();

    let bobs = desk.unlock("bob", OWN).unwrap();
    let old = book::read_secrets(&copy, "main", "bob", &bobs).unwrap();
    let actor = ann.actor();
    let now = book::Book::open(&desk.register, "main", old.clone(), actor.clone()).await;
    assert!(now.is_err(), "no page of the book");
    let sealed = |desk: &std::path::Path, id| {
        std::fs::read(desk.join(format!("books/main/sealed/{id}.age"))).unwrap()
    };
    let all: Vec<Identity> = bobs.iter().chain(&old.identities).cloned().collect();
    assert!(open::tip(&all, &sealed(&folder, later.id)).is_err());
    for file in folder.join("books/main/keys").read_dir().unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let member = name.strip_suffix(".age").unwrap();
        assert!(book::read_secrets(&folder, "main", member, &all).is_err());
    }
    let made = std::fs::read(made).unwrap();
    let of_backup = |keys: &[Identity]| open::tip(keys, &made).unwrap_err();
    assert_eq!(of_backup(&all), open::Error::OtherKey);
    // The controls: the custodian's key, the copy itself, and a member who stayed.
    assert_ne!(of_backup(&[custodian]), open::Error::OtherKey);
    let register = Register::open(&copy, desk.clock.clone()).await.unwrap();
    let copied = book::Book::open(&register, "main", old.clone(), actor).await;
    let copied = copied.unwrap();
    assert!(copied.holds(early.id).await.unwrap());
    assert!(open::tip(&old.identities, &sealed(&copy, early.id)).is_ok());
    assert!(ann.books()[0].holds(later.id).await.unwrap());
    copied.close().await;
}

/// A grant alone opens nothing: the account may be disabled, or an administrator may have made its key.
#[tokio::test]
async fn p14_nobody_is_removed_from_a_book_that_opens_for_nobody_else_and_check_counts_who_can_open_it()
 {
    for gone in ["a new key", "disabled"] {
        let (desk, ann, bob) = desk_of_two().await;
        bob.books()[0].close().await;
        drop(bob);
        assert!(!told(&desk, "Only 1 person can open the book main").await);
        if gone == "disabled" {
            people::disable_account(&ann, "bob").await.unwrap();
        } else {
            let first = Passphrase::new(FIRST);
            people::renew_account(&ann, "bob", &first).await.unwrap();
            desk.bob_chooses().await;
            assert!(told(&desk, "the book main does not open for it").await);
        }
        assert!(told(&desk, "Only 1 person can open the book main").await);
        let before = desk.register.book("main").await.unwrap().recipient;
        let left = people::revoke(&ann, "main", "ann", |_| ()).await;
        assert!(matches!(left, Err(NotDone::LastMember(_))), "{left:?}");
        let after = desk.register.book("main").await.unwrap();
        assert_eq!(after.recipient, before, "{gone}: nothing was changed");
        // The control.
        if gone == "a new key" {
            granting::grant(&ann, "main", "bob", None).await.unwrap();
            assert!(!told(&desk, "does not open for it").await);
            people::revoke(&ann, "main", "ann", |_| ()).await.unwrap();
        } else {
            people::revoke(&ann, "main", "bob", |_| ()).await.unwrap();
        }
    }
}
