//! `desk.toml`, whatever stands in it: read or refused with a sentence that repeats no value. The
//! byte 1 stands for a planted value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loke_desk::settings::Desk;

fuzz_target!(|data: &[u8]| loke_fuzz::config(data, Desk::read));
