//! The texts of the tests: reports (`tests/page/marks`, `tests/data/likeness`) and replies
//! (`tests/data/guard`) in the languages of the pages, and texts in others (`tests/data/usual-words`).
//! Each is a language and a text.

use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::built_in::USUAL_WORDS;

/// As in `pii_hints` and in the desk's `threats`.
const SAMPLE: usize = 400;

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests")
}

fn read(file: &str) -> String {
    std::fs::read_to_string(tests().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn has_list(code: &str) -> bool {
    USUAL_WORDS.iter().any(|(ours, _)| *ours == code)
}

/// Lines of a file without its comments.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// The characters of a text that the callers look at.
pub(crate) fn sample(text: &str) -> String {
    text.chars().take(SAMPLE).collect()
}

/// Reports in the languages of the pages.
pub(crate) fn reports() -> Vec<(String, String)> {
    let mut reports = Vec::new();
    for (code, _) in USUAL_WORDS {
        let files: &[&str] = match *code {
            "en" => &["telling", "telling-unseen", "plain", "plain-unseen"],
            _ => &["telling", "plain"],
        };
        for file in files {
            let file = if *code == "en" {
                (*file).into()
            } else {
                format!("{code}-{file}")
            };
            let text = read(&format!("page/marks/{file}.txt")).replace(['[', ']'], "");
            reports.extend(lines(&text).map(|line| (String::from(*code), line.to_owned())));
        }
    }
    for file in ["first", "second"] {
        let text = read(&format!("data/likeness/{file}.txt"));
        for line in lines(&text) {
            let fields: Vec<&str> = line.splitn(7, '|').map(str::trim).collect();
            reports.push((fields[1].to_owned(), fields[6].to_owned()));
        }
    }
    reports.retain(|(code, _)| has_list(code));
    reports
}

/// Replies in the languages of the pages.
pub(crate) fn replies() -> Vec<(String, String)> {
    let mut replies = Vec::new();
    for file in std::fs::read_dir(tests().join("data/guard")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for line in lines(&text) {
            if let [code, _, reply] = line.split('\t').collect::<Vec<_>>()[..] {
                replies.push((code.to_owned(), reply.to_owned()));
            }
        }
    }
    replies.retain(|(code, _)| has_list(code));
    replies
}

/// Texts in languages of no page.
pub(crate) fn other_languages() -> Vec<(String, String)> {
    let text = read("data/usual-words/other-languages.txt");
    let split = lines(&text).map(|line| line.split_once(" | ").unwrap());
    split
        .map(|(code, text)| (code.to_owned(), text.to_owned()))
        .collect()
}

/// A text as typed without accents.
pub(crate) fn without_accents(text: &str) -> String {
    let bare = text.nfd().filter(|c| !is_combining_mark(*c));
    bare.map(|c| match c {
        'ł' => 'l',
        'đ' => 'd',
        'ı' => 'i',
        'ø' => 'o',
        _ => c,
    })
    .collect()
}
