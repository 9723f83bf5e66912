//! Photos made for the tests: small pictures, and every carrier of a JPEG, PNG and WebP that a
//! canary can be planted in.

use image::ImageEncoder as _;
use image::codecs::{png::PngEncoder, webp::WebPEncoder};
use jpeg_encoder::{ColorType, Encoder};

/// The planted text that must not come out.
pub(crate) const CANARY: &[u8] = b"CANARY-heron-4711";

/// A picture with a gradient, a bright corner and some grain, three bytes per pixel.
pub(super) fn scene(width: usize, height: usize) -> Vec<u8> {
    let mut grain = 1_u32;
    let mut out = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (grain >> 28) as u8;
            let wave = (((x / 16 + y / 24) % 7) * 18) as u8;
            let corner = if x < width / 4 && y < height / 4 {
                60
            } else {
                0
            };
            out.extend([
                (x * 100 / width) as u8 + wave + noise,
                (y * 100 / height) as u8 + corner + noise,
                90 + wave / 2 + noise,
            ]);
        }
    }
    out
}

pub(crate) fn jpeg(width: u16, height: u16, progressive: bool) -> Vec<u8> {
    coded(
        &scene(width.into(), height.into()),
        width,
        height,
        ColorType::Rgb,
        progressive,
    )
}

pub(super) fn coded(
    bytes: &[u8],
    width: u16,
    height: u16,
    colours: ColorType,
    progressive: bool,
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 89);
    encoder.set_progressive(progressive);
    if colours == ColorType::Cmyk {
        // CMYK is stored without subsampling, as Photoshop does.
        encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_1_1);
    }
    encoder.encode(bytes, width, height, colours).unwrap();
    out
}

pub(super) fn png(
    bytes: &[u8],
    width: u32,
    height: u32,
    colours: image::ExtendedColorType,
) -> Vec<u8> {
    let mut out = Vec::new();
    PngEncoder::new(&mut out)
        .write_image(bytes, width, height, colours)
        .unwrap();
    out
}

pub(super) fn webp(
    bytes: &[u8],
    width: u32,
    height: u32,
    colours: image::ExtendedColorType,
) -> Vec<u8> {
    let mut out = Vec::new();
    WebPEncoder::new_lossless(&mut out)
        .encode(bytes, width, height, colours)
        .unwrap();
    out
}

/// A picture generated row by row: as large as a camera's, without its pixels in memory.
struct Rows(u16, u16);

impl jpeg_encoder::ImageBuffer for Rows {
    fn get_jpeg_color_type(&self) -> jpeg_encoder::JpegColorType {
        jpeg_encoder::JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.0
    }

    fn height(&self) -> u16 {
        self.1
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let y = u32::from(y);
        let mut grain = y;
        for x in 0..u32::from(self.0) {
            grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            buffers[0].push((((x / 64) ^ (y / 48)) as u8 & 127) + (grain >> 28) as u8);
            buffers[1].push((x / 200) as u8);
            buffers[2].push((y / 200) as u8);
        }
    }
}

/// A large JPEG with half-resolution chroma, as phones write them.
pub(super) fn large_jpeg(width: u16, height: u16, progressive: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 85);
    encoder.set_progressive(progressive);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
    encoder.encode_image(Rows(width, height)).unwrap();
    out
}

/// One JPEG segment.
pub(super) fn segment(code: u8, body: &[u8]) -> Vec<u8> {
    [
        &[0xff, code],
        &(body.len() as u16 + 2).to_be_bytes()[..],
        body,
    ]
    .concat()
}

/// A progressive JPEG with this many additional refinement scans, each a few bytes long, which
/// visit every block of the picture.
pub(super) fn refined(file: &[u8], blocks: usize, scans: usize) -> Vec<u8> {
    let bits: Vec<bool> = (0..blocks.div_ceil(32_767))
        .flat_map(|_| std::iter::once(false).chain([true; 14]))
        .collect();
    let bytes = bits.chunks(8).map(|byte| {
        (0..8).fold(0, |n, i| {
            n << 1 | u8::from(byte.get(i).copied().unwrap_or(true))
        })
    });
    let data: Vec<u8> = bytes
        .flat_map(|byte| {
            if byte == 0xff {
                vec![0xff, 0]
            } else {
                vec![byte]
            }
        })
        .collect();
    let frame = file.windows(2).position(|two| two == [0xff, 0xc2]).unwrap();
    let table = segment(0xc4, &[&[0x13, 1][..], &[0; 15], &[0xe0]].concat());
    let scan = [
        segment(0xda, &[1, file[frame + 10], 0x03, 1, 63, 0x10]),
        data,
    ]
    .concat();
    [
        &file[..file.len() - 2],
        &table,
        &scan.repeat(scans),
        &[0xff, 0xd9],
    ]
    .concat()
}

/// One PNG chunk with its checksum.
pub(super) fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let named = [&name[..], body].concat();
    let crc = !named.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| {
            c >> 1 ^ if c & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    });
    [
        &(body.len() as u32).to_be_bytes()[..],
        &named,
        &crc.to_be_bytes(),
    ]
    .concat()
}

/// One WebP chunk, padded.
pub(super) fn riff(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [
        &name[..],
        &(body.len() as u32).to_le_bytes(),
        body,
        &[0][..body.len() % 2],
    ]
    .concat()
}

/// A WebP file of these chunks.
pub(super) fn riff_file(chunks: &[Vec<u8>]) -> Vec<u8> {
    riff(b"RIFF", &[b"WEBP".to_vec(), chunks.concat()].concat())
}

/// A zlib stream (RFC 1950, 1951) of `1 + 258 * runs` zeros in 13 bits for each run.
pub(super) fn zeros(runs: usize) -> Vec<u8> {
    let (mut out, mut bits, mut held) = (vec![0x78, 0x9c], 0_u64, 0);
    let mut put = |code: u64, length: u32| {
        bits |= code << held;
        held += length;
        while held >= 8 {
            out.push(bits as u8);
            bits >>= 8;
            held -= 8;
        }
    };
    put(0b011, 3); // last block, fixed codes
    put(0b0000_1100, 8); // literal 0 (its code with the first bit lowest)
    (0..runs).for_each(|_| put(0b1010_0011, 13)); // length 258, distance 1
    put(0, 14); // end of block, and room for the last bits
    let length = 1 + 258 * runs;
    out.extend((((length % 65_521) as u32) << 16 | 1).to_be_bytes());
    out
}

/// A PNG with this header, whose data are zeros.
pub(super) fn black_png(width: u32, height: u32, depth: u8, colour: u8, runs: usize) -> Vec<u8> {
    let header = [
        &width.to_be_bytes()[..],
        &height.to_be_bytes(),
        &[depth, colour, 0, 0, 0],
    ]
    .concat();
    let parts = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"IDAT", &zeros(runs)),
        chunk(b"IEND", b""),
    ];
    parts.concat()
}

/// An EXIF block (little-endian TIFF): every text field, the maker note, the position and the
/// thumbnail contain the canary.
pub(super) fn exif(orientation: u16) -> Vec<u8> {
    let text = |tag: u16, kind: u16| (tag, kind, CANARY.to_vec());
    let comment = [b"ASCII\0\0\0", CANARY].concat();
    let inner = [
        text(0x9003, 2),
        (0x9286, 7, comment),
        text(0x927c, 7),
        text(0xa430, 2),
        text(0xa431, 2),
    ];
    let place = [
        (1, 2, b"N\0".to_vec()),
        (
            2,
            5,
            [1_u32, 7, 2, 9, 3, 11]
                .iter()
                .flat_map(|n| n.to_le_bytes())
                .collect(),
        ),
        text(0x1d, 2),
    ];
    let thumbnail = [b"\xff\xd8\xff\xfe\x00\x13", CANARY, b"\xff\xd9"].concat();
    let pointers = |exif: u32, gps: u32| {
        [
            (0x8769, 4, exif.to_le_bytes().to_vec()),
            (0x8825, 4, gps.to_le_bytes().to_vec()),
        ]
    };
    let texts = [
        text(0x10e, 2),
        text(0x10f, 2),
        (0x112, 3, orientation.to_le_bytes().to_vec()),
        text(0x131, 2),
        text(0x132, 2),
        text(0x13b, 2),
    ];
    let build = |exif: u32, gps: u32, next: u32, last: u32| {
        let first = directory(8, &[&texts[..], &pointers(exif, gps)].concat(), next);
        let inner = directory(exif, &inner, 0);
        let place = directory(gps, &place, 0);
        let small = directory(
            next,
            &[
                (0x201, 4, last.to_le_bytes().to_vec()),
                (0x202, 4, (thumbnail.len() as u32).to_le_bytes().to_vec()),
            ],
            0,
        );
        [first, inner, place, small]
    };
    let sizes = build(0, 0, 0, 0).map(|part| part.len() as u32);
    let at = [
        8 + sizes[0],
        8 + sizes[0] + sizes[1],
        8 + sizes[0] + sizes[1] + sizes[2],
        8 + sizes.iter().sum::<u32>(),
    ];
    [
        b"II*\0\x08\0\0\0".to_vec(),
        build(at[0], at[1], at[2], at[3]).concat(),
        thumbnail,
    ]
    .concat()
}

/// One directory at offset `at`: its entries, then their longer values.
pub(super) fn directory(at: u32, entries: &[(u16, u16, Vec<u8>)], next: u32) -> Vec<u8> {
    let (mut out, mut values) = (
        (entries.len() as u16).to_le_bytes().to_vec(),
        Vec::<u8>::new(),
    );
    for (tag, kind, value) in entries {
        let size = match kind {
            3 => 2,
            4 => 4,
            5 => 8,
            _ => 1,
        };
        out.extend(
            [
                &tag.to_le_bytes()[..],
                &kind.to_le_bytes(),
                &((value.len() / size) as u32).to_le_bytes(),
            ]
            .concat(),
        );
        if value.len() <= 4 {
            out.extend(value.iter().copied().chain([0; 4]).take(4));
        } else {
            out.extend((at + 6 + entries.len() as u32 * 12 + values.len() as u32).to_le_bytes());
            values.extend(value);
        }
    }
    out.extend(next.to_le_bytes());
    out.extend(values);
    out
}

/// A JPEG with the canary in every carrier.
pub(crate) fn dirty_jpeg() -> Vec<u8> {
    dirtied(&jpeg(320, 200, false))
}

/// This JPEG with the canary in every carrier.
pub(crate) fn dirtied(clean: &[u8]) -> Vec<u8> {
    let marked = |head: &[u8]| [head, CANARY].concat();
    let carriers = [
        segment(0xe0, &marked(b"JFXX\0\x10")),
        segment(0xe1, &[b"Exif\0\0".to_vec(), exif(1)].concat()),
        segment(
            0xe1,
            &marked(b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta tiff:Make="),
        ),
        segment(0xe1, &marked(b"http://ns.adobe.com/xmp/extension/\0")),
        segment(0xe2, &marked(b"ICC_PROFILE\0\x01\x01")),
        segment(0xe2, &marked(b"MPF\0")),
        segment(0xed, &marked(b"Photoshop 3.0\08BIM\x04\x04\0\0\0\0\0\x11")),
        segment(0xee, &marked(b"Adobe\0\x64\0\0\0\0\x01")),
        segment(0xfe, CANARY),
    ];
    let private = (0xe3..=0xef)
        .filter(|code| !matches!(code, 0xed | 0xee))
        .map(|code| segment(code, &marked(b"Private\0")));
    let second = [
        &clean[..2],
        &segment(0xe1, &[b"Exif\0\0".to_vec(), exif(1)].concat()),
        &clean[2..],
    ]
    .concat();
    [
        &clean[..2],
        &carriers.concat(),
        &private.flatten().collect::<Vec<u8>>(),
        &clean[2..],
        CANARY,
        &second,
    ]
    .concat()
}

/// A PNG with the canary in every carrier, before and after its data.
pub(super) fn dirty_png() -> Vec<u8> {
    let clean = png(&scene(320, 200), 320, 200, image::ExtendedColorType::Rgb8);
    let marked = |head: &[u8]| [head, CANARY].concat();
    let carriers = [
        chunk(b"tEXt", &marked(b"Comment\0")),
        chunk(b"zTXt", &marked(b"Comment\0\0")),
        chunk(b"iTXt", &marked(b"Title\0\0\0\0\0")),
        chunk(
            b"iTXt",
            &marked(b"XML:com.adobe.xmp\0\0\0\0\0exif:GPSLatitude="),
        ),
        chunk(b"eXIf", &exif(1)),
        chunk(b"tIME", &marked(b"")),
        chunk(b"iCCP", &marked(b"Profile\0\0")),
        chunk(b"caBX", &marked(b"")),
        chunk(b"prVt", &marked(b"")),
    ]
    .concat();
    let (before, after) = (33, clean.len() - 12);
    [
        &clean[..before],
        &carriers,
        &clean[before..after],
        &carriers,
        &clean[after..],
        CANARY,
        &clean,
    ]
    .concat()
}

/// A WebP with the canary in every carrier.
pub(super) fn dirty_webp() -> Vec<u8> {
    let clean = webp(&scene(320, 200), 320, 200, image::ExtendedColorType::Rgb8);
    let extended = riff(b"VP8X", &[0x2c, 0, 0, 0, 63, 1, 0, 199, 0, 0]);
    let carriers = [
        riff(b"EXIF", &exif(1)),
        riff(b"XMP ", CANARY),
        riff(b"prvt", CANARY),
    ];
    let file = riff_file(&[
        extended,
        riff(b"ICCP", CANARY),
        clean[12..].to_vec(),
        carriers.concat(),
    ]);
    [&file[..], CANARY].concat()
}
