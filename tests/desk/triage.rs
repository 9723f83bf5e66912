//! The commands of triage, and the two other doors: `add` and `import-csv`.

use std::fs;

use super::{Bench, said, text};

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
        said.contains("Left out: Caller")
            && said.contains("day: column \"Date\"")
            && said.contains("Line 2: 2026-11-02 other | Mill Road | Dealing at night")
            && said.contains("2 reports can be stored"),
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

#[test]
fn dates_of_an_old_spreadsheet_are_asked_for_if_they_are_ambiguous_and_hints_are_shown() {
    let bench = Bench::new();
    let file = bench.path("old.csv");
    let rows = "Date,What,Closed as\n03/05/2026,\"My name is Jo Smith, they deal\",acted\n04/05/2026,A tag,\n";
    fs::write(&file, rows).unwrap();
    let asked = bench.falls(&["import-csv", text(&file)]);
    assert!(
        asked.contains("line 2") && asked.contains("--dates day-first"),
        "{asked}"
    );
    let said = bench.ok(&["import-csv", text(&file), "--dates", "day-first"]);
    for part in [
        "Dates are read day first, as you said",
        "Days from 2026-05-03 to 2026-05-04",
        "Line 2 may say who reported. Their name",
        "1 are closed as acted",
        "Nothing is stored yet",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(bench.list().is_empty());
    // A row that cannot be read is named, and no other one is stored.
    fs::write(
        &file,
        format!("{rows}31/12/2999,x,\n05/05/2026,y,perhaps\n"),
    )
    .unwrap();
    let refused = bench.falls(&["import-csv", text(&file), "--store"]);
    assert!(
        refused.contains("line 4: the day 2999-12-31 has not come yet")
            && refused.contains("line 5: the outcome"),
        "{refused}"
    );
    assert!(bench.list().is_empty());
    fs::write(&file, rows).unwrap();
    bench.ok(&["import-csv", text(&file), "--dates", "day-first", "--store"]);
    let list = bench.list();
    let states: Vec<&str> = list
        .iter()
        .filter_map(|row| row["status"].as_str())
        .collect();
    assert!(
        states.contains(&"closed") && states.contains(&"new"),
        "{states:?}"
    );
}

#[test]
fn add_takes_signs_photos_and_how_the_report_came() {
    let bench = Bench::new();
    let photo = bench.path("a.jpg");
    fs::write(&photo, crate::photo::make::dirty_jpeg()).unwrap();
    let args = [
        "add",
        "--topic",
        "drugs",
        "--what",
        "They meet at the bench",
    ];
    let more = [
        "--sign",
        "needles",
        "--door",
        "councillor",
        "--photo",
        text(&photo),
    ];
    let added = bench.ok(&[&args[..], &more[..]].concat());
    let name = added.trim().strip_prefix("Stored as ").unwrap();
    let shown: serde_json::Value =
        serde_json::from_str(&bench.ok(&["show", name, "--json"])).unwrap();
    let shown = shown.to_string();
    for part in [
        "needles",
        "photo-1.jpg",
        "gps",
        "A councillor passed it on.",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let out = bench.path("out.jpg");
    bench.ok(&["photo", name, "1", "--out", text(&out)]);
    let canary = crate::photo::make::CANARY;
    let jpeg = fs::read(&out).unwrap();
    assert!(!jpeg.windows(canary.len()).any(|part| part == canary));
    let args_with_no_sign = [&args[..], &["--sign", "made-up"]].concat();
    let wrong = bench.command(&args_with_no_sign).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(said(&wrong).contains("needles"), "{}", said(&wrong));
    fs::write(&photo, "no picture").unwrap();
    let wrong = bench.falls(&[&args[..], &["--photo", text(&photo)]].concat());
    assert!(wrong.contains("not a photo"), "{wrong}");
    assert_eq!(bench.list().len(), 1);
}
