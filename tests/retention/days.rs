//! Days in the desk's files are text of one form. Anything else is an error with the column's name.

use loke::clock::Day;
use loke::desk::book::Filter;
use loke::desk::database::Error;
use loke::desk::keys::DatabaseKey;
use loke::desk::register::NewGrant;
use sqlx::sqlite::SqlitePool;

use super::{Bench, tables, tip};
use crate::house::staff;

async fn execute(tables: &SqlitePool, change: &str) {
    let change = sqlx::AssertSqlSafe(change.to_owned());
    sqlx::query(change).execute(tables).await.unwrap();
}

impl Bench {
    async fn register_tables(&self) -> SqlitePool {
        let key = DatabaseKey::read(&self.dir.join("register.key")).unwrap();
        tables(&self.dir.join("register.db"), &key, &[]).await
    }
}

fn column<T>(result: Result<T, Error>) -> String {
    match result.err() {
        Some(Error::Column(column)) => column,
        other => panic!("no error of a column: {other:?}"),
    }
}

#[tokio::test]
async fn a_day_that_is_no_date_is_an_error_with_the_name_of_its_column() {
    let bench = Bench::new().await;
    bench.keep(&tip()).await;
    let (book, register) = (bench.tables("main").await, bench.register_tables().await);
    let queue = async || bench.book().queue(&Filter::default()).await;
    for no_day in ["''", "'2026-11-31'", "'2026-1-1'", "'canary'"] {
        assert_eq!(queue().await.unwrap().len(), 1, "the control");
        execute(
            &book,
            &format!("update triage set waiting_until = {no_day}"),
        )
        .await;
        assert_eq!(column(queue().await), "waiting_until", "{no_day}");
        execute(&book, "update triage set waiting_until = null").await;

        let accounts = async || bench.register().accounts().await;
        assert_eq!(accounts().await.unwrap().len(), 1, "the control");
        execute(
            &register,
            &format!("update accounts set seen_on = {no_day}"),
        )
        .await;
        let error = accounts().await;
        let said = error.as_ref().unwrap_err().to_string();
        assert!(said.contains("the column seen_on"), "{said}");
        assert!(!said.contains("canary"), "{said}");
        assert_eq!(column(error), "seen_on", "{no_day}");
        execute(&register, "update accounts set seen_on = '2026-11-20'").await;
    }
    let seen = bench.register().accounts().await.unwrap()[0].seen_on;
    assert_eq!(seen, "2026-11-20".parse().ok());
    book.close().await;
    register.close().await;
}

#[tokio::test]
async fn a_day_is_stored_as_text_of_ten_characters() {
    let bench = Bench::new().await;
    let until: Day = "2027-01-02".parse().unwrap();
    for until_on in [Some(until), None] {
        let grant = NewGrant {
            book: "main",
            account: staff::NAME,
            given_by: staff::NAME,
            until_on,
            agreed_by: None,
        };
        bench.register().grant(&grant).await.unwrap();
        let register = bench.register_tables().await;
        let stored: (String, String, Option<String>) =
            sqlx::query_as("select typeof(granted_on), granted_on, until_on from grants")
                .fetch_one(&register)
                .await
                .unwrap();
        let today = bench.clock.today().to_string();
        let until_on = until_on.map(|_| "2027-01-02".to_owned());
        assert_eq!(stored, ("text".to_owned(), today, until_on));
        register.close().await;
    }
}
