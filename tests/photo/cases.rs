//! Regression tests for photos that once came out wrong: `cases/` contains one file for each kind
//! of fault, made for this purpose.

use image::metadata::Orientation;

use loke::photo::MAX_CLEAN_BYTES;

use super::compare::djpeg;
use super::{clean, difference, make, pixels};

pub(super) fn case(name: &str) -> Vec<u8> {
    std::fs::read(format!(
        "{}/tests/photo/cases/{name}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

/// Two pictures with a mean difference below this are the same one, recompressed: 4 % of 255.
pub(super) const SAME: f64 = 0.04 * 255.0;

#[test]
fn a_jpeg_without_huffman_tables_shows_its_picture() {
    let (bare, whole) = (
        clean(&case("a06.jpg")).unwrap(),
        clean(&case("a07.jpg")).unwrap(),
    );
    assert!(
        difference(&bare.jpeg, &whole.jpeg).is_some_and(|d| d < SAME),
        "{:?}",
        difference(&bare.jpeg, &whole.jpeg)
    );
    let flat = clean(&make::coded(
        &[128; 160 * 120 * 3],
        160,
        120,
        jpeg_encoder::ColorType::Rgb,
        false,
    ))
    .unwrap();
    assert!(
        difference(&bare.jpeg, &flat.jpeg).is_some_and(|d| d > SAME),
        "the control: another picture is another"
    );
}

#[test]
fn coloured_strokes_one_pixel_wide_keep_their_colour() {
    let file = case("a10.png");
    let source = image::load_from_memory(&file).unwrap().into_rgb8();
    let (width, height) = (source.width(), source.height());
    // Each vertical stroke's mean colour, and the largest distance from libjpeg's at the same
    // quality.
    let worst = |jpeg: &[u8]| {
        let (_, _, bytes) = pixels(jpeg);
        let strokes = (0..width).filter_map(|x| {
            let red: Vec<_> = (0..height)
                .filter(|y| source.get_pixel(x, *y).0 == [200, 20, 30])
                .map(|y| 3 * (y * width + x) as usize)
                .collect();
            let mean = |channel: usize| {
                red.iter()
                    .map(|at| f64::from(bytes[at + channel]))
                    .sum::<f64>()
                    / red.len() as f64
            };
            (!red.is_empty()).then(|| [0, 1, 2].map(mean))
        });
        let off = |mean: [f64; 3]| {
            mean.iter()
                .zip([123.0, 54.0, 57.0])
                .map(|(got, near): (&f64, f64)| (got - near).abs())
                .fold(0.0, f64::max)
        };
        strokes.map(off).fold(0.0, f64::max)
    };
    let got = worst(&clean(&file).unwrap().jpeg);
    assert!(got < 12.0, "{got}");
    let mut sampled = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut sampled, 82);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
    encoder
        .encode(
            source.as_raw(),
            width as u16,
            height as u16,
            jpeg_encoder::ColorType::Rgb,
        )
        .unwrap();
    assert!(
        worst(&sampled) > 40.0,
        "the control: an encoder that keeps one pixel of four: {}",
        worst(&sampled)
    );
}

#[test]
fn the_way_up_is_read_from_any_integer_in_either_byte_order() {
    let turned = clean(&case("a07.jpg")).unwrap();
    assert!(
        difference(&turned.jpeg, &clean(&case("a06.jpg")).unwrap().jpeg).is_some_and(|d| d < SAME)
    );

    let plain = make::jpeg(320, 200, false);
    let upright = image::RgbImage::from_raw(320, 200, make::scene(320, 200)).unwrap();
    let mut wanted = image::DynamicImage::ImageRgb8(upright);
    wanted.apply_orientation(Orientation::Rotate90);
    let wanted = make::coded(
        wanted.as_bytes(),
        200,
        320,
        jpeg_encoder::ColorType::Rgb,
        false,
    );
    let is_turned = |block: &[u8]| {
        let note = make::segment(0xe1, &[b"Exif\0\0", block].concat());
        difference(
            &clean(&[&plain[..2], &note, &plain[2..]].concat())
                .unwrap()
                .jpeg,
            &wanted,
        )
        .is_some_and(|d| d < SAME)
    };
    let block = |little: bool, kind: u16, value: u8, before: &[u8], after: &[u8]| {
        let short = |n: u16| {
            if little {
                n.to_le_bytes()
            } else {
                n.to_be_bytes()
            }
        };
        let long = |n: u32| {
            if little {
                n.to_le_bytes()
            } else {
                n.to_be_bytes()
            }
        };
        let field = match kind {
            1 | 6 => [value, 0, 0, 0],
            3 | 8 => [short(value.into()), [0; 2]].concat().try_into().unwrap(),
            _ => long(value.into()),
        };
        let entry = [&short(0x112)[..], &short(kind), &long(1), &field].concat();
        let count = 1 + ((before.len() + after.len()) / 12) as u16;
        let order: &[u8] = if little { b"II" } else { b"MM" };
        [
            order,
            &short(42),
            &long(8),
            &short(count),
            before,
            &entry,
            after,
        ]
        .concat()
    };
    // Neighbouring entries of an unknown type, with a pointer to nowhere, or truncated.
    let broken = [
        [0xff; 12],
        [0, 1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ]
    .concat();
    for little in [true, false] {
        for kind in [1, 3, 4, 6, 8, 9] {
            assert!(
                is_turned(&block(little, kind, 6, b"", &[0; 4])),
                "kind {kind}, little-endian: {little}"
            );
            assert!(
                is_turned(&block(little, kind, 6, &broken, &[])),
                "kind {kind}, little-endian: {little}, broken before"
            );
            assert!(
                is_turned(&block(little, kind, 6, b"", &broken[..23])),
                "kind {kind}, little-endian: {little}, broken after"
            );
            assert!(
                !is_turned(&block(little, kind, 1, b"", b"")),
                "the control: kind {kind}"
            );
        }
        assert!(
            !is_turned(&block(little, 5, 6, b"", b""))
                && !is_turned(&block(little, 3, 9, b"", b"")),
            "no integer, no way up"
        );
    }
}

#[test]
fn a_long_screenshot_can_be_read() {
    let file = case("a11.png");
    let photo = clean(&file).unwrap();
    let (width, height, bytes) = pixels(&photo.jpeg);
    let source = image::load_from_memory(&file).unwrap().into_rgb8();
    assert!(
        width >= 480 && photo.jpeg.len() <= MAX_CLEAN_BYTES,
        "{width} x {height}, {} bytes",
        photo.jpeg.len()
    );
    assert_eq!(
        (width as u32, height as u32),
        (source.width(), source.height())
    );
    // Ink stays dark and paper light, so that the words stay readable.
    let mean = |ink: bool| {
        let chosen: Vec<_> = source
            .as_raw()
            .iter()
            .zip(&bytes)
            .filter(|(was, _)| (**was < 64) == ink)
            .map(|(_, is)| f64::from(*is))
            .collect();
        chosen.iter().sum::<f64>() / chosen.len() as f64
    };
    assert!(
        mean(true) < 80.0 && mean(false) > 200.0,
        "ink {}, paper {}",
        mean(true),
        mean(false)
    );
    let blank = make::png(
        &vec![255; 1_080 * 16_000],
        1_080,
        16_000,
        image::ExtendedColorType::L8,
    );
    assert_eq!(
        pixels(&clean(&blank).unwrap().jpeg).0,
        540,
        "twice as wide: to the width that can be read"
    );
}

#[test]
fn a_whole_png_without_its_end_is_shown() {
    let file = case("a13.png");
    assert!(
        !file.ends_with(&make::chunk(b"IEND", b"")),
        "the control: it has no end"
    );
    let whole = [&file[..], &make::chunk(b"IEND", b"")].concat();
    assert_eq!(clean(&file).unwrap().jpeg, clean(&whole).unwrap().jpeg);
    let cut = &file[..file.len() * 2 / 3];
    assert!(
        clean(cut).is_err(),
        "the control: one whose picture was cut is not whole"
    );
}

#[test]
fn jpegs_that_libjpeg_shows_with_a_warning_are_shown() {
    let plain = make::jpeg(320, 200, false);
    // After the JFIF header, which defines the colours.
    let start = 4 + usize::from(u16::from_be_bytes([plain[4], plain[5]]));
    let wanted = clean(&plain).unwrap().jpeg.clone();
    let adobe =
        |transform: u8| make::segment(0xee, &[&b"Adobe\0\x64\0\0\0\0"[..], &[transform]].concat());
    let cases = [
        (
            "Adobe's note with an unknown transform",
            [&plain[..2], &adobe(7), &plain[start..]].concat(),
        ),
        (
            "Adobe's note against the JFIF header",
            [&plain[..start], &adobe(0), &plain[start..]].concat(),
        ),
        (
            "Adobe's note cut short",
            [
                &plain[..start],
                &make::segment(0xee, b"Adobe\0"),
                &plain[start..],
            ]
            .concat(),
        ),
        (
            "a segment whose length is 0",
            [&plain[..start], &[0xff, 0xe5, 0, 0], &plain[start..]].concat(),
        ),
        (
            "a segment whose length is 1",
            [&plain[..start], &[0xff, 0xe9, 0, 1], &plain[start..]].concat(),
        ),
        (
            "a segment shorter than what it holds",
            [
                &plain[..start],
                &[0xff, 0xe3, 0, 4],
                b"made by a camera",
                &plain[start..],
            ]
            .concat(),
        ),
        ("no JFIF header", [&plain[..2], &plain[start..]].concat()),
    ];
    for (name, file) in cases {
        assert_eq!(
            djpeg(&file, &[]).map(|picture| picture.width),
            Some(320),
            "{name}: libjpeg shows it"
        );
        assert!(
            clean(&file).map(|photo| photo.jpeg.clone()) == Ok(wanted.clone()),
            "{name}"
        );
    }
    let rgb = clean(&[&plain[..2], &adobe(0), &plain[start..]].concat())
        .unwrap()
        .jpeg
        .clone();
    assert!(
        difference(&rgb, &wanted).is_some_and(|off| off > SAME),
        "the control: Adobe's note alone says that these are RGB"
    );
}

#[test]
fn a_first_frame_smaller_than_its_canvas_lies_on_it() {
    let frame = make::webp(
        &[20, 90, 200].repeat(40 * 30),
        40,
        30,
        image::ExtendedColorType::Rgb8,
    );
    let three = |number: u32| number.to_le_bytes()[..3].to_vec();
    let animated = |x: u32, y: u32| {
        let place = [
            three(x / 2),
            three(y / 2),
            three(39),
            three(29),
            three(100),
            vec![0],
        ]
        .concat();
        make::riff_file(&[
            make::riff(b"VP8X", &[vec![2, 0, 0, 0], three(99), three(79)].concat()),
            make::riff(b"ANIM", &[0; 6]),
            make::riff(b"ANMF", &[&place[..], &frame[12..]].concat()),
        ])
    };
    let (width, height, bytes) = pixels(&clean(&animated(24, 32)).unwrap().jpeg);
    assert_eq!((width, height), (100, 80));
    let at = |x: usize, y: usize| [0, 1, 2].map(|channel| bytes[3 * (y * width + x) + channel]);
    let near = |got: [u8; 3], want: [u8; 3]| got.iter().zip(want).all(|(a, b)| a.abs_diff(b) < 12);
    assert!(
        near(at(44, 47), [20, 90, 200]) && near(at(8, 8), [255; 3]) && near(at(90, 70), [255; 3]),
        "{:?} {:?}",
        at(44, 47),
        at(8, 8)
    );
    let beside = pixels(&clean(&animated(80, 32)).unwrap().jpeg);
    assert_eq!(
        (beside.0, beside.1),
        (40, 30),
        "one that does not lie on its canvas is shown alone"
    );
    let alone = pixels(&clean(&frame).unwrap().jpeg);
    assert_eq!(
        (alone.0, alone.1),
        (40, 30),
        "the control: without a canvas"
    );
}
