//! A picture as the JPEG encoder takes it: light at full size, colour averaged over each square of two by two pixels. The
//! encoder's own way keeps one pixel of four, which turns a red line of one pixel grey.

use jpeg_encoder::{ImageBuffer, JpegColorType};

use super::Pixels;

/// Rows of one picture. The colour planes of a row hold each average twice, since the encoder reads every second one.
pub(super) struct Planes<'a> {
    pixels: &'a Pixels,
    width: u16,
    height: u16,
}

impl<'a> Planes<'a> {
    /// None if a side is longer than a JPEG can have.
    pub(super) fn of(pixels: &'a Pixels) -> Option<Self> {
        Some(Self { pixels, width: u16::try_from(pixels.width).ok()?, height: u16::try_from(pixels.height).ok()? })
    }

    fn row(&self, y: u16) -> &'a [u8] {
        let length = usize::from(self.width) * if self.pixels.grey { 1 } else { 3 };
        let start = usize::from(y) * length;
        self.pixels.bytes.get(start..start + length).unwrap_or_default()
    }
}

impl ImageBuffer for Planes<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        if self.pixels.grey { JpegColorType::Luma } else { JpegColorType::Ycbcr }
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let [light, blue, red, _] = buffers;
        let row = self.row(y);
        if self.pixels.grey {
            return light.extend_from_slice(row);
        }
        light.extend(row.as_chunks().0.iter().map(|[r, g, b]| luma(*r, *g, *b)));
        if y % 2 == 1 {
            // The average stands in the row above, which the encoder has filled up to whole blocks.
            let width = usize::from(self.width);
            for plane in [blue, red] {
                let above = plane.len().saturating_sub(width.next_multiple_of(16));
                plane.extend_from_within(above..(above + width).min(plane.len()));
            }
            return;
        }
        let below = if y + 1 < self.height { self.row(y + 1) } else { row };
        let ((squares, end), (squares_below, end_below)) = (row.as_chunks::<6>(), below.as_chunks::<6>());
        let sum = |[r0, g0, b0, r1, g1, b1]: &[u8; 6]| {
            let add = |one: &u8, other: &u8| i32::from(*one) + i32::from(*other);
            [add(r0, r1), add(g0, g1), add(b0, b1)]
        };
        let mut bias = 1;
        let mut put = |[r0, g0, b0]: [i32; 3], [r1, g1, b1]: [i32; 3], wide: usize| {
            let (r, g, b) = (r0 + r1, g0 + g1, b0 + b1);
            // Rounded up and down in turn, as libjpeg does (jcsample.c): always up would tint the picture.
            let round = |sum: i32| ((sum + (128 << 18) + (bias << 16)) >> 18).clamp(0, 255) as u8;
            blue.extend(std::iter::repeat_n(round(-11_059 * r - 21_709 * g + 32_768 * b), wide));
            red.extend(std::iter::repeat_n(round(32_768 * r - 27_439 * g - 5_329 * b), wide));
            bias ^= 3;
        };
        squares.iter().zip(squares_below).for_each(|(above, below)| put(sum(above), sum(below), 2));
        if let ([r0, g0, b0], [r1, g1, b1]) = (end, end_below) {
            put(sum(&[*r0, *g0, *b0, *r0, *g0, *b0]), sum(&[*r1, *g1, *b1, *r1, *g1, *b1]), 1);
        }
    }
}

/// The light of a colour (JFIF, ITU-R BT.601).
fn luma(r: u8, g: u8, b: u8) -> u8 {
    ((19_595 * u32::from(r) + 38_470 * u32::from(g) + 7_471 * u32::from(b) + 0x7fff) >> 16) as u8
}
