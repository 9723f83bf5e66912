//! Photographs from other sources: each is cleaned or rejected, none is slow, all come out upright.
//! Skipped if the corpus is absent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use loke::photo::PhotoRefused;
use loke::tip::Removed;

use super::{MOST_PHOTOS, clean, cpu, difference, is_bare, make, plain_photo};
use crate::house::memory;
use crate::house::skip::skipped;

/// The folder of the corpus, if it exists.
fn corpus() -> Option<PathBuf> {
    let root = std::env::var_os("LOKE_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        PathBuf::from,
    );
    let found = root.is_dir().then_some(root);
    if found.is_none() {
        skipped!("no corpus (set LOKE_CORPUS to its folder)");
    }
    found
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if entry.is_dir() {
            files(&entry, out);
        } else {
            out.push(entry);
        }
    }
}

#[test]
fn every_file_of_the_corpus_is_bare_or_refused_and_none_is_slow() {
    let Some(root) = corpus() else { return };
    let mut all = Vec::new();
    files(&root, &mut all);
    let mut slowest: Vec<(Duration, String)> = Vec::new();
    let mut words = BTreeSet::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for path in &all {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let bytes = std::fs::read(path).unwrap();
        let start = cpu();
        let answer = clean(&bytes);
        slowest.push((cpu() - start, name.clone()));
        let folder = name.split('/').next().unwrap();
        *counts
            .entry(format!(
                "{folder}: {}",
                answer
                    .as_ref()
                    .map_or_else(|e| format!("{e:?}"), |_| "cleaned".into())
            ))
            .or_default() += 1;
        match &answer {
            Ok(photo) => {
                assert_eq!(is_bare(&photo.jpeg), Ok(()), "{name}");
                words.extend(photo.removed.iter().copied());
            }
            Err(reason) if name.starts_with("camera/jpg") || name.starts_with("dirty") => {
                eprintln!("refused: {name}: {reason:?}")
            }
            Err(_) => {}
        }
        let ending = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        let own = match ending.as_str() {
            "heic" | "heif" => Some(PhotoRefused::Heic),
            "gif" => Some(PhotoRefused::OtherFormat("GIF")),
            "tif" | "tiff" => Some(PhotoRefused::OtherFormat("TIFF")),
            "avif" => Some(PhotoRefused::OtherFormat("AVIF")),
            "jxl" => Some(PhotoRefused::OtherFormat("JPEG XL")),
            "md" => Some(PhotoRefused::NotAnImage),
            _ => None,
        };
        assert!(
            own.is_none() || answer.as_ref().err() == own.as_ref(),
            "{name}: {:?}",
            answer.err()
        );
        let suite = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("png/") && ending == "png" {
            assert_eq!(
                answer.is_err(),
                suite.starts_with('x'),
                "{name}: {:?}",
                answer.err()
            );
        }
    }
    slowest.sort();
    slowest.reverse();
    eprintln!(
        "{} files: {counts:#?}\nmost CPU: {:?}\nremoved: {words:?}",
        all.len(),
        &slowest[..3]
    );
    assert!(
        slowest[0].0 < plain_photo() * MOST_PHOTOS,
        "{:?}, and a plain photo takes {:?}",
        slowest[0],
        plain_photo()
    );
    assert_eq!(words.into_iter().collect::<Vec<_>>(), Removed::ALL);
}

/// Below this mean difference, two of these photos have the same orientation: each shows its own
/// number and was compressed separately.
const SAME: f64 = 20.0;

#[test]
fn p10_sixteen_of_sixteen_orientations_come_out_upright() {
    let Some(root) = corpus() else { return };
    let read = |name: &str| std::fs::read(root.join("camera/jpg/orientation").join(name)).unwrap();
    for shape in ["landscape", "portrait"] {
        let reference = clean(&read(&format!("{shape}_1.jpg")))
            .unwrap()
            .jpeg
            .clone();
        for n in 1..=8 {
            let file = read(&format!("{shape}_{n}.jpg"));
            let off = difference(&clean(&file).unwrap().jpeg, &reference);
            assert!(off.is_some_and(|d| d < SAME), "{shape}_{n}: {off:?}");
            let untouched = difference(&file, &reference);
            assert_eq!(
                n == 1,
                untouched.is_some_and(|d| d < SAME),
                "the control: {shape}_{n} as it lies: {untouched:?}"
            );
        }
    }
}

/// Prints the cost of a photo of 12 megapixels. Memory is measured over the whole process: run this
/// test alone for an accurate figure.
#[test]
fn a_photo_of_twelve_megapixels_is_cheap() {
    let stored = make::jpeg(4_000, 3_000, false);
    let note = make::segment(0xe1, &[b"Exif\0\0".to_vec(), make::exif(6)].concat());
    let file = [&stored[..2], &note, &stored[2..]].concat();
    drop(stored);
    let mut best = Duration::MAX;
    let mut peak = 0;
    for _ in 0..5 {
        let copy = zeroize::Zeroizing::new(file.clone());
        let before = memory::status("self", "VmRSS:") >> 10;
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        let start = cpu();
        let photo = loke::photo::clean_now(copy).unwrap();
        best = best.min(cpu() - start);
        peak = (memory::status("self", "VmHWM:") >> 10).saturating_sub(before);
        assert_eq!(is_bare(&photo.jpeg), Ok(()));
    }
    eprintln!(
        "12 Mpx, {} kB in: {best:?} of CPU, {} kB more memory at the peak",
        file.len() / 1_000,
        peak
    );
    // Only a guard against a hang: the bench measures the time.
    assert!(best < Duration::from_secs(10), "{best:?}");
}
