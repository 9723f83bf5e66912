//! Patterns of rule files over folded texts. Every pattern takes one pass over the text (the regex
//! crate guarantees it: no backtracking).

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};
use toml::Spanned;

use super::{fold, letters};
use loke_core::config::{ConfigError, Source};

/// Maximum size in bytes of one compiled pattern.
const SIZE: usize = 4 << 20;

/// How the patterns of one file are joined.
pub(crate) struct Patterns<'a> {
    /// Prefixes that may be joined to the first word.
    pub(crate) before: &'a str,
    /// Whether patterns match whole words only.
    pub(crate) words: bool,
    pub(crate) source: &'a Source,
}

impl Patterns<'_> {
    /// Joins all patterns into one.
    pub(crate) fn join<'b>(
        &self,
        lists: impl IntoIterator<Item = &'b Vec<Spanned<String>>>,
    ) -> Result<Regex, ConfigError> {
        let any = self.any(lists)?;
        let joined = match self.words {
            true => format!("(?:^|[ .]){any}(?:$|[ .])"),
            false => any,
        };
        self.compile(&joined)
    }

    /// Joins all patterns into one that matches at the beginning of a text only.
    pub(crate) fn join_at_start<'b>(
        &self,
        lists: impl IntoIterator<Item = &'b Vec<Spanned<String>>>,
    ) -> Result<Regex, ConfigError> {
        let any = self.any(lists)?;
        let joined = match self.words {
            true => format!("^{any}(?:$|[ .])"),
            false => format!("^{any}"),
        };
        self.compile(&joined)
    }

    /// A pattern that matches nowhere, for an empty list.
    pub(crate) fn nothing(&self) -> Result<Regex, ConfigError> {
        self.compile("[a&&b]")
    }

    fn any<'b>(
        &self,
        lists: impl IntoIterator<Item = &'b Vec<Spanned<String>>>,
    ) -> Result<String, ConfigError> {
        let mut all = Vec::new();
        for pattern in lists.into_iter().flatten() {
            let plain = format!("(?:{})", fold_pattern(pattern.get_ref()));
            if compile(&plain).is_err() {
                return Err(self.source.trouble(
                    pattern.span().start,
                    "this pattern is not a valid regular expression",
                    "Correct it (https://docs.rs/regex has the syntax)",
                ));
            }
            all.push(plain);
        }
        Ok(format!(
            "(?:{})(?:{})",
            fold_pattern(self.before),
            all.join("|")
        ))
    }

    fn compile(&self, joined: &str) -> Result<Regex, ConfigError> {
        compile(joined).map_err(|_| {
            self.source.trouble(
                0,
                "the patterns are too large in total, or there are none",
                "Shorten them",
            )
        })
    }
}

/// Patterns of Latin scripts are ASCII once folded. `\w` is small then.
fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .unicode(!pattern.is_ascii())
        .size_limit(SIZE)
        .build()
}

/// Every match. The space after one may begin the next.
pub(crate) fn every<'a>(
    pattern: &'a Regex,
    text: &'a [u8],
) -> impl Iterator<Item = Range<usize>> + 'a {
    let mut at = 0;
    std::iter::from_fn(move || {
        let place = pattern.find_at(text, at)?.range();
        at = place.end.saturating_sub(1).max(at + 1);
        Some(place)
    })
}

/// A pattern in the form of a plain text. An apostrophe separates words.
fn fold_pattern(pattern: &str) -> String {
    let mut folded = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        match c {
            '\'' | '’' => folded.push(' '),
            c if c.is_ascii() => folded.push(c),
            c => unicode_normalization::char::decompose_compatible(c, |part| {
                fold(part, |c| folded.extend(c));
            }),
        }
    }
    folded
}

/// A text for patterns: folded letters and digits, one space between words, ". " between sentences.
pub(crate) struct Plain {
    pub(crate) text: String,
    /// For each byte, where its character is in the original.
    origins: Vec<Range<usize>>,
    pub(crate) letters: usize,
}

impl Plain {
    pub(crate) fn of(original: &str) -> Self {
        let mut plain = Self {
            text: String::with_capacity(original.len()),
            origins: Vec::with_capacity(original.len()),
            letters: 0,
        };
        let mut gap = "";
        letters(original, |letter, place| {
            let Some(c) = letter else {
                let ends = original
                    .get(place)
                    .is_some_and(|c| ".!?;\n。！？؟；".contains(c));
                gap = if ends || gap == ". " { ". " } else { " " };
                return;
            };
            if !plain.text.is_empty() {
                plain.push(gap, place.clone());
            }
            gap = "";
            plain.letters += 1;
            plain.push(c.encode_utf8(&mut [0; 4]), place);
        });
        plain
    }

    fn push(&mut self, text: &str, place: Range<usize>) {
        self.text.push_str(text);
        self.origins.extend(std::iter::repeat_n(place, text.len()));
    }

    /// Where a word begins after a comma, a colon, a bracket, a dash or a quotation mark.
    pub(crate) fn breaks(&self, original: &str) -> Vec<usize> {
        let is_gap = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'.'));
        let bytes = self.text.as_bytes();
        let begins =
            (1..bytes.len()).filter(|at| is_gap(bytes.get(at - 1)) && !is_gap(bytes.get(*at)));
        let after_break = |at: &usize| {
            let gap = bytes.get(..*at).unwrap_or_default().iter().rev();
            let gap = gap.take_while(|byte| is_gap(Some(byte))).count();
            let before = at
                .checked_sub(gap + 1)
                .and_then(|last| self.origins.get(last));
            let (Some(before), Some(next)) = (before, self.origins.get(*at)) else {
                return false;
            };
            let between = original.get(before.end..next.start).unwrap_or_default();
            between.contains([
                ',', ':', '(', ')', '–', '—', '"', '“', '”', '、', '，', '：', '（', '）',
            ])
        };
        begins.filter(after_break).collect()
    }

    /// The words of the original at this place.
    pub(crate) fn original(&self, place: Range<usize>, original: &str) -> String {
        let place = self.place(place);
        original.get(place).unwrap_or_default().to_owned()
    }

    /// The bytes of the original for a place of the plain text, without what separates words.
    pub(crate) fn place(&self, place: Range<usize>) -> Range<usize> {
        let is_edge =
            |at: &usize| matches!(self.text.as_bytes().get(*at), Some(b' ' | b'.') | None);
        let mut inner = place.skip_while(is_edge);
        let first = inner.next().unwrap_or_default();
        let last = inner.filter(|at| !is_edge(at)).last().unwrap_or(first);
        match (self.origins.get(first), self.origins.get(last)) {
            (Some(first), Some(last)) => first.start..last.end,
            _ => 0..0,
        }
    }
}
