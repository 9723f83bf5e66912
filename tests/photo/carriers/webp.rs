//! The carriers of a WebP (RFC 9649): metadata chunks, unknown chunks, an animation's chunks, bytes
//! after the coded picture and after the container, and padding.

use loke::tip::Removed::{self, Camera, Gps, Other, Profile, Text, Thumbnail, Time, Trailer};

use super::super::make::{self, CANARY, exif, riff, riff_file};
use super::{Carrier, Writing, wide};

/// A lossy picture of one pixel: the body of its `VP8 ` chunk.
const PIXEL: [u8; 22] = [
    0x30, 1, 0, 0x9d, 1, 0x2a, 1, 0, 1, 0, 0x0e, 0xc0, 0xfe, 0x25, 0xa4, 0, 3, 0x70, 0, 0, 0, 0,
];

/// The extended header of 64 x 48 (or of one pixel) with these flags.
fn header(flags: u8, (width, height): (u8, u8)) -> Vec<u8> {
    riff(
        b"VP8X",
        &[flags, 0, 0, 0, width - 1, 0, 0, height - 1, 0, 0],
    )
}

fn marked(head: &[u8]) -> Vec<u8> {
    [head, CANARY].concat()
}

pub(super) fn all() -> Vec<Carrier> {
    let simple = make::webp(&make::scene(64, 48), 64, 48, image::ExtendedColorType::Rgb8);
    let coded = simple[12..].to_vec();
    let extended = || header(0x2c, (64, 48));
    let plain = riff_file(&[extended(), coded.clone()]);
    let before = |piece: Vec<u8>| riff_file(&[extended(), piece, coded.clone()]);
    let after = |piece: Vec<u8>| riff_file(&[extended(), coded.clone(), piece]);
    let row = |name: &str, told: &[Removed], file: Vec<u8>| Carrier::new(name, told, file, &plain);
    let xmp = |packet: &[u8]| riff(b"XMP ", packet);
    let mut all = vec![
        row(
            "EXIF",
            &[Gps, Camera, Time, Text, Thumbnail],
            after(riff(b"EXIF", &exif(1))),
        ),
        row(
            "EXIF before the picture",
            &[Gps, Camera, Time, Text, Thumbnail],
            before(riff(b"EXIF", &exif(1))),
        ),
        row(
            "EXIF with JPEG's prefix",
            &[Gps, Camera, Time, Text, Thumbnail],
            after(riff(b"EXIF", &[b"Exif\0\0".to_vec(), exif(1)].concat())),
        ),
        row(
            "EXIF a second time",
            &[Gps, Camera, Time, Text, Thumbnail, Other],
            after([riff(b"EXIF", &exif(1)), riff(b"EXIF", CANARY)].concat()),
        ),
        row("EXIF, scrambled", &[Other], after(riff(b"EXIF", CANARY))),
        row("XMP", &[Text], after(xmp(CANARY))),
        row(
            "XMP, place",
            &[Gps, Text],
            after(xmp(&marked(b"exif:GPSLatitude="))),
        ),
        row(
            "XMP in UTF-16",
            &[Text],
            after(xmp(&wide(u16::to_be_bytes))),
        )
        .written(Writing::WideHigh),
        row("ICCP", &[Profile], before(riff(b"ICCP", CANARY))),
        row(
            "ICCP behind the picture",
            &[Profile],
            after(riff(b"ICCP", CANARY)),
        ),
        row(
            "ICCP in UTF-16",
            &[Profile],
            before(riff(b"ICCP", &wide(u16::to_be_bytes))),
        )
        .written(Writing::WideHigh),
        row(
            "unknown chunk before the picture",
            &[Other],
            before(riff(b"prvt", CANARY)),
        ),
        row(
            "unknown chunk behind the picture",
            &[Other],
            after(riff(b"prvt", CANARY)),
        ),
        row("C2PA", &[Other], after(riff(b"C2PA", CANARY))),
        row(
            "list of RIFF's own texts",
            &[Other],
            after(riff(
                b"LIST",
                &[b"INFO".to_vec(), riff(b"IART", CANARY)].concat(),
            )),
        ),
        row(
            "loose bytes inside the container",
            &[Other],
            after(CANARY.to_vec()),
        ),
        row(
            "transparency behind the picture",
            &[Trailer],
            after(riff(b"ALPH", CANARY)),
        ),
        row(
            "second picture",
            &[Trailer],
            after(riff(b"VP8L", &marked(b"\x2f"))),
        ),
        row(
            "animation's control",
            &[Trailer],
            before(riff(b"ANIM", &marked(&[0; 6]))),
        ),
        row(
            "bytes behind the extended header",
            &[Other],
            riff_file(&[
                riff(b"VP8X", &marked(&[0x2c, 0, 0, 0, 63, 0, 0, 47, 0, 0])),
                coded.clone(),
            ]),
        ),
        row("bytes behind the container", &[Trailer], marked(&plain)),
        row(
            "second file behind the container",
            &[Trailer],
            [plain.clone(), after(riff(b"EXIF", &exif(1)))].concat(),
        ),
        row(
            "bytes behind the coded picture",
            &[],
            riff_file(&[extended(), riff(b"VP8L", &marked(&simple[20..]))]),
        ),
        row("padding of many chunks", &[Profile], before(padding())).written(Writing::Strewn),
    ];
    all.extend(moving(&coded));
    all.extend(lossy());
    all
}

/// Chunks of odd length, with one byte of the canary in the padding of each.
fn padding() -> Vec<u8> {
    CANARY
        .iter()
        .flat_map(|byte| [b"ICCP\x01\0\0\0x", &[*byte][..]].concat())
        .collect()
}

/// An animation whose first frame is the picture.
fn moving(coded: &[u8]) -> Vec<Carrier> {
    let place = [0, 0, 0, 0, 0, 0, 63, 0, 0, 47, 0, 0, 40, 0, 0, 0];
    let frame = |chunks: &[u8]| riff(b"ANMF", &[&place, chunks].concat());
    let animated = |frames: &[Vec<u8>]| {
        riff_file(&[
            header(0x02, (64, 48)),
            riff(b"ANIM", &[0; 6]),
            frames.concat(),
        ])
    };
    let plain = animated(&[frame(coded)]);
    let row = |name: &str, told: &[Removed], file: Vec<u8>| Carrier::new(name, told, file, &plain);
    vec![
        row(
            "unknown chunk in the first frame",
            &[Trailer, Other],
            animated(&[frame(&[coded, &riff(b"prvt", CANARY)].concat())]),
        ),
        row(
            "unknown chunk in the second frame",
            &[Trailer],
            animated(&[
                frame(coded),
                frame(&[&riff(b"prvt", CANARY), coded].concat()),
            ]),
        ),
        row(
            "second frame's picture",
            &[Trailer],
            animated(&[frame(coded), frame(&riff(b"VP8L", &marked(b"\x2f")))]),
        ),
        row(
            "picture behind the animation",
            &[Trailer],
            animated(&[frame(coded), riff(b"VP8L", &marked(b"\x2f"))]),
        ),
        row(
            "EXIF behind the animation",
            &[Gps, Camera, Time, Text, Thumbnail, Trailer],
            animated(&[frame(coded), riff(b"EXIF", &exif(1))]),
        ),
    ]
}

/// A lossy picture and its transparency.
fn lossy() -> Vec<Carrier> {
    let plain = riff_file(&[riff(b"VP8 ", &PIXEL)]);
    let behind = riff_file(&[riff(b"VP8 ", &marked(&PIXEL))]);
    let clear = |alpha: &[u8]| {
        riff_file(&[
            header(0x10, (1, 1)),
            riff(b"ALPH", alpha),
            riff(b"VP8 ", &PIXEL),
        ])
    };
    vec![
        Carrier::new("bytes behind the lossy picture", &[], behind, &plain),
        Carrier::new(
            "bytes behind the transparency",
            &[],
            clear(&marked(&[0, 128])),
            &clear(&[0, 128]),
        ),
    ]
}
