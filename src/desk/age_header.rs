//! The header of an age file, checked before age reads it: age needs time that grows with the
//! square of the number of stanzas.

/// Largest age header, in bytes. Twelve recipients and age's grease stanza need less than 2,000.
pub const BYTES: usize = 16 << 10;
/// Most stanzas in an age header.
pub const STANZAS: usize = 20;

/// Why a header was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadHeader {
    /// Not an age file, or cut short.
    NotAge,
    /// Larger than any that Loke writes.
    Large,
}

/// Counts the stanzas in the header (C2SP age: a stanza begins with `->`, the header ends at the
/// line that begins with `---`).
///
/// # Errors
/// [`BadHeader`].
pub fn check(sealed: &[u8]) -> Result<(), BadHeader> {
    if !sealed.starts_with(b"age-encryption.org/v1\n") {
        return Err(BadHeader::NotAge);
    }
    let head = sealed.get(..BYTES).unwrap_or(sealed);
    let mut stanzas = 0;
    for line in head
        .split_inclusive(|b| *b == b'\n')
        .filter(|line| line.ends_with(b"\n"))
    {
        if line.starts_with(b"---") {
            return Ok(());
        }
        stanzas += usize::from(line.starts_with(b"->"));
        if stanzas > STANZAS {
            return Err(BadHeader::Large);
        }
    }
    Err(if sealed.len() > BYTES {
        BadHeader::Large
    } else {
        BadHeader::NotAge
    })
}
