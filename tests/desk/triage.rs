//! The commands of triage, and the two other doors: `add` and `import-csv`.

use std::fs;

use super::{Bench, text};

#[test]
fn the_commands_of_triage_take_note_close_undo_search_and_add() {
    let bench = Bench::new();
    let added = bench.ok(&[
        "add",
        "--topic",
        "graffiti",
        "--what",
        "Tag on the north wall",
    ]);
    let name = added.trim().strip_prefix("Stored as ").unwrap().to_owned();
    let line = |view: &str| -> Vec<serde_json::Value> {
        serde_json::from_str(&bench.ok(&["list", "--json", "--view", view])).unwrap()
    };
    assert_eq!(line("no-owner")[0]["name"], name.as_str());
    bench.ok(&["take", &name]);
    assert_eq!(line("mine")[0]["owner"], "admin");
    bench.ok(&["note", &name, "--text", "CAD 4711"]);
    let found: Vec<serde_json::Value> =
        serde_json::from_str(&bench.ok(&["search", "4711", "--json"])).unwrap();
    assert_eq!(found[0]["name"], name.as_str());
    bench.ok(&[
        "close",
        &name,
        "--why",
        "could-not-act",
        "--note",
        "no place",
    ]);
    assert_eq!(bench.list()[0]["status"], "closed");
    assert!(bench.ok(&["undo"]).contains("close as could-not-act"));
    assert_eq!(bench.list()[0]["status"], "taken");
    // A child at risk is not closed by one person.
    let risky = bench.ok(&["add", "--topic", "drugs", "--what", "x", "--child", "yes"]);
    let risky = risky.trim().strip_prefix("Stored as ").unwrap().to_owned();
    let said = bench.ok(&["close", &risky, "--why", "acted"]);
    assert!(said.contains("until a second person agrees"), "{said}");
    assert!(
        bench
            .falls(&["agree", &risky])
            .contains("somebody else must look")
    );
    bench.ok(&["undo"]);
    bench.ok(&["fold", &name, "--into", &risky]);
    assert_eq!(line("open").len(), 1);
    bench.ok(&["unfold", &name]);
    assert_eq!(line("open").len(), 2);
    assert!(bench.falls(&["take", "no-such"]).contains("loke-desk list"));
}

#[test]
fn a_spreadsheet_is_shown_before_it_is_stored_and_is_stored_once() {
    let bench = Bench::new();
    let file = bench.path("old.csv");
    fs::write(
        &file,
        "Date,Details,Street,Caller\n2026-11-02,Dealing at night,Mill Road,Mrs X\n2026-11-03,A tag,,\n",
    )
    .unwrap();
    let map = [
        "--map",
        "day=Date",
        "--map",
        "what=Details",
        "--map",
        "where=Street",
    ];
    let import = |more: &[&'static str]| {
        let mut args = vec!["import-csv", text(&file)];
        args.extend(map);
        args.extend(more);
        args.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let args = |args: Vec<String>| args;
    let preview = args(import(&[]));
    let preview: Vec<&str> = preview.iter().map(String::as_str).collect();
    let said = bench.ok(&preview);
    assert!(
        said.contains("Left out: Caller") && said.contains("2 reports can be stored"),
        "{said}"
    );
    assert!(bench.list().is_empty());
    let store = args(import(&["--store"]));
    let store: Vec<&str> = store.iter().map(String::as_str).collect();
    bench.ok(&store);
    assert_eq!(bench.list().len(), 2);
    assert!(bench.falls(&store).contains("was imported before"));
    assert_eq!(bench.list().len(), 2);
}
