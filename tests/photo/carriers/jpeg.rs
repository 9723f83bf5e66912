//! The carriers of a JPEG (ITU T.81, annex B): every APPn, comments, markers that no picture needs,
//! bytes between and after segments, and hidden data inside the tables and the scan.

use loke::tip::Removed::{Camera, Gps, Other, Profile, Text, Thumbnail, Time, Trailer};

use super::super::make::{self, CANARY, directory, exif, segment};
use super::{Carrier, Writing, base64, wide};

/// The end of jpeg-encoder's header: SOI and APP0.
const HEADER: usize = 20;

pub(super) fn all() -> Vec<Carrier> {
    let plain = make::jpeg(64, 48, false);
    [
        in_front(&plain),
        notes(&plain),
        inside(&plain),
        behind(&plain),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Inserts this piece before the first table.
fn with(plain: &[u8], piece: &[u8]) -> Vec<u8> {
    [&plain[..HEADER], piece, &plain[HEADER..]].concat()
}

fn marked(head: &[u8]) -> Vec<u8> {
    [head, CANARY].concat()
}

/// Segments other than EXIF.
fn in_front(plain: &[u8]) -> Vec<Carrier> {
    let application = (0xe0..=0xef_u8).map(|code| {
        let told = if code == 0xed { Text } else { Other };
        Carrier::new(
            &format!("private APP{}", code - 0xe0),
            &[told],
            with(plain, &segment(code, &marked(b"Private\0"))),
            plain,
        )
    });
    let nowhere = [0x02, 0xbf, 0xdc, 0xde, 0xdf, 0xf0, 0xf7, 0xfd].map(|code| {
        Carrier::new(
            &format!("marker {code:02x}, which no picture needs"),
            &[Other],
            with(plain, &segment(code, CANARY)),
            plain,
        )
    });
    let pixels = [b"JFIF\0\x01\x02\0\0\x01\0\x01\x02\x03", CANARY, b"\0"].concat();
    let guid = b"0123456789ABCDEF0123456789ABCDEF\0\0\0\x40\0\0\0\0";
    let resource = |id: &[u8]| [b"Photoshop 3.0\08BIM", id, b"\0\0\0\0\0\x11", CANARY].concat();
    let iptc = [
        b"Photoshop 3.0\08BIM\x04\x04\0\0\0\0\0\x16\x1c\x02\x78\0\x11",
        CANARY,
    ]
    .concat();
    let text_in_profile = [
        b"ICC_PROFILE\0\x01\x01".as_slice(),
        &[0; 128],
        b"text\0\0\0\0",
        CANARY,
    ]
    .concat();
    let wide_in_profile = [
        b"ICC_PROFILE\0\x01\x01".as_slice(),
        &[0; 128],
        b"mluc\0\0\0\0",
        &wide(u16::to_be_bytes),
    ]
    .concat();
    let second_of_profile = [
        segment(0xe2, b"ICC_PROFILE\0\x01\x02 first"),
        segment(0xe2, &marked(b"ICC_PROFILE\0\x02\x02")),
    ]
    .concat();
    let xmp = |packet: &[u8]| segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", packet].concat());
    let small = [b"<xmpGImg:image>", base64().as_bytes()].concat();
    let segments = [
        (
            "thumbnail in the JFIF header",
            &[Thumbnail][..],
            segment(0xe0, &pixels),
        ),
        (
            "bytes behind the JFIF header",
            &[Other],
            segment(0xe0, &marked(b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0")),
        ),
        (
            "JFXX thumbnail",
            &[Thumbnail],
            segment(0xe0, &marked(b"JFXX\0\x10\xff\xd8\xff\xfe\0\x13")),
        ),
        (
            "video frame's note",
            &[Other],
            segment(0xe0, &marked(b"AVI1\0")),
        ),
        ("XMP", &[Text], xmp(&marked(b"<dc:creator>"))),
        (
            "XMP, place and phone",
            &[Gps, Camera, Time, Text],
            xmp(&marked(b"exif:GPSLatitude tiff:Make xmp:CreateDate ")),
        ),
        (
            "extended XMP",
            &[Text],
            segment(
                0xe1,
                &[b"http://ns.adobe.com/xmp/extension/\0", &guid[..], CANARY].concat(),
            ),
        ),
        ("ICC, second of two", &[Profile], second_of_profile),
        ("ICC, text", &[Profile], segment(0xe2, &text_in_profile)),
        (
            "index of several pictures (MPF)",
            &[Other],
            segment(0xe2, &marked(b"MPF\0II*\0\x08\0\0\0")),
        ),
        ("FlashPix", &[Other], segment(0xe2, &marked(b"FPXR\0"))),
        ("stereo", &[Other], segment(0xe3, &marked(b"_JPSJPS_"))),
        (
            "C2PA in JUMBF",
            &[Other],
            segment(0xeb, &marked(b"JP\0\x01\0\0\0\x01\0\0\0\x30jumb")),
        ),
        ("gain map", &[Other], segment(0xea, &marked(b"HDR_RI"))),
        (
            "Ducky",
            &[Other],
            segment(0xec, &marked(b"Ducky\0\x02\0\x11")),
        ),
        ("IPTC", &[Text], segment(0xed, &iptc)),
        (
            "Photoshop's thumbnail",
            &[Text, Thumbnail],
            segment(0xed, &resource(b"\x04\x0c")),
        ),
        (
            "Photoshop's URL",
            &[Text],
            segment(0xed, &resource(b"\x04\x0b")),
        ),
        (
            "bytes behind Adobe's colour note",
            &[Other],
            segment(0xee, &marked(b"Adobe\0\x64\0\0\0\0\x01")),
        ),
        ("comment", &[Text], segment(0xfe, CANARY)),
        (
            "second comment",
            &[Text],
            [segment(0xfe, b"first"), segment(0xfe, CANARY)].concat(),
        ),
        ("bytes between segments", &[Other], CANARY.to_vec()),
        (
            "bytes behind a marker without a body",
            &[Other],
            marked(b"\xff\x01"),
        ),
        (
            "segment behind fill bytes",
            &[Text],
            [&[0xff; 9][..], &segment(0xfe, CANARY)].concat(),
        ),
    ];
    let segments =
        segments.map(|(name, told, piece)| Carrier::new(name, told, with(plain, &piece), plain));
    let wide = [
        (
            "XMP in UTF-16",
            &[Text],
            Writing::WideLow,
            xmp(&wide(u16::to_le_bytes)),
        ),
        (
            "comment in UTF-16",
            &[Text],
            Writing::WideHigh,
            segment(0xfe, &wide(u16::to_be_bytes)),
        ),
        (
            "ICC, text in UTF-16",
            &[Profile],
            Writing::WideHigh,
            segment(0xe2, &wide_in_profile),
        ),
    ];
    let wide = wide.map(|(name, told, writing, piece)| {
        Carrier::new(name, told, with(plain, &piece), plain).written(writing)
    });
    let small = Carrier::new(
        "thumbnail in XMP",
        &[Text, Thumbnail],
        with(plain, &xmp(&small)),
        plain,
    )
    .written(Writing::Base64);
    application
        .chain(nowhere)
        .chain(segments)
        .chain(wide)
        .chain([small])
        .collect()
}

/// The carriers in EXIF, field by field.
fn notes(plain: &[u8]) -> Vec<Carrier> {
    let block = |tiff: &[u8]| with(plain, &segment(0xe1, &[b"Exif\0\0", tiff].concat()));
    let little = |tag: u16, kind: u16, value: Vec<u8>| {
        [
            b"II*\0\x08\0\0\0".to_vec(),
            directory(8, &[(tag, kind, value)], 0),
        ]
        .concat()
    };
    let place = |tag: u16| {
        let pointer = directory(8, &[(0x8825, 4, 26_u32.to_le_bytes().to_vec())], 0);
        [
            b"II*\0\x08\0\0\0".to_vec(),
            pointer,
            directory(26, &[(tag, 7, CANARY.to_vec())], 0),
        ]
        .concat()
    };
    let big = [
        b"MM\0*\0\0\0\x08\0\x01\x01\x0e\0\x02\0\0\0\x11\0\0\0\x1a\0\0\0\0",
        CANARY,
    ]
    .concat();
    let unread = [little(0x112, 3, vec![1, 0]), CANARY.to_vec()].concat();
    let second = [
        segment(0xe1, b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"),
        segment(0xe1, &[b"Exif\0\0".to_vec(), exif(1)].concat()),
    ]
    .concat();
    let name =
        |name: &str, told: &[loke::tip::Removed], file| Carrier::new(name, told, file, plain);
    let mut all = vec![
        name(
            "EXIF, everything at once",
            &[Gps, Camera, Time, Text, Thumbnail],
            block(&exif(1)),
        ),
        name("EXIF, high byte first", &[Text], block(&big)),
        name("EXIF, bytes that no note names", &[], block(&unread)),
        name("EXIF a second time", &[Other], with(plain, &second)),
        name(
            "EXIF, scrambled",
            &[Other],
            with(plain, &segment(0xe1, &marked(b"Exif\0\0junk"))),
        ),
    ];
    let tags = [
        (0x10e, Text, "caption"),
        (0x10f, Camera, "maker"),
        (0x110, Camera, "model"),
        (0x131, Camera, "software"),
        (0x132, Time, "time"),
        (0x13b, Text, "artist"),
        (0x8298, Text, "rights"),
        (0x83bb, Text, "IPTC in EXIF"),
        (0x8649, Text, "Photoshop in EXIF"),
        (0x02bc, Text, "XMP in EXIF"),
        (0x8773, Profile, "profile in EXIF"),
        (0x9003, Time, "time of the original"),
        (0x927c, Camera, "the maker's own note"),
        (0xa420, Camera, "the picture's number"),
        (0xa430, Text, "owner"),
        (0xa431, Camera, "serial number"),
        (0xc4a5, Camera, "print settings"),
        (0xea1d, Camera, "a tag that nobody knows"),
    ];
    all.extend(tags.map(|(tag, told, what)| {
        name(
            &format!("EXIF, {what}"),
            &[told],
            block(&little(tag, 2, CANARY.to_vec())),
        )
    }));
    let gps = [
        (0x1b, Gps, "how it was placed"),
        (0x1c, Gps, "the area's name"),
        (0x1d, Time, "the day"),
    ];
    all.extend(
        gps.map(|(tag, told, what)| name(&format!("GPS, {what}"), &[told], block(&place(tag)))),
    );
    let comment = [&b"UNICODE\0"[..], &wide(u16::to_le_bytes)].concat();
    let wide_notes = [
        (0x9286, comment),
        (0x9c9b, wide(u16::to_le_bytes)),
        (0x9c9c, wide(u16::to_le_bytes)),
        (0x9c9e, wide(u16::to_le_bytes)),
    ];
    all.extend(wide_notes.map(|(tag, value)| {
        name(
            &format!("EXIF, {tag:x} in UTF-16"),
            &[Text],
            block(&little(tag, 7, value)),
        )
        .written(Writing::WideLow)
    }));
    all
}

/// Inside the decoder's input: unused tables, and a scan's end.
fn inside(plain: &[u8]) -> Vec<Carrier> {
    let table = [&[3][..], CANARY, &[1; 47]].concat();
    let codes = [
        &[0x13, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 0][..],
        CANARY,
    ]
    .concat();
    let at_end = |piece: &[u8]| [&plain[..plain.len() - 2], piece, &[0xff, 0xd9]].concat();
    let steps = make::jpeg(64, 48, true);
    let last = steps
        .windows(2)
        .rposition(|two| two == [0xff, 0xda])
        .unwrap();
    let between = |piece: &[u8]| [&steps[..last], piece, &steps[last..]].concat();
    vec![
        Carrier::new(
            "quantisation table that nothing uses",
            &[],
            with(plain, &segment(0xdb, &table)),
            plain,
        ),
        Carrier::new(
            "Huffman table that nothing uses",
            &[],
            with(plain, &segment(0xc4, &codes)),
            plain,
        ),
        Carrier::new("bytes behind the last block", &[], at_end(CANARY), plain),
        Carrier::new(
            "bytes behind a restart",
            &[],
            at_end(&marked(b"\xff\xd0")),
            plain,
        ),
        Carrier::new(
            "comment behind the scan",
            &[Text],
            at_end(&segment(0xfe, CANARY)),
            plain,
        ),
        Carrier::new(
            "comment between scans",
            &[Text],
            between(&segment(0xfe, CANARY)),
            &steps,
        ),
        Carrier::new(
            "EXIF between scans",
            &[Camera],
            between(&segment(
                0xe1,
                &[b"Exif\0\0II*\0\x08\0\0\0".to_vec(), maker()].concat(),
            )),
            &steps,
        ),
    ]
}

fn maker() -> Vec<u8> {
    directory(8, &[(0x927c, 7, CANARY.to_vec())], 0)
}

/// After the picture's end.
fn behind(plain: &[u8]) -> Vec<Carrier> {
    let second = [
        &plain[..2],
        &segment(0xe1, &[b"Exif\0\0".to_vec(), exif(1)].concat()),
        &plain[2..],
    ]
    .concat();
    let trailers = [
        ("bytes behind the end", CANARY.to_vec()),
        ("bytes behind zeros", [&[0; 4_096], CANARY].concat()),
        ("second picture with a place of its own", second),
        (
            "Samsung's trailer",
            [b"SEFH\x6a\0\0\0\x01\0\0\0", CANARY, b"\x1c\0\0\0SEFT"].concat(),
        ),
        (
            "clip behind a motion photo",
            marked(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x19mdat"),
        ),
        ("archive", marked(b"PK\x03\x04\x14\0\0\0\0\0")),
        ("document", marked(b"%PDF-1.7\n1 0 obj ")),
        (
            "FotoStation's trailer",
            [CANARY, b"\xa1\xa1\0\x01\0\0\0\x1b\xa1\xa1\xa1\xa1"].concat(),
        ),
    ];
    trailers
        .into_iter()
        .map(|(name, bytes)| Carrier::new(name, &[Trailer], [plain, &bytes].concat(), plain))
        .collect()
}
