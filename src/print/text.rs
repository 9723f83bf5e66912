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
    /// Its text, in reading order.
    pub text: String,
}

/// Breaks `text` into lines of at most `width` ems. A longer word gets its own line and sticks out.
/// The last line has more than one word, and no line ends with a word of one letter, unless that
/// would make a line stick out.
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
    let all: Vec<usize> = linebreaks(text).map(|(at, _)| at).collect();
    let best = broken(fonts, &bidi, bold, width, &good_breaks(text, &all));
    if best.iter().all(|line| line.width <= width) {
        best
    } else {
        broken(fonts, &bidi, bold, width, &all)
    }
}

/// Whether the text is written from right to left: its first letter decides.
#[must_use]
pub fn runs_right_to_left(text: &str) -> bool {
    BidiInfo::new(text, None)
        .paragraphs
        .first()
        .is_some_and(|paragraph| paragraph.level.is_rtl())
}

/// The places where a line may end without leaving one word on the last line or a word of one
/// letter at its end.
fn good_breaks(text: &str, all: &[usize]) -> Vec<usize> {
    let before = |at: usize| text.get(..at).unwrap_or_default().trim_end();
    let mut good: Vec<usize> = all
        .iter()
        .copied()
        .filter(|at| *at == text.len() || !ends_in_one_letter(before(*at)))
        .collect();
    while let [.., last, _] = good.as_slice() {
        if is_enough(text.get(*last..).unwrap_or_default().trim()) {
            break;
        }
        good.remove(good.len() - 2);
    }
    good
}

/// Whether the last word has one letter. A number is no such word.
fn ends_in_one_letter(text: &str) -> bool {
    let word = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    let mut letters = word.chars();
    let first = letters.next();
    first.is_some_and(|c| c.is_alphabetic() && !is_ideograph(c)) && letters.next().is_none()
}

/// Whether a last line is long enough: two words, or four characters in a script without spaces.
pub(crate) fn is_enough(line: &str) -> bool {
    if line.chars().any(is_ideograph) {
        line.chars().count() >= 4
    } else {
        line.split_whitespace().count() >= 2
    }
}

/// Chinese characters, which are written without spaces.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}')
}

fn broken(
    fonts: &Fonts,
    bidi: &BidiInfo<'_>,
    bold: bool,
    width: f32,
    breaks: &[usize],
) -> Vec<TextLine> {
    let mut lines = Vec::new();
    let (mut start, mut end, mut fits) = (0, 0, None);
    for &at in breaks {
        let longer = line(fonts, bidi, start..at, bold);
        if longer.width > width
            && let Some(kept) = fits.take()
        {
            lines.push(kept);
            start = end;
            fits = Some(line(fonts, bidi, start..at, bold));
        } else {
            fits = Some(longer);
        }
        end = at;
    }
    lines.extend(fits);
    lines
}

/// Shapes one line. From left to right it keeps one space at its end, outside its width, so that a
/// program that reads a PDF aloud does not join two words.
fn line(fonts: &Fonts, bidi: &BidiInfo<'_>, range: Range<usize>, bold: bool) -> TextLine {
    let whole = bidi.text.get(range.clone()).unwrap_or_default();
    let kept = whole.trim_end();
    let backwards = |level: &Level| level.is_rtl();
    let forwards = bidi
        .paragraphs
        .first()
        .is_some_and(|paragraph| !paragraph.level.is_rtl());
    let spaced = forwards
        && whole
            .get(kept.len()..)
            .is_some_and(|end| end.starts_with(' '));
    let range = range.start..range.start + kept.len() + usize::from(spaced);
    let mut runs = Vec::new();
    if let Some(paragraph) = bidi.paragraphs.first() {
        let (levels, ranges) = bidi.visual_runs(paragraph, range);
        for ordered in ranges {
            let backwards = levels.get(ordered.start).is_some_and(backwards);
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
    if spaced
        && let Some(last) = runs.last_mut()
        && let Some(space) = last.glyphs.last()
    {
        last.width -= space.advance;
    }
    let width = runs.iter().map(|run| run.width).sum();
    TextLine {
        runs,
        width,
        text: kept.to_owned(),
    }
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
