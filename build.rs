//! Lists the languages of the resident's pages: each `locales/CODE.ftl` is one, English first, the others by their code. In the same
//! way those of text messages, `locales/texts/CODE.toml`, and of PII hints, `rules/hints/CODE.toml`. No other list is kept anywhere, so that a further language is one new file.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=rules/hints");
    let codes = codes(Path::new("locales"))?;
    let mut list = String::from("/// The languages that are built in: code and file, the default first.\nconst FILES: &[(&str, &str)] = &[\n");
    for code in &codes {
        writeln!(list, "    ({code:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/locales/{code}.ftl\"))),")?;
    }
    writeln!(list, "];\n/// Their codes, the default first.\npub const CODES: &[&str] = &{codes:?};")?;
    let out = std::env::var_os("OUT_DIR").ok_or("cargo did not say where to write")?;
    std::fs::write(Path::new(&out).join("languages.rs"), list)?;
    let mut texts = String::from("/// The word lists that are built in: code and file, the default first.\nconst FILES: &[(&str, &str)] = &[\n");
    for code in files(Path::new("locales/texts"), ".toml")? {
        writeln!(texts, "    ({code:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/locales/texts/{code}.toml\"))),")?;
    }
    texts.push_str("];\n");
    std::fs::write(Path::new(&out).join("texts.rs"), texts)?;
    let mut hints = String::from("/// The PII hints that are built in: code and file, the default first.\nconst HINTS: &[(&str, &str)] = &[\n");
    for code in files(Path::new("rules/hints"), ".toml")? {
        writeln!(hints, "    ({code:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/rules/hints/{code}.toml\"))),")?;
    }
    hints.push_str("];\n");
    std::fs::write(Path::new(&out).join("hints.rs"), hints)?;
    Ok(())
}

/// The codes of the languages that a folder has files of.
pub(crate) fn codes(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    files(folder, ".ftl")
}

/// What a folder's files with this ending are called without it, English first.
fn files(folder: &Path, ending: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let mut codes = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().into_string().map_err(|_| "a file of a language has a name that is not UTF-8")?;
        if let Some(code) = name.strip_suffix(ending) {
            codes.push(code.to_owned());
        }
    }
    codes.sort_by_key(|code| (code != "en", code.clone()));
    if codes.first().is_none_or(|first| first != "en") {
        return Err(format!("{}/en{ending} is missing, and English is the default", folder.display()).into());
    }
    Ok(codes)
}
