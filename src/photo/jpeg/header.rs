//! The header and the tables of a JPEG (ITU-T T.81, B.2).

use super::bits::Table;

/// The frame header (B.2.2): size, and the sampling factors and quantization table of each
/// component.
pub(super) struct Header {
    pub(super) progressive: bool,
    pub(super) width: usize,
    pub(super) height: usize,
    /// Id, horizontal and vertical sampling factor, quantization table.
    pub(super) parts: Vec<(u8, usize, usize, usize)>,
}

impl Header {
    pub(super) fn read(body: &[u8], progressive: bool) -> Option<Self> {
        let [8, h1, h0, w1, w0, count, parts @ ..] = body else {
            return None;
        };
        let parts = parts.as_chunks::<3>().0.iter().map(|[id, factors, table]| {
            let (across, down) = (usize::from(factors >> 4), usize::from(factors & 15));
            ((1..=4).contains(&across) && (1..=4).contains(&down) && *table < 4).then_some((
                *id,
                across,
                down,
                usize::from(*table),
            ))
        });
        let parts: Vec<_> = parts.take(usize::from(*count)).collect::<Option<_>>()?;
        let number = |high, low| usize::from(u16::from_be_bytes([high, low]));
        (parts.len() == usize::from(*count) && matches!(count, 1 | 3 | 4)).then_some(Self {
            progressive,
            width: number(*w1, *w0),
            height: number(*h1, *h0),
            parts,
        })
    }

    /// The largest sampling factors.
    pub(super) fn most(&self) -> (usize, usize) {
        (
            self.parts.iter().map(|part| part.1).max().unwrap_or(1),
            self.parts.iter().map(|part| part.2).max().unwrap_or(1),
        )
    }

    /// Units in a row and in a column.
    pub(super) fn units(&self) -> (usize, usize) {
        let (across, down) = self.most();
        (
            self.width.div_ceil(8 * across),
            self.height.div_ceil(8 * down),
        )
    }

    /// Blocks of all components.
    pub(super) fn blocks(&self) -> usize {
        let (across, down) = self.units();
        across * down * self.parts.iter().map(|part| part.1 * part.2).sum::<usize>()
    }
}

/// The tables in force at one point of the file.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) first: [Option<Table>; 4],
    pub(super) rest: [Option<Table>; 4],
    pub(super) quantizers: [Option<[i32; 64]>; 4],
    pub(super) restart: usize,
}

/// How many Huffman tables a segment contains, complete or cut off. Building each one costs work.
pub(super) fn tables_in(mut body: &[u8]) -> usize {
    let mut tables = 1;
    while let Some((counts, rest)) = body.get(1..).and_then(<[u8]>::split_first_chunk::<16>) {
        body = rest
            .get(
                counts
                    .iter()
                    .map(|count| usize::from(*count))
                    .sum::<usize>()..,
            )
            .unwrap_or_default();
        tables += 1;
    }
    tables
}

impl Tables {
    /// Reads Huffman tables (B.2.4.2).
    pub(super) fn huffman(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((place, rest)) = body.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let (symbols, rest) =
                rest.split_at_checked(counts.iter().map(|count| usize::from(*count)).sum())?;
            let tables = if place >> 4 == 0 {
                &mut self.first
            } else {
                &mut self.rest
            };
            *tables.get_mut(usize::from(place & 15))? = Some(Table::new(counts, symbols)?);
            body = rest;
        }
        Some(())
    }

    /// Reads quantization tables (B.2.4.1).
    pub(super) fn quantizers(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((place, rest)) = body.split_first() {
            let size = if place >> 4 == 0 { 1 } else { 2 };
            let (values, rest) = rest.split_at_checked(64 * size)?;
            let mut table = [0; 64];
            for (to, value) in table.iter_mut().zip(values.chunks_exact(size)) {
                *to = value
                    .iter()
                    .fold(0, |number, byte| number << 8 | i32::from(*byte));
            }
            *self.quantizers.get_mut(usize::from(place & 15))? = Some(table);
            body = rest;
        }
        Some(())
    }
}
