//! The languages that the configuration names, and their default order (`rules/languages.txt`).

use toml::Spanned;

use super::Web;
use loke_core::config::{ConfigError, Source};
use loke_core::words::CODES;

/// The default order of the languages, one code on each line.
const ORDER: &str = include_str!("../../../rules/languages.txt");

/// The languages in their default order. Languages that the list does not name come last.
pub(super) fn in_order() -> Vec<&'static str> {
    let mut codes: Vec<&str> = ORDER.lines().filter(|code| CODES.contains(code)).collect();
    let others: Vec<&str> = CODES
        .iter()
        .copied()
        .filter(|c| !codes.contains(c))
        .collect();
    codes.extend(others);
    codes
}

pub(super) fn check_languages(source: &Source, web: &Web) -> Result<(), ConfigError> {
    let Some(languages) = &web.languages else {
        return Ok(());
    };
    let is_known = |code: &String| CODES.iter().any(|known| known.eq_ignore_ascii_case(code));
    match languages.get_ref().iter().find(|code| !is_known(code)) {
        None => Ok(()),
        Some(code) => Err(source.trouble(
            languages.span().start,
            format!("there is no language \"{code}\""),
            format!("Choose from: {}", CODES.join(", ")),
        )),
    }
}

/// Checks that each language is built in.
pub(super) fn read_languages(
    source: &Source,
    codes: Vec<Spanned<String>>,
) -> Result<Vec<String>, ConfigError> {
    let unknown = codes
        .iter()
        .find(|code| !CODES.contains(&code.get_ref().as_str()));
    if let Some(code) = unknown {
        return Err(source.trouble(
            code.span().start,
            format!("no language has the code {:?}", code.get_ref()),
            format!("Use codes of this list: {}", CODES.join(", ")),
        ));
    }
    Ok(codes.into_iter().map(Spanned::into_inner).collect())
}
