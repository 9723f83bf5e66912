//! The sentences of the sheets, one fluent file a language, beside the resident's: the signs to look for are the resident's own.

use super::Failed;
use crate::signs;
use crate::tip::Topic;
use crate::words::{Languages, Words};

/// The languages that a sheet can be printed in.
const FILES: [(&str, &str); 9] = [
    ("en", include_str!("../../../locales/print/en.ftl")),
    ("pl", include_str!("../../../locales/print/pl.ftl")),
    ("lt", include_str!("../../../locales/print/lt.ftl")),
    ("ro", include_str!("../../../locales/print/ro.ftl")),
    ("pt", include_str!("../../../locales/print/pt.ftl")),
    ("ar", include_str!("../../../locales/print/ar.ftl")),
    ("hu", include_str!("../../../locales/print/hu.ftl")),
    ("es", include_str!("../../../locales/print/es.ftl")),
    ("zh", include_str!("../../../locales/print/zh.ftl")),
];
/// The briefing's sentences.
const BRIEFING: &str = include_str!("../../../locales/print/briefing.ftl");

/// The codes of the languages that a sheet can be printed in.
pub fn codes() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(code, _)| *code)
}

/// The sentences of one language.
pub struct Sentences {
    print: Words,
    resident: Languages,
}

impl Sentences {
    /// Those of this language; `None` where no sheet can be printed in it.
    ///
    /// # Errors
    /// Where a file is not valid fluent, which a test rules out.
    pub fn of(code: &str) -> Result<Option<Self>, Failed> {
        let Some((code, text)) = FILES.iter().find(|(known, _)| *known == code) else { return Ok(None) };
        Self::read(code, text).map(Some)
    }

    /// Those of the briefing.
    ///
    /// # Errors
    /// Where the file is not valid fluent, which a test rules out.
    pub fn of_briefing() -> Result<Self, Failed> {
        Self::read("en", BRIEFING)
    }

    fn read(code: &'static str, text: &str) -> Result<Self, Failed> {
        let print = Words::read(code, text).map_err(|_| Failed::Words)?;
        Ok(Self { print, resident: Languages::read().map_err(|_| Failed::Words)? })
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.print.code
    }

    /// The sentence of this name.
    #[must_use]
    pub fn say(&self, name: &str) -> &str {
        self.print.say(name)
    }

    /// Whether no native reader has read it yet. A file that does not say is a draft.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.say("draft") != "no"
    }

    /// Whether it is read from right to left.
    #[must_use]
    pub fn right_to_left(&self) -> bool {
        self.print.direction() == "rtl"
    }

    /// The signs of a topic, in the resident's own words; in English until the resident's page has the language.
    #[must_use]
    pub fn signs(&self, topic: Topic) -> Vec<&str> {
        let words = self.resident.pick(self.code());
        signs::of(topic).iter().map(|sign| words.say_of("sign-", sign)).collect()
    }
}
