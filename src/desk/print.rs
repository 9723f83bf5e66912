//! The print pack: posters, a card, a large QR code for a bus stop and a sticker, as PDF and SVG,
//! and a briefing for organisations.
//!
//! A person who reads a poster may be afraid, and may be watched. So no large line names a crime,
//! nobody has to scan the code on the spot, and next to every phone number the sheet says what a
//! text leaves behind. Sheets are black on white, because they are copied on office machines.
//!
//! | module | contents |
//! |---|---|
//! | [`sheets`], [`mod@briefing`] | the layouts |
//! | [`words`] | the sentences |
//! | [`sender`] | the names and the logo of the organisations that ask |
//!
//! [`loke_print`] contains layout, fonts and output formats.

pub mod briefing;
pub mod sender;
pub mod sheets;
pub mod words;

use std::collections::BTreeSet;

use crate::campaign::Role;
use loke_core::campaign::CampaignCode;
use loke_print::sheet::Sheet;

/// Most sheets on one page of the preview.
const PREVIEW: usize = 9;
/// Longest host name of the gateway. A phone can still read its QR code from a sticker.
pub const LONGEST_HOST: usize = 60;

/// Why nothing was printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// The address cannot be printed.
    #[error(
        "\"{0}\" cannot be printed. Give the gateway's public address as https://HOST, with nothing after it and at most {LONGEST_HOST} characters in HOST"
    )]
    Url(String),
    /// Not a phone number for texts.
    #[error(
        "\"{0}\" is not a number for texts. Give 4 to 15 digits, with spaces if you like, and + for a foreign number"
    )]
    Number(String),
    /// No sheet can be printed in this language.
    #[error("no sheet can be printed in \"{0}\". The languages are: {1}")]
    Language(String, String),
    /// Not two different languages.
    #[error("\"{0}\" is not a pair of languages. Name two, such as en,pl")]
    Pair(String),
    /// The names or the logo cannot be printed.
    #[error(transparent)]
    Sender(#[from] sender::SenderRefused),
    /// A font cannot be read.
    #[error(transparent)]
    Font(#[from] loke_print::fonts::BadFont),
    /// A language file cannot be read.
    #[error("a built-in language file cannot be read. This build is broken: use another version")]
    Words,
    /// The PDF cannot be written.
    #[error(transparent)]
    Pdf(#[from] loke_print::pdf::BadPdf),
}

/// The gateway's public host name, for printing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site(String);

impl Site {
    /// Parses `https://HOST`.
    ///
    /// # Errors
    /// [`Failed::Url`] for anything else: a path, a user, plain http, a character that is not in
    /// the QR code's alphanumeric mode.
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

    /// The text of the QR code, in upper case, which needs the fewest modules.
    #[must_use]
    pub fn scanned(&self, code: CampaignCode) -> String {
        format!("HTTPS://{}/C/{code}", self.0.to_ascii_uppercase())
    }

    /// The address for typing.
    #[must_use]
    pub fn typed(&self, code: CampaignCode) -> String {
        format!("{}/c/{code}", self.0)
    }
}

/// The phone number for texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextChannel {
    /// The number as printed.
    pub number: String,
    /// Whether a text must begin with the code.
    pub keyword: bool,
    /// Whether texts are answered (`[sms] answers` of the gateway). Then no sheet says that there
    /// is no answer.
    pub answers: bool,
}

impl TextChannel {
    /// Parses a number.
    ///
    /// # Errors
    /// [`Failed::Number`] if it is not a phone number.
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
/// [`Failed::Language`] with the first unsupported language.
pub fn check_languages(languages: &[String]) -> Result<(), Failed> {
    match languages
        .iter()
        .find(|code| !words::CODES.contains(&code.as_str()))
    {
        Some(code) => Err(Failed::Language(code.clone(), words::CODES.join(", "))),
        None => Ok(()),
    }
}

/// What a pack contains.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// One set of sheets for each language.
    pub languages: Vec<String>,
    /// One A4 poster for each pair of languages.
    pub pairs: Vec<[String; 2]>,
    /// Larger pages, with cutting marks.
    pub crop_marks: bool,
}

impl Contents {
    /// Parses the languages, and the pairs such as `en,pl`.
    ///
    /// # Errors
    /// [`Failed::Language`], [`Failed::Pair`].
    pub fn read(languages: &[String], pairs: &[String], crop_marks: bool) -> Result<Self, Failed> {
        check_languages(languages)?;
        let pair = |typed: &String| {
            let pair: Vec<String> = typed
                .split(',')
                .map(|code| code.trim().to_owned())
                .collect();
            check_languages(&pair)?;
            match <[String; 2]>::try_from(pair) {
                Ok([first, second]) if first != second => Ok([first, second]),
                _ => Err(Failed::Pair(typed.clone())),
            }
        };
        Ok(Self {
            languages: without_repeats(languages.to_vec()),
            pairs: without_repeats(pairs.iter().map(pair).collect::<Result<_, _>>()?),
            crop_marks,
        })
    }
}

/// Keeps the first of equal values: each is a file of its own.
fn without_repeats<T: Ord + Clone>(mut list: Vec<T>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    list.retain(|value| seen.insert(value.clone()));
    list
}

/// The result of [`pack`].
pub struct Printed {
    /// The number of sheets.
    pub sheets: usize,
    /// The languages whose sheets are marked as a draft.
    pub drafts: Vec<String>,
}

/// Draws every sheet, and passes each file's name and bytes to `write`. The last file is a preview
/// of all of them.
///
/// # Errors
/// If a sheet cannot be drawn, or `write` fails.
pub fn pack<E: From<Failed>>(
    job: &sheets::Job<'_>,
    contents: &Contents,
    mut write: impl FnMut(&str, &[u8]) -> Result<(), E>,
) -> Result<Printed, E> {
    let fonts = loke_print::fonts::Fonts::load().map_err(Failed::from)?;
    let all = words::read()?;
    let say = |language: &String| words::Sentences::of(&all, language).ok_or(Failed::Words);
    let mut drafts = BTreeSet::new();
    let mut previews = Vec::new();
    let mut sheets = 0;
    let mut sets: Vec<Vec<(String, Sheet)>> = Vec::new();
    for language in &contents.languages {
        let say = say(language)?;
        drafts.extend(job.is_draft(say).then(|| language.clone()));
        let named = sheets::NAMES.iter().map(|name| {
            let sheet = sheets::sheet(name, &fonts, say, job)?;
            Ok::<_, Failed>((format!("{name}-{language}"), sheet))
        });
        sets.push(named.collect::<Result<_, Failed>>()?);
    }
    let mut together = Vec::new();
    for [first, second] in &contents.pairs {
        let says = [say(first)?, say(second)?];
        for (say, language) in says.into_iter().zip([first, second]) {
            drafts.extend(job.is_draft(say).then(|| language.clone()));
        }
        let sheet = sheets::two_languages(&fonts, says, job)?;
        together.push((format!("poster-a4-{first}-{second}"), sheet));
    }
    let chunks: Vec<_> = together.chunks(PREVIEW).map(<[_]>::to_vec).collect();
    for set in sets.into_iter().chain(chunks) {
        previews.push(sheets::preview(&fonts, &set));
        sheets += set.len();
        for (name, sheet) in set {
            let sheet = if contents.crop_marks {
                sheet.with_crop_marks()
            } else {
                sheet
            };
            let svg = loke_print::svg::of(&fonts, &sheet);
            write(&format!("{name}.svg"), svg.as_bytes())?;
            let pdf = loke_print::pdf::of(&fonts, &[sheet]).map_err(Failed::from)?;
            write(&format!("{name}.pdf"), &pdf)?;
        }
    }
    let preview = loke_print::pdf::of(&fonts, &previews).map_err(Failed::from)?;
    write("preview.pdf", &preview)?;
    Ok(Printed {
        sheets,
        drafts: drafts.into_iter().collect(),
    })
}

/// The briefing as a PDF.
///
/// # Errors
/// If the page cannot be drawn.
pub fn briefing(
    organisation: &str,
    role: Role,
    code: CampaignCode,
    site: &Site,
) -> Result<Vec<u8>, Failed> {
    let fonts = loke_print::fonts::Fonts::load()?;
    sender::printable(&fonts, organisation)?;
    Ok(loke_print::pdf::of(
        &fonts,
        &[briefing::sheet(&fonts, organisation, role, code, site)?],
    )?)
}
