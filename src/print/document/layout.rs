//! Breaks a document into rows (a line of text, a photo) and puts the rows on pages. Lengths are in
//! millimetres.

use super::printable::{is_han, printable, with_whole_numbers};
use super::{Block, Document};
use crate::fonts::Fonts;
use crate::paper::Language;
use crate::photo::Photo;
use crate::sheet::{Mark, Piece, PlacedLine, Role, Sheet};
use crate::text;

const WIDTH: f32 = 210.0;
const HEIGHT: f32 = 297.0;
/// White space at both sides.
const EDGE: f32 = 20.0;
/// The contents of a page are between these.
const TOP: f32 = 28.0;
const BOTTOM: f32 = 274.0;
/// Width of the labels of pairs.
const LABELS: f32 = 46.0;
/// Largest photo.
const PHOTO: (f32, f32) = (150.0, 150.0);
/// Line width of frames and lines to write on.
const HAIR: f32 = 0.25;
/// From a frame to its text.
const PADDING: f32 = 3.0;

const BODY: f32 = 3.8;
const TITLE: f32 = 6.8;
const HEADING: f32 = 4.7;
const MARKING: f32 = 4.4;
const RUNNING: f32 = 3.2;
const CODE: f32 = 6.4;

/// Text of one kind.
#[derive(Clone, Copy)]
struct Face {
    size: f32,
    bold: bool,
}

/// A piece of the document: text that may go on on the next page, or a photo.
struct Part {
    role: Role,
    language: Language,
    /// The description of a picture.
    words: String,
}

/// Pieces that stay together at one height.
struct Row {
    height: f32,
    /// Space above, unless it is the first row of a page.
    gap: f32,
    /// Must be on the same page as the next row.
    keep: bool,
    /// Marks of parts (by number), with heights from the row's top.
    lines: Vec<(usize, PlacedLine)>,
}

#[derive(Default)]
struct Rows {
    parts: Vec<Part>,
    rows: Vec<Row>,
}

/// Lays out the document.
pub(super) fn pages(fonts: &Fonts, document: &Document) -> Vec<Sheet> {
    let mut rows = Rows::default();
    let title = Face {
        size: TITLE,
        bold: true,
    };
    rows.text(fonts, Role::Heading(1), title, &document.title, 0.0, true);
    for block in &document.blocks {
        rows.block(fonts, block);
    }
    let pages = rows.paged();
    let count = pages.len();
    let mut sheets = Vec::with_capacity(count);
    for (number, page) in pages.into_iter().enumerate() {
        let mut sheet = Sheet {
            width: WIDTH,
            height: HEIGHT,
            language: Language::ENGLISH.code,
            right_to_left: false,
            pieces: header(fonts, document),
            codes: Vec::new(),
            trim: None,
        };
        sheet.pieces.extend(rows.pieces(page));
        let number = format!("Page {} of {count}", number + 1);
        sheet.pieces.extend(footer(fonts, document, &number));
        sheets.push(sheet);
    }
    sheets
}

impl Rows {
    fn block(&mut self, fonts: &Fonts, block: &Block) {
        let body = Face {
            size: BODY,
            bold: false,
        };
        match block {
            Block::Heading(heading) => {
                let face = Face {
                    size: HEADING,
                    bold: true,
                };
                self.text(fonts, Role::Heading(2), face, heading, 5.0, true);
            }
            Block::Text(text) => {
                for (n, paragraph) in text.lines().enumerate() {
                    let gap = if n == 0 { 1.5 } else { 1.2 };
                    self.text(fonts, Role::Paragraph, body, paragraph, gap, false);
                }
            }
            Block::Notice(lines) => self.notice(fonts, lines),
            Block::Pairs(pairs) => {
                for (n, (label, value)) in pairs.iter().enumerate() {
                    self.pair(fonts, label, value, if n == 0 { 4.0 } else { 0.9 });
                }
            }
            Block::List(points) => {
                for point in points {
                    self.point(fonts, point);
                }
            }
            Block::Code(code) => {
                let face = Face {
                    size: CODE,
                    bold: true,
                };
                self.text(fonts, Role::Paragraph, face, code, 2.0, false);
            }
            Block::Blanks(labels) => {
                for label in labels {
                    self.blank(fonts, label);
                }
            }
            Block::Photo(photo, caption) => self.photo(fonts, photo, caption),
        }
    }

    fn part(&mut self, role: Role, language: Language, words: &str) -> usize {
        self.parts.push(Part {
            role,
            language,
            words: words.to_owned(),
        });
        self.parts.len() - 1
    }

    fn push(&mut self, height: f32, gap: f32, keep: bool, lines: Vec<(usize, PlacedLine)>) {
        self.rows.push(Row {
            height,
            gap,
            keep,
            lines,
        });
    }

    /// One paragraph over the whole width. `keep`: it stays with what follows.
    fn text(&mut self, fonts: &Fonts, role: Role, face: Face, words: &str, gap: f32, keep: bool) {
        let words = printable(fonts, words);
        let language = language_of(&words);
        let lines = set(fonts, &words, face, language, EDGE, WIDTH - 2.0 * EDGE);
        if lines.is_empty() {
            return;
        }
        let part = self.part(role, language, "");
        let count = lines.len();
        for (n, line) in lines.into_iter().enumerate() {
            // No line of a paragraph is alone on a page.
            let close = keep || n == 0 && count > 1 || n + 2 == count;
            let gap = if n == 0 { gap } else { 0.0 };
            self.push(
                face.size * language.leading(),
                gap,
                close,
                vec![(part, line)],
            );
        }
    }

    fn point(&mut self, fonts: &Fonts, words: &str) {
        let face = Face {
            size: BODY,
            bold: false,
        };
        let words = printable(fonts, words);
        let language = language_of(&words);
        let indent = 5.0;
        let left = if language.right_to_left {
            EDGE
        } else {
            EDGE + indent
        };
        let lines = set(
            fonts,
            &words,
            face,
            language,
            left,
            WIDTH - 2.0 * EDGE - indent,
        );
        let height = BODY * language.leading();
        let dot = BODY * 0.22;
        let at = if language.right_to_left {
            WIDTH - EDGE - dot
        } else {
            EDGE + 1.0
        };
        let bullet = PlacedLine {
            marks: vec![Mark::Boxes(vec![[at, (height - dot) / 2.0, dot, dot]])],
            text: String::new(),
        };
        let part = self.part(Role::Item, language, "");
        let mut bullet = Some(bullet);
        for (n, line) in lines.into_iter().enumerate() {
            let mut placed: Vec<_> = bullet
                .take()
                .map(|bullet| (part, bullet))
                .into_iter()
                .collect();
            placed.push((part, line));
            let gap = if n == 0 { 0.8 } else { 0.0 };
            self.push(height, gap, false, placed);
        }
    }

    /// A label at the left and its value beside it.
    fn pair(&mut self, fonts: &Fonts, label: &str, value: &str, gap: f32) {
        let (bold, plain) = (
            Face {
                size: BODY,
                bold: true,
            },
            Face {
                size: BODY,
                bold: false,
            },
        );
        let label = printable(fonts, label);
        let name = self.part(Role::Label, Language::ENGLISH, "");
        let labels = set(fonts, &label, bold, Language::ENGLISH, EDGE, LABELS - 3.0);
        let mut values = Vec::new();
        let mut height = BODY * Language::ENGLISH.leading();
        for paragraph in value.lines() {
            let words = printable(fonts, paragraph);
            let language = language_of(&words);
            height = height.max(BODY * language.leading());
            let part = self.part(Role::Value, language, "");
            let room = WIDTH - 2.0 * EDGE - LABELS;
            let lines = set(fonts, &words, plain, language, EDGE + LABELS, room);
            values.extend(lines.into_iter().map(|line| (part, line)));
        }
        let count = labels.len().max(values.len());
        let (mut labels, mut values) = (labels.into_iter(), values.into_iter());
        for n in 0..count {
            let label = labels.next().map(|line| (name, line));
            let both = label.into_iter().chain(values.next()).collect();
            let close = n == 0 && count > 1 || n + 2 == count;
            self.push(height, if n == 0 { gap } else { 0.0 }, close, both);
        }
    }

    /// A label, and a line to write on beside it.
    fn blank(&mut self, fonts: &Fonts, label: &str) {
        let face = Face {
            size: BODY,
            bold: false,
        };
        let label = printable(fonts, label);
        let part = self.part(Role::Paragraph, Language::ENGLISH, "");
        let lines = set(fonts, &label, face, Language::ENGLISH, EDGE, 70.0);
        let count = lines.len();
        let height = BODY * Language::ENGLISH.leading();
        for (n, line) in lines.into_iter().enumerate() {
            let mut placed = vec![(part, line)];
            if n + 1 == count {
                let from = EDGE + 74.0;
                let rule = [from, height - HAIR, WIDTH - EDGE - from, HAIR];
                let decoration = self.part(Role::Decoration, Language::ENGLISH, "");
                placed.push((decoration, drawn(vec![Mark::Boxes(vec![rule])])));
            }
            let gap = if n == 0 { 4.2 } else { 0.0 };
            self.push(height, gap, n + 1 < count, placed);
        }
    }

    /// Paragraphs in a frame, on one page.
    fn notice(&mut self, fonts: &Fonts, words: &[String]) {
        let face = Face {
            size: BODY,
            bold: true,
        };
        let (left, room) = (EDGE + PADDING, WIDTH - 2.0 * (EDGE + PADDING));
        let first = self.rows.len();
        for paragraph in words {
            let paragraph = printable(fonts, paragraph);
            let language = language_of(&paragraph);
            let part = self.part(Role::Paragraph, language, "");
            let lines = set(fonts, &paragraph, face, language, left, room);
            for (n, line) in lines.into_iter().enumerate() {
                let gap = if n == 0 { 1.0 } else { 0.0 };
                self.push(
                    face.size * language.leading(),
                    gap,
                    true,
                    vec![(part, line)],
                );
            }
        }
        let Some(rows) = self.rows.get_mut(first..).filter(|rows| !rows.is_empty()) else {
            return;
        };
        let last = rows.len() - 1;
        for (n, row) in rows.iter_mut().enumerate() {
            // The padding is part of the first and the last row, so that the frame needs no row.
            if n == 0 {
                row.gap = 4.5;
                row.height += PADDING;
                row.lines
                    .iter_mut()
                    .for_each(|(_, line)| moved(line, PADDING));
            } else {
                let gap = std::mem::take(&mut row.gap);
                row.height += gap;
                row.lines.iter_mut().for_each(|(_, line)| moved(line, gap));
            }
            if n == last {
                row.height += PADDING;
                row.keep = false;
            }
        }
        let height: f32 = rows.iter().map(|row| row.height).sum();
        let (x, wide) = (EDGE, WIDTH - 2.0 * EDGE);
        let frame = vec![
            [x, 0.0, wide, HAIR],
            [x, height - HAIR, wide, HAIR],
            [x, 0.0, HAIR, height],
            [x + wide - HAIR, 0.0, HAIR, height],
        ];
        let part = self.part(Role::Decoration, Language::ENGLISH, "");
        if let Some(row) = self.rows.get_mut(first) {
            row.lines.push((part, drawn(vec![Mark::Boxes(frame)])));
        }
    }

    fn photo(&mut self, fonts: &Fonts, photo: &Photo, caption: &str) {
        let wide = PHOTO.0.min(PHOTO.1 / photo.shape);
        let high = wide * photo.shape;
        let part = self.part(Role::Figure, Language::ENGLISH, &printable(fonts, caption));
        let mark = Mark::Photo(photo.clone(), [EDGE, 0.0, wide, high]);
        self.push(high, 3.0, true, vec![(part, drawn(vec![mark]))]);
        let face = Face {
            size: RUNNING,
            bold: false,
        };
        self.text(fonts, Role::Paragraph, face, caption, 1.0, false);
    }

    /// Puts the rows on pages: each row's number and its top.
    fn paged(&self) -> Vec<Vec<(usize, f32)>> {
        let mut pages = vec![Vec::new()];
        let mut y = TOP;
        let mut n = 0;
        while let Some(rest) = self.rows.get(n..).filter(|rest| !rest.is_empty()) {
            // The next row, and the rows that must be on its page.
            let together = rest.iter().take_while(|row| row.keep).count() + 1;
            let group = rest.get(..together).unwrap_or(rest);
            let height: f32 = group.iter().map(|row| row.gap + row.height).sum();
            let fresh = y <= TOP;
            let gap = group.first().map_or(0.0, |row| row.gap);
            if y + height > BOTTOM && !fresh && height - gap <= BOTTOM - TOP {
                pages.push(Vec::new());
                y = TOP;
            }
            for row in group {
                let mut gap = if y <= TOP { 0.0 } else { row.gap };
                // Only a group that is taller than a page is divided.
                if y + gap + row.height > BOTTOM && y > TOP {
                    pages.push(Vec::new());
                    (y, gap) = (TOP, 0.0);
                }
                if let Some(page) = pages.last_mut() {
                    page.push((n, y + gap));
                }
                y += gap + row.height;
                n += 1;
            }
        }
        pages
    }

    /// The pieces of one page: the lines of each part together.
    fn pieces(&mut self, page: Vec<(usize, f32)>) -> Vec<Piece> {
        let mut pieces: Vec<(usize, Piece)> = Vec::new();
        for (number, top) in page {
            let Some(row) = self.rows.get_mut(number) else {
                continue;
            };
            for (part, mut line) in row.lines.drain(..) {
                moved(&mut line, top);
                let before = pieces.iter_mut().rev().find(|(other, _)| *other == part);
                if let Some((_, piece)) = before {
                    piece.words.push_str(&line.text);
                    piece.lines.push(line);
                } else if let Some(about) = self.parts.get(part) {
                    let words = match about.role {
                        Role::Figure => about.words.clone(),
                        _ => line.text.clone(),
                    };
                    let piece = Piece {
                        role: about.role,
                        words,
                        language: about.language.code,
                        right_to_left: about.language.right_to_left,
                        lines: vec![line],
                    };
                    pieces.push((part, piece));
                }
            }
        }
        pieces.into_iter().map(|(_, piece)| piece).collect()
    }
}

/// The language of a paragraph, by its script: it decides the direction and the height of lines.
fn language_of(words: &str) -> Language {
    let (han, rest): (Vec<char>, Vec<char>) = words
        .chars()
        .filter(|c| c.is_alphabetic())
        .partition(|c| is_han(*c));
    if text::runs_right_to_left(words) {
        Language {
            code: "ar",
            right_to_left: true,
        }
    } else if han.len() > rest.len() {
        Language {
            code: "zh",
            right_to_left: false,
        }
    } else {
        Language::ENGLISH
    }
}

/// Breaks words into lines at the left (or right) of a column, with heights from each line's top.
fn set(
    fonts: &Fonts,
    words: &str,
    face: Face,
    language: Language,
    left: f32,
    width: f32,
) -> Vec<PlacedLine> {
    if words.trim().is_empty() {
        return Vec::new();
    }
    let backwards = language.right_to_left;
    let words = with_whole_numbers(words.trim());
    let lines = text::lines(fonts, &words, face.bold, backwards, width / face.size);
    let count = lines.len();
    let placed = lines.into_iter().enumerate().map(|(n, line)| {
        let spare = width - line.width * face.size;
        let x = if backwards { left + spare } else { left };
        let mut placed = placed(line, face.size, x, language);
        // The words of a piece are its lines in a row.
        if n + 1 < count {
            placed.text.push(' ');
        }
        placed
    });
    placed.collect()
}

fn placed(line: text::TextLine, size: f32, x: f32, language: Language) -> PlacedLine {
    // Centre capital letters vertically in the line.
    let y = (language.leading() / 2.0 + 0.36) * size;
    let mut at = x;
    let marks = line.runs.into_iter().map(|run| {
        let x = at;
        at += run.width * size;
        Mark::Text { run, size, x, y }
    });
    PlacedLine {
        marks: marks.collect(),
        text: line.text,
    }
}

fn drawn(marks: Vec<Mark>) -> PlacedLine {
    PlacedLine {
        marks,
        text: String::new(),
    }
}

fn moved(line: &mut PlacedLine, down: f32) {
    line.marks
        .iter_mut()
        .for_each(|mark| mark.place(0.0, down, 1.0));
}

/// The place of a line of the header or the footer.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Middle,
    Right,
}

fn header(fonts: &Fonts, document: &Document) -> Vec<Piece> {
    let running = &document.running;
    let lines = [
        (Side::Middle, 10.0, MARKING, running.marking.as_str()),
        (Side::Left, 18.0, RUNNING, running.top_left.as_str()),
        (Side::Right, 18.0, RUNNING, running.top_right.as_str()),
    ];
    let lines =
        lines.map(|(side, y, size, words)| around(fonts, Role::Header, side, y, size, words));
    lines.into_iter().flatten().collect()
}

fn footer(fonts: &Fonts, document: &Document, number: &str) -> Vec<Piece> {
    let running = &document.running;
    let lines = [
        (Side::Left, 279.0, RUNNING, running.bottom_left.as_str()),
        (Side::Right, 279.0, RUNNING, number),
        (Side::Middle, 284.0, MARKING, running.marking.as_str()),
    ];
    let lines =
        lines.map(|(side, y, size, words)| around(fonts, Role::Footer, side, y, size, words));
    lines.into_iter().flatten().collect()
}

/// One line of the header or the footer, shrunk to fit.
fn around(fonts: &Fonts, role: Role, side: Side, y: f32, size: f32, words: &str) -> Option<Piece> {
    let words = printable(fonts, words);
    let backwards = text::runs_right_to_left(&words);
    let bold = size == MARKING;
    let lines = text::lines(fonts, words.trim(), bold, backwards, f32::INFINITY);
    let line = lines.into_iter().next().filter(|line| line.width > 0.0)?;
    let room = match side {
        Side::Middle => WIDTH - 2.0 * EDGE,
        Side::Left | Side::Right => WIDTH / 2.0 - EDGE - 2.0,
    };
    let size = size.min(room / line.width);
    let spare = WIDTH - 2.0 * EDGE - line.width * size;
    let x = EDGE
        + match side {
            Side::Left => 0.0,
            Side::Middle => spare / 2.0,
            Side::Right => spare,
        };
    let mut line = placed(line, size, x, Language::ENGLISH);
    moved(&mut line, y);
    Some(Piece {
        role,
        words,
        language: Language::ENGLISH.code,
        right_to_left: backwards,
        lines: vec![line],
    })
}
