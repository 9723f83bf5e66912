//! Writes the lists of data files that are compiled in, one constant per folder: the languages of
//! the resident pages (`locales/CODE.ftl`), of text messages (`locales/texts/CODE.toml`), of PII
//! hints (`rules/hints/CODE.toml`), of threats (`rules/threats/CODE.toml`), of the guard of replies
//! (`rules/guard/CODE.toml`) and of usual words (`rules/usual-words/CODE.toml`), English first, the
//! others sorted by code. The library of replies (`rules/replies/NAME.toml`) is sorted by name.
//!
//! There is no other list, so a new language needs new files only.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

/// The root of the repository, from this crate's folder.
const ROOT: &str = "../..";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let root = Path::new(ROOT).canonicalize()?;
    let mut lists = String::new();
    for (name, about, folder, ending) in [
        (
            "PAGES",
            "The languages of the resident's pages",
            "locales",
            ".ftl",
        ),
        (
            "TEXTS",
            "The word lists of text messages",
            "locales/texts",
            ".toml",
        ),
        ("HINTS", "The patterns of PII hints", "rules/hints", ".toml"),
        ("THREATS", "The words of threat", "rules/threats", ".toml"),
        ("GUARD", "The rules for replies", "rules/guard", ".toml"),
        (
            "USUAL_WORDS",
            "The usual words of languages",
            "rules/usual-words",
            ".toml",
        ),
    ] {
        println!("cargo::rerun-if-changed={ROOT}/{folder}");
        writeln!(
            lists,
            "/// {about}: code and file, the default first.\npub const {name}: &[(&str, &str)] = &["
        )?;
        for code in files(&root.join(folder), ending)? {
            let file = root.join(folder).join(format!("{code}{ending}"));
            writeln!(lists, "    ({code:?}, include_str!({file:?})),")?;
        }
        lists.push_str("];\n");
    }
    let folder = "rules/replies";
    println!("cargo::rerun-if-changed={ROOT}/{folder}");
    lists.push_str(
        "/// The library of replies: name and file.\npub const REPLIES: &[(&str, &str)] = &[\n",
    );
    for name in names(&root.join(folder), ".toml")? {
        let file = root.join(folder).join(format!("{name}.toml"));
        writeln!(lists, "    ({name:?}, include_str!({file:?})),")?;
    }
    lists.push_str("];\n");
    let codes = codes(&root.join("locales"))?;
    writeln!(
        lists,
        "/// The codes of [`PAGES`], the default first.\npub const CODES: &[&str] = &{codes:?};"
    )?;
    let out =
        std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: build this crate with cargo")?;
    std::fs::write(Path::new(&out).join("built_in.rs"), lists)?;
    Ok(())
}

/// The language codes that have a file in this folder.
pub(crate) fn codes(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    files(folder, ".ftl")
}

/// The names of the files with this ending, without the ending, English first.
fn files(folder: &Path, ending: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let mut codes = names(folder, ending)?;
    codes.sort_by_key(|code| (code != "en", code.clone()));
    if codes.first().is_none_or(|first| first != "en") {
        return Err(format!(
            "{}/en{ending} is missing, and English is the default",
            folder.display()
        )
        .into());
    }
    Ok(codes)
}

/// The names of the files with this ending, without the ending, sorted.
fn names(folder: &Path, ending: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?
            .file_name()
            .into_string()
            .map_err(|_| "a language file has a name that is not UTF-8")?;
        if let Some(name) = name.strip_suffix(ending) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}
