//! Promise P12: two queues with equal counts look alike, whoever wrote, what, in which language,
//! through which channel, from where, on which days and in which order. Values that may differ are
//! masked: ciphertext, random values, random expiry days. Everything else is compared byte by byte
//! on SQLite, and row by row and page by page on PostgreSQL.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use loke::gateway::listener::Listener;
use loke::random;
use sqlx::{Connection, PgConnection, Row, SqliteConnection};
use tokio::net::TcpSocket;

use super::canaries::{Canaries, SCRIPTS};
use super::visits::noise;
use crate::house::browser::{Field, multipart, photo, read, send, text};
use crate::house::skip::skipped;
use crate::house::{House, limit};

/// The lane, priority and class of each report follow from these: topic, danger, photo.
const KINDS: [(&str, &str, bool); 6] = [
    ("drugs", "no", false),
    ("drugs", "yes", false),
    ("cuckooing", "no", false),
    ("graffiti", "no", false),
    ("graffiti", "no", true),
    ("other", "unsure", false),
];
/// Reports of each kind.
const EACH: usize = 4;
/// Page size of the queue's file, in bytes.
const PAGE: usize = 8_192;
const DAY: i64 = 86_400;

/// The writers of one run: none of these properties may show.
struct People {
    script: usize,
    languages: &'static str,
    /// One in this many reports comes over the onion address.
    onion: usize,
    network: u8,
    days: i64,
    backwards: bool,
}

const SOME: People = People {
    script: 0,
    languages: "en-GB",
    onion: 2,
    network: 21,
    days: 2,
    backwards: false,
};
const OTHERS: People = People {
    script: 3,
    languages: "zh, ar;q=0.5",
    onion: 5,
    network: 90,
    days: 4,
    backwards: true,
};

async fn open(database: &str) -> House {
    House::on(database, |table| {
        limit(
            table,
            &[
                ("requests_per_minute", 1_000_000),
                ("reports_per_hour", 1_000_000),
                ("photos_per_hour", 1_000_000),
            ],
        );
        // Room enough for everything: a full class would put photos into larger classes too.
        let capacity = table["capacity"].as_table_mut().unwrap();
        capacity.insert("text".into(), 64.into());
        capacity.insert("photos".into(), vec![16, 2, 1, 1].into());
        table.insert(
            "onion".into(),
            toml::Table::from_iter([("listen".to_owned(), "127.0.0.1:0".into())]).into(),
        );
    })
    .await
}

/// One request from an address in these people's network.
async fn ask(
    target: SocketAddr,
    people: &People,
    head: &str,
    fields: &[Field],
) -> crate::house::browser::Page {
    let socket = TcpSocket::new_v4().unwrap();
    let [a, b] = random::bytes::<2>().unwrap();
    socket
        .bind((Ipv4Addr::new(127, people.network, a, b.max(1)), 0).into())
        .unwrap();
    let mut line = socket.connect(target).await.unwrap();
    let (kind, body) = if fields.is_empty() {
        (String::new(), Vec::new())
    } else {
        multipart(fields)
    };
    send(
        &mut line,
        head,
        &[
            ("Accept-Language", people.languages),
            ("Content-Type", &kind),
        ],
        &body,
    )
    .await
    .unwrap();
    read(&mut line).await.unwrap()
}

/// The people report, the same number of each kind in every run, and then some days pass.
async fn fill(house: &House, people: &People) {
    let mut words = Canaries::default();
    let mut reports: Vec<_> = KINDS
        .iter()
        .cycle()
        .take(KINDS.len() * EACH)
        .enumerate()
        .collect();
    if people.backwards {
        reports.reverse();
    }
    for (at, (topic, danger, with_photo)) in reports {
        let target = house.address(if at % people.onion == 0 {
            Listener::Onion
        } else {
            Listener::Web
        });
        let token = ask(target, people, "GET /", &[])
            .await
            .hidden("token")
            .unwrap();
        let (script, letters) = SCRIPTS[(people.script + at) % SCRIPTS.len()];
        let what = words.in_script(script, letters).repeat(1 + at % 3);
        let mut fields = vec![
            text("token", &token),
            text("topic", topic),
            text("danger", danger),
            text("what", &what),
        ];
        if people.backwards {
            fields.push(text("where", &words.word("where")));
        }
        let photos =
            with_photo.then(|| photo("IMG.jpg", &noise(80 + u16::from(people.network), 60)));
        let page = ask(
            target,
            people,
            "POST /check",
            &fields.iter().cloned().chain(photos).collect::<Vec<_>>(),
        )
        .await;
        assert_eq!(page.hidden("ticket").is_some(), *with_photo);
        let fields = page.carries(&fields);
        assert!(
            ask(target, people, "POST /send", &fields)
                .await
                .receipt()
                .is_some()
        );
        if at % (KINDS.len() * EACH / people.days as usize) == 0 {
            house.clock.advance(DAY);
        }
    }
    // The `once` values, which detect repeats, reveal the day for nine days; the next night deletes
    // them.
    house.clock.advance((20 - people.days) * DAY);
    house.store.expire(house.clock.today(), 0).await.unwrap();
    house.store.rewrite().await.unwrap();
    house.leaves((KINDS.len() * EACH) as u64);
}

/// The counts that may show: tips by state, class, lane and priority.
const COUNTS: &str = "select state, class, lane, priority, count(*) from slot group by 1, 2, 3, 4 order by 1, 2, 3, 4";

type Counts = Vec<(i64, i64, i64, i64, i64)>;

/// A copy of the queue's file in which every value that may differ is masked in place, and the
/// counts.
///
/// Three pages are blanked whole: the page of `_sqlx_migrations`, which shows when the queue was made
/// and nothing about tips; that of `process`, which has the gateway's own settings and keys; and the
/// page of `once`, which is empty by then and whose free list follows the order of random values.
async fn masked_sqlite(house: &House, place: &Path) -> (Vec<u8>, Counts) {
    let folder = house.config.parent().unwrap();
    let copy = place.join(hex::encode(random::bytes::<8>().unwrap()));
    std::fs::copy(folder.join("queue.db"), &copy).unwrap();
    let mut db = SqliteConnection::connect(&format!("sqlite:{}", copy.display()))
        .await
        .unwrap();
    let counts = sqlx::query_as(COUNTS).fetch_all(&mut db).await.unwrap();
    let (left,): (i64,) = sqlx::query_as("select count(*) from once")
        .fetch_one(&mut db)
        .await
        .unwrap();
    assert_eq!(left, 0, "values that stop repeats are left");
    let blank: Vec<(i64,)> = sqlx::query_as(
        "select rootpage from sqlite_master where name in ('once', '_sqlx_migrations', 'process')",
    )
    .fetch_all(&mut db)
    .await
    .unwrap();
    let mask = "pragma secure_delete = on; \
        update slot set state = 2, id = zeroblob(16), lane = 2, priority = 2, expiry = 256, mac = zeroblob(32), lease_token = zeroblob(16); \
        update body set bytes = zeroblob(length(bytes)); update fact set value = 2 where name = 2; pragma wal_checkpoint(truncate)";
    sqlx::raw_sql(mask).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    let mut bytes = std::fs::read(&copy).unwrap();
    for (page,) in blank {
        bytes[(page as usize - 1) * PAGE..page as usize * PAGE].fill(0);
    }
    (bytes, counts)
}

/// The numbers of the pages that differ.
fn differing(one: &[u8], other: &[u8]) -> Vec<usize> {
    assert_eq!(one.len(), other.len(), "the files have different sizes");
    one.chunks(PAGE)
        .zip(other.chunks(PAGE))
        .enumerate()
        .filter(|(_, (one, other))| one != other)
        .map(|(page, _)| page + 1)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn p12_two_sqlite_queues_with_equal_counts_differ_in_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let (some, others) = (open("sqlite:queue.db").await, open("sqlite:queue.db").await);
    fill(&some, &SOME).await;
    fill(&others, &OTHERS).await;
    // One second after a burst, a write hides the position of the last commit; until then the
    // shared memory shows it.
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    for house in [&some, &others] {
        let wal = house.config.parent().unwrap().join("queue.db-wal");
        assert_eq!(
            std::fs::metadata(wal).map_or(0, |is| is.len()),
            0,
            "the WAL is empty at rest"
        );
    }
    let ((one, counts), (other, other_counts)) = (
        masked_sqlite(&some, place.path()).await,
        masked_sqlite(&others, place.path()).await,
    );
    assert_eq!(counts, other_counts);
    assert!(
        counts.len() > KINDS.len(),
        "the reports came to different lanes and priorities"
    );
    println!(
        "{} pages compared, {:?} differ",
        one.len() / PAGE,
        differing(&one, &other)
    );
    assert_eq!(differing(&one, &other), Vec::<usize>::new());

    // The control: the comparison detects one more row that was deleted again.
    let file = others.config.parent().unwrap().join("queue.db");
    let mut db = SqliteConnection::connect(&format!("sqlite:{}", file.display()))
        .await
        .unwrap();
    let text = "insert into reply_row values (1, x'02', zeroblob(9000)); delete from reply_row; pragma wal_checkpoint(truncate)";
    sqlx::raw_sql(text).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    let (doctored, _) = masked_sqlite(&others, place.path()).await;
    assert!(
        one.len() != doctored.len() || !differing(&one, &doctored).is_empty(),
        "the comparison is blind"
    );
}

/// What a dump and the file sizes show once every value that may differ is masked.
async fn masked_postgres(url: &str) -> Vec<String> {
    const ROWS: [&str; 5] = [
        "select class, octet_length(id), octet_length(mac), octet_length(lease_token), count(*) from slot group by 1, 2, 3, 4 order by 1, 2, 3, 4",
        "select class, octet_length(bytes), count(*) from body group by 1, 2 order by 1, 2",
        "select lane, tips from expired order by lane",
        "select name, value from fact where name > 9 order by name",
        "select relname::text, relpages::bigint, pg_relation_size(oid) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'i') order by 1",
    ];
    let mut db = PgConnection::connect(url).await.unwrap();
    let mut all: Vec<String> = sqlx::query_as::<_, (i64, i64, i64, i64, i64)>(COUNTS)
        .fetch_all(&mut db)
        .await
        .unwrap()
        .iter()
        .map(|row| format!("{row:?}"))
        .collect();
    for rows in ROWS {
        for row in sqlx::query(sqlx::AssertSqlSafe(format!(
            "select r::text from ({rows}) r"
        )))
        .fetch_all(&mut db)
        .await
        .unwrap()
        {
            all.push(row.get(0));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn p12_two_postgres_queues_with_equal_counts_differ_in_nothing_else_after_the_night() {
    let (Some(one), Some(other)) = (
        crate::store::queue::new_database().await,
        crate::store::queue::new_database().await,
    ) else {
        return skipped!("LOKE_TEST_POSTGRES is not set");
    };
    let (some, others) = (open(&one).await, open(&other).await);
    fill(&some, &SOME).await;
    fill(&others, &OTHERS).await;
    let (seen, also) = (masked_postgres(&one).await, masked_postgres(&other).await);
    assert!(seen.len() > 20, "{seen:?}");
    assert_eq!(seen, also);
    // The control: the comparison detects one more tip. (Its day is far ahead, so that the nightly
    // job, which may still run, leaves it.)
    let mut db = PgConnection::connect(&other).await.unwrap();
    sqlx::raw_sql("update slot set state = 4, expiry = 99999 where number = (select min(number) from slot where state = 2)")
        .execute(&mut db)
        .await
        .unwrap();
    assert_ne!(seen, masked_postgres(&other).await);
    others.leaves((KINDS.len() * EACH + 1) as u64);
}
