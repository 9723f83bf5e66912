//! The desk's folder at rest, searched for the words of a tip.

use std::fs;
use std::path::{Path, PathBuf};

use loke::seal::MacKey;
use loke::tip::Priority;

use super::{Bench, CANARY, PASSPHRASE, text, tip, with_photo};

/// P13: a copy of the desk's folder contains no readable word. Control: the same sweep finds the
/// words in a plain file.
#[test]
fn the_desks_folder_holds_no_word_of_any_tip() {
    let bench = Bench::new();
    let (tip, photos) = with_photo(tip(CANARY, Priority::Now, "2026-11-22"));
    bench.import(&[bench.seal(&tip, &photos, &MacKey::random().unwrap())]);
    bench.ok(&["show", &tip.id.to_string()]);
    let words = [
        "swapped the lock",
        "żółć",
        "Larkman Lane",
        "cuckooing",
        "tip.json",
        PASSPHRASE,
        "AGE-SECRET-KEY",
    ];
    let sweep = |folder: &Path| -> Vec<String> {
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| p.is_file());
        files
            .flat_map(|file| {
                let bytes = fs::read(&file).unwrap();
                let found = |word: &&str| {
                    bytes.windows(word.len()).any(|w| w == word.as_bytes())
                        || find_hex(&bytes, word)
                };
                words
                    .iter()
                    .filter(|word| found(word))
                    .map(|word| format!("{word} in {}", file.display()))
                    .collect::<Vec<_>>()
            })
            .collect()
    };
    assert_eq!(sweep(&bench.folder()), Vec::<String>::new());
    bench.ok(&[
        "open",
        text(&write(
            &bench,
            "one.age",
            &bench.seal(&tip, &photos, &MacKey::random().unwrap()).bytes,
        )),
        "--out",
        text(&bench.path("plain")),
    ]);
    assert!(sweep(&bench.path("plain")).len() >= 3, "the sweep is blind");
}

fn find_hex(bytes: &[u8], word: &str) -> bool {
    let digits = hex::encode(word);
    bytes
        .windows(digits.len())
        .any(|w| w.eq_ignore_ascii_case(digits.as_bytes()))
}

fn write(bench: &Bench, name: &str, bytes: &[u8]) -> PathBuf {
    fs::write(bench.path(name), bytes).unwrap();
    bench.path(name)
}
