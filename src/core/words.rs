//! Every sentence that a resident reads, one Fluent file per language (Project Fluent syntax).
//! Sentences without variables are resolved once at start, because pages are rendered often and
//! languages do not change. Templates contain no sentences.

use std::collections::HashMap;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

pub use crate::built_in::CODES;
use crate::built_in::PAGES;
use crate::clock::Day;

/// One language's sentences.
pub struct Words {
    /// The BCP 47 code.
    pub code: &'static str,
    draft: bool,
    plain: HashMap<String, String>,
    bundle: FluentBundle<FluentResource>,
}

/// A language file that cannot be read. The tests find this; a shipped gateway never has one.
#[derive(Debug, thiserror::Error)]
#[error("locales/{code}.ftl: {problem}")]
pub struct BadFile {
    /// The language's code.
    pub code: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl Words {
    /// Reads one language.
    ///
    /// # Errors
    /// If the text is not valid Fluent.
    pub fn read(code: &'static str, text: &str) -> Result<Self, BadFile> {
        let bad = |problem: String| BadFile { code, problem };
        let resource = FluentResource::try_new(text.to_owned())
            .map_err(|(_, errors)| bad(format!("{errors:?}")))?;
        let ids: Vec<String> = text
            .lines()
            .filter_map(|line| line.split_once(" ="))
            .map(|(id, _)| id.to_owned())
            .collect();
        let language: LanguageIdentifier = code.parse().map_err(|e| bad(format!("{e:?}")))?;
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        bundle.set_use_isolating(false);
        bundle
            .add_resource(resource)
            .map_err(|errors| bad(format!("{errors:?}")))?;
        let mut plain = HashMap::new();
        for id in ids {
            let mut errors = Vec::new();
            let Some(pattern) = bundle.get_message(&id).and_then(|m| m.value()) else {
                continue;
            };
            let value = bundle
                .format_pattern(pattern, None, &mut errors)
                .into_owned();
            if errors.is_empty() {
                plain.insert(id, value);
            }
        }
        Ok(Self {
            code,
            // A file without `draft` is a draft.
            draft: plain.get("draft").is_none_or(|draft| draft != "no"),
            plain,
            bundle,
        })
    }

    /// The sentence with this name. Empty if there is none; a test rules that out.
    #[must_use]
    pub fn say(&self, id: &str) -> &str {
        self.plain.get(id).map_or("", String::as_str)
    }

    /// The sentence with a name in two parts, such as `sign-` and a sign's code.
    #[must_use]
    pub fn say_of(&self, prefix: &str, rest: &str) -> &str {
        self.say(&format!("{prefix}{rest}"))
    }

    /// The sentence with this name and a number as `$count`. (`count` is a reference because
    /// templates pass fields that way.)
    #[must_use]
    pub fn say_count(&self, id: &str, count: &usize) -> String {
        let mut args = FluentArgs::new();
        args.set("count", FluentValue::from(*count));
        self.say_with(id, &args)
    }

    fn say_with(&self, id: &str, args: &FluentArgs<'_>) -> String {
        let pattern = self.bundle.get_message(id).and_then(|m| m.value());
        pattern
            .map(|p| {
                self.bundle
                    .format_pattern(p, Some(args), &mut Vec::new())
                    .into_owned()
            })
            .unwrap_or_default()
    }

    /// A day as people say it, such as `Monday 30/11`. Without a year: the day is near.
    #[must_use]
    pub fn say_day(&self, day: Day) -> String {
        const WEEKDAYS: [&str; 7] = [
            "weekday-1",
            "weekday-2",
            "weekday-3",
            "weekday-4",
            "weekday-5",
            "weekday-6",
            "weekday-7",
        ];
        let date = day.to_string();
        let mut numbers = date.rsplit('-').map(|part| part.trim_start_matches('0'));
        let mut args = FluentArgs::new();
        let weekday = WEEKDAYS.get(day.weekday()).copied().unwrap_or_default();
        args.set("weekday", self.say(weekday));
        args.set("day", numbers.next().unwrap_or_default());
        args.set("month", numbers.next().unwrap_or_default());
        self.say_with("date", &args)
    }

    /// Whether no native reader has read this language yet.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.draft
    }

    /// `rtl` if the language is written from right to left.
    #[must_use]
    pub fn direction(&self) -> &str {
        self.say("direction")
    }

    /// Whether a sentence with this name exists, with or without a variable.
    #[must_use]
    pub fn knows(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }
}

/// All languages.
pub struct Languages(Vec<Words>);

impl Languages {
    /// Reads the built-in languages.
    ///
    /// # Errors
    /// If a file is not valid Fluent.
    pub fn read() -> Result<Self, BadFile> {
        Self::of(PAGES)
    }

    /// Reads these languages (code and file text), the default first.
    ///
    /// # Errors
    /// If the list is empty, or a file is not valid Fluent.
    pub fn of(files: &[(&'static str, &str)]) -> Result<Self, BadFile> {
        if files.is_empty() {
            return Err(BadFile {
                code: "en",
                problem: "no language file is built in".to_owned(),
            });
        }
        files
            .iter()
            .map(|(code, text)| Words::read(code, text))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The same languages. Native readers have read these, too: they are no drafts.
    #[must_use]
    pub fn having_read(mut self, codes: &[String]) -> Self {
        for words in &mut self.0 {
            words.draft &= !codes.iter().any(|code| code == words.code);
        }
        self
    }

    /// The language of this code, ignoring case, if it is built in.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Words> {
        self.0.iter().find(|w| w.code.eq_ignore_ascii_case(code))
    }

    /// The language of this code, or the first language.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "of() rejects an empty list")]
    pub fn pick(&self, code: &str) -> &Words {
        self.get(code).unwrap_or(&self.0[0])
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Words] {
        &self.0
    }
}
