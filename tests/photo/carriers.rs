//! Every carrier of hidden data in a JPEG, PNG and WebP: for each, one file with the canary only in
//! that carrier, and the same picture without it. If a format gains a new carrier, add it here and
//! then to the walk that removes it.

mod jpeg;
mod png;
mod webp;

use std::collections::BTreeSet;
use std::io::Read as _;

use loke::tip::Removed;

use super::make::CANARY;
use super::{clean, holds, is_bare};

/// The encoding of the canary in its carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Writing {
    Raw,
    /// UTF-16, little-endian.
    WideLow,
    /// UTF-16, big-endian.
    WideHigh,
    Hex,
    Base64,
    /// Deflate in a zlib stream (RFC 1950).
    Packed,
    /// One byte in each of many places.
    Strewn,
}

/// A file with the canary in one place.
struct Carrier {
    name: String,
    writing: Writing,
    /// What the check page reports as removed. Empty if the bytes are inside the picture's own
    /// data, where only a decoder could notice them.
    told: Vec<Removed>,
    file: Vec<u8>,
    /// The same picture without the canary.
    plain: Vec<u8>,
}

impl Carrier {
    fn new(name: &str, told: &[Removed], file: Vec<u8>, plain: &[u8]) -> Self {
        Self {
            name: name.into(),
            writing: Writing::Raw,
            told: told.to_vec(),
            file,
            plain: plain.to_vec(),
        }
    }

    fn written(self, writing: Writing) -> Self {
        Self { writing, ..self }
    }
}

fn wide(order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    CANARY
        .iter()
        .flat_map(|byte| order(u16::from(*byte)))
        .collect()
}

fn base64() -> String {
    use base64::Engine as _;
    // Without the last, incomplete base64 group.
    base64::engine::general_purpose::STANDARD.encode(&CANARY[..CANARY.len() / 3 * 3])
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::ZlibEncoder::new(bytes, flate2::Compression::best())
        .read_to_end(&mut out)
        .unwrap();
    out
}

/// The encodings in which these bytes contain the canary.
fn traces(bytes: &[u8]) -> BTreeSet<Writing> {
    let needles = [
        (Writing::Raw, CANARY.to_vec()),
        (Writing::WideLow, wide(u16::to_le_bytes)),
        (Writing::WideHigh, wide(u16::to_be_bytes)),
        (Writing::Hex, hex::encode(CANARY).into_bytes()),
        (Writing::Base64, base64().into_bytes()),
    ];
    let mut found: BTreeSet<Writing> = needles
        .into_iter()
        .filter(|(_, needle)| memchr::memmem::find(bytes, needle).is_some())
        .map(|(w, _)| w)
        .collect();
    // Tries to decompress at every possible start of a zlib stream.
    let mut starts = memchr::memchr_iter(0x78, bytes).filter(|at| {
        bytes
            .get(at + 1)
            .is_some_and(|flags| (0x7800 + u16::from(*flags)) % 31 == 0)
    });
    let unpacks = |at: usize| {
        let mut out = Vec::new();
        let _ = flate2::read::ZlibDecoder::new(&bytes[at..])
            .take(1 << 20)
            .read_to_end(&mut out);
        holds(&out, CANARY)
    };
    found.extend(starts.any(unpacks).then_some(Writing::Packed));
    found
}

/// Whether the bytes contain the canary's bytes in order, at any distance: the control for the
/// `Strewn` encoding.
fn strewn(bytes: &[u8]) -> bool {
    let mut wanted = CANARY.iter();
    let mut next = wanted.next();
    bytes.iter().for_each(|byte| {
        if next == Some(byte) {
            next = wanted.next();
        }
    });
    next.is_none()
}

/// Faults of one carrier.
fn faults(carrier: &Carrier) -> Vec<String> {
    let Carrier {
        writing,
        told,
        file,
        plain,
        ..
    } = carrier;
    let planted = if *writing == Writing::Strewn {
        strewn(file)
    } else {
        traces(file).contains(writing)
    };
    let (photo, bare) = match (clean(file), clean(plain)) {
        (Ok(photo), Ok(bare)) => (photo, bare),
        (one, other) => return vec![format!("refused: {:?}, {:?}", one.err(), other.err())],
    };
    let held = [
        (
            "the control: it is there once planted, and not before",
            planted && traces(plain).is_empty(),
        ),
        ("no canary in any writing", traces(&photo.jpeg).is_empty()),
        ("no segment off the list", is_bare(&photo.jpeg) == Ok(())),
        // The whole promise: no byte of the output depends on the carrier.
        (
            "what comes out is the same as without the carrier",
            photo.jpeg == bare.jpeg,
        ),
        ("what is told", photo.removed == *told),
    ];
    let broken = held
        .into_iter()
        .filter(|(_, holds)| !holds)
        .map(|(rule, _)| rule.to_owned());
    broken
        .map(|rule| {
            if rule == "what is told" {
                format!("told: {:?}, not {told:?}", photo.removed)
            } else {
                rule
            }
        })
        .collect()
}

#[test]
fn p10_no_carrier_of_a_jpeg_png_or_webp_lets_its_canary_through() {
    let mut wrong = Vec::new();
    for (format, carriers) in [
        ("JPEG", jpeg::all()),
        ("PNG", png::all()),
        ("WebP", webp::all()),
    ] {
        wrong.extend(carriers.iter().flat_map(|carrier| {
            faults(carrier)
                .into_iter()
                .map(move |fault| format!("{format}, {}: {fault}", carrier.name))
        }));
        let writings: BTreeSet<Writing> = carriers.iter().map(|carrier| carrier.writing).collect();
        eprintln!(
            "{format}: {} carriers, written {writings:?}",
            carriers.len()
        );
        assert!(carriers.len() >= 22, "{format}: the carriers are there");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
