//! The sentences of the sheets: those that begin with `print-` in each language's file, and the
//! signs to look for, which are the resident's own.

use super::Failed;
use loke_core::signs;
use loke_core::tip::Topic;
use loke_core::words::{Languages, Words};

pub use loke_core::words::CODES;

/// What the sheets' sentences begin with.
const PREFIX: &str = "print-";
/// The briefing's sentences: English only, as the work of those is whom it is for.
const BRIEFING: &str = include_str!("../../../locales/briefing/en.ftl");

/// The sentences of every language.
///
/// # Errors
/// Where a file is not valid fluent, which a test rules out.
pub fn read() -> Result<Languages, Failed> {
    Languages::read().map_err(|_| Failed::Words)
}

/// Those of the briefing.
///
/// # Errors
/// Where the file is not valid fluent, which a test rules out.
pub fn read_briefing() -> Result<Words, Failed> {
    Words::read("en", BRIEFING).map_err(|_| Failed::Words)
}

/// The sentences of one language's sheets.
#[derive(Clone, Copy)]
pub struct Sentences<'a>(&'a Words);

impl<'a> Sentences<'a> {
    /// Those of this language; `None` where no sheet can be printed in it.
    #[must_use]
    pub fn of(languages: &'a Languages, code: &str) -> Option<Self> {
        languages.get(code).map(Self)
    }

    /// Its code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// The sentence of this name, without what all begin with.
    #[must_use]
    pub fn say(self, name: &str) -> &'a str {
        self.0.say_of(PREFIX, name)
    }

    /// What the phone network learns of a text: the page's own sentence.
    #[must_use]
    pub fn network(self) -> &'a str {
        self.0.say("ways-text-network")
    }

    /// Whether no native reader has read it yet.
    #[must_use]
    pub fn is_draft(self) -> bool {
        self.0.is_draft()
    }

    /// Whether it is read from right to left.
    #[must_use]
    pub fn right_to_left(self) -> bool {
        self.0.direction() == "rtl"
    }

    /// The signs of a topic, in the resident's own words.
    #[must_use]
    pub fn signs(self, topic: Topic) -> Vec<&'a str> {
        signs::of(topic)
            .iter()
            .map(|sign| self.0.say_of("sign-", sign))
            .collect()
    }
}
