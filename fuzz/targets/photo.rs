//! A file that claims to be a photo: it is cleaned or rejected, without a panic, and a cleaned
//! photo has only the segments of the short list.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loke_photo::{MAX_CLEAN_BYTES, clean_now};
use zeroize::Zeroizing;

/// Segments of a cleaned photo: APP0, DQT, SOF0, DHT, SOS.
const KEPT: [u8; 5] = [0xe0, 0xdb, 0xc0, 0xc4, 0xda];

fuzz_target!(|data: &[u8]| {
    let Ok(photo) = clean_now(Zeroizing::new(data.to_vec())) else {
        return;
    };
    assert!(
        photo.jpeg.len() <= MAX_CLEAN_BYTES
            && photo.jpeg.starts_with(&[0xff, 0xd8])
            && photo.jpeg.ends_with(&[0xff, 0xd9])
    );
    let mut at = 2;
    let mut code = 0;
    while code != 0xda {
        code = photo.jpeg[at + 1];
        assert!(
            photo.jpeg[at] == 0xff && KEPT.contains(&code),
            "segment {code:02x}"
        );
        at += 2 + usize::from(u16::from_be_bytes([photo.jpeg[at + 2], photo.jpeg[at + 3]]));
    }
    let scan = &photo.jpeg[at..photo.jpeg.len() - 2];
    assert!(
        scan.windows(2).all(|two| two[0] != 0xff || two[1] == 0),
        "nothing but data behind the scan's header"
    );
});
