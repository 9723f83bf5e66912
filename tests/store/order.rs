//! Promises P3 and P7 on the bytes of the files: a tip's position does not show when it arrived,
//! and deleted data is gone.

use std::collections::{HashMap, HashSet};
use std::process::Command;

use loke::seal::Sealed;
use loke::store::{Capacity, Store};
use sqlx::Connection;
use tokio::task::JoinSet;

use super::queue::{DAY, NOW, Queue, a_tip, new_database, text, token};
use super::{claim, ids, put};

const TIPS: usize = 2_000;
const ROOM: Capacity = Capacity {
    text: 2_400,
    photos: [0; 4],
};

/// Spearman's rank correlation between the order of `places` and their values. The places must
/// differ.
fn rho(places: &[usize]) -> f64 {
    let mut by_size: Vec<usize> = (0..places.len()).collect();
    by_size.sort_by_key(|i| places[*i]);
    let n = places.len() as f64;
    let squares: f64 = by_size
        .iter()
        .enumerate()
        .map(|(rank, i)| (rank as f64 - *i as f64).powi(2))
        .sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}

/// Four standard deviations of rho in random order: one false alarm in 16,000 runs.
fn band(n: usize) -> f64 {
    4.0 / ((n - 1) as f64).sqrt()
}

fn eight(bytes: &[u8]) -> [u8; 8] {
    bytes[..8].try_into().unwrap()
}

/// The position in `file` at which each tip's bytes begin, in the order of arrival.
fn places(file: &[u8], tips: &[Sealed]) -> Vec<usize> {
    places_of(file, tips, 0)
}

/// The position in `file` of the byte `at` of each tip, in the order of arrival.
fn places_of(file: &[u8], tips: &[Sealed], at: usize) -> Vec<usize> {
    let starts: HashMap<[u8; 8], usize> = tips
        .iter()
        .enumerate()
        .map(|(i, tip)| (eight(&tip.bytes[at..]), i))
        .collect();
    let mut places = vec![None; tips.len()];
    for (at, window) in file.windows(8).enumerate() {
        if let Some(i) = starts.get(window) {
            places[*i] = Some(at);
        }
    }
    places
        .into_iter()
        .map(|place| place.expect("a tip is not in the file"))
        .collect()
}

async fn put_all(store: &Store, grouped: bool) -> Vec<Sealed> {
    let tips: Vec<Sealed> = std::iter::repeat_with(text).take(TIPS).collect();
    let mut puts = JoinSet::new();
    for tip in &tips {
        if grouped {
            let (store, tip) = (store.clone(), tip.clone());
            puts.spawn(async move { put(&store, &tip).await });
        } else {
            put(store, tip).await;
        }
    }
    puts.join_all().await;
    // Empties the WAL, whatever the writer would do with it.
    store.release().await.unwrap();
    tips
}

#[tokio::test]
async fn p3_the_place_in_the_sqlite_file_says_nothing_about_arrival() {
    for grouped in [false, true] {
        let queue = Queue::on_sqlite(ROOM).await;
        let tips = put_all(&queue.store, grouped).await;
        let file = std::fs::read(queue.folder.path().join("queue.db")).unwrap();
        let rho = rho(&places(&file, &tips));
        println!(
            "SQLite, grouped {grouped}: rho {rho:.4}, band {:.4}",
            band(TIPS)
        );
        assert!(rho.abs() < band(TIPS));
        let wal = std::fs::metadata(queue.folder.path().join("queue.db-wal")).unwrap();
        assert_eq!(wal.len(), 0, "the WAL is empty");
    }
}

/// A long row fills several pages. If pages were freed and used again, each tip would be chained to
/// the one before it.
#[tokio::test]
async fn p3_a_slot_keeps_its_pages_whatever_is_written_into_it() {
    let queue = Queue::on_sqlite(Capacity {
        text: 300,
        photos: [0; 4],
    })
    .await;
    let tips: Vec<Sealed> = std::iter::repeat_with(text).take(200).collect();
    for tip in &tips {
        put(&queue.store, tip).await;
    }
    assert_eq!(claim(&queue.store, 1, 60, NOW).await.len(), 60);
    queue.store.release().await.unwrap();
    let file = std::fs::read(queue.folder.path().join("queue.db")).unwrap();
    // The slots' pages were laid out in one order, so the beginnings and the ends of their contents
    // must have the same order.
    let (heads, tails) = (places(&file, &tips), places_of(&file, &tips, 16_000));
    let mut in_file: Vec<usize> = (0..tips.len()).collect();
    in_file.sort_by_key(|i| heads[*i]);
    // Several beginnings share one page, in any order: compare page numbers.
    let together = in_file
        .windows(2)
        .filter(|pair| {
            heads[pair[0]] / 8_192 < heads[pair[1]] / 8_192 && tails[pair[0]] > tails[pair[1]]
        })
        .count();
    assert_eq!(
        together, 0,
        "pairs of tips whose tails stand in another order than their heads"
    );
    let pool = sqlx::SqlitePool::connect(&queue.url).await.unwrap();
    let (free,): (i64,) = sqlx::query_as("pragma freelist_count")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(free, 0, "no page was freed");
    // The control: an update that changes every column moves the row to other pages.
    sqlx::raw_sql("create table careless (number integer primary key, bytes blob); insert into careless values (1, randomblob(18432))")
        .execute(&pool)
        .await
        .unwrap();
    let careless = "with v (number, bytes) as (values (1, randomblob(18432))) update careless set bytes = v.bytes from v where careless.number = v.number";
    sqlx::raw_sql(careless).execute(&pool).await.unwrap();
    let (free,): (i64,) = sqlx::query_as("pragma freelist_count")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!(free > 0);
}

#[tokio::test]
async fn p3_a_plain_table_would_tell_the_order_of_arrival() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql("create table plain (bytes blob)")
        .execute(&pool)
        .await
        .unwrap();
    let tips: Vec<Sealed> = std::iter::repeat_with(text).take(300).collect();
    for tip in &tips {
        sqlx::query("insert into plain values ($1)")
            .bind(tip.bytes.clone())
            .execute(&pool)
            .await
            .unwrap();
    }
    pool.close().await;
    let rho = rho(&places(&std::fs::read(path).unwrap(), &tips));
    println!("a plain table: rho {rho:.4}");
    assert!(rho > 0.9);
}

/// For each table of a dump, the position of each tip's row, in the order of arrival.
fn places_in_dump(url: &str, tips: &[Sealed]) -> Vec<Vec<usize>> {
    let dump = Command::new("pg_dump")
        .args(["--data-only", "--dbname", url])
        .output()
        .expect("pg_dump is not installed");
    assert!(
        dump.status.success(),
        "{}",
        String::from_utf8_lossy(&dump.stderr)
    );
    let marks: HashMap<String, usize> = tips
        .iter()
        .enumerate()
        .flat_map(|(i, tip)| [(tip.id.to_string(), i), (hex::encode(&tip.bytes[..16]), i)])
        .collect();
    let mut tables: Vec<Vec<Option<usize>>> = Vec::new();
    for (line_at, line) in String::from_utf8(dump.stdout).unwrap().lines().enumerate() {
        if line.starts_with("COPY ") {
            tables.push(vec![None; tips.len()]);
        }
        // A value is `\\x` and hex; the sealed bytes come after the 4 bytes of their length.
        let found = line.split('\t').find_map(|value| {
            marks
                .get(value.get(3..35)?)
                .or_else(|| marks.get(value.get(11..43)?))
        });
        if let (Some(i), Some(table)) = (found, tables.last_mut()) {
            table[*i] = Some(line_at);
        }
    }
    tables
        .into_iter()
        .filter_map(|table| table.into_iter().collect())
        .collect()
}

/// The tips' transaction numbers (`xmin`), which PostgreSQL stores with each row.
async fn places_by_transaction(url: &str, tips: &[Sealed]) -> Vec<usize> {
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let rows: Vec<(Vec<u8>, i64)> =
        sqlx::query_as("select id, xmin::text::bigint from slot where state > 2")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let of: HashMap<Vec<u8>, i64> = rows.into_iter().collect();
    tips.iter()
        .map(|tip| of[tip.id.0.as_slice()] as usize)
        .collect()
}

#[tokio::test]
async fn p3_a_postgres_dump_says_nothing_about_arrival_after_the_rewrite() {
    for grouped in [false, true] {
        let Some(queue) = Queue::on_postgres(ROOM).await else {
            return;
        };
        let tips = put_all(&queue.store, grouped).await;
        let told = rho(&places_by_transaction(&queue.url, &tips).await);
        println!("PostgreSQL, grouped {grouped}: by transaction before the rewrite rho {told:.4}");
        assert!(
            grouped || told > 0.99,
            "the control: without the rewrite the order is there"
        );
        queue.store.rewrite().await.unwrap();
        assert_eq!(
            places_by_transaction(&queue.url, &tips)
                .await
                .into_iter()
                .collect::<HashSet<_>>()
                .len(),
            1
        );
        let tables = places_in_dump(&queue.url, &tips);
        assert_eq!(tables.len(), 2, "slot and body");
        for table in tables {
            let rho = rho(&table);
            println!(
                "PostgreSQL, grouped {grouped}: in the dump rho {rho:.4}, band {:.4}",
                band(TIPS)
            );
            assert!(rho.abs() < band(TIPS));
        }
    }
}

#[tokio::test]
async fn p6_a_rewrite_loses_no_tip_that_is_put_in_or_taken_out_meanwhile() {
    let Some(queue) = Queue::on_postgres(ROOM).await else {
        return;
    };
    let tips: Vec<Sealed> = std::iter::repeat_with(text).take(400).collect();
    let mut puts = JoinSet::new();
    for tips in tips.chunks(100) {
        let (store, tips) = (queue.store.clone(), tips.to_vec());
        puts.spawn(async move {
            for tip in tips {
                put(&store, &tip).await;
            }
        });
    }
    let mut out = Vec::new();
    for by in 1..=5 {
        queue.store.rewrite().await.unwrap();
        let some = claim(&queue.store, by, 10, NOW).await;
        assert_eq!(
            queue.store.ack(token(by), &ids(&some)).await.unwrap().left,
            []
        );
        out.extend(some);
    }
    puts.join_all().await;
    queue
        .store
        .export(&mut |tip| {
            out.push(tip);
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(ids(&out), ids(&tips));
    assert!(out.iter().all(|tip| tips.contains(tip)));
}

/// The number of places in the queue's files that contain part of a sealed tip: every run of 32
/// bytes contains one of these blocks.
fn traces(queue: &Queue, tips: &[Sealed]) -> usize {
    let blocks: HashSet<[u8; 8]> = tips
        .iter()
        .flat_map(|tip| tip.bytes.chunks_exact(16).map(eight))
        .collect();
    let files = queue.files();
    files
        .iter()
        .map(|(_, file)| {
            file.windows(8)
                .filter(|window| blocks.contains(*window))
                .count()
        })
        .sum()
}

#[tokio::test]
async fn p7_deleted_tips_leave_no_32_bytes_in_the_sqlite_files() {
    for expired in [false, true] {
        let queue = Queue::on_sqlite(Capacity {
            text: 64,
            photos: [0; 4],
        })
        .await;
        let tips: Vec<Sealed> = std::iter::repeat_with(|| a_tip(DAY)).take(40).collect();
        for tip in &tips {
            put(&queue.store, tip).await;
        }
        assert!(
            traces(&queue, &tips) >= 40 * 16_384 / 16,
            "the search finds what is there"
        );
        if expired {
            queue.store.expire(DAY.plus(1), 0).await.unwrap();
        } else {
            assert_eq!(claim(&queue.store, 1, 40, NOW).await.len(), 40);
            assert_eq!(
                queue.store.ack(token(1), &ids(&tips)).await.unwrap().left,
                []
            );
        }
        assert_eq!(traces(&queue, &tips), 0, "expired {expired}");
        let narrow: Vec<Vec<u8>> = tips
            .iter()
            .flat_map(|tip| [tip.id.0.to_vec(), tip.mac.to_vec()])
            .collect();
        for (path, file) in queue.files() {
            let left = narrow
                .iter()
                .filter(|mark| {
                    file.windows(mark.len())
                        .any(|window| window == mark.as_slice())
                })
                .count();
            assert_eq!(left, 0, "ids and MACs in {}", path.display());
        }
    }
}

#[tokio::test]
async fn p3_the_shared_memory_file_forgets_where_the_last_tips_lie() {
    let queue = Queue::on_sqlite(Capacity {
        text: 64,
        photos: [0; 4],
    })
    .await;
    // The WAL index (https://sqlite.org/walformat.html): page numbers of 4 bytes from byte 136 on.
    let pages = || {
        let index = std::fs::read(queue.folder.path().join("queue.db-shm")).unwrap();
        index[136..16_384]
            .chunks_exact(4)
            .filter(|page| *page != [0; 4])
            .count()
    };
    for _ in 0..5 {
        put(&queue.store, &text()).await;
    }
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(50));
    let before = pages();
    for _ in 0..200 {
        ticks.tick().await;
        if pages() == 1 {
            break;
        }
    }
    println!("pages named in the -shm file: {before}, then {}", pages());
    assert!(before > 3 && pages() == 1);
}

#[tokio::test]
async fn p12_a_slot_that_was_used_looks_like_one_that_never_was() {
    let queue = Queue::on_sqlite(Capacity {
        text: 64,
        photos: [0; 4],
    })
    .await;
    let sizes = |queue: &Queue| queue.files().iter().map(|(_, file)| file.len()).max();
    let mut before = None;
    for round in 0..4 {
        for _ in 0..40 {
            put(&queue.store, &text()).await;
        }
        assert_eq!(queue.store.purge().await.unwrap(), 40);
        // The first round allocates room for the `once` values, which detect repeats.
        before = before.filter(|_| round > 0).or_else(|| sizes(&queue));
    }
    assert_eq!(sizes(&queue), before, "the file neither grew nor shrank");
    let pool = sqlx::SqlitePool::connect(&queue.url).await.unwrap();
    let (kinds,): (i64,) =
        sqlx::query_as("select count(*) from (select distinct state, id, lane, priority, expiry, mac, lease_token, lease_until from slot)")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(kinds, 1);
}

#[tokio::test]
async fn p3_tips_are_spread_anew_where_slots_are_added() {
    let small = Capacity {
        text: 200,
        photos: [0; 4],
    };
    let queue = Queue::on_sqlite(small).await;
    let old: Vec<Sealed> = std::iter::repeat_with(text).take(200).collect();
    for tip in &old {
        put(&queue.store, tip).await;
    }
    let larger = Store::open(
        &queue.url,
        Capacity {
            text: 400,
            photos: [0; 4],
        },
    )
    .await
    .unwrap();
    let new: Vec<Sealed> = std::iter::repeat_with(text).take(200).collect();
    for tip in &new {
        put(&larger, tip).await;
    }
    larger.release().await.unwrap();
    let file = std::fs::read(queue.folder.path().join("queue.db")).unwrap();
    let all: Vec<Sealed> = old.into_iter().chain(new).collect();
    let rho = rho(&places(&file, &all));
    println!("after growing: rho {rho:.4}, band {:.4}", band(400));
    assert!(rho.abs() < band(400));
}

#[tokio::test]
async fn p3_a_plain_postgres_table_would_tell_the_order_of_arrival() {
    let Some(url) = new_database().await else {
        return;
    };
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("create table plain (id bytea)")
        .execute(&mut connection)
        .await
        .unwrap();
    let tips: Vec<Sealed> = std::iter::repeat_with(text).take(300).collect();
    for tip in &tips {
        sqlx::query("insert into plain values ($1)")
            .bind(tip.id.0.to_vec())
            .execute(&mut connection)
            .await
            .unwrap();
    }
    let rho = rho(&places_in_dump(&url, &tips)[0]);
    println!("a plain table: rho {rho:.4}");
    assert!(rho > 0.9);
}
