//! Files, clocks and people that fail a desk. Each failure has one sentence that says what to do, and
//! changes nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use loke::desk::keys::{BookSecrets, Identity, Passphrase};
use loke::desk::{check, granting, people};
use loke::seal::{MacKey, Sealed};
use loke::tip::Priority;

use super::hardening::{is_root, serve};
use super::old_books::raw;
use super::served::{ANN, Desk, FIRST, OWN};
use super::{Bench, said, tip};
use crate::house::desk_browser::code;
use crate::house::programs;
use crate::trouble::SmallDisk;

/// A year, in seconds.
const YEAR: i64 = 365 * 86_400;

/// The books, keys and people of a desk, byte by byte. The register is not among them: refusals are
/// in its audit log.
fn contents(desk: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![desk.join("books"), desk.join("people")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.display().to_string(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// A desk with one tip, and whether it is as it was.
struct Before {
    bench: Bench,
}

impl Before {
    fn new() -> Self {
        let bench = Bench::new();
        let one = tip("the words", Priority::Routine, "2026-11-22");
        bench.import(&[bench.seal(&one, &[], &MacKey::random().unwrap())]);
        Self { bench }
    }

    /// Replaces a file, runs a command that must fail, and puts the file back. Nothing else may
    /// change. Returns what the command said.
    fn with(&self, file: &str, bytes: &[u8]) -> String {
        let path = self.bench.folder().join(file);
        let right = std::fs::read(&path).unwrap();
        let before = contents(&self.bench.folder());
        std::fs::write(&path, bytes).unwrap();
        let out = self.bench.command(&["list"]).output().unwrap();
        let after = contents(&self.bench.folder());
        std::fs::write(&path, right).unwrap();
        let said = said(&out);
        assert!(!said.contains("the words"), "{said}");
        let place = path.display().to_string();
        for (name, before) in &before {
            assert!(*name == place || after[name] == *before, "{name}");
        }
        assert_eq!(self.bench.list().len(), 1, "with the right file");
        said
    }
}

#[test]
fn a_wrong_or_damaged_register_key_is_named_and_nothing_opens() {
    let before = Before::new();
    let other = format!("{}\n", "ab".repeat(32));
    let said = before.with("register.key", other.as_bytes());
    assert!(
        said.contains("register.db does not open with its key")
            && said.contains("Restore it together with its keys"),
        "{said}"
    );
    let said = before.with("register.key", b"not a key\n");
    assert!(
        said.contains("register.key is not a key file") && said.contains("from your backup"),
        "{said}"
    );
}

#[test]
fn a_damaged_key_file_and_a_foreign_one_are_told_apart_and_open_nothing() {
    let before = Before::new();
    let name = "books/main/keys/admin.age";
    let right = std::fs::read(before.bench.folder().join(name)).unwrap();
    let mut changed = right.clone();
    *changed.last_mut().unwrap() ^= 1;
    for damaged in [&changed[..], &right[..right.len() / 2], b""] {
        let said = before.with(name, damaged);
        assert!(
            said.contains("admin.age is not a key file") && said.contains("from your backup"),
            "{said}"
        );
    }
    let stranger = Identity::generate().recipient().unwrap();
    let secrets = BookSecrets::random().unwrap();
    let today = loke::clock::Day(20_800);
    let foreign = secrets.seal_to(&[stranger], today).unwrap();
    let said = before.with(name, &foreign);
    assert!(
        said.contains("The book main does not open for your new key yet")
            && said.contains("Ask another member"),
        "{said}"
    );
}

#[test]
fn a_key_file_of_four_thousand_stanzas_is_refused_before_age_reads_it() {
    let before = Before::new();
    let stanza = format!("-> X25519 {}\n{}\n", "A".repeat(43), "A".repeat(43));
    for stanzas in [100, 4_000] {
        let header = format!(
            "age-encryption.org/v1\n{}--- {}\n",
            stanza.repeat(stanzas),
            "A".repeat(43)
        );
        let said = before.with("books/main/keys/admin.age", header.as_bytes());
        assert!(
            said.contains("admin.age is not a key file") && said.contains("from your backup"),
            "{said}"
        );
    }
}

#[test]
fn a_member_file_opens_with_its_own_passphrase_alone() {
    let before = Before::new();
    let other = Identity::generate();
    let sealed = other.sealed_with(&Passphrase::new(OWN), loke::clock::Day(20_800));
    let said = before.with("people/admin.age", &sealed.unwrap());
    assert!(
        said.contains("the passphrase does not open") && said.contains("people/admin.age"),
        "{said}"
    );
    let said = before.with("people/admin.age", b"age-encryption.org/v1\n");
    assert!(
        said.contains("people/admin.age is not a key file") && said.contains("from your backup"),
        "{said}"
    );
}

#[tokio::test]
async fn a_book_from_a_newer_version_is_named_and_stays_as_it_is() {
    let desk = Desk::new().await;
    let member = desk.unlock("ann", ANN).unwrap();
    let folder = desk.register.folder();
    let secrets = loke::desk::book::read_secrets(folder, "main", "ann", &member).unwrap();
    let file = folder.join("books/main/book.db");
    let tables = raw(&file, &secrets.database_key).await;
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'of next year', 1, x'00', 0)";
    sqlx::query(newer).execute(&tables).await.unwrap();
    tables.close().await;
    let before = std::fs::read(&file).unwrap();
    let account = desk.register.account("ann").await.unwrap();
    let opened = loke::desk::acting::Acting::open(&desk.register, account, &member).await;
    let said = opened.unwrap_err().to_string();
    assert!(
        said.contains("book.db was written by another version")
            && said.contains("Use that version"),
        "{said}"
    );
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_second_serving_process_is_refused_with_the_number_of_the_first() {
    let (bench, root) = (Bench::new(), is_root());
    let (running, _) = serve(&bench, root);
    let said = bench.falls(&["serve", "--listen", "127.0.0.1:0"]);
    let holder = format!("(process {})", running.id());
    assert!(
        said.contains("another `loke-desk serve`") && said.contains(&holder),
        "{said}"
    );
    assert!(said.contains("Stop it first"), "{said}");
    // Commands share the books with it.
    assert!(bench.list().is_empty());
    drop(running);
}

/// A change of keys whose copy does not fit. `ulimit -f` is in blocks of 512 bytes; with the signal
/// ignored, a write beyond it fails as on a full disk.
#[test]
fn a_disk_that_fills_while_a_book_gets_new_keys_leaves_the_old_ones() {
    let bench = Bench::new();
    let mac_key = MacKey::random().unwrap();
    let tips = (0..200).map(|n| {
        tip(
            &format!("word {n} ").repeat(90),
            Priority::Routine,
            "2026-11-22",
        )
    });
    let sealed: Vec<_> = tips.map(|one| bench.seal(&one, &[], &mac_key)).collect();
    bench.import(&sealed);
    let size = |name: &str| bench.folder().join(name).metadata().unwrap().len();
    let (book, register) = (size("books/main/book.db"), size("register.db"));
    let limit = book * 3 / 4;
    assert!(register + (64 << 10) < limit, "{register} of {limit} bytes");
    let before = contents(&bench.folder());
    let blocks = limit / 512;
    let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let out = Command::new("sh")
        .args(["-c", &limited, "sh", programs::desk()])
        .args(["book", "new-keys", "main", "--config"])
        .arg(bench.folder().join("desk.toml"))
        .arg("--passphrase-file")
        .arg(bench.path("passphrase"))
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(1), "{}", said(&out));
    assert!(
        said(&out).contains("Check the disk's space"),
        "{}",
        said(&out)
    );
    assert_eq!(bench.list().len(), 200);
    let after = contents(&bench.folder());
    let keys = "books/main/keys/admin.age";
    let keys = bench.folder().join(keys).display().to_string();
    assert_eq!(after[&keys], before[&keys]);
    let names = |of: &BTreeMap<String, Vec<u8>>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&after), names(&before), "nothing half is left");
    bench.ok(&["audit", "verify"]);
    bench.ok(&["book", "new-keys", "main"]);
    assert_eq!(bench.list().len(), 200, "the control: with room it works");
}

#[tokio::test]
async fn a_disk_without_room_for_a_second_copy_stops_new_keys_before_they_begin() {
    let place = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(place.path().join("disk"), 16 << 10) else {
        return;
    };
    let clock = loke::clock::Clock::by_hand(crate::house::NOON);
    let (acting, _) = crate::house::staff::desk_in(disk.at(), clock, Identity::generate()).await;
    disk.fill(1 << 20);
    let key = disk.at().join("books/main/keys/ann.age");
    let before = std::fs::read(&key).unwrap();
    let refused = people::change_keys(&acting, "main", |_| ()).await;
    let said = refused.unwrap_err().to_string();
    assert!(
        said.contains("too little room for a second copy of the book main")
            && said.contains("MiB, and run this command again"),
        "{said}"
    );
    assert_eq!(std::fs::read(&key).unwrap(), before);
    assert!(!disk.at().join("books/main/book.db.new").exists());
    disk.free();
}

#[tokio::test]
async fn a_clock_that_was_set_back_a_year_ends_sessions_and_is_named_at_sign_in_and_by_check() {
    let desk = Desk::new().await;
    let mut browser = desk.browser();
    let secret = browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    desk.clock.advance(-YEAR);
    assert_eq!(browser.get("/queue").await.location(), "/sign-in");
    desk.screen.end_sessions().await.unwrap();
    assert!(desk.open.all().is_empty());
    let before = contents(desk.register.folder());
    let now = code(&secret, desk.clock.now());
    let said = browser.sign_in("ann", ANN, &now).await;
    assert_eq!(said.status, 403);
    assert!(
        said.text().contains("The clock of this desk is behind")
            && said.text().contains("printed list of codes"),
        "{}",
        said.text()
    );
    // A guess learns nothing of it.
    let guess = if now == "000000" { "000001" } else { "000000" };
    let said = browser.sign_in("ann", ANN, guess).await.text();
    assert!(said.contains("code is wrong"), "{said}");
    assert_eq!(contents(desk.register.folder()), before);
    desk.clock.advance(YEAR + 90);
    let right = code(&secret, desk.clock.now());
    assert_eq!(browser.sign_in("ann", ANN, &right).await.status, 303);
    let is_named = async || {
        let found = check::problems(&desk.register).await.unwrap();
        let mut found = found.iter();
        found.any(|line| {
            line.contains("The clock of this machine is behind") && line.contains("Set the clock")
        })
    };
    assert!(!is_named().await, "the control");
    desk.clock.advance(-YEAR);
    assert!(is_named().await);
}

#[tokio::test]
async fn who_lost_the_phone_is_told_to_ask_for_a_list_and_signs_in_with_it() {
    let desk = Desk::new().await;
    desk.add_bob().await;
    desk.bob_chooses().await;
    let mut bob = desk.browser();
    let before = contents(desk.register.folder());
    let said = bob.sign_in("bob", OWN, "").await;
    assert_eq!(said.status, 403);
    assert!(
        said.text().contains("Lost your phone?") && said.text().contains("prints a list of codes"),
        "{}",
        said.text()
    );
    let ann = desk.act("ann", ANN).await;
    let list = people::print_codes(&ann, "bob").await.unwrap();
    let said = bob.sign_in("bob", OWN, list[0].groups().as_str()).await;
    assert_eq!(said.status, 303, "{}", said.text());
    ann.close().await;
    assert_eq!(contents(desk.register.folder()), before, "no key changed");
}

#[tokio::test]
async fn who_forgot_the_passphrase_after_three_weeks_is_told_what_to_do_and_no_tip_is_lost() {
    let desk = Desk::new().await;
    desk.add_bob().await;
    let (_, secret) = desk.bob_chooses().await;
    let ann = desk.act("ann", ANN).await;
    granting::grant(&ann, "main", "bob", None).await.unwrap();
    let kept = super::covers::kept(&ann, &super::covers::photo()).await;
    desk.clock.advance(21 * 86_400);
    let mut bob = desk.browser();
    let now = code(&secret, desk.clock.now());
    let before = contents(desk.register.folder());
    let said = bob.sign_in("bob", "was it the herons", &now).await;
    assert_eq!(said.status, 403);
    assert!(
        said.text().contains("Forgotten your passphrase?")
            && said.text().contains("administrator can make a new key"),
        "{}",
        said.text()
    );
    assert_eq!(contents(desk.register.folder()), before);
    people::renew_account(&ann, "bob", &Passphrase::new(FIRST))
        .await
        .unwrap();
    let (mut bob, secret) = desk.bob_chooses().await;
    let page = bob.get("/queue").await.text();
    assert!(
        page.contains("does not open for your new key yet") && page.contains("Ask another member"),
        "{page}"
    );
    granting::grant(&ann, "main", "bob", None).await.unwrap();
    desk.clock.advance(60);
    let now = code(&secret, desk.clock.now());
    assert_eq!(bob.sign_in("bob", OWN, &now).await.status, 303);
    assert_eq!(bob.get(&format!("/tip/{}", kept.id)).await.status, 200);
}

#[test]
fn control_the_comparison_of_a_desk_sees_one_changed_byte() {
    let bench = Bench::new();
    let before = contents(&bench.folder());
    let file = bench.folder().join("people/admin.age");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[0] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert_ne!(contents(&bench.folder()), before);
}

#[test]
fn an_import_that_repeats_an_id_keeps_the_first_tip_and_alarms() {
    let bench = Bench::new();
    let mac_key = MacKey::random().unwrap();
    // More than are opened together, so that the two are in different batches.
    let mut tips: Vec<_> = (0..1_100)
        .map(|n| tip(&format!("word {n}"), Priority::Routine, "2026-11-22"))
        .collect();
    let mut other = tip("another text", Priority::Routine, "2026-11-22");
    other.id = tips[0].id;
    tips.push(other);
    let mut sealed: Vec<_> = tips.iter().map(|t| bench.seal(t, &[], &mac_key)).collect();
    // The same bytes once more are no alarm.
    let again = bench.seal(&tips[0], &[], &mac_key);
    sealed.push(Sealed {
        bytes: sealed[0].bytes.clone(),
        ..again
    });
    let tried = bench.import(&sealed);
    let id = tips[0].id;
    let what = said(&tried);
    assert_eq!(tried.status.code(), Some(1), "{what}");
    assert_eq!(
        what.matches(&format!("ALARM: tip {id}")).count(),
        1,
        "{what}"
    );
    assert!(what.contains("1100 tips imported"), "{what}");
    let file = bench.folder().join(format!("books/main/sealed/{id}.age"));
    assert_eq!(std::fs::read(file).unwrap(), sealed[0].bytes);
    assert!(bench.ok(&["show", &id.to_string()]).contains("word 0"));
    assert_eq!(bench.list().len(), 1_100);
    // Without the other one the same file is known as a whole.
    sealed.remove(1_100);
    let known = bench.import(&sealed);
    assert!(known.status.success(), "{}", said(&known));
    assert!(said(&known).contains("0 tips imported"), "{}", said(&known));
}
