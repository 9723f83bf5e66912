//! `gateway.toml` with any content: it is read, or rejected with a message that repeats no value.
//! The byte 1 stands for a planted value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loke_gateway::settings::GatewaySettings;

fuzz_target!(|data: &[u8]| loke_fuzz::config(data, GatewaySettings::read));
