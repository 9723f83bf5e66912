//! Layout of one sheet: black marks on white. Lengths are in millimetres from the top and from the
//! side where reading starts. A right-to-left sheet is mirrored, except for QR codes and
//! left-to-right text.

use super::fonts::Fonts;
use super::text::{self, Run};

/// A mark on the sheet.
pub enum Mark {
    /// Text: its font size, and the start of its baseline.
    Text {
        /// The glyphs.
        run: Run,
        /// The font size in millimetres.
        size: f32,
        /// Distance from the left.
        x: f32,
        /// Distance from the top.
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
    /// Its marks, in reading order.
    pub marks: Vec<Mark>,
    /// Every sentence on it.
    pub words: Vec<String>,
    /// The squares of the QR codes, including their white borders.
    pub codes: Vec<[f32; 4]>,
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

/// A sheet during layout.
pub struct Paper<'a> {
    fonts: &'a Fonts,
    right_to_left: bool,
    leading: f32,
    /// Scale of the text, so that all of it fits.
    shrink: f32,
    sheet: Sheet,
}

impl<'a> Paper<'a> {
    /// Lays out a sheet of this size. `draw` returns the lowest position that it used. If that is
    /// below `bottom`, `fit` draws again at a smaller scale.
    pub fn fit(
        fonts: &'a Fonts,
        language: &str,
        right_to_left: bool,
        size: (f32, f32),
        bottom: f32,
        draw: impl Fn(&mut Self) -> f32,
    ) -> Sheet {
        // Arabic letters are taller and deeper than Latin ones; Chinese characters fill their
        // squares.
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
            // Text below three fifths is unreadable. A test checks that none of our sentences needs
            // it.
            if draw(&mut paper) <= bottom || shrink < 0.6 {
                return paper.sheet;
            }
            shrink -= 0.02;
        }
    }

    /// Writes a sentence into a column. Returns the top of the next one.
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
            // A headline never ends with a single word on its own line: make its lines as short as
            // their number allows.
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
            // Centre capital letters vertically in the line.
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

    /// Writes sentences as a list with bullets.
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

    /// Draws a frame with this line width.
    pub fn frame(&mut self, x: f32, y: f32, width: f32, height: f32, line: f32) {
        let left = self.left(x, width);
        self.boxes(vec![
            [left, y, width, line],
            [left, y + height - line, width, line],
            [left, y + line, line, height - 2.0 * line],
            [left + width - line, y + line, line, height - 2.0 * line],
        ]);
    }

    /// Draws a QR code in a square of this width, including its white border. The code is never
    /// mirrored.
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

    /// The distance from the left of an object of this width.
    fn left(&self, x: f32, width: f32) -> f32 {
        if self.right_to_left {
            self.sheet.width - x - width
        } else {
            x
        }
    }
}

/// Replaces a space between two digits with a no-break space, so that a number stays on one line.
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
