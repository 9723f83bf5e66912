//! Books that an earlier version of the program made: the tables as they were after some migration,
//! with ten tips in every state. This version opens them, and nothing is lost.

mod fill;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use loke::clock::Clock;
use loke::desk::acting::Acting;
use loke::desk::book::{self, Decision, Filter, Search, View};
use loke::desk::keys::{BookSecrets, DatabaseKey, Identity};
use loke::desk::register::{Account, AccountRole, Register};
use loke::tip::{Lane, TipId};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::house::{NOON, staff};
use crate::trouble::SmallDisk;
use fill::id;

static TABLES: Migrator = sqlx::migrate!("migrations/book");
/// The first version whose tips are in the full-text index.
const FIRST: i64 = 7;
/// Tables whose rows are computed, or leave once the register has them.
const NOT_KEPT: [&str; 5] = [
    "counts",
    "effects",
    "tip_bands",
    "sqlite_schema",
    "sqlite_sequence",
];

/// A desk of today with a book of this version.
struct OldBook {
    folder: PathBuf,
    register: Register,
    account: Account,
    member: Identity,
    key: DatabaseKey,
    _place: tempfile::TempDir,
}

impl OldBook {
    async fn new(version: i64) -> Self {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().to_owned();
        Self::in_folder(version, folder, place).await
    }

    async fn in_folder(version: i64, folder: PathBuf, place: tempfile::TempDir) -> Self {
        let clock = Clock::by_hand(NOON);
        let register = Register::create(&folder, clock.clone()).await.unwrap();
        let (account, member) = staff::account(&register, "ann", AccountRole::ALL).await;
        let secrets = BookSecrets {
            identities: vec![Identity::generate()],
            database_key: DatabaseKey::random().unwrap(),
        };
        let recipient = secrets.recipient().unwrap();
        let actor = account.actor();
        for part in ["keys", "sealed"] {
            std::fs::create_dir_all(folder.join("books/main").join(part)).unwrap();
        }
        let key = std::slice::from_ref(&account.recipient);
        book::write_key_file(&folder, "main", "ann", &secrets, key, clock.today()).unwrap();
        register
            .add_book(&actor, "main", Lane::ALL, &recipient)
            .await
            .unwrap();
        std::fs::write(folder.join("books/main/book.db"), "").unwrap();
        let old = Self {
            folder,
            register,
            account,
            member,
            key: secrets.database_key.clone(),
            _place: place,
        };
        let tables = old.tables().await;
        TABLES.run_to(version, &tables).await.unwrap();
        let recipient = old.account.recipient.to_string();
        let mut write = tables.begin().await.unwrap();
        fill::fill(&mut write, version, &recipient).await;
        write.commit().await.unwrap();
        fill::sealed_files(&old.folder.join("books/main/sealed"));
        tables.close().await;
        old
    }

    fn file(&self) -> PathBuf {
        self.folder.join("books/main/book.db")
    }

    async fn tables(&self) -> SqlitePool {
        raw(&self.file(), &self.key).await
    }

    async fn open(&self) -> Result<Acting, String> {
        let member = std::slice::from_ref(&self.member);
        let opened = Acting::open(&self.register, self.account.clone(), member).await;
        opened.map_err(|e| e.to_string())
    }

    /// Every row, also of the schema and of the migrations.
    async fn everything(&self) -> BTreeMap<String, Vec<String>> {
        let tables = self.tables().await;
        let mut connection = tables.acquire().await.unwrap();
        let mut all = BTreeMap::new();
        for (table, columns) in columns(&mut connection).await {
            let rows = rows(&mut connection, &table, &columns).await;
            all.insert(table, rows);
        }
        drop(connection);
        tables.close().await;
        all
    }
}

/// A file of the desk, as seen by somebody who has its key and SQLCipher.
pub(super) async fn raw(file: &Path, key: &DatabaseKey) -> SqlitePool {
    let key = format!("\"x'{}'\"", hex::encode(key.expose()));
    let options = SqliteConnectOptions::new()
        .filename(file)
        .pragma("key", key);
    SqlitePool::connect_with(options).await.unwrap()
}

/// The stored columns of each table.
async fn columns(connection: &mut SqliteConnection) -> Vec<(String, String)> {
    sqlx::query_as(
        "select tables.name, group_concat('quote(\"' || columns.name || '\")', ' || ''|'' || ')
         from pragma_table_list as tables join pragma_table_xinfo(tables.name, 'main') as columns
         where tables.schema = 'main' and tables.type = 'table' and columns.hidden = 0
         group by tables.name",
    )
    .fetch_all(connection)
    .await
    .unwrap()
}

/// The rows of a table: these columns as SQL writes their values.
async fn rows(connection: &mut SqliteConnection, table: &str, columns: &str) -> Vec<String> {
    let select = format!("select {columns} from {table} order by 1");
    let rows = sqlx::query_scalar(AssertSqlSafe(select));
    rows.fetch_all(connection).await.unwrap()
}

fn view(view: View) -> Filter {
    Filter {
        view,
        ..Filter::default()
    }
}

async fn found(acting: &Acting, words: &str) -> Vec<TipId> {
    let wanted = Search {
        words: words.into(),
        most: 10,
        ..Search::default()
    };
    let hits = acting.books()[0].search(&wanted).await.unwrap();
    hits.into_iter().map(|hit| hit.id).collect()
}

/// The ten tips as an officer sees them, whatever version the book is from.
async fn is_whole(acting: &Acting, version: i64) {
    let rows = acting.queue(&view(View::Open)).await.unwrap();
    let order: Vec<TipId> = rows.iter().map(|row| row.id).collect();
    assert_eq!(order, [1, 7, 8, 9, 10, 2, 3].map(id), "version {version}");
    let deadlines: Vec<i64> = rows.iter().filter_map(|row| row.deadline).collect();
    let due = [3_600, 7_200, -7_200, 50_000, 60_000, 86_400, 172_800];
    assert_eq!(deadlines, due.map(|s| NOON + s), "version {version}");
    let counts = acting.counts().await.unwrap();
    let answered = i64::from(version >= 31);
    for (view, n) in [
        (View::Open, 7),
        (View::Danger, 2),
        (View::RingFirst, 2),
        (View::TwoHours, 1),
        (View::SecondLook, 1),
        (View::Mine, 1),
        (View::NoOwner, 5),
        (View::Changed, 1),
        (View::Waiting, 1),
        (View::CannotRead, 1),
        (View::NeedsTranslation, 0),
        (View::Overdue, 1),
        (View::Answered, answered),
        (View::Sent, 1),
        (View::Closed, 1),
        (View::ReadAgain, 1),
    ] {
        let counted = counts.get(&view).copied().unwrap_or(0);
        assert_eq!(counted, n, "version {version}: {view}");
        let filter = Filter {
            view,
            ..Filter::default()
        };
        let listed = acting.queue(&filter).await.unwrap().len();
        assert_eq!(listed, usize::try_from(n).unwrap(), "{version}: {view}");
    }
    assert_eq!(found(acting, "small bags").await, [10, 2].map(id));
    assert_eq!(found(acting, "noz klat").await, [id(8)]);
    assert_eq!(found(acting, "Frühstück").await, Vec::new(), "the control");
    let book = &acting.books()[0];
    let alike = book.alike(id(2)).await.unwrap();
    let alike: Vec<TipId> = alike.into_iter().map(|alike| alike.tip).collect();
    assert_eq!(alike, [id(10)], "version {version}");
    assert_eq!(book.holder(id(6)).await.unwrap(), id(2));
    let waiting = book.triage(id(3)).await.unwrap().triage;
    assert_eq!(waiting.paused_at, Some(NOON - 3_600), "version {version}");
    assert!(book.strange_members().await.unwrap().is_empty());
}

#[tokio::test]
async fn p7_p13_p17_a_book_of_any_earlier_version_opens_and_nothing_of_it_is_lost() {
    let versions: Vec<i64> = TABLES.iter().map(|migration| migration.version).collect();
    let newest = *versions.last().unwrap();
    assert!(newest >= 91);
    for version in versions.into_iter().filter(|version| *version >= FIRST) {
        let old = OldBook::new(version).await;
        let before = old.everything().await;
        let tables = old.tables().await;
        let shape = columns(&mut tables.acquire().await.unwrap()).await;
        tables.close().await;

        let acting = old.open().await.unwrap();
        let applied = acting.verify(|| {}).await.unwrap();
        assert!(applied > 3, "version {version}: the audit rows are there");
        is_whole(&acting, version).await;
        for book in acting.books() {
            book.close().await;
        }
        drop(acting);

        let tables = old.tables().await;
        let mut connection = tables.acquire().await.unwrap();
        for (table, columns) in &shape {
            if NOT_KEPT.contains(&table.as_str()) {
                continue;
            }
            let now: BTreeSet<String> = rows(&mut connection, table, columns)
                .await
                .into_iter()
                .collect();
            let lost: Vec<_> = before[table]
                .iter()
                .filter(|row| !now.contains(*row))
                .collect();
            assert!(lost.is_empty(), "version {version}, {table}: {lost:#?}");
        }
        assert!(before["tips"].len() == 10 && before["notes"].len() == 2);
        drop(connection);
        tables.close().await;
        register_knows(&old).await;

        // The work goes on, and the next opening has nothing to do.
        let acting = old.open().await.unwrap();
        let take = Decision::Take;
        let how = book::How::default();
        acting.decide(&[id(8).into()], &take, how).await.unwrap();
        assert_eq!(acting.counts().await.unwrap()[&View::Mine], 2);
        acting.undo().await.unwrap();
        is_whole(&acting, version).await;
        acting.verify(|| {}).await.unwrap();
        if [40, newest].contains(&version) {
            let book = acting.books()[0].clone();
            book::change_keys(book, |_| ()).await.unwrap();
            drop(acting);
            let acting = old.open().await.unwrap();
            is_whole(&acting, version).await;
            acting.verify(|| {}).await.unwrap();
        }
    }
}

/// The register has the names and the deadlines of the book's tips.
async fn register_knows(old: &OldBook) {
    let key = DatabaseKey::read(&old.folder.join("register.key")).unwrap();
    let register = raw(&old.folder.join("register.db"), &key).await;
    let count = async |select| -> i64 {
        let count = sqlx::query_scalar(select).fetch_one(&register).await;
        count.unwrap()
    };
    assert_eq!(count("select count(*) from tips").await, 10);
    // The clock of the seventh stands still.
    assert_eq!(count("select count(*) from due").await, 6);
    register.close().await;
}

#[tokio::test]
async fn an_update_that_fails_in_the_middle_leaves_the_book_as_it_was_and_says_so() {
    for (version, planted) in [(40, "report_drafts"), (51, "tallies"), (70, "unnoted")] {
        let old = OldBook::new(version).await;
        let tables = old.tables().await;
        let run = |statement: String| {
            let tables = tables.clone();
            async move { sqlx::query(AssertSqlSafe(statement)).execute(&tables).await }
        };
        run(format!("create table {planted} (x)")).await.unwrap();
        let before = old.everything().await;
        let said = old.open().await.err().unwrap();
        assert!(
            said.contains("is as it was before") && said.contains("use the earlier version"),
            "{said}"
        );
        assert_eq!(old.everything().await, before, "version {version}");
        run(format!("drop table {planted}")).await.unwrap();
        tables.close().await;
        let acting = old.open().await.unwrap();
        is_whole(&acting, version).await;
        acting.close().await;
    }
}

#[tokio::test]
async fn an_update_on_a_full_disk_leaves_the_book_as_it_was_and_says_so() {
    let place = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(place.path().join("disk"), 8 << 10) else {
        return;
    };
    let old = OldBook::in_folder(40, disk.at().to_owned(), place).await;
    let before = old.everything().await;
    disk.fill(48 << 10);
    let said = old.open().await.err().unwrap();
    assert!(
        said.contains("failed (13)") && said.contains("Free room on the disk"),
        "{said}"
    );
    assert_eq!(old.everything().await, before);
    disk.free();
    let acting = old.open().await.unwrap();
    is_whole(&acting, 40).await;
    acting.close().await;
}
