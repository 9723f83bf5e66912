//! Converts a picture in another colour space than sRGB (Display P3, Adobe RGB, ProPhoto, a PNG's
//! own gamma) to sRGB, because a cleaned photo has no profile. A profile that cannot be used is
//! ignored.
//!
//! Only profiles of three primaries and curves, or of one grey curve, are used. Profiles of lookup
//! tables belong to printers and scanners, and applying one costs more than the limit for a photo.

use std::io::Read as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use flate2::read::ZlibDecoder;
use moxcms::{
    Chromaticity, ColorPrimaries, ColorProfile, DataColorSpace, Layout, RenderingIntent,
    ToneReprCurve, TransformOptions, XyY,
};
use zeroize::Zeroizing;

use super::PhotoRefused;
use super::pixels::{Pixels, wipe};

/// Longest profile that is read. Profiles of cameras and screens have a few hundred or a few
/// thousand bytes.
const MAX_PROFILE: usize = 256 << 10;
/// How far a channel may be from sRGB without a conversion.
const NEAR: u8 = 2;

/// A file's colour profile.
pub(super) enum Profile {
    /// An ICC profile (ISO 15076-1).
    Icc(Zeroizing<Vec<u8>>),
    /// A PNG's gamma, and its white, red, green and blue points as pairs.
    Png {
        gamma: Option<f32>,
        points: Option<[f32; 8]>,
    },
}

/// Converts rows of pixels to sRGB in place.
type Conversion = Box<dyn Fn(&mut [u8])>;

impl Profile {
    /// Joins the pieces of an ICC profile. `None` if it is too long.
    pub(super) fn icc<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Option<Self> {
        let mut whole = Zeroizing::new(Vec::new());
        for piece in pieces {
            if whole.len() + piece.len() > MAX_PROFILE {
                return None;
            }
            whole.extend_from_slice(piece);
        }
        Some(Self::Icc(whole))
    }

    /// Decompresses an ICC profile. `None` if it is too long.
    pub(super) fn packed_icc(packed: &[u8]) -> Option<Self> {
        let mut whole = Zeroizing::new(Vec::with_capacity(MAX_PROFILE + 1));
        ZlibDecoder::new(packed)
            .take(MAX_PROFILE as u64 + 1)
            .read_to_end(&mut whole)
            .ok()?;
        (whole.len() <= MAX_PROFILE).then_some(Self::Icc(whole))
    }

    /// Converts the picture to sRGB.
    pub(super) fn apply(&self, pixels: Pixels) -> Result<Pixels, PhotoRefused> {
        let grey = pixels.is_grey();
        // The profile parser is memory-safe, but a crafted profile may make it panic. Then there is
        // no conversion.
        let Some(convert) = catch_unwind(AssertUnwindSafe(|| self.conversion(grey)))
            .ok()
            .flatten()
        else {
            return Ok(pixels);
        };
        let mut pixels = pixels.into_rgb()?;
        convert(pixels.bytes_mut());
        Ok(pixels)
    }

    /// The conversion for grey or RGB bytes. `None` if none is needed or possible.
    fn conversion(&self, grey: bool) -> Option<Conversion> {
        let source = self.source()?;
        let inner = match source.color_space {
            DataColorSpace::Gray if grey => Layout::Gray,
            DataColorSpace::Rgb => Layout::Rgb,
            _ => return None,
        };
        let options = TransformOptions {
            rendering_intent: RenderingIntent::RelativeColorimetric,
            ..TransformOptions::default()
        };
        let transform = source
            .create_transform_8bit(inner, &ColorProfile::new_srgb(), Layout::Rgb, options)
            .ok()?;
        if grey {
            let greys: Vec<u8> = (0..=255)
                .flat_map(|value| std::iter::repeat_n(value, inner.channels()))
                .collect();
            let mut out = vec![0; 256 * 3];
            transform.transform(&greys, &mut out).ok()?;
            let table: Vec<u8> = out.iter().skip(1).step_by(3).copied().collect();
            is_useful(
                &greys
                    .iter()
                    .copied()
                    .step_by(inner.channels())
                    .collect::<Vec<_>>(),
                &table,
            )
            .then_some(())?;
            return Some(Box::new(move |bytes| {
                bytes
                    .iter_mut()
                    .for_each(|byte| *byte = table.get(usize::from(*byte)).copied().unwrap_or(0))
            }));
        }
        let steps = || (0..=255_u8).step_by(51);
        let sample: Vec<u8> = steps()
            .flat_map(|r| steps().flat_map(move |g| steps().flat_map(move |b| [r, g, b])))
            .collect();
        let mut out = vec![0; sample.len()];
        transform.transform(&sample, &mut out).ok()?;
        is_useful(&sample, &out).then_some(())?;
        Some(Box::new(move |bytes| {
            let mut before = Zeroizing::new([0; 3 * 1_024]);
            for part in bytes.chunks_mut(before.len()) {
                let Some(before) = before.get_mut(..part.len()) else {
                    continue;
                };
                before.copy_from_slice(part);
                if transform.transform(before, part).is_err() {
                    wipe(part);
                }
            }
        }))
    }

    fn source(&self) -> Option<ColorProfile> {
        let mut source = match self {
            Self::Icc(bytes) => ColorProfile::new_from_slice(bytes).ok()?,
            Self::Png { .. } => ColorProfile::new_srgb(),
        };
        (
            source.cicp,
            source.lut_a_to_b_perceptual,
            source.lut_a_to_b_colorimetric,
            source.lut_a_to_b_saturation,
        ) = (None, None, None, None);
        if let Self::Png { gamma, points } = self {
            if let Some(gamma) = gamma {
                let curve = || Some(ToneReprCurve::Parametric(vec![1.0 / gamma]));
                (source.red_trc, source.green_trc, source.blue_trc) = (curve(), curve(), curve());
            }
            if let Some([wx, wy, rx, ry, gx, gy, bx, by]) = *points {
                let [red, green, blue] =
                    [(rx, ry), (gx, gy), (bx, by)].map(|(x, y)| Chromaticity { x, y });
                source.update_rgb_colorimetry(
                    XyY {
                        x: wx.into(),
                        y: wy.into(),
                        yb: 1.0,
                    },
                    ColorPrimaries { red, green, blue },
                );
            }
        }
        let has_curves = match source.color_space {
            DataColorSpace::Gray => source.gray_trc.is_some(),
            _ => [&source.red_trc, &source.green_trc, &source.blue_trc]
                .iter()
                .all(|curve| curve.is_some()),
        };
        has_curves.then_some(source)
    }
}

/// Whether the conversion makes a visible difference and keeps black dark and white light. A
/// profile that does not keep them is damaged.
fn is_useful(before: &[u8], after: &[u8]) -> bool {
    let changes = before
        .iter()
        .zip(after)
        .any(|(one, other)| one.abs_diff(*other) > NEAR);
    let (black, white) = (after.first_chunk::<3>(), after.last_chunk::<3>());
    changes
        && black.is_some_and(|black| black.iter().all(|value| *value < 48))
        && white.is_some_and(|white| white.iter().all(|value| *value > 207))
}
