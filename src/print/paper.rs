//! A sheet of paper that is being laid out: black marks on white, lengths in millimetres from the
//! top and from the side where reading begins. On a right-to-left sheet everything is mirrored but
//! the codes and what reads from left to right.

use super::fonts::Fonts;
use super::text::{self, Run};

/// A mark on the sheet.
pub enum Mark {
    /// Text: its font's size, and where its baseline begins.
    Text {
        /// The glyphs.
        run: Run,
        /// Millimetres.
        size: f32,
        /// From the left.
        x: f32,
        /// From the top.
        y: f32,
    },
    /// Black boxes in one path: left, top, width, height.
    Boxes(Vec<[f32; 4]>),
}

/// A finished sheet.
pub struct Sheet {
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
    /// What stands on it, in the order of reading.
    pub marks: Vec<Mark>,
    /// Every sentence on it.
    pub words: Vec<String>,
    /// The squares that codes stand in, their white borders within.
    pub codes: Vec<[f32; 4]>,
}

/// How a sentence is set.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// The font's size.
    pub size: f32,
    /// In bold.
    pub bold: bool,
    /// In the middle of its column.
    pub centred: bool,
    /// From left to right in every language, in one line that is made to fit: addresses, codes and
    /// numbers.
    pub address: bool,
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
        }
    }

    /// Bold.
    #[must_use]
    pub const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// In the middle.
    #[must_use]
    pub const fn centred(self) -> Self {
        Self {
            centred: true,
            ..self
        }
    }

    /// An address, a code or a number.
    #[must_use]
    pub const fn address(self) -> Self {
        Self {
            address: true,
            ..self
        }
    }
}

/// The sheet under the pen.
pub struct Paper<'a> {
    fonts: &'a Fonts,
    right_to_left: bool,
    leading: f32,
    /// How much smaller than asked for the text is set, so that all of it fits.
    shrink: f32,
    sheet: Sheet,
}

impl<'a> Paper<'a> {
    /// Lays out a sheet of this size: `draw` returns how far down it came. Where that is beyond
    /// `bottom`, it draws again, smaller.
    pub fn fit(
        fonts: &'a Fonts,
        language: &str,
        right_to_left: bool,
        size: (f32, f32),
        bottom: f32,
        draw: impl Fn(&mut Self) -> f32,
    ) -> Sheet {
        // Arabic stands higher and lower than Latin does; Chinese fills its square.
        let leading = match language {
            "ar" => 1.5,
            "zh" => 1.4,
            _ => 1.3,
        };
        let mut shrink = 1.0;
        loop {
            let sheet = Sheet {
                width: size.0,
                height: size.1,
                marks: Vec::new(),
                words: Vec::new(),
                codes: Vec::new(),
            };
            let mut paper = Self {
                fonts,
                right_to_left,
                leading,
                shrink,
                sheet,
            };
            // Below three fifths nobody could read it: a test holds that no sentence of ours needs
            // it.
            if draw(&mut paper) <= bottom || shrink < 0.6 {
                return paper.sheet;
            }
            shrink -= 0.02;
        }
    }

    /// Writes a sentence into a column; returns the height at which the next may begin.
    pub fn write(&mut self, x: f32, y: f32, width: f32, style: Style, sentence: &str) -> f32 {
        let mut size = style.size * self.shrink;
        let sentence = unbroken(sentence);
        let right_to_left = self.right_to_left && !style.address;
        let broken = |room| text::lines(self.fonts, &sentence, style.bold, right_to_left, room);
        let mut lines = broken(if style.address {
            f32::INFINITY
        } else {
            width / size
        });
        if let (true, Some(line)) = (style.address, lines.first()) {
            size = size.min(width / line.width);
        } else if style.bold && lines.len() > 1 {
            // No headline leaves one word alone: its lines are made as short as their number
            // allows.
            let mut room = width / size;
            while lines.iter().all(|line| line.width <= room) {
                room *= 0.97;
                let shorter = broken(room);
                if shorter.len() > lines.len() {
                    break;
                }
                lines = shorter;
            }
        }
        self.sheet.words.push(sentence);
        let left = self.left(x, width);
        let mut top = y;
        for line in lines {
            let spare = width - line.width * size;
            let mut at = left
                + match (style.centred, self.right_to_left) {
                    (true, _) => spare / 2.0,
                    (false, true) => spare,
                    (false, false) => 0.0,
                };
            // The middle of a capital letter stands in the middle of its line.
            let baseline = top + (self.leading / 2.0 + 0.36) * size;
            for run in line.runs {
                let wide = run.width * size;
                self.sheet.marks.push(Mark::Text {
                    run,
                    size,
                    x: at,
                    y: baseline,
                });
                at += wide;
            }
            top += self.leading * size;
        }
        top
    }

    /// Writes sentences as a list with dots before them.
    pub fn list(&mut self, x: f32, y: f32, width: f32, style: Style, sentences: &[&str]) -> f32 {
        let indent = style.size * self.shrink * 0.9;
        sentences.iter().fold(y, |y, sentence| {
            let dot = style.size * self.shrink * 0.22;
            let top = y + (self.leading / 2.0) * style.size * self.shrink - dot / 2.0;
            self.boxes(vec![[self.left(x + dot, dot), top, dot, dot]]);
            self.write(x + indent, y, width - indent, style, sentence)
                + style.size * self.shrink * 0.12
        })
    }

    /// A frame of this line width.
    pub fn frame(&mut self, x: f32, y: f32, width: f32, height: f32, line: f32) {
        let left = self.left(x, width);
        self.boxes(vec![
            [left, y, width, line],
            [left, y + height - line, width, line],
            [left, y + line, line, height - 2.0 * line],
            [left + width - line, y + line, line, height - 2.0 * line],
        ]);
    }

    /// A code in a square of this width, its white border within. The code is never mirrored.
    pub fn code(&mut self, x: f32, y: f32, width: f32, code: &super::code::Code) {
        let left = self.left(x, width);
        self.sheet.codes.push([left, y, width, width]);
        let module = width / code.side() as f32;
        let boxes = code.rows().map(|[column, row, length]| {
            [
                left + column * module,
                y + row * module,
                length * module,
                module,
            ]
        });
        self.boxes(boxes.collect());
    }

    fn boxes(&mut self, boxes: Vec<[f32; 4]>) {
        self.sheet.marks.push(Mark::Boxes(boxes));
    }

    /// How far from the left something of this width stands.
    fn left(&self, x: f32, width: f32) -> f32 {
        if self.right_to_left {
            self.sheet.width - x - width
        } else {
            x
        }
    }
}

/// Numbers are not broken: a space between two digits holds them together.
fn unbroken(sentence: &str) -> String {
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
