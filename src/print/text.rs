//! Turns a sentence into positioned glyphs: bidirectional order (Unicode annex 9), line breaks
//! (annex 14), shaping. One sentence at a time; lengths are in ems.

use std::ops::Range;

use harfrust::{Direction, UnicodeBuffer};
use unicode_bidi::{BidiInfo, Level};
use unicode_linebreak::linebreaks;

use super::fonts::Fonts;

/// One glyph; lengths in ems.
#[derive(Debug, Clone, PartialEq)]
pub struct Glyph {
    /// Its number in the font.
    pub id: u32,
    /// How far it moves the next glyph.
    pub advance: f32,
    /// Horizontal offset.
    pub dx: f32,
    /// Vertical offset.
    pub dy: f32,
    /// The bytes of the run's text that it represents.
    pub range: Range<usize>,
}

/// Glyphs of one font in one line, from left to right.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The font's number.
    pub face: usize,
    /// The text of the glyphs.
    pub text: String,
    /// The glyphs.
    pub glyphs: Vec<Glyph>,
    /// Their width in ems.
    pub width: f32,
}

/// A line of text.
pub struct TextLine {
    /// The runs, from left to right.
    pub runs: Vec<Run>,
    /// Its width in ems.
    pub width: f32,
}

/// Breaks `text` into lines of at most `width` ems. A longer word gets its own line and sticks out.
#[must_use]
pub fn lines(
    fonts: &Fonts,
    text: &str,
    bold: bool,
    right_to_left: bool,
    width: f32,
) -> Vec<TextLine> {
    let base = if right_to_left {
        Level::rtl()
    } else {
        Level::ltr()
    };
    let bidi = BidiInfo::new(text, Some(base));
    let mut lines = Vec::new();
    let (mut start, mut end, mut fits) = (0, 0, None);
    let breaks: Vec<usize> = linebreaks(text).map(|(at, _)| at).collect();
    for at in breaks {
        let longer = line(fonts, &bidi, start..at, bold);
        if longer.width > width
            && let Some(kept) = fits.take()
        {
            lines.push(kept);
            start = end;
            fits = Some(line(fonts, &bidi, start..at, bold));
        } else {
            fits = Some(longer);
        }
        end = at;
    }
    lines.extend(fits);
    lines
}

/// Shapes one line without the space at its end.
fn line(fonts: &Fonts, bidi: &BidiInfo<'_>, range: Range<usize>, bold: bool) -> TextLine {
    let kept = bidi
        .text
        .get(range.clone())
        .unwrap_or_default()
        .trim_end()
        .len();
    let range = range.start..range.start + kept;
    let mut runs = Vec::new();
    if let Some(paragraph) = bidi.paragraphs.first() {
        let (levels, ranges) = bidi.visual_runs(paragraph, range);
        for ordered in ranges {
            let backwards = levels.get(ordered.start).is_some_and(Level::is_rtl);
            let text = bidi.text.get(ordered).unwrap_or_default();
            let mut pieces: Vec<Run> = one_font_each(fonts, text, bold)
                .map(|(face, piece)| shape(fonts, face, piece, backwards))
                .collect();
            if backwards {
                pieces.reverse();
            }
            runs.append(&mut pieces);
        }
    }
    let width = runs.iter().map(|run| run.width).sum();
    TextLine { runs, width }
}

/// Splits a text wherever the font changes.
fn one_font_each<'a>(
    fonts: &Fonts,
    text: &'a str,
    bold: bool,
) -> impl Iterator<Item = (usize, &'a str)> {
    let mut starts: Vec<(usize, usize)> = Vec::new();
    let mut before = None;
    for (at, c) in text.char_indices() {
        // A character that no font has is drawn as the first font's empty box; a test rules that
        // out.
        let face = fonts.find(c, bold, before).unwrap_or(usize::from(bold));
        if before != Some(face) {
            starts.push((at, face));
        }
        before = Some(face);
    }
    let ends: Vec<usize> = starts
        .iter()
        .skip(1)
        .map(|(at, _)| *at)
        .chain([text.len()])
        .collect();
    starts
        .into_iter()
        .zip(ends)
        .map(|((start, face), end)| (face, text.get(start..end).unwrap_or_default()))
}

fn shape(fonts: &Fonts, number: usize, text: &str, backwards: bool) -> Run {
    let Some(face) = fonts.face(number) else {
        return Run {
            face: number,
            text: text.to_owned(),
            glyphs: Vec::new(),
            width: 0.0,
        };
    };
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.set_direction(if backwards {
        Direction::RightToLeft
    } else {
        Direction::LeftToRight
    });
    buffer.guess_segment_properties();
    let shaper = face.shaper.shaper(&face.font).build();
    let shaped = shaper.shape(buffer, harfrust::ShapeOptions::new());
    let mut clusters: Vec<usize> = shaped
        .glyph_infos()
        .iter()
        .map(|info| info.cluster as usize)
        .collect();
    clusters.push(text.len());
    clusters.sort_unstable();
    let glyphs: Vec<Glyph> = shaped
        .glyph_infos()
        .iter()
        .zip(shaped.glyph_positions())
        .map(|(info, position)| {
            let start = info.cluster as usize;
            let end = clusters
                .iter()
                .find(|cluster| **cluster > start)
                .copied()
                .unwrap_or(text.len());
            let ems = |units: i32| units as f32 / face.em;
            Glyph {
                id: info.glyph_id,
                advance: ems(position.x_advance),
                dx: ems(position.x_offset),
                dy: ems(position.y_offset),
                range: start..end,
            }
        })
        .collect();
    let width = glyphs.iter().map(|glyph| glyph.advance).sum();
    Run {
        face: number,
        text: text.to_owned(),
        glyphs,
        width,
    }
}
