//! The form's token: signed by a key of this process, so that a form cannot be made up, a report sent twice is one report, and
//! a form that comes back faster than a person types is noticed. It names nobody, and it is never stored.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use zeroize::Zeroizing;

use crate::random::{self, NoRandomness};
use crate::receipt::Receipt;

/// Seconds that a form may lie open: a day, and longer than the 20 hours that WCAG 2.2.1 asks of a time limit.
const OPEN: i64 = 24 * 3_600;

/// The keys of this process. They are never written down: after a restart open forms get a fresh token.
pub struct Keys {
    sign: hmac::Key,
    receipt: Zeroizing<[u8; 32]>,
    once: hmac::Key,
}

/// A token that this process signed: 16 random bytes and the second it was made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token {
    nonce: [u8; 16],
    issued: u32,
}

impl Keys {
    /// New random keys.
    ///
    /// # Errors
    /// Where the operating system has no random bytes.
    pub fn new() -> Result<Self, NoRandomness> {
        let key = || random::bytes::<32>().map(|k| hmac::Key::new(hmac::HMAC_SHA256, &k));
        Ok(Self { sign: key()?, receipt: Zeroizing::new(random::bytes()?), once: key()? })
    }

    /// A new token as the form carries it: base64url of nonce, second and HMAC-SHA256.
    ///
    /// # Errors
    /// Where the operating system has no random bytes.
    pub fn issue(&self, now: i64) -> Result<String, NoRandomness> {
        let token = Token { nonce: random::bytes()?, issued: u32::try_from(now).unwrap_or(0) };
        Ok(self.write(token))
    }

    /// The token as the form carries it.
    #[must_use]
    pub fn write(&self, token: Token) -> String {
        let body = token.body();
        URL_SAFE_NO_PAD.encode([body.as_slice(), hmac::sign(&self.sign, &body).as_ref()].concat())
    }

    /// Checks a token that came back: none where it is missing, made up, from before a restart, or older than a day.
    #[must_use]
    pub fn check(&self, posted: &str, now: i64) -> Option<Token> {
        let raw = URL_SAFE_NO_PAD.decode(posted).ok()?;
        let (nonce, rest) = raw.split_first_chunk::<16>()?;
        let (issued, tag) = rest.split_first_chunk::<4>()?;
        let token = Token { nonce: *nonce, issued: u32::from_le_bytes(*issued) };
        hmac::verify(&self.sign, &token.body(), tag).ok()?;
        (0..=OPEN).contains(&token.age(now)).then_some(token)
    }

    /// The receipt that belongs to this form.
    #[must_use]
    pub fn receipt(&self, token: Token) -> Receipt {
        Receipt::derive(&self.receipt, &token.nonce)
    }

    /// The value by which the queue knows that this form was sent before.
    #[must_use]
    pub fn once(&self, token: Token) -> [u8; 16] {
        let mut value = [0; 16];
        value.iter_mut().zip(hmac::sign(&self.once, &token.nonce).as_ref()).for_each(|(v, b)| *v = *b);
        value
    }
}

impl Token {
    fn body(&self) -> Vec<u8> {
        [self.nonce.as_slice(), &self.issued.to_le_bytes()].concat()
    }

    /// Seconds since it was made.
    #[must_use]
    pub fn age(&self, now: i64) -> i64 {
        now - i64::from(self.issued)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_only_as_it_was_made_and_for_a_day() {
        let keys = Keys::new().unwrap();
        let text = keys.issue(1_000_000).unwrap();
        assert!(keys.check(&text, 1_000_010).is_some_and(|t| t.age(1_000_010) == 10));
        assert!(keys.check(&text, 1_000_000 + OPEN + 1).is_none());
        assert!(keys.check(&text, 999_999).is_none());
        assert!(Keys::new().unwrap().check(&text, 1_000_010).is_none());
        for i in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[i] = if forged[i] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(keys.check(&forged, 1_000_010).is_none(), "byte {i}");
        }
        assert!(keys.check("", 1_000_010).is_none());
    }
}
