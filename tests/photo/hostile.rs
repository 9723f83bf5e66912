//! Hostile files: each is rejected or cleaned, with a bounded amount of work, without a panic.

use std::time::Duration;

use loke::photo::{MAX_BYTES, PhotoRefused};
use loke::tip::Removed;

use super::{MOST_PHOTOS, clean, cpu, is_bare, make, plain_photo};

/// The result for a file, what was removed or the error, and the CPU time.
fn timed(file: &[u8]) -> (Result<Vec<Removed>, PhotoRefused>, Duration) {
    let start = cpu();
    let answer = clean(file).map(|photo| {
        assert_eq!(is_bare(&photo.jpeg), Ok(()));
        photo.removed.clone()
    });
    (answer, cpu() - start)
}

/// Generous: a bad header is rejected in microseconds.
const AT_ONCE: Duration = Duration::from_millis(200);

#[test]
fn bombs_are_refused_by_their_headers() {
    let frame = |code: u8, width: u16, height: u16| {
        let mut file = make::jpeg(64, 48, code == 0xc2);
        let at = file.windows(2).position(|two| two == [0xff, code]).unwrap();
        file[at + 5..at + 9].copy_from_slice(&[height.to_be_bytes(), width.to_be_bytes()].concat());
        file
    };
    let lossless = |width: u32, height: u32| {
        let body = [
            &[0x2f][..],
            &((width - 1) | (height - 1) << 14).to_le_bytes(),
            &[0; 64],
        ]
        .concat();
        make::riff_file(&[make::riff(b"VP8L", &body)])
    };
    let lossy = |width: u16, height: u16| {
        let size = [width.to_le_bytes(), height.to_le_bytes()].concat();
        make::riff_file(&[make::riff(
            b"VP8 ",
            &[b"\x10\0\0\x9d\x01\x2a", &size[..], &[0; 64]].concat(),
        )])
    };
    let mut interlaced = make::black_png(5_000, 5_000, 8, 6, 9);
    interlaced[28] = 1;
    let bombs = [
        (
            "PNG 65,535² of 1 bit",
            make::black_png(65_535, 65_535, 1, 0, 3_000),
        ),
        ("PNG 2³¹ wide", make::black_png(0x7fff_ffff, 1, 8, 6, 9)),
        (
            "PNG 12,000² of 16-bit RGBA",
            make::black_png(12_000, 12_000, 16, 6, 9),
        ),
        (
            "PNG 108 Mpx of 16-bit RGBA",
            make::black_png(12_000, 9_000, 16, 6, 9),
        ),
        ("interlaced PNG 5,000²", interlaced),
        ("progressive JPEG 65,500²", frame(0xc2, 65_500, 65_500)),
        ("progressive JPEG 7,071²", frame(0xc2, 7_071, 7_071)),
        ("JPEG 65,500²", frame(0xc0, 65_500, 65_500)),
        ("WebP 16,383²", lossless(16_383, 16_383)),
        ("lossy WebP 16,383²", lossy(16_383, 16_383)),
        ("lossy WebP 6,000 x 4,000", lossy(6_000, 4_000)),
    ];
    for (name, bomb) in bombs {
        let (answer, time) = timed(&bomb);
        assert_eq!(answer, Err(PhotoRefused::TooManyPixels), "{name}");
        assert!(time < AT_ONCE, "{name}: {time:?}");
    }
    assert_eq!(
        timed(&frame(0xc0, 64, 48)).0,
        Ok(vec![]),
        "the control: the same file with its true size"
    );
    assert!(
        timed(&make::black_png(1_000, 1_000, 1, 0, 490)).0.is_ok(),
        "the control: zeros make a picture"
    );
    assert_eq!(timed(&frame(0xc0, 0, 48)).0, Err(PhotoRefused::Broken));
    let (answer, time) = timed(&frame(0xc0, 7_000, 7_000));
    assert!(
        answer == Err(PhotoRefused::Broken) && time < AT_ONCE,
        "a few bytes that claim 49 Mpx: {answer:?}, {time:?}"
    );
}

#[test]
fn p10_no_file_costs_more_than_ten_plain_photos() {
    let scans = |file: &[u8], times: usize| {
        let at = file
            .windows(2)
            .rposition(|two| two == [0xff, 0xda])
            .unwrap();
        [
            &file[..at],
            &file[at..file.len() - 2].repeat(times),
            &[0xff, 0xd9],
        ]
        .concat()
    };
    let (small, large) = (make::jpeg(640, 480, true), make::jpeg(4_000, 3_000, true));
    let frames: Vec<u8> = (0..20_000_u32)
        .flat_map(|i| {
            let control = [
                &(2 * i).to_be_bytes()[..],
                &64_u32.to_be_bytes(),
                &48_u32.to_be_bytes(),
                &[0; 14],
            ]
            .concat();
            [
                make::chunk(b"fcTL", &control),
                make::chunk(
                    b"fdAT",
                    &[&(2 * i + 1).to_be_bytes()[..], &make::zeros(40)].concat(),
                ),
            ]
            .concat()
        })
        .collect();
    let still = make::png(&make::scene(64, 48), 64, 48, image::ExtendedColorType::Rgb8);
    let header = |chunks: &[u8]| [&still[..33], chunks, &still[33..]].concat();
    let tables = make::segment(0xc4, &[&[0x10][..], &[0; 16]].concat()).repeat(200_000);
    let crowded = make::segment(0xc4, &[&[0x10][..], &[0; 16]].concat().repeat(3_800));
    let crowded = [&small[..2], &crowded.repeat(300), &small[2..]].concat();
    let tiny = [&small[..2], &tables, &small[2..]].concat();
    let crumbs: Vec<u8> = make::zeros(200_000)
        .chunks(1)
        .flat_map(|byte| make::chunk(b"IDAT", byte))
        .collect();
    let crumbled = [
        &make::black_png(7_000, 7_000, 1, 0, 1)[..33],
        &crumbs,
        &make::chunk(b"IEND", b""),
    ]
    .concat();
    let (ok, trailer, profile) = (
        Ok(vec![]),
        Ok(vec![Removed::Trailer]),
        Ok(vec![Removed::Profile]),
    );
    let cases = [
        ("400 scans", scans(&small, 400), Err(PhotoRefused::Broken)),
        (
            "20 scans of 12 Mpx",
            scans(&large, 20),
            Err(PhotoRefused::Broken),
        ),
        (
            "5 refining scans of 12 Mpx",
            make::refined(&large, 187_500, 5),
            ok.clone(),
        ),
        (
            "6 refining scans of 12 Mpx",
            make::refined(&large, 187_500, 6),
            Err(PhotoRefused::Broken),
        ),
        (
            "3 refining scans of 24 Mpx",
            make::refined(&make::jpeg(6_000, 4_000, true), 375_000, 3),
            Err(PhotoRefused::TooManyPixels),
        ),
        ("200,000 tables", tiny, Err(PhotoRefused::Broken)),
        (
            "a million tables in 300 segments",
            crowded,
            Err(PhotoRefused::Broken),
        ),
        (
            "APNG of 20,000 frames",
            header(&[make::chunk(b"acTL", &[0, 0, 78, 32, 0, 0, 0, 0]), frames].concat()),
            trailer,
        ),
        (
            "profile of 1.6 GB",
            header(&make::chunk(
                b"iCCP",
                &[b"p\0\0".to_vec(), make::zeros(6_200_000)].concat(),
            )),
            profile,
        ),
        (
            "2,500 profiles of 250 kB",
            header(
                &make::chunk(b"iCCP", &[b"p\0\0".to_vec(), make::zeros(970)].concat())
                    .repeat(2_500),
            ),
            Ok(vec![Removed::Profile]),
        ),
        (
            "text of 1.6 GB",
            header(&make::chunk(
                b"zTXt",
                &[b"p\0\0".to_vec(), make::zeros(6_200_000)].concat(),
            )),
            Ok(vec![Removed::Text]),
        ),
        (
            "data of 1.6 GB behind a small picture",
            make::black_png(64, 48, 8, 0, 6_200_000),
            ok.clone(),
        ),
        ("PNG 50 Mpx in crumbs", crumbled, ok.clone()),
        (
            "PNG 50 Mpx, grey",
            make::black_png(7_000, 7_000, 8, 0, 190_000),
            ok.clone(),
        ),
        (
            "PNG 16 Mpx, RGBA",
            make::black_png(4_096, 4_000, 8, 6, 254_100),
            ok.clone(),
        ),
        (
            "PNG 16 Mpx, 16-bit RGBA",
            make::black_png(4_096, 4_000, 16, 6, 508_100),
            ok.clone(),
        ),
        (
            "PNG 108 Mpx",
            make::black_png(12_000, 9_000, 8, 2, 1_256_000),
            ok.clone(),
        ),
        (
            "JPEG 108 Mpx",
            make::large_jpeg(12_000, 9_000, false),
            ok.clone(),
        ),
        (
            "panorama of 60 Mpx",
            make::large_jpeg(30_000, 2_000, false),
            ok.clone(),
        ),
        (
            "progressive JPEG 24 Mpx",
            make::large_jpeg(6_000, 4_000, true),
            ok.clone(),
        ),
        (
            "progressive JPEG 48 Mpx",
            make::large_jpeg(8_000, 6_000, true),
            Err(PhotoRefused::TooManyPixels),
        ),
        (
            "WebP 10 Mpx",
            make::webp(
                &[90; 100_000].repeat(300),
                4_000,
                2_500,
                image::ExtendedColorType::Rgb8,
            ),
            ok,
        ),
        (
            "WebP 33 Mpx",
            make::webp(
                &[90; 100_000].repeat(990),
                5_500,
                6_000,
                image::ExtendedColorType::Rgb8,
            ),
            Err(PhotoRefused::TooManyPixels),
        ),
    ];
    for (name, file, want) in cases {
        let (answer, time) = timed(&file);
        eprintln!(
            "{name}: {} kB, {:.1} plain photos, {answer:?}",
            file.len() / 1_000,
            time.as_secs_f64() / plain_photo().as_secs_f64()
        );
        assert!(
            time < plain_photo() * MOST_PHOTOS,
            "{name}: {time:?}, and a plain photo takes {:?}",
            plain_photo()
        );
        if file.len() <= MAX_BYTES {
            assert_eq!(answer, want, "{name}");
        }
    }
}

#[test]
fn notes_that_point_at_each_other_cost_nothing() {
    // 5,000 pointers to overlapping directories, each value the whole block.
    let entries: Vec<_> = (0..5_000_u32)
        .map(|i| (0x8769, 4, (10 + i * 12).to_le_bytes().to_vec()))
        .collect();
    let block = [
        b"Exif\0\0II*\0\x08\0\0\0".to_vec(),
        make::directory(8, &entries, 8),
    ]
    .concat();
    let plain = make::jpeg(64, 48, false);
    let (answer, time) = timed(&[&plain[..2], &make::segment(0xe1, &block), &plain[2..]].concat());
    assert_eq!(answer, Ok(vec![Removed::Other]));
    assert!(time < AT_ONCE, "{time:?}");
}

#[test]
fn a_file_that_was_cut_short_or_scrambled_never_panics() {
    let files = [
        make::dirty_jpeg(),
        make::jpeg(200, 160, true),
        make::dirty_png(),
        make::dirty_webp(),
    ];
    let (mut shown, mut refused) = (0, 0);
    let mut state = 1_u32;
    for file in &files {
        for step in 0..400 {
            let mut cut = file[..file.len() * step / 400].to_vec();
            if step % 2 == 1 {
                for _ in 0..3 {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let at = (state >> 8) as usize % cut.len();
                    cut[at] = state as u8;
                }
            }
            match timed(&cut).0 {
                Ok(_) => shown += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert!(
        shown > 50 && refused > 50,
        "both ends were reached: {shown} shown, {refused} refused"
    );
}

#[test]
fn other_formats_are_refused_by_their_names() {
    let boxed = |major: &[u8; 4], other: &[u8; 4]| {
        [
            b"\0\0\0\x18ftyp",
            &major[..],
            b"\0\0\0\0",
            other,
            b"miaf\0\0\0\x08mdat",
        ]
        .concat()
    };
    let named = PhotoRefused::OtherFormat;
    let cases = [
        (boxed(b"heic", b"mif1"), PhotoRefused::Heic),
        (boxed(b"mif1", b"heic"), PhotoRefused::Heic),
        (boxed(b"avif", b"mif1"), named("AVIF")),
        (boxed(b"mif1", b"avif"), named("AVIF")),
        (boxed(b"isom", b"mp42"), named("video")),
        (boxed(b"qt  ", b"qt  "), named("video")),
        (b"GIF89a\x01\0\x01\0".to_vec(), named("GIF")),
        (b"II*\0\x08\0\0\0".to_vec(), named("TIFF")),
        (b"MM\0*\0\0\0\x08".to_vec(), named("TIFF")),
        (b"BM\x36\0\0\0".to_vec(), named("BMP")),
        (b"%PDF-1.7\n".to_vec(), named("PDF")),
        (b"RIFF\x10\0\0\0AVI LIST".to_vec(), named("video")),
        (b"RIFF\x10\0\0\0WAVE".to_vec(), PhotoRefused::NotAnImage),
        (Vec::new(), PhotoRefused::NotAnImage),
        (
            b"secret words, not a picture".to_vec(),
            PhotoRefused::NotAnImage,
        ),
        (vec![0xff, 0xd8, 0xff], PhotoRefused::Broken),
    ];
    for (file, want) in cases {
        let got = clean(&file).unwrap_err();
        assert_eq!(got, want);
        assert!(!got.to_string().contains("secret"));
    }
}
