//! Adds up the work of decoding a JPEG from its headers before anything is decoded, so no file can
//! cause more than its share of work.

use super::header::Header;
use crate::{PhotoRefused, Walk};

/// Most scans of one picture. Encoders write about 10, and every scan of a progressive picture goes
/// over all its blocks.
const MAX_SCANS: usize = 64;
/// Most samples of all scans together.
const MAX_SCANNED: u64 = 450_000_000;
/// Most pixels of all refining scans together, each counted by its share of the 64 coefficients. A
/// decoder spends as much time on a refining scan of ten bytes as on a full one: this limits it to
/// about half a second.
const MAX_REFINED: u64 = 64_000_000;
/// Most coefficients of one component in first scans (64 make a picture), and in refining scans.
const MAX_CODED: (u64, u64) = (128, 320);

/// One component of the frame.
struct Part {
    id: u8,
    /// Its share of the frame's samples, in 16ths of a sample per pixel.
    share: u64,
    /// Coefficients that first scans and refining scans have coded so far.
    coded: (u64, u64),
}

/// The work of a decoder, added up scan by scan.
#[derive(Default)]
pub(super) struct Work {
    parts: Vec<Part>,
    pub(super) progressive: bool,
    pub(super) scans: usize,
    scanned: u64,
    refined: u64,
}

impl Work {
    pub(super) fn of(header: &Header) -> Self {
        let most = header.most();
        let share =
            |across: usize, down: usize| ((16 * across * down) / (most.0 * most.1)).max(1) as u64;
        let parts = header.parts.iter().map(|part| Part {
            id: part.0,
            share: share(part.1, part.2),
            coded: (0, 0),
        });
        Self {
            parts: parts.collect(),
            progressive: header.progressive,
            ..Self::default()
        }
    }

    /// Counts one scan by its header (B.2.3). A valid file codes each coefficient once and refines
    /// it a few times.
    pub(super) fn scan(&mut self, body: &[u8], found: &Walk) -> Result<(), PhotoRefused> {
        let (count, rest) = body.split_first().ok_or(PhotoRefused::Broken)?;
        let (ids, rest) = rest
            .split_at_checked(usize::from(*count) * 2)
            .ok_or(PhotoRefused::Broken)?;
        let [start, end, high_low] = rest else {
            return Err(PhotoRefused::Broken);
        };
        let (wide, refines) = if self.progressive {
            (
                u64::from(end.saturating_sub(*start)) + 1,
                high_low >> 4 != 0,
            )
        } else {
            (64, false)
        };
        self.scans += 1;
        for id in ids.iter().step_by(2) {
            let part = self
                .parts
                .iter_mut()
                .find(|part| part.id == *id)
                .ok_or(PhotoRefused::Broken)?;
            let samples = u64::from(found.width) * u64::from(found.height) * part.share / 16;
            self.scanned += samples;
            if refines {
                part.coded.1 += wide;
                self.refined += samples * wide / 64;
            } else {
                part.coded.0 += wide;
            }
            if part.coded.0 > MAX_CODED.0 || part.coded.1 > MAX_CODED.1 {
                return Err(PhotoRefused::Broken);
            }
        }
        if self.scans > MAX_SCANS {
            Err(PhotoRefused::Broken)
        } else if self.scanned > MAX_SCANNED || self.refined > MAX_REFINED {
            Err(PhotoRefused::TooManyPixels)
        } else {
            Ok(())
        }
    }
}
