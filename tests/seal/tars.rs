//! The content of a seal opens with every tar without options: `age -d … | tar -x` reads to the end
//! of the seal and writes only `tip.json` and the photos.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use age::x25519;
use loke::clock::Day;
use loke::desk::keys::Identity;
use loke::desk::open;
use loke::seal::{Sealed, SizeClass, encrypt_to, seal};
use loke::tip::{Photo, PhotoNote, Removed, Tip};

use super::{full, keys, plaintext};
use crate::house::skip::skipped;

/// GNU tar, libarchive's (used by macOS and Windows) and busybox's.
const TARS: [&[&str]; 3] = [&["tar"], &["bsdtar"], &["busybox", "tar"]];

/// The tars that are installed; prints a note for each missing one.
fn tars() -> impl Iterator<Item = &'static [&'static str]> {
    TARS.into_iter().filter(|tar| {
        let there = Command::new(tar[0]).arg("--help").output().is_ok();
        if !there {
            skipped!("there is no {} on this machine", tar[0]);
        }
        there
    })
}

/// The result of a tar that read an archive from a pipe.
#[derive(Debug, PartialEq)]
struct Ran {
    ok: bool,
    said: String,
    /// Bytes left in the pipe when it ended: their writer would get a broken pipe.
    unread: usize,
}

fn run(tar: &[&str], option: &str, plain: &[u8], folder: &Path) -> Ran {
    let (mut reading, mut writing) = std::io::pipe().unwrap();
    let mut command = Command::new(tar[0]);
    // Without a file name bsdtar reads a tape, on Linux as on Windows.
    command
        .args(&tar[1..])
        .args([option, "-f", "-"])
        .current_dir(folder)
        .stdin(reading.try_clone().unwrap());
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(command);
    let bytes = plain.to_vec();
    let writer = std::thread::spawn(move || writing.write_all(&bytes));
    let out = child.wait_with_output().unwrap();
    let mut unread = Vec::new();
    reading.read_to_end(&mut unread).unwrap();
    writer.join().unwrap().unwrap();
    Ran {
        ok: out.status.success(),
        said: String::from_utf8([out.stdout, out.stderr].concat()).unwrap(),
        unread: unread.len(),
    }
}

/// A tip with this many photos, each of this many bytes.
fn with_photos(photos: usize, bytes: usize) -> (Tip, Vec<Photo>) {
    let mut tip = full("x");
    tip.photos = (1..=photos)
        .map(|n| PhotoNote {
            name: format!("photo-{n}.jpg"),
            removed: Removed::ALL.to_vec(),
        })
        .collect();
    let photo = |n: usize| (0..bytes).map(|at| (at * 7 + n) as u8).collect();
    (
        tip,
        (1..=photos)
            .map(|n| Photo {
                jpeg: photo(n),
                removed: vec![],
                thumbnail: Vec::new(),
            })
            .collect(),
    )
}

/// Tips of every class, and of a class with 0, 1, 2 and 3 blocks of padding.
fn tips() -> Vec<(Tip, Vec<Photo>, SizeClass)> {
    let mut tips = vec![
        (full("🚗"), vec![], SizeClass::Text),
        (full("x"), vec![], SizeClass::Text),
    ];
    for (photos, bytes, class) in [
        (1, 1, SizeClass::One),
        (2, 900_000, SizeClass::Two),
        (3, 700_001, SizeClass::Four),
        (4, 1_300_000, SizeClass::Eight),
    ] {
        let (tip, photos) = with_photos(photos, bytes);
        tips.push((tip, photos, class));
    }
    for blocks in 0..4 {
        let (tip, _) = with_photos(1, 1);
        let json = serde_json::to_vec(&tip).unwrap().len();
        let room = (1 << 20) - 1_024 - blocks * 512 - 512 - json.next_multiple_of(512) - 512;
        let (_, photos) = with_photos(1, room);
        tips.push((tip, photos, SizeClass::One));
    }
    tips
}

#[test]
fn p4_plain_tar_opens_a_tip_of_every_class_and_reads_to_the_seals_end() {
    let (identity, recipients, key) = keys();
    for (tip, photos, class) in tips() {
        let sealed = seal(&tip, &photos, &recipients, &key, Day(21_000)).unwrap();
        let plain = plaintext(&identity, &sealed.bytes);
        assert_eq!((sealed.class, plain.len()), (class, class.plain()));
        let names: Vec<String> = std::iter::once("tip.json".into())
            .chain((1..=photos.len()).map(|n| format!("photo-{n}.jpg")))
            .collect();
        for tar in tars() {
            let folder = tempfile::tempdir().unwrap();
            let listed = names.iter().map(|name| format!("{name}\n")).collect();
            assert_eq!(
                run(tar, "-t", &plain, folder.path()),
                Ran {
                    ok: true,
                    said: listed,
                    unread: 0
                },
                "{tar:?}"
            );
            assert_eq!(
                run(tar, "-x", &plain, folder.path()),
                Ran {
                    ok: true,
                    said: String::new(),
                    unread: 0
                },
                "{tar:?}"
            );
            let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
            assert_eq!(
                std::fs::read_dir(folder.path()).unwrap().count(),
                names.len(),
                "{tar:?}"
            );
            assert_eq!(
                read("tip.json"),
                serde_json::to_vec(&tip).unwrap(),
                "{tar:?}"
            );
            assert!(
                photos
                    .iter()
                    .zip(&names[1..])
                    .all(|(photo, name)| read(name) == photo.jpeg),
                "{tar:?}"
            );
        }
    }
}

/// The tar with the earlier padding: zeros after the end blocks.
fn padded_with_zeros(plain: &[u8]) -> Vec<u8> {
    let padding = plain
        .chunks(512)
        .position(|block| block[156] == b'g' && block[257..262] == *b"ustar")
        .unwrap();
    let mut old = plain[..padding * 512].to_vec();
    old.resize(plain.len(), 0);
    old
}

/// The negative control of the test above: if padding follows the end blocks, the programs do stop
/// early.
#[test]
fn control_behind_zeros_some_tar_leaves_bytes_unread() {
    let (identity, recipients, key) = keys();
    let (tip, photos) = with_photos(1, 1);
    let sealed = seal(&tip, &photos, &recipients, &key, Day(21_000)).unwrap();
    let old = padded_with_zeros(&plaintext(&identity, &sealed.bytes));
    let folder = tempfile::tempdir().unwrap();
    let unread: Vec<usize> = tars()
        .map(|tar| run(tar, "-x", &old, folder.path()).unread)
        .collect();
    assert!(unread.iter().any(|bytes| *bytes > 100_000), "{unread:?}");
}

/// `age -d | tar -x` as in the run-book: neither of the two fails, whatever the class.
#[test]
fn debians_age_is_not_cut_off_by_any_tar() {
    if Command::new("age").arg("--version").output().is_err() {
        skipped!("there is no age on this machine");
        return;
    }
    let identity = x25519::Identity::generate();
    let folder = tempfile::tempdir().unwrap();
    let secret = age::secrecy::ExposeSecret::expose_secret(&identity.to_string()).to_owned();
    std::fs::write(folder.path().join("identity"), secret).unwrap();
    let mut recipients = loke::seal::Recipients::default();
    for lane in loke::tip::Lane::ALL {
        recipients.add(*lane, identity.to_public().to_string().parse().unwrap());
    }
    for (tip, photos, _) in tips() {
        let Sealed { bytes, .. } = seal(
            &tip,
            &photos,
            &recipients,
            &loke::seal::MacKey::random().unwrap(),
            Day(21_000),
        )
        .unwrap();
        std::fs::write(folder.path().join("sealed.age"), bytes).unwrap();
        for tar in tars() {
            let pipe = format!(
                "set -o pipefail; age -d -i identity sealed.age | {} -xf -",
                tar.join(" ")
            );
            let out = Command::new("bash")
                .args(["-c", &pipe])
                .current_dir(folder.path())
                .output()
                .unwrap();
            assert!(
                out.status.success() && out.stderr.is_empty(),
                "{tar:?}: {out:?}"
            );
        }
    }
}

/// A tip sealed before the padding changed, and its key.
const ZEROS: (&[u8], &str) = (include_bytes!("zeros.age"), include_str!("zeros.identity"));

#[test]
fn a_tip_that_was_padded_with_zeros_still_opens_at_the_desk() {
    let key: x25519::Identity = ZEROS.1.lines().last().unwrap().parse().unwrap();
    let plain = plaintext(&key, ZEROS.0);
    assert!(
        plain[8_000..].iter().all(|byte| *byte == 0) && plain.len() == 16 << 10,
        "the control: it is one of those"
    );
    let identity = Identity::generate();
    let sealed = encrypt_to(&[identity.recipient().unwrap()], &plain).unwrap();
    let opened = open::tip(std::slice::from_ref(&identity), &sealed).unwrap();
    assert!(opened.tip.what.starts_with("old words old words "));
    // No data may be hidden there: a plain tar would not show it.
    let mut hiding = plain;
    *hiding.last_mut().unwrap() = 1;
    let sealed = encrypt_to(&[identity.recipient().unwrap()], &hiding).unwrap();
    assert_eq!(
        open::tip(&[identity], &sealed).unwrap_err(),
        open::Error::NotATip("there is data after the tar's end")
    );
}
