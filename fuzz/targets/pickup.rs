//! The messages between gateway and desk, parsed on either side: a parsed message is written back
//! as the same message. The first byte selects the message type.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loke_core::pickup::{
    Ack, Acked, AskRows, Claim, Claimed, Collected, Count, Counted, Enrolment, Problem, Renew,
    Renewed, Replace, Rows,
};
use loke_core::seal::{MacKey, Sealed};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn both_ways<T: DeserializeOwned + Serialize>(json: &[u8]) -> Option<T> {
    let message: T = serde_json::from_slice(json).ok()?;
    let written = serde_json::to_vec(&message).expect("it can be written");
    let again: T = serde_json::from_slice(&written).expect("it can be read again");
    assert_eq!(
        serde_json::to_vec(&again).expect("it can be written"),
        written
    );
    Some(message)
}

fuzz_target!(|data: &[u8]| {
    let Some((which, json)) = data.split_first() else {
        return;
    };
    match which % 14 {
        0 => drop(both_ways::<Claim>(json)),
        1 => drop(both_ways::<Ack>(json)),
        2 => drop(both_ways::<Acked>(json)),
        3 => drop(both_ways::<Renew>(json)),
        4 => drop(both_ways::<Renewed>(json)),
        5 => drop(both_ways::<Replace>(json)),
        6 => drop(both_ways::<Problem>(json)),
        7 => drop(
            std::str::from_utf8(json)
                .ok()
                .and_then(|text| toml::from_str::<Enrolment>(text).ok()),
        ),
        8 => {
            let Some(collected) = both_ways::<Collected>(json) else {
                return;
            };
            assert!(
                !MacKey::new([7; 32]).holds(&Sealed::from(collected)),
                "nobody without the key makes a row"
            );
        }
        9 => drop(both_ways::<Claimed>(json)),
        10 => drop(both_ways::<Count>(json)),
        11 => drop(both_ways::<Counted>(json)),
        12 => drop(both_ways::<AskRows>(json)),
        _ => drop(both_ways::<Rows>(json)),
    }
});
