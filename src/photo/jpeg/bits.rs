//! Bits and Huffman codes of one scan (ITU-T T.81, annexes C and F). Data that end too early read
//! as zeros and are noticed; a code that no table has reads as zero: a damaged photo shows what
//! there is of it, as libjpeg does.

/// Bits that one look into a table takes.
const LOOK: u32 = 10;

/// One Huffman table.
pub(super) struct Table {
    /// For the next [`LOOK`] bits: length of the code times 256, and its symbol; 0 if the code is
    /// longer.
    short: [u16; 1 << LOOK],
    /// For the next [`LOOK`] bits, if code and value fit into them: value times 256, run times 16,
    /// and length; 0 if they do not.
    whole: [i16; 1 << LOOK],
    /// For each longer length: its length, the first 16 bits that no code so long has, and how far
    /// its codes lie from their symbols.
    long: [(u32, u32, u32); 16 - LOOK as usize],
    symbols: Vec<u8>,
}

impl Table {
    /// Builds a table of its numbers of codes by length, and their symbols (C.2). None if there are
    /// more codes than bits allow.
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

/// The value that these `size` bits mean (F.2.2.1).
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

/// Reads one scan's data.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// Bits read ahead, the next one highest.
    held: u64,
    count: u32,
    /// How many of the bits that were read ahead are made up, as the data had ended.
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

    /// Whether bits were used that are not in the data.
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
            // None of the four bytes is 0xff, which would begin a marker.
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
                // A restart, or the end.
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

    /// One bit.
    #[inline(always)]
    pub(super) fn bit(&mut self) -> bool {
        self.fill();
        let bit = self.held >> 63 == 1;
        self.take(1);
        bit
    }

    /// A number of at most 16 bits.
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

    /// A signed value of at most 16 bits.
    #[inline(always)]
    pub(super) fn value(&mut self, size: u32) -> i32 {
        extend(self.number(size), size)
    }

    /// The next symbol of a table.
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

    /// The next run of zeros and value after it: both at once if they are short, else none.
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

    /// Goes on behind the restart marker of this number (0 to 7). If another stands there, what is
    /// missing stays empty, by the rules of libjpeg (`jpeg_resync_to_restart`).
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
                        // The marker of an interval to come: this one has no data.
                        1 | 2 => {
                            self.at = at;
                            return;
                        }
                        // One that is past.
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
