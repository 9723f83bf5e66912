//! Keeps the documents in step with the code. Each promise has a page in `docs/promises/`. These
//! pages, and the adversaries' rows in `docs/threat-model.md`, name only tests that exist. Each
//! decision is in the index. The files that the documents name exist, and no document names a
//! folder of a developer's own machine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

mod asvs;
mod comments;
mod governance;
mod sentences;

/// The promises are P1 to this.
const PROMISES: u32 = 17;
/// The sections of a promise's page, in this order.
const PROMISED: &str = "What is promised";
const HELD: &str = "How it is held";
const TESTS: &str = "Tests that hold it";
const SHORT: &str = "What falls short";
/// The sections of a decision, in this order.
const DECISION: [&str; 4] = [
    "Context",
    "Decision",
    "Consequences",
    "What would change our mind",
];
/// The adversaries that the threat model must cover.
const ADVERSARIES: [&str; 15] = [
    "Gang member with the resident's phone",
    "Housemate",
    "Network observer",
    "Phone company",
    "SMS provider",
    "Hosting company",
    "Burglar with the server",
    "Someone who can write the database",
    "Insider at the council",
    "Administrator of the desk",
    "Removed member",
    "Thief of the desk's machine",
    "Police with phone records",
    "Court order",
    "Flooder",
];
/// How a path on a developer's own machine begins.
const MACHINE: [&str; 5] = ["/root/", "/home/", "/Users/", "/tmp/", "C:\\"];
/// The folders whose files a document may name.
const ROOMS: [&str; 13] = [
    "src/",
    "rules/",
    "tests/",
    "docs/",
    "deploy/",
    "benches/",
    "fuzz/",
    "examples/",
    "templates/",
    "locales/",
    "migrations/",
    ".ci/",
    ".cargo/",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Every file below a folder with this ending, except in `target` and in names that begin with a
/// dot.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(files(&path, ending));
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    found
}

/// The names of the tests in one source file. A function is a test if a test attribute is above it.
/// A module begins and ends in the first column, as rustfmt writes it.
fn tests_in(source: &str, module: &str) -> Vec<String> {
    let (mut names, mut inline, mut marked) = (Vec::new(), None, false);
    for line in source.lines() {
        if line == "}" {
            inline = None;
        } else if let Some(name) = line
            .strip_prefix("mod ")
            .and_then(|rest| rest.strip_suffix(" {"))
        {
            inline = Some(name);
        }
        let line = line.trim();
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            marked = true;
        } else if marked && !line.starts_with("#[") && !line.starts_with("//") {
            let name = line
                .split_once("fn ")
                .and_then(|(_, rest)| rest.split_once('('))
                .map(|(name, _)| name);
            names.extend(name.map(|name| {
                [Some(module), inline, Some(name)]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join("::")
            }));
            marked = false;
        }
    }
    names
}

/// Every test of the repository under the name that the documents use: its path in the one test
/// binary, or `lib: `, its crate and its path there.
fn all_tests() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (folder, prefix) in [("tests", ""), ("src", "lib: ")] {
        let folder = root().join(folder);
        for file in files(&folder, ".rs") {
            let module = file
                .strip_prefix(&folder)
                .unwrap()
                .with_extension("")
                .display()
                .to_string();
            let module = module.strip_suffix("/lib").unwrap_or(&module);
            let module = module.replace('/', "::");
            all.extend(
                tests_in(&std::fs::read_to_string(&file).unwrap(), &module)
                    .into_iter()
                    .map(|test| format!("{prefix}{test}")),
            );
        }
    }
    all
}

/// The texts in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The rows of every table under a heading, each as its cells, without the two header lines.
fn rows_under<'a>(document: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let section = document
        .lines()
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with("## "));
    let rows = section.filter(|line| line.starts_with('|')).skip(2);
    rows.map(|line| {
        line.trim()
            .trim_matches('|')
            .split('|')
            .map(str::trim)
            .collect()
    })
    .collect()
}

/// The bold words at the beginning of a text, or the whole text.
fn bold(text: &str) -> &str {
    text.strip_prefix("**")
        .and_then(|rest| rest.split("**").next())
        .unwrap_or(text)
}

/// Faults in the number of a table's rows: each of `subjects` must begin exactly one row.
fn faults_of_count(rows: &[Vec<&str>], subjects: &[String]) -> Vec<String> {
    let count = |subject: &String| rows.iter().filter(|row| bold(row[0]) == subject).count();
    subjects
        .iter()
        .filter(|subject| count(subject) != 1)
        .map(|subject| format!("{subject} has {} rows", count(subject)))
        .collect()
}

/// Faults in the tests that a text names.
fn faults_of_names(id: &str, text: &str, tests: &BTreeSet<String>) -> Vec<String> {
    if quoted(text).count() == 0 {
        return vec![format!("{id} names no test")];
    }
    quoted(text)
        .filter(|name| !tests.contains(*name))
        .map(|name| format!("{id} names {name}, which is no test"))
        .collect()
}

/// Faults in the adversaries' table. A row is `| who | can | cannot | tests | what falls short |`.
fn faults_of_adversaries(document: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let rows = rows_under(document, "## Who might try, and what they learn");
    let mut faults = faults_of_count(&rows, &ADVERSARIES.map(str::to_owned));
    for row in &rows {
        let who = bold(row[0]);
        let &[_, can, cannot, named, short] = row.as_slice() else {
            faults.push(format!("{who} has {} cells", row.len()));
            continue;
        };
        faults.extend(faults_of_names(who, named, tests));
        if short.is_empty() {
            faults.push(format!("{who} does not say what falls short"));
        }
        if can.is_empty() || cannot.is_empty() {
            faults.push(format!("{who} has an empty cell"));
        }
    }
    faults
}

/// The Markdown files of a folder, by name.
fn pages(folder: &str) -> BTreeMap<String, String> {
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    files(&root().join(folder), ".md")
        .iter()
        .map(|path| (name(path), std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// The sections of a page: each second-level heading and the text below it.
fn parts(page: &str) -> Vec<(&str, &str)> {
    let parts = page
        .split("\n## ")
        .skip(1)
        .map(|part| part.split_once('\n').unwrap_or((part, "")));
    parts
        .map(|(heading, text)| (heading.trim(), text.trim()))
        .collect()
}

/// Faults in a promise's page. `promise` is the bold text of its row.
fn faults_of_page(id: &str, promise: &str, page: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let parts = parts(page);
    let &[(PROMISED, _), (HELD, _), (TESTS, named), (SHORT, _)] = parts.as_slice() else {
        return vec![format!("{id}'s page has other headings")];
    };
    let mut faults = Vec::new();
    if !page.starts_with(&format!("# {id}: {promise}\n")) {
        faults.push(format!("{id}'s page has another title"));
    }
    faults.extend(
        parts
            .iter()
            .filter(|(_, text)| text.is_empty())
            .map(|(heading, _)| format!("{id} has nothing under \"{heading}\"")),
    );
    faults.extend(faults_of_names(id, named, tests));
    if named.lines().any(|line| quoted(line).count() > 1) {
        faults.push(format!("{id} has several tests on one line"));
    }
    faults
}

/// Faults in the promises: the table's rows, `| P1 | **Promise.** In one line. |
/// [link](promises/PAGE) |`, and their pages.
fn faults_of_promises(
    document: &str,
    pages: &BTreeMap<String, String>,
    tests: &BTreeSet<String>,
) -> Vec<String> {
    let rows = rows_under(document, "## The promises");
    let promises: Vec<_> = (1..=PROMISES).map(|n| format!("P{n}")).collect();
    let mut faults = faults_of_count(&rows, &promises);
    let mut linked = BTreeSet::new();
    for row in &rows {
        let &[id, promise, link] = row.as_slice() else {
            faults.push(format!("{} has {} cells", row[0], row.len()));
            continue;
        };
        let name = link
            .split_once("](promises/")
            .and_then(|(_, rest)| rest.split_once(')'))
            .map(|(name, _)| name);
        let Some((name, page)) = name.and_then(|name| pages.get_key_value(name)) else {
            faults.push(format!("{id} has no page"));
            continue;
        };
        linked.insert(name);
        faults.extend(faults_of_page(
            id,
            bold(promise).trim_end_matches('.'),
            page,
            tests,
        ));
    }
    faults.extend(
        pages
            .keys()
            .filter(|name| !linked.contains(name))
            .map(|name| format!("{name} is no promise's page")),
    );
    faults
}

/// Faults in the decisions: each must have its four sections and be in the index, and the numbers
/// must have no gap.
fn faults_of_decisions(pages: &BTreeMap<String, String>) -> Vec<String> {
    let mut faults = Vec::new();
    let decisions = pages.iter().filter(|(name, _)| *name != "README.md");
    for ((name, page), number) in decisions.zip(1..) {
        if !name.starts_with(&format!("{number:04}-"))
            || !page.starts_with(&format!("# {number}. "))
        {
            faults.push(format!("{name} is not number {number}"));
        }
        if !parts(page).iter().map(|(heading, _)| *heading).eq(DECISION) {
            faults.push(format!("{name} has other headings"));
        }
        if !pages
            .get("README.md")
            .is_some_and(|index| index.contains(&format!("]({name})")))
        {
            faults.push(format!("{name} is not in the index"));
        }
    }
    faults
}

/// The files of the repository that a text names, in backticks or as a link.
fn named_files(text: &str) -> BTreeSet<String> {
    let links = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(to, _)| to)
        .filter(|to| !to.contains("://"));
    let links = links
        .map(|to| to.split('#').next().unwrap_or_default())
        .filter(|to| !to.is_empty());
    let quoted =
        quoted(text).filter(|word| !word.contains(char::is_whitespace) && !word.contains("::"));
    let quoted = quoted.filter(|word| {
        ROOMS.iter().any(|room| word.starts_with(room)) && !word.contains(['*', '{', '<'])
    });
    links.chain(quoted).map(str::to_owned).collect()
}

#[test]
fn every_promise_and_every_adversary_names_tests_that_exist() {
    let tests = all_tests();
    assert!(
        tests.len() > 150,
        "only {} tests were found: the search is blind",
        tests.len()
    );
    for known in [
        "docs::every_promise_and_every_adversary_names_tests_that_exist",
        "lib: core::clock::tests::only_the_day_is_told",
    ] {
        assert!(
            tests.contains(known),
            "{known} was not found: the search is blind"
        );
    }
    let document = read("docs/threat-model.md");
    assert_eq!(
        faults_of_promises(&document, &pages("docs/promises"), &tests),
        Vec::<String>::new()
    );
    assert_eq!(
        faults_of_adversaries(&document, &tests),
        Vec::<String>::new()
    );
}

#[test]
fn every_decision_has_its_four_parts_and_is_in_the_index() {
    let decisions = pages("docs/decisions");
    assert!(
        decisions.len() > 10,
        "only {} files were found: the search is blind",
        decisions.len()
    );
    assert_eq!(faults_of_decisions(&decisions), Vec::<String>::new());
}

/// The line of the document that begins with this text.
fn line<'a>(document: &'a str, begins: &str) -> &'a str {
    document
        .lines()
        .find(|line| line.starts_with(begins))
        .unwrap()
}

/// The row with one cell replaced.
fn with_cell(row: &str, at: usize, cell: &str) -> String {
    let mut cells: Vec<&str> = row.split('|').collect();
    cells[at] = cell;
    cells.join("|")
}

#[test]
fn control_a_doctored_row_is_found() {
    let (document, pages, tests) = (
        read("docs/threat-model.md"),
        pages("docs/promises"),
        all_tests(),
    );
    let flooder = line(&document, "| **Flooder** |");
    let doctored = |at: usize, cell: &str| {
        faults_of_adversaries(
            &document.replace(flooder, &with_cell(flooder, at, cell)),
            &tests,
        )
    };
    assert_eq!(doctored(4, " none "), ["Flooder names no test"]);
    assert_eq!(
        doctored(4, " `docs::no_such` "),
        ["Flooder names docs::no_such, which is no test"]
    );
    assert_eq!(doctored(5, " "), ["Flooder does not say what falls short"]);
    assert_eq!(doctored(2, " "), ["Flooder has an empty cell"]);
    assert_eq!(doctored(1, " **Somebody** "), ["Flooder has 0 rows"]);

    let row = line(&document, "| P7 |");
    let orphan = format!(
        "{} is no promise's page",
        pages.keys().find(|name| name.starts_with("p07-")).unwrap()
    );
    let doctored = |with: &str| faults_of_promises(&document.replace(row, with), &pages, &tests);
    assert_eq!(
        doctored(&with_cell(row, 1, " P77 ")),
        ["P7 has 0 rows", "P77's page has another title"]
    );
    assert_eq!(
        doctored(&with_cell(row, 3, " later ")),
        ["P7 has no page", &orphan]
    );
    assert_eq!(
        doctored(&with_cell(row, 3, " [a](promises/p07-no-such.md) ")),
        ["P7 has no page", &orphan]
    );
    assert_eq!(
        doctored(&with_cell(row, 3, " a | b ")),
        ["P7 has 4 cells", &orphan]
    );
    assert_eq!(doctored(&format!("{row}\n{row}")), ["P7 has 2 rows"]);
    assert_eq!(doctored(""), ["P7 has 0 rows", &orphan]);
}

#[test]
fn control_a_doctored_page_is_found() {
    let (document, pages, tests) = (
        read("docs/threat-model.md"),
        pages("docs/promises"),
        all_tests(),
    );
    let (name, page) = pages
        .iter()
        .find(|(name, _)| name.starts_with("p07-"))
        .unwrap();
    let doctored = |from: &str, to: &str| {
        assert!(
            page.contains(from),
            "the page has no {from}: the control is blind"
        );
        let mut pages = pages.clone();
        pages.insert(name.clone(), page.replace(from, to));
        faults_of_promises(&document, &pages, &tests)
    };
    let part = |heading: &str| {
        parts(page)
            .into_iter()
            .find(|(found, _)| *found == heading)
            .unwrap()
            .1
    };
    let named = part(TESTS);
    assert_eq!(doctored(named, "None yet."), ["P7 names no test"]);
    assert_eq!(
        doctored(named, "- `store::order::p7_no_such_test`"),
        ["P7 names store::order::p7_no_such_test, which is no test"]
    );
    assert_eq!(
        doctored("`\n- `", "`, `"),
        ["P7 has several tests on one line"]
    );
    assert_eq!(
        doctored(part(SHORT), ""),
        ["P7 has nothing under \"What falls short\""]
    );
    assert_eq!(
        doctored(part(HELD), ""),
        ["P7 has nothing under \"How it is held\""]
    );
    assert_eq!(
        doctored("## What falls short", "## Notes"),
        ["P7's page has other headings"]
    );
    assert_eq!(
        doctored("# P7: ", "# P8: "),
        ["P7's page has another title"]
    );

    let mut more = pages.clone();
    more.insert("p99-more.md".to_owned(), page.clone());
    assert_eq!(
        faults_of_promises(&document, &more, &tests),
        ["p99-more.md is no promise's page"]
    );
}

#[test]
fn control_a_doctored_decision_is_found() {
    let decisions = pages("docs/decisions");
    let (name, page) = decisions
        .iter()
        .find(|(name, _)| name.starts_with("0002-"))
        .unwrap();
    let with = |name: &str, page: String| {
        let mut decisions = decisions.clone();
        decisions.insert(name.to_owned(), page);
        faults_of_decisions(&decisions)
    };
    assert_eq!(
        with(name, page.replace("## Consequences", "## So")),
        [format!("{name} has other headings")]
    );
    assert_eq!(
        with(name, page.replace("# 2. ", "# 3. ")),
        [format!("{name} is not number 2")]
    );
    assert_eq!(
        with(
            "README.md",
            decisions["README.md"].replace(name, "0002-another.md")
        ),
        [format!("{name} is not in the index")]
    );
}

#[test]
fn the_files_that_documents_name_are_there() {
    for document in files(root(), ".md") {
        let text = std::fs::read_to_string(&document).unwrap();
        let beside = document.parent().unwrap();
        let missing: Vec<_> = named_files(&text)
            .into_iter()
            .filter(|name| !root().join(name).exists() && !beside.join(name).exists())
            .collect();
        assert!(
            missing.is_empty(),
            "{} names {missing:?}",
            document.display()
        );
    }
    assert!(
        named_files(&read("README.md")).len() > 15,
        "the search is blind"
    );
    let control = "`src/nowhere.rs` ![alt](docs/nowhere.png) [a](https://example.org/x.md) `report::x` `cargo test`";
    assert_eq!(
        named_files(control).into_iter().collect::<Vec<_>>(),
        ["docs/nowhere.png", "src/nowhere.rs"]
    );
}

#[test]
fn no_document_names_a_folder_of_somebodys_machine() {
    let documents = files(root(), ".md");
    assert!(documents.len() >= 3, "{documents:?}");
    // A release is built in one fixed folder on every machine.
    let names = |text: &str| {
        let text = text.replace("/var/tmp/", "");
        MACHINE.iter().filter(|path| text.contains(**path)).count()
    };
    for document in documents {
        assert_eq!(
            names(&std::fs::read_to_string(&document).unwrap()),
            0,
            "{}",
            document.display()
        );
    }
    assert_eq!(names("see /home/somebody/loke"), 1, "the control");
}
