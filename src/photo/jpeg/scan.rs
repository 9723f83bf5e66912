//! The blocks of one scan. Sequential blocks become samples directly (ITU-T T.81, annex F);
//! progressive blocks add to the coefficients (annex G).

use super::bits::{Bits, Table};
use super::component::{NATURAL, Part};

/// The coefficients that a scan codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Band {
    /// All coefficients of a sequential picture.
    All,
    /// The first coefficients of a progressive picture, without their `low` bits; or one more bit
    /// of them.
    First { low: u32, refines: bool },
    /// The coefficients from `start` to `end`, without their `low` bits; or one more bit of them.
    Rest {
        start: usize,
        end: usize,
        low: u32,
        refines: bool,
    },
}

impl Band {
    /// Whether the scan needs the table for first coefficients, and the table for the rest.
    pub(super) fn needs(self) -> (bool, bool) {
        match self {
            Self::All => (true, true),
            Self::First { refines, .. } => (!refines, false),
            Self::Rest { .. } => (false, true),
        }
    }
}

/// One component in a scan.
pub(super) struct Blocks<'a> {
    /// Its index among the components.
    pub(super) part: usize,
    pub(super) first: Option<&'a Table>,
    pub(super) rest: Option<&'a Table>,
    /// The first coefficient of the previous block.
    pub(super) predicted: i32,
}

impl Blocks<'_> {
    /// Decodes one block of a sequential picture (F.2.2) and writes its samples.
    #[inline]
    pub(super) fn sequential(
        &mut self,
        bits: &mut Bits,
        part: &mut Part,
        at: (usize, usize),
        side: usize,
    ) -> Option<()> {
        let (first, rest) = (self.first?, self.rest?);
        let quantizer = part.quantizer()?;
        let size = u32::from(bits.symbol(first) & 15);
        self.predicted = self.predicted.wrapping_add(bits.value(size));
        let mut block = [0_i32; 64];
        *block.first_mut()? = self.predicted.wrapping_mul(*quantizer.first()?);
        let (mut k, mut flat) = (1_usize, true);
        while k < 64 {
            let value = match bits.run_and_value(rest) {
                Some((run, value)) => {
                    k += run;
                    value
                }
                None => {
                    let symbol = bits.symbol(rest);
                    let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
                    if size == 0 {
                        if run < 15 {
                            break;
                        }
                        k += 16;
                        continue;
                    }
                    k += run;
                    bits.value(size)
                }
            };
            // A run beyond the end of the block means damage.
            let (Some(place), Some(factor)) = (NATURAL.get(k), quantizer.get(k)) else {
                break;
            };
            if let Some(to) = block.get_mut(usize::from(place & 63)) {
                *to = value.wrapping_mul(*factor);
            }
            flat = false;
            k += 1;
        }
        if !bits.ended() {
            part.show(at, &block, flat, side);
        }
        Some(())
    }

    /// Adds to one block of a progressive picture. `run` counts the following blocks with an empty
    /// band.
    #[inline]
    pub(super) fn progressive(
        &mut self,
        bits: &mut Bits,
        block: &mut [i16; 64],
        band: &Band,
        run: &mut u32,
    ) -> Option<()> {
        match *band {
            Band::First {
                low,
                refines: false,
            } => {
                let size = u32::from(bits.symbol(self.first?) & 15);
                self.predicted = self.predicted.wrapping_add(bits.value(size));
                if !bits.ended() {
                    *block.first_mut()? = (self.predicted << low) as i16;
                }
            }
            Band::First { low, refines: true } => {
                if bits.bit() && !bits.ended() {
                    *block.first_mut()? |= 1 << low;
                }
            }
            Band::Rest {
                start,
                end,
                low,
                refines: false,
            } => band_of(bits, self.rest?, block, (start, end), low, run),
            Band::Rest {
                start,
                end,
                low,
                refines: true,
            } => refine(bits, self.rest?, block, (start, end), 1 << low, run),
            Band::All => {}
        }
        Some(())
    }
}

/// The first scan of a band (G.1.2.2).
fn band_of(
    bits: &mut Bits,
    table: &Table,
    block: &mut [i16; 64],
    (start, end): (usize, usize),
    low: u32,
    run: &mut u32,
) {
    if *run > 0 {
        *run -= 1;
        return;
    }
    let mut k = start;
    while k <= end {
        let symbol = bits.symbol(table);
        let (zeros, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 {
            if zeros < 15 {
                *run = (1 << zeros) - 1 + bits.number(zeros as u32);
                return;
            }
            k += 16;
            continue;
        }
        k += zeros;
        let value = (bits.value(size) << low) as i16;
        if bits.ended() {
            return;
        }
        if let Some(to) = coefficient(block, k) {
            *to = value;
        }
        k += 1;
    }
}

/// One more bit of a band (G.1.2.3).
fn refine(
    bits: &mut Bits,
    table: &Table,
    block: &mut [i16; 64],
    (start, end): (usize, usize),
    bit: i16,
    run: &mut u32,
) {
    let mut k = start;
    while k <= end && *run == 0 {
        let symbol = bits.symbol(table);
        let (mut zeros, size) = (symbol >> 4, symbol & 15);
        let mut value = 0;
        if size != 0 {
            value = if bits.bit() { bit } else { -bit };
        } else if zeros < 15 {
            *run = (1 << zeros) + bits.number(u32::from(zeros));
            break;
        }
        if bits.ended() {
            return;
        }
        // Coefficients that are already nonzero get their bit on the way to the position of the new
        // one.
        while k <= end {
            let Some(known) = coefficient(block, k) else {
                return;
            };
            if *known != 0 {
                correct(bits, known, bit);
            } else if zeros == 0 {
                *known = value;
                break;
            } else {
                zeros -= 1;
            }
            k += 1;
        }
        k += 1;
    }
    if *run > 0 {
        for k in k..=end {
            if let Some(known) = coefficient(block, k).filter(|known| **known != 0) {
                correct(bits, known, bit);
            }
        }
        *run -= 1;
    }
}

#[inline(always)]
fn correct(bits: &mut Bits, known: &mut i16, bit: i16) {
    if bits.bit() && *known & bit == 0 {
        *known = known.wrapping_add(if *known > 0 { bit } else { -bit });
    }
}

#[inline(always)]
fn coefficient(block: &mut [i16; 64], k: usize) -> Option<&mut i16> {
    block.get_mut(usize::from(*NATURAL.get(k)?))
}
