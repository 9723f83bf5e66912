//! The commented sample, and its sections: `init --only` leaves out those of other processes.

use std::fmt::Write;

/// The commented sample that `init` fills in.
pub(super) const SAMPLE: &str = include_str!("../../../../deploy/gateway.toml");

/// The sample without these tables. A table goes from the paragraph with its head to the next such
/// paragraph, with the comments in between.
pub(super) fn without(tables: &[&str]) -> String {
    let mut text = String::with_capacity(SAMPLE.len());
    let mut is_out = false;
    for paragraph in SAMPLE.split("\n\n") {
        if let Some(table) = paragraph.lines().find_map(table_of) {
            is_out = tables.contains(&table);
        }
        if !is_out {
            write!(text, "{}\n\n", paragraph.trim_end()).unwrap_or_default();
        }
    }
    text
}

/// The table that a line begins, also if the line is commented out. A table within a table, as
/// `[sms.kannel]`, begins none.
fn table_of(line: &str) -> Option<&str> {
    let line = line.strip_prefix("# ").unwrap_or(line);
    let name = line.trim_start_matches('[').trim_end_matches(']');
    (line.starts_with('[') && line.ends_with(']') && name.bytes().all(|b| b.is_ascii_lowercase()))
        .then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_left_out_with_its_comments_and_the_others_stay() {
        let tables = |text: &str| -> Vec<String> {
            text.lines()
                .filter_map(table_of)
                .map(str::to_owned)
                .collect()
        };
        let all = tables(SAMPLE);
        assert_eq!(
            all,
            [
                "web",
                "onion",
                "sms",
                "pickup",
                "capacity",
                "limits",
                "recipients"
            ]
        );
        for out in ["web", "onion", "sms", "pickup"] {
            let left: Vec<_> = all.iter().filter(|table| *table != out).cloned().collect();
            assert_eq!(tables(&without(&[out])), left, "{out}");
        }
        let pickup = without(&["web", "onion", "sms"]);
        for gone in ["min_dwell_seconds", "circuits", "path_secret"] {
            assert!(SAMPLE.contains(gone) && !pickup.contains(gone), "{gone}");
        }
        assert!(pickup.contains("retention_days") && pickup.contains("lease_seconds"));
        assert_eq!(without(&[]).trim_end(), SAMPLE.trim_end(), "control");
    }
}
