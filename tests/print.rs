//! The print pack: what is on it, that phones read its codes, and that its text is real text in
//! every language. The library draws the sheets; other programs (poppler, librsvg, zbar) render and
//! read them.

mod briefing;
mod codes;
mod commands;
mod layout;
mod logo;
mod tags;
mod text;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crate::house::skip::skipped;
use loke::campaign::CampaignCode;
use loke::desk::print::sender::Sender;
use loke::desk::print::sheets::{self, Job, NAMES};
use loke::desk::print::words::{CODES, Sentences, read};
use loke::desk::print::{Site, TextChannel};
use loke::print::fonts::Fonts;
use loke::print::logo::Logo;
use loke::print::sheet::Sheet;
use loke::print::{pdf, svg};
use loke::tip::Topic;

/// The URL in the codes of these sheets.
const URL: &str = "https://tell.norwich.example";
const NUMBER: &str = "07700 900123";

/// One drawn sheet in one language, or in two (`en-pl`).
struct Drawn {
    name: String,
    language: String,
    sheet: Sheet,
    code: CampaignCode,
}

impl Drawn {
    fn pdf(&self, fonts: &Fonts) -> Vec<u8> {
        pdf::of(fonts, std::slice::from_ref(&self.sheet)).unwrap()
    }

    /// Writes the sheet into a folder as PDF and SVG; returns both paths.
    fn write(&self, fonts: &Fonts, folder: &Path) -> (PathBuf, PathBuf) {
        let at = |kind: &str| folder.join(format!("{}-{}.{kind}", self.name, self.language));
        std::fs::write(at("pdf"), self.pdf(fonts)).unwrap();
        std::fs::write(at("svg"), svg::of(fonts, &self.sheet)).unwrap();
        (at("pdf"), at("svg"))
    }

    /// The text in its code.
    fn scanned(&self) -> String {
        format!("HTTPS://TELL.NORWICH.EXAMPLE/C/{}", self.code)
    }

    fn title(&self) -> String {
        format!("{} {}", self.name, self.language)
    }
}

/// A crest of four shapes: a shield with a bar, a castle and a line.
const CREST: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 80">
<defs><path id="tower" d="M0 0h10v14h-10z"/></defs>
<path fill="#b00020" d="M2 2h56v40c0 20-16 30-28 36C18 72 2 62 2 42z"/>
<g fill="#fff" transform="translate(10 14)"><use href="#tower"/><use href="#tower" x="30"/></g>
<rect x="8" y="48" width="44" height="8" fill="gold" stroke="#000" stroke-width="1"/></svg>"##;

/// Two names and a crest.
fn sender() -> Sender {
    Sender {
        names: vec![
            "Norwich City Council".to_owned(),
            "Norfolk Constabulary".to_owned(),
        ],
        logo: Some(Arc::new(Logo::read(CREST.as_bytes()).unwrap())),
    }
}

/// What a test prints.
struct Print<'a> {
    topic: Topic,
    texts: Option<&'a TextChannel>,
    sender: Sender,
    read: Vec<String>,
}

impl Default for Print<'_> {
    /// Cuckooing, without texts, with a sender, every language read by a native reader.
    fn default() -> Self {
        Self {
            topic: Topic::Cuckooing,
            texts: None,
            sender: sender(),
            read: CODES.iter().map(|code| (*code).to_owned()).collect(),
        }
    }
}

impl Print<'_> {
    /// The sheets in one language, or the poster in two (`en-pl`).
    fn sheets(&self, fonts: &Fonts, languages: &str) -> Vec<Drawn> {
        let words = read().unwrap();
        let says: Vec<_> = languages
            .split('-')
            .map(|code| Sentences::of(&words, code).unwrap())
            .collect();
        let (code, site) = (CampaignCode::random().unwrap(), Site::read(URL).unwrap());
        let job = Job {
            code,
            topic: self.topic,
            site: &site,
            texts: self.texts,
            sender: &self.sender,
            languages_read: &self.read,
        };
        let drawn = |name: &str, sheet| Drawn {
            name: name.to_owned(),
            language: languages.to_owned(),
            sheet,
            code,
        };
        match says[..] {
            [first, second] => {
                let sheet = sheets::two_languages(fonts, [first, second], &job).unwrap();
                vec![drawn("poster-a4", sheet)]
            }
            _ => NAMES
                .iter()
                .map(|name| drawn(name, sheets::sheet(name, fonts, says[0], &job).unwrap()))
                .collect(),
        }
    }
}

/// The sheets in one language, without a sender.
fn pack(fonts: &Fonts, language: &str, topic: Topic, texts: Option<&TextChannel>) -> Vec<Drawn> {
    let print = Print {
        topic,
        texts,
        sender: Sender::default(),
        ..Print::default()
    };
    print.sheets(fonts, language)
}

/// Pairs of languages: two scripts, two directions, long words.
const PAIRS: [&str; 4] = ["en-pl", "en-ar", "ar-zh", "hu-lt"];

/// Every sheet in every language and the pairs, for a gateway that accepts text messages.
fn everything(fonts: &Fonts) -> Vec<Drawn> {
    let texts = TextChannel::read(NUMBER, true, false).unwrap();
    let print = Print {
        texts: Some(&texts),
        ..Print::default()
    };
    CODES
        .iter()
        .chain(&PAIRS)
        .flat_map(|languages| print.sheets(fonts, languages))
        .collect()
}

/// How many sheets [`everything`] has.
const EVERYTHING: usize = 9 * 6 + PAIRS.len();

/// Whether a program is installed; if not, prints that the test is skipped.
fn there_is(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        skipped!("there is no {program} on this machine");
    }
    there
}

/// Runs a program; returns its standard output.
fn output(program: &str, args: &[&str]) -> Vec<u8> {
    let out = Command::new(program).args(args).output().unwrap();
    assert!(
        out.status.success(),
        "{program} {args:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    out.stdout
}
