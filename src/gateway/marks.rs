//! What in a resident's words might tell who they are. The check page shows each find with its reason and leaves the choice to
//! the writer: nothing is ever cut out for them, and nothing of this is kept.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Regex, RegexSet};

/// A find: where it stands in the text (bytes) and the reason, a name in the language files (`mark-REASON`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Bytes of the text, at character boundaries.
    pub place: Range<usize>,
    /// `phone`, `email`, `name`, `home`, `neighbour`, `family`, `work`, `only`, `contact`.
    pub reason: &'static str,
}

/// The patterns, most telling first: of two that overlap, the first is shown. Numbers and addresses hold in every language;
/// the phrases are English.
const PATTERNS: &[(&str, &str)] = &[
    ("email", r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    ("phone", r"(?:\+|\b00)\d{1,3}[\s().-]*(?:\d[\s().-]*){7,11}\d|\b0\d(?:[\s().-]*\d){8,9}\b"),
    (
        "contact",
        r"(?i)\b(?:call|ring|text|phone|e-?mail|contact|message|whats ?app) (?:me|us)\b|\bmy (?:number|phone number|mobile|e-?mail|address|insta\w*|facebook|snap\w*)\b",
    ),
    (
        "name",
        r"(?i)\bmy (?:full |first |last |sur)?name(?:'s| is|s)\b|\bthis is (?:mr|mrs|ms|miss|dr)\b|\bcall me [a-z]+|\bi am called\b|\bi'?m called\b|\b(?:regards|yours|thanks|signed),?\s+\p{Lu}\p{L}+",
    ),
    (
        "home",
        r"(?i)\b(?:i|we) (?:live|stay|rent|moved|am living|are living|have lived)\b[^.,;!?\n]{0,40}|\bi'?ve lived\b[^.,;!?\n]{0,30}|\bmy (?:own )?(?:flat|house|home|door|front door|address|road|street|block|building|landing|floor|bedroom|kitchen|balcony|garden|window|stairwell|wall|fence|garage|car)\b|\bwhere i live\b|\bour (?:flat|house|home|block|building|landing|floor|street|road|door|garden|stairwell|wall)\b|\b(?:i am|i'm|we are|we're) (?:at|in|from) (?:no\.?|number|flat)\s?\d+\w?",
    ),
    (
        "neighbour",
        r"(?i)\bnext door to (?:me|us|my|our)\b|\bmy (?:next[- ]door )?neighbou?rs?\b|\bour (?:next[- ]door )?neighbou?rs?\b|\b(?:above|below|opposite|beneath|under|over|behind|beside|across from|upstairs from|downstairs from) (?:me|us|my|mine|ours|our)\b|\b(?:upstairs|downstairs) neighbou?rs?\b|\bi(?: can|'m able to)? (?:see|hear|watch)\b[^.!?\n]{0,30} from my\b",
    ),
    (
        "family",
        r"(?i)\bmy (?:ex|ex-\w+|son|daughter|kids?|child|children|husband|wife|partner|boyfriend|girlfriend|mum|mother|dad|father|brother|sister|nan|gran\w*|grandson|granddaughter|uncle|aunt\w*|cousin|nephew|niece|family|dog|friend|mate|baby)\b",
    ),
    (
        "work",
        r"(?i)\bi(?:'m| am) (?:the|a|an|their|his|her) (?:\w+ )?(?:nurse|carer|caretaker|teacher|cleaner|postman|postwoman|driver|shopkeeper|owner|manager|landlord|landlady|warden|social worker|support worker|tenant|resident|doctor|volunteer|councillor)\b|\b(?:i|we) (?:work|deliver|clean|teach|volunteer)\b[^.!?\n]{0,30}|\bmy (?:work|job|shop|boss|school|shift|colleagues?|workplace|class|church|mosque)\b",
    ),
    (
        "only",
        r"(?i)\b(?:only|nobody but|no one but|no-one but) (?:i|me|we|us)\b|\bi(?:'m| am) the only\b|\b(?:he|she|they) (?:told|said to|threatened|knows?|hit|asked|showed|offered|spoke to|shouted at) me\b|\bi (?:told|asked|confronted|spoke to|reported)\b|\b(?:told|asked|threatened|attacked|followed) me\b|\bi was (?:the|threatened|attacked|there|followed|told|asked|walking|coming|on my)\b",
    ),
];

static COMPILED: LazyLock<Vec<(&'static str, Regex)>> =
    LazyLock::new(|| PATTERNS.iter().filter_map(|(reason, p)| Regex::new(p).ok().map(|regex| (*reason, regex))).collect());

/// All of them at once: most texts hold few of them, and one pass tells which.
static WHICH: LazyLock<Option<RegexSet>> = LazyLock::new(|| RegexSet::new(PATTERNS.iter().map(|(_, p)| p)).ok());

/// Finds what might identify the writer, in the order of the text, without overlaps.
#[must_use]
pub fn find(text: &str) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let which = WHICH.as_ref().map(|set| set.matches(text));
    for (at, (reason, regex)) in COMPILED.iter().enumerate() {
        if which.as_ref().is_some_and(|which| !which.matched(at)) {
            continue;
        }
        for found in regex.find_iter(text) {
            let place = found.range();
            if !marks.iter().any(|m| m.place.start < place.end && place.start < m.place.end) {
                marks.push(Mark { place, reason });
            }
        }
    }
    marks.sort_by_key(|m| m.place.start);
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(COMPILED.len(), PATTERNS.len());
        assert_eq!(WHICH.as_ref().map(RegexSet::len), Some(PATTERNS.len()));
    }

    #[test]
    fn what_tells_who_wrote_is_marked_with_its_reason() {
        for (text, reason) in [
            ("ring me on 07700 900123 after six", "contact"),
            ("the number is 07700 900 123", "phone"),
            ("zadzwoń +48 600 123 456", "phone"),
            ("write to jo.smith@example.org", "email"),
            ("My name is Jo", "name"),
            ("I live at the end of the lane", "home"),
            ("it is next door to me", "neighbour"),
            ("I live next door to him, ring me on 07700 900123", "home"),
            ("the flat above us", "neighbour"),
            ("I can smell it in my flat", "home"),
            ("my son saw them", "family"),
            ("I work in the shop opposite", "work"),
            ("only I have a key", "only"),
        ] {
            assert!(find(text).iter().any(|m| m.reason == reason), "{text}: {:?}", find(text));
        }
    }

    #[test]
    fn plain_sightings_are_left_alone() {
        for text in [
            "Two men swapped the lock at flat 12 on Tuesday at 21:30.",
            "A red tag, KZ7, on the wall of the bus station, about 2 metres high.",
            "Cars stop for a minute, 10 or 15 times a night. AB12 CDE is one.",
            "The old man has not been seen since the 14th.",
        ] {
            assert_eq!(find(text), vec![], "{text}");
        }
    }
}
