//! A post from Gammu's hook: any input is read as one text without a sender or rejected, and a text
//! is read as it was sent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loke_fuzz::texts::{ID, is, read};
use loke_gateway::providers::provider::WebhookRefused;

fuzz_target!(|data: &[u8]| {
    let call = |body: &[u8]| read("gammu", "", &[], "application/x-www-form-urlencoded", body);
    match call(data) {
        Ok(texts) => {
            assert!(texts.len() == 1 && texts[0].sender.is_none() && texts[0].media.is_empty())
        }
        Err(why) => assert_eq!(why, WebhookRefused::Unreadable),
    }
    let words = String::from_utf8_lossy(data);
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("number", "0")
        .append_pair("id", ID)
        .append_pair("text", &words)
        .finish();
    is(call(body.as_bytes()), ID, None, &words);
});
