//! What in a resident's words might tell who they are. The check page shows each find with its reason and leaves the choice to
//! the writer: nothing is ever cut out for them, and nothing of this is kept.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// A find: where it stands in the text (bytes) and the reason, a name in the language files (`mark-REASON`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Bytes of the text, at character boundaries.
    pub place: Range<usize>,
    /// `phone`, `email`, `name`, `home`, `neighbour`, `family`, `work`, `only`, `contact`.
    pub reason: &'static str,
}

/// The patterns, most telling first: of two that overlap, the first is shown. Numbers and addresses hold in every language;
/// the phrases are English. What anybody may write who only saw something ("I saw", "we heard", "I think") is in none.
const PATTERNS: &[(&str, &str)] = &[
    ("email", r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    ("phone", r"(?:\+|\b00)\d{1,3}[\s().-]*(?:\d[\s().-]*){7,11}\d|\b0\d(?:[\s().-]*\d){8,9}\b"),
    ("contact", r"(?i)\b(?:call|ring|text|phone|e-?mail|contact|message|whats ?app|find|visit|come and see|speak to|talk to) (?:me|us)\b"),
    ("contact", r"(?i)\bmy (?:number|phone number|mobile|e-?mail|address|insta\w*|facebook|snap\w*)\b"),
    ("name", r"(?i)\bmy (?:full |first |last |sur)?name(?:'s| is|s)\b|\bthis is (?:mr|mrs|ms|miss|dr)\b|\bcall me [a-z]+"),
    ("name", r"(?i)\bi(?: a|')m called\b"),
    ("name", r"\b(?i:regards|yours|thanks|signed),?\s+\p{Lu}\p{L}+|\b(?i:from)\s+\p{Lu}\p{L}+\W*$"),
    (
        "home",
        r"(?i)\b(?:i|we) (?:live|stay|rent|moved|am living|are living|have lived|share|lodge)\b[^.,;!?\n]{0,40}|\b(?:i|we)'ve lived\b[^.,;!?\n]{0,30}",
    ),
    (
        "home",
        concat!(
            r"(?i)\b(?:my|our) (?:\w+ )?(?:flat|house|home|door|doorstep|address|road|street|close|block|building|estate|landing|floor|room|bedroom|kitchen|",
            r"bathroom|balcony|garden|yard|window|stairs|steps|stairwell|hall|hallway|wall|ceiling|roof|fence|gate|garage|drive|driveway|car|van|bike|bins?)\b",
            r"(?: (?:backs|faces|looks|overlooks|is)\b[^.,;!?\n]{0,20})?",
        ),
    ),
    (
        "home",
        r"(?i)\bwhere i live\b|\b(?:i|we)(?: am|'m| are|'re) (?:at|in|from) (?:no\.?|number|flat|room|the flat)\b ?\d*\w?|\bme at (?:no\.?|number|flat)\b",
    ),
    ("home", r"(?i)\b(?:mine|ours) is\b[^.,;!?\n]{0,30}|\b(?:i|we)(?:'ve| have) (?:got )?the (?:flat|house|room)\b"),
    ("neighbour", r"(?i)\bnext[- ]door to (?:me|us|my|our)\b|\b(?:my|our) (?:next[- ]door )?neighbou?rs?\b|\b(?:upstairs|downstairs) neighbou?rs?\b"),
    (
        "neighbour",
        concat!(
            r"(?i)\b(?:above|below|opposite|beneath|under|over|behind|beside|near|from|across from|upstairs from|downstairs from) (?:me|us|my|mine|ours|our)\b|",
            r"\b(?:i|we)(?: can)? (?:see|hear|watch|smell)\b[^.!?\n]{0,30} (?:from my|through the (?:wall|floor|ceiling))\b",
        ),
    ),
    (
        "family",
        concat!(
            r"(?i)\b(?:my|our) (?:\w+ )?(?:ex|ex-\w+|son|daughter|boys?|girls?|kids?|child|children|husband|wife|partner|boyfriend|girlfriend|mum|mother|dad|father|",
            r"parents|brother|sister|\w+-in-law|nan|gran\w*|uncle|aunt\w*|cousin|nephew|niece|family|dog|cat|friends?|mates?|flatmate|housemate|baby)\b",
        ),
    ),
    (
        "family",
        concat!(
            r"(?i)\b(?:i(?: a|')m|i was|as) (?:his|her|their) \w+|\bi (?:left|married|dated|love|babysit) (?:him|her|them|for)\b|\b(?:i|we) (?:had|have) (?:the|a) (?:baby|child)\b|",
            r"\bi used to \w+(?: \w+)?|\b(?:i|we) grew up\b[^.,;!?\n]{0,20}|\blive with the\b",
        ),
    ),
    ("work", r"(?i)\b(?:i|we) (?:work|deliver|clean|teach|volunteer|run|own|manage|drive|help out|look after|babysit)\b[^.!?\n]{0,30}"),
    ("work", r"(?i)\bi (?:sit on|belong to|go to|attend|walk|park|smoke|visit|cut|feed|put|catch|take|do the|sleep)\b[^.,;!?\n]{0,30}"),
    ("work", r"(?i)\bmy (?:work|job|shop|boss|landlord|landlady|school|shift|colleagues?|workplace|class|church|mosque|\w+ worker|doctor|teacher)\b"),
    (
        "only",
        r"(?i)\b(?:only|nobody but|no one but|no-one but) (?:i|me|we|us)\b|\b(?:i|we)(?: am| are|'m|'re) (?:one of )?the (?:only|few)\b[^.,;!?\n]{0,30}",
    ),
    (
        "only",
        r"(?i)\bthe only (?:\w+ )?(?:family|person|one|couple|woman|man) (?:in|on|at|who)\b|\b(?:nobody|no one|no-one) else (?:knows?|has|saw|was)\b",
    ),
    ("only", ANYTHING),
    (
        "only",
        r"(?i)\bi(?: a|')m (?:\w+ and )?(?:\d+|disabled|deaf|blind|pregnant|retired|elderly|gay|trans|alone|in a wheelchair|on my own|usually|always)\b",
    ),
    ("only", r"(?i)\bi(?: a|')m (?:polish|lithuanian|latvian|romanian|portuguese|hungarian|spanish|chinese|ukrainian|muslim|jewish|black|asian)\b"),
    (
        "only",
        r"(?i)\b(?:told|asked|threatened|attacked|followed|hit|pushed|robbed|recognised|offered|gave|showed|sold|paid|owes?|knows?|saw|shouted at|spoke to|said to|came (?:up )?to|comes? to|with|and|from) me\b|\bme and (?:my|the|him|her)\b",
    ),
    (
        "only",
        r"(?i)\b(?:i|we) (?:told|asked|confronted|spoke to|reported|called|rang|phoned|complained|wrote|lost|went in(?:side)?)\b|\bi found (?:him|her|them)\b",
    ),
    (
        "only",
        r"(?i)\b(?:i|we) (?:was|were) (?:threatened|attacked|followed|asked|robbed|burgled|mugged|the|an?|there|in|at|on|inside|walking|coming|going|standing|sitting|waiting|driving|visiting)\b",
    ),
];

/// Whatever else is the writer's, or they are. Finds that end in a word of EVERYBODYS ("I am a bit worried") are let go.
const ANYTHING: &str = r"(?i)\bi(?: a|')m (?:an?|the) \w+|\b(?:i|we)(?: have|'ve)(?: got)? an? \w+|\b(?:my|our) \w+";

/// What "my", "our" and "I am a" are followed by where they tell nothing of who wrote.
const EVERYBODYS: &str = concat!(
    "area bad best bit city community concern concerns council eyes fault fear feeling first guess hunch idea knowledge last little local lot main memory ",
    "mind message neighbourhood only opinion own photo photos picture pictures point question report suspicion surprise thanks town video view village while words worry worries"
);

/// A pattern and its reason.
struct Pattern {
    reason: &'static str,
    regex: Regex,
    /// It is [`ANYTHING`].
    anything: bool,
}

static COMPILED: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    // Phones write another apostrophe than keyboards.
    let regex = |pattern: &str| Regex::new(&pattern.replace('\'', "['’]")).ok();
    PATTERNS.iter().filter_map(|(reason, p)| Some(Pattern { reason, regex: regex(p)?, anything: *p == ANYTHING })).collect()
});

impl Pattern {
    /// Whether a find tells something.
    fn tells(&self, found: &str) -> bool {
        let word = found.rsplit(' ').next().unwrap_or_default().to_lowercase();
        !self.anything || !EVERYBODYS.split(' ').any(|known| known == word)
    }
}

/// Finds what might identify the writer, in the order of the text, without overlaps.
#[must_use]
pub fn find(text: &str) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    // One after another: all of them in one RegexSet outgrow its cache and took ten times as long on a text that holds many.
    for pattern in COMPILED.iter() {
        for found in pattern.regex.find_iter(text) {
            let place = found.range();
            if pattern.tells(found.as_str()) && !marks.iter().any(|m| m.place.start < place.end && place.start < m.place.end) {
                marks.push(Mark { place, reason: pattern.reason });
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
            ("I work for the council", "work"),
            ("I’m the one who rang", "only"),
            ("it’s me, my name’s Jo", "name"),
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
            "I am a bit worried, and in my opinion it’s getting worse.",
        ] {
            assert_eq!(find(text), vec![], "{text}");
        }
    }
}
