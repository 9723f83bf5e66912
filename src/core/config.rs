//! Configuration: one TOML file per program. An unknown key is an error. Every error names the
//! file, the line and the remedy. An error never repeats a value, because someone may have put a
//! secret in the wrong place.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::clock::{Day, Zone};

/// An error in a configuration file. The program cannot start until the operator corrects it.
#[derive(Debug)]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1.
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

/// A configuration file's text. Converts byte offsets to line numbers.
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

    /// A built-in file, with its path in the repository.
    pub fn built_in(name: &str, text: &str) -> Self {
        Self {
            file: name.into(),
            text: text.to_owned(),
        }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Makes the error for a byte offset of the text.
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

    /// The byte offset of a key: of its table, then of itself. 0 if the file has no such key. In an
    /// array of tables the first one counts.
    pub fn key(&self, path: &[&str]) -> usize {
        let document = DeTable::parse(&self.text).ok();
        let mut table = document.as_ref().map(Spanned::get_ref);
        let mut at = 0;
        for name in path {
            let found = table.and_then(|table| {
                table
                    .iter()
                    .find(|(key, _)| key.get_ref().as_ref() == *name)
            });
            let Some((key, value)) = found else {
                return 0;
            };
            at = key.span().start;
            table = match value.get_ref() {
                DeValue::Table(table) => Some(table),
                _ => None,
            };
        }
        at
    }

    /// The byte offset of a word anywhere in the text, ignoring case: for what must not be in the
    /// file at all.
    pub fn contains(&self, word: &str) -> Option<usize> {
        self.text
            .to_ascii_uppercase()
            .find(&word.to_ascii_uppercase())
    }

    /// Parses the file as `T`.
    ///
    /// # Errors
    /// [`ConfigError`] with the line of the first key or value that does not fit.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        toml::from_str(&self.text).map_err(|e| {
            let at = e.span().map_or(0, |s| s.start);
            let message = e.message().lines().next().unwrap_or("it cannot be read");
            // serde repeats a wrong value after "invalid …: " or "unknown variant". Keep only the
            // part that names what was expected.
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

    /// The zone in a `timezone` key, or the default if there is no key.
    ///
    /// # Errors
    /// [`ConfigError`] with the line if there is no such zone.
    pub fn zone(&self, timezone: Option<&Spanned<String>>) -> Result<Zone, ConfigError> {
        timezone.map_or_else(
            || Ok(Zone::default()),
            |name| {
                Zone::named(name.get_ref()).map_err(|e| {
                    self.trouble(
                        name.span().start,
                        format!("timezone is {e}"),
                        "Use a name such as \"Europe/London\"",
                    )
                })
            },
        )
    }

    /// A date.
    ///
    /// # Errors
    /// [`ConfigError`] with the line if it is none.
    pub fn day(&self, text: &Spanned<String>) -> Result<Day, ConfigError> {
        text.get_ref().parse().map_err(|_| {
            self.trouble(
                text.span().start,
                "not a date",
                "Write it as YYYY-MM-DD, such as \"2026-12-25\"",
            )
        })
    }

    /// A time of day (`HH:MM`), in minutes after midnight. `key` is its name.
    ///
    /// # Errors
    /// [`ConfigError`] with the line if it is none.
    pub fn minutes(&self, key: &str, text: &Spanned<String>) -> Result<u16, ConfigError> {
        let part = |digits: &str, most: u16| {
            let number = digits.parse::<u16>().ok();
            number.filter(|number| digits.len() == 2 && *number < most)
        };
        let minutes = text
            .get_ref()
            .split_once(':')
            .and_then(|(hours, minutes)| Some(part(hours, 24)? * 60 + part(minutes, 60)?));
        minutes.ok_or_else(|| {
            self.trouble(
                text.span().start,
                format!("{key} is not a time of day"),
                "Write it as \"16:00\"",
            )
        })
    }

    /// A closure from one day to another, or on one day. It may have at most `longest` days.
    ///
    /// # Errors
    /// [`ConfigError`] with the line if a day is no date, or the days do not fit.
    pub fn days(
        &self,
        first: &Spanned<String>,
        last: Option<&Spanned<String>>,
        longest: i32,
    ) -> Result<(Day, Day), ConfigError> {
        let begin = self.day(first)?;
        let Some(text) = last else {
            return Ok((begin, begin));
        };
        let end = self.day(text)?;
        let at = text.span().start;
        if end < begin {
            return Err(self.trouble(
                at,
                "this closure ends before it begins",
                "Correct `first` or `last`",
            ));
        }
        if end.0.saturating_sub(begin.0) >= longest {
            return Err(self.trouble(
                at,
                format!("this closure is longer than {longest} days"),
                "Correct `first` or `last`",
            ));
        }
        Ok((begin, end))
    }

    /// The folder that paths in the file are relative to.
    pub fn folder(&self) -> PathBuf {
        match self.file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_line_of_the_key_and_not_of_a_comment() {
        let text = "# listen, [web] and leave_to are explained here\nlisten = 1\n\n[web]\n# leave_to = 1\nleave_to = 2\n\n[[recipients]]\nname = 3\n";
        let source = Source::built_in("x.toml", text);
        let line = |path: &[&str]| source.trouble(source.key(path), "", "").line;
        assert_eq!(line(&["listen"]), Some(2));
        assert_eq!(line(&["web"]), Some(4));
        assert_eq!(line(&["web", "leave_to"]), Some(6));
        assert_eq!(line(&["recipients"]), Some(8));
        assert_eq!(line(&["web", "listen"]), Some(1), "there is no such key");
        assert_eq!(source.contains("LEAVE_TO"), text.find("leave_to"));
    }
}
