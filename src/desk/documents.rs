//! The documents for partners: each kind of report as a PDF, as text to copy into another system,
//! and as CSV. The facts are the report's, the wording is data (`rules/documents/`).
//!
//! The same report, photos and wording always give the same bytes, so that a preview is what leaves.

pub mod day;
mod sentence;
mod wording;

use loke_core::clock::{Day, NotADay};
use loke_core::tip::Priority;
use loke_print::document::{Block, Document, Running};
use loke_print::fonts::{BadFont, Fonts};
use loke_print::pdf::BadPdf;
use loke_print::photo::Photo;

use crate::report::{Report, Target};

pub use wording::{Wording, Wordings};

/// A report in the forms that a partner can open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// A tagged PDF with embedded fonts.
    pub pdf: Vec<u8>,
    /// Plain text for copying.
    pub text: String,
    /// One row under its headings (RFC 4180).
    pub csv: String,
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// A photo cannot be in it.
    #[error("photo {0} of the report is not a JPEG")]
    Photo(usize),
    /// The report's day is not a date.
    #[error("the report's day is not valid: {0}")]
    Day(#[from] NotADay),
    /// A font cannot be read.
    #[error(transparent)]
    Font(#[from] BadFont),
    /// The PDF cannot be written.
    #[error(transparent)]
    Pdf(#[from] BadPdf),
    /// The CSV cannot be written.
    #[error("the CSV cannot be written")]
    Csv,
}

/// First on the desk's copy of a document that has an answer code.
const COPY: &str =
    "This is the desk's copy. It has no answer code: only the partner's document has it.";

/// Makes the document of a report. `photos` are the JPEGs that leave with it, in their order.
///
/// # Errors
/// [`Failed`].
pub fn render(
    report: &Report,
    photos: &[impl AsRef<[u8]>],
    wordings: &Wordings,
) -> Result<Rendered, Failed> {
    let document = document(report, photos, wordings.of(report.kind))?;
    rendered(&document, report, wordings)
}

/// The same for the desk itself: without the code and the keys, so that nobody answers as the partner
/// with it. If the partner's document has a code, the copy says that it has none.
///
/// # Errors
/// [`Failed`].
pub fn render_copy(
    report: &Report,
    photos: &[impl AsRef<[u8]>],
    wordings: &Wordings,
) -> Result<Rendered, Failed> {
    let bare = report.without_keys();
    let mut document = document(&bare, photos, wordings.of(report.kind))?;
    if given(report.answer_code.as_ref()).is_some() {
        document
            .blocks
            .insert(0, Block::Notice(vec![COPY.to_owned()]));
    }
    rendered(&document, &bare, wordings)
}

/// The text to copy, and the CSV: without the code and the keys, because they go into other systems.
///
/// # Errors
/// [`Failed`].
pub fn render_plain(report: &Report, wordings: &Wordings) -> Result<(String, String), Failed> {
    let bare = report.without_keys();
    let none: [Vec<u8>; 0] = [];
    let document = document(&bare, &none, wordings.of(report.kind))?;
    Ok((document.text(), csv(&bare, wordings)?))
}

fn rendered(document: &Document, report: &Report, wordings: &Wordings) -> Result<Rendered, Failed> {
    let fonts = Fonts::load()?;
    Ok(Rendered {
        pdf: document.pdf(&fonts)?,
        text: document.text(),
        csv: csv(report, wordings)?,
    })
}

fn document(
    report: &Report,
    photos: &[impl AsRef<[u8]>],
    wording: &Wording,
) -> Result<Document, Failed> {
    let day: Day = report.day.parse()?;
    let fill = |sentence: &String| wording.filled(sentence, report, day);
    let label = |name: &str| wording.label(name).to_owned();
    let kept_until = sentence::long_day(wording.kept_until(day));
    let mut blocks = vec![Block::Pairs(pairs(report, day, wording))];
    let mut first: Vec<String> = wording.first(report.target).iter().map(fill).collect();
    first.extend(report.work.iter().cloned());
    if !first.is_empty() {
        blocks.push(Block::Notice(first));
    }
    if !report.safety.is_empty() {
        blocks.push(Block::Heading(label("safety")));
        blocks.push(Block::List(report.safety.clone()));
    }
    let mut text = |name: &str, text: Option<&str>| {
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            blocks.push(Block::Heading(label(name)));
            blocks.push(Block::Text(text.trim().to_owned()));
        }
    };
    text("text", Some(&report.text));
    text("ask", report.ask.as_deref());
    text("conditions", report.conditions.as_deref());
    for section in &wording.sections {
        blocks.push(Block::Heading(section.heading.clone()));
        if !section.sentences.is_empty() {
            blocks.push(Block::List(section.sentences.iter().map(fill).collect()));
        }
        let (known, blanks) = wording.blanks(section, report);
        if !known.is_empty() {
            blocks.push(Block::Pairs(known));
        }
        if !blanks.is_empty() {
            blocks.push(Block::Blanks(blanks));
        }
    }
    if let Some(code) = given(report.answer_code.as_ref()) {
        blocks.push(Block::Heading(label("answer")));
        let sentences: Vec<String> = wording.answer.iter().map(fill).collect();
        blocks.push(Block::Text(sentences.join("\n")));
        blocks.push(Block::Code(code.to_owned()));
    }
    if !photos.is_empty() {
        blocks.push(Block::Heading(label("photos")));
    }
    for (n, jpeg) in photos.iter().enumerate() {
        let photo = Photo::read(jpeg.as_ref()).map_err(|_| Failed::Photo(n + 1))?;
        let caption = format!("Photo {} of {}", n + 1, photos.len());
        blocks.push(Block::Photo(photo, caption));
    }
    Ok(Document {
        title: wording.title.clone(),
        running: Running {
            marking: wording.marking.clone(),
            top_left: format!("{}: {}", label("to"), report.to),
            top_right: format!("{}: {}", label("reference"), report.reference),
            bottom_left: format!("{}: {kept_until}", label("kept_until")),
        },
        blocks,
    })
}

/// The facts in short, each with its label.
fn pairs(report: &Report, day: Day, wording: &Wording) -> Vec<(String, String)> {
    let priority = report.priority.map(|priority| {
        wording.label(match priority {
            Priority::Now => "now",
            Priority::Soon => "soon",
            Priority::Routine => "routine",
        })
    });
    let day = sentence::long_day(day);
    let facts = [
        ("reference", Some(report.reference.as_str())),
        ("from", Some(report.from.as_str())),
        ("to", Some(report.to.as_str())),
        ("day", Some(day.as_str())),
        ("priority", priority),
        ("place", given(report.place.as_ref())),
        ("grade", given(report.grade.as_ref())),
        ("handling", given(report.handling.as_ref())),
    ];
    let pair = |(name, value): (&str, Option<&str>)| {
        value.map(|value| (wording.label(name).to_owned(), value.to_owned()))
    };
    facts.into_iter().filter_map(pair).collect()
}

/// A text that is there.
fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// The report's fields as one row. The answer code is not among them, because the row goes into
/// other systems.
fn csv(report: &Report, wordings: &Wordings) -> Result<String, Failed> {
    let mut marked = report.clone();
    wordings.mark(&mut marked)?;
    let (safety, work) = (report.safety.join("; "), report.work.join("; "));
    let fields = [
        ("reference", Some(report.reference.as_str())),
        ("from", Some(report.from.as_str())),
        ("to", Some(report.to.as_str())),
        ("day", Some(report.day.as_str())),
        ("kind", Some(report.kind.word())),
        ("priority", report.priority.map(Priority::word)),
        ("target", report.target.map(Target::word)),
        ("due", given(report.due.as_ref())),
        ("text", Some(report.text.as_str())),
        ("place", given(report.place.as_ref())),
        ("grade", given(report.grade.as_ref())),
        ("handling", given(report.handling.as_ref())),
        ("conditions", given(report.conditions.as_ref())),
        (
            "safety",
            Some(safety.as_str()).filter(|safety| !safety.is_empty()),
        ),
        ("work", Some(work.as_str()).filter(|work| !work.is_empty())),
        ("ask", given(report.ask.as_ref())),
        ("replaces", given(report.replaces.as_ref())),
        ("marking", marked.marking.as_deref()),
        ("delete_by", marked.delete_by.as_deref()),
    ];
    let there = fields
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)));
    let (names, values): (Vec<&str>, Vec<&str>) = there.unzip();
    let mut table = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    table.write_record(names).map_err(|_| Failed::Csv)?;
    let values = values.into_iter().map(harmless);
    table.write_record(values).map_err(|_| Failed::Csv)?;
    let bytes = table.into_inner().map_err(|_| Failed::Csv)?;
    String::from_utf8(bytes).map_err(|_| Failed::Csv)
}

/// A spreadsheet runs a cell that begins like a formula, so such a cell begins with an apostrophe.
fn harmless(value: &str) -> String {
    if value.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{value}")
    } else {
        value.to_owned()
    }
}
