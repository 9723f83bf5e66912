//! Turns the planes of a decoded JPEG into pixels: separate luma and chroma planes if the file has
//! them, otherwise RGB.

use loke_resize::{FilterType, ResizeAlg};

use super::component::Part;
use super::decode::Decoded;
use crate::PhotoRefused;
use crate::pixels::{Pixels, Plane, TINY, rgb, wipe};

/// The colour model of the components, by the rules of libjpeg (`jdapimin.c`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    Grey,
    /// Luma, blue chroma, red chroma (JFIF).
    LightAndColour,
    Rgb,
    /// Inverted inks: 255 is no ink.
    Cmyk,
    /// Inks, three of them coded as luma and chroma.
    Ycck,
}

impl Colours {
    /// Chooses by the components' ids, the JFIF segment and the transform in the Adobe segment.
    pub(super) fn of(ids: &[u8], jfif: bool, adobe: Option<u8>) -> Self {
        match (ids.len(), adobe) {
            (1, _) => Self::Grey,
            (4, Some(0) | None) => Self::Cmyk,
            (4, _) => Self::Ycck,
            _ if jfif => Self::LightAndColour,
            (_, Some(0)) => Self::Rgb,
            (_, None) if ids == b"RGB" => Self::Rgb,
            _ => Self::LightAndColour,
        }
    }
}

/// Whether a component with these factors has a sample for every pixel or every second pixel, in
/// each direction.
pub(super) fn is_simple((across, down): (usize, usize), most: (usize, usize)) -> bool {
    [(across, most.0), (down, most.1)]
        .iter()
        .all(|(one, most)| one == most || one * 2 == *most)
}

/// Builds the picture.
pub(super) fn picture(mut decoded: Decoded, colours: Colours) -> Result<Pixels, PhotoRefused> {
    let (width, height) = (decoded.width, decoded.height);
    let most = decoded.parts.iter().fold((1, 1), |most, part| {
        (most.0.max(part.across), most.1.max(part.down))
    });
    if let (Colours::LightAndColour, [light, blue, red]) = (colours, decoded.parts.as_mut_slice())
        && width.min(height) >= TINY
        && (light.across, light.down) == most
        && [&*blue, &*red]
            .iter()
            .all(|part| is_simple((part.across, part.down), most))
    {
        let half = |part: &mut Part| {
            let (across, down) = (part.across == most.0, part.down == most.1);
            part.cropped()?.halved(across, down)
        };
        let colour = [half(blue)?, half(red)?];
        return Pixels::with_colour(light.cropped()?, colour);
    }
    let mut planes = Vec::new();
    for part in &mut decoded.parts {
        let factors = (part.across, part.down);
        let share = (
            part.across as f64 / most.0 as f64,
            part.down as f64 / most.1 as f64,
        );
        let plane = part.cropped()?;
        // As in libjpeg (jdsample.c): interpolate linearly between samples of two pixels, repeat
        // others.
        let how = if is_simple(factors, most) {
            ResizeAlg::Convolution(FilterType::Bilinear)
        } else {
            ResizeAlg::Nearest
        };
        planes.push(if factors == most {
            plane
        } else {
            plane.resized(
                (width as f64 * share.0, height as f64 * share.1),
                (width, height),
                how,
            )?
        });
    }
    let ink = |one: u8, black: u8| ((u32::from(one) * u32::from(black) + 127) / 255) as u8;
    let mut bytes = Vec::new();
    match planes.as_slice() {
        [_] => return Ok(Pixels::of(planes.remove(0))),
        [a, b, c] => {
            let pixels = a.bytes.iter().zip(&b.bytes).zip(&c.bytes);
            bytes.extend(pixels.flat_map(|((a, b), c)| {
                if colours == Colours::Rgb {
                    [*a, *b, *c]
                } else {
                    rgb(*a, *b, *c)
                }
            }));
        }
        [a, b, c, black] => {
            let pixels = a.bytes.iter().zip(&b.bytes).zip(&c.bytes).zip(&black.bytes);
            bytes.extend(pixels.flat_map(|(((a, b), c), black)| {
                let inks = if colours == Colours::Ycck {
                    rgb(*a, *b, *c).map(|ink| 255 - ink)
                } else {
                    [*a, *b, *c]
                };
                inks.map(|one| ink(one, *black))
            }));
        }
        _ => {}
    }
    Ok(Pixels::of(Plane::new(width, height, 3, bytes)?))
}

impl Part {
    /// The samples without the padding of blocks.
    fn cropped(&mut self) -> Result<Plane, PhotoRefused> {
        let mut bytes = std::mem::take(&mut self.plane);
        if bytes.len() < self.stride * self.height || self.stride < self.width {
            return Err(PhotoRefused::Broken);
        }
        if self.stride > self.width {
            for y in 1..self.height {
                bytes.copy_within(
                    y * self.stride..y * self.stride + self.width,
                    y * self.width,
                );
            }
        }
        let length = self.width * self.height;
        wipe(bytes.get_mut(length..).unwrap_or_default());
        bytes.truncate(length);
        Plane::new(self.width, self.height, 1, bytes)
    }
}

impl Plane {
    /// Averages pairs of samples horizontally, vertically or both.
    fn halved(self, across: bool, down: bool) -> Result<Self, PhotoRefused> {
        if !across && !down {
            return Ok(self);
        }
        let (step, rows) = (if across { 2 } else { 1 }, if down { 2 } else { 1 });
        let (width, height) = (self.width.div_ceil(step), self.height.div_ceil(rows));
        let mut bytes = Vec::with_capacity(width * height);
        for pair in self.bytes.chunks(self.width * rows) {
            // The last of an odd number counts twice.
            let (above, rest) = pair.split_at_checked(self.width).unwrap_or((pair, &[]));
            let below = if rest.is_empty() { above } else { rest };
            let sum = |two: &[u8]| {
                two.first()
                    .zip(two.last())
                    .map_or(0, |(one, other)| u16::from(*one) + u16::from(*other))
            };
            let averages = above
                .chunks(step)
                .zip(below.chunks(step))
                .zip([1, 2].into_iter().cycle());
            bytes.extend(
                averages
                    .map(|((above, below), bias)| ((sum(above) + sum(below) + bias) >> 2) as u8),
            );
        }
        Self::new(width, height, 1, bytes)
    }
}
