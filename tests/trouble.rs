//! P6 when a resource of the gateway fails or is full: the disk, the database, the queue's slots,
//! the memory for photos. The resident gets an honest page with their words, nothing is stored in
//! part, and the same form sent again later is stored once. None of it blocks a report (P8), and no
//! file and no log contains the words (P9).

mod supervise;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use loke::clock::Clock;
use loke::desk::audit::Action;
use loke::desk::keys::Identity;
use loke::receipt::Receipt;
use sqlx::Connection;

use crate::house::browser::{Field, Page, jpeg, photo, text};
use crate::house::real::RealGateway;
use crate::house::skip::skipped;
use crate::house::staff;
use crate::house::{House, contains, limit, sweep};
use crate::store::queue::new_database;

/// Asserts the page that reports that nothing was received, with the words and a new token.
fn assert_not_received(page: &Page, what: &str, form: &[Field]) {
    let text = page.text();
    assert_eq!(page.status, 503, "{text}");
    assert!(
        text.contains("We did not get your message")
            && text.contains("Nothing was sent. Your words are still here."),
        "{text}"
    );
    assert!(page.receipt().is_none());
    assert_eq!(page.area("what"), what);
    assert_ne!(
        page.hidden("token").unwrap(),
        value(form, "token").unwrap(),
        "no page repeats a token"
    );
}

/// Asserts that the page reports that photos cannot be accepted now, keeps the words, and has no
/// photo.
fn assert_no_room_for_photos(page: &Page, what: &str) {
    assert_eq!(
        (page.status, page.area("what"), page.hidden("ticket")),
        (200, what.to_owned(), None)
    );
    assert!(
        page.text()
            .contains("We cannot take photos right now. You can send your words without them."),
        "{}",
        page.text()
    );
}

fn value(form: &[Field], name: &str) -> Option<String> {
    form.iter().find_map(|field| {
        if let Field::Text(n, v) = field {
            (n == name).then(|| v.clone())
        } else {
            None
        }
    })
}

/// A small file system in memory, of this many KiB.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts it; if this machine does not allow it, prints a note and returns `None`.
    pub(crate) fn mount(at: PathBuf, kib: u32) -> Option<Self> {
        std::fs::create_dir(&at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={kib}k"), "loke-test"])
            .arg(&at)
            .output();
        if mounted.as_ref().is_ok_and(|out| out.status.success()) {
            return Some(Self(at));
        }
        skipped!("a small disk cannot be mounted here (it needs root)");
        None
    }

    pub(crate) fn at(&self) -> &Path {
        &self.0
    }

    /// Fills the disk except for about this many bytes.
    pub(crate) fn fill(&self, left: u64) {
        let mut filler = File::options()
            .create(true)
            .append(true)
            .open(self.filler())
            .unwrap();
        while filler.write_all(&[1; 4_096]).is_ok() {}
        let size = filler.metadata().unwrap().len();
        filler.set_len(size - left).unwrap();
    }

    pub(crate) fn free(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazy unmount: if a test fails, the gateway may still be running.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_a_full_disk_gives_an_honest_page_and_the_same_form_is_stored_once_there_is_room() {
    let place = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(place.path().join("disk"), 24 << 10) else {
        return;
    };
    let mut gateway = RealGateway::new(
        place.path(),
        disk.0.join("gateway"),
        "sqlite:queue.db",
        "16,2,0,0,0",
        |_| {},
    );
    gateway.start().await;
    let officer = gateway.officer().await;
    let canary = format!(
        "canary-{}",
        hex::encode(loke::random::bytes::<16>().unwrap())
    );
    let (browser, what) = (
        gateway.browser,
        format!("{canary} {}", "a van ".repeat(50).trim()),
    );
    let (_, words) = browser
        .check(&[
            text("topic", "drugs"),
            text("what", &what),
            text("where", &canary),
        ])
        .await
        .unwrap();
    let photos = [
        text("topic", "graffiti"),
        text("what", &what),
        photo("a.jpg", &jpeg()),
        photo("b.jpg", &jpeg()),
    ];
    let (_, mut with_photos) = browser.check(&photos).await.unwrap();
    // Full at once, and full in the middle of a commit.
    let mut failed = Vec::new();
    for left in [0, 8 << 10, 24 << 10] {
        disk.fill(left);
        failed.push(browser.post("/send", &words).await.unwrap());
        assert_not_received(failed.last().unwrap(), &what, &words);
    }
    for left in [0, 256 << 10] {
        disk.fill(left);
        let page = browser.post("/send", &with_photos).await.unwrap();
        assert_not_received(&page, &what, &with_photos);
        with_photos = page.carries(&with_photos);
    }
    // Everything else still works.
    let other = browser
        .check(&[
            text("topic", "drugs"),
            text("what", "written while the disk is full"),
        ])
        .await
        .unwrap()
        .0;
    assert_eq!(other.status, 200);
    assert_eq!(
        sweep(&gateway.folder, std::slice::from_ref(&canary)),
        Vec::<String>::new()
    );
    disk.free();
    assert_eq!(
        officer.pull().await.collected,
        0,
        "nothing was stored, whole or in part"
    );
    let page = browser.post("/send", &words).await.unwrap();
    let receipt = page
        .receipt()
        .unwrap_or_else(|| panic!("{} {}", page.status, page.text()));
    // It is unknown in general whether a failed attempt was stored, so a second send from any of
    // its pages is the same report.
    for page in &failed {
        assert_eq!(
            browser
                .post("/send", &page.carries(&words))
                .await
                .unwrap()
                .receipt()
                .as_ref(),
            Some(&receipt)
        );
    }
    assert_eq!(
        browser.post("/send", &words).await.unwrap().receipt(),
        Some(receipt)
    );
    assert!(
        browser
            .post("/send", &with_photos)
            .await
            .unwrap()
            .receipt()
            .is_some()
    );
    assert_eq!(officer.pull().await.collected, 2);
    let mut tips = officer.tips().await;
    tips.sort_by_key(|tip| tip.photos.len());
    assert_eq!(
        tips.iter()
            .map(|tip| (tip.what.as_str(), tip.photos.len()))
            .collect::<Vec<_>>(),
        [(what.as_str(), 0), (what.as_str(), 2)]
    );
    // A gateway restarted after the full disk behaves the same.
    gateway.stop().await;
    gateway.start().await;
    assert_eq!(officer.pull().await.collected, 0);
    gateway.stop().await;
    assert_eq!(
        sweep(&gateway.folder, std::slice::from_ref(&canary)),
        Vec::<String>::new()
    );
    assert!(!contains(&gateway.log(), canary.as_bytes()) && !gateway.log().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_a_book_on_a_full_disk_keeps_nothing_and_comes_back() {
    let place = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(place.path().join("disk"), 4 << 10) else {
        return;
    };
    let (acting, _) = staff::desk_in(&disk.0, Clock::System, Identity::generate()).await;
    let book = &acting.books()[0];
    let rows = book.trail().await.unwrap().len();
    // More often than the book has connections.
    for left in [0, 8 << 10, 0, 8 << 10, 0, 8 << 10] {
        disk.fill(left);
        assert!(
            book.record(Action::Import, "a tip", &"x".repeat(64 << 10))
                .await
                .is_err()
        );
    }
    assert_eq!(book.trail().await.unwrap().len(), rows);
    disk.free();
    book.record(Action::Import, "a tip", "").await.unwrap();
    assert_eq!(book.trail().await.unwrap().len(), rows + 1);
    acting.verify(|| {}).await.unwrap();
}

/// Closes a PostgreSQL database to new connections, or opens it again.
pub(crate) async fn allow_connections(url: &str, allowed: bool) {
    let (server, name) = url.rsplit_once('/').unwrap();
    let mut beside = sqlx::PgConnection::connect(&format!("{server}/loke"))
        .await
        .unwrap();
    let end =
        format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
    let text = format!(
        "alter database {name} allow_connections {allowed}; {}",
        if allowed { "" } else { &end }
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(text))
        .execute(&mut beside)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_a_database_that_is_gone_gives_an_honest_page_and_the_same_form_is_stored_once_it_is_back()
 {
    let Some(url) = new_database().await else {
        return;
    };
    let house = House::on(&url, |_| {}).await;
    let officer = house.officer("desk", "").await;
    let what = house.canary("what");
    let (_, words) = house
        .check(&[text("topic", "drugs"), text("what", &what)])
        .await;
    let (_, with_photos) = house
        .check(&[
            text("topic", "graffiti"),
            text("what", &what),
            photo("a.jpg", &jpeg()),
        ])
        .await;
    allow_connections(&url, false).await;
    assert_not_received(&house.post("/send", &words).await, &what, &words);
    let page = house.post("/send", &with_photos).await;
    assert_not_received(&page, &what, &with_photos);
    assert!(page.text().contains("Photo 1"), "the photo still waits");
    let digits = Receipt::derive(&[1; 32], b"a").groups().concat();
    let look = house
        .post_urlencoded("/messages", &[("code", &digits)])
        .await;
    assert_eq!(look.status, 503, "{}", look.text());
    assert_eq!(house.get("/").await.status, 200);
    allow_connections(&url, true).await;
    assert_eq!(house.used().await, 0);
    assert!(house.post("/send", &words).await.receipt().is_some());
    assert_eq!(officer.the_tip().await.what, what);
    assert!(
        house
            .post("/send", &page.carries(&with_photos))
            .await
            .receipt()
            .is_some()
    );
    assert_eq!(officer.pull().await.collected, 1);
    let mut photos: Vec<usize> = officer
        .tips()
        .await
        .iter()
        .map(|tip| tip.photos.len())
        .collect();
    photos.sort_unstable();
    assert_eq!(photos, [0, 1]);
}

/// During a flood the memory for photos is full. Photos that already wait must survive a rejected
/// send.
#[tokio::test(flavor = "multi_thread")]
async fn p6_photos_that_wait_are_not_lost_to_a_refusal_while_their_memory_is_full() {
    let Some(url) = new_database().await else {
        return;
    };
    // Room for one photo, but not for a second copy of it.
    let house = House::on(&url, |table| {
        limit(table, &[("waiting_photo_bytes", 20 << 10)])
    })
    .await;
    let officer = house.officer("desk", "").await;
    let what = house.canary("what");
    let (_, form) = house
        .check(&[
            text("topic", "graffiti"),
            text("what", &what),
            photo("a.jpg", &jpeg()),
        ])
        .await;
    allow_connections(&url, false).await;
    let page = house.post("/send", &form).await;
    assert_not_received(&page, &what, &form);
    allow_connections(&url, true).await;
    assert!(
        house
            .post("/send", &page.carries(&form))
            .await
            .receipt()
            .is_some()
    );
    assert_eq!(officer.the_tip().await.photos.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_from_half_on_a_sender_has_a_share_and_an_unproven_report_is_asked_to_come_again() {
    let house = House::on("sqlite:queue.db", |table| {
        table["capacity"]
            .as_table_mut()
            .unwrap()
            .insert("text".into(), 8.into());
    })
    .await;
    let officer = house.officer("desk", "").await;
    let what = house.canary("what");
    let send = async |machine: bool| {
        let (_, mut form) = house
            .check(&[text("topic", "drugs"), text("what", &what)])
            .await;
        if machine {
            form.push(text("website", "x"));
        }
        (house.post("/send", &form).await, form)
    };
    for _ in 0..4 {
        assert!(
            send(true).await.0.receipt().is_some(),
            "below half nobody is refused"
        );
    }
    let (page, _) = send(true).await;
    assert!(page.receipt().is_none());
    assert_eq!(page.area("what"), what, "the words are kept");
    assert!(
        send(false).await.0.receipt().is_some(),
        "a share of the second half"
    );
    let (page, form) = send(false).await;
    assert_not_received(&page, &what, &form);
    assert_eq!(house.used().await, 5);
    assert_eq!(officer.pull().await.collected, 5);
    assert!(
        house.post("/send", &form).await.receipt().is_some(),
        "the same form, once a desk made room"
    );
    house.leaves(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_where_no_slot_takes_photos_the_words_can_be_sent_without_them() {
    let house = House::on("sqlite:queue.db", |table| {
        table["capacity"]
            .as_table_mut()
            .unwrap()
            .insert("photos".into(), vec![4, 0, 0, 0].into());
    })
    .await;
    let what = house.canary("what");
    // Four slots: half of them, and one sender's share of the rest.
    for stored in [1, 2, 3, 3] {
        let (_, form) = house
            .check(&[
                text("topic", "graffiti"),
                text("what", &what),
                photo("a.jpg", &jpeg()),
            ])
            .await;
        let page = house.post("/send", &form).await;
        if page.receipt().is_none() {
            assert_no_room_for_photos(&page, &what);
            assert!(
                house
                    .post("/send", &page.carries(&form))
                    .await
                    .receipt()
                    .is_some()
            );
        }
        let photos = house.store.room().await.unwrap()[&loke::seal::SizeClass::One].0;
        assert_eq!(photos, stored);
    }
    house.leaves(4);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_memory_takes_photos_the_check_page_says_so_and_keeps_the_words() {
    let house = House::on("sqlite:queue.db", |table| {
        limit(table, &[("waiting_photo_bytes", 1)])
    })
    .await;
    let officer = house.officer("desk", "").await;
    let what = house.canary("what");
    let (page, form) = house
        .check(&[
            text("topic", "graffiti"),
            text("what", &what),
            photo(&house.canary("name"), &jpeg()),
        ])
        .await;
    assert_no_room_for_photos(&page, &what);
    assert!(house.post("/send", &form).await.receipt().is_some());
    let tip = officer.the_tip().await;
    assert!(tip.what == what && tip.photos.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_a_caller_over_the_limit_is_asked_to_wait_and_can_still_report() {
    let house = House::on("sqlite:queue.db", |table| {
        limit(table, &[("requests_per_minute", 3)])
    })
    .await;
    let what = house.canary("what");
    for _ in 0..3 {
        assert_eq!(house.get("/messages").await.status, 200);
    }
    let pages = [
        house.get("/messages").await,
        house.post_urlencoded("/messages", &[("code", &what)]).await,
        house.get("/about").await,
    ];
    for page in pages {
        assert_eq!(page.status, 429);
        assert!(
            page.header("retry-after")
                .is_some_and(|seconds| seconds.parse::<u32>().is_ok_and(|n| (1..=60).contains(&n)))
        );
        assert!(
            page.text().contains("Please wait a minute and try again.")
                && page.text().contains("call 999"),
            "{}",
            page.text()
        );
        assert!(!page.text().contains(&what));
    }
    for _ in 0..5 {
        house
            .report(&[text("topic", "drugs"), text("what", &what)])
            .await;
    }
    assert_eq!(house.get("/leave").await.status, 200);
    house.leaves(5);
}
