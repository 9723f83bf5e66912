//! `/you-said`: the static pages of "You said, we did", as the desk wrote them. They are read once, at
//! start, from the folder that the configuration names, within bounds: no request reaches a file.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::extract::{Extension, Path as UrlPath, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::listener::caller::Caller;
use crate::web::Site;
use crate::web::pages::{SIZE_CLASS, fill, with_headers};
use loke_core::private_file;
use loke_core::words::Languages;

/// Largest page, in bytes: with headers it fits the first flight of packets (promise P11).
const LARGEST: usize = 2 * SIZE_CLASS;
/// Most pages of one language.
const MOST: usize = 128;
/// Parts that no page of ours has: scripts, forms, other requests, or a way to move the reader.
const NEVER: [&str; 9] = [
    "<script",
    "<form",
    "<iframe",
    "<img",
    "<object",
    "<embed",
    "<base",
    "refresh",
    "javascript:",
];

/// The pages, by language and name.
#[derive(Default)]
pub struct YouSaid(BTreeMap<(&'static str, String), String>);

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NotServed {
    /// A file failed.
    #[error("you_said: {0}")]
    File(#[from] private_file::Error),
    /// The folder cannot be listed.
    #[error(
        "you_said: the folder of {0} cannot be read. Write it anew: `loke-desk you-said pages`"
    )]
    Folder(&'static str),
    /// A page is none that the desk wrote.
    #[error(
        "you_said: {0}/{1} is not a page of the desk. Write the folder anew: `loke-desk you-said pages`"
    )]
    Page(&'static str, String),
}

impl YouSaid {
    /// Reads the pages of every language.
    ///
    /// # Errors
    /// [`NotServed`]: a language or its list of areas is missing, or a page is too large or has a
    /// part that no page of the desk has.
    pub fn read(folder: &Path, languages: &Languages) -> Result<Self, NotServed> {
        let mut pages = BTreeMap::new();
        for code in languages.all().iter().map(|words| words.code) {
            let unread = |_| NotServed::Folder(code);
            let files = std::fs::read_dir(folder.join(code)).map_err(unread)?;
            for (file, count) in files.zip(1..) {
                let file = file.map_err(unread)?;
                let shown = file.file_name().to_string_lossy().into_owned();
                let strange = || NotServed::Page(code, shown.clone());
                let name = shown.strip_suffix(".html").filter(|name| is_name(name));
                let name = name.ok_or_else(strange)?.to_owned();
                if count > MOST {
                    return Err(strange());
                }
                let bytes = private_file::read(&file.path(), LARGEST as u64)?;
                let html = String::from_utf8(bytes).map_err(|_| strange())?;
                let lower = html.to_ascii_lowercase();
                if !lower.starts_with("<!doctype html>")
                    || NEVER.iter().any(|part| lower.contains(part))
                {
                    return Err(strange());
                }
                pages.insert((code, name), html);
            }
            if !pages.contains_key(&(code, "index".to_owned())) {
                return Err(NotServed::Folder(code));
            }
        }
        Ok(Self(pages))
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn is_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !name.is_empty() && name.len() <= 64 && name.bytes().all(plain)
}

/// `GET /you-said`: the list of areas, in the caller's language. The pages link to each other by
/// name, so their path has the language.
pub async fn list(State(site): State<Arc<Site>>, Extension(caller): Extension<Caller>) -> Response {
    if site.you_said.is_empty() {
        return super::missing(State(site), Extension(caller)).await;
    }
    let to = format!("/you-said/{}/index.html", caller.language);
    with_headers(Redirect::to(&to).into_response())
}

/// `GET /you-said/{language}/{page}`
pub async fn page(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    UrlPath((language, page)): UrlPath<(String, String)>,
) -> Response {
    let words = site.languages.get(&language);
    let name = page.strip_suffix(".html").unwrap_or(&page);
    let found = words.and_then(|words| site.you_said.0.get(&(words.code, name.to_owned())));
    match found {
        Some(html) => {
            with_headers((StatusCode::OK, Html(fill(html.clone(), SIZE_CLASS, 0))).into_response())
        }
        None => super::missing(State(site), Extension(caller)).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(page: &str) -> (tempfile::TempDir, Languages) {
        let languages = Languages::read().unwrap();
        let folder = tempfile::tempdir().unwrap();
        for words in languages.all() {
            std::fs::create_dir(folder.path().join(words.code)).unwrap();
            let index = folder.path().join(words.code).join("index.html");
            std::fs::write(index, "<!doctype html>\n<p>list").unwrap();
        }
        std::fs::write(folder.path().join("en/eaton.html"), page).unwrap();
        (folder, languages)
    }

    #[test]
    fn p11_a_folder_with_anything_but_small_pages_without_script_in_every_language_is_refused() {
        let read = |page: &str| {
            let (folder, languages) = folder(page);
            YouSaid::read(folder.path(), &languages).map(|pages| pages.0.len())
        };
        assert!(matches!(read("<!doctype html><p>x"), Ok(10)), "control");
        for page in [
            "",
            "<p>x",
            "<!doctype html><SCRIPT>",
            "<!doctype html><form>",
            "<!doctype html><meta http-equiv=Refresh>",
            &("<!doctype html>".to_owned() + &" ".repeat(LARGEST)),
        ] {
            assert!(read(page).is_err(), "{page:.40}");
        }
        let (dir, languages) = folder("<!doctype html>");
        let stray = dir.path().join("en/Notes.txt");
        std::fs::write(&stray, "x").unwrap();
        assert!(YouSaid::read(dir.path(), &languages).is_err());
        std::fs::remove_file(&stray).unwrap();
        std::fs::remove_file(dir.path().join("pl/index.html")).unwrap();
        assert!(YouSaid::read(dir.path(), &languages).is_err());
    }
}
