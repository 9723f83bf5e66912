//! P6 at the desk: `kill -9` at random instants while a book gets new keys, and while tips are
//! imported. Nothing is lost, nothing is doubled, and the book opens afterwards.
//!
//! `LOKE_KILLS` sets the number of kills.

use std::time::{Duration, Instant};

use loke::random;
use loke::seal::MacKey;
use loke::tip::Priority;

use super::{Bench, said, text, tip};

fn kills() -> u32 {
    std::env::var("LOKE_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(10)
}

/// Starts a command, kills it within `span`, and returns whether it was killed before its end.
fn killed(bench: &Bench, args: &[&str], span: Duration) -> bool {
    let mut command = bench.command(args);
    let mut child = command
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let wait = span.mul_f64(random::below(1_000).unwrap() as f64 / 1_000.0);
    let began = Instant::now();
    while began.elapsed() < wait {
        std::thread::yield_now();
    }
    let _ = child.kill();
    !child.wait().unwrap().success()
}

/// How long a command takes that is not killed.
fn span(bench: &Bench, args: &[&str]) -> Duration {
    let began = Instant::now();
    let out = bench.command(args).output().unwrap();
    assert!(out.status.success(), "{}", said(&out));
    began.elapsed()
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
    let span = span(&bench, &args);
    let mut midway = 0;
    for _ in 0..kills() {
        midway += u32::from(killed(&bench, &args, span));
        assert_eq!(bench.list().len(), 20);
        bench.ok(&["audit", "verify"]);
        for left in ["book.db.new", "keys.next"] {
            assert!(!bench.folder().join("books/main").join(left).exists());
        }
    }
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
    let span = span(&bench, &args);
    let (mut sent, mut midway) = (80, 0);
    for round in 1..=kills() {
        bench.write_export(&batch(round));
        midway += u32::from(killed(&bench, &args, span * 2));
        // The same file again: what was stored is known, what was not is stored.
        bench.ok(&args);
        sent += 80;
        assert_eq!(bench.list().len(), sent);
        bench.ok(&["audit", "verify"]);
    }
    assert!(
        midway > 0,
        "no kill fell into an import: the test shows nothing"
    );
}
