//! Covers parts of a cleaned photo before it leaves: an officer ticks squares of a grid, the squares
//! are painted grey, and the whole photo is encoded again at a lower quality.
//!
//! A lossy codec spreads a detail over the blocks around it. The camera's JPEG uses blocks of up to
//! 16 pixels, and shrinking mixes a few neighbours. So a covered area is aligned to the blocks of
//! the new JPEG and 16 pixels wider on each side: what the visible pixels keep of a covered detail is
//! nothing. A picture that was compressed several times before it was sent may spread it further.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use memchr::memmem;
use zeroize::Zeroizing;

use super::kind::{self, Kind};
use super::{PhotoRefused, Picture, Walk, jpeg};

/// Most columns of a grid. On a phone of 320 pixels a square is 24 pixels wide (WCAG 2.5.8).
pub const MAX_COLUMNS: usize = 12;
/// Most rows of a grid.
pub const MAX_ROWS: usize = 16;
/// Least columns and rows, if the photo is large enough for squares of [`LEAST_SIDE`].
const FEW: usize = 4;
/// Smallest side of a square, in pixels.
const LEAST_SIDE: usize = 32;
/// Side of the largest block of a JPEG with half-resolution chroma, in pixels.
const BLOCK: usize = 16;
/// How much wider than its squares a covered area is on each side, in pixels.
const MARGIN: usize = 16;
/// JPEG qualities of a covered photo. Those below the stored photo's are tried in order.
const QUALITIES: [u8; 4] = [60, 45, 35, 30];
/// The first value of the luma table in ITU-T T.81, annex K.1, on which JPEG qualities are based.
const FIRST_QUANTIZER: u32 = 16;

/// Why a photo was not covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCovered {
    /// The file is not a JPEG as [`super::clean_now`] returns it.
    #[error("the photo is not as a gateway stores it. Keep the file for an investigation")]
    NotCleaned,
    /// A square outside the grid.
    #[error("the photo has no such square. Load the page again")]
    NoSuchSquare,
}

impl From<PhotoRefused> for NotCovered {
    fn from(_: PhotoRefused) -> Self {
        Self::NotCleaned
    }
}

/// A square of a grid. Rows and columns count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Square {
    /// The row, from the top.
    pub row: usize,
    /// The column, from the left.
    pub column: usize,
}

/// The grid over a photo. All its squares have the same size, as nearly square as the photo allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    width: usize,
    height: usize,
    columns: usize,
    rows: usize,
}

impl Grid {
    /// The grid over a photo of this size in pixels.
    #[must_use]
    pub fn of_size(width: usize, height: usize) -> Self {
        let side = width
            .div_ceil(MAX_COLUMNS)
            .max(height.div_ceil(MAX_ROWS))
            .max(LEAST_SIDE);
        let count = |length: usize, most: usize| {
            let few = (length / LEAST_SIDE).min(FEW);
            length.div_ceil(side).max(few).clamp(1, most)
        };
        Self {
            width,
            height,
            columns: count(width, MAX_COLUMNS),
            rows: count(height, MAX_ROWS),
        }
    }

    /// The grid over a cleaned photo.
    ///
    /// # Errors
    /// [`NotCovered::NotCleaned`].
    pub fn of(photo: &[u8]) -> Result<Self, NotCovered> {
        let walk = cleaned(photo)?;
        Ok(Self::of_size(walk.width as usize, walk.height as usize))
    }

    /// The number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Width and height of a square in pixels, rounded up.
    #[must_use]
    pub fn square(&self) -> (usize, usize) {
        (
            self.width.div_ceil(self.columns),
            self.height.div_ceil(self.rows),
        )
    }

    /// Whether the grid has this square.
    #[must_use]
    pub fn has(&self, square: Square) -> bool {
        (1..=self.rows).contains(&square.row) && (1..=self.columns).contains(&square.column)
    }

    /// The area that is painted for a square: left, top, right, bottom.
    fn area(&self, square: Square, margin: usize) -> [usize; 4] {
        // From the first block that the square touches to the last one.
        let span = |number: usize, count: usize, length: usize| {
            let first = number.saturating_sub(1) * length / count;
            let last = (number * length).div_ceil(count);
            let from = (first - first % BLOCK).saturating_sub(margin);
            (from, (last.next_multiple_of(BLOCK) + margin).min(length))
        };
        let (left, right) = span(square.column, self.columns, self.width);
        let (top, bottom) = span(square.row, self.rows, self.height);
        [left, top, right, bottom]
    }
}

/// Covers these squares of a cleaned photo. The same squares always give the same bytes. Without a
/// square, the photo is only encoded at a lower quality.
///
/// # Errors
/// [`NotCovered`]. Nothing of the photo may be used then.
pub fn cover(photo: &[u8], squares: &BTreeSet<Square>) -> Result<Zeroizing<Vec<u8>>, NotCovered> {
    with_margin(photo, squares, MARGIN)
}

fn with_margin(
    photo: &[u8],
    squares: &BTreeSet<Square>,
    margin: usize,
) -> Result<Zeroizing<Vec<u8>>, NotCovered> {
    // A panic in a codec becomes an error, as in `clean_now`.
    catch_unwind(AssertUnwindSafe(|| painted(photo, squares, margin)))
        .unwrap_or(Err(NotCovered::NotCleaned))
}

fn painted(
    photo: &[u8],
    squares: &BTreeSet<Square>,
    margin: usize,
) -> Result<Zeroizing<Vec<u8>>, NotCovered> {
    let walk = cleaned(photo)?;
    let size = (walk.width as usize, walk.height as usize);
    let grid = Grid::of_size(size.0, size.1);
    if !squares.iter().all(|square| grid.has(*square)) {
        return Err(NotCovered::NoSuchSquare);
    }
    let Picture::Jpeg(jpeg) = &walk.picture else {
        return Err(NotCovered::NotCleaned);
    };
    let mut pixels = jpeg.decode(&walk.bare)?;
    // A picture that is too large for a cleaned photo is shrunk by the decoder.
    if pixels.size() != size {
        return Err(NotCovered::NotCleaned);
    }
    for square in squares {
        pixels.paint(grid.area(*square, margin));
    }
    let stored = first_quantizer(photo);
    let lower = |quality: &u8| quantizer_of(*quality) > stored;
    let mut qualities: Vec<u8> = QUALITIES.into_iter().filter(lower).collect();
    if qualities.is_empty() {
        qualities.extend(QUALITIES.last());
    }
    Ok(Zeroizing::new(pixels.into_jpeg(&qualities)?))
}

/// The walk through a cleaned photo. Rejects a file that carries anything else than its pixels, for
/// example an orientation: a browser would show its squares at other places.
fn cleaned(photo: &[u8]) -> Result<Walk<'_>, NotCovered> {
    if kind::of(photo)? != Kind::Jpeg {
        return Err(NotCovered::NotCleaned);
    }
    let walk = jpeg::walk(photo)?;
    let bare = walk.removed.is_empty() && walk.exif.is_none() && walk.profile.is_none();
    bare.then_some(walk).ok_or(NotCovered::NotCleaned)
}

/// The first value of the first quantization table (T.81, B.2.4.1): a higher one is a lower quality.
fn first_quantizer(photo: &[u8]) -> u32 {
    let table = memmem::find(photo, &[0xff, 0xdb]);
    let value = table.and_then(|at| photo.get(at + 5));
    value.copied().map_or(0, u32::from)
}

/// That value at a JPEG quality, by the formula of libjpeg (`jcparam.c`).
fn quantizer_of(quality: u8) -> u32 {
    let quality = u32::from(quality).clamp(1, 100);
    let percent = if quality < 50 {
        5_000 / quality
    } else {
        200 - 2 * quality
    };
    (FIRST_QUANTIZER * percent + 50) / 100
}

#[cfg(test)]
mod tests;
