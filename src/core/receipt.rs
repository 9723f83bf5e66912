//! The receipt: the resident's 28 digits. HKDF derives a reply box and a reply key from them, so
//! only a person with the digits can read a reply. A receipt is shown once. It is never stored or
//! logged, and never appears in a URL.

use std::fmt;

use ring::aead::{CHACHA20_POLY1305, LessSafeKey, UnboundKey};
use ring::hkdf;
use zeroize::Zeroizing;

use crate::characters;

/// Digits of a receipt, including the two check digits.
pub const DIGITS: usize = 28;
/// Number of receipts: ten to the power of 26.
const SPACE: u128 = 100_000_000_000_000_000_000_000_000;

/// The text is not a receipt. The error never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAReceipt {
    /// Not 28 digits.
    #[error("a receipt has 28 digits")]
    Length,
    /// The check digits do not match.
    #[error("a digit is wrong")]
    Check,
}

/// The resident's digits. Zeroized on drop; `Debug` prints none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt(Zeroizing<String>);

impl Receipt {
    /// Derives the receipt from a form's token, so that sending the form twice shows the same
    /// receipt.
    #[must_use]
    pub fn derive(process_key: &[u8; 32], token: &[u8]) -> Self {
        let mut wide = Zeroizing::new([0; 16]);
        expand(process_key, &[b"loke receipt digits 1", token], &mut *wide);
        let number = u128::from_le_bytes(*wide) % SPACE;
        Self(Zeroizing::new(format!(
            "{number:026}{:02}",
            98 - (number % 97) * 100 % 97
        )))
    }

    /// Parses a typed or pasted receipt: 28 digits in any script, in groups of any length, with any
    /// separators between them.
    ///
    /// # Errors
    /// If there are not 28 digits, or the check digits do not match.
    pub fn parse(typed: &str) -> Result<Self, NotAReceipt> {
        let mut digits = Zeroizing::new(String::with_capacity(DIGITS));
        for c in typed.chars().filter(|c| !characters::separates(*c)) {
            if digits.len() == DIGITS {
                return Err(NotAReceipt::Length);
            }
            digits.push(characters::digit(c).ok_or(NotAReceipt::Length)?);
        }
        if digits.len() != DIGITS {
            return Err(NotAReceipt::Length);
        }
        let number: u128 = digits.parse().map_err(|_| NotAReceipt::Length)?;
        if number % 97 != 1 {
            return Err(NotAReceipt::Check);
        }
        Ok(Self(digits))
    }

    /// The digits in seven groups of four.
    #[must_use]
    pub fn groups(&self) -> Vec<&str> {
        (0..DIGITS / 4)
            .filter_map(|i| self.0.get(i * 4..i * 4 + 4))
            .collect()
    }

    /// The reply box of this receipt.
    #[must_use]
    pub fn reply_box(&self) -> ReplyBox {
        let mut out = Zeroizing::new([0; 16]);
        expand(self.0.as_bytes(), &[b"loke reply box 1"], &mut *out);
        ReplyBox(out)
    }

    /// The reply key of this receipt.
    #[must_use]
    pub fn reply_key(&self) -> ReplyKey {
        let mut out = Zeroizing::new([0; 32]);
        expand(self.0.as_bytes(), &[b"loke reply key 1"], &mut *out);
        ReplyKey(out)
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receipt(…)")
    }
}

/// A reply box: the secret from which the name of a row follows for each day (`reply_rows.rs`).
/// Zeroized on drop; `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplyBox(Zeroizing<[u8; 16]>);

impl ReplyBox {
    /// A box from its bytes in a tip.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The box's bytes, for the seal.
    #[must_use]
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for ReplyBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplyBox(…)")
    }
}

/// The key of a reply box. It seals and opens rows (`reply_rows.rs`). Zeroized on drop.
#[derive(Clone)]
pub struct ReplyKey(Zeroizing<[u8; 32]>);

impl ReplyKey {
    /// A key from its bytes in a tip.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key's bytes, for the seal.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn cipher(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&CHACHA20_POLY1305, self.0.as_slice())
            .ok()
            .map(LessSafeKey::new)
    }
}

/// HKDF-SHA256 (RFC 5869) of `secret`, with the label as info. Fills `out`, at most 8,160 bytes.
pub fn expand(secret: &[u8], info: &[&[u8]], out: &mut [u8]) {
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let key = hkdf::Salt::new(hkdf::HKDF_SHA256, b"loke").extract(secret);
    // Both steps fail only above 255 × 32 bytes. No caller asks for more than 32.
    let filled = key
        .expand(info, Length(out.len()))
        .and_then(|okm| okm.fill(out));
    debug_assert!(filled.is_ok());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_token_gives_the_same_receipt_and_another_gives_another() {
        let receipt = Receipt::derive(&[7; 32], b"token");
        assert_eq!(receipt, Receipt::derive(&[7; 32], b"token"));
        assert_ne!(receipt, Receipt::derive(&[7; 32], b"other"));
        assert_ne!(receipt, Receipt::derive(&[8; 32], b"token"));
    }

    #[test]
    fn a_receipt_reads_back_as_it_is_written_down() {
        for n in 0..200_u32 {
            let receipt = Receipt::derive(&[1; 32], &n.to_le_bytes());
            assert_eq!(
                Receipt::parse(&receipt.groups().join(" ")),
                Ok(receipt.clone())
            );
            let arabic: String = receipt
                .0
                .chars()
                .filter_map(|c| char::from_u32(u32::from(c) - 0x30 + 0x660))
                .collect();
            assert_eq!(Receipt::parse(&arabic), Ok(receipt));
        }
    }

    #[test]
    fn a_receipt_is_read_however_it_was_pasted() {
        let receipt = Receipt::derive(&[1; 32], b"x");
        let digits = receipt.0.as_str();
        let in_script = |zero: u32| {
            digits
                .bytes()
                .filter_map(|b| char::from_u32(zero + u32::from(b - b'0')))
                .collect::<String>()
        };
        let grouped = |by: usize, separator: &str| {
            digits
                .as_bytes()
                .chunks(by)
                .map(String::from_utf8_lossy)
                .collect::<Vec<_>>()
                .join(separator)
        };
        let mut pasted = vec![
            format!("\u{feff}\u{2066}{digits}\u{2069}"),
            format!("\u{200f}{}\u{200e}\n", grouped(4, "\u{200f} \u{200e}")),
        ];
        for separator in [
            "\u{a0}", "\u{202f}", "\u{3000}", "\u{2011}", "\u{2013}", "\u{2212}", "\t", "\r\n",
            " / ", "\u{b7}", "\u{60c}", "\u{ad}", "\u{200b}", "\u{fe0f}", ") (",
        ] {
            pasted.extend([1, 3, 4, 7, 14].map(|by| grouped(by, separator)));
        }
        // Arabic-Indic, Persian, Bengali, Devanagari, Burmese, full-width, bold, Adlam.
        pasted
            .extend([0x660, 0x6f0, 0x9e6, 0x966, 0x1040, 0xff10, 0x1d7ce, 0x1e950].map(in_script));
        for typed in pasted {
            assert_eq!(Receipt::parse(&typed), Ok(receipt.clone()), "{typed:?}");
        }
        for typed in [
            format!("{digits}0"),
            format!("{digits}x"),
            digits.replacen('0', "O", 1),
            format!("{}²", &digits[1..]),
        ] {
            assert!(Receipt::parse(&typed).is_err(), "{typed:?}: the control");
        }
    }

    #[test]
    fn every_wrong_digit_and_every_swapped_pair_is_noticed() {
        let digits: Vec<char> = Receipt::derive(&[1; 32], b"x").0.chars().collect();
        for i in 0..DIGITS {
            for wrong in '0'..='9' {
                let mut typed = digits.clone();
                typed[i] = wrong;
                assert_eq!(
                    Receipt::parse(&String::from_iter(&typed)).is_ok(),
                    typed == digits
                );
            }
            let mut swapped = digits.clone();
            swapped.swap(i, (i + 1) % DIGITS);
            if i + 1 < DIGITS {
                assert_eq!(
                    Receipt::parse(&String::from_iter(&swapped)).is_ok(),
                    swapped == digits
                );
            }
        }
    }
}
