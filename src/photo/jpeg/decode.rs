//! Decodes the parts of a JPEG that the walk kept: the header, the tables and the scans of a
//! sequential or progressive picture, with any sampling. Each component becomes a plane, which
//! decoding may shrink.
//!
//! This decoder is our own because no decoder in Rust decoded every picture correctly within
//! bounded memory. A fast one corrupts pictures whose colours are in separate scans. The other
//! starts threads, keeps results that they have not collected, and fails on a photo that was cut
//! short. `tests/photo/compare.rs` compares this decoder with libjpeg.

use super::bits::{Bits, Table};
use super::component::Part;
use super::header::{Header, Tables};
use super::scan::{Band, Blocks};
use crate::PhotoRefused;

/// A decoded picture.
pub(super) struct Decoded {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) parts: Vec<Part>,
}

/// Decodes a bare JPEG to planes whose blocks have a side of `side` (8, 4, 2 or 1).
pub(super) fn decode(bare: &[u8], header: &Header, side: usize) -> Result<Decoded, PhotoRefused> {
    let mut parts = prepare(header, side);
    let mut tables = Tables::default();
    let mut rest = bare.get(2..).unwrap_or_default();
    while let Some((_, code, after)) = super::marker(rest) {
        if code == super::EOI {
            break;
        }
        let (body, after) = super::segment(after).ok_or(PhotoRefused::Broken)?;
        rest = after;
        match code {
            super::DHT => tables.huffman(body).ok_or(PhotoRefused::Broken)?,
            super::DQT => tables.quantizers(body).ok_or(PhotoRefused::Broken)?,
            super::DRI => {
                tables.restart = usize::from(u16::from_be_bytes(
                    *body.first_chunk().ok_or(PhotoRefused::Broken)?,
                ))
            }
            super::SOS => {
                let (data, after) = rest
                    .split_at_checked(super::scan_end(rest))
                    .ok_or(PhotoRefused::Broken)?;
                rest = after;
                scan(body, data, header, &tables, &mut parts, side).ok_or(PhotoRefused::Broken)?;
            }
            _ => {}
        }
    }
    if header.progressive {
        parts.iter_mut().for_each(|part| part.finish(side));
    }
    Ok(Decoded {
        width: (header.width * side).div_ceil(8),
        height: (header.height * side).div_ceil(8),
        parts,
    })
}

fn prepare(header: &Header, side: usize) -> Vec<Part> {
    let (across, down) = header.units();
    let most = header.most();
    let part = |(id, h, v, table): &(u8, usize, usize, usize)| {
        let blocks = (across * h, down * v);
        let full = (
            (header.width * h).div_ceil(most.0),
            (header.height * v).div_ceil(most.1),
        );
        Part {
            id: *id,
            across: *h,
            down: *v,
            table: *table,
            full,
            blocks,
            quantizer: None,
            // A block that no scan codes stays mid-grey.
            plane: if header.progressive {
                Vec::new()
            } else {
                vec![128; blocks.0 * blocks.1 * side * side]
            },
            stride: blocks.0 * side,
            width: (header.width * h * side).div_ceil(most.0 * 8),
            height: (header.height * v * side).div_ceil(most.1 * 8),
            coefficients: if header.progressive {
                vec![0; blocks.0 * blocks.1 * 64]
            } else {
                Vec::new()
            },
        }
    };
    header.parts.iter().map(part).collect()
}

/// The components of a scan, with their tables.
fn chosen<'a>(
    ids: &[u8],
    band: Band,
    header: &Header,
    tables: &'a Tables,
    parts: &mut [Part],
) -> Option<Vec<Blocks<'a>>> {
    let table = |tables: &'a [Option<Table>; 4], place: u8| {
        tables.get(usize::from(place)).and_then(Option::as_ref)
    };
    let (needs_first, needs_rest) = band.needs();
    let blocks = ids.as_chunks::<2>().0.iter().map(|[id, places]| {
        let index = parts.iter().position(|part| part.id == *id)?;
        let part = parts.get_mut(index)?;
        if part.quantizer.is_none() || !header.progressive {
            part.quantizer = Some((*tables.quantizers.get(part.table)?)?);
        }
        let (first, rest) = (
            table(&tables.first, places >> 4),
            table(&tables.rest, places & 15),
        );
        let complete = (first.is_some() || !needs_first) && (rest.is_some() || !needs_rest);
        complete.then_some(Blocks {
            part: index,
            first,
            rest,
            predicted: 0,
        })
    });
    blocks.collect()
}

/// Decodes one scan (B.2.3).
fn scan(
    body: &[u8],
    data: &[u8],
    header: &Header,
    tables: &Tables,
    parts: &mut [Part],
    side: usize,
) -> Option<()> {
    let (count, rest) = body.split_first()?;
    let (ids, rest) = rest.split_at_checked(usize::from(*count) * 2)?;
    let [start, end, high_low] = rest else {
        return None;
    };
    let (start, end, high, low) = (
        usize::from(*start),
        usize::from(*end),
        high_low >> 4,
        u32::from(high_low & 15),
    );
    let single = *count == 1;
    let band = match header.progressive {
        false => Band::All,
        true if low > 13
            || start > end
            || end > 63
            || (start == 0) != (end == 0)
            || start > 0 && !single =>
        {
            return None;
        }
        true if start == 0 => Band::First {
            low,
            refines: high != 0,
        },
        true => Band::Rest {
            start,
            end,
            low,
            refines: high != 0,
        },
    };
    let mut blocks = chosen(ids, band, header, tables, parts)?;
    // A scan of one component has no padding to whole units (A.2.2).
    let (across, down) = match blocks.as_slice() {
        [one] if single => parts
            .get(one.part)
            .map(|part| (part.full.0.div_ceil(8), part.full.1.div_ceil(8)))?,
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
            // Missing blocks stay as they are until the next restart.
            if tables.restart == 0 {
                break;
            }
            continue;
        }
        let (x, y) = (unit % across, unit / across);
        for blocks in &mut blocks {
            let part = parts.get_mut(blocks.part)?;
            let (h, v) = if single {
                (1, 1)
            } else {
                (part.across, part.down)
            };
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
