//! Pixels: 8-bit grey, RGB on white, or separate luma and chroma planes as in JPEGs. Shrinks, turns
//! and encodes them. Every picture buffer is zeroized on drop. The decoders' own buffers are
//! zeroized by the gateway's allocator.

mod paint;
mod planes;

use std::cell::Cell;

use jpeg_encoder::{Encoder, SamplingFactor};
use loke_resize::{FilterType, ResizeAlg, Rows};
use zeroize::Zeroizing;

use super::upright::Orientation;
use super::{MAX_CLEAN_BYTES, MAX_CLEAN_PIXELS, PhotoRefused, THUMBNAIL_BYTES};

/// JPEG qualities of a cleaned photo, for [`Pixels::into_jpeg`].
pub(super) const QUALITIES: &[u8] = &[82, 70, 55, 40];
/// A long picture (a scrolling screenshot, a panorama) keeps at least this shorter side, so that
/// text in it stays readable. [`MOST_IF_LONG`] limits this.
const MIN_SHORT_SIDE: f64 = 540.0;
/// Most pixels of a long picture, as a multiple of [`MAX_CLEAN_PIXELS`].
const MOST_IF_LONG: f64 = 3.0;

/// Longest sides of a thumbnail, in pixels, that are tried in order.
const THUMBNAIL_SIDES: [f64; 4] = [96.0, 72.0, 48.0, 24.0];
/// A picture whose shorter side is less keeps its colour at full size: it has few chroma samples, and
/// a quarter of them would show other colours.
pub(super) const TINY: usize = 20;

/// JPEG quality of a thumbnail.
const THUMBNAIL_QUALITY: u8 = 50;

/// The filter for shrinking a picture.
const SHRINK: ResizeAlg = ResizeAlg::Convolution(FilterType::Hamming);

/// Rows from the top, with one or three bytes per pixel. Zeroized on drop.
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) channels: usize,
    pub(super) bytes: Vec<u8>,
}

impl Drop for Plane {
    fn drop(&mut self) {
        wipe(&mut self.bytes);
    }
}

/// A decoded picture: grey or RGB in one plane, or a luma plane with two chroma planes (blue and
/// red, JFIF) of half its size.
pub(super) struct Pixels {
    light: Plane,
    colour: Option<[Plane; 2]>,
}

/// Zeroizes at the speed of memory. `zeroize` writes byte by byte, which takes 10 ms for a photo.
pub(super) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    zeroize::optimization_barrier(bytes);
}

/// A colour value with this opacity, over white.
pub(super) fn on_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// Converts every `N` bytes to `M` bytes in place (`M` is less than `N`). Memory has no room for a
/// second buffer of a large picture.
pub(super) fn repack<const N: usize, const M: usize>(
    bytes: &mut Vec<u8>,
    convert: impl Fn([u8; N]) -> [u8; M],
) {
    let cells = Cell::from_mut(bytes.as_mut_slice()).as_slice_of_cells();
    // Each write is at or before the last read, so nothing is overwritten before it is read.
    for (from, to) in cells.chunks_exact(N).zip(cells.chunks_exact(M)) {
        let mut pixel = [0; N];
        pixel
            .iter_mut()
            .zip(from)
            .for_each(|(byte, cell)| *byte = cell.get());
        to.iter()
            .zip(convert(pixel))
            .for_each(|(cell, byte)| cell.set(byte));
    }
    let length = bytes.len() / N * M;
    if let Some(rest) = bytes.get_mut(length..) {
        wipe(rest);
    }
    bytes.truncate(length);
}

/// The cleaned size of a picture: limited to the pixels that a photo needs, with more for a long
/// picture.
pub(super) fn clean_size(width: usize, height: usize) -> (usize, usize) {
    let area = width as f64 * height as f64;
    let most = MAX_CLEAN_PIXELS as f64;
    if area <= most {
        return (width, height);
    }
    let readable =
        (MIN_SHORT_SIDE / width.min(height) as f64).min((most * MOST_IF_LONG / area).sqrt());
    let scale = (most / area).sqrt().max(readable).min(1.0);
    // Even numbers, so that chroma planes of half the size cover the same area.
    let scaled = |length: usize| {
        if scale < 1.0 {
            (((length as f64 * scale / 2.0).round() as usize) * 2).clamp(1, length)
        } else {
            length
        }
    };
    (scaled(width), scaled(height))
}

impl Plane {
    pub(super) fn new(
        width: usize,
        height: usize,
        channels: usize,
        bytes: Vec<u8>,
    ) -> Result<Self, PhotoRefused> {
        let plane = Self {
            width,
            height,
            channels,
            bytes,
        };
        if width > 0 && height > 0 && plane.bytes.len() == width * height * channels {
            Ok(plane)
        } else {
            Err(PhotoRefused::Broken)
        }
    }

    /// Resizes the upper left part of this plane. `part` is its size in (fractions of) pixels.
    pub(super) fn resized(
        &self,
        part: (f64, f64),
        (width, height): (usize, usize),
        how: ResizeAlg,
    ) -> Result<Self, PhotoRefused> {
        let mut resized = Self {
            width,
            height,
            channels: self.channels,
            bytes: vec![0; width * height * self.channels],
        };
        let part = (
            part.0.min(self.width as f64),
            part.1.min(self.height as f64),
        );
        let from = Rows {
            width: self.width as u32,
            height: self.height as u32,
            bytes: self.bytes.as_slice(),
        };
        let mut into = Rows {
            width: width as u32,
            height: height as u32,
            bytes: resized.bytes.as_mut_slice(),
        };
        let resize = if self.channels == 1 {
            loke_resize::grey
        } else {
            loke_resize::rgb
        };
        resize(&from, &mut into, part, how).map_err(|_| PhotoRefused::Broken)?;
        Ok(resized)
    }

    fn turned(&self, how: Orientation) -> Result<Self, PhotoRefused> {
        let (width, height) = how.size(self.width, self.height);
        let bytes = if self.channels == 1 {
            how.turn::<1>(&self.bytes, self.width, self.height)
        } else {
            how.turn::<3>(&self.bytes, self.width, self.height)
        };
        Self::new(width, height, self.channels, bytes)
    }
}

impl Pixels {
    /// A grey or RGB picture.
    pub(super) fn of(light: Plane) -> Self {
        Self {
            light,
            colour: None,
        }
    }

    /// A picture whose chroma planes have half the size, rounded up.
    pub(super) fn with_colour(light: Plane, colour: [Plane; 2]) -> Result<Self, PhotoRefused> {
        let half = (light.width.div_ceil(2), light.height.div_ceil(2));
        let fits = colour
            .iter()
            .all(|plane| (plane.width, plane.height) == half);
        if fits {
            Ok(Self {
                light,
                colour: Some(colour),
            })
        } else {
            Err(PhotoRefused::Broken)
        }
    }

    /// Whether it has no colour.
    pub(super) fn is_grey(&self) -> bool {
        self.colour.is_none() && self.light.channels == 1
    }

    /// Whether each pixel is encoded with its own colour: the picture is tiny, and in RGB.
    fn has_whole_colour(&self) -> bool {
        self.light.channels == 3 && self.light.width.min(self.light.height) < TINY
    }

    /// Width and height in pixels.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.light.width, self.light.height)
    }

    /// The bytes of a grey or RGB picture.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.light.bytes
    }

    /// Shrinks the picture to this size. A smaller picture stays unchanged.
    pub(super) fn fit(self, (width, height): (usize, usize)) -> Result<Self, PhotoRefused> {
        let (w, h) = self.size();
        if width >= w && height >= h {
            return Ok(self);
        }
        self.shrunk((width, height))
    }

    /// A copy of this size, which is at most the picture's.
    fn shrunk(&self, (width, height): (usize, usize)) -> Result<Self, PhotoRefused> {
        let (w, h) = self.size();
        let light = self
            .light
            .resized((w as f64, h as f64), (width, height), SHRINK)?;
        let half = (width.div_ceil(2), height.div_ceil(2));
        let small = |plane: &Plane| plane.resized((w as f64 / 2.0, h as f64 / 2.0), half, SHRINK);
        let colour = match &self.colour {
            Some([blue, red]) => Some([small(blue)?, small(red)?]),
            None => None,
        };
        Ok(Self { light, colour })
    }

    /// A small JPEG of at most [`THUMBNAIL_BYTES`]. Empty if no size fits.
    pub(super) fn thumbnail(&self) -> Vec<u8> {
        let mut room = Zeroizing::new(vec![0; THUMBNAIL_BYTES]);
        let (width, height) = self.size();
        for side in THUMBNAIL_SIDES {
            let scale = (side / width.max(height) as f64).min(1.0);
            let scaled = |length: usize| ((length as f64 * scale) as usize).max(1);
            let small = self.shrunk((scaled(width), scaled(height)));
            let encoded = small
                .ok()
                .and_then(|small| small.encode(THUMBNAIL_QUALITY, true, &mut room));
            if let Some(jpeg) = encoded.and_then(|length| room.get(..length)) {
                return jpeg.to_vec();
            }
        }
        Vec::new()
    }

    /// Turns the picture upright, by the orientation in its file.
    pub(super) fn turned(self, how: Orientation) -> Result<Self, PhotoRefused> {
        if how.is_upright() {
            return Ok(self);
        }
        // With an odd side, the last chroma value covers half a square. After a turn it would cover
        // the wrong half.
        let odd = self.light.width % 2 == 1 || self.light.height % 2 == 1;
        let whole = if odd { self.into_rgb()? } else { self };
        let colour = match whole.colour {
            Some([blue, red]) => Some([blue.turned(how)?, red.turned(how)?]),
            None => None,
        };
        Ok(Self {
            light: whole.light.turned(how)?,
            colour,
        })
    }

    /// Converts a picture with chroma planes to RGB. Other pictures stay unchanged.
    pub(super) fn into_rgb(self) -> Result<Self, PhotoRefused> {
        let Some([blue, red]) = &self.colour else {
            return Ok(self);
        };
        let (width, height) = self.size();
        let part = (width as f64 / 2.0, height as f64 / 2.0);
        let blue = blue.resized(
            part,
            (width, height),
            ResizeAlg::Convolution(FilterType::Bilinear),
        )?;
        let red = red.resized(
            part,
            (width, height),
            ResizeAlg::Convolution(FilterType::Bilinear),
        )?;
        let mut bytes = vec![0; width * height * 3];
        let pixels = self.light.bytes.iter().zip(&blue.bytes).zip(&red.bytes);
        bytes
            .as_chunks_mut()
            .0
            .iter_mut()
            .zip(pixels)
            .for_each(|(to, ((light, blue), red))| *to = rgb(*light, *blue, *red));
        Ok(Self::of(Plane::new(width, height, 3, bytes)?))
    }

    /// Encodes a baseline JPEG with a plain JFIF header and 4:2:0 sampling (4:4:4 if it is tiny), of
    /// at most [`MAX_CLEAN_BYTES`]. At each size, tries these qualities in order.
    pub(super) fn into_jpeg(self, qualities: &[u8]) -> Result<Vec<u8>, PhotoRefused> {
        let mut room = Zeroizing::new(vec![0; MAX_CLEAN_BYTES]);
        let mut pixels = self;
        loop {
            if let Some(length) = qualities
                .iter()
                .find_map(|quality| pixels.encode(*quality, false, &mut room))
            {
                return room
                    .get(..length)
                    .map(<[u8]>::to_vec)
                    .ok_or(PhotoRefused::Broken);
            }
            let (width, height) = pixels.size();
            if width.max(height) < 16 {
                return Err(PhotoRefused::Broken);
            }
            let smaller = |length: usize| (length * 3 / 8 * 2).max(length.min(2));
            pixels = pixels.fit((smaller(width), smaller(height)))?;
        }
    }

    /// Writes the JPEG into `room` and returns its length. `None` if it does not fit. `tight` codes
    /// the picture twice, to make it smaller.
    fn encode(&self, quality: u8, tight: bool, room: &mut [u8]) -> Option<usize> {
        let all = room.len();
        let mut left = room;
        let mut encoder = Encoder::new(&mut left, quality);
        encoder.set_sampling_factor(if self.has_whole_colour() {
            SamplingFactor::F_1_1
        } else {
            SamplingFactor::F_2_2
        });
        encoder.set_optimized_huffman_tables(tight);
        encoder.encode_image(planes::Planes::of(self)?).ok()?;
        Some(all - left.len())
    }
}

/// Converts luma and chroma (JFIF, ITU-R BT.601) to RGB.
pub(super) fn rgb(light: u8, blue: u8, red: u8) -> [u8; 3] {
    let (light, blue, red) = (
        i32::from(light) << 16 | 0x8000,
        i32::from(blue) - 128,
        i32::from(red) - 128,
    );
    let round = |value: i32| (value >> 16).clamp(0, 255) as u8;
    [
        round(light + 91_881 * red),
        round(light - 22_554 * blue - 46_802 * red),
        round(light + 116_130 * blue),
    ]
}
