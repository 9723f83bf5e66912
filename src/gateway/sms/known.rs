//! The values that identify a text. Each is a keyed hash of the provider's id of the text, under
//! its own label, so that none can be derived from another. The key is of one day and is then
//! destroyed: see `keys`.

use ring::hmac;
use zeroize::Zeroizing;

use crate::providers::provider::Received;
use loke_core::receipt::Receipt;
use loke_core::zeroing_alloc::scrub_stack;

/// The keys that identify the texts of one day.
pub(super) struct Known {
    once: hmac::Key,
    receipt_id: hmac::Key,
    thread: hmac::Key,
    turn: hmac::Key,
    receipt: Zeroizing<[u8; 32]>,
}

/// A piece of a text that becomes one tip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// From 0.
    pub(super) number: usize,
    /// Whether it is the last piece. The text counts as stored once this piece is, however many
    /// pieces it has.
    pub(super) is_last: bool,
    /// Whether every part of the message could be read. If not, the message is stored again once
    /// all can be read.
    pub(super) is_whole: bool,
}

impl Piece {
    /// The first piece of a text in several, and the last of any text. Look a text up by these.
    pub(super) const FIRST: Self = Self {
        number: 0,
        is_last: false,
        is_whole: true,
    };
    pub(super) const LAST: Self = Self {
        number: 0,
        is_last: true,
        is_whole: true,
    };

    pub(super) fn unread(self) -> Self {
        Self {
            is_whole: false,
            ..self
        }
    }

    /// A number that no other piece of the text has.
    fn code(self) -> u64 {
        let code = if self.is_last {
            0
        } else {
            self.number as u64 + 1
        };
        if self.is_whole {
            code
        } else {
            code | (1 << 32)
        }
    }
}

impl Known {
    /// Derives the keys from this key.
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let under = hmac::Key::new(hmac::HMAC_SHA256, key);
        let derive = |label: &[u8]| hmac::sign(&under, label);
        let mut receipt = Zeroizing::new([0; 32]);
        receipt
            .iter_mut()
            .zip(derive(b"loke sms receipt 1").as_ref())
            .for_each(|(to, from)| *to = *from);
        let key_of = |label: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, derive(label).as_ref());
        let (once, receipt_id) = (key_of(b"loke sms once 1"), key_of(b"loke sms receipt id 1"));
        Self {
            once,
            receipt_id,
            thread: key_of(b"loke sms thread 1"),
            turn: key_of(b"loke sms turn 1"),
            receipt,
        }
    }

    /// The value that identifies a piece of a text in the queue.
    pub(super) fn once(&self, provider: &str, text: &Received, piece: Piece) -> [u8; 16] {
        value(&self.once, provider, text, piece.code())
    }

    /// The receipt of a text: the same each time that the text comes. It does not depend on what
    /// the queue stores, so nobody can compute a receipt from the folder and the queue and read the
    /// reply of staff with it.
    pub(super) fn receipt(&self, provider: &str, text: &Received) -> Receipt {
        Receipt::derive(
            &self.receipt,
            &*Zeroizing::new(value(&self.receipt_id, provider, text, 0)),
        )
    }

    /// The thread of a text in several parts without a sender: the same for a part that a later
    /// attempt stores.
    pub(super) fn thread(&self, provider: &str, text: &Received) -> String {
        hex::encode(value(&self.thread, provider, text, 0))
    }

    /// The value that identifies a text while it is in progress. It is never stored.
    pub(super) fn turn(&self, provider: &str, text: &Received) -> [u8; 16] {
        value(&self.turn, provider, text, 0)
    }
}

/// A keyed hash of the provider's id of a text; without an id, of sender, words and media.
fn value(key: &hmac::Key, provider: &str, text: &Received, code: u64) -> [u8; 16] {
    let sender = text.sender.as_deref().map_or("", String::as_str);
    let mut pieces = vec![provider];
    if text.id.is_empty() {
        pieces.extend([sender, text.words.as_str()]);
        pieces.extend(text.media.iter().map(|media| media.url.as_str()));
    } else {
        pieces.push(&text.id);
    }
    let value = hash(key, &pieces, code);
    scrub_stack();
    value
}

/// A hash of these pieces, each preceded by its length. It is a separate function so that the
/// caller can scrub the stack where its input was.
#[inline(never)]
fn hash(key: &hmac::Key, pieces: &[&str], code: u64) -> [u8; 16] {
    let mut context = hmac::Context::with_key(key);
    for piece in pieces {
        context.update(&(piece.len() as u64).to_le_bytes());
        context.update(piece.as_bytes());
    }
    context.update(&code.to_le_bytes());
    let mut value = [0; 16];
    value
        .iter_mut()
        .zip(context.sign().as_ref())
        .for_each(|(v, b)| *v = *b);
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::provider::Media;

    fn text(id: &str, sender: &str, words: &str) -> Received {
        let whole = |text: &str| Zeroizing::new(text.to_owned());
        Received {
            id: whole(id),
            sender: Some(whole(sender)),
            words: whole(words),
            media: Vec::new(),
        }
    }

    #[test]
    fn p5_a_receipt_does_not_follow_from_what_the_queue_stores() {
        let known = Known::new(&[7; 32]);
        for text in [
            text("SM1", "+447700900123", "they deal here"),
            text("", "", "they deal here"),
        ] {
            let receipt = known.receipt("twilio", &text);
            assert!(
                receipt == known.receipt("twilio", &text),
                "a repeat has the same"
            );
            let stored = known.once("twilio", &text, Piece::LAST);
            assert_ne!(
                known.thread("twilio", &text),
                hex::encode(stored),
                "nor does the thread"
            );
            assert!(
                receipt != Receipt::derive(&known.receipt, &stored),
                "it is that of the stored value"
            );
            // The control: it can be derived from a value that is not stored.
            assert!(
                receipt
                    == Receipt::derive(
                        &known.receipt,
                        &value(&known.receipt_id, "twilio", &text, 0)
                    )
            );
        }
    }

    #[test]
    fn two_texts_two_providers_and_two_pieces_are_never_known_by_one_value() {
        let known = Known::new(&[7; 32]);
        let second = Piece {
            number: 1,
            ..Piece::FIRST
        };
        let mut with_media = text("", "a", "b");
        with_media.media.push(Media {
            url: Zeroizing::new("https://m.example/1".to_owned()),
            kind: String::new(),
        });
        let values = [
            known.once("twilio", &with_media, Piece::LAST),
            known.once("twilio", &text("SM1", "a", "b"), Piece::LAST),
            known.once("twilio", &text("SM1", "a", "b"), Piece::FIRST),
            known.once("twilio", &text("SM1", "a", "b"), second),
            known.once("twilio", &text("SM1", "a", "b"), Piece::LAST.unread()),
            known.once("twilio", &text("SM1", "a", "b"), Piece::FIRST.unread()),
            known.once("twilio", &text("SM1", "a", "b"), second.unread()),
            known.once("twilio", &text("SM2", "a", "b"), Piece::LAST),
            known.once("telnyx", &text("SM1", "a", "b"), Piece::LAST),
            known.once("twilio", &text("", "a", "b"), Piece::LAST),
            known.once("twilio", &text("", "ab", ""), Piece::LAST),
        ];
        let different: std::collections::BTreeSet<_> = values.iter().collect();
        assert_eq!(different.len(), values.len());
        assert_eq!(
            values[1],
            known.once("twilio", &text("SM1", "c", "d"), Piece::LAST),
            "with an id, nothing else counts"
        );
        // However many pieces came before: the last piece marks the text as stored.
        assert_eq!(
            values[1],
            known.once(
                "twilio",
                &text("SM1", "a", "b"),
                Piece {
                    number: 7,
                    ..Piece::LAST
                }
            )
        );
        assert!(
            known.receipt("twilio", &text("SM1", "", ""))
                != Known::new(&[8; 32]).receipt("twilio", &text("SM1", "", ""))
        );
    }
}
