//! A document of several A4 pages: a title, pairs of label and value, headings, paragraphs, lists,
//! lines to fill in by hand, and photos. Each page has a header and a footer. A paragraph may be in
//! any of the nine languages; its first letter decides its direction.
//!
//! The same document always gives the same bytes: a PDF contains no time and no random number.

mod layout;
mod printable;

use std::fmt::Write as _;

use super::fonts::Fonts;
use super::pdf::{self, BadPdf};
use super::photo::Photo;
use super::sheet::Sheet;

pub use printable::printable;

/// A document.
#[derive(Clone, Default)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// The lines around each page.
    pub running: Running,
    /// Its contents, in reading order.
    pub blocks: Vec<Block>,
}

/// The lines around each page. An empty one is left out.
#[derive(Clone, Default)]
pub struct Running {
    /// The protective marking: at the top and at the bottom, in the middle.
    pub marking: String,
    /// At the top left: for example who it is for.
    pub top_left: String,
    /// At the top right: for example its reference.
    pub top_right: String,
    /// At the bottom left: for example until when it may be kept. The page's number is at the right.
    pub bottom_left: String,
}

/// A part of a document.
#[derive(Clone)]
pub enum Block {
    /// A heading. It stays with what follows.
    Heading(String),
    /// Text; each line of it is a paragraph.
    Text(String),
    /// Text in a frame, which is read first.
    Notice(Vec<String>),
    /// Labels and values.
    Pairs(Vec<(String, String)>),
    /// Points of a list.
    List(Vec<String>),
    /// A code that somebody types, in large letters.
    Code(String),
    /// Lines to fill in by hand, each after its label.
    Blanks(Vec<String>),
    /// A photo and its caption, which also describes it to a person who cannot see it.
    Photo(Photo, String),
}

impl Document {
    /// The pages.
    #[must_use]
    pub fn pages(&self, fonts: &Fonts) -> Vec<Sheet> {
        layout::pages(fonts, self)
    }

    /// The document as a tagged PDF (PDF/UA-1).
    ///
    /// # Errors
    /// [`BadPdf`] if the build is broken.
    pub fn pdf(&self, fonts: &Fonts) -> Result<Vec<u8>, BadPdf> {
        pdf::of_document(fonts, &self.pages(fonts))
    }

    /// The document as plain text, for copying into another system. A photo is its caption.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for line in [&self.running.marking, &self.title] {
            if !line.is_empty() {
                let _ = writeln!(out, "{line}");
            }
        }
        for block in &self.blocks {
            // A line after a heading belongs to it.
            if !out.ends_with(":\n") {
                out.push('\n');
            }
            match block {
                Block::Heading(heading) => {
                    let _ = writeln!(out, "{heading}:");
                }
                Block::Text(text) | Block::Code(text) => {
                    let _ = writeln!(out, "{}", text.trim_end());
                }
                Block::Notice(lines) => lines.iter().for_each(|line| {
                    let _ = writeln!(out, "{line}");
                }),
                Block::Pairs(pairs) => pairs.iter().for_each(|(label, value)| {
                    let _ = writeln!(out, "{label}: {value}");
                }),
                Block::List(points) => points.iter().for_each(|point| {
                    let _ = writeln!(out, "- {point}");
                }),
                Block::Blanks(labels) => labels.iter().for_each(|label| {
                    let _ = writeln!(out, "{label}: ");
                }),
                Block::Photo(_, caption) => {
                    let _ = writeln!(out, "[{caption}]");
                }
            }
        }
        if !self.running.bottom_left.is_empty() {
            let _ = writeln!(out, "\n{}", self.running.bottom_left);
        }
        out
    }
}
