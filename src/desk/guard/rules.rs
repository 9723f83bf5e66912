//! The guard's rules of one language (`rules/guard/CODE.toml`).

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;
use std::sync::{LazyLock, OnceLock};

use regex::bytes::Regex;
use serde::Deserialize;
use toml::Spanned;

use super::Reason;
use crate::text::folded;
use crate::text::patterns::Patterns;
use loke_core::built_in::GUARD;
use loke_core::config::{ConfigError, Source};

/// One language's patterns, as in its file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Whether patterns match whole words only. False for a script without spaces.
    #[serde(default = "yes")]
    words: bool,
    /// Prefixes that may be joined to the first word of a pattern.
    #[serde(default)]
    before: String,
    /// Phrases that are left out first.
    harmless: Vec<Spanned<String>>,
    task: Vec<Spanned<String>>,
    reward: Vec<Spanned<String>>,
    contact: Vec<Spanned<String>>,
    identity: Vec<Spanned<String>>,
    person: Vec<Spanned<String>>,
    topic: Vec<Spanned<String>>,
    others: Vec<Spanned<String>>,
    police: Vec<Spanned<String>>,
    /// Beginnings of a question that asks something of the reader.
    requests: Vec<Spanned<String>>,
    /// Beginnings of such a question that are harmless.
    may_ask: Vec<Spanned<String>>,
    /// Beginnings of a statement. Any other may be an instruction.
    #[serde(default)]
    openers: Vec<Spanned<String>>,
    /// Beginnings of a statement that may be an instruction.
    #[serde(default)]
    orders: Vec<Spanned<String>>,
    /// Times to come. They are looked for in statements only.
    plans: Vec<Spanned<String>>,
    /// Words by which a writer says that they are under 18. They are looked for in residents' words.
    young: Vec<Spanned<String>>,
    /// Words of an address that name no place.
    generic: String,
}

fn yes() -> bool {
    true
}

/// One language's rules.
pub(super) struct Set {
    harmless: Regex,
    reasons: Vec<(Reason, Regex)>,
    requests: Regex,
    may_ask: Regex,
    openers: Option<Regex>,
    orders: Option<Regex>,
    plans: Regex,
    young: Regex,
    generic: HashSet<String>,
}

/// A built-in file. It is compiled at first use, once for the program.
struct BuiltIn {
    code: &'static str,
    text: &'static str,
    set: OnceLock<Option<Set>>,
}

/// A language, with the operator's own file if there is one.
pub(super) struct Language {
    built_in: &'static BuiltIn,
    own: Option<Set>,
}

static FILES: LazyLock<Vec<BuiltIn>> = LazyLock::new(|| {
    let files = GUARD.iter().map(|(code, text)| BuiltIn {
        code,
        text,
        set: OnceLock::new(),
    });
    files.collect()
});

/// The languages, with the built-in rules.
pub(super) fn built_in() -> Vec<Language> {
    let languages = FILES.iter().map(|built_in| Language {
        built_in,
        own: None,
    });
    languages.collect()
}

impl Language {
    pub(super) fn code(&self) -> &'static str {
        self.built_in.code
    }

    pub(super) fn set(&self) -> Option<&Set> {
        self.own.as_ref().or_else(|| self.built_in.set())
    }

    /// Reads the operator's file, if there is one.
    pub(super) fn read_own(&mut self, folder: &Path) -> Result<(), ConfigError> {
        let own = folder.join(format!("rules/guard/{}.toml", self.code()));
        if own.exists() {
            self.own = Some(Set::read(&Source::read(&own)?)?);
        }
        Ok(())
    }
}

impl BuiltIn {
    fn set(&self) -> Option<&Set> {
        let set = self.set.get_or_init(|| {
            let name = format!("rules/guard/{}.toml", self.code);
            Set::read(&Source::built_in(&name, self.text)).ok()
        });
        set.as_ref()
    }
}

impl Set {
    pub(super) fn read(source: &Source) -> Result<Self, ConfigError> {
        let file: File = source.parse()?;
        let patterns = Patterns {
            before: &file.before,
            words: file.words,
            source,
        };
        let at_start = Patterns {
            before: "",
            ..patterns
        };
        let reasons = [
            (Reason::Task, &file.task),
            (Reason::Reward, &file.reward),
            (Reason::Contact, &file.contact),
            (Reason::Identity, &file.identity),
            (Reason::Person, &file.person),
            (Reason::Topic, &file.topic),
            (Reason::Others, &file.others),
            (Reason::Police, &file.police),
        ];
        let reasons = reasons
            .into_iter()
            .map(|(reason, list)| Ok((reason, patterns.join([list])?)));
        let optional = |list: &Vec<_>| {
            let pattern = (!list.is_empty()).then(|| at_start.join_at_start([list]));
            pattern.transpose()
        };
        if file.openers.is_empty() && file.orders.is_empty() {
            return Err(source.trouble(
                0,
                "neither openers nor orders has a pattern",
                "Without them an instruction in other words leaves",
            ));
        }
        Ok(Self {
            harmless: patterns.join([&file.harmless])?,
            reasons: reasons.collect::<Result<_, ConfigError>>()?,
            requests: at_start.join_at_start([&file.requests])?,
            may_ask: at_start.join_at_start([&file.may_ask])?,
            openers: optional(&file.openers)?,
            orders: optional(&file.orders)?,
            plans: patterns.join([&file.plans])?,
            young: patterns.join([&file.young])?,
            generic: folded(&file.generic)
                .split(' ')
                .map(str::to_owned)
                .collect(),
        })
    }

    /// A plain text with points in place of the harmless phrases.
    pub(super) fn without_harmless(&self, text: &str) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        let places: Vec<_> = every(&self.harmless, text.as_bytes()).collect();
        for place in places {
            if let Some(phrase) = bytes.get_mut(place) {
                phrase.fill(b'.');
            }
        }
        bytes
    }

    /// Passes each phrase to `add`.
    pub(super) fn find(&self, text: &[u8], mut add: impl FnMut(Range<usize>, Reason)) {
        for (reason, pattern) in &self.reasons {
            for place in every(pattern, text) {
                add(place, *reason);
            }
        }
    }

    /// The whole sentence, if it begins in a way that may be an instruction or a request. `bare` is
    /// the text without its harmless phrases.
    pub(super) fn find_by_form(
        &self,
        text: &str,
        bare: &[u8],
        is_question: bool,
    ) -> Option<Range<usize>> {
        let text = text.as_bytes();
        let is_held = match is_question {
            true => self.requests.is_match(text) && !self.may_ask.is_match(text),
            false if bare.first() == Some(&b'.') => false,
            false => {
                let opens = self
                    .openers
                    .as_ref()
                    .is_none_or(|known| known.is_match(text));
                let orders = self
                    .orders
                    .as_ref()
                    .is_some_and(|known| known.is_match(text));
                !opens || orders
            }
        };
        is_held.then_some(0..text.len())
    }

    /// Passes each time to come to `add`.
    pub(super) fn find_times(&self, text: &[u8], mut add: impl FnMut(Range<usize>, Reason)) {
        for place in every(&self.plans, text) {
            add(place, Reason::Contact);
        }
    }

    /// Whether a writer says that they are under 18.
    pub(super) fn is_young(&self, text: &str) -> bool {
        self.young.is_match(text.as_bytes())
    }

    /// Whether a folded word of an address names no place.
    pub(super) fn is_generic(&self, word: &str) -> bool {
        self.generic.contains(word)
    }
}

/// Every match. The space after one may begin the next.
fn every<'a>(pattern: &'a Regex, text: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
    let mut at = 0;
    std::iter::from_fn(move || {
        let place = pattern.find_at(text, at)?.range();
        at = place.end.saturating_sub(1).max(at + 1);
        Some(place)
    })
}
