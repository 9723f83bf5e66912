//! Paints boxes over a picture.

use super::{Pixels, Plane};

/// Mid-grey: the one colour that every JPEG quality stores exactly, as a block of zeros.
const GREY: u8 = 128;

impl Pixels {
    /// Paints a box grey: left, top, right and bottom in pixels. The edges must be even numbers or
    /// the picture's own edge, because a chroma value covers two pixels.
    pub(crate) fn paint(&mut self, [left, top, right, bottom]: [usize; 4]) {
        self.light.paint([left, top, right, bottom]);
        for plane in self.colour.iter_mut().flatten() {
            plane.paint([left / 2, top / 2, right.div_ceil(2), bottom.div_ceil(2)]);
        }
    }
}

impl Plane {
    fn paint(&mut self, [left, top, right, bottom]: [usize; 4]) {
        let (width, channels) = (self.width, self.channels);
        let (first, last) = (left.min(width) * channels, right.min(width) * channels);
        let rows = self.bytes.chunks_mut(width * channels);
        for row in rows.skip(top).take(bottom.saturating_sub(top)) {
            if let Some(part) = row.get_mut(first..last) {
                part.fill(GREY);
            }
        }
    }
}
