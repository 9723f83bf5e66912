//! Walks through a JPEG (ITU T.81, annex B). It keeps tables, frame and scans, reads the segments
//! that describe the colour coding, and records and drops the rest. It counts scans and tables
//! before anything is decoded, so no file can cause more than its share of work.

mod bits;
mod component;
mod decode;
mod header;
mod idct;
mod picture;
mod scan;
mod standard;
mod work;

use std::collections::BTreeMap;

use memchr::{memchr, memmem};

use super::colour::Profile;
use super::pixels::{Pixels, clean_size};
use super::{MAX_MEMORY, PhotoRefused, Picture, Walk, told};
use header::Header;
use loke_core::tip::Removed;
use picture::Colours;
use work::Work;

/// Most tables and restart intervals in one picture.
const MAX_TABLES: usize = 1_024;

const SOF0: u8 = 0xc0;
const SOF2: u8 = 0xc2;
const DHT: u8 = 0xc4;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const DQT: u8 = 0xdb;
const DRI: u8 = 0xdd;
const COM: u8 = 0xfe;

/// The pieces of a JPEG that are needed for decoding.
pub(super) struct Jpeg {
    header: Header,
    colours: Colours,
    /// Side of a decoded block: 8, or less if decoding shrinks the picture.
    side: usize,
}

impl Jpeg {
    /// Decodes the pieces.
    pub(super) fn decode(&self, bare: &[u8]) -> Result<Pixels, PhotoRefused> {
        // Each block of 64 pixels takes at least one bit. This rejects small files that claim many
        // megapixels.
        if self.header.width * self.header.height / 512 > bare.len() {
            return Err(PhotoRefused::Broken);
        }
        picture::picture(decode::decode(bare, &self.header, self.side)?, self.colours)
    }

    /// Chooses how far decoding shrinks the picture: not below the final size, and as close to it
    /// as memory allows.
    fn fit(&mut self, file: usize) -> Result<(), PhotoRefused> {
        let (width, height) = (self.header.width, self.header.height);
        let size = |side: usize| ((width * side).div_ceil(8), (height * side).div_ceil(8));
        let area = |(width, height): (usize, usize)| width * height;
        // A tenth less is as good, and avoids shrinking the picture once more.
        let wanted = area(clean_size(width, height));
        let wanted = wanted - wanted / 10;
        let enough = [1, 2, 4, 8]
            .into_iter()
            .find(|side| area(size(*side)) >= wanted)
            .unwrap_or(8);
        let fits = |side: &usize| file + self.memory(*side, area(size(*side))) <= MAX_MEMORY;
        self.side = [8, 4, 2, 1]
            .into_iter()
            .filter(|side| *side <= enough)
            .find(fits)
            .ok_or(PhotoRefused::TooManyPixels)?;
        Ok(())
    }

    /// Most bytes that decoding uses: the coefficients of a progressive picture (at full size,
    /// whatever the output size), the planes, and the picture that is built from them.
    fn memory(&self, side: usize, area: usize) -> usize {
        let blocks = self.header.blocks();
        let most = self.header.most();
        let coefficients = if self.header.progressive {
            blocks * 64 * 2
        } else {
            0
        };
        let planes = blocks * side * side;
        let simple = self
            .header
            .parts
            .iter()
            .all(|part| picture::is_simple((part.1, part.2), most));
        let built = match self.colours {
            Colours::Grey => area,
            Colours::LightAndColour if simple => area,
            _ => area * (self.header.parts.len() + 3),
        };
        planes + coefficients.max(built)
    }
}

/// The pieces that the walk has seen so far.
#[derive(Default)]
struct Seen<'a> {
    work: Work,
    header: Option<Header>,
    tables: usize,
    huffman: bool,
    jfif: bool,
    /// The colour transform in the Adobe segment (APP14).
    adobe: Option<u8>,
    profile: BTreeMap<u8, &'a [u8]>,
}

/// Walks from the start to the end of the first picture.
pub(super) fn walk(file: &[u8]) -> Result<Walk<'_>, PhotoRefused> {
    let mut found = Walk::new(file);
    found.bare.extend_from_slice(&[0xff, 0xd8]);
    let mut seen = Seen::default();
    let mut rest = file.get(2..).unwrap_or_default();
    while let Some((loose, code, after)) = marker(rest) {
        // Zeros are padding and carry no information.
        if loose.iter().any(|byte| *byte != 0) {
            found.removed.insert(Removed::Other);
        }
        if code == EOI {
            found.found_trailer(after);
            break;
        }
        if matches!(code, 0x00 | 0x01 | 0xd0..=0xd8) {
            rest = after;
            continue;
        }
        let Some((body, after)) = segment(after) else {
            break;
        };
        rest = after;
        seen.segment(code, body, &mut found)?;
        if code == SOS {
            let (data, after) = rest
                .split_at_checked(scan_end(rest))
                .ok_or(PhotoRefused::Broken)?;
            found.bare.extend_from_slice(data);
            rest = after;
        }
    }
    found.bare.extend_from_slice(&[0xff, EOI]);
    seen.end(&mut found)?;
    Ok(found)
}

impl<'a> Seen<'a> {
    /// Counts, keeps or drops one segment.
    fn segment(
        &mut self,
        code: u8,
        body: &'a [u8],
        found: &mut Walk<'a>,
    ) -> Result<(), PhotoRefused> {
        match code {
            SOF0..=SOF2 => {
                if self.header.is_some() {
                    return Err(PhotoRefused::Broken);
                }
                let header = Header::read(body, code == SOF2).ok_or(PhotoRefused::Broken)?;
                (found.width, found.height) = (header.width as u32, header.height as u32);
                self.work = Work::of(&header);
                self.header = Some(header);
            }
            DHT => {
                self.tables += header::tables_in(body);
                self.huffman = true;
            }
            DQT | DRI => self.tables += 1,
            SOS => {
                if !self.huffman && !self.work.progressive {
                    keep(DHT, &standard::TABLES.concat(), found);
                    self.huffman = true;
                }
                self.work.scan(body, found)?;
            }
            0xc3..=0xcf => return Err(PhotoRefused::Broken),
            // A JFIF or Adobe segment after the first scan does not describe how that scan was
            // coded.
            0xe0 if body.starts_with(b"JFIF\0") => self.jfif |= self.work.scans == 0,
            0xee if self.work.scans == 0 && adobe(body) => self.adobe = body.get(11).copied(),
            0xe2 => {
                if let Some([number, _, piece @ ..]) = body.strip_prefix(b"ICC_PROFILE\0") {
                    self.profile.entry(*number).or_insert(piece);
                }
            }
            _ => {}
        }
        if self.tables > MAX_TABLES {
            return Err(PhotoRefused::Broken);
        }
        if matches!(code, DHT | DQT | DRI | SOS) {
            keep(code, body, found);
        } else if !matches!(code, SOF0..=SOF2) {
            leave(code, body, found);
        }
        Ok(())
    }

    fn end(self, found: &mut Walk) -> Result<(), PhotoRefused> {
        let header = self
            .header
            .filter(|_| self.work.scans > 0)
            .ok_or(PhotoRefused::Broken)?;
        let ids: Vec<u8> = header.parts.iter().map(|part| part.0).collect();
        let mut jpeg = Jpeg {
            colours: Colours::of(&ids, self.jfif, self.adobe),
            header,
            side: 8,
        };
        found.within_limits()?;
        jpeg.fit(found.bare.len())?;
        found.picture = Picture::Jpeg(jpeg);
        let whole = self
            .profile
            .keys()
            .copied()
            .eq(1..=self.profile.len() as u8);
        if whole && !self.profile.is_empty() {
            found.profile = Profile::icc(self.profile.values().copied());
        }
        Ok(())
    }
}

/// Splits at the next marker: the bytes before it, its code, and the rest. The bytes before it
/// belong to no segment, and every decoder skips them.
fn marker(bytes: &[u8]) -> Option<(&[u8], u8, &[u8])> {
    let (loose, mut rest) = bytes.split_at_checked(memchr(0xff, bytes)?)?;
    loop {
        let (code, after) = rest.split_first()?;
        rest = after;
        if *code != 0xff {
            return Some((loose, *code, rest));
        }
    }
}

/// Splits off the body of a segment. A length too small to count itself is treated as empty, as in
/// libjpeg.
fn segment(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)).saturating_sub(2))
}

/// The end of a scan's data: the first marker that is neither a stuffed byte nor a restart.
fn scan_end(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr(0xff, rest)) {
        at += next;
        match bytes.get(at + 1) {
            Some(0x00 | 0xd0..=0xd7) => at += 2,
            Some(0xff) => at += 1,
            _ => return at,
        }
    }
    bytes.len()
}

fn keep(code: u8, body: &[u8], found: &mut Walk) {
    let length = u16::try_from(body.len() + 2)
        .unwrap_or(u16::MAX)
        .to_be_bytes();
    found.bare.extend_from_slice(&[0xff, code]);
    found.bare.extend_from_slice(&length);
    found.bare.extend_from_slice(body);
}

fn adobe(body: &[u8]) -> bool {
    body.len() >= 12 && body.starts_with(b"Adobe")
}

/// Records what a dropped segment contained.
fn leave<'a>(code: u8, body: &'a [u8], found: &mut Walk<'a>) {
    let word = match code {
        0xe0 if body.starts_with(b"JFIF\0") => match body.get(12..) {
            Some([0, _] | [_, 0] | []) | None => return,
            Some([0, ..] | [_, 0, ..]) => Removed::Other,
            Some(_) => Removed::Thumbnail,
        },
        0xe0 if body.starts_with(b"JFXX\0") => Removed::Thumbnail,
        0xe1 if body.starts_with(b"Exif\0") => return found.found_exif(body),
        0xe1 if body.starts_with(b"http://ns.adobe.com/") => {
            return told::xmp(body, &mut found.removed);
        }
        0xe2 if body.starts_with(b"ICC_PROFILE\0") => Removed::Profile,
        0xed => {
            // Photoshop's image resources 1033 and 1036 are small copies of the picture.
            if memmem::find(body, b"8BIM\x04\x09")
                .or_else(|| memmem::find(body, b"8BIM\x04\x0c"))
                .is_some()
            {
                found.removed.insert(Removed::Thumbnail);
            }
            Removed::Text
        }
        COM => Removed::Text,
        0xee if adobe(body) && body.len() == 12 => return,
        _ => Removed::Other,
    };
    found.removed.insert(word);
}
