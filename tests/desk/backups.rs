//! A backup while people work: it needs no key, and each book in it is whole and fits the register.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use loke::desk::acting::Acting;
use loke::desk::book::NoteKind;
use loke::desk::register::Register;

use super::covers::{kept, photo};
use super::served::{ANN, Desk};
use super::{said, text};
use crate::house::programs;

/// Copies of a killed backup must go: they have what is purged since.
#[tokio::test]
async fn p7_what_a_killed_backup_left_goes_when_the_desk_is_served_or_purges() {
    let desk = Desk::new().await;
    let folder = desk.register.folder();
    let (copy, part) = (
        folder.join("register.copy"),
        folder.join("backup.part/main/sealed"),
    );
    std::fs::write(&copy, "x").unwrap();
    std::fs::create_dir_all(&part).unwrap();
    std::fs::write(part.join("one.age"), "x").unwrap();
    loke::desk::jobs::purge::Purge::new(&desk.open).step().await;
    assert!(!copy.exists() && !folder.join("backup.part").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_an_open_book_under_writes_is_whole_and_fits_the_register() {
    let desk = Desk::new().await;
    let ann = desk.act("ann", ANN).await;
    let tip = kept(&ann, &photo()).await;
    let place = tempfile::tempdir().unwrap();
    let (key, second) = (
        age::x25519::Identity::generate(),
        age::x25519::Identity::generate(),
    );
    let custodians = place.path().join("custodians");
    std::fs::write(
        &custodians,
        format!("{}\n{}\n", key.to_public(), second.to_public()),
    )
    .unwrap();
    let out = place.path().join("desk.tar.age");
    let mut command = Command::new(programs::desk());
    command.args([
        "backup",
        "--custodians",
        text(&custodians),
        "--out",
        text(&out),
        "--config",
    ]);
    command.arg(desk.register.folder().join("desk.toml"));
    let done = AtomicBool::new(false);
    let main = ann.book("main").await.unwrap();
    let writes = async {
        let mut written = 0;
        while !done.load(Ordering::Relaxed) || written < 20 {
            main.add_note(tip.id, NoteKind::Note, &format!("note {written}"))
                .await
                .unwrap();
            written += 1;
        }
        written
    };
    let copies = async {
        let made = tokio::task::spawn_blocking(move || command.output().unwrap()).await;
        done.store(true, Ordering::Relaxed);
        made.unwrap()
    };
    let (written, made) = tokio::join!(writes, copies);
    assert!(made.status.success(), "{}", said(&made));
    println!("{written} notes while the backup was written");
    assert!(!desk.register.folder().join("backup.part").exists());
    ann.verify(|| {}).await.unwrap();

    let sealed = std::fs::read(&out).unwrap();
    let decryptor = age::Decryptor::new_buffered(sealed.as_slice()).unwrap();
    let identity: &dyn age::Identity = &key;
    let plain = decryptor.decrypt(std::iter::once(identity)).unwrap();
    tar::Archive::new(plain).unpack(place.path()).unwrap();
    let restored = place.path().join("desk");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&restored, mode).unwrap();
    let register = Register::open(&restored, desk.clock.clone()).await.unwrap();
    let member = desk.unlock("ann", ANN).unwrap();
    let account = register.account("ann").await.unwrap();
    let there = Acting::open(&register, account, &member).await.unwrap();
    there.verify(|| {}).await.unwrap();
    let book = there.book("main").await.unwrap();
    let held = book.view(tip.id).await.unwrap();
    assert!(held.json.contains("\"what\""));
    assert!(book.notes_on(tip.id).await.unwrap().len() <= written);
    there.close().await;
}
