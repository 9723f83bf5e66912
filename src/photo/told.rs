//! Records what a photo's metadata contained, as words from [`Removed`] for the resident. Cleaning
//! never depends on this: metadata that cannot be read is reported as `other`, and nothing read
//! here is passed on.
//!
//! This reader lists EXIF tags, and reads a value only to see whether a text is blank. It is our
//! own because general EXIF readers decode every value that they list, and overlapping entries in
//! 64 kB make them allocate gigabytes.

use std::collections::BTreeSet;

use memchr::memmem;

use loke_core::tip::Removed;

/// Most entries that are read from one EXIF block.
const MAX_ENTRIES: usize = 2_000;

/// Records the contents of an EXIF block (CIPA DC-008, a TIFF 6.0 structure), starting at its TIFF
/// header.
pub(super) fn exif(block: &[u8], removed: &mut BTreeSet<Removed>) {
    let mut tiff = Tiff {
        bytes: block,
        little: block.starts_with(b"II"),
        left: MAX_ENTRIES,
    };
    if tiff.list(removed).is_none() {
        removed.insert(Removed::Other);
    }
}

/// The orientation in an EXIF block (tag 0x112), 1 to 8. Writers store it as any integer type, and
/// the block may be broken elsewhere: every readable entry counts.
pub(super) fn orientation(block: &[u8]) -> Option<u8> {
    let tiff = Tiff {
        bytes: block,
        little: block.starts_with(b"II"),
        left: MAX_ENTRIES,
    };
    if !matches!(block.get(..4)?, b"II*\0" | b"MM\0*") {
        return None;
    }
    let first = tiff.long(4)?;
    let count = usize::from(tiff.short(first)?).min(MAX_ENTRIES);
    (0..count).find_map(|i| {
        let at = first.checked_add(2 + i * 12)?;
        if tiff.short(at)? != 0x112 {
            return None;
        }
        let value = match tiff.short(at + 2)? {
            1 | 6 => usize::from(*block.get(at + 8)?),
            3 | 8 => usize::from(tiff.short(at + 8)?),
            4 | 9 | 13 => tiff.long(at + 8)?,
            _ => return None,
        };
        u8::try_from(value)
            .ok()
            .filter(|value| (1..=8).contains(value))
    })
}

/// Records the contents of an XMP packet: always text, and more by its property names.
pub(super) fn xmp(packet: &[u8], removed: &mut BTreeSet<Removed>) {
    const NAMES: &[(&[u8], Removed)] = &[
        (b"exif:GPSL", Removed::Gps),
        (b"tiff:Make", Removed::Camera),
        (b"tiff:Model", Removed::Camera),
        (b"aux:", Removed::Camera),
        (b"xmp:CreateDate", Removed::Time),
        (b"exif:DateTime", Removed::Time),
        (b"photoshop:DateCreated", Removed::Time),
        (b"xmpGImg:", Removed::Thumbnail),
    ];
    removed.insert(Removed::Text);
    removed.extend(
        NAMES
            .iter()
            .filter(|(name, _)| memmem::find(packet, name).is_some())
            .map(|(_, word)| *word),
    );
}

struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
    /// Entries that may still be read.
    left: usize,
}

struct IfdEntry<'a> {
    tag: u16,
    /// The value; empty if it is outside the block.
    value: &'a [u8],
    /// The value read as an offset.
    offset: usize,
}

impl<'a> Tiff<'a> {
    fn list(&mut self, removed: &mut BTreeSet<Removed>) -> Option<()> {
        if !matches!(self.bytes.get(..4)?, b"II*\0" | b"MM\0*") {
            return None;
        }
        let (first, next) = self.directory(self.long(4)?)?;
        let mut entries = Vec::new();
        for entry in first {
            match entry.tag {
                0x8769 => entries.extend(
                    self.directory(entry.offset)
                        .map(|(inner, _)| inner)
                        .unwrap_or_default(),
                ),
                0x8825 => gps(&self.directory(entry.offset)?.0, removed),
                _ => entries.push(entry),
            }
        }
        removed.extend(entries.iter().filter_map(word));
        if next != 0 {
            // The second directory describes a small copy of the picture: a JPEG (0x201) or strips
            // (0x111).
            let (second, _) = self.directory(next)?;
            if second
                .iter()
                .any(|entry| matches!(entry.tag, 0x201 | 0x111))
            {
                removed.insert(Removed::Thumbnail);
            }
        }
        Some(())
    }

    /// The entries of one directory, and the offset of the next (0: none).
    fn directory(&mut self, at: usize) -> Option<(Vec<IfdEntry<'a>>, usize)> {
        let count = usize::from(self.short(at)?);
        self.left = self.left.checked_sub(count)?;
        let entries = (0..count)
            .map(|i| self.entry(at + 2 + i * 12))
            .collect::<Option<_>>()?;
        Some((entries, self.long(at + 2 + count * 12).unwrap_or(0)))
    }

    fn entry(&self, at: usize) -> Option<IfdEntry<'a>> {
        let size = match self.short(at + 2)? {
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => 1,
        };
        let size = self.long(at + 4)?.checked_mul(size)?;
        let offset = self.long(at + 8)?;
        let from = if size <= 4 { at + 8 } else { offset };
        let value = self
            .bytes
            .get(from..from.checked_add(size)?)
            .unwrap_or_default();
        Some(IfdEntry {
            tag: self.short(at)?,
            value,
            offset,
        })
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    }

    fn long(&self, at: usize) -> Option<usize> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        usize::try_from(if self.little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
        .ok()
    }
}

fn gps(entries: &[IfdEntry], removed: &mut BTreeSet<Removed>) {
    for entry in entries {
        match entry.tag {
            // The format version and the geodetic datum reveal nothing.
            0x00 | 0x12 => continue,
            0x07 | 0x1d => removed.insert(Removed::Time),
            _ => removed.insert(Removed::Gps),
        };
    }
}

/// The word for one tag. `None` for a tag that only describes the pixels' layout, or for a blank
/// text.
fn word(entry: &IfdEntry) -> Option<Removed> {
    let blank = || entry.value.iter().all(|byte| matches!(byte, 0 | b' '));
    match entry.tag {
        0x100..=0x106
        | 0x111..=0x112
        | 0x115..=0x11c
        | 0x128
        | 0x12d
        | 0x13e
        | 0x13f
        | 0x201..=0x214 => None,
        0x9000 | 0x9101 | 0x9102 | 0xa000..=0xa003 | 0xa005 | 0xa500 | 0xea1c => None,
        0x132 | 0x882a | 0x9003 | 0x9004 | 0x9010..=0x9012 | 0x9290..=0x9292 => {
            (!blank()).then_some(Removed::Time)
        }
        // A user comment starts with eight bytes that name its character set.
        0x9286 => entry
            .value
            .get(8..)?
            .iter()
            .any(|byte| !matches!(byte, 0 | b' '))
            .then_some(Removed::Text),
        0x10d | 0x10e | 0x13b | 0x2bc | 0x8298 | 0x83bb | 0x8649 | 0x9c9b..=0x9c9f | 0xa430 => {
            (!blank()).then_some(Removed::Text)
        }
        0x8773 => Some(Removed::Profile),
        _ => Some(Removed::Camera),
    }
}
