//! One component of a JPEG during decoding: its coefficients, then its samples as a plane that may
//! be shrunk.

use super::idct;
use crate::pixels::wipe;

/// Maps the coding order of the coefficients to their natural order (figure A.6).
#[rustfmt::skip]
pub(super) const NATURAL: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// One component of the picture.
pub(super) struct Part {
    pub(super) id: u8,
    /// Sampling factors.
    pub(super) across: usize,
    pub(super) down: usize,
    pub(super) table: usize,
    /// Samples at full size, without the padding of blocks.
    pub(super) full: (usize, usize),
    /// Blocks in a row and in a column, padded to whole units.
    pub(super) blocks: (usize, usize),
    /// The quantization table of its first scan, in coding order.
    pub(super) quantizer: Option<[i32; 64]>,
    /// Samples in rows of `stride`.
    pub(super) plane: Vec<u8>,
    pub(super) stride: usize,
    /// The plane's size without the padding of blocks.
    pub(super) width: usize,
    pub(super) height: usize,
    /// The coefficients of a progressive picture so far, in natural order.
    pub(super) coefficients: Vec<i16>,
}

impl Drop for Part {
    fn drop(&mut self) {
        wipe(&mut self.plane);
        if !self.coefficients.is_empty() {
            self.coefficients.fill(0);
            zeroize::optimization_barrier(&self.coefficients);
        }
    }
}

impl Part {
    pub(super) fn quantizer(&self) -> Option<&[i32; 64]> {
        self.quantizer.as_ref()
    }

    /// The coefficients of one block.
    pub(super) fn block(&mut self, x: usize, y: usize) -> Option<&mut [i16; 64]> {
        let at = (y * self.blocks.0 + x) * 64;
        self.coefficients.get_mut(at..)?.first_chunk_mut()
    }

    /// Writes the samples of one block into the plane.
    #[inline(always)]
    pub(super) fn put<const SIDE: usize>(
        &mut self,
        (x, y): (usize, usize),
        samples: &[[u8; SIDE]; SIDE],
    ) {
        let mut at = y * SIDE * self.stride + x * SIDE;
        for line in samples {
            if let Some(to) = self.plane.get_mut(at..at + SIDE) {
                to.copy_from_slice(line);
            }
            at += self.stride;
        }
    }

    /// Writes one block of dequantized coefficients. `flat` means that all coefficients after the
    /// first are zero.
    #[inline(always)]
    pub(super) fn show(&mut self, at: (usize, usize), block: &[i32; 64], flat: bool, side: usize) {
        let first = block.first().copied().unwrap_or(0);
        match side {
            8 if flat => self.put(at, &[[idct::flat(first); 8]; 8]),
            8 => self.put(at, &idct::samples::<8>(block)),
            4 if flat => self.put(at, &[[idct::flat(first); 4]; 4]),
            4 => self.put(at, &idct::samples::<4>(block)),
            2 => self.put(at, &idct::samples::<2>(block)),
            _ => self.put(at, &[[idct::flat(first)]]),
        }
    }

    /// Turns the coefficients of a progressive picture into samples, and frees them.
    pub(super) fn finish(&mut self, side: usize) {
        self.plane = vec![128; self.blocks.0 * self.blocks.1 * side * side];
        let Some(quantizer) = self.quantizer else {
            return;
        };
        let mut natural = [0; 64];
        for (value, place) in quantizer.iter().zip(NATURAL) {
            if let Some(to) = natural.get_mut(usize::from(place)) {
                *to = *value;
            }
        }
        let mut coefficients = std::mem::take(&mut self.coefficients);
        for (index, coded) in coefficients.as_chunks_mut::<64>().0.iter_mut().enumerate() {
            let mut block = [0_i32; 64];
            for ((to, value), factor) in block.iter_mut().zip(coded.iter()).zip(natural) {
                *to = i32::from(*value).wrapping_mul(factor);
            }
            let flat = coded.iter().skip(1).all(|value| *value == 0);
            self.show(
                (index % self.blocks.0, index / self.blocks.0),
                &block,
                flat,
                side,
            );
            coded.fill(0);
        }
        zeroize::optimization_barrier(&coefficients);
    }
}
