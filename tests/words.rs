//! The sentences that a resident reads, in every language: complete, plain, small on the wire, and
//! found only in the folder `locales`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::house::House;
use crate::house::browser::{Field, Page, request};

mod pages;
mod plain;
mod read;
mod sheets;
mod tenth;
mod translated;
mod weight;

#[expect(
    dead_code,
    reason = "the build's own rule of what a language is; its main is for the build"
)]
#[path = "../src/core/build.rs"]
mod build;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("locales")
}

/// The languages of the folder, by the build's rule, and the text of their files. English is first.
fn languages() -> Vec<(String, String)> {
    let read =
        |code: &String| std::fs::read_to_string(folder().join(format!("{code}.ftl"))).unwrap();
    build::codes(&folder())
        .unwrap()
        .into_iter()
        .map(|code| (code.clone(), read(&code)))
        .collect()
}

/// The messages of a file as written: a name in the first column, and the text after it and
/// indented below it.
fn messages(file: &str) -> BTreeMap<&str, String> {
    let mut all: BTreeMap<&str, String> = BTreeMap::new();
    let mut last = None;
    for line in file
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        match line.split_once(" =") {
            Some((id, value)) if !line.starts_with([' ', '}']) => {
                all.insert(id, value.trim().to_owned());
                last = Some(id);
            }
            _ => {
                let message = all
                    .get_mut(last.expect("a file begins with a message"))
                    .unwrap();
                message.push('\n');
                message.push_str(line);
            }
        }
    }
    all
}

/// Fetches a page as a browser that prefers this language.
async fn get(house: &House, path: &str, language: &str) -> Page {
    request(
        house.web,
        &format!("GET {path}"),
        &[("Accept-Language", language)],
        b"",
    )
    .await
    .unwrap()
}

/// Posts a form as a browser that prefers English.
async fn post(house: &House, path: &str, fields: &[Field]) -> Page {
    let (kind, body) = crate::house::browser::multipart(fields);
    request(
        house.web,
        &format!("POST {path}"),
        &[("Content-Type", &kind), ("Accept-Language", "en")],
        &body,
    )
    .await
    .unwrap()
}
