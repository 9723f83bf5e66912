//! The documents keep up with the code: each promise's and each adversary's row in `docs/threat-model.md` names tests that exist, the
//! files that the documents name are there, and no document names a folder of somebody's own machine.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// P1 to P13.
const PROMISES: u32 = 13;
/// Those of whom the threat model must say what they learn.
const ADVERSARIES: [&str; 12] = [
    "Gang member with the resident's phone",
    "Housemate",
    "Network observer",
    "Phone company",
    "SMS provider",
    "Hosting company",
    "Burglar with the server",
    "Someone who can write the database",
    "Insider at the council",
    "Police with phone records",
    "Court order",
    "Flooder",
];
/// How a path on somebody's own machine begins.
const MACHINE: [&str; 5] = ["/root/", "/home/", "/Users/", "/tmp/", "C:\\"];
/// The folders of the repository that a document may name files of.
const ROOMS: [&str; 13] =
    ["src/", "rules/", "tests/", "docs/", "deploy/", "benches/", "fuzz/", "examples/", "templates/", "locales/", "migrations/", ".ci/", ".cargo/"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Every file below a folder with this ending, but for what is built, and what begins with a dot.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(files(&path, ending));
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    found
}

/// The names of the tests in one source file. A function is a test where a test attribute stands above it; a module begins and
/// ends at the left edge, as rustfmt writes it.
fn tests_in(source: &str, module: &str) -> Vec<String> {
    let (mut names, mut inline, mut marked) = (Vec::new(), None, false);
    for line in source.lines() {
        if line == "}" {
            inline = None;
        } else if let Some(name) = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(" {")) {
            inline = Some(name);
        }
        let line = line.trim();
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            marked = true;
        } else if marked && !line.starts_with("#[") && !line.starts_with("//") {
            let name = line.split_once("fn ").and_then(|(_, rest)| rest.split_once('(')).map(|(name, _)| name);
            names.extend(name.map(|name| [Some(module), inline, Some(name)].into_iter().flatten().collect::<Vec<_>>().join("::")));
            marked = false;
        }
    }
    names
}

/// Every test of the repository as the documents name it: by its path in the one test binary, or `lib: `, its crate and its path there.
fn all_tests() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (folder, prefix) in [("tests", ""), ("src", "lib: ")] {
        let folder = root().join(folder);
        for file in files(&folder, ".rs") {
            let module = file.strip_prefix(&folder).unwrap().with_extension("").display().to_string().replace("/lib", "").replace('/', "::");
            all.extend(tests_in(&std::fs::read_to_string(&file).unwrap(), &module).into_iter().map(|test| format!("{prefix}{test}")));
        }
    }
    all
}

/// What stands in backticks in a text.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The rows of every table under a heading, each as its cells; without the two lines that head a table.
fn rows_under<'a>(document: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let section = document.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| !line.starts_with("## "));
    let rows = section.filter(|line| line.starts_with('|')).skip(2);
    rows.map(|line| line.trim().trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// What a row stands for: its first cell, or the bold words that this begins with.
fn subject<'a>(row: &[&'a str]) -> &'a str {
    row[0].strip_prefix("**").and_then(|rest| rest.split("**").next()).unwrap_or(row[0])
}

/// What is wrong with a table. Each of `subjects` has one row, and a row is `| subject | … | … | tests | what falls short |`.
fn faults_of(rows: &[Vec<&str>], subjects: &[String], tests: &BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    for subject_of in subjects {
        match rows.iter().filter(|row| subject(row) == subject_of).count() {
            1 => {}
            count => faults.push(format!("{subject_of} has {count} rows")),
        }
    }
    for row in rows {
        let id = subject(row);
        let &[_, can, cannot, named, short] = row.as_slice() else {
            faults.push(format!("{id} has {} cells", row.len()));
            continue;
        };
        if quoted(named).count() == 0 {
            faults.push(format!("{id} names no test"));
        }
        faults.extend(quoted(named).filter(|name| !tests.contains(*name)).map(|name| format!("{id} names {name}, which is no test")));
        if short.is_empty() {
            faults.push(format!("{id} does not say what falls short"));
        }
        if can.is_empty() || cannot.is_empty() {
            faults.push(format!("{id} has an empty cell"));
        }
    }
    faults
}

/// What is wrong with the table of promises and that of adversaries.
fn faults(document: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let promises: Vec<String> = (1..=PROMISES).map(|n| format!("P{n}")).collect();
    let adversaries = rows_under(document, "## Who might try, and what they learn");
    let mut faults = faults_of(&rows_under(document, "## The promises"), &promises, tests);
    faults.extend(faults_of(&adversaries, &ADVERSARIES.map(str::to_owned), tests));
    faults
}

/// The files of the repository that a text names, in backticks or as a link.
fn named_files(text: &str) -> BTreeSet<String> {
    let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(to, _)| to).filter(|to| !to.contains("://"));
    let links = links.map(|to| to.split('#').next().unwrap_or_default()).filter(|to| !to.is_empty());
    let quoted = quoted(text).filter(|word| !word.contains(char::is_whitespace) && !word.contains("::"));
    let quoted = quoted.filter(|word| ROOMS.iter().any(|room| word.starts_with(room)) && !word.contains(['*', '{', '<']));
    links.chain(quoted).map(str::to_owned).collect()
}

#[test]
fn every_promise_and_every_adversary_names_tests_that_exist() {
    let tests = all_tests();
    assert!(tests.len() > 150, "only {} tests were found: the search is blind", tests.len());
    for known in ["docs::every_promise_and_every_adversary_names_tests_that_exist", "lib: core::clock::tests::only_the_day_is_told"] {
        assert!(tests.contains(known), "{known} was not found: the search is blind");
    }
    assert_eq!(faults(&read("docs/threat-model.md"), &tests), Vec::<String>::new());
}

#[test]
fn control_a_doctored_row_is_found() {
    let (document, tests) = (read("docs/threat-model.md"), all_tests());
    let row_of = |begins: &str| document.lines().find(|line| line.starts_with(begins)).unwrap();
    let doctor = |row: &str, at: usize, with: &str| {
        let mut cells: Vec<&str> = row.split('|').collect();
        cells[at] = with;
        faults(&document.replace(row, &cells.join("|")), &tests)
    };
    let (row, flooder) = (row_of("| P7 |"), row_of("| **Flooder** |"));
    let doctored = |at: usize, with: &str| doctor(row, at, with);
    assert_eq!(doctor(flooder, 4, " none "), ["Flooder names no test"]);
    assert_eq!(doctor(flooder, 4, " `docs::no_such` "), ["Flooder names docs::no_such, which is no test"]);
    assert_eq!(doctor(flooder, 2, " "), ["Flooder has an empty cell"]);
    assert_eq!(doctor(flooder, 1, " **Somebody** "), ["Flooder has 0 rows"]);
    assert_eq!(doctored(4, " none yet "), ["P7 names no test"]);
    assert_eq!(doctored(4, " `store::order::p7_no_such_test` "), ["P7 names store::order::p7_no_such_test, which is no test"]);
    assert_eq!(doctored(1, " P77 "), ["P7 has 0 rows"]);
    assert_eq!(doctored(5, " "), ["P7 does not say what falls short"]);
    assert_eq!(faults(&document.replace(row, &format!("{row}\n{row}")), &tests), ["P7 has 2 rows"]);
    assert_eq!(faults(&document.replace(row, ""), &tests), ["P7 has 0 rows"]);
}

#[test]
fn the_files_that_documents_name_are_there() {
    for document in files(root(), ".md") {
        let text = std::fs::read_to_string(&document).unwrap();
        let beside = document.parent().unwrap();
        let missing: Vec<_> = named_files(&text).into_iter().filter(|name| !root().join(name).exists() && !beside.join(name).exists()).collect();
        assert!(missing.is_empty(), "{} names {missing:?}", document.display());
    }
    assert!(named_files(&read("README.md")).len() > 15, "the search is blind");
    let control = "`src/nowhere.rs` ![alt](docs/nowhere.png) [a](https://example.org/x.md) `report::x` `cargo test`";
    assert_eq!(named_files(control).into_iter().collect::<Vec<_>>(), ["docs/nowhere.png", "src/nowhere.rs"]);
}

#[test]
fn no_document_names_a_folder_of_somebodys_machine() {
    let documents = files(root(), ".md");
    assert!(documents.len() >= 3, "{documents:?}");
    let names = |text: &str| MACHINE.iter().filter(|path| text.contains(**path)).count();
    for document in documents {
        assert_eq!(names(&std::fs::read_to_string(&document).unwrap()), 0, "{}", document.display());
    }
    assert_eq!(names("see /home/somebody/loke"), 1, "the control");
}
