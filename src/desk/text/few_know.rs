//! Details that only few people could know (`rules/few-know/CODE.toml`): an exact time, the inside of
//! a home, what was said, words of a family. Who quotes a resident sees them marked.

use std::ops::Range;
use std::path::Path;

use regex::bytes::Regex;
use serde::Deserialize;
use toml::Spanned;

use super::patterns::{Patterns, Plain};
use loke_core::config::{ConfigError, Source};

/// The built-in files: the language's code, and the text. English is read for every tip.
const FILES: [(&str, &str); 9] = [
    ("en", include_str!("../../../rules/few-know/en.toml")),
    ("ar", include_str!("../../../rules/few-know/ar.toml")),
    ("es", include_str!("../../../rules/few-know/es.toml")),
    ("hu", include_str!("../../../rules/few-know/hu.toml")),
    ("lt", include_str!("../../../rules/few-know/lt.toml")),
    ("pl", include_str!("../../../rules/few-know/pl.toml")),
    ("pt", include_str!("../../../rules/few-know/pt.toml")),
    ("ro", include_str!("../../../rules/few-know/ro.toml")),
    ("zh", include_str!("../../../rules/few-know/zh.toml")),
];
/// Quotation marks, opening and closing.
const QUOTES: [(char, char); 8] = [
    ('"', '"'),
    ('\u{201c}', '\u{201d}'),
    ('\u{201e}', '\u{201d}'),
    ('\u{201e}', '\u{201c}'),
    ('\u{ab}', '\u{bb}'),
    ('\u{2018}', '\u{2019}'),
    ('\u{300c}', '\u{300d}'),
    ('\u{300e}', '\u{300f}'),
];
/// Longest passage that can be quoted as one, in characters.
const LONGEST: usize = 300;

loke_core::words! {
    /// Why only few could know it.
    Detail {
        /// An exact time.
        Time = "time",
        /// The inside of a home.
        Inside = "inside",
        /// Words that somebody said.
        Speech = "speech",
        /// Words of a family.
        Family = "family",
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Whether patterns match whole words only. False for a script without spaces.
    #[serde(default = "yes")]
    words: bool,
    /// Prefixes that may be joined to the first word of a pattern.
    #[serde(default)]
    before: String,
    time: Vec<Spanned<String>>,
    inside: Vec<Spanned<String>>,
    speech: Vec<Spanned<String>>,
    family: Vec<Spanned<String>>,
}

fn yes() -> bool {
    true
}

/// The patterns for texts in some languages.
pub struct FewKnow {
    patterns: Vec<(Detail, Regex)>,
    /// Whether there are patterns for each of the languages.
    pub covers_all: bool,
}

impl FewKnow {
    /// Reads the patterns of these languages and of English, which people mix in. A file in `folder`
    /// replaces the built-in one with the same name.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, if a file in `folder` is invalid.
    pub fn read<'a>(
        folder: &Path,
        languages: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, ConfigError> {
        let mut codes = vec!["en"];
        let mut covers_all = true;
        for language in languages {
            let code = language.split(['-', '_']).next().unwrap_or_default();
            match FILES.iter().find(|(known, _)| *known == code) {
                None => covers_all = false,
                Some((known, _)) if codes.contains(known) => {}
                Some((known, _)) => codes.push(known),
            }
        }
        let mut patterns = Vec::new();
        for (code, text) in FILES.iter().filter(|(code, _)| codes.contains(code)) {
            let name = format!("rules/few-know/{code}.toml");
            let own = folder.join(&name);
            let source = match own.exists() {
                true => Source::read(&own)?,
                false => Source::built_in(&name, text),
            };
            patterns.extend(compiled(&source)?);
        }
        Ok(Self {
            patterns,
            covers_all,
        })
    }

    /// The details of a text, in its order, without overlaps.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<(Range<usize>, Detail)> {
        let plain = Plain::of(text);
        let mut found: Vec<(Range<usize>, Detail)> = quoted(text)
            .into_iter()
            .map(|place| (place, Detail::Speech))
            .collect();
        for (detail, pattern) in &self.patterns {
            let (bytes, mut at) = (plain.text.as_bytes(), 0);
            while at < bytes.len()
                && let Some(place) = pattern.find_at(bytes, at)
            {
                if !place.is_empty() {
                    found.push((plain.place(place.range()), *detail));
                }
                // Two details may share the space between them.
                at = place.end().saturating_sub(1).max(at + 1);
            }
        }
        found.retain(|(place, _)| !place.is_empty());
        found.sort_by_key(|(place, _)| (place.start, std::cmp::Reverse(place.end)));
        let mut apart: Vec<(Range<usize>, Detail)> = Vec::new();
        for (place, detail) in found {
            match apart.last_mut() {
                // "he said" and the words between quotation marks are one detail.
                Some((before, _)) if place.start < before.end => {
                    before.end = before.end.max(place.end);
                }
                _ => apart.push((place, detail)),
            }
        }
        apart
    }
}

fn compiled(source: &Source) -> Result<Vec<(Detail, Regex)>, ConfigError> {
    let file: File = source.parse()?;
    let patterns = Patterns {
        before: &file.before,
        words: file.words,
        source,
    };
    let lists = [
        (Detail::Time, &file.time),
        (Detail::Inside, &file.inside),
        (Detail::Speech, &file.speech),
        (Detail::Family, &file.family),
    ];
    let filled = lists.into_iter().filter(|(_, list)| !list.is_empty());
    filled
        .map(|(detail, list)| Ok((detail, patterns.join([list])?)))
        .collect()
}

/// The words between quotation marks, with the marks.
fn quoted(text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut rest = 0;
    while let Some((from, open)) = text
        .get(rest..)
        .unwrap_or_default()
        .char_indices()
        .find(|(_, c)| QUOTES.iter().any(|(open, _)| open == c))
    {
        let from = rest + from;
        let inner = from + open.len_utf8();
        let closes = |c: char| QUOTES.contains(&(open, c));
        let after = text.get(inner..).unwrap_or_default();
        rest = match after.char_indices().find(|(_, c)| closes(*c)) {
            Some((at, close)) => {
                let end = inner + at + close.len_utf8();
                places.push(from..end);
                end
            }
            None => inner,
        };
    }
    places
}

/// The passages of a text that can be quoted: its sentences, a long one in parts.
#[must_use]
pub fn passages(text: &str) -> Vec<&str> {
    let mut passages = Vec::new();
    for sentence in text.split_inclusive(['.', '!', '?', '\n', '。', '！', '？', '؟']) {
        let mut rest = sentence;
        while let Some((at, _)) = rest.char_indices().nth(LONGEST) {
            let (part, after) = rest.split_at(at);
            let cut = part.rfind(' ').map_or(at, |space| space + 1);
            let (part, _) = rest.split_at(cut);
            passages.push(part);
            rest = match cut {
                0 => after,
                cut => rest.get(cut..).unwrap_or_default(),
            };
        }
        passages.push(rest);
    }
    let trimmed = passages.into_iter().map(str::trim);
    trimmed
        .filter(|part| part.chars().any(char::is_alphanumeric))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_marks_a_time_an_inside_view_speech_and_family_words() {
        let texts = [
            (
                "en",
                "At 3:30 the scales were on the kitchen table, he said. Our nan heard.",
            ),
            (
                "pl",
                "Wczoraj w kuchni powiedział coś, słyszała to moja mama.",
            ),
            (
                "lt",
                "Vakar virtuvėje jis sakė kažką. Ten buvo mano brolis.",
            ),
            ("ro", "Aseară în bucătărie a spus ceva, era și fratele meu."),
            ("pt", "Ontem na cozinha disse isso, estava lá o meu irmão."),
            ("ar", "أمس في المطبخ قال هذا، وكان أخي هناك."),
            ("hu", "Tegnap a konyhában azt mondta, ott volt a bátyám."),
            ("es", "Anoche en la cocina dijo eso, estaba mi hermano."),
            ("zh", "昨晚在厨房里他说了，我的哥哥也在。"),
        ];
        assert_eq!(texts.map(|(code, _)| code).len(), FILES.len());
        for (code, text) in texts {
            let rules = FewKnow::read(Path::new("no folder"), [code]).unwrap();
            assert!(rules.covers_all);
            let found: std::collections::BTreeSet<Detail> = rules
                .find(text)
                .into_iter()
                .map(|(_, detail)| detail)
                .collect();
            assert_eq!(found.len(), 4, "{code}: {found:?}");
        }
        let english = FewKnow::read(Path::new("no folder"), ["en"]).unwrap();
        assert_eq!(
            english.find("Cars stop and people buy bags."),
            [],
            "control"
        );
        let quoted = english.find("A voice: \u{201c}bring the lot\u{201d}, then steps.");
        assert_eq!(quoted.len(), 1);
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("rules/few-know")).unwrap();
        let own = "words = false\ntime = ['x*']\ninside = []\nspeech = []\nfamily = []\n";
        std::fs::write(folder.path().join("rules/few-know/en.toml"), own).unwrap();
        let empty = FewKnow::read(folder.path(), ["en"]).unwrap();
        assert!(
            empty.find("axb").len() <= 1,
            "a pattern that matches nothing ends"
        );
        assert!(
            !FewKnow::read(Path::new("no folder"), ["uk"])
                .unwrap()
                .covers_all
        );
    }

    #[test]
    fn the_files_are_those_of_the_residents_languages_and_a_broken_one_names_its_line() {
        let mut codes = FILES.map(|(code, _)| code).to_vec();
        let mut languages = loke_core::words::CODES.to_vec();
        codes.sort_unstable();
        languages.sort_unstable();
        assert_eq!(codes, languages);
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("rules/few-know")).unwrap();
        let own = folder.path().join("rules/few-know/pl.toml");
        std::fs::write(
            own,
            "time = []\ninside = [\n'(',\n]\nspeech = []\nfamily = []\n",
        )
        .unwrap();
        let broken = FewKnow::read(folder.path(), ["pl"])
            .map(|_| ())
            .unwrap_err();
        assert!(broken.to_string().contains("pl.toml, line 3"), "{broken}");
    }

    #[test]
    fn a_passage_is_a_sentence_and_a_long_one_comes_in_parts() {
        assert_eq!(
            passages("One. Two!\n\nThree… ?"),
            ["One.", "Two!", "Three… ?"]
        );
        let long = "word ".repeat(200);
        let parts = passages(&long);
        assert!(parts.len() > 3 && parts.iter().all(|part| part.len() <= LONGEST));
        let joined = "\u{7070}".repeat(700);
        assert_eq!(passages(&joined).concat(), joined);
    }
}
