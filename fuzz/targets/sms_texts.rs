//! The whole path of a text, through the real listener into a real queue and out of its seal:
//! unless it is only a STOP, every character is stored, once although it is sent twice, in tips
//! that fit, without sender and id. The first byte selects whether the provider sends the number.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loke_core::campaign;
use loke_core::characters::visible;
use loke_core::tip::{Channel, limits};
use loke_fuzz::texts::sent;

/// Number of letters and digits: a code is removed together with the punctuation around it.
fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

/// The words of a tip, without the note of the part's number.
fn told(what: &str, parts: usize) -> &str {
    let numbered = parts > 1 && what.starts_with("[Part ");
    what.split_once("] ")
        .filter(|_| numbered)
        .map_or(what, |(_, told)| told)
}

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    // As long as the longest text that phones send in parts. Longer inputs are for the parsers' own
    // targets.
    let words = String::from_utf8_lossy(&rest[..rest.len().min(12_000)]).into_owned();
    let tips = sent(&words, first % 2 == 1);
    let shown = visible(&words);
    let kept: usize = tips
        .iter()
        .map(|tip| letters(told(&tip.what, tips.len())))
        .sum();
    let most = if tips.is_empty() {
        "unsubscribe".len() + campaign::LENGTH
    } else {
        campaign::LENGTH
    };
    assert!(
        letters(&shown) - kept <= most,
        "{} letters of a text were lost: {shown}",
        letters(&shown) - kept
    );
    assert!(
        !tips.is_empty() || shown.is_empty() || letters(&shown) > 0,
        "a text was lost: {shown}"
    );
    for tip in &tips {
        assert!(
            tip.what.chars().count() <= limits::WHAT && shown.contains(told(&tip.what, tips.len())),
            "{}",
            tip.what
        );
        assert!(
            tip.channel == Channel::Sms
                && tip.photos.is_empty()
                && tip.place.is_none()
                && tip.reply_key.is_none()
        );
        assert_eq!(tip.received, "2026-11-21");
        assert!(
            tip.thread.is_some() == (first % 2 == 1 || tips.len() > 1)
                && tip.thread == tips[0].thread
        );
    }
});
