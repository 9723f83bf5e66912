//! The print pack: what is on it, that phones read its codes, and that its text is real text in
//! every language. The library draws the sheets; other programs (poppler, librsvg, zbar) render and
//! read them.

mod briefing;
mod codes;
mod commands;
mod layout;
mod text;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::house::skip::skipped;
use loke::campaign::CampaignCode;
use loke::desk::print::sheets::{self, Job, NAMES};
use loke::desk::print::words::{CODES, Sentences, read};
use loke::desk::print::{Site, TextChannel};
use loke::print::fonts::Fonts;
use loke::print::paper::Sheet;
use loke::print::{pdf, svg};
use loke::tip::Topic;

/// The URL in the codes of these sheets.
const URL: &str = "https://tell.norwich.example";
const NUMBER: &str = "07700 900123";

/// One drawn sheet in one language.
struct Drawn {
    name: String,
    language: &'static str,
    right_to_left: bool,
    sheet: Sheet,
    code: CampaignCode,
}

impl Drawn {
    fn pdf(&self, fonts: &Fonts) -> Vec<u8> {
        pdf::of(
            fonts,
            std::slice::from_ref(&self.sheet),
            self.language,
            self.right_to_left,
        )
        .unwrap()
    }

    /// Writes the sheet into a folder as PDF and SVG; returns both paths.
    fn write(&self, fonts: &Fonts, folder: &Path) -> (PathBuf, PathBuf) {
        let at = |kind: &str| folder.join(format!("{}-{}.{kind}", self.name, self.language));
        std::fs::write(at("pdf"), self.pdf(fonts)).unwrap();
        std::fs::write(at("svg"), svg::of(fonts, &self.sheet, self.language)).unwrap();
        (at("pdf"), at("svg"))
    }

    /// The text in its code.
    fn scanned(&self) -> String {
        format!("HTTPS://TELL.NORWICH.EXAMPLE/C/{}", self.code)
    }
}

/// The five sheets in one language.
fn pack(
    fonts: &Fonts,
    language: &'static str,
    topic: Topic,
    texts: Option<&TextChannel>,
) -> Vec<Drawn> {
    let languages = read().unwrap();
    let say = Sentences::of(&languages, language).unwrap();
    let (code, site) = (CampaignCode::random().unwrap(), Site::read(URL).unwrap());
    let draw = |name: &&str| {
        let sheet = sheets::sheet(
            name,
            fonts,
            say,
            &Job {
                code,
                topic,
                site: &site,
                texts,
            },
        )
        .unwrap();
        Drawn {
            name: (*name).to_owned(),
            language,
            right_to_left: say.right_to_left(),
            sheet,
            code,
        }
    };
    NAMES.iter().map(draw).collect()
}

/// Every sheet in every language, for a gateway that accepts text messages.
fn everything(fonts: &Fonts) -> Vec<Drawn> {
    let texts = TextChannel::read(NUMBER, true, false).unwrap();
    CODES
        .iter()
        .flat_map(|language| pack(fonts, language, Topic::Cuckooing, Some(&texts)))
        .collect()
}

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
