//! The print pack: what stands on it, that phones read its codes, and that its text is text in
//! every language. Sheets are drawn by the library and rendered by other people's programs
//! (poppler, librsvg, zbar).

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
use loke::desk::print::{Site, Texts};
use loke::print::fonts::Fonts;
use loke::print::paper::Sheet;
use loke::print::{pdf, svg};
use loke::tip::Topic;

/// Where the sheets of these tests lead.
const URL: &str = "https://tell.norwich.example";
const NUMBER: &str = "07700 900123";

/// One sheet of one language, drawn.
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

    /// Writes it into a folder as PDF and SVG; returns both paths.
    fn write(&self, fonts: &Fonts, folder: &Path) -> (PathBuf, PathBuf) {
        let at = |kind: &str| folder.join(format!("{}-{}.{kind}", self.name, self.language));
        std::fs::write(at("pdf"), self.pdf(fonts)).unwrap();
        std::fs::write(at("svg"), svg::of(fonts, &self.sheet, self.language)).unwrap();
        (at("pdf"), at("svg"))
    }

    /// What its code says.
    fn scanned(&self) -> String {
        format!("HTTPS://TELL.NORWICH.EXAMPLE/C/{}", self.code)
    }
}

/// The five sheets in one language.
fn pack(fonts: &Fonts, language: &'static str, topic: Topic, texts: Option<&Texts>) -> Vec<Drawn> {
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

/// Every sheet in every language, for residents who may text.
fn everything(fonts: &Fonts) -> Vec<Drawn> {
    let texts = Texts::read(NUMBER, true, false).unwrap();
    CODES
        .iter()
        .flat_map(|language| pack(fonts, language, Topic::Cuckooing, Some(&texts)))
        .collect()
}

/// Whether a program is there; says that the test is skipped where it is not.
fn there_is(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        skipped!("there is no {program} on this machine");
    }
    there
}

/// Runs a program of the machine; returns what it printed.
fn output(program: &str, args: &[&str]) -> Vec<u8> {
    let out = Command::new(program).args(args).output().unwrap();
    assert!(
        out.status.success(),
        "{program} {args:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    out.stdout
}
