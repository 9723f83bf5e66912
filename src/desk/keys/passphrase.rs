//! The passphrase: typed at a prompt that does not show it, or read from a file. It is never
//! stored.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::LazyLock;

use age::secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::Error;
use loke_core::private_file;
use loke_core::random::{self, NoRandomness};

/// Guesses that a person's own passphrase must resist, as a power of ten: somebody with a copy of
/// the folder can guess without limit, at about ten guesses a second for each core.
const GUESSES: f64 = 12.0;
/// Characters that are judged: beyond them the estimate only takes longer.
const JUDGED: usize = 100;
/// Words of a passphrase that the desk offers: 9 bits each, so 54 bits or 10^16 guesses.
const OFFERED: usize = 6;
/// Room for a word and a space, in bytes.
const LONGEST_WORD: usize = 12;
/// The words, one on each line: plain things, none like another.
const WORDS: &str = include_str!("words.txt");
/// Largest passphrase file, in bytes.
const LARGEST: u64 = 4_096;

/// A new passphrase is too easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "that passphrase is too easy to guess: somebody with a copy of this folder can try without limit. Use six random words, such as those that the desk offers"
)]
pub struct Weak;

/// A passphrase. Zeroized on drop; `Debug` prints none of it.
#[derive(Clone, Debug)]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// A passphrase from its text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(SecretString::from(text))
    }

    /// The passphrase of an existing desk: from `file`, or typed at the terminal.
    ///
    /// # Errors
    /// If the file cannot be read, or there is neither a file nor a terminal.
    pub fn ask(file: Option<&Path>) -> Result<Self, Error> {
        match file {
            Some(file) => from_file(file),
            None => prompt("Passphrase: "),
        }
    }

    /// Six random words, for a new account or for a person who wants one offered.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn offer() -> Result<Self, Error> {
        Ok(Self::new(&random_words(OFFERED, usize::MAX)?))
    }

    /// A new passphrase: from `file`, or typed twice at the terminal.
    ///
    /// # Errors
    /// As [`Self::ask`]; [`Error::Weak`] if it is too easy to guess, [`Error::Differ`] if the two
    /// differ.
    pub fn choose(file: Option<&Path>) -> Result<Self, Error> {
        let passphrase = Self::ask(file)?;
        passphrase.check_strength(&[])?;
        if file.is_none() && prompt("The same again: ")?.expose() != passphrase.expose() {
            return Err(Error::Differ);
        }
        Ok(passphrase)
    }

    /// Checks that a new passphrase resists guessing (NIST SP 800-63B: length and common words
    /// count, not kinds of characters). `known` are words that a guesser would try first, such as
    /// the account's name.
    ///
    /// # Errors
    /// [`Weak`].
    pub fn check_strength(&self, known: &[&str]) -> Result<(), Weak> {
        let judged: Zeroizing<String> =
            Zeroizing::new(self.expose().chars().take(JUDGED).collect());
        if zxcvbn::zxcvbn(&judged, known).guesses_log10() < GUESSES {
            return Err(Weak);
        }
        Ok(())
    }

    /// The passphrase's text.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    pub(super) fn secret(&self) -> SecretString {
        self.0.clone()
    }
}

/// The words of the list, the shortest first.
static BY_LENGTH: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let mut words: Vec<&str> = WORDS.lines().collect();
    words.sort_by_key(|word| word.len());
    words
});

/// Random words of at most this many letters, with spaces between. The string does not grow, so it
/// leaves no copies in memory.
///
/// # Errors
/// If the operating system returns no random bytes.
pub(crate) fn random_words(
    count: usize,
    letters: usize,
) -> Result<Zeroizing<String>, NoRandomness> {
    let short = BY_LENGTH.partition_point(|word| word.len() <= letters);
    let list = BY_LENGTH.get(..short).unwrap_or_default();
    let mut words = Zeroizing::new(String::with_capacity(count * LONGEST_WORD));
    for _ in 0..count {
        let place = random::below(list.len() as u64)?;
        let word = usize::try_from(place).ok().and_then(|at| list.get(at));
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word.copied().unwrap_or_default());
    }
    Ok(words)
}

/// Reads one line, without its line break.
fn from_file(file: &Path) -> Result<Passphrase, Error> {
    let bytes = Zeroizing::new(private_file::read(file, LARGEST)?);
    let text = std::str::from_utf8(&bytes).map_err(|_| Error::NotText(file.to_owned()))?;
    let line = text
        .strip_suffix('\n')
        .map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if line.is_empty() || line.contains('\n') {
        Err(Error::NotText(file.to_owned()))
    } else {
        Ok(Passphrase::new(line))
    }
}

fn prompt(question: &str) -> Result<Passphrase, Error> {
    if !std::io::stdin().is_terminal() {
        return Err(Error::NoTerminal);
    }
    // The allocator zeroizes the smaller buffers that the input outgrew.
    let typed =
        Zeroizing::new(rpassword::prompt_password(question).map_err(|_| Error::NoTerminal)?);
    Ok(Passphrase::new(&typed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_words_is_long_enough_and_has_none_twice() {
        let mut words: Vec<&str> = WORDS.lines().collect();
        let plain = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
        assert!(
            words.len() >= 512 && words.iter().all(plain),
            "{}",
            words.len()
        );
        words.dedup();
        assert_eq!(words.len(), WORDS.lines().count());
    }

    #[test]
    fn an_offered_passphrase_is_strong_and_a_common_one_is_refused() {
        let (one, two) = (Passphrase::offer().unwrap(), Passphrase::offer().unwrap());
        assert_eq!(one.expose().split(' ').count(), 6);
        assert_ne!(one.expose(), two.expose());
        assert_eq!(one.check_strength(&[]), Ok(()));
        for weak in [
            "password",
            "Password123!",
            "norwich2026",
            "qwertyuiop12",
            "ann.smith",
        ] {
            assert_eq!(
                Passphrase::new(weak).check_strength(&["ann.smith"]),
                Err(Weak),
                "{weak}"
            );
        }
    }
}
