//! Comments cite only documents of this repository.

use std::collections::BTreeSet;

use super::{files, root};

/// How files of each ending begin a comment.
const MARKS: [(&str, &str); 4] = [(".rs", "//"), (".toml", "#"), (".ftl", "#"), (".sql", "--")];
/// Parts of the names of working papers, which are never in the repository.
const PAPERS: [&str; 2] = ["DESIGN", "-practice"];

/// The words of a text's comments. A mark inside a word, as in an address, begins none.
fn commented<'a>(text: &'a str, mark: &str) -> impl Iterator<Item = &'a str> {
    let of_line = move |line: &'a str| {
        let begins = |at: &usize| {
            let before = line.get(..*at).unwrap_or_default();
            before.is_empty() || before.ends_with(char::is_whitespace)
        };
        let mut at = line.match_indices(mark).map(|(at, _)| at);
        at.find(begins)
            .map_or("", |at| line.get(at..).unwrap_or_default())
    };
    let is_apart = |c: char| !(c.is_alphanumeric() || "_-./".contains(c));
    text.lines()
        .flat_map(move |line| of_line(line).split(is_apart))
        .map(|word| word.trim_matches('.'))
}

/// The cited documents that the repository does not have.
fn faults<'a>(text: &'a str, mark: &str, documents: &BTreeSet<String>) -> Vec<&'a str> {
    let is_missing = |word: &&str| {
        let name = word.rsplit('/').next().unwrap_or_default();
        (name.ends_with(".md") && !documents.contains(name))
            || PAPERS.iter().any(|paper| word.contains(paper))
    };
    commented(text, mark).filter(is_missing).collect()
}

#[test]
fn comments_cite_no_document_that_is_not_in_the_repository() {
    let name = |path: &std::path::PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let documents: BTreeSet<_> = files(root(), ".md").iter().map(name).collect();
    let mut read = 0;
    for (ending, mark) in MARKS {
        for file in files(root(), ending) {
            let text = std::fs::read_to_string(&file).unwrap();
            let found = faults(&text, mark, &documents);
            assert!(found.is_empty(), "{} cites {found:?}", file.display());
            read += 1;
        }
    }
    assert!(read > 500, "only {read} files: the search is blind");
    let control = "/// As NOWHERE.md says, and README.md.\nlet to = \"https://a.example/b.md\";\n// see a-practice 2";
    assert_eq!(
        faults(control, "//", &documents),
        ["NOWHERE.md", "a-practice"]
    );
}
