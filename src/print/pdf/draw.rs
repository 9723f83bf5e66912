//! Draws one mark on a page.

use krilla::color::{luma, rgb};
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};
use usvg::tiny_skia_path::PathSegment;

use super::POINTS;
use crate::fonts::Fonts;
use crate::logo::{Art, Logo, Shape};
use crate::sheet::Mark;
use crate::text::Run;

/// How dark a stamp is, from 0 (black) to 255: a copying machine still shows it.
const STAMP: u8 = 190;

pub(super) fn mark(surface: &mut Surface<'_>, fonts: &Fonts, mark: &Mark) {
    surface.set_fill(Some(grey(0)));
    match mark {
        Mark::Boxes(boxes) => {
            if let Some(path) = path(boxes) {
                surface.draw_path(&path);
            }
        }
        Mark::White(at) => {
            surface.set_fill(Some(grey(255)));
            if let Some(path) = path(&[*at]) {
                surface.draw_path(&path);
            }
        }
        Mark::Text { run, size, x, y } => text(surface, fonts, run, *size, [*x, *y]),
        Mark::Stamp {
            run,
            size,
            from,
            degrees,
        } => {
            surface.set_fill(Some(grey(STAMP)));
            let [x, y] = from.map(|at| at * POINTS);
            surface.push_transform(&Transform::from_rotate_at(*degrees, x, y));
            text(surface, fonts, run, *size, *from);
            surface.pop();
        }
        Mark::Logo(drawn, at) => logo(surface, drawn, *at),
        Mark::Photo(photo, at) => image(surface, &photo.image, *at),
    }
}

fn grey(lightness: u8) -> Fill {
    Fill {
        paint: luma::Color::new(lightness).into(),
        rule: FillRule::NonZero,
        ..Fill::default()
    }
}

fn text(surface: &mut Surface<'_>, fonts: &Fonts, run: &Run, size: f32, [x, y]: [f32; 2]) {
    let Some(face) = fonts.face(run.face) else {
        return;
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
    surface.draw_glyphs(
        Point::from_xy(x * POINTS, y * POINTS),
        &glyphs,
        face.pdf.clone(),
        &run.text,
        size * POINTS,
        false,
    );
}

fn logo(surface: &mut Surface<'_>, logo: &Logo, [x, y, width, height]: [f32; 4]) {
    let (left, top) = (x * POINTS, y * POINTS);
    match &logo.art {
        Art::Shapes(shapes) => {
            let scale = width * POINTS / logo.width;
            for shape in shapes {
                let Some(outline) = outline(shape, scale, [left, top]) else {
                    continue;
                };
                let [red, green, blue] = shape.colour;
                surface.set_fill(Some(Fill {
                    paint: rgb::Color::new(red, green, blue).into(),
                    opacity: NormalizedF32::new(shape.opacity).unwrap_or(NormalizedF32::ONE),
                    rule: if shape.even_odd {
                        FillRule::EvenOdd
                    } else {
                        FillRule::NonZero
                    },
                }));
                surface.draw_path(&outline);
            }
        }
        Art::Pixels(pixels) => {
            let pixels = Image::from_rgba8(pixels.rgba.clone(), pixels.width, pixels.height);
            image(surface, &pixels, [x, y, width, height]);
        }
    }
}

fn image(surface: &mut Surface<'_>, image: &Image, [x, y, width, height]: [f32; 4]) {
    let Some(size) = Size::from_wh(width * POINTS, height * POINTS) else {
        return;
    };
    surface.push_transform(&Transform::from_translate(x * POINTS, y * POINTS));
    surface.draw_image(image.clone(), size);
    surface.pop();
}

fn outline(shape: &Shape, scale: f32, [left, top]: [f32; 2]) -> Option<Path> {
    let mut path = PathBuilder::new();
    let at = |x: f32, y: f32| (x * scale + left, y * scale + top);
    for segment in shape.path.segments() {
        match segment {
            PathSegment::MoveTo(p) => {
                let (x, y) = at(p.x, p.y);
                path.move_to(x, y);
            }
            PathSegment::LineTo(p) => {
                let (x, y) = at(p.x, p.y);
                path.line_to(x, y);
            }
            PathSegment::QuadTo(a, p) => {
                let ((ax, ay), (x, y)) = (at(a.x, a.y), at(p.x, p.y));
                path.quad_to(ax, ay, x, y);
            }
            PathSegment::CubicTo(a, b, p) => {
                let ((ax, ay), (bx, by), (x, y)) = (at(a.x, a.y), at(b.x, b.y), at(p.x, p.y));
                path.cubic_to(ax, ay, bx, by, x, y);
            }
            PathSegment::Close => path.close(),
        }
    }
    path.finish()
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
