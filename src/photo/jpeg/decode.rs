//! Decodes what the walk has picked out of a JPEG: the header, the tables and the scans of a sequential or progressive picture,
//! of any sampling. Each component becomes a plane that is shrunk while it is decoded.
//!
//! It is our own because no decoder in Rust gave every picture right within bounded memory: one that is fast tears what has
//! its colours in scans of their own, the other starts threads and keeps what they have not fetched, and gives up on a photo
//! that was cut short. `tests/photo/compare.rs` compares it with libjpeg.

use super::bits::{Bits, Table};
use super::header::{Header, Tables};
use super::idct;
use super::scan::{Band, Blocks};
use crate::Refused;
use crate::pixels::wipe;

/// Natural order of the coefficients as they are coded (figure A.6).
#[rustfmt::skip]
pub(super) const NATURAL: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// One component of the picture.
pub(super) struct Part {
    id: u8,
    /// Sampling factors.
    pub(super) across: usize,
    pub(super) down: usize,
    table: usize,
    /// Samples at full size, without what fills up blocks.
    full: (usize, usize),
    /// Blocks of one row and of one column, filled up to whole units.
    blocks: (usize, usize),
    /// The quantization table of its first scan, in the order of coding.
    quantizer: Option<[i32; 64]>,
    /// Samples: rows of `stride`.
    pub(super) plane: Vec<u8>,
    pub(super) stride: usize,
    /// The plane's size, without what fills up blocks.
    pub(super) width: usize,
    pub(super) height: usize,
    /// The coefficients of a progressive picture so far, in natural order.
    coefficients: Vec<i16>,
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

/// A decoded picture.
pub(super) struct Decoded {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) parts: Vec<Part>,
}

/// Decodes a bare JPEG to planes whose blocks have sides of `side` (8, 4, 2 or 1).
pub(super) fn decode(bare: &[u8], header: &Header, side: usize) -> Result<Decoded, Refused> {
    let mut parts = prepare(header, side);
    let mut tables = Tables::default();
    let mut rest = bare.get(2..).unwrap_or_default();
    while let Some((_, code, after)) = super::marker(rest) {
        if code == super::EOI {
            break;
        }
        let (body, after) = super::segment(after).ok_or(Refused::Broken)?;
        rest = after;
        match code {
            super::DHT => tables.huffman(body).ok_or(Refused::Broken)?,
            super::DQT => tables.quantizers(body).ok_or(Refused::Broken)?,
            super::DRI => tables.restart = usize::from(u16::from_be_bytes(*body.first_chunk().ok_or(Refused::Broken)?)),
            super::SOS => {
                let (data, after) = rest.split_at_checked(super::scan_end(rest)).ok_or(Refused::Broken)?;
                rest = after;
                scan(body, data, header, &tables, &mut parts, side).ok_or(Refused::Broken)?;
            }
            _ => {}
        }
    }
    if header.progressive {
        parts.iter_mut().for_each(|part| part.finish(side));
    }
    Ok(Decoded { width: (header.width * side).div_ceil(8), height: (header.height * side).div_ceil(8), parts })
}

fn prepare(header: &Header, side: usize) -> Vec<Part> {
    let (across, down) = header.units();
    let most = header.most();
    let part = |(id, h, v, table): &(u8, usize, usize, usize)| {
        let blocks = (across * h, down * v);
        let full = ((header.width * h).div_ceil(most.0), (header.height * v).div_ceil(most.1));
        Part {
            id: *id,
            across: *h,
            down: *v,
            table: *table,
            full,
            blocks,
            quantizer: None,
            // A block that no scan codes is mid-grey.
            plane: if header.progressive { Vec::new() } else { vec![128; blocks.0 * blocks.1 * side * side] },
            stride: blocks.0 * side,
            width: (header.width * h * side).div_ceil(most.0 * 8),
            height: (header.height * v * side).div_ceil(most.1 * 8),
            coefficients: if header.progressive { vec![0; blocks.0 * blocks.1 * 64] } else { Vec::new() },
        }
    };
    header.parts.iter().map(part).collect()
}

/// The components of a scan, with their tables.
fn chosen<'a>(ids: &[u8], band: Band, header: &Header, tables: &'a Tables, parts: &mut [Part]) -> Option<Vec<Blocks<'a>>> {
    let table = |tables: &'a [Option<Table>; 4], place: u8| tables.get(usize::from(place)).and_then(Option::as_ref);
    let (needs_first, needs_rest) = band.needs();
    let blocks = ids.as_chunks::<2>().0.iter().map(|[id, places]| {
        let index = parts.iter().position(|part| part.id == *id)?;
        let part = parts.get_mut(index)?;
        if part.quantizer.is_none() || !header.progressive {
            part.quantizer = Some((*tables.quantizers.get(part.table)?)?);
        }
        let (first, rest) = (table(&tables.first, places >> 4), table(&tables.rest, places & 15));
        let complete = (first.is_some() || !needs_first) && (rest.is_some() || !needs_rest);
        complete.then_some(Blocks { part: index, first, rest, predicted: 0 })
    });
    blocks.collect()
}

/// Decodes one scan (B.2.3).
fn scan(body: &[u8], data: &[u8], header: &Header, tables: &Tables, parts: &mut [Part], side: usize) -> Option<()> {
    let (count, rest) = body.split_first()?;
    let (ids, rest) = rest.split_at_checked(usize::from(*count) * 2)?;
    let [start, end, high_low] = rest else { return None };
    let (start, end, high, low) = (usize::from(*start), usize::from(*end), high_low >> 4, u32::from(high_low & 15));
    let single = *count == 1;
    let band = match header.progressive {
        false => Band::All,
        true if low > 13 || start > end || end > 63 || (start == 0) != (end == 0) || start > 0 && !single => return None,
        true if start == 0 => Band::First { low, refines: high != 0 },
        true => Band::Rest { start, end, low, refines: high != 0 },
    };
    let mut blocks = chosen(ids, band, header, tables, parts)?;
    // A component alone is coded without what fills up units (A.2.2).
    let (across, down) = match blocks.as_slice() {
        [one] if single => parts.get(one.part).map(|part| (part.full.0.div_ceil(8), part.full.1.div_ceil(8)))?,
        _ => header.units(),
    };
    let mut bits = Bits::new(data);
    let (mut left, mut number, mut run) = (tables.restart, 0, 0);
    for unit in 0..across * down {
        if tables.restart > 0 && left == 0 {
            bits.restart(number);
            (left, number, run) = (tables.restart, number.wrapping_add(1) & 7, 0);
            blocks.iter_mut().for_each(|blocks| blocks.predicted = 0);
        }
        left = left.wrapping_sub(1);
        if bits.ended() {
            // Missing blocks stay as they are, up to the next restart.
            if tables.restart == 0 {
                break;
            }
            continue;
        }
        let (x, y) = (unit % across, unit / across);
        for blocks in &mut blocks {
            let part = parts.get_mut(blocks.part)?;
            let (h, v) = if single { (1, 1) } else { (part.across, part.down) };
            for (dy, dx) in (0..v).flat_map(|dy| (0..h).map(move |dx| (dy, dx))) {
                let (x, y) = (x * h + dx, y * v + dy);
                if band == Band::All {
                    blocks.sequential(&mut bits, part, (x, y), side)?;
                } else {
                    blocks.progressive(&mut bits, part.block(x, y)?, &band, &mut run)?;
                }
            }
        }
    }
    Some(())
}

impl Part {
    pub(super) fn quantizer(&self) -> Option<&[i32; 64]> {
        self.quantizer.as_ref()
    }

    /// The coefficients of one block.
    fn block(&mut self, x: usize, y: usize) -> Option<&mut [i16; 64]> {
        let at = (y * self.blocks.0 + x) * 64;
        self.coefficients.get_mut(at..)?.first_chunk_mut()
    }

    /// Puts one block's samples into the plane.
    #[inline(always)]
    pub(super) fn put<const SIDE: usize>(&mut self, (x, y): (usize, usize), samples: &[[u8; SIDE]; SIDE]) {
        let mut at = y * SIDE * self.stride + x * SIDE;
        for line in samples {
            if let Some(to) = self.plane.get_mut(at..at + SIDE) {
                to.copy_from_slice(line);
            }
            at += self.stride;
        }
    }

    /// Puts one block of dequantized coefficients, of which those after the first may all be zero.
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

    /// Turns a progressive picture's coefficients into samples, and lets them go.
    fn finish(&mut self, side: usize) {
        self.plane = vec![128; self.blocks.0 * self.blocks.1 * side * side];
        let Some(quantizer) = self.quantizer else { return };
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
            self.show((index % self.blocks.0, index / self.blocks.0), &block, flat, side);
            coded.fill(0);
        }
        zeroize::optimization_barrier(&coefficients);
    }
}
