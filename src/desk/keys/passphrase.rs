//! The passphrase: typed at a prompt that does not show it, or read from a file. It is never
//! stored.

use std::io::IsTerminal;
use std::path::Path;

use age::secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::Error;
use loke_core::private_file;

/// Fewest characters of a new passphrase.
pub const MINIMUM: usize = 12;
/// Largest passphrase file, in bytes.
const LARGEST: u64 = 4_096;

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

    /// A new passphrase: from `file`, or typed twice at the terminal.
    ///
    /// # Errors
    /// As [`Self::ask`]; [`Error::Short`] below [`MINIMUM`] characters, [`Error::Differ`] if the
    /// two differ.
    pub fn choose(file: Option<&Path>) -> Result<Self, Error> {
        let passphrase = Self::ask(file)?;
        let characters = passphrase.0.expose_secret().chars().count();
        if characters < MINIMUM {
            return Err(Error::Short(characters));
        }
        if file.is_none()
            && prompt("The same again: ")?.0.expose_secret() != passphrase.0.expose_secret()
        {
            return Err(Error::Differ);
        }
        Ok(passphrase)
    }

    pub(super) fn secret(&self) -> SecretString {
        self.0.clone()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
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
