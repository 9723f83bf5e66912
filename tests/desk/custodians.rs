//! P14: custodians. Two members let one in, and the offline key opens the desk when all of them are
//! gone.

use loke::desk::acting::{self, Acting};
use loke::desk::backup;
use loke::desk::book;
use loke::desk::custodians;
use loke::desk::granting::{self, WaitsFor};
use loke::desk::keys::{Identity, Passphrase};
use loke::desk::people::{self, NotDone};
use loke::desk::register::{AccountRole, Register};

use super::granting::desk_of_two;
use super::served::{ANN, FIRST};

#[tokio::test]
async fn p14_two_members_let_a_custodian_into_each_book_and_new_keys_keep_or_remove_one() {
    let (desk, ann, bob) = desk_of_two().await;
    let kim = Identity::generate();
    let folder = desk.register.folder().to_owned();
    let file = book::key_file(&folder, "main", "custodian.kim");
    let role = custodians::add(&bob, "kim", &kim.recipient().unwrap()).await;
    assert!(matches!(role, Err(NotDone::Role(AccountRole::Supervisor))));
    let given = custodians::add(&ann, "kim", &kim.recipient().unwrap()).await;
    assert_eq!(given.unwrap()[0].1.waits_for, WaitsFor::SecondMember);
    assert!(!file.exists(), "one person is not enough");
    let told = loke::desk::check::problems(&desk.register).await.unwrap();
    assert!(
        told.iter()
            .any(|line| line.contains("The custodian kim cannot open the book main"))
    );
    granting::agree(&bob, "main", "custodian.kim")
        .await
        .unwrap();
    let told = loke::desk::check::problems(&desk.register).await.unwrap();
    assert!(
        !told.iter().any(|line| line.contains("custodian")),
        "{told:?}"
    );
    let member = std::slice::from_ref(&kim);
    book::read_secrets(&folder, "main", "custodian.kim", member).unwrap();
    assert!(ann.books()[0].strange_members().await.unwrap().is_empty());
    let rows = desk.register.trail().await.unwrap();
    assert!(
        rows.iter()
            .any(|row| row.action == "grant"
                && row.detail == "custodian.kim may open it, agreed: bob"),
        "the daily mail takes it from here"
    );
    let mut browser = desk.browser();
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let review = browser.get("/access").await.text();
    assert!(review.contains("kim, since 2026-11-21"), "{review}");
    desk.screen.end_all("the test goes on").await;
    // A member who is removed changes the book's keys. The custodian has the new ones.
    bob.books()[0].close().await;
    drop(bob);
    people::revoke(&ann, "main", "bob", |_| ()).await.unwrap();
    let before = book::read_secrets(&folder, "main", "custodian.kim", member).unwrap();
    let ann = desk.act("ann", ANN).await;
    assert_eq!(before.identities.len(), 2);
    custodians::remove(&ann, "kim", |_| ()).await.unwrap();
    assert!(!file.exists());
    let opened = book::Book::open(&desk.register, "main", before, ann.actor()).await;
    assert!(opened.is_err(), "a copy of the old keys opens nothing new");
    let ann = desk.act("ann", ANN).await;
    assert_eq!(ann.books().len(), 1, "the control");
    // No account can pass for a custodian.
    let roles = [AccountRole::Officer];
    let first = Passphrase::new(FIRST);
    let named = people::add_account(&ann, "custodian.eve", "council", &roles, &first).await;
    assert!(matches!(named, Err(NotDone::Name(_))), "{named:?}");
    ann.verify(|| {}).await.unwrap();
}

/// Drill 1: all officers are gone, and the desk burnt. What is left is a backup and one custodian.
#[tokio::test]
async fn p14_a_backup_and_one_custodians_key_are_a_working_desk_when_all_members_are_gone() {
    let (desk, ann, bob) = desk_of_two().await;
    let place = tempfile::tempdir().unwrap();
    // Each custodian's machine: `age-keygen | age -p`.
    let secret = age::x25519::Identity::generate();
    let kim = secret.to_public().to_string().parse().unwrap();
    let lou = Identity::generate().recipient().unwrap();
    for (name, key) in [("kim", &kim), ("lou", &lou)] {
        let few = backup::custodians_of(&desk.register).await;
        assert!(matches!(few, Err(backup::Error::FewKnown(_))));
        custodians::add(&ann, name, key).await.unwrap();
        granting::agree(&bob, "main", &format!("custodian.{name}"))
            .await
            .unwrap();
    }
    let tip = super::tip(
        "the words of a tip",
        loke::tip::Priority::Routine,
        "2026-11-20",
    );
    super::walk::keep(&ann, "main", &tip).await;
    for acting in [&ann, &bob] {
        acting.books()[0].close().await;
    }
    drop((ann, bob));
    let sealed = place.path().join("desk.tar.age");
    let known = backup::custodians_of(&desk.register).await.unwrap();
    backup::make(&desk.register, &known, &sealed, || ())
        .await
        .unwrap();
    let clock = desk.clock.clone();
    drop(desk);
    // On another machine, with one custodian: `age -d` and `tar -x`, then one command.
    let sealed = std::fs::read(&sealed).unwrap();
    let decryptor = age::Decryptor::new_buffered(sealed.as_slice()).unwrap();
    let key: &dyn age::Identity = &secret;
    let plain = decryptor.decrypt(std::iter::once(key)).unwrap();
    tar::Archive::new(plain).unpack(place.path()).unwrap();
    let passphrase = "nine slow barges under willow bridges";
    let file = place.path().join("kim.age");
    let line = age::secrecy::ExposeSecret::expose_secret(&secret.to_string()).to_owned();
    let mut scrypt = age::scrypt::Recipient::new(passphrase.to_owned().into());
    scrypt.set_work_factor(10);
    std::fs::write(&file, age::encrypt(&scrypt, line.as_bytes()).unwrap()).unwrap();
    let kim = Identity::read(&file, &Passphrase::new(passphrase)).unwrap();
    let restored = place.path().join("desk");
    std::fs::set_permissions(
        &restored,
        std::os::unix::fs::PermissionsExt::from_mode(0o700),
    )
    .unwrap();
    let register = Register::open(&restored, clock).await.unwrap();
    let own = Passphrase::new(ANN);
    let stranger = [Identity::generate()];
    let who = ("dora", "council");
    let nothing = custodians::rescue(&register, &stranger, who, &own).await;
    assert!(matches!(nothing, Err(NotDone::NoBookOpens)), "{nothing:?}");
    assert!(
        register.account("dora").await.is_err(),
        "nothing was changed"
    );
    let opened = custodians::rescue(&register, &kim, who, &own).await;
    assert_eq!(opened.unwrap(), ["main"]);
    let member = acting::unlock(&restored, "dora", &own).unwrap();
    let account = register.account("dora").await.unwrap();
    let dora = Acting::open(&register, account, &member).await.unwrap();
    let main = dora.book("main").await.unwrap();
    let seen = main.view(tip.id).await.unwrap().json.to_string();
    assert!(seen.contains("the words of a tip"));
    assert!(main.strange_members().await.unwrap().is_empty());
    let rows = register.trail().await.unwrap();
    assert!(rows.iter().any(|row| row.who == "custodian.kim"));
    dora.verify(|| {}).await.unwrap();
}
