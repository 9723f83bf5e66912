//! Opening at the desk: the content of a sealed file that opens. An attacker who can write to the
//! queue has the public key, and can seal anything. If the first byte is even, the rest is the tar.
//! If it is odd, the rest is the files of a well-formed tar.
#![no_main]

use std::cell::LazyCell;

use libfuzzer_sys::fuzz_target;
use loke_core::seal::{Recipient, encrypt_to};
use loke_desk::keys::Identity;
use loke_desk::open;

thread_local! {
    static KEY: LazyCell<(Identity, Recipient)> = LazyCell::new(|| {
        let identity = Identity::generate();
        let recipient = identity.recipient().expect("a recipient");
        (identity, recipient)
    });
}

/// A tar of these files, which the byte 0xff separates: `tip.json`, `photo-1.jpg` and so on.
fn tar(files: &[u8]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (n, file) in files.split(|byte| *byte == 0xff).take(7).enumerate() {
        let name = if n == 0 {
            "tip.json".to_owned()
        } else {
            open::photo_name(n)
        };
        let mut header = tar::Header::new_ustar();
        header.set_size(file.len() as u64);
        tar.append_data(&mut header, name, file).expect("a tar");
    }
    tar.into_inner().expect("a tar")
}

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let plain = if first % 2 == 0 {
        rest.to_vec()
    } else {
        tar(rest)
    };
    KEY.with(|key| {
        let (identity, recipient) = &**key;
        let sealed = encrypt_to(std::slice::from_ref(recipient), &plain).expect("sealed");
        match open::tip(std::slice::from_ref(identity), &sealed) {
            Ok(opened) => {
                assert!(opened.photos.len() == opened.tip.photos.len() && opened.photos.len() <= 4);
                assert!(memchr::memmem::find(&plain, opened.json.as_bytes()).is_some());
            }
            Err(open::Error::NotATip(_) | open::Error::Schema(_)) => {}
            Err(other) => panic!("the seal itself is good: {other}"),
        }
    });
});
