//! Promise P10: a photo is only pixels. No planted data comes out, an upright photo stays upright,
//! a hostile file costs little.

mod carriers;
mod cases;
mod colour;
mod compare;
mod corpus;
pub(crate) mod cover;
mod hostile;
pub(crate) mod make;
mod memory;
mod page;
mod pending;

use std::sync::OnceLock;
use std::time::Duration;

use loke::photo::{Cleaner, MAX_BYTES, MAX_CLEAN_BYTES, PhotoRefused, clean_now};
use loke::tip::{Photo, Removed};
use make::CANARY;
use zeroize::Zeroizing;

fn clean(bytes: &[u8]) -> Result<Photo, PhotoRefused> {
    clean_now(Zeroizing::new(bytes.to_vec()))
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(bytes, needle).is_some()
}

/// CPU time of this thread: independent of other load on the machine.
fn cpu() -> Duration {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(spent.split(' ').next().unwrap().parse().unwrap())
}

/// The cost of a plain photo of 12 megapixels on this machine and in this build. Other costs are
/// measured against it, so that no test depends on a clock.
fn plain_photo() -> Duration {
    static COST: OnceLock<Duration> = OnceLock::new();
    *COST.get_or_init(|| {
        let file = make::jpeg(4_000, 3_000, false);
        let once = || {
            let start = cpu();
            clean(&file).unwrap();
            cpu() - start
        };
        (0..3).map(|_| once()).min().unwrap()
    })
}

/// How many plain photos any file may cost at most. One takes a tenth of a second of an idle core,
/// as the bench shows.
const MOST_PHOTOS: u32 = 10;

/// Checks a cleaned photo: only the allowed segments, a plain JFIF header, nothing after the end.
pub(crate) fn is_bare(jpeg: &[u8]) -> Result<(), String> {
    let mut at = 2;
    let mut seen = Vec::new();
    if jpeg.len() > MAX_CLEAN_BYTES || !jpeg.starts_with(&[0xff, 0xd8]) {
        return Err(format!("{} bytes", jpeg.len()));
    }
    loop {
        let [0xff, code] = jpeg[at..at + 2] else {
            return Err(format!("no marker at {at}"));
        };
        seen.push(code);
        if code == 0xd9 {
            return if at + 2 == jpeg.len() && seen.contains(&0xda) {
                Ok(())
            } else {
                Err("bytes after the end".into())
            };
        }
        let length = usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        let body = &jpeg[at + 4..at + 2 + length];
        if !matches!(code, 0xe0 | 0xdb | 0xc0 | 0xc4 | 0xda)
            || code == 0xe0 && body != b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0"
        {
            return Err(format!("segment {code:02x} {body:?}"));
        }
        at += 2 + length;
        if code == 0xda {
            at += jpeg[at..]
                .windows(2)
                .position(|two| two[0] == 0xff && !matches!(two[1], 0 | 0xd0..=0xd7))
                .ok_or("no end")?;
        }
    }
}

/// Size and RGB pixels of a JPEG, without applying a rotation.
fn pixels(jpeg: &[u8]) -> (usize, usize, Vec<u8>) {
    let options = zune_core::options::DecoderOptions::default()
        .jpeg_set_out_colorspace(zune_core::colorspace::ColorSpace::RGB);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(
        zune_core::bytestream::ZCursor::new(jpeg),
        options,
    );
    let bytes = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    (width, height, bytes)
}

/// The mean difference of two pictures' samples; `None` if their sizes differ.
fn difference(one: &[u8], other: &[u8]) -> Option<f64> {
    let ((w1, h1, a), (w2, h2, b)) = (pixels(one), pixels(other));
    ((w1, h1) == (w2, h2)).then(|| {
        a.iter()
            .zip(&b)
            .map(|(x, y)| f64::from(x.abs_diff(*y)))
            .sum::<f64>()
            / a.len() as f64
    })
}

#[test]
fn p10_no_canary_from_any_carrier_comes_out_and_what_was_removed_is_told() {
    for (name, dirty) in [
        ("jpeg", make::dirty_jpeg()),
        ("png", make::dirty_png()),
        ("webp", make::dirty_webp()),
    ] {
        assert!(
            holds(&dirty, CANARY) && is_bare(&dirty).is_err(),
            "the control: {name} is dirty before"
        );
        let photo = clean(&dirty).unwrap();
        assert!(
            !holds(&photo.jpeg, CANARY) && !holds(&photo.jpeg, &CANARY[..6]),
            "{name}"
        );
        assert_eq!(is_bare(&photo.jpeg), Ok(()), "{name}");
        assert_eq!(photo.removed, Removed::ALL, "{name}");
        assert_eq!(pixels(&photo.jpeg).0, 320, "{name}");
    }
    let plain = clean(&make::jpeg(320, 200, false)).unwrap();
    assert_eq!(
        plain.removed,
        [],
        "the control: nothing is told where nothing was"
    );
    assert!(difference(&plain.jpeg, &make::jpeg(320, 200, false)).unwrap() < 4.0);
}

#[test]
fn p10_what_is_told_fits_what_was_there() {
    let plain = make::jpeg(64, 48, false);
    let with = |segments: &[Vec<u8>]| {
        clean(&[&plain[..2], &segments.concat(), &plain[2..]].concat())
            .unwrap()
            .removed
            .clone()
    };
    let exif = |entries: &[(u16, u16, Vec<u8>)]| {
        let block = [
            b"Exif\0\0II*\0\x08\0\0\0".to_vec(),
            make::directory(8, entries, 0),
        ]
        .concat();
        with(&[make::segment(0xe1, &block)])
    };
    assert_eq!(
        exif(&[(0x112, 3, vec![1, 0]), (0x11a, 5, vec![1; 8])]),
        [],
        "layout alone"
    );
    assert_eq!(
        exif(&[(0x10e, 2, b"          \0".to_vec())]),
        [],
        "a blank caption"
    );
    assert_eq!(exif(&[(0x10e, 2, b"My door\0".to_vec())]), [Removed::Text]);
    assert_eq!(
        exif(&[(0x132, 2, b"2026:11:21 10:00:00\0".to_vec())]),
        [Removed::Time]
    );
    assert_eq!(
        exif(&[(0x110, 2, b"Phone 9\0".to_vec())]),
        [Removed::Camera]
    );
    assert_eq!(with(&[make::segment(0xfe, b"hello")]), [Removed::Text]);
    assert_eq!(
        with(&[make::segment(0xe2, b"ICC_PROFILE\0\x01\x01xyz")]),
        [Removed::Profile]
    );
    // Metadata that cannot be read is reported as `Other`, and the photo is accepted.
    for broken in [
        &b"Exif\0\0"[..],
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x01",
        b"Exif\0\0junk",
    ] {
        assert_eq!(with(&[make::segment(0xe1, broken)]), [Removed::Other]);
    }
    let zeros = [&plain[..], &[0; 900]].concat();
    assert_eq!(
        clean(&zeros).unwrap().removed,
        [],
        "padding is not a trailer"
    );
}

#[test]
fn p10_every_kind_of_colour_comes_out_right() {
    use image::ExtendedColorType::{L8, L16, La8, Rgb16, Rgba8, Rgba16};
    let flat = |file: Vec<u8>| {
        let photo = clean(&file).unwrap();
        assert_eq!(is_bare(&photo.jpeg), Ok(()));
        let (.., bytes) = pixels(&photo.jpeg);
        [bytes[3 * 900], bytes[3 * 900 + 1], bytes[3 * 900 + 2]]
    };
    let near = |got: [u8; 3], want: [u8; 3], what: &str| {
        assert!(
            got.iter().zip(want).all(|(a, b)| a.abs_diff(b) < 6),
            "{what}: {got:?}, not {want:?}"
        )
    };
    let fill = |pixel: &[u8]| pixel.repeat(40 * 40);
    let wide = |pixel: &[u16]| {
        pixel
            .iter()
            .flat_map(|v| v.to_ne_bytes())
            .collect::<Vec<u8>>()
            .repeat(40 * 40)
    };
    near(
        flat(make::png(&fill(&[200, 10, 30, 255]), 40, 40, Rgba8)),
        [200, 10, 30],
        "opaque",
    );
    near(
        flat(make::png(&fill(&[200, 10, 30, 0]), 40, 40, Rgba8)),
        [255; 3],
        "transparent is white",
    );
    near(
        flat(make::png(&fill(&[200, 10, 30, 128]), 40, 40, Rgba8)),
        [227, 132, 142],
        "half",
    );
    near(
        flat(make::webp(&fill(&[200, 10, 30, 0]), 40, 40, Rgba8)),
        [255; 3],
        "WebP, transparent",
    );
    near(
        flat(make::webp(&fill(&[200, 10, 30, 255]), 40, 40, Rgba8)),
        [200, 10, 30],
        "WebP, opaque",
    );
    near(flat(make::png(&fill(&[77]), 40, 40, L8)), [77; 3], "grey");
    near(
        flat(make::png(&fill(&[77, 0]), 40, 40, La8)),
        [255; 3],
        "grey, transparent",
    );
    near(
        flat(make::png(&wide(&[40_000]), 40, 40, L16)),
        [156; 3],
        "16-bit grey",
    );
    near(
        flat(make::png(&wide(&[40_000, 1_000, 60_000]), 40, 40, Rgb16)),
        [156, 3, 234],
        "16-bit",
    );
    near(
        flat(make::png(
            &wide(&[40_000, 1_000, 60_000, 0]),
            40,
            40,
            Rgba16,
        )),
        [255; 3],
        "16-bit, transparent",
    );
    near(flat(make::black_png(40, 40, 1, 0, 1)), [0; 3], "1-bit");
    let jpeg = |pixel: &[u8], colours| make::coded(&fill(pixel), 40, 40, colours, false);
    near(
        flat(jpeg(&[77], jpeg_encoder::ColorType::Luma)),
        [77; 3],
        "grey JPEG",
    );
    near(
        flat(jpeg(&[0, 255, 255, 0], jpeg_encoder::ColorType::Cmyk)),
        [255, 0, 0],
        "CMYK",
    );
    near(
        flat(jpeg(&[255, 0, 255, 0], jpeg_encoder::ColorType::CmykAsYcck)),
        [0, 255, 0],
        "YCCK",
    );
    near(
        flat(make::coded(
            &fill(&[20, 200, 90]),
            40,
            40,
            jpeg_encoder::ColorType::Rgb,
            true,
        )),
        [20, 200, 90],
        "progressive",
    );
}

#[test]
fn p10_every_output_fits_and_is_no_larger_than_it_should_be() {
    let noise = |width: usize, height: usize| {
        let mut state = 7_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        (0..width * height * 3).map(|_| next()).collect::<Vec<u8>>()
    };
    let worst = make::png(
        &noise(1_900, 1_900),
        1_900,
        1_900,
        image::ExtendedColorType::Rgb8,
    );
    let photo = clean(&worst).unwrap();
    assert!(
        photo.jpeg.len() <= MAX_CLEAN_BYTES && photo.jpeg.len() > MAX_CLEAN_BYTES / 4,
        "{}",
        photo.jpeg.len()
    );
    for (file, size) in [
        ((4_000, 3_000), (2_000, 1_500)),
        ((3_000, 1_000), (3_000, 1_000)),
        ((8_000, 1_000), (5_016, 628)),
        ((1_080, 16_000), (540, 8_000)),
        ((16_000, 1), (16_000, 1)),
        ((3_001, 2_999), (1_774, 1_774)),
        ((1, 1), (1, 1)),
    ] {
        let (width, height, _) = pixels(&clean(&make::jpeg(file.0, file.1, false)).unwrap().jpeg);
        assert_eq!((width, height), size);
    }
}

#[test]
fn every_way_that_exif_turns_a_photo_ends_upright() {
    let upright = make::jpeg(320, 200, false);
    let reference = clean(&upright).unwrap().jpeg.clone();
    let rgb = image::RgbImage::from_raw(320, 200, make::scene(320, 200)).unwrap();
    for value in 1..=8_u8 {
        // Stored rotated, so that the orientation value makes it upright.
        let mut stored = image::DynamicImage::ImageRgb8(rgb.clone());
        let back = match value {
            6 => 8,
            8 => 6,
            same => same,
        };
        stored.apply_orientation(image::metadata::Orientation::from_exif(back).unwrap());
        let (width, height) = (stored.width(), stored.height());
        let plain = make::coded(
            stored.as_bytes(),
            width as u16,
            height as u16,
            jpeg_encoder::ColorType::Rgb,
            false,
        );
        let note = make::segment(
            0xe1,
            &[b"Exif\0\0".to_vec(), make::exif(value.into())].concat(),
        );
        let jpeg = clean(&[&plain[..2], &note, &plain[2..]].concat())
            .unwrap()
            .jpeg
            .clone();
        assert!(
            difference(&jpeg, &reference).is_some_and(|d| d < 6.0),
            "JPEG, {value}"
        );
        assert_eq!(
            value == 1,
            difference(&clean(&plain).unwrap().jpeg, &reference).is_some_and(|d| d < 6.0),
            "the control, {value}"
        );
        let plain = make::png(
            stored.as_bytes(),
            width,
            height,
            image::ExtendedColorType::Rgb8,
        );
        let png = clean(
            &[
                &plain[..33],
                &make::chunk(b"eXIf", &make::exif(value.into())),
                &plain[33..],
            ]
            .concat(),
        )
        .unwrap()
        .jpeg
        .clone();
        assert!(
            difference(&png, &reference).is_some_and(|d| d < 6.0),
            "PNG, {value}"
        );
        let plain = make::webp(
            stored.as_bytes(),
            width,
            height,
            image::ExtendedColorType::Rgb8,
        );
        let webp = make::riff_file(&[
            plain[12..].to_vec(),
            make::riff(b"EXIF", &make::exif(value.into())),
        ]);
        assert!(
            difference(&clean(&webp).unwrap().jpeg, &reference).is_some_and(|d| d < 6.0),
            "WebP, {value}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn photos_wait_their_turn_and_too_many_are_told_to_come_back() {
    let cleaner = Cleaner::new(1);
    let large = [make::jpeg(1_200, 900, false), vec![7; 11 << 20]].concat();
    let all: Vec<_> = (0..16)
        .map(|_| {
            let (cleaner, bytes) = (cleaner.clone(), Zeroizing::new(large.clone()));
            tokio::spawn(async move { cleaner.clean(bytes).await.map(|photo| photo.jpeg.len()) })
        })
        .collect();
    let mut answers = Vec::new();
    for one in all {
        answers.push(one.await.unwrap());
    }
    assert!(
        answers.iter().any(Result::is_ok)
            && answers
                .iter()
                .all(|a| a.is_ok() || *a == Err(PhotoRefused::Busy)),
        "{answers:?}"
    );
    assert!(
        answers.iter().filter(|a| a.is_ok()).count() >= 5,
        "those that found room were served: {answers:?}"
    );
    assert!(
        cleaner.clean(Zeroizing::new(large)).await.is_ok(),
        "and room comes back"
    );
    assert_eq!(
        cleaner
            .clean(Zeroizing::new(vec![0xff; MAX_BYTES + 1]))
            .await
            .err(),
        Some(PhotoRefused::TooManyBytes)
    );
}
