//! Phone numbers: British ones however they are written, and those of other countries after `+` or
//! `00`. The normal form is E.164 (`+447700900123`).

use std::ops::Range;

use super::Character;

/// Digits of the longest number (ITU-T E.164), with `00`.
const DIGITS: usize = 17;
/// Characters between two digits.
const BETWEEN: usize = 3;

/// A digit of a candidate: its value, its number in the text, and whether a group ends with it.
struct Digit {
    c: char,
    at: usize,
    ends_group: bool,
}

/// Passes each number and its place to `each`.
pub(super) fn find(text: &[Character], mut each: impl FnMut(String, Range<usize>)) {
    let mut at = 0;
    while let Some(character) = text.get(at) {
        if !begins(text, at) {
            at += 1;
            continue;
        }
        let digits = digits(text, at);
        let found = number(&digits, character.c == '+');
        if let Some((normal, last)) = found
            && let Some(end) = text.get(last)
        {
            each(normal, character.place.start..end.place.end);
            at = last + 1;
        } else {
            // On with the next group.
            let group = digits.iter().find(|digit| digit.ends_group);
            at = group.map_or(at, |digit| digit.at) + 1;
        }
    }
}

/// Whether a number may begin here: not within one, a price, a date or a decimal.
fn begins(text: &[Character], at: usize) -> bool {
    let c = |at: usize| text.get(at).map(|character| character.c);
    let before = |back: usize| at.checked_sub(back).and_then(c);
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    match c(at) {
        Some('+') => is_digit(c(at + 1)) || c(at + 1) == Some('('),
        Some('0' | '4') => match before(1) {
            Some('+' | '£' | '$' | '€') => false,
            Some('-' | '.' | '/' | ',' | ':') => !is_digit(before(2)),
            before => !is_digit(before),
        },
        _ => false,
    }
}

/// The digits from here on, with at most three separators between two of them.
fn digits(text: &[Character], from: usize) -> Vec<Digit> {
    let mut digits: Vec<Digit> = Vec::with_capacity(DIGITS);
    let mut gap = 0;
    for (at, character) in text.iter().enumerate().skip(from) {
        match character.c {
            c if c.is_ascii_digit() => {
                digits.push(Digit {
                    c,
                    at,
                    ends_group: false,
                });
                gap = 0;
                if digits.len() == DIGITS {
                    break;
                }
            }
            '+' if at == from => {}
            ' ' | '\t' | '-' | '.' | '/' | '(' | ')' if gap < BETWEEN => {
                if let Some(last) = digits.last_mut() {
                    last.ends_group = true;
                }
                gap += 1;
            }
            _ => break,
        }
    }
    let next = digits.last().and_then(|last| text.get(last.at + 1));
    let is_cut = next.is_some_and(|next| next.c.is_ascii_digit());
    if let Some(last) = digits.last_mut() {
        last.ends_group = !is_cut;
    }
    digits
}

/// The number at the beginning of these digits, and the place of its last digit.
fn number(digits: &[Digit], is_international: bool) -> Option<(String, usize)> {
    let figures: String = digits.iter().map(|digit| digit.c).collect();
    let after_00 = figures.strip_prefix("00").map(|_| 2);
    let skip = if is_international { Some(0) } else { after_00 };
    match skip {
        Some(skip) => match figures.get(skip..)?.strip_prefix("44") {
            // "+44 (0)7700": the 0 is for calls from within.
            Some(rest) => british(digits, skip + 2 + usize::from(rest.starts_with('0'))),
            None => foreign(digits, skip, &figures),
        },
        None if figures.starts_with("44") => {
            british(digits, 2).filter(|(normal, _)| normal.len() == 13)
        }
        None if is_date(digits) => None,
        None if figures.starts_with('0') => british(digits, 1),
        None => None,
    }
}

/// A British number whose digits without the first 0 begin here: ten, or nine on some landlines.
fn british(digits: &[Digit], from: usize) -> Option<(String, usize)> {
    let first = digits.get(from)?.c;
    if !matches!(first, '1' | '2' | '3' | '7' | '8' | '9') {
        return None;
    }
    let lengths = if matches!(first, '1' | '2' | '8') {
        &[10, 9][..]
    } else {
        &[10][..]
    };
    lengths.iter().find_map(|length| {
        let rest = digits.get(from..from + length)?;
        let last = rest.last().filter(|last| last.ends_group)?;
        // Nine digits that go on are a longer number.
        let goes_on = *length == 9 && digits.len() > from + length;
        let figures: String = rest.iter().map(|digit| digit.c).collect();
        (!goes_on).then(|| (format!("+44{figures}"), last.at))
    })
}

/// A number of another country: 8 to 15 digits, the first no 0.
fn foreign(digits: &[Digit], from: usize, figures: &str) -> Option<(String, usize)> {
    let figures = figures.get(from..)?;
    let last = digits.last().filter(|last| last.ends_group)?;
    let fits = (8..=15).contains(&figures.len()) && !figures.starts_with('0');
    fits.then(|| (format!("+{figures}"), last.at))
}

/// Whether the digits begin with a date in figures, such as 01-12-2026.
fn is_date(digits: &[Digit]) -> bool {
    let mut groups = digits
        .split_inclusive(|digit| digit.ends_group)
        .map(|group| {
            let figures: String = group.iter().map(|digit| digit.c).collect();
            (figures.len(), figures.parse::<u32>().unwrap_or(u32::MAX))
        });
    let (day, month, year) = (groups.next(), groups.next(), groups.next());
    matches!(day, Some((1..=2, 1..=31)))
        && matches!(month, Some((1..=2, 1..=12)))
        && matches!(year, Some((2 | 4, _)))
}
