//! The build tag: marks a report that `loke-gateway prove` sends. Making one needs the gateway's
//! MAC key. The desk has that key from its enrolment: it drops the report and logs it. No text that
//! a resident can write may pass as a build tag.

use ring::hmac;

use crate::random::{self, NoRandomness};
use crate::seal::MacKey;

/// Prefix of a tagged report's text.
const BEGINS: &str = "loke prove ";
/// Prefix of the message that the HMAC covers; the random bytes follow.
const LABEL: &[u8] = b"loke prove 1";

/// Makes a build tag: `loke prove`, 16 random bytes and their HMAC-SHA256 (RFC 2104), both in hex.
///
/// # Errors
/// If the operating system returns no random bytes.
pub fn make(key: &MacKey) -> Result<String, NoRandomness> {
    let nonce = random::bytes::<16>()?;
    let tag = hmac::sign(&key.key(), &message(&nonce));
    Ok(format!(
        "{BEGINS}{} {}",
        hex::encode(nonce),
        hex::encode(tag)
    ))
}

/// Whether a report's text begins with a build tag of this key. Runs in constant time.
#[must_use]
pub fn holds(key: &MacKey, text: &str) -> bool {
    let mut words = text
        .strip_prefix(BEGINS)
        .unwrap_or_default()
        .split_whitespace()
        .map(hex::decode);
    match (words.next(), words.next()) {
        (Some(Ok(nonce)), Some(Ok(tag))) => {
            nonce.len() == 16 && hmac::verify(&key.key(), &message(&nonce), &tag).is_ok()
        }
        _ => false,
    }
}

fn message(nonce: &[u8]) -> Vec<u8> {
    [LABEL, nonce].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_holds_for_its_own_key_and_nothing_else_does() {
        let key = MacKey::random().unwrap();
        let mark = make(&key).unwrap();
        assert!(holds(&key, &mark) && holds(&key, &format!("{mark}\nand more")));
        assert!(!holds(&MacKey::random().unwrap(), &mark));
        for text in [
            "",
            "loke prove",
            "loke prove 00 00",
            "They deal in the yard",
            &mark[1..],
            &mark[..mark.len() - 2],
            &mark.replace("prove ", "prove 0"),
        ] {
            assert!(!holds(&key, text), "{text}");
        }
    }
}
