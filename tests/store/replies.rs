//! Reply rows on both engines: a book's rows are replaced at once, found by name, and forgotten
//! where they are.

use std::collections::BTreeMap;

use loke::clock::Day;
use loke::pickup::Row;
use loke::receipt::{Receipt, ReplyBox};
use loke::reply_rows::{COVER, LOOK_BACK, RowName, cover_rows};
use loke::seal::MacKey;
use loke::store::{BOOKS_OF_A_DESK, Error, Store};

use super::queue::{DAY, Queue, SMALL, engines};
use crate::house::sweep::Sweep;

const BOOK: [u8; 16] = [7; 16];
const ROWS: usize = 70;

fn random_rows(count: usize) -> Vec<Row> {
    std::iter::repeat_with(|| Row::random().unwrap())
        .take(count)
        .collect()
}

fn a_box(token: u8) -> ReplyBox {
    Receipt::derive(&[1; 32], &[token]).reply_box()
}

/// "Forget" at noon of a day.
async fn forget(store: &Store, of: u8, day: Day) -> Result<(), Error> {
    let noon = i64::from(day.0) * 86_400 + 43_200;
    let key = MacKey::new([4; 32]);
    store.forget_replies(&a_box(of), day, &key, noon).await
}

fn names(rows: &[Row]) -> Vec<RowName> {
    rows.iter().map(|row| row.name).collect()
}

/// How many of these rows are there, byte for byte.
async fn held(store: &Store, rows: &[Row]) -> usize {
    let found = store.reply_rows(&names(rows)).await.unwrap();
    let is_there = |row: &&Row| found.get(&row.name) == Some(&row.sealed);
    rows.iter().filter(is_there).count()
}

#[tokio::test]
async fn all_rows_of_a_book_are_replaced_at_once_and_a_repeat_changes_nothing() {
    for queue in engines(SMALL).await {
        let store = &queue.store;
        assert_eq!(store.replies_replaced_on(BOOK).await.unwrap(), None);
        let (first, second) = (random_rows(ROWS), random_rows(ROWS));
        let other = random_rows(3);
        let replace = async |book, day, rows: &[Row]| {
            store
                .replace_replies("desk", book, day, rows.to_vec())
                .await
        };
        replace([8; 16], DAY, &other).await.unwrap();
        for _ in 0..2 {
            replace(BOOK, DAY, &first).await.unwrap();
            assert_eq!(held(store, &first).await, ROWS, "{}", queue.name);
        }
        replace(BOOK, DAY.plus(1), &second).await.unwrap();
        assert_eq!(
            (held(store, &first).await, held(store, &second).await),
            (0, ROWS)
        );
        let late = replace(BOOK, DAY, &first).await;
        assert!(matches!(late, Err(Error::OlderRows)), "{}", queue.name);
        assert_eq!(
            store.replies_replaced_on(BOOK).await.unwrap(),
            Some(DAY.plus(1))
        );
        // Another number of rows, as after a change of `reply_rows`.
        let fewer = random_rows(5);
        replace(BOOK, DAY.plus(1), &fewer).await.unwrap();
        assert_eq!(
            (held(store, &second).await, held(store, &fewer).await),
            (0, 5)
        );
        assert_eq!(
            held(store, &other).await,
            3,
            "the other book keeps its rows"
        );
        let mut short = random_rows(1);
        short[0].sealed.pop();
        let refused = replace(BOOK, DAY.plus(1), &short).await;
        assert!(matches!(refused, Err(Error::Unusable(_))));
    }
}

#[tokio::test]
async fn a_desk_has_rows_of_sixteen_books_and_old_ones_go_when_no_receipt_finds_them() {
    for queue in engines(SMALL).await {
        let store = &queue.store;
        let rows = random_rows(2);
        let enter = async |desk, book: u8, day| {
            store
                .replace_replies(desk, [book; 16], day, rows.clone())
                .await
        };
        for book in 0..BOOKS_OF_A_DESK as u8 {
            enter("one", book, DAY).await.unwrap();
        }
        let refused = enter("one", 200, DAY).await;
        assert!(
            matches!(refused, Err(Error::TooManyBooks)),
            "{}",
            queue.name
        );
        enter("one", 0, DAY.plus(1)).await.unwrap();
        enter("two", 200, DAY).await.unwrap();
        store.expire(DAY.plus(LOOK_BACK - 1), 0).await.unwrap();
        assert!(store.replies_replaced_on([1; 16]).await.unwrap().is_some());
        store.expire(DAY.plus(LOOK_BACK), 0).await.unwrap();
        assert!(store.replies_replaced_on([1; 16]).await.unwrap().is_none());
        assert!(store.replies_replaced_on([0; 16]).await.unwrap().is_some());
        enter("one", 100, DAY.plus(1)).await.unwrap();
        store.purge().await.unwrap();
        assert!(store.reply_rows(&names(&rows)).await.unwrap().is_empty());
    }
}

/// The rows of one box among random ones: the names of its newest and one older reply, two days ago.
fn with_box(of: &ReplyBox) -> (Vec<Row>, Vec<Row>) {
    let mut mine = random_rows(2);
    for (letter, row) in mine.iter_mut().enumerate() {
        row.name = of.row(DAY.plus(-2), u8::try_from(letter).unwrap());
    }
    let all = [random_rows(ROWS), mine.clone(), random_rows(5)].concat();
    (all, mine)
}

#[tokio::test]
async fn p7_forget_overwrites_the_rows_of_one_box_and_leaves_no_byte_of_them() {
    for queue in engines(SMALL).await {
        let store = &queue.store;
        let (all, mine) = with_box(&a_box(1));
        store
            .replace_replies("desk", BOOK, DAY.plus(-2), all.clone())
            .await
            .unwrap();
        let sought: Vec<(String, Vec<u8>)> = mine
            .iter()
            .flat_map(|row| {
                let pieces = row.sealed.chunks_exact(16).map(<[u8]>::to_vec);
                pieces.chain([row.name.0.to_vec()])
            })
            .map(|bytes| ("a forgotten row".to_owned(), bytes))
            .collect();
        let sweep = Sweep::raw(sought).unwrap();
        let finds = |queue: &Queue| -> BTreeMap<_, usize> {
            let found = |(path, bytes): (_, Vec<u8>)| (path, sweep.finds(&bytes).len());
            let files = queue.files().into_iter().map(found);
            files.filter(|(_, found)| *found > 0).collect()
        };
        let on_sqlite = queue.name == "SQLite";
        assert_eq!(finds(&queue).is_empty(), !on_sqlite, "the control");
        forget(store, 2, DAY).await.unwrap();
        assert_eq!(held(store, &all).await, all.len(), "another box");
        forget(store, 1, DAY).await.unwrap();
        assert_eq!(held(store, &all).await, all.len() - 2, "{}", queue.name);
        assert_eq!(held(store, &mine).await, 0);
        assert!(finds(&queue).is_empty(), "{:?}", finds(&queue));
    }
}

#[tokio::test]
async fn p7_a_forgotten_box_stays_forgotten_when_the_desk_has_not_heard_of_it_yet() {
    let queue = Queue::on_sqlite(SMALL).await;
    let store = &queue.store;
    forget(store, 1, DAY).await.unwrap();
    let mut rows = random_rows(3);
    rows[0].name = a_box(1).row(DAY, 0);
    rows[1].name = a_box(1).row(DAY.plus(LOOK_BACK - 1), 3);
    rows[2].name = a_box(2).row(DAY, 0);
    store
        .replace_replies("desk", BOOK, DAY, rows.clone())
        .await
        .unwrap();
    assert_eq!(held(store, &rows).await, 1, "only the other box's");
    // Two weeks later the desk knows, or the tip is lost: the name is of no use any more.
    forget(store, 3, DAY.plus(LOOK_BACK)).await.unwrap();
    store
        .replace_replies("desk", BOOK, DAY.plus(LOOK_BACK), rows.clone())
        .await
        .unwrap();
    assert_eq!(held(store, &rows).await, 3, "the list is emptied by day");
}

#[tokio::test]
async fn p16_in_each_hour_as_many_rows_change_with_a_forget_and_without() {
    let (key, noon) = (MacKey::new([4; 32]), i64::from(DAY.0) * 86_400 + 43_200);
    for queue in engines(SMALL).await {
        let store = &queue.store;
        let mut all = Vec::new();
        for book in [BOOK, [8; 16]] {
            let mut rows = random_rows(40);
            let cover = cover_rows(&key, &book, DAY, noon);
            for (row, name) in rows.iter_mut().zip(&cover[..5 * usize::from(COVER)]) {
                row.name = *name;
            }
            if book == BOOK {
                rows[30].name = a_box(1).row(DAY, 0);
            }
            store
                .replace_replies("desk", book, DAY, rows.clone())
                .await
                .unwrap();
            all.push(rows);
        }
        let left = async || [held(store, &all[0]).await, held(store, &all[1]).await];
        let forget = async |of: u8, after: i64| {
            let (of, at) = (a_box(of), noon + after * 1_800);
            store.forget_replies(&of, DAY, &key, at).await.unwrap();
        };
        let hour = async |key: &MacKey, after: i64| {
            store
                .cover_replies(key, noon + after * 3_600)
                .await
                .unwrap();
        };
        assert_eq!(left().await, [40, 40]);
        hour(&key, 1).await;
        assert_eq!(left().await, [34, 34], "{}: nobody", queue.name);
        forget(1, 3).await;
        assert_eq!(left().await, [28, 28], "one row, and five others");
        assert_eq!(held(store, &all[0][30..31]).await, 0);
        hour(&key, 2).await;
        assert_eq!(left().await, [28, 28], "the hour had its rows");
        forget(2, 5).await;
        assert_eq!(left().await, [22, 22], "a box without a row");
        hour(&MacKey::new([5; 32]), 4).await;
        assert_eq!(
            left().await,
            [22, 22],
            "the control: another key names no row"
        );
    }
}
