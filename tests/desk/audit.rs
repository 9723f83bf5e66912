//! P13: the audit logs show tampering, in a book and in the register.

use loke::desk::acting::Acting;
use loke::desk::audit::{Action, Actor, Broken};
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
