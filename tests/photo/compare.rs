//! The JPEG decoder compared with libjpeg's (`cjpeg` and `djpeg`): generated photos with many
//! sampling factors, scan scripts, restart intervals, odd sizes, grey and colour, sequential and
//! progressive, many qualities. None may come out as another picture.
//!
//! `LOKE_JPEGS` sets how many are compared (200), `LOKE_JPEGS_SEED` the seed (random by default,
//! and printed).

use std::hash::{BuildHasher as _, Hasher as _};
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::cases::{SAME, case};
use super::{clean, make, pixels};

/// A picture in RGB.
pub(super) struct Picture {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) bytes: Vec<u8>,
}

impl Picture {
    /// The mean difference of samples; `None` if the sizes differ.
    fn difference(&self, other: &Self) -> Option<f64> {
        let sum = || {
            self.bytes
                .iter()
                .zip(&other.bytes)
                .map(|(a, b)| f64::from(a.abs_diff(*b)))
                .sum::<f64>()
        };
        ((self.width, self.height) == (other.width, other.height))
            .then(|| sum() / self.bytes.len() as f64)
    }
}

/// Runs one of libjpeg's programs; `None` if it rejects the input.
fn run(program: &str, arguments: &[String], input: &[u8]) -> Option<Vec<u8>> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("libjpeg-turbo-progs is installed (tests/run does it)");
    let mut to = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(to.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    // Exit status 2: success with a warning.
    matches!(output.status.code(), Some(0 | 2)).then_some(output.stdout)
}

/// The picture that `djpeg` decodes.
pub(super) fn djpeg(jpeg: &[u8], arguments: &[&str]) -> Option<Picture> {
    let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
    let ppm = run("djpeg", &arguments, jpeg)?;
    let mut head = ppm.splitn(4, |byte| byte.is_ascii_whitespace());
    let mut next = || {
        std::str::from_utf8(head.next().unwrap())
            .unwrap()
            .to_owned()
    };
    let (kind, width, height) = (next(), next().parse().unwrap(), next().parse().unwrap());
    let start = ppm.windows(4).position(|four| four == b"255\n").unwrap() + 4;
    let samples = &ppm[start..];
    let bytes = if kind == "P5" {
        samples.iter().flat_map(|value| [*value; 3]).collect()
    } else {
        samples.to_vec()
    };
    Some(Picture {
        width,
        height,
        bytes,
    })
}

/// A picture whose shorter side is less keeps its colour at full size.
const TINY: usize = 20;

/// The picture that the gateway produces.
fn ours(jpeg: &[u8]) -> Option<Picture> {
    let (width, height, bytes) = pixels(&clean(jpeg).ok()?.jpeg);
    Some(Picture {
        width,
        height,
        bytes,
    })
}

struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

const SAMPLES: &[&str] = &[
    "1x1",
    "2x1",
    "1x2",
    "2x2",
    "4x1",
    "1x4",
    "4x2",
    "2x4",
    "3x1",
    "1x3",
    "3x3",
    "4x4",
    "1x1,2x2,2x2",
    "1x1,2x1,1x1",
    "1x1,1x2,1x2",
    "2x1,1x2,1x1",
    "2x2,2x1,1x2",
    "2x2,2x2,1x1",
    "2x2,1x1,2x2",
    "1x2,2x1,1x1",
    "3x1,1x1,3x1",
    "4x1,2x1,1x1",
    "4x2,2x2,1x1",
    "3x2,1x2,1x1",
    "2x2,2x1,2x1",
    "4x4,2x2,2x2",
];
const SEQUENTIAL: &[&str] = &["0;1;2;", "0 1;2;", "0;1 2;", "2;1;0;", "1;0 2;", "0 1 2;"];
const PROGRESSIVE: &[&str] = &[
    "0 1 2: 0-0, 0, 1; 0: 1-5, 0, 2; 2: 1-63, 0, 1; 1: 1-63, 0, 1; 0: 6-63, 0, 2; 0: 1-63, 2, 1; 0 1 2: 0-0, 1, 0; 2: 1-63, 1, 0; 1: 1-63, 1, 0; 0: 1-63, 1, 0;",
    "0: 0-0, 0, 0; 1: 0-0, 0, 0; 2: 0-0, 0, 0; 0: 1-63, 0, 0; 1: 1-63, 0, 0; 2: 1-63, 0, 0;",
    "0 1 2: 0-0, 0, 3; 0 1 2: 0-0, 3, 2; 0: 1-63, 0, 0; 1: 1-20, 0, 0; 1: 21-63, 0, 0; 2: 1-63, 0, 2; 2: 1-63, 2, 1; 0 1 2: 0-0, 2, 1; 2: 1-63, 1, 0; 0 1 2: 0-0, 1, 0;",
    "0: 0-0, 0, 0; 1 2: 0-0, 0, 1; 0: 1-2, 0, 0; 0: 3-63, 0, 4; 0: 3-63, 4, 3; 0: 3-63, 3, 2; 0: 3-63, 2, 1; 0: 3-63, 1, 0; 1 2: 0-0, 1, 0; 2: 1-63, 0, 0; 1: 1-63, 0, 0;",
];

/// One generated photo, and its parameters. `None` if `cjpeg` rejects them.
fn generated(draw: &mut Draw, folder: &std::path::Path) -> Option<(String, Vec<u8>)> {
    let (width, height) = if draw.below(8) == 0 {
        (1 + draw.below(20), 1 + draw.below(20))
    } else {
        (16 + draw.below(200), 16 + draw.below(200))
    };
    let mut scene = make::scene(width, height);
    // Bars of strong colour, so that tearing and shifts are visible. They would fill a small
    // picture, and be at the limit of 4:2:0. A tiny one keeps its colour whole.
    let bars = !(TINY..=40).contains(&width.min(height));
    let (left, top) = (draw.below(width), draw.below(height));
    for (at, pixel) in scene.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        if bars && (at % width / 9 == left / 9 || at / width / 13 == top / 13) {
            *pixel = [[210, 40, 30], [20, 60, 190], [30, 150, 60]][(left + top) % 3];
        }
    }
    let mut arguments: Vec<String> = ["-quality", &(20 + draw.below(80)).to_string()]
        .map(Into::into)
        .to_vec();
    let grey = draw.below(7) == 0;
    let mut script = "";
    if grey {
        arguments.push("-grayscale".into());
    } else {
        // In a small picture, one channel's grain alone exceeds what our 4:2:0 can show.
        if bars && draw.below(9) == 0 {
            arguments.push("-rgb".into());
        }
        arguments.extend(["-sample".into(), draw.one_of(SAMPLES).into()]);
        script = match draw.below(3) {
            0 => "",
            1 => draw.one_of(SEQUENTIAL),
            _ => draw.one_of(PROGRESSIVE),
        };
    }
    if !script.is_empty() {
        let file = folder.join("script");
        std::fs::write(&file, script).unwrap();
        arguments.extend(["-scans".into(), file.display().to_string()]);
    } else if draw.below(3) == 0 {
        arguments.push("-progressive".into());
    }
    match draw.below(4) {
        0 => arguments.extend(["-restart".into(), (1 + draw.below(4)).to_string()]),
        1 => arguments.extend(["-restart".into(), format!("{}B", 1 + draw.below(60))]),
        _ => {}
    }
    if draw.below(4) == 0 {
        arguments.push("-optimize".into());
    }
    let ppm = [format!("P6\n{width} {height}\n255\n").into_bytes(), scene].concat();
    let jpeg = run("cjpeg", &arguments, &ppm)?;
    Some((format!("{width} x {height}, {arguments:?}, {script}"), jpeg))
}

#[test]
fn no_jpeg_comes_out_as_another_picture() {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|value| value.parse::<u64>().ok())
    };
    let wanted = number("LOKE_JPEGS").unwrap_or(200);
    let seed = number("LOKE_JPEGS_SEED")
        .unwrap_or_else(|| std::hash::RandomState::new().build_hasher().finish() >> 32);
    let folder = tempfile::tempdir().unwrap();
    let mut draw = Draw(seed);
    let (mut compared, mut worst, mut wrong, mut refused) = (0, 0.0_f64, Vec::new(), Vec::new());
    while compared < wanted {
        let Some((how, jpeg)) = generated(&mut draw, folder.path()) else {
            continue;
        };
        // libjpeg does not support fractions of its largest sampling factor.
        let Some(theirs) = djpeg(&jpeg, &[]) else {
            continue;
        };
        compared += 1;
        let Some(ours) = ours(&jpeg) else {
            refused.push(how);
            continue;
        };
        let off = theirs.difference(&ours).unwrap_or(f64::MAX);
        worst = worst.max(off);
        if off > SAME {
            wrong.push(format!("{off:.1}: {how}"));
        }
    }
    eprintln!(
        "{compared} JPEGs (LOKE_JPEGS_SEED={seed}): {} wrong, {} refused, {:.2} % at the most",
        wrong.len(),
        refused.len(),
        worst / 2.55
    );
    assert!(
        wrong.is_empty() && refused.is_empty(),
        "seed {seed}: {wrong:#?}, refused: {refused:#?}"
    );
}

#[test]
fn the_jpegs_that_tore_show_what_libjpeg_shows() {
    for name in ["a01.jpg", "a03.jpg", "a05.jpg"] {
        let theirs = djpeg(&case(name), &[]).unwrap();
        let off = theirs.difference(&ours(&case(name)).unwrap());
        assert!(off.is_some_and(|off| off < SAME), "{name}: {off:?}");
    }
    // The control: the comparison detects the old fault, exchanged colours and shifted rows.
    let theirs = djpeg(&case("a01.jpg"), &[]).unwrap();
    let (width, height, bytes) = pixels(&case("a01.jpg"));
    assert!(
        theirs
            .difference(&Picture {
                width,
                height,
                bytes
            })
            .is_some_and(|off| off > SAME),
        "the decoder that tore it"
    );
    let exchanged = theirs
        .bytes
        .as_chunks::<3>()
        .0
        .iter()
        .flat_map(|[r, g, b]| [*b, *g, *r])
        .collect();
    let mut moved = theirs.bytes.clone();
    moved
        .chunks_exact_mut(width * 3)
        .enumerate()
        .for_each(|(y, row)| row.rotate_left(3 * (y * 7 % width)));
    for bytes in [exchanged, moved] {
        assert!(
            theirs
                .difference(&Picture {
                    width,
                    height,
                    bytes
                })
                .is_some_and(|off| off > SAME)
        );
    }
}

#[test]
fn a_photo_shrunk_while_it_is_decoded_is_the_picture() {
    // Every size of a decoded block, sequential and progressive, with chroma at full and at half
    // size.
    for (size, scale, progressive, sample) in [
        ((4_000, 3_000), "1/2", false, "2x2"),
        ((2_040, 6_000), "1/2", true, "1x1"),
        ((8_000, 6_000), "1/4", false, "2x1"),
    ] {
        let (width, height) = size;
        let ppm = [
            format!("P6\n{width} {height}\n255\n").into_bytes(),
            make::scene(width, height),
        ]
        .concat();
        let mut arguments: Vec<String> = ["-quality", "80", "-sample", sample]
            .map(Into::into)
            .to_vec();
        arguments.extend(progressive.then(|| "-progressive".into()));
        let jpeg = run("cjpeg", &arguments, &ppm).unwrap();
        let theirs = djpeg(&jpeg, &["-scale", scale]).unwrap();
        let off = theirs.difference(&ours(&jpeg).unwrap());
        assert!(off.is_some_and(|off| off < SAME), "{size:?}: {off:?}");
    }
}
