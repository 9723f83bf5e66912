//! The walk through a WebP (RFC 9649): one coded picture and its transparency are kept, the rest is named and left. Of an animation the
//! first frame is taken.

use super::{Refused, Walk, told};
use crate::tip::Removed;

/// The pieces that make one picture.
#[derive(Default)]
struct Picture<'a> {
    alpha: Option<&'a [u8]>,
    coded: Option<(&'a [u8; 4], &'a [u8])>,
}

/// Walks through the container.
pub(super) fn walk(file: &[u8]) -> Result<Walk<'_>, Refused> {
    let mut found = Walk::new(file);
    let size = file.get(4..).and_then(<[u8]>::first_chunk).map_or(0, |size| u32::from_le_bytes(*size) as usize);
    let end = size.saturating_add(8).min(file.len()).max(12);
    found.found_trailer(file.get(end..).unwrap_or_default());
    let mut picture = Picture::default();
    let mut rest = file.get(12..end).unwrap_or_default();
    while let Some((name, body, after)) = chunk(rest) {
        rest = after;
        match name {
            b"VP8X" if body.len() <= 10 => {}
            b"ANMF" if picture.coded.is_none() => picture = frame(body, &mut found),
            b"EXIF" => found.found_exif(body),
            b"XMP " => told::xmp(body, &mut found.removed),
            _ => picture.take(name, body, &mut found),
        }
    }
    let (name, body) = picture.coded.ok_or(Refused::Broken)?;
    (found.width, found.height) = coded_size(name, body).ok_or(Refused::Broken)?;
    // The coded planes and tables lie beside the picture.
    found.cost = 16 * 8;
    picture.write(&mut found);
    Ok(found)
}

/// The first frame of an animation: 16 bytes of place and time, then chunks.
fn frame<'a>(body: &'a [u8], found: &mut Walk<'a>) -> Picture<'a> {
    let mut picture = Picture::default();
    let mut rest = body.get(16..).unwrap_or_default();
    while let Some((name, body, after)) = chunk(rest) {
        rest = after;
        picture.take(name, body, found);
    }
    picture
}

impl<'a> Picture<'a> {
    fn take(&mut self, name: &'a [u8; 4], body: &'a [u8], found: &mut Walk) {
        let word = match name {
            b"VP8 " | b"VP8L" if self.coded.is_none() => {
                self.coded = Some((name, body));
                return;
            }
            b"ALPH" if self.alpha.is_none() && self.coded.is_none() => {
                self.alpha = Some(body);
                return;
            }
            b"ICCP" => Removed::Profile,
            b"ANIM" | b"ANMF" | b"VP8 " | b"VP8L" | b"ALPH" => Removed::Trailer,
            _ => Removed::Other,
        };
        found.removed.insert(word);
    }

    /// Writes the picture as a file of its own: the simple layout, or the extended one where transparency lies beside it.
    fn write(&self, found: &mut Walk) {
        let Some((name, body)) = self.coded else { return };
        let bare = &mut *found.bare;
        bare.extend_from_slice(b"RIFF\0\0\0\0WEBP");
        if let (Some(alpha), b"VP8 ") = (self.alpha, name) {
            let (width, height) = ((found.width - 1).to_le_bytes(), (found.height - 1).to_le_bytes());
            let [[w0, w1, w2, _], [h0, h1, h2, _]] = [width, height];
            put(bare, b"VP8X", &[0x10, 0, 0, 0, w0, w1, w2, h0, h1, h2]);
            put(bare, b"ALPH", alpha);
        }
        put(bare, name, body);
        let size = u32::try_from(bare.len() - 8).unwrap_or(u32::MAX).to_le_bytes();
        if let Some(place) = bare.get_mut(4..8) {
            place.copy_from_slice(&size);
        }
    }
}

/// A chunk's name, body, and what follows it. Bodies are padded to even length; a last one that is cut short is given as it is.
fn chunk(bytes: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let (name, rest) = bytes.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = (u32::from_le_bytes(*length) as usize).min(rest.len());
    let (body, after) = rest.split_at_checked(length)?;
    Some((name, body, after.get(length % 2..).unwrap_or_default()))
}

fn put(out: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
}

/// The size that the coded picture itself names: VP8 by RFC 6386 section 9.1, lossless by RFC 9649 section 3.4.
fn coded_size(name: &[u8; 4], body: &[u8]) -> Option<(u32, u32)> {
    let (width, height) = if name == b"VP8L" {
        let bits = u32::from_le_bytes(*body.get(1..)?.first_chunk()?);
        ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)
    } else {
        let [w0, w1, h0, h1] = *body.get(6..)?.first_chunk()?;
        (u32::from(u16::from_le_bytes([w0, w1]) & 0x3fff), u32::from(u16::from_le_bytes([h0, h1]) & 0x3fff))
    };
    (width > 0 && height > 0).then_some((width, height))
}
