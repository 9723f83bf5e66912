//! A posted form with photos, from a browser or an attacker. The first byte gives the size of the
//! pieces, the second whether the body breaks off. If the rest begins with `!`, its first line is
//! the content type. If it begins with `?`, it is the names and contents, separated by NUL, of a
//! valid body: our scanner must find the same parts as multer.
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
