//! Walks through a PNG (ISO/IEC 15948). Five chunk types make the pixels; the rest is recorded and
//! dropped. So compressed text is never decompressed, and of an animation only the still picture
//! remains.

use std::io::Cursor;

use flate2::Crc;
use png::{ColorType, Decoder, Limits, Transformations};
use zeroize::Zeroizing;

use super::colour::Profile;
use super::pixels::{Pixels, Plane, clean_size, on_white, wipe};
use super::{MAX_MEMORY, PhotoRefused, Walk, told};
use loke_core::tip::Removed;

/// The first eight bytes of every PNG.
pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Chunks that only describe how pixels are displayed, with the longest size that the standard
/// allows. A longer one carries extra data.
const LAYOUT: &[(&[u8; 4], usize)] = &[
    (b"gAMA", 4),
    (b"cHRM", 32),
    (b"sRGB", 1),
    (b"sBIT", 4),
    (b"bKGD", 6),
    (b"pHYs", 9),
];

/// Most decompressed bytes of a picture: 100 megapixels of 8-bit RGBA, which take about half a
/// second.
const MAX_UNPACKED: u64 = 400_000_000;

/// Walks from the first chunk to `IEND`.
pub(super) fn walk(file: &[u8]) -> Result<Walk<'_>, PhotoRefused> {
    let mut found = Walk::new(file);
    found.bare.extend_from_slice(SIGNATURE);
    let mut rest = file.get(SIGNATURE.len()..).unwrap_or_default();
    let mut colours = Colours::default();
    while let Some((Chunk { name, body, whole }, after)) = chunk(rest) {
        rest = after;
        if found.width == 0 {
            if name != b"IHDR" {
                return Err(PhotoRefused::Broken);
            }
            header(body, file.len(), &mut found)?;
        }
        match name {
            b"IDAT" if body.is_empty() => {}
            b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" if is_sound(whole) => {
                found.bare.extend_from_slice(whole)
            }
            b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" => return Err(PhotoRefused::Broken),
            b"IEND" => {}
            _ => leave(name, body, &mut found),
        }
        colours.take(name, body);
        if name == b"IEND" {
            if !body.is_empty() {
                found.removed.insert(Removed::Other);
            }
            found.found_trailer(rest);
            break;
        }
    }
    // A picture that lost only its end is still complete.
    found
        .bare
        .extend_from_slice(b"\0\0\0\0IEND\xae\x42\x60\x82");
    found.profile = colours.profile();
    found.within_limits()?;
    Ok(found)
}

/// The chunks of a file that describe its colours.
#[derive(Default)]
struct Colours {
    /// An ICC profile, or a statement that the colours are sRGB. Either one overrides gamma and
    /// points (PNG, third edition, 4.3).
    named: Option<Option<Profile>>,
    unpacked: bool,
    /// Colour chunks after the image data are ignored (5.6).
    late: bool,
    gamma: Option<f32>,
    points: Option<[f32; 8]>,
}

impl Colours {
    fn take(&mut self, name: &[u8; 4], body: &[u8]) {
        // In 100,000ths. Impossible values are ignored.
        let number = |bytes: &[u8; 4]| u32::from_be_bytes(*bytes) as f32 / 100_000.0;
        match name {
            b"IDAT" => self.late = true,
            _ if self.late => {}
            b"sRGB" if self.named.is_none() => self.named = Some(None),
            // Only the first: each may decompress to a lot of data.
            b"iCCP" if !self.unpacked => {
                self.unpacked = true;
                let packed = body
                    .iter()
                    .position(|byte| *byte == 0)
                    .and_then(|end| body.get(end + 2..));
                self.named = Some(packed.and_then(Profile::packed_icc));
            }
            b"gAMA" => {
                self.gamma = <[u8; 4]>::try_from(body)
                    .ok()
                    .map(|bytes| number(&bytes))
                    .filter(|gamma| (0.1..=4.0).contains(gamma))
            }
            b"cHRM" if body.len() == 32 => {
                let mut points = [0.0; 8];
                points
                    .iter_mut()
                    .zip(body.as_chunks().0)
                    .for_each(|(to, bytes)| *to = number(bytes));
                let [_, _, rx, ry, gx, gy, bx, by] = points;
                // Red, green and blue must span a range of colours. The area of sRGB is 0.11.
                let area = ((gx - rx) * (by - ry) - (bx - rx) * (gy - ry)).abs() / 2.0;
                self.points = (area > 0.03
                    && points.iter().all(|point| (0.0001..1.0).contains(point)))
                .then_some(points);
            }
            _ => {}
        }
    }

    fn profile(self) -> Option<Profile> {
        // Nearly every program that writes these values means sRGB.
        let usual = self
            .gamma
            .is_none_or(|gamma| (gamma - 0.45455).abs() < 0.01);
        match self.named {
            Some(named) => named,
            None if usual && self.points.is_none() => None,
            None => Some(Profile::Png {
                gamma: self.gamma.filter(|_| !usual),
                points: self.points,
            }),
        }
    }
}

/// Whether a chunk's checksum is correct. The decoder does not check all of them: it stops at the
/// last row.
fn is_sound(chunk: &[u8]) -> bool {
    let Some((named, sum)) = chunk.get(4..).and_then(<[u8]>::split_last_chunk::<4>) else {
        return false;
    };
    let mut crc = Crc::new();
    crc.update(named);
    crc.sum() == u32::from_be_bytes(*sum)
}

struct Chunk<'a> {
    name: &'a [u8; 4],
    body: &'a [u8],
    /// Including length and checksum.
    whole: &'a [u8],
}

/// Splits off the first chunk.
fn chunk(bytes: &[u8]) -> Option<(Chunk<'_>, &[u8])> {
    let (length, named) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (name, rest) = named.split_first_chunk::<4>()?;
    let body = rest.get(..length)?;
    let (whole, after) = bytes.split_at_checked(length.checked_add(12)?)?;
    Some((Chunk { name, body, whole }, after))
}

/// Reads the header (11.2.1): the size, and whether decoding fits in memory.
fn header(body: &[u8], file: usize, found: &mut Walk) -> Result<(), PhotoRefused> {
    let [
        w3,
        w2,
        w1,
        w0,
        h3,
        h2,
        h1,
        h0,
        depth,
        colour,
        _,
        _,
        interlaced @ ..,
    ] = body
    else {
        return Err(PhotoRefused::Broken);
    };
    found.width = u32::from_be_bytes([*w3, *w2, *w1, *w0]);
    found.height = u32::from_be_bytes([*h3, *h2, *h1, *h0]);
    let samples = match colour {
        0 | 3 => 1,
        2 => 3,
        4 => 2,
        6 => 4,
        _ => return Err(PhotoRefused::Broken),
    };
    if found.width == 0 || found.height == 0 {
        return Err(PhotoRefused::Broken);
    }
    if (u64::from(found.width) * u64::from(found.height))
        .saturating_mul(samples * u64::from(*depth))
        / 8
        > MAX_UNPACKED
    {
        return Err(PhotoRefused::TooManyPixels);
    }
    // Rows come one by one. An interlaced picture is needed as a whole.
    let (width, height) = (found.width as usize, found.height as usize);
    let whole = if interlaced.first().is_some_and(|way| *way != 0) {
        width.saturating_mul(height).saturating_mul(4)
    } else {
        0
    };
    let by = shrink_by(width, height);
    let shrunk = width
        .div_ceil(by)
        .saturating_mul(height.div_ceil(by))
        .saturating_mul(3);
    let row = width.saturating_mul(8 * 6);
    if file + whole.saturating_add(shrunk).saturating_add(row) > MAX_MEMORY {
        Err(PhotoRefused::TooManyPixels)
    } else {
        Ok(())
    }
}

/// Decodes a bare PNG row by row. Shrinks it on the way if it has many more pixels than the final
/// size.
pub(super) fn decode(bare: &[u8]) -> Result<Pixels, PhotoRefused> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bare), Limits { bytes: 32 << 20 });
    decoder.ignore_checksums(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|_| PhotoRefused::Broken)?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    let colours = reader.output_color_type().0;
    let channels = if matches!(colours, ColorType::Grayscale | ColorType::GrayscaleAlpha) {
        1
    } else {
        3
    };
    let mut shrunk = Shrunk::new((width, height), channels);
    if reader.info().interlaced {
        let mut whole = Zeroizing::new(vec![
            0;
            reader
                .output_buffer_size()
                .ok_or(PhotoRefused::Broken)?
        ]);
        reader
            .next_frame(&mut whole)
            .map_err(|_| PhotoRefused::Broken)?;
        whole
            .chunks_exact(width * colours.samples())
            .try_for_each(|row| shrunk.take(row, colours))?;
        wipe(&mut whole);
    } else {
        // Read no further row: data after the last row may decompress to gigabytes.
        for _ in 0..height {
            let row = reader
                .next_row()
                .map_err(|_| PhotoRefused::Broken)?
                .ok_or(PhotoRefused::Broken)?;
            shrunk.take(row.data(), colours)?;
        }
    }
    shrunk.end()
}

/// How many pixels become one, in each direction.
fn shrink_by(width: usize, height: usize) -> usize {
    let (w, h) = clean_size(width, height);
    let enough = |by: &usize| width.div_ceil(*by) * height.div_ceil(*by) >= w * h - w * h / 10;
    (1..=64).take_while(enough).last().unwrap_or(1)
}

/// Averages squares of pixels, row by row.
struct Shrunk {
    by: usize,
    size: (usize, usize),
    channels: usize,
    /// One row, on white.
    line: Zeroizing<Vec<u8>>,
    /// Sums of the current squares, and how many rows are in them.
    sums: Zeroizing<Vec<u32>>,
    rows: usize,
    left: usize,
    out: Plane,
}

impl Shrunk {
    fn new((width, height): (usize, usize), channels: usize) -> Self {
        let by = shrink_by(width, height);
        let (w, h) = (width.div_ceil(by), height.div_ceil(by));
        Self {
            by,
            size: (width, height),
            channels,
            line: Zeroizing::new(Vec::with_capacity(width * channels)),
            sums: Zeroizing::new(vec![0; w * channels]),
            rows: 0,
            left: height,
            out: Plane {
                width: w,
                height: h,
                channels,
                bytes: Vec::with_capacity(w * h * channels),
            },
        }
    }

    /// Takes the next row.
    fn take(&mut self, row: &[u8], colours: ColorType) -> Result<(), PhotoRefused> {
        self.left = self.left.checked_sub(1).ok_or(PhotoRefused::Broken)?;
        let line = if self.by == 1 {
            &mut self.out.bytes
        } else {
            &mut *self.line
        };
        match colours {
            ColorType::Grayscale | ColorType::Rgb => line.extend_from_slice(row),
            ColorType::GrayscaleAlpha => {
                line.extend(row.as_chunks().0.iter().map(|[v, a]| on_white(*v, *a)))
            }
            ColorType::Rgba => line.extend(
                row.as_chunks()
                    .0
                    .iter()
                    .flat_map(|[r, g, b, a]| [r, g, b].map(|v| on_white(*v, *a))),
            ),
            ColorType::Indexed => return Err(PhotoRefused::Broken),
        }
        if self.by > 1 {
            if self.channels == 1 {
                self.add::<1>()
            } else {
                self.add::<3>()
            }
            self.line.clear();
            self.rows += 1;
            if self.rows == self.by || self.left == 0 {
                self.put();
            }
        }
        Ok(())
    }

    fn add<const CHANNELS: usize>(&mut self) {
        let squares = self.line.as_chunks::<CHANNELS>().0.chunks(self.by);
        for (sums, pixels) in self
            .sums
            .as_chunks_mut::<CHANNELS>()
            .0
            .iter_mut()
            .zip(squares)
        {
            for pixel in pixels {
                sums.iter_mut()
                    .zip(pixel)
                    .for_each(|(sum, value)| *sum += u32::from(*value));
            }
        }
    }

    fn put(&mut self) {
        let (width, by) = (self.size.0, self.by);
        for (x, sum) in self.sums.iter_mut().enumerate() {
            // The last squares may be narrower.
            let count = (width - x / self.channels * by).min(by) * self.rows;
            self.out
                .bytes
                .push(((*sum as usize + count / 2) / count) as u8);
            *sum = 0;
        }
        self.rows = 0;
    }

    fn end(self) -> Result<Pixels, PhotoRefused> {
        let Self { mut out, .. } = self;
        Ok(Pixels::of(Plane::new(
            out.width,
            out.height,
            out.channels,
            std::mem::take(&mut out.bytes),
        )?))
    }
}

/// Records what a dropped chunk contained.
fn leave<'a>(name: &[u8; 4], body: &'a [u8], found: &mut Walk<'a>) {
    let word = match name {
        _ if LAYOUT
            .iter()
            .any(|(layout, longest)| *layout == name && body.len() <= *longest) =>
        {
            return;
        }
        b"eXIf" => return found.found_exif(body),
        b"iTXt" if body.starts_with(b"XML:com.adobe.xmp") => {
            return told::xmp(body, &mut found.removed);
        }
        b"tEXt" | b"zTXt" | b"iTXt" => Removed::Text,
        b"tIME" => Removed::Time,
        b"iCCP" => Removed::Profile,
        b"acTL" | b"fcTL" | b"fdAT" => Removed::Trailer,
        _ => Removed::Other,
    };
    found.removed.insert(word);
}
