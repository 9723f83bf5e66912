//! The sentences of the sheets: those with the prefix `print-` in each language file, and the signs
//! from the resident's page.

use super::Failed;
use loke_core::signs;
use loke_core::tip::Topic;
use loke_core::words::{Languages, Words};
use loke_print::paper::Language;

pub use loke_core::words::CODES;

/// Prefix of the sheets' sentences.
const PREFIX: &str = "print-";
/// The briefing's sentences. English only, because its readers work in English.
const BRIEFING: &str = include_str!("../../../locales/briefing/en.ftl");

/// Reads the sentences of every language.
///
/// # Errors
/// If a file is not valid Fluent; a test rules this out.
pub fn read() -> Result<Languages, Failed> {
    Languages::read().map_err(|_| Failed::Words)
}

/// Reads the sentences of the briefing.
///
/// # Errors
/// If the file is not valid Fluent; a test rules this out.
pub fn read_briefing() -> Result<Words, Failed> {
    Words::read("en", BRIEFING).map_err(|_| Failed::Words)
}

/// The sentences of one language's sheets.
#[derive(Clone, Copy)]
pub struct Sentences<'a>(&'a Words);

impl<'a> Sentences<'a> {
    /// The sentences of this language; `None` if no sheet can be printed in it.
    #[must_use]
    pub fn of(languages: &'a Languages, code: &str) -> Option<Self> {
        languages.get(code).map(Self)
    }

    /// The language's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// The sentence with this name, without the prefix.
    #[must_use]
    pub fn say(self, name: &str) -> &'a str {
        self.0.say_of(PREFIX, name)
    }

    /// What the phone network learns from a text: the sentence from the resident's page.
    #[must_use]
    pub fn network(self) -> &'a str {
        self.0.say("ways-text-network")
    }

    /// Whether no native reader has read it yet.
    #[must_use]
    pub fn is_draft(self) -> bool {
        self.0.is_draft()
    }

    /// Whether it is written from right to left.
    #[must_use]
    pub fn right_to_left(self) -> bool {
        self.0.direction() == "rtl"
    }

    /// The language, for the layout.
    #[must_use]
    pub fn language(self) -> Language {
        Language {
            code: self.code(),
            right_to_left: self.right_to_left(),
        }
    }

    /// A sign, as on the resident's page.
    #[must_use]
    pub fn sign(self, sign: &str) -> &'a str {
        self.0.say_of("sign-", sign)
    }

    /// The signs of a topic, as on the resident's page.
    #[must_use]
    pub fn signs(self, topic: Topic) -> Vec<&'a str> {
        signs::of(topic)
            .iter()
            .map(|sign| self.sign(sign))
            .collect()
    }
}
