//! Writes sheets as a PDF. Text stays text; fonts are embedded with only the used glyphs. The file
//! does not contain its time or its author.

use krilla::Document;
use krilla::color::luma;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::metadata::{Metadata, TextDirection};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::text::{GlyphId, KrillaGlyph};

use super::fonts::Fonts;
use super::paper::{Mark, Sheet};

/// Points per millimetre.
const POINTS: f32 = 72.0 / 25.4;

/// The PDF cannot be built: the build is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the PDF cannot be written. This build is broken: use another version")]
pub struct BadPdf;

/// The PDF of these sheets, in this language.
///
/// # Errors
/// If the PDF cannot be built. None of our sentences causes this.
pub fn of(
    fonts: &Fonts,
    sheets: &[Sheet],
    language: &str,
    right_to_left: bool,
) -> Result<Vec<u8>, BadPdf> {
    let mut document = Document::new();
    // The title is public, and so is the first line.
    let title = sheets
        .first()
        .and_then(|sheet| sheet.words.first())
        .cloned()
        .unwrap_or_default();
    let direction = if right_to_left {
        TextDirection::RightToLeft
    } else {
        TextDirection::LeftToRight
    };
    document.set_metadata(
        Metadata::new()
            .title(title)
            .language(language.into())
            .text_direction(direction),
    );
    for sheet in sheets {
        let settings =
            PageSettings::from_wh(sheet.width * POINTS, sheet.height * POINTS).ok_or(BadPdf)?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        surface.set_fill(Some(Fill {
            paint: luma::Color::black().into(),
            rule: FillRule::NonZero,
            ..Fill::default()
        }));
        for mark in &sheet.marks {
            match mark {
                Mark::Boxes(boxes) => {
                    if let Some(path) = path(boxes) {
                        surface.draw_path(&path);
                    }
                }
                Mark::Text { run, size, x, y } => {
                    let Some(face) = fonts.face(run.face) else {
                        continue;
                    };
                    let glyphs: Vec<KrillaGlyph> = run
                        .glyphs
                        .iter()
                        .map(|g| {
                            KrillaGlyph::new(
                                GlyphId::new(g.id),
                                g.advance,
                                g.dx,
                                g.dy,
                                0.0,
                                g.range.clone(),
                                None,
                            )
                        })
                        .collect();
                    let start = Point::from_xy(x * POINTS, y * POINTS);
                    surface.draw_glyphs(
                        start,
                        &glyphs,
                        face.pdf.clone(),
                        &run.text,
                        size * POINTS,
                        false,
                    );
                }
            }
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|_| BadPdf)
}

fn path(boxes: &[[f32; 4]]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for [x, y, width, height] in boxes {
        path.push_rect(Rect::from_xywh(
            x * POINTS,
            y * POINTS,
            width * POINTS,
            height * POINTS,
        )?);
    }
    path.finish()
}
