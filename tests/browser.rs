//! Real browsers against the real gateway: Chromium and Firefox with a phone's screen, and the text
//! browsers of a terminal. If a browser is not installed, its tests print that they are skipped.
//! The browsers open only addresses on loopback, and no process that they start outlives them.
//!
//! These tests take minutes and need the whole machine. `LOKE_BROWSERS=some` runs two languages and
//! few repetitions, `LOKE_BROWSERS=full` every language; without the variable the tests in Chromium
//! and Firefox are skipped. `LOKE_LEAVES` sets how often a test leaves each page. Screenshots are
//! stored in `target/screenshots`.

use std::path::{Path, PathBuf};

use loke::words::Languages;

use crate::house::limit;
use crate::house::real::RealGateway;
use crate::house::skip::skipped;
use crate::photo::make;

mod brief;
mod circle;
mod cover;
mod desk_keys;
mod desk_pages;
mod journey;
mod keyboard;
mod leave;
mod letter;
mod link;
mod looks;
mod monday;
mod night;
mod officers;
mod partner;
mod phone;
mod relay;
mod report;
mod screen;
mod served;
mod sheets;
mod terminal;
mod tree;
mod wire;

use phone::{Kind, Phone};

/// Every browser, with script and without.
const ALL: [(Kind, bool); 4] = [
    (Kind::Chromium, true),
    (Kind::Chromium, false),
    (Kind::Firefox, true),
    (Kind::Firefox, false),
];

/// Whether to run every language and repetition, not only what CI has time for.
fn full() -> bool {
    std::env::var("LOKE_BROWSERS").is_ok_and(|all| all == "full")
}

/// The button that leads on: not the one that Enter presses, and none that leads elsewhere.
const NEXT: &str = "form button:not(.trap):not([formaction])";

/// The entries of `ALL` that are installed. Prints a note for each one that is missing.
fn browsers() -> Vec<(Kind, bool)> {
    if !std::env::var("LOKE_BROWSERS")
        .is_ok_and(|wanted| ["some", "full"].contains(&wanted.as_str()))
    {
        skipped!("LOKE_BROWSERS is neither some nor full");
        return Vec::new();
    }
    for kind in [Kind::Chromium, Kind::Firefox]
        .into_iter()
        .filter(|kind| !kind.is_here())
    {
        skipped!("{kind:?} or its driver is not on this machine");
    }
    ALL.into_iter().filter(|(kind, _)| kind.is_here()).collect()
}

/// The real gateway in `place`, with room for every report of a test.
async fn gateway(place: &Path, leave_to: Option<&str>) -> RealGateway {
    let mut gateway = not_started(place, leave_to);
    gateway.start().await;
    gateway
}

/// The same gateway, not yet started, for a test that starts it in its own way.
fn not_started(place: &Path, leave_to: Option<&str>) -> RealGateway {
    RealGateway::new(
        place,
        place.join("gateway"),
        "sqlite:queue.db",
        "512,64,8,4,2",
        |table| {
            limit(
                table,
                &[
                    ("requests_per_minute", 100_000),
                    ("reports_per_hour", 100_000),
                    ("photos_per_hour", 100_000),
                ],
            );
            if let Some(to) = leave_to {
                table["web"]
                    .as_table_mut()
                    .unwrap()
                    .insert("leave_to".into(), to.into());
            }
        },
    )
}

/// Two photos with hidden metadata, as files.
fn two_photos(place: &Path) -> [PathBuf; 2] {
    ["one.jpg", "two.jpg"].map(|name| {
        let file = place.join(name);
        std::fs::write(&file, make::dirty_jpeg()).unwrap();
        file
    })
}

/// The languages to run: all of them, or three: English with script, Arabic (right to left) and
/// Polish (a draft with diacritics) without.
fn languages(script: bool) -> Vec<&'static str> {
    let some: &[&str] = if script { &["en"] } else { &["ar", "pl"] };
    let all = Languages::read().unwrap();
    all.all()
        .iter()
        .map(|words| words.code)
        .filter(|code| full() || some.contains(code))
        .collect()
}

fn screenshots() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
