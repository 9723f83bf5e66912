//! Looks for planted words in bytes, in every form in which a program might have kept them. It says which word, in which form and
//! where, and never what it read.
//!
//! A word is found whole only: plant words that are random and repeated, and look for one turn of them.

use std::collections::HashSet;
use std::fmt;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use base64::Engine as _;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

/// Shorter ones would be found by chance.
const SHORTEST: usize = 8;

/// The words that are looked for.
pub(crate) struct Sweep {
    needles: AhoCorasick,
    /// What each needle is: the place of its word's name, its form.
    kinds: Vec<(usize, &'static str)>,
    names: Vec<String>,
}

/// One place where a word was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Find {
    pub(crate) name: String,
    pub(crate) encoding: &'static str,
    pub(crate) offset: usize,
}

impl fmt::Display for Find {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {} at {}", self.name, self.encoding, self.offset)
    }
}

impl Sweep {
    /// Looks for these words, each with a name for what it stands for, in every form.
    pub(crate) fn new<N: Into<String>, W: AsRef<[u8]>>(words: impl IntoIterator<Item = (N, W)>) -> Self {
        Self::with(words, forms)
    }

    /// Looks for these bytes as they are: for those that come in thousands, or that nobody would write in another form.
    pub(crate) fn raw<N: Into<String>, W: AsRef<[u8]>>(words: impl IntoIterator<Item = (N, W)>) -> Self {
        Self::with(words, |word| vec![("raw", word.to_vec())])
    }

    fn with<N: Into<String>, W: AsRef<[u8]>>(words: impl IntoIterator<Item = (N, W)>, forms: impl Fn(&[u8]) -> Vec<(&'static str, Vec<u8>)>) -> Self {
        let (mut needles, mut kinds, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for (name, word) in words {
            let (name, word) = (name.into(), word.as_ref());
            assert!(word.len() >= SHORTEST, "{name} is too short to look for");
            // Some forms of a word are the same bytes: digits in hex, letters in percent-encoding.
            let mut seen = HashSet::new();
            for (encoding, needle) in forms(word) {
                if seen.insert(needle.clone()) {
                    needles.push(needle);
                    kinds.push((names.len(), encoding));
                }
            }
            names.push(name);
        }
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::Standard).kind(Some(AhoCorasickKind::ContiguousNFA));
        Self { needles: builder.build(needles).unwrap(), kinds, names }
    }

    /// Every place where a word begins in these bytes, in any form.
    pub(crate) fn finds(&self, bytes: &[u8]) -> Vec<Find> {
        let found = self.needles.find_overlapping_iter(bytes);
        let find = |(name, encoding): (usize, &'static str), offset| Find { name: self.names[name].clone(), encoding, offset };
        found.map(|found| find(self.kinds[found.pattern().as_usize()], found.start())).collect()
    }
}

/// The forms of a word, each by name.
fn forms(word: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let text = std::str::from_utf8(word);
    let units: Vec<u16> = text.map_or_else(|_| word.iter().map(|b| u16::from(*b)).collect(), |text| text.encode_utf16().collect());
    let escaped = |all: bool, upper: bool| percent(word, all, upper);
    let mut forms = vec![
        ("raw", word.to_vec()),
        ("hex", hex::encode(word).into_bytes()),
        ("HEX", hex::encode_upper(word).into_bytes()),
        ("UTF-16 LE", units.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
        ("UTF-16 BE", units.iter().flat_map(|unit| unit.to_be_bytes()).collect()),
        ("percent", escaped(false, false)),
        ("PERCENT", escaped(false, true)),
        ("all percent", escaped(true, false)),
        ("ALL PERCENT", escaped(true, true)),
        // As Rust prints a list of bytes.
        ("numbers", word.iter().map(u8::to_string).collect::<Vec<_>>().join(", ").into_bytes()),
    ];
    let names = [("base64", "base64 +1", "base64 +2"), ("base64url", "base64url +1", "base64url +2")];
    for (alphabet, (none, one, two)) in [&STANDARD, &URL_SAFE].into_iter().zip(names) {
        forms.extend([(none, 0), (one, 1), (two, 2)].map(|(name, before)| (name, base64_after(alphabet, word, before))));
    }
    forms
}

/// A word in percent-encoding: all of it, or what a form would escape of it.
fn percent(word: &[u8], all: bool, upper: bool) -> Vec<u8> {
    let escape = |byte: &u8| match byte {
        plain if !all && (plain.is_ascii_alphanumeric() || b"-._~*".contains(plain)) => char::from(*plain).to_string(),
        byte if upper => format!("%{byte:02X}"),
        byte => format!("%{byte:02x}"),
    };
    word.iter().map(escape).collect::<String>().into_bytes()
}

/// The characters of base64 that a word alone decides where so many bytes stand before it, and any behind it.
fn base64_after(alphabet: &Alphabet, word: &[u8], before: usize) -> Vec<u8> {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(word);
    let written = GeneralPurpose::new(alphabet, NO_PAD).encode(&bytes);
    written.as_bytes()[(before * 8).div_ceil(6)..bytes.len() * 8 / 6].to_vec()
}

#[test]
fn the_sweep_finds_a_word_in_every_form_and_nothing_else() {
    let word = "Ünïtäry-\u{624}\u{4f60}?/&=+ 0xFE~".as_bytes();
    let sweep = Sweep::new([("the word", word), ("another", b"not in there".as_slice())]);
    let around = |before: usize, written: &[u8]| [&vec![b'='; before], written, b"==="].concat();
    for form in forms(word) {
        let finds = sweep.finds(&around(7, &form.1));
        assert!(finds.iter().any(|find| find.name == "the word" && find.offset == 7), "{} {finds:?}", form.0);
    }
    // Base64 as a program writes it, of a longer text that has the word in it.
    for alphabet in [&STANDARD, &URL_SAFE] {
        for (before, after) in (0..9).zip([5, 3, 0, 8, 1, 7, 2, 6, 4]) {
            let long = [&vec![0xA7; before], word, &vec![0x5C; after]].concat();
            let written = GeneralPurpose::new(alphabet, NO_PAD).encode(long);
            assert_eq!(sweep.finds(written.as_bytes()).len(), 1, "{before} before, {after} after");
        }
    }
    let other_case = String::from_utf8(word.to_vec()).unwrap().to_uppercase();
    assert_eq!(sweep.finds(&[other_case.as_bytes(), b"another", &word[1..], &word[..word.len() - 1]].concat()), []);
    let twice = [word, word].concat();
    assert_eq!(sweep.finds(&twice).len(), 2);
    assert_eq!(sweep.finds(&twice).iter().map(Find::to_string).collect::<Vec<_>>()[0], "the word as raw at 0");
    assert_eq!(Sweep::raw([("the word", word)]).finds(&[hex::encode(word).as_bytes(), word].concat()).len(), 1);
    assert!(!format!("{:?}", sweep.finds(&twice)).contains("0xFE"), "it never says what it read");
}

#[test]
fn a_sweep_for_hundreds_of_words_reads_tens_of_mebibytes_in_a_second() {
    let words: Vec<(String, Vec<u8>)> = (0..300).map(|n| (format!("{n}"), loke::random::bytes::<48>().unwrap().to_vec())).collect();
    let begun = std::time::Instant::now();
    let sweep = Sweep::new(words);
    let made = begun.elapsed();
    let mut bytes = vec![0; 64 << 20];
    for piece in bytes.chunks_mut(1 << 20).step_by(2) {
        piece.iter_mut().zip(loke::random::bytes::<4096>().unwrap().iter().cycle()).for_each(|(to, from)| *to = *from);
    }
    let begun = std::time::Instant::now();
    assert_eq!(sweep.finds(&bytes), []);
    let read = begun.elapsed();
    println!("{} needles made in {made:?}; 64 MiB in {read:?}", sweep.kinds.len());
    assert!(read.as_secs() < 10);
}
