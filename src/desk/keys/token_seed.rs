//! The factory seed of a hardware token, as its maker printed it: hex or Base32 (RFC 4648), of 20 or 32 bytes.

use zeroize::Zeroizing;

/// Bytes of a seed: as long as the output of SHA-1 or of SHA-256 (RFC 6238, section 5.1).
const BYTES: [usize; 2] = [20, 32];
/// Characters of such a seed in Base32, without padding.
const BASE32: [usize; 2] = [32, 52];

/// Why a seed cannot be used. It never repeats the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSeed {
    /// Too short, or too long.
    #[error(
        "this seed has {0} characters. A seed of a token has 40 or 64 hex digits, or 32 or 52 letters and digits in Base32. Compare it with the maker's sheet"
    )]
    Length(usize),
    /// A character that neither way of writing has.
    #[error(
        "character {0} of the seed is not possible there. Hex has 0 to 9 and A to F, Base32 has A to Z and 2 to 7. Compare it with the maker's sheet"
    )]
    Character(usize),
}

/// The bytes of a seed. Spaces, hyphens and padding do not count.
pub(super) fn read(typed: &str) -> Result<Zeroizing<Vec<u8>>, BadSeed> {
    let counts = |c: &char| !c.is_whitespace() && !matches!(c, '-' | '=');
    let letters: Zeroizing<Vec<char>> = Zeroizing::new(
        typed
            .chars()
            .filter(counts)
            .map(|c| c.to_ascii_uppercase())
            .collect(),
    );
    let bits = match letters.len() {
        count if BYTES.iter().any(|bytes| bytes * 2 == count) => 4,
        count if BASE32.contains(&count) => 5,
        count => return Err(BadSeed::Length(count)),
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(letters.len() * bits / 8));
    let (mut held, mut held_bits) = (0_u32, 0);
    for (place, letter) in letters.iter().enumerate() {
        let value = match (bits, *letter) {
            (4, _) => letter.to_digit(16),
            (_, 'A'..='Z') => letter.to_digit(36).map(|value| value - 10),
            (_, '2'..='7') => letter.to_digit(10).map(|value| value + 24),
            _ => None,
        };
        let value = value.ok_or(BadSeed::Character(place + 1))?;
        held = (held << bits) | value;
        held_bits += bits;
        if held_bits >= 8 {
            held_bits -= 8;
            let [.., byte] = (held >> held_bits).to_be_bytes();
            bytes.push(byte);
            held &= (1 << held_bits) - 1;
        }
    }
    // The last letter of 32 bytes has a bit of the seed, and four that are 0.
    if held == 0 {
        Ok(bytes)
    } else {
        Err(BadSeed::Character(letters.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "3132333435363738393031323334353637383930";
    const LONG: &str = "3132333435363738393031323334353637383930313233343536373839303132";

    #[test]
    fn a_seed_is_read_in_hex_and_in_base32_as_makers_print_it() {
        let short = b"12345678901234567890";
        let long = b"12345678901234567890123456789012";
        for (typed, bytes) in [
            (HEX, &short[..]),
            ("31 32-33 343536373839303132333435363738 3930\n", short),
            ("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", short),
            ("gezd gnbv gy3t qojq gezd gnbv gy3t qojq", short),
            (LONG, long),
            (
                "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA====",
                long,
            ),
        ] {
            assert_eq!(read(typed).unwrap().as_slice(), bytes, "{typed}");
        }
    }

    #[test]
    fn a_wrong_seed_is_refused_with_the_place_and_never_repeated() {
        for (typed, wrong) in [
            ("", BadSeed::Length(0)),
            (&HEX[1..], BadSeed::Length(39)),
            (&LONG[1..], BadSeed::Length(63)),
            ("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1", BadSeed::Character(32)),
            ("0EZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", BadSeed::Character(1)),
            (&HEX.replace('9', "G"), BadSeed::Character(18)),
            (
                "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZB",
                BadSeed::Character(52),
            ),
            ("ÄEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", BadSeed::Character(1)),
        ] {
            assert_eq!(read(typed), Err(wrong), "{typed}");
            let said = wrong.to_string();
            assert!(said.contains("Compare it with the maker's sheet"), "{said}");
            assert!(typed.is_empty() || !said.contains(typed), "{said}");
        }
    }
}
