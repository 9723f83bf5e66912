//! Photos that came out wrong once: `cases/` holds one file for each kind of fault, made for this purpose.

use image::metadata::Orientation;

use super::{clean, difference, make, pixels};

/// One of the files.
pub(super) fn case(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/photo/cases/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Mean difference, of 255, below which two pictures are the same one compressed anew: 4 %.
pub(super) const SAME: f64 = 0.04 * 255.0;

#[test]
fn a_jpeg_without_huffman_tables_shows_its_picture() {
    let (bare, whole) = (clean(&case("a06.jpg")).unwrap(), clean(&case("a07.jpg")).unwrap());
    assert!(difference(&bare.jpeg, &whole.jpeg).is_some_and(|d| d < SAME), "{:?}", difference(&bare.jpeg, &whole.jpeg));
    let flat = clean(&make::coded(&[128; 160 * 120 * 3], 160, 120, jpeg_encoder::ColorType::Rgb, false)).unwrap();
    assert!(difference(&bare.jpeg, &flat.jpeg).is_some_and(|d| d > SAME), "the control: another picture is another");
}

#[test]
fn coloured_strokes_one_pixel_wide_keep_their_colour() {
    let file = case("a10.png");
    let source = image::load_from_memory(&file).unwrap().into_rgb8();
    let (width, height) = (source.width(), source.height());
    // Each upright stroke's mean colour, and how far the worst is from what libjpeg gives at the same quality.
    let worst = |jpeg: &[u8]| {
        let (_, _, bytes) = pixels(jpeg);
        let strokes = (0..width).filter_map(|x| {
            let red: Vec<_> = (0..height).filter(|y| source.get_pixel(x, *y).0 == [200, 20, 30]).map(|y| 3 * (y * width + x) as usize).collect();
            let mean = |channel: usize| red.iter().map(|at| f64::from(bytes[at + channel])).sum::<f64>() / red.len() as f64;
            (!red.is_empty()).then(|| [0, 1, 2].map(mean))
        });
        let off = |mean: [f64; 3]| mean.iter().zip([123.0, 54.0, 57.0]).map(|(got, near): (&f64, f64)| (got - near).abs()).fold(0.0, f64::max);
        strokes.map(off).fold(0.0, f64::max)
    };
    let got = worst(&clean(&file).unwrap().jpeg);
    assert!(got < 12.0, "{got}");
    let mut sampled = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut sampled, 82);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
    encoder.encode(source.as_raw(), width as u16, height as u16, jpeg_encoder::ColorType::Rgb).unwrap();
    assert!(worst(&sampled) > 40.0, "the control: an encoder that keeps one pixel of four: {}", worst(&sampled));
}

#[test]
fn the_way_up_is_read_from_any_integer_in_either_byte_order() {
    let turned = clean(&case("a07.jpg")).unwrap();
    assert!(difference(&turned.jpeg, &clean(&case("a06.jpg")).unwrap().jpeg).is_some_and(|d| d < SAME));

    let plain = make::jpeg(320, 200, false);
    let upright = image::RgbImage::from_raw(320, 200, make::scene(320, 200)).unwrap();
    let mut wanted = image::DynamicImage::ImageRgb8(upright);
    wanted.apply_orientation(Orientation::Rotate90);
    let wanted = make::coded(wanted.as_bytes(), 200, 320, jpeg_encoder::ColorType::Rgb, false);
    let is_turned = |block: &[u8]| {
        let note = make::segment(0xe1, &[b"Exif\0\0", block].concat());
        difference(&clean(&[&plain[..2], &note, &plain[2..]].concat()).unwrap().jpeg, &wanted).is_some_and(|d| d < SAME)
    };
    let block = |little: bool, kind: u16, value: u8, before: &[u8], after: &[u8]| {
        let short = |n: u16| if little { n.to_le_bytes() } else { n.to_be_bytes() };
        let long = |n: u32| if little { n.to_le_bytes() } else { n.to_be_bytes() };
        let field = match kind {
            1 | 6 => [value, 0, 0, 0],
            3 | 8 => [short(value.into()), [0; 2]].concat().try_into().unwrap(),
            _ => long(value.into()),
        };
        let entry = [&short(0x112)[..], &short(kind), &long(1), &field].concat();
        let count = 1 + ((before.len() + after.len()) / 12) as u16;
        let order: &[u8] = if little { b"II" } else { b"MM" };
        [order, &short(42), &long(8), &short(count), before, &entry, after].concat()
    };
    // Neighbours of no known kind, that point nowhere, or that were cut off.
    let broken = [[0xff; 12], [0, 1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]].concat();
    for little in [true, false] {
        for kind in [1, 3, 4, 6, 8, 9] {
            assert!(is_turned(&block(little, kind, 6, b"", &[0; 4])), "kind {kind}, little-endian: {little}");
            assert!(is_turned(&block(little, kind, 6, &broken, &[])), "kind {kind}, little-endian: {little}, broken before");
            assert!(is_turned(&block(little, kind, 6, b"", &broken[..23])), "kind {kind}, little-endian: {little}, broken after");
            assert!(!is_turned(&block(little, kind, 1, b"", b"")), "the control: kind {kind}");
        }
        assert!(!is_turned(&block(little, 5, 6, b"", b"")) && !is_turned(&block(little, 3, 9, b"", b"")), "no integer, no way up");
    }
}
