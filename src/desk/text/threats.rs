//! Words of threat to life or limb (`rules/threats/CODE.toml`): a tip that has one is closed only by
//! two people (promise P17). A language without rules always goes to a second look. Every pattern
//! takes one pass over the text (the regex crate guarantees it: no backtracking).

use std::ops::Range;
use std::path::Path;
use std::sync::{LazyLock, OnceLock};

use regex::bytes::Regex;
use serde::Deserialize;
use toml::Spanned;
use whatlang::{Detector, Lang, Script};

use super::patterns::{Patterns, Plain};
use loke_core::built_in::THREATS;
use loke_core::config::{ConfigError, Source};
use loke_core::usual_words::is_plainly;

/// Least confidence that a text is in a language without rules. The check page uses the same
/// (`src/core/pii_hints/rules.rs`).
const FOREIGN: f64 = 0.4;
/// Letters of the shortest text whose language is detected, if its script has rules.
const LETTERS: usize = 24;
/// Characters that are used to detect the language.
const SAMPLE: usize = 400;

/// The result of a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The words of the text.
    Threat(String),
    /// The rules of the text's language found nothing.
    Nothing,
    /// No rules cover the text's language, and those that there are found nothing: a second look.
    NotCovered,
}

/// One language's patterns, as in its file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The language's code in ISO 639-3, for its detection.
    recognised_as: Spanned<String>,
    /// Whether patterns match whole words only. False for a script without spaces.
    #[serde(default = "yes")]
    words: bool,
    /// Prefixes that may be joined to the first word of a pattern.
    #[serde(default)]
    before: String,
    /// Phrases that are no threat, although a word in them is.
    harmless: Vec<Spanned<String>>,
    weapon: Vec<Spanned<String>>,
    harm: Vec<Spanned<String>>,
    suicide: Vec<Spanned<String>>,
    overdose: Vec<Spanned<String>>,
    captive: Vec<Spanned<String>>,
    missing: Vec<Spanned<String>>,
    fire: Vec<Spanned<String>>,
}

fn yes() -> bool {
    true
}

/// One language's patterns.
struct Set {
    lang: Lang,
    harmless: Option<Regex>,
    threats: Regex,
}

/// A built-in file. It is compiled at first use, once for the program.
struct BuiltIn {
    code: &'static str,
    text: &'static str,
    set: OnceLock<Option<Set>>,
}

struct Language {
    built_in: &'static BuiltIn,
    /// From the operator's file.
    own: Option<Set>,
}

/// The patterns of every language.
pub struct Threats {
    languages: Vec<Language>,
    detector: Detector,
}

static FILES: LazyLock<Vec<BuiltIn>> = LazyLock::new(|| {
    let files = THREATS.iter().map(|(code, text)| BuiltIn {
        code,
        text,
        set: OnceLock::new(),
    });
    files.collect()
});
static SHIPPED: LazyLock<Threats> = LazyLock::new(Threats::built_in);

/// Looks for a threat with the built-in rules: see [`Threats::look`].
#[must_use]
pub fn look(language: &str, text: &str) -> Found {
    SHIPPED.look(language, text)
}

impl Threats {
    /// The built-in rules.
    #[must_use]
    pub fn built_in() -> Self {
        let languages = FILES.iter().map(|built_in| Language {
            built_in,
            own: None,
        });
        Self {
            languages: languages.collect(),
            detector: Detector::new(),
        }
    }

    /// The built-in rules. A file in `folder` replaces the built-in one with the same name.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, if a file in `folder` is invalid. Keep the rules that
    /// were read before.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let mut threats = Self::built_in();
        for language in &mut threats.languages {
            let own = folder.join(format!("rules/threats/{}.toml", language.code()));
            if own.exists() {
                language.own = Some(Set::read(&Source::read(&own)?)?);
            }
        }
        Ok(threats)
    }

    /// Looks for a threat in the tip's language, in the language that the text seems to be in, and
    /// in English, which people mix in.
    #[must_use]
    pub fn look(&self, language: &str, text: &str) -> Found {
        let plain = Plain::of(text);
        if plain.text.is_empty() {
            return Found::Nothing;
        }
        let code = language.split(['-', '_']).next().unwrap_or_default();
        let seen = self.seen(code, text, &plain);
        self.look_in(code, text, &plain, seen)
    }

    /// Looks for a threat in a text whose language was seen.
    fn look_in(&self, code: &str, text: &str, plain: &Plain, seen: Seen) -> Found {
        let is_read = |at: usize, language: &Language, set: &Set| {
            at == 0 || language.code().eq_ignore_ascii_case(code) || seen == Seen::Ours(set.lang)
        };
        let mut is_covered = false;
        for (at, language) in self.languages.iter().enumerate() {
            let Some(set) = language.set().filter(|set| is_read(at, language, set)) else {
                continue;
            };
            is_covered |= language.code().eq_ignore_ascii_case(code);
            if let Some(place) = set.find(&plain.text) {
                return Found::Threat(plain.original(place, text));
            }
        }
        if is_covered && seen != Seen::Foreign {
            Found::Nothing
        } else {
            Found::NotCovered
        }
    }

    /// The language of a text. Many are plainly in the language of their page, and detection is the
    /// largest cost of a look.
    fn seen(&self, code: &str, text: &str, plain: &Plain) -> Seen {
        let end = text.char_indices().nth(SAMPLE).map(|(at, _)| at);
        let sample = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
        let mut own = self
            .languages
            .iter()
            .filter(|l| l.code().eq_ignore_ascii_case(code));
        match own.find_map(|l| l.set().filter(|_| is_plainly(l.code(), sample))) {
            Some(set) => Seen::Ours(set.lang),
            None => self.detected(sample, plain),
        }
    }

    /// Detects the language of a text.
    fn detected(&self, sample: &str, plain: &Plain) -> Seen {
        let Some(info) = self.detector.detect(sample) else {
            return Seen::Unsure;
        };
        let is_ours = |lang: Lang| {
            self.languages
                .iter()
                .any(|l| l.set().is_some_and(|set| set.lang == lang))
        };
        // Every script but these has no rules at all.
        let is_ours_script = matches!(
            info.script(),
            Script::Latin | Script::Arabic | Script::Mandarin
        );
        let is_long = plain.letters >= LETTERS;
        match info.lang() {
            _ if !is_ours_script => Seen::Foreign,
            lang if is_ours(lang) => Seen::Ours(lang),
            _ if is_long && info.confidence() > FOREIGN => Seen::Foreign,
            _ => Seen::Unsure,
        }
    }
}

/// The language of a text, as detected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Ours(Lang),
    /// A language without rules.
    Foreign,
    Unsure,
}

impl Language {
    fn code(&self) -> &'static str {
        self.built_in.code
    }

    fn set(&self) -> Option<&Set> {
        self.own.as_ref().or_else(|| self.built_in.set())
    }
}

impl BuiltIn {
    fn set(&self) -> Option<&Set> {
        let set = self.set.get_or_init(|| {
            let name = format!("rules/threats/{}.toml", self.code);
            Set::read(&Source::built_in(&name, self.text)).ok()
        });
        set.as_ref()
    }
}

impl Set {
    fn read(source: &Source) -> Result<Self, ConfigError> {
        let file: File = source.parse()?;
        let lang = Lang::from_code(file.recognised_as.get_ref()).ok_or_else(|| {
            source.trouble(
                file.recognised_as.span().start,
                "not a language that can be detected",
                "Write its code in ISO 639-3, such as \"eng\"",
            )
        })?;
        let threats = [
            &file.weapon,
            &file.harm,
            &file.suicide,
            &file.overdose,
            &file.captive,
            &file.missing,
            &file.fire,
        ];
        let patterns = Patterns {
            before: &file.before,
            words: file.words,
            source,
        };
        let harmless = (!file.harmless.is_empty()).then(|| patterns.join([&file.harmless]));
        Ok(Self {
            lang,
            harmless: harmless.transpose()?,
            threats: patterns.join(threats)?,
        })
    }

    /// The first threat in a plain text.
    fn find(&self, text: &str) -> Option<Range<usize>> {
        let mut bytes = text.as_bytes().to_vec();
        if let Some(harmless) = &self.harmless {
            let places: Vec<_> = harmless
                .find_iter(text.as_bytes())
                .map(|found| found.range())
                .collect();
            for place in places {
                if let Some(phrase) = bytes.get_mut(place) {
                    phrase.fill(b'.');
                }
            }
        }
        self.threats.find(&bytes).map(|found| found.range())
    }
}

#[cfg(test)]
mod tests;
