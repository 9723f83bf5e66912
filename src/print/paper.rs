//! Layout of one sheet: black marks on white. Lengths are in millimetres from the top and from the
//! side where reading starts. A right-to-left sheet is mirrored, except for QR codes, logos and
//! left-to-right text.

use std::sync::Arc;

use super::fonts::Fonts;
use super::logo::Logo;
use super::sheet::{Mark, Piece, PlacedLine, Role, Sheet};
use super::text::{self, TextLine};

/// A language, as far as layout needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    /// The BCP 47 code.
    pub code: &'static str,
    /// Whether it is written from right to left.
    pub right_to_left: bool,
}

impl Language {
    /// English.
    pub const ENGLISH: Self = Self {
        code: "en",
        right_to_left: false,
    };

    /// Line height in ems. Arabic letters are taller and deeper than Latin ones; Chinese characters
    /// fill their squares.
    pub(crate) fn leading(self) -> f32 {
        match self.code {
            "ar" => 1.5,
            "zh" => 1.4,
            _ => 1.3,
        }
    }
}

/// How a sentence is set.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// The font's size.
    pub size: f32,
    /// In bold.
    pub bold: bool,
    /// Centred in its column.
    pub centred: bool,
    /// Left to right in every language, on one line that is shrunk to fit: for addresses, codes and
    /// numbers.
    pub address: bool,
    /// A name, in the direction of its own letters.
    pub name: bool,
    /// What it is for its reader.
    pub role: Role,
}

impl Style {
    /// Plain text of this size.
    #[must_use]
    pub const fn plain(size: f32) -> Self {
        Self {
            size,
            bold: false,
            centred: false,
            address: false,
            name: false,
            role: Role::Paragraph,
        }
    }

    /// The headline of the sheet: bold.
    #[must_use]
    pub const fn title(self) -> Self {
        Self {
            role: Role::Heading(1),
            bold: true,
            ..self
        }
    }

    /// A heading within the sheet: bold.
    #[must_use]
    pub const fn heading(self) -> Self {
        Self {
            role: Role::Heading(2),
            bold: true,
            ..self
        }
    }

    /// For the name of an organisation.
    #[must_use]
    pub const fn name(self) -> Self {
        Self { name: true, ..self }
    }

    /// Bold.
    #[must_use]
    pub const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// Centred.
    #[must_use]
    pub const fn centred(self) -> Self {
        Self {
            centred: true,
            ..self
        }
    }

    /// For an address, a code or a number.
    #[must_use]
    pub const fn address(self) -> Self {
        Self {
            address: true,
            ..self
        }
    }
}

/// Text is at most this much larger than its style says, if the sheet has room.
const LARGEST: f32 = 1.2;
/// A headline on one line may be this share of its size.
const SNUG: f32 = 0.82;
/// Text below three fifths is unreadable. A test checks that none of our sentences needs it.
const SMALLEST: f32 = 0.6;

/// A sheet during layout.
pub struct Paper<'a> {
    fonts: &'a Fonts,
    /// The language of the next sentences.
    language: Language,
    mirrored: bool,
    /// Scale of the text, so that all of it fits.
    scale: f32,
    sheet: Sheet,
}

impl<'a> Paper<'a> {
    /// Lays out a sheet of this size with the largest text that fits. `draw` returns the lowest
    /// position that it used. If that is below `bottom`, `fit` draws again at a smaller scale.
    pub fn fit(
        fonts: &'a Fonts,
        language: Language,
        mirrored: bool,
        size: (f32, f32),
        bottom: f32,
        draw: impl Fn(&mut Self) -> f32,
    ) -> Sheet {
        let mut scale = LARGEST;
        loop {
            let sheet = Sheet {
                width: size.0,
                height: size.1,
                language: language.code,
                right_to_left: language.right_to_left,
                pieces: Vec::new(),
                codes: Vec::new(),
                trim: None,
            };
            let mut paper = Self {
                fonts,
                language,
                mirrored,
                scale,
                sheet,
            };
            if draw(&mut paper) <= bottom || scale < SMALLEST {
                return paper.sheet;
            }
            scale -= 0.02;
        }
    }

    /// The next sentences are in this language.
    pub fn speak(&mut self, language: Language) {
        self.language = language;
    }

    /// Writes a sentence into a column. Returns the top of the next one.
    pub fn write(&mut self, x: f32, y: f32, width: f32, style: Style, sentence: &str) -> f32 {
        let (piece, end) = self.set(x, y, width, style, sentence);
        self.sheet.pieces.push(piece);
        end
    }

    /// Writes sentences as a list with bullets.
    pub fn list(&mut self, x: f32, y: f32, width: f32, style: Style, sentences: &[&str]) -> f32 {
        let size = style.size * self.scale;
        let style = Style {
            role: Role::Item,
            ..style
        };
        sentences.iter().fold(y, |y, sentence| {
            let (dot, leading) = (size * 0.22, self.language.leading());
            let (at, room) = self.inset(x, width, dot);
            let at = if at > x { at } else { x + room - dot };
            let bullet = [
                self.left(at, dot),
                y + (leading / 2.0) * size - dot / 2.0,
                dot,
                dot,
            ];
            let (column, room) = self.inset(x, width, size * 0.9);
            let (mut piece, end) = self.set(column, y, room, style, sentence);
            piece.lines.insert(
                0,
                PlacedLine {
                    marks: vec![Mark::Boxes(vec![bullet])],
                    text: String::new(),
                },
            );
            self.sheet.pieces.push(piece);
            end + size * 0.12
        })
    }

    /// The column that is left if `by` is cut off at the side where reading starts.
    #[must_use]
    pub fn inset(&self, x: f32, width: f32, by: f32) -> (f32, f32) {
        let flipped = self.language.right_to_left != self.mirrored;
        (if flipped { x } else { x + by }, width - by)
    }

    /// The width of a sentence on one line, and the height of that line.
    #[must_use]
    pub fn measure(&self, style: Style, sentence: &str) -> (f32, f32) {
        let size = style.size * self.scale;
        let lines = text::lines(
            self.fonts,
            &unbroken(sentence),
            style.bold,
            self.is_backwards(style, sentence),
            f32::INFINITY,
        );
        let wide = lines.first().map_or(0.0, |line| line.width * size);
        (wide, self.language.leading() * size)
    }

    /// Draws a frame with this line width.
    pub fn frame(&mut self, x: f32, y: f32, width: f32, height: f32, line: f32) {
        let left = self.left(x, width);
        let boxes = Mark::Boxes(vec![
            [left, y, width, line],
            [left, y + height - line, width, line],
            [left, y + line, line, height - 2.0 * line],
            [left + width - line, y + line, line, height - 2.0 * line],
        ]);
        self.piece(Role::Decoration, "", vec![boxes]);
    }

    /// Draws a QR code in a square of this width, including its white border. The code is never
    /// mirrored. `words` describe it to a person who cannot see it.
    pub fn code(&mut self, x: f32, y: f32, width: f32, code: &super::code::Code, words: &str) {
        let left = self.left(x, width);
        let square = [left, y, width, width];
        self.sheet.codes.push(square);
        let module = width / code.side() as f32;
        let boxes = code.rows().map(|[column, row, length]| {
            [
                left + column * module,
                y + row * module,
                length * module,
                module,
            ]
        });
        let marks = vec![Mark::White(square), Mark::Boxes(boxes.collect())];
        self.piece(Role::Figure, words, marks);
    }

    /// Draws a logo as large as this box allows, at the side where reading starts and in the middle
    /// of the height. `words` name its owner. Returns its width.
    pub fn logo(
        &mut self,
        (x, y): (f32, f32),
        (width, height): (f32, f32),
        logo: &Arc<Logo>,
        words: &str,
    ) -> f32 {
        let scale = (width / logo.width).min(height / logo.height);
        let (wide, high) = (logo.width * scale, logo.height * scale);
        let at = [self.left(x, wide), y + (height - high) / 2.0, wide, high];
        self.piece(Role::Figure, words, vec![Mark::Logo(Arc::clone(logo), at)]);
        wide
    }

    /// Writes a word in grey across the finished sheet, below all else: from the lower left corner
    /// to the upper right one, or twice, above and below a QR code that would hide it.
    pub fn stamp(&mut self, word: &str) {
        let (width, height) = (self.sheet.width, self.sheet.height);
        let lines = text::lines(self.fonts, word, true, false, f32::INFINITY);
        let Some(line) = lines.into_iter().next() else {
            return;
        };
        let (x, y) = (width / 2.0, height / 2.0);
        let hides = |[left, top, side, _]: &&[f32; 4]| {
            (*left..left + side).contains(&x) && (*top..top + side).contains(&y)
        };
        let places = match self.sheet.codes.iter().find(hides) {
            None => vec![([x, y], width.hypot(height) * 0.72, height.atan2(width))],
            Some([_, top, side, _]) => {
                let strip = |from: f32, to: f32| {
                    let wide = (width * 0.85).min((to - from) * line.width);
                    ([x, (from + to) / 2.0], wide, 0.0)
                };
                vec![strip(0.0, *top), strip(top + side, height)]
            }
        };
        for ([x, y], wide, angle) in places {
            let size = wide / line.width;
            // The middle of the word's capital letters is in the middle of its place.
            let (along, down) = (wide / 2.0, size * 0.36);
            let from = [
                x - along * angle.cos() + down * angle.sin(),
                y + along * angle.sin() + down * angle.cos(),
            ];
            let degrees = -angle.to_degrees();
            let marks = line.runs.iter().map(|run| Mark::Stamp {
                run: run.clone(),
                size,
                from,
                degrees,
            });
            let marks = marks.collect();
            self.piece(Role::Stamp, word, marks);
        }
        self.sheet
            .pieces
            .sort_by_key(|piece| piece.role != Role::Stamp);
    }

    /// Adds another sheet as a small picture in this box.
    pub fn miniature(
        &mut self,
        (x, y): (f32, f32),
        (width, height): (f32, f32),
        sheet: &Sheet,
        name: &str,
    ) {
        let scale = (width / sheet.width).min(height / sheet.height);
        let (wide, high) = (sheet.width * scale, sheet.height * scale);
        let left = x + (width - wide) / 2.0;
        self.sheet
            .pieces
            .push(sheet.miniature(name, left, y, scale));
        self.frame(left, y, wide, high, 0.2);
    }

    /// Puts everything in the first language before everything in another, so that a program that
    /// reads the sheet aloud does not jump between two columns.
    pub fn by_language(&mut self) {
        let first = self.sheet.language;
        self.sheet
            .pieces
            .sort_by_key(|piece| piece.language != first);
    }

    /// Sets a sentence into a column. Returns it and the top of the next one.
    fn set(&self, x: f32, y: f32, width: f32, style: Style, sentence: &str) -> (Piece, f32) {
        let sentence = unbroken(sentence);
        let backwards = self.is_backwards(style, &sentence);
        let (size, lines) = self.lines(width, style, &sentence, backwards);
        let (left, leading) = (self.left(x, width), self.language.leading());
        let mut top = y;
        let mut placed = Vec::with_capacity(lines.len());
        for line in lines {
            let spare = width - line.width * size;
            let mut at = left
                + match (style.centred, self.language.right_to_left) {
                    (true, _) => spare / 2.0,
                    (false, true) => spare,
                    (false, false) => 0.0,
                };
            // Centre capital letters vertically in the line.
            let baseline = top + (leading / 2.0 + 0.36) * size;
            let marks = line.runs.into_iter().map(|run| {
                let x = at;
                at += run.width * size;
                Mark::Text {
                    run,
                    size,
                    x,
                    y: baseline,
                }
            });
            placed.push(PlacedLine {
                marks: marks.collect(),
                text: line.text,
            });
            top += leading * size;
        }
        let piece = Piece {
            role: style.role,
            words: sentence,
            language: self.language.code,
            right_to_left: backwards,
            lines: placed,
        };
        (piece, top)
    }

    /// Breaks a sentence into lines of at most this width. Returns the size of its letters, too: an
    /// address is shrunk to one line, a headline a little to spare a line, and any sentence a
    /// little if it would stick out or leave one word alone.
    fn lines(
        &self,
        width: f32,
        style: Style,
        sentence: &str,
        backwards: bool,
    ) -> (f32, Vec<TextLine>) {
        let broken = |room| text::lines(self.fonts, sentence, style.bold, backwards, room);
        let size = style.size * self.scale;
        let one = broken(f32::INFINITY);
        let wide = one.first().map_or(0.0, |line| line.width);
        let snug = match style.role {
            _ if style.address => 0.0,
            Role::Heading(1) => SNUG,
            _ => 1.0,
        };
        if wide * size * snug <= width {
            return (size.min(width / wide), one);
        }
        for smaller in [1.0, 0.97, 0.94, 0.91, 0.88, 0.85, 0.8, 0.75, 0.7] {
            let (size, room) = (size * smaller, width / (size * smaller));
            let lines = broken(room);
            let fits = lines.iter().all(|line| line.width <= room);
            let ends =
                lines.len() < 2 || lines.last().is_some_and(|line| text::is_enough(&line.text));
            if fits && ends {
                let even = if style.bold || style.centred {
                    evened(lines, room, broken)
                } else {
                    lines
                };
                return (size, even);
            }
        }
        (size, broken(width / size))
    }

    fn is_backwards(&self, style: Style, sentence: &str) -> bool {
        match (style.address, style.name) {
            (true, _) => false,
            (false, true) => text::runs_right_to_left(sentence),
            (false, false) => self.language.right_to_left,
        }
    }

    fn piece(&mut self, role: Role, words: &str, marks: Vec<Mark>) {
        self.sheet.pieces.push(Piece {
            role,
            words: words.to_owned(),
            language: self.language.code,
            right_to_left: self.language.right_to_left,
            lines: vec![PlacedLine {
                marks,
                text: String::new(),
            }],
        });
    }

    /// The distance from the left of an object of this width.
    fn left(&self, x: f32, width: f32) -> f32 {
        if self.mirrored {
            self.sheet.width - x - width
        } else {
            x
        }
    }
}

/// Makes the lines of a headline or a centred sentence as short as their number allows, so that
/// they are about equally long.
fn evened(
    mut lines: Vec<TextLine>,
    mut room: f32,
    broken: impl Fn(f32) -> Vec<TextLine>,
) -> Vec<TextLine> {
    while lines.len() > 1 && lines.iter().all(|line| line.width <= room) {
        room *= 0.97;
        let shorter = broken(room);
        let alone = shorter
            .last()
            .is_some_and(|line| !text::is_enough(&line.text));
        if shorter.len() > lines.len() || alone || shorter.iter().any(|line| line.width > room) {
            break;
        }
        lines = shorter;
    }
    lines
}

/// Replaces a space between two digits with a no-break space, so that a number stays on one line.
pub(crate) fn unbroken(sentence: &str) -> String {
    let mut out = String::with_capacity(sentence.len() + 4);
    let mut rest = sentence.chars().peekable();
    while let Some(c) = rest.next() {
        let between = c == ' '
            && out.ends_with(|c: char| c.is_ascii_digit())
            && rest.peek().is_some_and(char::is_ascii_digit);
        out.push(if between { '\u{a0}' } else { c });
    }
    out
}
