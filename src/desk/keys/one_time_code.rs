//! One-time codes of a phone or a hardware token (TOTP: RFC 6238, six digits, one step earlier or later
//! accepted). A phone's are SHA-1 every 30 seconds. A token may have SHA-256, and a new code each minute.

use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use super::Error;
use super::token_seed::{self, BadSeed};
use loke_core::random;

/// Bytes of a secret (RFC 4226 §4 recommends 160 bits).
const BYTES: usize = 20;

loke_core::words! {
    /// The hash in a code.
    CodeHash {
        /// HMAC-SHA-1, as every phone has it.
        Sha1 = "sha1",
        /// HMAC-SHA-256.
        Sha256 = "sha256",
    }
}
loke_core::words! {
    /// The seconds of one code.
    CodeSeconds {
        /// Half a minute, as every phone has it.
        Thirty = "30",
        /// A minute.
        Sixty = "60",
    }
}

/// How codes are made of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CodeKind {
    /// The hash.
    pub hash: CodeHash,
    /// The seconds of one code.
    pub seconds: CodeSeconds,
}

impl CodeKind {
    /// Every kind that a token may have.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let hashes = CodeHash::ALL.iter();
        hashes.flat_map(|hash| {
            let seconds = CodeSeconds::ALL.iter();
            seconds.map(|seconds| Self {
                hash: *hash,
                seconds: *seconds,
            })
        })
    }
}

/// The secret that an account shares with its phone or token. Zeroized on drop; `Debug` prints none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeSecret {
    bytes: Zeroizing<Vec<u8>>,
    kind: CodeKind,
    /// Whether it is the factory seed of a hardware token.
    is_token: bool,
}

impl std::fmt::Debug for CodeSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeSecret(…)")
    }
}

impl CodeSecret {
    /// A new random secret for a phone.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn random() -> Result<Self, Error> {
        Ok(Self::new(random::bytes::<BYTES>()?.to_vec()))
    }

    /// The secret of a phone from its bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self::stored(bytes, CodeKind::default(), false)
    }

    /// A secret from the register.
    pub(crate) fn stored(bytes: Vec<u8>, kind: CodeKind, is_token: bool) -> Self {
        Self {
            bytes: Zeroizing::new(bytes),
            kind,
            is_token,
        }
    }

    /// The factory seed of a hardware token, as its maker printed it.
    ///
    /// # Errors
    /// [`BadSeed`].
    pub fn of_token(typed: &str, kind: CodeKind) -> Result<Self, BadSeed> {
        Ok(Self {
            bytes: token_seed::read(typed)?,
            kind,
            is_token: true,
        })
    }

    /// The secret's bytes, for the register.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.bytes
    }

    /// How its codes are made.
    #[must_use]
    pub const fn kind(&self) -> CodeKind {
        self.kind
    }

    /// Whether it is the factory seed of a hardware token.
    #[must_use]
    pub const fn is_token(&self) -> bool {
        self.is_token
    }

    /// The secret as a person types it into a phone: base32 (RFC 4648).
    #[must_use]
    pub fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(Secret::from(self.bytes.to_vec()).to_base32())
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
        let hash = match self.kind.hash {
            CodeHash::Sha1 => Algorithm::SHA1,
            CodeHash::Sha256 => Algorithm::SHA256,
        };
        let seconds = match self.kind.seconds {
            CodeSeconds::Thirty => 30,
            CodeSeconds::Sixty => 60,
        };
        let totp = Builder::new()
            .with_secret(self.bytes.to_vec())
            .with_algorithm(hash)
            .with_step_duration(seconds);
        totp.build().ok()
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

    /// RFC 6238, appendix B: SHA-1 and SHA-256, the last six digits. With codes of a minute the same number is
    /// there at twice the time.
    #[test]
    fn the_codes_of_a_token_are_those_of_the_rfc_for_each_hash_and_length() {
        let short = "3132333435363738393031323334353637383930";
        let long = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA====";
        for (now, sha1, sha256) in [
            (59, "287082", "119246"),
            (1_111_111_109, "081804", "084774"),
            (1_111_111_111, "050471", "062674"),
            (1_234_567_890, "005924", "819424"),
            (2_000_000_000, "279037", "698825"),
            (20_000_000_000, "353130", "737706"),
        ] {
            for kind in CodeKind::all() {
                let (seed, code) = match kind.hash {
                    CodeHash::Sha1 => (short, sha1),
                    CodeHash::Sha256 => (long, sha256),
                };
                let token = CodeSecret::of_token(seed, kind).unwrap();
                let now = match kind.seconds {
                    CodeSeconds::Thirty => now,
                    CodeSeconds::Sixty => now * 2,
                };
                assert_eq!(token.code(now).as_deref(), Some(code), "{kind:?} {now}");
                assert!(token.step_of(code, now).is_some() && token.is_token());
            }
        }
    }
}
