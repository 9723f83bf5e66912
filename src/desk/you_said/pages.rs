//! The published figures as static pages: one a ward and language, and a list of the wards. They have
//! the style of the resident's pages, no script and no other request, and fit the first flight of
//! packets (promise P11).

use std::sync::LazyLock;

use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};

use super::months;
use crate::public_figures::{Level, PublicFigure, Share};
use crate::wards::{Wards, slug};
use loke_core::digest::sha256;
use loke_core::tip::Lane;
use loke_core::words::{Languages, Words};

/// Largest page with headers, in bytes: the first flight of packets.
pub const LARGEST: usize = 14_600;
/// Room for the headers of the gateway.
const HEADERS: usize = 700;
/// The page behind "leave this page": a dull one that anybody may have open.
pub const COVER: &str = "https://www.bbc.co.uk/weather";

/// The style of the resident's pages, as the gateway embeds it: its policy allows this hash alone.
static STYLE: LazyLock<String> =
    LazyLock::new(|| include_str!("../../../templates/resident/style.css").replace('\n', ""));

/// The pages failed.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// A language file or the template is broken.
    #[error("the texts of a language cannot be read. Install this version again")]
    Words,
    /// A page is too large.
    #[error("the page {0} is larger than {LARGEST} bytes. Use shorter names in rules/areas.toml")]
    Large(String),
}

/// A page: its path in the folder, and its text.
pub struct StaticPage {
    /// `en/mile-cross.html`.
    pub path: String,
    /// The HTML.
    pub html: String,
}

struct Subject {
    topic: String,
    /// The sentence for the level.
    level: String,
    area: String,
    cells: Vec<CellLines>,
}

struct CellLines {
    months: String,
    reported: String,
    done: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "resident/you-said.html")]
struct AreaPage<'a> {
    t: &'a Words,
    style: &'static str,
    policy: String,
    leave: &'a str,
    area: &'a str,
    subjects: Vec<Subject>,
    /// File names and names of wards, on the list alone.
    wards: Vec<(String, &'a str)>,
    file: String,
    languages: &'a [Words],
}

/// All pages of these figures, in every language.
///
/// # Errors
/// [`NotMade`].
pub fn pages(
    figures: &[PublicFigure],
    wards: &Wards,
    leave: &str,
) -> Result<Vec<StaticPage>, NotMade> {
    let languages = Languages::read().map_err(|_| NotMade::Words)?;
    let mut pages = Vec::new();
    for t in languages.all() {
        let page = |area, subjects, wards, file: String| AreaPage {
            t,
            style: &STYLE,
            policy: policy(),
            leave,
            area,
            subjects,
            wards,
            file,
            languages: languages.all(),
        };
        let names = wards.all().map(|ward| (slug(ward), ward)).collect();
        pages.push(rendered(&page("", Vec::new(), names, "index".to_owned()))?);
        for ward in wards.all() {
            let subjects = subjects(t, figures, wards, ward);
            pages.push(rendered(&page(ward, subjects, Vec::new(), slug(ward)))?);
        }
    }
    Ok(pages)
}

fn policy() -> String {
    let hash = STANDARD.encode(sha256(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; form-action 'none'; base-uri 'none'")
}

fn rendered(page: &AreaPage<'_>) -> Result<StaticPage, NotMade> {
    let path = format!("{}/{}.html", page.t.code, page.file);
    let html = page.render().map_err(|_| NotMade::Words)?;
    if html.len() + HEADERS > LARGEST {
        return Err(NotMade::Large(path));
    }
    Ok(StaticPage { path, html })
}

/// A ward's subjects, each with its newest figures.
fn subjects(t: &Words, figures: &[PublicFigure], wards: &Wards, ward: &str) -> Vec<Subject> {
    let team = wards.team_of(ward);
    let covers = |figure: &&PublicFigure| match figure.level {
        Level::WardMonth | Level::WardQuarter => figure.area == ward,
        Level::TeamQuarter => team.is_some_and(|team| figure.area == team.name),
        Level::CityQuarter | Level::CityYear => true,
    };
    let lanes = Lane::ALL.iter().filter(|lane| **lane != Lane::Safeguarding);
    let subjects = lanes.map(|lane| {
        let mut here: Vec<&PublicFigure> = figures
            .iter()
            .filter(|figure| figure.lane == *lane)
            .filter(covers)
            .collect();
        here.sort_by_key(|figure| figure.first);
        let newest = here.last().copied();
        if let Some(newest) = newest {
            // The three months of one quarter are shown together.
            let months = if newest.level == Level::WardMonth {
                2
            } else {
                0
            };
            let since = newest.first.plus(-months);
            here.retain(|figure| figure.level == newest.level && figure.first >= since);
        }
        Subject {
            topic: t.say_of("topic-", lane.word()).to_owned(),
            level: newest.map_or_else(String::new, |newest| {
                t.say_of("said-", newest.level.word()).to_owned()
            }),
            area: newest.map_or_else(String::new, |newest| newest.area.clone()),
            cells: here.into_iter().map(|figure| lines(t, figure)).collect(),
        }
    });
    subjects.collect()
}

fn lines(t: &Words, figure: &PublicFigure) -> CellLines {
    let done = figure.done.iter().map(|(deed, share)| {
        let share = match share {
            Share::About(count) => t.say_count("said-count", count),
            Share::Most => t.say("said-most").to_owned(),
        };
        (t.say_of("said-", deed.word()).to_owned(), share)
    });
    CellLines {
        months: months(figure.first, figure.last),
        reported: t.say_count("said-count", &figure.reported),
        done: done.collect(),
    }
}
