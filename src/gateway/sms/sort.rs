//! Sorts a text: topic, danger, language, campaign, and whether it is only a STOP. It uses word
//! lists, one file for each language, which a council can replace. A text without a match goes to
//! lane `other`; no text is lost.

use std::path::Path;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use whatlang::{Detector, Lang, Script};
use zeroize::Zeroizing;

use loke_core::answers::Answers;
use loke_core::campaign::CampaignCode;
use loke_core::config::{ConfigError, Source};
use loke_core::tip::{Topic, YesNo};
use loke_core::words::Languages;

use loke_core::built_in::TEXTS;

/// One language's words. If a language of the pages has no list, texts in it go to lane `other`,
/// and are answered in it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    graffiti: Vec<String>,
    cuckooing: Vec<String>,
    drugs: Vec<String>,
    danger: Vec<String>,
    child: Vec<String>,
    offensive: Vec<String>,
    stop: Vec<String>,
}

/// The meaning of a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Topic(Topic),
    Danger,
    Child,
    Offensive,
}

/// Whether a word also matches at the start or the end of a longer word.
#[derive(Clone, Copy)]
struct Edges {
    starts: bool,
    ends: bool,
}

struct Language {
    code: &'static str,
    lang: Option<Lang>,
    stop: Vec<String>,
}

/// All word lists.
pub struct Lists {
    languages: Vec<Language>,
    words: AhoCorasick,
    /// By the pattern's number: the index of its language, its meaning, and its edges.
    meanings: Vec<(usize, Says, Edges)>,
    detector: Detector,
}

/// The result of sorting a text.
pub struct Sorted {
    /// The language's code: the first of the list if it cannot be detected.
    pub language: &'static str,
    /// The campaign's code at the start of the text.
    pub campaign: Option<String>,
    /// The answers that its words imply.
    pub answers: Answers,
    /// Bytes of the keyword and the code at its start, which are not part of the report.
    pub prefix: usize,
    /// Whether it is STOP and nothing else.
    pub is_stop: bool,
}

impl Lists {
    /// Reads the lists of these languages. Files in `folder` with the same names (`en.toml` …)
    /// replace the built-in ones.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, if a list cannot be read.
    pub fn read(of: &Languages, folder: Option<&Path>) -> Result<Self, ConfigError> {
        let (mut languages, mut patterns, mut meanings) = (Vec::new(), Vec::new(), Vec::new());
        for (at, language) in of.all().iter().enumerate() {
            let code = language.code;
            let file = folder
                .map(|folder| folder.join(format!("{code}.toml")))
                .filter(|file| file.exists());
            let built_in = TEXTS.iter().find(|(known, _)| *known == code);
            let list: List = match (file, built_in) {
                (Some(file), _) => Source::read(&file)?.parse()?,
                (None, Some((_, built_in))) => {
                    Source::built_in(&format!("locales/texts/{code}.toml"), built_in).parse()?
                }
                (None, None) => List::default(),
            };
            let says = [
                (Says::Topic(Topic::Graffiti), &list.graffiti),
                (Says::Topic(Topic::Cuckooing), &list.cuckooing),
                (Says::Topic(Topic::Drugs), &list.drugs),
                (Says::Danger, &list.danger),
                (Says::Child, &list.child),
                (Says::Offensive, &list.offensive),
            ];
            for (says, words) in says {
                for word in words {
                    let (bare, edges) = read_word(word);
                    let plain = without_accents(&bare);
                    // A short word without its accents is often a word of another language.
                    if plain != bare && plain.chars().count() >= LEAST_PLAIN {
                        patterns.push(plain);
                        meanings.push((at, says, edges));
                    }
                    patterns.push(bare);
                    meanings.push((at, says, edges));
                }
            }
            let lang = Lang::from_code(language.say("recognised-as"));
            let stop = list
                .stop
                .iter()
                .map(|word| to_search(word).text.to_string())
                .collect();
            languages.push(Language { code, lang, stop });
        }
        let detector = Detector::with_allowlist(
            languages
                .iter()
                .filter_map(|language| language.lang)
                .collect(),
        );
        let words = AhoCorasickBuilder::new()
            .match_kind(MatchKind::Standard)
            .build(&patterns);
        let words = words.map_err(|_| ConfigError {
            file: "locales/texts".into(),
            line: None,
            what: "the word lists are too large".into(),
            mend: "Shorten them".into(),
        })?;
        Ok(Self {
            languages,
            words,
            meanings,
            detector,
        })
    }

    /// Sorts a text. `keyword` is a word that texts to a shared number begin with.
    #[must_use]
    pub fn sort(&self, text: &str, keyword: Option<&str>) -> Sorted {
        let (campaign, prefix) = read_prefix(text, keyword);
        let told = text.get(prefix..).unwrap_or_default();
        let lower = to_search(told);
        let (mut topics, mut spoken) = ([0_usize; 3], vec![0_usize; self.languages.len()]);
        let (mut danger, mut child, mut offensive) = (None, None, None);
        for found in self.words.find_overlapping_iter(lower.text.as_str()) {
            let Some((language, says, edges)) = self.meanings.get(found.pattern().as_usize())
            else {
                continue;
            };
            if !stands_alone(&lower, found.start(), found.end(), *edges) {
                continue;
            }
            if let Some(count) = spoken.get_mut(*language) {
                *count += 1;
            }
            match says {
                Says::Topic(topic) => {
                    if let Some(count) = TOPICS
                        .iter()
                        .position(|t| t == topic)
                        .and_then(|at| topics.get_mut(at))
                    {
                        *count += 1;
                    }
                }
                Says::Danger => danger = Some(YesNo::Yes),
                Says::Child => child = Some(YesNo::Yes),
                Says::Offensive => offensive = Some(true),
            }
        }
        // If topics have the same count, the first of the list wins: a person whose home is taken
        // over needs help more urgently than a wall.
        let topic = TOPICS
            .iter()
            .zip(topics)
            .rev()
            .max_by_key(|(_, count)| *count)
            .filter(|(_, count)| *count > 0)
            .map_or(Topic::Other, |(t, _)| *t);
        let offensive = offensive.filter(|_| topic == Topic::Graffiti);
        let word = lower.text.trim_matches(|c: char| !c.is_alphanumeric());
        Sorted {
            language: self.language_of(told, &spoken),
            campaign,
            answers: Answers {
                topic,
                danger,
                child,
                ongoing: None,
                offensive,
            },
            prefix,
            is_stop: self
                .languages
                .iter()
                .any(|language| language.stop.iter().any(|stop| stop == word)),
        }
    }

    /// The script identifies Arabic and Chinese. Otherwise the detector decides if it is confident,
    /// and else the words that matched.
    fn language_of(&self, text: &str, spoken: &[usize]) -> &'static str {
        let seen = self.detector.detect(text);
        let by_lang = |lang: Lang| {
            self.languages
                .iter()
                .find(|l| l.lang == Some(lang))
                .map(|l| l.code)
        };
        let sure = seen.filter(|info| {
            info.is_reliable() || matches!(info.script(), Script::Arabic | Script::Mandarin)
        });
        let understood = || {
            let most = spoken.iter().copied().max().filter(|most| *most > 0)?;
            self.languages
                .iter()
                .zip(spoken)
                .find(|(_, count)| **count == most)
                .map(|(l, _)| l.code)
        };
        let first = self.languages.first().map_or("en", |l| l.code);
        sure.and_then(|info| by_lang(info.lang()))
            .or_else(understood)
            .unwrap_or(first)
    }
}

/// The topics that words can name, in order of precedence.
const TOPICS: [Topic; 3] = [Topic::Cuckooing, Topic::Drugs, Topic::Graffiti];

/// Letters of the shortest word that also matches without its accents.
const LEAST_PLAIN: usize = 6;

/// The form of a text for matching: lower case, without apostrophes, because many people leave them
/// out. Its length may differ from the text's, because it is only searched.
struct ToSearch {
    text: Zeroizing<String>,
    /// Where an apostrophe was. A word may begin or end there: "child's", "'gun'".
    apostrophes: Vec<usize>,
}

fn to_search(text: &str) -> ToSearch {
    let mut searched = ToSearch {
        text: Zeroizing::new(String::with_capacity(text.len() + 8)),
        apostrophes: Vec::new(),
    };
    for c in text.chars().flat_map(char::to_lowercase) {
        if is_apostrophe(c) {
            searched.apostrophes.push(searched.text.len());
        } else {
            searched.text.push(c);
        }
    }
    searched
}

/// Whether the character is an apostrophe, or one that people type or paste for it.
fn is_apostrophe(c: char) -> bool {
    matches!(c,
        '\'' | '`' | '\u{b4}' | '\u{2b9}' | '\u{2bb}'..='\u{2bd}' | '\u{2018}'..='\u{201b}'
        | '\u{2032}' | '\u{a78c}' | '\u{ff07}')
}

/// A word as people type it who leave accents out.
fn without_accents(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            'ł' => plain.push('l'),
            'đ' => plain.push('d'),
            _ if c.is_alphabetic() && !c.is_ascii() => {
                let letters = std::iter::once(c).nfd();
                plain.extend(letters.filter(|part| !is_combining_mark(*part)));
            }
            _ => plain.push(c),
        }
    }
    plain
}

/// Parses a word of a list: `*` before or after it matches inside a longer word. Chinese words
/// always do, because Chinese has no spaces between words.
fn read_word(word: &str) -> (String, Edges) {
    let bare = to_search(word.trim().trim_matches('*')).text.to_string();
    let unspaced = bare.chars().any(|c| matches!(c, '\u{3400}'..='\u{9fff}'));
    (
        bare,
        Edges {
            starts: unspaced || word.starts_with('*'),
            ends: unspaced || word.ends_with('*'),
        },
    )
}

fn stands_alone(searched: &ToSearch, start: usize, end: usize, edges: Edges) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let before = searched.text.get(..start);
    let behind = searched.text.get(end..);
    let edge = |at: usize| searched.apostrophes.binary_search(&at).is_ok();
    (edges.starts || !letter(before.and_then(|t| t.chars().next_back())) || edge(start))
        && (edges.ends || !letter(behind.and_then(|t| t.chars().next())) || edge(end))
}

/// The campaign's code at the start of a text, and where the report begins. The keyword and the
/// code may each come once, in any case.
fn read_prefix(text: &str, keyword: Option<&str>) -> (Option<String>, usize) {
    let mut at = 0;
    let mut campaign = None;
    let mut keyword = keyword;
    while let Some(rest) = text.get(at..) {
        let word = rest.split_whitespace().next().unwrap_or_default();
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let behind = rest.find(word).unwrap_or(0) + word.len();
        if !bare.is_empty() && keyword.is_some_and(|keyword| keyword.eq_ignore_ascii_case(bare)) {
            keyword = None;
        } else if campaign.is_none() && bare.parse::<CampaignCode>().is_ok() {
            campaign = bare
                .parse::<CampaignCode>()
                .ok()
                .map(|code| code.to_string());
        } else {
            break;
        }
        let space = rest
            .get(behind..)
            .map_or(0, |r| r.len() - r.trim_start().len());
        at += behind + space;
    }
    (campaign, at)
}

#[cfg(test)]
mod tests;
