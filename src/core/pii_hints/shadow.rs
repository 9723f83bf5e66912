//! The text in the form that patterns match. It reverses what word processors, PDF files and
//! contact lists change: compatibility forms, accents, invisible characters, the digits of other
//! scripts, unusual dashes and spaces. Each byte maps to its original character.

use std::ops::Range;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};
use zeroize::Zeroizing;

use crate::characters::{digit, is_invisible, is_space, plain_separator};

/// A text's shadow.
pub(super) struct Shadow<'a> {
    original: &'a str,
    /// UTF-8.
    folded: Zeroizing<Vec<u8>>,
    /// For each byte, where its character begins in the original.
    origins: Vec<u32>,
}

impl<'a> Shadow<'a> {
    pub(super) fn of(original: &'a str) -> Self {
        let mut folded = Zeroizing::new(Vec::with_capacity(original.len() + 16));
        let mut origins = Vec::with_capacity(original.len() + 16);
        // Pending white space: where it begins, and its number of line ends.
        let mut space: Option<(usize, usize)> = None;
        for (at, c) in original.char_indices() {
            if is_space(c) {
                let (_, ends) = space.get_or_insert((at, 0));
                *ends += usize::from(c == '\n');
                continue;
            }
            let mut emit = |c: char| {
                // One line end is a wrapped line. Two end a paragraph, and so a phrase.
                if let Some((from, ends)) = space.take() {
                    folded.push(if ends > 1 { b'\n' } else { b' ' });
                    origins.push(u32::try_from(from).unwrap_or(u32::MAX));
                }
                let mut bytes = [0; 4];
                let bytes = c.encode_utf8(&mut bytes).as_bytes();
                folded.extend_from_slice(bytes);
                origins.extend(std::iter::repeat_n(
                    u32::try_from(at).unwrap_or(u32::MAX),
                    bytes.len(),
                ));
            };
            fold(c, &mut emit);
        }
        Self {
            original,
            folded,
            origins,
        }
    }

    /// The bytes that patterns match.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.folded
    }

    /// The range in the original of a match in [`Shadow::bytes`].
    pub(super) fn place(&self, found: Range<usize>) -> Option<Range<usize>> {
        let last = found
            .end
            .checked_sub(1)
            .filter(|last| *last >= found.start)?;
        let origin = |at: usize| {
            self.origins
                .get(at)
                .and_then(|origin| usize::try_from(*origin).ok())
        };
        let (start, last) = (origin(found.start)?, origin(last)?);
        let length = self.original.get(last..)?.chars().next()?.len_utf8();
        Some(start..last + length)
    }
}

/// Emits the plain form of a character that is not white space. Emits nothing for an invisible
/// character or a combining mark.
pub(super) fn fold(c: char, emit: &mut impl FnMut(char)) {
    match c {
        // Keyboards, phones and word processors use different apostrophes.
        '`' | '\u{b4}' | '\u{2bc}' | '\u{2018}' | '\u{2019}' | '\u{2032}' | '\u{ff07}' => {
            emit('\'')
        }
        _ if is_invisible(c) => {}
        _ if c.is_ascii() => emit(c),
        _ => match digit(c).or_else(|| plain_separator(c)) {
            Some(plain) => emit(plain),
            None => decompose_compatible(c, |part| {
                if !is_combining_mark(part) && !is_invisible(part) {
                    emit(if is_space(part) { ' ' } else { letter(part) });
                }
            }),
        },
    }
}

/// Letters that people type for one another but Unicode keeps distinct.
fn letter(c: char) -> char {
    match c {
        'ł' => 'l',
        'Ł' => 'L',
        'đ' => 'd',
        'Đ' => 'D',
        'ø' => 'o',
        'Ø' => 'O',
        'ı' => 'i',
        // Arabic: final forms, and the letters of Persian and Urdu keyboards.
        'ى' | 'ی' => 'ي',
        'ة' | 'ہ' | 'ە' => 'ه',
        'ک' => 'ك',
        'ٱ' => 'ا',
        _ => c,
    }
}

/// A pattern in the form of a shadow.
pub(super) fn fold_pattern(pattern: &str) -> String {
    let mut folded = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        if c.is_ascii() {
            folded.push(c)
        } else {
            fold(c, &mut |c| folded.push(c))
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        String::from_utf8(Shadow::of(text).bytes().to_vec()).unwrap()
    }

    #[test]
    fn what_programs_change_is_undone() {
        for (text, plain) in [
            ("my\u{a0} name\u{200b} is\nJo", "my name is Jo"),
            ("a \n\n b", "a\nb"),
            ("jo＠example．org", "jo@example.org"),
            ("٠٧٧ ０７\u{2011}𝟎7️⃣", "077 07-07"),
            ("my ﬁrst name’s Łucja", "my first name's Lucja"),
            ("cafe\u{301} caf\u{e9} ń ș ő ų", "cafe cafe n s o u"),
            ("\u{fe8d}\u{fee7}\u{fe8e} أنا", "انا انا"),
            ("我叫王伟。", "我叫王伟."),
        ] {
            assert_eq!(folded(text), plain, "{text:?}");
        }
    }

    #[test]
    fn a_place_covers_the_characters_that_a_match_came_from() {
        let text = "x\u{200b} “e\u{301}ﬁ” 你";
        let shadow = Shadow::of(text);
        let find = |part: &str| {
            let at = folded(text).find(part).unwrap();
            text.get(shadow.place(at..at + part.len()).unwrap())
                .unwrap()
        };
        assert_eq!(
            (find("f"), find("e"), find("你"), find("x")),
            ("ﬁ", "e", "你", "x")
        );
        assert_eq!((shadow.place(0..0), shadow.place(0..999)), (None, None));
    }
}
