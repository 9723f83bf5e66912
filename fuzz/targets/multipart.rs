//! A posted form with photos, as a browser sends it or as somebody who means harm does: the first
//! byte says in what pieces it comes, the second whether it breaks off. If the rest begins with
//! `!`, its first line is the content type. If it begins with `?`, it is names and contents, NUL
//! between them, of a valid body: our scanner finds in it what multer finds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loke_fuzz::pages::{pieces, post};
use loke_fuzz::parts;

fuzz_target!(|data: &[u8]| {
    let [size, broken, rest @ ..] = data else {
        return;
    };
    if let Some((b'?', rest)) = rest.split_first() {
        return parts::compare(rest, usize::from(*size));
    }
    let line = rest
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(rest.len());
    let (kind, body) = match rest.first() {
        Some(b'!') => (&rest[1..line], rest.get(line + 1..).unwrap_or_default()),
        _ => (&b"multipart/form-data; boundary=b"[..], rest),
    };
    let Ok(kind) = std::str::from_utf8(kind) else {
        return;
    };
    post(
        "/check",
        kind,
        pieces(body, usize::from(*size) * 16),
        broken % 2 == 1,
    );
});
