//! One-time codes of a phone or a hardware token (TOTP: RFC 6238, SHA-1, six digits, 30 seconds,
//! one step earlier or later accepted).

use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use super::Error;
use loke_core::random;

/// Bytes of a secret (RFC 4226 §4 recommends 160 bits).
const BYTES: usize = 20;

/// The secret that an account shares with its phone. Zeroized on drop; `Debug` prints none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeSecret(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for CodeSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeSecret(…)")
    }
}

impl CodeSecret {
    /// A new random secret.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn random() -> Result<Self, Error> {
        Ok(Self(Zeroizing::new(random::bytes::<BYTES>()?.to_vec())))
    }

    /// A secret from its bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The secret's bytes, for the register.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The secret as a person types it into a phone: base32 (RFC 4648).
    #[must_use]
    pub fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(Secret::from(self.0.to_vec()).to_base32())
    }

    /// The same in groups of four, for a page.
    #[must_use]
    pub fn in_fours(&self) -> Vec<String> {
        let base32 = self.base32();
        let characters: Vec<char> = base32.chars().collect();
        characters.chunks(4).map(String::from_iter).collect()
    }

    /// The step of the code that `typed` is at `now` (seconds since 1970-01-01 UTC); `None` if it
    /// is not a code of now. Spaces do not count. A caller must refuse a step that was used.
    #[must_use]
    pub fn step_of(&self, typed: &str, now: i64) -> Option<i64> {
        let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        let now = u64::try_from(now).ok()?;
        let step = self.totp()?.check(&typed, now)?;
        i64::try_from(step).ok()
    }

    /// The code at `now` (seconds since 1970-01-01 UTC).
    #[must_use]
    pub fn code(&self, now: i64) -> Option<String> {
        let code = self.totp()?.generate(u64::try_from(now).ok()?);
        Some(code.to_string())
    }

    fn totp(&self) -> Option<Totp> {
        Builder::new().with_secret(self.0.to_vec()).build().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: SHA-1, the last six digits.
    #[test]
    fn the_codes_are_those_of_the_rfc() {
        let secret = CodeSecret::new(b"12345678901234567890".to_vec());
        for (now, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code(now).as_deref(), Some(code));
            assert_eq!(secret.step_of(code, now), Some(now / 30));
            assert_eq!(secret.step_of(code, now + 30), Some(now / 30));
            assert_eq!(secret.step_of(code, now + 90), None, "an old code");
        }
        assert_eq!(secret.base32().as_str(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(secret.step_of("287 082", 59), Some(1));
        assert_eq!(secret.step_of("", 59), None);
        assert_eq!(secret.step_of("28708", 59), None);
    }
}
