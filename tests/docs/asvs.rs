//! `docs/asvs.md` has every requirement of OWASP ASVS 5.0, chapters 6 to 8, levels 1 and 2, each with
//! a test that exists, or with the reason why there is none.

use std::collections::BTreeSet;

use super::{all_tests, read, rows_under};

/// How many requirements of levels 1 and 2 each section has.
const SECTIONS: [(&str, &[u32]); 17] = [
    ("6.1", &[1, 2, 3]),
    ("6.2", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    ("6.3", &[1, 2, 3, 4]),
    ("6.4", &[1, 2, 3, 4]),
    ("6.5", &[1, 2, 3, 4, 5]),
    ("6.6", &[1, 2, 3]),
    ("6.8", &[1, 2, 3, 4]),
    ("7.1", &[1, 2, 3]),
    ("7.2", &[1, 2, 3, 4]),
    ("7.3", &[1, 2]),
    ("7.4", &[1, 2, 3, 4, 5]),
    ("7.5", &[1, 2]),
    ("7.6", &[1, 2]),
    ("8.1", &[1, 2]),
    ("8.2", &[1, 2, 3]),
    ("8.3", &[1, 2, 3]),
    ("8.4", &[1]),
];

fn faults(document: &str, heading: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let rows = rows_under(document, heading);
    let mut faults = Vec::new();
    let wanted = SECTIONS
        .iter()
        .flat_map(|(section, numbers)| numbers.iter().map(move |n| format!("{section}.{n}")));
    for id in wanted {
        let Some(row) = rows.iter().find(|row| row[0] == id) else {
            faults.push(format!("{id} is left out"));
            continue;
        };
        let named = row[2].trim_matches('`');
        let reason = row[1].starts_with("Does not apply: ") || row[1].starts_with("Not yet: ");
        if !(tests.contains(named) || (named.is_empty() && reason)) {
            faults.push(format!("{id}: no test \"{named}\""));
        }
    }
    faults
}

const DESK: &str = "# OWASP ASVS 5.0 at the desk's page";
const PARTNER_PAGE: &str = "## The partner page";

#[test]
fn every_requirement_of_asvs_names_a_test_that_exists() {
    let (document, tests) = (read("docs/asvs.md"), all_tests());
    let none = Vec::<String>::new();
    assert_eq!(faults(&document, DESK, &tests), none);
    assert_eq!(faults(&document, PARTNER_PAGE, &tests), none);
    let without = document.replace("| 7.3.1 |", "| 7.3.9 |");
    for heading in [DESK, PARTNER_PAGE] {
        let found = faults(&without, heading, &tests);
        assert_eq!(found, ["7.3.1 is left out"], "the control");
    }
    let doctored = document.replace("a_session_ends_after_eight_hours_however_busy", "nothing");
    assert_eq!(faults(&doctored, DESK, &tests).len(), 1, "the control");
    let doctored = document.replace("partner_page::attacks::", "partner_page::nowhere::");
    let found = faults(&doctored, PARTNER_PAGE, &tests);
    assert_eq!(found.len(), 1, "the control");
}
