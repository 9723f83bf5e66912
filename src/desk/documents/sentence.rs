//! Sentences of the documents' wording, and days for people.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use toml::Spanned;

use loke_core::clock::Day;
use loke_core::config::{ConfigError, Source};

/// The names that a sentence may have in braces.
const FACTS: [&str; 12] = [
    "from",
    "to",
    "reference",
    "day",
    "kept_until",
    "answer_until",
    "due",
    "replaces",
    "messages",
    "first_day",
    "last_day",
    "address",
];
/// Longest sentence, heading or label, in characters.
const LONGEST: usize = 500;

/// A day for people: `28 November 2026`.
pub(super) fn long_day(day: Day) -> String {
    const FORMAT: &[BorrowedFormatItem<'_>] =
        format_description!("[day padding:none] [month repr:long] [year]");
    let date = time::Date::from_julian_day(day.0.saturating_add(2_440_588));
    let written = date.ok().and_then(|date| date.format(FORMAT).ok());
    written.unwrap_or_else(|| day.to_string())
}

/// A sentence that is there, is not too long, and names only known facts.
pub(super) fn text(source: &Source, written: &Spanned<String>) -> Result<String, ConfigError> {
    let at = written.span().start;
    let text = written.get_ref().trim();
    if text.is_empty() || text.chars().count() > LONGEST || text.contains('\n') {
        return Err(source.trouble(
            at,
            format!("this text is empty, longer than {LONGEST} characters, or more than one line"),
            "Write one or two sentences",
        ));
    }
    let names = text.split('{').skip(1).map(|rest| rest.split_once('}'));
    for name in names {
        if !name.is_some_and(|(name, _)| FACTS.contains(&name)) {
            return Err(source.trouble(
                at,
                "there is no such fact in braces",
                format!("The facts are: {}", FACTS.join(", ")),
            ));
        }
    }
    Ok(text.to_owned())
}
