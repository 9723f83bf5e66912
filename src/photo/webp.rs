//! Walks through a WebP (RFC 9649). Keeps one coded picture and its alpha channel; records and
//! drops the rest. Of an animation it keeps the first frame.

use std::io::Cursor;

use image_webp::WebPDecoder;

use super::colour::Profile;
use super::pixels::{Pixels, Plane, on_white, repack};
use super::{MAX_MEMORY, PhotoRefused, Walk, told};
use loke_core::tip::Removed;

/// The pieces of one picture.
#[derive(Default)]
struct Pieces<'a> {
    alpha: Option<&'a [u8]>,
    coded: Option<(&'a [u8; 4], &'a [u8])>,
}

/// The canvas of an animation and the position of its first frame, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Canvas {
    width: usize,
    height: usize,
    x: usize,
    y: usize,
}

/// Walks through the container.
pub(super) fn walk(file: &[u8]) -> Result<Walk<'_>, PhotoRefused> {
    let mut found = Walk::new(file);
    let size = file
        .get(4..)
        .and_then(<[u8]>::first_chunk)
        .map_or(0, |size| u32::from_le_bytes(*size) as usize);
    let end = size.saturating_add(8).min(file.len()).max(12);
    found.found_trailer(file.get(end..).unwrap_or_default());
    let (mut picture, mut canvas, mut placed, mut profile) = (Pieces::default(), None, None, None);
    let mut rest = file.get(12..end).unwrap_or_default();
    while let Some((name, body, after)) = chunk(rest) {
        rest = after;
        match name {
            b"VP8X" if body.len() <= 10 => canvas = canvas_size(body.get(4..)),
            b"ANMF" if picture.coded.is_none() => {
                placed = place(body);
                picture = frame(body, &mut found);
            }
            b"ICCP" if profile.is_none() => {
                profile = Some(body);
                found.removed.insert(Removed::Profile);
            }
            b"EXIF" => found.found_exif(body),
            b"XMP " => told::xmp(body, &mut found.removed),
            _ => picture.take(name, body, &mut found),
        }
    }
    let (name, body) = picture.coded.ok_or(PhotoRefused::Broken)?;
    (found.width, found.height) = coded_size(name, body).ok_or(PhotoRefused::Broken)?;
    found.within_limits()?;
    let (width, height) = (found.width as usize, found.height as usize);
    // Bytes per pixel. A lossy picture keeps its planes beside the result. A lossless one keeps the
    // picture with its alpha channel. A lossy one with an alpha channel keeps all of that.
    let cost = match (name, picture.alpha) {
        (b"VP8 ", None) => 5,
        (b"VP8 ", Some(_)) => 11,
        _ => 8,
    };
    let on = canvas.zip(placed).map(|((width, height), (x, y))| Canvas {
        width,
        height,
        x,
        y,
    });
    // A frame that does not fit its canvas is shown alone.
    let on = on.filter(|on| {
        on.x + width <= on.width
            && on.y + height <= on.height
            && (on.width, on.height) != (width, height)
    });
    let area = on.map_or(0, |on| on.width.saturating_mul(on.height));
    if file.len() + (width * height * cost).saturating_add(area.saturating_mul(3)) > MAX_MEMORY {
        return Err(PhotoRefused::TooManyPixels);
    }
    found.picture = super::Picture::Webp(on);
    found.profile = profile.and_then(|profile| Profile::icc([profile]));
    picture.write(&mut found);
    Ok(found)
}

/// Decodes a bare WebP and places it on its canvas.
pub(super) fn decode(bare: &[u8], canvas: Option<Canvas>) -> Result<Pixels, PhotoRefused> {
    let mut decoder = WebPDecoder::new(Cursor::new(bare)).map_err(|_| PhotoRefused::Broken)?;
    let (width, height) = decoder.dimensions();
    let (width, height) = (width as usize, height as usize);
    let size = decoder.output_buffer_size().ok_or(PhotoRefused::Broken)?;
    let mut plane = Plane {
        width,
        height,
        channels: 3,
        bytes: vec![0; size],
    };
    decoder
        .read_image(&mut plane.bytes)
        .map_err(|_| PhotoRefused::Broken)?;
    if decoder.has_alpha() {
        repack(&mut plane.bytes, |[r, g, b, a]: [u8; 4]| {
            [on_white(r, a), on_white(g, a), on_white(b, a)]
        });
    }
    let Some(canvas) = canvas else {
        return Ok(Pixels::of(Plane::new(
            width,
            height,
            3,
            std::mem::take(&mut plane.bytes),
        )?));
    };
    let mut all = Plane {
        width: canvas.width,
        height: canvas.height,
        channels: 3,
        bytes: vec![255; canvas.width * canvas.height * 3],
    };
    let rows = all.bytes.chunks_exact_mut(canvas.width * 3).skip(canvas.y);
    for (to, from) in rows.zip(plane.bytes.chunks_exact(width * 3)) {
        to.get_mut(canvas.x * 3..(canvas.x + width) * 3)
            .ok_or(PhotoRefused::Broken)?
            .copy_from_slice(from);
    }
    Ok(Pixels::of(all))
}

/// Reads a size of 24 and 24 bits, each stored minus one.
fn canvas_size(bytes: Option<&[u8]>) -> Option<(usize, usize)> {
    let (width, height) = three(bytes?)?;
    Some((width + 1, height + 1))
}

/// Reads the position of a frame, stored in pairs of pixels.
fn place(frame: &[u8]) -> Option<(usize, usize)> {
    let (x, y) = three(frame)?;
    Some((x * 2, y * 2))
}

fn three(bytes: &[u8]) -> Option<(usize, usize)> {
    let [a0, a1, a2, b0, b1, b2, ..] = bytes else {
        return None;
    };
    let number = |low, middle, high| u32::from_le_bytes([low, middle, high, 0]) as usize;
    Some((number(*a0, *a1, *a2), number(*b0, *b1, *b2)))
}

/// Reads the first frame of an animation: 16 bytes of position and time, then chunks.
fn frame<'a>(body: &'a [u8], found: &mut Walk<'a>) -> Pieces<'a> {
    let mut picture = Pieces::default();
    let mut rest = body.get(16..).unwrap_or_default();
    while let Some((name, body, after)) = chunk(rest) {
        rest = after;
        picture.take(name, body, found);
    }
    picture
}

impl<'a> Pieces<'a> {
    fn take(&mut self, name: &'a [u8; 4], body: &'a [u8], found: &mut Walk) {
        let word = match name {
            b"VP8 " | b"VP8L" if self.coded.is_none() => {
                self.coded = Some((name, body));
                return;
            }
            b"ALPH" if self.alpha.is_none() && self.coded.is_none() => {
                self.alpha = Some(body);
                return;
            }
            b"ICCP" => Removed::Profile,
            b"ANIM" | b"ANMF" | b"VP8 " | b"VP8L" | b"ALPH" => Removed::Trailer,
            _ => Removed::Other,
        };
        found.removed.insert(word);
    }

    /// Writes the picture as a separate file: in the simple layout, or in the extended one if it
    /// has an alpha chunk.
    fn write(&self, found: &mut Walk) {
        let Some((name, body)) = self.coded else {
            return;
        };
        let bare = &mut *found.bare;
        bare.extend_from_slice(b"RIFF\0\0\0\0WEBP");
        if let (Some(alpha), b"VP8 ") = (self.alpha, name) {
            let (width, height) = (
                (found.width - 1).to_le_bytes(),
                (found.height - 1).to_le_bytes(),
            );
            let [[w0, w1, w2, _], [h0, h1, h2, _]] = [width, height];
            put(bare, b"VP8X", &[0x10, 0, 0, 0, w0, w1, w2, h0, h1, h2]);
            put(bare, b"ALPH", alpha);
        }
        put(bare, name, body);
        let size = u32::try_from(bare.len() - 8)
            .unwrap_or(u32::MAX)
            .to_le_bytes();
        if let Some(place) = bare.get_mut(4..8) {
            place.copy_from_slice(&size);
        }
    }
}

/// Splits off a chunk: name, body, rest. Bodies are padded to even length. A last body that is cut
/// short is returned as it is.
fn chunk(bytes: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let (name, rest) = bytes.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = (u32::from_le_bytes(*length) as usize).min(rest.len());
    let (body, after) = rest.split_at_checked(length)?;
    Some((name, body, after.get(length % 2..).unwrap_or_default()))
}

fn put(out: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
}

/// The size in the coded picture itself: VP8 by RFC 6386 section 9.1, lossless by RFC 9649 section
/// 3.4.
fn coded_size(name: &[u8; 4], body: &[u8]) -> Option<(u32, u32)> {
    let (width, height) = if name == b"VP8L" {
        let bits = u32::from_le_bytes(*body.get(1..)?.first_chunk()?);
        ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)
    } else {
        let [w0, w1, h0, h1] = *body.get(6..)?.first_chunk()?;
        (
            u32::from(u16::from_le_bytes([w0, w1]) & 0x3fff),
            u32::from(u16::from_le_bytes([h0, h1]) & 0x3fff),
        )
    };
    (width > 0 && height > 0).then_some((width, height))
}
