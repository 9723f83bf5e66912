//! The patterns: `rules/hints/CODE.toml` for each language, and the patterns for every language. A
//! file in the program's own folder replaces the built-in one with the same name. Every pattern
//! takes one pass over the text (the regex crate guarantees it: no backtracking).

use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;
use toml::Spanned;
use whatlang::{Detector, Lang};
use zeroize::Zeroizing;

use super::bounds::Bounds;
use super::shadow::{Shadow, fold_pattern};
use super::{Found, Hint};
use crate::config::{ConfigError, Source};
use crate::words::Languages;

use crate::built_in::HINTS;
use crate::usual_words::is_plainly;

/// The reasons of hints, most revealing first. If two hints overlap, the first in this order is
/// shown.
pub const REASONS: [&str; 9] = [
    "email",
    "phone",
    "contact",
    "name",
    "home",
    "neighbour",
    "family",
    "work",
    "only",
];

/// Email addresses, in any language. Each half has one script, so that text without spaces before
/// an address is not part of it.
const EMAIL: &str =
    r"(?i)(?:[\w.+-]+|[.\x80-\xff]+)@(?:[\w-]+\.[\w.-]*\w|[\x80-\xff-]+\.[\x80-\xff]+)";
/// Digits of the shortest phone number.
const LEAST_DIGITS: usize = 8;
/// Numbers with 8 to 15 digits after `+` or `00` (ITU-T E.164), British numbers without their `+`,
/// and national numbers after a 0. Plain separators may be between the digits, and a word may touch
/// the number, as after pasting.
const PHONE: &str = concat!(
    r"(?i)(?:\+|\b00|[a-z]00)[ ()./|_~\[\]\\-]{0,3}\d(?:[ ()./|_~\[\]\\-]{0,3}\d){7,14}(?:\b|[a-z_])|",
    r"(?:\b|[a-z_])44[ ()./|_~\[\]\\-]{0,3}[1-37-9](?:[ ()./|_~\[\]\\-]{0,3}\d){8,9}(?:\b|[a-z_])|",
    r"(?:\b|[a-z_])0[ ()./|_~\[\]\\-]{0,3}[1-9](?:[ ()./|_~\[\]\\-]{0,3}\d){8,9}(?:\b|[a-z_])"
);
/// A date in figures. Its digits, and those of a time after it, are not a phone number.
const DATE: &str =
    r"\b(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|1[0-2])[./-](?:20)?\d\d(?:[^\d./-]|[./-]+\D|$)";
/// Least confidence that a text is in a language of no page. In 1,100 reports in languages of pages
/// (`tests/page/marks`), the confidence of another language was at most 0.36.
const FOREIGN: f64 = 0.4;
/// Characters of a text that are used to detect its language.
const SAMPLE: usize = 400;
/// The characters that may be next to a word in a shadow, as part of a character class: ASCII
/// without letters and digits, and general punctuation.
const EDGE: &str = r"\x00-/:-@\[-`{-\x7f\u{ab}\u{bb}\u{61f}\u{2010}-\u{205e}\u{3000}-\u{303f}";
/// Maximum size in bytes of one compiled pattern.
const SIZE: usize = 4 << 20;
/// Maximum size in bytes of the states that a pattern caches between texts, for each thread. They
/// contain no text.
const STATES: usize = 512 << 10;

/// One language's patterns, as in its file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Whether the patterns find the phrases of `tests/page/marks/CODE-phrases.txt`. If false, the
    /// check page says that words in this language are not checked.
    #[serde(default)]
    complete: bool,
    /// Whether patterns match whole words only. False for a script without spaces.
    #[serde(default = "yes")]
    words: bool,
    /// Prefixes that may be joined to the first word of a pattern.
    #[serde(default)]
    before: String,
    #[serde(default)]
    phone: Vec<Spanned<String>>,
    contact: Vec<Spanned<String>>,
    name: Vec<Spanned<String>>,
    home: Vec<Spanned<String>>,
    neighbour: Vec<Spanned<String>>,
    family: Vec<Spanned<String>>,
    work: Vec<Spanned<String>>,
    only: Vec<Spanned<String>>,
    /// Other words about the writer or what is theirs.
    mine: Vec<Spanned<String>>,
    /// Words that reveal nothing at the end of a `mine` match; `*` at the end stands for any
    /// ending.
    everybodys: Vec<String>,
}

fn yes() -> bool {
    true
}

/// The patterns of one reason.
struct Pattern {
    reason: &'static str,
    regex: Regex,
    /// A check that is cheaper than the pattern: whether a match is possible.
    is_possible: fn(&[u8]) -> bool,
    /// Whether to drop matches that end in one of [`Set::everybodys`].
    mine: bool,
}

/// Patterns that are searched together.
#[derive(Default)]
struct Set {
    complete: bool,
    patterns: Vec<Pattern>,
    everybodys: Vec<String>,
}

/// A language of the pages.
struct Language {
    code: &'static str,
    lang: Option<Lang>,
    built_in: Option<&'static str>,
    /// A built-in file is compiled at first use.
    set: OnceLock<Set>,
}

/// The patterns of every language.
pub struct Rules {
    numbers: Set,
    date: Option<Regex>,
    languages: Vec<Language>,
    /// Detects one of these languages.
    detector: Detector,
    /// Detects any language.
    any_detector: Detector,
}

/// The language of a report's texts, as detected.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// One of the languages of the pages.
    Ours(Lang),
    /// Another language.
    Foreign,
    /// No letters.
    Nothing,
}

impl Rules {
    /// Reads the patterns of these languages. A file in `folder` replaces the built-in one with the
    /// same name.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, if a file in `folder` is invalid.
    pub fn read(of: &Languages, folder: &Path) -> Result<Self, ConfigError> {
        let mut languages = Vec::new();
        for words in of.all() {
            let name = format!("rules/hints/{}.toml", words.code);
            let built_in = HINTS
                .iter()
                .find(|(code, _)| *code == words.code)
                .map(|(_, text)| *text);
            let set = OnceLock::new();
            let own = folder.join(&name);
            if own.exists() {
                let _ = set.set(Set::read(&Source::read(&own)?)?);
            }
            languages.push(Language {
                code: words.code,
                lang: Lang::from_code(words.say("recognised-as")),
                built_in,
                set,
            });
        }
        let number = |reason, pattern: &str, is_possible| {
            Some(Pattern {
                reason,
                regex: compile(pattern, false).ok()?,
                is_possible,
                mine: false,
            })
        };
        let numbers = [
            number("email", EMAIL, |text| text.contains(&b'@')),
            number("phone", PHONE, |text| has_digits(text, LEAST_DIGITS)),
        ];
        Ok(Self {
            numbers: Set {
                complete: true,
                patterns: numbers.into_iter().flatten().collect(),
                everybodys: Vec::new(),
            },
            date: compile(DATE, false).ok(),
            detector: Detector::with_allowlist(
                languages
                    .iter()
                    .filter_map(|language| language.lang)
                    .collect(),
            ),
            any_detector: Detector::new(),
            languages,
        })
    }

    /// Checks every built-in file and returns their number.
    ///
    /// # Errors
    /// The first invalid file. Tests make sure that there is none.
    pub fn check_built_in() -> Result<usize, ConfigError> {
        for (code, text) in HINTS {
            Set::read(&Source::built_in(&format!("rules/hints/{code}.toml"), text))?;
        }
        Ok(HINTS.len())
    }

    /// Whether the patterns of this language are complete. Numbers and addresses are found in any
    /// language.
    #[must_use]
    pub fn are_complete(&self, code: &str) -> bool {
        self.languages
            .iter()
            .any(|language| language.code == code && language.set().complete)
    }

    /// Whether the phrases of this text, on a page in this language, are searched completely.
    #[must_use]
    pub fn cover(&self, text: &str, page: &str) -> bool {
        self.read_in(&[text], page).is_complete()
    }

    /// Whether the patterns for a page in this language are compiled. Compiling takes a few
    /// milliseconds, once.
    #[must_use]
    pub fn are_ready(&self, page: &str) -> bool {
        let mut read = self
            .languages
            .iter()
            .enumerate()
            .filter(|(at, language)| *at == 0 || language.code == page);
        read.all(|(_, language)| language.set.get().is_some())
    }

    /// The hints of a text on a page in this language: see `read_in`.
    #[must_use]
    pub fn find(&self, text: &str, page: &str) -> Found {
        self.read_in(&[text], page).find(text)
    }

    /// Selects the patterns for a report on a page in this language: numbers and addresses, then
    /// the phrases of the page's language, of the detected language, and of the first language
    /// (English), which people mix in. If two hints overlap, the earlier set wins.
    #[must_use]
    pub fn read_in(&self, texts: &[&str], page: &str) -> Reading<'_> {
        let seen = self.seen(texts, page);
        let is_spoken = |language: &Language| {
            language.code == page || language.lang.is_some_and(|lang| seen == Seen::Ours(lang))
        };
        let is_read = |at: usize, language: &Language| at == 0 || is_spoken(language);
        let complete = seen != Seen::Foreign
            && self
                .languages
                .iter()
                .filter(|language| is_spoken(language))
                .all(|language| language.set().complete);
        let read = self
            .languages
            .iter()
            .enumerate()
            .filter(|(at, language)| is_read(*at, language));
        // The first language last.
        let sets =
            std::iter::once(&self.numbers).chain(read.rev().map(|(_, language)| language.set()));
        Reading {
            sets: sets.collect(),
            date: self.date.as_ref(),
            complete,
        }
    }

    /// The language of a report's texts, from all of them together: a few words are not enough. Many
    /// are plainly in the language of their page. Detection costs more than most patterns.
    fn seen(&self, texts: &[&str], page: &str) -> Seen {
        let mut sample = Zeroizing::new(String::with_capacity(4 * SAMPLE));
        let words = texts
            .iter()
            .filter(|text| !text.is_empty())
            .flat_map(|text| text.chars().chain([' ']));
        sample.extend(words.take(SAMPLE));
        let page = self.languages.iter().find(|language| language.code == page);
        match page.and_then(|page| page.lang.filter(|_| is_plainly(page.code, &sample))) {
            Some(lang) => Seen::Ours(lang),
            None => self.detected(&sample),
        }
    }

    /// Detects the language of a text. A wrong guess costs one pass and hardly ever adds a wrong
    /// hint, because phrases differ between languages.
    fn detected(&self, sample: &str) -> Seen {
        let is_ours = |lang: Lang| {
            self.languages
                .iter()
                .any(|language| language.lang == Some(lang))
        };
        match self.any_detector.detect(sample) {
            Some(info) if is_ours(info.lang()) => Seen::Ours(info.lang()),
            Some(info) if info.confidence() > FOREIGN => Seen::Foreign,
            Some(_) => self
                .detector
                .detect_lang(sample)
                // No language of the pages has this script.
                .map_or(Seen::Foreign, Seen::Ours),
            None => Seen::Nothing,
        }
    }
}

/// The selected patterns, most revealing first.
pub struct Reading<'a> {
    sets: Vec<&'a Set>,
    date: Option<&'a Regex>,
    complete: bool,
}

impl Reading<'_> {
    /// Whether the patterns of the page's language and of the detected language are complete.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The hints of a text.
    #[must_use]
    pub fn find(&self, text: &str) -> Found {
        let mut found = Found::default();
        let shadow = Shadow::of(text);
        let bounds = OnceLock::new();
        'all: for set in &self.sets {
            for pattern in set
                .patterns
                .iter()
                .filter(|pattern| (pattern.is_possible)(shadow.bytes()))
            {
                for match_ in pattern.regex.find_iter(shadow.bytes()) {
                    let hint = || {
                        self.hint(
                            set,
                            pattern,
                            match_.range(),
                            &shadow,
                            bounds.get_or_init(|| Bounds::of(text)),
                        )
                    };
                    if !found.take(hint) {
                        break 'all;
                    }
                }
            }
        }
        found.hints.sort_by_key(|hint| hint.place.start);
        found
    }

    fn hint(
        &self,
        set: &Set,
        pattern: &Pattern,
        found: Range<usize>,
        shadow: &Shadow,
        bounds: &Bounds,
    ) -> Option<Hint> {
        let words = shadow.bytes().get(found.clone())?;
        let is_date =
            pattern.reason == "phone" && self.date.is_some_and(|date| date.is_match(words));
        if is_date || pattern.mine && set.is_everybodys(words) {
            return None;
        }
        bounds.hint(shadow.place(found)?, pattern.reason)
    }
}

impl Language {
    fn set(&self) -> &Set {
        self.set.get_or_init(|| {
            let source = self.built_in.map(|text| Source::built_in(self.code, text));
            source
                .and_then(|source| Set::read(&source).ok())
                .unwrap_or_default()
        })
    }
}

impl Set {
    fn read(source: &Source) -> Result<Self, ConfigError> {
        let file: File = source.parse()?;
        let listed = [
            ("phone", &file.phone),
            ("contact", &file.contact),
            ("name", &file.name),
            ("home", &file.home),
            ("neighbour", &file.neighbour),
            ("family", &file.family),
            ("work", &file.work),
            ("only", &file.only),
        ];
        let mut patterns = Vec::new();
        for (reason, list) in listed.into_iter().filter(|(_, list)| !list.is_empty()) {
            patterns.push(Pattern {
                reason,
                regex: file.join(list, source)?,
                is_possible: |_| true,
                mine: false,
            });
        }
        if !file.mine.is_empty() {
            patterns.push(Pattern {
                reason: "only",
                regex: file.join(&file.mine, source)?,
                is_possible: |_| true,
                mine: true,
            });
        }
        let everybodys = file
            .everybodys
            .iter()
            .map(|word| fold_pattern(&word.to_lowercase()))
            .collect();
        Ok(Self {
            complete: file.complete,
            patterns,
            everybodys,
        })
    }

    /// Whether the match ends in a word that reveals nothing.
    fn is_everybodys(&self, found: &[u8]) -> bool {
        let found = String::from_utf8_lossy(found).to_lowercase();
        let found = found.trim_end_matches(|c: char| !c.is_alphanumeric());
        self.everybodys
            .iter()
            .any(|known| match known.strip_suffix('*') {
                Some(stem) => found
                    .rsplit(' ')
                    .next()
                    .is_some_and(|word| word.starts_with(stem)),
                None => found.strip_suffix(known.as_str()).is_some_and(|rest| {
                    rest.is_empty() || rest.ends_with(' ') || !known.is_ascii()
                }),
            })
    }
}

impl File {
    /// Joins all patterns of a list into one. They match whole words. If a pattern is not ASCII,
    /// its edges are characters of the match, which hints leave off: Unicode `\b` would make each
    /// match many times slower.
    fn join(&self, list: &[Spanned<String>], source: &Source) -> Result<Regex, ConfigError> {
        let mut all = Vec::new();
        for pattern in list {
            let plain = format!("(?:{})", fold_pattern(pattern.get_ref()));
            if compile(&plain, true).is_err() {
                return Err(source.trouble(
                    pattern.span().start,
                    "this pattern is not a valid regular expression",
                    "Correct it (https://docs.rs/regex has the syntax)",
                ));
            }
            all.push(plain);
        }
        let any = format!("(?:{})(?:{})", fold_pattern(&self.before), all.join("|"));
        let joined = match self.words {
            true if any.is_ascii() => format!(r"\b{{start-half}}{any}\b{{end-half}}"),
            true => format!("(?:^|[{EDGE}]){any}(?:$|[{EDGE}])"),
            false => any,
        };
        compile(&joined, !joined.is_ascii()).map_err(|_| {
            source.trouble(
                0,
                "the patterns of one kind are too large in total",
                "Shorten them",
            )
        })
    }
}

/// Whether a text has at least `least` digits. (A shadow has ASCII digits only.)
fn has_digits(text: &[u8], least: usize) -> bool {
    text.iter()
        .filter(|byte| byte.is_ascii_digit())
        .nth(least - 1)
        .is_some()
}

fn compile(pattern: &str, unicode: bool) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .case_insensitive(true)
        .unicode(unicode)
        .size_limit(SIZE)
        .dfa_size_limit(STATES)
        .build()
}

#[cfg(test)]
mod tests;
