//! A streaming parser for a form without photos (`application/x-www-form-urlencoded`, WHATWG URL).
//! It reads each byte once, and texts have the same limits as in a multipart form.

use super::multipart::MOST_PARTS;
use super::texts::{Text, TextBudget};

/// Bytes of a field's name that are stored: more than any of our names has.
const NAME: usize = 64;

/// A percent sign and the characters after it so far.
#[derive(Clone, Copy)]
enum Escape {
    None,
    Sign,
    Digit(u8),
}

/// Parses pairs of name and value.
pub(super) struct Pairs {
    name: Text,
    value: Option<Text>,
    escape: Escape,
    is_empty: bool,
    ended: usize,
}

impl Default for Pairs {
    fn default() -> Self {
        Self {
            name: Text::default(),
            value: None,
            escape: Escape::None,
            is_empty: true,
            ended: 0,
        }
    }
}

impl Pairs {
    /// Parses more bytes and passes each complete pair to `taker`.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        texts: &mut TextBudget,
        taker: &mut impl FnMut(&str, Text),
    ) {
        for byte in bytes {
            if self.are_too_many() {
                return;
            }
            match (byte, &self.value) {
                (b'&', _) => self.end(texts, taker),
                (b'=', None) => {
                    self.flush(texts);
                    self.value = Some(Text::default());
                    self.is_empty = false;
                }
                _ => self.decode(*byte, texts),
            }
        }
    }

    /// Ends the body and its last pair.
    pub(super) fn end(&mut self, texts: &mut TextBudget, taker: &mut impl FnMut(&str, Text)) {
        self.flush(texts);
        let Self {
            name,
            value,
            is_empty,
            ended,
            ..
        } = std::mem::take(self);
        self.ended = ended + usize::from(!is_empty);
        if !is_empty && !self.are_too_many() {
            let name = name.into_string();
            taker(&name, value.unwrap_or_default());
        }
    }

    /// Whether there were more pairs than the form has fields. The rest is dropped.
    pub(super) fn are_too_many(&self) -> bool {
        self.ended > MOST_PARTS
    }

    fn decode(&mut self, byte: u8, texts: &mut TextBudget) {
        match (self.escape, byte) {
            (Escape::None, b'%') => self.escape = Escape::Sign,
            (Escape::None, b'+') => self.put(b' ', texts),
            (Escape::None, _) => self.put(byte, texts),
            (Escape::Sign, _) if byte.is_ascii_hexdigit() => self.escape = Escape::Digit(byte),
            (Escape::Digit(first), _) if byte.is_ascii_hexdigit() => {
                self.escape = Escape::None;
                self.put(digit(first) << 4 | digit(byte), texts);
            }
            _ => {
                // The percent sign is literal.
                self.flush(texts);
                self.decode(byte, texts);
            }
        }
    }

    fn flush(&mut self, texts: &mut TextBudget) {
        let escape = std::mem::replace(&mut self.escape, Escape::None);
        if !matches!(escape, Escape::None) {
            self.put(b'%', texts);
        }
        if let Escape::Digit(first) = escape {
            self.put(first, texts);
        }
    }

    fn put(&mut self, byte: u8, texts: &mut TextBudget) {
        self.is_empty = false;
        match &mut self.value {
            Some(value) => value.push(&[byte], texts),
            None => self.name.push_at_most(&[byte], NAME),
        }
    }
}

fn digit(hex: u8) -> u8 {
    char::from(hex).to_digit(16).map_or(0, |digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pairs(body: &[u8], size: usize) -> Vec<(String, String)> {
        let (mut pairs, mut texts, mut all) = (Pairs::default(), TextBudget::default(), Vec::new());
        let mut take = |name: &str, value: Text| all.push((name.to_owned(), value.into_string()));
        body.chunks(size)
            .for_each(|piece| pairs.feed(piece, &mut texts, &mut take));
        pairs.end(&mut texts, &mut take);
        all
    }

    proptest! {
        #[test]
        fn pairs_are_those_of_the_url_standard(body in prop::collection::vec(prop_oneof![Just(b'&'), Just(b'='), Just(b'%'), Just(b'+'), Just(b'4'), Just(b'a'), any::<u8>()], 0..60), size in 1..9_usize) {
            let wanted: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
            prop_assert_eq!(pairs(&body, size), wanted);
        }
    }
}
