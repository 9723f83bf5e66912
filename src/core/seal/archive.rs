//! The tar of a tip or of a report, padded to a size class inside the archive, so that every tar
//! program reads to its end and lists the files alone.

use zeroize::Zeroizing;

use super::Error;

/// The size class of a tip's plaintext. The size of a sealed tip reveals only this (promise P4).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum SizeClass {
    /// 16 KiB: every tip without photos.
    Text,
    /// 1 MiB.
    One,
    /// 2 MiB.
    Two,
    /// 4 MiB.
    Four,
    /// 8 MiB.
    Eight,
}

impl SizeClass {
    /// Every class, smallest first.
    pub const ALL: [Self; 5] = [Self::Text, Self::One, Self::Two, Self::Four, Self::Eight];

    /// Most bytes that age adds to the plaintext with [`super::MAX_RECIPIENTS`] recipients: the header and
    /// the grease stanza (less than 2,000). [`Self::sealed`] adds 16 bytes for each 64 KiB.
    pub(super) const ENVELOPE: usize = 2_044;

    /// Bytes of plaintext, including padding.
    #[must_use]
    pub const fn plain(self) -> usize {
        match self {
            Self::Text => 16 << 10,
            Self::One => 1 << 20,
            Self::Two => 2 << 20,
            Self::Four => 4 << 20,
            Self::Eight => 8 << 20,
        }
    }

    /// Bytes of the largest sealed tip in this class.
    #[must_use]
    pub const fn sealed(self) -> usize {
        self.plain() + Self::ENVELOPE + self.plain() / (64 << 10) * 16
    }

    /// The smallest class that fits a tar of `bytes`: [`Self::Text`] only if there is no photo.
    fn holding(bytes: usize, photos: usize) -> Result<Self, Error> {
        let classes = if photos == 0 {
            Self::ALL.get(..1)
        } else {
            Self::ALL.get(1..)
        };
        classes
            .unwrap_or_default()
            .iter()
            .copied()
            .find(|c| c.plain() >= bytes)
            .ok_or(Error::TooBig)
    }
}

/// The padded tar of named files. One file alone is packed into [`SizeClass::Text`], several into
/// one of the larger classes. The buffer has the size of the class from the start, so growing leaves
/// no copies in memory. A report to a partner is packed by this function too, so both open the same
/// way.
///
/// # Errors
/// [`Error::TooBig`] if they do not fit.
pub fn pack_files(files: &[(&str, &[u8])]) -> Result<(SizeClass, Zeroizing<Vec<u8>>), Error> {
    let block = |bytes: usize| 512 + bytes.next_multiple_of(512);
    let all: usize = files.iter().map(|(_, bytes)| block(bytes.len())).sum();
    let length = all + END;
    let class = SizeClass::holding(length, files.len().saturating_sub(1))?;
    let mut plain = Zeroizing::new(Vec::with_capacity(class.plain()));
    pad(&mut plain, class.plain() - length)?;
    for (name, bytes) in files {
        append(&mut plain, name, bytes)?;
    }
    plain.resize(class.plain(), 0);
    Ok((class, plain))
}

/// Bytes of the two zero blocks at the end of a tar (POSIX ustar).
const END: usize = 1_024;

/// Most bytes of one padding record. libarchive skips a line of a pax header over 999,999 bytes
/// with a warning, and warns about a whole header over 1 MiB.
pub const PADDING: usize = 512 << 10;

/// Appends one file to the tar.
fn append(plain: &mut Vec<u8>, name: &str, bytes: &[u8]) -> Result<(), Error> {
    header(plain, name, tar::EntryType::Regular, bytes.len())?;
    plain.extend_from_slice(bytes);
    plain.resize(plain.len().next_multiple_of(512), 0);
    Ok(())
}

/// Pads the beginning of the tar up to `end` with global pax headers (POSIX pax, type `g`) that
/// contain one `comment` record each. Every tar program reads them, and none lists or extracts
/// anything for them.
///
/// Zeros after the end blocks would give the same size. But busybox and bsdtar stop reading at the
/// end blocks, so `age -d … | tar -x` would end with a broken pipe before age has verified the
/// whole file. The headers come before the first file, as in the output of `git archive`: Python's
/// `tarfile` rejects a header that no file follows.
fn pad(plain: &mut Vec<u8>, end: usize) -> Result<(), Error> {
    while plain.len() < end {
        // The padding is whole blocks, because every file of the tar is. If one block is left, it
        // is a header without a record.
        let size = (end - plain.len() - 512).min(PADDING);
        header(plain, "padding", tar::EntryType::XGlobalHeader, size)?;
        if size > 0 {
            let record = plain.len() + size;
            plain.extend_from_slice(comment(size).as_bytes());
            plain.resize(record - 1, b' ');
            plain.push(b'\n');
        }
    }
    Ok(())
}

/// The beginning of a padding record of `size` bytes (POSIX pax: length, space, keyword, equals
/// sign). Spaces and a line break follow.
fn comment(size: usize) -> String {
    format!("{size} comment=")
}

/// Whether the records of a global pax header are padding written by [`pack_files`].
pub fn is_padding(records: &[u8]) -> bool {
    let spaces = records
        .strip_prefix(comment(records.len()).as_bytes())
        .and_then(|rest| rest.strip_suffix(b"\n"));
    // Without an early end the compiler compares many bytes at once.
    let other = |spaces: &[u8]| spaces.iter().fold(0, |other, byte| other | (byte ^ b' '));
    records.is_empty() || spaces.is_some_and(|spaces| other(spaces) == 0)
}

/// Appends the header of an entry, without owner or time. `tar::Builder` would copy the content
/// over the stack and leave it there.
fn header(plain: &mut Vec<u8>, name: &str, kind: tar::EntryType, size: usize) -> Result<(), Error> {
    let mut header = tar::Header::new_ustar();
    header.set_path(name).map_err(|_| Error::Encrypt)?;
    header.set_entry_type(kind);
    header.set_size(size as u64);
    header.set_mode(0o600);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_cksum();
    plain.extend_from_slice(header.as_bytes());
    Ok(())
}
