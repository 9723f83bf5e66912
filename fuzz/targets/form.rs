//! A posted form without photos. The first byte selects the page and the size of the pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loke_fuzz::pages::{pieces, post};

fuzz_target!(|data: &[u8]| {
    let Some((first, body)) = data.split_first() else {
        return;
    };
    // `/send` without a token of this process shows the form again, and stores nothing.
    let path = ["/check", "/send", "/messages"][usize::from(first % 3)];
    post(
        path,
        "application/x-www-form-urlencoded",
        pieces(body, usize::from(*first) * 16),
        false,
    );
});
