//! Printed one-time codes, for a person without a phone: each works once, in place of the six digits.
//! The register stores them hashed (ASVS 6.5.2), and is encrypted itself.

use std::num::NonZeroU32;

use ring::pbkdf2;
use zeroize::Zeroizing;

use super::Error;
use loke_core::random;

/// Codes on one list.
pub const ON_A_LIST: usize = 30;
/// Digits of a code: 40 bits. The page slows guesses.
const DIGITS: usize = 12;
/// Iterations for HMAC-SHA512 (OWASP Password Storage Cheat Sheet).
const ITERATIONS: u32 = 210_000;
/// Bytes of a salt.
const SALT: usize = 16;
/// Bytes of a digest.
const DIGEST: usize = 64;

/// A code of twelve digits. Zeroized on drop; `Debug` prints none of it.
pub struct PrintedCode(Zeroizing<String>);

impl std::fmt::Debug for PrintedCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrintedCode(…)")
    }
}

impl PrintedCode {
    /// A new random code.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn random() -> Result<Self, Error> {
        let number = random::below(10_u64.pow(DIGITS as u32))?;
        Ok(Self(Zeroizing::new(format!("{number:0DIGITS$}"))))
    }

    /// The code that a person typed. Spaces and hyphens do not count. `None` if it cannot be one.
    #[must_use]
    pub fn typed(text: &str) -> Option<Self> {
        let digits: Zeroizing<String> = Zeroizing::new(
            text.chars()
                .filter(|c| !c.is_whitespace() && *c != '-')
                .take(DIGITS + 1)
                .collect(),
        );
        let fits = digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
        fits.then_some(Self(digits))
    }

    /// The code in groups of four, for the list.
    #[must_use]
    pub fn groups(&self) -> Zeroizing<String> {
        let mut out = Zeroizing::new(String::with_capacity(DIGITS + 2));
        for (at, digit) in self.0.chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                out.push(' ');
            }
            out.push(digit);
        }
        out
    }

    /// What the register stores of it.
    #[must_use]
    pub fn digest(&self, salt: &CodeSalt) -> [u8; DIGEST] {
        let mut digest = [0; DIGEST];
        let iterations = NonZeroU32::new(ITERATIONS).unwrap_or(NonZeroU32::MIN);
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA512;
        pbkdf2::derive(
            algorithm,
            iterations,
            &salt.0,
            self.0.as_bytes(),
            &mut digest,
        );
        digest
    }
}

/// The salt of one list.
#[derive(Clone)]
pub struct CodeSalt(Vec<u8>);

impl CodeSalt {
    /// A new random salt.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn random() -> Result<Self, Error> {
        Ok(Self(random::bytes::<SALT>()?.to_vec()))
    }

    /// A salt from the register.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Its bytes, for the register.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_printed_and_no_other_text_is_one() {
        let code = PrintedCode::random().unwrap();
        let shown = code.groups();
        assert_eq!(shown.len(), DIGITS + 2);
        for text in [
            shown.to_string(),
            shown.replace(' ', "-"),
            shown.replace(' ', ""),
        ] {
            assert_eq!(*PrintedCode::typed(&text).unwrap().groups(), *shown);
        }
        for text in [
            "",
            "123456",
            "1234 5678 901",
            "1234 5678 9012 3",
            "1234 5678 901x",
        ] {
            assert!(PrintedCode::typed(text).is_none(), "{text}");
        }
        assert!(PrintedCode::typed(&"1".repeat(1 << 20)).is_none());
    }

    #[test]
    fn a_digest_needs_its_code_and_its_salt() {
        let (code, salt) = (PrintedCode::random().unwrap(), CodeSalt::random().unwrap());
        let digest = code.digest(&salt);
        assert_eq!(code.digest(&salt), digest, "the control");
        assert_ne!(code.digest(&CodeSalt::random().unwrap()), digest);
        assert_ne!(PrintedCode::random().unwrap().digest(&salt), digest);
    }
}
