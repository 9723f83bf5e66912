//! Detects the format of a file by its first bytes. File names and content types from a browser are
//! never trusted.

use super::PhotoRefused;

/// A supported format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// ITU T.81.
    Jpeg,
    /// ISO/IEC 15948, including APNG.
    Png,
    /// RFC 9649.
    Webp,
}

/// First bytes of formats that are refused by name.
const OTHERS: &[(&[u8], &str)] = &[
    (b"GIF8", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"BM", "BMP"),
    (b"%PDF", "PDF"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"8BPS", "Photoshop"),
    (b"<svg", "SVG"),
    (b"<?xml", "SVG"),
    (b"\x1a\x45\xdf\xa3", "video"),
    (b"\0\0\x01\xba", "video"),
    (b"PK\x03\x04", "a document"),
    (b"\xd0\xcf\x11\xe0", "a document"),
    (b"\0\0\x01\0", "an icon"),
];

/// Detects the format of a file.
///
/// # Errors
/// If the format is not supported.
pub(super) fn of(file: &[u8]) -> Result<Kind, PhotoRefused> {
    if file.starts_with(&[0xff, 0xd8, 0xff]) {
        return Ok(Kind::Jpeg);
    }
    if file.starts_with(super::png::SIGNATURE) {
        return Ok(Kind::Png);
    }
    if let Some(rest) = file.strip_prefix(b"RIFF") {
        return match rest.get(4..8) {
            Some(b"WEBP") => Ok(Kind::Webp),
            Some(b"AVI ") => Err(PhotoRefused::OtherFormat("video")),
            _ => Err(PhotoRefused::NotAnImage),
        };
    }
    if let Some(b"ftyp") = file.get(4..8) {
        return Err(boxed(file));
    }
    let other = OTHERS.iter().find(|(first, _)| file.starts_with(first));
    Err(other.map_or(PhotoRefused::NotAnImage, |(_, word)| {
        PhotoRefused::OtherFormat(word)
    }))
}

/// Names an ISO base media format (ISO/IEC 14496-12) by its major brand, then by its compatible
/// brands.
fn boxed(file: &[u8]) -> PhotoRefused {
    let length = file
        .first_chunk()
        .map_or(0, |size| u32::from_be_bytes(*size) as usize)
        .min(256);
    let brands = || file.get(8..length).unwrap_or_default().chunks_exact(4);
    if brands().any(|brand| matches!(brand, b"avif" | b"avis")) {
        PhotoRefused::OtherFormat("AVIF")
    } else if brands().any(|brand| {
        matches!(
            brand,
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1"
        )
    }) {
        PhotoRefused::Heic
    } else {
        PhotoRefused::OtherFormat("video")
    }
}
