//! Understanding a free text as far as its way needs it: topic, danger, language, campaign, and
//! whether it is only a STOP. Word lists decide, one file a language, which a council can replace.
//! What is not understood goes to lane `other`; it is never lost.

use std::path::Path;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use serde::Deserialize;
use whatlang::{Detector, Lang, Script};
use zeroize::Zeroizing;

use crate::triage::Answers;
use loke_core::campaign::CampaignCode;
use loke_core::config::{ConfigError, Source};
use loke_core::tip::Topic;
use loke_core::words::Languages;

use loke_core::built_in::TEXTS;

/// One language's words. A language of the page that has none yet is answered in, and its texts go
/// to lane `other`.
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

/// What a word in a text says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Topic(Topic),
    Danger,
    Child,
    Offensive,
}

/// Where a word may stand in a longer one.
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
    /// By the number of the pattern: the language's place, what it says, where it may stand.
    meanings: Vec<(usize, Says, Edges)>,
    detector: Detector,
}

/// What a text came to.
pub struct Sorted {
    /// The language's code: the first of the list where it cannot be told.
    pub language: &'static str,
    /// The campaign's code that it began with.
    pub campaign: Option<String>,
    /// The answers that its words give.
    pub answers: Answers,
    /// Bytes at its start that are the keyword and the code, and no part of what they tell.
    pub prefix: usize,
    /// Whether it says STOP and nothing else.
    pub is_stop: bool,
}

impl Lists {
    /// Reads the lists of these languages: those that are built in, and in their place what lies in
    /// `folder` under the same names (`en.toml` …).
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, where a list cannot be read.
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
                    patterns.push(bare);
                    meanings.push((at, says, edges));
                }
            }
            let lang = Lang::from_code(language.say("recognised-as"));
            let stop = list
                .stop
                .iter()
                .map(|word| to_search(word).to_string())
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
        for found in self.words.find_overlapping_iter(lower.as_str()) {
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
                Says::Danger => danger = Some(true),
                Says::Child => child = Some(true),
                Says::Offensive => offensive = Some(true),
            }
        }
        // Of topics named as often, the first of the list: whose home is taken over needs help
        // before a wall does.
        let topic = TOPICS
            .iter()
            .zip(topics)
            .rev()
            .max_by_key(|(_, count)| *count)
            .filter(|(_, count)| *count > 0)
            .map_or(Topic::Other, |(t, _)| *t);
        let offensive = offensive.filter(|_| topic == Topic::Graffiti);
        let word = lower.trim_matches(|c: char| !c.is_alphanumeric());
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

    /// The script tells Arabic and Chinese; where the detector is sure, it decides; otherwise the
    /// words that were understood do.
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

/// The topics that words can name, in the order in which one goes before another.
const TOPICS: [Topic; 3] = [Topic::Cuckooing, Topic::Drugs, Topic::Graffiti];

/// A text as words are looked for in it: in lower case, and with the apostrophe of typewriters for
/// the ones that phones and word processors set. It is only searched, so that it may be of another
/// length.
fn to_search(text: &str) -> Zeroizing<String> {
    Zeroizing::new(
        text.chars()
            .flat_map(char::to_lowercase)
            .map(|c| {
                if matches!(c, '’' | '‘' | 'ʼ') {
                    '\''
                } else {
                    c
                }
            })
            .collect(),
    )
}

/// A word of a list: `*` before or behind it says that it may stand in a longer one. Chinese has no
/// spaces between words.
fn read_word(word: &str) -> (String, Edges) {
    let bare = to_search(word.trim().trim_matches('*')).to_string();
    let unspaced = bare.chars().any(|c| matches!(c, '\u{3400}'..='\u{9fff}'));
    (
        bare,
        Edges {
            starts: unspaced || word.starts_with('*'),
            ends: unspaced || word.ends_with('*'),
        },
    )
}

fn stands_alone(text: &str, start: usize, end: usize, edges: Edges) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let before = text.get(..start).and_then(|t| t.chars().next_back());
    let behind = text.get(end..).and_then(|t| t.chars().next());
    (edges.starts || !letter(before)) && (edges.ends || !letter(behind))
}

/// The keyword and the campaign's code that a text may begin with, each once, in any case, and
/// where what they tell begins.
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
