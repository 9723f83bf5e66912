//! The guard of replies to residents (promise P16): it finds what would task the reader, reward them,
//! fix a next contact, ask who they are, name a part of the tip, or tell what others reported or what
//! police know (`rules/guard/CODE.toml`). A text with a find leaves only when a supervisor releases it.
//!
//! It holds on evidence of one of these only, never because a sentence is new to it. A request is found
//! by its form (`asks`): the reader is the doer of an act to come that may be a task, it is not forbidden
//! to them, and is not one that every reply may advise. A negator decides the whole clause: "we will not
//! ask who you are", "nobody expects you to watch". Weights of words (`weights`), learned from replies,
//! hold what no rule foresaw, and free what only looks like a request.

mod asks;
mod facts;
mod rules;
mod weights;

use std::ops::Range;
use std::path::Path;

use crate::text::folded;
use crate::text::patterns::Plain;
use crate::text::values::{ValueKind, values};
use loke_core::config::ConfigError;

use asks::Sentence;
pub use facts::Facts;
use facts::capitals;
use rules::{Language, Set};
use weights::{Tends, weigh};

/// Telephone numbers that a reply may name: emergency services and charities that help.
const HELPLINES: [&str; 33] = [
    "999",
    "101",
    "111",
    "112",
    "105",
    "116000",
    "116123",
    "0800555111",
    "08001111",
    "08000121700",
    "08081689111",
    "0800789321",
    "08088005000",
    "08082000247",
    "0800111999",
    "08088004444",
    "08001448848",
    "08006781602",
    "03001021234",
    "03001233393",
    "03001236600",
    "03001232040",
    "03001234999",
    "0800585858",
    "08000684141",
    "08088025544",
    "08088010327",
    "08088024040",
    "08005999247",
    "08009995428",
    "08088083733",
    "08009177650",
    "03001231110",
];

/// Digits of the shortest helpline.
const SHORTEST: usize = 3;
/// Most digits of a number plate.
const PLATE: usize = 4;

loke_core::words! {
    /// Why a phrase is held.
    Reason {
        /// An instruction.
        Task = "task",
        /// A reward.
        Reward = "reward",
        /// A next contact.
        Contact = "contact",
        /// A question about the writer.
        Identity = "identity",
        /// A person.
        Person = "person",
        /// A name of somebody or something.
        Name = "name",
        /// A place.
        Place = "place",
        /// A number plate.
        Plate = "plate",
        /// A topic.
        Topic = "topic",
        /// Words of the tip.
        Passage = "passage",
        /// News of other reports.
        Others = "others",
        /// News of what police know or plan.
        Police = "police",
        /// A question or a short sentence that may be a request.
        Unclear = "unclear",
        /// Words like those of replies that must be held.
        Alike = "alike",
    }
}

impl Reason {
    /// Whether a find of it holds a reply whatever the rest says.
    fn is_firm(self) -> bool {
        self == Self::Name
    }

    /// The reason as officers read it.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Task => "This may ask the writer to do or to find out something.",
            Self::Reward => "This may offer a reward or a favour.",
            Self::Contact => "This may fix a next contact.",
            Self::Identity => "This may ask who the writer is, or how they know somebody.",
            Self::Person => "This names a person.",
            Self::Name => "This may name a person or a place.",
            Self::Place => "This names a place.",
            Self::Plate => "This names a number plate.",
            Self::Topic => "This names what the tip is about.",
            Self::Passage => "These are words of the tip.",
            Self::Others => "This may tell what others reported.",
            Self::Police => "This may tell what police or the council know or plan.",
            Self::Unclear => "This may ask something of the writer.",
            Self::Alike => "This reads like replies that had to be held.",
        }
    }
}

/// A phrase that holds a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Find {
    /// Its bytes in the reply.
    pub place: Range<usize>,
    /// Why it is held.
    pub reason: Reason,
}

/// The result of a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The phrases, in the order of the text.
    pub finds: Vec<Find>,
    /// Whether there are rules for the language. If not, the reply is held.
    pub is_covered: bool,
}

impl Looked {
    /// Whether only a supervisor may release the text.
    #[must_use]
    pub fn is_held(&self) -> bool {
        !self.finds.is_empty() || !self.is_covered
    }

    /// The text in pieces, each with the reason that marks it. Of two finds that overlap, the earlier
    /// one marks both parts.
    #[must_use]
    pub fn pieces<'a>(&self, text: &'a str) -> Vec<(&'a str, Option<Reason>)> {
        let mut pieces = Vec::new();
        let mut at = 0;
        let mut push = |range: Range<usize>, reason| {
            if let Some(piece) = text.get(range).filter(|piece| !piece.is_empty()) {
                pieces.push((piece, reason));
            }
        };
        for find in &self.finds {
            let start = find.place.start.max(at);
            if start < find.place.end {
                push(at..start, None);
                push(start..find.place.end, Some(find.reason));
                at = find.place.end;
            }
        }
        push(at..text.len(), None);
        pieces
    }
}

/// The rules of every language.
pub struct Guard {
    languages: Vec<Language>,
}

impl Guard {
    /// The built-in rules.
    #[must_use]
    pub fn built_in() -> Self {
        Self {
            languages: rules::built_in(),
        }
    }

    /// The built-in rules. A file in `folder` replaces the built-in one with the same name.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, if a file in `folder` is invalid. Keep the rules that
    /// were read before.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let mut guard = Self::built_in();
        for language in &mut guard.languages {
            language.read_own(folder)?;
        }
        Ok(guard)
    }

    /// Looks at a reply in this language, which belongs to a tip with these facts.
    #[must_use]
    pub fn look(&self, language: &str, text: &str, facts: &Facts) -> Looked {
        let own = self.set(language);
        let mut finds = firm(own, text, facts);
        let found = self.in_words(own, text);
        let (tends, strongest) = weigh(text);
        let is_released = tends == Tends::Free && finds.is_empty() && self.is_built_in(language);
        if !is_released || found.iter().any(|find| find.reason.is_firm()) {
            finds.extend(found);
        }
        if finds.is_empty() && tends == Tends::Hold {
            finds.push(Find {
                place: strongest,
                reason: Reason::Alike,
            });
        }
        // Stable, so that a name of the tip keeps its own reason.
        finds.sort_by_key(|find| (find.place.start, find.place.end));
        finds.dedup_by(|a, b| a.place == b.place);
        Looked {
            finds,
            is_covered: own.is_some(),
        }
    }

    /// The finds of the patterns, and names.
    fn in_words(&self, own: Option<&Set>, text: &str) -> Vec<Find> {
        let english = self.set("en");
        let mut finds = Vec::new();
        let has_role = own.is_some_and(|own| own.has_role(&Plain::of(text).text));
        for sentence in sentences(text) {
            let Some(part) = text.get(sentence.clone()) else {
                continue;
            };
            let plain = Plain::of(part);
            let add = |place: Range<usize>, reason| {
                let words = || {
                    plain
                        .text
                        .get(place.clone())
                        .map(|words| words.trim_matches(' '))
                };
                let is_role = has_role
                    && reason == Reason::Person
                    && words().is_some_and(|words| own.is_some_and(|own| own.is_pronoun(words)));
                if is_role {
                    return;
                }
                let place = plain.place(place);
                let place = sentence.start + place.start..sentence.start + place.end;
                finds.push(Find { place, reason });
            };
            look_at(part, &plain, own, english, add);
        }
        for place in capitals(text).filter(|place| {
            let word = text.get(place.clone()).map(folded);
            word.is_some_and(|word| own.is_some_and(|own| !own.may_name(&word)))
        }) {
            let reason = Reason::Name;
            finds.push(Find { place, reason });
        }
        finds
    }

    /// Whether a resident's words say that they are under 18.
    #[must_use]
    pub fn says_young(&self, language: &str, text: &str) -> bool {
        let plain = Plain::of(text);
        let sets = [self.set(language), self.set("en")];
        let mut sets = sets.into_iter().flatten();
        sets.any(|set| set.is_young(&plain.text))
    }

    fn set(&self, language: &str) -> Option<&Set> {
        self.language(language).and_then(Language::set)
    }

    /// Whether the rules that look at this language are the built-in ones. What the operator's own rules
    /// find always holds.
    fn is_built_in(&self, language: &str) -> bool {
        let both = [language, "en"].map(|code| self.language(code));
        both.into_iter().flatten().all(Language::is_built_in)
    }

    fn language(&self, code: &str) -> Option<&Language> {
        let code = code.split(['-', '_']).next().unwrap_or_default();
        self.languages.iter().find(|l| l.code() == code)
    }
}

/// Number plates, telephone numbers, addresses, sums of money, and what the tip names or says.
fn firm(own: Option<&Set>, text: &str, facts: &Facts) -> Vec<Find> {
    let mut finds = Vec::new();
    for value in values(text) {
        let reason = match value.kind {
            ValueKind::Phone | ValueKind::Place if is_helpline(&value.shown) => continue,
            // "On 08000" is no plate: none has so many digits.
            ValueKind::Plate if digits(&value.shown).len() > PLATE => continue,
            ValueKind::Plate => Reason::Plate,
            ValueKind::Place => Reason::Place,
            ValueKind::Phone | ValueKind::Email => Reason::Contact,
            ValueKind::Name => continue,
        };
        if let Some(start) = text.find(&value.shown) {
            let place = start..start + value.shown.len();
            finds.push(Find { place, reason });
        }
    }
    for (at, _) in text.match_indices(['£', '€', '$']) {
        let place = at..at + text.get(at..).map_or(1, first_length);
        let reason = Reason::Reward;
        finds.push(Find { place, reason });
    }
    for place in facts.passages(text) {
        let reason = Reason::Passage;
        finds.push(Find { place, reason });
    }
    for sentence in sentences(text) {
        let plain = Plain::of(text.get(sentence.clone()).unwrap_or_default());
        let is_generic = |word: &str| own.is_some_and(|set| set.is_generic(word));
        facts.find(&plain.text, is_generic, |place, reason| {
            let place = plain.place(place);
            let place = sentence.start + place.start..sentence.start + place.end;
            finds.push(Find { place, reason });
        });
    }
    finds
}

/// Passes each find of one sentence to `add`, with its place in the plain text.
fn look_at(
    sentence: &str,
    plain: &Plain,
    own: Option<&Set>,
    english: Option<&Set>,
    mut add: impl FnMut(Range<usize>, Reason),
) {
    if !plain.text.chars().any(char::is_alphabetic) {
        return;
    }
    let breaks = plain.breaks(sentence);
    let form = Sentence {
        text: &plain.text,
        breaks: &breaks,
        is_question: sentence.contains(['?', '？', '؟']),
    };
    for set in own.into_iter().chain(english) {
        let bare = set.without_harmless(&plain.text);
        set.find(&form, &bare, &mut add);
    }
    if let Some(set) = own {
        set.find_by_form(&form, &mut add);
        if !form.is_question {
            set.find_times(&set.without_harmless(&plain.text), &mut add);
        }
    }
}

fn digits(shown: &str) -> String {
    shown.chars().filter(char::is_ascii_digit).collect()
}

fn is_helpline(shown: &str) -> bool {
    let digits = digits(shown);
    digits.len() >= SHORTEST && HELPLINES.iter().any(|line| line.starts_with(&digits))
}

fn first_length(text: &str) -> usize {
    text.chars().next().map_or(1, char::len_utf8)
}

/// The sentences of a text, each with its end. A point between two digits ends none.
fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut sentences = Vec::new();
    let (mut start, mut ended) = (0, false);
    let mut before = ' ';
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map_or(' ', |(_, c)| *c);
        let is_decimal = c == '.' && before.is_ascii_digit() && next.is_ascii_digit();
        if ".!?;\n。！？؟；".contains(c) && !is_decimal {
            ended = true;
        } else if ended {
            sentences.push(start..at);
            (start, ended) = (at, false);
        }
        before = c;
    }
    sentences.push(start..text.len());
    sentences
}

#[cfg(test)]
mod tests;
