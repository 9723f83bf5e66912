//! The governance drafts: each statement about the program names what makes it true, and their
//! periods are those of the rules.

use std::collections::BTreeSet;

use super::{all_tests, pages, parts, quoted, read, root, rows_under};

/// The heading of the table with the statements.
const FACTS: &str = "## What the program does";
/// The files that settings are in, with the sources that read them.
const SETTINGS: [(&str, &[&str]); 3] = [
    ("gateway.toml", &["src/gateway/settings.rs"]),
    ("desk.toml", &["src/desk/settings.rs"]),
    ("rules/retention.toml", &["src/desk/periods.rs"]),
];

/// Whether a name is a test, a file of the repository, or a setting (`FILE: KEY`).
fn exists(name: &str, tests: &BTreeSet<String>) -> bool {
    if tests.contains(name) {
        return true;
    }
    match name.split_once(": ") {
        Some((file, key)) => SETTINGS
            .iter()
            .filter(|(known, _)| *known == file)
            .flat_map(|(_, sources)| *sources)
            .any(|source| read(source).contains(&format!("    {key}: "))),
        None => name.contains('/') && root().join(name).is_file(),
    }
}

fn faults(name: &str, page: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    if !page.starts_with("# DRAFT: ") {
        faults.push(format!("{name} is not marked as a draft"));
    }
    let rows = rows_under(page, FACTS);
    if rows.len() < 3 {
        faults.push(format!("{name} has {} statements", rows.len()));
    }
    for row in rows {
        let &[statement, by] = row.as_slice() else {
            faults.push(format!("{name}: {} has {} cells", row[0], row.len()));
            continue;
        };
        if quoted(by).count() == 0 {
            faults.push(format!("{name}: \"{statement}\" names nothing"));
        }
        for missing in quoted(by).filter(|by| !exists(by, tests)) {
            faults.push(format!("{name}: {missing} does not exist"));
        }
    }
    faults
}

#[test]
fn every_statement_of_a_governance_draft_names_what_makes_it_true() {
    let tests = all_tests();
    let drafts = pages("docs/governance");
    assert!(drafts.len() >= 6, "only {:?}", drafts.keys());
    for (name, page) in drafts.iter().filter(|(name, _)| *name != "README.md") {
        assert_eq!(faults(name, page, &tests), Vec::<String>::new());
        assert!(
            drafts["README.md"].contains(&format!("]({name})")),
            "{name} is not in the index"
        );
    }
    assert!(drafts["README.md"].starts_with("# DRAFT: "));
    // The controls.
    let page = &drafts["dpia.md"];
    for (from, to, fault) in [
        (
            "`gateway.toml: retention_days`",
            "`gateway.toml: retained`",
            "gateway.toml: retained does not exist",
        ),
        (
            "`src/desk/route/contents.rs`",
            "`src/desk/route/contained.rs`",
            "src/desk/route/contained.rs does not exist",
        ),
        ("`src/desk/route/contents.rs`", "the code", "names nothing"),
        (
            "only_the_day_is_told`",
            "only_the_day`",
            "only_the_day does not exist",
        ),
        ("# DRAFT: ", "# ", "is not marked as a draft"),
    ] {
        let found = faults("x", &page.replacen(from, to, 1), &tests);
        assert!(found.len() == 1 && found[0].contains(fault), "{found:?}");
    }
}

/// The periods in a Markdown table or in the rules: the row's name, then its numbers.
fn periods_of_rules() -> Vec<(String, Vec<(String, u16)>)> {
    let mut lanes: Vec<(String, Vec<(String, u16)>)> = Vec::new();
    for line in read("rules/retention.toml").lines() {
        if let Some(lane) = line.strip_prefix('[') {
            lanes.push((lane.trim_end_matches(']').to_owned(), Vec::new()));
        } else if let Some((key, days)) = line.split_once(" = ").filter(|_| !line.starts_with('#'))
        {
            let last = &mut lanes.last_mut().unwrap().1;
            last.push((key.to_owned(), days.parse().unwrap()));
        }
    }
    lanes
}

fn periods_of_record(page: &str) -> Vec<(String, Vec<(String, u16)>)> {
    let (_, section) = parts(page)
        .into_iter()
        .find(|(heading, _)| *heading == "Periods")
        .unwrap();
    let cells = |line: &str| -> Vec<String> {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    let mut lines = section.lines().filter(|line| line.starts_with('|'));
    let head = cells(lines.next().unwrap());
    lines
        .skip(1)
        .map(|line| {
            let row = cells(line);
            let days = head.iter().zip(&row).skip(1);
            let days = days.map(|(key, days)| (key.clone(), days.parse().unwrap()));
            (row[0].clone(), days.collect())
        })
        .collect()
}

#[test]
fn the_periods_in_the_record_are_those_of_the_rules() {
    let record = read("docs/governance/record-of-processing.md");
    let rules = periods_of_rules();
    assert_eq!(
        (rules.len(), rules[0].1.len()),
        (5, 8),
        "the search is blind"
    );
    assert_eq!(periods_of_record(&record), rules);
    let other = record.replacen("| graffiti | 60 |", "| graffiti | 61 |", 1);
    assert_ne!(periods_of_record(&other), rules, "the control");
}
