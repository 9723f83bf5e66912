//! Search: the expression for the full-text index over folded texts, and the words that a match
//! shows. An expression consists of quoted letters and digits, so no input is a syntax error.

use std::collections::HashMap;
use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::values::values;
use super::{Kind, tokens};
use loke_core::characters::{is_invisible, is_space};

/// Words and phrases of a query. More are left out.
const TERMS: usize = 32;
/// Tokens of one of them.
const TOKENS: usize = 64;
/// Beginnings of words in a query that are looked up in the index.
const BEGINNINGS: usize = 4;
/// Characters of a snippet.
const SNIPPET: usize = 200;
/// Matches in a text that a snippet looks at.
const MATCHES: usize = 100;

/// A word or a phrase of a query.
struct Term {
    /// The tokens, which follow each other in a text.
    tokens: Vec<String>,
    /// Whether the last token is only the beginning of one.
    is_prefix: bool,
}

/// Words of an index by the beginning that a query gives.
pub type Begun = HashMap<String, Vec<String>>;

/// The beginnings of words in a query, at most four.
#[must_use]
pub fn beginnings(words: &str) -> Vec<String> {
    let spelt = spelt(words).unwrap_or_default();
    let mut found: Vec<String> = Vec::new();
    for term in terms(words).into_iter().chain(terms(&spelt)) {
        let last = term.tokens.last().filter(|_| term.is_prefix);
        found.extend(last.filter(|last| !found.contains(last)).cloned());
    }
    found.truncate(BEGINNINGS);
    found
}

/// Makes the `MATCH` expression of an FTS5 index over [`super::folded`] texts. A text matches if it
/// has every word and every "phrase in quotes". The last word, and a word that ends in `*`, is the
/// beginning of a word: of those in `begun`, if they are there. `None` if the query has neither letters
/// nor digits.
#[must_use]
pub fn query(words: &str, begun: &Begun) -> Option<String> {
    let typed = expression(words, begun)?;
    let spelt = spelt(words).and_then(|words| expression(&words, begun));
    Some(match spelt {
        Some(spelt) if spelt != typed => format!("({typed}) OR ({spelt})"),
        _ => typed,
    })
}

/// A query with its plates and phone numbers in one spelling, as the index has them beside the text.
fn spelt(words: &str) -> Option<String> {
    let values = values(words);
    let mut spelt = words.to_owned();
    for value in values.iter().filter(|value| value.has_one_spelling()) {
        spelt = spelt.replace(&value.shown, &value.normal);
    }
    (spelt != words).then_some(spelt)
}

/// The expression for words as they are.
fn expression(words: &str, begun: &Begun) -> Option<String> {
    let terms: Vec<String> = terms(words).iter().map(|term| term.quoted(begun)).collect();
    (!terms.is_empty()).then(|| terms.join(" AND "))
}

impl Term {
    /// The term in an expression. If the words are known that begin as its last token, it is a choice of
    /// them.
    fn quoted(&self, begun: &Begun) -> String {
        let phrase = self.tokens.join(" ");
        let words = match self.tokens.split_last() {
            Some((last, before)) if self.is_prefix => begun.get(last).map(|words| (before, words)),
            _ => None,
        };
        match words {
            Some((before, words)) if !words.is_empty() => {
                let before: String = before
                    .iter()
                    .flat_map(|token| [token.as_str(), " "])
                    .collect();
                let phrases = words.iter().map(|word| format!("\"{before}{word}\""));
                format!("({})", phrases.collect::<Vec<_>>().join(" OR "))
            }
            _ if self.is_prefix => format!("\"{phrase}\"*"),
            _ => format!("\"{phrase}\""),
        }
    }
}

/// The words and phrases of a query.
fn terms(words: &str) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    let mut last_is_word = false;
    for (at, part) in words.split(is_quote).enumerate() {
        if at % 2 == 1 {
            let phrase = term(part, false);
            last_is_word &= phrase.is_none();
            terms.extend(phrase);
            continue;
        }
        for word in part.split(is_space).filter(|word| !word.is_empty()) {
            let word = term(word, word.ends_with('*'));
            last_is_word |= word.is_some();
            terms.extend(word);
        }
        if terms.len() > TERMS {
            break;
        }
    }
    if let Some(last) = terms.last_mut().filter(|_| last_is_word) {
        // A pair of characters has no longer form.
        last.is_prefix |= last.tokens.last().is_some_and(|token| !is_pair(token));
    }
    terms.truncate(TERMS);
    terms
}

/// The tokens of a word or phrase. `None` if there are none.
fn term(text: &str, is_prefix: bool) -> Option<Term> {
    let mut found: Vec<(String, Kind)> = Vec::new();
    tokens(text, |token| {
        if found.len() < TOKENS {
            found.push((token.text.to_owned(), token.kind));
        }
    });
    // The text may go on where a run of the query ends: its last character begins a pair there.
    let mut is_prefix = is_prefix;
    match found.last()?.1 {
        Kind::Last => {
            found.pop();
            is_prefix = false;
        }
        Kind::Single => is_prefix = true,
        Kind::Word | Kind::Pair => {}
    }
    Some(Term {
        tokens: found.into_iter().map(|(token, _)| token).collect(),
        is_prefix,
    })
}

fn is_pair(token: &str) -> bool {
    token.chars().all(super::is_unspaced) && token.chars().nth(1).is_some()
}

/// The quotation marks of the languages of the form.
fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '“' | '”' | '„' | '‟' | '«' | '»' | '＂' | '「' | '」'
    )
}

/// The part of a text around the words of a query, in pieces: `true` if a piece matches. `around` is
/// the number of characters before and after a match; at most 200 characters are returned in all.
/// The beginning of the text if nothing in it matches. White space becomes single spaces, and
/// characters that change the direction of writing are left out.
#[must_use]
pub fn snippet(original: &str, words: &str, around: usize) -> Vec<(String, bool)> {
    let around = around.min(SNIPPET / 2 - 10);
    let found = matches(original, &terms(words));
    let window = best(original, &found, around);
    let mut pieces: Vec<(String, bool)> = Vec::new();
    let mut at = window.start;
    for (place, _) in found {
        let (start, end) = (place.start.max(at), place.end.min(window.end));
        if start < end {
            push(&mut pieces, original.get(at..start), false);
            push(&mut pieces, original.get(start..end), true);
            at = end;
        }
    }
    push(&mut pieces, original.get(at..window.end), false);
    let is_rest = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
    if is_rest(original.get(..window.start)) {
        pieces.insert(0, ("… ".to_owned(), false));
    }
    if is_rest(original.get(window.end..)) {
        pieces.push((" …".to_owned(), false));
    }
    pieces
}

/// Appends a part of the original, joined to the last piece if both are alike.
fn push(pieces: &mut Vec<(String, bool)>, part: Option<&str>, is_match: bool) {
    let part = part.unwrap_or_default();
    let mut plain = String::with_capacity(part.len());
    let mut last = pieces
        .last()
        .and_then(|(piece, _)| piece.chars().next_back())
        .unwrap_or(' ');
    for c in part.chars() {
        let c = if is_space(c) { ' ' } else { c };
        let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if turns || c.is_control() || c == ' ' && last == ' ' {
            continue;
        }
        plain.push(c);
        last = c;
    }
    match pieces.last_mut() {
        _ if plain.is_empty() => {}
        Some((piece, kind)) if *kind == is_match => piece.push_str(&plain),
        _ => pieces.push((plain, is_match)),
    }
}

/// A match: its bytes in the original, and the number of its term.
type Match = (Range<usize>, usize);

/// The places of the query's words, in the order of the text.
fn matches(original: &str, terms: &[Term]) -> Vec<Match> {
    let mut there: Vec<(String, Range<usize>, Kind)> = Vec::new();
    if !terms.is_empty() {
        tokens(original, |token| {
            there.push((token.text.to_owned(), token.place, token.kind));
        });
    }
    let mut found = Vec::new();
    for first in 0..there.len() {
        for (number, term) in terms.iter().enumerate() {
            let Some(here) = there.get(first..first + term.tokens.len()) else {
                continue;
            };
            let last = term.tokens.len() - 1;
            let fits = |(at, ((have, _, _), want)): (usize, (&(String, _, _), &String))| {
                have == want || at == last && term.is_prefix && have.starts_with(want.as_str())
            };
            if here.iter().zip(&term.tokens).enumerate().all(fits)
                && let (Some((_, from, _)), Some((_, to, kind))) = (here.first(), here.last())
            {
                let is_half =
                    *kind == Kind::Pair && term.tokens.last().is_some_and(|t| !is_pair(t));
                let end = if is_half {
                    to.start + first_length(original, to.start)
                } else {
                    to.end
                };
                found.push((from.start..with_marks(original, end), number));
            }
        }
        if found.len() >= MATCHES {
            break;
        }
    }
    found
}

fn first_length(text: &str, at: usize) -> usize {
    let first = text.get(at..).and_then(|rest| rest.chars().next());
    first.map_or(0, char::len_utf8)
}

/// The end of a match together with the marks on its last letter.
fn with_marks(text: &str, end: usize) -> usize {
    let rest = text.get(end..).unwrap_or_default().chars();
    let marks = rest.take_while(|c| is_combining_mark(*c) || is_invisible(*c));
    end + marks.take(SNIPPET).map(char::len_utf8).sum::<usize>()
}

/// A part of a text: from where to where, and its matches from the first to the last.
struct Window {
    start: usize,
    first: usize,
    last: usize,
    end: usize,
    /// How many different terms are in it.
    terms: usize,
}

/// The part of the text with the most different terms, cut at spaces if the script has any.
fn best(text: &str, found: &[Match], around: usize) -> Range<usize> {
    let mut best = Window {
        start: 0,
        first: 0,
        last: 0,
        end: forward(text, 0, 2 * around),
        terms: 0,
    };
    for (at, (place, _)) in found.iter().enumerate() {
        let start = back(text, place.start, around);
        let most = forward(text, start, SNIPPET);
        let mut terms = [false; TERMS];
        let mut last = place.end;
        let after = found.get(at..).unwrap_or_default();
        for (other, number) in after.iter().filter(|(other, _)| other.end <= most) {
            if let Some(term) = terms.get_mut(*number) {
                *term = true;
            }
            last = last.max(other.end);
        }
        let terms = terms.into_iter().filter(|there| *there).count().max(1);
        if terms > best.terms {
            best = Window {
                start,
                first: place.start,
                last,
                end: forward(text, last, around).min(most),
                terms,
            };
        }
    }
    let Window {
        mut start,
        first,
        last,
        mut end,
        ..
    } = best;
    if start > 0
        && let Some(at) = text.get(start..first).and_then(|part| part.find(is_space))
    {
        start += at + first_length(text, start + at);
    }
    if end < text.len()
        && let Some(at) = text.get(last..end).and_then(|part| part.rfind(is_space))
    {
        end = last + at;
    }
    start..end
}

/// The byte that is this many characters before `at`.
fn back(text: &str, at: usize, characters: usize) -> usize {
    let before = text.get(..at).unwrap_or_default().char_indices().rev();
    before.take(characters).last().map_or(at, |(at, _)| at)
}

/// The byte that is this many characters after `at`.
fn forward(text: &str, at: usize, characters: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.char_indices()
        .nth(characters)
        .map_or(text.len(), |(length, _)| at + length)
}

#[cfg(test)]
mod tests;
