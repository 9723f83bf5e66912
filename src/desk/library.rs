//! The library of replies (`rules/replies/NAME.toml`): safe questions, safety advice and messages of
//! a stage. They leave word for word and have no free places, so one person may send them (promise
//! P16). A file beside the configuration replaces the built-in one of the same name, or adds a text.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;
use toml::Spanned;

use loke_core::built_in::REPLIES;
use loke_core::config::{ConfigError, Source};
use loke_core::words::CODES;

/// The words for the stages.
const STAGES: [&str; 4] = ["received", "read", "passed on", "finished"];
/// Longest text, in bytes of UTF-8: a reply has no more.
const LONGEST: usize = 1_500;

loke_core::words! {
    /// The purpose of a text of the library.
    LibraryKind {
        /// Thanks.
        Thanks = "thanks",
        /// Advice about safety.
        Safety = "safety",
        /// A question about what was reported.
        Question = "question",
        /// The meaning of a stage.
        StageMessage = "stage",
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    kind: LibraryKind,
    /// The stages at which it may leave. All, if there is no list.
    stages: Option<Vec<Spanned<String>>>,
    /// Whether it may go to a writer under 18.
    #[serde(default)]
    young: bool,
    texts: BTreeMap<Spanned<String>, Spanned<String>>,
}

/// A text of the library, in each language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryText {
    /// Its short name.
    pub name: String,
    /// Its purpose.
    pub kind: LibraryKind,
    /// Whether it may go to a writer under 18.
    pub young: bool,
    stages: Option<Vec<String>>,
    texts: BTreeMap<String, String>,
}

/// Every text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    texts: Vec<LibraryText>,
}

static SHIPPED: LazyLock<Library> = LazyLock::new(|| {
    let texts = REPLIES.iter().filter_map(|(name, text)| {
        let file = format!("rules/replies/{name}.toml");
        LibraryText::of(name, &Source::built_in(&file, text)).ok()
    });
    Library {
        texts: texts.collect(),
    }
});

impl Library {
    /// The built-in texts.
    #[must_use]
    pub fn built_in() -> Self {
        SHIPPED.clone()
    }

    /// The built-in texts, with those of `folder`.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, if a file in `folder` is invalid. Keep the library that
    /// was read before.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let mut library = Self::built_in();
        let Ok(files) = std::fs::read_dir(folder.join("rules/replies")) else {
            return Ok(library);
        };
        let mut paths: Vec<_> = files.flatten().map(|file| file.path()).collect();
        paths.sort();
        for path in paths {
            let is_toml = path.extension().is_some_and(|ending| ending == "toml");
            let Some(name) = path.file_stem().and_then(|name| name.to_str()) else {
                continue;
            };
            if is_toml {
                let text = LibraryText::of(name, &Source::read(&path)?)?;
                library.texts.retain(|other| other.name != text.name);
                library.texts.push(text);
            }
        }
        library.texts.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(library)
    }

    /// Every text, by name.
    #[must_use]
    pub fn texts(&self) -> &[LibraryText] {
        &self.texts
    }

    /// The names of these texts.
    #[must_use]
    pub fn names(&self, of: impl Fn(&LibraryText) -> bool) -> Vec<&str> {
        let texts = self.texts.iter().filter(|text| of(text));
        texts.map(|text| text.name.as_str()).collect()
    }

    /// The text with this name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&LibraryText> {
        self.texts.iter().find(|text| text.name == name)
    }

    /// A sentence for each text that lacks a language.
    #[must_use]
    pub fn lacking(&self) -> Vec<String> {
        let mut lacking = Vec::new();
        for text in &self.texts {
            let missing: Vec<&str> = CODES
                .iter()
                .filter(|code| !text.texts.contains_key(**code))
                .copied()
                .collect();
            if !missing.is_empty() {
                lacking.push(format!(
                    "rules/replies/{}.toml has no text for: {}. Add it under [texts].",
                    text.name,
                    missing.join(", ")
                ));
            }
        }
        lacking
    }
}

impl LibraryText {
    fn of(name: &str, source: &Source) -> Result<Self, ConfigError> {
        let file: File = source.parse()?;
        let stages = file.stages.as_ref();
        for word in stages.into_iter().flatten() {
            if !STAGES.contains(&word.get_ref().as_str()) {
                return Err(source.trouble(
                    word.span().start,
                    "not a stage",
                    "Write received, read, passed on or finished",
                ));
            }
        }
        let stages = stages.map(|words| words.iter().map(|word| word.get_ref().clone()).collect());
        let mut texts = BTreeMap::new();
        for (code, text) in &file.texts {
            let words = text.get_ref().trim();
            if words.is_empty() || words.len() > LONGEST || words.contains(['{', '}']) {
                return Err(source.trouble(
                    text.span().start,
                    "this text is empty, longer than 1,500 bytes, or has a brace",
                    "A text of the library has no free places",
                ));
            }
            texts.insert(code.get_ref().clone(), words.to_owned());
        }
        Ok(Self {
            name: name.to_owned(),
            kind: file.kind,
            young: file.young,
            stages,
            texts,
        })
    }

    /// Its text in this language.
    #[must_use]
    pub fn in_language(&self, language: &str) -> Option<&str> {
        self.texts.get(language).map(String::as_str)
    }

    /// The languages that it has.
    pub fn languages(&self) -> impl Iterator<Item = (&str, &str)> {
        let texts = self.texts.iter();
        texts.map(|(code, text)| (code.as_str(), text.as_str()))
    }

    /// Whether it may leave at this stage.
    #[must_use]
    pub fn fits(&self, stage: &str) -> bool {
        let stages = self.stages.as_ref();
        stages.is_none_or(|stages| stages.iter().any(|of| of == stage))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p16_every_text_of_the_library_has_nine_languages_and_passes_the_guard() {
        let library = Library::built_in();
        assert_eq!(
            library.texts.len(),
            REPLIES.len(),
            "a built-in file is invalid"
        );
        assert!(library.lacking().is_empty(), "{:?}", library.lacking());
        let guard = crate::guard::Guard::built_in();
        let facts = crate::guard::Facts::default();
        let mut held = Vec::new();
        for text in library.texts() {
            for (language, words) in text.languages() {
                let looked = guard.look(language, words, &facts);
                if looked.is_held() {
                    held.push((text.name.clone(), language.to_owned(), looked.finds));
                }
            }
        }
        assert!(held.is_empty(), "{held:?}");
        for name in ["thank-you", "ring-999", "ring-101", "finished", "childline"] {
            assert!(library.text(name).is_some(), "{name}");
        }
        let young = library.texts().iter().filter(|text| text.young);
        assert!(young.clone().count() >= 5);
        assert!(
            young
                .clone()
                .all(|text| text.kind != LibraryKind::StageMessage)
        );
    }

    #[test]
    fn a_text_is_bound_to_its_stages() {
        let library = Library::built_in();
        let finished = library.text("finished").unwrap();
        assert!(finished.fits("finished") && !finished.fits("read"));
        let ring = library.text("ring-999").unwrap();
        assert!(ring.fits("received") && ring.fits("finished"));
    }

    #[test]
    fn a_file_with_a_missing_language_is_named_and_a_broken_one_names_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("rules/replies");
        std::fs::create_dir_all(&own).unwrap();
        let good = "kind = \"safety\"\n[texts]\nen = \"Ring 999.\"\npl = \"Zadzwoń pod 999.\"\n";
        std::fs::write(own.join("ring-999.toml"), good).unwrap();
        let library = Library::read(folder.path()).unwrap();
        let lacking = library.lacking();
        assert_eq!(lacking.len(), 1);
        assert!(lacking[0].starts_with("rules/replies/ring-999.toml has no text for: ar, es"));
        for (of, by, line) in [
            ("safety", "joke", 1),
            ("Zadzwoń pod 999.", "{name}", 4),
            ("[texts]", "stages = [\"gone\"]\n[texts]", 2),
        ] {
            std::fs::write(own.join("ring-999.toml"), good.replace(of, by)).unwrap();
            let error = Library::read(folder.path()).unwrap_err();
            assert_eq!(error.line, Some(line), "{error}");
            assert!(error.to_string().contains("ring-999.toml"), "{error}");
        }
    }
}
