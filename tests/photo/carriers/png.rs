//! The carriers of a PNG (ISO/IEC 15948, third edition): every chunk that does not affect pixels,
//! before and after the data, unused entries of a palette, and hidden data in and after the image
//! data.

use loke::tip::Removed::{Camera, Gps, Other, Profile, Text, Thumbnail, Time, Trailer};

use super::super::make::{self, CANARY, chunk, exif};
use super::{Carrier, Writing, base64, packed};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The end of the header chunk.
const HEADER: usize = 33;
const SIZE: [u8; 8] = [0, 0, 0, 64, 0, 0, 0, 48];

/// A PNG of 64 x 48 of this colour type, from chunks and rows.
fn file(colour: u8, chunks: &[u8], data: &[u8]) -> Vec<u8> {
    [
        SIGNATURE,
        &chunk(b"IHDR", &[&SIZE[..], &[8, colour, 0, 0, 0]].concat()),
        chunks,
        data,
        &chunk(b"IEND", b""),
    ]
    .concat()
}

fn marked(head: &[u8]) -> Vec<u8> {
    [head, CANARY].concat()
}

pub(super) fn all() -> Vec<Carrier> {
    let rows: Vec<u8> = make::scene(64, 48)
        .chunks(64 * 3)
        .flat_map(|row| [&[0], row].concat())
        .collect();
    let plain = file(2, b"", &chunk(b"IDAT", &packed(&rows)));
    let mut all = Vec::new();
    for (name, told, writing, piece) in chunks() {
        let file = [&plain[..HEADER], &piece, &plain[HEADER..]].concat();
        all.push(Carrier::new(name, &told, file, &plain).written(writing));
        let end = plain.len() - 12;
        let file = [&plain[..end], &piece, &plain[end..]].concat();
        all.push(
            Carrier::new(&format!("{name}, behind the data"), &told, file, &plain).written(writing),
        );
    }
    let at_end = |bytes: &[u8]| [&plain[..], bytes].concat();
    let second = [
        &plain[..HEADER],
        &chunk(b"eXIf", &exif(1)),
        &plain[HEADER..],
    ]
    .concat();
    let closing = [&plain[..plain.len() - 12], &chunk(b"IEND", CANARY)].concat();
    all.extend([
        Carrier::new("bytes behind the end", &[Trailer], at_end(CANARY), &plain),
        Carrier::new(
            "second picture behind the end",
            &[Trailer],
            at_end(&second),
            &plain,
        ),
        Carrier::new(
            "chunk behind the end",
            &[Trailer],
            at_end(&chunk(b"tEXt", &marked(b"Comment\0"))),
            &plain,
        ),
        Carrier::new(
            "archive behind the end",
            &[Trailer],
            at_end(&marked(b"PK\x03\x04\x14\0")),
            &plain,
        ),
        Carrier::new("body of the closing chunk", &[Other], closing, &plain),
    ]);
    all.extend(in_the_data(&rows, &plain));
    all
}

/// Chunks that no pixel needs: the name, what the page reports, the canary's encoding, the bytes.
fn chunks() -> Vec<(&'static str, Vec<loke::tip::Removed>, Writing, Vec<u8>)> {
    let raw = |name: &'static str, told: &[loke::tip::Removed], piece: Vec<u8>| {
        (name, told.to_vec(), Writing::Raw, piece)
    };
    let squeezed = |head: &[u8]| [head, &packed(&CANARY.repeat(3))].concat();
    let frame = [&[0, 0, 0, 0][..], &SIZE, &[0; 14]].concat();
    let profile = format!(
        "Raw profile type exif\0\nexif\n      17\n{}\n",
        hex::encode(CANARY)
    );
    vec![
        raw("tEXt", &[Text], chunk(b"tEXt", &marked(b"Comment\0"))),
        raw(
            "tEXt keyword",
            &[Text],
            chunk(b"tEXt", &[CANARY, b"\0"].concat()),
        ),
        (
            "zTXt",
            vec![Text],
            Writing::Packed,
            chunk(b"zTXt", &squeezed(b"Comment\0\0")),
        ),
        raw("iTXt", &[Text], chunk(b"iTXt", &marked(b"Title\0\0\0\0\0"))),
        raw(
            "iTXt language",
            &[Text],
            chunk(b"iTXt", &[b"Title\0\0\0", CANARY, b"\0\0x"].concat()),
        ),
        (
            "iTXt, packed",
            vec![Text],
            Writing::Packed,
            chunk(b"iTXt", &squeezed(b"Title\0\x01\0\0\0")),
        ),
        raw(
            "XMP",
            &[Gps, Text],
            chunk(
                b"iTXt",
                &marked(b"XML:com.adobe.xmp\0\0\0\0\0exif:GPSLatitude="),
            ),
        ),
        (
            "XMP, packed",
            vec![Text],
            Writing::Packed,
            chunk(b"iTXt", &squeezed(b"XML:com.adobe.xmp\0\x01\0\0\0")),
        ),
        (
            "EXIF as ImageMagick writes it",
            vec![Text],
            Writing::Hex,
            chunk(b"tEXt", profile.as_bytes()),
        ),
        (
            "data in a text",
            vec![Text],
            Writing::Base64,
            chunk(
                b"tEXt",
                [b"Thumb\0", base64().as_bytes()].concat().as_slice(),
            ),
        ),
        raw(
            "eXIf",
            &[Gps, Camera, Time, Text, Thumbnail],
            chunk(b"eXIf", &exif(1)),
        ),
        raw("eXIf, scrambled", &[Other], chunk(b"eXIf", CANARY)),
        raw(
            "EXIF under its old name",
            &[Other],
            chunk(b"zxIf", &exif(1)),
        ),
        (
            "iCCP",
            vec![Profile],
            Writing::Packed,
            chunk(b"iCCP", &squeezed(b"Profile\0\0")),
        ),
        raw(
            "iCCP name",
            &[Profile],
            chunk(b"iCCP", &[CANARY, b"\0\0", &packed(b"profile")].concat()),
        ),
        raw(
            "tIME",
            &[Time],
            chunk(b"tIME", &marked(&[7, 0xea, 11, 21, 12, 0, 0])),
        ),
        raw(
            "sPLT name",
            &[Other],
            chunk(b"sPLT", &[CANARY, b"\0\x08"].concat()),
        ),
        raw(
            "sPLT",
            &[Other],
            chunk(b"sPLT", &[b"p\0\x08", CANARY, b"\0"].concat()),
        ),
        raw("hIST", &[Other], chunk(b"hIST", CANARY)),
        raw("pCAL", &[Other], chunk(b"pCAL", &marked(b"unit\0"))),
        raw("sCAL", &[Other], chunk(b"sCAL", &marked(b"\x011\0"))),
        raw(
            "gamma, too long",
            &[Other],
            chunk(b"gAMA", &marked(&[0, 1, 0x86, 0xa0])),
        ),
        raw("size, too long", &[Other], chunk(b"pHYs", &marked(&[0; 9]))),
        raw(
            "background, too long",
            &[Other],
            chunk(b"bKGD", &marked(&[0; 6])),
        ),
        raw(
            "colours' corners",
            &[],
            chunk(b"cHRM", &[CANARY, &[0; 15]].concat()),
        ),
        raw(
            "GIF's comment",
            &[Other],
            chunk(b"gIFx", &marked(b"XMP DataXMP")),
        ),
        raw("signature", &[Other], chunk(b"dSIG", CANARY)),
        raw("C2PA", &[Other], chunk(b"caBX", CANARY)),
        raw("private chunk", &[Other], chunk(b"prVt", CANARY)),
        raw(
            "private chunk, safe to copy",
            &[Other],
            chunk(b"prVt", CANARY),
        ),
        raw(
            "private chunk that calls itself critical",
            &[Other],
            chunk(b"PrVT", CANARY),
        ),
        raw(
            "animation's control",
            &[Trailer],
            chunk(b"acTL", &marked(&[0, 0, 0, 1, 0, 0, 0, 0])),
        ),
        raw(
            "frame's control",
            &[Trailer],
            chunk(b"fcTL", &marked(&frame)),
        ),
        (
            "frame's data",
            vec![Trailer],
            Writing::Packed,
            chunk(b"fdAT", &squeezed(&[0, 0, 0, 1])),
        ),
    ]
}

/// Carriers in the picture's own chunks.
fn in_the_data(rows: &[u8], plain: &[u8]) -> Vec<Carrier> {
    let data = chunk(b"IDAT", &packed(rows));
    let longer = chunk(b"IDAT", &packed(&[rows, CANARY].concat()));
    let spoken = chunk(b"IDAT", &[&packed(rows), CANARY].concat());
    let filler = [&data[..], &chunk(b"IDAT", CANARY)].concat();
    let strewn: Vec<u8> = CANARY
        .iter()
        .flat_map(|byte| chunk(b"IDAT", &[*byte]))
        .collect();
    // The pixels use two colours; the canary is in palette entries that no pixel uses.
    let indexed = chunk(
        b"IDAT",
        &packed(&[&[0][..], &[0, 1].repeat(32)].concat().repeat(48)),
    );
    let colours = [200, 10, 30, 20, 90, 160];
    let palette = |spare: &[u8], clear: &[u8]| {
        let chunks = [
            chunk(b"PLTE", &[&colours[..], spare].concat()),
            chunk(b"tRNS", &[&[255, 255], clear].concat()),
        ]
        .concat();
        file(3, &chunks, &indexed)
    };
    let few = palette(b"", b"");
    let suggested = chunk(b"PLTE", &marked(b"\0"));
    vec![
        Carrier::new("rows below the picture", &[], file(2, b"", &longer), plain)
            .written(Writing::Packed),
        Carrier::new(
            "bytes behind the packed data",
            &[],
            file(2, b"", &spoken),
            plain,
        ),
        Carrier::new("data chunk too many", &[], file(2, b"", &filler), plain),
        Carrier::new(
            "data chunks of one byte",
            &[],
            file(2, b"", &[&data[..], &strewn].concat()),
            plain,
        )
        .written(Writing::Strewn),
        Carrier::new(
            "palette that a true-colour picture suggests",
            &[],
            file(2, &suggested, &data),
            plain,
        ),
        Carrier::new(
            "spare colours of a palette",
            &[],
            palette(&marked(b"\0"), b""),
            &few,
        ),
        Carrier::new(
            "spare transparencies of a palette",
            &[],
            palette(&[9; 51], CANARY),
            &few,
        ),
    ]
}
