//! Reads the bits and Huffman codes of one scan (ITU-T T.81, annexes C and F). Data that end too
//! early read as zeros, and the reader notices it. A code that is not in the table reads as zero: a
//! damaged photo shows what is left of it, as in libjpeg.

/// Bits of one table lookup.
const LOOK: u32 = 10;

/// One Huffman table.
pub(super) struct Table {
    /// Indexed by the next [`LOOK`] bits: length of the code times 256 plus its symbol; 0 if the
    /// code is longer.
    short: [u16; 1 << LOOK],
    /// Indexed by the next [`LOOK`] bits, if code and value fit in them: value times 256, plus run
    /// times 16, plus length; 0 if they do not fit.
    whole: [i16; 1 << LOOK],
    /// For each longer length: the length, the first 16-bit value above all codes of this length,
    /// and the offset from a code to the index of its symbol.
    long: [(u32, u32, u32); 16 - LOOK as usize],
    symbols: Vec<u8>,
}

impl Table {
    /// Builds a table from its code counts by length and its symbols (C.2). `None` if there are
    /// more codes than the bits allow.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut table = Self {
            short: [0; 1 << LOOK],
            whole: [0; 1 << LOOK],
            long: [(16, 0, 0); 16 - LOOK as usize],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut at) = (0_u32, 0_usize);
        for (length, count) in (1_u32..).zip(counts) {
            let end = at + usize::from(*count);
            if code + u32::from(*count) > 1 << length {
                return None;
            }
            if length <= LOOK {
                for symbol in symbols.get(at..end)? {
                    let first = (code << (LOOK - length)) as usize;
                    table
                        .short
                        .get_mut(first..first + (1 << (LOOK - length)))?
                        .fill((length as u16) << 8 | u16::from(*symbol));
                    code += 1;
                }
            } else {
                let offset = (at as u32).wrapping_sub(code);
                code += u32::from(*count);
                *table.long.get_mut((length - LOOK - 1) as usize)? =
                    (length, code << (16 - length), offset);
            }
            at = end;
            code <<= 1;
        }
        for (bits, (short, whole)) in (0_u32..).zip(table.short.iter().zip(&mut table.whole)) {
            let (length, run, size) = (
                u32::from(short >> 8),
                short >> 4 & 15,
                u32::from(short & 15),
            );
            if *short != 0 && size != 0 && length + size <= LOOK {
                let value = extend(bits >> (LOOK - length - size) & ((1 << size) - 1), size);
                if (-128..128).contains(&value) {
                    *whole = (value << 8) as i16 | (run << 4) as i16 | (length + size) as i16;
                }
            }
        }
        Some(table)
    }
}

/// The value that `size` bits encode (F.2.2.1).
fn extend(bits: u32, size: u32) -> i32 {
    let bits = bits as i32;
    if size == 0 {
        0
    } else if bits < 1 << (size - 1) {
        bits - (1 << size) + 1
    } else {
        bits
    }
}

/// Reads the data of one scan.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// Bits read ahead, the next bit highest.
    held: u64,
    count: u32,
    /// How many of the bits read ahead are zeros added after the end of the data.
    made_up: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            at: 0,
            held: 0,
            count: 0,
            made_up: 0,
        }
    }

    /// Whether added zeros were used as data.
    pub(super) fn ended(&self) -> bool {
        self.count < self.made_up
    }

    /// Reads ahead at least 32 bits.
    #[inline(always)]
    fn fill(&mut self) {
        if self.count >= 32 {
            return;
        }
        if let Some(next) = self.data.get(self.at..).and_then(<[u8]>::first_chunk::<4>) {
            let next = u32::from_be_bytes(*next);
            // None of the four bytes is 0xff, the first byte of a marker.
            if (!next).wrapping_sub(0x0101_0101) & next & 0x8080_8080 == 0 {
                self.held |= u64::from(next) << (32 - self.count);
                self.count += 32;
                self.at += 4;
                return;
            }
        }
        self.fill_slowly();
    }

    #[cold]
    #[inline(never)]
    fn fill_slowly(&mut self) {
        while self.count <= 56 {
            let byte = match (self.data.get(self.at), self.data.get(self.at + 1)) {
                (Some(0xff), Some(0xff)) => {
                    self.at += 1;
                    continue;
                }
                (Some(0xff), Some(0)) => {
                    self.at += 2;
                    0xff
                }
                // A restart marker, or the end.
                (Some(0xff), _) | (None, _) => {
                    self.made_up += 8;
                    0
                }
                (Some(byte), _) => {
                    self.at += 1;
                    *byte
                }
            };
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    #[inline(always)]
    fn take(&mut self, bits: u32) {
        self.held <<= bits;
        self.count = self.count.saturating_sub(bits);
    }

    /// Reads one bit.
    #[inline(always)]
    pub(super) fn bit(&mut self) -> bool {
        self.fill();
        let bit = self.held >> 63 == 1;
        self.take(1);
        bit
    }

    /// Reads a number of at most 16 bits.
    #[inline(always)]
    pub(super) fn number(&mut self, bits: u32) -> u32 {
        if bits == 0 {
            return 0;
        }
        self.fill();
        let number = (self.held >> (64 - bits)) as u32;
        self.take(bits);
        number
    }

    /// Reads a signed value of at most 16 bits.
    #[inline(always)]
    pub(super) fn value(&mut self, size: u32) -> i32 {
        extend(self.number(size), size)
    }

    /// Reads the next symbol with a table.
    #[inline(always)]
    pub(super) fn symbol(&mut self, table: &Table) -> u8 {
        self.fill();
        let short = table
            .short
            .get((self.held >> (64 - LOOK)) as usize)
            .copied()
            .unwrap_or(0);
        if short == 0 {
            return self.long_symbol(table);
        }
        self.take(u32::from(short >> 8));
        short as u8
    }

    #[inline(never)]
    fn long_symbol(&mut self, table: &Table) -> u8 {
        let next = (self.held >> 48) as u32;
        let Some((length, _, offset)) = table.long.iter().find(|(_, end, _)| next < *end) else {
            self.take(16);
            return 0;
        };
        self.take(*length);
        let at = (next >> (16 - length)).wrapping_add(*offset);
        table.symbols.get(at as usize).copied().unwrap_or(0)
    }

    /// The next run of zeros and the value after it, in one lookup if both are short; otherwise
    /// `None`.
    #[inline(always)]
    pub(super) fn run_and_value(&mut self, table: &Table) -> Option<(usize, i32)> {
        self.fill();
        let whole = table
            .whole
            .get((self.held >> (64 - LOOK)) as usize)
            .copied()
            .unwrap_or(0);
        if whole == 0 {
            return None;
        }
        self.take((whole & 15) as u32);
        Some(((whole >> 4 & 15) as usize, i32::from(whole >> 8)))
    }

    /// Continues after the restart marker with this number (0 to 7). If another marker is there,
    /// the missing part stays empty, by the rules of libjpeg (`jpeg_resync_to_restart`).
    pub(super) fn restart(&mut self, number: u8) {
        (self.held, self.count, self.made_up) = (0, 0, 0);
        while let Some(next) = self
            .data
            .get(self.at..)
            .and_then(|rest| memchr::memchr(0xff, rest))
        {
            let at = self.at + next;
            self.at = at + 2;
            match self.data.get(at + 1) {
                Some(code @ 0xd0..=0xd7) => {
                    match code.wrapping_sub(0xd0).wrapping_sub(number) & 7 {
                        // The marker of a later interval: this one has no data.
                        1 | 2 => {
                            self.at = at;
                            return;
                        }
                        // The marker of an earlier interval.
                        6 | 7 => {}
                        _ => return,
                    }
                }
                Some(0xff) => self.at = at + 1,
                _ => {}
            }
        }
        self.at = self.data.len();
    }
}
