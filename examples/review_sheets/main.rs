//! `cargo review-sheets DIR`: writes a page for each language that no native reader has read. Print
//! it, give it to somebody who grew up with the language, and type what they write into `locales/`.

mod sheet;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;
use loke::words::Languages;

/// Write review sheets for native readers: one HTML page a language, to be printed
#[derive(Parser)]
#[command(name = "cargo review-sheets")]
struct Options {
    /// Folder for the pages; it is created if it is missing
    dir: PathBuf,
    /// Codes of the languages, such as pl,ro. Default: every language that nobody has read
    #[arg(long, value_delimiter = ',')]
    languages: Vec<String>,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let languages = Languages::read()?;
    if let Some(code) = options
        .languages
        .iter()
        .find(|code| languages.get(code).is_none())
    {
        anyhow::bail!("no language has the code {code:?}; see the files of locales/");
    }
    std::fs::create_dir_all(&options.dir)
        .with_context(|| format!("{} cannot be created", options.dir.display()))?;
    for words in languages.all() {
        let is_wanted = match options.languages.as_slice() {
            [] => words.is_draft(),
            codes => codes.iter().any(|code| code == words.code),
        };
        if is_wanted {
            let file = options.dir.join(format!("{}.html", words.code));
            write(&file, &sheet::page(&languages, words))?;
            loke::terminal::say(&file.display().to_string())?;
        }
    }
    Ok(())
}

fn write(file: &Path, page: &str) -> anyhow::Result<()> {
    std::fs::write(file, page).with_context(|| format!("{} cannot be written", file.display()))
}
