//! `kill -9` while tips are moved between two books, and between the commit of a book and the one of the
//! register: each tip is in one book, and the register has what the book says.

use loke::desk::keys::DatabaseKey;
use loke::random;
use loke::seal::MacKey;
use loke::tip::Priority;

use super::{Bench, Kills, key_of, kills, said, tip};
use crate::desk::old_books::raw;

/// Tips at each desk.
const TIPS: usize = 12;

/// A desk with a book of tips, and the tips' ids.
fn bench_with_tips() -> (Bench, Vec<String>) {
    let bench = Bench::new();
    let mac_key = MacKey::random().unwrap();
    let tips: Vec<_> = (0..TIPS)
        .map(|n| tip(&format!("word {n}"), Priority::Routine, "2026-11-22"))
        .collect();
    let sealed: Vec<_> = tips.iter().map(|t| bench.seal(t, &[], &mac_key)).collect();
    let imported = said(&bench.import(&sealed));
    assert!(imported.contains("12 tips imported"), "{imported}");
    (bench, tips.iter().map(|tip| tip.id.to_string()).collect())
}

/// The names of the sealed files of a book.
fn sealed_files(bench: &Bench, book: &str) -> Vec<String> {
    let folder = bench.folder().join("books").join(book).join("sealed");
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".age")).collect()
}

/// The sealed files of each book, and the tips that are in it.
fn counted(bench: &Bench, place: &[&str]) -> ([usize; 2], [usize; 2]) {
    let files = ["main", "other"].map(|book| sealed_files(bench, book).len());
    let rows = ["main", "other"].map(|book| place.iter().filter(|of| **of == book).count());
    (files, rows)
}

#[test]
fn p6_a_kill_while_a_tip_is_moved_leaves_it_in_one_book_and_whole() {
    let (bench, ids) = bench_with_tips();
    bench.ok(&["book", "add", "other", "--lanes", "graffiti"]);
    let mut place = vec!["main"; TIPS];
    let mut instants = Kills::within(&bench, &["move", &ids[0], "--book", "other"]);
    place[0] = "other";
    let (mut midway, mut moved) = (0, 0);
    for _ in 0..kills() {
        let n = random::below(TIPS as u64).unwrap() as usize;
        let to = if place[n] == "main" { "other" } else { "main" };
        midway += u32::from(instants.kill(&bench, &["move", &ids[n], "--book", to]));
        let rows = bench.list();
        assert_eq!(rows.len(), TIPS, "none is lost, and none is shown twice");
        let row = rows
            .iter()
            .find(|row| row["id"] == ids[n].as_str())
            .unwrap();
        let is_in = row["book"].as_str().unwrap();
        assert!([place[n], to].contains(&is_in), "{is_in}");
        moved += usize::from(is_in == to);
        place[n] = if is_in == "main" { "main" } else { "other" };
        let shown = bench.ok(&["show", &ids[n], "--json"]);
        assert!(shown.contains(&format!("\"word {n}\"")), "{shown}");
        bench.ok(&["audit", "verify"]);
        // Each tip has its file. A kill may leave a second one in the other book, without a row.
        let (files, rows) = counted(&bench, &place);
        assert!(files.iter().zip(&rows).all(|(files, rows)| files >= rows));
    }
    println!(
        "move: {midway} of {} kills before the end, {moved} moved",
        kills()
    );
    assert!(midway > 0, "no kill fell into a move: the test is blind");
    for (n, id) in ids.iter().enumerate() {
        let to = if place[n] == "main" { "other" } else { "main" };
        bench.ok(&["move", id, "--book", to]);
        place[n] = to;
    }
    let (files, rows) = counted(&bench, &place);
    assert_eq!(
        files, rows,
        "the next move of a tip replaces what a kill left"
    );
    assert_eq!(
        bench.list().len(),
        TIPS,
        "the control: every tip can be moved"
    );
}

/// What the book and the register each say of a tip: whether it is open, and whether it has a deadline.
async fn both(bench: &Bench, book: &DatabaseKey, id: &str) -> (bool, bool, i64) {
    let id = hex::decode(id).unwrap();
    let tables = raw(&bench.folder().join("books/main/book.db"), book).await;
    let is_open: bool = sqlx::query_scalar("select open = 1 from triage where tip = $1")
        .bind(&id)
        .fetch_one(&tables)
        .await
        .unwrap();
    tables.close().await;
    let key = DatabaseKey::read(&bench.folder().join("register.key")).unwrap();
    let tables = raw(&bench.folder().join("register.db"), &key).await;
    let is_due: bool = sqlx::query_scalar("select exists (select 1 from due where tip = $1)")
        .bind(&id)
        .fetch_one(&tables)
        .await
        .unwrap();
    let rows: i64 = sqlx::query_scalar("select count(*) from audit")
        .fetch_one(&tables)
        .await
        .unwrap();
    tables.close().await;
    (is_open, is_due, rows)
}

#[tokio::test]
async fn p6_p13_a_kill_between_a_books_commit_and_the_registers_is_made_good_at_the_next_opening() {
    let (bench, ids) = bench_with_tips();
    let key = key_of(&bench);
    let close = |id: &str| -> Vec<String> {
        ["close", id, "--why", "could-not-act", "--note", "x"]
            .map(str::to_owned)
            .to_vec()
    };
    let first = close(&ids[0]);
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    let mut instants = Kills::within(&bench, &first);
    bench.ok(&["undo"]);
    let (mut midway, mut between) = (0, 0);
    for round in 0..kills() as usize {
        let id = &ids[round % TIPS];
        let args = close(id);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        midway += u32::from(instants.kill(&bench, &args));
        let (is_open, is_due, _) = both(&bench, &key, id).await;
        between += u32::from(!is_open && is_due);
        // Any sign-in copies what the register lacks.
        bench.ok(&["audit", "verify"]);
        let (is_open, is_due, _) = both(&bench, &key, id).await;
        assert_eq!(is_open, is_due, "the register knows what the book says");
        if !is_open {
            bench.ok(&["undo"]);
            let (is_open, is_due, _) = both(&bench, &key, id).await;
            assert!(is_open && is_due);
        }
    }
    println!(
        "register: {midway} of {} kills before the end, {between} between the commits",
        kills()
    );
    assert!(
        midway > 0,
        "no kill fell into a decision: the test is blind"
    );
    // Each row of the book's log is in the register's, once.
    let log = bench.ok(&["audit", "list", "--json"]);
    let log: Vec<serde_json::Value> = serde_json::from_str(&log).unwrap();
    let of = |log_of: &str, action: &str| {
        let rows = log.iter().filter(|row| row["log"] == log_of);
        rows.filter(|row| row["action"] == action).count()
    };
    assert!(of("main", "decide") > 0, "the control");
    assert_eq!(bench.list().len(), TIPS);
}
