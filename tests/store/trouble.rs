//! If the queue cannot be used, the error says why and what to do; if it is gone, calls return an
//! error, and work again later.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use loke::reply_rows::RowName;
use loke::store::{Capacity, Cause, Error, Put, Store};
use sqlx::Connection;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::queue::{DAY, NOW, Queue, SMALL, entry, held, new_database, text};
use super::{claim, put};

/// The longest time that a request may wait while its words are in memory.
const IN_TIME: Duration = Duration::from_secs(10);

async fn refusal(url: &str) -> String {
    match Store::open(url, SMALL).await {
        Err(Error::Unusable(what)) => what,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("{url} was opened"),
    }
}

#[tokio::test]
async fn an_unusable_sqlite_queue_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    assert!(
        refusal(&at("no/queue.db"))
            .await
            .contains("is missing: create it")
    );
    assert!(
        refusal(&format!("sqlite:{}", folder.path().display()))
            .await
            .contains("it is not a folder")
    );
    assert!(
        refusal("mysql://root:hunter2@host/db")
            .await
            .contains("sqlite:PATH")
    );
    std::fs::write(folder.path().join("letter.txt"), "Dear sir, ".repeat(200)).unwrap();
    assert!(
        refusal(&at("letter.txt"))
            .await
            .contains("not an SQLite file")
    );
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(folder.path().join("other.db"))
        .create_if_missing(true);
    let mut other = sqlx::SqliteConnection::connect_with(&options)
        .await
        .unwrap();
    sqlx::raw_sql("create table books (title text)")
        .execute(&mut other)
        .await
        .unwrap();
    assert!(
        refusal(&at("other.db"))
            .await
            .contains("another program's database")
    );
}

#[tokio::test]
async fn a_queue_of_a_later_version_is_refused() {
    const LATER: &str = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9, 'later', true, '', 0)";
    for queue in super::engines(SMALL).await {
        match queue.name {
            "SQLite" => {
                let text = LATER.replace("''", "x''");
                let mut connection = sqlx::SqliteConnection::connect(&queue.url).await.unwrap();
                sqlx::raw_sql(sqlx::AssertSqlSafe(text))
                    .execute(&mut connection)
                    .await
                    .unwrap();
            }
            _ => {
                let mut connection = sqlx::PgConnection::connect(&queue.url).await.unwrap();
                sqlx::raw_sql(LATER).execute(&mut connection).await.unwrap();
            }
        }
        assert!(
            refusal(&queue.url)
                .await
                .contains("another version of Loke"),
            "{}",
            queue.name
        );
    }
}

/// A web gateway and a pickup may share one SQLite file. SQLite's own busy handler misses the short
/// moments between another process's commits.
#[tokio::test(flavor = "multi_thread")]
async fn p6_a_second_process_that_writes_without_a_pause_starves_nobody() {
    let queue = Queue::on_sqlite(SMALL).await;
    let mut other = sqlx::SqliteConnection::connect(&queue.url).await.unwrap();
    let (stop, stopped) = watch::channel(false);
    let busy = tokio::spawn(async move {
        while !*stopped.borrow() {
            let text = "begin immediate; update fact set value = value + 1 where name = 99; select count(*) from slot a, slot b, slot c; commit";
            sqlx::raw_sql(text).execute(&mut other).await.ok();
        }
    });
    for _ in 0..20 {
        put(&queue.store, &text()).await;
    }
    stop.send(true).unwrap();
    busy.await.unwrap();
    assert_eq!(held(&queue.store).await, 20);
}

/// `check` and `export` open the queue beside the running gateway, and a web gateway and a pickup
/// may share one.
#[tokio::test(flavor = "multi_thread")]
async fn p6_a_process_that_opens_the_queue_and_ends_takes_nothing_from_those_that_stay() {
    let queue = Queue::on_sqlite(SMALL).await;
    let second = Store::open(&queue.url, SMALL).await.unwrap();
    put(&queue.store, &text()).await;
    // This client closes properly, and SQLite deletes the WAL when the last connection closes.
    let file = queue.url.trim_start_matches("sqlite:").to_owned();
    let ends = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('select count(*) from slot').fetchall(); c.close()";
    let ended = std::process::Command::new("python3")
        .args(["-c", ends, &file])
        .status()
        .unwrap();
    assert!(ended.success());
    assert!(
        std::path::Path::new(&format!("{file}-wal")).exists(),
        "the WAL was deleted under the processes that stay"
    );
    put(&queue.store, &text()).await;
    put(&second, &text()).await;
    let third = Store::open(&queue.url, SMALL).await.unwrap();
    assert_eq!(held(&third).await, 3);
}

#[tokio::test]
async fn the_queue_files_are_their_owners_alone() {
    let queue = Queue::on_sqlite(SMALL).await;
    put(&queue.store, &text()).await;
    for (path, _) in queue.files() {
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600,
            "{}",
            path.display()
        );
    }
}

#[tokio::test]
async fn p9_no_error_repeats_the_password() {
    let Some(url) = new_database().await else {
        return;
    };
    let (user, rest) = url
        .split_once(':')
        .and_then(|(_, rest)| rest.split_once(':'))
        .unwrap();
    let (password, host) = rest.split_once('@').unwrap();
    let (server, _) = host.split_once('/').unwrap();
    let wrong = [
        format!("postgres:{user}:{password}x@{host}"),
        format!("postgres:{user}:{password}@{server}/no_such_database"),
        format!("postgres:{user}:{password}@{server}x/no_such_port"),
    ];
    for url in wrong {
        let what = refusal(&url).await;
        assert!(
            what.contains("PostgreSQL") && what.contains(':') && !what.contains(password),
            "{what}"
        );
    }
}

#[tokio::test]
async fn p6_a_locked_sqlite_queue_gives_an_error_and_recovers() {
    let queue = Queue::on_sqlite(SMALL).await;
    let mut other = sqlx::SqliteConnection::connect(&queue.url).await.unwrap();
    let lock = other.begin_with("begin immediate").await.unwrap();
    let refused = entry();
    assert!(matches!(
        queue.store.put(text(), refused).await,
        Err(Error::Database(Cause::Busy(_)))
    ));
    drop(lock);
    other.close().await.unwrap();
    assert_eq!(
        queue.store.put(text(), refused).await.unwrap(),
        Put::Stored,
        "nothing of the refused one was kept"
    );
    assert_eq!(held(&queue.store).await, 1);
}

/// Each resident's request ends within ten seconds, however many wait, and nothing is stored twice.
#[tokio::test(flavor = "multi_thread")]
async fn p6_a_locked_queue_answers_hundreds_in_time_and_the_same_reports_again_are_stored_once() {
    const RESIDENTS: usize = 600;
    let queue = Queue::on_sqlite(Capacity {
        text: 2_000,
        photos: [0; 4],
    })
    .await;
    let mut other = sqlx::SqliteConnection::connect(&queue.url).await.unwrap();
    let lock = other.begin_with("begin immediate").await.unwrap();
    let reports: Vec<_> = std::iter::repeat_with(entry).take(RESIDENTS).collect();
    let all = |store: Store| {
        let mut asking = JoinSet::new();
        for report in reports.clone() {
            let store = store.clone();
            asking.spawn(async move {
                timeout(IN_TIME, store.put(text(), report))
                    .await
                    .expect("nobody waits longer")
            });
        }
        asking.join_all()
    };
    let refused = all(queue.store.clone()).await;
    assert!(
        refused
            .iter()
            .all(|answer| matches!(answer, Err(Error::Database(_)))),
        "the control: it is locked"
    );
    drop(lock);
    other.close().await.unwrap();
    let stored = all(queue.store.clone()).await;
    assert!(
        stored.iter().all(Result::is_ok),
        "{:?}",
        stored.iter().find(|answer| answer.is_err())
    );
    assert_eq!(held(&queue.store).await, RESIDENTS as u64, "each once");
}

/// PostgreSQL's machine is silent: it neither responds nor closes the connection.
#[tokio::test(flavor = "multi_thread")]
async fn p6_a_postgres_that_stopped_answers_nobody_later_than_in_ten_seconds() {
    let Some(url) = new_database().await else {
        return;
    };
    let (url, line) = wire(&url).await;
    let store = Store::open(&url, SMALL).await.unwrap();
    put(&store, &text()).await;
    line.send(Line::Silent).unwrap();
    let again = entry();
    let mut puts = JoinSet::new();
    for report in std::iter::once(again).chain(std::iter::repeat_with(entry).take(20)) {
        let store = store.clone();
        puts.spawn(async move {
            timeout(IN_TIME, store.put(text(), report))
                .await
                .expect("nobody waits longer")
        });
    }
    let (knows, replies) = tokio::join!(
        timeout(IN_TIME, store.knows([0; 16])),
        timeout(IN_TIME, store.reply_rows(&[RowName([0; 16])]))
    );
    assert!(knows.unwrap().is_err() && replies.unwrap().is_err());
    assert!(
        puts.join_all()
            .await
            .iter()
            .all(|answer| matches!(answer, Err(Error::Database(_))))
    );
    line.send(Line::Cut).unwrap();
    line.send(Line::Whole).unwrap();
    let mut stored = store.put(text(), again).await;
    for _ in 0..20 {
        if stored.is_err() {
            stored = store.put(text(), again).await;
        }
    }
    assert!(stored.is_ok(), "{stored:?}");
    assert_eq!(store.put(text(), again).await.unwrap(), Put::Repeated);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Whole,
    Cut,
    Silent,
}

/// A connection to PostgreSQL that can be cut, silenced and restored. Returns the URL that leads
/// through it.
async fn wire(url: &str) -> (String, watch::Sender<Line>) {
    let (before, rest) = url.split_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let through = format!("{before}@{}/{database}", listener.local_addr().unwrap());
    let (line, state) = watch::channel(Line::Whole);
    let server: Arc<str> = server.into();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (server, mut state) = (server.clone(), state.clone());
            tokio::spawn(async move {
                if *state.borrow_and_update() == Line::Whole {
                    let mut far = TcpStream::connect(&*server).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = state.wait_for(|line| *line != Line::Whole) => {}
                    }
                }
                // A silenced connection is cut before it can be restored.
                let _ended = state.wait_for(|line| *line != Line::Silent).await;
            });
        }
    });
    (through, line)
}

#[tokio::test]
async fn p6_a_postgres_that_is_gone_gives_errors_and_comes_back() {
    let Some(url) = new_database().await else {
        return;
    };
    let (url, line) = wire(&url).await;
    let store = Store::open(&url, SMALL).await.unwrap();
    let first = text();
    put(&store, &first).await;
    line.send(Line::Cut).unwrap();
    let refused = entry();
    let (one, two) = tokio::join!(store.put(text(), refused), store.put(text(), entry()));
    assert!(matches!(
        (one, two),
        (Err(Error::Database(_)), Err(Error::Database(_)))
    ));
    assert!(
        store
            .claim(&[], super::token(1), 1, 1, NOW, NOW)
            .await
            .is_err()
    );
    assert!(store.waiting(&[], NOW).await.is_err());
    assert!(store.expire(DAY, 0).await.is_err());
    line.send(Line::Whole).unwrap();
    assert_eq!(claim(&store, 1, 9, NOW).await, [first]);
    assert_eq!(store.put(text(), refused).await.unwrap(), Put::Stored);
    assert_eq!(held(&store).await, 2);
}
