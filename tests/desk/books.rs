//! P14: need to know is held by keys. Who is in a book, what a removed member keeps, and moving tips.

use loke::desk::acting::{self, Acting};
use loke::desk::granting;
use loke::desk::keys::{self, DatabaseKey, Identity, Passphrase};
use loke::desk::people::{self, NotDone};
use loke::desk::register::AccountRole;
use loke::tip::Lane;

use super::audit::Tables;
use super::served::{ANN, Desk, FIRST, OWN};
use crate::house::desk_browser::code;

#[tokio::test]
async fn p14_no_book_opens_for_a_passphrase_that_somebody_else_made() {
    let desk = Desk::new().await;
    desk.add_bob().await;
    let ann = desk.act("ann", ANN).await;
    let early = granting::grant(&ann, "main", "bob", None).await;
    assert!(
        matches!(early, Err(NotDone::FirstPassphrase(_))),
        "{early:?}"
    );
    let before = std::fs::read(acting::people_file(desk.register.folder(), "bob")).unwrap();
    let (mut bob, _) = desk.bob_chooses().await;
    assert!(
        desk.unlock("bob", FIRST).is_err(),
        "the first passphrase opens nothing"
    );
    assert!(desk.unlock("bob", OWN).is_ok(), "the control");
    assert!(
        !bob.get("/").await.text().contains("New tips"),
        "no book yet"
    );
    granting::grant(&ann, "main", "bob", None).await.unwrap();
    // The administrator kept Bob's first passphrase and his file from before: they open no book.
    let file = acting::people_file(desk.register.folder(), "bob");
    let now = std::fs::read(&file).unwrap();
    std::fs::write(&file, before).unwrap();
    let old = desk.unlock("bob", FIRST).unwrap();
    let opened = loke::desk::book::read_secrets(desk.register.folder(), "main", "bob", &old);
    assert!(
        matches!(opened, Err(keys::Error::NotForThisMember(_))),
        "{opened:?}"
    );
    std::fs::write(&file, now).unwrap();
    assert_eq!(desk.act("bob", OWN).await.books().len(), 1, "the control");
}

#[tokio::test]
async fn p14_a_revoked_member_loses_the_book_in_an_open_session() {
    let desk = Desk::new().await;
    desk.add_bob().await;
    let (_, secret) = desk.bob_chooses().await;
    let ann = desk.act("ann", ANN).await;
    granting::grant(&ann, "main", "bob", None).await.unwrap();
    desk.clock.advance(60);
    let mut bob = desk.browser();
    let signed = bob
        .sign_in("bob", OWN, &code(&secret, desk.clock.now()))
        .await;
    assert_eq!(signed.status, 303, "{}", signed.text());
    assert_eq!(desk.open.all().len(), 1);
    // The serving process closes the book for everyone; then the keys are changed.
    let closing = async {
        while !desk.open.all().is_empty() {
            desk.screen.end_sessions().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let (revoked, ()) = tokio::join!(people::revoke(&ann, "main", "bob", |_| ()), closing);
    revoked.unwrap();
    assert!(bob.get("/").await.text().contains("No tips here yet"));
    assert!(desk.open.all().is_empty(), "nobody has it open any more");
    assert!(!loke::desk::book::key_file(desk.register.folder(), "main", "bob").exists());
    let ann = desk.act("ann", ANN).await;
    let last = people::revoke(&ann, "main", "ann", |_| ()).await;
    assert!(matches!(last, Err(NotDone::LastMember(_))), "{last:?}");
    people::disable_account(&ann, "bob").await.unwrap();
    assert_eq!(bob.get("/").await.location(), "/sign-in");
    desk.clock.advance(60);
    let disabled = desk
        .browser()
        .sign_in("bob", OWN, &code(&secret, desk.clock.now()))
        .await;
    assert_eq!(disabled.status, 403);
}

#[tokio::test]
async fn p14_a_member_opens_the_books_of_its_grants_and_no_other() {
    let desk = Desk::new().await;
    desk.add_bob().await;
    desk.bob_chooses().await;
    let ann = desk.act("ann", ANN).await;
    let lanes = [Lane::Safeguarding];
    let recipient = people::add_book(&ann, "safeguarding", &lanes)
        .await
        .unwrap();
    assert_eq!(
        desk.register.book("safeguarding").await.unwrap().recipient,
        recipient.to_string()
    );
    let main = desk.register.book("main").await.unwrap();
    assert!(!main.lanes.contains(&Lane::Safeguarding), "the lane moved");
    granting::grant(&ann, "main", "bob", None).await.unwrap();
    let bob = desk.act("bob", OWN).await;
    let names: Vec<_> = bob.books().iter().map(|book| book.name()).collect();
    assert_eq!(names, ["main"]);
    let closed = bob.book("safeguarding").await.unwrap_err().to_string();
    let missing = bob.book("nothing").await.unwrap_err().to_string();
    assert_eq!(closed.replace("safeguarding", "nothing"), missing);
    let grant = granting::grant(&bob, "main", "ann", None).await;
    assert!(
        matches!(grant, Err(NotDone::Role(AccountRole::Supervisor))),
        "{grant:?}"
    );
    let ann = desk.act("ann", ANN).await;
    assert_eq!(ann.books().len(), 2, "the control");
    assert!(
        desk.register
            .trail()
            .await
            .unwrap()
            .iter()
            .any(|row| row.who == "bob" && row.organisation == "police" && row.action == "refused")
    );
}

#[tokio::test]
async fn a_grant_with_a_last_day_ends_with_it() {
    let desk = Desk::new().await;
    desk.add_bob().await;
    desk.bob_chooses().await;
    let ann = desk.act("ann", ANN).await;
    let today = desk.clock.today();
    granting::grant(&ann, "main", "bob", Some(today))
        .await
        .unwrap();
    assert_eq!(desk.act("bob", OWN).await.books().len(), 1);
    desk.clock.advance(86_400);
    assert!(desk.act("bob", OWN).await.books().is_empty());
}

#[tokio::test]
async fn p14_a_changed_key_of_a_member_and_a_strange_key_file_are_told() {
    let desk = Desk::new().await;
    let ann = desk.act("ann", ANN).await;
    assert!(
        ann.books()[0].strange_members().await.unwrap().is_empty(),
        "the control"
    );
    let stranger = Identity::generate().recipient().unwrap();
    let folder = desk.register.folder();
    std::fs::write(loke::desk::book::key_file(folder, "main", "eve"), b"x").unwrap();
    desk.register
        .set_key(&ann.actor(), "ann", &stranger, false)
        .await
        .unwrap();
    let told = ann.books()[0].strange_members().await.unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("ann") && told[1].contains("eve"),
        "{told:?}"
    );
}

#[tokio::test]
async fn p14_new_keys_shut_out_a_copy_of_the_old_ones_and_lose_nothing() {
    let desk = Desk::new().await;
    desk.add_bob().await;
    desk.bob_chooses().await;
    let ann = desk.act("ann", ANN).await;
    granting::grant(&ann, "main", "bob", None).await.unwrap();
    let bobs = desk.unlock("bob", OWN).unwrap();
    let folder = desk.register.folder().to_owned();
    let old = loke::desk::book::read_secrets(&folder, "main", "bob", &bobs).unwrap();
    let rows = ann.books()[0].trail().await.unwrap().len();
    let recipient = people::revoke(&ann, "main", "bob", |_| ()).await.unwrap();
    // The old database key and the old identities are of no use any more.
    let with_old =
        loke::desk::book::Book::open(&desk.register, "main", old.clone(), ann.actor()).await;
    assert!(with_old.is_err(), "the old database key opens the new file");
    let ann = desk.act("ann", ANN).await;
    let book = &ann.books()[0];
    assert_eq!(
        book.identities()[0].recipient().unwrap().to_string(),
        recipient.to_string()
    );
    let line = desk.register.book("main").await.unwrap();
    assert_eq!(line.recipient, recipient.to_string());
    let known: Vec<_> = old
        .identities
        .iter()
        .map(|i| i.recipient().unwrap().to_string())
        .collect();
    assert!(!known.contains(&recipient.to_string()));
    assert_eq!(
        book.identities().len(),
        2,
        "tips that wait are still sealed to the old one"
    );
    // The control: nothing is lost. One more row says that Bob was removed.
    assert_eq!(book.trail().await.unwrap().len(), rows + 1);
    ann.verify(|| {}).await.unwrap();
    assert!(!loke::desk::book::key_file(&folder, "main", "bob").exists());
    for left in ["books/main/book.db.new", "books/main/keys.next"] {
        assert!(!folder.join(left).exists(), "{left}");
    }
}

#[tokio::test]
async fn a_change_of_keys_that_was_interrupted_is_undone_or_finished_at_the_next_opening() {
    let desk = Desk::new().await;
    let folder = desk.register.folder().join("books/main");
    drop(desk.act("ann", ANN).await);
    // Before the switch: half a copy, and half of the key files.
    std::fs::write(folder.join("book.db.new"), b"half").unwrap();
    std::fs::create_dir(folder.join("keys.next")).unwrap();
    std::fs::write(folder.join("keys.next/ann.age"), b"half").unwrap();
    assert_eq!(desk.act("ann", ANN).await.books().len(), 1);
    assert!(!folder.join("book.db.new").exists() && !folder.join("keys.next").exists());
    // While another process changes them, nobody opens the book.
    std::fs::create_dir(folder.join("keys.next")).unwrap();
    let alone = loke::private_file::lock(&folder.join("lock")).unwrap();
    let member = desk.unlock("ann", ANN).unwrap();
    let account = desk.register.account("ann").await.unwrap();
    let refused = Acting::open(&desk.register, account, &member).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("are being changed"), "{refused}");
    drop(alone);
    assert_eq!(desk.act("ann", ANN).await.books().len(), 1, "the control");
}

/// Stores a tip in the account's first book, as a pull does.
pub(super) async fn store(acting: &Acting, one: &loke::tip::Tip) {
    let main = &acting.books()[0];
    let recipient = main.recipient().unwrap();
    let mut recipients = loke::seal::Recipients::default();
    recipients.add(one.lane, recipient);
    let mac_key = loke::seal::MacKey::random().unwrap();
    let sealed =
        loke::seal::seal(one, &[], &recipients, &mac_key, loke::clock::Day(20_800)).unwrap();
    let opened = loke::desk::open::tip(main.identities(), &sealed.bytes).unwrap();
    let arrival = loke::desk::book::Arrival {
        id: one.id,
        sealed: &sealed.bytes,
        opened: &opened,
    };
    main.keep("test", &[arrival], loke::desk::audit::Action::Pull)
        .await
        .unwrap();
}

#[tokio::test]
async fn p14_a_moved_tip_is_sealed_anew_and_is_in_one_book_only() {
    let desk = Desk::new().await;
    let ann = desk.act("ann", ANN).await;
    let one = super::tip("canary-moved", loke::tip::Priority::Now, "2026-11-22");
    store(&ann, &one).await;
    // Another tip is folded into it, and an officer wrote a note.
    let mut two = one.clone();
    two.id = loke::tip::TipId([9; 16]);
    store(&ann, &two).await;
    let fold = loke::desk::book::Decision::Fold { into: one.id };
    crate::triage::decide(&ann, two.id, fold).await.unwrap();
    let note = loke::desk::book::NoteKind::Note;
    let main = &ann.books()[0];
    main.add_note(one.id, note, "rang the warden")
        .await
        .unwrap();
    let due = main.triage(one.id).await.unwrap().triage.deadline;
    people::add_book(&ann, "restricted", &[]).await.unwrap();
    desk.clock.advance(3 * 86_400);
    let ann = desk.act("ann", ANN).await;
    loke::desk::moving::move_tip(&ann, one.id, "restricted")
        .await
        .unwrap();
    let [main, restricted] = ann.books() else {
        panic!("two books")
    };
    assert!(!main.holds(one.id).await.unwrap() && restricted.holds(one.id).await.unwrap());
    let fresh = restricted.sealed(one.id).await.unwrap();
    assert!(loke::desk::open::tip(main.identities(), &fresh).is_err());
    assert!(
        loke::desk::open::tip(restricted.identities(), &fresh).is_ok(),
        "the control"
    );
    let old = desk
        .register
        .folder()
        .join(format!("books/main/sealed/{}.age", one.id));
    assert!(!old.exists());
    let all = loke::desk::book::Filter::default();
    assert_eq!(
        ann.queue(&all).await.unwrap().len(),
        2,
        "what was folded is open"
    );
    assert_eq!(restricted.notes_on(one.id).await.unwrap().len(), 1);
    let moved = restricted.triage(one.id).await.unwrap().triage;
    assert_eq!(moved.deadline, due, "a move resets no clock");
    ann.verify(|| {}).await.unwrap();
    let again = loke::desk::moving::move_tip(&ann, one.id, "restricted").await;
    assert!(again.is_err(), "{again:?}");
}

#[tokio::test]
async fn check_lists_what_a_desk_lacks_until_it_is_put_right() {
    let desk = Desk::new().await;
    let told = loke::desk::check::problems(&desk.register)
        .await
        .unwrap()
        .join("\n");
    for lack in [
        "ann has no one-time codes",
        "Only 1 person can open the book main",
        "not connected to a gateway",
    ] {
        assert!(told.contains(lack), "{lack}: {told}");
    }
    assert!(!told.contains("passphrase beside the desk"), "{told}");
    let beside = ["passphrase", "people/bob-Password.txt"];
    for file in beside {
        std::fs::write(desk.register.folder().join(file), "x").unwrap();
    }
    desk.register.note_clock_jump(3_600).await.unwrap();
    desk.browser()
        .first_sign_in("ann", ANN, desk.clock.now())
        .await;
    desk.add_bob().await;
    desk.bob_chooses().await;
    let ann = desk.act("ann", ANN).await;
    granting::grant(&ann, "main", "bob", None).await.unwrap();
    let told = loke::desk::check::problems(&desk.register)
        .await
        .unwrap()
        .join("\n");
    for file in beside {
        let said = format!("{file} holds a passphrase beside the desk");
        assert!(told.contains(&said), "{said}: {told}");
    }
    assert!(
        told.contains("was set forward by 3600 seconds on 2026-11-21"),
        "{told}"
    );
    for right in ["one-time codes", "Only 1 person"] {
        assert!(!told.contains(right), "{right}: {told}");
    }
}

/// Files that an interrupted purge or move leaves behind are found without any passphrase.
#[tokio::test]
async fn p7_check_finds_a_sealed_file_without_a_tip_and_a_tip_without_its_file() {
    let desk = Desk::new().await;
    let ann = desk.act("ann", ANN).await;
    let tip = super::tip("a tag", loke::tip::Priority::Routine, "2026-11-20");
    super::walk::keep(&ann, "main", &tip).await;
    let sealed = desk.register.folder().join("books/main/sealed");
    let told = async || {
        let told = loke::desk::check::problems(&desk.register).await.unwrap();
        let about = |line: &String| line.contains("sealed files");
        told.into_iter().filter(about).collect::<Vec<_>>()
    };
    assert_eq!(told().await, Vec::<String>::new(), "the control");
    let orphan = sealed.join(format!("{}.age", "ab".repeat(16)));
    std::fs::write(&orphan, b"age").unwrap();
    let file = std::fs::File::options().write(true).open(&orphan).unwrap();
    let at = |seconds: i64| std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds as u64);
    file.set_modified(at(desk.clock.now() - 60)).unwrap();
    assert_eq!(told().await, Vec::<String>::new(), "it may be on its way");
    file.set_modified(at(desk.clock.now() - 7_200)).unwrap();
    let found = told().await;
    assert!(
        found.len() == 1 && found[0].contains("belong to no tip: 1"),
        "{found:?}"
    );
    // A sign-in deletes it, and leaves a new one and one of a tip that the register knows.
    let known = sealed.join(format!("{}.age", "ef".repeat(16)));
    std::fs::write(&known, b"age").unwrap();
    let file = std::fs::File::options().write(true).open(&known).unwrap();
    file.set_modified(at(desk.clock.now() - 7_200)).unwrap();
    let key = DatabaseKey::read(&desk.register.folder().join("register.key")).unwrap();
    let tables = Tables::open(&desk.register.folder().join("register.db"), &key).await;
    tables
        .run("insert into tips (id, book) values (unhex('efefefefefefefefefefefefefefefef'), 'main')")
        .await;
    let fresh = sealed.join(format!("{}.age", "cd".repeat(16)));
    std::fs::write(&fresh, b"age").unwrap();
    let file = std::fs::File::options().write(true).open(&fresh).unwrap();
    file.set_modified(at(desk.clock.now() - 60)).unwrap();
    desk.act("ann", ANN).await.books()[0].close().await;
    assert!(!orphan.exists() && fresh.exists() && known.exists());
    tables
        .run("delete from tips where id = unhex('efefefefefefefefefefefefefefefef')")
        .await;
    for file in [&fresh, &known] {
        std::fs::remove_file(file).unwrap();
    }
    std::fs::remove_file(sealed.join(format!("{}.age", tip.id))).unwrap();
    let found = told().await;
    assert!(
        found.len() == 1 && found[0].contains("lacks the sealed files of tips: 1"),
        "{found:?}"
    );
}

#[tokio::test]
async fn p14_each_act_needs_its_role() {
    let desk = Desk::new().await;
    desk.add_bob().await;
    desk.bob_chooses().await;
    let ann = desk.act("ann", ANN).await;
    granting::grant(&ann, "main", "bob", None).await.unwrap();
    let bob = desk.act("bob", OWN).await;
    let first = Passphrase::new(FIRST);
    let roles = [AccountRole::Administrator];
    let account = people::add_account(&bob, "eve", "council", &roles, &first).await;
    assert!(
        matches!(account, Err(NotDone::Role(AccountRole::Administrator))),
        "{account:?}"
    );
    let disabled = people::disable_account(&bob, "ann").await;
    assert!(matches!(disabled, Err(NotDone::Role(_))), "{disabled:?}");
    let renewed = people::renew_account(&bob, "ann", &first).await;
    assert!(matches!(renewed, Err(NotDone::Role(_))), "{renewed:?}");
    let book = people::add_book(&bob, "other", &[Lane::Other]).await;
    assert!(
        matches!(book, Err(NotDone::Role(AccountRole::Supervisor))),
        "{book:?}"
    );
    let revoked = people::revoke(&bob, "main", "ann", |_| ()).await;
    assert!(matches!(revoked, Err(NotDone::Role(_))), "{revoked:?}");
    people::add_account(&ann, "eve", "council", &roles, &first)
        .await
        .unwrap();
    assert!(desk.act("bob", OWN).await.books().len() == 1, "the control");
}
