//! The walk through a PNG (ISO/IEC 15948): five chunk types make the pixels, the rest is named and left. So a packed profile or text is
//! never unpacked, and of an animation only the still picture remains.

use super::{Refused, Walk, told};
use crate::tip::Removed;

/// The first eight bytes of every PNG.
pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Chunks that only describe how pixels are shown, and the longest that each is by the standard: a longer one carries something.
const LAYOUT: &[(&[u8; 4], usize)] = &[(b"gAMA", 4), (b"cHRM", 32), (b"sRGB", 1), (b"sBIT", 4), (b"bKGD", 6), (b"pHYs", 9)];

/// Walks from the first chunk to `IEND`.
pub(super) fn walk(file: &[u8]) -> Result<Walk<'_>, Refused> {
    let mut found = Walk::new(file);
    found.bare.extend_from_slice(SIGNATURE);
    let mut rest = file.get(SIGNATURE.len()..).unwrap_or_default();
    while let Some((Chunk { name, body, whole }, after)) = chunk(rest) {
        rest = after;
        if found.width == 0 {
            if name != b"IHDR" {
                return Err(Refused::Broken);
            }
            header(body, &mut found)?;
        }
        match name {
            b"IDAT" if body.is_empty() => {}
            b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" | b"IEND" => found.bare.extend_from_slice(whole),
            _ => leave(name, body, &mut found),
        }
        if name == b"IEND" {
            if !body.is_empty() {
                found.removed.insert(Removed::Other);
            }
            found.found_trailer(rest);
            break;
        }
    }
    Ok(found)
}

struct Chunk<'a> {
    name: &'a [u8; 4],
    body: &'a [u8],
    /// With length and checksum.
    whole: &'a [u8],
}

/// The first chunk, and what follows it.
fn chunk(bytes: &[u8]) -> Option<(Chunk<'_>, &[u8])> {
    let (length, named) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (name, rest) = named.split_first_chunk::<4>()?;
    let body = rest.get(..length)?;
    let (whole, after) = bytes.split_at_checked(length.checked_add(12)?)?;
    Some((Chunk { name, body, whole }, after))
}

/// The header (11.2.1): size, and what decoding will take.
fn header(body: &[u8], found: &mut Walk) -> Result<(), Refused> {
    let [w3, w2, w1, w0, h3, h2, h1, h0, depth, colour, ..] = body else { return Err(Refused::Broken) };
    found.width = u32::from_be_bytes([*w3, *w2, *w1, *w0]);
    found.height = u32::from_be_bytes([*h3, *h2, *h1, *h0]);
    // Transparency by `tRNS` adds a channel to the first three.
    let channels = match colour {
        0 => 2,
        2 | 3 | 6 => 4,
        4 => 2,
        _ => return Err(Refused::Broken),
    };
    found.cost = 16 * channels * if *depth == 16 { 2 } else { 1 };
    if found.width == 0 { Err(Refused::Broken) } else { Ok(()) }
}

/// Names what is left behind.
fn leave<'a>(name: &[u8; 4], body: &'a [u8], found: &mut Walk<'a>) {
    let word = match name {
        _ if LAYOUT.iter().any(|(layout, longest)| *layout == name && body.len() <= *longest) => return,
        b"eXIf" => return found.found_exif(body),
        b"iTXt" if body.starts_with(b"XML:com.adobe.xmp") => return told::xmp(body, &mut found.removed),
        b"tEXt" | b"zTXt" | b"iTXt" => Removed::Text,
        b"tIME" => Removed::Time,
        b"iCCP" => Removed::Profile,
        b"acTL" | b"fcTL" | b"fdAT" => Removed::Trailer,
        _ => Removed::Other,
    };
    found.removed.insert(word);
}
