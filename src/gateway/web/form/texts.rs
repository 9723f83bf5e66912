//! Texts of a form on their way in: each is cut alike, and so are all together, by whatever way
//! they come.

use zeroize::Zeroizing;

/// Bytes of one text that are kept; the rest is read and dropped.
const TEXT_KEPT: usize = 32 << 10;
/// Bytes that each text may have of its own: as many as the longest that can be sent.
const OWN: usize = 8 << 10;
/// Bytes that all texts of a form may have together beyond their own. It bounds a page that has
/// them all on it, each letter as five.
const SHARED: usize = 32 << 10;

/// How much is left for the texts of one form.
pub(super) struct Texts {
    shared: usize,
}

impl Default for Texts {
    fn default() -> Self {
        Self { shared: SHARED }
    }
}

/// One text as bytes. Wiped on drop.
#[derive(Default)]
pub(super) struct Text {
    bytes: Zeroizing<Vec<u8>>,
    cut: bool,
}

impl Text {
    /// Appends as much as is kept.
    pub(super) fn push(&mut self, piece: &[u8], texts: &mut Texts) {
        let had = self.bytes.len().max(OWN);
        self.push_at_most(piece, TEXT_KEPT.min(had + texts.shared));
        texts.shared -= self.bytes.len().max(OWN) - had;
    }

    /// Appends until the text has so many bytes, without leaving an unwiped copy behind.
    pub(super) fn push_at_most(&mut self, piece: &[u8], most: usize) {
        let part = piece
            .get(..most.saturating_sub(self.bytes.len()))
            .unwrap_or(piece);
        let wanted = self.bytes.len() + part.len();
        if self.bytes.capacity() < wanted {
            let mut larger = Zeroizing::new(Vec::with_capacity(wanted.next_power_of_two().max(64)));
            larger.extend_from_slice(&self.bytes);
            std::mem::swap(&mut self.bytes, &mut larger);
        }
        self.bytes.extend_from_slice(part);
        self.cut |= part.len() < piece.len();
    }

    /// Whether some of it was dropped.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// The text, bytes that are no UTF-8 shown as such. A letter that was cut in two is dropped.
    pub(super) fn into_string(self) -> String {
        let whole = match std::str::from_utf8(&self.bytes) {
            Err(wrong) if self.cut && wrong.error_len().is_none() => {
                self.bytes.get(..wrong.valid_up_to())
            }
            _ => None,
        };
        String::from_utf8_lossy(whole.unwrap_or(&self.bytes)).into_owned()
    }
}
