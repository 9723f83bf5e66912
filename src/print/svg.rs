//! Writes a sheet as an SVG for a printer's own layout. Letters are outlines, so no font is needed;
//! the sentences are in the description. The SVG contains no script, no style sheet, and no address
//! except the printed one.

use std::collections::BTreeMap;
use std::fmt::Write;

use skrifa::MetadataProvider;
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::prelude::{GlyphId, LocationRef, Size};

use super::fonts::Fonts;
use super::paper::{Mark, Sheet};

/// The SVG of one sheet.
#[must_use]
pub fn of(fonts: &Fonts, sheet: &Sheet, language: &str) -> String {
    let mut outlines = BTreeMap::new();
    let mut body = String::new();
    for mark in &sheet.marks {
        match mark {
            Mark::Boxes(boxes) => {
                body.push_str("<path d=\"");
                for [x, y, width, height] in boxes {
                    let _ = write!(body, "M{x:.3} {y:.3}h{width:.3}v{height:.3}h-{width:.3}z");
                }
                body.push_str("\"/>\n");
            }
            Mark::Text { run, size, x, y } => {
                let Some(face) = fonts.face(run.face) else {
                    continue;
                };
                let mut at = *x;
                for glyph in &run.glyphs {
                    let path = outlines.entry((run.face, glyph.id)).or_insert_with(|| {
                        let mut pen = Outline::default();
                        if let Some(outline) =
                            face.font.outline_glyphs().get(GlyphId::new(glyph.id))
                        {
                            let _ = outline.draw(
                                DrawSettings::unhinted(Size::unscaled(), LocationRef::default()),
                                &mut pen,
                            );
                        }
                        pen.0
                    });
                    if !path.is_empty() {
                        let (left, base, scale) =
                            (at + glyph.dx * size, y - glyph.dy * size, size / face.em);
                        let _ = writeln!(
                            body,
                            "<use href=\"#g{}-{}\" transform=\"translate({left:.3} {base:.3}) scale({scale:.6} -{scale:.6})\"/>",
                            run.face, glyph.id
                        );
                    }
                    at += glyph.advance * size;
                }
            }
        }
    }
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}mm\" height=\"{h}mm\" viewBox=\"0 0 {w} {h}\" role=\"img\" lang=\"{language}\">\n\
         <desc>{}</desc>\n<rect width=\"{w}\" height=\"{h}\" fill=\"#fff\"/>\n<defs>\n",
        escaped(&sheet.words.join("\n")),
        w = sheet.width,
        h = sheet.height
    );
    for ((face, glyph), path) in outlines.iter().filter(|(_, path)| !path.is_empty()) {
        let _ = writeln!(out, "<path id=\"g{face}-{glyph}\" d=\"{path}\"/>");
    }
    out + "</defs>\n" + &body + "</svg>\n"
}

/// An outline as path data, in font units.
#[derive(Default)]
struct Outline(String);

impl OutlinePen for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let _ = write!(self.0, "M{x} {y}");
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let _ = write!(self.0, "L{x} {y}");
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let _ = write!(self.0, "Q{cx} {cy} {x} {y}");
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        let _ = write!(self.0, "C{ax} {ay} {bx} {by} {x} {y}");
    }

    fn close(&mut self) {
        self.0.push('z');
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
