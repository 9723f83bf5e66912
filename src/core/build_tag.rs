//! The mark of a report that `loke-gateway prove` sends: only who has the gateway's MAC key can
//! make one, and the desk knows that key from its enrolment, drops the report and notes it. It must
//! never hold for anything that a resident could write.

use ring::hmac;

use crate::random::{self, NoRandomness};
use crate::seal::MacKey;

/// What a marked report's text begins with.
const BEGINS: &str = "loke prove ";
/// What the tag is over, before the random part.
const LABEL: &[u8] = b"loke prove 1";

/// A new mark: `loke prove`, 16 random bytes, HMAC-SHA256 (RFC 2104) over them, both in hex.
///
/// # Errors
/// Where the operating system has no random bytes.
pub fn make(key: &MacKey) -> Result<String, NoRandomness> {
    let nonce = random::bytes::<16>()?;
    let tag = hmac::sign(&key.key(), &message(&nonce));
    Ok(format!(
        "{BEGINS}{} {}",
        hex::encode(nonce),
        hex::encode(tag)
    ))
}

/// Whether a report's text begins with a mark of this key. Constant time.
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
