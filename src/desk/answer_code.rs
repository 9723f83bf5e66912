//! Answer codes: eight letters that are printed on a report, so that a partner can answer without an
//! account. The partner page cannot check a code, because it has no list of them. The desk can. So
//! the code must prove its own form: a slip of the keyboard must be noticed before it is stored.
//!
//! The last letter is a check letter. The alphabet has 19 letters, a prime, and the weights are
//! powers of two, which are all different modulo 19. So the check finds every single wrong letter
//! and every swapped pair of letters.

use std::fmt;
use std::str::FromStr;

use loke_core::random::{self, NoRandomness};

/// The letters of a code. There are no vowels, so that a code never spells a word, and no L or Q,
/// which look like others.
pub const ALPHABET: &[u8; 19] = b"BCDFGHJKMNPRSTVWXYZ";
/// Letters in a code, including the check letter.
pub const LENGTH: usize = 8;
/// Longest text that can be a code, with spaces and hyphens.
const TYPED: usize = 32;

/// The text is not an answer code. The error never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an answer code: a code has eight letters, as printed on the sheet")]
pub struct NotAnAnswerCode;

/// A well-formed answer code. It prints as two groups of four letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AnswerCode([u8; LENGTH]);

impl AnswerCode {
    /// Makes a random code: one of 19^7, or nearly 2^30.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn random() -> Result<Self, NoRandomness> {
        let mut values = [0; LENGTH];
        for value in values.iter_mut().take(LENGTH - 1) {
            *value = random::below(ALPHABET.len() as u64)? as usize;
        }
        // The check letter makes the weighted sum 1, so that a code of equal letters is rare.
        let check = (1 + ALPHABET.len() - sum(&values)) % ALPHABET.len();
        if let Some(last) = values.last_mut() {
            *last = check;
        }
        Ok(Self(values.map(|value| {
            ALPHABET.get(value).copied().unwrap_or_default()
        })))
    }

    /// The eight letters in upper case, without a gap: the form in which a code is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for AnswerCode {
    type Err = NotAnAnswerCode;

    /// Parses a code in upper or lower case, with or without spaces and hyphens.
    fn from_str(typed: &str) -> Result<Self, NotAnAnswerCode> {
        if typed.len() > TYPED {
            return Err(NotAnAnswerCode);
        }
        let letters = typed
            .bytes()
            .filter(|byte| !matches!(byte, b' ' | b'-' | b'\t'))
            .map(|byte| byte.to_ascii_uppercase());
        let letters: Vec<u8> = letters.collect();
        let code: [u8; LENGTH] = letters.try_into().map_err(|_| NotAnAnswerCode)?;
        let mut values = [0; LENGTH];
        for (value, letter) in values.iter_mut().zip(code) {
            *value = ALPHABET
                .iter()
                .position(|known| *known == letter)
                .ok_or(NotAnAnswerCode)?;
        }
        if sum(&values) == 1 {
            Ok(Self(code))
        } else {
            Err(NotAnAnswerCode)
        }
    }
}

impl fmt::Display for AnswerCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.as_str().split_at_checked(4).unwrap_or_default();
        write!(f, "{first} {second}")
    }
}

/// A code lets anyone who has it answer, so a log must not show it.
impl fmt::Debug for AnswerCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnswerCode(…)")
    }
}

/// The weighted sum modulo 19: each value times two to the power of its position from the right.
fn sum(values: &[usize; LENGTH]) -> usize {
    values
        .iter()
        .fold(0, |sum, value| (sum * 2 + value) % ALPHABET.len())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_code_reads_back_in_either_case_and_with_gaps_and_its_debug_shows_none_of_it() {
        for _ in 0..1_000 {
            let code = AnswerCode::random().unwrap();
            let (plain, shown) = (code.as_str().to_owned(), code.to_string());
            assert_eq!((plain.len(), shown.len()), (8, 9));
            let hyphen = format!(" {} ", shown.replace(' ', "-").to_lowercase());
            for typed in [&plain, &shown, &plain.to_lowercase(), &hyphen] {
                assert_eq!(typed.parse(), Ok(code), "{typed}");
            }
            let debug = format!("{code:?}");
            assert!(
                !debug.contains(&plain) && !debug.contains(&shown),
                "{debug}"
            );
        }
    }

    #[test]
    fn every_wrong_letter_and_every_swapped_pair_is_noticed() {
        for _ in 0..200 {
            let code = AnswerCode::random().unwrap();
            let letters = code.as_str().as_bytes().to_vec();
            let read = |letters: &[u8]| std::str::from_utf8(letters).unwrap().parse::<AnswerCode>();
            assert_eq!(read(&letters), Ok(code), "the control");
            for at in 0..LENGTH {
                for wrong in ALPHABET.iter().filter(|wrong| **wrong != letters[at]) {
                    let mut typed = letters.clone();
                    typed[at] = *wrong;
                    assert_eq!(read(&typed), Err(NotAnAnswerCode));
                }
                for other in 0..at {
                    let mut typed = letters.clone();
                    typed.swap(at, other);
                    assert_eq!(read(&typed).is_ok(), letters[at] == letters[other]);
                }
            }
        }
    }

    #[test]
    fn what_is_not_eight_letters_of_the_alphabet_is_refused() {
        let code = AnswerCode::random().unwrap();
        let (code, long) = (code.as_str(), " ".repeat(40));
        for typed in [
            "",
            "BCDFGHJ",
            "BCDFGHJKM",
            "B1DFGHJK",
            "AAAAAAAA",
            "ĄCDFGHJ",
            "BBBBBBBB",
            &format!("{code}{code}"),
            &format!("{code}{long}"),
            "<script>",
        ] {
            assert_eq!(typed.parse::<AnswerCode>(), Err(NotAnAnswerCode), "{typed}");
        }
    }

    #[test]
    fn two_codes_are_rarely_the_same() {
        let codes: BTreeSet<AnswerCode> =
            (0..2_000).map(|_| AnswerCode::random().unwrap()).collect();
        assert!(codes.len() > 1_990, "{}", codes.len());
    }
}
