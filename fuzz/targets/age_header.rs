//! The limit on an age file's header: the desk rejects a file before age sees more stanzas than any
//! gateway writes, and no altered file opens. If the first byte is even, the rest follows the first
//! line of a header. If it is odd, the rest is inserted into a real sealed file at the position
//! that the second byte gives.
#![no_main]

use std::cell::LazyCell;

use libfuzzer_sys::fuzz_target;
use loke_core::seal::encrypt_to;
use loke_desk::age_header::{BYTES, STANZAS};
use loke_desk::keys::Identity;
use loke_desk::open;

const FIRST_LINE: &[u8] = b"age-encryption.org/v1\n";

thread_local! {
    static SEALED: LazyCell<(Identity, Vec<u8>)> = LazyCell::new(|| {
        let identity = Identity::generate();
        let sealed = encrypt_to(&[identity.recipient().expect("a recipient")], &[0; 1_024]).expect("sealed");
        (identity, sealed)
    });
}

fuzz_target!(|data: &[u8]| {
    let [first, second, rest @ ..] = data else {
        return;
    };
    SEALED.with(|made| {
        let (identity, sealed) = &**made;
        let at = usize::from(*second) % sealed.len();
        let file = if first % 2 == 0 {
            [FIRST_LINE, rest].concat()
        } else {
            [&sealed[..at], rest, &sealed[at..]].concat()
        };
        let answer = open::tip(std::slice::from_ref(identity), &file);
        assert!(
            answer.is_err(),
            "a kilobyte of zeros is no tip, and nothing else opens"
        );
        // The work of age is bounded: it gets neither many stanzas nor a long header.
        let lines = || {
            file.split(|byte| *byte == b'\n')
                .take_while(|line| !line.starts_with(b"---"))
        };
        let stanzas = lines().filter(|line| line.starts_with(b"->")).count();
        let length: usize = lines().map(|line| line.len() + 1).sum();
        if file.starts_with(FIRST_LINE) && (stanzas > STANZAS + 1 || length > BYTES) {
            assert_eq!(
                answer.err(),
                Some(open::Error::Header),
                "{stanzas} stanzas, {length} bytes"
            );
        }
    });
});
