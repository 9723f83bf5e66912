//! The sheets of a campaign. Each has a size that office paper is sold in or cut to: A3 to A7.
//! Lengths are in millimetres; those of the poster are of A4, and A3 and A5 are the same, scaled.

mod parts;
mod poster;
mod small;
mod two;

use std::f32::consts::{FRAC_1_SQRT_2, SQRT_2};

use super::sender::Sender;
use super::words::Sentences;
use super::{Failed, Site, TextChannel};
use loke_core::campaign::CampaignCode;
use loke_core::tip::Topic;
use loke_print::code::Code;
use loke_print::fonts::Fonts;
use loke_print::paper::{Language, Paper, Style};
use loke_print::sheet::Sheet;

/// The contents of a sheet.
pub struct Job<'a> {
    /// The campaign's code.
    pub code: CampaignCode,
    /// The topic of the signs to look for.
    pub topic: Topic,
    /// The gateway's address.
    pub site: &'a Site,
    /// The phone number for texts.
    pub texts: Option<&'a TextChannel>,
    /// Who asks: names and logo.
    pub sender: &'a Sender,
    /// The languages that a native reader has read, beside those whose file says so.
    pub languages_read: &'a [String],
}

impl Job<'_> {
    /// Whether the sheets of this language are a draft.
    #[must_use]
    pub fn is_draft(&self, say: Sentences<'_>) -> bool {
        say.is_draft() && !self.languages_read.iter().any(|code| code == say.code())
    }
}

/// The names of the sheets in one language, in printing order.
pub const NAMES: [&str; 6] = [
    "poster-a4",
    "poster-a3",
    "poster-a5",
    "card-a6",
    "bus-stop",
    "sticker",
];

/// The word across the sheets of a language that no native reader has read.
pub const DRAFT: &str = "DRAFT";

/// The sheet with this name, in this language.
///
/// # Errors
/// [`Failed::Url`] if the address is too long for a QR code.
pub fn sheet(
    name: &str,
    fonts: &Fonts,
    say: Sentences<'_>,
    job: &Job<'_>,
) -> Result<Sheet, Failed> {
    let hand = Hand::new(say, job)?;
    let language = say.language();
    let lay = |size: (f32, f32), bottom, draw: &dyn Fn(&mut Paper<'_>) -> f32| {
        Paper::fit(
            fonts,
            language,
            language.right_to_left,
            size,
            bottom,
            |paper| {
                let end = draw(paper);
                if job.is_draft(say) {
                    paper.stamp(DRAFT);
                }
                end
            },
        )
    };
    let a5 = FRAC_1_SQRT_2;
    Ok(match name {
        "poster-a3" => lay((297.0, 420.0), 408.0, &|paper| hand.poster(paper, SQRT_2)),
        "poster-a5" => lay((148.0, 210.0), 203.5, &|paper| hand.poster(paper, a5)),
        "card-a6" => lay((105.0, 148.0), 143.0, &|paper| hand.card(paper)),
        "bus-stop" => lay((148.0, 210.0), 204.0, &|paper| hand.bus_stop(paper)),
        "sticker" => lay((74.0, 105.0), 101.5, &|paper| hand.sticker(paper)),
        _ => lay((210.0, 297.0), 288.0, &|paper| hand.poster(paper, 1.0)),
    })
}

/// An A4 poster in two languages.
///
/// # Errors
/// [`Failed::Url`] if the address is too long for a QR code.
pub fn two_languages(
    fonts: &Fonts,
    says: [Sentences<'_>; 2],
    job: &Job<'_>,
) -> Result<Sheet, Failed> {
    let [first, second] = says;
    let hands = [Hand::new(first, job)?, Hand::new(second, job)?];
    let language = first.language();
    Ok(Paper::fit(
        fonts,
        language,
        false,
        (210.0, 297.0),
        288.0,
        |paper| {
            let end = two::poster(&hands, paper);
            paper.by_language();
            if says.into_iter().any(|say| job.is_draft(say)) {
                paper.stamp(DRAFT);
            }
            end
        },
    ))
}

/// All sheets of a language on one page, to look at before printing.
#[must_use]
pub fn preview(fonts: &Fonts, sheets: &[(String, Sheet)]) -> Sheet {
    let english = Language::ENGLISH;
    Paper::fit(fonts, english, false, (210.0, 297.0), 290.0, |paper| {
        let heading = "Preview. Print the single files, not this page.";
        paper.write(12.0, 8.0, 186.0, Style::plain(5.0).title(), heading);
        let (columns, wide, high) = (3, 58.0, 84.0);
        for (n, (name, sheet)) in sheets.iter().enumerate() {
            let x = 12.0 + (n % columns) as f32 * (wide + 6.0);
            let y = 20.0 + (n / columns) as f32 * (high + 6.0);
            paper.write(x, y, wide, Style::plain(3.0).address(), name);
            paper.miniature((x, y + 5.0), (wide, high - 6.0), sheet, name);
        }
        0.0
    })
}

/// The data that every sheet needs.
struct Hand<'a> {
    say: Sentences<'a>,
    job: &'a Job<'a>,
    code: Code,
    typed: String,
    scanned: String,
}

impl<'a> Hand<'a> {
    fn new(say: Sentences<'a>, job: &'a Job<'a>) -> Result<Self, Failed> {
        let scanned = job.site.scanned(job.code);
        Ok(Self {
            say,
            job,
            code: Code::of(&scanned).ok_or_else(|| Failed::Url(scanned.clone()))?,
            typed: job.site.typed(job.code),
            scanned,
        })
    }
}
