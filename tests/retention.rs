//! Retention: what is over its period is purged by the clock, a purged word is in no file of the
//! desk, and what stays of a tip is what docs/retention.md lists.

mod days;
mod holds;
mod periods;
mod public;
mod remains;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use age::x25519;
use loke::clock::{Clock, Day};
use loke::desk::acting::Acting;
use loke::desk::audit::Action;
use loke::desk::book::{self, Arrival, Book};
use loke::desk::keys::{DatabaseKey, Identity};
use loke::desk::open;
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::register::{Delivery, Register};
use loke::desk::route::NotSent;
use loke::desk::settings::DeskSettings;
use loke::seal::{self, MacKey, Recipients};
use loke::tip::{Lane, Photo, PhotoNote, Priority, Removed, Tip, TipId};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use crate::house::{NOON, partners, staff};

/// Words of the tips, each to be found nowhere after the purge.
const WORDS: [&str; 3] = ["canary-what", "canary-where", "canary-vehicle"];
/// The built-in days of a routed tip about cuckooing.
const ROUTED: i32 = 90;
const DAY: i64 = 86_400;

/// A desk with one member, `ann`, who has all roles, and one partner with a folder.
struct Bench {
    _folder: tempfile::TempDir,
    dir: PathBuf,
    clock: Clock,
    acting: Acting,
    member: Identity,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("desk");
        std::fs::create_dir_all(dir.join("people")).unwrap();
        std::fs::create_dir(folder.path().join("inbox")).unwrap();
        let clock = Clock::by_hand(NOON);
        let (acting, member) = staff::desk_in(&dir, clock.clone(), Identity::generate()).await;
        std::fs::write(dir.join("desk.toml"), "").unwrap();
        let inbox = Way::Folder(folder.path().join("inbox"));
        let key = x25519::Identity::generate();
        let cleansing = partners::partner("cleansing", PartnerKind::Cleansing, &key, inbox);
        partners::add(&acting, &cleansing).await;
        Self {
            _folder: folder,
            dir,
            clock,
            acting,
            member,
        }
    }

    fn book(&self) -> &Book {
        &self.acting.books()[0]
    }

    fn register(&self) -> &Register {
        self.acting.register()
    }

    fn config(&self) -> PathBuf {
        self.dir.join("desk.toml")
    }

    fn inbox(&self) -> usize {
        let inbox = self.dir.parent().unwrap().join("inbox");
        inbox.read_dir().unwrap().count()
    }

    fn sealed_file(&self, book: &str, id: TipId) -> PathBuf {
        self.dir.join(format!("books/{book}/sealed/{id}.age"))
    }

    fn days_pass(&self, days: i32) {
        self.clock.advance(i64::from(days) * DAY);
    }

    /// Stores a tip as a pull does.
    async fn keep(&self, tip: &Tip) {
        self.keep_as(tip, Action::Pull).await;
    }

    async fn keep_as(&self, tip: &Tip, action: Action) -> Vec<book::Kept> {
        let mut recipients = Recipients::default();
        recipients.add(tip.lane, self.book().recipient().unwrap());
        let photos = [Photo {
            jpeg: b"\xff\xd8 canary-photo \xff\xd9".to_vec(),
            removed: vec![Removed::Gps],
            thumbnail: Vec::new(),
        }];
        let photos = &photos[..tip.photos.len()];
        let mac_key = MacKey::random().unwrap();
        let sealed = seal::seal(tip, photos, &recipients, &mac_key, Day(20_800)).unwrap();
        let opened = open::tip(self.book().identities(), &sealed.bytes).unwrap();
        let arrival = Arrival {
            id: tip.id,
            sealed: &sealed.bytes,
            opened: &opened,
        };
        let kept = self.book().keep("test", &[arrival], action).await;
        kept.unwrap()
    }

    async fn route(&self, id: TipId) -> Result<Delivery, NotSent> {
        let desk = DeskSettings::read(&self.config()).unwrap();
        let report = partners::words("cleansing", "Please look at it.");
        partners::send(&self.acting, &desk, id, &report).await
    }

    /// Stores a tip and sends a report about it, so that it has an outcome.
    async fn routed(&self) -> TipId {
        let tip = tip();
        self.keep(&tip).await;
        let sent = self.route(tip.id).await.unwrap();
        assert!(sent.done.is_some(), "{sent:?}");
        tip.id
    }

    async fn purge(&self) -> usize {
        let found = self.book().purge(book::Asked::ByHand, |_| ()).await;
        found.unwrap().purged
    }

    /// The book's audit rows with this action.
    async fn trail(&self, action: Action) -> Vec<loke::desk::audit::Row> {
        self.acting.verify(|| {}).await.unwrap();
        let mut rows = self.book().trail().await.unwrap();
        rows.retain(|row| row.action == action.word());
        rows
    }

    fn book_key(&self, book: &str) -> DatabaseKey {
        let member = std::slice::from_ref(&self.member);
        let secrets = book::read_secrets(&self.dir, book, staff::NAME, member).unwrap();
        secrets.database_key
    }

    fn book_file(&self, book: &str) -> PathBuf {
        self.dir.join(format!("books/{book}/book.db"))
    }

    /// The book's tables, as seen by somebody who has its key and SQLCipher.
    async fn tables(&self, book: &str) -> SqlitePool {
        tables(&self.book_file(book), &self.book_key(book), &[]).await
    }

    /// Every page of the book and of the register, decrypted, and every other file of the desk.
    fn everything(&self) -> Vec<u8> {
        let mut all = pages(&self.book_file("main"), &self.book_key("main"));
        let register = DatabaseKey::read(&self.dir.join("register.key")).unwrap();
        all.extend(pages(&self.dir.join("register.db"), &register));
        let mut folders = vec![self.dir.clone()];
        while let Some(folder) = folders.pop() {
            for entry in folder.read_dir().unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    all.extend(std::fs::read(path).unwrap());
                }
            }
        }
        all
    }
}

async fn tables(file: &Path, key: &DatabaseKey, pragmas: &[(&'static str, &str)]) -> SqlitePool {
    let key = format!("\"x'{}'\"", hex::encode(key.expose()));
    let mut options = SqliteConnectOptions::new()
        .filename(file)
        .pragma("key", key);
    for (name, value) in pragmas {
        options = options.pragma(*name, (*value).to_owned());
    }
    SqlitePool::connect_with(options).await.unwrap()
}

/// Decrypts every page of a SQLCipher 4 file, free pages too, with nothing of Loke's: AES-256-CBC,
/// pages of 4,096 bytes, each with its IV and its MAC in its last 80 bytes. One run of OpenSSL
/// decrypts all blocks; the chaining of CBC is undone here.
pub(crate) fn pages(file: &Path, key: &DatabaseKey) -> Vec<u8> {
    pages_with(file, &hex::encode(key.expose()))
}

/// The same with the key's hex digits.
pub(crate) fn pages_with(file: &Path, key: &str) -> Vec<u8> {
    const PAGE: usize = 4_096;
    const RESERVE: usize = 80;
    let bytes = std::fs::read(file).unwrap();
    let (mut blocks, mut before) = (Vec::new(), Vec::new());
    for (number, page) in bytes.chunks_exact(PAGE).enumerate() {
        // The first page begins with the salt.
        let begins = if number == 0 { 16 } else { 0 };
        let (body, reserve) = page.split_at(PAGE - RESERVE);
        blocks.extend_from_slice(&body[begins..]);
        before.extend_from_slice(&reserve[..16]);
        before.extend_from_slice(&body[begins..body.len() - 16]);
    }
    let mut openssl = Command::new("openssl")
        .args(["enc", "-d", "-aes-256-ecb", "-nopad", "-nosalt", "-K"])
        .arg(key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = openssl.stdin.take().unwrap();
    let input = blocks.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let out = openssl.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(out.status.success() && out.stdout.len() == blocks.len());
    out.stdout.iter().zip(before).map(|(d, c)| d ^ c).collect()
}

pub(crate) fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack
        .windows(needle.len())
        .any(|w| w == needle.as_bytes())
}

/// A tip about cuckooing with a photo, whose words are [`WORDS`].
fn tip() -> Tip {
    let mut tip = crate::desk::tip("canary-what", Priority::Soon, "2026-11-21");
    tip.id = TipId::random().unwrap();
    tip.lane = Lane::Cuckooing;
    tip.place = Some("canary-where".into());
    tip.vehicle = Some("canary-vehicle".into());
    tip.photos = vec![PhotoNote {
        name: "photo-1.jpg".into(),
        removed: vec![Removed::Gps],
    }];
    tip
}

#[tokio::test]
async fn p7_after_a_purge_no_file_of_the_desk_has_a_word_of_the_tip_decrypted_or_not() {
    let bench = Bench::new().await;
    let mut ids = Vec::new();
    for _ in 0..30 {
        ids.push(bench.routed().await);
    }
    for id in &ids {
        bench.book().view(*id).await.unwrap();
    }
    let reason = "canary-reason";
    let kind = book::HoldKind::Legal;
    loke::desk::retention::place(&bench.acting, ids[0], kind, reason)
        .await
        .unwrap();
    loke::desk::retention::lift(&bench.acting, ids[0], kind)
        .await
        .unwrap();
    let before = bench.everything();
    for word in WORDS.iter().chain(&[reason]) {
        assert!(contains(&before, word), "control: {word} before the purge");
    }
    bench.days_pass(ROUTED);
    assert_eq!(bench.purge().await, 30);
    let after = bench.everything();
    for word in WORDS.iter().chain(&[reason]) {
        assert!(!contains(&after, word), "{word}");
    }
    assert!(
        contains(&after, "create table tips") || contains(&after, "CREATE TABLE tips"),
        "the pages are readable"
    );
    for id in ids {
        assert!(!bench.sealed_file("main", id).exists());
        assert!(!contains(&after, &format!("\"id\":\"{id}\"")));
    }
}

#[tokio::test]
async fn p7_control_rows_deleted_without_secure_delete_are_found_in_the_free_pages() {
    let bench = Bench::new().await;
    for _ in 0..30 {
        bench.routed().await;
    }
    bench.book().close().await;
    let (file, key) = (bench.book_file("main"), bench.book_key("main"));
    let careless = tables(&file, &key, &[("secure_delete", "OFF")]).await;
    sqlx::query("delete from tips")
        .execute(&careless)
        .await
        .unwrap();
    careless.close().await;
    assert!(contains(&pages(&file, &key), WORDS[0]));
}
