//! Writes a sheet as an SVG for a printer's own layout. Letters are outlines, so no font is needed;
//! the sentences are in the description. The SVG contains no script, no style sheet, and no address
//! except the printed one.

use std::collections::BTreeMap;
use std::fmt::Write;

use base64::prelude::{BASE64_STANDARD, Engine};
use skrifa::MetadataProvider;
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::prelude::{GlyphId, LocationRef, Size};

use usvg::tiny_skia_path::PathSegment;

use super::fonts::Fonts;
use super::logo::{Art, Logo};
use super::sheet::{Mark, Sheet};
use super::text::Run;

/// How light a stamp is, from 0 (black) to 255.
const STAMP: u8 = 190;

/// The outlines of glyphs, by font and number.
type Outlines = BTreeMap<(usize, u32), String>;

/// The SVG of one sheet.
#[must_use]
pub fn of(fonts: &Fonts, sheet: &Sheet) -> String {
    let mut outlines = Outlines::new();
    let mut body = String::new();
    for mark in sheet.marks() {
        match mark {
            Mark::Boxes(boxes) => {
                body.push_str("<path d=\"");
                for [x, y, width, height] in boxes {
                    let _ = write!(body, "M{x:.3} {y:.3}h{width:.3}v{height:.3}h-{width:.3}z");
                }
                body.push_str("\"/>\n");
            }
            Mark::White([x, y, width, height]) => {
                let _ = writeln!(
                    body,
                    "<rect x=\"{x:.3}\" y=\"{y:.3}\" width=\"{width:.3}\" height=\"{height:.3}\" fill=\"#fff\"/>"
                );
            }
            Mark::Text { run, size, x, y } => {
                text(fonts, run, *size, [*x, *y], &mut outlines, &mut body);
            }
            Mark::Stamp {
                run,
                size,
                from,
                degrees,
            } => {
                let [x, y] = from;
                let _ = writeln!(
                    body,
                    "<g fill=\"rgb({STAMP},{STAMP},{STAMP})\" transform=\"rotate({degrees:.3} {x:.3} {y:.3})\">"
                );
                text(fonts, run, *size, *from, &mut outlines, &mut body);
                body.push_str("</g>\n");
            }
            Mark::Logo(drawn, at) => logo(drawn, *at, &mut body),
            Mark::Photo(photo, [x, y, width, height]) => {
                let jpeg = BASE64_STANDARD.encode(&photo.jpeg);
                let _ = writeln!(
                    body,
                    "<image x=\"{x:.3}\" y=\"{y:.3}\" width=\"{width:.3}\" height=\"{height:.3}\" href=\"data:image/jpeg;base64,{jpeg}\"/>"
                );
            }
        }
    }
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}mm\" height=\"{h}mm\" viewBox=\"0 0 {w} {h}\" role=\"img\" lang=\"{}\">\n\
         <title>{}</title>\n<desc>{}</desc>\n<rect width=\"{w}\" height=\"{h}\" fill=\"#fff\"/>\n<defs>\n",
        sheet.language,
        escaped(&sheet.title()),
        escaped(&sheet.words().join("\n")),
        w = sheet.width,
        h = sheet.height
    );
    for ((face, glyph), path) in outlines.iter().filter(|(_, path)| !path.is_empty()) {
        let _ = writeln!(out, "<path id=\"g{face}-{glyph}\" d=\"{path}\"/>");
    }
    out + "</defs>\n" + &body + "</svg>\n"
}

fn text(
    fonts: &Fonts,
    run: &Run,
    size: f32,
    [x, y]: [f32; 2],
    outlines: &mut Outlines,
    body: &mut String,
) {
    let Some(face) = fonts.face(run.face) else {
        return;
    };
    let mut at = x;
    for glyph in &run.glyphs {
        let path = outlines.entry((run.face, glyph.id)).or_insert_with(|| {
            let mut pen = Outline::default();
            if let Some(outline) = face.font.outline_glyphs().get(GlyphId::new(glyph.id)) {
                let _ = outline.draw(
                    DrawSettings::unhinted(Size::unscaled(), LocationRef::default()),
                    &mut pen,
                );
            }
            pen.0
        });
        if !path.is_empty() {
            let (left, base, scale) = (at + glyph.dx * size, y - glyph.dy * size, size / face.em);
            let _ = writeln!(
                body,
                "<use href=\"#g{}-{}\" transform=\"translate({left:.3} {base:.3}) scale({scale:.6} -{scale:.6})\"/>",
                run.face, glyph.id
            );
        }
        at += glyph.advance * size;
    }
}

fn logo(logo: &Logo, [x, y, width, height]: [f32; 4], body: &mut String) {
    match &logo.art {
        Art::Shapes(shapes) => {
            let scale = width / logo.width;
            let _ = writeln!(
                body,
                "<g transform=\"translate({x:.3} {y:.3}) scale({scale:.6})\">"
            );
            for shape in shapes {
                let [red, green, blue] = shape.colour;
                let rule = if shape.even_odd { "evenodd" } else { "nonzero" };
                let _ = write!(
                    body,
                    "<path fill=\"rgb({red},{green},{blue})\" fill-opacity=\"{:.3}\" fill-rule=\"{rule}\" d=\"",
                    shape.opacity
                );
                for segment in shape.path.segments() {
                    let _ = match segment {
                        PathSegment::MoveTo(p) => write!(body, "M{} {}", p.x, p.y),
                        PathSegment::LineTo(p) => write!(body, "L{} {}", p.x, p.y),
                        PathSegment::QuadTo(a, p) => {
                            write!(body, "Q{} {} {} {}", a.x, a.y, p.x, p.y)
                        }
                        PathSegment::CubicTo(a, b, p) => {
                            write!(body, "C{} {} {} {} {} {}", a.x, a.y, b.x, b.y, p.x, p.y)
                        }
                        PathSegment::Close => write!(body, "z"),
                    };
                }
                body.push_str("\"/>\n");
            }
            body.push_str("</g>\n");
        }
        Art::Pixels(pixels) => {
            if let Some(png) = pixels.to_png() {
                let _ = writeln!(
                    body,
                    "<image x=\"{x:.3}\" y=\"{y:.3}\" width=\"{width:.3}\" height=\"{height:.3}\" href=\"data:image/png;base64,{}\"/>",
                    BASE64_STANDARD.encode(png)
                );
            }
        }
    }
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
