//! The walk through a JPEG (ITU T.81, annex B): tables, frame, scans and Adobe's colour note are kept, the rest is named and left.
//! Scans and tables are counted before anything is decoded, so that no file buys more than its share of work.

mod standard;

use memchr::{memchr, memmem};

use super::{Refused, Walk, told};
use crate::tip::Removed;

/// Most scans of one picture: encoders write about 10, and every scan of a progressive one goes over all its blocks.
const MAX_SCANS: usize = 64;
/// Most pixels that all scans together may go over.
const MAX_SCANNED: u64 = 450_000_000;
/// Most pixels that refining scans may go over, each counted by its share of the 64 coefficients. A decoder spends as much on
/// a refining scan of ten bytes as on a full one: this bounds it to about half a second.
const MAX_REFINED: u64 = 64_000_000;
/// Most coefficients of one component that first scans may code (64 make a picture), and that refining scans may.
const MAX_CODED: (u64, u64) = (128, 192);
/// Most tables and restart intervals of one picture.
const MAX_TABLES: usize = 1_024;

const SOF0: u8 = 0xc0;
const SOF2: u8 = 0xc2;
const DHT: u8 = 0xc4;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const DQT: u8 = 0xdb;
const DRI: u8 = 0xdd;
const COM: u8 = 0xfe;

/// Walks from the start to the end of the first picture.
pub(super) fn walk(file: &[u8]) -> Result<Walk<'_>, Refused> {
    let mut found = Walk::new(file);
    found.bare.extend_from_slice(&[0xff, 0xd8]);
    let (mut work, mut tables, mut coded) = (Work::default(), 0, false);
    let mut rest = file.get(2..).unwrap_or_default();
    while let Some((loose, code, after)) = marker(rest) {
        // Zeros are padding and tell nothing.
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
        let Some((body, after)) = segment(after) else { break };
        rest = after;
        coded |= code == DHT;
        if code == SOS && !coded && !work.progressive {
            keep(DHT, standard::TABLES, &mut found);
            coded = true;
        }
        match code {
            SOF0..=SOF2 => work = frame(body, code, &mut found)?,
            DHT | DQT | DRI => tables += 1,
            SOS => work.scan(body, &found)?,
            0xc3..=0xcf => return Err(Refused::Broken),
            _ => leave(code, body, &mut found),
        }
        if matches!(code, SOF0..=SOF2 | DHT | DQT | DRI | SOS) || adobe(code, body) {
            keep(code, body, &mut found);
        }
        if code == SOS {
            let (data, after) = rest.split_at_checked(scan_end(rest)).ok_or(Refused::Broken)?;
            found.bare.extend_from_slice(data);
            rest = after;
        }
        if tables > MAX_TABLES {
            return Err(Refused::Broken);
        }
    }
    found.bare.extend_from_slice(&[0xff, EOI]);
    if work.scans == 0 { Err(Refused::Broken) } else { Ok(found) }
}

/// One component of the frame.
struct Part {
    id: u8,
    /// Its share of the frame's samples, in 16ths of a sample for each pixel.
    share: u64,
    /// Coefficients that first scans and refining scans have coded so far.
    coded: (u64, u64),
}

/// What a decoder will have to do, added up scan by scan.
#[derive(Default)]
struct Work {
    parts: Vec<Part>,
    progressive: bool,
    scans: usize,
    scanned: u64,
    refined: u64,
}

impl Work {
    /// Counts one scan by its header (B.2.3). A valid file codes each coefficient once and refines it a few times.
    fn scan(&mut self, body: &[u8], found: &Walk) -> Result<(), Refused> {
        let (count, rest) = body.split_first().ok_or(Refused::Broken)?;
        let (ids, rest) = rest.split_at_checked(usize::from(*count) * 2).ok_or(Refused::Broken)?;
        let [start, end, high_low] = rest else { return Err(Refused::Broken) };
        let (wide, refines) = if self.progressive { (u64::from(end.saturating_sub(*start)) + 1, high_low >> 4 != 0) } else { (64, false) };
        self.scans += 1;
        for id in ids.iter().step_by(2) {
            let part = self.parts.iter_mut().find(|part| part.id == *id).ok_or(Refused::Broken)?;
            let samples = u64::from(found.width) * u64::from(found.height) * part.share / 16;
            self.scanned += samples;
            if refines {
                part.coded.1 += wide;
                self.refined += samples * wide / 64;
            } else {
                part.coded.0 += wide;
            }
            if part.coded.0 > MAX_CODED.0 || part.coded.1 > MAX_CODED.1 {
                return Err(Refused::Broken);
            }
        }
        if self.scans > MAX_SCANS {
            Err(Refused::Broken)
        } else if self.scanned > MAX_SCANNED || self.refined > MAX_REFINED {
            Err(Refused::TooManyPixels)
        } else {
            Ok(())
        }
    }
}

/// The bytes before the next marker, which belong to no segment and are skipped, as every decoder does; its code; what follows.
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

/// A segment's body, and what follows it.
fn segment(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)).checked_sub(2)?)
}

/// Where a scan's data ends: at the first marker that is neither a stuffed byte nor a restart.
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
    // Adobe's note is cut to the 12 bytes that say how colours are coded.
    let body = if adobe(code, body) { body.get(..12).unwrap_or_default() } else { body };
    let length = u16::try_from(body.len() + 2).unwrap_or(u16::MAX).to_be_bytes();
    found.bare.extend_from_slice(&[0xff, code]);
    found.bare.extend_from_slice(&length);
    found.bare.extend_from_slice(body);
}

fn adobe(code: u8, body: &[u8]) -> bool {
    code == 0xee && body.len() >= 12 && body.starts_with(b"Adobe")
}

/// The frame header (B.2.2): size, and what decoding will take.
fn frame(body: &[u8], code: u8, found: &mut Walk) -> Result<Work, Refused> {
    let [_, h1, h0, w1, w0, count, parts @ ..] = body else { return Err(Refused::Broken) };
    if found.width != 0 || !matches!(count, 1 | 3 | 4) {
        return Err(Refused::Broken);
    }
    found.height = u16::from_be_bytes([*h1, *h0]).into();
    found.width = u16::from_be_bytes([*w1, *w0]).into();
    found.grey = *count == 1;
    found.cost = 16 * if found.grey { 1 } else { 3 };
    let factors =
        || parts.chunks_exact(3).filter_map(|part| Some((*part.first()?, part.get(1)?))).map(|(id, f)| (id, u64::from(f >> 4), u64::from(f & 15)));
    let most = factors().map(|f| f.1).max().unwrap_or(1) * factors().map(|f| f.2).max().unwrap_or(1);
    let parts: Vec<Part> = factors().map(|(id, h, v)| Part { id, share: (16 * h * v / most.max(1)).max(1), coded: (0, 0) }).collect();
    if code == SOF2 {
        // A progressive picture is held as 16-bit coefficients until its last scan.
        found.cost += 2 * parts.iter().map(|part| part.share).sum::<u64>();
    }
    Ok(Work { parts, progressive: code == SOF2, ..Work::default() })
}

/// Names what is left behind.
fn leave<'a>(code: u8, body: &'a [u8], found: &mut Walk<'a>) {
    let word = match code {
        0xe0 if body.starts_with(b"JFIF\0") => match body.get(12..) {
            Some([0, _] | [_, 0] | []) | None => return,
            Some([0, ..] | [_, 0, ..]) => Removed::Other,
            Some(_) => Removed::Thumbnail,
        },
        0xe0 if body.starts_with(b"JFXX\0") => Removed::Thumbnail,
        0xe1 if body.starts_with(b"Exif\0") => return found.found_exif(body),
        0xe1 if body.starts_with(b"http://ns.adobe.com/") => return told::xmp(body, &mut found.removed),
        0xe2 if body.starts_with(b"ICC_PROFILE\0") => Removed::Profile,
        0xed => {
            // Photoshop's image resources 1033 and 1036 are small copies of the picture.
            if memmem::find(body, b"8BIM\x04\x09").or_else(|| memmem::find(body, b"8BIM\x04\x0c")).is_some() {
                found.removed.insert(Removed::Thumbnail);
            }
            Removed::Text
        }
        COM => Removed::Text,
        _ if adobe(code, body) && body.len() == 12 => return,
        _ => Removed::Other,
    };
    found.removed.insert(word);
}
