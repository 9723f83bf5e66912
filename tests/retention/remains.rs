//! What is left of a purged or moved tip, in the book, in the backup, and by the document.

use std::collections::BTreeSet;
use std::io::Read;

use loke::desk::acting::Acting;
use loke::desk::answer_code::AnswerCode;
use loke::desk::answers::{Answer, Choice};
use loke::desk::audit::Action;
use loke::desk::book::{
    CallResult, Consent, Decision, Filter, How, Kept, NewAnswerCode, NewCall, Outcome, Taken, View,
    Welfare, change_keys,
};
use loke::desk::keys::DatabaseKey;
use loke::desk::{backup, moving, retention};
use loke::tip::TipId;
use sqlx::Row;

use super::{Bench, ROUTED, WORDS, contains, pages, tip};
use crate::house::{books, staff};

/// The first cells of the table in docs/retention.md.
fn documented() -> BTreeSet<String> {
    let document = include_str!("../../docs/retention.md");
    let rows = document.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| line.split('`').nth(1).unwrap().to_owned())
        .collect()
}

async fn columns(bench: &Bench, table: &str) -> BTreeSet<String> {
    let tables = bench.tables("main").await;
    let names: Vec<String> = sqlx::query_scalar("select name from pragma_table_info($1)")
        .bind(table)
        .fetch_all(&tables)
        .await
        .unwrap();
    names.into_iter().collect()
}

/// The remains of a tip: lane, day, outcome, day of purge.
async fn remains(bench: &Bench, id: TipId) -> Option<[String; 4]> {
    let tables = bench.tables("main").await;
    let row = sqlx::query("select lane, received, outcome, purged_on from purged where id = $1")
        .bind(id.0.as_slice())
        .fetch_optional(&tables)
        .await
        .unwrap()?;
    Some([0, 1, 2, 3].map(|n| row.get(n)))
}

#[tokio::test]
async fn the_document_lists_exactly_the_columns_of_what_remains() {
    let bench = Bench::new().await;
    assert_eq!(columns(&bench, "purged").await, documented());
    assert!(documented().len() >= 5, "the search is blind");
    assert_ne!(columns(&bench, "tips").await, documented(), "the control");
}

#[tokio::test]
async fn p7_of_a_purged_tip_the_book_keeps_what_the_document_lists_and_nothing_else() {
    let bench = Bench::new().await;
    let id = bench.routed().await;
    bench.book().view(id).await.unwrap();
    let kind = loke::desk::book::HoldKind::Legal;
    retention::place(&bench.acting, id, kind, "why")
        .await
        .unwrap();
    retention::lift(&bench.acting, id, kind).await.unwrap();
    assert_eq!(remains(&bench, id).await, None, "control");
    let before = holders(&bench, id).await;
    assert!(
        before.contains("tips") && before.contains("holds"),
        "{before:?}"
    );
    bench.days_pass(ROUTED);
    assert_eq!(bench.purge().await, 1);
    let left = remains(&bench, id).await.unwrap();
    assert_eq!(left, ["cuckooing", "2026-11-21", "routed", "2027-02-19"]);
    assert_eq!(
        holders(&bench, id).await,
        BTreeSet::from(["purged".to_owned()])
    );
}

/// The tables of the book with a blob of this id in any column: a new table with rows of a tip must
/// be among those that a purge empties.
async fn holders(bench: &Bench, id: TipId) -> BTreeSet<String> {
    let tables = bench.tables("main").await;
    let names: Vec<String> =
        sqlx::query_scalar("select name from sqlite_schema where type = 'table'")
            .fetch_all(&tables)
            .await
            .unwrap();
    let mut found = BTreeSet::new();
    for name in names {
        for column in columns(bench, &name).await {
            let has = format!("select exists (select 1 from \"{name}\" where \"{column}\" = $1)");
            let has: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(has))
                .bind(id.0.as_slice())
                .fetch_one(&tables)
                .await
                .unwrap();
            if has {
                found.insert(name.clone());
            }
        }
    }
    found
}

#[tokio::test]
async fn p14_a_moved_tip_leaves_its_remains_alone_and_can_come_back() {
    let bench = Bench::new().await;
    let (mut one, reply_box) = (tip(), "c0ffee".repeat(5) + "42");
    one.reply_box = Some(reply_box.clone());
    one.reply_key = Some("cd".repeat(32));
    bench.keep(&one).await;
    let ann = books::with_book(&bench.acting, &bench.member, "restricted").await;
    moving::move_tip(&ann, one.id, "restricted").await.unwrap();
    let left = remains(&bench, one.id).await.unwrap();
    assert_eq!(left, ["cuckooing", "2026-11-21", "moved", "2026-11-21"]);
    assert_eq!(
        holders(&bench, one.id).await,
        BTreeSet::from(["purged".to_owned()])
    );
    assert!(!bench.sealed_file("main", one.id).exists());
    let old = pages(&bench.book_file("main"), &bench.book_key("main"));
    for word in WORDS {
        assert!(!contains(&old, word), "{word}");
    }
    assert!(!contains(&old, &reply_box), "a digest stays, and no box");
    let new = pages(
        &bench.book_file("restricted"),
        &bench.book_key("restricted"),
    );
    assert!(
        contains(&new, WORDS[0]) && contains(&new, &reply_box),
        "control"
    );
    // The gateway sends it once more: the old book does not store it a second time.
    assert_eq!(bench.keep_as(&one, Action::Pull).await, [Kept::Known]);
    moving::move_tip(&ann, one.id, "main").await.unwrap();
    assert_eq!(remains(&bench, one.id).await, None);
    assert!(bench.sealed_file("main", one.id).exists());
    assert!(!bench.sealed_file("restricted", one.id).exists());
    let every = Filter {
        view: View::All,
        ..Filter::default()
    };
    assert_eq!(ann.queue(&every).await.unwrap().len(), 1);
    ann.verify(|| {}).await.unwrap();
}

#[tokio::test]
async fn calls_and_answers_go_with_their_tip_to_another_book_and_with_its_purge() {
    let bench = Bench::new().await;
    let one = tip();
    bench.keep(&one).await;
    let call = NewCall {
        rung: "canary-rung",
        result: CallResult::Made("canary-reference"),
        consent: Consent::NotAsked,
        why: "canary-why",
    };
    bench.book().record_call(one.id, call).await.unwrap();
    let tables = bench.tables("main").await;
    for statement in [
        "update calls set why = 'x'",
        "update calls set reference = 'x'",
    ] {
        let changed = sqlx::query(statement).execute(&tables).await;
        assert!(changed.unwrap_err().to_string().contains("never changed"));
    }
    tables.close().await;
    let code = AnswerCode::random().unwrap();
    let new = NewAnswerCode {
        code,
        reference: "0123456789abcdef".into(),
        tip: one.id,
        partner: "canary-partner".into(),
        until: bench.clock.today(),
    };
    bench.book().store_answer_code(&new).await.unwrap();
    let answer = |choice| Answer {
        reference: "0123456789abcdef".parse().unwrap(),
        code,
        choice,
    };
    let today = bench.clock.today();
    let taken = bench
        .book()
        .take_answer(TipId([1; 16]), &answer(Choice::Done), today)
        .await;
    assert_eq!(taken.unwrap(), Taken::Recorded);
    let ann = books::with_book(&bench.acting, &bench.member, "restricted").await;
    moving::move_tip(&ann, one.id, "restricted").await.unwrap();
    let old = pages(&bench.book_file("main"), &bench.book_key("main"));
    let there = ann.book("restricted").await.unwrap();
    let calls = there.calls_on(one.id).await.unwrap();
    assert_eq!(calls[0].reference.as_deref(), Some("canary-reference"));
    assert!(matches!(
        there.welfare(one.id).await.unwrap(),
        Welfare::Called { .. }
    ));
    assert_eq!(there.answers_about(one.id).await.unwrap().len(), 1);
    let again = answer(Choice::Cleaned);
    let taken = there.take_answer(TipId([2; 16]), &again, today).await;
    assert_eq!(taken.unwrap(), Taken::Recorded, "the code moved too");
    let words = [
        "canary-rung",
        "canary-reference",
        "canary-why",
        code.as_str(),
    ];
    for word in words {
        assert!(!contains(&old, word), "{word} stayed in the old book");
    }
    let shut = How::default();
    let close = Decision::Close {
        outcome: Outcome::Acted,
        why: "done".into(),
    };
    let act = ann.decide(&[one.id.into()], &close, shut).await.unwrap();
    assert!(act.waits.is_empty(), "{act:?}");
    let new = || {
        pages(
            &bench.book_file("restricted"),
            &bench.book_key("restricted"),
        )
    };
    assert!(contains(&new(), "canary-reference"), "control");
    bench.days_pass(3_000);
    let purged = there.purge(loke::desk::book::Asked::ByHand, |_| ()).await;
    assert_eq!(purged.unwrap().purged, 1);
    for word in words {
        assert!(!contains(&new(), word), "{word} outlived the purge");
    }
}

#[tokio::test]
async fn new_keys_keep_what_remains_and_each_hold() {
    let bench = Bench::new().await;
    let (gone, held) = (bench.routed().await, bench.routed().await);
    let kind = loke::desk::book::HoldKind::Legal;
    retention::place(&bench.acting, held, kind, "why")
        .await
        .unwrap();
    bench.days_pass(ROUTED);
    assert_eq!(bench.purge().await, 1);
    change_keys(bench.book().clone(), |_| ()).await.unwrap();
    assert!(remains(&bench, gone).await.is_some());
    let account = bench.register().account(staff::NAME).await.unwrap();
    let member = std::slice::from_ref(&bench.member);
    let ann = Acting::open(bench.register(), account, member)
        .await
        .unwrap();
    assert_eq!(ann.books()[0].holds_of(held).await.unwrap().len(), 1);
}

/// Today's backup copies a closed book as it is. So what a member's next sign-in purges is in the
/// backup until then, and not in the next one.
#[tokio::test]
async fn p7_a_tip_that_was_over_its_period_while_the_book_was_closed_leaves_the_next_backup() {
    let bench = Bench::new().await;
    let id = bench.routed().await;
    let folder = tempfile::tempdir().unwrap();
    let custodian = age::x25519::Identity::generate();
    let other = age::x25519::Identity::generate();
    let custodians = [&custodian, &other].map(|key| key.to_public().to_string().parse().unwrap());
    let rules = bench.dir.join("rules");
    std::fs::create_dir(&rules).unwrap();
    let periods = include_str!("../../rules/retention.toml");
    std::fs::write(rules.join("retention.toml"), periods).unwrap();
    let (register, key) = (bench.register().clone(), bench.book_key("main"));
    bench.days_pass(ROUTED);
    let sealed = format!("books/main/sealed/{id}.age");
    let make = async |name: &str| {
        let out = folder.path().join(name);
        backup::make(&register, &custodians, &out, || ())
            .await
            .unwrap();
        restore(&custodian, &std::fs::read(out).unwrap(), &key)
    };
    let member = std::slice::from_ref(&bench.member).to_vec();
    bench.acting.books()[0].close().await;
    let Bench {
        acting,
        dir,
        _folder,
        ..
    } = bench;
    drop(acting);
    let (names, pages) = make("closed").await;
    assert!(
        names.contains(&sealed) && contains(&pages, WORDS[0]),
        "control: nobody opened it"
    );
    let account = register.account(staff::NAME).await.unwrap();
    let ann = Acting::open(&register, account, &member).await.unwrap();
    assert_eq!(
        retention::on_opening(&ann.books()[0]).await.unwrap(),
        Vec::<String>::new()
    );
    ann.books()[0].close().await;
    drop(ann);
    let (names, pages) = make("next").await;
    assert!(!names.contains(&sealed), "{names:?}");
    for word in WORDS {
        assert!(!contains(&pages, word), "{word}");
    }
    for name in ["books/main/book.db", "rules/retention.toml"] {
        assert!(names.contains(name), "{name}");
    }
    drop((dir, _folder));
}

/// The names in a backup, below the desk's folder, and the decrypted pages of its book.
fn restore(
    custodian: &age::x25519::Identity,
    sealed: &[u8],
    key: &DatabaseKey,
) -> (BTreeSet<String>, Vec<u8>) {
    let mut plain = Vec::new();
    age::Decryptor::new_buffered(sealed)
        .unwrap()
        .decrypt(std::iter::once(custodian as &dyn age::Identity))
        .unwrap()
        .read_to_end(&mut plain)
        .unwrap();
    let (mut names, mut found) = (BTreeSet::new(), Vec::new());
    for entry in tar::Archive::new(plain.as_slice()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        let name = path.split_once('/').unwrap().1.to_owned();
        if name == "books/main/book.db" {
            let file = tempfile::NamedTempFile::new().unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            std::fs::write(file.path(), bytes).unwrap();
            found = pages(file.path(), key);
        }
        names.insert(name);
    }
    (names, found)
}
