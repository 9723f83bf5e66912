//! P6 at the desk: `kill -9` at random instants while a book gets new keys, while a member is removed, while tips are
//! imported, and during a purge. Nothing is lost, nothing is doubled, and the book opens afterwards.
//!
//! `LOKE_KILLS` sets the number of kills, `LOKE_SEED` their instants.

mod backups;
mod moving;
mod revoking;
mod routing;
mod typing;
mod ways;

use std::process::Command;
use std::time::{Duration, Instant};

use loke::desk::keys::{DatabaseKey, Passphrase};
use loke::desk::{acting, book};
use loke::seal::MacKey;
use loke::tip::{Priority, TipId};

use super::{Bench, said, text, tip};
use crate::house::chance::{Chance, seed};

fn kills() -> u32 {
    std::env::var("LOKE_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(10)
}

/// `.ci/run` kills ten times a kind, and `.ci/deep` must reach every kind: each file that reads the number.
#[test]
fn p6_the_long_checks_run_every_kind_of_kill() {
    let (mut files, mut folders) = (Vec::new(), vec![std::path::PathBuf::from("tests")]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let reads = std::fs::read_to_string(&path).unwrap();
                if reads.contains("var(\"LOKE_KILLS\")") {
                    files.push(path);
                }
            }
        }
    }
    assert!(files.len() >= 3, "the search is blind: {files:?}");
    let deep = std::fs::read_to_string(".ci/deep").unwrap();
    let (_, step) = deep.split_once("\n    kills)").unwrap();
    let (step, _) = step.split_once(";;").unwrap();
    assert!(step.contains("LOKE_KILLS=200"), "{step}");
    for file in files {
        let module = file.with_extension("").display().to_string();
        let module = module.replace("tests/", "").replace('/', "::") + "::";
        assert!(step.contains(&module), "{module} is not in: {step}");
    }
}

/// Kills commands at random instants of their run.
struct Kills {
    /// How long the command takes, about. It follows the machine: it shrinks if a command ends
    /// before its kill, and grows if not.
    span: Duration,
    chance: Chance,
}

impl Kills {
    /// Runs a command once to its end, to see how long it takes.
    fn within(bench: &Bench, args: &[&str]) -> Self {
        Self::within_run(bench.command(args))
    }

    fn within_run(mut command: Command) -> Self {
        let began = Instant::now();
        let out = command.output().unwrap();
        assert!(out.status.success(), "{}", said(&out));
        Self::over(began.elapsed())
    }

    /// Kills commands that take about this long.
    fn over(span: Duration) -> Self {
        Self {
            span,
            chance: Chance(seed("kills of the desk")),
        }
    }

    /// Starts a command, kills it, and returns whether it was killed before its end.
    fn kill(&mut self, bench: &Bench, args: &[&str]) -> bool {
        self.kill_command(bench.command(args))
    }

    /// The same for any command.
    fn kill_command(&mut self, mut command: Command) -> bool {
        let mut child = command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let wait = self.chance.within(self.span);
        let began = Instant::now();
        while began.elapsed() < wait {
            std::thread::yield_now();
        }
        let _ = child.kill();
        let killed = !child.wait().unwrap().success();
        self.span = if killed { self.span * 5 / 4 } else { wait };
        killed
    }
}

#[test]
fn p6_a_kill_while_a_book_gets_new_keys_loses_nothing_and_shuts_nothing() {
    let bench = Bench::new();
    let mac_key = MacKey::random().unwrap();
    let tips: Vec<_> = (0..20)
        .map(|n| tip(&format!("word {n}"), Priority::Routine, "2026-11-22"))
        .collect();
    let sealed: Vec<_> = tips.iter().map(|t| bench.seal(t, &[], &mac_key)).collect();
    assert!(said(&bench.import(&sealed)).contains("20 tips imported"));
    let args = ["book", "new-keys", "main"];
    let mut instants = Kills::within(&bench, &args);
    let mut midway = 0;
    for _ in 0..kills() {
        midway += u32::from(instants.kill(&bench, &args));
        assert_eq!(bench.list().len(), 20);
        bench.ok(&["audit", "verify"]);
        for left in ["book.db.new", "keys.next"] {
            assert!(!bench.folder().join("books/main").join(left).exists());
        }
    }
    println!("new keys: {midway} of {} kills before the end", kills());
    assert!(
        midway > 0,
        "no kill fell into a change: the test shows nothing"
    );
    for one in &tips {
        let shown = bench.ok(&["show", &one.id.to_string(), "--json"]);
        assert!(shown.contains(&format!("\"{}\"", one.what)), "{shown}");
    }
    // A tip that is sealed to the first key still opens.
    let late = tip("sealed to the old key", Priority::Routine, "2026-11-22");
    assert!(said(&bench.import(&[bench.seal(&late, &[], &mac_key)])).contains("1 tip imported"));
}

#[test]
fn p6_a_kill_while_tips_are_imported_loses_none_and_doubles_none() {
    let bench = Bench::new();
    let mac_key = MacKey::random().unwrap();
    let batch = |round: u32| -> Vec<_> {
        (0..80)
            .map(|n| {
                tip(
                    &format!("round {round}, {n}"),
                    Priority::Routine,
                    "2026-11-22",
                )
            })
            .map(|one| bench.seal(&one, &[], &mac_key))
            .collect()
    };
    let file = bench.path("export.tar");
    let args = ["import", text(&file)];
    assert!(said(&bench.import(&batch(0))).contains("80 tips imported"));
    let mut instants = Kills::within(&bench, &args);
    let (mut sent, mut midway) = (80, 0);
    for round in 1..=kills() {
        bench.write_export(&batch(round));
        midway += u32::from(instants.kill(&bench, &args));
        // The same file again: what was stored is known, what was not is stored.
        bench.ok(&args);
        sent += 80;
        assert_eq!(bench.list().len(), sent);
        bench.ok(&["audit", "verify"]);
    }
    println!("import: {midway} of {} kills before the end", kills());
    assert!(
        midway > 0,
        "no kill fell into an import: the test shows nothing"
    );
}

/// What the book and its folder have of each tip: whether the row is there, whether the remains
/// are, whether the sealed file is, and whether that file waits for its deletion.
async fn of_each_tip(bench: &Bench, key: &DatabaseKey, ids: &[TipId]) -> Vec<[bool; 4]> {
    let tables = raw(bench, key).await;
    let mut found = Vec::new();
    for id in ids {
        let (row, remains, unlinked): (bool, bool, bool) = sqlx::query_as(
            "select exists (select 1 from tips where id = $1), exists (select 1 from purged where id = $1), exists (select 1 from unlinked where tip = $1)",
        )
        .bind(id.0.as_slice())
        .fetch_one(&tables)
        .await
        .unwrap();
        let file = bench.folder().join(format!("books/main/sealed/{id}.age"));
        found.push([row, remains, file.exists(), unlinked]);
    }
    tables.close().await;
    found
}

fn key_of(bench: &Bench) -> DatabaseKey {
    let passphrase = Passphrase::new(super::PASSPHRASE);
    let member = acting::unlock(&bench.folder(), "admin", &passphrase).unwrap();
    let secrets = book::read_secrets(&bench.folder(), "main", "admin", &member).unwrap();
    secrets.database_key
}

/// The book, as seen by somebody who has its key and SQLCipher.
async fn raw(bench: &Bench, key: &DatabaseKey) -> sqlx::SqlitePool {
    let key = format!("\"x'{}'\"", hex::encode(key.expose()));
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(bench.folder().join("books/main/book.db"))
        .pragma("key", key);
    sqlx::SqlitePool::connect_with(options).await.unwrap()
}

#[tokio::test]
async fn p6_a_kill_during_a_purge_loses_nothing_and_leaves_nothing_half() {
    let bench = Bench::new();
    let mac_key = MacKey::random().unwrap();
    let tips: Vec<_> = (0..400)
        .map(|n| tip(&format!("word {n}"), Priority::Routine, "2026-11-22"))
        .collect();
    let sealed: Vec<_> = tips.iter().map(|t| bench.seal(t, &[], &mac_key)).collect();
    assert!(said(&bench.import(&sealed)).contains("400 tips imported"));
    let mut ids: Vec<TipId> = tips.iter().map(|tip| tip.id).collect();
    let open = ids.split_off(300);
    let key = key_of(&bench);
    let tables = raw(&bench, &key).await;
    let mut write = tables.begin().await.unwrap();
    for id in &ids {
        sqlx::query("update triage set state = 'routed', sent = 1 where tip = $1")
            .bind(id.0.as_slice())
            .execute(&mut *write)
            .await
            .unwrap();
    }
    write.commit().await.unwrap();
    tables.close().await;
    let rules = bench.folder().join("rules");
    std::fs::create_dir(&rules).unwrap();
    let built_in = include_str!("../../rules/retention.toml");
    std::fs::write(
        rules.join("retention.toml"),
        built_in.replace("routed = 90", "routed = 0"),
    )
    .unwrap();
    // A sign-in purges a few tips, so the kills come in a span that is known without a purge.
    let mut instants = Kills::within(&bench, &["audit", "verify"]);
    let (mut midway, mut before) = (0, 0);
    for _ in 0..kills() {
        instants.kill(&bench, &["purge"]);
        let found = of_each_tip(&bench, &key, &ids).await;
        for (id, [row, remains, file, unlinked]) in ids.iter().zip(&found) {
            assert!(row != remains, "{id} is in both or in none");
            assert!(!row || (*file && !unlinked), "{id} has a row and no file");
            assert!(
                row == file || *unlinked,
                "{id} has a file that nothing deletes"
            );
        }
        let gone = found.iter().filter(|[row, ..]| !row).count();
        midway += u32::from(gone > before && gone < ids.len());
        before = gone;
    }
    println!("purge: {midway} of {} kills midway", kills());
    assert!(
        midway > 0,
        "no kill fell into a purge: the test shows nothing"
    );
    bench.ok(&["purge"]);
    let found = of_each_tip(&bench, &key, &ids).await;
    assert!(found.iter().all(|of| *of == [false, true, false, false]));
    let left = of_each_tip(&bench, &key, &open).await;
    assert!(
        left.iter().all(|of| *of == [true, false, true, false]),
        "open tips stay"
    );
    bench.ok(&["audit", "verify"]);
    let log = bench.ok(&["audit", "list", "--json"]);
    let log: Vec<serde_json::Value> = serde_json::from_str(&log).unwrap();
    let mut purged: Vec<&str> = log
        .iter()
        .filter(|row| row["log"] == "main" && row["action"] == "purge")
        .map(|row| row["object"].as_str().unwrap())
        .collect();
    assert_eq!(purged.len(), ids.len(), "one row for each");
    purged.sort_unstable();
    purged.dedup();
    assert_eq!(purged.len(), ids.len());
}
