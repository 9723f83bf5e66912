//! The hidden field of the messages page: reply box and reply key, sealed under a key of this
//! process, for 30 minutes. So the digits are typed once and stand nowhere on the page. Nothing of
//! it is stored here.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;
use zeroize::Zeroizing;

use loke_core::random::{self, NoRandomness};
use loke_core::receipt::{Receipt, ReplyBox, ReplyKey};

/// Seconds that a page's field stays valid.
pub const LASTS: i64 = 30 * 60;

const NONCE: usize = 12;
const PAGE: usize = 16;
const BOX: usize = 16;
const KEY: usize = 32;
const PLAIN: usize = PAGE + BOX + KEY + 8;

/// The keys of this process.
pub struct Visits {
    seal: LessSafeKey,
    once: hmac::Key,
}

/// A box that is open on one page.
pub struct Visit {
    /// The page: what is sent twice from it is one tip. Zeros for the page of the digits.
    page: [u8; PAGE],
    /// The reply box.
    pub reply_box: ReplyBox,
    /// The reply key.
    pub reply_key: ReplyKey,
}

impl Visits {
    /// New random keys.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn new() -> Result<Self, NoRandomness> {
        let key = Zeroizing::new(random::bytes::<KEY>()?);
        let seal = UnboundKey::new(&CHACHA20_POLY1305, &*key).map_err(|_| NoRandomness)?;
        let once = Zeroizing::new(random::bytes::<KEY>()?);
        Ok(Self {
            seal: LessSafeKey::new(seal),
            once: hmac::Key::new(hmac::HMAC_SHA256, &*once),
        })
    }

    /// The field's value. `None` if the operating system returns no random bytes.
    #[must_use]
    pub fn seal(&self, visit: &Visit, now: i64) -> Option<Zeroizing<String>> {
        let nonce: [u8; NONCE] = random::bytes().ok()?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(NONCE + PLAIN + 16));
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&visit.page);
        bytes.extend_from_slice(visit.reply_box.expose());
        bytes.extend_from_slice(visit.reply_key.expose());
        bytes.extend_from_slice(&now.to_le_bytes());
        let plain = bytes.get_mut(NONCE..)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .seal
            .seal_in_place_separate_tag(nonce, Aad::empty(), plain)
            .ok()?;
        bytes.extend_from_slice(tag.as_ref());
        Some(Zeroizing::new(URL_SAFE_NO_PAD.encode(&*bytes)))
    }

    /// Opens a field. `None` if it was not sealed here, or more than [`LASTS`] ago.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the field holds what the resident typed on the page before"
    )]
    pub fn open(&self, field: &str, now: i64) -> Option<Visit> {
        let mut bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(field).ok()?);
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let plain = self.seal.open_in_place(nonce, Aad::empty(), sealed).ok()?;
        let (page, rest) = plain.split_first_chunk::<PAGE>()?;
        let (reply_box, rest) = rest.split_first_chunk::<BOX>()?;
        let (reply_key, made) = rest.split_first_chunk::<KEY>()?;
        let made = i64::from_le_bytes(*made.first_chunk()?);
        (0..=LASTS).contains(&(now - made)).then(|| Visit {
            page: *page,
            reply_box: ReplyBox::new(*reply_box),
            reply_key: ReplyKey::new(*reply_key),
        })
    }

    /// The value by which the queue knows a repeat of what this page sends.
    #[must_use]
    pub fn once(&self, visit: &Visit, parts: &[&[u8]]) -> [u8; 16] {
        let mut content = hmac::Context::with_key(&self.once);
        for part in [visit.page.as_slice(), visit.reply_box.expose()]
            .iter()
            .chain(parts)
        {
            content.update(&(part.len() as u64).to_le_bytes());
            content.update(part);
        }
        let mut once = [0; 16];
        let tag = content.sign();
        once.iter_mut()
            .zip(tag.as_ref())
            .for_each(|(to, from)| *to = *from);
        once
    }
}

impl Visit {
    /// The visit of somebody who typed this receipt.
    #[must_use]
    pub fn new(receipt: &Receipt) -> Self {
        Self {
            page: [0; PAGE],
            reply_box: receipt.reply_box(),
            reply_key: receipt.reply_key(),
        }
    }

    /// Makes it the same box on the next page. A page that repeats unsent words keeps its own name.
    pub fn turn(&mut self) {
        self.page = random::bytes().unwrap_or(self.page);
    }
}

impl fmt::Debug for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Visit(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_348_800;

    #[test]
    fn p5_the_hidden_field_opens_here_only_unchanged_and_for_half_an_hour() {
        let visits = Visits::new().unwrap();
        let receipt = Receipt::derive(&[1; 32], b"a");
        let field = visits.seal(&Visit::new(&receipt), NOW).unwrap();
        let open = |at| visits.open(&field, at);
        let opened = open(NOW + LASTS).unwrap();
        assert_eq!(opened.reply_box, receipt.reply_box());
        assert_eq!(opened.reply_key.expose(), receipt.reply_key().expose());
        assert!(open(NOW + LASTS + 1).is_none() && open(NOW - 1).is_none());
        assert!(Visits::new().unwrap().open(&field, NOW).is_none());
        for at in 0..field.len() {
            let mut forged = field.as_bytes().to_vec();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(visits.open(&forged, NOW).is_none(), "{at}");
        }
        for no_field in ["", "A", "é", "AAAAAAAAAAAAAAAAAAAA"] {
            assert!(visits.open(no_field, NOW).is_none());
        }
        let again = visits.seal(&Visit::new(&receipt), NOW).unwrap();
        assert_ne!(*field, *again, "two fields of one box do not match");
    }

    #[test]
    fn p6_one_page_sends_the_same_words_once() {
        let visits = Visits::new().unwrap();
        let visit = |token: &[u8]| Visit::new(&Receipt::derive(&[1; 32], token));
        let (mut page, mut other) = (visit(b"a"), visit(b"a"));
        page.turn();
        other.turn();
        let known = [
            visits.once(&page, &[b"a", b"bc"]),
            visits.once(&page, &[b"ab", b"c"]),
            visits.once(&other, &[b"a", b"bc"]),
            visits.once(&visit(b"b"), &[b"a", b"bc"]),
        ];
        assert_eq!(known[0], visits.once(&page, &[b"a", b"bc"]), "the control");
        let distinct: std::collections::BTreeSet<_> = known.iter().collect();
        assert_eq!(distinct.len(), known.len());
    }
}
