//! A posted token and ticket: only the exact encoding of one that this process made is valid.
#![no_main]

use std::cell::LazyCell;

use libfuzzer_sys::fuzz_target;
use loke_gateway::memory::pending_photos::Ticket;
use loke_gateway::web::token::{Carried, Keys};

const NOW: i64 = 1_795_262_400;

thread_local! {
    static MADE: LazyCell<(Keys, [String; 2])> = LazyCell::new(|| {
        let keys = Keys::new().expect("randomness");
        let form = keys.for_form(NOW).expect("randomness");
        let check = keys.for_check(Carried::opened(NOW - 60), NOW, keys.photos("")).expect("randomness");
        (keys, [form, check])
    });
}

fuzz_target!(|data: &[u8]| {
    MADE.with(|made| {
        let (keys, tokens) = &**made;
        let [form, check] = tokens
            .each_ref()
            .map(|token| keys.read(token, NOW).expect("the control"));
        assert!(check.may_send(keys.photos("")) && !form.may_send(keys.photos("")));
        for token in tokens {
            // Alters the token: each pair is a position and a value that is added to its character;
            // a leftover byte is appended.
            let mut changed = token.clone().into_bytes();
            for change in data.chunks(2).take(8) {
                match change {
                    [at, by] => {
                        let at = usize::from(*at) % changed.len();
                        changed[at] = changed[at].wrapping_add(*by);
                    }
                    rest => changed.extend(rest),
                }
            }
            for text in [
                String::from_utf8_lossy(&changed),
                String::from_utf8_lossy(data),
            ] {
                let good = |text: &str| tokens.iter().any(|token| token == text);
                assert!(
                    keys.read(&text, NOW)
                        .is_none_or(|read| good(&text) && keys.write(read) == text),
                    "{text}"
                );
                assert!(
                    Ticket::parse(&text).is_none_or(|ticket| ticket.as_str() == text),
                    "{text}"
                );
            }
        }
    });
});
