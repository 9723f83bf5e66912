//! Configuration: one TOML file per program, unknown keys are an error, and every error names the
//! file, the line and the mend. Values are never repeated in an error: a secret may stand in the
//! wrong place.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::Spanned;

use crate::clock::Zone;

/// Something in a configuration file that must be mended before the program can start.
#[derive(Debug)]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub mend: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}. {}", self.what, self.mend)
    }
}

impl std::error::Error for ConfigError {}

/// A configuration file's text, for turning places in it into line numbers.
pub struct Source {
    file: PathBuf,
    text: String,
}

impl Source {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError`] if it cannot be read.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(file).map_err(|e| ConfigError {
            file: file.to_owned(),
            line: None,
            what: format!("it cannot be read ({})", e.kind()),
            mend: "Check the path and its permissions, or make it with `init`".into(),
        })?;
        Ok(Self {
            file: file.to_owned(),
            text,
        })
    }

    /// A file that is built in, under the name that it has in the repository.
    pub fn built_in(name: &str, text: &str) -> Self {
        Self {
            file: name.into(),
            text: text.to_owned(),
        }
    }

    /// The trouble at a byte of the text.
    pub fn trouble(
        &self,
        at: usize,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) -> ConfigError {
        let line = 1 + self.text.bytes().take(at).filter(|b| *b == b'\n').count();
        ConfigError {
            file: self.file.clone(),
            line: Some(line),
            what: what.into(),
            mend: mend.into(),
        }
    }

    /// Where a word first stands in the text, whatever its case.
    pub fn find(&self, word: &str) -> Option<usize> {
        self.text
            .to_ascii_uppercase()
            .find(&word.to_ascii_uppercase())
    }

    /// The file as its type has it.
    ///
    /// # Errors
    /// [`ConfigError`], with the line, at the first key or value that does not fit.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        toml::from_str(&self.text).map_err(|e| {
            let at = e.span().map_or(0, |s| s.start);
            let message = e.message().lines().next().unwrap_or("it cannot be read");
            // serde repeats a wrong value behind "invalid …: " or "unknown variant"; what we say of
            // it is the part that was expected.
            let what = match message.split_once(", expected ") {
                Some((seen, expected))
                    if seen.starts_with("invalid") || seen.starts_with("unknown variant") =>
                {
                    format!(
                        "the value here is of the wrong kind: expected {}",
                        expected.replace('`', "'")
                    )
                }
                _ => message.replace('`', "'"),
            };
            let mend = if what.starts_with("unknown field") {
                "Remove the key or correct its spelling"
            } else {
                "Correct this line"
            };
            self.trouble(at, what, mend)
        })
    }

    /// The zone that a `timezone` key names; the default without one.
    ///
    /// # Errors
    /// [`ConfigError`] at its line if there is no such zone.
    pub fn zone(&self, timezone: Option<&Spanned<String>>) -> Result<Zone, ConfigError> {
        timezone.map_or_else(
            || Ok(Zone::default()),
            |name| {
                Zone::named(name.get_ref()).map_err(|e| {
                    self.trouble(
                        name.span().start,
                        format!("timezone is {e}"),
                        "Write one as \"Europe/London\"",
                    )
                })
            },
        )
    }

    /// The folder that paths in the file are relative to.
    pub fn folder(&self) -> PathBuf {
        match self.file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        }
    }
}
