//! The fuzz targets as tests: each is compiled with the tests and takes its seeds, so that no change
//! of the code breaks a target unseen. `fuzz/run` alone feeds them random input.
#![cfg(test)]
#![expect(
    unused_attributes,
    reason = "a target is the root of a program of its own, without main"
)]

// The targets find `libfuzzer_sys::fuzz_target` and the shared code of `loke_fuzz` here.
extern crate self as libfuzzer_sys;
extern crate self as loke_fuzz;

use std::path::Path;

#[path = "../../fuzz/src/lib.rs"]
mod shared;

pub use shared::{config, pages, parts, texts};

#[path = "../../fuzz/targets/age_header.rs"]
mod age_header;
#[path = "../../fuzz/targets/config.rs"]
mod config;
#[path = "../../fuzz/targets/desk_config.rs"]
mod desk_config;
#[path = "../../fuzz/targets/form.rs"]
mod form;
#[path = "../../fuzz/targets/multipart.rs"]
mod multipart;
#[path = "../../fuzz/targets/photo.rs"]
mod photo;
#[path = "../../fuzz/targets/pickup.rs"]
mod pickup;
#[path = "../../fuzz/targets/receipt.rs"]
mod receipt;
#[path = "../../fuzz/targets/sms_gammu.rs"]
mod sms_gammu;
#[path = "../../fuzz/targets/sms_kannel.rs"]
mod sms_kannel;
#[path = "../../fuzz/targets/sms_notify.rs"]
mod sms_notify;
#[path = "../../fuzz/targets/sms_notify_page.rs"]
mod sms_notify_page;
#[path = "../../fuzz/targets/sms_sort.rs"]
mod sms_sort;
#[path = "../../fuzz/targets/sms_telnyx.rs"]
mod sms_telnyx;
#[path = "../../fuzz/targets/sms_texts.rs"]
mod sms_texts;
#[path = "../../fuzz/targets/sms_twilio.rs"]
mod sms_twilio;
#[path = "../../fuzz/targets/sms_twilio_list.rs"]
mod sms_twilio_list;
#[path = "../../fuzz/targets/tip_tar.rs"]
mod tip_tar;
#[path = "../../fuzz/targets/token.rs"]
mod token;

/// A target as a test.
#[macro_export]
macro_rules! fuzz_target {
    (|$data:ident: &[u8]| $body:expr) => {
        #[test]
        fn takes_its_seeds() {
            let target = |$data: &[u8]| $body;
            for seed in $crate::seeds(file!()) {
                target(&seed);
            }
        }
    };
}

/// The seeds of a target, and no bytes at all.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let name = Path::new(target).file_stem().expect("a file");
    let folder = fuzz().join("seeds").join(name);
    let mut seeds = vec![Vec::new()];
    // A target without a folder has no seeds of its own.
    for seed in folder.read_dir().into_iter().flatten() {
        seeds.push(std::fs::read(seed.expect("a seed").path()).expect("its bytes"));
    }
    seeds
}

fn fuzz() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

#[test]
fn each_target_is_compiled_with_the_tests() {
    let here = include_str!("lib.rs");
    let table = std::fs::read_to_string(fuzz().join("run")).expect("the table of targets");
    let mut count = 0;
    for target in fuzz().join("targets").read_dir().expect("the targets") {
        let path = target.expect("a target").path();
        let name = path.file_stem().expect("a file").to_string_lossy();
        assert!(here.contains(&format!("\nmod {name};")), "{name}");
        assert!(table.contains(&format!("\n{name} ")), "fuzz/run: {name}");
        count += 1;
    }
    assert_eq!(
        here.matches("#[path = \"../../fuzz/targets/").count(),
        count,
        "a target that is gone"
    );
}
