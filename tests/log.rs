//! Promise P9: logs never repeat what was sent.

mod leaks;
mod quiet;
mod storm;

/// A log line may have only the fields of the list, so that it has no place for a value of a
/// report.
#[test]
fn p9_no_log_line_has_a_field_off_the_list() {
    let mut lines = 0;
    let mut off = Vec::new();
    for file in sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for call in text.split("tracing::").skip(1).filter(|c| {
            ["info!(", "warn!(", "error!(", "debug!(", "trace!("]
                .iter()
                .any(|m| c.starts_with(m))
        }) {
            lines += 1;
            let inside = call.split_once('(').unwrap().1.split(");").next().unwrap();
            off.extend(
                fields_off_the_list(inside).map(|field| format!("{}: {field}", file.display())),
            );
        }
    }
    assert!(
        lines > 5,
        "only {lines} log lines were found: the search is blind"
    );
    assert_eq!(off, Vec::<String>::new());
    assert_eq!(
        fields_off_the_list("words = %tip.what, \"kept\"").collect::<Vec<_>>(),
        ["words"],
        "the control"
    );
}

/// Field names before an equals sign, and short forms such as `%problem`, that are not in
/// [`loke::log::FIELDS`].
fn fields_off_the_list(inside: &str) -> impl Iterator<Item = String> {
    inside
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty() && !part.starts_with('"'))
        .filter_map(|part| {
            let name = part
                .split('=')
                .next()
                .unwrap_or_default()
                .trim()
                .trim_start_matches(['%', '?']);
            let is_name =
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            (is_name && !loke::log::FIELDS.contains(&name)).then(|| name.to_owned())
        })
}

fn sources(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .collect()
}
