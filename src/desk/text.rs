//! Text as the desk compares it. Folding undoes what keyboards, phones and word processors change,
//! so that two spellings of one word are equal in every script. Residents' words are shown from the
//! original, never from a folded text.

pub mod few_know;
pub mod likeness;
pub mod own_words;
pub(crate) mod patterns;
pub mod search;
pub mod threats;
pub mod values;

use std::ops::Range;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use loke_core::characters::{digit, is_invisible};

/// Folds a text for search: compatibility forms (NFKD), no marks, one form of each Arabic letter,
/// lower case, ASCII digits. A run of a script without spaces becomes pairs of neighbours, then its
/// last character alone, so that each character begins a token. One space separates two tokens.
#[must_use]
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    tokens(text, |token| {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(token.text);
    });
    folded
}

/// A token of a folded text.
struct Token<'a> {
    text: &'a str,
    /// The bytes of the original that it came from.
    place: Range<usize>,
    kind: Kind,
}

/// The kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A word or number.
    Word,
    /// Two neighbours in a run without spaces.
    Pair,
    /// The last character of a run of several.
    Last,
    /// A run of one character.
    Single,
}

/// A run without spaces: its last character so far, and whether there is another.
struct Run {
    c: char,
    place: Range<usize>,
    kind: Kind,
}

/// Passes the tokens of a text to `each`, in order.
fn tokens(text: &str, mut each: impl FnMut(Token<'_>)) {
    let mut word = String::new();
    let mut place = 0..0;
    let mut run: Option<Run> = None;
    let mut pair = String::with_capacity(8);
    letters(text, |letter, from| match letter {
        Some(c) if is_unspaced(c) => {
            end_word(&mut word, &place, &mut each);
            let kind = if run.is_some() {
                Kind::Last
            } else {
                Kind::Single
            };
            let (from, end) = (from.clone(), from.end);
            if let Some(last) = run.replace(Run {
                c,
                place: from,
                kind,
            }) {
                pair.clear();
                pair.extend([last.c, c]);
                each(Token {
                    text: &pair,
                    place: last.place.start..end,
                    kind: Kind::Pair,
                });
            }
        }
        Some(c) => {
            end_run(&mut run, &mut pair, &mut each);
            if word.is_empty() {
                place.start = from.start;
            }
            place.end = from.end;
            word.push(c);
        }
        None => {
            end_word(&mut word, &place, &mut each);
            end_run(&mut run, &mut pair, &mut each);
        }
    });
    end_word(&mut word, &place, &mut each);
    end_run(&mut run, &mut pair, &mut each);
}

fn end_word(word: &mut String, place: &Range<usize>, each: &mut impl FnMut(Token<'_>)) {
    if !word.is_empty() {
        each(Token {
            text: word,
            place: place.clone(),
            kind: Kind::Word,
        });
        word.clear();
    }
}

fn end_run(run: &mut Option<Run>, single: &mut String, each: &mut impl FnMut(Token<'_>)) {
    if let Some(last) = run.take() {
        single.clear();
        single.push(last.c);
        each(Token {
            text: single,
            place: last.place,
            kind: last.kind,
        });
    }
}

/// Passes each folded letter or digit to `each`, with the bytes of the original that it came from.
/// `None` is anything else, except marks and invisible characters, which are left out.
fn letters(text: &str, mut each: impl FnMut(Option<char>, Range<usize>)) {
    for (start, c) in text.char_indices() {
        let place = start..start + c.len_utf8();
        if c.is_ascii() {
            let c = c.to_ascii_lowercase();
            each(c.is_ascii_alphanumeric().then_some(c), place);
        } else if is_invisible(c) {
            // A soft hyphen or a joiner is inside a word.
        } else {
            decompose_compatible(c, |part| fold(part, |c| each(c, place.clone())));
        }
    }
}

/// Folds one character of a decomposed text.
fn fold(c: char, mut each: impl FnMut(Option<char>)) {
    // Tatweel only stretches a word.
    if is_combining_mark(c) || is_invisible(c) || c == '\u{640}' {
        return;
    }
    // An apostrophe, although Unicode calls it a letter.
    if matches!(c, '\u{2b9}'..='\u{2bf}' | '\u{2c8}') {
        return each(None);
    }
    if let Some(digit) = digit(c) {
        return each(Some(digit));
    }
    if !c.is_alphanumeric() {
        return each(None);
    }
    for c in c.to_lowercase().filter(|c| !is_combining_mark(*c)) {
        match spelt(c) {
            "" => each(Some(c)),
            spelt => spelt.chars().for_each(|c| each(Some(c))),
        }
    }
}

/// What people type for a lower-case letter that Unicode does not decompose. Empty if it is itself.
fn spelt(c: char) -> &'static str {
    match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ł' | 'ƚ' => "l",
        'đ' | 'ð' | 'ɖ' => "d",
        'ø' => "o",
        'ı' => "i",
        'ħ' => "h",
        'ŧ' => "t",
        'ŋ' => "n",
        'ς' => "σ",
        // Arabic: letters that are typed for one another, and those of Persian, Urdu and Kurdish
        // keyboards.
        'ٱ' => "ا",
        'ى' | 'ی' | 'ې' => "ي",
        'ة' | 'ہ' | 'ھ' | 'ە' => "ه",
        'ک' | 'ڪ' => "ك",
        'ґ' => "г",
        _ => "",
    }
}

/// Whether the script of this letter puts no spaces between words: Chinese, Japanese, Thai, Lao,
/// Burmese, Khmer.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3031}'..='\u{3035}' | '\u{3041}'..='\u{312f}' | '\u{31a0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{1b000}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_spellings_of_a_word_fold_alike_in_every_language_of_the_form_and_beyond() {
        for (text, folded_text) in [
            ("It's the KNIFE, on Mill Rd.", "it s the knife on mill rd"),
            ("Łódź, żółć, GĘŚ", "lodz zolc ges"),
            ("Žąsys ėjo į šilą ų", "zasys ejo i sila u"),
            ("Țăran și Ţăran şi", "taran si taran si"),
            ("Não há ninguém, coração", "nao ha ninguem coracao"),
            ("الشَّقَّةُ أحمد إبراهيم آخر", "الشقه احمد ابراهيم اخر"),
            ("مستشفى مـــدرسة علی کتاب", "مستشفي مدرسه علي كتاب"),
            ("\u{fe8d}\u{fedf}\u{fe92}\u{fef4}\u{fe96}", "البيت"),
            ("Őrült ŰRHAJÓ", "orult urhajo"),
            ("¿Dónde está el niño?", "donde esta el nino"),
            ("卖毒品的人", "卖毒 毒品 品的 的人 人"),
            ("3号楼 A座", "3 号楼 楼 a 座"),
            ("刀", "刀"),
            ("コカイン", "コカ カイ イン ン"),
            ("\u{ff76}\u{ff9e}", "カ"),
            ("ขายยา", "ขา าย ยย ยา า"),
            ("বাড়ি বা\u{9a1}\u{9bc}ি", "বড বড"),
            ("নম্বর ১২", "নমবর 12"),
            ("Ёлка ЕЛКА й", "елка елка и"),
            ("Българският ЪГЪЛ", "българският ъгъл"),
            ("Straße ẞ đ ø ı İ æ", "strasse ss d o i i ae"),
            ("٠٧٧ ０７ ۱۲ 𝟎𝟕 ²", "077 07 12 07 2"),
            (
                "ﬁn caf\u{e9} cafe\u{301} so\u{ad}ft a\u{200b}b",
                "fin cafe cafe soft ab",
            ),
            ("한국", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}"),
        ] {
            assert_eq!(folded(text), folded_text, "{text}");
        }
    }

    #[test]
    fn folding_any_character_again_changes_nothing_and_leaves_letters_and_digits() {
        let mut seen = 0;
        for c in ('\0'..=char::MAX).filter(|c| !is_unspaced(*c)) {
            let once = folded(c.encode_utf8(&mut [0; 4]));
            if once.chars().any(is_unspaced) {
                continue;
            }
            seen += usize::from(!once.is_empty());
            assert_eq!(folded(&once), once, "{c:?}");
            assert!(
                once.chars().all(|c| c == ' ' || c.is_alphanumeric()),
                "{c:?}: {once}"
            );
        }
        assert!(seen > 40_000, "control: {seen}");
    }

    proptest! {
        #[test]
        fn the_place_of_a_token_is_a_part_of_the_original(text in "\\PC{0,80}") {
            let mut last = 0;
            tokens(&text, |token| {
                assert!(text.get(token.place.clone()).is_some_and(|part| !part.is_empty()));
                assert!(token.place.start >= last);
                last = token.place.start;
            });
        }
    }
}
