//! Reply rows: what a gateway keeps of the replies to residents. A row has a name and sealed bytes.
//! The name follows from the reply box and the day, so that no name lives longer than a day, and
//! all rows have one size. An empty row is random bytes under a random name: nobody without the
//! receipt can tell it from a reply.

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use ring::aead::{Aad, Nonce};

use crate::clock::Day;
pub use crate::pickup::{ROW_SEALED, RowName};
use crate::random::{self, NoRandomness};
use crate::receipt::{ReplyBox, ReplyKey, expand};
use crate::seal::MacKey;
use crate::tip::Lane;

/// Longest reply, in bytes of UTF-8 as the page shows it: see [`fits`].
pub const REPLY_MAX: usize = 1_500;
/// Rows of one box: the newest reply, and at most seven older ones.
pub const LETTERS: u8 = 8;
/// Days that a row can be found: today and those before. A book that nobody opens keeps its rows.
pub const LOOK_BACK: i32 = 14;
/// Rows of a book that a gateway overwrites in each hour, so that "forget" changes no more.
pub const COVER: u8 = 6;
/// Hours after a replacement for which a book has such rows, if it has enough empty ones.
pub const COVER_HOURS: i64 = 72;

const NONCE: usize = 12;
const TAG: usize = 16;
const PLAIN: usize = ROW_SEALED - NONCE - TAG;

crate::words! {
    /// The way of a tip as a resident sees it. It names neither partner nor topic.
    Stage {
        /// The desk has it.
        Received = "received",
        /// A person has read it.
        Read = "read",
        /// It was passed on.
        PassedOn = "passed on",
        /// Nothing is still to happen.
        Finished = "finished",
    }
}

/// The key that an answer is sealed to, and the lane under which it is queued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerTo {
    /// A public key (`age1…`).
    pub recipient: String,
    /// The lane of the tip that the reply belongs to.
    pub lane: Lane,
}

/// One row of a box, opened. Its text is zeroized on drop.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Letter {
    /// How far the tip is.
    pub stage: Stage,
    /// The key that can open an answer.
    #[zeroize(skip)]
    pub answer_to: Option<AnswerTo>,
    /// How many older replies the box has.
    pub older: u8,
    /// The day of the reply, or of the stage if there is no text.
    #[zeroize(skip)]
    pub day: Day,
    /// The reply. Empty if there is only a stage.
    pub text: String,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Letter(…)")
    }
}

/// The JSON before the text.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    stage: Stage,
    answer_to: Option<AnswerTo>,
    older: u8,
    day: Day,
}

/// Whether a reply is short enough. The resident's page has one size, so the five characters that
/// HTML escapes count five bytes each.
#[must_use]
pub fn fits(text: &str) -> bool {
    let escaped = text.bytes().filter(|byte| b"&<>\"'".contains(byte)).count();
    text.len() + 4 * escaped <= REPLY_MAX
}

impl ReplyBox {
    /// The name of this box's row on a day. Letter 0 is the newest reply with the stage; the others
    /// are older replies.
    #[must_use]
    pub fn row(&self, day: Day, letter: u8) -> RowName {
        let mut name = [0; 16];
        let day = day.0.to_le_bytes();
        expand(
            self.expose(),
            &[b"loke reply row 1", &day, &[letter]],
            &mut name,
        );
        RowName(name)
    }
}

/// The name of an empty row that the gateway overwrites in this hour (since 1970-01-01 UTC). Only a
/// holder of the queue's MAC key can tell it from another name.
#[must_use]
pub fn cover_row(
    key: &MacKey,
    book: &[u8; 16],
    replaced_on: Day,
    hour: i64,
    number: u8,
) -> RowName {
    let mut name = [0; 16];
    let (day, hour) = (replaced_on.0.to_le_bytes(), hour.to_le_bytes());
    expand(
        key.expose(),
        &[b"loke cover row 1", book, &day, &hour, &[number]],
        &mut name,
    );
    RowName(name)
}

/// The names of [`cover_row`] for the hours after `now`, in their order.
#[must_use]
pub fn cover_rows(key: &MacKey, book: &[u8; 16], replaced_on: Day, now: i64) -> Vec<RowName> {
    let hour = now.div_euclid(3_600);
    (hour..hour + COVER_HOURS)
        .flat_map(|hour| (0..COVER).map(move |number| (hour, number)))
        .map(|(hour, number)| cover_row(key, book, replaced_on, hour, number))
        .collect()
}

impl ReplyKey {
    /// Seals a letter with ChaCha20-Poly1305 (RFC 8439), a random nonce and the row's name as
    /// associated data, padded to one size. `None` if the text is too long ([`fits`]).
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn seal_row(
        &self,
        name: RowName,
        letter: &Letter,
    ) -> Result<Option<Vec<u8>>, NoRandomness> {
        let nonce: [u8; NONCE] = random::bytes()?;
        let Some(mut plain) = pack(letter) else {
            return Ok(None);
        };
        let Some(key) = self.cipher() else {
            return Ok(None);
        };
        let nonce_of_row = Nonce::assume_unique_for_key(nonce);
        let tag = key.seal_in_place_separate_tag(nonce_of_row, Aad::from(name.0), &mut plain);
        Ok(tag
            .ok()
            .map(|tag| [nonce.as_slice(), &plain, tag.as_ref()].concat()))
    }

    /// Opens a row. `None` if it was not sealed with this key under this name.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the gateway opens a reply only with the receipt that the resident typed"
    )]
    pub fn open_row(&self, name: RowName, sealed: &[u8]) -> Option<Letter> {
        if sealed.len() != ROW_SEALED {
            return None;
        }
        let (nonce, rest) = sealed.split_at_checked(NONCE)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut rest = Zeroizing::new(rest.to_vec());
        let plain = self
            .cipher()?
            .open_in_place(nonce, Aad::from(name.0), &mut rest)
            .ok()?;
        unpack(plain)
    }
}

/// Header and text, each after its length, and zeros up to the one size.
fn pack(letter: &Letter) -> Option<Zeroizing<Vec<u8>>> {
    if !fits(&letter.text) {
        return None;
    }
    let header = serde_json::to_vec(&Header {
        stage: letter.stage,
        answer_to: letter.answer_to.clone(),
        older: letter.older,
        day: letter.day,
    })
    .ok()?;
    let mut plain = Zeroizing::new(Vec::with_capacity(PLAIN));
    for part in [header.as_slice(), letter.text.as_bytes()] {
        plain.extend_from_slice(&u16::try_from(part.len()).ok()?.to_le_bytes());
        plain.extend_from_slice(part);
    }
    if plain.len() > PLAIN {
        return None;
    }
    plain.resize(PLAIN, 0);
    Some(plain)
}

fn unpack(plain: &[u8]) -> Option<Letter> {
    let (header, rest) = take(plain)?;
    let (text, _) = take(rest)?;
    let Header {
        stage,
        answer_to,
        older,
        day,
    } = serde_json::from_slice(header).ok()?;
    Some(Letter {
        stage,
        answer_to,
        older,
        day,
        text: std::str::from_utf8(text).ok()?.to_owned(),
    })
}

/// The part after its length, and the rest.
fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receipt::Receipt;

    const DAY: Day = Day(20_780);

    fn letter(text: &str) -> Letter {
        Letter {
            stage: Stage::PassedOn,
            answer_to: Some(AnswerTo {
                recipient: format!("age1{}", "q".repeat(58)),
                lane: Lane::Safeguarding,
            }),
            older: 7,
            day: DAY,
            text: text.to_owned(),
        }
    }

    #[test]
    fn p5_a_row_opens_with_its_own_receipt_and_name_only_and_all_have_one_size() {
        let (mine, other) = (
            Receipt::derive(&[1; 32], b"a"),
            Receipt::derive(&[1; 32], b"b"),
        );
        let name = mine.reply_box().row(DAY, 0);
        let longest = "é".repeat(REPLY_MAX / 2);
        for text in ["", "Thank you. 谢谢\nSecond line", &longest] {
            let sealed = mine
                .reply_key()
                .seal_row(name, &letter(text))
                .unwrap()
                .unwrap();
            assert_eq!(sealed.len(), ROW_SEALED);
            assert_eq!(
                mine.reply_key().open_row(name, &sealed),
                Some(letter(text)),
                "{text}"
            );
            assert!(other.reply_key().open_row(name, &sealed).is_none());
            let elsewhere = mine.reply_box().row(DAY.plus(1), 0);
            assert!(mine.reply_key().open_row(elsewhere, &sealed).is_none());
            for cut in [0, 11, ROW_SEALED - 1] {
                assert!(mine.reply_key().open_row(name, &sealed[..cut]).is_none());
            }
        }
    }

    #[test]
    fn p4_a_reply_that_the_page_cannot_show_in_its_one_size_is_not_sealed() {
        let receipt = Receipt::derive(&[1; 32], b"a");
        let name = receipt.reply_box().row(DAY, 0);
        let seal = |text: &str| receipt.reply_key().seal_row(name, &letter(text)).unwrap();
        assert!(seal(&"x".repeat(REPLY_MAX)).is_some(), "the control");
        assert!(seal(&"&".repeat(REPLY_MAX / 5)).is_some());
        assert!(seal(&"x".repeat(REPLY_MAX + 1)).is_none());
        assert!(seal(&"&".repeat(REPLY_MAX / 5 + 1)).is_none());
    }

    #[test]
    fn p16_a_name_belongs_to_one_box_one_day_and_one_letter() {
        let mut names = std::collections::BTreeSet::new();
        for token in [b"a", b"b"] {
            let mine = Receipt::derive(&[1; 32], token).reply_box();
            for day in 0..LOOK_BACK {
                for letter in 0..=LETTERS {
                    assert!(names.insert(mine.row(DAY.plus(-day), letter)));
                }
            }
            assert_eq!(mine.row(DAY, 1), mine.row(DAY, 1), "the control");
        }
    }
}
