//! P15: what an officer covers in a photo is not in the photo that leaves.

use std::collections::BTreeSet;

use jpeg_encoder::ColorType;
use loke::photo::cover::{Grid, MAX_COLUMNS, MAX_ROWS, NotCovered, Square, cover};

use super::{clean, holds, is_bare, make, pixels};

/// The grey of a cover.
const GREY: [u8; 3] = [128; 3];

fn squares<const N: usize>(squares: [(usize, usize); N]) -> BTreeSet<Square> {
    let square = |(row, column)| Square { row, column };
    squares.into_iter().map(square).collect()
}

/// A photo of 960 by 640 pixels with stripes of red and white on square (3, 4), or without them.
fn stored(striped: bool) -> Vec<u8> {
    clean(&taken(striped)).unwrap().jpeg.clone()
}

/// The same before it is cleaned.
pub(crate) fn taken(striped: bool) -> Vec<u8> {
    let (width, height) = (960, 640);
    let mut bytes = make::scene(width, height);
    // 12 columns of 80 pixels and 8 rows of 80 pixels.
    for (y, x) in (160..240).flat_map(|y| (240..320).map(move |x| (y, x))) {
        if striped {
            let at = 3 * (y * width + x);
            let colour = if (x / 4 + y / 4) % 2 == 0 {
                [230, 10, 20]
            } else {
                [255; 3]
            };
            bytes[at..at + 3].copy_from_slice(&colour);
        }
    }
    make::coded(&bytes, 960, 640, ColorType::Rgb, false)
}

/// How much of the stripes is left in a photo: red pixels.
pub(crate) fn stripes_in(jpeg: &[u8]) -> usize {
    red(jpeg, [0, 0, 960, 640])
}

/// Whether square (3, 4) of a photo, and almost 16 pixels on each side, is one flat colour.
pub(crate) fn is_flat(jpeg: &[u8]) -> bool {
    let (width, _, bytes) = pixels(jpeg);
    let at = |x: usize, y: usize| &bytes[3 * (y * width + x)..][..3];
    // A decoder mixes the colour of the outermost two pixels with that of their neighbours outside.
    let area = (146..254).flat_map(|y| (226..334).map(move |x| (x, y)));
    area.into_iter().all(|(x, y)| at(x, y) == GREY)
}

/// How many pixels of a box (left, top, right, bottom) are red.
fn red(jpeg: &[u8], [left, top, right, bottom]: [usize; 4]) -> usize {
    let (width, _, bytes) = pixels(jpeg);
    let box_of = (top..bottom).flat_map(|y| (left..right).map(move |x| 3 * (y * width + x)));
    box_of
        .filter(|at| bytes[*at] > 170 && bytes[at + 1] < 80 && bytes[at + 2] < 80)
        .count()
}

#[test]
fn p15_a_pattern_under_a_cover_is_nowhere_in_the_photo_that_leaves() {
    let (with, without) = (stored(true), stored(false));
    let all = [0, 0, 960, 640];
    assert!(red(&with, all) > 1_000, "the control: the photo has it");
    assert_eq!(red(&without, all), 0, "the control: the scene is not red");
    let ticked = squares([(3, 4)]);
    let covered = cover(&with, &ticked).unwrap();
    assert_eq!(red(&covered, all), 0);
    // Not a bit of the file depends on the pattern.
    assert!(*covered == *cover(&without, &ticked).unwrap());
    // One flat colour, 16 pixels wider than the square on each side.
    let (width, height, bytes) = pixels(&covered);
    assert_eq!((width, height), (960, 640));
    let at = |x: usize, y: usize| &bytes[3 * (y * width + x)..][..3];
    assert!(is_flat(&covered) && !is_flat(&with));
    for (x, y) in [(223, 200), (336, 200), (280, 143), (280, 256)] {
        assert_ne!(at(x, y), GREY, "{x} {y} is painted too");
    }
    assert!(
        red(&cover(&with, &squares([(3, 6)])).unwrap(), all) > 1_000,
        "the control: another square"
    );
}

#[test]
fn p15_a_covered_photo_is_only_pixels_and_the_same_squares_give_the_same_bytes() {
    let photo = clean(&make::dirty_jpeg()).unwrap().jpeg.clone();
    let ticked = squares([(1, 1), (2, 3), (4, 4)]);
    let covered = cover(&photo, &ticked).unwrap();
    assert_eq!(is_bare(&covered), Ok(()));
    assert!(!holds(&covered, make::CANARY) && !holds(&covered[2..], &[0xff, 0xd8]));
    assert!(*covered == *cover(&photo, &ticked).unwrap());
    assert!(*covered != *cover(&photo, &squares([(1, 1)])).unwrap());
    assert_eq!(is_bare(&cover(&photo, &BTreeSet::new()).unwrap()), Ok(()));
}

#[test]
fn p15_every_pixel_belongs_to_a_square_of_a_small_grid() {
    let sizes = [
        (1, 1),
        (17, 9),
        (320, 200),
        (333, 77),
        (540, 5_826),
        (2_048, 1_536),
        (1_536, 2_048),
    ];
    for (width, height) in sizes {
        let grid = Grid::of_size(width, height);
        let (columns, rows) = (grid.columns(), grid.rows());
        assert!((1..=MAX_COLUMNS).contains(&columns), "{width} {height}");
        assert!((1..=MAX_ROWS).contains(&rows), "{width} {height}");
        let (wide, high) = grid.square();
        assert!(wide * columns >= width && high * rows >= height);
        if width * height > 100_000 {
            continue;
        }
        let row = |row| (1..=columns).map(move |column| Square { row, column });
        let all: BTreeSet<Square> = (1..=rows).flat_map(row).collect();
        for colours in [ColorType::Rgb, ColorType::Luma] {
            let scene = make::scene(width, height);
            let bytes: Vec<u8> = match colours {
                ColorType::Luma => scene.iter().copied().step_by(3).collect(),
                _ => scene,
            };
            let file = make::coded(&bytes, width as u16, height as u16, colours, false);
            let photo = clean(&file).unwrap();
            assert_eq!(Grid::of(&photo.jpeg), Ok(grid));
            let (_, _, covered) = pixels(&cover(&photo.jpeg, &all).unwrap());
            assert!(
                covered.iter().all(|value| *value == 128),
                "{width} {height}: a pixel is in no square"
            );
        }
    }
    assert_eq!(Grid::of_size(2_048, 1_536).columns(), 12);
    assert_eq!(Grid::of_size(1_536, 2_048).rows(), 16);
}

#[test]
fn p15_what_no_gateway_stores_is_not_covered() {
    let photo = stored(false);
    let none = BTreeSet::new();
    let with_segment = [
        &photo[..2],
        &make::segment(0xe1, &[b"Exif\0\0".to_vec(), make::exif(6)].concat()),
        &photo[2..],
    ]
    .concat();
    let scene = make::scene(32, 32);
    let png = make::png(&scene, 32, 32, image::ExtendedColorType::Rgb8);
    let large = make::large_jpeg(4_000, 3_000, false);
    for (name, file) in [
        ("an orientation", with_segment),
        ("a PNG", png),
        ("12 Mpx", large),
        ("half a photo", photo[..300].to_vec()),
        ("nothing", Vec::new()),
    ] {
        assert!(
            cover(&file, &none).is_err_and(|e| e == NotCovered::NotCleaned),
            "{name}"
        );
    }
    for outside in [(0, 1), (1, 0), (9, 1), (1, 13), (usize::MAX, usize::MAX)] {
        let refused = cover(&photo, &squares([outside]));
        assert!(refused.is_err_and(|e| e == NotCovered::NoSuchSquare));
    }
    assert!(cover(&photo, &none).is_ok(), "the control");
}

#[test]
fn p15_a_damaged_photo_is_covered_or_refused_and_never_ends_the_program() {
    let photo = clean(&make::jpeg(160, 120, false)).unwrap().jpeg.clone();
    let ticked = squares([(1, 1)]);
    let mut covered = 0;
    for n in 0..photo.len().min(2_000) {
        let mut damaged = photo.clone();
        damaged[n] ^= 1 << (n % 8);
        if let Ok(file) = cover(&damaged, &ticked) {
            assert_eq!(is_bare(&file), Ok(()), "byte {n}");
            covered += 1;
        }
    }
    assert!(covered > 100, "the control: only {covered} were covered");
}
