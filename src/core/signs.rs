//! The signs to look for, by code. Their texts are in the language files as `sign-CODE`; a tip
//! contains only the code. The list comes from what UK police and councils publish for residents
//! (reference: Sefton SAB, Norfolk and Herts notices, TSAB).

use std::sync::LazyLock;

use crate::built_in::PAGES;
use crate::tip::Topic;
use crate::words::Words;

/// The English sentences, for staff and partners.
static ENGLISH: LazyLock<Option<Words>> = LazyLock::new(|| {
    let (code, text) = PAGES.iter().find(|(code, _)| *code == "en")?;
    Words::read(code, text).ok()
});

/// Signs of a home that dealers have taken over.
const CUCKOOING: &[&str] = &[
    "visitors",
    "strangers",
    "unseen",
    "scared",
    "curtains",
    "door",
    "noise",
    "litter",
    "cars",
    "care",
];
/// Signs of dealing, and of children used for dealing.
const DRUGS: &[&str] = &[
    "deals",
    "shortstops",
    "needles",
    "lookouts",
    "phones",
    "money",
    "missing",
    "injured",
];
/// Signs of graffiti: what a tag may show.
const GRAFFITI: &[&str] = &["repeated", "crossed", "names", "fresh"];

/// The signs of a topic, in display order; none for "something else".
#[must_use]
pub fn of(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::Cuckooing => CUCKOOING,
        Topic::Drugs => DRUGS,
        Topic::Graffiti => GRAFFITI,
        Topic::Other => &[],
    }
}

/// The topic of `/s/NUMBER`, as printed on posters: 1 graffiti, 2 cuckooing, 3 drugs.
#[must_use]
pub fn numbered(number: &str) -> Option<Topic> {
    match number {
        "1" => Some(Topic::Graffiti),
        "2" => Some(Topic::Cuckooing),
        "3" => Some(Topic::Drugs),
        _ => None,
    }
}

/// Looks up a sign by its code and returns our own copy of the code.
#[must_use]
pub fn find(code: &str) -> Option<&'static str> {
    Topic::ALL
        .iter()
        .flat_map(|t| of(*t))
        .find(|sign| **sign == code)
        .copied()
}

/// The English sentences of these signs. A sign that this version does not know keeps its code.
#[must_use]
pub fn in_english(codes: &[String]) -> Vec<String> {
    let sentence = |code: &String| {
        find(code)
            .and_then(|code| Some(ENGLISH.as_ref()?.say_of("sign-", code).to_owned()))
            .unwrap_or_else(|| code.replace(['-', '_'], " "))
    };
    codes.iter().map(sentence).collect()
}
