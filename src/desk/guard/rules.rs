//! The guard's rules of one language (`rules/guard/CODE.toml`).

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;
use std::sync::{LazyLock, OnceLock};

use regex::bytes::Regex;
use serde::Deserialize;
use toml::Spanned;

use super::Reason;
use super::asks::{self, Asks, Sentence};
use crate::text::folded;
use crate::text::patterns::{Patterns, every};
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
    /// Tasks, for a language without the table `[asks]`.
    #[serde(default)]
    task: Vec<Spanned<String>>,
    reward: Vec<Spanned<String>>,
    contact: Vec<Spanned<String>>,
    identity: Vec<Spanned<String>>,
    person: Vec<Spanned<String>>,
    topic: Vec<Spanned<String>>,
    others: Vec<Spanned<String>>,
    police: Vec<Spanned<String>>,
    /// Beginnings of a question, or of its part after a comma, that asks something of the reader.
    requests: Vec<Spanned<String>>,
    /// Beginnings of such a question that are harmless.
    may_ask: Vec<Spanned<String>>,
    /// Words for a person that name nobody if the reply has one of `roles`.
    #[serde(default)]
    pronouns: Vec<Spanned<String>>,
    /// Persons whom a reply may name, as "the landlord".
    #[serde(default)]
    roles: Vec<Spanned<String>>,
    /// Times to come. They are looked for in statements only.
    plans: Vec<Spanned<String>>,
    /// Words of a sentence about the past. A time in it is not to come, unless it has one of `future`.
    #[serde(default)]
    past: Vec<Spanned<String>>,
    #[serde(default)]
    future: Vec<Spanned<String>>,
    /// Words by which a writer says that they are under 18. They are looked for in residents' words.
    young: Vec<Spanned<String>>,
    /// Words of an address that name no place.
    generic: String,
    /// Words with a capital letter that a reply may have, as "Samaritans". Without this key, only the
    /// tip's own names are held.
    names: Option<String>,
    /// Requests by their form.
    asks: Option<asks::File>,
}

fn yes() -> bool {
    true
}

/// One language's rules.
pub(super) struct Set {
    harmless: Regex,
    reasons: Vec<(Reason, Regex)>,
    asks: Option<Asks>,
    requests: Regex,
    may_ask: Regex,
    pronouns: Option<Regex>,
    roles: Option<Regex>,
    plans: Regex,
    past: Option<Regex>,
    future: Option<Regex>,
    young: Regex,
    generic: HashSet<String>,
    names: Option<HashSet<String>>,
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

    pub(super) fn is_built_in(&self) -> bool {
        self.own.is_none()
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
            .filter(|(_, list)| !list.is_empty())
            .map(|(reason, list)| Ok((reason, patterns.join([list])?)));
        let anywhere = |list: &Vec<_>| {
            let pattern = (!list.is_empty()).then(|| patterns.join([list]));
            pattern.transpose()
        };
        let optional = |list: &Vec<_>| {
            let pattern = (!list.is_empty()).then(|| at_start.join_at_start([list]));
            pattern.transpose()
        };
        Ok(Self {
            harmless: patterns.join([&file.harmless])?,
            reasons: reasons.collect::<Result<_, ConfigError>>()?,
            asks: file
                .asks
                .as_ref()
                .map(|asks| Asks::read(asks, &patterns))
                .transpose()?,
            requests: at_start.join_at_start([&file.requests])?,
            may_ask: at_start.join_at_start([&file.may_ask])?,
            pronouns: optional(&file.pronouns)?,
            roles: anywhere(&file.roles)?,
            plans: patterns.join([&file.plans])?,
            past: anywhere(&file.past)?,
            future: anywhere(&file.future)?,
            young: patterns.join([&file.young])?,
            generic: words_of(&file.generic),
            names: file.names.as_deref().map(words_of),
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

    /// Passes each phrase to `add`. `bare` is the text without its harmless phrases.
    pub(super) fn find(
        &self,
        sentence: &Sentence<'_>,
        bare: &[u8],
        mut add: impl FnMut(Range<usize>, Reason),
    ) {
        let asks = self.asks.as_ref();
        let clauses = asks.map(|asks| asks.clauses(sentence)).unwrap_or_default();
        for (reason, pattern) in &self.reasons {
            for place in every(pattern, bare) {
                // "He was not arrested" tells as much, but "we will not visit" tells nothing.
                let to = match reason {
                    Reason::Person | Reason::Topic => None,
                    Reason::Police => Some(place.end),
                    Reason::Identity => asks.map(|asks| asks.end_of_clause(&clauses, &place)),
                    _ => Some(place.start),
                };
                let is_negated = asks
                    .zip(to)
                    .is_some_and(|(asks, to)| asks.is_negated(sentence, &clauses, place.start, to));
                if !is_negated {
                    add(place, *reason);
                }
            }
        }
    }

    /// Passes each place of the sentence that asks the reader for an act to `add`, and the whole
    /// sentence if it may be a request in another form.
    pub(super) fn find_by_form(
        &self,
        sentence: &Sentence<'_>,
        mut add: impl FnMut(Range<usize>, Reason),
    ) {
        let Some(asks) = &self.asks else {
            return;
        };
        for place in asks.find(sentence, &self.may_ask) {
            add(place, Reason::Task);
        }
        let may_ask = match sentence.is_question {
            true => self.may_be_request(sentence),
            false => asks.is_verbless(sentence),
        };
        if may_ask {
            add(0..sentence.text.len(), Reason::Unclear);
        }
    }

    /// Whether a question asks something of the reader that is not allowed.
    fn may_be_request(&self, sentence: &Sentence<'_>) -> bool {
        // "Unofficially, who is it?"
        let parts = std::iter::once(0).chain(sentence.breaks.iter().copied());
        let mut parts = parts.map(|at| sentence.text.as_bytes().get(at..).unwrap_or_default());
        !self.may_ask.is_match(sentence.text.as_bytes())
            && parts.any(|part| self.requests.is_match(part) && !self.may_ask.is_match(part))
    }

    /// Whether a reply may have this folded word with a capital letter.
    pub(super) fn may_name(&self, word: &str) -> bool {
        self.names.as_ref().is_none_or(|names| names.contains(word))
    }

    /// Whether the text has a person whom a reply may name.
    pub(super) fn has_role(&self, text: &str) -> bool {
        let roles = self.roles.as_ref();
        roles.is_some_and(|roles| roles.is_match(text.as_bytes()))
    }

    /// Whether these words are a pronoun alone.
    pub(super) fn is_pronoun(&self, words: &str) -> bool {
        let found = self
            .pronouns
            .as_ref()
            .and_then(|p| p.find(words.as_bytes()));
        found.is_some_and(|found| found.end() == words.len())
    }

    /// Passes each time to come to `add`.
    pub(super) fn find_times(&self, text: &[u8], mut add: impl FnMut(Range<usize>, Reason)) {
        let has = |words: &Option<Regex>| words.as_ref().is_some_and(|words| words.is_match(text));
        if has(&self.past) && !has(&self.future) {
            return;
        }
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

fn words_of(list: &str) -> HashSet<String> {
    folded(list).split(' ').map(str::to_owned).collect()
}
