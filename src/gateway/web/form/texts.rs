//! Limits for the texts of a form while they arrive: for each text and for all together, the same
//! for both content types.

use zeroize::Zeroizing;

/// Bytes of one text that are stored. The rest is read and dropped.
const TEXT_KEPT: usize = 32 << 10;
/// Bytes that each text has for itself: as many as the longest text that can be sent.
const OWN: usize = 8 << 10;
/// Bytes that all texts of a form share beyond `OWN`. It bounds a page that shows them all with
/// five bytes for each character.
const SHARED: usize = 32 << 10;

/// How much is left for the texts of one form.
pub(super) struct TextBudget {
    shared: usize,
}

impl Default for TextBudget {
    fn default() -> Self {
        Self { shared: SHARED }
    }
}

/// One text as bytes. Zeroized on drop.
#[derive(Default)]
pub(super) struct Text {
    bytes: Zeroizing<Vec<u8>>,
    cut: bool,
}

impl Text {
    /// Appends a piece, up to the limits.
    pub(super) fn push(&mut self, piece: &[u8], texts: &mut TextBudget) {
        let had = self.bytes.len().max(OWN);
        self.push_at_most(piece, TEXT_KEPT.min(had + texts.shared));
        texts.shared -= self.bytes.len().max(OWN) - had;
    }

    /// Appends until the text has `most` bytes, without leaving a copy that is not zeroized.
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

    /// The text as UTF-8, with U+FFFD for invalid bytes. A character that was cut in two is
    /// dropped.
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
