//! A receipt as a resident types it, and a reply row that was not sealed to it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loke_core::receipt::{DIGITS, Receipt, ReplyKey};
use loke_core::reply_rows::RowName;

fuzz_target!(|data: &[u8]| {
    assert!(
        ReplyKey::new([7; 32])
            .open_row(RowName([1; 16]), data)
            .is_none()
    );
    let Ok(typed) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(receipt) = Receipt::parse(typed) else {
        return;
    };
    let digits = receipt.groups().concat();
    assert!(digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()));
    assert!(
        Receipt::parse(&digits) == Ok(receipt.clone())
            && Receipt::parse(&receipt.groups().join(" - ")) == Ok(receipt)
    );
});
