//! Colours of other colour spaces come out in sRGB, and a damaged or invented profile does no harm.

use std::io::Read as _;

use moxcms::ColorProfile;

use super::cases::case;
use super::{clean, difference, make, pixels};

/// These colours, each a square of 40 by 40, in one row.
fn squares(colours: &[[u8; 3]]) -> (Vec<u8>, u32) {
    let row: Vec<u8> = colours
        .iter()
        .flat_map(|colour| colour.repeat(40))
        .collect();
    (row.repeat(40), colours.len() as u32 * 40)
}

/// The colour in the middle of each square.
fn middles(jpeg: &[u8]) -> Vec<[u8; 3]> {
    let (width, _, bytes) = pixels(jpeg);
    (20..width)
        .step_by(40)
        .map(|x| [0, 1, 2].map(|channel| bytes[3 * (20 * width + x) + channel]))
        .collect()
}

fn near(got: &[[u8; 3]], want: &[[u8; 3]]) -> bool {
    got.len() == want.len()
        && got
            .iter()
            .flatten()
            .zip(want.iter().flatten())
            .all(|(a, b)| a.abs_diff(*b) < 9)
}

const COLOURS: [[u8; 3]; 3] = [[200, 120, 90], [90, 160, 110], [128, 128, 128]];

/// A JPEG, a PNG and a WebP of [`COLOURS`] with this profile.
fn files(profile: &[u8]) -> [(&'static str, Vec<u8>); 3] {
    let (bytes, width) = squares(&COLOURS);
    let jpeg = make::coded(
        &bytes,
        width as u16,
        40,
        jpeg_encoder::ColorType::Rgb,
        false,
    );
    let pieces: Vec<&[u8]> = profile.chunks(400).collect();
    let segment = |(at, piece): (usize, &&[u8])| {
        make::segment(
            0xe2,
            &[
                b"ICC_PROFILE\0",
                &[(at as u8).wrapping_add(1), pieces.len() as u8][..],
                piece,
            ]
            .concat(),
        )
    };
    let segments: Vec<u8> = pieces.iter().enumerate().flat_map(segment).collect();
    let png = make::png(&bytes, width, 40, image::ExtendedColorType::Rgb8);
    let mut packed = Vec::new();
    flate2::read::ZlibEncoder::new(profile, flate2::Compression::best())
        .read_to_end(&mut packed)
        .unwrap();
    let webp = make::webp(&bytes, width, 40, image::ExtendedColorType::Rgb8);
    let extended = make::riff(b"VP8X", &[0x20, 0, 0, 0, width as u8 - 1, 0, 0, 39, 0, 0]);
    [
        ("JPEG", [&jpeg[..2], &segments, &jpeg[2..]].concat()),
        (
            "PNG",
            [
                &png[..33],
                &make::chunk(b"iCCP", &[b"p\0\0", &packed[..]].concat()),
                &png[33..],
            ]
            .concat(),
        ),
        (
            "WebP",
            make::riff_file(&[extended, make::riff(b"ICCP", profile), webp[12..].to_vec()]),
        ),
    ]
}

#[test]
fn wide_colours_come_out_in_srgb() {
    // Computed from the spaces' own primaries and curves, adapted to the white point of sRGB.
    let spaces = [
        ("sRGB", ColorProfile::new_srgb(), COLOURS),
        (
            "Display P3",
            ColorProfile::new_display_p3(),
            [[213, 115, 83], [61, 162, 105], [128; 3]],
        ),
        (
            "Adobe RGB",
            ColorProfile::new_adobe_rgb(),
            [[224, 121, 88], [0, 161, 108], [129; 3]],
        ),
        (
            "ProPhoto",
            ColorProfile::new_pro_photo_rgb(),
            [[255, 114, 102], [0, 187, 120], [146; 3]],
        ),
    ];
    for (space, profile, want) in spaces {
        for (format, file) in files(&profile.encode().unwrap()) {
            let got = middles(&clean(&file).unwrap().jpeg);
            assert!(
                near(&got, &want),
                "{format}, {space}: {got:?}, not {want:?}"
            );
            assert_eq!(
                space == "sRGB",
                near(&got, &COLOURS),
                "the control: {format}, {space}"
            );
        }
    }
}

#[test]
fn a14_a_photo_in_display_p3_has_its_colours_in_srgb() {
    let (width, _, bytes) = pixels(&clean(&case("a14.jpg")).unwrap().jpeg);
    let (_, _, before) = pixels(&case("a14.jpg"));
    let at = |bytes: &[u8], x: usize, y: usize| {
        [0, 1, 2].map(|channel| bytes[3 * (y * width + x) + channel])
    };
    // Computed with lcms2.
    let points = [
        ((5, 125), [34, 123, 88]),
        ((5, 185), [36, 164, 100]),
        ((217, 65), [165, 83, 120]),
        ((270, 125), [199, 124, 143]),
    ];
    let near = |got: [u8; 3], want: [u8; 3]| got.iter().zip(want).all(|(a, b)| a.abs_diff(b) < 12);
    assert!(
        points
            .iter()
            .all(|((x, y), want)| near(at(&bytes, *x, *y), *want)),
        "{:?}",
        points.map(|((x, y), _)| at(&bytes, x, y))
    );
    assert!(
        points
            .iter()
            .any(|((x, y), want)| !near(at(&before, *x, *y), *want)),
        "the control: as they lie in the file"
    );
}

#[test]
fn a_pngs_own_gamma_and_primaries_are_applied() {
    let (bytes, width) = squares(&[[128; 3], [64; 3]]);
    let plain = make::png(&bytes, width, 40, image::ExtendedColorType::Rgb8);
    let with = |chunks: &[Vec<u8>]| {
        middles(
            &clean(&[&plain[..33], &chunks.concat(), &plain[33..]].concat())
                .unwrap()
                .jpeg,
        )
    };
    let gamma = |value: u32| make::chunk(b"gAMA", &value.to_be_bytes());
    assert!(
        near(&with(&[gamma(100_000)]), &[[188; 3], [137; 3]]),
        "linear light: {:?}",
        with(&[gamma(100_000)])
    );
    assert!(
        near(&with(&[gamma(45_455)]), &[[128; 3], [64; 3]]),
        "the usual gamma means sRGB"
    );
    assert!(
        near(
            &with(&[make::chunk(b"sRGB", &[0]), gamma(100_000)]),
            &[[128; 3], [64; 3]]
        ),
        "what is sRGB has no gamma of its own"
    );
    for absurd in [0, 1, u32::MAX] {
        assert!(
            near(&with(&[gamma(absurd)]), &[[128; 3], [64; 3]]),
            "gamma {absurd}"
        );
    }
    let (bytes, width) = squares(&COLOURS);
    let plain = make::png(&bytes, width, 40, image::ExtendedColorType::Rgb8);
    let p3 = [
        31_270_u32, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000,
    ]
    .map(u32::to_be_bytes)
    .concat();
    let got = middles(
        &clean(&[&plain[..33], &make::chunk(b"cHRM", &p3), &plain[33..]].concat())
            .unwrap()
            .jpeg,
    );
    assert!(
        near(&got, &[[213, 115, 83], [61, 162, 105], [128; 3]]),
        "primaries of Display P3: {got:?}"
    );
    let flat = make::chunk(b"cHRM", &[30_000_u32; 8].map(u32::to_be_bytes).concat());
    let got = middles(
        &clean(&[&plain[..33], &flat, &plain[33..]].concat())
            .unwrap()
            .jpeg,
    );
    assert!(
        near(&got, &COLOURS),
        "primaries that span no colours change nothing: {got:?}"
    );
}

#[test]
fn a_damaged_profile_never_panics_and_never_spoils_the_photo() {
    let profiles = [
        ColorProfile::new_display_p3(),
        ColorProfile::new_adobe_rgb(),
        ColorProfile::new_gray_with_gamma(2.2),
    ];
    let plain = clean(&files(b"no profile")[0].1).unwrap().jpeg.clone();
    let mut state = 7_u32;
    for profile in profiles.map(|profile| profile.encode().unwrap()) {
        for step in 0..120 {
            let mut damaged = profile[..profile.len() * (step + 1) / 120].to_vec();
            for _ in 0..step % 5 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = (state >> 8) as usize % damaged.len();
                damaged[at] = state as u8;
            }
            let photo = clean(&files(&damaged)[0].1).unwrap();
            // Whatever the profile contains, black stays dark and white light; most of these
            // profiles are unusable.
            assert!(
                difference(&photo.jpeg, &plain).is_some_and(|off| off < 90.0),
                "step {step}"
            );
        }
    }
    let long = clean(&files(&vec![7; 1 << 20])[1].1).unwrap();
    assert!(
        difference(&long.jpeg, &plain).is_some_and(|off| off < 6.0),
        "one that is too long is not read"
    );
}
