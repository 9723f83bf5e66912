//! P13: the audit logs show tampering, in a book and in the register.

use loke::desk::acting::Acting;
use loke::desk::audit::{self, Action, Actor, Broken};
use loke::desk::book;
use loke::desk::keys::{DatabaseKey, Identity};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use crate::house::NOON;
use crate::house::staff::{NAME, desk_in};
use loke::clock::Clock;

/// A file of the desk, as seen by someone who has its key and SQLCipher.
pub(super) struct Tables(SqlitePool);

impl Tables {
    pub(super) async fn open(file: &std::path::Path, key: &DatabaseKey) -> Self {
        let key = format!("\"x'{}'\"", hex::encode(key.expose()));
        let options = SqliteConnectOptions::new()
            .filename(file)
            .pragma("key", key);
        Self(SqlitePool::connect_with(options).await.unwrap())
    }

    pub(super) async fn run(&self, statement: &'static str) {
        sqlx::query(statement).execute(&self.0).await.unwrap();
    }
}

struct Desk {
    folder: tempfile::TempDir,
    acting: Acting,
    member: Identity,
}

impl Desk {
    /// A desk with a few rows in both logs.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::by_hand(NOON);
        let (acting, member) = desk_in(folder.path(), clock, Identity::generate()).await;
        for n in 2..=5 {
            let book = &acting.books()[0];
            book.record(Action::View, &n.to_string(), "").await.unwrap();
        }
        let desk = Self {
            folder,
            acting,
            member,
        };
        desk.verify().await.unwrap();
        desk
    }

    async fn verify(&self) -> Result<i64, Broken> {
        self.acting.verify(|| {}).await
    }

    async fn book(&self) -> Tables {
        let member = std::slice::from_ref(&self.member);
        let secrets = book::read_secrets(self.folder.path(), "main", NAME, member).unwrap();
        let file = self.folder.path().join("books/main/book.db");
        Tables::open(&file, &secrets.database_key).await
    }

    async fn register(&self) -> Tables {
        let key = DatabaseKey::read(&self.folder.path().join("register.key")).unwrap();
        Tables::open(&self.folder.path().join("register.db"), &key).await
    }

    async fn view(&self, object: &str) {
        let book = &self.acting.books()[0];
        book.record(Action::View, object, "").await.unwrap();
    }
}

#[tokio::test]
async fn a_changed_row_and_a_deleted_row_show_in_a_book() {
    let desk = Desk::new().await;
    let (tables, rows) = (desk.book().await, desk.verify().await.unwrap());
    tables
        .run("update audit set object = '9' where seq = 3")
        .await;
    assert!(matches!(desk.verify().await, Err(Broken::Changed(of, 3)) if of == "main"));
    tables
        .run("update audit set object = '3' where seq = 3")
        .await;
    assert_eq!(
        desk.verify().await.unwrap(),
        rows,
        "the control: put back, it is whole again"
    );
    tables
        .run("update audit set object = object || who, who = '' where seq = 4")
        .await;
    assert!(
        matches!(desk.verify().await, Err(Broken::Changed(_, 4))),
        "text that moved from one field to another"
    );
    tables.run("delete from audit where seq = 2").await;
    assert!(matches!(desk.verify().await, Err(Broken::Missing(_, 2))));
}

#[tokio::test]
async fn a_changed_row_and_a_moved_time_show_in_the_register() {
    let desk = Desk::new().await;
    let tables = desk.register().await;
    tables
        .run("update audit set who = 'somebody' where seq = 2")
        .await;
    assert!(matches!(desk.verify().await, Err(Broken::Changed(of, 2)) if of == "the register"));
    let put_back = "update audit set who = 'ann' where seq = 2";
    tables.run(put_back).await;
    desk.verify().await.unwrap();
    tables
        .run("update audit set time = time - 86400 where seq = 3")
        .await;
    assert!(matches!(desk.verify().await, Err(Broken::Changed(_, 3))));
}

/// Somebody with the keys of book and register writes the book's log anew, with its newest seal. The
/// register's own log is right, and has the seal of each earlier row.
#[tokio::test]
async fn p13_a_log_of_a_book_that_was_written_anew_does_not_fit_the_registers_rows() {
    let desk = Desk::new().await;
    let (book, register) = (desk.book().await, desk.register().await);
    let mut rows = desk.acting.books()[0].trail().await.unwrap();
    let salt: Vec<u8> = sqlx::query_scalar("select salt from salt")
        .fetch_one(&book.0)
        .await
        .unwrap();
    let salt = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &salt);
    rows[2].who = "somebody".to_owned();
    for n in 2..rows.len() {
        rows[n].hash = audit::link(&rows[n - 1].hash, &rows[n]);
        sqlx::query("update audit set who = $2, hash = $3 where seq = $1")
            .bind(rows[n].seq)
            .bind(&rows[n].who)
            .bind(rows[n].hash.as_slice())
            .execute(&book.0)
            .await
            .unwrap();
    }
    let last = rows.last().unwrap();
    sqlx::query("update heads set seal = $1 where book = 'main' and seq = $2")
        .bind(ring::hmac::sign(&salt, &last.hash).as_ref())
        .bind(last.seq)
        .execute(&register.0)
        .await
        .unwrap();
    desk.acting.register().verify(|| {}).await.unwrap();
    let broken = desk.verify().await;
    assert!(
        matches!(&broken, Err(Broken::Changed(of, 3)) if of == "main"),
        "{broken:?}"
    );
}

#[tokio::test]
async fn a_long_log_is_read_row_by_row_to_its_announced_end() {
    let desk = Desk::new().await;
    let register = desk.register().await;
    let mut last = desk.acting.register().trail().await.unwrap().pop().unwrap();
    let mut write = register.0.begin().await.unwrap();
    for _ in 0..3_000 {
        let mut next = last.clone();
        next.seq += 1;
        next.object = "a gateway".to_owned();
        next.hash = audit::link(&last.hash, &next);
        sqlx::query("insert into audit select $1, time, who, organisation, action, 'a gateway', detail, $2 from audit where seq = $3")
            .bind(next.seq)
            .bind(next.hash.as_slice())
            .bind(last.seq)
            .execute(&mut *write)
            .await
            .unwrap();
        last = next;
    }
    write.commit().await.unwrap();
    let head = format!("{} {}\n", last.seq, hex::encode(last.hash));
    std::fs::write(desk.folder.path().join("audit.head"), head).unwrap();
    let (total, mut read) = (desk.acting.audit_rows().await.unwrap(), 0);
    let rows = desk.acting.verify(|| read += 1).await.unwrap();
    assert!(rows > 3_000 && rows == read, "{rows} {read}");
    assert_eq!(
        total,
        rows.unsigned_abs(),
        "the bar ends where the log does"
    );
    register
        .run("update audit set time = time + 1 where seq = 2000")
        .await;
    assert!(matches!(desk.verify().await, Err(Broken::Changed(_, 2000))));
}

#[tokio::test]
async fn two_rows_that_changed_places_show_in_both_logs() {
    for of in ["main", "the register"] {
        let desk = Desk::new().await;
        let tables = match of {
            "main" => desk.book().await,
            _ => desk.register().await,
        };
        for swap in [
            "update audit set seq = -1 where seq = 2",
            "update audit set seq = 2 where seq = 3",
            "update audit set seq = 3 where seq = -1",
        ] {
            tables.run(swap).await;
        }
        let broken = desk.verify().await;
        assert!(
            matches!(&broken, Err(Broken::Changed(where_, 2)) if where_ == of),
            "{broken:?}"
        );
    }
}

/// The register knows how far each book's log goes, so it is noticed if somebody with the book's
/// key cuts its end off, or writes another end.
#[tokio::test]
async fn a_removed_tail_of_a_book_shows_against_the_register() {
    let desk = Desk::new().await;
    let tables = desk.book().await;
    tables.run("delete from audit where seq >= 4").await;
    let Err(Broken::Shortened { of, ends: 3, head }) = desk.verify().await else {
        panic!("the cut-off log passed");
    };
    assert_eq!((of.as_str(), head), ("main", 5));
    // Rows that somebody appends as if nothing had happened go to the register too: its own log
    // then has the number twice.
    let register = desk.register().await;
    register
        .run("update heads set seq = 3 where book = 'main'")
        .await;
    assert!(desk.verify().await.is_err(), "the seal is of another row");
}

#[tokio::test]
async fn a_removed_tail_of_the_register_shows_against_the_head() {
    let desk = Desk::new().await;
    let tables = desk.register().await;
    let head = desk.folder.path().join("audit.head");
    let kept = std::fs::read(&head).unwrap();
    tables.run("delete from audit where seq >= 4").await;
    let broken = desk.verify().await;
    assert!(
        matches!(broken, Err(Broken::Shortened { ends: 3, .. })),
        "{broken:?}"
    );
    // Someone appends rows as if nothing had happened: a copy of the head, taken earlier, still
    // reveals it.
    for n in 4..=20 {
        desk.view(&format!("other {n}")).await;
    }
    desk.acting.register().verify(|| {}).await.unwrap();
    std::fs::write(&head, kept).unwrap();
    assert!(matches!(desk.verify().await, Err(Broken::Changed(..))));
    std::fs::remove_file(&head).unwrap();
    assert!(matches!(desk.verify().await, Err(Broken::NoHead(_))));
}

#[tokio::test]
async fn a_head_that_a_crash_left_behind_is_no_alarm() {
    let desk = Desk::new().await;
    let head = desk.folder.path().join("audit.head");
    let earlier = std::fs::read(&head).unwrap();
    desk.view("6").await;
    std::fs::write(&head, earlier).unwrap();
    desk.verify().await.unwrap();
}

/// What a book records is in the register with who, when and what kind, and without what it says.
#[tokio::test]
async fn a_books_rows_are_in_the_register_without_what_they_say() {
    let desk = Desk::new().await;
    let book = &desk.acting.books()[0];
    book.record(Action::Open, "canary-object", "canary-reason")
        .await
        .unwrap();
    let rows = desk.acting.register().trail().await.unwrap();
    let last = rows.last().unwrap();
    assert_eq!((last.who.as_str(), last.action.as_str()), (NAME, "open"));
    assert_eq!(last.object, "main");
    let all = format!("{rows:?}");
    assert!(!all.contains("canary"), "{all}");
    let own = format!("{:?}", book.trail().await.unwrap());
    assert!(
        own.contains("canary-object") && own.contains("canary-reason"),
        "the control"
    );
}

#[tokio::test]
async fn many_writers_at_once_leave_two_whole_logs() {
    let desk = Desk::new().await;
    let before = desk.verify().await.unwrap();
    let writers = (0..8).map(|n| {
        let book = desk.acting.books()[0].acting_as(Actor {
            name: format!("officer-{n}"),
            organisation: "council".into(),
        });
        tokio::spawn(async move {
            for _ in 0..10 {
                book.record(Action::View, "x", "").await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(
        desk.verify().await.unwrap(),
        before + 160,
        "80 rows in each"
    );
}
