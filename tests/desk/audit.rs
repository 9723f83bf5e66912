//! P13: the audit log shows tampering.

use loke::desk::audit::Action;
use loke::desk::casebook::Casebook;
use loke::desk::casebook::{Broken, verify};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use super::Bench;

/// The casebook's tables, as seen by someone who has the desk's key and SQLCipher.
async fn tables(bench: &Bench) -> SqlitePool {
    let key = format!("\"x'{}'\"", hex::encode(bench.casebook_key().expose()));
    SqlitePool::connect_with(
        SqliteConnectOptions::new()
            .filename(bench.folder().join("casebook.db"))
            .pragma("key", key),
    )
    .await
    .unwrap()
}

/// A desk with five rows in its log.
async fn desk() -> (Bench, Casebook, SqlitePool) {
    let bench = Bench::new();
    let casebook = bench.casebook().await;
    for n in 2..=5 {
        casebook
            .record(Action::View, &n.to_string(), "")
            .await
            .unwrap();
    }
    assert_eq!(verify(&casebook).await.unwrap(), 5);
    let tables = tables(&bench).await;
    (bench, casebook, tables)
}

#[tokio::test]
async fn a_changed_row_and_a_deleted_row_show() {
    let (bench, casebook, tables) = desk().await;
    sqlx::query("update audit set object = '9' where seq = 3")
        .execute(&tables)
        .await
        .unwrap();
    assert!(matches!(verify(&casebook).await, Err(Broken::Changed(3))));
    assert!(
        bench
            .falls(&["audit", "verify"])
            .contains("row 3 was changed")
    );
    sqlx::query("update audit set object = '3' where seq = 3")
        .execute(&tables)
        .await
        .unwrap();
    assert_eq!(
        verify(&casebook).await.unwrap(),
        5,
        "the control: put back, it is whole again"
    );
    sqlx::query("update audit set object = object || who, who = '' where seq = 4")
        .execute(&tables)
        .await
        .unwrap();
    assert!(
        matches!(verify(&casebook).await, Err(Broken::Changed(4))),
        "text that moved from one field to another"
    );
    sqlx::query("delete from audit where seq = 2")
        .execute(&tables)
        .await
        .unwrap();
    assert!(matches!(verify(&casebook).await, Err(Broken::Missing(2))));
}

#[tokio::test]
async fn a_removed_tail_shows_against_the_head() {
    let (bench, casebook, tables) = desk().await;
    let head = bench.folder().join("audit.head");
    let kept = std::fs::read(&head).unwrap();
    sqlx::query("delete from audit where seq >= 4")
        .execute(&tables)
        .await
        .unwrap();
    assert!(matches!(
        verify(&casebook).await,
        Err(Broken::Shortened { ends: 3, head: 5 })
    ));
    assert!(bench.falls(&["audit", "verify"]).contains("shortened"));
    // Someone appends rows as if nothing had happened: a copy of the head, taken earlier, still
    // reveals it.
    for n in 4..=6 {
        casebook
            .record(Action::View, &format!("other {n}"), "")
            .await
            .unwrap();
    }
    std::fs::write(&head, kept).unwrap();
    assert!(matches!(verify(&casebook).await, Err(Broken::Changed(5))));
    std::fs::remove_file(&head).unwrap();
    assert!(matches!(verify(&casebook).await, Err(Broken::NoHead(_))));
    sqlx::query("delete from audit")
        .execute(&tables)
        .await
        .unwrap();
    assert!(verify(&casebook).await.is_err());
}

#[tokio::test]
async fn a_head_that_a_crash_left_behind_is_no_alarm() {
    let (bench, casebook, _) = desk().await;
    let head = bench.folder().join("audit.head");
    let earlier = std::fs::read(&head).unwrap();
    casebook.record(Action::View, "6", "").await.unwrap();
    std::fs::write(&head, earlier).unwrap();
    assert_eq!(verify(&casebook).await.unwrap(), 6);
}

#[tokio::test]
async fn many_writers_at_once_leave_one_whole_log() {
    let bench = Bench::new();
    let (one, two) = (bench.casebook().await, bench.casebook().await);
    let writers = (0..8).map(|n| {
        let casebook = if n % 2 == 0 { one.clone() } else { two.clone() };
        tokio::spawn(async move {
            for _ in 0..10 {
                casebook.record(Action::View, "x", "").await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(verify(&one).await.unwrap(), 81);
    let head = std::fs::read_to_string(bench.folder().join("audit.head")).unwrap();
    assert!(head.starts_with("81 "), "{head}");
}
