//! Finds what asks the reader to do something by the form of a clause. It is held if the reader is the
//! doer of an act to come that may be a task, the act is not forbidden to them, and is not one that
//! every reply may advise, as "ring 999" (`[asks]` in `rules/guard/CODE.toml`). A verb of many uses is an
//! act only with the words that make it a task: "keep a diary", but not "keep safe".

use std::ops::Range;

use regex::bytes::Regex;
use serde::Deserialize;
use toml::Spanned;

use crate::text::patterns::{Patterns, every};
use loke_core::config::ConfigError;

type List = Vec<Spanned<String>>;

/// Most words of a sentence that may be a request without a verb.
const SHORT: usize = 9;

/// The table `[asks]`, as in a file. A language may have a part of it: without `acts`, its instructions
/// are in `task`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// Words that begin a clause.
    #[serde(default)]
    joints: List,
    /// Joints by which what is forbidden before them is forbidden after them.
    #[serde(default)]
    carries: List,
    /// Joints before the last of several. What is forbidden in one of them is forbidden in all.
    #[serde(default)]
    alternatives: List,
    /// Joints after which the reader's act is a condition or a reason and no request.
    #[serde(default)]
    conditional: List,
    /// Words that may be before an instruction, as "please".
    #[serde(default)]
    lead: List,
    /// Words that name the reader. In a language without `acts`, words of a right, as "you may".
    #[serde(default)]
    reader: List,
    /// Beginnings by which an act is forbidden or not necessary.
    #[serde(default)]
    negations: List,
    /// Negations that ask all the same, as "do not forget to".
    #[serde(default)]
    reversals: List,
    /// Words before a phrase by which it asks nothing.
    #[serde(default)]
    negators: List,
    /// Phrases with a negator that forbid and deny nothing, as "in no time".
    #[serde(default)]
    idioms: List,
    /// Words after which no earlier word counts as a negator.
    #[serde(default)]
    resets: List,
    /// Words with which a clause of its own begins after a comma.
    #[serde(default)]
    subjects: List,
    /// Phrases after which the reader's act follows, as "could you".
    addresses: List,
    /// Acts that may be tasks.
    #[serde(default)]
    acts: List,
    /// Acts that every reply may advise.
    permitted: List,
    /// No acts: after "you may" only.
    #[serde(default)]
    experiences: List,
    /// Phrases that ask without a doer, as "it would help".
    #[serde(default)]
    wishes: List,
    /// Phrases that look like a wish and are none.
    #[serde(default)]
    no_wishes: List,
    /// Words that end the main part of a sentence.
    #[serde(default)]
    asides: List,
    /// Beginnings of a statement whose first word may be an act, as "talk of that kind can".
    #[serde(default)]
    statements: List,
    /// Beginnings that need a verb. Without it, a short sentence may be a request.
    #[serde(default)]
    verbless: List,
    /// Verbs of a statement.
    #[serde(default)]
    verbs: List,
}

/// The rules of one language for requests.
pub(super) struct Asks {
    joints: Regex,
    carries: Regex,
    alternatives: Regex,
    conditional: Regex,
    lead: Regex,
    reader: Regex,
    negations: Regex,
    reversals: Regex,
    negators: Regex,
    idioms: Regex,
    resets: Regex,
    subjects: Regex,
    addresses: Regex,
    acts: Regex,
    has_acts: bool,
    permitted: Regex,
    experiences: Regex,
    wishes: Regex,
    no_wishes: Regex,
    asides: Regex,
    statements: Regex,
    verbless: Regex,
    verbs: Regex,
}

/// A sentence in plain letters.
pub(super) struct Sentence<'a> {
    pub(super) text: &'a str,
    /// Places at which a word follows a comma, a colon, a bracket or a dash.
    pub(super) breaks: &'a [usize],
    pub(super) is_question: bool,
}

/// The meaning of a clause, as the next one needs it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Statement,
    /// It asks or advises something.
    Asked,
    /// It forbids something, which may be an act.
    Forbidden {
        act: bool,
    },
    /// It forbids what follows: "do not, please,".
    Open,
}

impl Asks {
    pub(super) fn read(file: &File, patterns: &Patterns<'_>) -> Result<Self, ConfigError> {
        let at_start = Patterns {
            before: "",
            ..*patterns
        };
        let begins = |list: &List| match list.is_empty() {
            true => patterns.nothing(),
            false => at_start.join_at_start([list]),
        };
        let anywhere = |list: &List| match list.is_empty() {
            true => patterns.nothing(),
            false => patterns.join([list]),
        };
        Ok(Self {
            joints: begins(&file.joints)?,
            carries: begins(&file.carries)?,
            alternatives: begins(&file.alternatives)?,
            conditional: anywhere(&file.conditional)?,
            lead: begins(&file.lead)?,
            reader: begins(&file.reader)?,
            negations: begins(&file.negations)?,
            reversals: begins(&file.reversals)?,
            negators: anywhere(&file.negators)?,
            idioms: anywhere(&file.idioms)?,
            resets: begins(&file.resets)?,
            subjects: begins(&file.subjects)?,
            addresses: anywhere(&file.addresses)?,
            acts: begins(&file.acts)?,
            has_acts: !file.acts.is_empty(),
            permitted: begins(&file.permitted)?,
            experiences: begins(&file.experiences)?,
            wishes: anywhere(&file.wishes)?,
            no_wishes: anywhere(&file.no_wishes)?,
            asides: anywhere(&file.asides)?,
            statements: begins(&file.statements)?,
            verbless: begins(&file.verbless)?,
            verbs: anywhere(&file.verbs)?,
        })
    }

    /// The places that ask for an act. `may_ask` matches the beginning of a question that is allowed.
    pub(super) fn find(&self, sentence: &Sentence<'_>, may_ask: &Regex) -> Vec<Range<usize>> {
        let clauses = self.clauses(sentence);
        let mut held = self.in_clauses(sentence, &clauses);
        let text = sentence.text;
        for place in every(&self.addresses, text.as_bytes()) {
            let end = clauses
                .iter()
                .map(|clause| clause.end)
                .find(|end| *end > place.start + 1);
            let asked = place.start..end.unwrap_or(text.len());
            if self.is_asked(sentence, &place, may_ask, &clauses) {
                held.push(asked);
            }
        }
        let exempt: Vec<_> = every(&self.no_wishes, text.as_bytes()).collect();
        for place in every(&self.wishes, text.as_bytes()) {
            let is_exempt = exempt
                .iter()
                .any(|e| e.start <= place.start + 1 && place.start < e.end);
            // A language without acts has conditions here: "if you do not see".
            let to = match self.has_acts {
                true => place.start,
                false => place.end,
            };
            let is_exempt = is_exempt || self.wishes_well(text, &clauses, place.end);
            if !is_exempt && !self.is_negated(sentence, &clauses, place.start, to) {
                held.push(place);
            }
        }
        held
    }

    /// The end of the words that may negate this place. A language without acts may put the negator
    /// last in the clause.
    pub(super) fn end_of_clause(&self, clauses: &[Range<usize>], place: &Range<usize>) -> usize {
        let end = clauses.iter().map(|clause| clause.end);
        let end = end.filter(|end| *end > place.start + 1).min();
        match self.has_acts {
            true => place.start,
            false => end.unwrap_or(place.end),
        }
    }

    /// Whether the sentence may be a request without a verb: "a photo next time, please".
    pub(super) fn is_verbless(&self, sentence: &Sentence<'_>) -> bool {
        let rest = from(sentence.text, self.skip(sentence.text, 0));
        let is_short = sentence.text.split(' ').count() <= SHORT;
        let text = sentence.text.as_bytes();
        let is_statement = self.verbs.is_match(text) || self.negators.is_match(text);
        is_short && !is_statement && self.verbless.is_match(rest)
    }

    /// Whether a word before this place makes that it asks or tells nothing: "we will never ask for
    /// your name". Words up to `to` count.
    pub(super) fn is_negated(
        &self,
        sentence: &Sentence<'_>,
        clauses: &[Range<usize>],
        at: usize,
        to: usize,
    ) -> bool {
        let mut window = 0;
        for clause in clauses.iter().take_while(|clause| clause.start <= at + 1) {
            // "Nobody asks you to watch, note or film": "note" is forbidden as well.
            let is_listed = || {
                let mut later = clauses.iter().skip_while(|c| c.start <= clause.start);
                let before = sentence.text.get(window..clause.start).unwrap_or_default();
                later.any(|c| self.alternatives.is_match(from(sentence.text, c.start)))
                    && self.negators.is_match(before.as_bytes())
            };
            let begins = || {
                let rest = from(sentence.text, self.skip(sentence.text, clause.start));
                let condition = self.conditional.find(from(sentence.text, window));
                self.subjects.is_match(rest)
                    || self.acts.is_match(rest) && !is_listed()
                    || condition.is_some_and(|condition| condition.start() == 0)
            };
            if self.resets.is_match(from(sentence.text, clause.start))
                || sentence.breaks.contains(&clause.start) && begins()
            {
                window = clause.start;
            }
        }
        let end = to.max(at).min(sentence.text.len());
        let before = sentence.text.as_bytes().get(window..end);
        let mut before = before.unwrap_or_default().to_vec();
        let idioms: Vec<_> = every(&self.idioms, &before).collect();
        for idiom in idioms {
            if let Some(idiom) = before.get_mut(idiom) {
                idiom.fill(b'.');
            }
        }
        self.negators.is_match(&before)
    }

    /// The clauses of a sentence.
    pub(super) fn clauses(&self, sentence: &Sentence<'_>) -> Vec<Range<usize>> {
        let text = sentence.text;
        let begins = word_starts(text).filter(|at| {
            *at == 0 || sentence.breaks.contains(at) || self.joints.is_match(from(text, *at))
        });
        let begins: Vec<usize> = begins.collect();
        let ends = begins.iter().skip(1).copied().chain([text.len()]);
        let clauses = begins.iter().copied().zip(ends);
        clauses.map(|(start, end)| start..end).collect()
    }

    /// The clauses that are instructions.
    fn in_clauses(&self, sentence: &Sentence<'_>, clauses: &[Range<usize>]) -> Vec<Range<usize>> {
        let text = sentence.text;
        let mut held = Vec::new();
        let mut before = Before::Statement;
        for (number, clause) in clauses.iter().enumerate() {
            let at = self.skip(text, clause.start);
            let rest = from(text, at);
            let later = clauses.get(number + 1..).unwrap_or_default();
            if rest.is_empty() || at >= clause.end {
                before = match before {
                    Before::Open => before,
                    _ => Before::Statement,
                };
                continue;
            }
            let lead = text.get(clause.start..at).unwrap_or_default();
            let is_aside = self.conditional.is_match(lead.as_bytes());
            if self.is_reversal(rest) {
                held.push(clause.clone());
                before = Before::Asked;
            } else if let Some(negation) = self.negations.find(rest) {
                let clause = text.get(..clause.end).unwrap_or_default();
                let act = from(clause, at + negation.end());
                before = match act.is_empty() && !is_aside {
                    true => Before::Open,
                    false => Before::Forbidden {
                        act: self.has_act(act),
                    },
                };
            } else if sentence.is_question {
                before = Before::Statement;
            } else if self.permitted.is_match(rest) {
                // "Be assured that nobody expects you to watch".
                before = match self.forbids_act(text, clause) {
                    true => Before::Forbidden { act: true },
                    false => Before::Asked,
                };
            } else if self.acts.is_match(rest) && !self.is_statement(sentence, at) {
                before = self.after_act(sentence, clause, lead, later, before);
                if before == Before::Asked {
                    held.push(clause.clone());
                }
            } else if self.does(text, clause.start..at) {
                held.push(clause.clone());
                before = Before::Asked;
            } else {
                before = match self.forbids_act(text, clause) {
                    // "Nobody expects you to watch".
                    true => Before::Forbidden { act: true },
                    // "Stay where you are and listen".
                    false if is_aside => before,
                    false => Before::Statement,
                };
            }
        }
        held
    }

    /// Whether it asks although it begins with a negator. "Do not hesitate to ring 999" is advice.
    fn is_reversal(&self, rest: &[u8]) -> bool {
        self.reversals.find(rest).is_some_and(|reversal| {
            let act = rest.get(reversal.end()..).unwrap_or_default();
            let act = act.strip_prefix(b"to ").unwrap_or(act);
            let told = rest.strip_prefix(b"do ").unwrap_or_default();
            !self.permitted.is_match(act) && !self.permitted.is_match(told)
        })
    }

    /// Whether an act that every reply may advise follows a wish, and no other one after it: "we would
    /// like you to stay safe".
    fn wishes_well(&self, text: &str, clauses: &[Range<usize>], at: usize) -> bool {
        let rest = from(text, at);
        let rest = rest.strip_prefix(b"that ").unwrap_or(rest);
        let rest = rest.strip_prefix(b"if ").unwrap_or(rest);
        let is_told = text
            .get(..at)
            .is_some_and(|before| before.ends_with(" you "));
        let Some(act) = rest.strip_prefix(b"you ").or(is_told.then_some(rest)) else {
            return false;
        };
        let act = act.strip_prefix(b"to ").unwrap_or(act);
        let mut later = clauses.iter().filter(|clause| clause.start > at);
        self.has_acts
            && self.permitted.is_match(act)
            && !later.any(|clause| {
                let act = from(text, self.skip(text, clause.start));
                self.acts.is_match(act) && !self.permitted.is_match(act)
            })
    }

    /// Whether a clause has a negator, and an act after it.
    fn forbids_act(&self, text: &str, clause: &Range<usize>) -> bool {
        let clause = from(text.get(..clause.end).unwrap_or_default(), clause.start);
        let negator = self.negators.find(clause);
        let rest = negator.and_then(|negator| clause.get(negator.end()..));
        rest.is_some_and(|rest| self.has_act(rest))
    }

    /// Whether a part of a clause has an act.
    fn has_act(&self, part: &[u8]) -> bool {
        let part = std::str::from_utf8(part).unwrap_or_default();
        word_starts(part).any(|at| self.acts.is_match(from(part, at)))
    }

    /// The meaning of a clause that begins with an act, after `lead`.
    fn after_act(
        &self,
        sentence: &Sentence<'_>,
        clause: &Range<usize>,
        lead: &str,
        later: &[Range<usize>],
        before: Before,
    ) -> Before {
        let text = sentence.text;
        if before == Before::Open {
            return Before::Forbidden { act: true };
        }
        let offers = |at: usize| self.alternatives.is_match(from(text, at));
        let carries = |at: usize| offers(at) || self.carries.is_match(from(text, at));
        if before == (Before::Forbidden { act: true })
            && !self.resets.is_match(from(text, clause.start))
        {
            let goes_on = carries(clause.start) || later.iter().any(|clause| offers(clause.start));
            return match goes_on {
                true => before,
                false => Before::Asked,
            };
        }
        let is_joint = |joint: &Regex| {
            let found = joint.find(lead.as_bytes());
            found.is_some_and(|found| found.end() == lead.len())
        };
        let has_lead =
            !lead.is_empty() && !is_joint(&self.carries) && !is_joint(&self.alternatives);
        let stands_alone = clause.start == 0 || sentence.breaks.contains(&clause.start);
        let follows = before == Before::Asked;
        match stands_alone || follows || has_lead {
            true => Before::Asked,
            false => Before::Statement,
        }
    }

    /// Whether the clause with this lead says that the reader does an act: "you watch the door".
    fn does(&self, text: &str, lead: Range<usize>) -> bool {
        let rest = from(text, lead.end);
        let Some(reader) = self.reader.find(rest) else {
            return false;
        };
        let act = rest.get(reader.end()..).unwrap_or_default();
        let lead = text.get(lead).unwrap_or_default().as_bytes();
        let is_harmless = self.experiences.is_match(act) || self.permitted.is_match(act);
        if !self.acts.is_match(act) || is_harmless {
            return false;
        }
        !self.conditional.is_match(lead)
    }

    /// Whether an address at this place asks for an act.
    fn is_asked(
        &self,
        sentence: &Sentence<'_>,
        place: &Range<usize>,
        may_ask: &Regex,
        clauses: &[Range<usize>],
    ) -> bool {
        let text = sentence.text;
        let act = from(text, self.skip(text, place.end));
        if self.is_reversal(act) {
            return true;
        }
        let gap = usize::from(from(text, place.start).starts_with(b" "));
        let address = from(text, place.start + gap);
        // "You may change it" is a right, as long as it is no act that may be a task.
        let is_told = self.reader.is_match(address);
        let is_right = match self.has_acts {
            true => !self.acts.is_match(act),
            false => !sentence.is_question,
        };
        if is_told && is_right {
            return false;
        }
        let tells = !sentence.is_question || is_told;
        let is_harmless = act.is_empty() && !sentence.is_question
            || self.negations.is_match(act)
            || self.permitted.is_match(act)
            || tells && self.experiences.is_match(act)
            || sentence.is_question && may_ask.is_match(address);
        !is_harmless && !self.is_negated(sentence, clauses, place.start, place.start)
    }

    /// Whether the main part of the sentence from here on is a statement.
    fn is_statement(&self, sentence: &Sentence<'_>, at: usize) -> bool {
        let rest = from(sentence.text, at);
        let comma = sentence.breaks.iter().find(|comma| **comma > at);
        let aside = self.asides.find(rest).map(|aside| aside.start());
        let end = comma.map(|comma| comma - at).into_iter().chain(aside).min();
        let main = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest);
        self.statements.is_match(main)
    }

    /// The place after the joints and leading words.
    fn skip(&self, text: &str, mut at: usize) -> usize {
        loop {
            let rest = from(text, at);
            let word = self.joints.find(rest).or_else(|| self.lead.find(rest));
            match word {
                Some(word) if word.end() > 0 => at += word.end(),
                _ => return at,
            }
        }
    }
}

fn from(text: &str, at: usize) -> &[u8] {
    text.as_bytes().get(at..).unwrap_or_default()
}

fn word_starts(text: &str) -> impl Iterator<Item = usize> + '_ {
    let mut gap = true;
    text.bytes().enumerate().filter_map(move |(at, byte)| {
        let (was, is) = (gap, byte == b' ' || byte == b'.');
        gap = is;
        (was && !is).then_some(at)
    })
}
