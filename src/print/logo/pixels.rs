//! A logo from a PNG: decoded to pixels, so that no metadata of the file reaches a sheet.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, Encoder, Limits, Transformations};

use super::{Art, Logo, LogoRefused};

/// Most pixels.
const MOST: u64 = 16_000_000;
/// Fewest pixels along the longer side: about 200 dots per inch on the A4 poster.
const FEWEST: u32 = 300;

/// A picture: red, green, blue and opacity of each pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// Four bytes each, row by row.
    pub rgba: Vec<u8>,
}

impl Pixels {
    /// The picture as a PNG without metadata.
    #[must_use]
    pub fn to_png(&self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out, self.width, self.height);
        encoder.set_color(ColorType::Rgba);
        encoder.set_depth(BitDepth::Eight);
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&self.rgba).ok()?;
        writer.finish().ok()?;
        Some(out)
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Logo, LogoRefused> {
    let limits = Limits {
        bytes: MOST as usize * 8,
    };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
    let mut reader = decoder.read_info().map_err(|_| LogoRefused::Png)?;
    let (width, height) = reader.info().size();
    if u64::from(width) * u64::from(height) > MOST {
        return Err(LogoRefused::Large);
    }
    if width.max(height) < FEWEST {
        return Err(LogoRefused::Small);
    }
    let size = reader.output_buffer_size().ok_or(LogoRefused::Large)?;
    let mut pixels = vec![0; size];
    let frame = reader
        .next_frame(&mut pixels)
        .map_err(|_| LogoRefused::Png)?;
    pixels.truncate(frame.buffer_size());
    let rgba: Vec<u8> = match frame.color_type {
        ColorType::Rgba => pixels,
        ColorType::GrayscaleAlpha => pixels
            .chunks_exact(2)
            .flat_map(|pixel| match *pixel {
                [grey, alpha] => [grey, grey, grey, alpha],
                _ => [0; 4],
            })
            .collect(),
        _ => return Err(LogoRefused::Png),
    };
    if rgba.chunks_exact(4).all(|pixel| pixel.last() == Some(&0)) {
        return Err(LogoRefused::Empty);
    }
    Ok(Logo {
        width: width as f32,
        height: height as f32,
        art: Art::Pixels(Pixels {
            width,
            height,
            rgba,
        }),
    })
}
