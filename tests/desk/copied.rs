//! P14: what a copy of the desk's folder opens, together with the register's key and one officer's
//! passphrase: exactly that officer's books, with Debian's age and OpenSSL, and nothing of Loke.

use std::path::Path;
use std::process::Command;

use loke::desk::granting;
use loke::desk::people;
use loke::desk::register::AccountRole;
use loke::tip::{Lane, Priority};

use super::served::{ANN, Desk, FIRST, OWN};
use super::{text, tip, walk};
use crate::house::skip::skipped;
use crate::retention::pages_with;

/// Decrypts a file of passphrases at a terminal, where age asks.
fn with_passphrase(passphrase: &str, file: &Path, out: &Path) -> bool {
    let age = format!("age -d -o '{}' '{}'", out.display(), file.display());
    let typed = format!("printf '%s\\n' '{passphrase}' | script -qec \"{age}\" /dev/null");
    let ran = Command::new("sh").args(["-c", &typed]).output();
    ran.is_ok_and(|out| out.status.success()) && out.metadata().is_ok_and(|file| file.len() > 0)
}

fn with_identity(identity: &Path, file: &Path, out: &Path) -> bool {
    let args = ["-d", "-i", text(identity), "-o", text(out), text(file)];
    let ran = Command::new("age").args(args).output();
    ran.unwrap().status.success()
}

fn copy(from: &Path, to: &Path) {
    let out = Command::new("cp")
        .arg("-a")
        .arg(from)
        .arg(to)
        .output()
        .unwrap();
    assert!(out.status.success());
}

/// The books of a copy that a member's identity opens, each with the words that its pages and its tips
/// have.
fn opened(desk: &Path, member: &Path, place: &Path, words: &[&str]) -> Vec<(String, Vec<String>)> {
    let mut opened = Vec::new();
    let mut books: Vec<_> = std::fs::read_dir(desk.join("books")).unwrap().collect();
    books.sort_by_key(|book| book.as_ref().unwrap().file_name());
    for book in books {
        let book = book.unwrap().path();
        for key in std::fs::read_dir(book.join("keys")).unwrap() {
            let secrets = place.join("secrets");
            if !with_identity(member, &key.unwrap().path(), &secrets) {
                continue;
            }
            let lines = std::fs::read_to_string(&secrets).unwrap();
            let key = lines
                .lines()
                .find_map(|line| line.strip_prefix("# database key: "));
            let mut plain = pages_with(&book.join("book.db"), key.unwrap());
            for sealed in std::fs::read_dir(book.join("sealed")).unwrap() {
                let tar = place.join("tip.tar");
                assert!(with_identity(&secrets, &sealed.unwrap().path(), &tar));
                plain.extend(std::fs::read(tar).unwrap());
            }
            let found = words.iter().filter(|word| {
                plain
                    .windows(word.len())
                    .filter(|part| *part == word.as_bytes())
                    .count()
                    >= 2
            });
            let name = book.file_name().unwrap().to_str().unwrap().to_owned();
            opened.push((name, found.map(|word| (*word).to_owned()).collect()));
        }
    }
    opened
}

#[tokio::test]
async fn p14_a_copied_folder_and_one_passphrase_open_exactly_that_officers_books_without_loke() {
    if Command::new("age").arg("--version").output().is_err() {
        skipped!("there is no age on this machine");
        return;
    }
    let desk = Desk::new().await;
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let folder = desk.register.folder();
    for (name, role) in [
        ("bob", AccountRole::Officer),
        ("cai", AccountRole::Administrator),
    ] {
        desk.add(name, "police", &[role]).await;
    }
    // The administrator keeps a copy from before the first sign-ins, and every first passphrase.
    copy(folder, &at("before"));
    desk.bob_chooses().await;
    desk.chooses("cai").await;
    let ann = desk.act("ann", ANN).await;
    people::add_book(&ann, "other", &[Lane::Graffiti])
        .await
        .unwrap();
    granting::grant(&ann, "main", "bob", None).await.unwrap();
    for book in ann.books() {
        book.close().await;
    }
    let ann = desk.act("ann", ANN).await;
    let words = ["canaryofmain", "canaryofother"];
    for (book, word) in [("main", words[0]), ("other", words[1])] {
        let one = tip(word, Priority::Routine, "2026-11-22");
        walk::keep(&ann, book, &one).await;
    }
    for book in ann.books() {
        book.close().await;
    }
    copy(folder, &at("after"));

    for (who, passphrase, books) in [
        ("bob", OWN, vec![("main", words[0])]),
        ("ann", ANN, vec![("main", words[0]), ("other", words[1])]),
        ("cai", OWN, vec![]),
    ] {
        let member = at(who);
        let file = at("after").join("people").join(format!("{who}.age"));
        assert!(with_passphrase(passphrase, &file, &member), "{who}");
        let found = opened(&at("after"), &member, place.path(), &words);
        let expected: Vec<_> = books
            .iter()
            .map(|(book, word)| ((*book).to_owned(), vec![(*word).to_owned()]))
            .collect();
        assert_eq!(found, expected, "{who}");
    }
    // The first passphrases open the files of before, and these open no book, of before or after.
    for who in ["bob", "cai"] {
        let member = at(&format!("first-{who}"));
        let file = at("before").join("people").join(format!("{who}.age"));
        assert!(with_passphrase(FIRST, &file, &member), "{who}");
        for copy in ["before", "after"] {
            let found = opened(&at(copy), &member, place.path(), &words);
            assert!(found.is_empty(), "{who}, {copy}: {found:?}");
        }
        let file = at("after").join("people").join(format!("{who}.age"));
        assert!(!with_passphrase(FIRST, &file, &at("nothing")), "{who}");
    }
    // The register's key opens the register, and no word of a tip is in it.
    let key = std::fs::read_to_string(at("after").join("register.key")).unwrap();
    let register = pages_with(&at("after").join("register.db"), key.trim());
    let has = |word: &str| {
        register
            .windows(word.len())
            .any(|part| part == word.as_bytes())
    };
    assert!(has("create table") || has("CREATE TABLE"), "the control");
    assert!(!words.iter().any(|word| has(word)));
}
