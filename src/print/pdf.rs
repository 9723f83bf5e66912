//! Writes sheets as a tagged PDF (PDF/UA-1): a program that reads it aloud finds the title, the
//! language, the headings and the lists in reading order. Text stays text; fonts are embedded with
//! only the used glyphs. The file does not contain its time or its author.

use std::num::NonZeroU16;

use krilla::configure::{Accessibility, Configuration, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{Point, Rect};
use krilla::metadata::{Metadata, TextDirection};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, ListNumbering, Node, SpanTag, Tag, TagGroup, TagTree,
};
use krilla::{Document, SerializeSettings};

use super::fonts::Fonts;
use super::sheet::{Mark, Piece, PlacedLine, Role, Sheet};

mod draw;

/// Points per millimetre.
const POINTS: f32 = 72.0 / 25.4;
/// White space beyond the cut that a printer may use, in millimetres.
const BLEED: f32 = 3.0;

/// The PDF cannot be built: the build is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the PDF cannot be written. This build is broken: use another version")]
pub struct BadPdf;

/// The PDF of these sheets, one page each. The first decides title, language and direction.
///
/// # Errors
/// If there is no sheet, or the PDF would not be accessible. None of our sheets causes this.
pub fn of(fonts: &Fonts, sheets: &[Sheet]) -> Result<Vec<u8>, BadPdf> {
    let titles = sheets.iter().map(Sheet::title).enumerate();
    write(fonts, sheets, titles)
}

/// The PDF of the pages of one document. Its headings are the outline.
///
/// # Errors
/// If there is no page, or the PDF would not be accessible.
pub fn of_document(fonts: &Fonts, pages: &[Sheet]) -> Result<Vec<u8>, BadPdf> {
    let headings = pages.iter().enumerate().flat_map(|(number, page)| {
        let headings = page
            .pieces
            .iter()
            .filter(|piece| matches!(piece.role, Role::Heading(_)));
        headings.map(move |piece| (number, piece.words.clone()))
    });
    write(fonts, pages, headings)
}

/// Writes sheets, and an outline of page numbers (from 0) and titles.
fn write(
    fonts: &Fonts,
    sheets: &[Sheet],
    titles: impl Iterator<Item = (usize, String)>,
) -> Result<Vec<u8>, BadPdf> {
    let first = sheets.first().ok_or(BadPdf)?;
    let mut document = Document::new_with(SerializeSettings {
        configuration: accessible()?,
        ..SerializeSettings::default()
    });
    let direction = if first.right_to_left {
        TextDirection::RightToLeft
    } else {
        TextDirection::LeftToRight
    };
    document.set_metadata(
        Metadata::new()
            .title(plain(&first.title()))
            .language(first.language.into())
            .text_direction(direction),
    );
    let (mut tree, mut outline) = (TagTree::new(), Outline::new());
    for sheet in sheets {
        let mut page = document.start_page_with(settings(sheet)?);
        let mut surface = page.surface();
        let mut part = TagGroup::new(Tag::Part.with_lang(Some(sheet.language.to_owned())));
        tag(&mut surface, fonts, sheet, &mut part);
        surface.finish();
        page.finish();
        tree.push(part);
    }
    for (number, title) in titles {
        let top = XyzDestination::new(number, Point::from_xy(0.0, 0.0));
        outline.push_child(OutlineNode::new(plain(&title), top));
    }
    document.set_outline(outline);
    document.set_tag_tree(tree.with_lang(Some(first.language.to_owned())));
    document.finish().map_err(|_| BadPdf)
}

fn accessible() -> Result<Configuration, BadPdf> {
    ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|_| BadPdf)
}

fn settings(sheet: &Sheet) -> Result<PageSettings, BadPdf> {
    let page = PageSettings::from_wh(sheet.width * POINTS, sheet.height * POINTS).ok_or(BadPdf)?;
    let Some([x, y, width, height]) = sheet.trim else {
        return Ok(page);
    };
    let grown = |by: f32| {
        Rect::from_xywh(
            (x - by) * POINTS,
            (y - by) * POINTS,
            (width + 2.0 * by) * POINTS,
            (height + 2.0 * by) * POINTS,
        )
    };
    Ok(page.with_trim_box(grown(0.0)).with_bleed_box(grown(BLEED)))
}

/// Draws the pieces of a sheet and puts each in the structure.
fn tag(surface: &mut Surface<'_>, fonts: &Fonts, sheet: &Sheet, part: &mut TagGroup) {
    let mut list: Vec<Node> = Vec::new();
    let mut pairs: Vec<Vec<Node>> = Vec::new();
    for piece in &sheet.pieces {
        let language = Some(piece.language.to_owned());
        if piece.role != Role::Item && !list.is_empty() {
            part.push(list_of(ListNumbering::Disc, std::mem::take(&mut list)));
        }
        if !matches!(piece.role, Role::Label | Role::Value) && !pairs.is_empty() {
            part.push(list_of_pairs(std::mem::take(&mut pairs)));
        }
        let group = match piece.role {
            Role::Decoration => {
                artifact(surface, fonts, piece, ArtifactType::Layout);
                continue;
            }
            Role::Stamp => {
                artifact(surface, fonts, piece, ArtifactType::Watermark);
                continue;
            }
            Role::Header => {
                artifact(surface, fonts, piece, ArtifactType::Header);
                continue;
            }
            Role::Footer => {
                artifact(surface, fonts, piece, ArtifactType::Footer);
                continue;
            }
            Role::Figure => {
                let id = surface.start_tagged(ContentTag::Other);
                let marks = piece.lines.iter().flat_map(|line| &line.marks);
                marks.for_each(|mark| draw::mark(surface, fonts, mark));
                surface.end_tagged();
                let figure = Tag::Figure(Some(piece.words.clone()));
                TagGroup::with_children(figure.with_lang(language), vec![id.into()])
            }
            Role::Heading(level) => {
                let level = NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
                let heading = Tag::Hn(level, Some(plain(&piece.words)));
                let lines = lines(surface, fonts, piece);
                let heading = heading.with_lang(language);
                TagGroup::with_children(heading.with_actual_text(said(piece)), lines)
            }
            Role::Paragraph => {
                let lines = lines(surface, fonts, piece);
                let sentence = Tag::P.with_lang(language);
                TagGroup::with_children(sentence.with_actual_text(said(piece)), lines)
            }
            Role::Item => {
                let lines = lines(surface, fonts, piece);
                let body = Tag::LBody.with_lang(language);
                let body = TagGroup::with_children(body.with_actual_text(said(piece)), lines);
                list.push(TagGroup::with_children(Tag::LI, vec![body.into()]).into());
                continue;
            }
            Role::Label => {
                let lines = lines(surface, fonts, piece);
                let label = Tag::Lbl.with_lang(language);
                let label = TagGroup::with_children(label.with_actual_text(said(piece)), lines);
                pairs.push(vec![label.into()]);
                continue;
            }
            Role::Value => {
                let lines = lines(surface, fonts, piece);
                let value = Tag::LBody.with_lang(language);
                let value = TagGroup::with_children(value.with_actual_text(said(piece)), lines);
                // On a new page, a value may stand without its label.
                match pairs.last_mut() {
                    Some(pair) => pair.push(value.into()),
                    None => pairs.push(vec![value.into()]),
                }
                continue;
            }
        };
        part.push(group);
    }
    if !list.is_empty() {
        part.push(list_of(ListNumbering::Disc, list));
    }
    if !pairs.is_empty() {
        part.push(list_of_pairs(pairs));
    }
}

/// The text of a piece from right to left, whose glyphs are not in reading order. It belongs to the
/// structure alone: in the page, poppler replaces the glyphs by it and drops lines of text.
fn said(piece: &Piece) -> Option<String> {
    piece.right_to_left.then(|| plain(&piece.words))
}

/// The words with ordinary spaces.
fn plain(words: &str) -> String {
    words.replace('\u{a0}', " ")
}

fn list_of(numbering: ListNumbering, items: Vec<Node>) -> TagGroup {
    TagGroup::with_children(Tag::L(numbering), items)
}

fn list_of_pairs(pairs: Vec<Vec<Node>>) -> TagGroup {
    let item = |pair| TagGroup::with_children(Tag::LI, pair).into();
    list_of(ListNumbering::None, pairs.into_iter().map(item).collect())
}

fn artifact(surface: &mut Surface<'_>, fonts: &Fonts, piece: &Piece, kind: ArtifactType) {
    let marks = piece.lines.iter().flat_map(|line| &line.marks);
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
    marks.for_each(|mark| draw::mark(surface, fonts, mark));
    surface.end_tagged();
}

/// Draws the lines of a text, a span each. A bullet is decoration.
fn lines(surface: &mut Surface<'_>, fonts: &Fonts, piece: &Piece) -> Vec<Node> {
    let mut spans = Vec::new();
    for PlacedLine { marks, .. } in &piece.lines {
        let is_text = |mark: &Mark| matches!(mark, Mark::Text { .. });
        let text = marks.iter().any(is_text);
        let tag = if text {
            ContentTag::Span(SpanTag::empty())
        } else {
            ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout))
        };
        let id = surface.start_tagged(tag);
        marks
            .iter()
            .for_each(|mark| draw::mark(surface, fonts, mark));
        surface.end_tagged();
        if text {
            spans.push(id.into());
        }
    }
    spans
}
