//! P14: after a sign-out neither Chromium's nor Firefox's profile has a word of a tip, a note, a draft or a
//! half-written text, and neither has the print spool. An officer reads, writes, looks at a report and prints.

use std::collections::BTreeSet;
use std::path::Path;

use loke::clock::Clock;
use loke::desk::partners::{PartnerKind, Way};
use loke::gateway::prove::places;
use loke::random;
use loke::tip::Priority;

use super::officers::Officer;
use super::phone::Kind;
use super::relay::Relay;
use super::*;
use crate::desk::served::{ANN, Desk};
use crate::desk::{tip, walk};
use crate::house::partners;
use crate::house::sweep::Sweep;

/// The print spool of a machine (CUPS, lpd).
const SPOOL: &str = "/var/spool";

/// The files that have a word in them, by the word's name.
fn in_folder(sweep: &Sweep, folder: &Path, since: Option<i64>) -> BTreeSet<String> {
    let searched = places::folder(sweep, "profile", folder, since).unwrap();
    let finds = searched.finds.into_iter();
    let mut found: BTreeSet<String> = finds
        .map(|(file, find)| format!("{}: {file}", find.name))
        .collect();
    for file in compressed(folder) {
        let plain = uncompressed(&std::fs::read(&file).unwrap_or_default());
        let finds = sweep.finds(&plain).into_iter();
        found.extend(finds.map(|find| format!("{}: {}", find.name, file.display())));
    }
    found
}

/// The files of Firefox that are compressed: sessions and bookmarks.
fn compressed(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = path.to_string_lossy();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if name.contains("lz4") {
                found.push(path);
            }
        }
    }
    found
}

/// The contents of a file of Firefox: the word `mozLz40`, the length, and one LZ4 block. Anything else ends
/// early.
fn uncompressed(file: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let block = file.strip_prefix(b"mozLz40\0").unwrap_or_default();
    let mut rest = block.iter().copied().skip(4);
    while let Some(token) = rest.next() {
        let literals = length(token >> 4, &mut rest);
        out.extend(rest.by_ref().take(literals));
        let (Some(low), Some(high)) = (rest.next(), rest.next()) else {
            break;
        };
        let back = usize::from(u16::from_le_bytes([low, high]));
        for _ in 0..4 + length(token & 15, &mut rest) {
            let Some(byte) = out.len().checked_sub(back).and_then(|at| out.get(at)) else {
                return out;
            };
            out.push(*byte);
        }
    }
    out
}

/// A length of an LZ4 block: four bits, and more bytes if all four are set.
fn length(short: u8, rest: &mut impl Iterator<Item = u8>) -> usize {
    let mut length = usize::from(short);
    if short == 15 {
        for more in rest {
            length += usize::from(more);
            if more < 255 {
                break;
            }
        }
    }
    length
}

/// An officer works at a desk of their own, and signs out if `careful`. Otherwise the desk's pages come without
/// their protections, and the officer stays. Returns the words in the profile and in the print spool, with
/// the file of each.
async fn works(kind: Kind, careful: bool) -> BTreeSet<String> {
    let desk = Desk::new().await;
    let relay = Relay::careless(desk.address).await;
    let at = if careful { desk.address } else { relay.address };
    let acting = desk.act("ann", ANN).await;
    let key = age::x25519::Identity::generate();
    let way = Way::Folder(desk.register.folder().join("inbox"));
    let police = partners::partner("police", PartnerKind::Police, &key, way);
    partners::add(&acting, &police).await;
    let [told, note, half, report] = [(); 4].map(|()| {
        let random = random::bytes::<12>().unwrap();
        format!("canary{}", hex::encode(random))
    });
    let one = tip(&told, Priority::Soon, "2026-11-22");
    walk::keep(&acting, "main", &one).await;
    let words = [
        ("tip", &told),
        ("note", &note),
        ("half", &half),
        ("report", &report),
    ];
    let words = words.map(|(name, word)| (name, word.as_str()));
    let sweep = Sweep::new(words.into_iter().chain([("passphrase", ANN)])).unwrap();
    let began = Clock::System.now();
    let mut ann = Officer::at(kind, &desk, "ann", ANN).await.through(at);
    ann.sets_up(None).await;
    let page = format!("/tip/{}", one.id);
    ann.open("/queue").await;
    ann.open(&page).await;
    assert!(ann.phone.holds(&told).await);
    ann.phone.fill("#note", &note).await;
    ann.phone.touch("button[value=note]").await;
    ann.phone.wait("main [role=status]").await;
    ann.open(&page).await;
    assert!(ann.phone.holds(&note).await);
    ann.phone.fill("#text", &report).await;
    ann.phone.touch("button[data-submit]").await;
    ann.phone.arrives(&format!("http://{at}/report/")).await;
    assert!(ann.phone.holds(&report).await);
    ann.phone.print().await;
    ann.open(&page).await;
    ann.phone.print().await;
    ann.phone.fill("#note", &half).await;
    if careful {
        ann.signs_out().await;
    }
    let mut found = in_folder(&sweep, ann.phone.profile(), None);
    // Then the browser writes all that it keeps.
    ann.phone.quit().await;
    found.extend(in_folder(&sweep, ann.phone.profile(), None));
    found.extend(in_folder(&sweep, Path::new(SPOOL), Some(began)));
    found
}

fn installed() -> Vec<Kind> {
    let scripted = browsers().into_iter().filter(|(_, script)| *script);
    scripted.map(|(kind, _)| kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_after_a_sign_out_no_word_is_in_a_browsers_profile_or_in_the_print_spool() {
    for kind in installed() {
        let found = works(kind, true).await;
        assert!(found.is_empty(), "{kind:?}: {found:?}");
    }
}

/// The control: signed in, at pages that a browser may store.
#[tokio::test(flavor = "multi_thread")]
async fn p14_without_its_headers_a_desks_page_would_be_in_the_browsers_profile() {
    for kind in installed() {
        let found = works(kind, false).await;
        println!("{kind:?}: {found:?}");
        assert!(!found.is_empty(), "{kind:?}");
    }
}

#[test]
fn the_sweep_reads_the_compressed_files_of_firefox() {
    // "abcd", four bytes of it again, and "!" (a token for a last run of literals).
    let block = [0x40, b'a', b'b', b'c', b'd', 4, 0, 0x10, b'!'];
    let file = [b"mozLz40\0\x09\0\0\0".as_slice(), &block].concat();
    assert_eq!(uncompressed(&file), b"abcdabcd!");
    let mut long = vec![0xf0, 5];
    long.extend([b'x'; 20]);
    let file = [b"mozLz40\0\x14\0\0\0".as_slice(), &long].concat();
    assert_eq!(uncompressed(&file), [b'x'; 20]);
    assert!(uncompressed(b"anything else").is_empty());
}
