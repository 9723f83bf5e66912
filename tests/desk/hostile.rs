//! Words that attack a page are shown as text, each inside an element that keeps its direction to
//! itself. `.ci/deep books` also judges the time of each page.

use std::time::{Duration, Instant};

use loke::tip::{Priority, Tip, TipId, limits};

use super::served::{ANN, Desk};
use super::{tip, walk};
use crate::house::desk_browser::{DeskBrowser, code};
use crate::triage::with;

/// In each text, so that a search finds it and a page can be looked through for it.
const MARKER: &str = "ashgrove";
/// Most time of a page (`docs/promises`), in `.ci/deep`.
const MOST: Duration = Duration::from_millis(100);

/// A text of the longest form field that repeats a piece.
fn longest(piece: &str) -> String {
    let first = format!("{MARKER} ");
    let text = first.chars().chain(piece.chars().cycle());
    text.take(limits::WHAT).collect()
}

fn texts() -> Vec<String> {
    let pieces = [
        "<script>alert(1)</script><img src=x onerror=alert(1)>\"'></p></body>",
        "{{ 7 * 7 }} javascript:alert(1) &lt;b&gt; ]]> --> ",
        "\u{202e}desrever \u{2067}\u{202d}\u{200f}",
        "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "a\u{301}\u{489}\u{20dd}\u{338}\u{35c}",
        "\u{fdfa}\u{fdfb}",
        "x",
    ];
    pieces.map(longest).into()
}

/// The elements around each place of `marker` that have no direction of their own.
fn without_direction(page: &str, marker: &str) -> Vec<String> {
    let mut around: Vec<&str> = Vec::new();
    let mut bare = Vec::new();
    for piece in page.split('<').skip(1) {
        let Some((tag, text)) = piece.split_once('>') else {
            continue;
        };
        let is_void = ["input", "meta", "link", "img", "br", "hr", "!doctype"]
            .iter()
            .any(|name| tag.to_lowercase().starts_with(name));
        match tag.strip_prefix('/') {
            Some(name) => {
                let at = around.iter().rposition(|open| {
                    let opened = open.split_whitespace().next();
                    opened == Some(name.trim())
                });
                around.truncate(at.unwrap_or(around.len()));
            }
            None if !is_void => around.push(tag),
            None => {}
        }
        let marked = around.iter().any(|tag| tag.contains("dir=\"auto\""));
        if text.contains(marker) && !marked {
            bare.push(around.last().copied().unwrap_or_default().to_owned());
        }
    }
    bare
}

#[test]
fn control_a_word_outside_of_an_element_with_a_direction_is_found() {
    let page = "<body><p dir=\"auto\">one <b>word</b></p><p class=\"x\">one word</p></body>";
    assert_eq!(without_direction(page, "word"), ["p class=\"x\""]);
}

async fn look(browser: &mut DeskBrowser, path: &str) -> String {
    let began = Instant::now();
    let answer = browser.get(path).await;
    let took = began.elapsed();
    assert_eq!(answer.status, 200, "{path}");
    if std::env::var_os("LOKE_DEEP").is_some() {
        println!("{path}: {} µs", took.as_micros());
        assert!(took < MOST, "{path}: {took:?}");
    }
    answer.text()
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_attack_a_page_are_text_in_the_queue_in_the_tip_and_in_search() {
    let desk = Desk::new().await;
    let acting = desk.act("ann", ANN).await;
    let mut browser = desk.browser();
    let secret = browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let mut ids: Vec<TipId> = Vec::new();
    for text in texts() {
        let attack: Tip = with(tip("", Priority::Soon, "2026-11-22"), |tip| {
            tip.place = Some(text.chars().take(limits::WHERE).collect());
            tip.impact = Some(text.chars().take(limits::IMPACT).collect());
            tip.when = Some(text.chars().take(limits::WHEN).collect());
            tip.vehicle = Some(text.chars().take(limits::VEHICLE).collect());
            tip.what = text;
        });
        walk::keep(&acting, "main", &attack).await;
        ids.push(attack.id);
    }
    desk.clock.advance(60);
    let code = code(&secret, desk.clock.now());
    browser.sign_in("ann", ANN, &code).await;
    let mut pages = vec![
        "/queue".to_owned(),
        format!("/search?q={MARKER}"),
        "/day".into(),
    ];
    pages.extend(ids.iter().map(|id| format!("/tip/{id}")));
    let mut seen = 0;
    for path in &pages {
        let page = look(&mut browser, path).await;
        seen += page.matches(MARKER).count();
        for attack in ["<script>alert", "<img src=x", "49 javascript"] {
            assert!(!page.contains(attack), "{path}: {attack}");
        }
        let bare = without_direction(&page, MARKER);
        assert!(bare.is_empty(), "{path}: {bare:?}");
    }
    assert!(seen >= 4 * ids.len(), "control: the pages show the words");
}
