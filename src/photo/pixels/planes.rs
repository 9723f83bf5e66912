//! Feeds a picture to the JPEG encoder: luma at full size, chroma averaged over squares of two by
//! two pixels. The encoder's own method keeps one pixel of four, which turns a red line of one
//! pixel grey. A tiny picture keeps the chroma of every pixel.

use jpeg_encoder::{ImageBuffer, JpegColorType};

use super::{Pixels, Plane};

/// The factors of red, green and blue in blue chroma and in red chroma, in 65,536ths (JFIF, ITU-R
/// BT.601).
const BLUE: [i32; 3] = [-11_059, -21_709, 32_768];
const RED: [i32; 3] = [32_768, -27_439, -5_329];

/// Rows of one picture. The chroma rows contain each average twice, because the encoder reads every
/// second value.
pub(super) struct Planes<'a> {
    pixels: &'a Pixels,
    width: u16,
    height: u16,
}

impl<'a> Planes<'a> {
    /// `None` if a side is longer than a JPEG allows.
    pub(super) fn of(pixels: &'a Pixels) -> Option<Self> {
        let (width, height) = pixels.size();
        Some(Self {
            pixels,
            width: u16::try_from(width).ok()?,
            height: u16::try_from(height).ok()?,
        })
    }
}

impl ImageBuffer for Planes<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        if self.pixels.is_grey() {
            JpegColorType::Luma
        } else {
            JpegColorType::Ycbcr
        }
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let [light, blue, red, _] = buffers;
        let (y, width) = (usize::from(y), usize::from(self.width));
        let this = row(&self.pixels.light, y);
        if self.pixels.light.channels == 3 {
            light.extend(this.as_chunks().0.iter().map(|[r, g, b]| luma(*r, *g, *b)));
        } else {
            light.extend_from_slice(this);
        }
        if self.pixels.is_grey() {
            return;
        }
        if self.pixels.has_whole_colour() {
            for (to, factors) in [(blue, BLUE), (red, RED)] {
                let colours = this.as_chunks().0.iter();
                to.extend(colours.map(|colour| chroma(*colour, factors)));
            }
        } else if y % 2 == 1 {
            // The average is in the row above, which the encoder has padded to whole blocks.
            for plane in [blue, red] {
                let above = plane.len().saturating_sub(width.next_multiple_of(16));
                plane.extend_from_within(above..(above + width).min(plane.len()));
            }
        } else if let Some([blues, reds]) = &self.pixels.colour {
            for (to, from) in [(blue, blues), (red, reds)] {
                double(to, width, row(from, y / 2).iter().copied());
            }
        } else {
            let below = if y + 1 < usize::from(self.height) {
                row(&self.pixels.light, y + 1)
            } else {
                this
            };
            double(blue, width, squares(this, below, BLUE));
            double(red, width, squares(this, below, RED));
        }
    }
}

fn row(plane: &Plane, y: usize) -> &[u8] {
    let length = plane.width * plane.channels;
    plane
        .bytes
        .get(y * length..(y + 1) * length)
        .unwrap_or_default()
}

/// Appends each value twice, `width` values in total.
fn double(to: &mut Vec<u8>, width: usize, values: impl Iterator<Item = u8>) {
    let start = to.len();
    to.resize(start + width.next_multiple_of(2), 0);
    let pairs = to
        .get_mut(start..)
        .unwrap_or_default()
        .as_chunks_mut::<2>()
        .0;
    pairs
        .iter_mut()
        .zip(values)
        .for_each(|(pair, value)| *pair = [value; 2]);
    to.truncate(start + width);
}

/// The chroma of one pixel.
fn chroma([r, g, b]: [u8; 3], factors: [i32; 3]) -> u8 {
    let parts = [r, g, b].into_iter().zip(factors);
    let sum: i32 = parts.map(|(part, factor)| i32::from(part) * factor).sum();
    ((sum + (128 << 16) + 0x7fff) >> 16).clamp(0, 255) as u8
}

/// One chroma value for each square of two RGB rows.
fn squares(above: &[u8], below: &[u8], factors: [i32; 3]) -> impl Iterator<Item = u8> {
    // With an odd width, the last square is half as wide.
    let six = |row: &[u8]| match row {
        [r0, g0, b0, r1, g1, b1] => [
            i32::from(*r0) + i32::from(*r1),
            i32::from(*g0) + i32::from(*g1),
            i32::from(*b0) + i32::from(*b1),
        ],
        [r, g, b] => [r, g, b].map(|value| 2 * i32::from(*value)),
        _ => [0; 3],
    };
    above
        .chunks(6)
        .zip(below.chunks(6))
        .zip([1, 2].into_iter().cycle())
        .map(move |((above, below), bias)| {
            let ([r0, g0, b0], [r1, g1, b1], [r, g, b]) = (six(above), six(below), factors);
            // Round up and down in turn, as libjpeg does (jcsample.c). Always rounding up would
            // tint the picture.
            let sum = r * (r0 + r1) + g * (g0 + g1) + b * (b0 + b1) + (128 << 18) + (bias << 16);
            (sum >> 18).clamp(0, 255) as u8
        })
}

/// The luma of a colour (JFIF, ITU-R BT.601).
fn luma(r: u8, g: u8, b: u8) -> u8 {
    ((19_595 * u32::from(r) + 38_470 * u32::from(g) + 7_471 * u32::from(b) + 0x7fff) >> 16) as u8
}
