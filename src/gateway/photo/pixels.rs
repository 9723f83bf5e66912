//! Pixels: decoded, flattened to 8-bit grey or RGB on white, shrunk, turned upright, encoded. Every buffer that held a picture
//! is wiped when it goes; what the decoders hold of their own is left to the gateway's wiping allocator.

mod planes;

use std::cell::Cell;
use std::io::Cursor;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::{png::PngDecoder, webp::WebPDecoder};
use image::metadata::Orientation;
use image::{ColorType, ImageBuffer, ImageDecoder, Limits, imageops};
use jpeg_encoder::{Encoder, SamplingFactor};
use zeroize::Zeroizing;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::{MAX_CLEAN_BYTES, MAX_DECODE, MAX_SIDE, Refused};

/// What is tried, in order, until the JPEG fits [`MAX_CLEAN_BYTES`]: at each size, these qualities.
const QUALITIES: &[u8] = &[82, 70, 55, 40];

/// A decoded picture: rows from the top, one byte (grey) or three (RGB) for each pixel. Wiped on drop.
pub(super) struct Pixels {
    width: u32,
    height: u32,
    grey: bool,
    bytes: Vec<u8>,
}

impl Drop for Pixels {
    fn drop(&mut self) {
        wipe(&mut self.bytes);
    }
}

/// Zeros at the speed of memory: `zeroize` writes byte by byte, which costs 10 ms on a photo's pixels.
fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    zeroize::optimization_barrier(bytes);
}

/// Decodes a bare JPEG.
pub(super) fn from_jpeg(bare: &[u8], grey: bool) -> Result<Pixels, Refused> {
    let colours = if grey { ColorSpace::Luma } else { ColorSpace::RGB };
    let side = MAX_SIDE as usize;
    // Not strict: a photo that was cut short shows what there is of it.
    let options = DecoderOptions::default().set_max_width(side).set_max_height(side).set_strict_mode(false).jpeg_set_out_colorspace(colours);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bare), options);
    decoder.decode_headers().map_err(|_| Refused::Broken)?;
    let (width, height) = decoder.dimensions().ok_or(Refused::Broken)?;
    let size = decoder.output_buffer_size().ok_or(Refused::Broken)?;
    // Each block of 64 pixels takes at least one bit: a few bytes that claim megapixels would only buy work.
    if decoder.output_colorspace() != Some(colours) || size as u64 > MAX_DECODE || width * height / 512 > bare.len() {
        return Err(Refused::Broken);
    }
    let mut pixels = Pixels { width: width as u32, height: height as u32, grey, bytes: vec![0; size] };
    decoder.decode_into(&mut pixels.bytes).map_err(|_| Refused::Broken)?;
    Ok(pixels)
}

/// Decodes a bare PNG.
pub(super) fn from_png(bare: &[u8]) -> Result<Pixels, Refused> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODE);
    decode(PngDecoder::with_limits(Cursor::new(bare), limits).map_err(|_| Refused::Broken)?)
}

/// Decodes a bare WebP.
pub(super) fn from_webp(bare: &[u8]) -> Result<Pixels, Refused> {
    decode(WebPDecoder::new(Cursor::new(bare)).map_err(|_| Refused::Broken)?)
}

fn decode(decoder: impl ImageDecoder) -> Result<Pixels, Refused> {
    let (width, height) = decoder.dimensions();
    let (colours, size) = (decoder.color_type(), decoder.total_bytes());
    if size > MAX_DECODE {
        return Err(Refused::TooManyPixels);
    }
    let size = usize::try_from(size).map_err(|_| Refused::TooManyPixels)?;
    let mut pixels = Pixels { width, height, grey: !colours.has_color(), bytes: vec![0; size] };
    decoder.read_image(&mut pixels.bytes).map_err(|_| Refused::Broken)?;
    let bytes = &mut pixels.bytes;
    match colours {
        ColorType::L8 | ColorType::Rgb8 => {}
        ColorType::La8 => repack(bytes, |[v, a]: [u8; 2]| [on_white(v, a)]),
        ColorType::Rgba8 => repack(bytes, |[r, g, b, a]: [u8; 4]| [on_white(r, a), on_white(g, a), on_white(b, a)]),
        ColorType::L16 => repack(bytes, |[v0, v1]: [u8; 2]| [high(v0, v1)]),
        ColorType::La16 => repack(bytes, |[v0, v1, a0, a1]: [u8; 4]| [on_white(high(v0, v1), high(a0, a1))]),
        ColorType::Rgb16 => repack(bytes, |[r0, r1, g0, g1, b0, b1]: [u8; 6]| [high(r0, r1), high(g0, g1), high(b0, b1)]),
        ColorType::Rgba16 => {
            repack(bytes, |[r0, r1, g0, g1, b0, b1, a0, a1]: [u8; 8]| [high(r0, r1), high(g0, g1), high(b0, b1)].map(|v| on_white(v, high(a0, a1))))
        }
        _ => return Err(Refused::Broken),
    }
    Ok(pixels)
}

/// A colour of this opacity over white.
fn on_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// The high byte of a 16-bit sample in this machine's order.
fn high(first: u8, second: u8) -> u8 {
    (u16::from_ne_bytes([first, second]) >> 8) as u8
}

/// Turns every `N` bytes into `M` fewer, in place: a picture of 50 megapixels has no room for a second buffer.
fn repack<const N: usize, const M: usize>(bytes: &mut Vec<u8>, convert: impl Fn([u8; N]) -> [u8; M]) {
    let cells = Cell::from_mut(bytes.as_mut_slice()).as_slice_of_cells();
    // What is written lies at or before what was read last, so nothing is overwritten unread.
    for (from, to) in cells.chunks_exact(N).zip(cells.chunks_exact(M)) {
        let mut pixel = [0; N];
        pixel.iter_mut().zip(from).for_each(|(byte, cell)| *byte = cell.get());
        to.iter().zip(convert(pixel)).for_each(|(cell, byte)| cell.set(byte));
    }
    let length = bytes.len() / N * M;
    if let Some(rest) = bytes.get_mut(length..) {
        wipe(rest);
    }
    bytes.truncate(length);
}

impl Pixels {
    /// Shrinks the picture so that its longer side is at most `side`; a smaller one stays as it is.
    pub(super) fn fit(self, side: u32) -> Result<Self, Refused> {
        let longest = self.width.max(self.height);
        if longest <= side {
            return Ok(self);
        }
        let scaled =
            |length: u32| u32::try_from((u64::from(length) * u64::from(side) + u64::from(longest) / 2) / u64::from(longest)).unwrap_or(1).max(1);
        let (width, height) = (scaled(self.width), scaled(self.height));
        let kind = if self.grey { PixelType::U8 } else { PixelType::U8x3 };
        let size = width as usize * height as usize * kind.size();
        let mut small = Self { width, height, grey: self.grey, bytes: vec![0; size] };
        let from = ImageRef::new(self.width, self.height, &self.bytes, kind).map_err(|_| Refused::Broken)?;
        let mut to = Image::from_slice_u8(width, height, &mut small.bytes, kind).map_err(|_| Refused::Broken)?;
        let how = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Hamming));
        Resizer::new().resize(&from, &mut to, &how).map_err(|_| Refused::Broken)?;
        Ok(small)
    }

    /// Turns the picture the way its file says that it was held.
    pub(super) fn turned(self, how: Orientation) -> Result<Self, Refused> {
        if how == Orientation::NoTransforms {
            Ok(self)
        } else if self.grey {
            self.turn::<image::Luma<u8>>(how)
        } else {
            self.turn::<image::Rgb<u8>>(how)
        }
    }

    fn turn<P: image::Pixel<Subpixel = u8> + 'static>(mut self, how: Orientation) -> Result<Self, Refused> {
        let bytes = std::mem::take(&mut self.bytes);
        let mut before = ImageBuffer::<P, _>::from_raw(self.width, self.height, bytes).ok_or(Refused::Broken)?;
        if matches!(how, Orientation::Rotate90FlipH | Orientation::Rotate270FlipH | Orientation::FlipHorizontal) {
            imageops::flip_horizontal_in_place(&mut before);
        }
        // Flipped first, a quarter turn goes the other way round.
        let after = match how {
            Orientation::Rotate90 | Orientation::Rotate270FlipH => imageops::rotate90(&before),
            Orientation::Rotate270 | Orientation::Rotate90FlipH => imageops::rotate270(&before),
            Orientation::Rotate180 => imageops::rotate180(&before),
            Orientation::FlipVertical => imageops::flip_vertical(&before),
            Orientation::NoTransforms | Orientation::FlipHorizontal => before.clone(),
        };
        wipe(&mut before.into_raw());
        Ok(Self { width: after.width(), height: after.height(), grey: self.grey, bytes: after.into_raw() })
    }

    /// Encodes a baseline JPEG with a plain JFIF header, 4:2:0, of at most [`MAX_CLEAN_BYTES`].
    pub(super) fn into_jpeg(self) -> Result<Vec<u8>, Refused> {
        let mut room = Zeroizing::new(vec![0; MAX_CLEAN_BYTES]);
        let mut pixels = self;
        loop {
            if let Some(length) = QUALITIES.iter().find_map(|quality| pixels.encode(*quality, &mut room)) {
                return room.get(..length).map(<[u8]>::to_vec).ok_or(Refused::Broken);
            }
            let side = pixels.width.max(pixels.height) * 3 / 4;
            if side == 0 {
                return Err(Refused::Broken);
            }
            pixels = pixels.fit(side)?;
        }
    }

    /// The length of the JPEG written into `room`; none if it does not fit.
    fn encode(&self, quality: u8, room: &mut [u8]) -> Option<usize> {
        let all = room.len();
        let mut left = room;
        let mut encoder = Encoder::new(&mut left, quality);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        encoder.encode_image(planes::Planes::of(self)?).ok()?;
        Some(all - left.len())
    }
}
