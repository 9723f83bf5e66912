//! A finished sheet: its pieces in reading order, each with its role, so that a PDF can say what is a
//! heading, what is a list and what is decoration. Lengths are in millimetres from the top left.

use std::sync::Arc;

use super::logo::Logo;
use super::photo::Photo;
use super::text::Run;

/// A mark on the sheet.
#[derive(Clone)]
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
    /// A white box, so that nothing shines through a QR code.
    White([f32; 4]),
    /// A logo in this box, which has its proportions.
    Logo(Arc<Logo>, [f32; 4]),
    /// A photo in this box, which has its proportions.
    Photo(Photo, [f32; 4]),
    /// Grey text across the sheet, turned around the start of its baseline.
    Stamp {
        /// The glyphs.
        run: Run,
        /// The font size in millimetres.
        size: f32,
        /// The start of its baseline.
        from: [f32; 2],
        /// Clockwise, in degrees.
        degrees: f32,
    },
}

/// What a piece is for its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A heading of this level, from 1.
    Heading(u16),
    /// A sentence or more.
    Paragraph,
    /// A point of a list; the points around it belong to the same list.
    Item,
    /// The name of a value; the value follows. The pairs around it belong to the same list.
    Label,
    /// The value of a [`Role::Label`].
    Value,
    /// A picture. Its words describe it and are not printed.
    Figure,
    /// Repeated at the top of each page.
    Header,
    /// Repeated at the bottom of each page.
    Footer,
    /// A frame, a cutting mark: nothing to read.
    Decoration,
    /// A word across the sheet that is no part of its text.
    Stamp,
}

/// One line of a piece.
#[derive(Clone)]
pub struct PlacedLine {
    /// Its marks, from left to right.
    pub marks: Vec<Mark>,
    /// Its text in reading order; empty if it has none.
    pub text: String,
}

/// One sentence, picture or decoration.
#[derive(Clone)]
pub struct Piece {
    /// What it is.
    pub role: Role,
    /// The words, or the description of a picture.
    pub words: String,
    /// The BCP 47 code of their language.
    pub language: &'static str,
    /// Whether that language is written from right to left.
    pub right_to_left: bool,
    /// Its lines.
    pub lines: Vec<PlacedLine>,
}

/// A finished sheet.
#[derive(Clone)]
pub struct Sheet {
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
    /// The BCP 47 code of its first language.
    pub language: &'static str,
    /// Whether its first language is written from right to left.
    pub right_to_left: bool,
    /// Everything on it, in reading order.
    pub pieces: Vec<Piece>,
    /// The squares of the QR codes, including their white borders.
    pub codes: Vec<[f32; 4]>,
    /// Where the printer cuts, if that is not the edge.
    pub trim: Option<[f32; 4]>,
}

/// White space around the sheet for cutting marks.
const MARGIN: f32 = 10.0;
/// From the cut to the cutting mark, so that no mark stays on a sheet that is cut inexactly.
const APART: f32 = 3.0;
/// Thickness of a cutting mark.
const HAIR: f32 = 0.2;

impl Sheet {
    /// Every mark, in drawing order.
    pub fn marks(&self) -> impl Iterator<Item = &Mark> {
        self.pieces
            .iter()
            .flat_map(|piece| piece.lines.iter().flat_map(|line| &line.marks))
    }

    /// Every printed sentence.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        self.pieces
            .iter()
            .filter(|piece| !matches!(piece.role, Role::Figure | Role::Decoration))
            .map(|piece| piece.words.as_str())
            .collect()
    }

    /// The title: the first heading, or else the first sentence.
    #[must_use]
    pub fn title(&self) -> String {
        let heading = self
            .pieces
            .iter()
            .find(|piece| piece.role == Role::Heading(1));
        heading.map_or_else(
            || self.words().first().copied().unwrap_or_default().to_owned(),
            |piece| piece.words.clone(),
        )
    }

    /// The same sheet on larger paper, with a cutting mark at each corner.
    #[must_use]
    pub fn with_crop_marks(mut self) -> Self {
        let trim = [MARGIN, MARGIN, self.width, self.height];
        for piece in &mut self.pieces {
            *piece = piece.moved(MARGIN, MARGIN, 1.0);
        }
        for code in &mut self.codes {
            let [x, y, ..] = code;
            *x += MARGIN;
            *y += MARGIN;
        }
        let length = MARGIN - APART;
        let ends =
            |from: f32, size: f32| [(from, from - MARGIN), (from + size, from + size + APART)];
        let mut marks = Vec::new();
        for (x, beside) in ends(MARGIN, self.width) {
            for (y, above) in ends(MARGIN, self.height) {
                marks.push([beside, y - HAIR / 2.0, length, HAIR]);
                marks.push([x - HAIR / 2.0, above, HAIR, length]);
            }
        }
        self.pieces
            .push(self.piece(Role::Decoration, String::new(), vec![Mark::Boxes(marks)]));
        self.width += 2.0 * MARGIN;
        self.height += 2.0 * MARGIN;
        self.trim = Some(trim);
        self
    }

    /// This sheet as a small picture on another one: its left, top and scale there.
    #[must_use]
    pub fn miniature(&self, name: &str, x: f32, y: f32, scale: f32) -> Piece {
        let marks = self
            .pieces
            .iter()
            .flat_map(|piece| piece.moved(x, y, scale).lines)
            .flat_map(|line| line.marks);
        self.piece(Role::Figure, name.to_owned(), marks.collect())
    }

    fn piece(&self, role: Role, words: String, marks: Vec<Mark>) -> Piece {
        Piece {
            role,
            words,
            language: self.language,
            right_to_left: self.right_to_left,
            lines: vec![PlacedLine {
                marks,
                text: String::new(),
            }],
        }
    }
}

impl Piece {
    fn moved(&self, dx: f32, dy: f32, scale: f32) -> Self {
        let mut piece = self.clone();
        for mark in piece.lines.iter_mut().flat_map(|line| &mut line.marks) {
            mark.place(dx, dy, scale);
        }
        piece
    }
}

impl Mark {
    pub(crate) fn place(&mut self, dx: f32, dy: f32, scale: f32) {
        let place = |[x, y, width, height]: [f32; 4]| {
            [
                x * scale + dx,
                y * scale + dy,
                width * scale,
                height * scale,
            ]
        };
        match self {
            Self::Text { size, x, y, .. } => {
                (*x, *y) = (*x * scale + dx, *y * scale + dy);
                *size *= scale;
            }
            Self::Stamp { size, from, .. } => {
                let [x, y] = *from;
                *from = [x * scale + dx, y * scale + dy];
                *size *= scale;
            }
            Self::Boxes(boxes) => boxes.iter_mut().for_each(|at| *at = place(*at)),
            Self::White(at) | Self::Logo(_, at) | Self::Photo(_, at) => *at = place(*at),
        }
    }
}
