//! The print pack: posters, a card, a large code for a bus stop and a sticker, as PDF and SVG, and
//! a briefing for organisations.
//!
//! Whoever reads a poster may be afraid, and may be watched. So no large line names a crime, nobody
//! has to scan anything there and then, and beside every number to text stands what texting leaves
//! behind. Black on white: it is copied on office machines.
//!
//! | file | what it does |
//! |---|---|
//! | [`sheets`], [`mod@briefing`] | what stands where |
//! | [`words`] | the sentences |
//!
//! Laying out, the fonts and writing it down are in [`loke_print`].

pub mod briefing;
pub mod sheets;
pub mod words;

use crate::campaign::Role;
use loke_core::campaign::CampaignCode;

/// Longest address of the gateway. Its code then has dots that a phone still reads from a sticker.
pub const LONGEST_HOST: usize = 60;

/// Why nothing was printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// Not an address that can be printed.
    #[error(
        "\"{0}\" cannot be printed. Give the gateway's public address as https://HOST, with nothing behind it and at most {LONGEST_HOST} characters in HOST"
    )]
    Url(String),
    /// Not a number that one texts to.
    #[error(
        "\"{0}\" is no number that one can text to. Give 4 to 15 digits, with spaces where they are read, and + for a foreign one"
    )]
    Number(String),
    /// A language that no sheet can be printed in.
    #[error("no sheet can be printed in \"{0}\". The languages are: {1}")]
    Language(String, String),
    /// A font.
    #[error(transparent)]
    Font(#[from] loke_print::fonts::BadFont),
    /// A language file.
    #[error("a language file that is built in cannot be read. This build is broken: use another")]
    Words,
    /// A PDF.
    #[error(transparent)]
    Pdf(#[from] loke_print::pdf::BadPdf),
}

/// The gateway's public address, as it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site(String);

impl Site {
    /// Reads `https://HOST`.
    ///
    /// # Errors
    /// [`Failed::Url`] for anything else: a path, a user, plain http, a character that the code's
    /// small alphabet does not have.
    pub fn read(url: &str) -> Result<Self, Failed> {
        let host = url
            .trim()
            .strip_prefix("https://")
            .map(|rest| rest.trim_end_matches('/'));
        let fits = |host: &&str| {
            host.contains('.')
                && host.len() <= LONGEST_HOST
                && host
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'))
        };
        host.filter(fits)
            .map(|host| Self(host.to_ascii_lowercase()))
            .ok_or_else(|| Failed::Url(url.to_owned()))
    }

    /// What the square code says: upper case, which takes the fewest dots.
    #[must_use]
    pub fn scanned(&self, code: CampaignCode) -> String {
        format!("HTTPS://{}/C/{code}", self.0.to_ascii_uppercase())
    }

    /// What a person types.
    #[must_use]
    pub fn typed(&self, code: CampaignCode) -> String {
        format!("{}/c/{code}", self.0)
    }
}

/// The number that one texts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// As it is printed.
    pub number: String,
    /// Whether a text begins with the code.
    pub keyword: bool,
    /// Whether texts are answered (`[sms] answers` of the gateway): then no sheet says that no
    /// answer will come.
    pub answers: bool,
}

impl Texts {
    /// Reads a number.
    ///
    /// # Errors
    /// [`Failed::Number`] where it is none.
    pub fn read(number: &str, keyword: bool, answers: bool) -> Result<Self, Failed> {
        let number = number.trim();
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let rest = number.strip_prefix('+').unwrap_or(number);
        let fits =
            (4..=15).contains(&digits) && rest.bytes().all(|b| b.is_ascii_digit() || b == b' ');
        if fits {
            Ok(Self {
                number: number.to_owned(),
                keyword,
                answers,
            })
        } else {
            Err(Failed::Number(number.to_owned()))
        }
    }
}

/// Checks that sheets can be printed in these languages.
///
/// # Errors
/// [`Failed::Language`] naming the first that they cannot.
pub fn check_languages(languages: &[String]) -> Result<(), Failed> {
    match languages
        .iter()
        .find(|code| !words::CODES.contains(&code.as_str()))
    {
        Some(code) => Err(Failed::Language(code.clone(), words::CODES.join(", "))),
        None => Ok(()),
    }
}

/// What was printed.
pub struct Printed {
    /// How many sheets.
    pub sheets: usize,
    /// The languages that no native reader has read yet.
    pub drafts: Vec<String>,
}

/// Draws every sheet in these languages; `write` is given each file's name and bytes.
///
/// # Errors
/// Where a sheet cannot be drawn, or `write` fails.
pub fn pack<E: From<Failed>>(
    job: &sheets::Job<'_>,
    languages: &[String],
    mut write: impl FnMut(&str, &[u8]) -> Result<(), E>,
) -> Result<Printed, E> {
    let mut printed = Printed {
        sheets: languages.len() * sheets::NAMES.len(),
        drafts: Vec::new(),
    };
    check_languages(languages)?;
    let fonts = loke_print::fonts::Fonts::load().map_err(Failed::from)?;
    let all = words::read()?;
    for language in languages {
        let say = words::Sentences::of(&all, language).ok_or(Failed::Words)?;
        if say.is_draft() {
            printed.drafts.push(language.clone());
        }
        for name in sheets::NAMES {
            let sheet = [sheets::sheet(name, &fonts, say, job)?];
            write(
                &format!("{name}-{language}.pdf"),
                &loke_print::pdf::of(&fonts, &sheet, language, say.right_to_left())
                    .map_err(Failed::from)?,
            )?;
            let [sheet] = &sheet;
            write(
                &format!("{name}-{language}.svg"),
                loke_print::svg::of(&fonts, sheet, language).as_bytes(),
            )?;
        }
    }
    Ok(printed)
}

/// The briefing as a PDF.
///
/// # Errors
/// Where the page cannot be drawn.
pub fn briefing(
    organisation: &str,
    role: Role,
    code: CampaignCode,
    site: &Site,
) -> Result<Vec<u8>, Failed> {
    let fonts = loke_print::fonts::Fonts::load()?;
    Ok(loke_print::pdf::of(
        &fonts,
        &[briefing::sheet(&fonts, organisation, role, code, site)?],
        "en",
        false,
    )?)
}
