//! Campaign codes: six characters that are printed on a poster and travel inside the seal. A code
//! names an area of a ward or larger, never a person. Only the desk has the list of valid codes, so
//! the code must prove its own form: a typing error, a number plate or a postcode in a text message
//! must not pass as a code.
//!
//! The last character is a check character. It is computed as in the pure systems of ISO/IEC 7064,
//! with modulus 27 and radix 2. Every power of two and the difference of any two neighbours are
//! units modulo 27, so the check finds every single wrong character and every swapped pair of
//! neighbours. (The Luhn algorithm does not do this for an odd number of characters.)

use std::fmt;
use std::str::FromStr;

use crate::random::{self, NoRandomness};

/// The characters of a code. There are no vowels, so that a code never spells a word, and no
/// characters that look alike.
pub const ALPHABET: &[u8; 27] = b"23456789BCDFGHJKMNPQRSTVWXZ";
/// Characters in a code, including the check character.
pub const LENGTH: usize = 6;
/// Fewest changes between digits and letters in a code. Number plates (`AB12 CDE`) and most
/// postcodes (`NR2 3BD`) of six characters change at most twice.
const CHANGES: usize = 3;

/// The text is not a campaign code. The error never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not a campaign's code: a code has six characters, letters and digits mixed, as printed on the poster"
)]
pub struct NotACode;

/// A well-formed campaign code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CampaignCode([u8; LENGTH]);

impl CampaignCode {
    /// Makes a random code. The caller must check that no other campaign has it.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn random() -> Result<Self, NoRandomness> {
        loop {
            let mut values = [0; LENGTH];
            for value in values.iter_mut().take(LENGTH - 1) {
                *value = random::below(ALPHABET.len() as u64)? as usize;
            }
            // The check character makes the weighted sum 1.
            let check = (1 + ALPHABET.len() - sum(&values)) % ALPHABET.len();
            if let Some(last) = values.last_mut() {
                *last = check;
            }
            let code = values.map(|value| ALPHABET.get(value).copied().unwrap_or_default());
            if changes(&code) >= CHANGES {
                return Ok(Self(code));
            }
        }
    }

    /// The six characters in upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for CampaignCode {
    type Err = NotACode;

    /// Parses a code in upper or lower case, with or without spaces around it.
    fn from_str(typed: &str) -> Result<Self, NotACode> {
        let code: [u8; LENGTH] = typed.trim().as_bytes().try_into().map_err(|_| NotACode)?;
        let code = code.map(|c| c.to_ascii_uppercase());
        let mut values = [0; LENGTH];
        for (value, c) in values.iter_mut().zip(code) {
            *value = ALPHABET
                .iter()
                .position(|known| *known == c)
                .ok_or(NotACode)?;
        }
        if sum(&values) == 1 && changes(&code) >= CHANGES {
            Ok(Self(code))
        } else {
            Err(NotACode)
        }
    }
}

impl fmt::Display for CampaignCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for CampaignCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CampaignCode({self})")
    }
}

/// The weighted sum modulo 27: each value times two to the power of its position from the right.
fn sum(values: &[usize; LENGTH]) -> usize {
    values
        .iter()
        .fold(0, |sum, value| (sum * 2 + value) % ALPHABET.len())
}

/// Counts the changes between digits and letters.
fn changes(code: &[u8; LENGTH]) -> usize {
    code.iter()
        .zip(code.iter().skip(1))
        .filter(|(a, b)| a.is_ascii_digit() != b.is_ascii_digit())
        .count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn a_code() -> CampaignCode {
        CampaignCode::random().unwrap()
    }

    #[test]
    fn a_code_has_no_vowel_nothing_ambiguous_and_both_letters_and_digits() {
        for _ in 0..2_000 {
            let code = a_code();
            assert_eq!(code.as_str().len(), LENGTH);
            assert!(
                code.as_str().bytes().any(|c| c.is_ascii_digit())
                    && code.as_str().bytes().any(|c| c.is_ascii_uppercase()),
                "{code}"
            );
            assert!(
                !code
                    .as_str()
                    .contains(['0', '1', 'A', 'E', 'I', 'L', 'O', 'U', 'Y']),
                "{code}"
            );
        }
    }

    #[test]
    fn every_wrong_character_and_every_swapped_pair_of_neighbours_is_noticed() {
        for _ in 0..200 {
            let code = a_code();
            for i in 0..LENGTH {
                for wrong in *ALPHABET {
                    let mut typed = code.0;
                    typed[i] = wrong;
                    assert_eq!(
                        std::str::from_utf8(&typed)
                            .unwrap()
                            .parse::<CampaignCode>()
                            .is_ok(),
                        typed == code.0
                    );
                }
                let mut swapped = code.0;
                swapped.swap(i, (i + 1) % LENGTH);
                if i + 1 < LENGTH {
                    assert_eq!(
                        std::str::from_utf8(&swapped)
                            .unwrap()
                            .parse::<CampaignCode>()
                            .is_ok(),
                        swapped == code.0
                    );
                }
            }
        }
    }

    #[test]
    fn number_plates_and_postcodes_are_no_codes_whatever_their_last_character() {
        let passing = |stem: &str, last: &str| {
            last.chars()
                .filter(|c| format!("{stem}{c}").parse::<CampaignCode>().is_ok())
                .count()
        };
        let (digits, letters) = ("23456789", "BCDFGHJKMNPQRSTVWXZ");
        for (stem, last) in [
            ("R12BC", letters),
            ("BCD23", letters),
            ("BCD23", digits),
            ("234BC", letters),
            ("NR23B", letters),
            ("NR33D", letters),
            ("BC23D", letters),
        ] {
            assert_eq!(passing(stem, last), 0, "{stem}");
        }
        // Control: a stem in the form of a code has exactly one valid check character.
        assert_eq!(passing("R2B3C", digits) + passing("R2B3C", letters), 1);
        for typed in ["", "K7M2P", "K7M2P99", "K7 M2P", "ÄÖÜ", "number", "999999"] {
            assert_eq!(typed.parse::<CampaignCode>(), Err(NotACode), "{typed}");
        }
    }

    #[test]
    fn codes_are_many_and_few_made_up_words_pass_for_one() {
        let codes: std::collections::BTreeSet<_> = (0..1_000).map(|_| a_code()).collect();
        assert!(codes.len() > 995, "only {} of 1,000", codes.len());
        // 2.2 thousand million six-character strings of letters and digits exist; 5.1 million are
        // codes: 1 in 427.
        let any = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let word = || {
            (0..LENGTH)
                .map(|_| char::from(any[random::below(36).unwrap() as usize]))
                .collect::<String>()
        };
        let passing = (0..100_000)
            .filter(|_| word().parse::<CampaignCode>().is_ok())
            .count();
        assert!((100..500).contains(&passing), "{passing} of 100,000");
    }

    proptest! {
        #[test]
        fn a_code_reads_back_in_any_case(lower in any::<u8>(), spaces in 0_usize..3) {
            let code = a_code();
            let mixed: String = code.as_str().chars().enumerate().map(|(i, c)| if lower >> i & 1 == 1 { c.to_ascii_lowercase() } else { c }).collect();
            prop_assert_eq!(format!("{mixed}{}", " ".repeat(spaces)).parse(), Ok(code));
            prop_assert_eq!(code.to_string(), code.as_str());
        }

        #[test]
        fn no_text_makes_the_reader_fall(typed in "\\PC*") {
            let _ = typed.parse::<CampaignCode>();
        }
    }
}
