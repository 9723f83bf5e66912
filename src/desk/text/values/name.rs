//! Names of people, where a title says that it is one: "Mr Smith", "pani Kowalska". A capital letter
//! alone is no sign of a name.

use std::ops::Range;

use super::{Gap, Word};

/// Titles in the languages of the form, and a word for each group that names one person.
const TITLES: [(&str, &str); 18] = [
    ("mr", "mr"),
    ("mister", "mr"),
    ("mrs", "ms"),
    ("ms", "ms"),
    ("miss", "ms"),
    ("pan", "mr"),
    ("pani", "ms"),
    ("sr", "mr"),
    ("senor", "mr"),
    ("senhor", "mr"),
    ("sra", "ms"),
    ("senora", "ms"),
    ("senhora", "ms"),
    ("domnul", "mr"),
    ("doamna", "ms"),
    ("ponas", "mr"),
    ("ponia", "ms"),
    ("dr", "dr"),
];
/// Most words of a name.
const WORDS: usize = 3;
/// Capitalised words that follow a name in a sentence and are no part of it.
const NO_NAME: [&str; 14] = [
    "and", "at", "from", "he", "his", "her", "in", "is", "on", "road", "she", "street", "the",
    "who",
];

/// Passes each name and its place to `each`: `john smith`, or `mr smith` for one word.
pub(super) fn find(text: &str, words: &[Word], mut each: impl FnMut(String, Range<usize>)) {
    for (at, title) in words.iter().enumerate() {
        let Some((_, group)) = TITLES.iter().find(|(word, _)| *word == title.text) else {
            continue;
        };
        let before = at.checked_sub(1).and_then(|before| words.get(before));
        // "12 Elm Dr": the end of a street.
        let is_street = *group == "dr"
            && title.gap == Gap::Space
            && before.is_some_and(|word| begins_large(text, word));
        if is_street {
            continue;
        }
        let rest = words.get(at + 1..).unwrap_or_default();
        let name: Vec<&Word> = rest
            .iter()
            .enumerate()
            .take_while(|(n, word)| {
                let is_joined = matches!(word.gap, Gap::Space | Gap::Dash);
                let is_first = *n == 0 && word.gap == Gap::Dot;
                (is_joined || is_first)
                    && *n < WORDS
                    && begins_large(text, word)
                    && !NO_NAME.contains(&word.text.as_str())
            })
            .map(|(_, word)| word)
            .collect();
        let Some(last) = name.last() else {
            continue;
        };
        let parts: Vec<&str> = name.iter().map(|word| word.text.as_str()).collect();
        let normal = match parts.as_slice() {
            [one] => format!("{group} {one}"),
            several => several.join(" "),
        };
        each(normal, title.place.start..last.place.end);
    }
}

/// A capital letter, then small ones: "Smith". In a text of capitals nothing tells a name.
fn begins_large(text: &str, word: &Word) -> bool {
    let written = text.get(word.place.clone()).unwrap_or_default();
    let mut letters = written.chars();
    let large = letters.next().is_some_and(char::is_uppercase);
    large && letters.next().is_some() && !word.is_upper
}
